//! Vector operations for which x86-64 has an instruction that portable code does not become.
//!
//! SSE2 belongs to every x86-64. What needs more is inline assembly, so that handlers stay free of
//! calls, and is used only by code that was translated where the processor has it.

use core::arch::x86_64::{
    _mm_movemask_epi8, _mm_movemask_pd, _mm_movemask_ps, _mm_packs_epi16, _mm_setzero_si128,
};

use super::V128;

#[inline(always)]
pub(crate) fn bitmask8(a: V128) -> u32 {
    // SAFETY: SSE2.
    unsafe { _mm_movemask_epi8(a.0) as u32 }
}
#[inline(always)]
pub(crate) fn bitmask16(a: V128) -> u32 {
    // SAFETY: SSE2.
    unsafe { _mm_movemask_epi8(_mm_packs_epi16(a.0, _mm_setzero_si128())) as u32 }
}
#[inline(always)]
pub(crate) fn bitmask32(a: V128) -> u32 {
    // SAFETY: SSE2.
    unsafe { _mm_movemask_ps(core::mem::transmute::<_, core::arch::x86_64::__m128>(a.0)) as u32 }
}
#[inline(always)]
pub(crate) fn bitmask64(a: V128) -> u32 {
    // SAFETY: SSE2.
    unsafe { _mm_movemask_pd(core::mem::transmute::<_, core::arch::x86_64::__m128d>(a.0)) as u32 }
}
