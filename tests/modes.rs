//! The three compilation modes: what is refused when, what is translated when, and by whom.

use std::sync::Barrier;
use std::thread;

use wasmote::*;

const MODES: [CompilationMode; 3] =
    [CompilationMode::Eager, CompilationMode::LazyTranslation, CompilationMode::Lazy];

fn engine(mode: CompilationMode) -> Result<Engine> {
    Engine::new(Config::new().compilation_mode(mode))
}

/// A module with a valid function, an invalid one, and functions that call and refer to both.
const HALF_VALID: &str = r#"(module $half
    (table 2 funcref)
    (elem (i32.const 0) $good $bad)
    (func $good (export "good") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (func $bad (export "bad") (param i32) (result i32) (i64.const 1))
    (func (export "direct") (param i32) (result i32) (call $bad (local.get 0)))
    (func (export "either") (param i32) (result i32)
        (call_indirect (param i32) (result i32) (i32.const 5) (local.get 0))))"#;

#[test]
fn by_default_invalid_modules_are_refused_and_translation_waits() {
    assert_eq!(CompilationMode::default(), CompilationMode::LazyTranslation);
    assert!(Module::new(&Engine::default(), HALF_VALID).is_err());
}

#[test]
fn all_modes_compute_the_same() -> Result<()> {
    for mode in MODES {
        let engine = engine(mode)?;
        let module = Module::new(
            &engine,
            r#"(module
                (func $fib (export "fib") (param i32) (result i32)
                    (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
                        (then (local.get 0))
                        (else (i32.add
                            (call $fib (i32.sub (local.get 0) (i32.const 1)))
                            (call $fib (i32.sub (local.get 0) (i32.const 2))))))))"#,
        )?;
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        let fib = instance.get_typed_func::<i32, i32>(&mut store, "fib")?;
        assert_eq!(fib.call(&mut store, 15)?, 610, "{mode:?}");
    }
    Ok(())
}

#[test]
fn invalid_bodies_are_refused_at_once_unless_validation_is_deferred() -> Result<()> {
    let bytes = wat::parse_str(HALF_VALID)?;
    let refusal = |mode| Module::new(&engine(mode)?, &bytes);
    let eager = refusal(CompilationMode::Eager).unwrap_err();
    let late = refusal(CompilationMode::LazyTranslation).unwrap_err();
    assert_eq!(format!("{eager:#}"), format!("{late:#}"));
    assert_eq!(eager.to_string(), "failed to compile: wasm[0]::function[1]::bad");
    let cause = eager.root_cause().to_string();
    assert!(cause.contains("type mismatch"), "{cause}");

    assert!(refusal(CompilationMode::Lazy).is_ok());
    let engine = engine(CompilationMode::Lazy)?;
    let error = Module::validate(&engine, &bytes).unwrap_err().to_string();
    assert!(error.contains("type mismatch"), "{error}");
    Ok(())
}

#[test]
fn what_is_not_a_body_is_validated_in_every_mode() -> Result<()> {
    for mode in MODES {
        let engine = engine(mode)?;
        for wat in [
            "(module (func (type 7)))",
            r#"(module (memory 1) (export "a" (memory 3)))"#,
            "(module (global i32 (i64.const 1)))",
            "(module (memory 1) (data (i64.const 0) \"a\"))",
        ] {
            assert!(Module::new(&engine, wat).is_err(), "{mode:?} {wat}");
        }
    }
    Ok(())
}

#[test]
fn the_call_that_reaches_an_invalid_function_fails() -> Result<()> {
    let engine = engine(CompilationMode::Lazy)?;
    let module = Module::new(&engine, HALF_VALID)?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let mut call = |name: &str, arg: i32| -> Result<i32> {
        instance.get_typed_func::<i32, i32>(&mut store, name)?.call(&mut store, arg)
    };
    assert_eq!(call("either", 0)?, 6);
    // Again and again, and the store can be used after it.
    for _ in 0..2 {
        for (name, arg, frames) in [("bad", 0, 0), ("direct", 0, 1), ("either", 1, 1)] {
            let error = call(name, arg).unwrap_err();
            let text = format!("{error:#}");
            assert!(text.contains("function 1 `bad` is not valid"), "{name}: {text}");
            assert!(text.contains("type mismatch"), "{name}: {text}");
            assert!(error.downcast_ref::<Trap>().is_none());
            let callers = error.downcast_ref::<WasmBacktrace>().map_or(0, |b| b.frames().len());
            assert_eq!(callers, frames, "{name}: {text}");
        }
        assert_eq!(call("good", 41)?, 42);
    }
    Ok(())
}

#[test]
fn the_backtrace_of_a_late_error_has_the_places_of_the_calls() -> Result<()> {
    let engine = engine(CompilationMode::Lazy)?;
    let module = Module::new(
        &engine,
        r#"(module
            (func $bad (result i32) nop)
            (func $middle (drop (i32.const 1)) (drop (call $bad)) (drop (i32.const 2)))
            (func (export "run") (call $middle)))"#,
    )?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    let error = run.call(&mut store, ()).unwrap_err();
    let backtrace = error.downcast_ref::<WasmBacktrace>().expect("a backtrace");
    let frames: Vec<_> =
        backtrace.frames().iter().map(|f| (f.func_index(), f.func_offset())).collect();
    // One byte of locals; `i32.const 1` and `drop` are three.
    assert_eq!(frames, [(1, Some(4)), (2, Some(1))]);
    Ok(())
}

#[test]
fn functions_beyond_a_limit_fail_as_late_as_they_are_translated() -> Result<()> {
    let wat = format!(
        r#"(module (func $deep (export "deep") (local {}) {} unreachable) (func (export "fine")))"#,
        "i64 ".repeat(49_000),
        "i32.const 1 ".repeat(20_000),
    );
    let bytes = wat::parse_str(wat)?;
    assert!(Module::new(&engine(CompilationMode::Eager)?, &bytes).is_err());
    for mode in [CompilationMode::LazyTranslation, CompilationMode::Lazy] {
        let engine = engine(mode)?;
        let module = Module::new(&engine, &bytes)?;
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        instance.get_typed_func::<(), ()>(&mut store, "fine")?.call(&mut store, ())?;
        let deep = instance.get_typed_func::<(), ()>(&mut store, "deep")?;
        let text = format!("{:#}", deep.call(&mut store, ()).unwrap_err());
        assert!(text.contains("function 0 `deep` cannot be translated"), "{mode:?}: {text}");
        assert!(text.contains("stack slots"), "{mode:?}: {text}");
    }
    Ok(())
}

#[test]
fn threads_may_translate_the_same_functions() -> Result<()> {
    const THREADS: usize = 4;
    /// A chain of functions, each of which is new to every thread.
    const CHAIN: usize = 200;
    let mut wat = String::from("(module\n");
    for i in 0..CHAIN {
        let next = match i + 1 {
            CHAIN => "(local.get 0)".into(),
            next => format!("(call $f{next} (i32.add (local.get 0) (i32.const {i})))"),
        };
        wat += &format!("(func $f{i} (param i32) (result i32) {next})\n");
    }
    wat += "(export \"run\" (func $f0)))";
    for mode in MODES {
        let engine = engine(mode)?;
        let module = Module::new(&engine, &wat)?;
        let start = Barrier::new(THREADS);
        let results = thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|_| {
                    scope.spawn(|| -> Result<i32> {
                        let mut store = Store::new(&engine, ());
                        let instance = Instance::new(&mut store, &module, &[])?;
                        let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
                        start.wait();
                        run.call(&mut store, 0)
                    })
                })
                .collect();
            threads.into_iter().map(|t| t.join().expect("no panic")).collect::<Result<Vec<_>>>()
        })?;
        assert_eq!(results, [(0..CHAIN as i32 - 1).sum::<i32>(); THREADS], "{mode:?}");
    }
    Ok(())
}

#[test]
fn calls_across_instances_and_start_functions_translate_too() -> Result<()> {
    for mode in MODES {
        let engine = engine(mode)?;
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        let lower = Module::new(
            &engine,
            r#"(module (func (export "f") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3))))"#,
        )?;
        linker.module(&mut store, "lower", &lower)?;
        let upper = Module::new(
            &engine,
            r#"(module
                (import "lower" "f" (func $f (param i32) (result i32)))
                (global $g (export "g") (mut i32) (i32.const 0))
                (func $start (global.set $g (call $f (i32.const 14))))
                (start $start))"#,
        )?;
        let instance = linker.instantiate(&mut store, &upper)?;
        let global = instance.get_global(&mut store, "g").expect("exported");
        assert_eq!(global.get(&mut store).unwrap_i32(), 42, "{mode:?}");
    }
    Ok(())
}

#[test]
fn names_are_found_in_every_mode() -> Result<()> {
    for mode in MODES {
        let engine = engine(mode)?;
        let module =
            Module::new(&engine, r#"(module $named (func $die unreachable) (start $die))"#)?;
        assert_eq!(module.name(), Some("named"));
        let mut store = Store::new(&engine, ());
        let error = Instance::new(&mut store, &module, &[]).unwrap_err();
        let backtrace = error.downcast_ref::<WasmBacktrace>().expect("a backtrace");
        assert_eq!(backtrace.frames()[0].func_name(), Some("die"), "{mode:?}");
        assert!(module.disassemble()?.contains("$die"));
    }
    Ok(())
}
