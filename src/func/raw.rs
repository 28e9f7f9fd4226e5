//! Calls with [`ValRaw`]s, whose types are not checked: one slice for arguments and results.

use super::untyped::slots;
use crate::store::{StoreInner, StoreOpaque};
use crate::{Func, FuncType, Result, ValRaw, ValType, driver};
use alloc::vec::Vec;
use core::cell::Cell;
use core::mem::MaybeUninit;

/// Appends what the area of the current call holds as values of `types`.
fn load(store: &StoreOpaque, types: impl Iterator<Item = ValType>, mut put: impl FnMut(ValRaw)) {
    let mut area = store.machine.area();
    for ty in types {
        let (value, rest) = area.split_at(slots(&ty));
        put(ValRaw::from_slots([value[0], value.get(1).copied().unwrap_or(0)]));
        area = rest;
    }
}

/// Writes values of `types` to the area of the current call.
fn store(
    opaque: &mut StoreOpaque,
    types: impl Iterator<Item = ValType>,
    mut get: impl FnMut() -> ValRaw,
) {
    let mut area = opaque.machine.area_mut();
    for ty in types {
        let (value, rest) = area.split_at_mut(slots(&ty));
        let mut slots = get().to_slots();
        // The machine relies on the upper half of the slot of a 32-bit value being zero.
        if matches!(ty, ValType::I32 | ValType::F32) {
            slots[0] = slots[0] as u32 as u64;
        }
        value.copy_from_slice(&slots[..value.len()]);
        area = rest;
    }
}

/// How many values the slice of a call must have room for.
fn len(ty: &FuncType) -> usize {
    ty.params().len().max(ty.results().len())
}

/// Calls `func` with the arguments in `values`, which results overwrite.
///
/// # Panics
/// If `values` has no room for all arguments or all results.
pub(super) fn call<T>(inner: &mut StoreInner<T>, func: Func, values: &mut [ValRaw]) -> Result<()> {
    let id = func.id_in(&inner.opaque);
    let ty = func.ty_in(&inner.opaque);
    assert!(values.len() >= len(&ty), "room for all arguments and all results");
    // Arguments are read before results are written; cells let both closures have the slice.
    let values = Cell::from_mut(values).as_slice_of_cells();
    let (mut params, mut results) = (values.iter(), values.iter());
    driver::call(
        inner,
        id,
        |opaque| store(opaque, ty.params(), || params.next().expect("long enough").get()),
        |opaque| {
            load(opaque, ty.results(), |value| results.next().expect("long enough").set(value));
        },
    )
}

/// The arguments of the current call of a host function, with room for its results.
pub(super) fn arguments(store: &StoreOpaque, ty: &FuncType, values: &mut Vec<MaybeUninit<ValRaw>>) {
    load(store, ty.params(), |value| values.push(MaybeUninit::new(value)));
    values.resize(len(ty), MaybeUninit::new(ValRaw::default()));
}

/// Takes the results of a host function.
#[allow(unsafe_code)]
pub(super) fn results(opaque: &mut StoreOpaque, ty: &FuncType, values: &[MaybeUninit<ValRaw>]) {
    let mut values = values.iter();
    store(opaque, ty.results(), || {
        let value = values.next().expect("long enough");
        // SAFETY: `arguments` initialized every value, and whoever made the function with
        // `new_unchecked` promised to leave values in the places of results.
        unsafe { value.assume_init() }
    });
}
