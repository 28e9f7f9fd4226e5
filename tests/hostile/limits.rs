//! At the limits of the format's implementation, and one beyond; counts that promise what the
//! module does not have; memories and tables that no machine has.

use crate::build::{body, func, funcs, leb, raw, with_locals};
use crate::{refused, run};
use std::time::{Duration, Instant};
use wasm_encoder::{Instruction as I, ValType as T};
use wasmote::{CompilationMode, Config, Engine, Instance, Module, Store, WasmBacktrace};

#[test]
fn fifty_thousand_locals() {
    let code = |n: u32| {
        func(&with_locals(
            [(n / 2, T::I32), (n - n / 2, T::I64)],
            [
                I::I32Const(3),
                I::LocalSet(0),
                I::I64Const(4),
                I::LocalSet(n - 1),
                I::LocalGet(n - 1),
                I::I32WrapI64,
                I::LocalGet(0),
                I::I32Add,
                I::LocalGet(n / 2 - 1),
                I::I32Add,
            ],
        ))
    };
    // Valid; whether a frame of that size is supported is the implementation's choice, but if not,
    // it says so.
    match run(code(50_000)) {
        Ok(result) => assert_eq!(result, 7),
        Err(error) => {
            let text = format!("{error:?}");
            assert!(text.contains("local") || text.contains("frame"), "{text}");
        }
    }
    assert_eq!(run(code(20_000)).expect("20,000 locals are supported"), 7);
    assert!(refused(code(50_001)).contains("locals"));
}

#[test]
fn locals_by_the_billion() {
    // 0xffff_ffff locals in six bytes, twice, so that their number overflows.
    let mut code = vec![1, 0, 2];
    for _ in 0..2 {
        code.extend(leb(u32::MAX));
        code.push(0x7f);
    }
    code.push(0x0b);
    code[1] = (code.len() - 2) as u8;
    let text = refused(raw(&[(1, &[1, 0x60, 0, 0]), (3, &[1, 0]), (10, &code)]));
    assert!(text.contains("locals"), "{text}");
}

#[test]
fn recursion_with_large_frames_ends() {
    let callee = with_locals([(20_000, T::I64)], [I::Call(0), I::LocalGet(19_999), I::Drop]);
    let error = run(funcs(&[(&[], &[T::I32], &callee)])).expect_err("it never ends");
    assert_eq!(error.downcast_ref(), Some(&wasmote::Trap::StackOverflow), "{error:?}");
}

#[test]
fn a_thousand_parameters_and_results() {
    let many = |n: usize| {
        let callee = body((0..n as u32).rev().map(I::LocalGet));
        let mut caller: Vec<I<'_>> = (0..n as i32).map(I::I32Const).collect();
        caller.push(I::Call(1));
        // The first result of the callee lies lowest: 999, 998, ... 0.
        caller.extend((1..n).map(|_| I::Drop));
        let types = vec![T::I32; n];
        funcs(&[(&[], &[T::I32], &body(caller)), (&types, &types, &callee)])
    };
    assert_eq!(run(many(1000)).expect("the limit is included"), 999);
    assert!(refused(many(1001)).contains("function params size"));
}

#[test]
fn huge_br_tables() {
    let table = |n: u32| {
        func(&body([
            I::Block(wasm_encoder::BlockType::Empty),
            I::Block(wasm_encoder::BlockType::Empty),
            I::I32Const(n as i32 - 1),
            I::BrTable((0..n).map(|i| i % 2).collect::<Vec<_>>().into(), 1),
            I::End,
            I::I32Const(10),
            I::Return,
            I::End,
            I::I32Const(11),
        ]))
    };
    assert_eq!(run(table(60_000)).expect("60,000 targets are supported"), 11);
    assert_eq!(run(table(60_001)).expect("60,001 targets are supported"), 10);
    assert_eq!(run(table(1 << 20)).expect("a million targets are supported"), 11);
}

#[test]
fn many_different_types() {
    // i32 and i64 parameters are the binary digits of a type's number.
    let n = if cfg!(debug_assertions) { 50_000 } else { 200_000 };
    let mut section = leb(n);
    for i in 0..n {
        section.extend([0x60, 20]);
        section.extend((0..20).map(|bit| if i >> bit & 1 == 0 { 0x7f } else { 0x7e }));
        section.push(0);
    }
    let wasm = raw(&[(1, &section)]);
    crate::in_time(move || {
        Module::from_binary(&super::engine(), &wasm).expect("valid");
    });
}

#[test]
fn as_many_types_as_allowed() {
    // All the same, so that the module is small.
    let types = |n: u32| {
        let mut section = leb(n);
        (0..n).for_each(|_| section.extend([0x60, 1, 0x7f, 1, 0x7f]));
        raw(&[(1, &section)])
    };
    let wasm = types(1_000_000);
    crate::in_time(move || {
        Module::from_binary(&super::engine(), &wasm).expect("the limit is included");
    });
    assert!(refused(types(1_000_001)).contains("types count"));
}

#[test]
fn a_body_that_is_too_large() {
    let nops = |n: usize| {
        let mut function = wasm_encoder::Function::new([]);
        function.raw(std::iter::repeat_n(0x01, n));
        function.instruction(&I::I32Const(5)).instruction(&I::End);
        func(&function)
    };
    assert_eq!(run(nops(7_000_000)).expect("seven million bytes are supported"), 5);
    assert!(refused(nops(8_000_000)).contains("size"));
}

#[test]
fn counts_without_contents() {
    // Section after section that announces 2^32 - 1 items and ends.
    for id in [1, 2, 3, 4, 5, 6, 7, 9, 10, 11] {
        refused(raw(&[(id, &leb(u32::MAX))]));
        refused(raw(&[(id, &leb(90_000))]));
    }
    // A section, a name and a body longer than the module.
    let mut wasm = raw(&[]);
    wasm.extend([1, 0xff, 0xff, 0xff, 0xff, 0x0f]);
    refused(wasm);
    refused(raw(&[(2, &[1, 0xff, 0xff, 0xff, 0xff, 0x0f])]));
    let code = [1, 0xff, 0xff, 0xff, 0xff, 0x0f];
    refused(raw(&[(1, &[1, 0x60, 0, 0]), (3, &[1, 0]), (10, &code)]));
    // Functions without bodies, bodies without functions.
    refused(raw(&[(1, &[1, 0x60, 0, 0]), (3, &[1, 0])]));
    refused(raw(&[(1, &[1, 0x60, 0, 0]), (10, &[1, 2, 0, 0x0b])]));
}

#[test]
fn memories_and_tables_that_no_store_has() {
    // The store of these tests allows 16 MiB and 100,000 elements.
    for (item, text) in [
        ("(memory 65536)", "memory"),
        ("(memory 257)", "memory"),
        ("(table 100001 funcref)", "table"),
        ("(table 0xffffffff externref)", "table"),
    ] {
        let wasm = format!("(module {item} (func (export \"f\") (result i32) (i32.const 1)))");
        let error = run(wat::parse_str(wasm).expect("the text is valid")).expect_err(item);
        let error = format!("{error:?}");
        assert!(error.contains(text), "{item}: {error}");
    }
    for (item, text) in [
        ("(memory 65537)", "memory size"),
        ("(memory 2 1)", "size"),
        ("(table 2 1 funcref)", "size"),
    ] {
        let wasm = wat::parse_str(format!("(module {item})")).expect("the text is valid");
        let error = refused(wasm);
        assert!(error.contains(text), "{item}: {error}");
    }
}

#[test]
fn without_a_limiter_too_much_memory_is_an_error_or_works() {
    // 4 GiB of memory and a table of 2^32 - 1 elements: allocation may fail, and that is an error.
    for item in ["(memory 65536)", "(table 0xffffffff funcref)"] {
        let wasm = wat::parse_str(format!("(module {item})")).expect("the text is valid");
        crate::in_time(move || {
            let engine = super::engine();
            let module = Module::from_binary(&engine, &wasm).expect("valid");
            let mut store = wasmote::Store::new(&engine, ());
            if let Err(error) = wasmote::Instance::new(&mut store, &module, &[]) {
                assert!(!error.to_string().is_empty());
            }
        });
    }
}

#[test]
fn segments_out_of_bounds() {
    for segment in [
        "(memory 1) (data (i32.const 65535) \"ab\")",
        "(memory 1) (data (i32.const -1) \"a\")",
        "(memory 0) (data (i32.const 1) \"\")",
        "(table 1 funcref) (elem (i32.const 1) $f)",
        "(table 1 funcref) (elem (i32.const -1) $f)",
    ] {
        let wasm =
            format!("(module {segment} (func $f (export \"f\") (result i32) (i32.const 1)))");
        let error = run(wat::parse_str(wasm).expect("the text is valid")).expect_err(segment);
        let expected = if segment.contains("table") {
            wasmote::Trap::TableOutOfBounds
        } else {
            wasmote::Trap::MemoryOutOfBounds
        };
        assert_eq!(error.downcast_ref(), Some(&expected), "{segment}: {error:?}");
    }
}

/// How long a trap takes in a function that was never called before, in a module of `n`.
fn first_traps(n: usize) -> Duration {
    let refs: String = (1..=n).map(|i| format!(" {i}")).collect();
    let traps = "(func unreachable)".repeat(n);
    let text = format!(
        r#"(module (table funcref (elem{refs}))
             (func (export "f") (param i32) (call_indirect (local.get 0))) {traps})"#
    );
    let mut config = Config::new();
    config.compilation_mode(CompilationMode::LazyTranslation);
    let engine = Engine::new(&config).expect("a valid configuration");
    let module = Module::new(&engine, text).expect("valid");
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).expect("it instantiates");
    let f = instance.get_typed_func::<i32, ()>(&mut store, "f").expect("it has the type");
    let start = Instant::now();
    for i in 0..n as i32 {
        let error = f.call(&mut store, i).expect_err("it traps");
        let frames = error.downcast_ref::<WasmBacktrace>().expect("a backtrace").frames();
        let indices: Vec<_> = frames.iter().map(|frame| frame.func_index()).collect();
        assert_eq!(indices, [i as u32 + 1, 0]);
    }
    start.elapsed() / n as u32
}

#[test]
fn a_first_trap_costs_the_same_in_a_large_module() {
    // Were it linear, 16 times as much.
    let small = first_traps(1_000);
    let large = (0..3).map(|_| first_traps(16_000)).min().expect("three");
    println!("{small:?} a trap with 1,000 functions, {large:?} with 16,000");
    assert!(large < 5 * small, "{small:?} with 1,000 functions, {large:?} with 16,000");
}

/// What instantiation consumes of fuel is counted in time that is in proportion to the module.
#[test]
fn many_segments_are_charged_quickly() {
    let active = r#"(elem (i32.const 0) func $f)"#.repeat(50_000);
    let passive = "(elem funcref (ref.func $f))".repeat(50_000);
    let text = format!("(module (table 1 funcref) (func $f) {active} {passive})");
    let left = crate::in_time(move || {
        let engine = Engine::new(Config::new().consume_fuel(true)).expect("a valid configuration");
        let module = Module::new(&engine, text).expect("valid");
        let mut store = Store::new(&engine, ());
        store.set_fuel(1_000_000).expect("there is fuel");
        let start = Instant::now();
        Instance::new(&mut store, &module, &[]).expect("it instantiates");
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        store.get_fuel().expect("there is fuel")
    });
    // Only the entry is paid: see `Startup`.
    assert_eq!(left, 999_999);
}
