//! The linker: its methods, one by one.

use wasmtime::*;

use crate::report::{Report, engine, module};

pub(super) fn run(report: &mut Report) {
    define(report);
    aliases(report);
    lookup(report);
    unknown(report);
    commands(report);
    sizes(report);
}

fn define(report: &mut Report) {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    let global =
        Global::new(&mut store, GlobalType::new(ValType::I32, Mutability::Const), Val::I32(1));
    let global = global.expect("it is the type");
    report.outcome("define", linker.define(&store, "m", "g", global).map(|_| ()));
    report.outcome("define: twice", linker.define(&store, "m", "g", global).map(|_| ()));
    report.outcome("func_wrap: over it", linker.func_wrap("m", "g", || {}).map(|_| ()));
    let ty = FuncType::new(&engine, [], []);
    report.outcome("func_new", linker.func_new("m", "f", ty.clone(), |_, _, _| Ok(())).map(|_| ()));
    report.outcome("func_new: twice", linker.func_new("m", "f", ty, |_, _, _| Ok(())).map(|_| ()));
    report.outcome("define: strange names", linker.define(&store, "a`b\n", "", global).map(|_| ()));
    report.outcome(
        "define: strange names twice",
        linker.define(&store, "a`b\n", "", global).map(|_| ()),
    );
    let exports = module(
        &engine,
        r#"(module (func (export "one")) (func (export "f")) (func (export "two")))"#,
    );
    let instance = Instance::new(&mut store, &exports, &[]).expect("it has no imports");
    report.outcome(
        "instance: with a name that is taken",
        linker.instance(&mut store, "m", instance).map(|_| ()),
    );
    let has = |store: &mut Store<()>, name| linker.get(store, "m", name).is_ok();
    report.see(
        "instance: afterwards",
        format!("{} {}", has(&mut store, "one"), has(&mut store, "two")),
    );
    linker.allow_shadowing(true);
    report.outcome("shadowing: define", linker.define(&store, "m", "f", global).map(|_| ()));
    report.outcome("shadowing: instance", linker.instance(&mut store, "m", instance).map(|_| ()));
    let item = linker.get(&mut store, "m", "f").map(|item| item.into_func().is_some());
    report.result("shadowing: what is there", item);
    let copy = linker.clone();
    linker.func_wrap("m", "new", || {}).expect("the name is new");
    report.see(
        "clone",
        format!(
            "{} {}",
            copy.get(&mut store, "m", "new").is_ok(),
            linker.get(&mut store, "m", "new").is_ok()
        ),
    );
}

fn aliases(report: &mut Report) {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    linker.func_wrap("m", "f", || 1).expect("the linker is empty");
    linker.func_wrap("m", "g", || 2).expect("the name is new");
    report.outcome("alias", linker.alias("m", "f", "n", "h").map(|_| ()));
    report.outcome("alias: twice", linker.alias("m", "f", "n", "h").map(|_| ()));
    report.outcome("alias: of nothing", linker.alias("m", "nothing", "n", "i").map(|_| ()));
    report.outcome(
        "alias: of a module that is not there",
        linker.alias("nothing", "f", "n", "i").map(|_| ()),
    );
    report.outcome("alias: of itself", linker.alias("m", "f", "m", "f").map(|_| ()));
    report.outcome("alias_module", linker.alias_module("m", "o").map(|_| ()));
    report.outcome("alias_module: of nothing", linker.alias_module("nothing", "o").map(|_| ()));
    let error = linker.alias_module("m", "o").map(|_| ()).is_err();
    report.see("alias_module: twice errs", error);
    let mut names: Vec<_> =
        linker.iter(&mut store).map(|(module, name, _)| format!("{module}::{name}")).collect();
    names.sort();
    report.see("iter", names.join(" "));
}

fn lookup(report: &mut Report) {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    linker.func_wrap("m", "f", || 1).expect("the linker is empty");
    report.outcome("get", linker.get(&mut store, "m", "f"));
    report.outcome("get: nothing", linker.get(&mut store, "m", "nothing"));
    report.outcome("get: no module", linker.get(&mut store, "nothing", "f"));
    let user = module(&engine, r#"(module (import "m" "f" (global i32)) (import "m" "g" (func)))"#);
    let found: Vec<_> =
        user.imports().map(|import| linker.get_by_import(&mut store, &import).is_some()).collect();
    report.see("get_by_import", format!("{found:?}"));

    let global =
        Global::new(&mut store, GlobalType::new(ValType::I32, Mutability::Const), Val::I32(1));
    let global = global.expect("it is the type");
    linker.func_wrap("default", "", || {}).expect("the name is new");
    linker.func_wrap("command", "_start", || {}).expect("the name is new");
    linker.define(&store, "no function", "", global).expect("the name is new");
    linker.func_wrap("no function", "_start", || {}).expect("the name is new");
    linker.define(&store, "no start", "_start", global).expect("the name is new");
    for name in ["default", "command", "no function", "no start", "nothing"] {
        let func = linker.get_default(&mut store, name);
        report.result(format!("get_default: {name}"), func.map(|func| func.ty(&store).to_string()));
    }
}

fn unknown(report: &mut Report) {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let text = r#"(module $user (import "m" "f" (func $f (param i32) (result i32 funcref)))
        (func $go (export "go") (result i32 funcref) (call $f (i32.const 1))))"#;
    let user = module(&engine, text);
    let mut linker = Linker::new(&engine);
    report.outcome("as traps", linker.define_unknown_imports_as_traps(&user));
    let instance = linker.instantiate(&mut store, &user).expect("all is there");
    let go = instance.get_func(&mut store, "go").expect("it is exported");
    let mut results = [Val::I32(7), Val::I32(7)];
    let error = go.call(&mut store, &[], &mut results).expect_err("it traps");
    report.see("as traps: the call", format!("{error:?}"));
    report.see("as traps: the cause", error.is::<UnknownImportError>());
    let mixed =
        module(&engine, r#"(module (import "m" "f" (func)) (import "m" "g" (global i32)))"#);
    report.outcome("as traps: another type", linker.define_unknown_imports_as_traps(&mixed));
    report.outcome("as traps: another type, then", linker.instantiate(&mut store, &mixed));

    let mut linker = Linker::new(&engine);
    report
        .outcome("as defaults", linker.define_unknown_imports_as_default_values(&mut store, &user));
    let instance = linker.instantiate(&mut store, &user).expect("all is there");
    let go = instance.get_func(&mut store, "go").expect("it is exported");
    let result = go.call(&mut store, &[], &mut results);
    report.result("as defaults: the call", result.map(|()| format!("{results:?}")));
    for (label, import) in [
        ("a function of no null", r#"(import "m" "h" (func (result (ref func))))"#),
        ("a global", r#"(import "m" "g" (global i64))"#),
        ("a mutable global", r#"(import "m" "v" (global (mut funcref)))"#),
        ("a global of no null", r#"(import "m" "n" (global (ref extern)))"#),
        ("a table", r#"(import "m" "t" (table 2 3 funcref))"#),
        ("a table of no null", r#"(import "m" "u" (table 2 3 (ref func)))"#),
        ("a memory", r#"(import "m" "mem" (memory 1 2))"#),
        ("a wide memory", r#"(import "m" "wide" (memory i64 1 2))"#),
        ("a shared memory", r#"(import "m" "shared" (memory 1 2 shared))"#),
        ("a tag", r#"(import "m" "tag" (tag (param i32)))"#),
    ] {
        let label = format!("as defaults: {label}");
        let Some(module) = report.module(&label, &engine, &format!("(module {import})")) else {
            continue;
        };
        let result = linker.define_unknown_imports_as_default_values(&mut store, &module);
        report.outcome(&label, result);
        report.outcome(format!("{label}, then"), linker.instantiate(&mut store, &module));
    }
}

fn commands(report: &mut Report) {
    let engine = Engine::default();
    for (label, text) in [
        ("a command", r#"(module (func (export "_start")) (func (export "f")))"#),
        ("a reactor", r#"(module (func (export "_initialize")) (func (export "f")))"#),
        ("a library", r#"(module (func (export "f")) (memory (export "memory") 1))"#),
        ("both", r#"(module (func (export "_start")) (func (export "_initialize")))"#),
        ("_start no function", r#"(module (memory (export "_start") 1))"#),
        ("_initialize no function", r#"(module (memory (export "_initialize") 1))"#),
        ("_initialize of another type", r#"(module (func (export "_initialize") (param i32)))"#),
        ("_initialize that traps", r#"(module $m (func $i (export "_initialize") unreachable))"#),
        (
            "a command with a memory",
            r#"(module (func (export "_start")) (memory (export "memory") 1))"#,
        ),
        (
            "a command with another memory",
            r#"(module (func (export "_start")) (memory (export "other") 1))"#,
        ),
        (
            "a command with a table",
            r#"(module (func (export "_start")) (table (export "table") 1 funcref))"#,
        ),
        (
            "a command with a global",
            r#"(module (func (export "_start")) (global (export "__heap_base") i32 (i32.const 1)))"#,
        ),
        (
            "a command with another global",
            r#"(module (func (export "_start")) (global (export "g") i32 (i32.const 1)))"#,
        ),
        (
            "a command with a function called memory",
            r#"(module (func (export "_start")) (func (export "memory")))"#,
        ),
        ("a command with imports", r#"(module (import "x" "y" (func)) (func (export "_start")))"#),
        ("a reactor with imports", r#"(module (import "x" "y" (func)))"#),
    ] {
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        report.outcome(
            format!("module: {label}"),
            linker.module(&mut store, "m", &module(&engine, text)).map(|_| ()),
        );
        let mut names: Vec<_> =
            linker.iter(&mut store).map(|(_, name, _)| name.to_owned()).collect();
        names.sort();
        report.see(format!("module: {label}, names"), names.join(" "));
        if let Ok(func) = linker.get_default(&mut store, "m") {
            report.outcome(
                format!("module: {label}, its default"),
                func.call(&mut store, &[], &mut []),
            );
        }
    }
    let text = r#"(module (global $n (mut i32) (i32.const 0)) (func (export "_start"))
        (func (export "count") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))"#;
    let module = module(&engine, text);
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    linker.module(&mut store, "m", &module).expect("it is a command");
    for n in 1..=2 {
        let count = linker
            .get(&mut store, "m", "count")
            .expect("it is there")
            .into_func()
            .expect("it is a function");
        let mut results = [Val::I32(0)];
        let result = count.call(&mut store, &[], &mut results);
        report.result(format!("a command: call {n}"), result.map(|()| format!("{results:?}")));
    }
    linker.allow_unknown_exports(true);
    let other =
        Module::new(&engine, r#"(module (func (export "_start")) (memory (export "other") 1))"#)
            .expect("it is valid");
    report.outcome("unknown exports: allowed", linker.module(&mut store, "n", &other).map(|_| ()));
    let many = Module::new(&engine, r#"(module (func (export "_start")))"#).expect("it is valid");
    let mut store = Store::new(&engine, StoreLimitsBuilder::new().instances(2).build());
    store.limiter(|limits| limits);
    let mut linker = Linker::new(&engine);
    linker.module(&mut store, "", &many).expect("it is a command");
    let start = linker.get_default(&mut store, "").expect("it is there");
    for n in 1..=3 {
        report
            .outcome(format!("a command: instance {n} of 2"), start.call(&mut store, &[], &mut []));
    }
}

/// A table that grew after it was defined.
fn sizes(report: &mut Report) {
    let engine = engine(|config| _ = config.shared_memory(true));
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    let table = Table::new(&mut store, TableType::new(RefType::FUNCREF, 1, None), Ref::Func(None))
        .expect("there is room");
    let memory = Memory::new(&mut store, MemoryType::new(1, None)).expect("there is room");
    linker.define(&store, "m", "table", table).expect("the linker is empty");
    linker.define(&store, "m", "memory", memory).expect("the name is new");
    table.grow(&mut store, 9, Ref::Func(None)).expect("there is room");
    memory.grow(&mut store, 9).expect("there is room");
    for import in
        [r#""table" (table 5 funcref)"#, r#""memory" (memory 5)"#, r#""memory" (memory 11)"#]
    {
        let module = module(&engine, &format!(r#"(module (import "m" {import}))"#));
        report.outcome(
            format!("grown: instantiate_pre of {import}"),
            linker.instantiate_pre(&module).map(|_| ()),
        );
        report.outcome(
            format!("grown: instantiate of {import}"),
            linker.instantiate(&mut store, &module),
        );
    }
}
