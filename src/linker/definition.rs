//! What a linker knows of an item: the item itself, and its type as the type check needs it.

use crate::matching::ItemType;
use crate::store::{HostFunc, StoreInner, StoreOpaque};
use crate::{Engine, Extern, ExternType, Func, FuncType, Result, ensure};
use alloc::sync::Arc;
use core::any::Any;

/// An item of a linker, which knows what data the stores have that it is for. This does not, so that `Linker<T>` is a
/// type for every `T`, where host functions need one without borrows.
#[derive(Clone)]
pub(super) enum Definition {
    /// An item of one store, its type with the size it had, and the store's engine.
    Extern(Extern, ItemType, Engine),
    /// A host function of no store; each store that uses it gets a `Func` of its own.
    Host(Arc<dyn AnyHostFunc>),
}

/// A [`HostFunc`] for stores with any data.
pub(super) trait AnyHostFunc: Any + Send + Sync {
    /// Its type.
    fn ty(&self) -> &FuncType;
}

impl<T: 'static> AnyHostFunc for HostFunc<T> {
    fn ty(&self) -> &FuncType {
        self.ty()
    }
}

impl Definition {
    /// An item of `store`, with its size as it is now.
    ///
    /// # Panics
    /// If the item is of another store.
    pub(super) fn new(store: &StoreOpaque, item: Extern) -> Self {
        let ty = ItemType::new(item.ty_in(store), item.size_in(store).unwrap_or(0));
        Definition::Extern(item, ty, store.engine().clone())
    }

    /// The type of the item.
    pub(super) fn ty(&self) -> ExternType {
        match self {
            Definition::Extern(_, ty, _) => ty.ty().clone(),
            Definition::Host(func) => ExternType::Func(func.ty().clone()),
        }
    }

    /// Looks again at the size of a table or memory.
    ///
    /// # Panics
    /// If a table or memory is of another store.
    pub(super) fn refresh_size(&mut self, store: &StoreOpaque) {
        if let Definition::Extern(item, ty, _) = self
            && let Some(size) = item.size_in(store)
        {
            ty.set_size(size);
        }
    }

    /// Errs unless the item may be given where a module of `engine` imports a `expected`.
    pub(super) fn check(&self, engine: &Engine, expected: &ExternType) -> Result<()> {
        match self {
            Definition::Extern(_, ty, of) => {
                ensure!(
                    Engine::same(engine, of),
                    "cross-`Engine` instantiation is not currently supported"
                );
                ty.check(expected)
            }
            Definition::Host(func) => {
                ItemType::new(ExternType::Func(func.ty().clone()), 0).check(expected)
            }
        }
    }

    /// The item in `store`: a host function becomes a new `Func` there.
    ///
    /// # Panics
    /// If a host function is of another engine than the store.
    pub(super) fn item<T: 'static>(&self, store: &mut StoreInner<T>) -> Extern {
        match self {
            Definition::Extern(item, ..) => item.clone(),
            Definition::Host(func) => {
                assert!(
                    Engine::same(store.opaque.engine(), func.ty().engine()),
                    "cannot use a store with a different engine than a linker was created with"
                );
                let func: Arc<dyn Any + Send + Sync> = func.clone();
                let func = func.downcast::<HostFunc<T>>().expect("a function for such stores");
                Extern::Func(Func::of_host(store, func))
            }
        }
    }
}
