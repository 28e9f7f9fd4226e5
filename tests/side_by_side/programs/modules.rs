//! Modules: those that are refused, and what others say of themselves.

use wasmtime::*;

use crate::report::{Report, item, module};

pub(super) fn run(report: &mut Report) {
    let engine = Engine::default();
    binary(report, &engine);
    text(report, &engine);
    invalid(report, &engine);
    reflection(report, &engine);
}

fn binary(report: &mut Report, engine: &Engine) {
    let cases: [(&str, &[u8]); 12] = [
        ("nothing", b""),
        ("a byte", b"\0"),
        ("the magic number alone", b"\0asm"),
        ("another version", b"\0asm\x02\0\0\0"),
        ("a component", b"\0asm\x0d\0\x01\0"),
        ("another magic number", b"\0ELF\x01\0\0\0"),
        ("an unknown section", b"\0asm\x01\0\0\0\x40\0"),
        ("a section that ends early", b"\0asm\x01\0\0\0\x01\x05\x01"),
        ("a section with more bytes", b"\0asm\x01\0\0\0\x01\x02\0\0"),
        ("sections out of order", b"\0asm\x01\0\0\0\x03\x01\0\x01\x01\0"),
        ("a function without code", b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0"),
        (
            "an unknown operator",
            b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x05\x01\x03\0\xff\x0b",
        ),
    ];
    for (label, bytes) in cases {
        report.outcome(format!("binary: {label}"), Module::from_binary(engine, bytes));
        report.outcome(format!("binary: {label}, validated"), Module::validate(engine, bytes));
        report.outcome(format!("binary: {label}, perhaps text"), Module::new(engine, bytes));
    }
    report.outcome(
        "file: missing",
        Module::from_file(engine, "/there/is/no/such/file.wasm")
            .map_err(|e| Error::msg(format!("{e:#}"))),
    );
}

fn text(report: &mut Report, engine: &Engine) {
    for (label, text) in [
        ("unknown field", "(module (nothing))"),
        ("unknown name", "(module\n  (func call $f))"),
        ("unclosed", "(module"),
        ("an unknown operator", "(module (func i32.nothing))"),
        ("bytes that are no text", "(module \u{202e})"),
    ] {
        report.outcome(format!("text: {label}"), Module::new(engine, text));
    }
    report.outcome("text: not UTF-8", Module::new(engine, b"(module \xff)"));
}

fn invalid(report: &mut Report, engine: &Engine) {
    for (label, text) in [
        ("a missing operand", "(module (func i32.add))"),
        ("a wrong operand", "(module (func (param i64) (result i32) local.get 0))"),
        ("a named function", "(module $m (func $f (result i32)))"),
        ("an unknown local", "(module (func local.get 5))"),
        ("an unknown label", "(module (func br 5))"),
        ("an unknown function", "(module (func call 5))"),
        ("an unknown type", "(module (func (type 5)))"),
        ("an unknown global", "(module (func (drop (global.get 5))))"),
        ("an unknown memory", "(module (func (drop (i32.load (i32.const 0)))))"),
        ("an unknown table", "(module (func (drop (table.get 0 (i32.const 0)))))"),
        ("alignment", "(module (memory 1) (func (drop (i32.load align=8 (i32.const 0)))))"),
        (
            "an immutable global",
            "(module (global i32 (i32.const 0)) (func (global.set 0 (i32.const 1))))",
        ),
        ("a duplicate export", r#"(module (func) (export "a" (func 0)) (export "a" (func 0)))"#),
        ("a start function with a parameter", "(module (func (param i32)) (start 0))"),
        ("a memory that is too large", "(module (memory 65537))"),
        ("a maximum below the minimum", "(module (memory 2 1))"),
        ("a table whose maximum is below the minimum", "(module (table 2 1 funcref))"),
        ("a shared memory without maximum", "(module (memory 1 shared))"),
        (
            "an expression that is not constant",
            "(module (func $f (result i32) unreachable) (global i32 (call $f)))",
        ),
        ("an undeclared reference", "(module (func $f) (func (drop (ref.func $f))))"),
        ("a table without null", "(module (table 1 (ref func)))"),
        ("an unset local", "(module (func (local (ref func)) (drop (local.get 0))))"),
        ("pages of 2 bytes", "(module (memory 1 (pagesize 2)))"),
        ("a segment of no memory", "(module (data (i32.const 0) \"a\"))"),
        ("a segment of the wrong type", "(module (table 1 externref) (elem (i32.const 0) func))"),
    ] {
        report.outcome(format!("invalid: {label}"), Module::new(engine, text));
    }
    let locals = format!("(module (func {}))", "(local i32)".repeat(50_001));
    report.outcome("invalid: too many locals", Module::new(engine, locals));
    let params = format!("(module (type (func {})))", "(param i32)".repeat(1001));
    report.outcome("invalid: too many parameters", Module::new(engine, params));
}

fn reflection(report: &mut Report, engine: &Engine) {
    let text = r#"(module $named
        (import "m" "f" (func $imported (param i32)))
        (import "" "" (global i32))
        (memory (export "memory") 1 2) (memory 3)
        (table (export "table") 4 funcref) (table 5 8 externref)
        (global (export "global") (mut i64) (i64.const 1))
        (func $first (export "f") (export "again") (param i32) (result i32) (local.get 0))
        (func $second))"#;
    let module = module(engine, text);
    report.see("name", format!("{:?}", module.name()));
    report.see(
        "no name",
        format!("{:?}", Module::new(engine, "(module)").expect("it is valid").name()),
    );
    report.see(
        "imports",
        module
            .imports()
            .map(|i| format!("{:?} {:?} {}\n", i.module(), i.name(), item(&i.ty())))
            .collect::<String>(),
    );
    report.see(
        "exports",
        module.exports().map(|e| format!("{:?} {}\n", e.name(), item(&e.ty()))).collect::<String>(),
    );
    report.see("lengths", format!("{} {}", module.imports().len(), module.exports().len()));
    for (label, module) in [
        ("resources", &module),
        ("resources of nothing", &Module::new(engine, "(module)").expect("it is valid")),
    ] {
        let ResourcesRequired {
            num_memories,
            max_initial_memory_size,
            num_tables,
            max_initial_table_size,
            ..
        } = module.resources_required();
        report.see(
            label,
            format!(
                "{num_memories} {max_initial_memory_size:?} {num_tables} {max_initial_table_size:?}"
            ),
        );
    }
    report.see(
        "get_export",
        format!(
            "{:?} {}",
            module.get_export("memory").map(|ty| item(&ty)),
            module.get_export("nothing").is_none()
        ),
    );
    report.see(
        "get_export_index",
        format!(
            "{} {}",
            module.get_export_index("f").is_some(),
            module.get_export_index("nothing").is_some()
        ),
    );
    report.see(
        "same",
        format!(
            "{} {}",
            Module::same(&module, &module.clone()),
            Engine::same(module.engine(), engine)
        ),
    );

    let mut store = Store::new(engine, ());
    let other =
        Module::new(engine, r#"(module (func (export "f")) (func (export "g") unreachable))"#)
            .expect("it is valid");
    let instance = Instance::new(&mut store, &other, &[]).expect("it has no imports");
    let index = module.get_export_index("f").expect("it is exported");
    report.see(
        "get_module_export of another module",
        instance.get_module_export(&mut store, &index).is_some(),
    );
    let names: Vec<_> =
        instance.exports(&mut store).map(|export| export.name().to_owned()).collect();
    report.see("exports of the instance", names.join(" "));
    report.see("module of the instance", Module::same(instance.module(&store), &other));
}
