//! Float operations whose meaning in WebAssembly is not that of one Rust operator, written without
//! calls so that handlers stay leaves.

use crate::wasm::TrapCode;

/// The result of a trapping truncation.
#[inline(always)]
pub(crate) fn truncate<T>(in_range: bool, nan: bool, value: T) -> Result<T, TrapCode> {
    if in_range {
        Ok(value)
    } else if nan {
        Err(TrapCode::BadConversionToInteger)
    } else {
        Err(TrapCode::IntegerOverflow)
    }
}

macro_rules! magnitude {
    ($f:ident, $bits:ident, $a:expr) => {
        $f::from_bits($a.to_bits() & ($bits::MAX >> 1))
    };
}
macro_rules! with_sign {
    ($f:ident, $bits:ident, $a:expr, $sign:expr) => {
        $f::from_bits($a.to_bits() & ($bits::MAX >> 1) | $sign.to_bits() & !($bits::MAX >> 1))
    };
}
macro_rules! rounding {
    ($f:ident, $bits:ident, $int:ident, $integral:expr, $trunc:ident $floor:ident $ceil:ident $nearest:ident $min:ident $max:ident) => {
        /// Rounds toward zero.
        #[inline(always)]
        pub(crate) fn $trunc(a: $f) -> $f {
            // From this magnitude on every float is an integer (or infinite, or NaN).
            if magnitude!($f, $bits, a) < $integral {
                with_sign!($f, $bits, a as $int as $f, a)
            } else {
                if a == a { a } else { a + a } // the sum makes a signalling NaN quiet
            }
        }
        /// Rounds down.
        #[inline(always)]
        pub(crate) fn $floor(a: $f) -> $f {
            let t = $trunc(a);
            if t > a { t - 1.0 } else { t }
        }
        /// Rounds up.
        #[inline(always)]
        pub(crate) fn $ceil(a: $f) -> $f {
            let t = $trunc(a);
            if t < a { with_sign!($f, $bits, t + 1.0, a) } else { t }
        }
        /// Rounds to the nearest integer, ties to even.
        #[inline(always)]
        pub(crate) fn $nearest(a: $f) -> $f {
            let m = magnitude!($f, $bits, a);
            if m < $integral {
                // Adding 2^(mantissa bits) leaves no room for a fraction: the adder rounds it.
                with_sign!($f, $bits, m + $integral - $integral, a)
            } else {
                $trunc(a)
            }
        }
        /// Minimum: NaN wins, -0 < +0.
        #[inline(always)]
        pub(crate) fn $min(a: $f, b: $f) -> $f {
            if a < b {
                a
            } else if b < a {
                b
            } else if a == b {
                $f::from_bits(a.to_bits() | b.to_bits())
            } else {
                a + b
            }
        }
        /// Maximum: NaN wins, -0 < +0.
        #[inline(always)]
        pub(crate) fn $max(a: $f, b: $f) -> $f {
            if a > b {
                a
            } else if b > a {
                b
            } else if a == b {
                $f::from_bits(a.to_bits() & b.to_bits())
            } else {
                a + b
            }
        }
    };
}
rounding!(f32, u32, i32, 8388608.0f32, trunc32 floor32 ceil32 nearest32 min32 max32);
rounding!(f64, u64, i64, 4503599627370496.0f64, trunc64 floor64 ceil64 nearest64 min64 max64);

/// The canonical NaN for any NaN, by bits: which NaN arithmetic gives depends on the machine.
#[inline(always)]
pub(crate) fn canonical32(a: f32) -> f32 {
    let is_nan = a.to_bits() & 0x7fff_ffff > 0x7f80_0000;
    f32::from_bits(if is_nan { 0x7fc0_0000 } else { a.to_bits() })
}

/// The same.
#[inline(always)]
pub(crate) fn canonical64(a: f64) -> f64 {
    let is_nan = a.to_bits() & (u64::MAX >> 1) > 0x7ff0 << 48;
    f64::from_bits(if is_nan { 0x7ff8 << 48 } else { a.to_bits() })
}

/// Square root.
#[inline(always)]
pub(crate) fn sqrt32(a: f32) -> f32 {
    #[cfg(feature = "std")]
    return a.sqrt();
    #[cfg(not(feature = "std"))]
    libm::sqrtf(a)
}

/// Square root.
#[inline(always)]
pub(crate) fn sqrt64(a: f64) -> f64 {
    #[cfg(feature = "std")]
    return a.sqrt();
    #[cfg(not(feature = "std"))]
    libm::sqrt(a)
}
