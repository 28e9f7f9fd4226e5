//! `Ref`: any reference, and the types that only null is of.

use core::convert::Infallible;

use super::extern_ref::ExternRef;
use super::root::Rooted;
use super::val::Val;
use super::{AnyRef, ExnRef};
#[cfg(feature = "gc")]
use super::{ArrayRef, StructRef};
use crate::store::StoreOpaque;
use crate::{AsContext, Func, HeapType, RefType, Result, bail};

/// Types without values.
macro_rules! empty {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub struct $name(Infallible);
    )*};
}

empty! {
    /// A continuation (`contref`): stack switching is not supported, so there are none.
    ///
    /// # Examples
    /// ```
    /// use wasmote::{ContRef, Val};
    ///
    /// let null: Option<ContRef> = None;
    /// assert!(matches!(Val::ContRef(null), Val::ContRef(None)));
    /// ```
    ContRef
    /// What `nullexternref` refers to: nothing. `Option<NoExtern>` is always `None`.
    ///
    /// # Examples
    /// ```
    /// use wasmote::NoExtern;
    ///
    /// assert_eq!(NoExtern::null(), None);
    /// assert!(NoExtern::null_ref().is_null() && NoExtern::null_ref().is_extern());
    /// ```
    NoExtern
    /// What `nullfuncref` refers to: nothing. `Option<NoFunc>` is always `None`.
    ///
    /// # Examples
    /// ```
    /// use wasmote::NoFunc;
    ///
    /// assert_eq!(NoFunc::null(), None);
    /// assert!(NoFunc::null_ref().is_null() && NoFunc::null_ref().is_func());
    /// ```
    NoFunc
    /// What `nullref` refers to: nothing. `Option<NoneRef>` is always `None`.
    ///
    /// # Examples
    /// ```
    /// use wasmote::NoneRef;
    ///
    /// assert_eq!(NoneRef::null(), None);
    /// assert!(NoneRef::null_ref().is_null() && NoneRef::null_ref().is_any());
    /// ```
    NoneRef
}

/// What all types have in common that only null is of.
macro_rules! null_only {
    ($($name:ident: $case:ident $val:ident;)*) => {$(
        impl $name {
            /// The only reference of this type, as a [`Ref`].
            pub const fn null_ref() -> Ref {
                Ref::$case(None)
            }

            /// The only reference of this type, as a [`Val`].
            pub const fn null_val() -> Val {
                Val::$val(None)
            }

            /// The only reference of this type.
            pub const fn null() -> Option<$name> {
                None
            }

            /// The reference as a slot's value; there is none that is not null.
            pub(crate) fn slot(&self, _: &StoreOpaque) -> Result<u64> {
                match self.0 {}
            }

            /// What a slot holds: null.
            pub(crate) fn of_slot(_: &StoreOpaque, _: u64) -> Option<$name> {
                None
            }
        }
    )*};
}

null_only! {
    NoExtern: Extern ExternRef;
    NoFunc: Func FuncRef;
    NoneRef: Any AnyRef;
}

/// A reference; `None` is null.
///
/// # Examples
/// ```
/// use wasmote::{HeapType, Ref};
///
/// let null = Ref::null(&HeapType::NoExtern);
/// assert!(null.is_null() && null.is_extern());
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Ref {
    /// To a function.
    Func(Option<Func>),
    /// To data of the host.
    Extern(Option<Rooted<ExternRef>>),
    /// To an internal object.
    Any(Option<Rooted<AnyRef>>),
    /// To an exception.
    Exn(Option<Rooted<ExnRef>>),
}

/// Predicates and accessors of the kinds of references.
macro_rules! kinds {
    ($($case:ident $is:ident $as:ident $unwrap:ident $ty:ty, $short:literal, $word:literal;)*) => {$(
        #[doc = concat!("Whether this is a reference to ", $word, ", or null of that kind.")]
        pub fn $is(&self) -> bool {
            matches!(self, Ref::$case(_))
        }

        #[doc = concat!("The reference to ", $word, ", if it is one: `Some(None)` is null.")]
        pub fn $as(&self) -> Option<Option<&$ty>> {
            match self {
                Ref::$case(to) => Some(to.as_ref()),
                _ => None,
            }
        }

        #[doc = concat!("The reference to ", $word, ".")]
        ///
        /// # Panics
        /// If it is a reference of another kind.
        #[track_caller]
        pub fn $unwrap(&self) -> Option<&$ty> {
            self.$as().expect(concat!("Ref::unwrap_", $short, " on non-", $short, " reference"))
        }
    )*};
}

impl Ref {
    kinds! {
        Func is_func as_func unwrap_func Func, "func", "a function";
        Extern is_extern as_extern unwrap_extern Rooted<ExternRef>, "extern", "host data";
        Any is_any as_any unwrap_any Rooted<AnyRef>, "any", "an internal object";
        Exn is_exn as_exn unwrap_exn Rooted<ExnRef>, "exn", "an exception";
    }

    /// Null of the hierarchy of this type.
    ///
    /// # Panics
    /// If it is the hierarchy of continuations, which are not supported.
    pub fn null(heap_type: &HeapType) -> Ref {
        match heap_type.top() {
            HeapType::Func => Ref::Func(None),
            HeapType::Extern => Ref::Extern(None),
            HeapType::Exn => Ref::Exn(None),
            HeapType::Any => Ref::Any(None),
            _ => panic!("references to continuations are not supported"),
        }
    }

    /// Whether this is null.
    pub fn is_null(&self) -> bool {
        match self {
            Ref::Func(to) => to.is_none(),
            Ref::Extern(to) => to.is_none(),
            Ref::Any(to) => to.is_none(),
            Ref::Exn(to) => to.is_none(),
        }
    }

    /// Whether this is not null.
    pub fn is_non_null(&self) -> bool {
        !self.is_null()
    }

    /// The most specific type of this reference.
    ///
    /// # Errors
    /// If it is a [`Rooted`] that is no longer valid, or of another store.
    ///
    /// # Panics
    /// If it is a function of another store.
    pub fn ty(&self, store: impl AsContext) -> Result<RefType> {
        self.load_ty(store.as_context().0.opaque())
    }

    pub(crate) fn load_ty(&self, store: &StoreOpaque) -> Result<RefType> {
        let (heap_type, slot) = match self {
            Ref::Func(None) => return Ok(RefType::NULLFUNCREF),
            Ref::Extern(None) => return Ok(RefType::NULLEXTERNREF),
            Ref::Any(None) => return Ok(RefType::NULLREF),
            Ref::Exn(None) => return Ok(RefType::NULLEXNREF),
            Ref::Func(Some(func)) => {
                let ty = func.ty_in(store);
                return Ok(RefType::new(false, HeapType::ConcreteFunc(ty)));
            }
            Ref::Extern(Some(root)) => (HeapType::Extern, root.slot(store)),
            Ref::Any(Some(root)) => {
                let slot = root.slot(store)?;
                return Ok(RefType::new(false, AnyRef::type_of(store, slot)));
            }
            #[cfg(feature = "gc")]
            Ref::Exn(Some(root)) => {
                let slot = root.slot(store)?;
                return Ok(RefType::new(false, ExnRef::type_of(store, slot)?.into()));
            }
            #[cfg(not(feature = "gc"))]
            Ref::Exn(Some(root)) => (HeapType::Exn, root.slot(store)),
        };
        slot.map(|_| RefType::new(false, heap_type))
    }

    /// Whether this reference is of type `ty`.
    ///
    /// # Errors
    /// If it is a [`Rooted`] that is no longer valid, or of another store.
    ///
    /// # Panics
    /// If it is a function of another store, or the type is of another engine.
    pub fn matches_ty(&self, store: impl AsContext, ty: &RefType) -> Result<bool> {
        self.matches(store.as_context().0.opaque(), ty)
    }

    pub(crate) fn matches(&self, store: &StoreOpaque, ty: &RefType) -> Result<bool> {
        if self.is_null() {
            let same_kind = HeapType::eq(&Ref::top(self), &ty.heap_type().top());
            return Ok(ty.is_nullable() && same_kind);
        }
        // The type of a function need not be looked up where any function will do.
        if let (Ref::Func(_), HeapType::Func) = (self, ty.heap_type()) {
            return Ok(true);
        }
        match (self, ty.heap_type()) {
            // The check of arguments is structural, unlike linking.
            (Ref::Func(Some(func)), HeapType::ConcreteFunc(expected)) => {
                Ok(func.ty_in(store).matches(expected))
            }
            _ => Ok(self.load_ty(store)?.matches(ty)),
        }
    }

    fn top(&self) -> HeapType {
        match self {
            Ref::Func(_) => HeapType::Func,
            Ref::Extern(_) => HeapType::Extern,
            Ref::Any(_) => HeapType::Any,
            Ref::Exn(_) => HeapType::Exn,
        }
    }

    /// Errs unless this reference is of `store` and of type `ty`.
    pub(crate) fn ensure_matches(&self, store: &StoreOpaque, ty: &RefType) -> Result<()> {
        if !self.is_of(store) {
            bail!("reference used with wrong store");
        }
        if !ty.comes_from_same_engine(store.engine()) {
            bail!("type used with wrong engine");
        }
        if !self.matches(store, ty)? {
            bail!("type mismatch: expected {ty}, found {}", self.load_ty(store)?);
        }
        Ok(())
    }

    /// Whether this can be used with `store`; null always can.
    pub(crate) fn is_of(&self, store: &StoreOpaque) -> bool {
        match self {
            Ref::Func(to) => to.is_none_or(|func| func.is_of(store)),
            Ref::Extern(to) => to.is_none_or(|root| root.is_of(store)),
            Ref::Any(to) => to.is_none_or(|root| root.is_of(store)),
            Ref::Exn(to) => to.is_none_or(|root| root.is_of(store)),
        }
    }

    /// The reference as a slot's value; errs if it is of another store or no longer valid.
    pub(crate) fn to_slot(self, store: &StoreOpaque) -> Result<u64> {
        match self {
            Ref::Func(to) => to.map_or(Ok(0), |func| func.slot(store)),
            Ref::Extern(to) => to.map_or(Ok(0), |root| root.slot(store)),
            Ref::Any(to) => to.map_or(Ok(0), |root| root.slot(store)),
            Ref::Exn(to) => to.map_or(Ok(0), |root| root.slot(store)),
        }
    }

    /// What a slot of type `ty` holds; objects are rooted in the innermost scope.
    pub(crate) fn from_slot(store: &mut StoreOpaque, ty: &RefType, slot: u64) -> Ref {
        match Ref::null(ty.heap_type()) {
            Ref::Func(_) => Ref::Func(Func::of_slot(store, slot)),
            Ref::Extern(_) => Ref::Extern(Rooted::of_slot(store, slot)),
            Ref::Any(_) => Ref::Any(Rooted::of_slot(store, slot)),
            Ref::Exn(_) => Ref::Exn(Rooted::of_slot(store, slot)),
        }
    }
}

/// Conversions from what is referred to, and from options of it.
macro_rules! from {
    ($($ty:ty => $case:ident;)*) => {$(
        impl From<$ty> for Ref {
            fn from(to: $ty) -> Ref {
                Ref::$case(Some(to))
            }
        }

        impl From<Option<$ty>> for Ref {
            fn from(to: Option<$ty>) -> Ref {
                Ref::$case(to)
            }
        }
    )*};
}

from! {
    Func => Func;
    Rooted<ExternRef> => Extern;
    Rooted<AnyRef> => Any;
    Rooted<ExnRef> => Exn;
}

/// The same from objects of which it is known what they are.
#[cfg(feature = "gc")]
macro_rules! from_objects {
    ($($name:ident)*) => {$(
        impl From<Rooted<$name>> for Ref {
            fn from(to: Rooted<$name>) -> Ref {
                to.to_anyref().into()
            }
        }

        impl From<Option<Rooted<$name>>> for Ref {
            fn from(to: Option<Rooted<$name>>) -> Ref {
                to.map(Rooted::<$name>::to_anyref).into()
            }
        }

        impl From<Rooted<$name>> for Val {
            fn from(to: Rooted<$name>) -> Val {
                Ref::from(to).into()
            }
        }

        impl From<Option<Rooted<$name>>> for Val {
            fn from(to: Option<Rooted<$name>>) -> Val {
                Ref::from(to).into()
            }
        }
    )*};
}

#[cfg(feature = "gc")]
from_objects! { StructRef ArrayRef }
