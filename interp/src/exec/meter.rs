//! Metered code: what statements do besides their own work when fuel or epochs are metered.
//!
//! Charges are operands of the branches, calls and returns at which they fall due, so metered code
//! executes hardly more statements than code that is not metered. A taken branch, a call and the
//! entry of a loop look at counter and epoch and leave if something is due; `ip` is then where
//! execution goes on. Whether that is a check point is for the run loop to say, since such
//! a leave is rare.

use super::{Flow, Leave, Regs, leave, next};
use crate::isa::Stmt;
use crate::isa::table::stmt::{BrMetered, Consume, ReturnMetered, Settle, Tick};

/// Pays for a stretch of code.
///
/// # Safety
/// `m.ctx` is the context of a machine that meters.
#[inline(always)]
pub(crate) unsafe fn consume(m: &Regs, units: u16) {
    // SAFETY: the context is valid, and nothing else refers to its meter.
    unsafe { (*m.ctx).meter.fuel += i64::from(units) }
}

/// Pays, and notes that this is a boundary.
///
/// # Safety
/// As for [`consume`].
#[inline(always)]
pub(crate) unsafe fn settle(m: &Regs, units: u16) {
    // SAFETY: as in `consume`.
    unsafe {
        let meter = &mut (*m.ctx).meter;
        let fuel = meter.fuel + i64::from(units);
        meter.fuel = fuel;
        meter.settled = fuel;
    }
}

/// Pays, and goes on at `m.ip`, which is a target.
///
/// # Safety
/// As for [`consume`]; `m.ip` is an instruction that reads no accumulator.
#[inline(always)]
pub(crate) unsafe fn go(m: Regs, units: u16) -> Flow {
    // SAFETY: the caller's.
    unsafe {
        consume(&m, units);
        if (*m.ctx).meter.is_due() {
            return leave(m, Leave::Tick);
        }
        next(m)
    }
}

/// Goes on at `m.ip`, the first instruction of a function just called.
///
/// # Safety
/// As for [`go`].
#[inline(always)]
pub(crate) unsafe fn enter(m: Regs) -> Flow {
    // SAFETY: the caller's.
    unsafe {
        let meter = &mut (*m.ctx).meter;
        meter.settled = meter.fuel;
        go(m, 1)
    }
}

impl Stmt for Tick {
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
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: operands of verified code; an instruction follows.
        unsafe {
            consume(&m, Self::charge(&m, at));
            next(m.advance(at + Self::LEN))
        }
    }
}

impl Stmt for Settle {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: operands of verified code; an instruction follows.
        unsafe {
            settle(&m, Self::charge(&m, at));
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
        // SAFETY: the header slot holds what the call wrote.
        unsafe {
            settle(&m, Self::charge(&m, at));
            let word = *Self::header(&m, at);
            next(m.returned(word))
        }
    }
}
