//! Instantiation: what is checked, in which order, and what happens in the instance.

use wasmote::*;

fn instantiate(store: &mut Store<()>, wat: &str, imports: &[Extern]) -> Result<Instance> {
    let module = Module::new(store.engine(), wat)?;
    Instance::new(store, &module, imports)
}

/// The message of the innermost error, and whether it has the context that names the import.
fn mismatch(error: &Error) -> (bool, String) {
    (error.to_string() == "incompatible import type for `m::n`", error.root_cause().to_string())
}

#[test]
fn exports_are_found_by_name_by_index_and_in_order() -> Result<()> {
    let mut store = Store::<()>::default();
    let module = Module::new(
        store.engine(),
        r#"(module
            (func (export "z") (result i32) (i32.const 1))
            (memory (export "a") 1)
            (table (export "t") 1 funcref)
            (global (export "g") i32 (i32.const 2))
            (export "y" (func 0)))"#,
    )?;
    let instance = Instance::new(&mut store, &module, &[])?;
    let names: Vec<_> =
        instance.exports(&mut store).map(|export| export.name().to_owned()).collect();
    assert_eq!(names, ["z", "a", "t", "g", "y"]);
    assert_eq!(instance.exports(&mut store).len(), 5);
    assert!(instance.get_func(&mut store, "z").is_some());
    assert!(instance.get_memory(&mut store, "a").is_some());
    assert!(instance.get_table(&mut store, "t").is_some());
    assert!(instance.get_global(&mut store, "g").is_some());
    assert!(instance.get_export(&mut store, "none").is_none());
    assert!(instance.get_func(&mut store, "a").is_none());
    let index = module.get_export_index("y").unwrap();
    assert!(instance.get_module_export(&mut store, &index).unwrap().into_func().is_some());
    assert!(Module::same(instance.module(&store), &module));
    Ok(())
}

#[test]
fn the_index_of_another_modules_export_finds_nothing() -> Result<()> {
    let mut store = Store::default();
    let wat = r#"(module (func (export "f")))"#;
    let instance = instantiate(&mut store, wat, &[])?;
    let twin = Module::new(store.engine(), wat)?;
    let index = twin.get_export_index("f").unwrap();
    assert!(instance.get_module_export(&mut store, &index).is_none());
    Ok(())
}

#[test]
fn functions_are_got_as_the_type_they_have() -> Result<()> {
    let mut store = Store::default();
    let instance = instantiate(&mut store, r#"(module (func (export "f") (param i32)))"#, &[])?;
    instance.get_typed_func::<i32, ()>(&mut store, "f")?;
    let error = instance.get_typed_func::<(), ()>(&mut store, "f").unwrap_err();
    assert_eq!(error.to_string(), "failed to convert function `f` to given type");
    let error = instance.get_typed_func::<(), ()>(&mut store, "g").unwrap_err();
    assert_eq!(error.to_string(), "failed to find function export `g`");
    Ok(())
}

#[test]
#[should_panic(expected = "object used with the wrong store")]
fn another_stores_instance_panics() {
    let instance = instantiate(&mut Store::default(), "(module)", &[]).unwrap();
    instance.get_func(&mut Store::<()>::default(), "f");
}

#[test]
fn the_number_of_imports_counts() -> Result<()> {
    let mut store = Store::default();
    let func = Func::wrap(&mut store, || ());
    let wat = r#"(module (import "m" "n" (func)))"#;
    let error = instantiate(&mut store, wat, &[]).unwrap_err();
    assert_eq!(error.to_string(), "expected 1 imports, found 0");
    let error = instantiate(&mut store, wat, &[func.into(), func.into()]).unwrap_err();
    assert_eq!(error.to_string(), "expected 1 imports, found 2");
    Ok(())
}

#[test]
fn modules_and_stores_are_of_one_engine() -> Result<()> {
    let module = Module::new(&Engine::default(), "(module)")?;
    let error = Instance::new(Store::<()>::default(), &module, &[]).unwrap_err();
    assert_eq!(error.to_string(), "cross-`Engine` instantiation is not currently supported");
    Ok(())
}

#[test]
fn imports_are_of_the_store_before_anything_else_counts() -> Result<()> {
    let engine = Engine::default();
    let (mut store, mut other) = (Store::new(&engine, ()), Store::new(&engine, ()));
    let func = Func::wrap(&mut other, || ());
    let error = instantiate(&mut store, "(module)", &[func.into()]).unwrap_err();
    assert_eq!(error.to_string(), "cross-`Store` instantiation is not currently supported");
    Ok(())
}

#[test]
fn imports_are_of_the_type_that_is_asked_for() -> Result<()> {
    let mut store = Store::default();
    let func: Extern = Func::wrap(&mut store, |_: i32| 0_i64).into();
    let table = TableType::new(RefType::FUNCREF, 3, Some(6));
    let table: Extern = Table::new(&mut store, table, Ref::Func(None))?.into();
    let memory: Extern = Memory::new(&mut store, MemoryType::new(2, None))?.into();
    let constant = GlobalType::new(ValType::I32, Mutability::Const);
    let constant: Extern = Global::new(&mut store, constant, Val::I32(0))?.into();
    let variable = GlobalType::new(ValType::I32, Mutability::Var);
    let variable: Extern = Global::new(&mut store, variable, Val::I32(0))?.into();

    for (import, item) in [
        ("(func (param i32) (result i64))", &func),
        ("(table 3 6 funcref)", &table),
        ("(table 0 funcref)", &table),
        ("(memory 2)", &memory),
        ("(memory 0)", &memory),
        ("(global i32)", &constant),
        ("(global (mut i32))", &variable),
    ] {
        let wat = format!(r#"(module (import "m" "n" {import}))"#);
        instantiate(&mut store, &wat, std::slice::from_ref(item))?;
    }

    for (import, item, cause) in [
        ("(func (param i32))", &func, "types incompatible: expected type"),
        ("(func)", &memory, "expected func, but found memory"),
        ("(memory 1)", &func, "expected memory, but found function"),
        (
            "(table 4 funcref)",
            &table,
            "table types incompatible: expected table limits (min: 4, max: none) doesn't match \
             provided table limits (min: 3, max: 6)",
        ),
        ("(table 3 5 funcref)", &table, "(min: 3, max: 5) doesn't match"),
        (
            "(table 3 externref)",
            &table,
            "table types incompatible: expected table of type `externref`, found table of type \
             `funcref`",
        ),
        ("(memory 3)", &memory, "memory types incompatible: expected memory limits (min: 3"),
        ("(memory 2 9)", &memory, "(min: 2, max: none)"),
        (
            "(global i64)",
            &constant,
            "global types incompatible: expected global of type `i64`, found global of type `i32`",
        ),
        ("(global (mut i32))", &constant, "global types incompatible: expected mutable global"),
        ("(global i32)", &variable, "global types incompatible: expected immutable global"),
    ] {
        let wat = format!(r#"(module (import "m" "n" {import}))"#);
        let error = instantiate(&mut store, &wat, std::slice::from_ref(item)).unwrap_err();
        let (named, text) = mismatch(&error);
        assert!(named, "{error:?}");
        assert!(text.contains(cause), "{import}: {text}");
    }
    Ok(())
}

#[test]
fn the_current_size_counts_not_the_declared_one() -> Result<()> {
    let mut store = Store::default();
    let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
    let wat = r#"(module (import "m" "n" (memory 3)))"#;
    instantiate(&mut store, wat, &[memory.into()]).unwrap_err();
    memory.grow(&mut store, 2)?;
    instantiate(&mut store, wat, &[memory.into()])?;
    Ok(())
}

#[test]
fn the_start_function_runs_once_segments_are_in_place() -> Result<()> {
    let mut store = Store::default();
    let wat = r#"(module
        (memory (export "m") 1)
        (data (i32.const 4) "\07")
        (global $g (export "g") (mut i32) (i32.const 0))
        (func $start
            (global.set $g (i32.add (global.get $g) (i32.load8_u (i32.const 4)))))
        (start $start))"#;
    let instance = instantiate(&mut store, wat, &[])?;
    let global = instance.get_global(&mut store, "g").unwrap();
    assert_eq!(global.get(&mut store).unwrap_i32(), 7);
    Ok(())
}

#[test]
fn a_trap_in_the_start_function_is_the_error() -> Result<()> {
    let mut store = Store::default();
    let error = instantiate(&mut store, "(module (func unreachable) (start 0))", &[]).unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::UnreachableCodeReached));
    assert!(error.is::<WasmBacktrace>());
    Ok(())
}

#[test]
fn what_was_written_before_a_trap_stays_written() -> Result<()> {
    let mut store = Store::default();
    let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
    let ty = TableType::new(RefType::FUNCREF, 2, None);
    let table = Table::new(&mut store, ty, Ref::Func(None))?;
    let wat = r#"(module
        (import "" "t" (table 2 funcref))
        (import "" "m" (memory 1))
        (elem (i32.const 0) $f)
        (data (i32.const 0) "\01")
        (data (i32.const 65536) "\02")
        (data (i32.const 1) "\03")
        (data $kept "\04")
        (func $f (result i32)
            (memory.init $kept (i32.const 9) (i32.const 0) (i32.const 1))
            (i32.load8_u (i32.const 9))))"#;
    let error = instantiate(&mut store, wat, &[table.into(), memory.into()]).unwrap_err();
    assert_eq!(error.downcast::<Trap>()?, Trap::MemoryOutOfBounds);
    assert_eq!(memory.data(&store)[..2], [1, 0]);
    // The instance lives on through its function in the table, with its passive segment.
    let func = *table.get(&mut store, 0).unwrap().unwrap_func().unwrap();
    assert_eq!(func.typed::<(), i32>(&store)?.call(&mut store, ())?, 4);
    Ok(())
}

#[test]
fn element_segments_are_bounds_checked() -> Result<()> {
    let mut store = Store::default();
    let wat = "(module (table 1 funcref) (elem (i32.const 1) $f) (func $f))";
    let error = instantiate(&mut store, wat, &[]).unwrap_err();
    assert_eq!(error.downcast::<Trap>()?, Trap::TableOutOfBounds);
    // An empty segment fits at the very end, but not beyond it.
    instantiate(&mut store, "(module (table 1 funcref) (elem (i32.const 1) func))", &[])?;
    let wat = "(module (table 1 funcref) (elem (i32.const 2) func))";
    instantiate(&mut store, wat, &[]).unwrap_err();
    Ok(())
}

#[test]
fn segments_are_passive_active_or_declared() -> Result<()> {
    let mut store = Store::default();
    let wat = r#"(module
        (table $t 4 funcref)
        (memory 1)
        (elem $passive func $one $two)
        (elem $active (i32.const 0) func $one)
        (elem $expressions (i32.const 1) funcref (ref.func $two) (ref.null func))
        (elem declare func $two)
        (data $active "xy")
        (data (i32.const 0) "ab")
        (type $f (func (result i32)))
        (func $one (result i32) (i32.const 1))
        (func $two (result i32) (i32.const 2))
        (func (export "call") (param i32) (result i32) (call_indirect (type $f) (local.get 0)))
        (func (export "init") (table.init $passive (i32.const 2) (i32.const 0) (i32.const 2)))
        (func (export "again") (table.init $active (i32.const 0) (i32.const 0) (i32.const 1)))
        (func (export "drop") (elem.drop $passive)))"#;
    let instance = instantiate(&mut store, wat, &[])?;
    let call = instance.get_typed_func::<i32, i32>(&mut store, "call")?;
    let run = |store: &mut Store<()>, name| -> Result<()> {
        instance.get_typed_func::<(), ()>(&mut *store, name)?.call(store, ())
    };
    assert_eq!(call.call(&mut store, 0)?, 1);
    assert_eq!(call.call(&mut store, 1)?, 2);
    let error = call.call(&mut store, 2).unwrap_err();
    assert_eq!(error.downcast::<Trap>()?, Trap::IndirectCallToNull);
    run(&mut store, "init")?;
    assert_eq!(call.call(&mut store, 3)?, 2);
    run(&mut store, "drop")?;
    // Active segments are dropped once they are copied.
    for name in ["init", "again"] {
        let error = run(&mut store, name).unwrap_err();
        assert_eq!(error.downcast::<Trap>()?, Trap::TableOutOfBounds);
    }
    Ok(())
}

#[test]
fn a_pre_instance_makes_many() -> Result<()> {
    let engine = Engine::default();
    let mut linker = Linker::<i32>::new(&engine);
    linker.func_wrap("", "next", |mut caller: Caller<'_, i32>| {
        *caller.data_mut() += 1;
        *caller.data()
    })?;
    let module = Module::new(
        &engine,
        r#"(module
            (import "" "next" (func $next (result i32)))
            (global (export "g") (mut i32) (i32.const 0))
            (func $start (global.set 0 (call $next)))
            (start $start))"#,
    )?;
    let pre = linker.instantiate_pre(&module)?;
    assert!(Module::same(pre.module(), &module));
    let number = |store: &mut Store<i32>| -> Result<i32> {
        let instance = pre.clone().instantiate(&mut *store)?;
        let global = instance.get_global(&mut *store, "g").unwrap();
        Ok(global.get(store).unwrap_i32())
    };
    let mut store = Store::new(&engine, 0);
    assert_eq!((number(&mut store)?, number(&mut store)?), (1, 2));
    assert_eq!(number(&mut Store::new(&engine, 10))?, 11);
    let error = number(&mut Store::new(&Engine::default(), 0)).unwrap_err();
    assert_eq!(error.to_string(), "cross-`Engine` instantiation is not currently supported");
    Ok(())
}

#[test]
fn pre_instances_are_for_all_threads_whatever_the_data() {
    fn everywhere<T: Send + Sync>() {}
    everywhere::<InstancePre<*mut u8>>();
    everywhere::<Store<u8>>();
    everywhere::<Module>();
}

#[test]
fn a_pre_instance_with_items_is_tied_to_their_store() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    let global = GlobalType::new(ValType::I32, Mutability::Const);
    let global = Global::new(&mut store, global, Val::I32(1))?;
    linker.define(&store, "", "g", global)?;
    let module = Module::new(&engine, r#"(module (import "" "g" (global i32)))"#)?;
    let pre = linker.instantiate_pre(&module)?;
    pre.instantiate(&mut store)?;
    let error = pre.instantiate(Store::new(&engine, ())).unwrap_err();
    assert_eq!(error.to_string(), "cross-`Store` instantiation is not currently supported");
    Ok(())
}
