//! What the tests of the API share.

// Not every test uses everything.
#![allow(dead_code)]

use wasmote::*;

/// A module of the text format.
pub(crate) fn module(engine: &Engine, text: &str) -> Module {
    Module::new(engine, text).unwrap()
}

/// An engine, a store without data and an empty linker.
pub(crate) fn setup() -> (Engine, Store<()>, Linker<()>) {
    let engine = Engine::default();
    let store = Store::new(&engine, ());
    let linker = Linker::new(&engine);
    (engine, store, linker)
}

/// The chain of an error's messages, outermost first.
pub(crate) fn messages(error: &Error) -> Vec<String> {
    error.chain().map(|cause| cause.to_string()).collect()
}

/// Asserts that some message in the chain of the error of `result` contains `text`.
#[track_caller]
pub(crate) fn assert_err<V>(result: Result<V>, text: &str) -> Error {
    let Err(error) = result else { panic!("expected an error: {text}") };
    let messages = messages(&error);
    assert!(messages.iter().any(|message| message.contains(text)), "{text:?} not in {messages:?}");
    error
}

/// Asserts that some message in the chain of the error of `result` is exactly `text`.
#[track_caller]
pub(crate) fn assert_err_is<V>(result: Result<V>, text: &str) -> Error {
    let Err(error) = result else { panic!("expected an error: {text}") };
    let messages = messages(&error);
    assert!(messages.iter().any(|message| message == text), "{text:?} not in {messages:?}");
    error
}

/// Asserts that `run` panics with a message that contains `text`.
#[track_caller]
pub(crate) fn assert_panics<V>(run: impl FnOnce() -> V, text: &str) {
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    let Err(payload) = result else { panic!("expected a panic: {text}") };
    let message = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or_default();
    assert!(message.contains(text), "{text:?} not in {message:?}");
}

/// Calls a function without arguments that gives an `i32`.
#[track_caller]
pub(crate) fn call_i32<T: 'static>(store: &mut Store<T>, func: Func) -> i32 {
    func.typed::<(), i32>(&*store).unwrap().call(store, ()).unwrap()
}

/// Calls the export `name` of an instance, of type `() -> i32`.
#[track_caller]
pub(crate) fn run_i32<T: 'static>(store: &mut Store<T>, instance: Instance, name: &str) -> i32 {
    let func = instance.get_func(&mut *store, name).unwrap();
    call_i32(store, func)
}

/// A global of the host.
pub(crate) fn global<T: 'static>(store: &mut Store<T>, value: i32) -> Global {
    let ty = GlobalType::new(ValType::I32, Mutability::Const);
    Global::new(store, ty, Val::I32(value)).unwrap()
}

/// A table of null function references.
pub(crate) fn table<T: 'static>(store: &mut Store<T>, min: u32, max: Option<u32>) -> Table {
    let ty = TableType::new(RefType::FUNCREF, min, max);
    Table::new(store, ty, Ref::Func(None)).unwrap()
}
