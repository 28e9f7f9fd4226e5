//! Time spent, by the processor and by the clock on the wall.

use std::time::{Duration, Instant};

/// The time that this thread has spent on a processor, where the system counts it: what other programs take away in
/// the meantime does not count. Guests run on the thread that calls them, on every engine.
#[cfg(unix)]
fn now() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The time that has passed: the next best.
#[cfg(not(unix))]
fn now() -> Duration {
    use std::sync::OnceLock;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// What `work` returns, and the seconds that passed meanwhile: for work that several threads do.
pub(crate) fn time_on_the_wall<R>(work: impl FnOnce() -> R) -> (R, f64) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed().as_secs_f64())
}

/// What `work` returns, and the seconds it took this thread.
pub(crate) fn time<R>(work: impl FnOnce() -> R) -> (R, f64) {
    let start = now();
    let result = work();
    (result, (now() - start).as_secs_f64())
}
