//! Vector operations for which 64-bit ARM has an instruction that portable code does not become.

use core::arch::aarch64::*;

use super::V128;
pub(crate) use super::portable::{
    bitmask8, bitmask16, bitmask32, bitmask64, trunc_s, trunc_sat_s, trunc_sat_u,
};

pub(crate) type Repr = uint8x16_t;

/// `tbl`: each byte of `a` by its index; 0 where there is none.
#[inline(always)]
pub(crate) fn swizzle(a: V128, b: V128) -> V128 {
    // SAFETY: NEON is there (`build/main.rs`).
    V128(unsafe { vqtbl1q_u8(a.0, b.0) })
}

#[inline(always)]
pub(crate) fn shuffle(a: V128, b: V128, pattern: V128) -> V128 {
    // SAFETY: NEON is there (`build/main.rs`).
    V128(unsafe { vqtbl2q_u8(uint8x16x2_t(a.0, b.0), pattern.0) })
}
