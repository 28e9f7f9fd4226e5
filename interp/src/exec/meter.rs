//! Metered code: what statements do besides their own work when fuel or epochs are metered.
//!
//! Charges are operands of the branches, calls and returns at which they fall due, so metered code
//! executes hardly more statements than code that is not metered; and the counter is a register.
//! A taken branch, a call, a return and the entry of a loop look at the counter, and if something is due
//! go to [`due`], where execution goes on at `ip`: at once if nothing but the slice is used up, otherwise
//! the run loop sees to it. Two statements look by themselves, for code in which none of these is near:
//! `look` at the epoch, and `bulk` before an operation that takes as long as an operand says.

use super::grammar::Stmt;
use super::statements::{BrMetered, Bulk, Commit, Consume, Look, LoopCheck, ReturnMetered};
use super::{Counter, Flow, Regs, Suspend, due, next, suspend};
use crate::isa::operand::WORD;
use crate::runtime::Context;

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
