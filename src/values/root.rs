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

use alloc::sync::Arc;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Deref;

use crate::store::{RootIndex, StoreContext, StoreContextMut, StoreId, StoreOpaque};
use crate::{AsContext, AsContextMut, Result, ensure, format_err};

mod sealed {
    use super::Root;

    /// Only this crate says what is garbage-collected.
    pub(crate) trait GcRef: Copy {
        /// The object that a root is of.
        fn of_root(root: Root) -> Self;
        /// The root of the object.
        fn root(&self) -> Root;
    }

    /// Only this crate says what holds a root.
    pub(crate) trait Holder {
        fn root(&self) -> Root;
    }
}

pub(super) use sealed::GcRef as SealedGcRef;
use sealed::Holder;

/// A type of objects that the host holds through roots: [`ExternRef`](crate::ExternRef) and its
/// like.
///
/// # Examples
/// ```
/// use wasmote::{AsContextMut, ExternRef, GcRef, OwnedRooted, Result, Rooted, Store};
///
/// /// Keeps a reference for longer than its scope.
/// fn keep<T: GcRef>(store: impl AsContextMut, value: Rooted<T>) -> Result<OwnedRooted<T>> {
///     value.to_owned_rooted(store)
/// }
///
/// let mut store = Store::<()>::default();
/// let seven = ExternRef::new(&mut store, 7)?;
/// let kept = keep(&mut store, seven)?;
/// assert!(Rooted::ref_eq(&store, &seven, &kept)?);
/// # Ok::<(), wasmote::Error>(())
/// ```
#[allow(private_bounds)]
pub trait GcRef: sealed::GcRef + 'static {}

/// A root of a `T`: [`Rooted`] or [`OwnedRooted`].
///
/// # Examples
/// ```
/// use wasmote::{ExternRef, Result, Rooted, RootedGcRef, Store};
///
/// /// Whether two are the same, however they are held.
/// fn same(
///     store: &Store<()>,
///     a: &impl RootedGcRef<ExternRef>,
///     b: &impl RootedGcRef<ExternRef>,
/// ) -> Result<bool> {
///     Rooted::ref_eq(store, a, b)
/// }
///
/// let mut store = Store::<()>::default();
/// let seven = ExternRef::new(&mut store, 7)?;
/// let kept = seven.to_owned_rooted(&mut store)?;
/// assert!(same(&store, &seven, &kept)?);
/// let other = ExternRef::new(&mut store, 7)?;
/// assert!(!same(&store, &other, &kept)?);
/// # Ok::<(), wasmote::Error>(())
/// ```
#[allow(private_bounds)]
pub trait RootedGcRef<T: GcRef>: sealed::Holder {}

/// How the host holds a reference of a store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Root {
    store: StoreId,
    place: Place,
}

/// Where a reference is held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// On the stack of roots, until its scope ends.
    Scoped(RootIndex),
    /// By itself, as long as its other half is kept.
    Owned(RootIndex),
}

impl Root {
    /// The reference as a slot's value.
    ///
    /// # Errors
    /// If the root is of another store or its scope has ended.
    pub(super) fn slot(self, store: &StoreOpaque) -> Result<u64> {
        ensure!(self.is_of(store), "value used with wrong store");
        let slot = match self.place {
            Place::Owned(index) => store.roots.owned(index),
            Place::Scoped(index) => store.roots.get(index),
        };
        slot.ok_or_else(|| {
            format_err!("attempted to use a garbage-collected object that has been unrooted")
        })
    }

    /// The same.
    ///
    /// # Panics
    /// If the root is of another store.
    pub(super) fn own_slot(self, store: &StoreOpaque) -> Result<u64> {
        store.assert_own(self.store);
        self.slot(store)
    }

    /// Whether the root is of `store`.
    fn is_of(self, store: &StoreOpaque) -> bool {
        self.store == store.id()
    }
}

/// Makes garbage-collected types of structures of a `root` each.
macro_rules! rooted {
    ($($name:ident)*) => {$(
        impl $crate::values::root::SealedGcRef for $name {
            fn of_root(root: $crate::values::root::Root) -> $name {
                $name { root }
            }
            fn root(&self) -> $crate::values::root::Root {
                self.root
            }
        }

        impl $crate::values::root::GcRef for $name {}
    )*};
}
pub(super) use rooted;

/// A reference that the host holds until the end of a scope.
///
/// The scope is the call of the host function that it was made in, or the innermost [`RootScope`],
/// or the life of the store. Methods return an error if it has ended.
///
/// It stands for the object: the methods of `T` are methods of the root.
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
    object: T,
}

impl<T: GcRef> Copy for Rooted<T> {}

impl<T: GcRef> Clone for Rooted<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: GcRef> Rooted<T> {
    /// Roots what a slot holds in the innermost scope; `None` for null.
    pub(crate) fn of_slot(store: &mut StoreOpaque, slot: u64) -> Option<Rooted<T>> {
        if slot == 0 {
            return None;
        }
        let place = Place::Scoped(store.roots.push(slot));
        Some(Rooted { object: T::of_root(Root { store: store.id(), place }) })
    }

    /// The same object, as one of the other hierarchy.
    ///
    /// # Panics
    /// If the root is of another store.
    pub(super) fn converted<U: GcRef>(self, store: &mut StoreOpaque) -> Result<Rooted<U>> {
        let slot = Holder::root(&self).own_slot(store)?;
        Ok(Rooted::of_slot(store, slot).expect("a root is not of null"))
    }

    /// The same root of an object that is a `U`, too.
    #[cfg(feature = "gc")]
    pub(super) fn cast<U: GcRef>(self) -> Rooted<U> {
        Rooted::of_root(self.root())
    }

    /// A root of an object that is a `T`.
    #[cfg(feature = "gc")]
    pub(super) fn of_root(root: Root) -> Rooted<T> {
        Rooted { object: T::of_root(root) }
    }

    /// Whether the root is of `store`.
    pub(crate) fn is_of(&self, store: &StoreOpaque) -> bool {
        self.root().is_of(store)
    }

    /// Whether two roots are the same root. Different roots may still be roots of the same object.
    pub fn rooted_eq(a: Self, b: Self) -> bool {
        a.root() == b.root()
    }

    /// Feeds the identity of the object to a hasher: equal for roots that are [`ref_eq`](Rooted::ref_eq).
    ///
    /// # Errors
    /// If the scope of this root has ended, or it is of another store.
    pub fn ref_hash<H: Hasher>(&self, store: impl AsContext, state: &mut H) -> Result<()> {
        self.root().slot(store.as_context().0.opaque())?.hash(state);
        Ok(())
    }
}

/// A reference that the host holds as long as this value or a clone of it is kept.
///
/// It must be used with the store that it is of, but may outlive it. The methods of `T` are methods of the root.
///
/// # Examples
/// ```
/// use wasmote::{ExternRef, OwnedRooted, RootScope, Store};
///
/// let mut store = Store::<()>::default();
/// let kept: OwnedRooted<ExternRef> = {
///     let mut scope = RootScope::new(&mut store);
///     ExternRef::new(&mut scope, "text")?.to_owned_rooted(&mut scope)?
/// };
/// assert!(kept.data(&store)?.unwrap().is::<&str>());
/// # Ok::<(), wasmote::Error>(())
/// ```
pub struct OwnedRooted<T: GcRef> {
    object: T,
    /// Tells the store that somebody has the root.
    alive: Arc<()>,
}

impl<T: GcRef> Clone for OwnedRooted<T> {
    fn clone(&self) -> Self {
        OwnedRooted { object: self.object, alive: self.alive.clone() }
    }
}

impl<T: GcRef> OwnedRooted<T> {
    /// Holds on to what a slot holds; `None` for null.
    pub(crate) fn of_slot(store: &mut StoreOpaque, slot: u64) -> Option<OwnedRooted<T>> {
        if slot == 0 {
            return None;
        }
        let (index, alive) = store.roots.own(slot);
        let root = Root { store: store.id(), place: Place::Owned(index) };
        Some(OwnedRooted { object: T::of_root(root), alive })
    }

    /// The same root of an object that is a `U`, too.
    #[cfg(feature = "gc")]
    pub(super) fn cast<U: GcRef>(self) -> OwnedRooted<U> {
        OwnedRooted { object: U::of_root(self.root()), alive: self.alive }
    }

    /// Feeds the identity of the object to a hasher: equal for roots that are [`ref_eq`](OwnedRooted::ref_eq).
    ///
    /// # Panics
    /// If the root is of another store.
    pub fn ref_hash<H: Hasher>(&self, store: impl AsContext, state: &mut H) {
        let slot = self.root().own_slot(store.as_context().0.opaque());
        slot.expect("it is valid as long as it is kept").hash(state);
    }
}

/// What is the same for both kinds of roots.
macro_rules! holders {
    ($($name:ident)*) => {$(
        impl<T: GcRef> $name<T> {
            /// The reference as a slot's value.
            ///
            /// # Errors
            /// If the root is of another store or its scope has ended.
            pub(crate) fn slot(&self, store: &StoreOpaque) -> Result<u64> {
                self.root().slot(store)
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
                let slot = self.root().own_slot(store)?;
                Ok(OwnedRooted::of_slot(store, slot).expect("a root is not null"))
            }

            /// A root of the same object in the innermost scope of the store.
            ///
            /// # Panics
            /// If the root is of another store or its scope has ended.
            pub fn to_rooted(&self, mut store: impl AsContextMut) -> Rooted<T> {
                let mut store = store.as_context_mut();
                let store = store.opaque();
                let slot = self.root().own_slot(store).expect("the root's scope goes on");
                Rooted::of_slot(store, slot).expect("a root is not null")
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
                let store = store.as_context();
                let store = store.0.opaque();
                Ok(a.root().slot(store)? == b.root().slot(store)?)
            }

            /// Feeds the identity of the root to a hasher.
            pub fn rooted_hash<H: Hasher>(&self, state: &mut H) {
                match self.root().place {
                    Place::Scoped(index) => index.hash(state),
                    Place::Owned(index) => index.hash(state),
                }
            }
        }

        impl<T: GcRef> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("root", &self.root().place).finish_non_exhaustive()
            }
        }

        impl<T: GcRef> Deref for $name<T> {
            type Target = T;

            fn deref(&self) -> &T {
                &self.object
            }
        }

        impl<T: GcRef> Holder for $name<T> {
            fn root(&self) -> Root {
                self.object.root()
            }
        }

        impl<T: GcRef> RootedGcRef<T> for $name<T> {}
    )*};
}

holders! { Rooted OwnedRooted }

/// A scope of roots: when it is dropped, every [`Rooted`] that was made in it becomes invalid.
///
/// It stands for the store while it exists.
///
/// # Examples
/// ```
/// use wasmote::{ExternRef, RootScope, Store};
///
/// let mut store = Store::<()>::default();
/// let seven = {
///     let mut scope = RootScope::new(&mut store);
///     let seven = ExternRef::new(&mut scope, 7)?;
///     assert!(seven.data(&scope)?.is_some());
///     seven
/// };
/// assert!(seven.data(&store).is_err());
/// # Ok::<(), wasmote::Error>(())
/// ```
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

    /// Makes room for so many roots more.
    pub fn reserve(&mut self, additional: usize) {
        self.store.as_context_mut().opaque().roots.reserve(additional);
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
