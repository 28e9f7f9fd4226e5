//! Metered code: what statements do besides their own work when fuel or epochs are metered.
//!
//! Charges are operands of the branches, calls and returns at which they fall due, so metered code
//! executes hardly more statements than code that is not metered; and the counter is a register.
//! A taken branch, a call and the entry of a loop look at the counter and leave if something is
//! due; `ip` is then where execution goes on. Whether that is a check point is for the run loop to
//! say, since such a leave is rare.

use super::{Flow, Leave, Regs, leave, next};
use crate::isa::Stmt;
use crate::isa::operand::{WORD, read};
use crate::isa::table::stmt::{BrMetered, Consume, ReturnMetered, Settle, Tick};
use crate::isa::table::{HANDLERS, plain};

/// Pays, and notes that this is a boundary.
///
/// # Safety
/// `m.ctx` is valid.
#[inline(always)]
pub(crate) unsafe fn settle(m: &mut Regs, units: f32) {
    m.fuel += units;
    // SAFETY: the caller's.
    unsafe { (*m.ctx).settled = m.fuel }
}

/// Pays, and goes on at `m.ip`, which is a target.
///
/// # Safety
/// `m.ip` is an instruction of verified code that reads no accumulator.
#[inline(always)]
pub(crate) unsafe fn go(mut m: Regs, units: f32) -> Flow {
    m.fuel += units;
    if m.fuel >= 0.0 {
        return leave(m, Leave::Tick);
    }
    // SAFETY: the caller's.
    unsafe { next(m) }
}

/// Pays what the caller owes and goes on at `m.ip`, the first instruction of the function called.
///
/// # Safety
/// As for [`go`], and `m.ctx` is valid.
#[inline(always)]
pub(crate) unsafe fn enter(mut m: Regs, units: f32) -> Flow {
    // SAFETY: the caller's.
    unsafe {
        settle(&mut m, units);
        m.fuel += 1.0;
        if m.fuel >= 0.0 {
            return leave(m, Leave::Entered);
        }
        next(m)
    }
}

/// A stretch of code that is paid for as a whole costs no more than this: charges are small, compared with what a
/// counter that is a float can hold.
pub(crate) const MAX_COST: u32 = 30_000;

/// If a target is the head of a loop: what is paid on the way to it for the code after it.
///
/// A `tick` ends at every loop head and at no other target. (Constants with the bits of a `tick`, which a guest could
/// have by chance or, where it knows the address of the handler, by intent, do no more harm than a check where
/// none need be: what is not a charge is not taken for one.)
///
/// # Safety
/// `target` is a target in metered code. The branch to it or a `tick` precedes it, both of which
/// are as long as a `tick` or longer.
pub(crate) unsafe fn paid_in_advance(target: *const u8) -> Option<f32> {
    let tick = target.wrapping_sub(WORD + Tick::LEN);
    // SAFETY: there is code before the target.
    let found: usize = unsafe { read(tick) };
    let advance = tick.wrapping_add(WORD + Tick::LEN - size_of::<f32>());
    if found != HANDLERS[plain::Tick as usize] as usize {
        return None;
    }
    // SAFETY: the last operand.
    let advance: f32 = unsafe { read(advance) };
    (0.0..=MAX_COST as f32).contains(&advance).then_some(advance)
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
    unsafe fn run(mut m: Regs, at: usize) -> Flow {
        // SAFETY: operands of verified code; an instruction follows.
        unsafe {
            m.fuel += Self::charge(&m, at);
            next(m.advance(at + Self::LEN))
        }
    }
}

impl Stmt for Settle {
    #[inline(always)]
    unsafe fn run(mut m: Regs, at: usize) -> Flow {
        // SAFETY: operands of verified code; an instruction follows.
        unsafe {
            let charge = Self::charge(&m, at);
            settle(&mut m, charge);
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
    unsafe fn run(mut m: Regs, at: usize) -> Flow {
        // SAFETY: operands of verified code; the caller goes on at an instruction.
        unsafe {
            let charge = Self::charge(&m, at);
            settle(&mut m, charge);
            next(m.returned())
        }
    }
}

#[cfg(all(test, feature = "metering"))]
mod tests {
    use super::*;

    #[test]
    fn only_charges_are_taken_for_what_is_paid_in_advance() {
        let mut code = [0; WORD + Tick::LEN];
        let mut advance = |handler: usize, advance: f32| {
            code[..WORD].copy_from_slice(&handler.to_ne_bytes());
            code[WORD + 4..].copy_from_slice(&advance.to_ne_bytes());
            // SAFETY: before the end of the array there is as much as a `tick` has.
            unsafe { paid_in_advance(code.as_ptr_range().end) }
        };
        let tick = HANDLERS[plain::Tick as usize] as usize;
        assert_eq!(advance(tick, 7.0), Some(7.0));
        assert_eq!(advance(tick, 0.0), Some(0.0));
        assert_eq!(advance(tick + 1, 7.0), None);
        for charge in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -1.0, 1e9] {
            assert_eq!(advance(tick, charge), None, "{charge}");
        }
    }
}
