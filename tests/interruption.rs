//! Guests end when their time or their fuel does, whatever they do: each construct that takes time, with a deadline
//! that comes while it does, and with fuel that is not enough for it.
//!
//! Times are printed (`--nocapture`): what is asserted leaves room for a machine that is busy.

#![cfg(all(feature = "wat", feature = "threads"))]

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use wasm_encoder as we;
use wasmote::*;

/// Only one test at a time: they measure.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> std::sync::MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn config() -> Config {
    let mut config = Config::new();
    config.shared_memory(true).max_wasm_stack(4 << 20).async_stack_size(4 << 20);
    config
}

#[track_caller]
fn is_trap<V>(result: Result<V>, trap: Trap, guest: &str) {
    let Err(error) = result else { panic!("{guest}: no trap") };
    assert_eq!(error.downcast_ref::<Trap>(), Some(&trap), "{guest}: {error:?}");
}

/// Guests that would run for a long time, each in its own way.
fn adversaries() -> Vec<(&'static str, String)> {
    let spin = |init: &str, body: &str| {
        format!(
            r#"(module (memory 1024) (memory $other 1024) (table $t 4000000 funcref) (table $u 4000000 funcref)
            (data $d "0123456789") (elem $e func $nop) (func $nop)
            {init} (func (export "run") {body}))"#
        )
    };
    let large = 64 << 20;
    let elements = 4_000_000;
    let repeat = |times: usize, code: &str| code.repeat(times);
    let mut guests = vec![
        ("an empty loop", spin("", "(loop (br 0))")),
        (
            "a large memory.fill",
            spin("", &format!("(loop (memory.fill (i32.const 0) (i32.const 1) (i32.const {large})) (br 0))")),
        ),
        (
            "a large memory.copy",
            spin("", &format!("(loop (memory.copy $other 0 (i32.const 0) (i32.const 0) (i32.const {large})) (br 0))")),
        ),
        (
            "a large memory.copy that overlaps",
            spin("", &format!("(loop (memory.copy (i32.const 1) (i32.const 0) (i32.const {})) (br 0))", large - 1)),
        ),
        (
            "a large table.fill",
            spin("", &format!("(loop (table.fill $t (i32.const 0) (ref.func $nop) (i32.const {elements})) (br 0))")),
        ),
        (
            "a large table.copy",
            spin("", &format!("(loop (table.copy $t $u (i32.const 0) (i32.const 0) (i32.const {elements})) (br 0))")),
        ),
        (
            "fills just below a slice",
            spin("", "(loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 8192)) (br 0))"),
        ),
        (
            "calls of a function with many locals",
            spin(
                &format!("(func $f (local {}))", "i64 ".repeat(50_000)),
                "(loop (call $f) (br 0))",
            ),
        ),
        (
            "calls of a long function",
            spin(
                &format!("(func $f {})", repeat(50_000, "(i64.store (i32.const 8) (i64.const 1))")),
                "(loop (call $f) (br 0))",
            ),
        ),
        (
            "a loop with a long body",
            spin(
                "",
                &format!("(loop {} (br 0))", repeat(50_000, "(i64.store (i32.const 8) (i64.const 1))")),
            ),
        ),
        // More than is touched before the deadline.
        (
            "a loop that touches a page at each step",
            r#"(module (memory 65535) (func (export "run") (local $p i32)
                (loop (i32.store8 (local.get $p) (i32.const 1))
                    (local.set $p (i32.add (local.get $p) (i32.const 4096))) (br 0))))"#
                .to_string(),
        ),
        (
            "code that touches pages",
            format!(
                "(module (memory 65535) (func (export \"run\") (local $p i32)
                    (loop {} (local.set $p (i32.add (local.get $p) (i32.const 409600))) (br 0))))",
                (0..100).map(|i| format!("(i32.store8 offset={} (local.get $p) (i32.const 1))", i * 4096)).collect::<String>(),
            ),
        ),
        (
            "a chain of loads, each from another page",
            format!(
                "(module (memory 65535) (func (export \"run\") (local $p i32)
                    (loop (local.set $p (i32.and (i32.const 0xfffff000) {} (local.get $p) {})) (br 0))))",
                repeat(100, "(i32.add (i32.const 4096) (i32.or (local.get $p) (i32.load "),
                repeat(100, ")))"),
            ),
        ),
        (
            "divisions",
            spin(
                "(global $p (mut i64) (i64.const 0x7fffffffffffffff))",
                &format!(
                    "(loop {} (br 0))",
                    repeat(100, "(global.set $p (i64.or (i64.const 0x7000000000000000) \
                        (i64.div_s (global.get $p) (i64.const 3))))")
                ),
            ),
        ),
        (
            "operators on vectors",
            spin(
                "(global $v (mut v128) (v128.const i64x2 3 4))",
                &format!(
                    "(loop (global.set $v {} (global.get $v) {}) (br 0))",
                    repeat(1000, "(i8x16.swizzle (i64x2.mul (v128.const i64x2 5 7)"),
                    repeat(1000, ") (v128.const i64x2 0x0304050607080900 0x0102030405060708))")
                ),
            ),
        ),
        (
            "a tree of calls",
            {
                let mut funcs = String::from("(func $f0)");
                for i in 1..12 {
                    let calls = repeat(10, &format!("(call $f{})", i - 1));
                    let _ = write!(funcs, "(func $f{i} {calls})");
                }
                spin(&funcs, "(call $f11)")
            },
        ),
        (
            "returns into long code",
            spin(
                &format!(
                    "(func $f (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1))))) {})",
                    repeat(100, "(memory.fill (i32.const 0) (i32.const 1) (i32.const 1048576))")
                ),
                "(call $f (i32.const 2000))",
            ),
        ),
        (
            "calls with a thousand arguments",
            spin(
                &format!("(func $f (param {}))", "i64 ".repeat(1000)),
                &format!("(loop (call $f {}) (br 0))", repeat(1000, "(i64.const 1)")),
            ),
        ),
        (
            "branches with a thousand values",
            spin(
                &format!("(type $many (func (result {})))", "i64 ".repeat(1000)),
                &format!(
                    "(loop (block (type $many) (i64.const 7) {} (br 0)) {} (br 0))",
                    repeat(1000, "(i64.const 1)"),
                    repeat(1000, "drop ")
                ),
            ),
        ),
        (
            "tail calls",
            spin(
                &format!("(func $f (param {}) {} (return_call $f))", "i64 ".repeat(500), repeat(500, "(i64.const 1)")),
                &format!("(call $f {})", repeat(500, "(i64.const 1)")),
            ),
        ),
        (
            "growth of a table",
            "(module (func $nop) (elem declare func $nop) (table $t 0 funcref) (func (export \"run\")
                (loop (drop (table.grow $t (ref.func $nop) (i32.const 100000)))
                    (br_if 0 (i32.lt_u (table.size $t) (i32.const 40000000))))
                (loop (br 0))))"
                .into(),
        ),
        (
            "growth of a memory",
            "(module (memory 0) (func (export \"run\")
                (loop (drop (memory.grow (i32.const 16)))
                    (memory.fill (i32.const 0) (i32.const 1) (i32.mul (memory.size) (i32.const 65536)))
                    (br_if 0 (i32.lt_u (memory.size) (i32.const 16384))))
                (loop (br 0))))"
                .into(),
        ),
        (
            "a wait",
            "(module (memory 1 1 shared) (func (export \"run\")
                (loop (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))) (br 0))))"
                .into(),
        ),
        (
            "a large fill of a shared memory",
            "(module (memory 512 512 shared) (func (export \"run\")
                (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 33554432)) (br 0))))"
                .into(),
        ),
    ];
    if cfg!(feature = "simd") {
        guests.push((
            "vectors",
            spin(
                "",
                &format!(
                    "(loop {} (br 0))",
                    repeat(1000, "(v128.store (i32.const 16) (i32x4.mul (v128.load (i32.const 0)) (v128.load (i32.const 8))))")
                ),
            ),
        ));
    }
    guests
}

/// From the change of the epoch to the end of a call; the best of some, since others may be using the machine.
fn reaction(engine: &Engine, module: &Module) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..10 {
        let mut store = Store::new(engine, ());
        store.set_epoch_deadline(1);
        let instance = Instance::new(&mut store, module, &[]).unwrap();
        let run = instance.get_typed_func::<(), ()>(&mut store, "run").unwrap();
        let timer = engine.clone();
        let changed = thread::spawn(move || {
            thread::sleep(Duration::from_millis(15));
            timer.increment_epoch();
            Instant::now()
        });
        let result = run.call(&mut store, ());
        let end = Instant::now();
        is_trap(result, Trap::Interrupt, "reaction");
        best = best.min(end.saturating_duration_since(changed.join().unwrap()));
        if best < Duration::from_millis(1) {
            break;
        }
    }
    best
}

#[test]
fn a_deadline_ends_whatever_takes_time_within_a_millisecond() -> Result<()> {
    let _alone = alone();
    let engine = Engine::new(config().epoch_interruption(true))?;
    let with_fuel = Engine::new(config().epoch_interruption(true).consume_fuel(true))?;
    // Without optimisation and on a busy machine a guest may not even be running for some milliseconds.
    let most = Duration::from_millis(if cfg!(debug_assertions) { 40 } else { 10 });
    let mut worst = Duration::ZERO;
    for (name, wat) in adversaries() {
        let time = reaction(&engine, &Module::new(&engine, &wat)?);
        println!("{:9.1} µs  {name}", time.as_secs_f64() * 1e6);
        assert!(time < most, "{name}: {time:?}");
        worst = worst.max(time);
    }
    println!("{:9.1} µs  at most", worst.as_secs_f64() * 1e6);
    // With costs of nothing, fuel says nothing about time.
    let mut free = OperatorCost::new();
    (free.Br, free.I32Const, free.I32Store) = (0, 0, 0);
    let free =
        Engine::new(config().epoch_interruption(true).consume_fuel(true).operator_cost(free))?;
    for engine in [with_fuel, free] {
        for (name, wat) in adversaries().into_iter().take(2) {
            let module = Module::new(&engine, &wat)?;
            let mut store = Store::new(&engine, ());
            store.set_fuel(u64::MAX)?;
            store.set_epoch_deadline(1);
            let run = Instance::new(&mut store, &module, &[])?;
            let run = run.get_typed_func::<(), ()>(&mut store, "run")?;
            let timer = engine.clone();
            thread::spawn(move || {
                thread::sleep(Duration::from_millis(5));
                timer.increment_epoch();
            });
            is_trap(run.call(&mut store, ()), Trap::Interrupt, name);
        }
    }
    Ok(())
}

#[test]
fn fuel_bounds_time() -> Result<()> {
    let _alone = alone();
    let engine = Engine::new(config().consume_fuel(true))?;
    let (mut worst, mut of) = (0.0, "");
    for (name, wat) in adversaries() {
        if matches!(name, "a wait" | "calls of a function with many locals") {
            // Waiting costs nothing, and neither do locals, as in wasmtime: see below.
            continue;
        }
        // What touches pages should not take all the memory that there is.
        let fuel = if name.contains("page") { 200_000 } else { 2_000_000 };
        let module = Module::new(&engine, &wat)?;
        let mut store = Store::new(&engine, ());
        store.set_fuel(fuel)?;
        let instance = Instance::new(&mut store, &module, &[])?;
        store.set_fuel(fuel)?;
        let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
        let start = Instant::now();
        is_trap(run.call(&mut store, ()), Trap::OutOfFuel, name);
        let unit = start.elapsed().as_secs_f64() * 1e9 / fuel as f64;
        println!("{unit:8.3} ns a unit  {name}");
        if unit > worst {
            (worst, of) = (unit, name);
        }
    }
    println!("{worst:8.3} ns a unit at most: {of}");
    // The first access to a page takes some hundred nanoseconds; on a machine that is busy, several times as long.
    assert!(
        worst < if cfg!(debug_assertions) { 40_000.0 } else { 10_000.0 },
        "{of}: {worst} ns a unit"
    );
    Ok(())
}

#[test]
fn the_cases_that_outran_their_limits() -> Result<()> {
    let _alone = alone();
    let engine = Engine::new(config().consume_fuel(true))?;
    let mut store = Store::new(&engine, ());
    let mut run = |wat: &str, export: &str, fuel: u64| -> Result<()> {
        let instance = Instance::new(&mut store, &Module::new(&engine, wat)?, &[])?;
        store.set_fuel(fuel)?;
        let func = instance.get_func(&mut store, export).expect("exported");
        let params: Vec<_> = func.ty(&store).params().map(|_| Val::I32(2000)).collect();
        let mut results = vec![Val::I32(0); func.ty(&store).results().len()];
        let start = Instant::now();
        let result = func.call(&mut store, &params, &mut results);
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
        assert_eq!(store.get_fuel()?, 0);
        result
    };
    let fills = "(memory.fill (i32.const 0) (i32.const 1) (i32.const 1048576))";
    let straight = include_str!("cases/straight-line-fuel.wat").replace(fills, &fills.repeat(100));
    is_trap(run(&straight, "f", 1_000_000), Trap::OutOfFuel, "straight-line-fuel");
    is_trap(
        run(include_str!("cases/fuel_bulk_is_free.wat"), "run", 1000),
        Trap::OutOfFuel,
        "fuel_bulk_is_free",
    );
    let engine = Engine::new(config().epoch_interruption(true))?;
    let wat = include_str!("cases/epoch_bulk_not_interrupted.wat");
    let time = reaction(&engine, &Module::new(&engine, wat)?);
    assert!(time < Duration::from_millis(40), "{time:?}");
    Ok(())
}

/// A callback that lets the guest go on each time, and counts: every point where a guest can be interrupted is one.
fn always_late<T>(store: &mut Store<T>) -> Arc<AtomicU64> {
    let times = Arc::new(AtomicU64::new(0));
    let counter = times.clone();
    store.epoch_deadline_callback(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(UpdateDeadline::Continue(0))
    });
    store.set_epoch_deadline(0);
    times
}

#[test]
fn what_is_interrupted_goes_on_where_it_was() -> Result<()> {
    let wat = r#"(module
        (memory (export "m") 20 40) (memory $n 20) (memory $s 20 20 shared)
        (table $t (export "t") 40000 200000 funcref) (table $u 40000 funcref)
        (data $d "abcdefgh") (elem declare func $f) (func $f)
        (func $pattern (local $i i32)
            (loop
                (i32.store (local.get $i) (i32.mul (local.get $i) (i32.const 0x9e3779b1)))
                (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 1000000)))))
        (func (export "down") (call $pattern) (memory.copy (i32.const 0) (i32.const 100000) (i32.const 800000)))
        (func (export "up") (call $pattern) (memory.copy (i32.const 100001) (i32.const 0) (i32.const 800000)))
        (func (export "across") (call $pattern) (memory.copy $n 0 (i32.const 7) (i32.const 1) (i32.const 900000))
            (memory.fill (i32.const 0) (i32.const 0) (i32.const 1000000))
            (memory.copy 0 $n (i32.const 3) (i32.const 7) (i32.const 900000)))
        (func (export "shared") (call $pattern) (memory.copy $s 0 (i32.const 8) (i32.const 0) (i32.const 900000))
            (memory.copy $s $s (i32.const 100) (i32.const 8) (i32.const 900000))
            (memory.fill $s (i32.const 5) (i32.const 9) (i32.const 300000))
            (memory.copy 0 $s (i32.const 0) (i32.const 0) (i32.const 1000000)))
        (func (export "fill") (memory.fill (i32.const 3) (i32.const 77) (i32.const 700000)))
        (func (export "table")
            (table.fill $t (i32.const 10) (ref.func $f) (i32.const 20000))
            (table.copy $u $t (i32.const 5) (i32.const 0) (i32.const 39000))
            (table.fill $t (i32.const 0) (ref.null func) (i32.const 40000))
            (table.copy $t $u (i32.const 0) (i32.const 100) (i32.const 30000))
            (table.copy $t $t (i32.const 11) (i32.const 0) (i32.const 30000))
            (drop (table.grow $t (ref.func $f) (i32.const 100000)))
            (drop (table.grow $t (ref.func $f) (i32.const 100000))))
        (func (export "beyond") (memory.fill (i32.const 1) (i32.const 1) (i32.const 1310720)))
    )"#;
    let observe = |interrupted: bool, fuel: bool| -> Result<Vec<String>> {
        let engine = Engine::new(config().epoch_interruption(interrupted).consume_fuel(fuel))?;
        let module = Module::new(&engine, wat)?;
        let mut seen = Vec::new();
        for export in ["down", "up", "across", "shared", "fill", "table", "beyond"] {
            let mut store = Store::new(&engine, ());
            let times = always_late(&mut store);
            let instance = Instance::new(&mut store, &module, &[])?;
            if fuel {
                store.set_fuel(1 << 40)?;
            }
            let run = instance.get_typed_func::<(), ()>(&mut store, export)?;
            let result = run.call(&mut store, ()).map_err(|e| format!("{}", e.root_cause()));
            let left = if fuel { store.get_fuel()? } else { 0 };
            let times = times.load(Ordering::Relaxed);
            assert_eq!(interrupted, times > 0);
            assert!(!interrupted || export == "beyond" || times > 5, "{export}: {times}");
            let memory = instance.get_memory(&mut store, "m").unwrap();
            let bytes = memory.data(&store);
            let hash =
                bytes.iter().fold(0_u64, |h, &b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
            let table = instance.get_table(&mut store, "t").unwrap();
            let mut nulls = 0_u64;
            for i in 0..table.size(&store) {
                let null = matches!(table.get(&mut store, i), Some(Ref::Func(None)));
                nulls = nulls.wrapping_mul(3).wrapping_add(u64::from(null));
            }
            let size = table.size(&store);
            seen.push(format!(
                "{export} {result:?} {hash:x} {size} {nulls:x} {}",
                if interrupted { 0 } else { left }
            ));
        }
        Ok(seen)
    };
    let plain = observe(false, false)?;
    assert_eq!(observe(true, false)?, plain);
    let without = |lines: Vec<String>| -> Vec<String> {
        lines.iter().map(|line| line.rsplit_once(' ').unwrap().0.to_string()).collect()
    };
    assert_eq!(without(observe(true, true)?), without(plain.clone()));
    assert_eq!(without(observe(false, true)?), without(plain));
    Ok(())
}

#[test]
fn a_wait_that_goes_on_is_not_forgotten() -> Result<()> {
    let _alone = alone();
    let engine = Engine::new(config().epoch_interruption(true))?;
    let memory = SharedMemory::new(&engine, MemoryType::shared(1, 1))?;
    let wat = r#"(module (import "" "m" (memory 1 1 shared))
        (func (export "wait") (param i64) (result i32)
            (memory.atomic.wait32 (i32.const 8) (i32.const 0) (local.get 0))))"#;
    let module = Module::new(&engine, wat)?;
    let (interrupted, is_waiting) = mpsc::channel();
    let waiter = thread::spawn({
        let (engine, memory) = (engine.clone(), memory.clone());
        move || -> Result<(i32, i32)> {
            let mut store = Store::new(&engine, ());
            let instance = Instance::new(&mut store, &module, &[memory.into()])?;
            let mut times = 0;
            store.epoch_deadline_callback(move |_| {
                times += 1;
                if times == 5 {
                    // While the guest does not wait, and before it waits again.
                    interrupted.send(()).unwrap();
                    thread::sleep(Duration::from_millis(50));
                }
                Ok(UpdateDeadline::Continue(0))
            });
            let wait = instance.get_typed_func::<i64, i32>(&mut store, "wait")?;
            let notified = wait.call(&mut store, -1)?;
            let timed_out = wait.call(&mut store, 20_000_000)?;
            Ok((notified, timed_out))
        }
    });
    is_waiting.recv().unwrap();
    assert_eq!(memory.atomic_notify(8, 10)?, 1);
    assert_eq!(waiter.join().unwrap()?, (0, 2));
    // Who was interrupted for good waits no longer.
    assert_eq!(memory.atomic_notify(8, 10)?, 0);
    Ok(())
}

#[test]
fn a_wait_that_is_interrupted_for_good_takes_no_notification() -> Result<()> {
    let _alone = alone();
    let engine = Engine::new(config().epoch_interruption(true))?;
    let memory = SharedMemory::new(&engine, MemoryType::shared(1, 1))?;
    let wat = r#"(module (import "" "m" (memory 1 1 shared))
        (func (export "wait") (result i32)
            (memory.atomic.wait32 (i32.const 8) (i32.const 0) (i64.const -1))))"#;
    let module = Module::new(&engine, wat)?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[memory.clone().into()])?;
    store.set_epoch_deadline(1);
    let timer = engine.clone();
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(10));
        timer.increment_epoch();
    });
    let wait = instance.get_typed_func::<(), i32>(&mut store, "wait")?;
    is_trap(wait.call(&mut store, ()), Trap::Interrupt, "wait");
    assert_eq!(memory.atomic_notify(8, 10)?, 0);
    Ok(())
}

/// A module whose segments take a while to copy.
fn large_segments() -> Vec<u8> {
    let mut module = we::Module::new();
    let mut types = we::TypeSection::new();
    types.ty().function([], []);
    module.section(&types);
    let mut funcs = we::FunctionSection::new();
    funcs.function(0);
    module.section(&funcs);
    let mut tables = we::TableSection::new();
    let elements = 3_000_000;
    tables.table(we::TableType {
        element_type: we::RefType::FUNCREF,
        minimum: elements,
        maximum: None,
        table64: false,
        shared: false,
    });
    module.section(&tables);
    let mut memories = we::MemorySection::new();
    let pages = 1024;
    memories.memory(we::MemoryType {
        minimum: pages,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    module.section(&memories);
    let mut exports = we::ExportSection::new();
    exports.export("m", we::ExportKind::Memory, 0);
    module.section(&exports);
    let mut elems = we::ElementSection::new();
    let offset = we::ConstExpr::i32_const(0);
    let items = vec![0; elements as usize];
    elems.active(None, &offset, we::Elements::Functions(items.into()));
    module.section(&elems);
    let mut code = we::CodeSection::new();
    let mut nop = we::Function::new([]);
    nop.instruction(&we::Instruction::End);
    code.function(&nop);
    module.section(&code);
    let mut data = we::DataSection::new();
    data.active(0, &offset, vec![7; 65536 * pages as usize]);
    module.section(&data);
    module.finish()
}

#[test]
fn a_deadline_ends_an_instantiation() -> Result<()> {
    let _alone = alone();
    let engine = Engine::new(config().epoch_interruption(true))?;
    let module = Module::new(&engine, large_segments())?;
    let mut store = Store::new(&engine, ());
    store.set_epoch_deadline(1);
    let timer = engine.clone();
    let changed = thread::spawn(move || {
        thread::sleep(Duration::from_millis(2));
        timer.increment_epoch();
        Instant::now()
    });
    let result = Instance::new(&mut store, &module, &[]);
    let time = Instant::now().saturating_duration_since(changed.join().unwrap());
    is_trap(result.map(drop), Trap::Interrupt, "instantiation");
    println!("{:9.1} µs  instantiation", time.as_secs_f64() * 1e6);
    assert!(time < Duration::from_millis(40), "{time:?}");
    // A callback that lets it go on changes nothing.
    let mut store = Store::new(&engine, 0);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|mut store| {
        *store.data_mut() += 1;
        store.engine().increment_epoch();
        Ok(UpdateDeadline::Continue(1))
    });
    let timer = engine.clone();
    thread::spawn(move || {
        (0..100).for_each(|_| {
            thread::sleep(Duration::from_micros(200));
            timer.increment_epoch();
        })
    });
    let instance = Instance::new(&mut store, &module, &[])?;
    assert!(*store.data() > 0);
    let memory = instance.get_memory(&mut store, "m").expect("exported");
    assert!(memory.data(&store).iter().all(|&byte| byte == 7));
    // The deadline of a new store, which is reached already, ends nothing that is no guest.
    assert!(Instance::new(Store::new(&engine, ()), &module, &[]).is_ok());
    Ok(())
}

#[test]
fn fuel_is_counted_exactly_beyond_24_bits() -> Result<()> {
    let _alone = alone();
    // Many calls return one after the other into long code without a branch.
    let (depth, code) = (9_000, 3_000);
    let wat = format!(
        r#"(module (func $f (export "f") (param i32)
            (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))))
            {}))"#,
        "(drop (i32.const 1))".repeat(code)
    );
    let engine = Engine::new(config().consume_fuel(true))?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &Module::new(&engine, wat)?, &[])?;
    let f = instance.get_typed_func::<i32, ()>(&mut store, "f")?;
    let fuel = 1_u64 << 60;
    store.set_fuel(fuel)?;
    f.call(&mut store, depth)?;
    let frame = 1 + 2 + code as u64;
    assert_eq!(fuel - store.get_fuel()?, depth as u64 * (frame + 4) + frame);
    Ok(())
}
