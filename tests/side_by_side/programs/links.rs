//! Linking: items that do not have the type of the import, that are missing, or of another store or engine.

use wasmtime::*;

use crate::report::{Report, item, module};

pub(super) fn run(report: &mut Report) {
    mismatches(report);
    missing(report);
    foreign(report);
}

/// A linker with an item of each kind, in the module "h".
fn host(store: &mut Store<()>) -> Linker<()> {
    let mut linker = Linker::new(store.engine());
    let text = r#"(module
        (global (export "i32") i32 (i32.const 1))
        (global (export "mut i32") (mut i32) (i32.const 1))
        (global (export "funcref") funcref (ref.null func))
        (global (export "mut funcref") (mut funcref) (ref.null func))
        (func (export "func") (param i32) (result i64) unreachable)
        (func (export "none"))
        (table (export "table") 2 5 funcref)
        (table (export "unlimited") 2 funcref)
        (table (export "externs") 2 externref)
        (table (export "wide table") i64 2 funcref)
        (memory (export "memory") 2 5)
        (memory (export "unlimited memory") 2)
        (memory (export "wide memory") i64 2 5)
        (memory (export "bytes") 2 5 (pagesize 1))
        (memory (export "shared") 2 5 shared))"#;
    let more = [
        r#"(module (type $open (sub (func))) (func (export "open") (type $open)))"#,
        r#"(module (tag (export "tag") (param i32)))"#,
    ];
    let engine = store.engine().clone();
    for module in [text].iter().chain(&more).flat_map(|text| Module::new(&engine, text)) {
        let instance = Instance::new(&mut *store, &module, &[]).expect("it has no imports");
        linker.instance(&mut *store, "h", instance).expect("the names differ");
    }
    linker
}

fn mismatches(report: &mut Report) {
    let engine =
        crate::report::engine(|config| _ = config.wasm_custom_page_sizes(true).shared_memory(true));
    let mut store = Store::new(&engine, ());
    let linker = host(&mut store);
    for import in [
        r#""func" (func)"#,
        r#""func" (func (param i32))"#,
        r#""func" (func (param i32) (result i32))"#,
        r#""func" (func (param i64) (result i64))"#,
        r#""func" (func (param i32) (result i64))"#,
        r#""none" (func (param funcref externref) (result v128 f64))"#,
        r#""func" (global i32)"#,
        r#""func" (table 1 funcref)"#,
        r#""func" (memory 1)"#,
        r#""func" (tag)"#,
        r#""open" (func)"#,
        r#""i32" (global i32)"#,
        r#""i32" (global i64)"#,
        r#""i32" (global (mut i32))"#,
        r#""i32" (func)"#,
        r#""mut i32" (global i32)"#,
        r#""mut i32" (global (mut f32))"#,
        r#""funcref" (global externref)"#,
        r#""funcref" (global (ref func))"#,
        r#""mut funcref" (global (mut (ref null nofunc)))"#,
        r#""table" (table 2 5 funcref)"#,
        r#""table" (table 3 5 funcref)"#,
        r#""table" (table 2 4 funcref)"#,
        r#""table" (table 2 6 funcref)"#,
        r#""table" (table 2 externref)"#,
        r#""table" (table i64 2 funcref)"#,
        r#""table" (memory 1)"#,
        r#""unlimited" (table 2 5 funcref)"#,
        r#""unlimited" (table 3 funcref)"#,
        r#""externs" (table 2 funcref)"#,
        r#""externs" (table 2 (ref extern))"#,
        r#""wide table" (table 2 funcref)"#,
        r#""memory" (memory 2 5)"#,
        r#""memory" (memory 3 5)"#,
        r#""memory" (memory 2 4)"#,
        r#""memory" (memory 3 4)"#,
        r#""memory" (memory i64 2 5)"#,
        r#""memory" (memory 2 5 shared)"#,
        r#""memory" (memory 2 5 (pagesize 1))"#,
        r#""memory" (func)"#,
        r#""memory" (global i32)"#,
        r#""unlimited memory" (memory 2 5)"#,
        r#""wide memory" (memory 2 5)"#,
        r#""bytes" (memory 2 5)"#,
        r#""bytes" (memory 3 5 (pagesize 1))"#,
        r#""shared" (memory 2 5)"#,
        r#""shared" (memory 2 4 shared)"#,
        r#""shared" (memory 2 5 shared)"#,
        r#""tag" (tag (param i32))"#,
        r#""tag" (tag (param i64))"#,
        r#""tag" (func)"#,
    ] {
        if let Some(module) =
            report.module(import, &engine, &format!(r#"(module (import "h" {import}))"#))
        {
            report.outcome(import, linker.instantiate(&mut store, &module));
        }
    }
    let module = module(
        &engine,
        r#"(module $user (type $f (func (param i32))) (import "h" "none" (func $g (type $f))))"#,
    );
    let error = linker.instantiate(&mut store, &module).expect_err("the types differ");
    report.see(
        "texts of an error",
        format!(
            "{error}\n{error:#}\n{:?}",
            error.chain().map(|e| e.to_string()).collect::<Vec<_>>()
        ),
    );
    let result = Instance::new(&mut store, &module, &[]);
    report.outcome("Instance::new: too few", result);
    let func = Func::wrap(&mut store, || {});
    report.outcome(
        "Instance::new: too many",
        Instance::new(&mut store, &module, &[func.into(), func.into()]),
    );
    report
        .outcome("Instance::new: another type", Instance::new(&mut store, &module, &[func.into()]));
}

fn missing(report: &mut Report) {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let linker = Linker::new(&engine);
    let one = module(&engine, r#"(module (import "m" "n" (func)))"#);
    report.outcome("missing: a function", linker.instantiate(&mut store, &one));
    report.outcome("missing: instantiate_pre", linker.instantiate_pre(&one));
    let error = linker.instantiate(&mut store, &one).expect_err("it is missing");
    let unknown = error.downcast_ref::<UnknownImportError>().expect("it is the cause");
    report.see(
        "missing: the parts",
        format!("{} {} {}\n{unknown}", unknown.module(), unknown.name(), item(&unknown.ty())),
    );
    for (label, import) in [
        ("a global", r#"(import "m" "n" (global i32))"#),
        ("a memory", r#"(import "m" "n" (memory 1))"#),
        ("names with quotes", r#"(import "a`b" "c\"d" (func))"#),
        ("names with control characters", r#"(import "a\1b[31m" "c\nd" (func))"#),
        ("no names", r#"(import "" "" (func))"#),
        ("two", r#"(import "m" "first" (func)) (import "m" "second" (global i32))"#),
    ] {
        let module = module(&engine, &format!("(module {import})"));
        report.outcome(format!("missing: {label}"), linker.instantiate(&mut store, &module));
    }
}

fn foreign(report: &mut Report) {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut other = Store::new(&engine, ());
    let text = r#"(module (import "h" "f" (func)))"#;
    let module = module(&engine, text);
    let func = Func::wrap(&mut other, || {});
    report.outcome(
        "another store: Instance::new",
        Instance::new(&mut store, &module, &[func.into()]),
    );
    let mut linker = Linker::new(&engine);
    report.panic("another store: define", || linker.define(&store, "h", "f", func).map(|_| ()));
    linker.define(&other, "h", "f", func).expect("the linker is empty");
    report.outcome("another store: instantiate", linker.instantiate(&mut store, &module));
    let pre = linker.instantiate_pre(&module).expect("the types agree");
    report.outcome("another store: InstancePre", pre.instantiate(&mut store));
    let memory = Memory::new(&mut other, MemoryType::new(1, None)).expect("there is room");
    let mut memories = Linker::new(&engine);
    memories.define(&other, "h", "m", memory).expect("the linker is empty");
    let user =
        Module::new(&engine, r#"(module (import "h" "m" (memory 1)))"#).expect("it is valid");
    report.panic("another store: a memory", || memories.instantiate(&mut store, &user).map(|_| ()));
    let instance = Instance::new(&mut other, &user, &[memory.into()]).expect("the types agree");
    report.panic("another store: Linker::instance", || {
        Linker::new(&engine).instance(&mut store, "h", instance).map(|_| ())
    });

    let far = Engine::default();
    let module_far = Module::new(&far, text).expect("it is valid");
    report.outcome("another engine: Instance::new", Instance::new(&mut store, &module_far, &[]));
    let func = Func::wrap(&mut store, || {});
    report.outcome(
        "another engine: Instance::new with items",
        Instance::new(&mut store, &module_far, &[func.into()]),
    );
    let mut hosts = Linker::<()>::new(&engine);
    hosts.func_wrap("h", "f", || {}).expect("the linker is empty");
    report.outcome("another engine: the module", hosts.instantiate(&mut store, &module_far));
    report.outcome("another engine: the module, before", hosts.instantiate_pre(&module_far));
    let mut store_far = Store::new(&far, ());
    report.panic("another engine: the store", || {
        hosts.instantiate(&mut store_far, &module).map_err(|e| panic!("error: {e:?}"))
    });
    report.panic("another engine: Linker::get", || hosts.get(&mut store_far, "h", "f").is_ok());
    report.panic("another engine: Linker::iter", || hosts.iter(&mut store_far).count());
    report.panic("another engine: Linker::module", || {
        hosts.module(&mut store_far, "m", &module).is_ok()
    });
    let ty = FuncType::new(&far, [], []);
    report.panic("another engine: func_new", || {
        hosts.func_new("h", "g", ty.clone(), |_, _, _| Ok(())).is_ok()
    });
    report
        .panic("another engine: Func::new", || Func::new(&mut store, ty.clone(), |_, _, _| Ok(())));
    let ty = RefType::new(true, HeapType::ConcreteFunc(ty));
    report.panic("another engine: Table::new", || {
        let table = Table::new(&mut store, TableType::new(ty.clone(), 1, None), Ref::Func(None));
        table.map_err(|error| panic!("error: {error:?}"))
    });
    report.panic("another engine: Global::new", || {
        let ty = GlobalType::new(ValType::Ref(ty.clone()), Mutability::Const);
        Global::new(&mut store, ty, Val::FuncRef(None)).map_err(|error| panic!("error: {error:?}"))
    });
}
