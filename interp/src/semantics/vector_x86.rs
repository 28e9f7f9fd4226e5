//! Vector operations for which x86-64 has an instruction that portable code does not become.
//!
//! SSE2 belongs to every x86-64. Newer instructions are inline assembly, so that handlers stay free
//! of calls, behind a flag that is set when the processor has them.

use core::arch::asm;
use core::arch::x86_64::*;
use core::sync::atomic::{AtomicBool, Ordering};

use super::{V128, mask32, portable, u32x4};

pub(crate) type Repr = __m128i;

/// Whether the processor has SSSE3.
static SSSE3: AtomicBool = AtomicBool::new(false);

/// Sets the flags.
pub(crate) fn detect() {
    if !SSSE3.load(Ordering::Relaxed) {
        SSSE3.store(__cpuid(1).ecx >> 9 & 1 != 0, Ordering::Relaxed);
    }
}

/// Intrinsics of SSE2 on vectors.
macro_rules! sse2 {
    ($e:expr) => {
        // SAFETY: every x86-64 has SSE2.
        unsafe { $e }
    };
}

#[inline(always)]
pub(crate) fn bitmask8(a: V128) -> u32 {
    sse2!(_mm_movemask_epi8(a.0) as u32)
}
#[inline(always)]
pub(crate) fn bitmask16(a: V128) -> u32 {
    sse2!(_mm_movemask_epi8(_mm_packs_epi16(a.0, _mm_setzero_si128())) as u32)
}
#[inline(always)]
pub(crate) fn bitmask32(a: V128) -> u32 {
    sse2!(_mm_movemask_ps(_mm_castsi128_ps(a.0)) as u32)
}
#[inline(always)]
pub(crate) fn bitmask64(a: V128) -> u32 {
    sse2!(_mm_movemask_pd(_mm_castsi128_pd(a.0)) as u32)
}

/// Truncation; 2^31 for what does not fit.
#[inline(always)]
pub(crate) fn trunc_s(a: V128) -> V128 {
    V128(sse2!(_mm_cvttps_epi32(_mm_castsi128_ps(a.0))))
}

#[inline(always)]
pub(crate) fn trunc_sat_s(a: V128) -> V128 {
    // What is too large is 2^31, the complement of the largest number.
    let fits = super::f32x4::map(a, |x| mask32(x < 2147483648.0));
    let number = super::f32x4::map(a, |x| mask32(!x.is_nan()));
    u32x4::zip3(trunc_s(a), fits, number, |t, fits, number| (t ^ !(fits | !number)) & number)
}

#[inline(always)]
pub(crate) fn trunc_sat_u(a: V128) -> V128 {
    let a = super::f32x4::map(a, |x| if x > 0.0 { x } else { 0.0 });
    let high = super::f32x4::map(a, |x| mask32(x >= 2147483648.0));
    let too_large = super::f32x4::map(a, |x| mask32(x >= 4294967296.0));
    // From 2^31 on the first is 2^31, and the second is what is to be added.
    let (low, rest) = (trunc_s(a), trunc_s(super::f32x4::map(a, |x| x - 2147483648.0)));
    let rest = u32x4::zip(rest, high, |rest, high| rest & high);
    u32x4::zip3(low, rest, too_large, |low, rest, too_large| low | rest | too_large)
}

/// `pshufb`: each byte of `a` by its index; 0 where the index has its highest bit set.
///
/// # Safety
/// The processor has SSSE3.
#[inline(always)]
unsafe fn pshufb(mut a: __m128i, indices: __m128i) -> __m128i {
    // SAFETY: as the caller says.
    unsafe {
        asm!("pshufb {0}, {1}", inout(xmm_reg) a, in(xmm_reg) indices, options(pure, nomem, nostack, preserves_flags));
    }
    a
}

/// Indices from 16 on get their highest bit set.
#[inline(always)]
fn indices(b: __m128i) -> __m128i {
    sse2!(_mm_adds_epu8(b, _mm_set1_epi8(0x70)))
}

#[inline(always)]
pub(crate) fn swizzle(a: V128, b: V128) -> V128 {
    if SSSE3.load(Ordering::Relaxed) {
        // SAFETY: the flag says so.
        V128(unsafe { pshufb(a.0, indices(b.0)) })
    } else {
        portable::swizzle(a, b)
    }
}

#[inline(always)]
pub(crate) fn shuffle(a: V128, b: V128, pattern: V128) -> V128 {
    if SSSE3.load(Ordering::Relaxed) {
        // SAFETY: the flag says so.
        V128(unsafe {
            let of_b = _mm_sub_epi8(pattern.0, _mm_set1_epi8(16));
            _mm_or_si128(pshufb(a.0, indices(pattern.0)), pshufb(b.0, indices(of_b)))
        })
    } else {
        portable::shuffle(a, b, pattern)
    }
}
