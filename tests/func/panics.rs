//! Panics of host functions unwind through guests and leave the store usable.

use crate::*;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};

#[test]
fn the_payload_is_kept() {
    let (engine, mut store, mut linker) = setup();
    linker.func_wrap("m", "f", |n: i32| -> () { panic_any(n) }).unwrap();
    let text = r#"(module (import "m" "f" (func $f (param i32)))
        (func (export "run") (param i32) (call $f (local.get 0)))
        (func (export "fine") (result i32) (i32.const 3)))"#;
    let instance = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    let run = instance.get_typed_func::<i32, ()>(&mut store, "run").unwrap();
    for n in 0..3 {
        let payload = catch_unwind(AssertUnwindSafe(|| run.call(&mut store, n))).unwrap_err();
        assert_eq!(*payload.downcast::<i32>().unwrap(), n);
        assert_eq!(run_i32(&mut store, instance, "fine"), 3);
    }
}

#[test]
fn every_flavour_may_panic() {
    let (engine, mut store, _) = setup();
    let ty = FuncType::new(&engine, [], []);
    let wrapped = Func::wrap(&mut store, || -> () { panic!("of wrap") });
    let new = Func::new(&mut store, ty.clone(), |_, _, _| panic!("of new"));
    // SAFETY: the function has no results.
    let raw = unsafe { Func::new_unchecked(&mut store, ty, |_, _| panic!("of new_unchecked")) };
    for (func, text) in [(wrapped, "of wrap"), (new, "of new"), (raw, "of new_unchecked")] {
        assert_panics(|| func.call(&mut store, &[], &mut []), text);
        assert_panics(|| func.typed::<(), ()>(&store).unwrap().call(&mut store, ()), text);
    }
    let fine = Func::wrap(&mut store, || 1);
    assert_eq!(call_i32(&mut store, fine), 1);
}

#[test]
fn panics_cross_nested_calls() {
    let (engine, mut store, mut linker) = setup();
    linker
        .func_wrap("m", "f", |mut caller: Caller<'_, ()>, n: i32| -> Result<()> {
            assert_ne!(n, 0, "the bottom is reached");
            let run = caller.get_export("run").unwrap().into_func().unwrap();
            run.typed::<i32, ()>(&caller)?.call(&mut caller, n - 1)
        })
        .unwrap();
    let text = r#"(module (import "m" "f" (func $f (param i32)))
        (func (export "run") (param i32) (call $f (local.get 0)))
        (func (export "fine") (result i32) (i32.const 3)))"#;
    let instance = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    let run = instance.get_typed_func::<i32, ()>(&mut store, "run").unwrap();
    // Often enough that a depth that is not given back would be noticed.
    for _ in 0..100 {
        assert_panics(|| run.call(&mut store, 10), "the bottom is reached");
    }
    assert_eq!(run_i32(&mut store, instance, "fine"), 3);
}

#[test]
fn a_panic_can_be_caught_in_the_middle() {
    let (engine, mut store, mut linker) = setup();
    let bad = Func::wrap(&mut store, || -> () { panic!("bad") });
    linker
        .func_wrap("m", "f", move |mut caller: Caller<'_, ()>, n: i32| {
            let caught = catch_unwind(AssertUnwindSafe(|| bad.call(&mut caller, &[], &mut [])));
            n + i32::from(caught.is_err())
        })
        .unwrap();
    let text = r#"(module (import "m" "f" (func $f (param i32) (result i32)))
        (func (export "run") (result i32)
            (i32.add (call $f (i32.const 10)) (call $f (i32.const 20)))))"#;
    let instance = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    assert_eq!(run_i32(&mut store, instance, "run"), 32);
}

#[test]
fn a_start_function_may_panic() {
    let (engine, mut store, mut linker) = setup();
    linker.func_wrap("m", "f", || -> () { panic!("at the start") }).unwrap();
    let user = module(&engine, r#"(module (import "m" "f" (func $f)) (start $f))"#);
    assert_panics(|| linker.instantiate(&mut store, &user).map(drop), "at the start");
    linker.instantiate(&mut store, &module(&engine, "(module)")).unwrap();
}
