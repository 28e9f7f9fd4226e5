//! Host functions written for wasmtime up to 41, whose errors were those of `anyhow`.

use wasmote::{Engine, Linker, Module, Store, Trap};

#[test]
fn host_functions_return_results_of_anyhow() -> anyhow::Result<()> {
    let engine = Engine::default();
    let mut linker = Linker::<()>::new(&engine);
    linker.func_wrap("", "checked", |n: i32| -> anyhow::Result<i32> {
        anyhow::ensure!(n != 13, "unlucky");
        if n == 0 {
            return Err(anyhow::Error::new(Trap::IntegerOverflow).context("by the host"));
        }
        Ok(n + 1)
    })?;
    linker.func_wrap("", "ours", |n: i32| -> wasmote::Result<i32> { Ok(n) })?;
    let module = Module::new(
        &engine,
        r#"(module
            (import "" "checked" (func $checked (param i32) (result i32)))
            (import "" "ours" (func $ours (param i32) (result i32)))
            (func (export "run") (param i32) (result i32)
                (call $ours (call $checked (local.get 0)))))"#,
    )?;
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &module)?;
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
    assert_eq!(run.call(&mut store, 6)?, 7);

    let error = run.call(&mut store, 13).unwrap_err();
    assert_eq!(error.root_cause().to_string(), "unlucky");
    let error = anyhow::Error::from(run.call(&mut store, 0).unwrap_err());
    assert!(error.is::<wasmote::WasmBacktrace>());
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::IntegerOverflow));
    Ok(())
}
