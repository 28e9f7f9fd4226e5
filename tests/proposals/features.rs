//! Which proposals are on, and that they can be switched off.

use crate::*;

/// Proposals that are implemented, and a module that needs each.
const ON: &[(WasmFeatures, &str)] = &[
    (WasmFeatures::TAIL_CALL, "(module (func $f (return_call $f)))"),
    (WasmFeatures::MULTI_MEMORY, "(module (memory 1) (memory 1))"),
    (WasmFeatures::MEMORY64, "(module (memory i64 1))"),
    (WasmFeatures::MEMORY64, "(module (table i64 1 funcref))"),
    (WasmFeatures::EXTENDED_CONST, "(module (global i32 (i32.mul (i32.const 2) (i32.const 3))))"),
    (
        WasmFeatures::WIDE_ARITHMETIC,
        "(module (func (param i64) (result i64 i64) (i64.mul_wide_u (local.get 0) (local.get 0))))",
    ),
];

#[test]
fn finished_proposals_are_on_and_can_be_switched_off() {
    for (feature, text) in ON {
        Module::new(&Engine::default(), text).unwrap();
        let engine = Engine::new(Config::new().wasm_features(*feature, false)).unwrap();
        assert!(Module::new(&engine, text).is_err(), "{feature:?}");
    }
}

#[test]
fn the_setters_switch_what_they_are_named_after() {
    type Setter = fn(&mut Config, bool) -> &mut Config;
    let setters: [(WasmFeatures, Setter); 5] = [
        (WasmFeatures::TAIL_CALL, Config::wasm_tail_call),
        (WasmFeatures::MULTI_MEMORY, Config::wasm_multi_memory),
        (WasmFeatures::MEMORY64, Config::wasm_memory64),
        (WasmFeatures::EXTENDED_CONST, Config::wasm_extended_const),
        (WasmFeatures::WIDE_ARITHMETIC, Config::wasm_wide_arithmetic),
    ];
    for (feature, set) in setters {
        let mut config = Config::new();
        let engine = Engine::new(set(&mut config, false)).unwrap();
        for (of, text) in ON {
            assert_eq!(Module::new(&engine, text).is_err(), *of == feature, "{feature:?}: {text}");
        }
    }
}

#[test]
fn custom_page_sizes_are_off_unless_asked_for() {
    let text = "(module (memory 1 (pagesize 1)))";
    assert!(Module::new(&Engine::default(), text).is_err());
    let engine = Engine::new(Config::new().wasm_custom_page_sizes(true)).unwrap();
    Module::new(&engine, text).unwrap();
}

#[test]
fn what_this_version_does_not_have_is_refused() {
    for feature in [
        WasmFeatures::SHARED_EVERYTHING_THREADS,
        WasmFeatures::STACK_SWITCHING,
        WasmFeatures::MEMORY_CONTROL,
        WasmFeatures::COMPONENT_MODEL,
        WasmFeatures::CUSTOM_DESCRIPTORS,
        WasmFeatures::ACQUIRE_RELEASE_ATOMICS,
        WasmFeatures::MULTIBYTE_ARRAY_ACCESS,
    ] {
        let (name, _) = feature.iter_names().next().unwrap();
        let name = name.to_lowercase();
        assert_err_is(
            Engine::new(Config::new().wasm_features(feature, true)),
            &format!("the wasm_{name} feature is not supported on this compiler configuration"),
        );
        // To switch it off is always possible.
        Engine::new(Config::new().wasm_features(feature, false)).unwrap();
    }
}

#[test]
fn branch_hints_are_skipped() {
    // Right ones and wrong ones.
    for hints in [
        r#"(@custom "metadata.code.branch_hint" (before code) "\01\00\01\04\01\01")"#,
        r#"(@custom "metadata.code.branch_hint" (before code) "\ff\ff\ff")"#,
    ] {
        let text = format!(
            "(module {hints} (func (export \"f\") (param i32) (result i32)
                (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2)))))"
        );
        let (mut store, instance) = instance(&text);
        assert_eq!(call::<i32, i32>(&mut store, instance, "f", 1).unwrap(), 1);
        assert_eq!(call::<i32, i32>(&mut store, instance, "f", 0).unwrap(), 2);
    }
}

#[test]
fn imports_may_share_the_name_of_their_module() {
    // `(import "m" (item "a" (func)) (item "b" (global i32)))`, as bytes.
    let bytes = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\
        \x02\x0f\x01\x01m\0\x7f\x02\x01a\0\0\x01b\x03\x7f\0";
    assert!(Module::from_binary(&Engine::default(), bytes).is_err());
    let engine =
        Engine::new(Config::new().wasm_features(WasmFeatures::COMPACT_IMPORTS, true)).unwrap();
    let module = Module::from_binary(&engine, bytes).unwrap();
    let names: Vec<_> =
        module.imports().map(|i| (i.module().to_owned(), i.name().to_owned())).collect();
    assert_eq!(names, [("m".into(), "a".into()), ("m".into(), "b".into())]);
    assert!(module.imports().nth(1).unwrap().ty().global().is_some());
}

#[test]
fn constant_expressions_may_compute() {
    let (engine, mut store, mut linker) = setup();
    let seven = global(&mut store, 7);
    linker.define(&store, "host", "seven", seven).unwrap();
    let module = module(
        &engine,
        r#"(module
            (import "host" "seven" (global $seven i32))
            (global (export "a") i32 (i32.sub (i32.mul (global.get $seven) (i32.const 6)) (i32.const 50)))
            (global (export "b") i64
                (i64.add (i64.mul (i64.const -1) (i64.const 0x7fffffffffffffff)) (i64.const -2)))
            (memory (export "m") 1)
            (data (i32.add (global.get $seven) (i32.const 3)) "x")
            (table (export "t") 10 funcref)
            (func $f)
            (elem (i32.sub (global.get $seven) (i32.const 2)) $f))"#,
    );
    let instance = linker.instantiate(&mut store, &module).unwrap();
    let a = instance.get_global(&mut store, "a").unwrap();
    assert_eq!(a.get(&mut store).unwrap_i32(), -8);
    let b = instance.get_global(&mut store, "b").unwrap();
    assert_eq!(b.get(&mut store).unwrap_i64(), i64::MAX);
    let memory = instance.get_memory(&mut store, "m").unwrap();
    assert_eq!(&memory.data(&store)[9..12], b"\0x\0");
    let table = instance.get_table(&mut store, "t").unwrap();
    assert!(table.get(&mut store, 5).unwrap().unwrap_func().is_some());
    assert!(table.get(&mut store, 4).unwrap().unwrap_func().is_none());
}
