//! Modules: what is accepted, what is refused and how, what a module says of itself.

use wasmote::*;

#[test]
fn imports_and_exports_are_listed_with_their_types() -> Result<()> {
    let module = Module::new(
        &Engine::default(),
        r#"(module
            (import "a" "f" (func (param i32) (result i64 f32)))
            (import "a" "t" (table 1 2 externref))
            (import "" "m" (memory 3))
            (import "b" "g" (global (mut f64)))
            (func (export "own"))
            (export "f again" (func 0))
            (export "t" (table 0))
            (export "m" (memory 0))
            (export "g" (global 0)))"#,
    )?;
    let imports: Vec<_> = module.imports().collect();
    let names: Vec<_> = imports.iter().map(|import| (import.module(), import.name())).collect();
    assert_eq!(names, [("a", "f"), ("a", "t"), ("", "m"), ("b", "g")]);
    let func = imports[0].ty();
    let func = func.unwrap_func();
    assert_eq!((func.params().len(), func.results().len()), (1, 2));
    assert!(func.result(1).unwrap().is_f32());
    assert_eq!(imports[1].ty().unwrap_table().maximum(), Some(2));
    assert_eq!(imports[2].ty().unwrap_memory().minimum(), 3);
    assert!(imports[3].ty().unwrap_global().mutability().is_var());

    assert_eq!(module.exports().len(), 5);
    let names: Vec<_> = module.exports().map(|export| export.name()).collect();
    assert_eq!(names, ["own", "f again", "t", "m", "g"]);
    let again = module.get_export("f again").unwrap();
    assert!(FuncType::eq(again.unwrap_func(), func));
    assert!(module.get_export("f").is_none());
    assert!(module.get_export_index("f").is_none());
    Ok(())
}

#[test]
fn the_name_is_that_of_the_name_section() -> Result<()> {
    let engine = Engine::default();
    assert_eq!(Module::new(&engine, "(module $hello)")?.name(), Some("hello"));
    assert_eq!(Module::new(&engine, "(module)")?.name(), None);
    Ok(())
}

#[test]
fn a_malformed_name_section_is_passed_over() -> Result<()> {
    let mut bytes = wat::parse_str("(module (func))")?;
    // Custom section "name" whose function names are cut off.
    bytes.extend([0, 8, 4, b'n', b'a', b'm', b'e', 1, 9, 1]);
    let module = Module::from_binary(&Engine::default(), &bytes)?;
    assert_eq!(module.name(), None);
    Ok(())
}

#[test]
fn modules_are_the_same_only_if_they_are_one() -> Result<()> {
    let engine = Engine::default();
    let (a, b) = (Module::new(&engine, "(module)")?, Module::new(&engine, "(module)")?);
    assert!(Module::same(&a, &a.clone()));
    assert!(!Module::same(&a, &b));
    assert!(Engine::same(a.engine(), &engine));
    Ok(())
}

#[test]
fn required_resources_are_those_that_the_module_defines() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(
        &engine,
        r#"(module
            (import "" "m" (memory 9))
            (import "" "t" (table 9 funcref))
            (table 2 funcref)
            (table 5 externref))"#,
    )?;
    let required = module.resources_required();
    assert_eq!((required.num_memories, required.max_initial_memory_size), (0, None));
    assert_eq!((required.num_tables, required.max_initial_table_size), (2, Some(5)));
    Ok(())
}

#[test]
fn errors_name_the_offset() {
    let engine = Engine::default();
    let bytes = wat::parse_str("(module (func (result i32) (i64.const 0)))").unwrap();
    let error = Module::validate(&engine, &bytes).unwrap_err();
    assert_eq!(error.to_string(), "type mismatch: expected i32, found i64 (at offset 0x1a)");
    let error = Module::from_binary(&engine, &bytes).unwrap_err();
    let cause =
        "Invalid input WebAssembly code at offset 26: type mismatch: expected i32, found i64";
    assert_eq!(error.root_cause().to_string(), cause);
}

#[test]
fn validation_finds_what_making_a_module_finds() -> Result<()> {
    let engine = Engine::default();
    let good =
        wat::parse_str("(module (func (export \"f\")) (memory 1) (data (i32.const 0) \"x\"))")?;
    Module::validate(&engine, &good)?;
    for end in 0..good.len() {
        // A cut at the end of a section leaves a valid module.
        let cut = &good[..end];
        let validated = Module::validate(&engine, cut).map_err(|error| error.to_string());
        let made =
            Module::from_binary(&engine, cut).map_err(|error| error.root_cause().to_string());
        assert_eq!(validated, made.map(|_| ()), "{end} bytes");
    }
    Ok(())
}

#[test]
fn components_are_refused_as_such() {
    let engine = Engine::default();
    let text = "expected a WebAssembly module but was given a WebAssembly component";
    let bytes = b"\0asm\x0d\0\x01\0";
    for error in [
        Module::new(&engine, bytes).unwrap_err(),
        Module::from_binary(&engine, bytes).unwrap_err(),
        Module::validate(&engine, bytes).unwrap_err(),
    ] {
        assert_eq!(error.root_cause().to_string(), text);
    }
}

#[test]
fn features_that_are_not_supported_are_refused() {
    assert!(Module::new(&Engine::default(), "(module (type $f (func)) (type (cont $f)))").is_err());
}

#[test]
fn text_is_only_taken_where_it_is_asked_for() {
    let engine = Engine::default();
    assert!(Module::new(&engine, "(module)").is_ok());
    assert!(Module::from_binary(&engine, b"(module)").is_err());
    let error = Module::new(&engine, "(module (func $f (call $g)))").unwrap_err();
    assert!(error.to_string().contains("$g"), "{error}");
}

#[test]
fn files_hold_text_or_binary() -> Result<()> {
    let engine = Engine::default();
    let dir = std::env::temp_dir().join(format!("wasmote-module-test-{}", std::process::id()));
    std::fs::create_dir_all(&dir)?;
    let (text, binary) = (dir.join("m.wat"), dir.join("m.wasm"));
    std::fs::write(&text, "(module $t)")?;
    std::fs::write(&binary, wat::parse_str("(module $b)")?)?;
    assert_eq!(Module::from_file(&engine, &text)?.name(), Some("t"));
    assert_eq!(Module::from_file(&engine, &binary)?.name(), Some("b"));
    std::fs::write(&text, "(module")?;
    let error = Module::from_file(&engine, &text).unwrap_err();
    assert!(error.to_string().contains("m.wat"), "{error}");
    std::fs::remove_dir_all(&dir)?;
    let error = Module::from_file(&engine, &binary).unwrap_err();
    assert!(error.to_string().contains("m.wasm"), "{error}");
    Ok(())
}

#[test]
fn modules_are_made_and_run_by_many_threads() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(
        &engine,
        r#"(module (func (export "square") (param i32) (result i32)
            (i32.mul (local.get 0) (local.get 0))))"#,
    )?;
    std::thread::scope(|scope| {
        for n in 0..8 {
            let (engine, module) = (&engine, &module);
            scope.spawn(move || {
                let mut store = Store::new(engine, ());
                let instance = Instance::new(&mut store, module, &[]).unwrap();
                let square = instance.get_typed_func::<i32, i32>(&mut store, "square").unwrap();
                assert_eq!(square.call(&mut store, n).unwrap(), n * n);
            });
        }
    });
    Ok(())
}
