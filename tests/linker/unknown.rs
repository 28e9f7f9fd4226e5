//! Stand-ins for unknown imports.

use crate::*;

#[test]
fn traps_tell_which_import_is_missing() {
    let (engine, mut store, mut linker) = setup();
    let user = module(
        &engine,
        r#"(module
            (import "a" "f" (func $f (param i32) (result i64)))
            (func (export "run") (drop (call $f (i32.const 0))))
            (func (export "idle")))"#,
    );
    linker.define_unknown_imports_as_traps(&user).unwrap();
    let instance = linker.instantiate(&mut store, &user).unwrap();
    instance.get_typed_func::<(), ()>(&mut store, "idle").unwrap().call(&mut store, ()).unwrap();
    let run = instance.get_typed_func::<(), ()>(&mut store, "run").unwrap();
    let error = run.call(&mut store, ()).unwrap_err();
    assert!(error.is::<UnknownImportError>());
    assert!(error.is::<WasmBacktrace>());
    assert!(error.downcast_ref::<Trap>().is_none());
    let unknown = error.downcast::<UnknownImportError>().unwrap();
    assert_eq!((unknown.module(), unknown.name()), ("a", "f"));
    assert_eq!(unknown.to_string(), "unknown import: `a::f` has not been defined");
    assert!(FuncType::eq(
        unknown.ty().unwrap_func(),
        &FuncType::new(&engine, [ValType::I32], [ValType::I64])
    ));
    assert_eq!(unknown.clone().to_string(), unknown.to_string());
}

#[test]
fn traps_are_for_functions_only() {
    let (engine, mut store, mut linker) = setup();
    let user = module(
        &engine,
        r#"(module (import "a" "m" (memory 1)) (import "a" "f" (func)) (import "a" "g" (global i32)))"#,
    );
    linker.define_unknown_imports_as_traps(&user).unwrap();
    assert!(linker.get(&mut store, "a", "f").is_ok());
    assert_eq!(linker.iter(&mut store).count(), 1);
    let error = linker.instantiate(&mut store, &user).unwrap_err();
    assert_eq!(error.downcast::<UnknownImportError>().unwrap().name(), "m");
}

#[test]
fn traps_leave_what_is_defined_alone() {
    let (engine, mut store, mut linker) = setup();
    linker.func_wrap("a", "good", || 4).unwrap();
    linker.func_wrap("a", "bad", |_: i32| {}).unwrap();
    let good = module(
        &engine,
        r#"(module (import "a" "good" (func $f (result i32))) (export "run" (func $f)))"#,
    );
    linker.define_unknown_imports_as_traps(&good).unwrap();
    let instance = linker.instantiate(&mut store, &good).unwrap();
    assert_eq!(run_i32(&mut store, instance, "run"), 4);
    let bad = module(&engine, r#"(module (import "a" "bad" (func)))"#);
    linker.define_unknown_imports_as_traps(&bad).unwrap();
    assert_err_is(linker.instantiate(&mut store, &bad), "incompatible import type for `a::bad`");
}

#[test]
fn the_first_type_of_a_name_wins() {
    let (engine, mut store, mut linker) = setup();
    let user =
        module(&engine, r#"(module (import "a" "f" (func)) (import "a" "f" (func (param i32))))"#);
    linker.define_unknown_imports_as_traps(&user).unwrap();
    let func = linker.get(&mut store, "a", "f").unwrap().into_func().unwrap();
    assert_eq!(func.ty(&store).params().len(), 0);
    assert_err_is(linker.instantiate(&mut store, &user), "incompatible import type for `a::f`");
}

#[test]
fn trap_stand_ins_belong_to_no_store() {
    let (engine, mut store, mut linker) = setup();
    let user = module(&engine, r#"(module (import "a" "f" (func)))"#);
    linker.define_unknown_imports_as_traps(&user).unwrap();
    linker.instantiate(&mut store, &user).unwrap();
    linker.instantiate(&mut Store::new(&engine, ()), &user).unwrap();
}

#[test]
fn functions_give_default_values() {
    let (engine, mut store, mut linker) = setup();
    let user = module(
        &engine,
        r#"(module
            (import "a" "f" (func $f (param i32) (result i32 i64 f32 f64 funcref externref)))
            (func (export "run") (result i32 i64 f32 f64 funcref externref)
                (call $f (i32.const 9))))"#,
    );
    linker.define_unknown_imports_as_default_values(&mut store, &user).unwrap();
    let instance = linker.instantiate(&mut store, &user).unwrap();
    let run = instance.get_func(&mut store, "run").unwrap();
    let mut results = vec![Val::I32(-1); 6];
    run.call(&mut store, &[], &mut results).unwrap();
    assert_eq!(results[0].unwrap_i32(), 0);
    assert_eq!(results[1].unwrap_i64(), 0);
    assert_eq!(results[2].unwrap_f32(), 0.0);
    assert_eq!(results[3].unwrap_f64(), 0.0);
    assert!(matches!(results[4], Val::FuncRef(None)));
    assert!(matches!(results[5], Val::ExternRef(None)));
}

#[test]
fn every_kind_has_a_default() {
    let (engine, mut store, mut linker) = setup();
    let user = module(
        &engine,
        r#"(module
            (import "a" "m" (memory 2 5))
            (import "a" "t" (table 3 7 funcref))
            (import "a" "g" (global (mut i64)))
            (import "a" "r" (global externref))
            (import "a" "f" (func))
            (export "m" (memory 0)) (export "t" (table 0)) (export "g" (global 0)))"#,
    );
    linker.define_unknown_imports_as_default_values(&mut store, &user).unwrap();
    assert_eq!(linker.iter(&mut store).count(), 5);
    let instance = linker.instantiate(&mut store, &user).unwrap();
    let memory = instance.get_memory(&mut store, "m").unwrap();
    assert_eq!(memory.size(&store), 2);
    assert_eq!(memory.ty(&store).maximum(), Some(5));
    let table = instance.get_table(&mut store, "t").unwrap();
    assert_eq!(table.size(&store), 3);
    assert!(table.get(&mut store, 2).unwrap().is_null());
    let global = instance.get_global(&mut store, "g").unwrap();
    assert_eq!(global.get(&mut store).unwrap_i64(), 0);
    global.set(&mut store, Val::I64(5)).unwrap();
}

#[test]
fn defaults_leave_what_is_defined_alone() {
    let (engine, mut store, mut linker) = setup();
    linker.func_wrap("a", "f", || 4).unwrap();
    let user = module(
        &engine,
        r#"(module (import "a" "f" (func $f (result i32))) (import "a" "g" (global i32))
                   (export "run" (func $f)))"#,
    );
    linker.define_unknown_imports_as_default_values(&mut store, &user).unwrap();
    let instance = linker.instantiate(&mut store, &user).unwrap();
    assert_eq!(run_i32(&mut store, instance, "run"), 4);
}

#[test]
fn defaults_tie_the_linker_to_the_store() {
    let (engine, mut store, mut linker) = setup();
    let user = module(&engine, r#"(module (import "a" "f" (func)))"#);
    linker.define_unknown_imports_as_default_values(&mut store, &user).unwrap();
    linker.instantiate(&mut store, &user).unwrap();
    assert_err(
        linker.instantiate(&mut Store::new(&engine, ()), &user),
        "cross-`Store` instantiation is not currently supported",
    );
}

#[test]
fn defaults_respect_the_limiter() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, StoreLimitsBuilder::new().memory_size(65536).build());
    store.limiter(|limits| limits);
    let mut linker = Linker::new(&engine);
    let user = module(&engine, r#"(module (import "a" "f" (func)) (import "a" "m" (memory 2)))"#);
    let error = linker.define_unknown_imports_as_default_values(&mut store, &user).unwrap_err();
    assert!(
        error.to_string().starts_with("no default value exists for `a::m` with type `"),
        "{error}"
    );
    // What came before it stays.
    assert!(linker.get(&mut store, "a", "f").is_ok());
}
