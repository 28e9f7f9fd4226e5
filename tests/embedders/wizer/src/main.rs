//! wasmtime-wizer runs a module's initialization once, and makes a module of what it left behind.

use wasmtime::{Caller, Engine, Linker, Module, Result, Store};
use wasmtime_wizer::Wizer;

/// Sums 1 to 100 in memory, doubles a number of the host's in a global.
const GUEST: &str = r#"(module
    (import "host" "number" (func $number (result i64)))
    (memory (export "memory") 1)
    (global $doubled (mut i64) (i64.const 0))
    (func (export "wizer-initialize") (local $n i32)
        (global.set $doubled (i64.mul (call $number) (i64.const 2)))
        (loop $again
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (local.get $n)))
            (br_if $again (i32.lt_u (local.get $n) (i32.const 100)))))
    (func (export "sum") (result i32) (i32.load (i32.const 64)))
    (func (export "doubled") (result i64) (global.get $doubled)))"#;

#[pollster::main]
async fn main() -> Result<()> {
    let engine = Engine::default();
    let wasm = wat::parse_str(GUEST)?;
    let mut store = Store::new(&engine, 21);
    let instantiate = async |store: &mut Store<i64>, module: &Module| {
        let mut linker = Linker::new(store.engine());
        linker.func_wrap_async("host", "number", |caller: Caller<'_, i64>, ()| {
            Box::new(async move { *caller.data() })
        })?;
        linker.instantiate_async(store, module).await
    };
    let initialized = Wizer::new().run(&mut store, &wasm, instantiate).await?;

    let module = Module::new(&engine, initialized)?;
    assert!(module.get_export("wizer-initialize").is_none());
    let mut linker = Linker::new(&engine);
    linker.define_unknown_imports_as_traps(&module)?;
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &module)?;
    let sum = instance.get_typed_func::<(), i32>(&mut store, "sum")?.call(&mut store, ())?;
    let doubled =
        instance.get_typed_func::<(), i64>(&mut store, "doubled")?.call(&mut store, ())?;
    println!("pre-initialised: the sum is {sum}, the number {doubled}");
    assert_eq!((sum, doubled), (5050, 42));
    Ok(())
}
