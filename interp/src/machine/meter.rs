//! Fuel and epochs.
//!
//! Metered code counts fuel in a [`MeterCell`] of the context, which the run loop copies there and
//! back whenever it enters the executor. The counter rises towards 0: at a *check point*, that is at
//! the entry of a function or the head of a loop, a counter that is not negative means that all fuel
//! is consumed. The same check looks at the epoch. What handlers do at a check point is to leave if
//! either is due; everything else about it is here.
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

/// The counter of epochs that an engine shares with its machines.
#[cfg(target_has_atomic = "64")]
pub type Epoch = core::sync::atomic::AtomicU64;
/// The counter of epochs that an engine shares with its machines.
#[cfg(not(target_has_atomic = "64"))]
pub type Epoch = core::sync::atomic::AtomicU32;

/// The current epoch.
#[inline(always)]
#[allow(clippy::useless_conversion)] // there are targets whose epochs have 32 bits
fn now(epoch: &Epoch) -> u64 {
    u64::from(epoch.load(Ordering::Relaxed))
}

/// What handlers of metered code see.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct MeterCell {
    /// Fuel consumed minus fuel that there is.
    pub(crate) fuel: i64,
    /// The same at the last boundary.
    pub(crate) settled: i64,
    /// The epoch that must not be reached.
    pub(crate) deadline: u64,
    /// The engine's epoch; null if code is not metered.
    pub(crate) epoch: *const Epoch,
}

impl MeterCell {
    /// Of a machine that meters nothing, and of a context that was never entered.
    pub(crate) const OFF: MeterCell = MeterCell {
        fuel: i64::MIN,
        settled: i64::MIN,
        deadline: u64::MAX,
        epoch: core::ptr::null(),
    };

    /// Whether a check point must leave.
    ///
    /// # Safety
    /// The cell is of a machine that meters.
    #[inline(always)]
    pub(crate) unsafe fn is_due(&self) -> bool {
        // SAFETY: the machine keeps the epoch alive.
        let epoch = unsafe { &*self.epoch };
        self.fuel >= 0 || now(epoch) >= self.deadline
    }
}

/// The meter of a machine.
#[derive(Debug)]
pub(super) struct Meter {
    pub(super) cell: MeterCell,
    /// Fuel beyond what the counter has room for.
    reserve: u64,
    epoch: Option<Arc<Epoch>>,
}

impl Meter {
    pub(super) const fn off() -> Meter {
        Meter { cell: MeterCell::OFF, reserve: 0, epoch: None }
    }

    /// Whether code is metered.
    #[inline]
    pub(super) fn is_on(&self) -> bool {
        self.epoch.is_some()
    }

    /// Notes that the code is at a boundary.
    #[inline]
    pub(super) fn settle(&mut self) {
        self.cell.settled = self.cell.fuel;
    }

    /// On from the boundary.
    #[inline]
    pub(super) fn resume(&mut self) {
        self.cell.fuel = self.cell.settled;
    }

    /// A trap in metered code: some are boundaries, others are not.
    #[cold]
    pub(super) fn trapped(&mut self, code: TrapCode) {
        use TrapCode::*;
        if matches!(code, Unreachable | UndefinedElement | IndirectCallToNull | BadSignature) {
            self.settle();
        }
    }

    fn left(&self) -> u64 {
        let left = i128::from(self.reserve) - i128::from(self.cell.settled);
        left.clamp(0, u64::MAX.into()) as u64
    }

    fn fill(&mut self, fuel: u64) {
        let active = fuel.min(i64::MAX as u64);
        self.reserve = fuel - active;
        self.cell.settled = -(active as i64);
        self.resume();
    }

    fn epoch_is_due(&self) -> bool {
        self.epoch.as_ref().is_some_and(|epoch| now(epoch) >= self.cell.deadline)
    }
}

impl Machine {
    /// Makes this a machine for code that is translated with metering. There is no fuel then, if
    /// `fuel` is metered, and no deadline.
    pub fn meter(&mut self, fuel: bool, epoch: Arc<Epoch>) {
        self.meter.cell.epoch = Arc::as_ptr(&epoch);
        self.meter.epoch = Some(epoch);
        if fuel {
            self.meter.fill(0);
        }
    }

    /// How much fuel is left.
    pub fn fuel(&self) -> u64 {
        self.meter.left()
    }

    /// Sets how much fuel is left.
    pub fn set_fuel(&mut self, fuel: u64) {
        self.meter.fill(fuel);
    }

    /// Sets the epoch at whose arrival code leaves with [`Exit::Epoch`].
    pub fn set_epoch_deadline(&mut self, deadline: u64) {
        self.meter.cell.deadline = deadline;
    }

    /// The check point at the entry of a function that the run loop has entered.
    pub(super) fn enter_metered(&mut self) -> Next {
        self.meter.settle();
        self.meter.cell.fuel += 1;
        if self.meter.cell.fuel >= 0 || self.meter.epoch_is_due() {
            self.check(0)
        } else {
            Next::Run
        }
    }

    /// Something is due, and `ip` is a target or a function's first instruction.
    #[cold]
    pub(super) fn tick(&mut self) -> Next {
        match self.paid_in_advance() {
            Some(advance) => self.check(advance),
            None => Next::Run, // no check point: the next one will see to it
        }
    }

    /// If `ip` is a check point: the charge of the stretch after it, which is paid already.
    fn paid_in_advance(&self) -> Option<i64> {
        let ip = self.current.ip;
        let instance = self.instance_of(self.current.ctx);
        let (_, function) = self.instances[instance as usize].code.find(ip)?;
        function.check_point(ip).map(i64::from)
    }

    /// A check point at which something is due.
    #[cold]
    fn check(&mut self, advance: i64) -> Next {
        self.meter.cell.fuel -= advance;
        self.meter.settle();
        if self.meter.cell.fuel >= 0 {
            match self.meter.left() {
                0 => {
                    self.current.state = State::Trapped;
                    return Next::Stop(Exit::Trap(TrapCode::OutOfFuel));
                }
                left => self.meter.fill(left),
            }
        }
        if self.meter.epoch_is_due() {
            self.current.state = State::Checking { advance };
            return Next::Stop(Exit::Epoch);
        }
        self.meter.cell.fuel += advance;
        Next::Run
    }

    /// Goes on after [`Exit::Epoch`].
    pub(super) fn checked(&mut self, advance: i64) {
        self.meter.resume();
        self.meter.cell.fuel += advance;
    }
}
