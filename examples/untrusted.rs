//! Guests that mean harm, and what becomes of each: `docs/hardening.md` as a program.
//!
//! `cargo run --release --example untrusted`

use std::thread;
use std::time::{Duration, Instant};

use wasmote::{
    Config, Engine, Instance, Module, Result, Store, StoreLimits, StoreLimitsBuilder, bail,
};

/// What a guest may have.
const MODULE_BYTES: usize = 1 << 20;
const MEMORY_BYTES: usize = 32 << 20;
const TABLE_ELEMENTS: usize = 10_000;
const STACK_BYTES: usize = 256 << 10;
const FUEL: u64 = 10_000_000;
/// An epoch, and how many of them a call may take.
const EPOCH: Duration = Duration::from_millis(10);
const EPOCHS: u64 = 100;

/// The guests: what each tries, its module, and what must be said of it.
const GUESTS: [(&str, &str, &str); 8] = [
    ("an honest guest", r#"(module (func (export "run")))"#, "done"),
    (
        "a loop without end",
        r#"(module (func (export "run") (loop (br 0))))"#,
        "all fuel consumed by WebAssembly",
    ),
    (
        "a start function without end",
        r#"(module (func $start (loop (br 0))) (start $start) (func (export "run")))"#,
        "all fuel consumed by WebAssembly",
    ),
    (
        "memory.fill of all memory, again and again",
        r#"(module (memory 256) (func (export "run")
            (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x1000000)) (br 0))))"#,
        "all fuel consumed by WebAssembly",
    ),
    (
        "a memory that grows and grows",
        r#"(module (memory 0) (func (export "run") (loop (drop (memory.grow (i32.const 64))) (br 0))))"#,
        "forcing trap when growing memory to 37748736 bytes",
    ),
    (
        "a table that is huge from the beginning",
        r#"(module (table 1000000 funcref) (func (export "run")))"#,
        "forcing trap when growing table to 1000000 elements",
    ),
    (
        "recursion without end",
        r#"(module (func $deep (export "run") (call $deep)))"#,
        "call stack exhausted",
    ),
    ("what is no module", r#"(module (func (export "run") (i32.add)))"#, "type mismatch"),
];

fn main() -> Result<()> {
    let mut config = Config::untrusted();
    config.max_wasm_stack(STACK_BYTES);
    // A module is validated and translated by the thread that asks for it, and by no other.
    config.parallel_compilation(false);
    let engine = Engine::new(&config)?;

    // The clock of all stores. It ends when nothing else holds the engine.
    let clock = engine.weak();
    thread::spawn(move || {
        while let Some(engine) = clock.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(EPOCH);
        }
    });

    for (what, guest, expected) in GUESTS {
        let said = outcome(run(&engine, &wat::parse_str(guest)?, FUEL));
        println!("{what}: {said}");
        assert!(said.contains(expected), "{what}: {said}");
    }

    // Whoever has much fuel, or is on a slow machine, is ended by the clock.
    let (_, endless, _) = GUESTS[3];
    let since = Instant::now();
    let said = outcome(run(&engine, &wat::parse_str(endless)?, u64::MAX));
    println!("with all the fuel in the world: {said}");
    assert!(said.contains("interrupt"), "{said}");
    assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());

    // The bytes are looked at before anything is done with them.
    let large = vec![0; MODULE_BYTES + 1];
    println!("a module of a megabyte: {}", outcome(run(&engine, &large, FUEL)));
    Ok(())
}

/// Runs the export `run` of a guest, in a store of its own that is dropped afterwards with all that the guest has.
fn run(engine: &Engine, bytes: &[u8], fuel: u64) -> Result<()> {
    if bytes.len() > MODULE_BYTES {
        bail!("the module has more than {MODULE_BYTES} bytes");
    }
    let module = Module::from_binary(engine, bytes)?;
    let limits = StoreLimitsBuilder::new()
        .memory_size(MEMORY_BYTES)
        .memories(1)
        .table_elements(TABLE_ELEMENTS)
        .tables(4)
        .instances(1)
        .trap_on_grow_failure(true)
        .build();
    let mut store: Store<StoreLimits> = Store::new(engine, limits);
    store.limiter(|limits| limits);
    // Both before the instance is made: its start function is the first that runs.
    store.set_fuel(fuel)?;
    store.set_epoch_deadline(EPOCHS);
    let instance = Instance::new(&mut store, &module, &[])?;
    let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    run.call(&mut store, ())
}

/// The outcome in a line: texts of errors may have names and strings of the guest, so control characters are escaped.
fn outcome(result: Result<()>) -> String {
    match result {
        Ok(()) => "done".into(),
        Err(error) => error.root_cause().to_string().escape_debug().to_string(),
    }
}
