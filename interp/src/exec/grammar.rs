//! What instructions consist of, as traits: values, expressions, statements.

use super::{Flow, Regs};
#[cfg(feature = "simd")]
use crate::base::unaligned::{read, write};
#[cfg(feature = "simd")]
use crate::semantics::vector::V128;
use crate::wasm::TrapCode;

/// A trap inside an expression: its code, and where in the statement the trapping node's operands
/// begin, which identifies the node.
pub(crate) struct NodeTrap {
    pub(crate) code: TrapCode,
    pub(crate) at: usize,
}

/// A type of value that expressions compute: how it lives in slots, immediates and accumulators.
pub(crate) trait Value: Copy + 'static {
    /// Reads a slot.
    ///
    /// # Safety
    /// `slot` is in the current frame.
    unsafe fn get(slot: *const u64) -> Self;
    /// Writes a slot (the whole of it: the upper half of a 32-bit value is zero).
    ///
    /// # Safety
    /// `slot` is in the current frame.
    unsafe fn put(slot: *mut u64, value: Self);
    /// The accumulator of this type.
    fn acc(m: &Regs) -> Self;
    /// Sets the accumulator of this type.
    fn set_acc(m: &mut Regs, value: Self);
    /// From a 32-bit immediate.
    fn from_imm(imm: u32) -> Self;
}

/// A type of value that the pinned register can have.
#[cfg_attr(not(feature = "trees"), allow(dead_code))]
pub(crate) trait PinnedValue: Value {
    fn from_pinned(pinned: u64) -> Self;
    fn to_pinned(self) -> u64;
}
impl PinnedValue for u32 {
    #[inline(always)]
    fn from_pinned(pinned: u64) -> u32 {
        pinned as u32
    }
    #[inline(always)]
    fn to_pinned(self) -> u64 {
        self as u64
    }
}
impl PinnedValue for u64 {
    #[inline(always)]
    fn from_pinned(pinned: u64) -> u64 {
        pinned
    }
    #[inline(always)]
    fn to_pinned(self) -> u64 {
        self
    }
}

macro_rules! value {
    ($t:ty, $acc:ident, |$bits:ident| $from:expr, |$value:ident| $to:expr, |$imm:ident| $imm_to:expr) => {
        impl Value for $t {
            #[inline(always)]
            unsafe fn get(slot: *const u64) -> $t {
                // SAFETY: the slot is in the frame.
                let $bits = unsafe { *slot };
                $from
            }
            #[inline(always)]
            unsafe fn put(slot: *mut u64, $value: $t) {
                // SAFETY: the slot is in the frame.
                unsafe { *slot = $to }
            }
            #[inline(always)]
            fn acc(m: &Regs) -> $t {
                m.$acc as $t
            }
            #[inline(always)]
            fn set_acc(m: &mut Regs, value: $t) {
                m.$acc = value as _;
            }
            #[inline(always)]
            fn from_imm($imm: u32) -> $t {
                $imm_to
            }
        }
    };
}
value!(u32, acc, |b| b as u32, |v| v as u64, |i| i);
value!(u64, acc, |b| b, |v| v, |i| i as i32 as i64 as u64);
value!(f32, acc_f32, |b| f32::from_bits(b as u32), |v| v.to_bits() as u64, |i| f32::from_bits(i));
// A 32-bit immediate of an f64 does not occur: f64 constants are 64 bits.
value!(f64, acc_f64, |b| f64::from_bits(b), |v| v.to_bits(), |i| f64::from_bits(i as u64));

/// A pure or trapping computation of a value; possibly a tree.
pub(crate) trait Expr: 'static {
    /// The type of the value.
    type T: Value;
    /// Bytes of operands.
    const LEN: usize;
    /// Evaluates operands left to right, then the operation.
    ///
    /// # Safety
    /// `m.ip + at` points at this expression's operands in verified code of the current frame.
    unsafe fn eval(m: &Regs, at: usize) -> Result<Self::T, NodeTrap>;
}

/// An instruction.
pub(crate) trait Stmt: 'static {
    /// Runs the statement and what follows it.
    ///
    /// # Safety
    /// `m.ip` points at the instruction in verified code, this statement's operands are at
    /// `m.ip + at`, and `m` is the state of the current frame.
    unsafe fn run(m: Regs, at: usize) -> Flow;
}

/// A statement that falls through (or traps), and so can be the first of two in one instruction.
pub(crate) trait FallThrough: 'static {
    /// Bytes of operands.
    const LEN: usize;
    /// Does what the statement says, without going on.
    ///
    /// # Safety
    /// As for [`Stmt::run`].
    unsafe fn exec(m: &mut Regs, at: usize) -> Result<(), NodeTrap>;
}

#[cfg(feature = "simd")]
impl Value for V128 {
    #[inline(always)]
    unsafe fn get(slot: *const u64) -> V128 {
        // SAFETY: two slots of the frame.
        unsafe { read(slot.cast()) }
    }
    #[inline(always)]
    unsafe fn put(slot: *mut u64, value: V128) {
        // SAFETY: two slots of the frame.
        unsafe { write(slot.cast(), value) }
    }
    #[inline(always)]
    fn acc(m: &Regs) -> V128 {
        m.acc_v128
    }
    #[inline(always)]
    fn set_acc(m: &mut Regs, value: V128) {
        m.acc_v128 = value;
    }
    #[inline(always)]
    fn from_imm(imm: u32) -> V128 {
        crate::semantics::vector::u32x4::of(|i| if i == 0 { imm } else { 0 })
    }
}
