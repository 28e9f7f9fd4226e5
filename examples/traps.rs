//! What went wrong, and where: traps, backtraces, and errors of host functions.
//!
//! `cargo run --release --example traps`

use wasmote::{Engine, Linker, Module, Result, Store, Trap, WasmBacktrace, bail};

fn main() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(
        &engine,
        r#"(module $calculator
            (import "host" "check" (func $check (param i32)))
            (func $divide (param i32 i32) (result i32)
              (i32.div_s (local.get 0) (local.get 1)))
            (func $ratio (export "ratio") (param i32 i32) (result i32)
              (call $check (local.get 0))
              (call $divide (local.get 0) (local.get 1))))"#,
    )?;
    let mut linker = Linker::new(&engine);
    linker.func_wrap("host", "check", |n: i32| -> Result<()> {
        if n < 0 {
            bail!("{n} is negative");
        }
        Ok(())
    })?;
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &module)?;
    let ratio = instance.get_typed_func::<(i32, i32), i32>(&mut store, "ratio")?;
    assert_eq!(ratio.call(&mut store, (12, 4))?, 3);

    // A trap of the guest: its code, and the frames it happened in, innermost first.
    let error = ratio.call(&mut store, (1, 0)).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&Trap::IntegerDivisionByZero));
    let frames = error.downcast_ref::<WasmBacktrace>().map(WasmBacktrace::frames).unwrap_or(&[]);
    let names: Vec<_> = frames.iter().map(|frame| frame.func_name().unwrap_or("?")).collect();
    assert_eq!(names, ["divide", "ratio"]);
    println!("{error:?}\n");

    // An error of a host function arrives as it was made.
    let error = ratio.call(&mut store, (-1, 1)).unwrap_err();
    assert_eq!(error.root_cause().to_string(), "-1 is negative");
    println!("{error:?}");
    Ok(())
}
