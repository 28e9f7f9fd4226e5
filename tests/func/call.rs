//! `Func::call`, `ty`, `matches_ty`, and the checks of values.

use crate::*;

const ADD: &str = r#"(module
    (func (export "add") (param i32 i64) (result i64)
        (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1))))"#;

fn add() -> (Engine, Store<()>, Func) {
    let (engine, mut store, linker) = setup();
    let instance = linker.instantiate(&mut store, &module(&engine, ADD)).unwrap();
    let func = instance.get_func(&mut store, "add").unwrap();
    (engine, store, func)
}

#[test]
fn values_go_in_and_come_out() {
    let (_, mut store, add) = add();
    let mut results = [Val::I32(99)];
    add.call(&mut store, &[Val::I32(-3), Val::I64(10)], &mut results).unwrap();
    assert_eq!(results[0].unwrap_i64(), 7);
}

#[test]
fn results_are_overwritten_whatever_they_were() {
    let (_, mut store, add) = add();
    for before in [Val::I64(1), Val::F64(2), Val::FuncRef(None), Val::ExternRef(None)] {
        let mut results = [before];
        add.call(&mut store, &[Val::I32(1), Val::I64(1)], &mut results).unwrap();
        assert_eq!(results[0].unwrap_i64(), 2);
    }
}

#[test]
fn counts_are_checked() {
    let (_, mut store, add) = add();
    let (a, b) = (Val::I32(1), Val::I64(1));
    let one = &mut [Val::I64(0)];
    assert_err_is(add.call(&mut store, &[], one), "expected 2 arguments, got 0");
    assert_err_is(add.call(&mut store, &[a], one), "expected 2 arguments, got 1");
    assert_err_is(add.call(&mut store, &[a, b, b], one), "expected 2 arguments, got 3");
    assert_err_is(add.call(&mut store, &[a, b], &mut []), "expected 1 results, got 0");
    let two = &mut [Val::I64(0); 2];
    assert_err_is(add.call(&mut store, &[a, b], two), "expected 1 results, got 2");
}

#[test]
fn types_of_arguments_are_checked() {
    let (_, mut store, add) = add();
    let wrong = [Val::I64(1), Val::F32(1), Val::F64(1), Val::FuncRef(None), Val::ExternRef(None)];
    for wrong in wrong {
        let result = add.call(&mut store, &[wrong, Val::I64(1)], &mut [Val::I64(0)]);
        assert_err_is(result, "argument type mismatch");
    }
    let error = add.call(&mut store, &[Val::I32(1), Val::F32(0)], &mut [Val::I64(0)]).unwrap_err();
    assert_eq!(error.to_string(), "argument type mismatch");
    assert!(error.root_cause().to_string().contains("expected i64, found f32"), "{error:?}");
}

#[test]
fn a_host_function_can_be_called_directly() {
    let (engine, mut store, _) = setup();
    let ty = FuncType::new(&engine, [ValType::F32, ValType::F64], [ValType::F64, ValType::F32]);
    let swap = Func::new(&mut store, ty, |_, params, results| {
        results[0] = params[1];
        results[1] = params[0];
        Ok(())
    });
    let mut results = [Val::I32(0), Val::I32(0)];
    swap.call(&mut store, &[1.5f32.into(), 2.5f64.into()], &mut results).unwrap();
    assert_eq!((results[0].unwrap_f64(), results[1].unwrap_f32()), (2.5, 1.5));
}

#[test]
fn nan_bits_are_kept() {
    let (_, mut store, _) = setup();
    let id = Func::wrap(&mut store, |a: f32, b: f64| (a, b));
    let (a, b) = (0x7fa0_0001, 0xfff4_0000_0000_0001);
    let mut results = [Val::I32(0), Val::I32(0)];
    id.call(&mut store, &[Val::F32(a), Val::F64(b)], &mut results).unwrap();
    assert!(matches!(results, [Val::F32(x), Val::F64(y)] if x == a && y == b));
}

#[test]
fn the_type_is_that_of_the_definition() {
    let (engine, store, add) = add();
    let ty = add.ty(&store);
    let wanted = FuncType::new(&engine, [ValType::I32, ValType::I64], [ValType::I64]);
    assert!(FuncType::eq(&ty, &wanted));
    assert!(add.matches_ty(&store, &wanted));
    assert!(!add.matches_ty(&store, &FuncType::new(&engine, [ValType::I32], [ValType::I64])));
    assert!(!add.matches_ty(&store, &FuncType::new(&engine, [], [])));
}

#[test]
fn the_wrong_store_panics() {
    let (engine, mut store, add) = add();
    let mut other = Store::new(&engine, ());
    let text = "object used with the wrong store";
    let args = [Val::I32(1), Val::I64(1)];
    assert_panics(|| add.call(&mut other, &args, &mut [Val::I64(0)]), text);
    assert_panics(|| add.ty(&other), text);
    assert_panics(|| add.matches_ty(&other, &FuncType::new(&engine, [], [])), text);
    assert_panics(|| add.typed::<(i32, i64), i64>(&other).map(drop), text);
    assert_panics(|| add.to_raw(&other), text);
    let typed = add.typed::<(i32, i64), i64>(&store).unwrap();
    assert_panics(|| typed.call(&mut other, (1, 1)), text);
    // The other store is as good as new, and so is the first.
    Func::wrap(&mut other, || {}).call(&mut other, &[], &mut []).unwrap();
    assert_eq!(typed.call(&mut store, (1, 1)).unwrap(), 2);
}

#[test]
fn a_value_of_another_store_is_an_error() {
    let (engine, mut store, _) = setup();
    let mut other = Store::new(&engine, ());
    let takes = Func::wrap(&mut store, |_: Option<Func>| {});
    let foreign = Func::wrap(&mut other, || {});
    assert_err_is(
        takes.call(&mut store, &[foreign.into()], &mut []),
        "value used with wrong store",
    );
    let typed = takes.typed::<Option<Func>, ()>(&store).unwrap();
    assert_err_is(
        typed.call(&mut store, Some(foreign)),
        "attempt to pass cross-`Store` value to Wasm as function argument",
    );
    typed.call(&mut store, None).unwrap();
    typed.call(&mut store, Some(takes)).unwrap();
}

#[test]
fn a_trap_is_an_error_and_leaves_the_results() {
    let (engine, mut store, linker) = setup();
    let text = r#"(module (func (export "f") (param i32) (result i32)
        (i32.div_u (i32.const 6) (local.get 0))))"#;
    let instance = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    let func = instance.get_func(&mut store, "f").unwrap();
    let mut results = [Val::I64(77)];
    let error = func.call(&mut store, &[Val::I32(0)], &mut results).unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::IntegerDivisionByZero));
    assert_eq!(results[0].unwrap_i64(), 77);
    func.call(&mut store, &[Val::I32(2)], &mut results).unwrap();
    assert_eq!(results[0].unwrap_i32(), 3);
}

#[test]
fn many_results_come_out() {
    let (engine, mut store, linker) = setup();
    let n = 200;
    let results: String = (0..n).map(|i| format!("(i64.const {i})")).collect();
    let types = "i64 ".repeat(n);
    let text = format!(r#"(module (func (export "f") (result {types}) {results}))"#);
    let instance = linker.instantiate(&mut store, &module(&engine, &text)).unwrap();
    let func = instance.get_func(&mut store, "f").unwrap();
    let mut results = vec![Val::I32(0); n];
    func.call(&mut store, &[], &mut results).unwrap();
    assert!(results.iter().enumerate().all(|(i, val)| val.unwrap_i64() == i as i64));
}

#[test]
fn calls_of_different_types_take_turns_and_nest() -> Result<()> {
    let (_, mut store, mut linker) = setup();
    linker.func_wrap("m", "nest", |mut caller: Caller<'_, ()>, x: i64| -> Result<i64> {
        let narrow = caller.get_export("narrow").and_then(Extern::into_func).unwrap();
        let mut result = [Val::null_func_ref()];
        narrow.call(&mut caller, &[Val::I64(x)], &mut result)?;
        Ok(i64::from(result[0].unwrap_i32()))
    })?;
    let text = r#"(module
        (import "m" "nest" (func $nest (param i64) (result i64)))
        (func (export "narrow") (param i64) (result i32) (i32.wrap_i64 (local.get 0)))
        (func (export "wide") (param i64 f32) (result i64 f32) (call $nest (local.get 0)) (local.get 1)))"#;
    let module = Module::new(store.engine(), text)?;
    let instance = linker.instantiate(&mut store, &module)?;
    let narrow = instance.get_func(&mut store, "narrow").unwrap();
    let wide = instance.get_func(&mut store, "wide").unwrap();
    for x in [1 << 33 | 7, 8] {
        let mut one = [Val::I64(0)];
        narrow.call(&mut store, &[Val::I64(x)], &mut one)?;
        assert_eq!(one[0].i32(), Some(x as i32));
        let mut two = [Val::I64(0), Val::I64(0)];
        wide.call(&mut store, &[Val::I64(x), Val::F32(5)], &mut two)?;
        assert_eq!(
            (two[0].i64(), two[1].f32()),
            (Some(i64::from(x as i32)), Some(f32::from_bits(5)))
        );
        // Each is held to its own type.
        assert!(narrow.call(&mut store, &[Val::I32(1)], &mut one).is_err());
        assert!(wide.call(&mut store, &[Val::I64(1)], &mut two).is_err());
    }
    Ok(())
}
