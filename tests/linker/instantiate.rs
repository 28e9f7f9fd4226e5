//! `instantiate` and `instantiate_pre`: which error wins, sizes, what a failure leaves behind.

use crate::*;

#[test]
fn a_module_of_another_engine_is_an_error() {
    let (_, mut store, linker) = setup();
    let foreign = module(&Engine::default(), r#"(module (import "a" "f" (func)))"#);
    let text = "cross-`Engine` instantiation is not currently supported";
    assert_err_is(linker.instantiate(&mut store, &foreign), text);
    assert_err_is(linker.instantiate_pre(&foreign), text);
}

#[test]
fn a_store_of_another_engine_is_an_error() {
    let (engine, _, mut linker) = setup();
    linker.func_wrap("a", "f", || {}).unwrap();
    let mut other = Store::new(&Engine::default(), ());
    for text in ["(module)", r#"(module (import "a" "f" (func)))"#] {
        assert_err_is(
            linker.instantiate(&mut other, &module(&engine, text)),
            "cross-`Engine` instantiation is not currently supported",
        );
    }
}

#[test]
fn the_first_missing_import_wins() {
    let (engine, mut store, mut linker) = setup();
    linker.func_wrap("a", "wrong", |_: i32| {}).unwrap();
    let user = module(
        &engine,
        r#"(module
            (import "a" "wrong" (func))
            (import "a" "first" (func (param i32)))
            (import "a" "second" (func)))"#,
    );
    for error in
        [linker.instantiate(&mut store, &user).map(drop), linker.instantiate_pre(&user).map(drop)]
    {
        let error = error.unwrap_err();
        let text = "unknown import: `a::first` has not been defined, and neither has `a::second`";
        assert_eq!(error.to_string(), text);
        assert!(error.is::<UnknownImportError>());
        let unknown = error.downcast::<UnknownImportError>().unwrap();
        assert_eq!((unknown.module(), unknown.name()), ("a", "first"));
        let wanted = FuncType::new(&engine, [ValType::I32], []);
        assert!(FuncType::eq(unknown.ty().unwrap_func(), &wanted));
    }
}

#[test]
fn a_name_must_match_in_both_parts() {
    let (engine, mut store, mut linker) = setup();
    linker.func_wrap("a", "b", || {}).unwrap();
    linker.func_wrap("c", "d", || {}).unwrap();
    for names in ["\"a\" \"d\"", "\"c\" \"b\"", "\"b\" \"a\"", "\"\" \"b\"", "\"a\" \"\""] {
        let user = module(&engine, &format!("(module (import {names} (func)))"));
        assert!(linker.instantiate(&mut store, &user).unwrap_err().is::<UnknownImportError>());
    }
}

#[test]
fn types_are_checked_in_order() {
    let (engine, mut store, mut linker) = setup();
    linker.func_wrap("a", "1", || {}).unwrap();
    linker.func_wrap("a", "2", || {}).unwrap();
    linker.func_wrap("a", "3", || {}).unwrap();
    let user = module(
        &engine,
        r#"(module
            (import "a" "1" (func))
            (import "a" "2" (memory 1))
            (import "a" "3" (func (param i32))))"#,
    );
    let error = linker.instantiate(&mut store, &user).unwrap_err();
    assert_eq!(error.to_string(), "incompatible import type for `a::2`");
    assert_eq!(error.chain().count(), 2);
}

#[test]
fn sizes_are_looked_at_by_instantiate_only() {
    let (engine, mut store, mut linker) = setup();
    let table = table(&mut store, 1, None);
    linker.define(&store, "m", "t", table).unwrap();
    let memory = Memory::new(&mut store, MemoryType::new(1, None)).unwrap();
    linker.define(&store, "m", "m", memory).unwrap();
    let wants_table = module(&engine, r#"(module (import "m" "t" (table 5 funcref)))"#);
    let wants_memory = module(&engine, r#"(module (import "m" "m" (memory 2)))"#);
    assert!(linker.instantiate(&mut store, &wants_table).is_err());
    assert!(linker.instantiate(&mut store, &wants_memory).is_err());
    table.grow(&mut store, 9, Ref::Func(None)).unwrap();
    memory.grow(&mut store, 1).unwrap();
    assert_err_is(linker.instantiate_pre(&wants_table), "incompatible import type for `m::t`");
    assert_err_is(linker.instantiate_pre(&wants_memory), "incompatible import type for `m::m`");
    linker.instantiate(&mut store, &wants_table).unwrap();
    linker.instantiate(&mut store, &wants_memory).unwrap();
    // What `instantiate` saw is not kept.
    assert!(linker.instantiate_pre(&wants_table).is_err());
    // A new definition is.
    linker.allow_shadowing(true);
    linker.define(&store, "m", "t", table).unwrap();
    linker.instantiate_pre(&wants_table).unwrap();
}

#[test]
fn a_prepared_instance_can_be_made_again_after_growth() {
    let (engine, mut store, mut linker) = setup();
    let table = table(&mut store, 1, None);
    linker.define(&store, "m", "t", table).unwrap();
    let user = module(
        &engine,
        r#"(module (import "m" "t" (table 1 funcref))
                   (func (export "size") (result i32) (table.size 0)))"#,
    );
    let pre = linker.instantiate_pre(&user).unwrap();
    let first = pre.instantiate(&mut store).unwrap();
    table.grow(&mut store, 4, Ref::Func(None)).unwrap();
    let second = pre.instantiate(&mut store).unwrap();
    assert_eq!(run_i32(&mut store, first, "size"), 5);
    assert_eq!(run_i32(&mut store, second, "size"), 5);
}

#[test]
fn an_item_of_another_store_is_refused() {
    let (engine, mut store, mut linker) = setup();
    let item = global(&mut store, 1);
    let func = Func::wrap(&mut store, || {});
    let memory = Memory::new(&mut store, MemoryType::new(1, None)).unwrap();
    let table = table(&mut store, 1, None);
    linker.define(&store, "m", "g", item).unwrap();
    linker.define(&store, "m", "f", func).unwrap();
    linker.define(&store, "m", "m", memory).unwrap();
    linker.define(&store, "m", "t", table).unwrap();
    let mut other = Store::new(&engine, ());
    for text in [r#"(import "m" "g" (global i32))"#, r#"(import "m" "f" (func))"#] {
        let user = module(&engine, &format!("(module {text})"));
        assert_err(
            linker.instantiate(&mut other, &user),
            "cross-`Store` instantiation is not currently supported",
        );
        assert_err(
            linker.instantiate_pre(&user).unwrap().instantiate(&mut other),
            "cross-`Store` instantiation is not currently supported",
        );
        linker.instantiate(&mut store, &user).unwrap();
    }
    for text in [r#"(import "m" "m" (memory 1))"#, r#"(import "m" "t" (table 1 funcref))"#] {
        let user = module(&engine, &format!("(module {text})"));
        assert_panics(
            || linker.instantiate(&mut other, &user).map(drop),
            "object used with the wrong store",
        );
        assert_err(
            linker.instantiate_pre(&user).unwrap().instantiate(&mut other),
            "cross-`Store` instantiation is not currently supported",
        );
        linker.instantiate(&mut store, &user).unwrap();
    }
    // Items that are not imported do not matter.
    let user = module(&engine, r#"(module (func (export "f")))"#);
    linker.instantiate(&mut other, &user).unwrap();
}

#[test]
fn a_start_function_runs_on_every_instantiation() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, 0);
    let mut linker = Linker::new(&engine);
    linker.func_wrap("m", "hit", |mut caller: Caller<'_, i32>| *caller.data_mut() += 1).unwrap();
    let user = module(&engine, r#"(module (import "m" "hit" (func $hit)) (start $hit))"#);
    linker.instantiate(&mut store, &user).unwrap();
    assert_eq!(*store.data(), 1);
    let pre = linker.instantiate_pre(&user).unwrap();
    assert_eq!(*store.data(), 1);
    pre.instantiate(&mut store).unwrap();
    pre.instantiate(&mut store).unwrap();
    assert_eq!(*store.data(), 3);
}

#[test]
fn a_start_function_that_traps_leaves_what_it_wrote() {
    let (engine, mut store, mut linker) = setup();
    let memory = Memory::new(&mut store, MemoryType::new(1, None)).unwrap();
    let table = table(&mut store, 1, None);
    linker.define(&store, "m", "m", memory).unwrap();
    linker.define(&store, "m", "t", table).unwrap();
    let user = module(
        &engine,
        r#"(module
            (import "m" "m" (memory 1))
            (import "m" "t" (table 1 funcref))
            (elem (i32.const 0) $seven)
            (data (i32.const 0) "\07")
            (func $seven (result i32) (i32.load8_u (i32.const 1)))
            (func $start (i32.store8 (i32.const 1) (i32.const 8)) unreachable)
            (start $start))"#,
    );
    let error = linker.instantiate(&mut store, &user).unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::UnreachableCodeReached));
    assert_eq!(memory.data(&store)[..3], [7, 8, 0]);
    // The function that the failed instance left in the table works.
    let func = *table.get(&mut store, 0).unwrap().unwrap_func().unwrap();
    assert_eq!(call_i32(&mut store, func), 8);
}

#[test]
fn a_segment_out_of_bounds_leaves_the_earlier_ones() {
    let (engine, mut store, mut linker) = setup();
    let memory = Memory::new(&mut store, MemoryType::new(1, None)).unwrap();
    linker.define(&store, "m", "m", memory).unwrap();
    let user = module(
        &engine,
        r#"(module
            (import "m" "m" (memory 1))
            (data (i32.const 0) "ok")
            (data (i32.const 65536) "x"))"#,
    );
    let error = linker.instantiate(&mut store, &user).unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::MemoryOutOfBounds));
    assert_eq!(&memory.data(&store)[..2], b"ok");
}

#[test]
fn the_error_of_a_host_start_function_comes_out() {
    let (engine, mut store, mut linker) = setup();
    linker.func_wrap("m", "fail", || -> Result<()> { bail!("no {}", 42) }).unwrap();
    let user = module(&engine, r#"(module (import "m" "fail" (func $f)) (start $f))"#);
    assert_err_is(linker.instantiate(&mut store, &user), "no 42");
}

#[test]
fn too_many_instances_are_an_error() {
    let engine = Engine::default();
    let limits = StoreLimitsBuilder::new().instances(2).build();
    let mut store = Store::new(&engine, limits);
    store.limiter(|limits| limits);
    let linker = Linker::new(&engine);
    let empty = module(&engine, "(module)");
    linker.instantiate(&mut store, &empty).unwrap();
    linker.instantiate(&mut store, &empty).unwrap();
    assert_err_is(
        linker.instantiate(&mut store, &empty),
        "resource limit exceeded: instance count too high at 3",
    );
}

#[test]
fn a_limiter_refuses_minimum_sizes() {
    let engine = Engine::default();
    let limits = StoreLimitsBuilder::new().memory_size(65536).table_elements(10).build();
    let mut store = Store::new(&engine, limits);
    store.limiter(|limits| limits);
    let linker = Linker::new(&engine);
    linker
        .instantiate(&mut store, &module(&engine, "(module (memory 1) (table 10 funcref))"))
        .unwrap();
    assert_err_is(
        linker.instantiate(&mut store, &module(&engine, "(module (memory 2))")),
        "memory minimum size of 2 pages exceeds memory limits",
    );
    assert_err_is(
        linker.instantiate(&mut store, &module(&engine, "(module (table 11 funcref))")),
        "table minimum size of 11 elements exceeds table limits",
    );
}

#[test]
fn an_unresolved_import_does_not_disturb_the_store() {
    let (engine, mut store, linker) = setup();
    let user = module(&engine, r#"(module (import "a" "f" (func)) (memory 1))"#);
    for _ in 0..10_001 {
        assert!(linker.instantiate(&mut store, &user).is_err());
    }
    // Nothing was counted.
    linker.instantiate(&mut store, &module(&engine, "(module (memory 1))")).unwrap();
}
