//! What a linker has, and taking it out again; all that is missing at once.

use super::*;

#[test]
fn items_are_listed_and_undefined_without_a_store() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    let memory = Memory::new(&mut store, MemoryType::new(1, Some(9)))?;
    memory.grow(&mut store, 2)?;
    linker.func_wrap("a", "f", |_: i32| ())?;
    linker.define(&store, "a", "m", memory)?;
    linker.func_wrap("b", "f", || 1.5)?;
    let names = |linker: &Linker<()>| -> Vec<String> {
        linker.definitions().map(|(module, name, _)| format!("{module}.{name}")).collect()
    };
    assert_eq!(names(&linker), ["a.f", "a.m", "b.f"]);
    let (_, _, ty) = linker.definitions().nth(1).unwrap();
    assert_eq!((ty.unwrap_memory().minimum(), ty.unwrap_memory().maximum()), (1, Some(9)));

    let module = Module::new(&engine, r#"(module (import "a" "f" (func (param i32))))"#)?;
    let pre = linker.instantiate_pre(&module)?;
    assert!(!linker.undefine("a", "g") && !linker.undefine("x", "f") && !linker.undefine("b", "m"));
    assert!(linker.undefine("a", "f"));
    assert_eq!(names(&linker), ["a.m", "b.f"]);
    // What stays is found where it is now, and a module that was resolved before has what it had.
    assert!(linker.get(&mut store, "a", "m").is_ok() && linker.get(&mut store, "b", "f").is_ok());
    assert!(linker.get(&mut store, "a", "f").is_err() && linker.instantiate_pre(&module).is_err());
    pre.instantiate(&mut store)?;
    linker.func_wrap("a", "f", |_: i32| ())?;
    assert_eq!(names(&linker), ["a.m", "b.f", "a.f"]);
    linker.instantiate(&mut store, &module)?;
    Ok(())
}

#[test]
fn all_missing_imports_are_named_at_once() -> Result<()> {
    let engine = Engine::default();
    let error = |count: usize| {
        let imports: String =
            (0..count).map(|n| format!(r#"(import "m" "f{n}" (func))"#)).collect();
        let there = r#"(import "m" "there" (func))"#;
        let module = Module::new(&engine, format!("(module {there} {imports})")).unwrap();
        let mut linker = Linker::<()>::new(&engine);
        linker.func_wrap("m", "there", || {}).unwrap();
        linker.instantiate_pre(&module).unwrap_err().downcast::<UnknownImportError>().unwrap()
    };
    for (count, text) in [
        (1, "unknown import: `m::f0` has not been defined"),
        (2, "unknown import: `m::f0` has not been defined, and neither has `m::f1`"),
        (
            4,
            "unknown import: `m::f0` has not been defined, and neither has `m::f1`, `m::f2` or `m::f3`",
        ),
    ] {
        let error = error(count);
        assert_eq!(error.to_string(), text);
        assert_eq!((error.module(), error.name(), error.others().count()), ("m", "f0", count - 1));
    }
    let many = error(1000);
    assert!(many.to_string().ends_with(", `m::f50` or 949 more"), "{many}");
    assert_eq!(many.others().count(), 50);
    Ok(())
}

#[test]
fn only_chosen_imports_are_stubbed() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let text =
        r#"(module (import "a" "g" (global i32)) (import "a" "f" (func)) (import "b" "f" (func)))"#;
    let module = Module::new(&engine, text)?;
    let mut linker = Linker::new(&engine);
    linker.define_unknown_imports_as_default_values_if(&mut store, &module, |import| {
        import.ty().global().is_some()
    })?;
    let error = linker.instantiate(&mut store, &module).unwrap_err();
    assert_eq!(
        error.to_string(),
        "unknown import: `a::f` has not been defined, and neither has `b::f`"
    );
    linker.define_unknown_imports_as_traps_if(&module, |import| import.module() == "b")?;
    let error = linker.instantiate(&mut store, &module).unwrap_err();
    assert_eq!(error.to_string(), "unknown import: `a::f` has not been defined");
    linker.define_unknown_imports_as_traps(&module)?;
    linker.instantiate(&mut store, &module)?;
    Ok(())
}
