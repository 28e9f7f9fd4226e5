//! Host functions as a store knows them: a closure with its type, independent of any store.
//!
//! A [`HostFunc`] is shared (`Arc`) by the linkers that define it and the stores that use it. Its
//! closure is called by the driver when the machine exits with `Exit::Host`; arguments and results
//! lie in the machine's area, which the closure reads and writes through its [`Caller`]'s store (a
//! slice of the area cannot be lent beside `&mut` of the store that owns it).

use alloc::boxed::Box;

use super::Caller;
use crate::{FuncType, Result};

/// A function of the host: its type and its closure.
pub(crate) struct HostFunc<T: 'static> {
    ty: FuncType,
    /// How many slots the parameters take.
    params: u32,
    /// How many slots the results take.
    results: u32,
    call: Box<HostCall<T>>,
}

/// What the driver calls: arguments are in the machine's area, results go there.
type HostCall<T> = dyn Fn(Caller<'_, T>) -> Result<()> + Send + Sync;

impl<T: 'static> HostFunc<T> {
    /// What calls `call` when it is called.
    pub(crate) fn of(ty: FuncType, call: Box<HostCall<T>>) -> Self {
        let (params, results) = ty.slots();
        HostFunc { ty, params, results, call }
    }

    /// The type, which also keeps it registered.
    pub(crate) fn ty(&self) -> &FuncType {
        &self.ty
    }

    /// How many slots of the machine parameters and results take.
    pub(crate) fn slots(&self) -> (u32, u32) {
        (self.params, self.results)
    }

    /// Calls the closure; `caller`'s machine has the call's area as its current one.
    #[inline]
    pub(crate) fn call(&self, caller: Caller<'_, T>) -> Result<()> {
        (self.call)(caller)
    }
}
