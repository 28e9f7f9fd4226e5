//! Calls with [`Val`]s, whose types are checked on every call: into functions, and out of them into
//! host functions made by [`Func::new`](crate::Func::new).
//!
//! ```text
//!   area of the machine:   | slots of argument 0 | slots of argument 1 | ...     v128 takes two
//!   buffer of values:      | argument 0 | argument 1 | ... | result 0 | result 1 | ...
//! ```

use crate::store::{StoreInner, StoreOpaque};
use crate::{Caller, Func, FuncType, Result, Val, ValType, driver, ensure};
use alloc::vec::Vec;

/// How many slots a value of type `ty` takes.
pub(super) fn slots(ty: &ValType) -> usize {
    if ty.is_v128() { 2 } else { 1 }
}

/// The value of type `ty` in the first one or two of `slots`.
fn load(store: &mut StoreOpaque, at: usize, ty: &ValType) -> Val {
    let area = store.machine.area();
    let slots = [area[at], if ty.is_v128() { area[at + 1] } else { 0 }];
    Val::from_slots(store, ty, slots)
}

/// Writes a value of type `ty`.
fn store_slots(store: &mut StoreOpaque, at: usize, ty: &ValType, slots: [u64; 2]) {
    let area = store.machine.area_mut();
    area[at] = slots[0];
    if ty.is_v128() {
        area[at + 1] = slots[1];
    }
}

/// Calls `func` and overwrites `results`.
pub(super) fn call<T>(
    store: &mut StoreInner<T>,
    func: Func,
    params: &[Val],
    results: &mut [Val],
) -> Result<()> {
    let id = func.id_in(&store.opaque);
    let ty = func.ty_in(&store.opaque);
    let (wanted, given) = (ty.params().len(), params.len());
    ensure!(wanted == given, "expected {wanted} arguments, got {given}");
    let (wanted, given) = (ty.results().len(), results.len());
    ensure!(wanted == given, "expected {wanted} results, got {given}");
    // Before the call begins: an error here must not look like one of the guest's.
    for (param, ty) in params.iter().zip(ty.params()) {
        param
            .ensure_matches(&store.opaque, &ty)
            .map_err(|error| error.context("argument type mismatch"))?;
    }
    let write = |store: &mut StoreOpaque| {
        let mut at = 0;
        for (param, ty) in params.iter().zip(ty.params()) {
            let value = param.to_slots(store).expect("checked before the call");
            store_slots(store, at, &ty, value);
            at += slots(&ty);
        }
    };
    let read = |store: &mut StoreOpaque| {
        let mut at = 0;
        for (result, ty) in results.iter_mut().zip(ty.results()) {
            *result = load(store, at, &ty);
            at += slots(&ty);
        }
    };
    driver::call(store, id, write, read)
}

/// Serves a call of a host function of type `ty`: `func` with values in `vals`, which is empty.
pub(super) fn serve<T, F>(
    caller: &mut Caller<'_, T>,
    ty: &FuncType,
    vals: &mut Vec<Val>,
    func: &F,
) -> Result<()>
where
    T: 'static,
    F: Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()>,
{
    let store = caller.opaque_mut();
    let mut at = 0;
    for ty in ty.params() {
        vals.push(load(store, at, &ty));
        at += slots(&ty);
    }
    let params = vals.len();
    vals.resize(params + ty.results().len(), Val::null_func_ref());
    let (params, results) = vals.split_at_mut(params);
    func(caller.reborrow(), params, results)?;

    let store = caller.opaque_mut();
    let mut at = 0;
    for (result, ty) in results.iter().zip(ty.results()) {
        result
            .ensure_matches(store, &ty)
            .map_err(|error| error.context("function attempted to return an incompatible value"))?;
        let value = result.to_slots(store)?;
        store_slots(store, at, &ty, value);
        at += slots(&ty);
    }
    Ok(())
}
