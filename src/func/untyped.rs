//! Calls with [`Val`]s, whose types are checked on every call: into functions, and out of them into
//! host functions made by [`Func::new`](crate::Func::new).
//!
//! ```text
//!   area of the machine:   | slots of argument 0 | slots of argument 1 | ...     v128 takes two
//!   buffer of values:      | argument 0 | argument 1 | ... | result 0 | result 1 | ...
//! ```

use crate::store::{StoreInner, StoreOpaque};
use crate::types::CallTypes;
use crate::{Caller, Error, Func, FuncType, Result, Val, ValType, driver, ensure};
use alloc::boxed::Box;
use alloc::vec::Vec;
use wasmote_interp::FuncId;

/// How many slots a value of type `ty` takes.
pub(super) fn slots(ty: &ValType) -> usize {
    if ty.is_v128() { 2 } else { 1 }
}

/// Takes a value of type `ty` from the area at `at`, and moves `at` on.
#[inline]
fn load(store: &mut StoreOpaque, at: &mut usize, ty: &ValType) -> Val {
    let area = &store.machine.area()[*at..];
    *at += slots(ty);
    match ty {
        ValType::I32 => Val::I32(area[0] as i32),
        ValType::I64 => Val::I64(area[0] as i64),
        ValType::F32 => Val::F32(area[0] as u32),
        ValType::F64 => Val::F64(area[0]),
        ValType::V128 => Val::from_slots(store, ty, [area[0], area[1]]),
        ValType::Ref(_) => {
            let slot = area[0];
            Val::from_slots(store, ty, [slot, 0])
        }
    }
}

/// Puts a value into the area at `at`, and moves `at` on.
///
/// # Errors
/// If the value is not of type `ty` or not of the store.
#[inline]
fn store_val(store: &mut StoreOpaque, at: &mut usize, ty: &ValType, val: &Val) -> Result<()> {
    let slots = match (val, ty) {
        (Val::I32(v), ValType::I32) => [u64::from(*v as u32), 0],
        (Val::I64(v), ValType::I64) => [*v as u64, 0],
        (Val::F32(v), ValType::F32) => [u64::from(*v), 0],
        (Val::F64(v), ValType::F64) => [*v, 0],
        _ => {
            val.ensure_matches(store, ty)?;
            val.to_slots(store)?
        }
    };
    let area = &mut store.machine.area_mut()[*at..];
    area[0] = slots[0];
    *at += 1;
    if ty.is_v128() {
        area[1] = slots[1];
        *at += 1;
    }
    Ok(())
}

/// Calls `func` and overwrites `results`.
pub(super) fn call<T>(
    store: &mut StoreInner<T>,
    func: Func,
    params: &[Val],
    results: &mut [Val],
) -> Result<()> {
    let func = func.id_in(&store.opaque);
    let id = store.opaque.machine.func_type(func);
    // Taken away meanwhile: the function may call others of this store.
    let last = store.opaque.call_types.take().filter(|last| last.are_of(id));
    let call_types = last.unwrap_or_else(|| look_up(&store.opaque, id));
    let outcome = call_with(store, func, &call_types, params, results);
    store.opaque.call_types = Some(call_types);
    outcome
}

/// The types of a function of `store`, whose type has the number `id`.
#[cold]
fn look_up(store: &StoreOpaque, id: u32) -> Box<CallTypes> {
    Box::new(CallTypes::new(FuncType::from_index(store.engine(), id)))
}

#[inline]
fn call_with<T>(
    store: &mut StoreInner<T>,
    func: FuncId,
    types: &CallTypes,
    params: &[Val],
    results: &mut [Val],
) -> Result<()> {
    check_counts(types, params, results)?;
    let write = |store: &mut StoreOpaque| write(store, types, params);
    driver::try_call(store, func, write, |store| read(store, types, results))
}

/// The same, asynchronously.
#[cfg(feature = "async")]
pub(super) async fn call_async<T>(
    store: &mut StoreInner<T>,
    func: Func,
    params: &[Val],
    results: &mut [Val],
) -> Result<()> {
    let func = func.id_in(&store.opaque);
    let types = look_up(&store.opaque, store.opaque.machine.func_type(func));
    check_counts(&types, params, results)?;
    let mut call = driver::AsyncCall::begin(store, func)?;
    write(call.store(), &types, params)?;
    call.run(None).await?;
    read(call.store(), &types, results);
    Ok(())
}

fn check_counts(types: &CallTypes, params: &[Val], results: &[Val]) -> Result<()> {
    let (wanted, given) = (types.params.len(), params.len());
    ensure!(wanted == given, "expected {wanted} arguments, got {given}");
    let (wanted, given) = (types.results.len(), results.len());
    ensure!(wanted == given, "expected {wanted} results, got {given}");
    Ok(())
}

/// Puts the arguments of a call into its area.
#[inline]
fn write(store: &mut StoreOpaque, types: &CallTypes, params: &[Val]) -> Result<()> {
    let mut at = 0;
    for (param, ty) in params.iter().zip(&types.params) {
        store_val(store, &mut at, ty, param)
            .map_err(|error| error.context("argument type mismatch"))?;
    }
    Ok(())
}

/// Takes the results of a call from its area.
#[inline]
fn read(store: &mut StoreOpaque, types: &CallTypes, results: &mut [Val]) {
    let mut at = 0;
    for (result, ty) in results.iter_mut().zip(&types.results) {
        *result = load(store, &mut at, ty);
    }
}

/// Serves a call of a host function of these types: `func` with values in `vals`, which is empty.
pub(super) fn serve<T, F>(
    caller: &mut Caller<'_, T>,
    types: &CallTypes,
    vals: &mut Vec<Val>,
    func: &F,
) -> Result<()>
where
    T: 'static,
    F: Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()>,
{
    load_arguments(caller.opaque_mut(), types, vals);
    let (params, results) = vals.split_at_mut(types.params.len());
    func(caller.reborrow(), params, results)?;
    store_results(caller.opaque_mut(), types, results)
}

/// Puts the arguments of the current call of a host function into `vals`, which is empty, and places for its results.
pub(super) fn load_arguments(store: &mut StoreOpaque, types: &CallTypes, vals: &mut Vec<Val>) {
    let mut at = 0;
    for ty in &types.params {
        vals.push(load(store, &mut at, ty));
    }
    vals.resize(vals.len() + types.results.len(), Val::null_func_ref());
}

/// Takes the results of the current call of a host function.
///
/// # Errors
/// If one is of another type or store.
pub(super) fn store_results(
    store: &mut StoreOpaque,
    types: &CallTypes,
    results: &[Val],
) -> Result<()> {
    let mut at = 0;
    for (result, ty) in results.iter().zip(&types.results) {
        store_val(store, &mut at, ty, result).map_err(|error: Error| {
            error.context("function attempted to return an incompatible value")
        })?;
    }
    Ok(())
}
