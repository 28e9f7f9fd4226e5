//! Call hooks: when they are called, and what their errors do.

use wasmtime::*;

use crate::report::{Report, module};

/// The hooks so far, and the one that errs.
#[derive(Default)]
struct State {
    seen: Vec<&'static str>,
    errs_at: Option<usize>,
}

fn name(hook: CallHook) -> &'static str {
    match hook {
        CallHook::CallingWasm => "> wasm",
        CallHook::ReturningFromWasm => "< wasm",
        CallHook::CallingHost => "> host",
        CallHook::ReturningFromHost => "< host",
    }
}

const TEXT: &str = r#"(module $m
    (import "" "nothing" (func $nothing)) (import "" "fail" (func $fail)) (import "" "again" (func $again))
    (import "" "value" (func $value (param i32) (result i32)))
    (memory 1) (table 2 funcref) (elem (i32.const 0) func $nothing)
    (func $empty (export "empty"))
    (func (export "host") (call $nothing) (call $nothing))
    (func (export "value") (drop (call $value (i32.const 1))))
    (func (export "indirect") (call_indirect (i32.const 0)))
    (func (export "tail") (return_call $nothing))
    (func (export "trap") unreachable)
    (func (export "fail") (call $fail))
    (func (export "again") (call $again))
    (func (export "grow") (drop (memory.grow (i32.const 1))))
    (func (export "guests") (call $empty))
    (export "nothing" (func $nothing)))"#;

fn start(engine: &Engine) -> Result<(Store<State>, Instance)> {
    let mut store = Store::new(engine, State::default());
    store.call_hook(|mut store, hook| {
        let state = store.data_mut();
        state.seen.push(name(hook));
        ensure!(state.errs_at != Some(state.seen.len()), "of hook {}", state.seen.len());
        Ok(())
    });
    let mut linker = Linker::new(engine);
    linker.func_wrap("", "nothing", || {})?;
    linker.func_wrap("", "value", |value: i32| value + 1)?;
    linker.func_wrap("", "fail", || -> Result<()> { bail!("of the host") })?;
    linker.func_wrap("", "again", |mut caller: Caller<'_, State>| -> Result<()> {
        let empty = caller.get_export("empty").and_then(Extern::into_func).expect("it is exported");
        empty.typed::<(), ()>(&caller)?.call(&mut caller, ())
    })?;
    let instance = linker.instantiate(&mut store, &module(engine, TEXT))?;
    Ok((store, instance))
}

pub(super) fn run(report: &mut Report) {
    let engine = Engine::default();
    for export in [
        "empty", "host", "value", "indirect", "tail", "trap", "fail", "again", "grow", "guests",
        "nothing",
    ] {
        let (mut store, instance) = start(&engine).expect("the module starts");
        store.data_mut().seen.clear();
        let func = instance.get_func(&mut store, export).expect("it is exported");
        let result = func.call(&mut store, &[], &mut []);
        let seen = std::mem::take(&mut store.data_mut().seen);
        report.see(export, seen.join(", "));
        report.outcome(format!("{export}: the result"), result);
        for at in 1..=seen.len() {
            store.data_mut().seen.clear();
            store.data_mut().errs_at = Some(at);
            let result = func.call(&mut store, &[], &mut []);
            report.outcome(format!("{export}: hook {at} errs"), result);
            let seen = store.data().seen.join(", ");
            report.see(format!("{export}: hook {at} errs, all"), seen);
        }
        store.data_mut().seen.clear();
        store.data_mut().errs_at = None;
        let typed = func.typed::<(), ()>(&store).expect("it is the type");
        report.outcome(format!("{export}: typed"), typed.call(&mut store, ()));
        report.see(format!("{export}: typed, all"), store.data().seen.join(", "));
    }
    for (label, text) in [
        ("no start function", "(module)"),
        ("a start function", "(module (func $begin) (start $begin))"),
        ("a start function that traps", "(module (func $begin unreachable) (start $begin))"),
        ("a sum", "(module (global i32 (i32.add (i32.const 1) (i32.const 2))))"),
    ] {
        let (mut store, _) = start(&engine).expect("the module starts");
        report.see(format!("{label}: before"), store.data().seen.join(", "));
        store.data_mut().seen.clear();
        report.outcome(label, Instance::new(&mut store, &module(&engine, text), &[]));
        report.see(format!("{label}: all"), store.data().seen.join(", "));
    }
}
