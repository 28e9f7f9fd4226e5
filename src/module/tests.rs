//! What is translated when; see tests/modes.rs for what embedders see of it.

use wasmparser::{BinaryReaderError, Parser, ValidPayload, Validator};

use super::Module;
use crate::{
    CompilationMode, Config, Engine, FrameInfo, Global, GlobalType, Instance, Mutability, Result,
    Store, Trap, ValType, WasmBacktrace,
};

fn engine(mode: CompilationMode) -> Result<Engine> {
    Engine::new(Config::new().compilation_mode(mode))
}

#[test]
fn functions_are_translated_when_they_are_called() -> Result<()> {
    let engine = engine(CompilationMode::LazyTranslation)?;
    let module = Module::new(
        &engine,
        r#"(module
            (table 1 funcref)
            (elem (i32.const 0) $square)
            (func $fib (export "fib") (param i32) (result i32)
                (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
                    (then (local.get 0))
                    (else (i32.add
                        (call $fib (i32.sub (local.get 0) (i32.const 1)))
                        (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
            (func $square (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))
            (func (export "both") (param i32) (result i32)
                (call_indirect (param i32) (result i32) (call $fib (local.get 0)) (i32.const 0)))
            (func (export "never") (unreachable)))"#,
    )?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let both = instance.get_typed_func::<i32, i32>(&mut store, "both")?;
    assert_eq!(both.call(&mut store, 10)?, 55 * 55);
    let translated: [bool; 4] = core::array::from_fn(|i| module.code().func(i as u32).is_some());
    assert_eq!(translated, [true, true, true, false]);

    // Another instance finds the code there.
    let other = Instance::new(&mut store, &module, &[])?;
    let fib = other.get_typed_func::<i32, i32>(&mut store, "fib")?;
    assert_eq!(fib.call(&mut store, 12)?, 144);
    Ok(())
}

#[test]
fn traps_are_located_in_functions_translated_late() -> Result<()> {
    let wat = r#"(module (func $die unreachable) (func (export "run") (call $die)))"#;
    let frames = |mode: CompilationMode| -> Result<alloc::vec::Vec<_>> {
        let engine = engine(mode)?;
        let module = Module::new(&engine, wat)?;
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
        let error = run.call(&mut store, ()).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::UnreachableCodeReached));
        let place = |frame: &FrameInfo| (frame.func_index(), frame.module_offset());
        let backtrace = error.downcast_ref::<WasmBacktrace>().expect("a backtrace");
        Ok(backtrace.frames().iter().map(place).collect())
    };
    let eager = frames(CompilationMode::Eager)?;
    assert_eq!(frames(CompilationMode::LazyTranslation)?, eager);
    assert_eq!(frames(CompilationMode::Lazy)?, eager);
    Ok(())
}

#[test]
fn code_is_not_kept_in_two_forms() -> Result<()> {
    let functions = r#"(func (export "f") (result i32) (i32.load8_u (i32.const 1)))"#.to_string()
        + &"(func (drop (i32.const 0x12345678)))".repeat(100);
    let data = r#"(memory 1) (data (i32.const 0) "\00\2a")"#;
    // Function 0 is called `ab`.
    let name = r#""\01\05\01\00\02ab""#;
    for place in ["before", "after"] {
        let wat =
            alloc::format!(r#"(module {data} {functions} (@custom "name" ({place} code) {name}))"#);
        let kept = |mode| -> Result<usize> {
            let engine = engine(mode)?;
            let module = Module::new(&engine, &wat)?;
            assert_eq!(module.func_name(0), Some("ab"), "{place}");
            let mut store = Store::new(&engine, ());
            let instance = Instance::new(&mut store, &module, &[])?;
            let f = instance.get_typed_func::<(), i32>(&mut store, "f")?;
            assert_eq!(f.call(&mut store, ())?, 42, "{place}");
            Ok(module.code().bytes().len())
        };
        assert_eq!(kept(CompilationMode::Lazy)?, kept(CompilationMode::LazyTranslation)?);
        assert!(kept(CompilationMode::Eager)? + 1000 < kept(CompilationMode::Lazy)?);
    }
    Ok(())
}

/// What wasmparser says of a module, payload by payload.
fn by_wasmparser(engine: &Engine, bytes: &[u8]) -> Result<(), BinaryReaderError> {
    let mut parser = Parser::new(0);
    parser.set_features(engine.features());
    let mut validator = Validator::new_with_features(engine.features());
    for payload in parser.parse_all(bytes) {
        if let ValidPayload::Func(func, body) = validator.payload(&payload?)? {
            func.into_validator(Default::default()).validate(&body)?;
        }
    }
    Ok(())
}

#[test]
fn whatever_is_wrong_is_said_as_by_wasmparser() -> Result<()> {
    let engine = Engine::default();
    let good = wat::parse_str(
        r#"(module
            (memory 1)
            (func (result i32) (i32.const 1000))
            (func (param i64) (local i32) (local.set 1 (i32.load offset=300 (local.get 1))))
            (func (export "f") (call 1 (i64.const 3)))
            (data (i32.const 0) "abc"))"#,
    )?;
    let (mut valid, mut invalid) = (0, 0);
    let mut compare = |bytes: &[u8]| {
        let ours = Module::validate(&engine, bytes).map_err(|error| error.to_string());
        let theirs = by_wasmparser(&engine, bytes).map_err(|error| error.to_string());
        assert_eq!(ours, theirs, "{bytes:x?}");
        *if ours.is_ok() { &mut valid } else { &mut invalid } += 1;
    };
    // Behind the header.
    for at in 8..good.len() {
        compare(&good[..at]);
        for byte in [
            0,
            1,
            2,
            0x0b,
            0x7f,
            0x80,
            0xff,
            good[at] ^ 0x80,
            good[at].wrapping_add(1),
            good[at].wrapping_sub(1),
        ] {
            let mut bytes = good.clone();
            bytes[at] = byte;
            compare(&bytes);
        }
    }
    assert!(valid > 100 && invalid > 500, "{valid} {invalid}");
    Ok(())
}

#[test]
fn expressions_are_found_on_both_sides_of_code_that_is_not_kept() -> Result<()> {
    let wat = r#"(module
        (import "" "base" (global $base i32))
        (memory 1)
        (table (export "table") 4 funcref)
        (global (export "wide") i64 (i64.const -2))
        (global (export "sum") f64 (f64.const 1.5))
        (global (export "difference") i32 (i32.sub (global.get $base) (i32.const 50)))
        (elem (i32.sub (global.get $base) (i32.const 39)) funcref
            (ref.func $first) (ref.null func) (ref.func $second))
        (func $first (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
        (func $second (result i64) (i64.const 1))
        (data (i32.add (global.get $base) (i32.const 2)) "abc"))"#;
    for mode in [CompilationMode::Eager, CompilationMode::LazyTranslation, CompilationMode::Lazy] {
        let engine = engine(mode)?;
        let module = Module::new(&engine, wat)?;
        let mut store = Store::new(&engine, ());
        let ty = GlobalType::new(ValType::I32, Mutability::Const);
        let base = Global::new(&mut store, ty, 40.into())?;
        let instance = Instance::new(&mut store, &module, &[base.into()])?;
        let mut global = |name| instance.get_global(&mut store, name).unwrap().get(&mut store);
        assert_eq!(global("wide").i64(), Some(-2));
        assert_eq!(global("sum").f64(), Some(1.5));
        assert_eq!(global("difference").i32(), Some(-10));
        let load = instance.get_typed_func::<i32, i32>(&mut store, "load")?;
        let loaded = [41, 42, 44, 45].map(|at| load.call(&mut store, at).unwrap());
        assert_eq!(loaded, [0, b'a'.into(), b'c'.into(), 0]);
        let table = instance.get_table(&mut store, "table").unwrap();
        let nulls = [0, 1, 2, 3].map(|at| table.get(&mut store, at).unwrap().is_null());
        assert_eq!(nulls, [true, false, true, false]);
    }
    Ok(())
}

/// Custom sections behind the others are not kept, but for that of the names, which may stand anywhere.
#[test]
fn what_is_kept_has_the_names_and_not_the_debug_information() -> Result<()> {
    let whole = wat::parse_str(
        r#"(module (memory 1) (func $die unreachable) (func (export "run") (call $die))
            (data (i32.const 0) "data"))"#,
    )?;
    let custom = |name: &str, data: &[u8]| {
        let (name, data) = ([&[name.len() as u8], name.as_bytes()].concat(), data);
        [&[0, (name.len() + data.len()) as u8], &name[..], data].concat()
    };
    let names = |name: u8| custom("name", &[1, 4, 1, 0, 1, name]);
    let debug = custom(".debug_info", &[0; 100]);
    // Where the sections end, of which the last is that of the names.
    let mut ends = alloc::vec![8];
    while *ends.last().expect("it is not empty") < whole.len() {
        let at = *ends.last().expect("it is not empty");
        ends.push(at + 2 + usize::from(whole[at + 1]));
    }
    ends.pop();
    let (last, whole) = (*ends.last().expect("it is not empty"), &whole[..ends[ends.len() - 1]]);
    for mode in [CompilationMode::Eager, CompilationMode::LazyTranslation, CompilationMode::Lazy] {
        let mut config = Config::new();
        config.compilation_mode(mode).wasm_backtrace_details(crate::WasmBacktraceDetails::Disable);
        let engine = Engine::new(&config)?;
        let plain = Module::new(&engine, whole)?.bytes().len();
        for &at in &ends {
            let inserted = [&names(b'a'), &debug, &names(b'b')];
            let bytes =
                [&whole[..at], &inserted.map(|part| &part[..]).concat(), &whole[at..]].concat();
            let module = Module::new(&engine, &bytes)?;
            let kept = if at == last { 6 } else { inserted.iter().map(|part| part.len()).sum() };
            assert_eq!(module.bytes().len(), plain + kept);
            let mut store = Store::new(&engine, ());
            let instance = Instance::new(&mut store, &module, &[])?;
            let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
            let error = run.call(&mut store, ()).unwrap_err();
            let backtrace = error.downcast_ref::<WasmBacktrace>().expect("a backtrace");
            assert_eq!(backtrace.frames()[0].func_name(), Some("a"));
        }
    }
    Ok(())
}
