//! Where threads wait for `memory.atomic.notify`: a queue per address, first come, first served.
//!
//! A waiting thread compares the memory with what it expects and joins the queue under one lock, which
//! whoever notifies takes, too: who writes first and notifies then wakes everybody that read the old value.
//! Without `std` there are no threads to wake, and a wait can only find that there is nothing to wait for.

use super::TrapCode;
use super::shared::Wait;

#[cfg(feature = "std")]
mod threads {
    use alloc::collections::{BTreeMap, VecDeque};
    use alloc::sync::Arc;
    use core::sync::atomic::{AtomicBool, Ordering};
    use core::time::Duration;
    use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
    use std::time::Instant;

    use super::{TrapCode, Wait};

    /// A thread that waits. `notified` is written and read under the lock of the queues.
    #[derive(Debug, Default)]
    struct Waiter {
        notified: AtomicBool,
        wake: Condvar,
    }

    type Queues = BTreeMap<usize, VecDeque<Arc<Waiter>>>;

    /// The threads that wait for one memory, by address.
    #[derive(Debug, Default)]
    pub(in crate::machine) struct Parking {
        queues: Mutex<Queues>,
    }

    impl Parking {
        fn lock(&self) -> MutexGuard<'_, Queues> {
            // Nothing panics under the lock.
            self.queues.lock().unwrap_or_else(PoisonError::into_inner)
        }

        /// Waits at `place` while `holds`, at most for `timeout`.
        pub(in crate::machine) fn wait(
            &self,
            place: usize,
            holds: impl FnOnce() -> bool,
            timeout: Option<Duration>,
        ) -> Result<Wait, TrapCode> {
            // A deadline that no clock can show is none.
            let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
            let mut queues = self.lock();
            if !holds() {
                return Ok(Wait::Mismatch);
            }
            let waiter = Arc::new(Waiter::default());
            queues.entry(place).or_default().push_back(waiter.clone());
            loop {
                queues = match deadline {
                    None => waiter.wake.wait(queues).unwrap_or_else(PoisonError::into_inner),
                    Some(deadline) => {
                        let left = deadline.saturating_duration_since(Instant::now());
                        let woken = waiter.wake.wait_timeout(queues, left);
                        woken.unwrap_or_else(PoisonError::into_inner).0
                    }
                };
                if waiter.notified.load(Ordering::Relaxed) {
                    return Ok(Wait::Ok);
                }
                if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                    if let Some(queue) = queues.get_mut(&place) {
                        queue.retain(|other| !Arc::ptr_eq(other, &waiter));
                        if queue.is_empty() {
                            queues.remove(&place);
                        }
                    }
                    return Ok(Wait::TimedOut);
                }
            }
        }

        /// Wakes up to `count` threads that wait at `place`; says how many.
        pub(in crate::machine) fn notify(&self, place: usize, count: u32) -> u32 {
            let mut queues = self.lock();
            let Some(queue) = queues.get_mut(&place) else { return 0 };
            let woken = queue.len().min(count as usize);
            for waiter in queue.drain(..woken) {
                waiter.notified.store(true, Ordering::Relaxed);
                waiter.wake.notify_one();
            }
            if queue.is_empty() {
                queues.remove(&place);
            }
            woken as u32
        }
    }
}
#[cfg(feature = "std")]
pub(super) use threads::Parking;

#[cfg(not(feature = "std"))]
use core::time::Duration;

/// Nobody ever waits.
#[cfg(not(feature = "std"))]
#[derive(Debug, Default)]
pub(super) struct Parking;

#[cfg(not(feature = "std"))]
impl Parking {
    /// Whether there is anything to wait for.
    pub(super) fn wait(
        &self,
        _place: usize,
        holds: impl FnOnce() -> bool,
        timeout: Option<Duration>,
    ) -> Result<Wait, TrapCode> {
        match timeout {
            _ if !holds() => Ok(Wait::Mismatch),
            Some(Duration::ZERO) => Ok(Wait::TimedOut),
            _ => Err(TrapCode::CannotWait),
        }
    }

    /// Wakes nobody.
    pub(super) fn notify(&self, _place: usize, _count: u32) -> u32 {
        0
    }
}
