//! [`Caller`]: what a host function learns of the call it serves.

use crate::store::{
    AsContext, AsContextMut, StoreContext, StoreContextMut, StoreInner, StoreOpaque,
};
use crate::{Engine, Extern, Instance, ModuleExport};

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
    instance: Option<Instance>,
}

impl<'a, T: 'static> Caller<'a, T> {
    /// The caller `instance`, or the embedder itself.
    #[inline]
    pub(crate) fn new(store: &'a mut StoreInner<T>, instance: Option<Instance>) -> Self {
        Caller { store: StoreContextMut(store), instance }
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

    /// Looks up an export of the calling instance by name.
    ///
    /// `None` if the instance has no such export, and always if the function was called by the
    /// embedder rather than by WebAssembly code. A module's start function is called by the
    /// instance being made. Names are resolved on every call; see [`Caller::get_module_export`] for a
    /// faster way.
    pub fn get_export(&mut self, name: &str) -> Option<Extern> {
        self.instance?.get_export(&mut self.store, name)
    }

    /// Looks up an export of the calling instance by an index that was resolved before with
    /// [`Module::get_export_index`](crate::Module::get_export_index).
    ///
    /// `None` if the index is of another module than the caller's, or the caller is the embedder.
    pub fn get_module_export(&mut self, export: &ModuleExport) -> Option<Extern> {
        self.instance?.get_module_export(&mut self.store, export)
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
