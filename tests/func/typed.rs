//! `Func::typed` and `TypedFunc`.

use crate::*;

fn func() -> (Store<()>, Func) {
    let (_, mut store, _) = setup();
    let func = Func::wrap(&mut store, |a: i32, b: f64| (b, a));
    (store, func)
}

#[test]
fn the_right_types_are_accepted() {
    let (mut store, func) = func();
    let typed = func.typed::<(i32, f64), (f64, i32)>(&store).unwrap();
    assert_eq!(typed.call(&mut store, (1, 2.5)).unwrap(), (2.5, 1));
    // Integers may be of either signedness.
    let typed = func.typed::<(u32, f64), (f64, u32)>(&store).unwrap();
    assert_eq!(typed.call(&mut store, (u32::MAX, 0.0)).unwrap(), (0.0, u32::MAX));
    assert_eq!(typed.clone().call(&mut store, (3, 0.0)).unwrap(), (0.0, 3));
}

#[test]
fn a_single_type_needs_no_tuple() {
    let (_, mut store, _) = setup();
    let func = Func::wrap(&mut store, |a: i64| a + 1);
    assert_eq!(func.typed::<i64, i64>(&store).unwrap().call(&mut store, 1).unwrap(), 2);
    assert_eq!(func.typed::<(i64,), i64>(&store).unwrap().call(&mut store, (1,)).unwrap(), 2);
    assert_eq!(func.typed::<i64, (i64,)>(&store).unwrap().call(&mut store, 1).unwrap(), (2,));
}

#[test]
fn wrong_counts_are_refused() {
    let (store, func) = func();
    let error = func.typed::<(), (f64, i32)>(&store).unwrap_err();
    assert_eq!(messages(&error), ["type mismatch with parameters", "expected 0 types, found 2"]);
    let error = func.typed::<(i32, f64, i32), (f64, i32)>(&store).unwrap_err();
    assert_eq!(messages(&error), ["type mismatch with parameters", "expected 3 types, found 2"]);
    let error = func.typed::<(i32, f64), ()>(&store).unwrap_err();
    assert_eq!(messages(&error), ["type mismatch with results", "expected 0 types, found 2"]);
    let error = func.typed::<(i32, f64), f64>(&store).unwrap_err();
    assert_eq!(messages(&error), ["type mismatch with results", "expected 1 types, found 2"]);
}

#[test]
fn wrong_types_are_refused() {
    let (store, func) = func();
    let error = func.typed::<(i64, f64), (f64, i32)>(&store).unwrap_err();
    assert_eq!(
        messages(&error),
        ["type mismatch with parameters", "type mismatch: expected i32, found i64"]
    );
    let error = func.typed::<(i32, f32), (f64, i32)>(&store).unwrap_err();
    assert_eq!(
        messages(&error),
        ["type mismatch with parameters", "type mismatch: expected f64, found f32"]
    );
    assert_err_is(func.typed::<(i32, f64), (f32, i32)>(&store), "type mismatch with results");
    assert_err_is(func.typed::<(i32, f64), (f64, Func)>(&store), "type mismatch with results");
    // Parameters are checked first.
    assert_err_is(func.typed::<(), ()>(&store), "type mismatch with parameters");
}

#[test]
fn subtypes_of_references_are_accepted() {
    let (_, mut store, _) = setup();
    let func = Func::wrap(&mut store, |f: Option<Func>| f);
    // A parameter may be more special than wanted, a result more general than given.
    assert!(func.typed::<Func, Option<Func>>(&store).is_ok());
    assert!(func.typed::<Option<NoFunc>, Option<Func>>(&store).is_ok());
    assert_err_is(func.typed::<Option<Func>, Func>(&store), "type mismatch with results");
    assert_err_is(
        func.typed::<Option<Rooted<ExternRef>>, Option<Func>>(&store),
        "type mismatch with parameters",
    );
    let passed = func.typed::<Func, Option<Func>>(&store).unwrap().call(&mut store, func).unwrap();
    assert!(passed.is_some());
}

#[test]
fn the_untyped_function_is_kept() {
    let (mut store, func) = func();
    let typed = func.typed::<(i32, f64), (f64, i32)>(&store).unwrap();
    let mut results = [Val::I32(0), Val::I32(0)];
    typed.func().call(&mut store, &[Val::I32(1), Val::F64(0)], &mut results).unwrap();
    assert_eq!(results[1].unwrap_i32(), 1);
}

#[test]
fn the_check_can_be_left_out() {
    let (mut store, func) = func();
    // SAFETY: these are the types of the function.
    let typed = unsafe { TypedFunc::<(i32, f64), (f64, i32)>::new_unchecked(&store, func) };
    assert_eq!(typed.call(&mut store, (1, 2.0)).unwrap(), (2.0, 1));
}

#[test]
fn exports_are_found_by_type() {
    let (engine, mut store, linker) = setup();
    let text = r#"(module (func (export "f") (param i32)) (memory (export "m") 1))"#;
    let instance = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    assert!(instance.get_typed_func::<i32, ()>(&mut store, "f").is_ok());
    let error = instance.get_typed_func::<i64, ()>(&mut store, "f").unwrap_err();
    assert!(messages(&error).contains(&"type mismatch with parameters".to_owned()));
    assert!(instance.get_typed_func::<i32, ()>(&mut store, "m").is_err());
    assert!(instance.get_typed_func::<i32, ()>(&mut store, "g").is_err());
}

#[test]
fn upper_halves_of_small_values_are_clean() {
    let (engine, mut store, mut linker) = setup();
    linker.func_wrap("m", "f", |n: i32| n).unwrap();
    let text = r#"(module
        (import "m" "f" (func $f (param i32) (result i32)))
        (func (export "run") (param i32) (result i64)
            (i64.extend_i32_u (call $f (local.get 0)))))"#;
    let instance = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    let run = instance.get_typed_func::<i32, u64>(&mut store, "run").unwrap();
    assert_eq!(run.call(&mut store, -1).unwrap(), 0xffff_ffff);
}
