//! The smallest embedder: runs the export `run` of a `.wasm` file. Its size is what wasmote adds to
//! a program; `.ci/size` measures it against the example `empty`.
//!
//! `cargo run --release --example minimal -- FILE.wasm`

use wasmote::{Engine, Instance, Module, Result, Store, format_err};

fn main() -> Result<()> {
    let file = std::env::args().nth(1).ok_or_else(|| format_err!("usage: minimal FILE.wasm"))?;
    let engine = Engine::default();
    let module = Module::from_binary(&engine, &std::fs::read(file)?)?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let run = instance.get_typed_func::<(), i32>(&mut store, "run")?;
    println!("{}", run.call(&mut store, ())?);
    Ok(())
}
