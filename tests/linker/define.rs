//! Defining items, shadowing, `define_name`, instances.

use crate::*;
use std::mem::MaybeUninit;

#[test]
fn a_second_definition_is_an_error() {
    let (_, mut store, mut linker) = setup();
    let global = global(&mut store, 1);
    linker.define(&store, "m", "n", global).unwrap();
    assert_err_is(linker.define(&store, "m", "n", global), "import of `m::n` defined twice");
    assert_err_is(linker.func_wrap("m", "n", || {}), "import of `m::n` defined twice");
    let ty = FuncType::new(linker.engine(), [], []);
    assert_err_is(
        linker.func_new("m", "n", ty.clone(), |_, _, _| Ok(())),
        "import of `m::n` defined twice",
    );
    // SAFETY: the function has no results.
    let raw = unsafe { linker.func_new_unchecked("m", "n", ty, |_, _| Ok(())) };
    assert_err_is(raw, "import of `m::n` defined twice");
    // Either name may be shared.
    linker.func_wrap("m", "other", || {}).unwrap();
    linker.func_wrap("other", "n", || {}).unwrap();
    linker.func_wrap("n", "m", || {}).unwrap();
}

#[test]
fn another_type_under_the_same_name_is_a_duplicate_too() {
    let (_, mut store, mut linker) = setup();
    linker.func_wrap("m", "n", || {}).unwrap();
    let global = global(&mut store, 1);
    let table = table(&mut store, 1, None);
    let memory = Memory::new(&mut store, MemoryType::new(1, None)).unwrap();
    assert!(linker.define(&store, "m", "n", global).is_err());
    assert!(linker.define(&store, "m", "n", table).is_err());
    assert!(linker.define(&store, "m", "n", memory).is_err());
    assert!(linker.func_wrap("m", "n", |_: i32| {}).is_err());
}

#[test]
fn shadowing_replaces_whatever_the_type() {
    let (_, mut store, mut linker) = setup();
    linker.func_wrap("m", "n", || 1).unwrap();
    linker.allow_shadowing(true);
    linker.func_wrap("m", "n", || 2).unwrap();
    let func = linker.get(&mut store, "m", "n").unwrap().into_func().unwrap();
    assert_eq!(call_i32(&mut store, func), 2);
    let global = global(&mut store, 3);
    linker.define(&store, "m", "n", global).unwrap();
    assert!(linker.get(&mut store, "m", "n").unwrap().into_global().is_some());
    assert_eq!(linker.iter(&mut store).count(), 1);
    linker.allow_shadowing(false);
    assert!(linker.func_wrap("m", "n", || 4).is_err());
}

#[test]
fn definitions_can_be_chained() {
    let (engine, mut store, mut linker) = setup();
    let global = global(&mut store, 5);
    linker
        .allow_shadowing(false)
        .allow_unknown_exports(false)
        .func_wrap("a", "1", || {})
        .unwrap()
        .define(&store, "a", "2", global)
        .unwrap()
        .func_new("a", "3", FuncType::new(&engine, [], []), |_, _, _| Ok(()))
        .unwrap();
    assert_eq!(linker.iter(&mut store).count(), 3);
}

#[test]
fn an_item_of_another_store_panics() {
    let (engine, mut store, mut linker) = setup();
    let other = Store::new(&engine, ());
    let text = "object used with the wrong store";
    let func = Func::wrap(&mut store, || {});
    let global = global(&mut store, 1);
    let table = table(&mut store, 1, None);
    let memory = Memory::new(&mut store, MemoryType::new(1, None)).unwrap();
    assert_panics(|| linker.define(&other, "m", "f", func).map(drop), text);
    assert_panics(|| linker.define(&other, "m", "g", global).map(drop), text);
    assert_panics(|| linker.define(&other, "m", "t", table).map(drop), text);
    assert_panics(|| linker.define(&other, "m", "m", memory).map(drop), text);
    assert_panics(|| linker.define_name(&other, "m", memory).map(drop), text);
    assert_eq!(linker.iter(&mut store).count(), 0);
}

#[test]
fn define_does_not_check_the_engine_but_instantiate_does() {
    let (engine, _, mut linker) = setup();
    let mut foreign = Store::new(&Engine::default(), ());
    let global = global(&mut foreign, 1);
    linker.define(&foreign, "m", "g", global).unwrap();
    let user = module(&engine, r#"(module (import "m" "g" (global i32)))"#);
    let error = assert_err_is(
        linker.instantiate_pre(&user),
        "cross-`Engine` instantiation is not currently supported",
    );
    assert_eq!(error.to_string(), "incompatible import type for `m::g`");
}

#[test]
fn one_level_names_are_listed_and_never_imported() {
    let (engine, mut store, mut linker) = setup();
    let item = global(&mut store, 9);
    linker.define_name(&store, "solo", item).unwrap();
    assert_err_is(linker.define_name(&store, "solo", item), "import of `solo` defined twice");
    let listed: Vec<_> =
        linker.iter(&mut store).map(|(m, n, item)| (m.to_owned(), n.to_owned(), item)).collect();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].0.as_str(), listed[0].1.as_str()), ("solo", ""));
    let user = module(&engine, r#"(module (import "solo" "" (global i32)))"#);
    assert!(linker.instantiate(&mut store, &user).unwrap_err().is::<UnknownImportError>());
    // The pair ("solo", "") is another name.
    linker.define(&store, "solo", "", item).unwrap();
    linker.instantiate(&mut store, &user).unwrap();
    // Aliases of the module take it along.
    linker.alias_module("solo", "duo").unwrap();
    assert_eq!(linker.iter(&mut store).filter(|(m, ..)| *m == "duo").count(), 2);
    assert_err_is(linker.define_name(&store, "duo", item), "import of `duo` defined twice");
    linker.allow_shadowing(true);
    linker.define_name(&store, "duo", item).unwrap();
}

#[test]
fn func_new_gets_and_gives_values() {
    let (engine, mut store, mut linker) = setup();
    let ty = FuncType::new(&engine, [ValType::I32, ValType::F64], [ValType::I64, ValType::I32]);
    linker
        .func_new("m", "f", ty, |_, params, results| {
            assert_eq!(params.len(), 2);
            results[0] = Val::I64(i64::from(params[0].unwrap_i32()) + 1);
            results[1] = Val::I32(params[1].unwrap_f64() as i32);
            Ok(())
        })
        .unwrap();
    let user = module(
        &engine,
        r#"(module (import "m" "f" (func $f (param i32 f64) (result i64 i32)))
                   (func (export "run") (result i64 i32) (call $f (i32.const 4) (f64.const 7))))"#,
    );
    let instance = linker.instantiate(&mut store, &user).unwrap();
    let run = instance.get_typed_func::<(), (i64, i32)>(&mut store, "run").unwrap();
    assert_eq!(run.call(&mut store, ()).unwrap(), (5, 7));
}

#[test]
fn a_type_of_another_engine_panics_and_defines_nothing() {
    let (_, mut store, mut linker) = setup();
    let ty = FuncType::new(&Engine::default(), [], []);
    assert_panics(|| linker.func_new("m", "f", ty.clone(), |_, _, _| Ok(())).map(drop), "engine");
    assert_panics(
        // SAFETY: the function has no results.
        || unsafe { linker.func_new_unchecked("m", "f", ty, |_, _| Ok(())) }.map(drop),
        "engine",
    );
    assert!(linker.get(&mut store, "m", "f").is_err());
    linker.func_wrap("m", "f", || {}).unwrap();
}

#[test]
fn func_new_unchecked_shares_its_slots() {
    let (engine, mut store, mut linker) = setup();
    let ty = FuncType::new(&engine, [ValType::I32, ValType::I64], [ValType::I64]);
    let swap = |_: Caller<'_, ()>, slots: &mut [MaybeUninit<ValRaw>]| {
        assert_eq!(slots.len(), 2);
        // SAFETY: both slots hold arguments.
        let (a, b) =
            unsafe { (slots[0].assume_init().get_i32(), slots[1].assume_init().get_i64()) };
        slots[0].write(ValRaw::i64(i64::from(a) * b));
        Ok(())
    };
    // SAFETY: the function leaves its result, an i64, in the first slot.
    unsafe { linker.func_new_unchecked("m", "mul", ty, swap) }.unwrap();
    let ty = FuncType::new(&engine, [], [ValType::I32, ValType::I32, ValType::F32]);
    let three = |_: Caller<'_, ()>, slots: &mut [MaybeUninit<ValRaw>]| {
        assert_eq!(slots.len(), 3);
        slots[0].write(ValRaw::i32(-1));
        slots[1].write(ValRaw::u32(2));
        slots[2].write(ValRaw::f32(1.5f32.to_bits()));
        Ok(())
    };
    // SAFETY: the function leaves its three results in the slots.
    unsafe { linker.func_new_unchecked("m", "three", ty, three) }.unwrap();
    let user = module(
        &engine,
        r#"(module
            (import "m" "mul" (func $mul (param i32 i64) (result i64)))
            (import "m" "three" (func $three (result i32 i32 f32)))
            (func (export "mul") (result i64) (call $mul (i32.const -3) (i64.const 5)))
            (func (export "three") (result i32 i32 f32) (call $three)))"#,
    );
    let instance = linker.instantiate(&mut store, &user).unwrap();
    let mul = instance.get_typed_func::<(), i64>(&mut store, "mul").unwrap();
    assert_eq!(mul.call(&mut store, ()).unwrap(), -15);
    let three = instance.get_typed_func::<(), (i32, i32, f32)>(&mut store, "three").unwrap();
    assert_eq!(three.call(&mut store, ()).unwrap(), (-1, 2, 1.5));
}

#[test]
fn func_wrap_infers_the_type() {
    let (engine, mut store, mut linker) = setup();
    linker.func_wrap("m", "f", |_: Caller<'_, ()>, _: i32, _: u64, _: f32| -> f64 { 0.0 }).unwrap();
    let func = linker.get(&mut store, "m", "f").unwrap().into_func().unwrap();
    let wanted = FuncType::new(&engine, [ValType::I32, ValType::I64, ValType::F32], [ValType::F64]);
    assert!(FuncType::eq(&func.ty(&store), &wanted));
}

#[test]
fn an_instance_is_defined_export_by_export() {
    let (engine, mut store, mut linker) = setup();
    let lib = module(
        &engine,
        r#"(module
            (func (export "f") (result i32) (i32.const 1))
            (global (export "g") i32 (i32.const 2))
            (table (export "t") 3 funcref)
            (memory (export "m") 1))"#,
    );
    let instance = Instance::new(&mut store, &lib, &[]).unwrap();
    linker.instance(&mut store, "lib", instance).unwrap();
    let names: Vec<_> = linker.iter(&mut store).map(|(m, n, _)| format!("{m}.{n}")).collect();
    assert_eq!(names, ["lib.f", "lib.g", "lib.t", "lib.m"]);
    let user = module(
        &engine,
        r#"(module
            (import "lib" "f" (func (result i32)))
            (import "lib" "g" (global i32))
            (import "lib" "t" (table 3 funcref))
            (import "lib" "m" (memory 1))
            (func (export "run") (result i32) (i32.add (call 0) (global.get 0))))"#,
    );
    let user = linker.instantiate(&mut store, &user).unwrap();
    assert_eq!(run_i32(&mut store, user, "run"), 3);
}

#[test]
fn defining_an_instance_is_not_atomic() {
    let (engine, mut store, mut linker) = setup();
    let lib = module(
        &engine,
        r#"(module (func $f) (export "a" (func $f)) (export "b" (func $f)) (export "c" (func $f)))"#,
    );
    let instance = linker.instantiate(&mut store, &lib).unwrap();
    linker.func_wrap("lib", "b", || {}).unwrap();
    assert_err_is(linker.instance(&mut store, "lib", instance), "import of `lib::b` defined twice");
    assert!(linker.get(&mut store, "lib", "a").is_ok());
    assert!(linker.get(&mut store, "lib", "c").is_err());
}

#[test]
fn an_instance_of_another_store_panics() {
    let (engine, mut store, mut linker) = setup();
    let lib = module(&engine, r#"(module (func (export "f")))"#);
    let instance = Instance::new(&mut store, &lib, &[]).unwrap();
    let mut other = Store::new(&engine, ());
    assert_panics(
        || linker.instance(&mut other, "lib", instance).map(drop),
        "object used with the wrong store",
    );
}

#[test]
fn functions_of_every_kind_can_be_defined() {
    let (engine, mut store, mut linker) = setup();
    let wasm = module(&engine, r#"(module (func (export "f") (result i32) (i32.const 10)))"#);
    let instance = Instance::new(&mut store, &wasm, &[]).unwrap();
    let wasm = instance.get_func(&mut store, "f").unwrap();
    let host = Func::wrap(&mut store, || 20);
    let ty = FuncType::new(&engine, [], [ValType::I32]);
    let new = Func::new(&mut store, ty, |_, _, results| {
        results[0] = Val::I32(30);
        Ok(())
    });
    for (name, func) in [("wasm", wasm), ("host", host), ("new", new)] {
        linker.define(&store, "m", name, func).unwrap();
    }
    let user = module(
        &engine,
        r#"(module
            (import "m" "wasm" (func $a (result i32)))
            (import "m" "host" (func $b (result i32)))
            (import "m" "new" (func $c (result i32)))
            (func (export "run") (result i32) (i32.add (call $a) (i32.add (call $b) (call $c)))))"#,
    );
    let user = linker.instantiate(&mut store, &user).unwrap();
    assert_eq!(run_i32(&mut store, user, "run"), 60);
}
