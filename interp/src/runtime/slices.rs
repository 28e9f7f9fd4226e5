//! Slices: how far metered code counts before somebody looks at the epoch.

use core::sync::atomic::Ordering;

use super::Deadline;

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
    pub(crate) unsafe fn may_be_late(&self) -> bool {
        // SAFETY: the caller's.
        unsafe { self.now() }.is_some_and(|now| self.deadline.may_be_reached(now))
    }
}
