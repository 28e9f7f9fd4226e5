//! Types: their texts, what is a subtype of what, and the types that cannot be.

use wasmtime::*;

use crate::report::{self, Report, item};

pub(super) fn run(report: &mut Report) {
    let engine = Engine::default();
    values(report, &engine);
    functions(report, &engine);
    memories(report);
    others(report, &engine);
    of_modules(report, &engine);
}

fn heap_types(engine: &Engine) -> Vec<HeapType> {
    let mut types = vec![
        HeapType::Extern,
        HeapType::NoExtern,
        HeapType::Func,
        HeapType::NoFunc,
        HeapType::Any,
        HeapType::Eq,
        HeapType::I31,
        HeapType::Array,
        HeapType::Struct,
        HeapType::Exn,
        HeapType::NoExn,
        HeapType::None,
    ];
    types.push(HeapType::ConcreteFunc(FuncType::new(engine, [], [])));
    types
}

fn values(report: &mut Report, engine: &Engine) {
    let mut types = vec![
        ValType::I32,
        ValType::I64,
        ValType::F32,
        ValType::F64,
        ValType::V128,
        ValType::FUNCREF,
        ValType::EXTERNREF,
    ];
    types.extend([
        ValType::NULLFUNCREF,
        ValType::ANYREF,
        ValType::EQREF,
        ValType::I31REF,
        ValType::ARRAYREF,
    ]);
    types.extend([ValType::STRUCTREF, ValType::NULLREF, ValType::EXNREF, ValType::NULLEXNREF]);
    report.see("value types", types.iter().map(|ty| ty.to_string() + "\n").collect::<String>());
    report
        .see("value types: Debug", types.iter().map(|ty| format!("{ty:?}\n")).collect::<String>());
    let table = types.iter().map(|a| {
        let row: Vec<_> = types.iter().map(|b| if a.matches(b) { "x" } else { "." }).collect();
        row.concat() + "\n"
    });
    report.see("value types: matches", table.collect::<String>());
    report.see(
        "value types: predicates",
        types
            .iter()
            .map(|ty| {
                format!(
                    "{ty}: num {} ref {} funcref {} externref {} anyref {} i32 {} default {:?}\n",
                    ty.is_num(),
                    ty.is_ref(),
                    ty.is_funcref(),
                    ty.is_externref(),
                    ty.is_anyref(),
                    ty.is_i32(),
                    ty.default_value().map(|value| format!("{value:?}")),
                )
            })
            .collect::<String>(),
    );
    let types = heap_types(engine);
    report.see("heap types", types.iter().map(|ty| format!("{ty}\n")).collect::<String>());
    report.see(
        "heap types: top",
        types.iter().map(|ty| format!("{}\n", ty.top())).collect::<String>(),
    );
    report.see(
        "heap types: bottom",
        types.iter().map(|ty| format!("{}\n", ty.bottom())).collect::<String>(),
    );
    let table = types.iter().map(|a| {
        let row: Vec<_> = types.iter().map(|b| if a.matches(b) { "x" } else { "." }).collect();
        row.concat() + "\n"
    });
    report.see("heap types: matches", table.collect::<String>());
    for nullable in [true, false] {
        let types = types.iter().map(|ty| RefType::new(nullable, ty.clone()));
        report.see(
            format!("references, null {nullable}"),
            types.map(|ty| format!("{ty} {ty:?}\n")).collect::<String>(),
        );
    }
}

fn functions(report: &mut Report, engine: &Engine) {
    let ty = FuncType::new(engine, [ValType::I32, ValType::FUNCREF], [ValType::I64, ValType::F32]);
    report.see("function type", &ty);
    report.see("function type: none", FuncType::new(engine, [], []));
    report.see("function type: one result", FuncType::new(engine, [], [ValType::I32]));
    report.see(
        "function type: finality",
        format!("{:?} {:?}", ty.finality(), ty.supertype().is_some()),
    );
    report.see("function type: param", format!("{:?} {:?}", ty.param(1), ty.param(2)));
    report.see("function type: result", format!("{:?} {:?}", ty.result(1), ty.result(2)));
    report.outcome("function type: try_new", FuncType::try_new(engine, [ValType::I32], []));

    let open = |supertype: Option<&FuncType>, params: Vec<ValType>, results: Vec<ValType>| {
        FuncType::with_finality_and_supertype(
            engine,
            Finality::NonFinal,
            supertype,
            params,
            results,
        )
    };
    let top =
        open(None, vec![ValType::FUNCREF], vec![ValType::FUNCREF]).expect("it has no supertype");
    report.see("function type: open", &top);
    let below = open(
        Some(&top),
        vec![ValType::FUNCREF],
        vec![ValType::Ref(RefType::new(false, HeapType::Func))],
    );
    report.result(
        "function type: a subtype",
        below.as_ref().map(|ty| ty.to_string()).map_err(|e| Error::msg(e.to_string())),
    );
    let below = below.expect("results may be narrower");
    report.outcome(
        "function type: other parameters",
        open(Some(&top), vec![ValType::I32], vec![ValType::FUNCREF]),
    );
    report
        .outcome("function type: fewer results", open(Some(&top), vec![ValType::FUNCREF], vec![]));
    report.outcome(
        "function type: below a final one",
        open(Some(&ty), vec![ValType::I32, ValType::FUNCREF], vec![ValType::I64, ValType::F32]),
    );
    let types = [&ty, &top, &below];
    for (name, relation) in
        [("matches", FuncType::matches as fn(&FuncType, &FuncType) -> bool), ("eq", FuncType::eq)]
    {
        let rows = types.map(|a| types.map(|b| if relation(a, b) { "x" } else { "." }).concat());
        report.see(format!("function type: {name}"), rows.join("\n"));
    }
    let far = FuncType::new(&Engine::default(), [], []);
    report.panic("function type: matches one of another engine", || ty.matches(&far));
    report.panic("function type: eq to one of another engine", || FuncType::eq(&ty, &far));
    let near = ValType::Ref(RefType::new(true, HeapType::ConcreteFunc(ty.clone())));
    let far = ValType::Ref(RefType::new(true, HeapType::ConcreteFunc(far)));
    report.panic("value types: of another engine", || near.matches(&far));
    report.panic("function type: parameters of another engine", || {
        FuncType::new(engine, [far.clone()], [])
    });
    report.see("value types: matches funcref", near.matches(&ValType::FUNCREF));
}

fn memories(report: &mut Report) {
    let show = |ty: MemoryType| report::memory(&ty);
    report.see("memory type", show(MemoryType::new(1, None)));
    report.see("memory type: of 64 bits", show(MemoryType::new64(1, Some(2))));
    report.see("memory type: shared", show(MemoryType::shared(1, 2)));
    let mut build = |label: &str, configure: &dyn Fn(&mut MemoryTypeBuilder)| {
        let mut builder = MemoryTypeBuilder::new();
        configure(&mut builder);
        report.result(format!("memory builder: {label}"), builder.build().map(show));
    };
    build("nothing", &|_| {});
    build("maximum below minimum", &|b| _ = b.min(2).max(Some(1)));
    build("shared without maximum", &|b| _ = b.min(1).shared(true));
    build("shared", &|b| _ = b.min(1).max(Some(1)).shared(true));
    build("65536 pages", &|b| _ = b.min(1 << 16).max(Some(1 << 16)));
    build("65537 pages", &|b| _ = b.min(65537));
    build("a maximum of 65537 pages", &|b| _ = b.max(Some(65537)));
    build("2^48 pages of 64 bits", &|b| _ = b.min(1 << 48).memory64(true));
    build("a maximum of 2^48 pages of 64 bits", &|b| _ = b.max(Some(1 << 48)).memory64(true));
    build("2^48 + 1 pages of 64 bits", &|b| _ = b.min((1 << 48) + 1).memory64(true));
    build("a maximum of 2^48 + 1 pages of 64 bits", &|b| {
        _ = b.max(Some((1 << 48) + 1)).memory64(true)
    });
    build("a maximum of all pages of 64 bits", &|b| _ = b.max(Some(u64::MAX)).memory64(true));
    for log2 in [0, 1, 12, 15, 16, 17, 64, 255] {
        build(&format!("pages of 2^{log2}"), &|b| _ = b.page_size_log2(log2));
    }
    build("2^32 - 1 pages of a byte", &|b| _ = b.min(u32::MAX.into()).page_size_log2(0));
    build("2^32 pages of a byte", &|b| _ = b.min(1 << 32).page_size_log2(0));
    build("2^32 + 1 pages of a byte", &|b| _ = b.min((1 << 32) + 1).page_size_log2(0));
    build("2^64 - 1 pages of a byte of 64 bits", &|b| {
        _ = b.min(u64::MAX).page_size_log2(0).memory64(true)
    });
    report.panic("memory type: maximum below minimum", || MemoryType::new(2, Some(1)));
    report.panic("memory type: shared, maximum below minimum", || MemoryType::shared(2, 1));
    report.panic("memory type: of 64 bits, too large", || MemoryType::new64((1 << 48) + 1, None));
    report.panic("memory type: too large", || MemoryType::new(65537, None));
}

fn others(report: &mut Report, engine: &Engine) {
    let table = TableType::new(RefType::FUNCREF, 1, Some(2));
    report.see("table type", report::table(&table));
    let wide = TableType::new64(RefType::EXTERNREF, 1, None);
    report.see("table type: of 64 bits", report::table(&wide));
    report.panic("table type: maximum below minimum", || {
        TableType::new(RefType::FUNCREF, 2, Some(1))
    });
    let global = GlobalType::new(ValType::I32, Mutability::Var);
    report.see("global type", report::global(&global));
    report.see("mutability", format!("{:?} {}", Mutability::Const, Mutability::Var.is_var()));

    let mut store = Store::new(engine, ());
    let memory = MemoryType::new(2, Some(3)).default_value(&mut store);
    let size = memory.map(|memory| memory.into_memory().expect("it is a memory").size(&store));
    report.result("memory type: default", size);
    report.outcome(
        "memory type: default of a shared one",
        MemoryType::shared(1, 2).default_value(&mut store),
    );
    report.result(
        "table type: default",
        table.default_value(&mut store).map(|table| table.size(&store)),
    );
    let nonnull = TableType::new(RefType::new(false, HeapType::Func), 1, None);
    report.outcome("table type: default of (ref func)", nonnull.default_value(&mut store));
    let value =
        global.default_value(&mut store).map(|global| format!("{:?}", global.get(&mut store)));
    report.result("global type: default", value);
    let nonnull =
        GlobalType::new(ValType::Ref(RefType::new(false, HeapType::Extern)), Mutability::Const);
    report.outcome("global type: default of (ref extern)", nonnull.default_value(&mut store));
    let func =
        FuncType::new(engine, [], [ValType::I32, ValType::FUNCREF]).default_value(&mut store);
    let mut results = [Val::I64(1), Val::I64(2)];
    report.outcome(
        "function type: default",
        func.and_then(|func| func.call(&mut store, &[], &mut results)),
    );
    report.see("function type: default returns", format!("{results:?}"));
    let nonnull = FuncType::new(engine, [], [ValType::Ref(RefType::new(false, HeapType::Func))]);
    report.outcome("function type: default of (ref func)", nonnull.default_value(&mut store));
}

fn of_modules(report: &mut Report, engine: &Engine) {
    for import in [
        "(func (param i32) (result i64))",
        "(func (type $f))",
        "(global (mut f32))",
        "(table 1 5 funcref)",
        "(table i64 1 (ref null $f))",
        "(memory 1 2)",
        "(memory 1 2 shared)",
        "(memory i64 1)",
        "(tag (param i32))",
    ] {
        let ty = if import.contains("$f") { "(type $f (func (param (ref null $f))))" } else { "" };
        let text = format!(r#"(module {ty} (import "" "" {import}))"#);
        if let Some(module) = report.module(import, engine, &text) {
            report.see(import, item(&module.imports().next().expect("it has one").ty()));
        }
    }
    let ty = ExternType::Func(FuncType::new(engine, [], []));
    report.panic("extern type: unwrap_memory", || ty.unwrap_memory().minimum());
    report.see("extern type: as", format!("{} {}", ty.func().is_some(), ty.table().is_some()));
}
