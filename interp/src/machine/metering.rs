//! Fuel and epochs.
//!
//! Metered code counts in a register that rises towards 0 (`exec/counter.rs`). At a *check point*, that is at the entry of a
//! function, the head of a loop, before an operation in bulk, and back in a caller, a counter that is not negative means
//! that something is due. What that is, is decided here: all fuel is consumed, or the epoch's deadline is reached,
//! or only the current *slice* is used up and there is another one.
//!
//! With epochs a slice is short, and handlers begin the next one by themselves as long as the deadline
//! is not reached (`exec/meter.rs`); who changes the epoch while the guest waits, a host function say, makes it shorter
//! still: to nothing, once the deadline is reached. Without fuel the counter counts operators, roughly. Without epochs a
//! slice is all the fuel that there is.
//!
//! Two values of the counter matter to the embedder. `counter` runs along with the code, in
//! steps: charges are paid for whole stretches of code in advance (see `translate/fuel.rs`).
//! `committed` is what the code has consumed up to the last boundary: a call, a return, an
//! `unreachable`. Between boundaries nobody can tell the difference, except by a trap, after which
//! the committed value counts.
//!
//! ```text
//! fuel that is left = vault + reserve - counter          vault: what exceeds MOST at first
//! ```

use alloc::sync::Arc;

use super::activation::State;
use super::run::Next;
use super::{Exit, Machine};
use crate::base::unaligned::read;
use crate::code::table::{HANDLERS, simple};
use crate::code::{crossed, done};
use crate::exec::meter::MAX_COST;
use crate::exec::statements::LoopCheck;
use crate::isa::operand::{OperandKind, WORD};
use crate::runtime::{Deadline, Epoch};
use crate::wasm::TrapCode;

/// What reserve and slice are at most, and what is charged at once: nothing overflows that is made of few of these.
const MOST: u64 = 1 << 60;

/// The meter of a machine. (Reserve and deadline are in the machine's view, since handlers use them.)
#[derive(Debug)]
pub(super) struct Meter {
    /// Fuel consumed minus the slice; something is due when it is not negative.
    pub(super) counter: i64,
    /// The same at the last boundary.
    pub(super) committed: i64,
    /// Fuel beyond `MOST`.
    vault: u64,
    /// Fuel is metered.
    fuel: bool,
    /// After how much of it the guest yields, and what will be left then.
    interval: Option<(u64, u64)>,
    /// Epochs are; kept alive for the view.
    epoch: Option<Arc<Epoch>>,
}

impl Meter {
    pub(super) const fn off() -> Meter {
        Meter { counter: 0, committed: 0, vault: 0, fuel: false, interval: None, epoch: None }
    }

    /// Whether code is metered.
    #[inline]
    fn is_on(&self) -> bool {
        self.fuel || self.epoch.is_some()
    }

    /// Whether epochs are.
    pub(super) fn looks_at_epoch(&self) -> bool {
        self.epoch.is_some()
    }

    /// Whether something is due at a check point.
    #[inline]
    pub(super) fn is_due(&self) -> bool {
        self.is_on() && self.counter >= 0
    }
}

impl Machine {
    /// Makes this a machine for code whose [`Options`](crate::Options) say that it consumes fuel. There
    /// is none at first.
    pub fn meter_fuel(&mut self) {
        self.meter.fuel = true;
        self.set_fuel(0);
    }

    /// Makes this a machine for code whose [`Options`](crate::Options) say that it looks at the epoch.
    /// The deadline is reached already.
    pub fn meter_epochs(&mut self, epoch: Arc<Epoch>) {
        self.view.get_mut().slices.epoch = Arc::as_ptr(&epoch);
        self.meter.epoch = Some(epoch);
        self.set_epoch_deadline(0);
    }

    /// How much fuel is left.
    pub fn fuel(&self) -> u64 {
        self.left_at(self.meter.committed).clamp(0, u64::MAX.into()) as u64
    }

    /// What is left when the counter has this value; negative if more is consumed than there was.
    fn left_at(&self, counter: i64) -> i128 {
        let there_was = i128::from(self.meter.vault) + i128::from(self.view.get().slices.reserve);
        there_was - i128::from(counter)
    }

    /// Sets how much fuel is left.
    pub fn set_fuel(&mut self, fuel: u64) {
        if self.meter.fuel {
            (self.meter.counter, self.meter.committed) = (0, 0);
            (self.meter.vault, self.view.get_mut().slices.reserve) = (fuel, 0);
            if let Some((interval, yield_at)) = &mut self.meter.interval {
                *yield_at = fuel.saturating_sub(*interval);
            }
            self.reslice();
        }
    }

    /// Notes that the embedder has done something that consumes fuel, which is a boundary.
    pub fn consume_fuel(&mut self, units: u64) {
        if self.meter.fuel {
            let units = i64::try_from(units).unwrap_or(i64::MAX);
            self.meter.committed = self.meter.committed.saturating_add(units);
            self.meter.counter = self.meter.counter.saturating_add(units);
        }
    }

    /// Sets after how much fuel code leaves with [`Exit::Yield`], from now on; `None`: never.
    pub fn set_fuel_interval(&mut self, interval: Option<u64>) {
        self.meter.interval = interval.map(|interval| (interval, 0));
        self.set_fuel(self.fuel());
    }

    /// Whether so much fuel is consumed that the guest yields, and if so, notes when it does again.
    fn yields(&mut self) -> bool {
        let left = self.left_at(self.meter.counter);
        match &mut self.meter.interval {
            Some((interval, yield_at)) if left <= i128::from(*yield_at) => {
                *yield_at = (left.max(0) as u64).saturating_sub(*interval);
                true
            }
            _ => false,
        }
    }

    /// Sets how many ticks of the epoch from now on code leaves with [`Exit::Epoch`].
    pub fn set_epoch_deadline(&mut self, ticks: u64) {
        let slices = &mut self.view.get_mut().slices;
        // SAFETY: the machine keeps the epoch alive.
        if let Some(now) = unsafe { slices.now() } {
            slices.deadline = Deadline::new(now, ticks);
            self.reslice();
        }
    }

    /// Whether the epoch's deadline is reached; not if epochs are not metered.
    #[inline]
    pub fn is_late(&mut self) -> bool {
        let slices = &mut self.view.get_mut().slices;
        // SAFETY: the machine keeps the epoch alive.
        unsafe { slices.now() }.is_some_and(|now| slices.deadline.is_reached(now))
    }

    /// Begins another slice: counter and reserve change, the fuel that is left does not.
    fn reslice(&mut self) {
        let (late, meter) = (self.is_late(), &mut self.meter);
        let slices = &mut self.view.get_mut().slices;
        let slice = match meter.epoch {
            None => i64::MAX,
            Some(_) if late => 0,
            Some(_) => slices.slice().into(),
        };
        let reserve = &mut slices.reserve;
        if !meter.fuel {
            *reserve = MOST;
            meter.counter = -slice;
            meter.committed = meter.counter;
            return;
        }
        let counter = meter.counter;
        let left = *reserve as i64 - counter;
        // What handlers may use by themselves: not what is to be left when the guest yields.
        let total = i128::from(meter.vault) + i128::from(left);
        let most = match meter.interval {
            Some((_, yield_at)) => (total - i128::from(yield_at)).clamp(0, MOST.into()) as i64,
            None => MOST as i64,
        };
        let more = (meter.vault.min(i64::MAX as u64) as i64).min(most - left);
        let more = if meter.interval.is_some() { more } else { more.max(0) };
        meter.vault = meter.vault.wrapping_add_signed(-more);
        let left = left + more;
        let slice = slice.min(left);
        *reserve = (left - slice) as u64;
        meter.counter = -slice;
        meter.committed -= counter + slice;
    }

    /// Pays for an operation in bulk what is too much for a handler to count.
    pub(super) fn pay(&mut self, units: u64) {
        if !self.meter.fuel {
            self.meter.counter += units.min(MOST) as i64;
        } else if i128::from(units) >= self.left_at(self.meter.counter) {
            // All there is.
            self.set_fuel(0);
        } else if units <= MOST {
            self.meter.counter += units as i64;
        } else {
            // No memory and no table is so large that anything could trap after this, and take it back.
            self.meter.vault -= units - MOST;
            self.meter.counter += MOST as i64;
        }
    }

    /// Notes that the code is at a boundary.
    #[inline]
    pub(super) fn commit(&mut self) {
        self.meter.committed = self.meter.counter;
    }

    /// On from a boundary, or after anything else that may have taken its time.
    #[inline]
    pub(super) fn resume(&mut self, from_boundary: bool) {
        if !self.meter.is_on() {
            return;
        }
        if from_boundary {
            self.meter.counter = self.meter.committed;
        }
        if self.is_late() {
            self.reslice();
        }
    }

    /// A trap in the code: some are boundaries, others are not.
    #[cold]
    pub(super) fn commit_trap(&mut self, code: TrapCode) {
        use TrapCode::*;
        if matches!(code, Unreachable | UndefinedElement | IndirectCallToNull | BadSignature) {
            self.commit();
        }
    }

    /// The run loop has entered a function.
    #[inline]
    pub(super) fn function_entered(&mut self) -> Next {
        if !self.meter.is_on() {
            return Next::Run;
        }
        self.commit();
        self.meter.counter += 1;
        if self.meter.is_due() { self.check(0, true) } else { Next::Run }
    }

    /// Something is due, and `ip` is a target.
    #[cold]
    pub(super) fn target_reached(&mut self) -> Next {
        if !self.meter.fuel {
            return self.check(0, true);
        }
        // SAFETY: the handler that left was a metered branch, and `ip` is where it went.
        match unsafe { paid_in_advance(self.current.ip) } {
            Some(advance) => self.check(advance, true),
            None => {
                // No check point: the next one sees to it, unless only the slice is used up.
                self.reslice();
                Next::Run
            }
        }
    }

    /// An exception is caught, and something is due: a check point if that is at the head of a loop.
    #[cfg(feature = "gc")]
    #[cold]
    pub(super) fn catch_reached(&mut self) -> Next {
        // SAFETY: exceptions are caught at targets in metered code, and come out of code before them, or of the loop whose
        // head the target is. The statement that one comes out of is as long as a `loop_check`, or longer.
        match unsafe { paid_in_advance(self.current.ip) } {
            Some(advance) => self.check(advance, true),
            None => {
                self.reslice();
                Next::Run
            }
        }
    }

    /// Back in a caller, after the call; or at the end of the embedder's call, or that from another instance.
    #[cold]
    pub(super) fn caller_reached(&mut self) -> Next {
        let ip = self.current.ip;
        let is_guest = ip != done() && ip != crossed();
        if is_guest && self.meter.is_due() { self.check(0, false) } else { Next::Run }
    }

    /// A check point: what is paid already for the code after it, and whether the instruction at `ip` stands for
    /// where the guest is, or the one before.
    #[cold]
    pub(super) fn check(&mut self, advance: u32, within: bool) -> Next {
        self.meter.counter -= i64::from(advance);
        let exit = if self.out_of_fuel() {
            Some(Exit::OutOfFuel)
        } else if self.is_late() {
            Some(Exit::Epoch)
        } else if self.yields() {
            Some(Exit::Yield)
        } else {
            None
        };
        if let Some(exit) = exit {
            self.commit();
            self.current.state = State::Checking { advance, within };
            return Next::Stop(exit);
        }
        self.reslice();
        self.meter.counter += i64::from(advance);
        Next::Run
    }

    /// Code that takes long has looked at the epoch, at the instruction `ip`. What is paid in advance counts as consumed.
    #[cold]
    pub(super) fn late(&mut self) -> Next {
        if !self.is_late() {
            return Next::Run;
        }
        self.commit();
        self.current.state = State::Checking { advance: 0, within: true };
        Next::Stop(Exit::Epoch)
    }

    /// Whether all fuel is consumed, which is a boundary.
    pub(super) fn out_of_fuel(&mut self) -> bool {
        let out = self.meter.fuel && self.left_at(self.meter.counter) <= 0;
        if out {
            self.commit();
        }
        out
    }

    /// Goes on after [`Exit::Epoch`].
    pub(super) fn checked(&mut self, advance: u32) {
        self.resume(true);
        self.reslice();
        self.meter.counter += i64::from(advance);
    }
}

/// If a target is the head of a loop: what is paid on the way to it for the code after it.
///
/// A `loop_check` ends at every loop head and at no other target. (Constants with the bits of a `loop_check`, which a guest could
/// have by chance or, where it knows the address of the handler, by intent, do no more harm than a check where
/// none need be: what is not a charge is not taken for one.)
///
/// # Safety
/// `target` is a target in metered code. The branch to it or a `loop_check` precedes it, both of which
/// are as long as a `loop_check` or longer.
unsafe fn paid_in_advance(target: *const u8) -> Option<u32> {
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
