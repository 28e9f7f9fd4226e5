//! `alias` and `alias_module`.

use crate::*;

/// What the function `m::n` gives.
#[track_caller]
fn result(store: &mut Store<()>, linker: &Linker<()>, module: &str, name: &str) -> i32 {
    let func = linker.get(&mut *store, module, name).unwrap().into_func().unwrap();
    call_i32(store, func)
}

#[test]
fn an_alias_is_a_snapshot() {
    let (_, mut store, mut linker) = setup();
    linker.func_wrap("a", "f", || 1).unwrap();
    linker.alias("a", "f", "b", "g").unwrap();
    linker.allow_shadowing(true);
    linker.func_wrap("a", "f", || 2).unwrap();
    assert_eq!(result(&mut store, &linker, "a", "f"), 2);
    assert_eq!(result(&mut store, &linker, "b", "g"), 1);
}

#[test]
fn an_alias_of_nothing_is_an_error() {
    let (_, mut store, mut linker) = setup();
    assert_err_is(linker.alias("a", "f", "b", "g"), "no item named `a::f` defined");
    linker.func_wrap("a", "x", || {}).unwrap();
    linker.func_wrap("x", "f", || {}).unwrap();
    assert_err_is(linker.alias("a", "f", "b", "g"), "no item named `a::f` defined");
    assert!(linker.get(&mut store, "b", "g").is_err());
}

#[test]
fn an_alias_of_a_taken_name_is_a_duplicate() {
    let (_, mut store, mut linker) = setup();
    linker.func_wrap("a", "f", || 1).unwrap();
    linker.func_wrap("b", "g", || 2).unwrap();
    assert_err_is(linker.alias("a", "f", "b", "g"), "import of `b::g` defined twice");
    assert_err_is(linker.alias("a", "f", "a", "f"), "import of `a::f` defined twice");
    linker.allow_shadowing(true);
    linker.alias("a", "f", "a", "f").unwrap();
    linker.alias("a", "f", "b", "g").unwrap();
    assert_eq!(result(&mut store, &linker, "b", "g"), 1);
}

#[test]
fn aliases_can_be_chained() {
    let (_, mut store, mut linker) = setup();
    linker.func_wrap("a", "f", || 5).unwrap();
    linker.alias("a", "f", "a", "g").unwrap().alias("a", "g", "c", "h").unwrap();
    assert_eq!(result(&mut store, &linker, "c", "h"), 5);
}

#[test]
fn an_alias_can_be_imported() {
    let (engine, mut store, mut linker) = setup();
    linker.func_wrap("a", "f", || 5).unwrap();
    linker.alias("a", "f", "wasi", "clock").unwrap();
    let user = module(
        &engine,
        r#"(module (import "wasi" "clock" (func $f (result i32))) (export "run" (func $f)))"#,
    );
    let instance = linker.instantiate(&mut store, &user).unwrap();
    assert_eq!(run_i32(&mut store, instance, "run"), 5);
}

#[test]
fn a_module_alias_copies_every_item() {
    let (_, mut store, mut linker) = setup();
    linker.func_wrap("a", "f", || 1).unwrap();
    linker.func_wrap("other", "f", || 100).unwrap();
    linker.func_wrap("a", "g", || 2).unwrap();
    linker.alias_module("a", "b").unwrap();
    assert_eq!(result(&mut store, &linker, "b", "f"), 1);
    assert_eq!(result(&mut store, &linker, "b", "g"), 2);
    assert_eq!(linker.iter(&mut store).count(), 5);
    // It is a snapshot too.
    linker.func_wrap("a", "h", || 3).unwrap();
    assert!(linker.get(&mut store, "b", "h").is_err());
}

#[test]
fn a_module_alias_of_nothing_is_fine() {
    let (_, mut store, mut linker) = setup();
    linker.alias_module("nowhere", "b").unwrap();
    linker.alias_module("nowhere", "nowhere").unwrap();
    assert_eq!(linker.iter(&mut store).count(), 0);
}

#[test]
fn a_module_alias_onto_taken_names_is_a_duplicate() {
    let (_, mut store, mut linker) = setup();
    linker.func_wrap("a", "f", || 1).unwrap();
    linker.func_wrap("a", "g", || 2).unwrap();
    linker.func_wrap("b", "g", || 3).unwrap();
    assert_err_is(linker.alias_module("a", "b"), "import of `b::g` defined twice");
    // What came before stays.
    assert_eq!(result(&mut store, &linker, "b", "f"), 1);
    assert_eq!(result(&mut store, &linker, "b", "g"), 3);
    assert!(linker.alias_module("a", "a").is_err());
    linker.allow_shadowing(true);
    linker.alias_module("a", "a").unwrap();
    linker.alias_module("a", "b").unwrap();
    assert_eq!(result(&mut store, &linker, "b", "g"), 2);
}
