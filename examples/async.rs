//! Guests that wait: many of them on one thread, each in a store of its own, in an asynchronous host function.
//!
//! A guest that waits takes no thread and no native stack. One that does not wait at all yields by the fuel that it consumes, so that
//! it cannot keep the others from running.
//!
//! `cargo run --release --example async`

use std::time::{Duration, Instant};

use tokio::time::sleep;
use wasmote::{Caller, Config, Engine, Linker, Module, Result, Store};

const GUEST: &str = r#"
(module
  (import "host" "sleep" (func $sleep (param i32)))
  (import "host" "say" (func $say (param i32)))
  ;; Says three numbers, with a rest before each.
  (func (export "rest") (param $n i32) (local $i i32)
    (loop $again
      (call $sleep (i32.const 20))
      (call $say (i32.add (local.get $n) (local.get $i)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (i32.const 3)))))
  ;; Never rests.
  (func (export "spin") (param i32) (loop (br 0))))"#;

/// What the guests of a store have said.
type Said = Vec<i32>;

/// Runs a guest's function; what it has said.
async fn run(
    engine: &Engine,
    linker: &Linker<Said>,
    module: &Module,
    name: &str,
    n: i32,
) -> Result<Said> {
    let mut store = Store::new(engine, Said::new());
    store.set_fuel(u64::MAX)?;
    store.fuel_async_yield_interval(Some(100_000))?;
    let instance = linker.instantiate_async(&mut store, module).await?;
    let func = instance.get_typed_func::<i32, ()>(&mut store, name)?;
    func.call_async(&mut store, n).await?;
    Ok(store.into_data())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let engine = Engine::new(Config::new().consume_fuel(true))?;
    let mut linker = Linker::new(&engine);
    linker.func_wrap_async("host", "sleep", |_: Caller<'_, Said>, (milliseconds,): (u32,)| {
        Box::new(sleep(Duration::from_millis(milliseconds.into())))
    })?;
    linker.func_wrap("host", "say", |mut caller: Caller<'_, Said>, n: i32| {
        caller.data_mut().push(n)
    })?;
    let module = Module::new(&engine, GUEST)?;

    let start = Instant::now();
    let rest = |n| run(&engine, &linker, &module, "rest", n);
    let spin = run(&engine, &linker, &module, "spin", 0);
    // The endless guest is dropped as soon as the others are done.
    let (one, two, three) = tokio::select! {
        said = async { tokio::join!(rest(10), rest(20), rest(30)) } => said,
        _ = spin => unreachable!("it has no end"),
    };
    println!("{:?} {:?} {:?} after {:?}", one?, two?, three?, start.elapsed());
    Ok(())
}
