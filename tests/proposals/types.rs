//! Types that modules declare: what is linked by them.

use crate::*;

fn engine() -> Engine {
    Engine::new(Config::new().wasm_function_references(true).wasm_gc(true)).unwrap()
}

/// Types with the same structure, of which each is declared to be a subtype of the one before, and one that stands alone.
const TYPES: &str = "
    (rec (type $root (sub (func))))
    (rec (type $middle (sub $root (func))))
    (rec (type $leaf (sub $middle (func))))
    (rec (type $alone (func)))
    (rec (type $struct (sub (struct (field i8)))))
    (rec (type $longer (sub $struct (struct (field i8) (field (mut (ref null $longer)))))))
    (rec (type $array (array (mut i16))))";

/// Whether what a module defines and exports is accepted where another imports something.
fn links(engine: &Engine, defined: &str, imported: &str) -> bool {
    let mut store = Store::new(engine, ());
    let mut linker = Linker::new(engine);
    let exporter = format!("(module {TYPES} {defined})");
    let importer = format!("(module {TYPES} (import \"m\" \"x\" {imported}))");
    let exporter = linker.instantiate(&mut store, &Module::new(engine, exporter).unwrap()).unwrap();
    linker.instance(&mut store, "m", exporter).unwrap();
    let importer = Module::new(engine, importer).unwrap();
    let linked = linker.instantiate(&mut store, &importer);
    if let Err(error) = &linked {
        assert_eq!(error.to_string(), "incompatible import type for `m::x`");
    }
    linked.is_ok()
}

const FUNCS: [&str; 4] = ["$root", "$middle", "$leaf", "$alone"];

#[test]
fn functions_are_linked_by_declared_subtyping() {
    let engine = engine();
    for (defined, ty) in FUNCS.iter().enumerate() {
        for (imported, wanted) in FUNCS.iter().enumerate() {
            let expected = defined == imported || imported < defined && defined < 3;
            let func = format!("(func (export \"x\") (type {ty}))");
            let linked = links(&engine, &func, &format!("(func (type {wanted}))"));
            assert_eq!(linked, expected, "{ty} for {wanted}");
        }
    }
    // What functions look like counts where the host calls them.
    let func = FuncType::new(&engine, [], []);
    let text = format!("(module {TYPES} (func (export \"x\") (type $leaf)))");
    let module = Module::new(&engine, text).unwrap();
    assert!(module.get_export("x").unwrap().unwrap_func().matches(&func));
}

#[test]
fn globals_are_linked_by_subtyping_only_if_nobody_writes_to_them() {
    let engine = engine();
    let global = |ty: &str, init: &str| format!("(global (export \"x\") {ty} ({init}))");
    let cases = [
        ("(ref null $leaf)", "ref.null $leaf", "(ref null $root)", true),
        ("(ref null $root)", "ref.null $root", "(ref null $leaf)", false),
        ("(ref null $root)", "ref.null $root", "funcref", true),
        ("(ref null $alone)", "ref.null $alone", "(ref null $root)", false),
        ("(ref null $longer)", "ref.null $longer", "(ref null $struct)", true),
        ("(ref null $longer)", "ref.null $longer", "structref", true),
        ("(ref null $array)", "ref.null $array", "eqref", true),
        ("(ref null $array)", "ref.null $array", "structref", false),
        ("nullref", "ref.null none", "(ref null $array)", true),
        ("nullfuncref", "ref.null nofunc", "(ref null $leaf)", true),
        ("anyref", "ref.null any", "(ref any)", false),
    ];
    for (ty, init, wanted, expected) in cases {
        let linked = links(&engine, &global(ty, init), &format!("(global {wanted})"));
        assert_eq!(linked, expected, "{ty} for {wanted}");
        let [ty, wanted] = [ty, wanted].map(|ty| format!("(mut {ty})"));
        assert!(!links(&engine, &global(&ty, init), &format!("(global {wanted})")));
        assert!(links(&engine, &global(&ty, init), &format!("(global {ty})")));
    }
}

#[test]
fn tables_are_linked_by_equality() {
    let engine = engine();
    let types = ["(ref null $root)", "(ref null $leaf)", "funcref", "(ref null $struct)", "anyref"];
    for defined in types {
        for imported in types {
            let table = format!("(table (export \"x\") 1 {defined})");
            let linked = links(&engine, &table, &format!("(table 1 {imported})"));
            assert_eq!(linked, defined == imported, "{defined} for {imported}");
        }
    }
}

#[test]
fn the_types_of_items_are_those_of_the_module() {
    let engine = engine();
    let text = format!(
        "(module {TYPES}
            (global (export \"g\") (ref null $longer) (ref.null $longer))
            (table (export \"t\") 0 (ref null $array)))"
    );
    let module = Module::new(&engine, text).unwrap();
    let global = module.get_export("g").unwrap();
    let longer = global.unwrap_global().content().unwrap_ref().heap_type().clone();
    let longer = longer.unwrap_concrete_struct();
    assert_eq!(longer.fields().len(), 2);
    let link = longer.field(1).unwrap();
    let target = link.element_type().unwrap_val_type().unwrap_ref().heap_type().clone();
    assert!(StructType::eq(target.unwrap_concrete_struct(), longer));
    assert!(longer.supertype().unwrap().field(0).unwrap().element_type().is_i8());
    assert!(longer.supertype().unwrap().supertype().is_none());

    let table = module.get_export("t").unwrap();
    let array = table.unwrap_table().element().heap_type().clone();
    assert!(array.unwrap_concrete_array().element_type().is_i16());
}

#[test]
fn types_of_modules_and_of_the_host_are_the_same() {
    let engine = engine();
    let module = Module::new(
        &engine,
        "(module
            (type $s (struct (field (mut i32))))
            (global (export \"g\") (mut (ref null $s)) (ref.null $s)))",
    )
    .unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    let global = instance.get_global(&mut store, "g").unwrap();
    let field = FieldType::new(Mutability::Var, ValType::I32.into());
    let ours = StructType::new(&engine, [field]).unwrap();
    let content = ValType::from(RefType::new(true, ours.into()));
    assert!(ValType::eq(global.ty(&store).content(), &content));
    global.set(&mut store, Val::null_any_ref()).unwrap();
}

#[test]
fn arguments_of_typed_calls_are_of_the_concrete_types_that_are_wanted() -> Result<()> {
    let engine = engine();
    let module = Module::new(
        &engine,
        r#"(module
            (type $t (sub (func (param i32))))
            (type $u (sub $t (func (param i32))))
            (func (export "null") (param (ref null $t) i64))
            (func (export "some") (param i64 (ref $t)))
            (func (export "object") (param structref))
            (func (export "t") (type $t)) (func (export "u") (type $u))
            (func (export "other") (param i64)))"#,
    )?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let [t, u, other] =
        ["t", "u", "other"].map(|name| instance.get_func(&mut store, name).unwrap());
    // One that looks like `$t` will do, as in calls with values.
    let host = Func::wrap(&mut store, |_: i32| ());

    let null = instance.get_typed_func::<(Option<Func>, i64), ()>(&mut store, "null")?;
    for func in [Some(t), Some(u), Some(host), None] {
        null.call(&mut store, (func, 7))?;
    }
    let error = null.call(&mut store, (Some(other), 7)).unwrap_err();
    assert_eq!(error.to_string(), "argument type mismatch for reference to concrete type");
    assert!(error.root_cause().to_string().starts_with("type mismatch: expected (ref null"));

    let some = instance.get_typed_func::<(i64, Option<Func>), ()>(&mut store, "some")?;
    some.call(&mut store, (7, Some(u)))?;
    let error = some.call(&mut store, (7, None)).unwrap_err().to_string();
    assert!(
        error.starts_with("argument type mismatch: expected non-nullable (ref (concrete"),
        "{error}"
    );
    assert!(error.ends_with("found null reference"), "{error}");
    let some = instance.get_typed_func::<(i64, Func), ()>(&mut store, "some")?;
    some.clone().call(&mut store, (7, t))?;
    assert!(some.call(&mut store, (7, other)).is_err());

    // Another hierarchy will never do; and where a type is abstract it is compared beforehand.
    type Wrong = (Option<Rooted<ExternRef>>, i64);
    let error = instance.get_typed_func::<Wrong, ()>(&mut store, "null").unwrap_err();
    assert_eq!(error.root_cause().to_string(), "type mismatch: expected func, found extern");
    assert!(instance.get_typed_func::<Option<Rooted<AnyRef>>, ()>(&mut store, "object").is_err());
    instance.get_typed_func::<Option<NoneRef>, ()>(&mut store, "object")?.call(&mut store, None)?;
    Ok(())
}

#[test]
fn garbage_collection_can_be_left_out() {
    let engine = Engine::new(Config::new().gc_support(false)).unwrap();
    assert!(Module::new(&engine, "(module (table 1 externref))").is_err());
    Module::new(&engine, "(module (table 1 funcref))").unwrap();
}
