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

#[cfg(feature = "gc")]
use crate::ThrownException;
use crate::backtrace;
#[cfg(feature = "coredump")]
use crate::coredump;
use crate::externals::{grow_memory, grow_table};
use crate::poll::{GiveWay, now};
use crate::store::{CallHook, HostFunc, StoreInner, StoreOpaque};
#[cfg(feature = "async")]
use crate::store::{HostFuture, ScopedCaller};
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
        if !store.opaque.may_nest() {
            store.opaque.ensure_sync()?;
            return Err(refuse(&store.opaque, Trap::StackOverflow));
        }
        Call::enter(store, func)
    }

    #[inline]
    fn enter(store: &'a mut StoreInner<T>, func: FuncId) -> Result<Self> {
        let opaque = &mut store.opaque;
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

/// Adds to an error that is about to leave a call where it happened.
#[cold]
fn attach(store: &StoreOpaque, error: Error) -> Error {
    let error = backtrace::attach(store, error);
    #[cfg(feature = "coredump")]
    let error = coredump::attach(store, error);
    error
}

/// What becomes of an error in a call: if it is an exception that the guest catches, the guest goes on.
///
/// # Errors
/// That error, with where it happened.
#[cold]
fn catch(store: &mut StoreOpaque, error: Error) -> Result<()> {
    #[cfg(feature = "gc")]
    if error.is::<ThrownException>() && store.machine.throw_pending() {
        return Ok(());
    }
    Err(attach(store, error))
}

/// The error of a call that could not be begun.
#[cold]
fn refuse(store: &StoreOpaque, trap: Trap) -> Error {
    attach(store, trap.into())
}

/// Runs the call just begun until it is done; `outside` calls it, or the embedder.
#[inline]
fn run<T>(store: &mut StoreInner<T>, outside: Option<InstanceId>) -> Result<()> {
    store.call_hook(CallHook::CallingWasm)?;
    let outcome = run_guest(store, outside);
    // What it says counts more.
    store.call_hook(CallHook::ReturningFromWasm)?;
    outcome
}

fn run_guest<T>(store: &mut StoreInner<T>, outside: Option<InstanceId>) -> Result<()> {
    // Cloning an `Arc` is two atomic operations, a good part of what a host call costs. The function
    // called last is kept, so that a loop over one function pays once.
    let mut last: Option<(u32, Arc<HostFunc<T>>)> = None;
    loop {
        let outcome = match store.opaque.machine.run() {
            Exit::Done => return Ok(()),
            Exit::Host { host } => {
                let function = match &last {
                    Some((number, function)) if *number == host => function,
                    _ => &last.insert((host, store.host_func(host).clone())).1,
                };
                let caller = store.opaque.machine.caller().or(outside);
                call_host(store, caller, function)
            }
            exit => serve_now(store, exit),
        };
        if let Err(error) = outcome {
            catch(&mut store.opaque, error)?;
        }
    }
}

/// Where an asynchronous call stops that [`advance`] has run.
#[cfg(feature = "async")]
enum Stop {
    /// It is done.
    Done,
    /// It calls a host function of this number that may have to wait; so does this instance, or the embedder.
    Await(u32, Option<InstanceId>),
    /// Something is to be served.
    Serve(Exit),
}

/// Runs an asynchronous call as far as it goes by itself and by host functions that give no futures: as [`run`], which is a
/// loop of its own, since every call pays for it.
#[cfg(feature = "async")]
fn advance<T>(store: &mut StoreInner<T>, outside: Option<InstanceId>) -> Result<Stop> {
    let mut last: Option<(u32, Arc<HostFunc<T>>)> = None;
    loop {
        match store.opaque.machine.run() {
            Exit::Done => return Ok(Stop::Done),
            Exit::Host { host } => {
                let caller = store.opaque.machine.caller().or(outside);
                let function = match &last {
                    Some((number, function)) if *number == host => function,
                    _ if store.host_func(host).as_async().is_some() || store.hook_may_wait() => {
                        return Ok(Stop::Await(host, caller));
                    }
                    _ => &last.insert((host, store.host_func(host).clone())).1,
                };
                if let Err(error) = call_host(store, caller, function) {
                    catch(&mut store.opaque, error)?;
                }
            }
            exit => return Ok(Stop::Serve(exit)),
        }
    }
}

/// A call in progress whose guest may wait. It holds nothing of the guest but its place in the machine, so dropping it
/// abandons the guest.
#[cfg(feature = "async")]
pub(crate) struct AsyncCall<'a, T: 'static>(Call<'a, T>);

#[cfg(feature = "async")]
impl<'a, T> AsyncCall<'a, T> {
    /// Begins a call of `func`, whose arguments are to be put into the machine's area.
    ///
    /// # Errors
    /// If calls are nested too deeply, or the function's frame has no room.
    pub(crate) fn begin(store: &'a mut StoreInner<T>, func: FuncId) -> Result<Self> {
        if !store.opaque.may_nest_async() {
            return Err(refuse(&store.opaque, Trap::StackOverflow));
        }
        Ok(AsyncCall(Call::enter(store, func)?))
    }

    /// The store.
    pub(crate) fn store(&mut self) -> &mut StoreOpaque {
        &mut self.0.store.opaque
    }

    /// Runs the call; its results are in the machine's area then. `outside` calls it, or the embedder.
    ///
    /// # Errors
    /// As [`call`].
    pub(crate) async fn run(&mut self, outside: Option<InstanceId>) -> Result<()> {
        self.0.store.call_hook_async(CallHook::CallingWasm).await?;
        let outcome = self.run_guest(outside).await;
        self.0.store.call_hook_async(CallHook::ReturningFromWasm).await?;
        outcome
    }

    async fn run_guest(&mut self, outside: Option<InstanceId>) -> Result<()> {
        loop {
            let outcome = match advance(self.0.store, outside)? {
                Stop::Done => return Ok(()),
                Stop::Await(host, caller) => call_hooked_host(self.0.store, host, caller).await,
                Stop::Serve(exit) => serve(self.0.store, exit, true).await,
            };
            if let Err(error) = outcome {
                catch(self.store(), error)?;
            }
        }
    }
}

/// Calls a host function that gives a future.
#[cfg(feature = "async")]
fn call_async_host<T>(
    store: &mut StoreInner<T>,
    host: u32,
    caller: Option<InstanceId>,
) -> HostFuture<'_> {
    let call = store.host_func(host).as_async().expect("it gives a future").clone();
    call.call(ScopedCaller::new(Caller::new(store, caller)))
}

/// Calls a host function that gives a future, or whose hook may have to wait, between calls of the hook.
#[cfg(all(feature = "async", feature = "call-hook"))]
async fn call_hooked_host<T>(
    store: &mut StoreInner<T>,
    host: u32,
    caller: Option<InstanceId>,
) -> Result<()> {
    store.call_hook_async(CallHook::CallingHost).await?;
    let outcome = if store.host_func(host).as_async().is_some() {
        call_async_host(store, host, caller).await
    } else {
        let function = store.host_func(host).clone();
        call_host_unhooked(store, caller, &function)
    };
    store.call_hook_async(CallHook::ReturningFromHost).await?;
    outcome
}

/// Without hooks nothing is to be done in between, and the future need not be one of another.
#[cfg(all(feature = "async", not(feature = "call-hook")))]
use call_async_host as call_hooked_host;

#[inline]
fn call_host<T>(
    store: &mut StoreInner<T>,
    caller: Option<InstanceId>,
    function: &HostFunc<T>,
) -> Result<()> {
    store.call_hook(CallHook::CallingHost)?;
    let outcome = call_host_unhooked(store, caller, function);
    store.call_hook(CallHook::ReturningFromHost)?;
    outcome
}

#[inline]
fn call_host_unhooked<T>(
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

/// Serves the exits that are not calls of host functions, in a call that does not wait. (Apart from the loop, whose frame
/// would have to be as large as all that may wait.)
#[cold]
#[inline(never)]
fn serve_now<T>(store: &mut StoreInner<T>, exit: Exit) -> Result<()> {
    now(serve(store, exit, false))
}

/// Serves the exits that are not calls of host functions. Waits only if it `may_wait`.
async fn serve<T>(store: &mut StoreInner<T>, exit: Exit, may_wait: bool) -> Result<()> {
    match exit {
        Exit::MemoryGrow { memory, delta } => {
            let (opaque, limiter) = store.opaque_and_limiter_if(may_wait)?;
            let old = grow_memory(opaque, limiter, memory, delta).await?;
            opaque.machine.answer(old);
        }
        Exit::TableGrow { table, delta, init } => {
            let (opaque, limiter) = store.opaque_and_limiter_if(may_wait)?;
            match grow_table(opaque, limiter, table, delta, 0).await? {
                Some(old) => opaque.machine.answer_and_fill(old, table, init),
                None => opaque.machine.answer(None),
            }
        }
        Exit::Translate { instance, func } => store.opaque.module(instance).translate(func)?,
        #[cfg(feature = "gc")]
        Exit::Collect { bytes } => store.make_room(bytes, may_wait).await?,
        Exit::Epoch => {
            store.opaque.collect_in_zeal();
            store.epoch_deadline_reached(may_wait).await?;
        }
        Exit::OutOfFuel => {
            store.opaque.collect_in_zeal();
            store.out_of_fuel(may_wait).await?;
        }
        Exit::Yield if may_wait => GiveWay::default().await,
        // A host function has asked for yields in the middle of a call that cannot.
        Exit::Yield => {}
        Exit::Trap(code @ TrapCode::CannotWait) => {
            let error = Error::from(Trap::from(code));
            return Err(
                error.context("a wait would block, which needs the feature `std` of wasmote")
            );
        }
        #[cfg(feature = "gc")]
        Exit::Thrown => return Err(ThrownException.into()),
        Exit::Trap(code) => return Err(Trap::from(code).into()),
        Exit::Done | Exit::Host { .. } => unreachable!("served by the loop"),
    }
    Ok(())
}
