//! wasm_runtime_layer, an API over several engines, on its backend for wasmtime.

use anyhow::{Context, Result};
use wasm_runtime_layer::{
    AsContext, Engine, Extern, ExternRef, Func, FuncType, Global, Imports, Instance, Module, Ref,
    RefType, Store, Table, TableType, Val, ValType,
};

const GUEST: &str = r#"(module
    (import "host" "log" (func $log (param externref i32)))
    (import "host" "base" (global $base (mut i32)))
    (import "host" "table" (table $table 2 funcref))
    (memory (export "memory") 1 4)
    (type $op (func (param i32) (result i32)))
    (elem (table $table) (i32.const 1) func $square)
    (func $square (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))
    (func (export "run") (param $label externref) (param $n i32) (result i32 f64) (local $result i32)
        (local.set $result (i32.add
            (global.get $base)
            (call_indirect $table (type $op) (local.get $n) (i32.const 1))))
        (call $log (local.get $label) (local.get $result))
        (i32.store (i32.const 8) (local.get $result))
        (local.get $result) (f64.const 0.5)))"#;

fn main() -> Result<()> {
    let engine = Engine::new(wasmtime_runtime_layer::Engine::default());
    let mut store = Store::new(&engine, Vec::<String>::new());
    let module = Module::new(&engine, &wat::parse_str(GUEST)?)?;
    assert_eq!(module.imports(&engine).count(), 3);

    let log = Func::new(
        &mut store,
        FuncType::new([ValType::ExternRef, ValType::I32], []),
        |mut store, arguments, _| {
            let (Val::ExternRef(Some(label)), Val::I32(n)) = (&arguments[0], &arguments[1]) else {
                anyhow::bail!("a reference and a number expected");
            };
            let label = label.downcast::<String, _, _>(store.as_context())?.clone();
            store.data_mut().push(format!("{label}: {n}"));
            Ok(())
        },
    );
    let base = Global::new(&mut store, Val::I32(1000), true);
    let table =
        Table::new(&mut store, TableType::new(RefType::FuncRef, 2, None), Ref::FuncRef(None))?;
    let mut imports = Imports::new();
    imports.define("host", "log", Extern::Func(log));
    imports.define("host", "base", Extern::Global(base.clone()));
    imports.define("host", "table", Extern::Table(table.clone()));
    let instance = Instance::new(&mut store, &module, &imports)?;

    let run = instance.get_export(&store, "run").and_then(Extern::into_func).context("run")?;
    let label = ExternRef::new(&mut store, "result".to_string());
    let mut results = [Val::I32(0), Val::F64(0.0)];
    run.call(&mut store, &[Val::ExternRef(Some(label.clone())), Val::I32(12)], &mut results)?;
    assert_eq!(results, [Val::I32(1144), Val::F64(0.5)]);
    base.set(&mut store, Val::I32(0))?;
    run.call(&mut store, &[Val::ExternRef(Some(label)), Val::I32(5)], &mut results)?;
    assert_eq!(results, [Val::I32(25), Val::F64(0.5)]);

    let memory =
        instance.get_export(&store, "memory").and_then(Extern::into_memory).context("memory")?;
    let mut bytes = [0; 4];
    memory.read(&store, 8, &mut bytes)?;
    assert_eq!(i32::from_le_bytes(bytes), 25);
    assert_eq!(memory.grow(&mut store, 3)?, 1);
    assert!(memory.grow(&mut store, 1).is_err());
    assert!(matches!(table.get(&mut store, 1), Some(Ref::FuncRef(Some(_)))));

    println!("{}", store.data().join(", "));
    assert_eq!(*store.data(), ["result: 1144", "result: 25"]);
    Ok(())
}
