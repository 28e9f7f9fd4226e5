//! `AnyRef` and `EqRef`: internal objects of which it is not known what they are.

use super::extern_ref::ExternRef;
use super::root::{Root, Rooted, rooted};
use crate::store::StoreOpaque;
use crate::{AsContext, AsContextMut, HeapType, Result};

#[cfg(feature = "gc")]
use super::{ArrayRef, I31, OwnedRooted, StructRef};

/// An internal object (`anyref`): a struct, an array, a small number, or data of the host that was converted.
///
/// # Examples
/// ```
/// use wasmote::{AnyRef, ExternRef, HeapType, Ref, Store};
///
/// let mut store = Store::<()>::default();
/// let seven = ExternRef::new(&mut store, 7)?;
/// let seven = AnyRef::convert_extern(&mut store, seven)?;
/// assert!(seven.ty(&store)?.is_any() && seven.matches_ty(&store, &HeapType::Any)?);
/// assert!(matches!(Ref::null(&HeapType::Any), Ref::Any(None)));
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AnyRef {
    root: Root,
}

rooted! { AnyRef }

impl AnyRef {
    /// The same object as an internal reference, as `any.convert_extern` makes one. [`ExternRef::convert_any`] is the
    /// way back.
    ///
    /// # Errors
    /// If the root is no longer valid.
    ///
    /// # Panics
    /// If the root is of another store.
    pub fn convert_extern(
        mut store: impl AsContextMut,
        externref: Rooted<ExternRef>,
    ) -> Result<Rooted<AnyRef>> {
        externref.converted(store.as_context_mut().opaque())
    }

    /// The object that [`AnyRef::to_raw`] gave this number for, or a guest, if no garbage was collected since. `None` for null
    /// and for numbers that stand for no object, which are not looked for fast.
    pub fn from_raw(mut store: impl AsContextMut, raw: u32) -> Option<Rooted<AnyRef>> {
        let mut store = store.as_context_mut();
        let store = store.opaque();
        if store.is_internal(raw) { Rooted::of_slot(store, raw.into()) } else { None }
    }

    /// A number for this object, for [`ValRaw::anyref`](crate::ValRaw::anyref), until garbage is collected; never 0, which is
    /// null.
    ///
    /// # Errors
    /// If the root is no longer valid.
    ///
    /// # Panics
    /// If the root is of another store.
    pub fn to_raw(&self, store: impl AsContextMut) -> Result<u32> {
        Ok(self.root.own_slot(store.as_context().0.opaque())? as u32)
    }

    /// What an object is.
    pub(super) fn type_of(store: &StoreOpaque, slot: u64) -> HeapType {
        #[cfg(feature = "gc")]
        if slot & 1 != 0 {
            return HeapType::I31;
        } else if let Some((ty, length)) = store.machine.heap_type(slot as u32) {
            return HeapType::of_object(store.engine(), ty, length.is_some());
        }
        let _ = (store, slot);
        HeapType::Any
    }
}

/// What one can find out about an object.
macro_rules! inspected {
    ($($name:ident)*) => {$(
        impl $name {
            /// The most specific type of the object; that of data of the host is `any`.
            ///
            /// # Errors
            /// If the root is no longer valid.
            ///
            /// # Panics
            /// If the root is of another store.
            pub fn ty(&self, store: impl AsContext) -> Result<HeapType> {
                let store = store.as_context();
                let store = store.0.opaque();
                Ok(AnyRef::type_of(store, self.root.own_slot(store)?))
            }

            /// Whether the object is of this type.
            ///
            /// # Errors
            /// If the root is no longer valid.
            ///
            /// # Panics
            /// If the root is of another store, or the type of another engine.
            pub fn matches_ty(&self, store: impl AsContext, ty: &HeapType) -> Result<bool> {
                Ok(self.ty(store)?.matches(ty))
            }
        }
    )*};
}

inspected! { AnyRef }

/// An internal object that can be compared (`eqref`): a struct, an array, or a small number.
///
/// # Examples
/// ```
/// use wasmote::{EqRef, I31, Store};
///
/// let mut store = Store::<()>::default();
/// let eq = EqRef::from_i31(&mut store, I31::wrapping_u32(7));
/// assert!(eq.ty(&store)?.is_i31() && !eq.is_struct(&store)?);
/// assert!(eq.to_anyref().is_eqref(&store)?);
/// # Ok::<(), wasmote::Error>(())
/// ```
#[cfg(feature = "gc")]
#[derive(Clone, Copy, Debug)]
pub struct EqRef {
    root: Root,
}

#[cfg(feature = "gc")]
rooted! { EqRef }
#[cfg(feature = "gc")]
inspected! { EqRef }

#[cfg(feature = "gc")]
impl AnyRef {
    /// Whether the object can be compared: whatever is not data of the host.
    ///
    /// # Errors
    /// If the root is no longer valid.
    ///
    /// # Panics
    /// If the root is of another store.
    pub fn is_eqref(&self, store: impl AsContext) -> Result<bool> {
        self.matches_ty(store, &HeapType::Eq)
    }

    /// The object as one that can be compared, if it is.
    ///
    /// # Errors
    /// If the root is no longer valid.
    ///
    /// # Panics
    /// If the root is of another store.
    pub fn as_eqref(&self, mut store: impl AsContextMut) -> Result<Option<Rooted<EqRef>>> {
        let mut store = store.as_context_mut();
        if !self.is_eqref(&store)? {
            return Ok(None);
        }
        let store = store.opaque();
        let slot = self.root.own_slot(store)?;
        Ok(Rooted::of_slot(store, slot))
    }

    /// The object as one that can be compared.
    ///
    /// # Errors
    /// If the root is no longer valid.
    ///
    /// # Panics
    /// If the object cannot be compared, or the root is of another store.
    pub fn unwrap_eqref(&self, store: impl AsContextMut) -> Result<Rooted<EqRef>> {
        Ok(self.as_eqref(store)?.expect("AnyRef::unwrap_eqref on non-eqref"))
    }
}

/// Methods for each of the things that an object may be.
#[cfg(feature = "gc")]
macro_rules! downcasts {
    ($($name:ident { $($is:ident $as:ident $unwrap:ident $ty:ty, $heap:ident $word:literal $kind:literal, $found:expr;)* })*) => {$(
        impl $name {
            /// A number as a reference, rooted in the innermost scope.
            pub fn from_i31(mut store: impl AsContextMut, value: I31) -> Rooted<$name> {
                let mut store = store.as_context_mut();
                let store = store.opaque();
                let slot = value.slot(store).expect("numbers are of all stores");
                Rooted::of_slot(store, slot).expect("a number is not null")
            }

            $(
                #[doc = concat!("Whether it is ", $word, ".")]
                ///
                /// # Errors
                /// If the root is no longer valid.
                ///
                /// # Panics
                /// If the root is of another store.
                pub fn $is(&self, store: impl AsContext) -> Result<bool> {
                    self.matches_ty(store, &HeapType::$heap)
                }

                #[doc = concat!("What it is as ", $word, ", if it is one; a root is valid as long as this one.")]
                ///
                /// # Errors
                /// If the root is no longer valid.
                ///
                /// # Panics
                /// If the root is of another store.
                pub fn $as(&self, store: impl AsContext) -> Result<Option<$ty>> {
                    let store = store.as_context();
                    let found: fn(&StoreOpaque, Root) -> Result<$ty> = $found;
                    match self.$is(&store)? {
                        true => found(store.0.opaque(), self.root).map(Some),
                        false => Ok(None),
                    }
                }

                #[doc = concat!("What it is as ", $word, "; a root is valid as long as this one.")]
                ///
                /// # Errors
                /// If the root is no longer valid.
                ///
                /// # Panics
                #[doc = concat!("If it is not ", $word, ", or the root is of another store.")]
                pub fn $unwrap(&self, store: impl AsContext) -> Result<$ty> {
                    let message = concat!(stringify!($name), "::", stringify!($unwrap), " on non-", $kind);
                    Ok(self.$as(store)?.expect(message))
                }
            )*
        }
    )*};
}

#[cfg(feature = "gc")]
fn number(store: &StoreOpaque, root: Root) -> Result<I31> {
    Ok(I31::of_slot(store, root.own_slot(store)?).expect("a number"))
}

#[cfg(feature = "gc")]
downcasts! {
    AnyRef {
        is_i31 as_i31 unwrap_i31 I31, I31 "a small number" "i31", number;
        is_struct as_struct unwrap_struct Rooted<StructRef>, Struct "a struct" "structref", |_, root| Ok(Rooted::of_root(root));
        is_array as_array unwrap_array Rooted<ArrayRef>, Array "an array" "arrayref", |_, root| Ok(Rooted::of_root(root));
    }
    EqRef {
        is_i31 as_i31 unwrap_i31 I31, I31 "a small number" "i31", number;
        is_struct as_struct unwrap_struct Rooted<StructRef>, Struct "a struct" "structref", |_, root| Ok(Rooted::of_root(root));
        is_array as_array unwrap_array Rooted<ArrayRef>, Array "an array" "arrayref", |_, root| Ok(Rooted::of_root(root));
    }
}

/// A root as one of a type that includes that of its object.
#[cfg(feature = "gc")]
macro_rules! upcasts {
    ($($from:ident $method:ident $to:ident;)*) => {$(
        impl Rooted<$from> {
            #[doc = concat!("The same root, as one of an [`", stringify!($to), "`].")]
            #[inline]
            pub fn $method(self) -> Rooted<$to> {
                self.cast()
            }
        }

        impl OwnedRooted<$from> {
            #[doc = concat!("The same root, as one of an [`", stringify!($to), "`].")]
            #[inline]
            pub fn $method(self) -> OwnedRooted<$to> {
                self.cast()
            }
        }

        impl From<Rooted<$from>> for Rooted<$to> {
            fn from(root: Rooted<$from>) -> Rooted<$to> {
                root.$method()
            }
        }

        impl From<OwnedRooted<$from>> for OwnedRooted<$to> {
            fn from(root: OwnedRooted<$from>) -> OwnedRooted<$to> {
                root.$method()
            }
        }
    )*};
}

#[cfg(feature = "gc")]
upcasts! {
    EqRef to_anyref AnyRef;
    StructRef to_anyref AnyRef;
    StructRef to_eqref EqRef;
    ArrayRef to_anyref AnyRef;
    ArrayRef to_eqref EqRef;
}
