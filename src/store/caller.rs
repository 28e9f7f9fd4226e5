//! [`Caller`]: what a host function learns of the call it serves.

use wasmote_interp::InstanceId;

use super::{AsContext, AsContextMut, StoreContext, StoreContextMut, StoreInner, StoreOpaque};
use crate::Engine;

/// The store and the calling instance, as a host function sees them.
///
/// A host function that wants more than its arguments takes a `Caller` first. It is a context of
/// the store like any other ([`AsContextMut`]), so everything that takes a store takes a
/// `&mut Caller` too, and it can look up exports of the instance that called.
///
/// # Examples
///
/// ```
/// use wasmote::{Caller, Engine, Func, Store};
///
/// # fn main() -> wasmote::Result<()> {
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, 40);
/// let add = Func::wrap(&mut store, |mut caller: Caller<'_, i32>, n: i32| {
///     *caller.data_mut() += n;
///     *caller.data()
/// });
/// let add = add.typed::<i32, i32>(&store)?;
/// assert_eq!(add.call(&mut store, 2)?, 42);
/// assert_eq!(*store.data(), 42);
/// # Ok(())
/// # }
/// ```
pub struct Caller<'a, T: 'static> {
    store: StoreContextMut<'a, T>,
    instance: Option<InstanceId>,
}

impl<'a, T: 'static> Caller<'a, T> {
    /// The caller `instance`, or the embedder itself.
    #[inline]
    pub(crate) fn new(store: &'a mut StoreInner<T>, instance: Option<InstanceId>) -> Self {
        Caller { store: StoreContextMut(store), instance }
    }

    /// The instance that called, or none if the embedder did.
    pub(crate) fn instance(&self) -> Option<InstanceId> {
        self.instance
    }

    /// The same caller for a shorter time.
    #[inline]
    pub(crate) fn reborrow(&mut self) -> Caller<'_, T> {
        Caller { store: StoreContextMut(self.store.0), instance: self.instance }
    }

    /// The part of the store that does not depend on `T`.
    #[inline]
    pub(crate) fn opaque_mut(&mut self) -> &mut StoreOpaque {
        &mut self.store.0.opaque
    }

    /// The store's data.
    pub fn data(&self) -> &T {
        self.store.data()
    }

    /// The store's data, to change.
    pub fn data_mut(&mut self) -> &mut T {
        self.store.data_mut()
    }

    /// The engine of the store.
    pub fn engine(&self) -> &Engine {
        self.store.engine()
    }
}

impl<T: 'static> AsContext for Caller<'_, T> {
    type Data = T;

    #[inline]
    fn as_context(&self) -> StoreContext<'_, T> {
        StoreContext(self.store.0)
    }
}

impl<T: 'static> AsContextMut for Caller<'_, T> {
    #[inline]
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        StoreContextMut(self.store.0)
    }
}

impl<'a, T: 'static> From<Caller<'a, T>> for StoreContextMut<'a, T> {
    fn from(caller: Caller<'a, T>) -> Self {
        caller.store
    }
}

impl<T: 'static> core::fmt::Debug for Caller<'_, T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Caller").field("instance", &self.instance).finish_non_exhaustive()
    }
}
