//! Threads: one engine, module and linker for all, a store for each; and a memory that guests of several threads share.
//!
//! `cargo run --release --example threads`

use std::thread;

use wasmote::{Caller, Config, Engine, Linker, MemoryType, Module, Result, SharedMemory, Store};

const THREADS: u32 = 4;

/// Adds numbers to a counter in shared memory, one of them for each thread.
const GUEST: &str = r#"
(module
  (import "host" "memory" (memory 1 1 shared))
  (import "host" "number" (func $number (result i32)))
  (func (export "run") (param $times i32)
    (loop $again
      (drop (i32.atomic.rmw.add (i32.const 0) (call $number)))
      (local.set $times (i32.sub (local.get $times) (i32.const 1)))
      (br_if $again (local.get $times)))))"#;

fn main() -> Result<()> {
    let engine = Engine::new(Config::new().shared_memory(true))?;
    let module = Module::new(&engine, GUEST)?;
    let memory = SharedMemory::new(&engine, MemoryType::shared(1, 1))?;

    // Host functions belong to no store, and neither do shared memories: the linker serves all threads. Each has
    // the data of its own store, here its number.
    let mut linker = Linker::new(&engine);
    linker.func_wrap("host", "number", |caller: Caller<'_, u32>| *caller.data())?;
    linker.define(&Store::new(&engine, 0), "host", "memory", memory.clone())?;
    let guest = linker.instantiate_pre(&module)?;

    thread::scope(|scope| {
        let threads: Vec<_> = (1..=THREADS)
            .map(|number| {
                let guest = &guest;
                scope.spawn(move || -> Result<()> {
                    let mut store = Store::new(guest.module().engine(), number);
                    let instance = guest.instantiate(&mut store)?;
                    let run = instance.get_typed_func::<i32, ()>(&mut store, "run")?;
                    run.call(&mut store, 1_000)
                })
            })
            .collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("no thread panics"))
    })?;

    // A guest of the main thread reads what the others have written.
    let read = Module::new(
        &engine,
        r#"(module
            (import "host" "memory" (memory 1 1 shared))
            (func (export "read") (result i32) (i32.atomic.load (i32.const 0))))"#,
    )?;
    let mut store = Store::new(&engine, 0);
    let instance = linker.instantiate(&mut store, &read)?;
    let sum = instance.get_typed_func::<(), u32>(&mut store, "read")?.call(&mut store, ())?;
    println!("{THREADS} threads have added up {sum}");
    assert_eq!(sum, 1_000 * (1..=THREADS).sum::<u32>());
    Ok(())
}
