//! How the host holds on to references of a guest.
//!
//! Objects that guests refer to may move or go away, so the host never holds them directly: it
//! holds roots. A [`Rooted`] is a position on the store's stack of roots and is valid until its
//! scope ends. Scopes nest: each call of a host function is one, and [`RootScope`] makes more. An
//! [`OwnedRooted`] is valid as long as it is kept.
//!
//! ```text
//!  stack of roots    │ a0 │ b0 │ c1 │ d2 │        letters: references, digits: generations
//!  Rooted(2, gen. 1) ───────────┘                 valid: generation at position 2 is 1
//!  Rooted(3, gen. 1) ────────────────┘            its scope ended: the generation there is 2 by now
//! ```
//!
//! Each scope that ends and takes roots with it begins a new generation, so that a position that is
//! used again is not mistaken for the old one.

use core::fmt;
use core::marker::PhantomData;

use crate::store::{RootIndex, StoreContext, StoreContextMut, StoreId, StoreOpaque};
use crate::{AsContext, AsContextMut, Result, ensure, format_err};

mod sealed {
    use crate::Result;
    use crate::store::StoreOpaque;

    /// Only this crate says what is garbage-collected.
    pub(crate) trait GcRef {}

    /// Only this crate says what roots there are.
    pub(crate) trait Root {
        /// The reference as a slot's value.
        fn slot(&self, store: &StoreOpaque) -> Result<u64>;
    }
}

pub(super) use sealed::GcRef as SealedGcRef;

/// A type of objects that the host holds through roots: [`ExternRef`](crate::ExternRef) and its
/// like.
#[allow(private_bounds)]
pub trait GcRef: sealed::GcRef + 'static {}

/// A root of a `T`: [`Rooted`] or [`OwnedRooted`].
#[allow(private_bounds)]
pub trait RootedGcRef<T: GcRef>: sealed::Root {}

/// A reference that the host holds until the end of a scope.
///
/// The scope is the call of the host function that it was made in, or the innermost [`RootScope`],
/// or the life of the store. Methods return an error if it has ended.
///
/// # Examples
/// ```
/// use wasmote::{AsContextMut, ExternRef, RootScope, Store};
///
/// let mut store = Store::<()>::default();
/// let outlived = {
///     let mut scope = RootScope::new(&mut store);
///     let text = ExternRef::new(&mut scope, "text")?;
///     assert!(text.data(&scope)?.unwrap().is::<&str>());
///     text
/// };
/// assert!(outlived.data(&store).is_err());
/// # Ok::<(), wasmote::Error>(())
/// ```
pub struct Rooted<T: GcRef> {
    store: StoreId,
    root: RootIndex,
    object: PhantomData<fn() -> T>,
}

impl<T: GcRef> Copy for Rooted<T> {}

impl<T: GcRef> Clone for Rooted<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: GcRef> fmt::Debug for Rooted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rooted").field("root", &self.root).finish_non_exhaustive()
    }
}

impl<T: GcRef> Rooted<T> {
    /// Roots what a slot holds in the innermost scope; `None` for null.
    pub(crate) fn of_slot(store: &mut StoreOpaque, slot: u64) -> Option<Rooted<T>> {
        if slot == 0 {
            return None;
        }
        let root = store.roots.push(slot);
        Some(Rooted { store: store.id(), root, object: PhantomData })
    }

    /// The reference as a slot's value.
    ///
    /// # Errors
    /// If the root is of another store or its scope has ended.
    pub(crate) fn slot(&self, store: &StoreOpaque) -> Result<u64> {
        ensure!(self.is_of(store), "value used with wrong store");
        store.roots.get(self.root).ok_or_else(|| {
            format_err!("attempted to use a garbage-collected object that has been unrooted")
        })
    }

    /// Which store the root is of.
    pub(super) fn store_id(&self) -> StoreId {
        self.store
    }

    /// Whether the root is of `store`.
    pub(crate) fn is_of(&self, store: &StoreOpaque) -> bool {
        self.store == store.id()
    }

    /// A root of the same object that is valid as long as it is kept.
    ///
    /// # Errors
    /// If the scope of this root has ended.
    ///
    /// # Panics
    /// If the root is of another store.
    pub fn to_owned_rooted(&self, mut store: impl AsContextMut) -> Result<OwnedRooted<T>> {
        let mut store = store.as_context_mut();
        let store = store.opaque();
        store.assert_own(self.store);
        Ok(OwnedRooted { store: self.store, slot: self.slot(store)?, object: PhantomData })
    }

    /// Whether two roots are the same root. Different roots may still be roots of the same object.
    pub fn rooted_eq(a: Self, b: Self) -> bool {
        (a.store, a.root) == (b.store, b.root)
    }

    /// Whether two roots are roots of the same object.
    ///
    /// # Errors
    /// If the scope of one of them has ended, or one is of another store.
    pub fn ref_eq(
        store: impl AsContext,
        a: &impl RootedGcRef<T>,
        b: &impl RootedGcRef<T>,
    ) -> Result<bool> {
        ref_eq(store, a, b)
    }
}

fn ref_eq<T: GcRef>(
    store: impl AsContext,
    a: &impl RootedGcRef<T>,
    b: &impl RootedGcRef<T>,
) -> Result<bool> {
    let store = store.as_context();
    let store = store.0.opaque();
    Ok(a.slot(store)? == b.slot(store)?)
}

impl<T: GcRef> sealed::Root for Rooted<T> {
    fn slot(&self, store: &StoreOpaque) -> Result<u64> {
        Rooted::slot(self, store)
    }
}

impl<T: GcRef> RootedGcRef<T> for Rooted<T> {}

/// A reference that the host holds as long as this value or a clone of it is kept.
///
/// It must be used with the store that it is of, but may outlive it.
pub struct OwnedRooted<T: GcRef> {
    store: StoreId,
    slot: u64,
    object: PhantomData<fn() -> T>,
}

impl<T: GcRef> Clone for OwnedRooted<T> {
    fn clone(&self) -> Self {
        OwnedRooted { store: self.store, slot: self.slot, object: PhantomData }
    }
}

impl<T: GcRef> fmt::Debug for OwnedRooted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedRooted").finish_non_exhaustive()
    }
}

impl<T: GcRef> OwnedRooted<T> {
    /// Holds on to what a slot holds; `None` for null.
    pub(crate) fn of_slot(store: &mut StoreOpaque, slot: u64) -> Option<OwnedRooted<T>> {
        (slot != 0).then(|| OwnedRooted { store: store.id(), slot, object: PhantomData })
    }

    /// The reference as a slot's value.
    ///
    /// # Errors
    /// If the root is of another store.
    pub(crate) fn slot(&self, store: &StoreOpaque) -> Result<u64> {
        ensure!(self.store == store.id(), "value used with wrong store");
        Ok(self.slot)
    }

    /// Which store the root is of.
    pub(super) fn store_id(&self) -> StoreId {
        self.store
    }

    /// Roots the object in the innermost scope of the store.
    ///
    /// # Panics
    /// If the root is of another store.
    pub fn to_rooted(&self, mut store: impl AsContextMut) -> Rooted<T> {
        let mut store = store.as_context_mut();
        let store = store.opaque();
        store.assert_own(self.store);
        Rooted::of_slot(store, self.slot).expect("an owned root is not null")
    }

    /// Whether two roots are roots of the same object.
    ///
    /// # Errors
    /// If the scope of one of them has ended, or one is of another store.
    pub fn ref_eq(
        store: impl AsContext,
        a: &impl RootedGcRef<T>,
        b: &impl RootedGcRef<T>,
    ) -> Result<bool> {
        ref_eq(store, a, b)
    }
}

impl<T: GcRef> sealed::Root for OwnedRooted<T> {
    fn slot(&self, store: &StoreOpaque) -> Result<u64> {
        OwnedRooted::slot(self, store)
    }
}

impl<T: GcRef> RootedGcRef<T> for OwnedRooted<T> {}

/// A scope of roots: when it is dropped, every [`Rooted`] that was made in it becomes invalid.
///
/// It stands for the store while it exists.
#[derive(Debug)]
pub struct RootScope<C: AsContextMut> {
    store: C,
    scope: usize,
}

impl<C: AsContextMut> RootScope<C> {
    /// Begins a scope in this store.
    pub fn new(store: C) -> RootScope<C> {
        let scope = store.as_context().0.opaque().roots.enter();
        RootScope { store, scope }
    }

    /// The store, while the scope goes on.
    pub fn reborrow(&mut self) -> &mut C {
        &mut self.store
    }
}

impl<C: AsContextMut> Drop for RootScope<C> {
    fn drop(&mut self) {
        self.store.as_context_mut().opaque().roots.exit(self.scope);
    }
}

impl<C: AsContextMut> AsContext for RootScope<C> {
    type Data = C::Data;

    fn as_context(&self) -> StoreContext<'_, C::Data> {
        self.store.as_context()
    }
}

impl<C: AsContextMut> AsContextMut for RootScope<C> {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, C::Data> {
        self.store.as_context_mut()
    }
}
