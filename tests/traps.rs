//! Traps, errors and panics that come out of calls, where they happened, and the store after them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wasmote::*;

fn instance(store: &mut Store<()>, wat: &str, imports: &[Extern]) -> Result<Instance> {
    let module = Module::new(store.engine(), wat)?;
    Instance::new(store, &module, imports)
}

fn run(store: &mut Store<()>, instance: Instance, name: &str) -> Result<()> {
    instance.get_typed_func::<(), ()>(&mut *store, name)?.call(store, ())
}

/// The functions of an error's backtrace, innermost first.
fn frames(error: &Error) -> Vec<u32> {
    let backtrace = error.downcast_ref::<WasmBacktrace>().expect("there is a backtrace");
    backtrace.frames().iter().map(FrameInfo::func_index).collect()
}

#[test]
fn each_trap_is_told_from_the_others() -> Result<()> {
    let mut store = Store::default();
    for (body, trap, text) in [
        ("unreachable", Trap::UnreachableCodeReached, "wasm `unreachable` instruction executed"),
        (
            "(drop (i32.load (i32.const -1)))",
            Trap::MemoryOutOfBounds,
            "out of bounds memory access",
        ),
        (
            "(drop (i32.div_s (i32.const 1) (i32.const 0)))",
            Trap::IntegerDivisionByZero,
            "integer divide by zero",
        ),
        (
            "(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))",
            Trap::IntegerOverflow,
            "integer overflow",
        ),
        (
            "(drop (i32.trunc_f32_s (f32.const nan)))",
            Trap::BadConversionToInteger,
            "invalid conversion to integer",
        ),
        (
            "(call_indirect (i32.const 9))",
            Trap::TableOutOfBounds,
            "undefined element: out of bounds table access",
        ),
        ("(call_indirect (i32.const 0))", Trap::IndirectCallToNull, "uninitialized element"),
        (
            "(call_indirect (param i32) (i32.const 0) (i32.const 1))",
            Trap::BadSignature,
            "indirect call type mismatch",
        ),
        ("(call $f)", Trap::StackOverflow, "call stack exhausted"),
    ] {
        let wat = format!(
            r#"(module (memory 1) (table 2 funcref) (elem (i32.const 1) $f)
                (func $f (export "run") {body}))"#
        );
        let instance = instance(&mut store, &wat, &[])?;
        let error = run(&mut store, instance, "run").unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&trap), "{body}");
        assert_eq!(error.root_cause().to_string(), format!("wasm trap: {text}"));
        assert!(error.is::<WasmBacktrace>());
    }
    Ok(())
}

#[test]
fn a_backtrace_tells_functions_names_and_offsets() -> Result<()> {
    let mut store = Store::default();
    let wat = r#"(module $m
        (func $die unreachable)
        (func call $die)
        (func (export "run") nop call 1))"#;
    let bytes = wat::parse_str(wat)?;
    let instance = instance(&mut store, wat, &[])?;
    let error = run(&mut store, instance, "run").unwrap_err();
    let backtrace = error.downcast_ref::<WasmBacktrace>().unwrap();
    let frames = backtrace.frames();
    assert_eq!(frames.len(), 3);
    let names: Vec<_> = frames.iter().map(FrameInfo::func_name).collect();
    assert_eq!(names, [Some("die"), None, None]);
    assert!(frames.iter().all(|frame| frame.module().name() == Some("m")));
    // The offsets are those of `unreachable` and the two calls; a body begins with its locals.
    let at: Vec<_> = frames.iter().map(|frame| frame.module_offset().unwrap()).collect();
    assert_eq!([bytes[at[0]], bytes[at[1]], bytes[at[2]]], [0x00, 0x10, 0x10]);
    let at: Vec<_> = frames.iter().map(|frame| frame.func_offset().unwrap()).collect();
    assert_eq!(at, [1, 1, 2]);

    assert!(frames.iter().all(|frame| frame.symbols().is_empty()));
    assert!(format!("{backtrace:?}").contains(r#"func_name: Some("die")"#));

    let offset = frames[0].module_offset().unwrap();
    let text = error.to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "error while executing at wasm backtrace:");
    assert_eq!(lines[1], format!("    0: {offset:#8x} - m!die"));
    assert!(lines[2].ends_with("m!<wasm function 1>"), "{text}");
    assert_eq!(lines.len(), 4);
    Ok(())
}

#[test]
fn offsets_are_left_out_without_the_address_map() -> Result<()> {
    let engine = Engine::new(Config::new().generate_address_map(false))?;
    let mut store = Store::new(&engine, ());
    let instance = instance(&mut store, r#"(module (func (export "run") unreachable))"#, &[])?;
    let error = run(&mut store, instance, "run").unwrap_err();
    let frame = &error.downcast_ref::<WasmBacktrace>().unwrap().frames()[0];
    assert_eq!((frame.module_offset(), frame.func_offset()), (None, None));
    assert!(error.to_string().ends_with("    0: <unknown>!<wasm function 0>"), "{error}");
    Ok(())
}

#[test]
fn a_backtrace_keeps_the_innermost_frames() -> Result<()> {
    let wat = r#"(module
        (func $down (param i32)
            (if (i32.eqz (local.get 0)) (then unreachable))
            (call $down (i32.sub (local.get 0) (i32.const 1))))
        (func (export "run") (call $down (i32.const 100))))"#;
    let depth = |config: &mut Config| -> Result<usize> {
        let mut store = Store::new(&Engine::new(config)?, ());
        let instance = instance(&mut store, wat, &[])?;
        let error = run(&mut store, instance, "run").unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::UnreachableCodeReached));
        Ok(error.downcast_ref::<WasmBacktrace>().map_or(0, |trace| trace.frames().len()))
    };
    assert_eq!(depth(&mut Config::new())?, 20);
    assert_eq!(depth(Config::new().wasm_backtrace_max_frames(5.try_into().ok()))?, 5);
    assert_eq!(depth(Config::new().wasm_backtrace_max_frames(500.try_into().ok()))?, 102);
    assert_eq!(depth(Config::new().wasm_backtrace_max_frames(None))?, 0);
    Ok(())
}

#[test]
fn backtraces_reach_across_host_functions() -> Result<()> {
    let mut store = Store::default();
    let inner = instance(&mut store, r#"(module (func) (func (export "die") unreachable))"#, &[])?;
    let host = Func::wrap(&mut store, move |mut caller: Caller<'_, ()>| -> Result<()> {
        assert_eq!(WasmBacktrace::capture(&caller).frames().len(), 1);
        assert_eq!(WasmBacktrace::force_capture(&caller).frames()[0].func_index(), 1);
        inner.get_typed_func::<(), ()>(&mut caller, "die")?.call(&mut caller, ())
    });
    let wat = r#"(module (import "" "" (func)) (func (export "run") (call 0)))"#;
    let outer = instance(&mut store, wat, &[host.into()])?;
    let error = run(&mut store, outer, "run").unwrap_err();
    // One backtrace, taken where the trap was.
    assert_eq!(frames(&error), [1, 1]);
    assert_eq!(error.chain().count(), 2);
    assert!(WasmBacktrace::capture(&store).frames().is_empty());
    Ok(())
}

#[test]
fn a_host_functions_error_comes_out_with_a_backtrace() -> Result<()> {
    #[derive(Debug, PartialEq)]
    struct Mine(i32);
    impl std::fmt::Display for Mine {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "mine {}", self.0)
        }
    }
    impl std::error::Error for Mine {}

    let mut store = Store::default();
    let host = Func::wrap(&mut store, || -> Result<()> { Err(Mine(7).into()) });
    let wat = r#"(module (import "" "" (func)) (func) (func (export "run") (call 0)))"#;
    let instance = instance(&mut store, wat, &[host.into()])?;
    let error = run(&mut store, instance, "run").unwrap_err();
    assert_eq!(error.downcast_ref::<Mine>(), Some(&Mine(7)));
    assert_eq!(error.root_cause().to_string(), "mine 7");
    assert_eq!(frames(&error), [2]);
    // Called by the host there is no frame of a guest, so there is no backtrace.
    let error = host.typed::<(), ()>(&store)?.call(&mut store, ()).unwrap_err();
    assert_eq!(error.to_string(), "mine 7");
    assert!(!error.is::<WasmBacktrace>());
    Ok(())
}

#[test]
fn a_panic_of_a_host_function_comes_through_and_leaves_the_store_usable() -> Result<()> {
    let mut store = Store::default();
    let host = Func::wrap(&mut store, |n: i32| {
        if n == 0 {
            std::panic::panic_any(42_u8);
        }
        n
    });
    let wat = r#"(module
        (import "" "" (func $host (param i32) (result i32)))
        (func (export "run") (param i32) (result i32)
            (i32.add (call $host (local.get 0)) (i32.const 1))))"#;
    let instance = instance(&mut store, wat, &[host.into()])?;
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
    for _ in 0..3 {
        let payload = catch_unwind(AssertUnwindSafe(|| run.call(&mut store, 0))).unwrap_err();
        assert_eq!(payload.downcast_ref::<u8>(), Some(&42));
        assert_eq!(run.call(&mut store, 1)?, 2);
    }
    assert!(WasmBacktrace::force_capture(&store).frames().is_empty());
    Ok(())
}

#[test]
fn a_panic_caught_inside_a_host_function_leaves_the_outer_call_going() -> Result<()> {
    let mut store = Store::default();
    let panics = Func::wrap(&mut store, || -> () { panic!("inner") });
    let wat = r#"(module (import "" "" (func)) (func (export "run") (call 0)))"#;
    let inner = instance(&mut store, wat, &[panics.into()])?;
    let host = Func::wrap(&mut store, move |mut caller: Caller<'_, ()>, n: i32| {
        let run = inner.get_typed_func::<(), ()>(&mut caller, "run").unwrap();
        catch_unwind(AssertUnwindSafe(|| run.call(&mut caller, ()))).unwrap_err();
        n * 2
    });
    let wat = r#"(module
        (import "" "" (func $host (param i32) (result i32)))
        (func (export "run") (param i32) (result i32)
            (i32.add (local.get 0) (call $host (local.get 0)))))"#;
    let outer = instance(&mut store, wat, &[host.into()])?;
    let run = outer.get_typed_func::<i32, i32>(&mut store, "run")?;
    assert_eq!(run.call(&mut store, 5)?, 15);
    Ok(())
}

#[test]
fn host_and_guest_calling_each_other_is_bounded() -> Result<()> {
    let mut store = Store::new(&Engine::default(), (None::<TypedFunc<(), ()>>, 0));
    let host =
        Func::wrap(&mut store, |mut caller: Caller<'_, (Option<TypedFunc<(), ()>>, i32)>| {
            caller.data_mut().1 += 1;
            let run = caller.data().0.clone().unwrap();
            run.call(&mut caller, ())
        });
    let module = Module::new(
        store.engine(),
        r#"(module (import "" "" (func)) (func (export "run") (call 0)))"#,
    )?;
    let instance = Instance::new(&mut store, &module, &[host.into()])?;
    let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    store.data_mut().0 = Some(run.clone());
    for _ in 0..2 {
        store.data_mut().1 = 0;
        let error = run.call(&mut store, ()).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::StackOverflow));
        let depth = store.data().1;
        assert!((100..=400).contains(&depth), "{depth}");
    }
    Ok(())
}

#[test]
fn guest_recursion_is_bounded_by_the_configured_stack() -> Result<()> {
    let wat = r#"(module
        (global $n (export "n") (mut i32) (i32.const 0))
        (func $down (export "run")
            (global.set $n (i32.add (global.get $n) (i32.const 1)))
            (call $down)))"#;
    let depth = |max: usize| -> Result<i32> {
        let mut store = Store::new(&Engine::new(Config::new().max_wasm_stack(max))?, ());
        let instance = instance(&mut store, wat, &[])?;
        let error = run(&mut store, instance, "run").unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::StackOverflow));
        let global = instance.get_global(&mut store, "n").unwrap();
        Ok(global.get(&mut store).unwrap_i32())
    };
    let (small, large) = (depth(64 << 10)?, depth(512 << 10)?);
    assert!(small > 100, "{small}");
    assert!(large > 6 * small && large < 10 * small, "{small} {large}");
    Ok(())
}

#[test]
fn the_largest_stack_reserves_nothing() -> Result<()> {
    let mut config = Config::new();
    config.async_stack_size(usize::MAX).max_wasm_stack(usize::MAX);
    let mut store = Store::try_new(&Engine::new(&config)?, ())?;
    let instance = instance(&mut store, r#"(module (func (export "run")))"#, &[])?;
    run(&mut store, instance, "run")
}

/// Counts when it is dropped.
struct Counted(Arc<AtomicUsize>, usize);

impl Drop for Counted {
    fn drop(&mut self) {
        // The value before tells the order.
        assert_eq!(self.0.fetch_add(1, Ordering::SeqCst), self.1);
    }
}

#[test]
fn the_data_of_a_store_is_dropped_before_the_rest() -> Result<()> {
    let drops = Arc::new(AtomicUsize::new(0));
    let mut store = Store::new(&Engine::default(), Counted(drops.clone(), 0));
    let second = Counted(drops.clone(), 1);
    Func::wrap(&mut store, move || {
        let _held = &second;
    });
    drop(store);
    assert_eq!(drops.load(Ordering::SeqCst), 2);
    Ok(())
}

#[test]
fn into_data_drops_everything_else() -> Result<()> {
    let drops = Arc::new(AtomicUsize::new(0));
    let mut store = Store::new(&Engine::default(), Counted(drops.clone(), 2));
    let closure = Counted(drops.clone(), 0);
    Func::wrap(&mut store, move || {
        let _held = &closure;
    });
    ExternRef::new(&mut store, Counted(drops.clone(), 1))?;
    let data = store.into_data();
    assert_eq!(drops.load(Ordering::SeqCst), 2);
    drop(data);
    assert_eq!(drops.load(Ordering::SeqCst), 3);
    Ok(())
}

#[test]
fn names_in_a_backtrace_are_shown_escaped() -> Result<()> {
    let name = r#"$"\1b[2J\0a  9: x\e2\80\ae""#;
    let text = format!("(module {name} (func {name} (export \"f\") unreachable))");
    let engine = Engine::default();
    let module = Module::new(&engine, text)?;
    let mut store = Store::new(&engine, ());
    let f = Instance::new(&mut store, &module, &[])?;
    let error = f.get_typed_func::<(), ()>(&mut store, "f")?.call(&mut store, ()).unwrap_err();
    let backtrace = error.downcast_ref::<WasmBacktrace>().unwrap();
    let raw = "\u{1b}[2J\n  9: x\u{202e}";
    assert_eq!(backtrace.frames()[0].func_name(), Some(raw));
    let shown = r"\u{1b}[2J\n  9: x\u{202e}";
    let text = backtrace.to_string();
    assert!(text.ends_with(&format!(" - {shown}!{shown}")), "{text}");
    assert_eq!(text.lines().count(), 2, "{text}");
    Ok(())
}

#[cfg(not(feature = "backtrace"))]
#[test]
fn traps_have_no_native_backtrace() -> Result<()> {
    const NAME: &str = "traps_have_no_native_backtrace";
    // Whether there are backtraces is decided once in a process.
    if std::env::var_os("RUST_LIB_BACKTRACE").is_none_or(|value| value != "1") {
        let mut inner = std::process::Command::new(std::env::current_exe()?);
        let output = inner.args(["--exact", NAME]).env("RUST_LIB_BACKTRACE", "1").output()?;
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}");
        return Ok(());
    }
    let mut store = Store::<()>::default();
    let text = r#"(module (import "" "" (func $host)) (func (export "trap") unreachable)
        (func (export "host") (call $host)))"#;
    let host = Func::wrap(&mut store, || -> Result<()> { bail!("mine") });
    let instance = instance(&mut store, text, &[host.into()])?;
    for name in ["trap", "host"] {
        let error = run(&mut store, instance, name).unwrap_err();
        let shown = format!("{error:?}");
        assert!(shown.contains("wasm backtrace"), "{shown}");
        assert!(!shown.contains("Stack backtrace") && !shown.contains(".rs:"), "{shown}");
    }
    Ok(())
}
