//! Arithmetic whose results have 128 bits: two slots, the low half first.

use super::grammar::Stmt;
use super::statements::{Add128, MulWideS, MulWideU, Sub128};
use super::{Flow, Regs, next};

/// A statement that computes two slots from slots.
macro_rules! wide {
    ($($name:ident($($operand:ident),*) = $value:expr;)*) => {$(
        impl Stmt for $name {
            #[inline(always)]
            unsafe fn run(m: Regs, at: usize) -> Flow {
                // SAFETY: the verifier checked that all the slots are in the frame.
                unsafe {
                    $(let $operand = *Self::$operand(&m, at);)*
                    let value: u128 = $value;
                    let dst = Self::dst(&m, at);
                    *dst = value as u64;
                    *dst.wrapping_add(1) = (value >> 64) as u64;
                    next(m.advance(at + Self::LEN))
                }
            }
        }
    )*};
}
wide! {
    Add128(a, a_high, b, b_high) = join(a, a_high).wrapping_add(join(b, b_high));
    Sub128(a, a_high, b, b_high) = join(a, a_high).wrapping_sub(join(b, b_high));
    MulWideS(a, b) = (i128::from(a as i64) * i128::from(b as i64)) as u128;
    MulWideU(a, b) = u128::from(a) * u128::from(b);
}

#[inline(always)]
fn join(low: u64, high: u64) -> u128 {
    u128::from(low) | u128::from(high) << 64
}
