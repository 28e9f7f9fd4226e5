//! `density`: guests that wait in an asynchronous host call, thousands in one process, each in a store of its own; and guests
//! that live for one call. Times are of the thread, the best of some rounds; bytes are those of the allocator, which only
//! a build with the feature `heap` counts (and without `mmap`, so that it sees memories).

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

#[cfg(feature = "wasmtime")]
use ::wasmote::format_err;
use ::wasmote::{
    Caller, Engine, Linker, Module, Result, Store, ToWasmtimeResult, Val, bail, ensure,
};

use crate::clock;
use crate::engines::{EngineId, Mode};

const PARKED: &[u8] = include_bytes!("../../guests/wasm/parked.wasm");

/// Options of `density`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many guests are parked.
    #[arg(long, default_value_t = 10_000)]
    guests: u32,

    /// How many stores live for one call, one after the other.
    #[arg(long, default_value_t = 100_000)]
    stores: u32,
}

/// What `work` returns and the seconds it takes for each of `count`, at best of five rounds.
fn best<R>(count: u32, mut work: impl FnMut() -> Result<R>) -> Result<(R, f64)> {
    let (mut last, mut least) = (None, f64::MAX);
    for _ in 0..5 {
        drop(last.take());
        let (result, time) = clock::time(&mut work);
        last = Some(result?);
        least = least.min(time / f64::from(count));
    }
    Ok((last.expect("there were rounds"), least))
}

/// Heap in use.
fn heap() -> Option<usize> {
    #[cfg(feature = "heap")]
    return Some(super::memory::HEAP.current_usage());
    #[cfg(not(feature = "heap"))]
    None
}

/// Waits for the next poll, then gives what it is given.
async fn park(value: i32) -> i32 {
    let mut polled = false;
    poll_fn(
        |_| if std::mem::replace(&mut polled, true) { Poll::Ready(value) } else { Poll::Pending },
    )
    .await
}

/// Parks guests of one of the engines with this API, in a module of its name.
macro_rules! parks {
    ($engine:ident) => {
        mod $engine {
            use std::future::Future;
            use std::pin::Pin;
            use std::task::{Context, Waker};

            use ::$engine::{Engine, InstancePre, Linker, Module, Result, Store, ensure};

            use super::{PARKED, clock, heap, park, resident};

            /// A guest in a store of its own.
            type Parked = Pin<Box<dyn Future<Output = Result<i32>> + Send>>;

            async fn guest(engine: Engine, pre: InstancePre<()>) -> Result<i32> {
                let mut store = Store::new(&engine, ());
                let instance = pre.instantiate_async(&mut store).await?;
                let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
                run.call_async(&mut store, 1).await
            }

            pub(super) fn parked(count: u32) -> Result<()> {
                let engine = Engine::default();
                let mut linker = Linker::new(&engine);
                linker.func_wrap_async("host", "park", |_, (n,): (i32,)| Box::new(park(n)))?;
                let pre = linker.instantiate_pre(&Module::new(&engine, PARKED)?)?;
                let mut context = Context::from_waker(Waker::noop());
                let before = (heap(), resident());
                let mut guests: Vec<Parked> = Vec::with_capacity(count as usize);
                let (mut make, mut bytes, mut pages) = (f64::MAX, None, None);
                for _ in 0..5 {
                    guests.clear();
                    let (made, time) = clock::time(|| -> Result<()> {
                        for _ in 0..count {
                            let mut parked: Parked = Box::pin(guest(engine.clone(), pre.clone()));
                            let waits = parked.as_mut().poll(&mut context).is_pending();
                            ensure!(waits, "a guest is done already");
                            guests.push(parked);
                        }
                        Ok(())
                    });
                    made?;
                    make = f64::min(make, time / f64::from(count));
                    let each = |now: usize, before| now.saturating_sub(before) as f64 / f64::from(count);
                    bytes = before.0.zip(heap()).map(|(before, now)| each(now, before));
                    // Later rounds find pages that earlier ones have left.
                    pages = pages.or(before.1.zip(resident()).map(|(before, now)| each(now, before)));
                }
                println!(
                    "{count} guests on {} parked in an asynchronous host call, each in a store of its own",
                    stringify!($engine)
                );
                println!("{:10.2} us to make one from an `InstancePre`, and run it until it waits", make * 1e6);
                if let Some(bytes) = bytes {
                    println!("{:10.0} bytes of the heap for each beyond the 65,536 of its memory", bytes - 65_536.0);
                }
                if let Some(pages) = pages {
                    println!("{pages:10.0} bytes in pages of the system for each, with all that it has");
                }
                let mut resume = f64::MAX;
                for _ in 0..5 {
                    let (waits, time) = clock::time(|| {
                        guests.iter_mut().all(|parked| parked.as_mut().poll(&mut context).is_pending())
                    });
                    ensure!(waits, "a guest is done");
                    resume = resume.min(time / f64::from(count));
                }
                println!("{:10.2} us to resume one, until it waits again\n", resume * 1e6);
                Ok(())
            }
        }
    };
}

parks!(wasmote);
#[cfg(feature = "wasmtime")]
parks!(wasmtime);

/// Pages that the process has, in bytes.
fn resident() -> Option<usize> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(statm.split(' ').nth(1)?.parse::<usize>().ok()? * 4096)
}

/// Runs `density`.
///
/// # Errors
///
/// If a guest fails.
pub(crate) fn run(args: &Args) -> Result<()> {
    wasmote::parked(args.guests)?;
    #[cfg(feature = "wasmtime")]
    wasmtime::parked(args.guests).map_err(|error| format_err!("{error:#}"))?;
    served(args.stores)?;
    ready(&Engine::default())
}

fn served(count: u32) -> Result<()> {
    let engine = EngineId::Wasmote.start(Mode::Eager).to_wasmtime_result()?;
    let mut server = engine.server().to_wasmtime_result()?.expect("wasmote has one");
    let mut serve = |n| server(n).to_wasmtime_result();
    ensure!(serve(1)? == 1 + i32::from(b'w'), "the guest answers something else");
    let before = heap();
    let ((), time) = best(count, || (0..count.cast_signed()).try_for_each(|n| serve(n).map(drop)))?;
    println!("{count} stores, each with an instance and one call, one after the other");
    println!("{:10.0} stores a second", 1.0 / time);
    if let (Some(before), Some(now)) = (before, heap()) {
        println!("{:10} bytes more in use afterwards", now as i64 - before as i64);
    }
    Ok(())
}

/// What an asynchronous host function costs that is ready at once.
fn ready(engine: &Engine) -> Result<()> {
    const CALLS: u32 = 1_000_000;
    let module = Module::new(engine, PARKED)?;
    let count = |n: i32| if n < CALLS.cast_signed() { n + 1 } else { -1 };
    let mut linker = Linker::new(engine);
    linker.func_wrap("host", "park", move |_: Caller<'_, ()>, n: i32| count(n))?;
    let mut store = Store::new(engine, ());
    let instance = linker.instantiate(&mut store, &module)?;
    let run = instance.get_func(&mut store, "run").expect("it is exported");
    let (_, sync) = best(CALLS, || run.call(&mut store, &[Val::I32(0)], &mut [Val::I32(0)]))?;

    let mut linker = Linker::new(engine);
    linker.func_wrap_async("host", "park", move |_, (n,): (i32,)| {
        Box::new(async move { count(n) })
    })?;
    let mut store = Store::new(engine, ());
    let mut context = Context::from_waker(Waker::noop());
    let pre = linker.instantiate_pre(&module)?;
    let mut now = |future: &mut (dyn Future<Output = Result<i32>> + Unpin)| match Pin::new(future)
        .poll(&mut context)
    {
        Poll::Ready(result) => result,
        Poll::Pending => bail!("it waits"),
    };
    let run = {
        let mut made = Box::pin(async {
            let instance = pre.instantiate_async(&mut store).await?;
            instance.get_typed_func::<i32, i32>(&mut store, "run")
        });
        match made.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(run) => run?,
            Poll::Pending => bail!("instantiation waits"),
        }
    };
    let (_, ready) = best(CALLS, || now(&mut Box::pin(run.call_async(&mut store, 0))))?;
    println!("\ncalls from a guest to the host");
    println!("{:10.1} ns for a function that gives its result", sync * 1e9);
    println!("{:10.1} ns for one that gives a future which is ready", ready * 1e9);
    println!("{:10.2} of the other", ready / sync);
    Ok(())
}
