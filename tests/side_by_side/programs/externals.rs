//! Globals, tables and memories from the host.

use wasmtime::*;

use crate::report::{self, Report, instance, module};

pub(super) fn run(report: &mut Report) {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    globals(report, &mut store);
    tables(report, &mut store);
    memories(report, &mut store);
    exports(report);
}

fn globals(report: &mut Report, store: &mut Store<()>) {
    let mut new = |label: &str, ty: ValType, mutability, value: Val| {
        let global = Global::new(&mut *store, GlobalType::new(ty, mutability), value);
        report.outcome(
            format!("global: {label}"),
            global.as_ref().map_err(|error| Error::msg(format!("{error:?}"))),
        );
        global.ok()
    };
    let fixed = new("i32", ValType::I32, Mutability::Const, Val::I32(1)).expect("it is the type");
    let var =
        new("mutable i64", ValType::I64, Mutability::Var, Val::I64(1)).expect("it is the type");
    new("an i64 for an i32", ValType::I32, Mutability::Const, Val::I64(1));
    new(
        "a null for no null",
        ValType::Ref(RefType::new(false, HeapType::Func)),
        Mutability::Var,
        Val::FuncRef(None),
    );
    new("a func for an extern", ValType::EXTERNREF, Mutability::Var, Val::FuncRef(None));
    report.outcome("global: set a constant", fixed.set(&mut *store, Val::I32(2)));
    report.outcome("global: set a constant to another type", fixed.set(&mut *store, Val::I64(2)));
    report.outcome("global: set", var.set(&mut *store, Val::I64(2)));
    report.outcome("global: set to another type", var.set(&mut *store, Val::F32(2)));
    report.see("global: get", format!("{:?} {:?}", fixed.get(&mut *store), var.get(&mut *store)));
    report.see("global: ty", report::global(&var.ty(&*store)));
}

fn tables(report: &mut Report, store: &mut Store<()>) {
    let func = Func::wrap(&mut *store, || {});
    let funcs = TableType::new(RefType::FUNCREF, 3, Some(5));
    let table = Table::new(&mut *store, funcs, Ref::Func(Some(func))).expect("there is room");
    let mut new = |label: &str, ty: TableType, init: Ref| {
        report.outcome(format!("table: {label}"), Table::new(&mut *store, ty, init));
    };
    new("an extern for a func", TableType::new(RefType::FUNCREF, 1, None), Ref::Extern(None));
    new(
        "a null for no null",
        TableType::new(RefType::new(false, HeapType::Func), 1, None),
        Ref::Func(None),
    );
    new("of 64 bits", TableType::new64(RefType::EXTERNREF, 1, None), Ref::Extern(None));
    new("too large", TableType::new(RefType::FUNCREF, u32::MAX, None), Ref::Func(None));
    new(
        "of 64 bits, too large",
        TableType::new64(RefType::FUNCREF, u64::MAX, None),
        Ref::Func(None),
    );
    report.see(
        "table: get",
        format!("{} {}", table.get(&mut *store, 2).is_some(), table.get(&mut *store, 3).is_some()),
    );
    report.see("table: get far", table.get(&mut *store, u64::MAX).is_some());
    report.outcome("table: set", table.set(&mut *store, 2, Ref::Func(None)));
    report.outcome("table: set out of bounds", table.set(&mut *store, 3, Ref::Func(None)));
    report.outcome("table: set another type", table.set(&mut *store, 0, Ref::Extern(None)));
    report.outcome(
        "table: set another type out of bounds",
        table.set(&mut *store, 3, Ref::Extern(None)),
    );
    report.result("table: grow", table.grow(&mut *store, 1, Ref::Func(None)));
    report.result("table: grow by another type", table.grow(&mut *store, 1, Ref::Extern(None)));
    report.result("table: grow beyond the maximum", table.grow(&mut *store, 2, Ref::Func(None)));
    report.result("table: grow by nothing", table.grow(&mut *store, 0, Ref::Func(None)));
    report.result("table: grow by all", table.grow(&mut *store, u64::MAX, Ref::Func(None)));
    report.see("table: size", table.size(&*store));
    report.see("table: ty", report::table(&table.ty(&*store)));
    report.outcome("table: fill", table.fill(&mut *store, 1, Ref::Func(None), 3));
    report
        .outcome("table: fill nothing at the end", table.fill(&mut *store, 4, Ref::Func(None), 0));
    report.outcome(
        "table: fill nothing behind the end",
        table.fill(&mut *store, 5, Ref::Func(None), 0),
    );
    report.outcome("table: fill out of bounds", table.fill(&mut *store, 1, Ref::Func(None), 4));
    report.outcome("table: fill around", table.fill(&mut *store, u64::MAX, Ref::Func(None), 2));
    report
        .outcome("table: fill with another type", table.fill(&mut *store, 1, Ref::Extern(None), 1));
    let externs =
        Table::new(&mut *store, TableType::new(RefType::EXTERNREF, 3, None), Ref::Extern(None));
    let externs = externs.expect("there is room");
    let strict = TableType::new(RefType::new(false, HeapType::Func), 2, None);
    let strict = Table::new(&mut *store, strict, Ref::Func(Some(func))).expect("there is room");
    let mut copy = |label: &str, to: &Table, at: u64, from: &Table, source: u64, len: u64| {
        report.outcome(
            format!("table: copy {label}"),
            Table::copy(&mut *store, to, at, from, source, len),
        );
    };
    copy("within", &table, 1, &table, 0, 3);
    copy("beyond the target", &table, 2, &table, 0, 3);
    copy("beyond the source", &table, 0, &table, 2, 3);
    copy("around", &table, u64::MAX, &table, 0, 2);
    copy("of another type", &table, 0, &externs, 0, 1);
    copy("of a subtype", &table, 0, &strict, 0, 1);
    copy("of a supertype", &strict, 0, &table, 0, 1);
    let elements: Vec<_> = (0..table.size(&*store))
        .map(|at| table.get(&mut *store, at).map(|item| item.is_null()))
        .collect();
    report.see("table: null elements", format!("{elements:?}"));
}

fn memories(report: &mut Report, store: &mut Store<()>) {
    let memory = Memory::new(&mut *store, MemoryType::new(1, Some(3))).expect("there is room");
    report.outcome("memory: shared", Memory::new(&mut *store, MemoryType::shared(1, 2)));
    report.outcome("memory: of 64 bits", Memory::new(&mut *store, MemoryType::new64(1, None)));
    report.outcome(
        "memory: too large",
        Memory::new(&mut *store, MemoryType::new64((1 << 48) - 1, None)),
    );
    report.see("memory: ty", report::memory(&memory.ty(&*store)));
    report.see(
        "memory: sizes",
        format!(
            "{} {} {} {}",
            memory.size(&*store),
            memory.data_size(&*store),
            memory.page_size(&*store),
            memory.page_size_log2(&*store)
        ),
    );
    let mut buffer = [7; 4];
    report.outcome("memory: write", memory.write(&mut *store, 65532, &[1, 2, 3, 4]));
    report.outcome("memory: write out of bounds", memory.write(&mut *store, 65533, &[1, 2, 3, 4]));
    report.outcome("memory: write far", memory.write(&mut *store, usize::MAX, &[1]));
    report.outcome("memory: write nothing at the end", memory.write(&mut *store, 65536, &[]));
    report.outcome("memory: write nothing behind the end", memory.write(&mut *store, 65537, &[]));
    report.outcome("memory: read", memory.read(&*store, 65532, &mut buffer));
    report.outcome("memory: read out of bounds", memory.read(&*store, 65533, &mut buffer));
    report.see("memory: what was read", format!("{buffer:?}"));
    report.result("memory: grow", memory.grow(&mut *store, 1));
    report.result("memory: grow by nothing", memory.grow(&mut *store, 0));
    report.result("memory: grow beyond the maximum", memory.grow(&mut *store, 2));
    report.result("memory: grow by all", memory.grow(&mut *store, u64::MAX));
    let free = Memory::new(&mut *store, MemoryType::new(1, None)).expect("there is room");
    report.result("memory: grow to 4 GiB and a page", free.grow(&mut *store, 65536));
    report.see("memory: ty after growth", report::memory(&memory.ty(&*store)));
}

fn exports(report: &mut Report) {
    let (mut store, instance) = instance(
        r#"(module (func (export "z")) (memory (export "a") 1) (global (export "m") i32 (i32.const 1))
            (table (export "") 1 funcref) (export "b" (func 0)))"#,
    );
    let kinds: Vec<_> = instance
        .exports(&mut store)
        .map(|export| {
            let name = export.name().to_owned();
            let kind = match export.into_extern() {
                Extern::Func(_) => "func",
                Extern::Memory(_) => "memory",
                Extern::Global(_) => "global",
                Extern::Table(_) => "table",
                _ => "another",
            };
            format!("{name:?} {kind}")
        })
        .collect();
    report.see("exports", kinds.join(", "));
    for name in ["z", "a", "m", "", "nothing"] {
        report.see(
            format!("export {name:?}"),
            format!(
                "func {} memory {} global {} table {} shared {}",
                instance.get_func(&mut store, name).is_some(),
                instance.get_memory(&mut store, name).is_some(),
                instance.get_global(&mut store, name).is_some(),
                instance.get_table(&mut store, name).is_some(),
                instance.get_shared_memory(&mut store, name).is_some(),
            ),
        );
        let ty = instance.get_export(&mut store, name).map(|item| report::item(&item.ty(&store)));
        report.see(format!("export {name:?}: ty"), ty.unwrap_or_default());
    }
    let engine = store.engine().clone();
    let start = module(
        &engine,
        r#"(module (memory (export "m") 1) (data (i32.const 0) "a") (data (i32.const 65536) "b"))"#,
    );
    report.outcome("a data segment out of bounds", Instance::new(&mut store, &start, &[]));
    let start = module(&engine, r#"(module (table 1 funcref) (func) (elem (i32.const 1) func 0))"#);
    report.outcome("an element segment out of bounds", Instance::new(&mut store, &start, &[]));
    let start = module(&engine, r#"(module $m (func $begin unreachable) (start $begin))"#);
    report.outcome("a start function that traps", Instance::new(&mut store, &start, &[]));
}
