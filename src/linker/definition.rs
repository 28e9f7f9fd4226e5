//! What a linker knows of an item: the item itself, and its type as the type check needs it.

use crate::matching::ItemType;
use crate::store::{HostFunc, StoreInner, StoreOpaque};
use crate::{Engine, Extern, ExternType, Func, Result, ensure};
use alloc::sync::Arc;

/// An item of a linker.
pub(super) enum Definition<T: 'static> {
    /// An item of one store, its type with the size it had, and the store's engine.
    Extern(Extern, ItemType, Engine),
    /// A host function of no store; each store that uses it gets a `Func` of its own.
    Host(Arc<HostFunc<T>>),
}

impl<T: 'static> Clone for Definition<T> {
    fn clone(&self) -> Self {
        match self {
            Definition::Extern(item, ty, engine) => {
                Definition::Extern(item.clone(), ty.clone(), engine.clone())
            }
            Definition::Host(func) => Definition::Host(func.clone()),
        }
    }
}

impl<T: 'static> Definition<T> {
    /// An item of `store`, with its size as it is now.
    ///
    /// # Panics
    /// If the item is of another store.
    pub(super) fn new(store: &StoreInner<T>, item: Extern) -> Self {
        let store = &store.opaque;
        let ty = ItemType::new(item.ty_in(store), item.size_in(store).unwrap_or(0));
        Definition::Extern(item, ty, store.engine().clone())
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
    pub(super) fn item(&self, store: &mut StoreInner<T>) -> Extern {
        match self {
            Definition::Extern(item, ..) => item.clone(),
            Definition::Host(func) => {
                assert!(
                    Engine::same(store.opaque.engine(), func.ty().engine()),
                    "cannot use a store with a different engine than a linker was created with"
                );
                Extern::Func(Func::of_host(store, func.clone()))
            }
        }
    }
}
