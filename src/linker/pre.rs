//! [`InstancePre`]: a module that only needs a store.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use super::definition::Definition;
#[cfg(feature = "async")]
use crate::instance::instantiate_async;
use crate::instance::{check_engine, check_store, instantiate};
use crate::store::StoreInner;
use crate::{AsContextMut, Extern, Instance, Module, Result};

/// A module with its imports resolved and checked, to be instantiated many times.
///
/// Made by [`Linker::instantiate_pre`](crate::Linker::instantiate_pre). It can be shared by threads
/// whatever `T` is.
///
/// # Examples
/// ```
/// use wasmote::{Caller, Engine, Linker, Module, Store};
///
/// let engine = Engine::default();
/// let mut linker = Linker::new(&engine);
/// linker.func_wrap("host", "id", |caller: Caller<'_, i32>| *caller.data())?;
/// let module = Module::new(
///     &engine,
///     r#"(module
///         (import "host" "id" (func $id (result i32)))
///         (func (export "run") (result i32) (call $id)))"#,
/// )?;
/// let guest = linker.instantiate_pre(&module)?;
/// for request in 0..3 {
///     let mut store = Store::new(&engine, request);
///     let instance = guest.instantiate(&mut store)?;
///     let run = instance.get_typed_func::<(), i32>(&mut store, "run")?;
///     assert_eq!(run.call(&mut store, ())?, request);
/// }
/// # Ok::<(), wasmote::Error>(())
/// ```
pub struct InstancePre<T> {
    module: Module,
    items: Arc<[Definition]>,
    /// It is for stores with this data only.
    data: PhantomData<fn(T) -> T>,
}

impl<T: 'static> InstancePre<T> {
    /// Items that were checked against the imports of `module`, in their order.
    pub(super) fn new(module: &Module, items: Vec<Definition>) -> InstancePre<T> {
        InstancePre { module: module.clone(), items: items.into(), data: PhantomData }
    }

    /// The module.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// Instantiates the module in `store` and runs its start function if it has one.
    ///
    /// # Errors
    /// In this order: the store is of another engine; an item that the module imports is of another
    /// store; then as [`Instance::new`].
    pub fn instantiate(&self, mut store: impl AsContextMut<Data = T>) -> Result<Instance> {
        let store = store.as_context_mut().0;
        let imports = self.imports(store)?;
        instantiate(store, &self.module, &imports)
    }

    /// Like [`InstancePre::instantiate`], for stores in which calls have to be asynchronous; others may use it, too.
    ///
    /// # Errors
    /// As [`InstancePre::instantiate`].
    ///
    /// # Examples
    /// ```
    /// use wasmote::{Engine, Linker, Module, Result, Store};
    ///
    /// #[tokio::main(flavor = "current_thread")]
    /// async fn main() -> Result<()> {
    ///     let engine = Engine::default();
    ///     let mut linker = Linker::<()>::new(&engine);
    ///     linker.func_wrap_async("host", "rest", |_, ()| Box::new(tokio::task::yield_now()))?;
    ///     // The start function waits, so instantiation does.
    ///     let module = Module::new(
    ///         &engine,
    ///         r#"(module (import "host" "rest" (func $rest)) (start $rest))"#,
    ///     )?;
    ///     let guest = linker.instantiate_pre(&module)?;
    ///     for _ in 0..3 {
    ///         guest.instantiate_async(&mut Store::new(&engine, ())).await?;
    ///     }
    ///     Ok(())
    /// }
    /// ```
    #[cfg(feature = "async")]
    pub async fn instantiate_async(
        &self,
        mut store: impl AsContextMut<Data = T>,
    ) -> Result<Instance> {
        let store = store.as_context_mut().0;
        let imports = self.imports(store)?;
        instantiate_async(store, &self.module, &imports).await
    }

    /// The items, put into a store.
    fn imports(&self, store: &mut StoreInner<T>) -> Result<Vec<Extern>> {
        check_engine(&store.opaque, &self.module)?;
        let imports: Vec<Extern> = self.items.iter().map(|item| item.item(store)).collect();
        check_store(&store.opaque, &imports)?;
        Ok(imports)
    }
}

impl<T> Clone for InstancePre<T> {
    fn clone(&self) -> InstancePre<T> {
        InstancePre { module: self.module.clone(), items: self.items.clone(), data: PhantomData }
    }
}

impl<T> fmt::Debug for InstancePre<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InstancePre").field("module", &self.module).finish_non_exhaustive()
    }
}
