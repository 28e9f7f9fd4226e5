//! Tail calls from one instance to another and to the host.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use crate::*;

/// Counts what this thread allocates.
struct Counting;

std::thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: passes everything on.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|n| n.set(n.get() + 1));
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|n| n.set(n.get() + 1));
        // SAFETY: the caller's.
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { System.dealloc(ptr, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// How often this thread allocates while `run` runs.
fn allocations(run: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    run();
    ALLOCATIONS.get() - before
}

/// Calls in a chain that crosses an instance's border each time.
const LONG: i64 = if cfg!(debug_assertions) { 100_000 } else { 10_000_000 };

/// Two instances whose functions call each other in tail position through a table that both
/// have.
const LEFT: &str = r#"(module
    (type $step (func (param i64 i64) (result i64)))
    (table $t (export "t") 2 funcref)
    (global $here (export "here") (mut i64) (i64.const 1))
    (elem (i32.const 0) $left)
    (func $left (export "left") (type $step)
        ;; A global of this instance: it must be the current one.
        (if (i64.eqz (local.get 0)) (then (return (local.get 1))))
        (return_call_indirect (type $step)
            (i64.sub (local.get 0) (i64.const 1))
            (i64.add (local.get 1) (global.get $here))
            (i32.const 1)))
    ;; From a frame that is returned to, in this instance and with something on its stack.
    (func (export "nested") (type $step)
        (i64.mul (i64.const 2)
            (i64.add (global.get $here) (call $left (local.get 0) (local.get 1))))))"#;

const RIGHT: &str = r#"(module
    (type $step (func (param i64 i64) (result i64)))
    (import "left" "t" (table 2 funcref))
    (import "left" "left" (func $left (type $step)))
    (global $here (mut i64) (i64.const 100))
    (elem (i32.const 1) $right)
    (func $right (export "right") (type $step) (local i64 i64 i64)
        (if (i64.eqz (local.get 0)) (then (return (local.get 1))))
        (return_call $left
            (i64.sub (local.get 0) (i64.const 1))
            (i64.add (local.get 1) (global.get $here)))))"#;

/// `left` and `right`, in a store with a stack of a few frames.
fn pair(config: &Config) -> (Store<()>, Instance, Instance) {
    let engine = Engine::new(config).unwrap();
    let mut store = Store::new(&engine, ());
    // Where there is any: instantiation consumes some.
    let _ = store.set_fuel(u64::MAX);
    let mut linker = Linker::new(&engine);
    let left = linker.instantiate(&mut store, &module(&engine, LEFT)).unwrap();
    linker.instance(&mut store, "left", left).unwrap();
    let right = linker.instantiate(&mut store, &module(&engine, RIGHT)).unwrap();
    (store, left, right)
}

fn small() -> Config {
    Config::new().max_wasm_stack(1024).clone()
}

#[test]
fn chains_between_instances_take_nothing() {
    let (mut store, left, right) = pair(&small());
    for (instance, name) in [(left, "left"), (right, "right"), (left, "nested")] {
        let f = instance.get_typed_func::<(i64, i64), i64>(&mut store, name).unwrap();
        let expected = |n: i64| match name {
            "left" => n / 2 * 101,
            "right" => n / 2 * 101,
            _ => 2 * (n / 2 * 101 + 1),
        };
        assert_eq!(f.call(&mut store, (10, 0)).unwrap(), expected(10));
        let few = allocations(|| assert_eq!(f.call(&mut store, (10, 0)).unwrap(), expected(10)));
        let many =
            allocations(|| assert_eq!(f.call(&mut store, (LONG, 0)).unwrap(), expected(LONG)));
        assert_eq!(few, many, "{name}");
        assert_eq!(f.call(&mut store, (3, 5)).unwrap(), {
            let sum = 5 + if name == "right" { 201 } else { 102 };
            if name == "nested" { 2 * (sum + 1) } else { sum }
        });
    }
}

#[test]
fn in_every_mode() {
    let mut configs = vec![small(), small(), small()];
    configs[1].compilation_mode(CompilationMode::Lazy);
    configs[2].generate_address_map(false);
    if cfg!(feature = "metering") {
        configs.push(small().consume_fuel(true).clone());
        configs.push(small().epoch_interruption(true).clone());
    }
    for config in configs {
        let (mut store, left, _) = pair(&config);
        let _ = store.set_fuel(u64::MAX);
        store.set_epoch_deadline(u64::MAX);
        let sum = call::<_, i64>(&mut store, left, "nested", (20_000_i64, 0_i64)).unwrap();
        assert_eq!(sum, 2 * (20_000 / 2 * 101 + 1));
    }
}

#[test]
fn backtraces_have_the_frames_that_are_left() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    let inner = module(
        &engine,
        r#"(module $inner (func $f (unreachable)) (func $tail (export "tail") (return_call $f)))"#,
    );
    linker.module(&mut store, "inner", &inner).unwrap();
    let outer = module(
        &engine,
        r#"(module $outer (import "inner" "tail" (func $import))
            (func $tail (return_call $import))
            (func (export "f") (call $tail) (nop)))"#,
    );
    let outer = linker.instantiate(&mut store, &outer).unwrap();
    let error =
        assert_trap(call::<(), ()>(&mut store, outer, "f", ()), Trap::UnreachableCodeReached);
    let backtrace = error.downcast_ref::<WasmBacktrace>().unwrap();
    let found: Vec<_> = backtrace
        .frames()
        .iter()
        .map(|frame| (frame.module().name().unwrap(), frame.func_index()))
        .collect();
    assert_eq!(found, [("inner", 0), ("outer", 2)]);
    // And the store is as good as new.
    assert_trap(call::<(), ()>(&mut store, outer, "f", ()), Trap::UnreachableCodeReached);
}

const HOST: &str = r#"(module
    (type $t (func (param i32 i64 i32) (result i64 i32)))
    (import "host" "f" (func $host (type $t)))
    (table funcref (elem $host))
    (global $id (export "id") i32 (i32.const 77))
    (func $direct (export "direct") (type $t)
        (return_call $host (local.get 2) (local.get 1) (local.get 0)))
    (func $through (export "through") (type $t)
        (return_call_indirect (type $t)
            (local.get 2) (local.get 1) (local.get 0) (i32.const 0)))
    (func (export "nested") (param i32 i64 i32) (result i64 i32)
        (call $direct (local.get 2) (local.get 1) (local.get 0))
        (i32.add (i32.const 1))))"#;

#[test]
fn host_functions_are_called_and_returned_from() {
    let (engine, mut store, mut linker) = setup();
    linker
        .func_wrap("host", "f", |mut caller: Caller<'_, ()>, a: i32, b: i64, c: i32| -> Result<_> {
            ensure!(a != 13, "unlucky");
            // The caller is who called last.
            let id = caller.get_export("id").unwrap().into_global().unwrap();
            Ok((b + i64::from(a), c + id.get(&mut caller).unwrap_i32()))
        })
        .unwrap();
    let instance = linker.instantiate(&mut store, &module(&engine, HOST)).unwrap();
    let run =
        |store: &mut _, name, a: i32| call::<_, (i64, i32)>(store, instance, name, (1, 20_i64, a));
    assert_eq!(run(&mut store, "direct", 5).unwrap(), (25, 78));
    assert_eq!(run(&mut store, "through", 5).unwrap(), (25, 78));
    assert_eq!(run(&mut store, "nested", 5).unwrap(), (21, 83));
    for name in ["direct", "through"] {
        let error = assert_err(run(&mut store, name, 13), "unlucky");
        assert!(!error.is::<Trap>());
        assert!(!frames(&error).is_empty());
    }
}

#[test]
fn chains_through_the_host_end_when_the_stack_does() {
    // Wasm calls the host in tail position, which calls wasm: that is no tail call, and bounded.
    let (engine, mut store, mut linker) = setup();
    linker
        .func_wrap("host", "again", |mut caller: Caller<'_, ()>, n: i32| -> Result<i32> {
            let f = caller.get_export("f").unwrap().into_func().unwrap();
            f.typed::<i32, i32>(&caller)?.call(&mut caller, n)
        })
        .unwrap();
    let module = module(
        &engine,
        r#"(module (import "host" "again" (func $again (param i32) (result i32)))
            (func (export "f") (param i32) (result i32)
                (if (i32.eqz (local.get 0)) (then (return (i32.const 9))))
                (return_call $again (i32.sub (local.get 0) (i32.const 1)))))"#,
    );
    let instance = linker.instantiate(&mut store, &module).unwrap();
    assert_eq!(call::<i32, i32>(&mut store, instance, "f", 20).unwrap(), 9);
    assert_trap(call::<i32, i32>(&mut store, instance, "f", -1), Trap::StackOverflow);
    assert_eq!(call::<i32, i32>(&mut store, instance, "f", 1).unwrap(), 9);
}

#[test]
fn a_chain_that_calls_the_host_each_time_takes_nothing() {
    let (engine, mut store, mut linker) = setup();
    linker.func_wrap("host", "less", |n: i64| n - 1).unwrap();
    let module = module(
        &engine,
        r#"(module (import "host" "less" (func $less (param i64) (result i64)))
            (func $less_by_tail (param i64) (result i64) (return_call $less (local.get 0)))
            (func $f (export "f") (param $n i64) (param $sum i64) (result i64)
                (if (i64.eqz (local.get $n)) (then (return (local.get $sum))))
                (return_call $f
                    (call $less_by_tail (local.get $n))
                    (i64.add (local.get $sum) (local.get $n)))))"#,
    );
    let instance = linker.instantiate(&mut store, &module).unwrap();
    let f = instance.get_typed_func::<(i64, i64), i64>(&mut store, "f").unwrap();
    assert_eq!(f.call(&mut store, (10, 0)).unwrap(), 55);
    let few = allocations(|| assert_eq!(f.call(&mut store, (10, 0)).unwrap(), 55));
    let long = LONG / 10;
    let many = allocations(|| {
        assert_eq!(f.call(&mut store, (long, 0)).unwrap(), long * (long + 1) / 2);
    });
    assert_eq!(few, many);
}
