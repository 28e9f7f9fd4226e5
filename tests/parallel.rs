//! Modules that are large enough to be compiled by several threads: nobody can tell from the result.

use std::fmt::Write;

use wasmote::*;

/// How many functions: together more than 200 KB.
const FUNCS: usize = 3000;
const MODES: [CompilationMode; 2] = [CompilationMode::Eager, CompilationMode::LazyTranslation];

fn engine(mode: CompilationMode, parallel: bool) -> Engine {
    let mut config = Config::new();
    config.compilation_mode(mode).parallel_compilation(parallel);
    Engine::new(&config).unwrap()
}

/// A module with functions `f0`, `f1`, ..., of which `body` may replace some, and `tail` at its end.
fn module<'a>(body: impl Fn(usize) -> Option<&'a str>, tail: &str) -> Vec<u8> {
    let mut wat = String::from("(module (memory 1)");
    for i in 0..FUNCS {
        write!(wat, r#"(func (export "f{i}") (param i32) (result i32) (local i64)"#).unwrap();
        match body(i) {
            Some(body) => wat += body,
            None => {
                wat += "(i32.store (i32.const 8) (local.get 0)) (i32.load (i32.const 8))";
                for k in 1..8 {
                    write!(wat, "(i32.mul (i32.const {}))", i * 8 + k).unwrap();
                    wat += "(i32.rotl (i32.const 7)) (i32.add (local.get 0))";
                }
            }
        }
        wat += ")";
    }
    wat::parse_str(wat + tail + ")").unwrap()
}

/// What the generated function `i` returns.
fn expected(i: usize, param: i32) -> i32 {
    let step = |value: i32, k| value.wrapping_mul((i * 8 + k) as i32).rotate_left(7);
    (1..8).fold(param, |value, k| step(value, k).wrapping_add(param))
}

fn call(store: &mut Store<()>, instance: Instance, i: usize, param: i32) -> Result<i32> {
    let func = instance.get_typed_func::<i32, i32>(&mut *store, &format!("f{i}"))?;
    func.call(store, param)
}

#[test]
fn every_function_gets_its_own_code() -> Result<()> {
    let wasm = module(|_| None, "");
    for mode in MODES {
        let engine = engine(mode, true);
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &Module::new(&engine, &wasm)?, &[])?;
        for i in 0..FUNCS {
            assert_eq!(
                call(&mut store, instance, i, 12_345)?,
                expected(i, 12_345),
                "{mode:?} f{i}"
            );
        }
    }
    Ok(())
}

#[test]
fn traps_are_located() -> Result<()> {
    const TRAPS: &str = "(i32.div_u (local.get 0) (i32.const 0))";
    const CALLS: &str = "(call 1999 (local.get 0))";
    let wasm = module(
        |i| match i {
            1999 => Some(TRAPS),
            2500 => Some(CALLS),
            _ => None,
        },
        "",
    );
    let frames = |parallel| -> Result<Vec<(u32, Option<usize>)>> {
        let engine = engine(CompilationMode::Eager, parallel);
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &Module::new(&engine, &wasm)?, &[])?;
        let error = call(&mut store, instance, 2500, 1).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::IntegerDivisionByZero));
        let backtrace = error.downcast_ref::<WasmBacktrace>().unwrap();
        Ok(backtrace.frames().iter().map(|f| (f.func_index(), f.module_offset())).collect())
    };
    let parallel = frames(true)?;
    assert_eq!(parallel.iter().map(|frame| frame.0).collect::<Vec<_>>(), [1999, 2500]);
    assert!(parallel.iter().all(|frame| frame.1.is_some()));
    assert_eq!(parallel, frames(false)?);
    Ok(())
}

/// What each way to look at a module says of it, with threads and without.
fn errors(wasm: &[u8], parallel: bool) -> Vec<String> {
    let [eager, lazy] = MODES.map(|mode| engine(mode, parallel));
    let errors = [
        Module::new(&eager, wasm).unwrap_err(),
        Module::new(&lazy, wasm).unwrap_err(),
        Module::validate(&eager, wasm).unwrap_err(),
    ];
    errors.map(|error| format!("{error:#}")).into()
}

#[test]
fn the_first_error_of_the_module_is_reported() {
    // Of these, the first one that is not valid is the last in its chunk of work.
    let invalid = |i: usize| match i {
        703 => Some("(i64.const 1)"),
        704 | 2000 | 2999 => Some("(f32.const 1)"),
        _ if i.is_multiple_of(7) && i > 710 => Some("(local.get 9)"),
        _ => None,
    };
    let wasm = module(invalid, "");
    for _ in 0..4 {
        for error in errors(&wasm, true) {
            assert!(error.contains("expected i32, found i64"), "{error}");
        }
    }
    assert_eq!(errors(&wasm, true), errors(&wasm, false));
}

#[test]
fn an_error_in_the_code_comes_before_those_that_follow_it() {
    let late = "(data (memory 3) (i32.const 0) \"\")";
    let both = module(|i| (i == 2998).then_some("(i64.const 1)"), late);
    let behind = module(|_| None, late);
    // Cut off in the last function.
    let (cut, both_cut) = (&behind[..behind.len() - 100], &both[..both.len() - 100]);
    for (wasm, text) in [
        (&both[..], "found i64"),
        (both_cut, "found i64"),
        (&behind, "unknown memory 3"),
        (cut, "unexpected end"),
    ] {
        for error in errors(wasm, true) {
            assert!(error.contains(text), "{error}");
        }
        assert_eq!(errors(wasm, true), errors(wasm, false));
    }
}

#[test]
fn a_function_over_a_limit_is_an_error_like_others() {
    // It is valid, but has more values on the stack than a frame has slots; the one behind it is not valid.
    let (push, pop) = ("local.get 0 ".repeat(66_000), "drop ".repeat(65_999));
    let large = push + &pop;
    let wasm = module(
        |i| match i {
            1800 => Some(large.as_str()),
            1801 => Some("(i64.const 1)"),
            _ => None,
        },
        "",
    );
    let errors_of_all = errors(&wasm, true);
    assert!(errors_of_all[0].contains("stack slots"), "{}", errors_of_all[0]);
    assert!(errors_of_all[1].contains("found i64"), "{}", errors_of_all[1]);
    assert_eq!(errors_of_all, errors(&wasm, false));
}

#[test]
fn threads_make_modules_on_one_engine() {
    let good = module(|_| None, "");
    let bad = module(|i| (i == 1500).then_some("(i64.const 1)"), "");
    for mode in MODES {
        let engine = engine(mode, true);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (engine, good, bad) = (&engine, &good, &bad);
                scope.spawn(move || {
                    assert!(Module::new(engine, bad).is_err());
                    let module = Module::new(engine, good).unwrap();
                    let mut store = Store::new(engine, ());
                    let instance = Instance::new(&mut store, &module, &[]).unwrap();
                    for i in [thread * 7, thread * 300, FUNCS - 1 - thread] {
                        assert_eq!(call(&mut store, instance, i, 3).unwrap(), expected(i, 3));
                    }
                });
            }
        });
    }
}

#[test]
fn nothing_is_left_of_an_engine_that_is_dropped_at_once() {
    let good = module(|_| None, "");
    let bad = module(|i| (i == 1500).then_some("(i64.const 1)"), "");
    for mode in MODES {
        for wasm in [&good, &bad] {
            let engine = engine(mode, true);
            let weak = engine.weak();
            drop(Module::new(&engine, wasm));
            drop(Module::validate(&engine, wasm));
            drop(engine);
            assert!(weak.upgrade().is_none(), "{mode:?}");
        }
    }
}

#[test]
fn a_host_function_can_make_modules() -> Result<()> {
    let wasm = module(|_| None, "");
    let engine = engine(CompilationMode::Eager, true);
    let outer = Module::new(
        &engine,
        r#"(module (import "" "load" (func $load (result i32))) (func (export "run") (result i32) (call $load)))"#,
    )?;
    let mut store = Store::new(&engine, ());
    let load = Func::wrap(&mut store, move |mut caller: Caller<'_, ()>| -> Result<i32> {
        let module = Module::new(caller.engine(), &wasm)?;
        let instance = Instance::new(&mut caller, &module, &[])?;
        instance.get_typed_func::<i32, i32>(&mut caller, "f77")?.call(&mut caller, 5)
    });
    let instance = Instance::new(&mut store, &outer, &[load.into()])?;
    let run = instance.get_typed_func::<(), i32>(&mut store, "run")?;
    assert_eq!(run.call(&mut store, ())?, expected(77, 5));
    Ok(())
}

#[test]
fn sizes_around_which_threads_begin_to_help() -> Result<()> {
    for funcs in (1..80).chain([100, 200, 400]) {
        let wat: String = (0..funcs)
            .map(|i| {
                let terms = format!("(i32.mul (i32.const {}))", i + 2).repeat(20);
                format!(r#"(func (export "f{i}") (param i32) (result i32) (local.get 0) {terms})"#)
            })
            .collect();
        let wasm = wat::parse_str(format!("(module {wat})"))?;
        for mode in MODES {
            let engine = engine(mode, true);
            let mut store = Store::new(&engine, ());
            let instance = Instance::new(&mut store, &Module::new(&engine, &wasm)?, &[])?;
            for i in 0..funcs {
                let expected = (i as i32 + 2).wrapping_pow(20).wrapping_mul(7);
                assert_eq!(call(&mut store, instance, i, 7)?, expected, "{funcs} {mode:?} f{i}");
            }
        }
    }
    Ok(())
}

#[test]
fn threads_that_translate_and_trap_find_every_frame() {
    const FUNCS: i32 = 500;
    let refs: String = (1..=FUNCS).map(|i| format!(" {i}")).collect();
    let text = format!(
        r#"(module (table funcref (elem{refs}))
             (func (export "f") (param i32) (call_indirect (local.get 0))) {})"#,
        "(func unreachable)".repeat(FUNCS as usize)
    );
    let engine = engine(CompilationMode::LazyTranslation, false);
    for _ in 0..10 {
        let module = Module::new(&engine, &text).unwrap();
        let trap_in_all = |step: i32| {
            let mut store = Store::new(&engine, ());
            let instance = Instance::new(&mut store, &module, &[]).unwrap();
            let f = instance.get_typed_func::<i32, ()>(&mut store, "f").unwrap();
            for i in 0..FUNCS {
                let i = i * step % FUNCS;
                let error = f.call(&mut store, i).unwrap_err();
                let frames = error.downcast_ref::<WasmBacktrace>().unwrap().frames();
                let found: Vec<_> = frames.iter().map(|frame| frame.func_index()).collect();
                assert_eq!(found, [i as u32 + 1, 0]);
            }
        };
        // Steps without a common factor with the number of functions: each order has all of them.
        std::thread::scope(|scope| {
            for step in [1, 1, 3, 7] {
                scope.spawn({
                    let trap_in_all = &trap_in_all;
                    move || trap_in_all(step)
                });
            }
        });
    }
}
