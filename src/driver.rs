//! The driver: the one loop that enters the machine and serves its exits.
//!
//! ```text
//!   call ──► begin ──► write arguments ──► run ◄─────────────┐
//!                                           │                │
//!                   ┌──────────┬────────────┼──────────┐     │
//!                  Done      Trap         Host       grow, ──┘
//!                   │          │            │       translate
//!             read results  backtrace   closure ─ Ok ──► run
//!                   │          │            └──── Err ──► error
//!                   └──────► end ◄──────────────────────────┘
//! ```
//!
//! Everything that a handler of the machine may not do happens here, in safe code, while no handler
//! runs: so a host function gets the whole store, and its panics unwind through ordinary frames. `end`
//! is called by a guard, so the store is usable after a panic too.

use alloc::sync::Arc;

use wasmote_interp::{Exit, FuncId, InstanceId, TrapCode};

use crate::backtrace;
use crate::externals::{grow_memory, grow_table};
use crate::store::{HostFunc, StoreInner, StoreOpaque};
use crate::{Caller, Error, Result, Trap};

/// Calls `func`: `write` puts the arguments into the machine's area, `read` takes the results.
///
/// # Errors
/// The trap, or the error of a host function, with a backtrace as its context.
#[inline]
pub(crate) fn call<T, R>(
    store: &mut StoreInner<T>,
    func: FuncId,
    write: impl FnOnce(&mut StoreOpaque),
    read: impl FnOnce(&mut StoreOpaque) -> R,
) -> Result<R> {
    let write = |store: &mut StoreOpaque| {
        write(store);
        Ok(())
    };
    try_call(store, func, write, read)
}

/// The same with arguments that may turn out not to be usable.
///
/// # Errors
/// That of `write`, and as [`call`].
#[inline]
pub(crate) fn try_call<T, R>(
    store: &mut StoreInner<T>,
    func: FuncId,
    write: impl FnOnce(&mut StoreOpaque) -> Result<()>,
    read: impl FnOnce(&mut StoreOpaque) -> R,
) -> Result<R> {
    let call = Call::begin(store, func)?;
    write(&mut call.store.opaque)?;
    run(call.store, None)?;
    Ok(read(&mut call.store.opaque))
}

/// Calls `func`, the start function of `instance`. If it is one of the host, its caller is the instance.
///
/// # Errors
/// As [`call`].
pub(crate) fn call_start<T>(
    store: &mut StoreInner<T>,
    instance: InstanceId,
    func: FuncId,
) -> Result<()> {
    let call = Call::begin(store, func)?;
    run(call.store, Some(instance))
}

/// A call in progress; ends it when dropped, however that comes about.
struct Call<'a, T: 'static> {
    store: &'a mut StoreInner<T>,
    /// The machine's depth before the call.
    depth: usize,
}

impl<'a, T> Call<'a, T> {
    #[inline]
    fn begin(store: &'a mut StoreInner<T>, func: FuncId) -> Result<Self> {
        let opaque = &mut store.opaque;
        if !opaque.may_nest() {
            return Err(refuse(opaque, Trap::StackOverflow));
        }
        match opaque.machine.begin(func) {
            Ok(depth) => {
                opaque.depth += 1;
                Ok(Call { store, depth })
            }
            Err(code) => Err(refuse(opaque, code.into())),
        }
    }
}

impl<T> Drop for Call<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.store.opaque.depth -= 1;
        self.store.opaque.machine.end(self.depth);
    }
}

/// The error of a call that could not be begun.
#[cold]
fn refuse(store: &StoreOpaque, trap: Trap) -> Error {
    backtrace::attach(store, trap.into())
}

/// Runs the call just begun until it is done; `outside` calls it, or the embedder.
fn run<T>(store: &mut StoreInner<T>, outside: Option<InstanceId>) -> Result<()> {
    // Cloning an `Arc` is two atomic operations, a good part of what a host call costs. The function
    // called last is kept, so that a loop over one function pays once.
    let mut last: Option<(u32, Arc<HostFunc<T>>)> = None;
    loop {
        match store.opaque.machine.run() {
            Exit::Done => return Ok(()),
            Exit::Host { host } => {
                let function = match &last {
                    Some((number, function)) if *number == host => function,
                    _ => &last.insert((host, store.host_func(host).clone())).1,
                };
                let caller = store.opaque.machine.caller().or(outside);
                if let Err(error) = call_host(store, caller, function) {
                    return Err(backtrace::attach(&store.opaque, error));
                }
            }
            exit => {
                if let Err(error) = serve(store, exit) {
                    return Err(backtrace::attach(&store.opaque, error));
                }
            }
        }
    }
}

#[inline]
fn call_host<T>(
    store: &mut StoreInner<T>,
    caller: Option<InstanceId>,
    function: &HostFunc<T>,
) -> Result<()> {
    // References that the closure roots are valid until it returns.
    let scope = store.opaque.roots.enter();
    let result = function.call(Caller::new(store, caller));
    store.opaque.roots.exit(scope);
    result
}

/// Serves the exits that are not calls of host functions.
#[cold]
fn serve<T>(store: &mut StoreInner<T>, exit: Exit) -> Result<()> {
    match exit {
        Exit::MemoryGrow { memory, delta } => {
            let (opaque, limiter) = store.opaque_and_limiter();
            let old = grow_memory(opaque, limiter, memory, delta)?;
            opaque.machine.answer(old);
        }
        Exit::TableGrow { table, delta, init } => {
            let (opaque, limiter) = store.opaque_and_limiter();
            match grow_table(opaque, limiter, table, delta, 0)? {
                Some(old) => opaque.machine.answer_and_fill(old, table, init),
                None => opaque.machine.answer(None),
            }
        }
        Exit::Translate { instance, func } => store.opaque.module(instance).translate(func)?,
        Exit::Epoch => store.epoch_deadline_reached()?,
        Exit::Trap(code @ TrapCode::CannotWait) => {
            let error = Error::from(Trap::from(code));
            return Err(
                error.context("a wait would block, which needs the feature `std` of wasmote")
            );
        }
        Exit::Trap(code) => return Err(Trap::from(code).into()),
        Exit::Done | Exit::Host { .. } => unreachable!("served by the loop"),
    }
    Ok(())
}
