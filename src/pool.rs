//! Threads that help another one with work that can be shared (feature `parallel-compilation`).
//!
//! A thread with such work offers it and then does it as if nobody came to help:
//!
//! ```text
//!   caller   offers ─ works ─── works ─── works ─ withdraws ─ waits ─ goes on
//!   helper             wakes up ─ works ─── works ─── works ────┘
//!   another                                          comes late, finds no offer
//! ```
//!
//! So nobody waits for a thread that has not begun: the machine may be busy, all threads may be helping others, or
//! there may be none (they cannot be started, or this process is a copy made by `fork`). When the caller goes on, no
//! helper holds on to anything of the caller's.
//!
//! The threads belong to the process. They start when they are first needed, sleep while there is nothing to do, and end
//! when that takes long. To fall asleep and to wake up takes tens of microseconds, so both sides look around for a moment
//! before they sleep, and let others run who want to.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use core::any::Any;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Sender, TryRecvError, channel};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Instant;

/// The most threads that there are, however many processors.
const MAX_THREADS: usize = 15;
/// How long a thread sleeps before it ends.
const PATIENCE: Duration = Duration::from_millis(if cfg!(test) { 20 } else { 5000 });

/// How long a thread without an offer looks for one before it sleeps.
const LOOK: Duration = Duration::from_micros(50);
/// How long a caller looks whether the last helper is done before it sleeps.
const WAIT: Duration = Duration::from_micros(30);

/// How many helpers can come at most.
pub(crate) fn helpers() -> usize {
    POOL.most()
}

/// Does `own` on this thread, while up to `helpers` others come to `help`: each does as much as it can get, until nothing
/// is left to begin. Those that came are done when this returns, and `help` is dropped.
///
/// # Panics
/// If `own` or a helper does.
pub(crate) fn share(helpers: usize, help: impl Fn() + Send + Sync + 'static, own: impl FnOnce()) {
    POOL.share(helpers, Arc::new(help), own);
}

static POOL: Pool = Pool::new();

type Help = Arc<dyn Fn() + Send + Sync>;
type Panic = Box<dyn Any + Send>;

/// An invitation of one helper.
struct Offer {
    help: Help,
    /// Whoever has it is a helper. It takes the panic if there is one.
    helper: Sender<Panic>,
}

struct State {
    offers: VecDeque<Offer>,
    /// How many threads there are.
    threads: usize,
    /// How many of them look for an offer, those included that have just been started.
    looking: usize,
    /// How many of them sleep, or have been woken and are not there yet.
    asleep: usize,
}

struct Pool {
    state: Mutex<State>,
    /// How many offers there are, for those who look.
    offers: AtomicUsize,
    /// Something was offered.
    offered: Condvar,
    /// How many threads there may be.
    most: OnceLock<usize>,
}

impl Pool {
    const fn new() -> Pool {
        let state = State { offers: VecDeque::new(), threads: 0, looking: 0, asleep: 0 };
        Pool {
            state: Mutex::new(state),
            offers: AtomicUsize::new(0),
            offered: Condvar::new(),
            most: OnceLock::new(),
        }
    }

    fn most(&self) -> usize {
        // The system is asked once: it reads files to find out.
        let available = || thread::available_parallelism().map_or(1, usize::from);
        *self.most.get_or_init(|| (available() - 1).min(MAX_THREADS))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that panics is done under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn share(&'static self, helpers: usize, help: Help, own: impl FnOnce()) {
        let (helper, panics) = channel();
        let offered = Offered { pool: self, help };
        self.offer(&offered.help, helper, helpers);
        own();
        drop(offered);
        // There is nothing more to receive once no helper is left.
        let end = Instant::now() + WAIT;
        let panic = loop {
            match panics.try_recv() {
                Err(TryRecvError::Empty) if Instant::now() < end => thread::yield_now(),
                Err(TryRecvError::Empty) => break panics.recv().ok(),
                Err(TryRecvError::Disconnected) => break None,
                Ok(panic) => break Some(panic),
            }
        };
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }

    /// Invites `count` helpers.
    fn offer(&'static self, help: &Help, helper: Sender<Panic>, count: usize) {
        let offers = (0..count).map(|_| Offer { help: help.clone(), helper: helper.clone() });
        let mut state = self.lock();
        state.offers.extend(offers);
        self.changed(&state);
        self.call(state);
    }

    /// Tells those who look how many offers there are.
    fn changed(&self, state: &State) {
        self.offers.store(state.offers.len(), Ordering::Relaxed);
    }

    /// Sees that there are threads to come for all offers.
    fn call(&'static self, mut state: MutexGuard<'_, State>) {
        let wanted = state.offers.len().saturating_sub(state.looking);
        let wake = wanted.min(state.asleep);
        let start = (wanted - wake).min(self.most().saturating_sub(state.threads));
        state.threads += start;
        state.looking += start;
        drop(state);
        for _ in 0..wake {
            self.offered.notify_one();
        }
        for _ in 0..start {
            let thread = thread::Builder::new().name("wasmote".into());
            if thread.spawn(|| self.run()).is_err() {
                let mut state = self.lock();
                state.threads -= 1;
                state.looking -= 1;
            }
        }
    }

    /// The life of a thread.
    fn run(&self) {
        while let Some(Offer { help, helper }) = self.next() {
            let helped = catch_unwind(AssertUnwindSafe(&*help));
            drop(help);
            if let Err(panic) = helped {
                // If the caller panicked, too, nobody is there to take it.
                let _ = helper.send(panic);
            }
            drop(helper);
            self.lock().looking += 1;
        }
    }

    /// The next offer, for a thread that looks; `None` if there was none for long.
    fn next(&self) -> Option<Offer> {
        let mut slept = false;
        loop {
            let end = Instant::now() + LOOK;
            while self.offers.load(Ordering::Relaxed) == 0 && !slept && Instant::now() < end {
                thread::yield_now();
            }
            let mut state = self.lock();
            state.looking -= 1;
            let offer = state.offers.pop_front();
            self.changed(&state);
            if offer.is_some() {
                return offer;
            }
            if slept {
                state.threads -= 1;
                return None;
            }
            state.asleep += 1;
            let woken = self.offered.wait_timeout(state, PATIENCE);
            let (mut state, timeout) = woken.unwrap_or_else(PoisonError::into_inner);
            state.asleep -= 1;
            state.looking += 1;
            slept = timeout.timed_out();
        }
    }
}

/// Work that is offered as long as this exists.
struct Offered {
    pool: &'static Pool,
    help: Help,
}

impl Drop for Offered {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        state.offers.retain(|offer| !Arc::ptr_eq(&offer.help, &self.help));
        self.pool.changed(&state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use std::sync::Barrier;

    /// A pool of its own for a test.
    fn pool(threads: usize) -> &'static Pool {
        let mut pool = Pool::new();
        pool.most = OnceLock::from(threads);
        Box::leak(Box::new(pool))
    }

    /// Shares work with `count` helpers that all come, at the same time: otherwise it waits forever.
    fn meet(pool: &'static Pool, count: usize) {
        let meeting = Arc::new(Barrier::new(count + 1));
        let theirs = meeting.clone();
        pool.share(
            count,
            Arc::new(move || {
                theirs.wait();
            }),
            || {
                meeting.wait();
            },
        );
        assert_eq!(Arc::strong_count(&meeting), 1);
    }

    fn panic_of(run: impl FnOnce()) -> &'static str {
        let panic = catch_unwind(AssertUnwindSafe(run)).expect_err("a panic");
        panic.downcast_ref::<&'static str>().expect("a message")
    }

    #[test]
    fn every_piece_is_done_once_and_nobody_holds_on_to_the_work() {
        let pool = pool(3);
        for _ in 0..200 {
            let pieces: Arc<[AtomicUsize]> = (0..100).map(|_| AtomicUsize::new(0)).collect();
            let next = Arc::new(AtomicUsize::new(0));
            let work = {
                let (pieces, next) = (pieces.clone(), next.clone());
                move || {
                    while let Some(piece) = pieces.get(next.fetch_add(1, Relaxed)) {
                        piece.fetch_add(1, Relaxed);
                    }
                }
            };
            pool.share(3, Arc::new(work.clone()), work);
            assert_eq!((Arc::strong_count(&pieces), Arc::strong_count(&next)), (1, 1));
            assert!(pieces.iter().all(|piece| piece.load(Relaxed) == 1));
        }
    }

    #[test]
    fn threads_start_when_they_are_needed_and_end_when_they_are_not() {
        let pool = pool(3);
        let threads = || pool.lock().threads;
        assert_eq!(threads(), 0);
        for count in [1, 3, 2] {
            meet(pool, count);
            assert!(threads() <= 3);
        }
        while threads() > 0 {
            thread::sleep(PATIENCE);
        }
        let state = pool.lock();
        assert_eq!((state.looking, state.asleep), (0, 0));
        drop(state);
        meet(pool, 2);
    }

    #[test]
    fn nobody_waits_for_who_has_not_begun() {
        // Nobody can come.
        let mut done = false;
        pool(0).share(2, Arc::new(|| unreachable!()), || done = true);
        assert!(done);
        // The only one that can is busy for longer.
        let pool = pool(1);
        let (begun, end) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
        let theirs = (begun.clone(), end.clone());
        let help = move || {
            theirs.0.wait();
            theirs.1.wait();
        };
        pool.share(1, Arc::new(help), || {
            begun.wait();
            let mut done = false;
            pool.share(1, Arc::new(|| unreachable!()), || done = true);
            assert!(done);
            end.wait();
        });
    }

    #[test]
    fn a_panic_of_a_helper_is_one_of_the_caller() {
        let pool = pool(2);
        let begun = Arc::new(Barrier::new(2));
        let theirs = begun.clone();
        let help = move || {
            theirs.wait();
            panic!("of a helper");
        };
        assert_eq!(
            panic_of(|| pool.share(1, Arc::new(help), || {
                begun.wait();
            })),
            "of a helper"
        );
        meet(pool, 2);
    }

    #[test]
    fn who_panics_withdraws_the_offer() {
        let pool = pool(2);
        let begun = Arc::new(Barrier::new(2));
        let theirs = begun.clone();
        let own = || {
            begun.wait();
            panic!("of the caller");
        };
        // The helper that has begun goes on.
        assert_eq!(
            panic_of(|| pool.share(
                1,
                Arc::new(move || {
                    theirs.wait();
                }),
                own
            )),
            "of the caller"
        );
        assert!(pool.lock().offers.is_empty());
        meet(pool, 2);
    }
}
