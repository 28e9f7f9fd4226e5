//! Metered code: what statements do besides their own work when fuel or epochs are metered.
//!
//! Charges are operands of the branches, calls and returns at which they fall due, so metered code
//! executes hardly more statements than code that is not metered. A taken branch, a call and the
//! entry of a loop look at the counter and leave if something is due; `ip` is then where
//! execution goes on. Whether that is a check point is for the run loop to say, since such
//! a leave is rare.

use super::{Flow, Leave, Regs, leave, next};
use crate::isa::Stmt;
use crate::isa::operand::{WORD, read};
use crate::isa::table::{HANDLERS, plain};
use crate::isa::table::stmt::{BrMetered, Consume, ReturnMetered, Settle, Tick};
use crate::machine::MeterCell;

/// The meter of the machine.
///
/// # Safety
/// `m.ctx` is valid, and nothing else refers to the meter meanwhile.
#[inline(always)]
unsafe fn cell<'a>(m: &Regs) -> &'a mut MeterCell {
    // SAFETY: the store view is valid while handlers run.
    unsafe { &mut (*(*m.ctx).store.cast_mut()).meter }
}

/// Pays for a stretch of code.
///
/// # Safety
/// As for [`cell`].
#[inline(always)]
pub(crate) unsafe fn consume(m: &Regs, units: u16) {
    // SAFETY: the caller's.
    unsafe { cell(m).fuel += i64::from(units) }
}

/// Pays, and notes that this is a boundary.
///
/// # Safety
/// As for [`cell`].
#[inline(always)]
pub(crate) unsafe fn settle(m: &Regs, units: u16) {
    // SAFETY: the caller's.
    unsafe {
        let cell = cell(m);
        let fuel = cell.fuel + i64::from(units);
        cell.fuel = fuel;
        cell.settled = fuel;
    }
}

/// Pays, and goes on at `m.ip`, which is a target.
///
/// # Safety
/// As for [`cell`]; `m.ip` is an instruction that reads no accumulator.
#[inline(always)]
pub(crate) unsafe fn go(m: Regs, units: u16) -> Flow {
    // SAFETY: the caller's.
    unsafe {
        let cell = cell(&m);
        cell.fuel += i64::from(units);
        if cell.fuel >= 0 {
            return leave(m, Leave::Tick);
        }
        next(m)
    }
}

/// Pays what the caller owes and goes on at `m.ip`, the first instruction of the function called.
///
/// # Safety
/// As for [`go`].
#[inline(always)]
pub(crate) unsafe fn enter(m: Regs, units: u16) -> Flow {
    // SAFETY: the caller's.
    unsafe {
        let cell = cell(&m);
        let fuel = cell.fuel + i64::from(units);
        cell.settled = fuel;
        cell.fuel = fuel + 1;
        if fuel >= -1 {
            return leave(m, Leave::Entered);
        }
        next(m)
    }
}

/// If a target is the head of a loop: what is paid on the way to it for the code after it.
///
/// A `tick` ends at every loop head and at no other target. (An operand with the bits of a
/// `tick`, which a constant of a guest could be by chance, does no more harm than a check where none
/// need be.)
///
/// # Safety
/// `target` is a target in metered code. The branch to it or a `tick` precedes it, both of which
/// are as long as a `tick` or longer.
pub(crate) unsafe fn paid_in_advance(target: *const u8) -> Option<u16> {
    let tick = target.wrapping_sub(WORD + Tick::LEN);
    // SAFETY: there is code before the target.
    let found: usize = unsafe { read(tick) };
    let advance = tick.wrapping_add(WORD + Tick::LEN - size_of::<u16>());
    // SAFETY: the last operand.
    (found == HANDLERS[plain::Tick as usize] as usize).then(|| unsafe { read(advance) })
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
