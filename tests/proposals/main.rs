//! What came after version 2.0 of the specification, through the API: a file for each proposal. The
//! specification's own tests of them are run by `tests/spec.rs`.

// A global allocator that counts.
#![allow(unsafe_code)]

#[path = "../support/mod.rs"]
mod support;

mod features;
mod memory64;
mod multi_memory;
mod page_sizes;
mod tags;
mod tail_calls;
mod tail_calls_between;
mod tail_calls_random;
mod types;
mod wide_arithmetic;

use support::*;
use wasmote::*;

/// An instance without imports in a store of its own.
fn instance(text: &str) -> (Store<()>, Instance) {
    instance_in(&Engine::default(), text)
}

fn instance_in(engine: &Engine, text: &str) -> (Store<()>, Instance) {
    let mut store = Store::new(engine, ());
    let module = Module::new(engine, text).unwrap();
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    (store, instance)
}

/// Calls an export.
#[track_caller]
fn call<P: WasmParams, R: WasmResults>(
    store: &mut Store<()>,
    instance: Instance,
    name: &str,
    params: P,
) -> Result<R> {
    instance.get_typed_func::<P, R>(&mut *store, name).unwrap().call(store, params)
}

/// Asserts that a call has ended with this trap.
#[track_caller]
fn assert_trap<R>(result: Result<R>, trap: Trap) -> Error {
    let Err(error) = result else { panic!("expected {trap:?}") };
    assert_eq!(error.downcast_ref::<Trap>(), Some(&trap), "{error:?}");
    error
}

/// The functions of an error's backtrace, innermost first.
fn frames(error: &Error) -> Vec<u32> {
    let backtrace = error.downcast_ref::<WasmBacktrace>().expect("there is a backtrace");
    backtrace.frames().iter().map(FrameInfo::func_index).collect()
}
