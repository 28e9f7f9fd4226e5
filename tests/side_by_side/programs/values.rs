//! Values and references.

use wasmtime::*;

use crate::report::{Report, instance};

pub(super) fn run(report: &mut Report) {
    let (mut store, instance) =
        instance(r#"(module (func (export "f") (param i32) (result i64) (i64.const 1)))"#);
    let func = instance.get_func(&mut store, "f").expect("it is exported");
    let object = ExternRef::new(&mut store, 1u8).expect("there is room");
    let values = [
        ("i32", Val::I32(-1)),
        ("i64", Val::I64(1)),
        ("f32", Val::F32(1.5f32.to_bits())),
        ("f64", Val::F64(f64::NAN.to_bits())),
        ("v128", Val::V128(7u128.into())),
        ("a null func", Val::FuncRef(None)),
        ("a func", Val::FuncRef(Some(func))),
        ("an extern", Val::ExternRef(Some(object))),
        ("a null any", Val::AnyRef(None)),
        ("a null exn", Val::ExnRef(None)),
    ];
    for (name, value) in values {
        report.result(format!("{name}: ty"), value.ty(&store));
        for ty in
            [ValType::I32, ValType::FUNCREF, ValType::EXTERNREF, ValType::ANYREF, ValType::EXNREF]
        {
            report.result(format!("{name}: matches {ty}"), value.matches_ty(&store, &ty));
        }
        for ty in [HeapType::NoFunc, HeapType::NoExtern, HeapType::None, HeapType::NoExn] {
            let ty = ValType::Ref(RefType::new(true, ty));
            report.result(format!("{name}: matches {ty}"), value.matches_ty(&store, &ty));
        }
        report.see(
            format!("{name}: accessors"),
            format!(
                "{:?} {:?} {:?} {:?} {} {}",
                value.i32(),
                value.i64(),
                value.f32(),
                value.f64().map(f64::to_bits),
                value.v128().is_some(),
                value.ref_().is_some(),
            ),
        );
    }
    for (name, value) in
        [("i32", Val::I32(-1)), ("f32", Val::F32(1)), ("v128", Val::V128(7u128.into()))]
    {
        report.see(format!("{name}: Debug"), format!("{value:?}"));
    }
    report.see(
        "null references: Debug",
        format!("{:?} {:?}", Val::FuncRef(None), Val::ExternRef(None)),
    );
    report.see(
        "V128: Debug",
        format!("{:?}", V128::from(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10u128)),
    );
    for (name, value) in
        [("i32", Val::I32(1)), ("i64", Val::I64(1)), ("v128", Val::V128(1u128.into()))]
    {
        report.panic(format!("{name}: unwrap_i32"), || value.unwrap_i32());
        report.panic(format!("{name}: unwrap_i64"), || value.unwrap_i64());
        report.panic(format!("{name}: unwrap_f32"), || value.unwrap_f32());
        report.panic(format!("{name}: unwrap_f64"), || value.unwrap_f64());
        report.panic(format!("{name}: unwrap_v128"), || value.unwrap_v128());
    }
    for ty in [ValType::I32, ValType::F64, ValType::V128, ValType::FUNCREF, ValType::EXTERNREF] {
        report.see(format!("default of {ty}"), format!("{:?}", Val::default_for_ty(&ty)));
    }
    let nonnull = ValType::Ref(RefType::new(false, HeapType::Func));
    report.see("default of (ref func)", format!("{:?}", Val::default_for_ty(&nonnull)));
    report.see(
        "null_ref",
        format!("{:?} {:?}", Val::null_ref(&HeapType::Extern), Val::null_func_ref()),
    );

    typed(report, &mut store, func);
    references(report, &mut store, func);
    externs(report);
}

/// What `Func::typed` says of types that are not the function's.
fn typed(report: &mut Report, store: &mut Store<()>, func: Func) {
    report.outcome("typed: right", func.typed::<i32, i64>(&*store));
    report.outcome("typed: no parameter", func.typed::<(), i64>(&*store));
    report.outcome("typed: two parameters", func.typed::<(i32, i32), i64>(&*store));
    report.outcome("typed: another parameter", func.typed::<i64, i64>(&*store));
    report.outcome("typed: a float", func.typed::<f32, i64>(&*store));
    report.outcome("typed: an extern", func.typed::<Option<Rooted<ExternRef>>, i64>(&*store));
    report.outcome("typed: no result", func.typed::<i32, ()>(&*store));
    report.outcome("typed: two results", func.typed::<i32, (i64, i32)>(&*store));
    report.outcome("typed: another result", func.typed::<i32, i32>(&*store));
    report.outcome("typed: a func", func.typed::<i32, Func>(&*store));
    report.outcome("typed: both wrong", func.typed::<i64, i32>(&*store));
    let id = Func::wrap(&mut *store, |f: Option<Func>| f);
    report.outcome("typed: a func that is not null", id.typed::<Func, Option<Func>>(&*store));
    report.outcome("typed: a result that is not null", id.typed::<Option<Func>, Func>(&*store));
    report.outcome("typed: no func", id.typed::<NoFunc, Option<Func>>(&*store));
    report.outcome("typed: a null func", id.typed::<Option<NoFunc>, Option<Func>>(&*store));
    report.outcome("typed: vectors", id.typed::<V128, u64>(&*store));
}

fn references(report: &mut Report, store: &mut Store<()>, func: Func) {
    for (name, reference) in [
        ("func", Ref::Func(Some(func))),
        ("null func", Ref::Func(None)),
        ("null extern", Ref::Extern(None)),
    ] {
        report.result(format!("Ref of {name}: ty"), reference.ty(&*store));
        report.see(format!("Ref of {name}: is_null"), reference.is_null());
        for ty in [RefType::FUNCREF, RefType::EXTERNREF, RefType::new(false, HeapType::Func)] {
            report
                .result(format!("Ref of {name}: matches {ty}"), reference.matches_ty(&*store, &ty));
        }
    }
    report.see("Ref of null func: Debug", format!("{:?}", Ref::Func(None)));
    report.panic("Ref of null func: unwrap_extern", || Ref::Func(None).unwrap_extern().is_some());
    report.panic("Ref of null extern: unwrap_func", || Ref::Extern(None).unwrap_func().is_some());
    report.see("Ref::null", format!("{:?}", Ref::null(&HeapType::Func)));
}

/// Objects of the host, and what becomes of them.
fn externs(report: &mut Report) {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut other = Store::new(&engine, ());
    let (rooted, owned) = {
        let mut scope = RootScope::new(&mut store);
        let rooted = ExternRef::new(&mut scope, "text").expect("there is room");
        let owned = rooted.to_owned_rooted(&mut scope).expect("the root is in scope");
        (rooted, owned)
    };
    report.outcome("a root out of scope: data", rooted.data(&store));
    report.outcome("a root out of scope: ty", Val::ExternRef(Some(rooted)).ty(&store));
    let again = owned.to_rooted(&mut store);
    let data = again.data(&store).expect("the root is in scope").expect("it is of the host");
    report.see("an owned root", format!("{:?}", data.downcast_ref::<&str>()));
    report.panic("a root of another store", || again.data(&other).is_ok());
    let func = Func::wrap(&mut other, |_: Option<Rooted<ExternRef>>| {});
    report.outcome(
        "an argument of another store",
        func.call(&mut other, &[Val::ExternRef(Some(again))], &mut []),
    );
    let func = Func::wrap(&mut store, |_: Option<Rooted<ExternRef>>| {});
    report.outcome(
        "an argument out of scope",
        func.call(&mut store, &[Val::ExternRef(Some(rooted))], &mut []),
    );
    let ty = GlobalType::new(ValType::EXTERNREF, Mutability::Var);
    report.outcome(
        "a global of another store's object",
        Global::new(&mut other, ty, Val::ExternRef(Some(again))),
    );
    report.result("equal roots", Rooted::ref_eq(&store, &again, &again));
    report.result("roots one of which is out of scope", Rooted::ref_eq(&store, &again, &rooted));
}
