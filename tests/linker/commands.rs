//! `Linker::module`: commands and reactors.

use crate::*;

/// A linker whose functions `host.hit` count calls in the store's data.
fn counting() -> (Engine, Store<i32>, Linker<i32>) {
    let engine = Engine::default();
    let store = Store::new(&engine, 0);
    let mut linker = Linker::new(&engine);
    linker.func_wrap("host", "hit", |mut caller: Caller<'_, i32>| *caller.data_mut() += 1).unwrap();
    (engine, store, linker)
}

#[test]
fn a_store_of_another_engine_panics() {
    let (engine, _, mut linker) = setup();
    let mut other = Store::new(&Engine::default(), ());
    let empty = module(&engine, "(module)");
    assert_panics(
        || linker.module(&mut other, "m", &empty).map(drop),
        "different engines for this linker and the store provided",
    );
}

#[test]
fn a_module_cannot_be_both() {
    let (engine, mut store, mut linker) = setup();
    for module_text in [
        r#"(module (func (export "_start")) (func (export "_initialize")))"#,
        r#"(module (memory (export "_start") 1) (func (export "_initialize")))"#,
        r#"(module (func (export "_start")) (memory (export "_initialize") 1))"#,
    ] {
        assert_err_is(
            linker.module(&mut store, "m", &module(&engine, module_text)),
            "Program cannot be both a Command and a Reactor",
        );
    }
    assert_eq!(linker.iter(&mut store).count(), 0);
}

#[test]
fn the_entry_points_must_be_functions() {
    let (engine, mut store, mut linker) = setup();
    assert_err_is(
        linker.module(
            &mut store,
            "m",
            &module(&engine, r#"(module (memory (export "_start") 1))"#),
        ),
        "`_start` must be a function",
    );
    let text = r#"(module (table (export "_initialize") 1 funcref))"#;
    assert_err_is(
        linker.module(&mut store, "m", &module(&engine, text)),
        "`_initialize` must be a function",
    );
}

#[test]
fn a_command_runs_in_a_new_instance_each_time() {
    let (engine, mut store, mut linker) = setup();
    let command = module(
        &engine,
        r#"(module
            (global $n (mut i32) (i32.const 0))
            (func (export "_start") (result i32)
                (global.set $n (i32.add (global.get $n) (i32.const 1)))
                (global.get $n))
            (func (export "add") (param i32 i32) (result i32 i32)
                (i32.add (local.get 0) (local.get 1)) (global.get $n)))"#,
    );
    linker.module(&mut store, "c", &command).unwrap();
    let start = linker.get(&mut store, "c", "_start").unwrap().into_func().unwrap();
    for _ in 0..3 {
        assert_eq!(call_i32(&mut store, start), 1);
    }
    let add = linker.get(&mut store, "c", "add").unwrap().into_func().unwrap();
    let add = add.typed::<(i32, i32), (i32, i32)>(&store).unwrap();
    assert_eq!(add.call(&mut store, (2, 3)).unwrap(), (5, 0));
}

#[test]
fn a_command_can_be_imported() {
    let (engine, mut store, mut linker) = setup();
    let command = module(
        &engine,
        r#"(module (func (export "_start")) (func (export "f") (result i32) (i32.const 8)))"#,
    );
    linker.module(&mut store, "c", &command).unwrap();
    let user = module(
        &engine,
        r#"(module (import "c" "f" (func $f (result i32))) (func (export "run") (result i32) (call $f)))"#,
    );
    let user = linker.instantiate(&mut store, &user).unwrap();
    assert_eq!(run_i32(&mut store, user, "run"), 8);
}

#[test]
fn a_command_is_not_run_by_defining_it() {
    let (engine, mut store, mut linker) = counting();
    let command = module(
        &engine,
        r#"(module (import "host" "hit" (func $hit)) (func (export "_start") (call $hit)))"#,
    );
    linker.module(&mut store, "c", &command).unwrap();
    assert_eq!(*store.data(), 0);
}

#[test]
fn the_start_function_of_a_command_runs_for_every_call() {
    let (engine, mut store, mut linker) = counting();
    let command = module(
        &engine,
        r#"(module (import "host" "hit" (func $hit)) (start $hit)
                   (func (export "_start")) (func (export "f")))"#,
    );
    linker.module(&mut store, "c", &command).unwrap();
    assert_eq!(*store.data(), 0);
    for name in ["_start", "f", "f"] {
        let func = linker.get(&mut store, "c", name).unwrap().into_func().unwrap();
        func.call(&mut store, &[], &mut []).unwrap();
    }
    assert_eq!(*store.data(), 3);
}

#[test]
fn the_imports_of_a_command_are_resolved_when_it_is_defined() {
    let (engine, mut store, mut linker) = setup();
    let command = module(
        &engine,
        r#"(module (import "later" "f" (func $f)) (func (export "_start") (call $f)))"#,
    );
    let error = linker.module(&mut store, "c", &command).unwrap_err();
    assert!(error.is::<UnknownImportError>());
    linker.func_wrap("later", "f", || {}).unwrap();
    linker.module(&mut store, "c", &command).unwrap();
}

#[test]
fn incidental_exports_of_a_command_are_passed_over() {
    let (engine, mut store, mut linker) = setup();
    let command = module(
        &engine,
        r#"(module
            (memory (export "memory") 1)
            (table (export "__indirect_function_table") 1 funcref)
            (export "table" (table 0))
            (global (export "__data_end") i32 (i32.const 0))
            (global (export "__heap_base") i32 (i32.const 0))
            (global (export "__dso_handle") i32 (i32.const 0))
            (global (export "__rtti_base") i32 (i32.const 0))
            (func (export "_start")))"#,
    );
    linker.module(&mut store, "c", &command).unwrap();
    let names: Vec<_> = linker.iter(&mut store).map(|(_, n, _)| n.to_owned()).collect();
    assert_eq!(names, ["_start"]);
}

#[test]
fn an_incidental_name_must_be_of_its_kind() {
    let (engine, mut store, mut linker) = setup();
    for (name, export) in [
        ("memory", r#"(table (export "memory") 1 funcref)"#),
        ("table", r#"(memory (export "table") 1)"#),
        ("__heap_base", r#"(memory (export "__heap_base") 1)"#),
        ("__data_end", r#"(table (export "__data_end") 1 funcref)"#),
        ("mem", r#"(memory (export "mem") 1)"#),
        ("g", r#"(global (export "g") i32 (i32.const 0))"#),
    ] {
        let command = module(&engine, &format!(r#"(module {export} (func (export "_start")))"#));
        assert_err_is(
            linker.module(&mut store, "c", &command),
            &format!("command export '{name}' is not a function"),
        );
    }
    // A function of an incidental name is a function.
    let command = module(&engine, r#"(module (func (export "memory")) (func (export "_start")))"#);
    linker.module(&mut store, "c", &command).unwrap();
    assert!(linker.get(&mut store, "c", "memory").unwrap().into_func().is_some());
}

#[test]
fn unknown_exports_of_a_command_can_be_allowed() {
    let (engine, mut store, mut linker) = setup();
    let command = module(
        &engine,
        r#"(module (func (export "_start")) (memory (export "extra") 1) (func (export "last")))"#,
    );
    assert_err_is(
        linker.module(&mut store, "c", &command),
        "command export 'extra' is not a function",
    );
    // What came before it stays.
    assert!(linker.get(&mut store, "c", "_start").is_ok());
    assert!(linker.get(&mut store, "c", "last").is_err());
    linker.allow_unknown_exports(true);
    linker.module(&mut store, "d", &command).unwrap();
    assert!(linker.get(&mut store, "d", "last").is_ok());
    assert!(linker.get(&mut store, "d", "extra").is_err());
}

#[test]
fn a_second_module_of_the_name_is_a_duplicate() {
    let (engine, mut store, mut linker) = setup();
    let command = module(&engine, r#"(module (func (export "_start")))"#);
    linker.module(&mut store, "c", &command).unwrap();
    assert_err_is(linker.module(&mut store, "c", &command), "import of `c::_start` defined twice");
    let reactor = module(&engine, r#"(module (func (export "_start2")))"#);
    linker.module(&mut store, "c", &reactor).unwrap();
    assert_err_is(linker.module(&mut store, "c", &reactor), "import of `c::_start2` defined twice");
}

#[test]
fn the_calls_of_a_command_are_limited_by_instances() {
    let (engine, mut store, mut linker) = setup();
    let command = module(&engine, r#"(module (func (export "_start")))"#);
    linker.module(&mut store, "c", &command).unwrap();
    let start = linker.get_default(&mut store, "c").unwrap().typed::<(), ()>(&store).unwrap();
    for _ in 0..10_000 {
        start.call(&mut store, ()).unwrap();
    }
    assert_err_is(
        start.call(&mut store, ()),
        "resource limit exceeded: instance count too high at 10001",
    );
}

#[test]
fn a_trap_in_a_command_comes_out() {
    let (engine, mut store, mut linker) = setup();
    let command = module(&engine, r#"(module (func (export "_start") unreachable))"#);
    linker.module(&mut store, "c", &command).unwrap();
    let start = linker.get_default(&mut store, "c").unwrap();
    let error = start.call(&mut store, &[], &mut []).unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::UnreachableCodeReached));
}

#[test]
fn a_reactor_is_instantiated_once() {
    let (engine, mut store, mut linker) = counting();
    let reactor = module(
        &engine,
        r#"(module
            (import "host" "hit" (func $hit))
            (global $n (mut i32) (i32.const 0))
            (memory (export "mem") 1)
            (func (export "_initialize") (call $hit) (global.set $n (i32.const 10)))
            (func (export "next") (result i32)
                (global.set $n (i32.add (global.get $n) (i32.const 1)))
                (global.get $n)))"#,
    );
    linker.module(&mut store, "r", &reactor).unwrap();
    assert_eq!(*store.data(), 1);
    let next = linker.get(&mut store, "r", "next").unwrap().into_func().unwrap();
    assert_eq!(call_i32(&mut store, next), 11);
    let again = linker.get(&mut store, "r", "next").unwrap().into_func().unwrap();
    assert_eq!(call_i32(&mut store, again), 12);
    assert!(linker.get(&mut store, "r", "mem").unwrap().into_memory().is_some());
    // `_initialize` can be imported like everything else.
    let user = module(&engine, r#"(module (import "r" "_initialize" (func $f)) (start $f))"#);
    linker.instantiate(&mut store, &user).unwrap();
    assert_eq!(*store.data(), 2);
}

#[test]
fn a_module_without_entry_points_is_a_reactor() {
    let (engine, mut store, mut linker) = counting();
    let reactor = module(
        &engine,
        r#"(module (import "host" "hit" (func $hit)) (start $hit)
                   (func (export "") (result i32) (i32.const 3)))"#,
    );
    linker.module(&mut store, "r", &reactor).unwrap();
    assert_eq!(*store.data(), 1);
    let func = linker.get_default(&mut store, "r").unwrap();
    assert_eq!(call_i32(&mut store, func), 3);
    assert_eq!(*store.data(), 1);
}

#[test]
fn an_initialization_of_the_wrong_type_is_an_error() {
    let (engine, mut store, mut linker) = setup();
    let reactor = module(&engine, r#"(module (func (export "_initialize") (param i32)))"#);
    let error = assert_err_is(
        linker.module(&mut store, "r", &reactor),
        "calling the Reactor initialization function",
    );
    assert_eq!(error.to_string(), "calling the Reactor initialization function");
    assert_eq!(linker.iter(&mut store).count(), 0);
}

#[test]
fn an_initialization_that_traps_is_an_error() {
    let (engine, mut store, mut linker) = setup();
    let reactor = module(
        &engine,
        r#"(module (func (export "_initialize") unreachable) (func (export "f")))"#,
    );
    let error = linker.module(&mut store, "r", &reactor).unwrap_err();
    assert_eq!(error.to_string(), "calling the Reactor initialization function");
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::UnreachableCodeReached));
    assert_eq!(linker.iter(&mut store).count(), 0);
}

#[test]
fn a_reactor_with_missing_imports_is_an_error() {
    let (engine, mut store, mut linker) = setup();
    let reactor = module(&engine, r#"(module (import "a" "f" (func)))"#);
    assert!(linker.module(&mut store, "r", &reactor).unwrap_err().is::<UnknownImportError>());
}
