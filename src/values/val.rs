//! `Val`: a value of any type.

use super::extern_ref::ExternRef;
use super::raw::{V128, ValRaw};
use super::reference::{ContRef, Ref};
use super::root::Rooted;
use super::{AnyRef, ExnRef};
use crate::store::StoreOpaque;
use crate::{AsContext, AsContextMut, Func, HeapType, Result, ValType, bail};

/// A value of any type.
///
/// Floats are kept as their bits, so that no NaN is changed on the way.
///
/// # Examples
/// ```
/// use wasmote::{Val, ValType};
///
/// assert_eq!(Val::from(1.5_f32).f32(), Some(1.5));
/// assert_eq!(Val::I32(-1).unwrap_i32(), -1);
/// assert!(Val::I64(0).i32().is_none());
/// assert!(Val::default_for_ty(&ValType::FUNCREF).unwrap().unwrap_func_ref().is_none());
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Val {
    /// A 32-bit integer.
    I32(i32),
    /// A 64-bit integer.
    I64(i64),
    /// A 32-bit float, in bits.
    F32(u32),
    /// A 64-bit float, in bits.
    F64(u64),
    /// A 128-bit vector.
    V128(V128),
    /// A reference to a function, or null.
    FuncRef(Option<Func>),
    /// A reference to data of the host, or null.
    ExternRef(Option<Rooted<ExternRef>>),
    /// A reference to an internal object, or null.
    AnyRef(Option<Rooted<AnyRef>>),
    /// A reference to an exception, or null.
    ExnRef(Option<Rooted<ExnRef>>),
    /// A reference to a continuation: null, for there are none.
    ContRef(Option<ContRef>),
}

/// Accessors of one variant each.
macro_rules! accessors {
    ($($case:ident $name:ident $unwrap:ident $ty:ty, |$value:ident| $get:expr;)*) => {$(
        #[doc = concat!("The value, if it is a [`Val::", stringify!($case), "`].")]
        pub fn $name(&self) -> Option<$ty> {
            match self {
                Val::$case($value) => Some($get),
                _ => None,
            }
        }

        #[doc = concat!("The value of a [`Val::", stringify!($case), "`].")]
        ///
        /// # Panics
        /// If it is a value of another type.
        #[track_caller]
        pub fn $unwrap(&self) -> $ty {
            self.$name().expect(concat!("expected ", stringify!($name)))
        }
    )*};
}

impl Val {
    accessors! {
        I32 i32 unwrap_i32 i32, |v| *v;
        I64 i64 unwrap_i64 i64, |v| *v;
        F32 f32 unwrap_f32 f32, |v| f32::from_bits(*v);
        F64 f64 unwrap_f64 f64, |v| f64::from_bits(*v);
        V128 v128 unwrap_v128 V128, |v| *v;
        FuncRef funcref unwrap_funcref Option<&Func>, |v| v.as_ref();
        ExternRef externref unwrap_externref Option<&Rooted<ExternRef>>, |v| v.as_ref();
        AnyRef anyref unwrap_anyref Option<&Rooted<AnyRef>>, |v| v.as_ref();
        ExnRef exnref unwrap_exnref Option<&Rooted<ExnRef>>, |v| v.as_ref();
        FuncRef func_ref unwrap_func_ref Option<&Func>, |v| v.as_ref();
        ExternRef extern_ref unwrap_extern_ref Option<&Rooted<ExternRef>>, |v| v.as_ref();
        AnyRef any_ref unwrap_any_ref Option<&Rooted<AnyRef>>, |v| v.as_ref();
        ExnRef exn_ref unwrap_exn_ref Option<&Rooted<ExnRef>>, |v| v.as_ref();
    }

    /// Null of the hierarchy of this type.
    pub fn null_ref(heap_type: &HeapType) -> Val {
        match heap_type.top() {
            HeapType::Cont => Val::ContRef(None),
            _ => Ref::null(heap_type).into(),
        }
    }

    /// Null as a reference to a function.
    pub const fn null_func_ref() -> Val {
        Val::FuncRef(None)
    }

    /// Null as a reference to data of the host.
    pub const fn null_extern_ref() -> Val {
        Val::ExternRef(None)
    }

    /// Null as a reference to an internal object.
    pub const fn null_any_ref() -> Val {
        Val::AnyRef(None)
    }

    /// Null as a reference to an exception.
    pub const fn null_exn_ref() -> Val {
        Val::ExnRef(None)
    }

    /// The value that locals of this type begin with: zero or null; `None` for references that
    /// cannot be null.
    pub fn default_for_ty(ty: &ValType) -> Option<Val> {
        ty.default_value()
    }

    /// The most specific type of this value; that of host data is `externref`, as nobody looks at it.
    ///
    /// # Errors
    /// If it is another [`Rooted`] that is no longer valid, or of another store.
    ///
    /// # Panics
    /// If it is a function of another store.
    pub fn ty(&self, store: impl AsContext) -> Result<ValType> {
        self.load_ty(store.as_context().0.opaque())
    }

    pub(crate) fn load_ty(&self, store: &StoreOpaque) -> Result<ValType> {
        Ok(match self.number_type() {
            Ok(ty) => ty,
            // Null or not: nobody looks.
            Err(Ref::Extern(Some(_))) => ValType::EXTERNREF,
            Err(reference) => reference.load_ty(store)?.into(),
        })
    }

    /// The type of a number or a continuation, or the reference.
    fn number_type(&self) -> Result<ValType, Ref> {
        match *self {
            Val::I32(_) => Ok(ValType::I32),
            Val::I64(_) => Ok(ValType::I64),
            Val::F32(_) => Ok(ValType::F32),
            Val::F64(_) => Ok(ValType::F64),
            Val::V128(_) => Ok(ValType::V128),
            Val::FuncRef(to) => Err(Ref::Func(to)),
            Val::ExternRef(to) => Err(Ref::Extern(to)),
            Val::AnyRef(to) => Err(Ref::Any(to)),
            Val::ExnRef(to) => Err(Ref::Exn(to)),
            Val::ContRef(_) => Ok(ValType::NULLCONTREF),
        }
    }

    /// The reference, if it is one that [`Ref`] has.
    pub fn ref_(self) -> Option<Ref> {
        self.number_type().err()
    }

    /// Whether this value is of type `ty`.
    ///
    /// # Errors
    /// If it is a [`Rooted`] that is no longer valid, or of another store.
    ///
    /// # Panics
    /// If it is a function of another store, or the type is of another engine.
    pub fn matches_ty(&self, store: impl AsContext, ty: &ValType) -> Result<bool> {
        self.matches(store.as_context().0.opaque(), ty)
    }

    pub(crate) fn matches(&self, store: &StoreOpaque, ty: &ValType) -> Result<bool> {
        match (self.number_type(), ty) {
            (Err(reference), ValType::Ref(ty)) => reference.matches(store, ty),
            (Ok(ours), ty) => Ok(ours.matches(ty)),
            (Err(_), _) => Ok(false),
        }
    }

    /// Errs unless this value is of `store` and of type `ty`.
    pub(crate) fn ensure_matches(&self, store: &StoreOpaque, ty: &ValType) -> Result<()> {
        if !self.is_of(store) {
            bail!("value used with wrong store");
        }
        if !ty.comes_from_same_engine(store.engine()) {
            bail!("type used with wrong engine");
        }
        if !self.matches(store, ty)? {
            bail!("type mismatch: expected {ty}, found {}", self.load_ty(store)?);
        }
        Ok(())
    }

    /// Whether this can be used with `store`; numbers and null always can.
    pub(crate) fn is_of(&self, store: &StoreOpaque) -> bool {
        self.ref_().is_none_or(|reference| reference.is_of(store))
    }

    /// The value as one or two of the machine's slots, low half first; errs if it is a reference of
    /// another store or no longer valid.
    pub(crate) fn to_slots(self, store: &StoreOpaque) -> Result<[u64; 2]> {
        Ok(match self {
            Val::I32(v) => [u64::from(v as u32), 0],
            Val::I64(v) => [v as u64, 0],
            Val::F32(v) => [v.into(), 0],
            Val::F64(v) => [v, 0],
            Val::V128(v) => [v.as_u128() as u64, (v.as_u128() >> 64) as u64],
            Val::FuncRef(to) => [Ref::Func(to).to_slot(store)?, 0],
            Val::ExternRef(to) => [Ref::Extern(to).to_slot(store)?, 0],
            Val::AnyRef(to) => [Ref::Any(to).to_slot(store)?, 0],
            Val::ExnRef(to) => [Ref::Exn(to).to_slot(store)?, 0],
            Val::ContRef(_) => [0, 0],
        })
    }

    /// What slots of type `ty` hold; objects are rooted in the innermost scope.
    pub(crate) fn from_slots(store: &mut StoreOpaque, ty: &ValType, slots: [u64; 2]) -> Val {
        match ty {
            ValType::I32 => Val::I32(slots[0] as i32),
            ValType::I64 => Val::I64(slots[0] as i64),
            ValType::F32 => Val::F32(slots[0] as u32),
            ValType::F64 => Val::F64(slots[0]),
            ValType::V128 => Val::V128((u128::from(slots[0]) | u128::from(slots[1]) << 64).into()),
            ValType::Ref(ty) if ty.heap_type().top().is_cont() => Val::ContRef(None),
            ValType::Ref(ty) => Ref::from_slot(store, ty, slots[0]).into(),
        }
    }

    /// The value without its type.
    ///
    /// # Errors
    /// If it is a reference of another store, or a [`Rooted`] that is no longer valid.
    pub fn to_raw(&self, store: impl AsContextMut) -> Result<ValRaw> {
        Ok(ValRaw::from_slots(self.to_slots(store.as_context().0.opaque())?))
    }

    /// The value that [`Val::to_raw`] gave, of type `ty`.
    ///
    /// # Safety
    /// `raw` must have been made from a value of this type and of this store. (What this crate
    /// would do otherwise is to panic or to give another value; the function is unsafe because its
    /// counterpart in wasmtime is.)
    #[allow(unsafe_code)]
    pub unsafe fn from_raw(mut store: impl AsContextMut, raw: ValRaw, ty: ValType) -> Val {
        Val::from_slots(store.as_context_mut().opaque(), &ty, raw.to_slots())
    }
}

impl ValType {
    /// The value that locals of this type begin with: zero or null; `None` for references that
    /// cannot be null.
    pub fn default_value(&self) -> Option<Val> {
        Some(match self {
            ValType::I32 => Val::I32(0),
            ValType::I64 => Val::I64(0),
            ValType::F32 => Val::F32(0),
            ValType::F64 => Val::F64(0),
            ValType::V128 => Val::V128(0.into()),
            ValType::Ref(ty) if ty.is_nullable() => Val::null_ref(ty.heap_type()),
            ValType::Ref(_) => return None,
        })
    }
}

impl From<Ref> for Val {
    fn from(reference: Ref) -> Val {
        match reference {
            Ref::Func(to) => Val::FuncRef(to),
            Ref::Extern(to) => Val::ExternRef(to),
            Ref::Any(to) => Val::AnyRef(to),
            Ref::Exn(to) => Val::ExnRef(to),
        }
    }
}

/// Conversions from the Rust type of each variant.
macro_rules! from {
    ($($ty:ty, |$value:ident| $val:expr;)*) => {$(
        impl From<$ty> for Val {
            fn from($value: $ty) -> Val {
                $val
            }
        }
    )*};
}

from! {
    i32, |v| Val::I32(v);
    i64, |v| Val::I64(v);
    f32, |v| Val::F32(v.to_bits());
    f64, |v| Val::F64(v.to_bits());
    u128, |v| Val::V128(v.into());
    V128, |v| Val::V128(v);
    Func, |v| Val::FuncRef(Some(v));
    Option<Func>, |v| Val::FuncRef(v);
    Rooted<ExternRef>, |v| Val::ExternRef(Some(v));
    Option<Rooted<ExternRef>>, |v| Val::ExternRef(v);
    Rooted<AnyRef>, |v| Val::AnyRef(Some(v));
    Option<Rooted<AnyRef>>, |v| Val::AnyRef(v);
    Rooted<ExnRef>, |v| Val::ExnRef(Some(v));
    Option<Rooted<ExnRef>>, |v| Val::ExnRef(v);
}
