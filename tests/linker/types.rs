//! Which items satisfy which imports, and what the errors say.

use crate::*;

/// Links one import `m.x` of the type `import` to what `define` defined.
fn link(define: impl FnOnce(&mut Store<()>, &mut Linker<()>), import: &str) -> Result<()> {
    let (engine, mut store, mut linker) = setup();
    define(&mut store, &mut linker);
    let user = module(&engine, &format!(r#"(module (import "m" "x" {import}))"#));
    linker.instantiate(&mut store, &user).map(drop)
}

/// Links the export `x` of one module to the import `m.x` of another.
fn link_modules(export: &str, import: &str) -> Result<()> {
    link(
        |store, linker| {
            let lib = module(linker.engine(), &format!("(module {export})"));
            let lib = Instance::new(&mut *store, &lib, &[]).unwrap();
            linker.instance(store, "m", lib).unwrap();
        },
        import,
    )
}

#[test]
fn kinds_must_agree() {
    let exports = [
        ("func", r#"(func (export "x"))"#, "(func)"),
        ("global", r#"(global (export "x") i32 (i32.const 0))"#, "(global i32)"),
        ("table", r#"(table (export "x") 1 funcref)"#, "(table 1 funcref)"),
        ("memory", r#"(memory (export "x") 1)"#, "(memory 1)"),
    ];
    for (found, export, _) in exports {
        for (expected, _, import) in exports {
            let result = link_modules(export, import);
            if expected == found {
                result.unwrap();
            } else {
                let found = if found == "func" { "function" } else { found };
                let text = format!("expected {expected}, but found {found}");
                let error = assert_err_is(result, &text);
                assert_eq!(error.to_string(), "incompatible import type for `m::x`");
            }
        }
    }
}

#[test]
fn function_types_must_be_equal() {
    let host = |_: &mut Store<()>, linker: &mut Linker<()>| {
        linker.func_wrap("m", "x", |_: i32| 0i64).unwrap();
    };
    link(host, "(func (param i32) (result i64))").unwrap();
    for import in [
        "(func)",
        "(func (param i32))",
        "(func (result i64))",
        "(func (param i64) (result i64))",
        "(func (param i32) (result i32))",
        "(func (param i32 i32) (result i64))",
        "(func (param i32) (result i64 i64))",
    ] {
        assert_err(link(host, import), "types incompatible: expected type `");
    }
    let error = link(host, "(func)").unwrap_err();
    let cause = error.root_cause().to_string();
    assert_eq!(
        cause,
        "types incompatible: expected type `(func)`, found type `(func (param i32) (result i64))`"
    );
}

#[test]
fn global_types_must_be_equal() {
    let mutable = r#"(global (export "x") (mut i32) (i32.const 0))"#;
    let constant = r#"(global (export "x") i32 (i32.const 0))"#;
    link_modules(mutable, "(global (mut i32))").unwrap();
    link_modules(constant, "(global i32)").unwrap();
    assert_err_is(
        link_modules(mutable, "(global i32)"),
        "global types incompatible: expected immutable global, found mutable global",
    );
    assert_err_is(
        link_modules(constant, "(global (mut i32))"),
        "global types incompatible: expected mutable global, found immutable global",
    );
    // A subtype will do for what nobody sets, and only for that: this is named, too, before the mutability.
    let (engine, mut store, mut linker) = setup();
    let ty = GlobalType::new(ValType::NULLFUNCREF, Mutability::Const);
    let null = Global::new(&mut store, ty, Val::FuncRef(None)).unwrap();
    linker.define(&mut store, "a", "x", null).unwrap();
    let mut link = |import: &str| {
        let user = module(&engine, &format!(r#"(module (import "a" "x" {import}))"#));
        linker.instantiate(&mut store, &user)
    };
    link("(global funcref)").unwrap();
    assert_err(link("(global (mut funcref))"), "expected global of type `funcref`, found global");
    // Of two differences the type of the value is named.
    assert_err_is(
        link_modules(mutable, "(global i64)"),
        "global types incompatible: expected global of type `i64`, found global of type `i32`",
    );
    assert_err_is(
        link_modules(constant, "(global i64)"),
        "global types incompatible: expected global of type `i64`, found global of type `i32`",
    );
    assert_err_is(
        link_modules(mutable, "(global (mut f32))"),
        "global types incompatible: expected global of type `f32`, found global of type `i32`",
    );
}

#[test]
fn element_types_must_be_equal() {
    link_modules(r#"(table (export "x") 1 externref)"#, "(table 1 externref)").unwrap();
    assert_err_is(
        link_modules(r#"(table (export "x") 1 externref)"#, "(table 1 funcref)"),
        "table types incompatible: expected table of type `funcref`, \
         found table of type `externref`",
    );
}

#[test]
fn limits_must_fit() {
    for (kind, of) in [("table", " funcref"), ("memory", "")] {
        // (provided, expected, fits)
        for (provided, expected, fits) in [
            ("2", "2", true),
            ("2", "1", true),
            ("2", "3", false),
            ("2", "2 5", false),
            ("2 5", "2", true),
            ("2 5", "2 5", true),
            ("2 5", "2 6", true),
            ("2 5", "2 4", false),
            ("2 2", "0 2", true),
            ("0 0", "0 0", true),
            ("0", "0", true),
        ] {
            let export = format!(r#"({kind} (export "x") {provided}{of})"#);
            let import = format!("({kind} {expected}{of})");
            let result = link_modules(&export, &import);
            if fits {
                result.unwrap();
            } else {
                let limits = |text: &str| match text.split_once(' ') {
                    Some((min, max)) => format!("(min: {min}, max: {max})"),
                    None => format!("(min: {text}, max: none)"),
                };
                let text = format!(
                    "{kind} types incompatible: expected {kind} limits {} doesn't match \
                     provided {kind} limits {}",
                    limits(expected),
                    limits(provided)
                );
                assert_err_is(result, &text);
            }
        }
    }
}

#[test]
fn the_current_size_counts_not_the_declared_one() {
    let grown = |store: &mut Store<()>, linker: &mut Linker<()>| {
        let table = table(store, 1, Some(8));
        table.grow(&mut *store, 3, Ref::Func(None)).unwrap();
        linker.define(&*store, "m", "x", table).unwrap();
    };
    link(grown, "(table 4 funcref)").unwrap();
    link(grown, "(table 4 8 funcref)").unwrap();
    assert_err(link(grown, "(table 5 funcref)"), "provided table limits (min: 4, max: 8)");
}

#[test]
fn equal_types_of_different_modules_are_one_type() {
    let export = r#"
        (type (func))
        (type $t (func (param i32 f32) (result i64)))
        (func (export "x") (type $t) (i64.const 0))"#;
    link_modules(export, "(func (param i32 f32) (result i64))").unwrap();
}
