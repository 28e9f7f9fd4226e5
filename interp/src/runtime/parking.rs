//! Where threads wait for `memory.atomic.notify`: a queue per address, first come, first served.
//!
//! A waiting thread compares the memory with what it expects and joins the queue under one lock. A notifying
//! thread takes the same lock: if it writes first and then notifies, it wakes every thread that had read the old value.
//! Without `std` there are no threads to wake, and a wait can only find that there is nothing to wait for.

use super::Wait;
use crate::wasm::TrapCode;

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

    /// A place in a queue.
    #[derive(Debug)]
    pub(in crate::runtime) struct Ticket {
        place: usize,
        waiter: Arc<Waiter>,
        deadline: Option<Instant>,
    }

    type Queues = BTreeMap<usize, VecDeque<Arc<Waiter>>>;

    /// The threads that wait for one memory, by address.
    #[derive(Debug, Default)]
    pub(in crate::runtime) struct Parking {
        queues: Mutex<Queues>,
    }

    impl Parking {
        fn lock(&self) -> MutexGuard<'_, Queues> {
            // Nothing panics under the lock.
            self.queues.lock().unwrap_or_else(PoisonError::into_inner)
        }

        /// Joins the queue at `place` if `holds`, to wait for `timeout` at most.
        pub(in crate::runtime) fn join(
            &self,
            place: usize,
            holds: impl FnOnce() -> bool,
            timeout: Option<Duration>,
        ) -> Result<Result<Ticket, Wait>, TrapCode> {
            // A deadline that no clock can show is none.
            let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
            let mut queues = self.lock();
            if !holds() {
                return Ok(Err(Wait::Mismatch));
            }
            let waiter = Arc::new(Waiter::default());
            queues.entry(place).or_default().push_back(waiter.clone());
            Ok(Ok(Ticket { place, waiter, deadline }))
        }

        /// Waits until notified or out of time; or only for as long as `patience` says, then there is no answer.
        pub(in crate::runtime) fn wait(
            &self,
            ticket: &Ticket,
            patience: Option<Duration>,
        ) -> Option<Wait> {
            let Ticket { waiter, deadline, .. } = ticket;
            let until = patience.map(|patience| Instant::now() + patience);
            let mut queues = self.lock();
            loop {
                if waiter.notified.load(Ordering::Relaxed) {
                    return Some(Wait::Ok);
                }
                let now = Instant::now();
                if deadline.is_some_and(|deadline| now >= deadline) {
                    return Some(Wait::TimedOut);
                }
                if until.is_some_and(|until| now >= until) {
                    return None;
                }
                let first = [*deadline, until].into_iter().flatten().min();
                queues = match first {
                    None => waiter.wake.wait(queues).unwrap_or_else(PoisonError::into_inner),
                    Some(first) => {
                        let left = first.saturating_duration_since(now);
                        let woken = waiter.wake.wait_timeout(queues, left);
                        woken.unwrap_or_else(PoisonError::into_inner).0
                    }
                };
            }
        }

        /// Leaves the queue, if it was not notified.
        pub(in crate::runtime) fn leave(&self, ticket: &Ticket) {
            let mut queues = self.lock();
            if let Some(queue) = queues.get_mut(&ticket.place) {
                queue.retain(|other| !Arc::ptr_eq(other, &ticket.waiter));
                if queue.is_empty() {
                    queues.remove(&ticket.place);
                }
            }
        }

        /// Wakes up to `count` threads that wait at `place`; says how many.
        pub(in crate::runtime) fn notify(&self, place: usize, count: u32) -> u32 {
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
pub(super) use threads::{Parking, Ticket};

#[cfg(not(feature = "std"))]
use core::time::Duration;

/// Nobody ever waits.
#[cfg(not(feature = "std"))]
#[derive(Debug, Default)]
pub(super) struct Parking;

/// Nobody has one.
#[cfg(not(feature = "std"))]
#[derive(Debug)]
pub(super) enum Ticket {}

#[cfg(not(feature = "std"))]
impl Parking {
    /// Whether there is anything to wait for.
    pub(super) fn join(
        &self,
        _place: usize,
        holds: impl FnOnce() -> bool,
        timeout: Option<Duration>,
    ) -> Result<Result<Ticket, Wait>, TrapCode> {
        match timeout {
            _ if !holds() => Ok(Err(Wait::Mismatch)),
            Some(Duration::ZERO) => Ok(Err(Wait::TimedOut)),
            _ => Err(TrapCode::CannotWait),
        }
    }

    pub(super) fn wait(&self, ticket: &Ticket, _patience: Option<Duration>) -> Option<Wait> {
        match *ticket {}
    }

    pub(super) fn leave(&self, ticket: &Ticket) {
        match *ticket {}
    }

    /// Wakes nobody.
    pub(super) fn notify(&self, _place: usize, _count: u32) -> u32 {
        0
    }
}
