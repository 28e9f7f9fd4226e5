//! Host functions as a store knows them: a closure with its type, independent of any store.
//!
//! A [`HostFunc`] is shared (`Arc`) by the linkers that define it and the stores that use it. Its
//! closure is called by the driver when the machine exits with `Exit::Host`; arguments and results
//! lie in the machine's area, which the closure reads and writes through its [`Caller`]'s store (a
//! slice of the area cannot be lent beside `&mut` of the store that owns it).

use alloc::boxed::Box;
#[cfg(feature = "async")]
use alloc::sync::Arc;
#[cfg(feature = "async")]
use core::pin::Pin;

use super::Caller;
#[cfg(feature = "async")]
use super::StoreOpaque;
use crate::{FuncType, Result};

/// A function of the host: its type and its closure.
pub(crate) struct HostFunc<T: 'static> {
    ty: FuncType,
    /// How many slots the parameters take.
    params: u32,
    /// How many slots the results take.
    results: u32,
    call: HostCall<T>,
}

/// A closure that gives its results at once.
pub(crate) type SyncHostCall<T> = dyn Fn(Caller<'_, T>) -> Result<()> + Send + Sync;

/// What the driver calls: arguments are in the machine's area, results go there.
pub(crate) enum HostCall<T: 'static> {
    Sync(Box<SyncHostCall<T>>),
    #[cfg(feature = "async")]
    Async(Arc<dyn AsyncHostCall<T>>),
}

/// A closure that gives a future.
#[cfg(feature = "async")]
pub(crate) trait AsyncHostCall<T: 'static>: Send + Sync {
    /// What becomes of the call. It keeps the closure alive, and holds on to nothing else that the caller has to hold: whatever
    /// type with a `T` in it lives in an `async fn` across an await must be `Send` for all lifetimes in the `T`.
    fn call<'a>(self: Arc<Self>, caller: ScopedCaller<'a, T>) -> HostFuture<'a>;
}

/// The caller of an asynchronous host function. References that this roots are valid until it returns, or is dropped.
#[cfg(feature = "async")]
pub(crate) struct ScopedCaller<'a, T: 'static> {
    caller: Caller<'a, T>,
    scope: usize,
}

#[cfg(feature = "async")]
impl<'a, T> ScopedCaller<'a, T> {
    pub(crate) fn new(mut caller: Caller<'a, T>) -> Self {
        let scope = caller.opaque_mut().roots.enter();
        ScopedCaller { caller, scope }
    }

    /// The part of the store that does not depend on `T`.
    pub(crate) fn opaque_mut(&mut self) -> &mut StoreOpaque {
        self.caller.opaque_mut()
    }

    /// The caller, for the closure.
    pub(crate) fn reborrow(&mut self) -> Caller<'_, T> {
        self.caller.reborrow()
    }
}

#[cfg(feature = "async")]
impl<T> Drop for ScopedCaller<'_, T> {
    fn drop(&mut self) {
        let scope = self.scope;
        self.opaque_mut().roots.exit(scope);
    }
}

/// The call of an asynchronous host function.
#[cfg(feature = "async")]
pub(crate) type HostFuture<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

impl<T: 'static> HostFunc<T> {
    /// What calls `call` when it is called.
    pub(crate) fn of(ty: FuncType, call: HostCall<T>) -> Self {
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

    /// The closure, if it gives a future.
    #[cfg(feature = "async")]
    pub(crate) fn as_async(&self) -> Option<&Arc<dyn AsyncHostCall<T>>> {
        match &self.call {
            HostCall::Sync(_) => None,
            HostCall::Async(call) => Some(call),
        }
    }

    /// Calls the closure; `caller`'s machine has the call's area as its current one.
    ///
    /// # Errors
    /// That of the closure; or that it gives a future.
    #[inline]
    pub(crate) fn call(&self, caller: Caller<'_, T>) -> Result<()> {
        match &self.call {
            HostCall::Sync(call) => call(caller),
            #[cfg(feature = "async")]
            HostCall::Async(_) => Err(super::async_required()),
        }
    }
}
