//! Fuel and epochs.
//!
//! Metered code counts fuel in a [`MeterCell`] that all instances of a machine share. The counter
//! rises towards 0: at a *check point*, that is at the entry of a function or the head of a loop, a
//! counter that is not negative means that something is due, and handlers leave. What that is, is
//! decided here: all fuel is consumed, or the epoch's deadline is reached, or only the current
//! *slice* is used up and there is another one.
//!
//! Code looks at the counter and nothing else. So with epochs a slice is short, and who changes the
//! epoch while the guest waits, a host function say, makes it shorter still: to nothing, once the
//! deadline is reached. With epochs alone the counter counts check points.
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

/// What handlers of metered code see.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct MeterCell {
    /// Fuel consumed minus the slice; something is due when it is not negative.
    pub(crate) fuel: i64,
    /// The same at the last boundary.
    pub(crate) settled: i64,
}

/// A slice if the epoch is looked at: some ten microseconds.
const SLICE: u64 = 4096;

/// The meter of a machine, but for the cell.
#[derive(Debug)]
pub(super) struct Meter {
    /// Fuel is metered, and this is what there is beyond the slice.
    reserve: Option<u64>,
    /// Epochs are: the counter, and the value that it must not reach.
    epoch: Option<(Arc<Epoch>, u64)>,
}

impl Meter {
    pub(super) const fn off() -> Meter {
        Meter { reserve: None, epoch: None }
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
    fn slice(&self) -> u64 {
        match self.epoch {
            None => i64::MAX as u64,
            Some(_) if self.is_late() => 0,
            Some(_) => SLICE,
        }
    }
}

impl Machine {
    /// Makes this a machine for code whose [`Options`](crate::Options) say that it consumes fuel. There
    /// is none at first.
    pub fn meter_fuel(&mut self) {
        self.meter.reserve = Some(0);
        self.set_fuel(0);
    }

    /// Makes this a machine for code whose [`Options`](crate::Options) say that it looks at the epoch.
    /// The deadline is 0.
    pub fn meter_epochs(&mut self, epoch: Arc<Epoch>) {
        self.meter.epoch = Some((epoch, 0));
        self.reslice();
    }

    /// How much fuel is left.
    pub fn fuel(&self) -> u64 {
        let left = i128::from(self.meter.reserve.unwrap_or(0)) - i128::from(self.cell().settled);
        left.clamp(0, u64::MAX.into()) as u64
    }

    /// Sets how much fuel is left.
    pub fn set_fuel(&mut self, fuel: u64) {
        if self.meter.reserve.is_some() {
            self.meter.reserve = Some(fuel);
            *self.cell_mut() = MeterCell { fuel: 0, settled: 0 };
            self.reslice();
        }
    }

    /// Sets the epoch at whose arrival code leaves with [`Exit::Epoch`].
    pub fn set_epoch_deadline(&mut self, at: u64) {
        if let Some((_, deadline)) = &mut self.meter.epoch {
            *deadline = at;
            self.reslice();
        }
    }

    #[inline]
    fn cell(&self) -> &MeterCell {
        &self.view.get().meter
    }

    #[inline]
    fn cell_mut(&mut self) -> &mut MeterCell {
        &mut self.view.get_mut().meter
    }

    /// Begins another slice: counter and reserve change, the fuel that is left does not.
    fn reslice(&mut self) {
        let slice = self.meter.slice();
        let MeterCell { fuel, settled } = *self.cell();
        let (mut new, mut offset) = (-(slice as i64), 0);
        if let Some(reserve) = self.meter.reserve {
            let left = i128::from(reserve) - i128::from(fuel);
            new = -left.min(slice.into()) as i64;
            offset = settled - fuel;
            self.meter.reserve = Some((left + i128::from(new)) as u64);
        }
        *self.cell_mut() = MeterCell { fuel: new, settled: new.saturating_add(offset) };
    }

    /// Notes that the code is at a boundary.
    #[inline]
    pub(super) fn settle(&mut self) {
        let cell = self.cell_mut();
        cell.settled = cell.fuel;
    }

    /// On from a boundary, or after anything else that may have taken its time.
    #[inline]
    pub(super) fn resume(&mut self, from_boundary: bool) {
        if from_boundary {
            let cell = self.cell_mut();
            cell.fuel = cell.settled;
        }
        if self.meter.is_late() {
            self.reslice();
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
        self.cell_mut().fuel += 1;
        if self.cell().fuel >= 0 { self.check(0) } else { Next::Run }
    }

    /// Something is due, and `ip` is a target.
    #[cold]
    pub(super) fn target_reached(&mut self) -> Next {
        // SAFETY: the handler that left was a metered branch, and `ip` is where it went.
        match unsafe { paid_in_advance(self.current.ip) } {
            Some(advance) => self.check(advance.into()),
            None => {
                // No check point: the next one sees to it, unless only the slice is used up.
                self.reslice();
                Next::Run
            }
        }
    }

    /// A check point; what is paid already for the code after it.
    #[cold]
    pub(super) fn check(&mut self, advance: i64) -> Next {
        self.cell_mut().fuel -= advance;
        if self.cell().fuel >= 0 || self.meter.is_late() {
            self.settle();
            if self.meter.reserve.is_some() && self.fuel() == 0 {
                self.current.state = State::Trapped;
                return Next::Stop(Exit::Trap(TrapCode::OutOfFuel));
            }
            if self.meter.is_late() {
                self.current.state = State::Checking { advance };
                return Next::Stop(Exit::Epoch);
            }
            self.reslice();
        }
        self.cell_mut().fuel += advance;
        Next::Run
    }

    /// Goes on after [`Exit::Epoch`].
    pub(super) fn checked(&mut self, advance: i64) {
        self.reslice();
        self.resume(true);
        self.cell_mut().fuel += advance;
    }
}
