//! Fuel and epochs.
//!
//! Metered code counts fuel in a register that rises towards 0: at a *check point*, that is at
//! the entry of a function or the head of a loop, a counter that is not negative means that something
//! is due, and handlers leave. What that is, is decided here: all fuel is consumed, or the epoch's
//! deadline is reached, or only the current *slice* is used up and there is another one.
//!
//! Code looks at the counter and nothing else. So with epochs a slice is short, and who changes the
//! epoch while the guest waits, a host function say, makes it shorter still: to nothing, once the
//! deadline is reached. With epochs alone the counter counts check points.
//!
//! The counter is an f32, because there are float registers to spare. It holds integers, and exactly up to 2^24:
//! a slice is a quarter of that at most, and beyond it a function consumes no more than it has operators, less than half
//! of it, until it comes to a check point or takes a branch. Only where many calls return one after the other into
//! long code that takes no branch, none of which looks at the counter, does it pass 2^24; what is counted from there on
//! to the next check point or taken branch is rounded, and too little in the end.
//!
//! Two values of the counter matter to the embedder. `fuel` runs along with the code, in
//! steps: charges are paid for whole stretches of code in advance (see `translate/meter.rs`).
//! `settled` is what the code has consumed up to the last boundary: a call, a return, an
//! `unreachable`. Between boundaries nobody can tell the difference, except by a trap, after which
//! the settled value counts.

use alloc::sync::Arc;
use core::sync::atomic::Ordering;

use super::run::{Next, State};
use super::{Exit, Machine, TrapCode};
use crate::exec::meter::paid_in_advance;

/// The counter of epochs that an engine shares with its machines.
#[cfg(target_has_atomic = "64")]
pub type Epoch = core::sync::atomic::AtomicU64;
/// The counter of epochs that an engine shares with its machines.
#[cfg(not(target_has_atomic = "64"))]
pub type Epoch = core::sync::atomic::AtomicU32;

/// A slice if fuel is all that is metered.
const LONG_SLICE: u32 = 1 << 22;
/// A slice if the epoch is looked at: some ten microseconds.
const SLICE: u32 = 4096;

/// The meter of a machine.
#[derive(Debug)]
pub(super) struct Meter {
    /// Fuel consumed minus the slice; something is due when it is not negative.
    pub(super) fuel: f32,
    /// The same at the last boundary; not a number if the slice has begun after it.
    pub(super) settled: f32,
    /// What was left at the last boundary, in that case.
    settled_left: u64,
    /// Fuel is metered, and this is what there is beyond the slice.
    reserve: Option<u64>,
    /// Epochs are: the counter, and the value that it must not reach.
    epoch: Option<(Arc<Epoch>, u64)>,
}

impl Meter {
    pub(super) const fn off() -> Meter {
        Meter { fuel: 0.0, settled: 0.0, settled_left: 0, reserve: None, epoch: None }
    }

    /// Whether code is metered.
    #[inline]
    fn is_on(&self) -> bool {
        self.reserve.is_some() || self.epoch.is_some()
    }

    /// Whether the epoch's deadline is reached.
    #[inline]
    #[allow(clippy::useless_conversion)] // there are targets whose epochs have 32 bits
    fn is_late(&self) -> bool {
        match &self.epoch {
            None => false,
            Some((epoch, deadline)) => u64::from(epoch.load(Ordering::Relaxed)) >= *deadline,
        }
    }

    /// How much may be consumed before something is due.
    fn slice(&self) -> u32 {
        match self.epoch {
            None => LONG_SLICE,
            Some(_) if self.is_late() => 0,
            Some(_) => SLICE,
        }
    }

    /// What is left when the counter has this value; negative if more is consumed than there was.
    fn left_at(&self, counter: f32) -> i128 {
        i128::from(self.reserve.unwrap_or(0)) - counter as i128
    }

    /// What was left at the last boundary.
    fn settled_left(&self) -> u64 {
        if self.settled.is_nan() {
            return self.settled_left;
        }
        self.left_at(self.settled).clamp(0, u64::MAX.into()) as u64
    }

    /// Begins another slice: counter and reserve change, the fuel that is left does not.
    fn reslice(&mut self) {
        self.settled_left = self.settled_left();
        self.settled = f32::NAN;
        let slice = i128::from(self.slice());
        self.fuel = match self.reserve {
            None => -(slice as f32),
            Some(_) => {
                let left = self.left_at(self.fuel);
                let slice = left.min(slice);
                self.reserve = Some((left - slice) as u64);
                -(slice as f32)
            }
        };
    }
}

impl Machine {
    /// Makes this a machine for code whose [`Options`](crate::Options) say that it consumes fuel. There
    /// is none at first.
    pub fn meter_fuel(&mut self) {
        self.meter.reserve = Some(0);
    }

    /// Makes this a machine for code whose [`Options`](crate::Options) say that it looks at the epoch.
    /// The deadline is 0.
    pub fn meter_epochs(&mut self, epoch: Arc<Epoch>) {
        self.meter.epoch = Some((epoch, 0));
        self.meter.reslice();
    }

    /// How much fuel is left.
    pub fn fuel(&self) -> u64 {
        self.meter.settled_left()
    }

    /// Sets how much fuel is left.
    pub fn set_fuel(&mut self, fuel: u64) {
        if self.meter.reserve.is_some() {
            self.meter.reserve = Some(fuel);
            (self.meter.fuel, self.meter.settled) = (0.0, 0.0);
            self.meter.reslice();
        }
    }

    /// Sets the epoch at whose arrival code leaves with [`Exit::Epoch`].
    pub fn set_epoch_deadline(&mut self, at: u64) {
        if let Some((_, deadline)) = &mut self.meter.epoch {
            *deadline = at;
            self.meter.reslice();
        }
    }

    /// Notes that the code is at a boundary.
    #[inline]
    pub(super) fn settle(&mut self) {
        self.meter.settled = self.meter.fuel;
    }

    /// On from a boundary, or after anything else that may have taken its time.
    #[inline]
    pub(super) fn resume(&mut self, from_boundary: bool) {
        let meter = &mut self.meter;
        if !meter.is_on() {
            return;
        }
        if from_boundary {
            if meter.settled.is_nan() {
                self.set_fuel(self.meter.settled_left);
            } else {
                meter.fuel = meter.settled;
            }
        }
        if self.meter.is_late() {
            self.meter.reslice();
        }
    }

    /// A trap in the code: some are boundaries, others are not.
    #[cold]
    pub(super) fn settle_trap(&mut self, code: TrapCode) {
        use TrapCode::*;
        if matches!(code, Unreachable | UndefinedElement | IndirectCallToNull | BadSignature) {
            self.settle();
        }
    }

    /// The run loop has entered a function.
    #[inline]
    pub(super) fn function_entered(&mut self) -> Next {
        if !self.meter.is_on() {
            return Next::Run;
        }
        self.settle();
        self.meter.fuel += 1.0;
        if self.meter.fuel >= 0.0 { self.check(0.0) } else { Next::Run }
    }

    /// Something is due, and `ip` is a target.
    #[cold]
    pub(super) fn target_reached(&mut self) -> Next {
        // SAFETY: the handler that left was a metered branch, and `ip` is where it went.
        match unsafe { paid_in_advance(self.current.ip) } {
            Some(advance) => self.check(advance),
            None => {
                // No check point: the next one sees to it, unless only the slice is used up.
                self.meter.reslice();
                Next::Run
            }
        }
    }

    /// A check point; what is paid already for the code after it.
    #[cold]
    pub(super) fn check(&mut self, advance: f32) -> Next {
        let meter = &mut self.meter;
        meter.fuel -= advance;
        if meter.reserve.is_some() && meter.left_at(meter.fuel) <= 0 {
            self.settle();
            self.current.state = State::Trapped;
            return Next::Stop(Exit::Trap(TrapCode::OutOfFuel));
        }
        if meter.is_late() {
            self.settle();
            self.current.state = State::Checking { advance };
            return Next::Stop(Exit::Epoch);
        }
        meter.reslice();
        meter.fuel += advance;
        Next::Run
    }

    /// Goes on after [`Exit::Epoch`].
    pub(super) fn checked(&mut self, advance: f32) {
        self.resume(true);
        self.meter.reslice();
        self.meter.fuel += advance;
    }
}
