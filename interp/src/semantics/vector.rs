//! Vectors of 128 bits: the type, its lanes, and what the lines of `vectors.rs` call.
//!
//! Everything is written lane by lane, in loops with constant bounds that the optimiser turns into
//! vector instructions. Where it does not, `native` has the instruction, and what is here is the
//! meaning that it is tested against.

#[cfg(native_vectors)]
#[cfg_attr(target_arch = "x86_64", path = "vector_x86.rs")]
#[cfg_attr(target_arch = "aarch64", path = "vector_arm.rs")]
mod native;

/// The type that is passed in a vector register, where there are any.
#[cfg(native_vectors)]
pub(crate) use native::Repr;
#[cfg(not(native_vectors))]
pub(crate) type Repr = [u64; 2];

/// A vector.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct V128(pub(crate) Repr);

/// A type of lanes: any bits are a value.
pub(crate) trait Lane: Copy {
    const ZERO: Self;
}

/// The same bits as lanes and as a vector.
union Bits<T: Copy, const N: usize> {
    vector: V128,
    lanes: [T; N],
}

#[inline(always)]
fn lanes<T: Lane, const N: usize>(vector: V128) -> [T; N] {
    const { assert!(size_of::<[T; N]>() == size_of::<V128>()) };
    // SAFETY: of the same size, and any bits are lanes.
    unsafe { Bits { vector }.lanes }
}

#[inline(always)]
fn vector<T: Lane, const N: usize>(lanes: [T; N]) -> V128 {
    const { assert!(size_of::<[T; N]>() == size_of::<V128>()) };
    // SAFETY: of the same size, and any bits are a vector.
    unsafe { Bits { lanes }.vector }
}

/// A vector from its lanes' values, by index. (No `array::from_fn`, which is a call where the
/// optimiser is to save space.)
#[inline(always)]
fn of<T: Lane, const N: usize>(f: impl Fn(usize) -> T) -> V128 {
    let mut out = [T::ZERO; N];
    let mut i = 0;
    while i < N {
        out[i] = f(i);
        i += 1;
    }
    vector(out)
}

/// A way to see a vector: lanes of a type.
macro_rules! views {
    ($($view:ident: $lane:ident * $n:literal, $zero:literal;)*) => {$(
        #[allow(non_camel_case_types)]
        pub(crate) struct $view;

        #[allow(dead_code)] // the same for all of them
        impl $view {
            #[inline(always)]
            pub(crate) fn lanes(v: V128) -> [$lane; $n] {
                lanes(v)
            }
            /// From the values of the lanes, by index.
            #[inline(always)]
            pub(crate) fn of(f: impl Fn(usize) -> $lane) -> V128 {
                of::<$lane, $n>(f)
            }
            #[inline(always)]
            pub(crate) fn splat(value: $lane) -> V128 {
                vector([value; $n])
            }
            #[inline(always)]
            pub(crate) fn map<R: Lane>(a: V128, f: impl Fn($lane) -> R) -> V128 {
                let a = lanes::<$lane, $n>(a);
                of::<R, $n>(|i| f(a[i]))
            }
            #[inline(always)]
            pub(crate) fn zip<R: Lane>(a: V128, b: V128, f: impl Fn($lane, $lane) -> R) -> V128 {
                let (a, b) = (lanes::<$lane, $n>(a), lanes::<$lane, $n>(b));
                of::<R, $n>(|i| f(a[i], b[i]))
            }
            #[inline(always)]
            pub(crate) fn zip3(
                a: V128, b: V128, c: V128, f: impl Fn($lane, $lane, $lane) -> $lane,
            ) -> V128 {
                let (a, b, c) = (lanes::<$lane, $n>(a), lanes::<$lane, $n>(b), lanes::<$lane, $n>(c));
                of::<$lane, $n>(|i| f(a[i], b[i], c[i]))
            }
        }
        impl Lane for $lane {
            const ZERO: $lane = $zero;
        }
    )*};
}
views! {
    i8x16: i8 * 16, 0; u8x16: u8 * 16, 0; i16x8: i16 * 8, 0; u16x8: u16 * 8, 0;
    i32x4: i32 * 4, 0; u32x4: u32 * 4, 0; i64x2: i64 * 2, 0; u64x2: u64 * 2, 0;
    f32x4: f32 * 4, 0.0; f64x2: f64 * 2, 0.0;
}

impl V128 {
    pub(crate) const ZERO: V128 = {
        // SAFETY: of the same size, and any bits are a vector.
        unsafe { Bits { lanes: [0u64; 2] }.vector }
    };
}

// ---- masks: all bits of a lane, or none ----

#[inline(always)]
pub(crate) fn mask8(set: bool) -> u8 {
    0u8.wrapping_sub(set as u8)
}
#[inline(always)]
pub(crate) fn mask16(set: bool) -> u16 {
    0u16.wrapping_sub(set as u16)
}
#[inline(always)]
pub(crate) fn mask32(set: bool) -> u32 {
    0u32.wrapping_sub(set as u32)
}
#[inline(always)]
pub(crate) fn mask64(set: bool) -> u64 {
    0u64.wrapping_sub(set as u64)
}

#[inline(always)]
pub(crate) fn any_true(a: V128) -> bool {
    let [l, h] = u64x2::lanes(a);
    l | h != 0
}

#[inline(always)]
pub(crate) fn bitselect(a: V128, b: V128, c: V128) -> V128 {
    u64x2::of(|i| {
        let (a, b, c) = (u64x2::lanes(a)[i], u64x2::lanes(b)[i], u64x2::lanes(c)[i]);
        b ^ (a ^ b) & c
    })
}

#[inline(always)]
pub(crate) fn narrow8(a: V128, b: V128, f: impl Fn(i16) -> u8) -> V128 {
    let (a, b) = (i16x8::lanes(a), i16x8::lanes(b));
    u8x16::of(|i| f(if i < 8 { a[i & 7] } else { b[i & 7] }))
}
#[inline(always)]
pub(crate) fn narrow16(a: V128, b: V128, f: impl Fn(i32) -> u16) -> V128 {
    let (a, b) = (i32x4::lanes(a), i32x4::lanes(b));
    u16x8::of(|i| f(if i < 4 { a[i & 3] } else { b[i & 3] }))
}

/// What `native` has in other words.
#[cfg_attr(native_vectors, allow(dead_code))]
pub(crate) mod portable {
    use super::*;

    /// The sign bits of the lanes: a multiplication moves those of one half together.
    macro_rules! bitmask {
        ($($name:ident: $signs:literal * $factor:literal >> $shift:literal, $n:literal;)*) => {$(
            #[inline(always)]
            pub(crate) fn $name(a: V128) -> u32 {
                let half = |h: u64| ((h & $signs).wrapping_mul($factor) >> $shift) as u32;
                let [l, h] = u64x2::lanes(a);
                half(l) | half(h) << ($n / 2)
            }
        )*};
    }
    bitmask! {
        bitmask8: 0x8080_8080_8080_8080 * 0x0002_0408_1020_4081 >> 56, 16;
        bitmask16: 0x8000_8000_8000_8000 * 0x0000_2000_4000_8001 >> 60, 8;
        bitmask32: 0x8000_0000_8000_0000 * 0x0000_0000_8000_0001 >> 62, 4;
        bitmask64: 0x8000_0000_0000_0000 * 0x0000_0000_0000_0001 >> 63, 2;
    }

    /// Sixteen bytes, one after the other: unrolled this would need more registers than a handler
    /// may change.
    #[inline(always)]
    fn bytes(f: impl Fn(usize) -> u8) -> V128 {
        let mut out = [0; 16];
        let mut i = 0;
        while i < 16 {
            out[i & 15] = f(i & 15);
            i = crate::base::opaque::opaque(i as u64 + 1) as usize;
        }
        vector(out)
    }

    #[inline(always)]
    pub(crate) fn swizzle(a: V128, b: V128) -> V128 {
        let (a, b) = (u8x16::lanes(a), u8x16::lanes(b));
        bytes(|i| a[b[i] as usize & 15] & mask8(b[i] < 16))
    }

    #[inline(always)]
    pub(crate) fn shuffle(a: V128, b: V128, pattern: V128) -> V128 {
        let l: [[u8; 16]; 2] = [u8x16::lanes(a), u8x16::lanes(b)];
        let p = u8x16::lanes(pattern);
        bytes(|i| l[p[i] as usize >> 4 & 1][p[i] as usize & 15])
    }

    #[inline(always)]
    pub(crate) fn trunc_sat_s(a: V128) -> V128 {
        f32x4::map(a, |x| x as i32)
    }

    #[inline(always)]
    pub(crate) fn trunc_sat_u(a: V128) -> V128 {
        f32x4::map(a, |x| x as u32)
    }

    /// Truncation; what does not fit becomes anything that relaxed truncation allows.
    #[inline(always)]
    pub(crate) fn trunc_s(a: V128) -> V128 {
        trunc_sat_s(a)
    }
}
#[cfg(native_vectors)]
pub(crate) use native::*;
#[cfg(not(native_vectors))]
pub(crate) use portable::*;

/// Finds out what instructions there are; called before code that could use them is translated.
pub(crate) fn detect() {
    #[cfg(all(native_vectors, target_arch = "x86_64"))]
    native::detect();
}

// ---- shifts: there is no vector instruction for bytes ----

macro_rules! shifts {
    ($($shl:ident $shr:ident $view:ident $bits:literal;)*) => {$(
        #[inline(always)]
        pub(crate) fn $shl(a: V128, n: u32) -> V128 {
            $view::map(a, |x| x << (n & ($bits - 1)))
        }
        #[inline(always)]
        pub(crate) fn $shr(a: V128, n: u32) -> V128 {
            $view::map(a, |x| x >> (n & ($bits - 1)))
        }
    )*};
}
shifts! { shl16 shr16 u16x8 16; shl32 shr32 u32x4 32; shl64 shr64 u64x2 64; }

#[inline(always)]
pub(crate) fn shl8(a: V128, n: u32) -> V128 {
    let kept = 0xff_u8 << (n & 7);
    u8x16::map(u16x8::map(a, |x| x << (n & 7)), |x| x & kept)
}
#[inline(always)]
pub(crate) fn shr8(a: V128, n: u32) -> V128 {
    let kept = 0xff_u8 >> (n & 7);
    u8x16::map(u16x8::map(a, |x| x >> (n & 7)), |x| x & kept)
}

// ---- a lane by index, without going through memory ----

#[inline(always)]
pub(crate) fn lane64(a: V128, lane: u32) -> u64 {
    let [l, h] = u64x2::lanes(a);
    if lane & 1 == 0 { l } else { h }
}
#[inline(always)]
pub(crate) fn lane32(a: V128, lane: u32) -> u32 {
    (lane64(a, lane >> 1) >> ((lane & 1) * 32)) as u32
}
#[inline(always)]
pub(crate) fn lane16(a: V128, lane: u32) -> u16 {
    (lane64(a, lane >> 2) >> ((lane & 3) * 16)) as u16
}
#[inline(always)]
pub(crate) fn lane8(a: V128, lane: u32) -> u8 {
    (lane64(a, lane >> 3) >> ((lane & 7) * 8)) as u8
}

/// With one lane replaced.
macro_rules! with_lane {
    ($($name:ident $view:ident $lane:ident $mask:ident;)*) => {$(
        #[inline(always)]
        pub(crate) fn $name(v: V128, lane: u32, value: $lane) -> V128 {
            let here = $view::zip($view::of(|i| i as $lane), $view::splat(lane as $lane), |i, lane| {
                $mask(i == lane)
            });
            bitselect($view::splat(value), v, here)
        }
    )*};
}
with_lane! { with8 u8x16 u8 mask8; with16 u16x8 u16 mask16; with32 u32x4 u32 mask32; }

#[inline(always)]
pub(crate) fn with64(v: V128, lane: u32, value: u64) -> V128 {
    let [l, h] = u64x2::lanes(v);
    vector(if lane == 0 { [value, h] } else { [l, value] })
}

// ---- dot products ----

#[inline(always)]
pub(crate) fn dot16(a: V128, b: V128) -> V128 {
    let (a, b) = (i16x8::lanes(a), i16x8::lanes(b));
    let product = |i: usize| a[i] as i32 * b[i] as i32;
    i32x4::of(|i| product(2 * i).wrapping_add(product(2 * i + 1)))
}
#[inline(always)]
pub(crate) fn dot8(a: V128, b: V128) -> V128 {
    let (a, b) = (i8x16::lanes(a), i8x16::lanes(b));
    let product = |i: usize| a[i] as i16 * b[i] as i16;
    i16x8::of(|i| product(2 * i).wrapping_add(product(2 * i + 1)))
}
#[inline(always)]
pub(crate) fn dot8_add(a: V128, b: V128, c: V128) -> V128 {
    let (d, c) = (i16x8::lanes(dot8(a, b)), i32x4::lanes(c));
    i32x4::of(|i| (d[2 * i] as i32 + d[2 * i + 1] as i32).wrapping_add(c[i]))
}

// ---- rounding ----

macro_rules! rounding {
    ($($round:ident $f:ident $bits:ident $mask:ident $integral:literal;)*) => {$(
        /// Without branches and conversions, so that it works on vectors.
        pub(crate) mod $round {
            use super::*;

            const SIGN: $bits = !($bits::MAX >> 1);

            /// Of the magnitude. Adding the number from which on there are no fractions rounds.
            #[inline(always)]
            fn nearest_magnitude(a: $f) -> ($f, $f) {
                let magnitude = $f::from_bits(a.to_bits() & !SIGN);
                (magnitude, magnitude + $integral - $integral)
            }
            /// `r` with the sign of `a`; `a` if that is an integer already, infinite or NaN.
            #[inline(always)]
            fn signed(a: $f, r: $f) -> $f {
                let fraction = $mask($f::from_bits(a.to_bits() & !SIGN) < $integral);
                let r = r.to_bits() & !SIGN | a.to_bits() & SIGN;
                // The sum makes a signalling NaN quiet.
                $f::from_bits(r & fraction | (a + 0.0).to_bits() & !fraction)
            }
            #[inline(always)]
            fn one_if(b: bool) -> $f {
                let one: $f = 1.0;
                $f::from_bits(one.to_bits() & $mask(b))
            }
            #[inline(always)]
            pub(crate) fn nearest(a: $f) -> $f {
                signed(a, nearest_magnitude(a).1)
            }
            #[inline(always)]
            pub(crate) fn trunc(a: $f) -> $f {
                let (magnitude, r) = nearest_magnitude(a);
                signed(a, r - one_if(r > magnitude))
            }
            #[inline(always)]
            pub(crate) fn floor(a: $f) -> $f {
                let r = nearest(a);
                signed_unless_zero(a, r - one_if(r > a))
            }
            #[inline(always)]
            pub(crate) fn ceil(a: $f) -> $f {
                let r = nearest(a);
                signed_unless_zero(a, r + one_if(r < a))
            }
            /// Floor and ceiling keep the sign, or are zero: then it is the sign of `a`.
            #[inline(always)]
            fn signed_unless_zero(a: $f, r: $f) -> $f {
                $f::from_bits(r.to_bits() | a.to_bits() & SIGN)
            }
        }
    )*};
}
rounding! { round32 f32 u32 mask32 8388608.0; round64 f64 u64 mask64 4503599627370496.0; }

// ---- minima and maxima: NaN wins, -0 < +0 ----

macro_rules! extremes {
    ($($name:ident $f:ident $mask:ident $less:tt $zeros:tt;)*) => {$(
        /// Without branches, so that it works on vectors.
        #[inline(always)]
        pub(crate) fn $name(x: $f, y: $f) -> $f {
            let (a, b) = (x.to_bits(), y.to_bits());
            let nan = (x + y).to_bits() & $mask(x.is_nan() || y.is_nan());
            $f::from_bits(
                a & $mask(x $less y) | b & $mask(y $less x) | (a $zeros b) & $mask(x == y) | nan,
            )
        }
    )*};
}
extremes! { min32 f32 mask32 < |; max32 f32 mask32 > &; min64 f64 mask64 < |; max64 f64 mask64 > &; }

#[cfg(test)]
mod tests {
    use super::*;

    fn vectors() -> impl Iterator<Item = (V128, V128)> {
        let special = [
            0u32,
            0x8000_0000,
            0x7fc0_0000,
            0xffc0_0001,
            0x7f80_0000,
            0xff80_0000,
            0x3f00_0000,
            0x4f00_0000,
            0x4eff_ffff,
            0x4f80_0000,
            0x4f7f_ffff,
            0xcf00_0000,
            0xcf00_0001,
            0xbf80_0000,
            0x1f1e_1d1c,
            0x0f10_1112,
            0x7f80_8182,
            0xff00_ff00,
            u32::MAX,
            0x3fc0_0000,
        ];
        let mut state = 1u64;
        let mut next = move || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let random = (state >> 32) as u32;
            if random & 3 == 0 { special[random as usize / 4 % special.len()] } else { random }
        };
        (0..20_000).map(move |_| {
            let lanes: [u32; 8] = core::array::from_fn(|_| next());
            (u32x4::of(|i| lanes[i]), u32x4::of(|i| lanes[i + 4]))
        })
    }

    #[test]
    #[cfg(native_vectors)]
    fn instructions_do_what_the_portable_code_says() {
        detect();
        let same = |a: V128, b: V128| u64x2::lanes(a) == u64x2::lanes(b);
        for (a, b) in vectors() {
            assert_eq!(native::bitmask8(a), portable::bitmask8(a));
            assert_eq!(native::bitmask16(a), portable::bitmask16(a));
            assert_eq!(native::bitmask32(a), portable::bitmask32(a));
            assert_eq!(native::bitmask64(a), portable::bitmask64(a));
            assert!(
                same(native::trunc_sat_s(a), portable::trunc_sat_s(a)),
                "{:x?}",
                u32x4::lanes(a)
            );
            assert!(
                same(native::trunc_sat_u(a), portable::trunc_sat_u(a)),
                "{:x?}",
                u32x4::lanes(a)
            );
            for indices in [b, u8x16::map(b, |i| i % 24)] {
                assert!(same(native::swizzle(a, indices), portable::swizzle(a, indices)));
            }
            let pattern = u8x16::map(a, |i| i % 32);
            assert!(same(native::shuffle(a, b, pattern), portable::shuffle(a, b, pattern)));
        }
    }

    #[test]
    fn rounding_on_vectors_is_that_of_scalars() {
        use super::super::float;
        for (a, _) in vectors() {
            for a in f32x4::lanes(a) {
                for (ours, scalar) in [
                    (round32::nearest(a), float::nearest32(a)),
                    (round32::trunc(a), float::trunc32(a)),
                    (round32::floor(a), float::floor32(a)),
                    (round32::ceil(a), float::ceil32(a)),
                ] {
                    assert!(
                        ours.to_bits() == scalar.to_bits() || ours.is_nan() && scalar.is_nan(),
                        "{a}"
                    );
                }
            }
            for a in f64x2::lanes(a) {
                for (ours, scalar) in [
                    (round64::nearest(a), float::nearest64(a)),
                    (round64::trunc(a), float::trunc64(a)),
                    (round64::floor(a), float::floor64(a)),
                    (round64::ceil(a), float::ceil64(a)),
                ] {
                    assert!(
                        ours.to_bits() == scalar.to_bits() || ours.is_nan() && scalar.is_nan(),
                        "{a}"
                    );
                }
            }
        }
    }
}
