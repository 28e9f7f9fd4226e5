//! Host functions: `wrap` and `new`, their results and errors.

use crate::*;

#[derive(Debug)]
struct Mine(i32);

impl std::fmt::Display for Mine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "mine {}", self.0)
    }
}

impl std::error::Error for Mine {}

/// Calls a host function through a guest that imports it as `h` of type `ty` and passes everything on.
fn through_wasm(
    store: &mut Store<()>,
    func: Func,
    params: &[Val],
    results: &mut [Val],
) -> Result<()> {
    let ty = func.ty(&*store);
    let list = |word, types: Vec<String>| format!("({word} {})", types.join(" "));
    let signature = format!(
        "{} {}",
        list("param", ty.params().map(|ty| ty.to_string()).collect()),
        list("result", ty.results().map(|ty| ty.to_string()).collect()),
    );
    let args: String = (0..params.len()).map(|i| format!("(local.get {i})")).collect();
    let text = format!(
        r#"(module (import "" "" (func $h {signature}))
                   (func (export "run") {signature} {args} (call $h)))"#
    );
    let module = module(store.engine(), &text);
    let instance = Instance::new(&mut *store, &module, &[func.into()]).unwrap();
    let run = instance.get_func(&mut *store, "run").unwrap();
    run.call(store, params, results)
}

#[test]
fn every_number_passes() {
    let (_, mut store, _) = setup();
    let func = Func::wrap(&mut store, |a: i32, b: u32, c: i64, d: u64, e: f32, f: f64| {
        (f + 1.0, e + 1.0, d + 1, c + 1, b + 1, a + 1)
    });
    let params =
        [Val::I32(-5), Val::I32(5), Val::I64(-6), Val::I64(6), 0.5f32.into(), 1.25f64.into()];
    let mut results = [Val::I32(0); 6];
    through_wasm(&mut store, func, &params, &mut results).unwrap();
    assert_eq!(results[0].unwrap_f64(), 2.25);
    assert_eq!(results[1].unwrap_f32(), 1.5);
    assert_eq!(results[2].unwrap_i64(), 7);
    assert_eq!(results[3].unwrap_i64(), -5);
    assert_eq!(results[4].unwrap_i32(), 6);
    assert_eq!(results[5].unwrap_i32(), -4);
}

#[test]
fn vectors_take_two_slots() {
    let (_, mut store, _) = setup();
    let func =
        Func::wrap(&mut store, |a: i32, v: V128, b: i64| (b, V128::from(v.as_u128() + 1), a));
    let v = V128::from(7 << 64 | 9);
    let typed = func.typed::<(i32, V128, i64), (i64, V128, i32)>(&store).unwrap();
    let (b, w, a) = typed.call(&mut store, (1, v, 2)).unwrap();
    assert_eq!((a, w.as_u128(), b), (1, 7 << 64 | 10, 2));
    let mut results = [Val::I32(0); 3];
    func.call(&mut store, &[Val::I32(1), v.into(), Val::I64(2)], &mut results).unwrap();
    assert_eq!(results[1].unwrap_v128().as_u128(), 7 << 64 | 10);
    assert_eq!(results[2].unwrap_i32(), 1);
}

#[test]
fn results_may_be_wrapped_in_results() {
    let (_, mut store, _) = setup();
    let none = Func::wrap(&mut store, || -> Result<()> { Ok(()) });
    let one = Func::wrap(&mut store, || -> Result<i32> { Ok(1) });
    let two = Func::wrap(&mut store, || -> Result<(i32, i64)> { Ok((1, 2)) });
    none.typed::<(), ()>(&store).unwrap().call(&mut store, ()).unwrap();
    assert_eq!(one.typed::<(), i32>(&store).unwrap().call(&mut store, ()).unwrap(), 1);
    let two = two.typed::<(), (i32, i64)>(&store).unwrap();
    assert_eq!(two.call(&mut store, ()).unwrap(), (1, 2));
}

#[test]
fn errors_come_out_as_they_were() {
    let (engine, mut store, _) = setup();
    let wrapped = Func::wrap(&mut store, |n: i32| -> Result<i32> { Err(Error::new(Mine(n))) });
    let ty = FuncType::new(&engine, [ValType::I32], [ValType::I32]);
    let new =
        Func::new(&mut store, ty, |_, params, _| Err(Error::new(Mine(params[0].unwrap_i32()))));
    for func in [wrapped, new] {
        let error = through_wasm(&mut store, func, &[Val::I32(4)], &mut [Val::I32(0)]).unwrap_err();
        assert!(error.is::<WasmBacktrace>());
        assert_eq!(error.downcast_ref::<Mine>().unwrap().0, 4);
        assert_eq!(error.root_cause().to_string(), "mine 4");
        // Called directly there is no guest to show.
        let error = func.call(&mut store, &[Val::I32(5)], &mut [Val::I32(0)]).unwrap_err();
        assert!(!error.is::<WasmBacktrace>());
        assert_eq!(error.downcast::<Mine>().unwrap().0, 5);
    }
}

#[test]
fn a_host_function_may_trap() {
    let (_, mut store, _) = setup();
    let func = Func::wrap(&mut store, || -> Result<()> { Err(Trap::HeapMisaligned.into()) });
    let error = through_wasm(&mut store, func, &[], &mut []).unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::HeapMisaligned));
}

#[test]
fn a_trap_below_a_host_function_passes_through_it() {
    let (engine, mut store, mut linker) = setup();
    let text = r#"(module $inner (func (export "die") unreachable))"#;
    let inner = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    let die = inner.get_typed_func::<(), ()>(&mut store, "die").unwrap();
    linker.func_wrap("m", "f", move |caller: Caller<'_, ()>| die.call(caller, ())).unwrap();
    let text = r#"(module $outer (import "m" "f" (func $f)) (func (export "run") (call $f)))"#;
    let outer = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    let run = outer.get_typed_func::<(), ()>(&mut store, "run").unwrap();
    for _ in 0..3 {
        let error = run.call(&mut store, ()).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::UnreachableCodeReached));
        // Frames on both sides of the host function are there, innermost first.
        let backtrace = error.downcast_ref::<WasmBacktrace>().unwrap();
        let modules: Vec<_> =
            backtrace.frames().iter().map(|frame| frame.module().name().unwrap()).collect();
        assert_eq!(modules, ["inner", "outer"]);
    }
}

#[test]
fn an_error_of_a_guest_can_be_handled_by_the_host() {
    let (engine, mut store, mut linker) = setup();
    let text = r#"(module (func (export "die") unreachable))"#;
    let inner = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    let die = inner.get_typed_func::<(), ()>(&mut store, "die").unwrap();
    linker
        .func_wrap("m", "f", move |mut caller: Caller<'_, ()>, n: i32| {
            i32::from(die.call(&mut caller, ()).is_err()) + n
        })
        .unwrap();
    let text = r#"(module (import "m" "f" (func $f (param i32) (result i32)))
        (func (export "run") (result i32)
            (i32.add (call $f (i32.const 10)) (call $f (i32.const 100)))))"#;
    let outer = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    assert_eq!(run_i32(&mut store, outer, "run"), 112);
}

#[test]
fn results_of_new_are_checked() {
    let (engine, mut store, _) = setup();
    let ty = FuncType::new(&engine, [], [ValType::I32]);
    for wrong in [Val::I64(0), Val::F32(0), Val::FuncRef(None), Val::ExternRef(None)] {
        let func = Func::new(&mut store, ty.clone(), move |_, _, results| {
            results[0] = wrong;
            Ok(())
        });
        for result in [
            func.call(&mut store, &[], &mut [Val::I32(0)]),
            through_wasm(&mut store, func, &[], &mut [Val::I32(0)]),
        ] {
            assert_err_is(result, "function attempted to return an incompatible value");
        }
    }
}

#[test]
fn results_of_new_that_are_left_are_null_functions() {
    let (engine, mut store, _) = setup();
    for (ty, fine) in [
        (ValType::FUNCREF, true),
        (ValType::NULLFUNCREF, true),
        (ValType::EXTERNREF, false),
        (ValType::I32, false),
    ] {
        let func = Func::new(&mut store, FuncType::new(&engine, [], [ty]), |_, params, results| {
            assert!(params.is_empty());
            assert!(matches!(results, [Val::FuncRef(None)]));
            Ok(())
        });
        let mut results = [Val::I32(0)];
        let result = func.call(&mut store, &[], &mut results);
        if fine {
            result.unwrap();
            assert!(matches!(results[0], Val::FuncRef(None)));
        } else {
            assert_err_is(result, "function attempted to return an incompatible value");
        }
    }
}

#[test]
fn results_of_another_store_are_refused() {
    let (engine, mut store, _) = setup();
    let mut other = Store::new(&engine, ());
    let foreign = Func::wrap(&mut other, || {});
    let ty = FuncType::new(&engine, [], [ValType::FUNCREF]);
    let new = Func::new(&mut store, ty, move |_, _, results| {
        results[0] = foreign.into();
        Ok(())
    });
    assert_err_is(
        through_wasm(&mut store, new, &[], &mut [Val::I32(0)]),
        "function attempted to return an incompatible value",
    );
    let text = "host function attempted to return cross-`Store` value to Wasm";
    let option = Func::wrap(&mut store, move || Some(foreign));
    let tuple = Func::wrap(&mut store, move || (1, Some(foreign)));
    let result = Func::wrap(&mut store, move || -> Result<Option<Func>> { Ok(Some(foreign)) });
    assert_err_is(through_wasm(&mut store, option, &[], &mut [Val::I32(0)]), text);
    assert_err_is(through_wasm(&mut store, tuple, &[], &mut [Val::I32(0); 2]), text);
    assert_err_is(through_wasm(&mut store, result, &[], &mut [Val::I32(0)]), text);
}

#[test]
fn a_type_of_another_engine_panics() {
    let (_, mut store, _) = setup();
    let ty = FuncType::new(&Engine::default(), [], []);
    assert_panics(|| Func::new(&mut store, ty.clone(), |_, _, _| Ok(())), "engine");
    assert_panics(|| Func::try_new(&mut store, ty, |_, _, _| Ok(())).map(drop), "engine");
}

#[test]
fn fallible_constructors_do_the_same() {
    let (engine, mut store, _) = setup();
    let wrapped = Func::try_wrap(&mut store, || 5).unwrap();
    assert_eq!(call_i32(&mut store, wrapped), 5);
    let ty = FuncType::new(&engine, [], [ValType::I32]);
    let new = Func::try_new(&mut store, ty, |_, _, results| {
        results[0] = Val::I32(6);
        Ok(())
    });
    assert_eq!(call_i32(&mut store, new.unwrap()), 6);
}

#[test]
fn nested_calls_of_new_have_values_of_their_own() {
    let (engine, mut store, _) = setup();
    let ty = FuncType::new(&engine, [ValType::I32], [ValType::I32]);
    // f(n) = n + f(n - 1), through the host all the way.
    let table = table(&mut store, 1, None);
    let sum = Func::new(&mut store, ty, move |mut caller, params, results| {
        let n = params[0].unwrap_i32();
        let mut below = [Val::I32(0)];
        if n > 0 {
            let sum = *table.get(&mut caller, 0).unwrap().unwrap_func().unwrap();
            sum.call(&mut caller, &[Val::I32(n - 1)], &mut below)?;
        }
        // The arguments are as they were before the nested call.
        assert_eq!(params[0].unwrap_i32(), n);
        results[0] = Val::I32(n + below[0].unwrap_i32());
        Ok(())
    });
    table.set(&mut store, 0, sum.into()).unwrap();
    let mut results = [Val::I32(0)];
    sum.call(&mut store, &[Val::I32(20)], &mut results).unwrap();
    assert_eq!(results[0].unwrap_i32(), 210);
    through_wasm(&mut store, sum, &[Val::I32(20)], &mut results).unwrap();
    assert_eq!(results[0].unwrap_i32(), 210);
}

#[test]
fn nested_calls_leave_the_arguments_of_the_caller() {
    let (engine, mut store, mut linker) = setup();
    // The guest calls the host in the middle of an expression; the host calls back.
    linker
        .func_wrap("m", "f", |mut caller: Caller<'_, ()>, n: i32| -> Result<i32> {
            let back = caller.get_export("back").unwrap().into_func().unwrap();
            let back = back.typed::<i32, i32>(&caller)?;
            Ok(back.call(&mut caller, n)? + back.call(&mut caller, n + 1)?)
        })
        .unwrap();
    let text = r#"(module
        (import "m" "f" (func $f (param i32) (result i32)))
        (func (export "back") (param i32) (result i32)
            (i32.mul (local.get 0) (i32.const 10)))
        (func (export "run") (param i32) (result i32) (local $x i32)
            (local.set $x (i32.const 7))
            (i32.add
                (i32.add (local.get 0) (call $f (local.get 0)))
                (i32.add (local.get $x) (call $f (i32.const 0))))))"#;
    let instance = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run").unwrap();
    assert_eq!(run.call(&mut store, 3).unwrap(), 3 + 70 + 7 + 10);
}

#[test]
fn recursion_through_the_host_is_bounded() {
    let (engine, mut store, mut linker) = setup();
    linker
        .func_wrap("m", "f", |mut caller: Caller<'_, ()>| -> Result<()> {
            let run = caller.get_export("run").unwrap().into_func().unwrap();
            run.typed::<(), ()>(&caller)?.call(&mut caller, ())
        })
        .unwrap();
    let text = r#"(module (import "m" "f" (func $f)) (func (export "run") (call $f)))"#;
    let instance = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    let run = instance.get_typed_func::<(), ()>(&mut store, "run").unwrap();
    for _ in 0..2 {
        let error = run.call(&mut store, ()).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::StackOverflow));
    }
    // Host functions alone are bounded as well.
    let table = table(&mut store, 1, None);
    let again = Func::wrap(&mut store, move |mut caller: Caller<'_, ()>| -> Result<()> {
        let again = *table.get(&mut caller, 0).unwrap().unwrap_func().unwrap();
        again.call(&mut caller, &[], &mut [])
    });
    table.set(&mut store, 0, again.into()).unwrap();
    let error = again.call(&mut store, &[], &mut []).unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::StackOverflow));
}

#[test]
fn a_host_function_may_have_more_parameters_than_one_of_a_module() {
    let (engine, mut store, _) = setup();
    let ty = FuncType::new(&engine, vec![ValType::I32; 3000], [ValType::V128, ValType::I32]);
    let func = Func::new(&mut store, ty, |_, params, results| {
        results[0] = V128::from(7).into();
        results[1] = Val::I32(params.iter().map(Val::unwrap_i32).sum());
        Ok(())
    });
    let mut results = [Val::I32(0), Val::I32(0)];
    func.call(&mut store, &vec![Val::I32(3); 3000], &mut results).unwrap();
    assert_eq!((results[0].unwrap_v128().as_u128(), results[1].unwrap_i32()), (7, 9000));
}
