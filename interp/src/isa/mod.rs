//! The instruction set: a grammar of Rust types.
//!
//! Only *statements* ([`Stmt`]) are instructions; what computes a value is an *expression*
//! ([`Expr`]), a tree that is part of a statement. A handler is a statement type, monomorphised:
//! `Set<Bin<I32Add, Slot<u32>, Imm<u32>>>` is "add a constant to a slot into a slot".
//!
//! An instruction in code, packed and unaligned:
//!
//! ```text
//! [ handler pointer | the statement's own operands | operands of its expressions, in preorder ]
//! ```
//!
//! `at` is always the distance from the handler pointer to the operands of the thing being
//! evaluated, a constant of the type, so that each operand is read by one load.
//!
//! `operations.rs` says what each operation means, `statements.rs` which statements have no
//! expressions, and `build/` which combinations have handlers; the tables generated from there
//! ([`table`]) drive selection, encoding, disassembly and verification alike.

pub(crate) mod float;
#[cfg(feature = "metering")]
mod metered;
pub(crate) mod nodes;
pub(crate) mod operand;
pub(crate) mod shared;
pub(crate) mod table;
#[cfg(feature = "simd")]
pub(crate) mod vector;

use crate::exec::{Flow, Regs};
use crate::machine::TrapCode;
use crate::module::Kind;

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

/// An operation of one operand.
pub(crate) trait Unary: 'static {
    type A: Value;
    type R: Value;
    fn apply(a: Self::A) -> Result<Self::R, TrapCode>;
}

/// An operation of two operands.
pub(crate) trait Binary: 'static {
    type A: Value;
    type B: Value;
    type R: Value;
    fn apply(a: Self::A, b: Self::B) -> Result<Self::R, TrapCode>;
}

/// An operation of three operands.
#[cfg(feature = "simd")]
pub(crate) trait Ternary: 'static {
    type A: Value;
    type B: Value;
    type C: Value;
    type R: Value;
    fn apply(a: Self::A, b: Self::B, c: Self::C) -> Self::R;
}

/// A load: the type in memory and how it becomes a value.
pub(crate) trait LoadOp: 'static {
    type M: Copy + 'static;
    type R: Value;
    fn convert(m: Self::M) -> Self::R;
}

/// A store: the type of the value and how it becomes bytes in memory.
pub(crate) trait StoreOp: 'static {
    type A: Value;
    type M: Copy + 'static;
    fn convert(v: Self::A) -> Self::M;
}

/// What the translator needs to know of an operation.
#[derive(Debug)]
pub(crate) struct OpInfo {
    /// Kind of the result.
    pub(crate) result: Kind,
    /// May trap.
    pub(crate) traps: bool,
    /// Bytes of memory accessed.
    pub(crate) width: u8,
    /// The operation with its operands exchanged.
    pub(crate) swap: Option<Op>,
    /// The operation that gives 0 where this one gives 1.
    pub(crate) not: Option<Op>,
    /// The operation that makes its NaNs canonical, if it may compute any.
    pub(crate) canonical: Option<Op>,
}

pub(crate) use table::{OPS, Op};

macro_rules! operations {
    (
        unary { $($u:ident $utext:literal $ua:ident => $ur:ident = |$ux:ident| $ue:expr;)* }
        part { $($p:ident $ptext:literal $pa:ident => $pr:ident = |$px:ident| $pe:expr;)* }
        unary_trapping { $($v:ident $vtext:literal $va:ident => $vr:ident = |$vx:ident| $ve:expr;)* }
        binary { $($b:ident $btext:literal $ba:ident => $br:ident $(, swap $bswap:ident)? $(, not $bnot:ident)? = |$bx:ident, $by:ident| $be:expr;)* }
        binary_trapping { $($c:ident $ctext:literal $ca:ident => $cr:ident = |$cx:ident, $cy:ident| $ce:expr;)* }
        load { $($l:ident $ltext:literal $lm:ident => $lr:ident = |$lx:ident| $le:expr;)* }
        store { $($s:ident $stext:literal $sa:ident => $sm:ident = |$sx:ident| $se:expr;)* }
    ) => {
        /// The operations as types.
        // Bounds and divisors read better written out, one operation a line.
        #[allow(
            unused_parens, clippy::unnecessary_cast, clippy::precedence,
            clippy::manual_range_contains, clippy::manual_checked_ops
        )]
        pub(crate) mod op {
            use super::*;
            $(pub(crate) struct $u;
              impl Unary for $u { type A = $ua; type R = $ur; #[inline(always)] fn apply($ux: $ua) -> Result<$ur, TrapCode> { Ok($ue) } })*
            $(pub(crate) struct $p;
              impl Unary for $p { type A = $pa; type R = $pr; #[inline(always)] fn apply($px: $pa) -> Result<$pr, TrapCode> { Ok($pe) } })*
            $(pub(crate) struct $v;
              impl Unary for $v { type A = $va; type R = $vr; #[inline(always)] #[allow(clippy::eq_op)] fn apply($vx: $va) -> Result<$vr, TrapCode> { $ve } })*
            $(pub(crate) struct $b;
              impl Binary for $b { type A = $ba; type B = $ba; type R = $br; #[inline(always)] fn apply($bx: $ba, $by: $ba) -> Result<$br, TrapCode> { Ok($be) } })*
            $(pub(crate) struct $c;
              impl Binary for $c { type A = $ca; type B = $ca; type R = $cr; #[inline(always)] fn apply($cx: $ca, $cy: $ca) -> Result<$cr, TrapCode> { $ce } })*
            $(pub(crate) struct $l;
              impl LoadOp for $l { type M = $lm; type R = $lr; #[inline(always)] fn convert($lx: $lm) -> $lr { $le } })*
            $(pub(crate) struct $s;
              impl StoreOp for $s { type A = $sa; type M = $sm; #[inline(always)] fn convert($sx: $sa) -> $sm { $se } })*
        }
    };
}
include!("operations.rs");

#[cfg(feature = "simd")]
macro_rules! vectors {
    (
        unary { $($u:ident $utext:literal $ua:ident => $ur:ident = |$ux:ident| $ue:expr;)* }
        binary { $($b:ident $btext:literal $ba:ident, $bb:ident => $br:ident $(, swap $bswap:ident)? = |$bx:ident, $by:ident| $be:expr;)* }
        ternary { $($t:ident $ttext:literal $ta:ident, $tb:ident, $tc:ident => $tr:ident = |$tx:ident, $ty:ident, $tz:ident| $te:expr;)* }
        extract { $($e:ident $etext:literal $ea:ident, $eb:ident => $er:ident = |$ex:ident, $ey:ident| $ee:expr;)* }
        replace { $($r:ident $rtext:literal $ra:ident, $rb:ident, $rc:ident => $rr:ident = |$rx:ident, $ry:ident, $rz:ident| $re:expr;)* }
        part { $($p:ident $ptext:literal $pa:ident => $pr:ident = |$px:ident| $pe:expr;)* }
        part2 { $($q:ident $qtext:literal $qa:ident, $qb:ident => $qr:ident = |$qx:ident, $qy:ident| $qe:expr;)* }
        load { $($l:ident $ltext:literal $lm:ident => $lr:ident = |$lx:ident| $le:expr;)* }
        store { $($s:ident $stext:literal $sa:ident => $sm:ident = |$sx:ident| $se:expr;)* }
    ) => {
        /// The operations on vectors as types.
        pub(crate) mod vector_op {
            use super::vector::*;
            use super::*;
            $(pub(crate) struct $u;
              impl Unary for $u { type A = $ua; type R = $ur; #[inline(always)] fn apply($ux: $ua) -> Result<$ur, TrapCode> { Ok($ue) } })*
            $(pub(crate) struct $p;
              impl Unary for $p { type A = $pa; type R = $pr; #[inline(always)] fn apply($px: $pa) -> Result<$pr, TrapCode> { Ok($pe) } })*
            $(pub(crate) struct $b;
              impl Binary for $b { type A = $ba; type B = $bb; type R = $br; #[inline(always)] fn apply($bx: $ba, $by: $bb) -> Result<$br, TrapCode> { Ok($be) } })*
            $(pub(crate) struct $q;
              impl Binary for $q { type A = $qa; type B = $qb; type R = $qr; #[inline(always)] fn apply($qx: $qa, $qy: $qb) -> Result<$qr, TrapCode> { Ok($qe) } })*
            $(pub(crate) struct $e;
              impl Binary for $e { type A = $ea; type B = $eb; type R = $er; #[inline(always)] fn apply($ex: $ea, $ey: $eb) -> Result<$er, TrapCode> { Ok($ee) } })*
            $(pub(crate) struct $t;
              impl Ternary for $t { type A = $ta; type B = $tb; type C = $tc; type R = $tr; #[inline(always)] fn apply($tx: $ta, $ty: $tb, $tz: $tc) -> $tr { $te } })*
            $(pub(crate) struct $r;
              impl Ternary for $r { type A = $ra; type B = $rb; type C = $rc; type R = $rr; #[inline(always)] fn apply($rx: $ra, $ry: $rb, $rz: $rc) -> $rr { $re } })*
            $(pub(crate) struct $l;
              impl LoadOp for $l { type M = $lm; type R = $lr; #[inline(always)] fn convert($lx: $lm) -> $lr { $le } })*
            $(pub(crate) struct $s;
              impl StoreOp for $s { type A = $sa; type M = $sm; #[inline(always)] fn convert($sx: $sa) -> $sm { $se } })*
        }
    };
}
#[cfg(feature = "simd")]
include!("vectors.rs");

impl Op {
    #[inline]
    pub(crate) fn info(self) -> &'static OpInfo {
        &OPS[self as usize]
    }
}
