//! Functions that several threads compile (feature `parallel-compilation`).
//!
//! ```text
//!   bodies:  | 0 .. 17 | 18 | 19 .. 40 | 41 .. 52 | ...     parts of about the same size in bytes, smaller towards the end
//!                 │       │      │          │
//!   threads:   this one   │   this one      │               each takes the next part, and has a workspace of its own
//!                        helper          helper
//! ```
//!
//! A function that is larger than a part is begun first, so that nobody has to wait for it in the end.
//! Each part is checked up to its first error, unless an error in an earlier function is already known. So everything
//! before an error is checked, and the earliest error found is the one at which a single thread would stop.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::ops::Range;
use core::sync::atomic::{AtomicUsize, Ordering};

use wasmote_interp::TranslateError;

use super::compile::{Failure, Job};
use crate::pool;
use crate::sync::RwLock;

/// Bytes of code that are worth a thread. With twice as many, which is the least that is shared, there is something to win
/// even if the helper has to be woken up: a third of the time of translation, some percent of that of validation.
const WORTH_TRANSLATING: usize = 4 * 1024;
const WORTH_VALIDATING: usize = 12 * 1024;
/// Parts for each thread of what is left.
const PARTS: usize = 4;
/// Bytes in a part.
const MIN_PART: usize = 512;
const MAX_PART: usize = 32 * 1024;

/// How many threads should help, if the work is worth more than this one.
pub(super) fn helpers(job: &Job) -> Option<usize> {
    if !job.engine.config().get_parallel_compilation() {
        return None;
    }
    let worth = if job.code.is_some() { WORTH_TRANSLATING } else { WORTH_VALIDATING };
    let worthwhile = (job.bodies.span().len() / worth).min(job.bodies.ranges.len());
    Some(worthwhile.checked_sub(1)?.min(pool::helpers())).filter(|helpers| *helpers > 0)
}

/// Does the job on this thread and up to `helpers` others; `bytes` are those of the whole module.
pub(super) fn run(job: Job, bytes: &[u8], helpers: usize) -> Result<Job, Failure> {
    let code = &bytes[job.bodies.span()];
    let shared = Arc::new(Shared {
        parts: parts(&job.bodies.ranges, helpers + 1),
        job,
        code: code.into(),
        next: AtomicUsize::new(0),
        failed: AtomicUsize::new(usize::MAX),
        failure: RwLock::default(),
    });
    let theirs = shared.clone();
    pool::share(helpers, move || theirs.work(&theirs.code), || shared.work(code));
    let shared = Arc::into_inner(shared).expect("helpers have let go of it");
    match shared.failure.into_inner() {
        Some(failure) => Err(failure),
        None => Ok(shared.job),
    }
}

/// The functions in parts, in the order in which they are begun.
fn parts(ranges: &[Range<u32>], threads: usize) -> Box<[Range<usize>]> {
    let size = |part: &Range<usize>| (ranges[part.end - 1].end - ranges[part.start].start) as usize;
    let mut left = size(&(0..ranges.len()));
    let mut parts = Vec::new();
    let mut part = 0..0;
    for at in 0..ranges.len() {
        part.end = at + 1;
        let size = size(&part);
        if size >= (left / (threads * PARTS)).clamp(MIN_PART, MAX_PART) || part.end == ranges.len()
        {
            left -= size.min(left);
            parts.push(part.clone());
            part.start = part.end;
        }
    }
    parts.sort_by_key(|part| Reverse(size(part)));
    parts.into()
}

/// The work, as all threads see it.
struct Shared {
    job: Job,
    /// The bytes of the bodies, for helpers.
    code: Box<[u8]>,
    parts: Box<[Range<usize>]>,
    /// The next part to begin.
    next: AtomicUsize,
    /// The first function that failed so far; what comes after it need not be looked at.
    failed: AtomicUsize,
    /// The same, and why.
    failure: RwLock<Option<Failure>>,
}

impl Shared {
    /// Does part after part until none is left; `code` are the bytes of the bodies.
    fn work(&self, code: &[u8]) {
        let workspaces = self.job.engine.workspaces();
        let mut workspace = workspaces.take();
        while let Some(part) = self.parts.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            for at in part.clone() {
                if at > self.failed.load(Ordering::Relaxed) {
                    break;
                }
                if let Err(reason) = self.job.function(at, code, &mut workspace) {
                    self.fail(at, reason);
                    break;
                }
            }
        }
        workspaces.put(workspace);
    }

    #[cold]
    fn fail(&self, at: usize, reason: TranslateError) {
        let mut failure = self.failure.write();
        if failure.as_ref().is_none_or(|first| at < first.at) {
            *failure = Some(Failure { at, reason });
            self.failed.fetch_min(at, Ordering::Relaxed);
        }
    }
}
