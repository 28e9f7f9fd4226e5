//! The functions of a module: validated, and translated if their code is wanted.
//!
//! They do not depend on each other, so several threads can share the work (feature `parallel-compilation`):
//!
//! ```text
//!   bodies:   | 0 .. 15 | 16 .. 31 | 32 .. 47 | ...      a counter says which chunk is next
//!                  │          │          │
//!   threads:   this one    second    this one            each with a workspace of its own
//! ```
//!
//! Chunks are given away in order, and a chunk is gone through up to its first error. So everything before an error
//! is looked at, and the first of the errors found is the one that a single thread stops at.

use alloc::vec::Vec;
use core::mem;
use core::ops::Range;

use wasmote_interp::{FuncCode, ModuleInfo};
use wasmparser::{
    BinaryReader, FuncToValidate, FunctionBody, ValidatorResources, WasmModuleResources,
};

use super::lazy::Workspace;
use super::{translation_error, validate};
use crate::{Engine, Result};

/// The bodies of a code section, as far as it was read.
#[derive(Default)]
pub(super) struct Bodies {
    /// Where they lie in the bytes of the module.
    pub(super) ranges: Vec<Range<u32>>,
    /// What they are validated with; `None` before there is a body.
    pub(super) resources: Option<ValidatorResources>,
    /// The index of the first function.
    first: u32,
}

impl Bodies {
    pub(super) fn push(
        &mut self,
        func: FuncToValidate<ValidatorResources>,
        body: &FunctionBody<'_>,
    ) {
        let range = body.range();
        self.ranges.push(range.start as u32..range.end as u32);
        if self.resources.is_none() {
            self.first = func.index;
            self.resources = Some(func.resources);
        }
    }

    /// Validates the functions, and translates them if there is an `info` to do it with; `bytes` are those
    /// of the whole module. The codes come with the indices of their functions, in any order.
    ///
    /// # Errors
    /// That of the first function that is not valid, or exceeds a limit of this implementation.
    pub(super) fn compile(
        &self,
        engine: &Engine,
        bytes: &[u8],
        info: Option<&ModuleInfo>,
    ) -> Result<Vec<(u32, FuncCode)>> {
        let Some(resources) = &self.resources else { return Ok(Vec::new()) };
        let job = Job { engine, bytes, bodies: self, resources, info };
        #[cfg(feature = "parallel-compilation")]
        if let Some(threads) = parallel::threads(&job) {
            return parallel::run(&job, threads);
        }
        let mut codes = Vec::with_capacity(if info.is_some() { self.ranges.len() } else { 0 });
        let mut workspace = engine.workspaces().take();
        for at in 0..self.ranges.len() {
            codes.extend(job.function(at, &mut workspace)?);
        }
        engine.workspaces().put(workspace);
        Ok(codes)
    }
}

/// The functions to compile, as all threads see them.
struct Job<'a> {
    engine: &'a Engine,
    bytes: &'a [u8],
    bodies: &'a Bodies,
    resources: &'a ValidatorResources,
    info: Option<&'a ModuleInfo>,
}

impl Job<'_> {
    /// Validates function `at` of the code section, and translates it if that is wanted.
    fn function(&self, at: usize, workspace: &mut Workspace) -> Result<Option<(u32, FuncCode)>> {
        let range = &self.bodies.ranges[at];
        workspace.largest = workspace.largest.max(range.len());
        let index = self.bodies.first + at as u32;
        let features = self.engine.features();
        let body = body(self.bytes, range.start as usize..range.end as usize, self.engine);
        let ty = self.resources.type_index_of_function(index).expect("a function has a type");
        let func = FuncToValidate { resources: self.resources.clone(), index, ty, features };
        let mut validator = func.into_validator(mem::take(&mut workspace.buffers));
        let code = match self.info {
            None => {
                validate::function(&mut validator, &body)?;
                None
            }
            Some(info) => {
                let translator = &mut workspace.translator;
                let code = translator.translate(info, index, body, Some(&mut validator));
                Some((index, code.map_err(translation_error)?))
            }
        };
        workspace.buffers = validator.into_allocations();
        Ok(code)
    }
}

/// The function body at `range` of a module's bytes.
pub(super) fn body<'a>(bytes: &'a [u8], range: Range<usize>, engine: &Engine) -> FunctionBody<'a> {
    let offset = range.start as u64;
    FunctionBody::new(BinaryReader::new_features(&bytes[range], offset, engine.features()))
}

#[cfg(feature = "parallel-compilation")]
mod parallel {
    use alloc::vec::Vec;
    use core::sync::atomic::{AtomicUsize, Ordering};
    use std::panic::resume_unwind;
    use std::sync::OnceLock;
    use std::thread;

    use wasmote_interp::FuncCode;

    use super::Job;
    use crate::{Error, Result};

    /// Functions in a chunk: so many that threads seldom meet, so few that all are done at about the same time.
    const MAX_CHUNK: usize = 16;
    /// Chunks for each thread, if there are enough functions.
    const MIN_CHUNKS: usize = 8;
    /// Bytes of code that are worth a thread: to translate or validate them takes a third of a millisecond.
    /// With half as many there is still something to win, but on a busy machine, where a thread waits for
    /// its turn, more to lose.
    const WORTH_TRANSLATING: usize = 16 * 1024;
    const WORTH_VALIDATING: usize = 64 * 1024;
    /// The most threads that work on one module.
    const MAX_THREADS: usize = 16;

    /// How many threads to share the work among, if it is worth more than this one.
    pub(super) fn threads(job: &Job<'_>) -> Option<usize> {
        if !job.engine.config().get_parallel_compilation() {
            return None;
        }
        let ranges = &job.bodies.ranges;
        let bytes = ranges.last()?.end as usize - ranges.first()?.start as usize;
        let worth = if job.info.is_some() { WORTH_TRANSLATING } else { WORTH_VALIDATING };
        let most = MAX_THREADS.min(bytes / worth).min(ranges.len());
        if most < 2 {
            return None;
        }
        // The system is asked once: it reads files to find out.
        static AVAILABLE: OnceLock<usize> = OnceLock::new();
        let available =
            *AVAILABLE.get_or_init(|| thread::available_parallelism().map_or(1, Into::into));
        Some(most.min(available)).filter(|threads| *threads > 1)
    }

    /// Shares the work among `threads` threads, this one included, or as many as can be started.
    pub(super) fn run(job: &Job<'_>, threads: usize) -> Result<Vec<(u32, FuncCode)>> {
        let work = Work {
            job,
            chunk: (job.bodies.ranges.len() / (threads * MIN_CHUNKS)).clamp(1, MAX_CHUNK),
            next: AtomicUsize::new(0),
            failed: AtomicUsize::new(usize::MAX),
        };
        let parts = thread::scope(|scope| {
            let spawn = |_| thread::Builder::new().spawn_scoped(scope, || work.run());
            let others: Vec<_> = (1..threads).map_while(|n| spawn(n).ok()).collect();
            let mut parts = Vec::from([work.run()]);
            for other in others {
                parts.push(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
            }
            parts
        });
        let mut codes = Vec::with_capacity(parts.iter().map(|part| part.codes.len()).sum());
        let mut failure: Option<(usize, Error)> = None;
        for part in parts {
            codes.extend(part.codes);
            failure = [failure, part.failure].into_iter().flatten().min_by_key(|(at, _)| *at);
        }
        match failure {
            Some((_, error)) => Err(error),
            None => Ok(codes),
        }
    }

    /// The work that is left.
    struct Work<'a> {
        job: &'a Job<'a>,
        /// Functions in a chunk.
        chunk: usize,
        /// The next chunk to give away.
        next: AtomicUsize,
        /// A function that failed; what comes after it need not be looked at.
        failed: AtomicUsize,
    }

    /// What one thread did.
    #[derive(Default)]
    struct Part {
        codes: Vec<(u32, FuncCode)>,
        /// The function that it stopped at and why.
        failure: Option<(usize, Error)>,
    }

    impl Work<'_> {
        fn run(&self) -> Part {
            let mut part = Part::default();
            let workspaces = self.job.engine.workspaces();
            let mut workspace = workspaces.take();
            let all = self.job.bodies.ranges.len();
            loop {
                let start = self.next.fetch_add(1, Ordering::Relaxed) * self.chunk;
                if start >= all || start > self.failed.load(Ordering::Relaxed) {
                    workspaces.put(workspace);
                    return part;
                }
                for at in start..all.min(start + self.chunk) {
                    match self.job.function(at, &mut workspace) {
                        Ok(code) => part.codes.extend(code),
                        Err(error) => {
                            self.failed.fetch_min(at, Ordering::Relaxed);
                            part.failure = Some((at, error));
                            return part;
                        }
                    }
                }
            }
        }
    }
}
