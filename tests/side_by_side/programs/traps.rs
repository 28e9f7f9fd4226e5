//! Traps: their texts, and the frames with their offsets.

use std::collections::BTreeMap;

use wasmtime::*;

use crate::report::{Report, engine, instance, module};

pub(super) fn run(report: &mut Report) {
    kinds(report);
    frames(report);
    through_hosts(report);
    exhaustion(report);
    options(report);
}

const TRAPS: &[(&str, &str)] = &[
    ("unreachable", "unreachable"),
    ("division by zero", "(drop (i32.div_s (i32.const 1) (i32.const 0)))"),
    ("remainder by zero", "(drop (i64.rem_u (i64.const 1) (i64.const 0)))"),
    ("overflow", "(drop (i32.div_s (i32.const -2147483648) (i32.const -1)))"),
    ("conversion", "(drop (i32.trunc_f32_s (f32.const nan)))"),
    ("conversion of a large number", "(drop (i32.trunc_f64_u (f64.const 1e20)))"),
    ("load", "(drop (i32.load (i32.const 65533)))"),
    ("load far", "(drop (i64.load offset=4294967295 (i32.const -1)))"),
    ("store", "(i32.store16 (i32.const 65535) (i32.const 1))"),
    ("memory.fill", "(memory.fill (i32.const 65536) (i32.const 1) (i32.const 1))"),
    ("memory.copy", "(memory.copy (i32.const 65536) (i32.const 1) (i32.const 1))"),
    ("memory.init", "(memory.init $data (i32.const 0) (i32.const 1) (i32.const 1))"),
    ("table.get", "(drop (table.get $table (i32.const 2)))"),
    ("table.set", "(table.set $table (i32.const 2) (ref.null func))"),
    ("table.fill", "(table.fill $table (i32.const 2) (ref.null func) (i32.const 1))"),
    ("table.copy", "(table.copy $table $table (i32.const 2) (i32.const 0) (i32.const 1))"),
    ("table.init", "(table.init $table $elem (i32.const 0) (i32.const 1) (i32.const 1))"),
    ("call_indirect out of bounds", "(call_indirect $table (type $none) (i32.const 2))"),
    ("call_indirect of null", "(call_indirect $table (type $none) (i32.const 1))"),
    (
        "call_indirect of another type",
        "(call_indirect $table (type $other) (i32.const 1) (i32.const 0))",
    ),
    ("call_ref of null", "(call_ref $none (ref.null $none))"),
    ("ref.as_non_null", "(drop (ref.as_non_null (ref.null func)))"),
    ("atomic misaligned", "(drop (i32.atomic.load (i32.const 1)))"),
    ("atomic out of bounds", "(drop (i32.atomic.load (i32.const 65536)))"),
    (
        "wait on memory that is not shared",
        "(drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0)))",
    ),
    ("notify misaligned", "(drop (memory.atomic.notify (i32.const 1) (i32.const 0)))"),
];

fn kinds(report: &mut Report) {
    let engine = Engine::default();
    for (name, code) in TRAPS {
        let text = format!(
            r#"(module $traps (memory 1) (table $table 2 2 funcref) (type $none (func)) (type $other (func (param i32)))
                (func $first) (elem (table $table) (i32.const 0) func $first) (data $data "") (elem $elem func)
                (func $go (export "go") nop {code}))"#,
        );
        let Some(module) = report.module(name, &engine, &text) else { continue };
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[]).expect("it has no imports");
        let func = instance.get_typed_func::<(), ()>(&mut store, "go").expect("it is exported");
        let error = func.call(&mut store, ()).expect_err("it traps");
        report.see(name, format!("{error:?}"));
        report.see(format!("{name}: kind"), format!("{:?}", error.downcast_ref::<Trap>()));
    }
    report.see(
        "all",
        (0..=u8::MAX)
            .filter_map(Trap::from_u8)
            .map(|trap| format!("{} {trap:?} {trap}\n", trap as u8))
            .collect::<String>(),
    );
}

/// Frames of named and nameless functions, one below the other.
fn frames(report: &mut Report) {
    for (label, text) in [
        (
            "names",
            r#"(module $m (func $inner unreachable) (func $outer (export "go") nop (call $inner) nop))"#,
        ),
        ("no names", r#"(module (func unreachable) (func (export "go") nop (call 0) nop))"#),
        (
            "a name for the module only",
            r#"(module $m (func unreachable) (func (export "go") (call 0)))"#,
        ),
        ("strange names", r#"(module $"a\n" (func $"b\1b" (export "go") unreachable))"#),
        (
            "a mangled name",
            r#"(module $m (func $_ZN4core3fmt5write17h0123456789abcdefE (export "go") unreachable))"#,
        ),
        (
            "a tail call",
            r#"(module $m (func $last unreachable) (func $tail (return_call $last)) (func $go (export "go") (call $tail) nop))"#,
        ),
        (
            "indirect",
            r#"(module $m (table funcref (elem $in)) (func $in unreachable) (func $go (export "go") (call_indirect (i32.const 0))))"#,
        ),
        (
            "in a block",
            r#"(module $m (func $go (export "go") (block (loop (if (i32.const 1) (then unreachable))))))"#,
        ),
        (
            "in a loop",
            r#"(module $m (func $go (export "go") (local i32) (loop
            (local.set 0 (i32.add (local.get 0) (i32.const 1))) (drop (i32.div_u (i32.const 1) (i32.sub (i32.const 9) (local.get 0)))) (br 0))))"#,
        ),
    ] {
        let (mut store, instance) = instance(text);
        let func = instance.get_typed_func::<(), ()>(&mut store, "go").expect("it is exported");
        let error = func.call(&mut store, ()).expect_err("it traps");
        report.see(format!("frames: {label}"), format!("{error:?}"));
        let backtrace = error.downcast_ref::<WasmBacktrace>().expect("it has one");
        report.see(format!("frames: {label}, one by one"), show(backtrace));
    }
    let (mut store, instance) = instance(
        r#"(module $m (func $down (export "down") (param i32)
            (if (i32.eqz (local.get 0)) (then unreachable)) (call $down (i32.sub (local.get 0) (i32.const 1)))))"#,
    );
    let down = instance.get_typed_func::<i32, ()>(&mut store, "down").expect("it is exported");
    report.outcome("frames: 18", down.call(&mut store, 17));
    report.outcome("frames: 20", down.call(&mut store, 19));
    report.outcome("frames: 21", down.call(&mut store, 20));
}

fn show(backtrace: &WasmBacktrace) -> String {
    let frames = backtrace.frames().iter().map(|frame| {
        format!(
            "index {} name {:?} module {:?} at {:?} in it {:?}\n",
            frame.func_index(),
            frame.func_name(),
            frame.module().name(),
            frame.module_offset(),
            frame.func_offset(),
        )
    });
    frames.collect()
}

/// Guests and hosts above each other.
fn through_hosts(report: &mut Report) {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let module = module(
        &engine,
        r#"(module $m (import "" "host" (func $host)) (import "" "look" (func $look))
            (func $inner (export "inner") unreachable)
            (func $outer (export "outer") (call $host))
            (func $looks (export "looks") nop (call $look)))"#,
    );
    let host = Func::wrap(&mut store, |mut caller: Caller<'_, ()>| -> Result<()> {
        let inner = caller.get_export("inner").and_then(Extern::into_func).expect("it is exported");
        inner.typed::<(), ()>(&caller)?.call(&mut caller, ())
    });
    let look = Func::wrap(&mut store, |caller: Caller<'_, ()>| -> Result<()> {
        let (captured, forced) =
            (WasmBacktrace::capture(&caller), WasmBacktrace::force_capture(&caller));
        Err(Error::msg(format!("{captured}\n--\n{forced}\n--\n{}", show(&captured))))
    });
    let instance =
        Instance::new(&mut store, &module, &[host.into(), look.into()]).expect("the types agree");
    for name in ["outer", "looks"] {
        let func = instance.get_typed_func::<(), ()>(&mut store, name).expect("it is exported");
        report.outcome(format!("through hosts: {name}"), func.call(&mut store, ()));
    }
    let none = WasmBacktrace::capture(&store);
    report.see("a backtrace of nothing", format!("[{none}] {}", none.frames().len()));
}

/// The stack runs out: in a guest, and through functions of the host.
fn exhaustion(report: &mut Report) {
    let engine = Engine::default();
    let mut store = Store::new(&engine, 0);
    let module = module(
        &engine,
        r#"(module $m (import "" "host" (func $host))
            (func $self (export "self") (call $self))
            (func $host2 (export "through") (call $host)))"#,
    );
    let host = Func::wrap(&mut store, |mut caller: Caller<'_, u32>| -> Result<()> {
        *caller.data_mut() += 1;
        let through =
            caller.get_export("through").and_then(Extern::into_func).expect("it is exported");
        through.typed::<(), ()>(&caller)?.call(&mut caller, ())
    });
    let instance = Instance::new(&mut store, &module, &[host.into()]).expect("the types agree");
    for name in ["self", "through"] {
        let func = instance.get_typed_func::<(), ()>(&mut store, name).expect("it is exported");
        let error = func.call(&mut store, ()).expect_err("the stack runs out");
        report.see(
            format!("exhaustion: {name}"),
            format!("{:?} {}", error.downcast_ref::<Trap>(), error.root_cause()),
        );
        let frames = error.downcast_ref::<WasmBacktrace>().map(|trace| trace.frames().len());
        report.see(format!("exhaustion: {name}, frames"), format!("{frames:?}"));
    }
    report.see("exhaustion: the host was called", *store.data() > 10);
}

/// Options that leave something out.
fn options(report: &mut Report) {
    let text = r#"(module $m (func $inner unreachable) (func $go (export "go") (call $inner)))"#;
    type Configure = fn(&mut Config);
    let options: BTreeMap<&str, Configure> = BTreeMap::from([
        ("no addresses", (|config| _ = config.generate_address_map(false)) as Configure),
        ("one frame", |config| {
            _ = config.wasm_backtrace_max_frames(Some(1.try_into().expect("it is not zero")))
        }),
        ("no frames", |config| _ = config.wasm_backtrace_max_frames(None)),
        ("details", |config| _ = config.wasm_backtrace_details(WasmBacktraceDetails::Enable)),
    ]);
    for (label, configure) in options {
        let engine = engine(configure);
        let mut store = Store::new(&engine, ());
        let instance =
            Instance::new(&mut store, &module(&engine, text), &[]).expect("it has no imports");
        let go = instance.get_typed_func::<(), ()>(&mut store, "go").expect("it is exported");
        let error = go.call(&mut store, ()).expect_err("it traps");
        report.see(format!("options: {label}"), format!("{error:?}"));
        report.see(
            format!("options: {label}, one by one"),
            error.downcast_ref().map(show).unwrap_or_default(),
        );
    }
}
