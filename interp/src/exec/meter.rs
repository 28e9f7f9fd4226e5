//! Metered code: what statements do besides their own work when fuel or epochs are metered.
//!
//! Charges are operands of the branches, calls and returns at which they fall due, so metered code
//! executes hardly more statements than code that is not metered; and the counter is a register.
//! A taken branch, a call, a return and the entry of a loop look at the counter, and if something is due
//! go to [`due`], where execution goes on at `ip`: at once if nothing but the slice is used up, otherwise
//! the run loop sees to it. Two statements look by themselves, for code in which none of these is near:
//! `look` at the epoch, and `bulk` before an operation that takes as long as an operand says.

use super::{Counter, Flow, Regs, Suspend, due, next, suspend};
use crate::isa::Stmt;
use crate::isa::operand::{OperandKind, WORD, read};
use crate::isa::table::stmt::{BrMetered, Bulk, Commit, Consume, Look, LoopCheck, ReturnMetered};
use crate::isa::table::{HANDLERS, simple};
use crate::machine::{Context, Deadline};
use core::sync::atomic::Ordering;

/// Pays.
#[inline(always)]
pub(crate) fn paid(mut m: Regs, units: u32) -> Regs {
    m.fuel = m.fuel.plus(units);
    m
}

/// Pays, and notes that this is a boundary.
///
/// # Safety
/// `m.ctx` is valid.
#[inline(always)]
pub(crate) unsafe fn commit(m: &mut Regs, units: u32) {
    m.fuel = m.fuel.plus(units);
    // SAFETY: the caller's.
    unsafe { (*m.ctx).committed = m.fuel.get() }
}

/// Pays, and goes on at `m.ip`, which is a target.
///
/// # Safety
/// `m.ip` is an instruction of verified code that reads no accumulator.
#[inline(always)]
pub(crate) unsafe fn go(mut m: Regs, units: u32) -> Flow {
    m.fuel = m.fuel.plus(units);
    // SAFETY: the caller's.
    unsafe { if m.fuel.is_due() { due(m, Suspend::LoopCheck) } else { next(m) } }
}

/// Pays for the entry of the function called, whose first instruction is at `m.ip`; what the caller owes is paid.
///
/// # Safety
/// As for [`go`], and `m.ctx` is valid.
#[inline(always)]
pub(crate) unsafe fn enter(mut m: Regs) -> Flow {
    // SAFETY: the caller's.
    unsafe {
        (*m.ctx).committed = m.fuel.get();
        m.fuel = m.fuel.plus(1);
        if m.fuel.is_due() { due(m, Suspend::Entered) } else { next(m) }
    }
}

/// Pays and returns.
///
/// # Safety
/// `m.fp` is a frame with a return word, `m.ctx` is valid.
#[inline(always)]
pub(crate) unsafe fn returns(mut m: Regs, units: u32) -> Flow {
    // SAFETY: the caller's; the caller of the function goes on at an instruction.
    unsafe {
        commit(&mut m, units);
        m = m.returned();
        if m.fuel.is_due() { due(m, Suspend::Returned) } else { next(m) }
    }
}

/// The counter of epochs that an engine shares with its machines.
#[cfg(target_has_atomic = "64")]
pub type Epoch = core::sync::atomic::AtomicU64;
/// The counter of epochs that an engine shares with its machines.
#[cfg(not(target_has_atomic = "64"))]
pub type Epoch = core::sync::atomic::AtomicU32;

/// A value of the epoch's counter.
#[cfg(target_has_atomic = "64")]
pub(crate) type EpochNow = u64;
/// A value of the epoch's counter.
#[cfg(not(target_has_atomic = "64"))]
pub(crate) type EpochNow = u32;

/// What the executor needs to begin another slice by itself, in the machine's view.
#[derive(Debug)]
pub(crate) struct Slices {
    /// Null if epochs are not metered.
    pub(crate) epoch: *const Epoch,
    pub(crate) deadline: Deadline<EpochNow>,
    /// What there is beyond the current slice.
    pub(crate) reserve: u64,
    /// Bytes of all memories and tables.
    bytes: usize,
}

impl Slices {
    /// Neither an epoch nor anything beyond the slice.
    pub(crate) fn none() -> Slices {
        Slices { epoch: core::ptr::null(), deadline: Deadline::new(0, 0), reserve: 0, bytes: 0 }
    }

    /// How much the counter counts before the epoch is looked at: some hundred microseconds at worst.
    ///
    /// A look costs half a microsecond where jumps are predicted from a long history, which it spoils, so slices are
    /// long. But each access may be the first one to its page, and then takes up to a microsecond: where there are
    /// many pages, slices are short, and on microcontrollers, which are slow and predict nothing.
    pub(crate) fn slice(&self) -> u32 {
        match self.bytes {
            _ if cfg!(not(target_has_atomic = "64")) => 256,
            0..=0x40_0000 => 16_384,
            _ => 1024,
        }
    }

    /// A memory or a table has grown.
    pub(crate) fn grown(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// The epoch, if epochs are metered.
    ///
    /// # Safety
    /// `epoch` is null or valid.
    #[inline(always)]
    pub(crate) unsafe fn now(&self) -> Option<EpochNow> {
        // SAFETY: the caller's.
        unsafe { self.epoch.as_ref() }.map(|epoch| epoch.load(Ordering::Relaxed))
    }

    /// Whether the deadline may be reached.
    ///
    /// # Safety
    /// As for [`Slices::now`].
    #[inline(always)]
    unsafe fn may_be_late(&self) -> bool {
        // SAFETY: the caller's.
        unsafe { self.now() }.is_some_and(|now| self.deadline.may_be_reached(now))
    }
}

/// Begins another slice if nothing else is due: the new counter.
///
/// # Safety
/// `ctx` is the context of the running instance, and nothing else refers to the machine's view.
#[inline(always)]
pub(super) unsafe fn another_slice(ctx: *mut Context, fuel: Counter) -> Option<Counter> {
    // SAFETY: the caller's; the epoch lives as long as the machine.
    unsafe {
        let slices = &mut (*(*ctx).store).slices;
        let slice = slices.slice();
        let fuel = fuel.get() - i64::from(slice);
        if fuel >= 0 || slices.reserve < u64::from(slice) || slices.may_be_late() {
            return None;
        }
        slices.reserve -= u64::from(slice);
        (*ctx).committed -= i64::from(slice);
        Some(Counter::new(fuel))
    }
}

/// A stretch of code that is paid for as a whole costs no more than this, and an operator: charges are small.
pub(crate) const MAX_COST: u32 = 30_000;

/// If a target is the head of a loop: what is paid on the way to it for the code after it.
///
/// A `loop_check` ends at every loop head and at no other target. (Constants with the bits of a `loop_check`, which a guest could
/// have by chance or, where it knows the address of the handler, by intent, do no more harm than a check where
/// none need be: what is not a charge is not taken for one.)
///
/// # Safety
/// `target` is a target in metered code. The branch to it or a `loop_check` precedes it, both of which
/// are as long as a `loop_check` or longer.
pub(crate) unsafe fn paid_in_advance(target: *const u8) -> Option<u32> {
    let check = target.wrapping_sub(WORD + LoopCheck::LEN);
    // SAFETY: there is code before the target.
    let found: usize = unsafe { read(check) };
    let advance = check.wrapping_add(WORD + LoopCheck::LEN - OperandKind::Fuel.len());
    if found != HANDLERS[simple::LoopCheck as usize] as usize {
        return None;
    }
    // SAFETY: the last operand.
    let advance: u16 = unsafe { read(advance) };
    Some(u32::from(advance)).filter(|advance| *advance <= 2 * MAX_COST)
}

impl Stmt for LoopCheck {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: operands of verified code; the loop's first instruction follows.
        unsafe {
            let charge = Self::charge(&m, at);
            go(m.advance(at + Self::LEN), charge)
        }
    }
}

impl Stmt for Consume {
    #[inline(always)]
    unsafe fn run(mut m: Regs, at: usize) -> Flow {
        // SAFETY: operands of verified code; an instruction follows.
        unsafe {
            m.fuel = m.fuel.plus(Self::charge(&m, at));
            next(m.advance(at + Self::LEN))
        }
    }
}

impl Stmt for Commit {
    #[inline(always)]
    unsafe fn run(mut m: Regs, at: usize) -> Flow {
        // SAFETY: operands of verified code; an instruction follows.
        unsafe {
            let charge = Self::charge(&m, at);
            commit(&mut m, charge);
            next(m.advance(at + Self::LEN))
        }
    }
}

impl Stmt for BrMetered {
    #[inline(always)]
    unsafe fn run(mut m: Regs, at: usize) -> Flow {
        // SAFETY: the verifier checked that the target is an instruction.
        unsafe {
            let charge = Self::charge(&m, at);
            m.ip = Self::target(&m, at);
            go(m, charge)
        }
    }
}

impl Stmt for ReturnMetered {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: operands of verified code; the caller goes on at an instruction.
        unsafe {
            let charge = Self::charge(&m, at);
            returns(m, charge)
        }
    }
}

impl Stmt for Look {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: the context's view is valid, and so is its epoch; an instruction follows.
        unsafe {
            if (*(*m.ctx).store).slices.may_be_late() {
                return suspend(m, Suspend::Late);
            }
            next(m.advance(at + Self::LEN))
        }
    }
}

/// An operation of more units is always left to the run loop, which does it in slices.
pub(crate) const MOST_UNITS: u64 = 8192;

impl Stmt for Bulk {
    #[inline(always)]
    unsafe fn run(mut m: Regs, at: usize) -> Flow {
        debug_assert_eq!(at, WORD);
        // SAFETY: operands of verified code; the operation follows.
        unsafe {
            m.fuel = m.fuel.plus(Self::charge(&m, at));
            let units = *Self::units(&m, at);
            if units > MOST_UNITS {
                return suspend(m, Suspend::Bulk);
            }
            m.fuel = m.fuel.plus((units as u32 * Self::weight(&m, at) as u32) >> WEIGHT_BITS);
            if m.fuel.is_due() {
                return suspend(m, Suspend::Bulk);
            }
            next(m.advance(at + Self::LEN))
        }
    }
}

/// Bits of a weight behind the point.
pub(crate) const WEIGHT_BITS: u32 = 7;

/// What an operation on so many units costs.
#[inline(always)]
pub(crate) fn bulk_cost(units: u64, weight: u16) -> u64 {
    match units.checked_mul(u64::from(weight)) {
        Some(product) => product >> WEIGHT_BITS,
        None => {
            ((u128::from(units) * u128::from(weight)) >> WEIGHT_BITS).min(u64::MAX.into()) as u64
        }
    }
}

#[cfg(all(test, feature = "metering"))]
mod tests {
    use super::*;

    #[test]
    fn only_charges_are_taken_for_what_is_paid_in_advance() {
        let mut code = [0; WORD + LoopCheck::LEN];
        let mut advance = |handler: usize, advance: u16| {
            code[..WORD].copy_from_slice(&handler.to_ne_bytes());
            code[WORD + 2..].copy_from_slice(&advance.to_ne_bytes());
            // SAFETY: before the end of the array there is as much as a `loop_check` has.
            unsafe { paid_in_advance(code.as_ptr_range().end) }
        };
        let check = HANDLERS[simple::LoopCheck as usize] as usize;
        assert_eq!(advance(check, 7), Some(7));
        assert_eq!(advance(check, 0), Some(0));
        assert_eq!(advance(check + 1, 7), None);
        for charge in [u16::MAX, 60_001] {
            assert_eq!(advance(check, charge), None, "{charge}");
        }
    }
}
