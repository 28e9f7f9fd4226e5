//! Calls with wrong arguments, of functions of other stores, and what host functions do wrong.

use wasmtime::*;

use crate::report::{Report, instance, module};

pub(super) fn run(report: &mut Report) {
    arguments(report);
    hosts(report);
    stores(report);
    callers(report);
    errors_of_hosts(report);
}

fn arguments(report: &mut Report) {
    let (mut store, instance) = instance(
        r#"(module
            (func (export "f") (param i32 f64) (result i64) (i64.const 1))
            (func (export "refs") (param funcref externref))
            (memory (export "memory") 1))"#,
    );
    let func = instance.get_func(&mut store, "f").expect("it is exported");
    let right = [Val::I32(1), Val::F64(0)];
    let mut call = |label: &str, func: Func, params: &[Val], results: usize| {
        let mut results = vec![Val::I32(7); results];
        let result = func.call(&mut store, params, &mut results);
        report.result(format!("arguments: {label}"), result.map(|()| format!("{results:?}")));
    };
    call("right", func, &right, 1);
    call("too few", func, &right[..1], 1);
    call("none", func, &[], 1);
    call("too many", func, &[Val::I32(1), Val::F64(0), Val::I32(1)], 1);
    call("another type", func, &[Val::I64(1), Val::F64(0)], 1);
    call("another second type", func, &[Val::I32(1), Val::F32(0)], 1);
    call("a reference", func, &[Val::FuncRef(None), Val::F64(0)], 1);
    call("too few results", func, &right, 0);
    call("too many results", func, &right, 2);
    let refs = instance.get_func(&mut store, "refs").expect("it is exported");
    let mut call = |label: &str, params: &[Val]| {
        report.outcome(format!("arguments: {label}"), refs.call(&mut store, params, &mut []));
    };
    call("references", &[Val::FuncRef(Some(func)), Val::ExternRef(None)]);
    call("another reference", &[Val::ExternRef(None), Val::ExternRef(None)]);
    call("an i32 for a reference", &[Val::FuncRef(None), Val::I32(0)]);
    let nonnull =
        FuncType::new(store.engine(), [ValType::Ref(RefType::new(false, HeapType::Func))], []);
    let nonnull = Func::new(&mut store, nonnull, |_, _, _| Ok(()));
    report.outcome(
        "arguments: a func for no null",
        nonnull.call(&mut store, &[Val::FuncRef(Some(func))], &mut []),
    );
    report.outcome(
        "arguments: a null for no null",
        nonnull.call(&mut store, &[Val::FuncRef(None)], &mut []),
    );
    report.outcome(
        "get_typed_func: missing",
        instance.get_typed_func::<(), ()>(&mut store, "nothing"),
    );
    report.outcome(
        "get_typed_func: a memory",
        instance.get_typed_func::<(), ()>(&mut store, "memory"),
    );
    report.outcome(
        "get_typed_func: another type",
        instance.get_typed_func::<(), ()>(&mut store, "f"),
    );
    report.see("func: ty", func.ty(&store));
    report.see("func: matches_ty", func.matches_ty(&store, &FuncType::new(store.engine(), [], [])));
}

/// Functions of the host that set results of other types, or too many.
fn hosts(report: &mut Report) {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let module = module(
        &engine,
        r#"(module (import "" "f" (func $f (result i32 funcref)))
            (func (export "f") (result i32 funcref) (call $f)))"#,
    );
    let ty = FuncType::new(&engine, [], [ValType::I32, ValType::FUNCREF]);
    type Set = fn(&mut [Val]);
    let cases: [(&str, Set); 5] = [
        ("right", |results| results[0] = Val::I32(1)),
        ("an i64", |results| results[0] = Val::I64(1)),
        ("an extern", |results| results[1] = Val::ExternRef(None)),
        ("both", |results| results.swap(0, 1)),
        ("nothing", |_| {}),
    ];
    for (label, set) in cases {
        let host = Func::new(&mut store, ty.clone(), move |_, _, results| {
            set(results);
            Ok(())
        });
        let mut results = [Val::I64(0), Val::I64(0)];
        let result = host.call(&mut store, &[], &mut results);
        report.result(format!("host results: {label}"), result.map(|()| format!("{results:?}")));
        let instance = Instance::new(&mut store, &module, &[host.into()]).expect("the types agree");
        let guest = instance.get_func(&mut store, "f").expect("it is exported");
        let result = guest.call(&mut store, &[], &mut results);
        report.result(
            format!("host results: {label}, through a guest"),
            result.map(|()| format!("{results:?}")),
        );
    }
    let seen = Func::new(&mut store, ty, |_, _, results| Err(Error::msg(format!("{results:?}"))));
    report.outcome(
        "host results: before",
        seen.call(&mut store, &[], &mut [Val::I32(0), Val::I32(0)]),
    );
    let other = Func::wrap(Store::new(&engine, ()), || {});
    let foreign = Func::wrap(&mut store, move || Some(other));
    report.outcome(
        "host results: a function of another store",
        foreign.call(&mut store, &[], &mut [Val::I32(0)]),
    );
    let typed = foreign.typed::<(), Option<Func>>(&store).expect("it is the type");
    report.outcome("host results: a function of another store, typed", typed.call(&mut store, ()));
}

fn stores(report: &mut Report) {
    let (mut store, instance) = instance(
        r#"(module (func (export "f") (param funcref)) (memory (export "memory") 1) (global (export "g") i32 (i32.const 1))
            (table (export "t") 1 funcref))"#,
    );
    let mut other = Store::new(store.engine(), ());
    let func = instance.get_func(&mut store, "f").expect("it is exported");
    let memory = instance.get_memory(&mut store, "memory").expect("it is exported");
    let global = instance.get_global(&mut store, "g").expect("it is exported");
    let table = instance.get_table(&mut store, "t").expect("it is exported");
    let typed = func.typed::<Option<Func>, ()>(&store).expect("it is the type");
    report.panic("another store: Func::ty", || func.ty(&other));
    report.panic("another store: Func::call", || {
        func.call(&mut other, &[Val::FuncRef(None)], &mut []).is_ok()
    });
    report.panic("another store: TypedFunc::call", || typed.call(&mut other, None).is_ok());
    report.panic("another store: Func::typed", || func.typed::<(), ()>(&other).is_ok());
    report.panic("another store: Memory::size", || memory.size(&other));
    report.panic("another store: Memory::data", || memory.data(&other).len());
    report.panic("another store: Memory::ty", || memory.ty(&other));
    report.panic("another store: Global::get", || global.get(&mut other));
    report.panic("another store: Table::get", || table.get(&mut other, 0).is_some());
    report.panic("another store: Table::size", || table.size(&other));
    report.panic("another store: Instance::get_export", || {
        instance.get_export(&mut other, "f").is_some()
    });
    report.panic("another store: Instance::module", || instance.module(&other).name().is_some());
    report.panic("another store: Instance::exports", || instance.exports(&mut other).len());
    let foreign = Func::wrap(&mut other, || {});
    report.outcome(
        "another store: an argument",
        func.call(&mut store, &[Val::FuncRef(Some(foreign))], &mut []),
    );
    report.outcome("another store: a typed argument", typed.call(&mut store, Some(foreign)));
    report.outcome("another store: Table::set", table.set(&mut store, 0, Ref::Func(Some(foreign))));
    report
        .outcome("another store: Table::grow", table.grow(&mut store, 1, Ref::Func(Some(foreign))));
    report.outcome(
        "another store: Table::fill",
        table.fill(&mut store, 0, Ref::Func(Some(foreign)), 1),
    );
    let ty = GlobalType::new(ValType::FUNCREF, Mutability::Var);
    report.outcome(
        "another store: Global::new",
        Global::new(&mut store, ty.clone(), Val::FuncRef(Some(foreign))),
    );
    let global = Global::new(&mut store, ty, Val::FuncRef(None)).expect("null is of every store");
    report
        .outcome("another store: Global::set", global.set(&mut store, Val::FuncRef(Some(foreign))));
    let ty = TableType::new(RefType::FUNCREF, 1, None);
    report
        .outcome("another store: Table::new", Table::new(&mut store, ty, Ref::Func(Some(foreign))));
}

/// What a host function sees of who calls it.
fn callers(report: &mut Report) {
    let engine = Engine::default();
    let mut store = Store::new(&engine, Vec::new());
    let look = Func::wrap(&mut store, |mut caller: Caller<'_, Vec<String>>| {
        let mut line = String::new();
        for name in ["memory", "f", "look", "global", "table", "nothing", ""] {
            let kind = match caller.get_export(name) {
                Some(Extern::Func(_)) => "func",
                Some(Extern::Memory(_)) => "memory",
                Some(Extern::Global(_)) => "global",
                Some(Extern::Table(_)) => "table",
                Some(_) => "another",
                None => "none",
            };
            line += &format!("{name:?} {kind}, ");
        }
        caller.data_mut().push(line);
    });
    let module = module(
        &engine,
        r#"(module (import "" "look" (func $look)) (memory (export "memory") 1) (table (export "table") 1 funcref)
            (global (export "global") i32 (i32.const 0)) (export "look" (func $look))
            (func (export "f") (call $look)) (func (export "tail") (return_call $look))
            (elem (i32.const 0) func $look)
            (func (export "indirect") (call_indirect (i32.const 0))))"#,
    );
    let instance = Instance::new(&mut store, &module, &[look.into()]).expect("the types agree");
    for name in ["f", "tail", "indirect", "look"] {
        let func = instance.get_typed_func::<(), ()>(&mut store, name).expect("it is exported");
        report.outcome(format!("caller: called by {name}"), func.call(&mut store, ()));
        let seen = store.data_mut().pop().unwrap_or_default();
        report.see(format!("caller: seen by {name}"), seen);
    }
}

/// Errors and panics that go through guests.
fn errors_of_hosts(report: &mut Report) {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let module = module(
        &engine,
        r#"(module $guest (import "" "f" (func $f (param i32))) (func $go (export "go") (param i32) (call $f (local.get 0))))"#,
    );
    let host = Func::wrap(&mut store, |what: i32| -> Result<()> {
        match what {
            0 => Ok(()),
            1 => Err(Error::msg("it failed")),
            2 => Err(Error::msg("the cause").context("the context")),
            3 => Err(Trap::IntegerOverflow.into()),
            4 => Err(std::io::Error::other("of the system").into()),
            5 => panic!("a panic with {what}"),
            _ => panic!("a panic"),
        }
    });
    let instance = Instance::new(&mut store, &module, &[host.into()]).expect("the types agree");
    let go = instance.get_typed_func::<i32, ()>(&mut store, "go").expect("it is exported");
    let direct = host.typed::<i32, ()>(&store).expect("it is the type");
    for what in 1..=4 {
        let error = go.call(&mut store, what).expect_err("it fails");
        report.see(format!("errors of hosts: {what}"), format!("{error:?}"));
        report.see(format!("errors of hosts: {what}, plain"), &error);
        report.see(format!("errors of hosts: {what}, alternate"), format!("{error:#}"));
        report.see(format!("errors of hosts: {what}, root"), error.root_cause());
        report.see(
            format!("errors of hosts: {what}, is"),
            format!(
                "trap {} backtrace {} io {} text {}",
                error.is::<Trap>(),
                error.is::<WasmBacktrace>(),
                error.is::<std::io::Error>(),
                error.is::<&str>(),
            ),
        );
        report.outcome(format!("errors of hosts: {what}, directly"), direct.call(&mut store, what));
    }
    for what in 5..=6 {
        report.panic(format!("panics of hosts: {what}"), || go.call(&mut store, what).is_ok());
        report.panic(format!("panics of hosts: {what}, directly"), || {
            direct.call(&mut store, what).is_ok()
        });
    }
    report.outcome("panics of hosts: afterwards", go.call(&mut store, 0));
}
