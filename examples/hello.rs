//! A host function that the guest calls, and a guest function that the host calls.
//!
//! `cargo run --release --example hello`

use wasmote::{Caller, Engine, Linker, Module, Result, Store};

fn main() -> Result<()> {
    // An engine holds the configuration, a module is validated code: both can be shared by threads.
    let engine = Engine::default();
    let module = Module::new(
        &engine,
        r#"(module
            (import "host" "hello" (func $hello (param i32)))
            (func (export "greet") (param $times i32)
              (loop $again
                (call $hello (local.get $times))
                (local.set $times (i32.sub (local.get $times) (i32.const 1)))
                (br_if $again (local.get $times)))))"#,
    )?;

    // A linker resolves imports by name. Host functions see the store's data through `Caller`.
    let mut linker = Linker::new(&engine);
    linker.func_wrap("host", "hello", |mut caller: Caller<'_, u32>, countdown: i32| {
        *caller.data_mut() += 1;
        println!("hello from the host ({countdown} to go)");
    })?;

    // A store owns instances and the host's data, here a counter.
    let mut store = Store::new(&engine, 0);
    let instance = linker.instantiate(&mut store, &module)?;
    let greet = instance.get_typed_func::<i32, ()>(&mut store, "greet")?;
    greet.call(&mut store, 3)?;

    assert_eq!(*store.data(), 3);
    println!("the guest said hello {} times", store.data());
    Ok(())
}
