//! Programs written for wasmtime up to 41, whose `Error` was that of `anyhow`.

use anyhow::{Context, anyhow, bail};
use wasmote::{
    Config, Engine, Func, FuncType, Linker, Module, Store, Trap, Val, ValType, WasmBacktrace,
};

/// Results of this crate are returned without `?`.
fn engine() -> anyhow::Result<Engine> {
    Engine::new(&Config::new())
}

/// Errors of `anyhow` are errors of this crate.
fn failure() -> wasmote::Error {
    anyhow!(Trap::IntegerOverflow).context("by the host")
}

const CALLER: &str = r#"(module
    (import "" "host" (func $host (param i32) (result i32)))
    (func (export "run") (param i32) (result i32) (call $host (local.get 0))))"#;

fn run(store: &mut Store<()>, host: Func, n: i32) -> anyhow::Result<i32> {
    let module = Module::new(store.engine(), CALLER).context("the module")?;
    let mut linker = Linker::new(store.engine());
    linker.define(&*store, "", "host", host)?;
    linker.instantiate(&mut *store, &module)?.get_typed_func(&mut *store, "run")?.call(store, n)
}

#[test]
fn host_functions_return_errors_of_anyhow() -> anyhow::Result<()> {
    let mut store = Store::new(&engine()?, ());
    let typed = Func::wrap(&mut store, |n: i32| match n {
        0 => Err(failure()),
        13 => bail!("unlucky"),
        _ => Ok(n + 1),
    });
    let ty = FuncType::new(store.engine(), [ValType::I32], [ValType::I32]);
    let untyped = Func::new(&mut store, ty, |_, params, results| {
        results[0] = match params[0].unwrap_i32() {
            0 => return Err(failure()),
            13 => bail!("unlucky"),
            n => Val::I32(n + 1),
        };
        Ok(())
    });
    for host in [typed, untyped] {
        assert_eq!(run(&mut store, host, 6)?, 7);
        let error = run(&mut store, host, 0).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Trap::IntegerOverflow));
        assert_eq!(
            error.downcast_ref::<WasmBacktrace>().context("no backtrace")?.frames().len(),
            1
        );
        assert_eq!(error.chain().nth(1).context("no cause")?.to_string(), "by the host");
        let error = run(&mut store, host, 13).unwrap_err();
        assert_eq!(error.root_cause().to_string(), "unlucky");
    }
    Ok(())
}

#[test]
fn closures_need_not_name_their_error() -> wasmote::Result<()> {
    let mut store = Store::new(&engine()?, ());
    let parse = Func::wrap(&mut store, |n: i32| {
        wasmote::ensure!(n != 0, "zero");
        n.to_string().parse::<u8>()?;
        Ok(())
    });
    let parse = parse.typed::<i32, ()>(&store)?;
    parse.call(&mut store, 255)?;
    assert_eq!(parse.call(&mut store, 0).unwrap_err().to_string(), "zero");
    assert!(parse.call(&mut store, 256).unwrap_err().is::<std::num::ParseIntError>());
    Ok(())
}
