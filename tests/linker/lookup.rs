//! `iter`, `get`, `get_by_import`, `get_default`.

use crate::*;

#[test]
fn iter_gives_everything() {
    let (_, mut store, mut linker) = setup();
    assert_eq!(linker.iter(&mut store).count(), 0);
    linker.func_wrap("b", "f", || 1).unwrap();
    let item = global(&mut store, 2);
    linker.define(&store, "a", "g", item).unwrap();
    let memory = Memory::new(&mut store, MemoryType::new(1, None)).unwrap();
    linker.define(&store, "", "", memory).unwrap();
    let items: Vec<(&str, &str, Extern)> = linker.iter(&mut store).collect();
    let names: Vec<_> = items.iter().map(|(m, n, _)| (*m, *n)).collect();
    assert_eq!(names, [("b", "f"), ("a", "g"), ("", "")]);
    let func = items[0].2.clone().into_func().unwrap();
    assert_eq!(call_i32(&mut store, func), 1);
    assert!(items[1].2.clone().into_global().is_some());
    assert!(items[2].2.clone().into_memory().is_some());
}

#[test]
fn the_names_of_iter_outlive_its_store_borrow() {
    let (_, mut store, mut linker) = setup();
    linker.func_wrap("a", "f", || {}).unwrap();
    let names: Vec<&str> = linker.iter(&mut store).map(|(_, name, _)| name).collect();
    drop(store);
    assert_eq!(names, ["f"]);
}

#[test]
fn a_store_of_another_engine_panics() {
    let (_, _, mut linker) = setup();
    linker.func_wrap("a", "f", || {}).unwrap();
    let mut other = Store::new(&Engine::default(), ());
    let text = "cannot use a store with a different engine than a linker was created with";
    assert_panics(|| linker.iter(&mut other).count(), text);
    assert_panics(|| linker.get(&mut other, "a", "f"), text);
    let import = module(linker.engine(), r#"(module (import "a" "f" (func)))"#);
    let import = import.imports().next().unwrap();
    assert_panics(|| linker.get_by_import(&mut other, &import), text);
}

#[test]
fn get_makes_a_new_function_each_time() {
    let (_, mut store, mut linker) = setup();
    linker.func_wrap("a", "f", || 3).unwrap();
    let one = linker.get(&mut store, "a", "f").unwrap().into_func().unwrap();
    let two = linker.get(&mut store, "a", "f").unwrap().into_func().unwrap();
    assert_eq!(call_i32(&mut store, one), 3);
    assert_eq!(call_i32(&mut store, two), 3);
}

#[test]
fn get_of_nothing_is_an_error() {
    let (_, mut store, mut linker) = setup();
    assert_err_is(linker.get(&mut store, "a", "f"), "missing definition for `a::f`");
    linker.func_wrap("a", "g", || {}).unwrap();
    assert_err_is(linker.get(&mut store, "a", "f"), "missing definition for `a::f`");
    assert_err_is(linker.get(&mut store, "g", "a"), "missing definition for `g::a`");
}

#[test]
fn get_does_not_check_the_store_of_an_item() {
    let (engine, mut store, mut linker) = setup();
    let item = global(&mut store, 4);
    linker.define(&store, "a", "g", item).unwrap();
    let mut other = Store::new(&engine, ());
    let found = linker.get(&mut other, "a", "g").unwrap().into_global().unwrap();
    assert_eq!(found.get(&mut store).unwrap_i32(), 4);
    assert_panics(|| found.get(&mut other), "object used with the wrong store");
}

#[test]
fn get_by_import_compares_names_only() {
    let (engine, mut store, mut linker) = setup();
    linker.func_wrap("a", "f", || 6).unwrap();
    let user = module(
        &engine,
        r#"(module (import "a" "f" (memory 1)) (import "a" "g" (func)) (import "f" "a" (func)))"#,
    );
    let mut imports = user.imports();
    let wrong_kind = imports.next().unwrap();
    let func = linker.get_by_import(&mut store, &wrong_kind).unwrap().into_func().unwrap();
    assert_eq!(call_i32(&mut store, func), 6);
    assert!(linker.try_get_by_import(&mut store, &wrong_kind).unwrap().is_some());
    for missing in imports {
        assert!(linker.get_by_import(&mut store, &missing).is_none());
        assert!(linker.try_get_by_import(&mut store, &missing).unwrap().is_none());
    }
}

#[test]
fn the_default_is_the_empty_name_first() {
    let (_, mut store, mut linker) = setup();
    linker.func_wrap("m", "_start", || 1).unwrap();
    let start = linker.get_default(&mut store, "m").unwrap();
    assert_eq!(call_i32(&mut store, start), 1);
    linker.func_wrap("m", "", || 2).unwrap();
    let empty = linker.get_default(&mut store, "m").unwrap();
    assert_eq!(call_i32(&mut store, empty), 2);
}

#[test]
fn a_default_that_is_no_function_is_an_error() {
    let (_, mut store, mut linker) = setup();
    let item = global(&mut store, 1);
    linker.define(&store, "m", "_start", item).unwrap();
    assert_err_is(linker.get_default(&mut store, "m"), "`_start` in 'm' is not a function");
    linker.allow_shadowing(true);
    linker.func_wrap("m", "_start", || {}).unwrap();
    linker.define(&store, "m", "", item).unwrap();
    // It does not fall through to `_start`.
    assert_err_is(linker.get_default(&mut store, "m"), "default export in 'm' is not a function");
}

#[test]
fn the_default_of_an_unknown_module_does_nothing() {
    let (_, mut store, mut linker) = setup();
    let func = linker.get_default(&mut store, "never mentioned").unwrap();
    func.typed::<(), ()>(&store).unwrap().call(&mut store, ()).unwrap();
    linker.func_wrap("m", "other", || {}).unwrap();
    linker.get_default(&mut store, "m").unwrap().call(&mut store, &[], &mut []).unwrap();
}

#[test]
fn the_default_of_a_command_runs_it() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, 0);
    let mut linker = Linker::new(&engine);
    linker.func_wrap("host", "hit", |mut caller: Caller<'_, i32>| *caller.data_mut() += 1).unwrap();
    let command = module(
        &engine,
        r#"(module (import "host" "hit" (func $hit)) (func (export "_start") (call $hit)))"#,
    );
    linker.module(&mut store, "", &command).unwrap();
    assert_eq!(*store.data(), 0);
    let run = linker.get_default(&mut store, "").unwrap();
    run.call(&mut store, &[], &mut []).unwrap();
    run.call(&mut store, &[], &mut []).unwrap();
    assert_eq!(*store.data(), 2);
}
