//! Types: their texts, what is a subtype of what, and the types that cannot be.

use wasmtime::*;

use crate::report::{self, Report, item};

pub(super) fn run(report: &mut Report) {
    let engine = Engine::default();
    values(report, &engine);
    functions(report, &engine);
    objects(report, &engine);
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

fn objects(report: &mut Report, engine: &Engine) {
    use Mutability::{Const, Var};
    let storages = [
        StorageType::I8,
        StorageType::I16,
        ValType::I32.into(),
        ValType::ANYREF.into(),
        RefType::EQREF.into(),
    ];
    let show = |ty: &StorageType| format!("{ty} {ty:?} unpacked {}\n", ty.unpack());
    report.see("storage types", storages.iter().map(show).collect::<String>());
    let fields: Vec<FieldType> = storages
        .iter()
        .flat_map(|storage| [Const, Var].map(|m| FieldType::new(m, storage.clone())))
        .collect();
    report.see("field types", fields.iter().map(|ty| format!("{ty}\n")).collect::<String>());
    for (name, relation) in [
        ("matches", FieldType::matches as fn(&FieldType, &FieldType) -> bool),
        ("eq", FieldType::eq),
    ] {
        let row =
            |a| fields.iter().map(|b| if relation(a, b) { "x" } else { "." }).collect::<String>();
        let rows: Vec<String> = fields.iter().map(row).collect();
        report.see(format!("field types: {name}"), rows.join("\n"));
    }

    let open = |supertype: Option<&StructType>, fields: &[FieldType]| {
        let (finality, fields) = (Finality::NonFinal, fields.iter().cloned());
        StructType::with_finality_and_supertype(engine, finality, supertype, fields)
    };
    let text = |ty: Result<StructType>| ty.map(|ty| ty.to_string());
    let last = StructType::new(engine, fields.clone()).expect("these are few");
    report.see("struct type", &last);
    report.see("struct type: none", StructType::new(engine, []).expect("these are few"));
    report.see(
        "struct type: finality",
        format!("{:?} {}", last.finality(), last.supertype().is_some()),
    );
    report.see(
        "struct type: field",
        format!("{} {}", last.field(1).is_some(), last.field(10).is_some()),
    );
    let root = open(None, &fields[6..8]).expect("it has no supertype");
    let child = open(Some(&root), &[fields[8].clone(), fields[7].clone(), fields[0].clone()]);
    let child = child.expect("the first may be narrower");
    report.see("struct type: a subtype", &child);
    report.see("struct type: its supertype", child.supertype().expect("it has one"));
    report.result("struct type: fewer fields", text(open(Some(&root), &fields[6..7])));
    report.result("struct type: other fields", text(open(Some(&root), &fields[..2])));
    let narrower = [fields[6].clone(), fields[9].clone()];
    report.result(
        "struct type: a narrower field that can be written",
        text(open(Some(&root), &narrower)),
    );
    report.result("struct type: below a final one", text(open(Some(&last), &fields)));
    for n in [10_000, 10_001] {
        let ty = StructType::new(engine, (0..n).map(|_| fields[0].clone()));
        report.result(format!("struct type: {n} fields"), ty.map(|ty| ty.fields().len()));
    }
    let same = StructType::new(engine, fields.clone()).expect("these are few");
    report.see(
        "struct type: eq",
        format!("{} {}", StructType::eq(&last, &same), StructType::eq(&root, &child)),
    );
    report
        .see("struct type: matches", format!("{} {}", child.matches(&root), root.matches(&child)));

    let array = |supertype: Option<&ArrayType>, element: &FieldType| {
        ArrayType::with_finality_and_supertype(
            engine,
            Finality::NonFinal,
            supertype,
            element.clone(),
        )
    };
    let text = |ty: Result<ArrayType>| ty.map(|ty| ty.to_string());
    let any = array(None, &fields[6]).expect("it has no supertype");
    report.see("array type", &any);
    let of =
        |ty: &ArrayType| format!("{:?} {} {}", ty.mutability(), ty.element_type(), ty.field_type());
    report.see("array type: of what", of(&ArrayType::new(engine, fields[1].clone())));
    report.result("array type: a subtype", text(array(Some(&any), &fields[8])));
    report.result("array type: other elements", text(array(Some(&any), &fields[0])));
    let last = ArrayType::new(engine, fields[6].clone());
    report.result("array type: below a final one", text(array(Some(&last), &fields[6])));
    report.see("array type: eq", format!("{} {}", ArrayType::eq(&any, &last), any.matches(&last)));

    let exn =
        ExnType::new(engine, [ValType::I32, ValType::EXTERNREF]).expect("there is a collector");
    report.see("exception type", &exn);
    report.see("exception type: tag", exn.tag_type().ty());
    report.see("exception type: field", format!("{:?}", exn.field(0).map(|ty| ty.to_string())));
    let tag = |results: &[ValType]| {
        let ty = TagType::new(FuncType::new(engine, [], results.iter().cloned()));
        ExnType::from_tag_type(&ty).map(|ty| ty.to_string())
    };
    report.result("exception type: of a tag", tag(&[]));
    report.result("exception type: of a tag with results", tag(&[ValType::I32]));
    let ty = TagType::new(FuncType::new(engine, [], [ValType::I32]));
    report.outcome("tag: with results", Tag::new(Store::new(engine, ()), &ty));
    let off = Engine::new(Config::new().gc_support(false)).expect("it can be left out");
    report.result("exception type: no collector", ExnType::new(&off, []).map(|ty| ty.to_string()));

    let concrete: [HeapType; 4] =
        [root.clone().into(), child.clone().into(), any.into(), exn.into()];
    let types: Vec<HeapType> = heap_types(engine).into_iter().chain(concrete).collect();
    let row = |a: &HeapType| {
        types.iter().map(|b| if a.matches(b) { "x" } else { "." }).collect::<String>()
    };
    let rows: Vec<String> = types.iter().map(row).collect();
    report.see("concrete heap types: matches", rows.join("\n"));
    let ends: Vec<String> =
        types[13..].iter().map(|ty| format!("{} {}", ty.top(), ty.bottom())).collect();
    report.see("concrete heap types: top and bottom", ends.join("\n"));
    let far = StructType::new(&Engine::default(), []).expect("these are few");
    report.panic("struct type: matches one of another engine", || root.matches(&far));
    let field = FieldType::new(Const, RefType::new(true, far.into()).into());
    report
        .panic("array type: elements of another engine", || ArrayType::new(engine, field.clone()));
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
