//! The statements as types: those without expressions have an accessor per operand, those with expressions have them as parameters.

use core::marker::PhantomData;

use super::Regs;
use super::operand::*;

macro_rules! fields {
    ($at:expr;) => {
        /// Bytes of operands.
        #[allow(dead_code)] // not needed of those that leave the executor for good
        pub(crate) const LEN: usize = $at;
    };
    ($at:expr; $field:ident: $kind:ident $(, $($rest:tt)*)?) => {
        /// # Safety
        /// The statement's operands are at `m.ip + at`, in verified code of the current frame.
        #[inline(always)]
        #[allow(dead_code)] // an operand that only the run loop reads, in its own way
        pub(crate) unsafe fn $field(m: &Regs, at: usize) -> <$kind as Operand>::Out {
            // SAFETY: the operand lies `$at` bytes after the first one.
            unsafe { <$kind as Operand>::read(m, m.ip.wrapping_add(at + $at)) }
        }
        fields!($at + <$kind as Operand>::LEN; $($($rest)*)?);
    };
}
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident $text:literal { $($fields:tt)* } $([$($fact:tt)*])?)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;
        #[allow(clippy::len_without_is_empty)]
        impl $name {
            fields!(0; $($fields)*);
        }
    )*};
}
macro_rules! statements_with_expressions {
    ($($(#[$doc:meta])* $name:ident<$($parameter:ident),*> ($($wanted:ident),*) $text:literal { $($own:tt)* } [$($fact:tt)*])*) => {$(
        $(#[$doc])*
        #[cfg_attr(not(all(feature = "trees", feature = "threads", feature = "gc")), allow(dead_code))] // some only have handlers with it
        pub(crate) struct $name<$($parameter),*>(PhantomData<($($parameter,)*)>);
    )*};
}
include!("../isa/statements.rs");
