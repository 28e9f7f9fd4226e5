//! References as arguments and results.

use crate::*;

#[test]
fn functions_pass_through_a_guest() {
    let (engine, mut store, _) = setup();
    let text = r#"(module
        (table 1 funcref)
        (type $i (func (result i32)))
        (func (export "id") (param funcref) (result funcref) (local.get 0))
        (func (export "call") (param funcref) (result i32)
            (table.set 0 (i32.const 0) (local.get 0))
            (call_indirect (type $i) (i32.const 0)))
        (func $five (result i32) (i32.const 5))
        (elem declare func $five)
        (func (export "five") (result funcref) (ref.func $five)))"#;
    let instance = Instance::new(&mut store, &module(&engine, text), &[]).unwrap();
    let id = instance.get_typed_func::<Option<Func>, Option<Func>>(&mut store, "id").unwrap();
    let call = instance.get_typed_func::<Option<Func>, i32>(&mut store, "call").unwrap();
    let five = instance.get_typed_func::<(), Option<Func>>(&mut store, "five").unwrap();
    let host = Func::wrap(&mut store, || 9);

    assert!(id.call(&mut store, None).unwrap().is_none());
    let same = id.call(&mut store, Some(host)).unwrap().unwrap();
    assert_eq!(same.to_raw(&store), host.to_raw(&store));
    assert_eq!(call.call(&mut store, Some(host)).unwrap(), 9);
    let five = five.call(&mut store, ()).unwrap();
    assert_eq!(call_i32(&mut store, five.unwrap()), 5);
    assert_eq!(call.call(&mut store, five).unwrap(), 5);
    let error = call.call(&mut store, None).unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::IndirectCallToNull));
    let wrong = Func::wrap(&mut store, |_: i32| 9);
    let error = call.call(&mut store, Some(wrong)).unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::BadSignature));
}

#[test]
fn host_data_passes_through_a_guest() {
    let (engine, mut store, mut linker) = setup();
    linker
        .func_wrap("m", "len", |caller: Caller<'_, ()>, s: Option<Rooted<ExternRef>>| {
            let Some(s) = s else { return Ok(-1) };
            let data = s.data(&caller)?.expect("host data");
            Ok::<_, Error>(data.downcast_ref::<String>().expect("a string").len() as i32)
        })
        .unwrap();
    linker
        .func_wrap("m", "make", |mut caller: Caller<'_, ()>| {
            ExternRef::new(&mut caller, String::from("made")).map(Some)
        })
        .unwrap();
    let text = r#"(module
        (import "m" "len" (func $len (param externref) (result i32)))
        (import "m" "make" (func $make (result externref)))
        (global $kept (mut externref) (ref.null extern))
        (func (export "len") (param externref) (result i32) (call $len (local.get 0)))
        (func (export "keep") (global.set $kept (call $make)))
        (func (export "kept") (result i32) (call $len (global.get $kept))))"#;
    let instance = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    let len = instance.get_typed_func::<Option<Rooted<ExternRef>>, i32>(&mut store, "len").unwrap();
    let abc = ExternRef::new(&mut store, String::from("abc")).unwrap();
    assert_eq!(len.call(&mut store, Some(abc)).unwrap(), 3);
    assert_eq!(len.call(&mut store, None).unwrap(), -1);
    assert_eq!(run_i32(&mut store, instance, "kept"), -1);
    let keep = instance.get_typed_func::<(), ()>(&mut store, "keep").unwrap();
    keep.call(&mut store, ()).unwrap();
    assert_eq!(run_i32(&mut store, instance, "kept"), 4);
}

#[test]
fn roots_end_with_the_call_they_were_made_in() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, None::<Rooted<ExternRef>>);
    type Data = Option<Rooted<ExternRef>>;
    let keep = Func::wrap(&mut store, |mut caller: Caller<'_, Data>, r: Rooted<ExternRef>| {
        *caller.data_mut() = Some(r);
    });
    let keep = keep.typed::<Rooted<ExternRef>, ()>(&store).unwrap();
    let mine = ExternRef::new(&mut store, 1).unwrap();
    keep.call(&mut store, mine).unwrap();
    let kept = store.data().unwrap();
    assert!(kept.data(&store).is_err());
    assert!(mine.data(&store).unwrap().unwrap().is::<i32>());
    // Using it is an error, not a panic.
    assert!(keep.call(&mut store, kept).is_err());
    // One that is owned lives on.
    let owned = mine.to_owned_rooted(&mut store).unwrap();
    let id = Func::wrap(&mut store, |r: OwnedRooted<ExternRef>| r);
    let id = id.typed::<OwnedRooted<ExternRef>, OwnedRooted<ExternRef>>(&store).unwrap();
    let back = id.call(&mut store, owned).unwrap();
    assert!(back.data(&store).unwrap().unwrap().is::<i32>());
}

#[test]
fn references_pass_as_values() {
    let (engine, mut store, _) = setup();
    let types = [ValType::EXTERNREF, ValType::FUNCREF];
    let ty = FuncType::new(&engine, types.clone(), types);
    let id = Func::new(&mut store, ty, |_, params, results| {
        results.copy_from_slice(params);
        Ok(())
    });
    let text = ExternRef::new(&mut store, "text").unwrap();
    let mut results = [Val::I32(0), Val::I32(0)];
    id.call(&mut store, &[text.into(), id.into()], &mut results).unwrap();
    let back = *results[0].unwrap_extern_ref().unwrap();
    assert_eq!(back.data(&store).unwrap().unwrap().downcast_ref::<&str>(), Some(&"text"));
    let back = results[1].unwrap_func_ref().unwrap();
    assert_eq!(back.to_raw(&store), id.to_raw(&store));
    id.call(&mut store, &[Val::null_extern_ref(), Val::null_func_ref()], &mut results).unwrap();
    assert!(matches!(results, [Val::ExternRef(None), Val::FuncRef(None)]));
}

#[test]
fn null_is_refused_where_it_cannot_be() {
    let (_, mut store, _) = setup();
    let func = Func::wrap(&mut store, |_: Func, _: Rooted<ExternRef>| {});
    let it = ExternRef::new(&mut store, 1).unwrap();
    func.call(&mut store, &[func.into(), it.into()], &mut []).unwrap();
    let results = &mut [];
    assert_err_is(
        func.call(&mut store, &[Val::FuncRef(None), it.into()], results),
        "argument type mismatch",
    );
    assert_err_is(
        func.call(&mut store, &[func.into(), Val::ExternRef(None)], results),
        "argument type mismatch",
    );
}

#[test]
fn types_that_only_null_is_of_pass() {
    let (_, mut store, _) = setup();
    let func = Func::wrap(&mut store, |a: Option<NoFunc>, b: Option<NoExtern>| (b, a));
    let mut results = [Val::I32(0), Val::I32(0)];
    func.call(&mut store, &[Val::FuncRef(None), Val::ExternRef(None)], &mut results).unwrap();
    assert!(matches!(results, [Val::ExternRef(None), Val::FuncRef(None)]));
    assert_err_is(
        func.call(&mut store, &[func.into(), Val::ExternRef(None)], &mut results),
        "argument type mismatch",
    );
}
