//! Where a guest spends its time: a profile for <https://profiler.firefox.com>.
//!
//! `cargo run --release --example profile --features profiling [FILE]`, then open FILE there (`profile.json`, if none
//! is named).

use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use wasmote::{Config, Engine, GuestProfiler, Linker, Module, Result, Store, UpdateDeadline};

const INTERVAL: Duration = Duration::from_millis(1);

fn main() -> Result<()> {
    let file = std::env::args().nth(1).unwrap_or_else(|| "profile.json".into());
    let engine = Engine::new(Config::new().epoch_interruption(true))?;
    let module = Module::new(
        &engine,
        r#"(module $fibonacci
            (func $fib (param $n i32) (result i32)
                (if (result i32) (i32.lt_u (local.get $n) (i32.const 2))
                    (then (local.get $n))
                    (else (i32.add
                        (call $fib (i32.sub (local.get $n) (i32.const 1)))
                        (call $fib (i32.sub (local.get $n) (i32.const 2)))))))
            (func $count (param $n i32)
                (loop $again
                    (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
            (func (export "run") (result i32)
                (call $count (i32.const 20_000_000))
                (call $fib (i32.const 27))))"#,
    )?;

    // The profiler is in the store's data, and taken from there for each sample, since it looks at the store.
    let modules = [("fibonacci".to_owned(), module.clone())];
    let profiler = GuestProfiler::new(&engine, "fibonacci", INTERVAL, modules)?;
    let mut store = Store::new(&engine, Some(profiler));
    store.epoch_deadline_callback(|mut store| {
        if let Some(mut profiler) = store.data_mut().take() {
            profiler.sample(&store, INTERVAL);
            *store.data_mut() = Some(profiler);
        }
        Ok(UpdateDeadline::Continue(1))
    });
    store.set_epoch_deadline(1);

    let instance = Linker::new(&engine).instantiate(&mut store, &module)?;
    let run = instance.get_typed_func::<(), i32>(&mut store, "run")?;
    let done = AtomicBool::new(false);
    let result = thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                thread::sleep(INTERVAL);
                engine.increment_epoch();
            }
        });
        let result = run.call(&mut store, ());
        done.store(true, Ordering::Relaxed);
        result
    })?;
    assert_eq!(result, 196_418);

    let profiler = store.data_mut().take().expect("it was put back");
    profiler.finish(File::create(&file)?)?;
    println!("open {file} with https://profiler.firefox.com");
    Ok(())
}
