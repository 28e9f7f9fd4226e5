//! [`WasmTy`] of each Rust type.

#![allow(private_interfaces)] // As in `traits.rs`.

use crate::func::traits::{WasmTy, sealed::Sealed};
use crate::store::StoreOpaque;
use crate::{
    AnyRef, ExnRef, ExternRef, Func, HeapType, NoExtern, NoFunc, NoneRef, OwnedRooted, RefType,
    Result, Rooted, V128, ValType,
};
#[cfg(feature = "gc")]
use crate::{ArrayRef, EqRef, I31, StructRef};

/// Numbers of one slot, which need no store: how they become bits and back.
macro_rules! numbers {
    ($($ty:ty: $val:ident, $value:ident => $to:expr, $slot:ident => $from:expr;)*) => {$(
        impl Sealed for $ty {}
        impl WasmTy for $ty {
            type Slots = $ty;
            const SLOTS: usize = 1;
            fn valtype() -> ValType {
                ValType::$val
            }
            #[inline]
            fn read(slots: &[u64]) -> $ty {
                let $slot = slots[0];
                $from
            }
            #[inline]
            fn write($value: $ty, slots: &mut [u64]) {
                slots[0] = $to;
            }
            #[inline]
            fn from_slots(value: $ty, _: &mut StoreOpaque) -> $ty {
                value
            }
            #[inline]
            fn into_slots(self, _: &mut StoreOpaque) -> Result<$ty> {
                Ok(self)
            }
        }
    )*};
}

numbers! {
    i32: I32, v => u64::from(v as u32), s => s as i32;
    u32: I32, v => u64::from(v), s => s as u32;
    i64: I64, v => v as u64, s => s as i64;
    u64: I64, v => v, s => s;
    f32: F32, v => u64::from(v.to_bits()), s => f32::from_bits(s as u32);
    f64: F64, v => v.to_bits(), s => f64::from_bits(s);
}

impl Sealed for V128 {}
impl WasmTy for V128 {
    type Slots = u128;
    const SLOTS: usize = 2;
    fn valtype() -> ValType {
        ValType::V128
    }
    #[inline]
    fn read(slots: &[u64]) -> u128 {
        slots[0] as u128 | (slots[1] as u128) << 64
    }
    #[inline]
    fn write(value: u128, slots: &mut [u64]) {
        slots[0] = value as u64;
        slots[1] = (value >> 64) as u64;
    }
    #[inline]
    fn from_slots(value: u128, _: &mut StoreOpaque) -> V128 {
        V128::from(value)
    }
    #[inline]
    fn into_slots(self, _: &mut StoreOpaque) -> Result<u128> {
        Ok(self.as_u128())
    }
}

/// References, of one slot in which 0 is null: `T` and `Option<T>`. Their methods `slot` and `of_slot` turn
/// them to slots and back.
macro_rules! references {
    ($($ty:ty: $heap:ident;)*) => {$(
        impl Sealed for $ty {}
        impl WasmTy for $ty {
            type Slots = u64;
            const SLOTS: usize = 1;
            fn valtype() -> ValType {
                ValType::Ref(RefType::new(false, HeapType::$heap))
            }
            #[inline]
            fn read(slots: &[u64]) -> u64 {
                slots[0]
            }
            #[inline]
            fn write(value: u64, slots: &mut [u64]) {
                slots[0] = value;
            }
            fn from_slots(value: u64, store: &mut StoreOpaque) -> $ty {
                <$ty>::of_slot(store, value).expect("a non-null reference")
            }
            fn into_slots(self, store: &mut StoreOpaque) -> Result<u64> {
                self.slot(store)
            }
        }

        impl Sealed for Option<$ty> {}
        impl WasmTy for Option<$ty> {
            type Slots = u64;
            const SLOTS: usize = 1;
            fn valtype() -> ValType {
                ValType::Ref(RefType::new(true, HeapType::$heap))
            }
            #[inline]
            fn read(slots: &[u64]) -> u64 {
                slots[0]
            }
            #[inline]
            fn write(value: u64, slots: &mut [u64]) {
                slots[0] = value;
            }
            fn from_slots(value: u64, store: &mut StoreOpaque) -> Option<$ty> {
                <$ty>::of_slot(store, value)
            }
            fn into_slots(self, store: &mut StoreOpaque) -> Result<u64> {
                self.map_or(Ok(0), |value| value.slot(store))
            }
        }
    )*};
}

references! {
    Func: Func;
    Rooted<ExternRef>: Extern;
    OwnedRooted<ExternRef>: Extern;
    Rooted<AnyRef>: Any;
    OwnedRooted<AnyRef>: Any;
    Rooted<ExnRef>: Exn;
    OwnedRooted<ExnRef>: Exn;
    NoFunc: NoFunc;
    NoExtern: NoExtern;
    NoneRef: None;
}

#[cfg(feature = "gc")]
references! {
    Rooted<EqRef>: Eq;
    OwnedRooted<EqRef>: Eq;
    Rooted<StructRef>: Struct;
    OwnedRooted<StructRef>: Struct;
    Rooted<ArrayRef>: Array;
    OwnedRooted<ArrayRef>: Array;
    I31: I31;
}
