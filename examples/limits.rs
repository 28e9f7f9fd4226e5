//! A guest that asks for too much: memory through a limiter, recursion through the wasm stack.
//!
//! `cargo run --release --example limits`

use wasmote::{
    Config, Engine, Instance, Module, Result, Store, StoreLimits, StoreLimitsBuilder, Trap,
};

fn main() -> Result<()> {
    let mut config = Config::new();
    config.max_wasm_stack(64 * 1024);
    let engine = Engine::new(&config)?;
    let module = Module::new(
        &engine,
        r#"(module
            (memory 1)
            (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
            (func $deep (export "deep") (param i32) (result i32)
              (if (result i32) (local.get 0)
                (then (i32.add
                  (call $deep (i32.sub (local.get 0) (i32.const 1)))
                  (i32.const 1)))
                (else (i32.const 0)))))"#,
    )?;

    // The limiter is part of the store's data. It sees every growth before memory is allocated.
    let limits = StoreLimitsBuilder::new().memory_size(1 << 20).build();
    let mut store: Store<StoreLimits> = Store::new(&engine, limits);
    store.limiter(|limits| limits);
    let instance = Instance::new(&mut store, &module, &[])?;

    let grow = instance.get_typed_func::<i32, i32>(&mut store, "grow")?;
    assert_eq!(grow.call(&mut store, 15)?, 1);
    assert_eq!(grow.call(&mut store, 1)?, -1, "17 pages are more than 1 MiB");
    println!("memory: 16 pages granted, the 17th refused");

    // Guest frames live on the heap: however deep the recursion, it ends in a trap, not a crash.
    let deep = instance.get_typed_func::<i32, i32>(&mut store, "deep")?;
    assert_eq!(deep.call(&mut store, 100)?, 100);
    let error = deep.call(&mut store, 10_000_000).unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::StackOverflow));
    println!("recursion: {}", Trap::StackOverflow);

    // The store is as good as before.
    assert_eq!(deep.call(&mut store, 100)?, 100);
    Ok(())
}
