//! Modules made to hurt: truncated, corrupted, oversized, nested, huge. Each gives a clear error or
//! works; none panics, hangs, overflows the stack or takes memory out of proportion to its size.

#[path = "hostile/build.rs"]
mod build;
#[path = "hostile/damage.rs"]
mod damage;
#[path = "hostile/limits.rs"]
mod limits;
#[path = "hostile/size.rs"]
mod size;

use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use wasmote::{
    CompilationMode, Config, Engine, Error, Instance, Module, Store, StoreLimits,
    StoreLimitsBuilder,
};

/// Time that any one hostile module may take, translation and run included. Generous: what is
/// quadratic takes minutes with the sizes used here.
const PATIENCE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 120 } else { 30 });

/// Runs `f` on a thread with the usual 2 MiB of stack; fails if it panics or takes too long.
#[track_caller]
fn in_time<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> R {
    let (sender, receiver) = mpsc::channel();
    let builder = thread::Builder::new().stack_size(2 << 20);
    builder.spawn(move || sender.send(f())).expect("a thread");
    match receiver.recv_timeout(PATIENCE) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("took more than {PATIENCE:?}"),
        Err(mpsc::RecvTimeoutError::Disconnected) => panic!("panicked (see above)"),
    }
}

/// An engine that translates all of a module when it is made.
fn engine() -> Engine {
    Engine::new(Config::new().compilation_mode(CompilationMode::Eager)).expect("an engine")
}

/// A store whose guests may have 16 MiB of memory and 100,000 table elements.
fn store(engine: &Engine) -> Store<StoreLimits> {
    let limits = StoreLimitsBuilder::new().memory_size(16 << 20).table_elements(100_000).build();
    let mut store = Store::new(engine, limits);
    store.limiter(|limits| limits);
    store
}

/// What becomes of a module whose export `f` is of type `[] -> [i32]`: the result of calling it.
fn run(wasm: Vec<u8>) -> Result<i32, Error> {
    in_time(move || {
        let engine = engine();
        let module = Module::from_binary(&engine, &wasm)?;
        let mut store = store(&engine);
        let instance = Instance::new(&mut store, &module, &[])?;
        instance.get_typed_func::<(), i32>(&mut store, "f")?.call(&mut store, ())
    })
}

/// The whole text of the error of a module that must not load; it has to name the offset.
#[track_caller]
fn refused(wasm: Vec<u8>) -> String {
    let error = in_time(move || Module::from_binary(&engine(), &wasm).map(drop))
        .expect_err("the module is not valid");
    let text = format!("{error:?}");
    assert!(text.contains("offset"), "no offset in: {text}");
    text
}
