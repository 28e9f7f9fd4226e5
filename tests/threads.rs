//! Shared memories and atomic operations: several stores on several threads, waiting and notifying, growth
//! while others run, traps, linking, and what the API refuses.
//!
//! DEVELOPERS.md says how to run this under ThreadSanitizer.

#![cfg(feature = "threads")]

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use wasmote::{
    Config, Engine, Extern, ExternType, Func, Instance, Linker, Memory, MemoryType, Module, Result,
    SharedMemory, Store, StoreLimitsBuilder, Trap, TypedFunc, WaitResult, WasmParams, WasmResults,
};

fn engine() -> Engine {
    Engine::new(Config::new().shared_memory(true)).unwrap()
}

/// A module that imports a shared memory of 1 to 4 pages, with these functions.
fn module(engine: &Engine, functions: &str) -> Module {
    let text = format!(r#"(module (import "" "memory" (memory 1 4 shared)) {functions})"#);
    Module::new(engine, text).unwrap()
}

fn memory(engine: &Engine) -> SharedMemory {
    SharedMemory::new(engine, MemoryType::shared(1, 4)).unwrap()
}

/// An instance in a store of its own.
struct Guest {
    store: Store<()>,
    instance: Instance,
}

impl Guest {
    /// Of a module of [`module`].
    fn new(module: &Module, memory: &SharedMemory) -> Guest {
        Guest::of(module, &[memory.clone().into()])
    }

    /// Of a module without imports.
    fn alone(engine: &Engine, text: impl AsRef<[u8]>) -> Guest {
        Guest::of(&Module::new(engine, text).unwrap(), &[])
    }

    fn of(module: &Module, imports: &[Extern]) -> Guest {
        let mut store = Store::new(module.engine(), ());
        let instance = Instance::new(&mut store, module, imports).unwrap();
        Guest { store, instance }
    }

    fn func<P: WasmParams, R: WasmResults>(&mut self, name: &str) -> TypedFunc<P, R> {
        self.instance.get_typed_func(&mut self.store, name).unwrap()
    }

    fn call<P: WasmParams, R: WasmResults>(&mut self, name: &str, params: P) -> Result<R> {
        self.func::<P, R>(name).call(&mut self.store, params)
    }
}

fn trap<R: std::fmt::Debug>(result: Result<R>) -> Trap {
    *result.unwrap_err().downcast_ref::<Trap>().expect("a trap")
}

/// The 32 bits at an address, as seen by a guest.
fn peek(memory: &SharedMemory, engine: &Engine, address: i32) -> i32 {
    let peek = module(
        engine,
        r#"(func (export "peek") (param i32) (result i32) (i32.atomic.load (local.get 0)))"#,
    );
    Guest::new(&peek, memory).call("peek", address).unwrap()
}

#[test]
fn four_threads_and_stores_count_in_one_memory() {
    let (threads, rounds) = (4, 10_000);
    let engine = engine();
    let memory = memory(&engine);
    // By addition, by a loop of compare-exchange, and under a lock with plain accesses.
    let module = module(
        &engine,
        r#"
        (func (export "add") (param $n i32)
            (loop $next
                (drop (i64.atomic.rmw.add (i32.const 8) (i64.const 1)))
                (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
        (func (export "exchange") (param $n i32) (local $old i32)
            (loop $next
                (local.set $old (i32.atomic.load (i32.const 16)))
                (br_if $next (i32.ne (local.get $old)
                    (i32.atomic.rmw.cmpxchg (i32.const 16) (local.get $old)
                        (i32.add (local.get $old) (i32.const 1)))))
                (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
        (func (export "locked") (param $n i32)
            (loop $next
                (block $taken
                    (loop $wait
                        (br_if $taken (i32.eqz
                            (i32.atomic.rmw.cmpxchg (i32.const 20) (i32.const 0) (i32.const 1))))
                        (drop (memory.atomic.wait32 (i32.const 20) (i32.const 1) (i64.const 1000000)))
                        (br $wait)))
                ;; aligned or not, plain accesses are ordered by the lock
                (i32.store (i32.const 25) (i32.add (i32.load (i32.const 25)) (i32.const 1)))
                (i32.store (i32.const 32) (i32.add (i32.load (i32.const 32)) (i32.const 1)))
                (i32.atomic.store (i32.const 20) (i32.const 0))
                (drop (memory.atomic.notify (i32.const 20) (i32.const 1)))
                (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
        (func (export "unaligned") (result i32) (i32.load (i32.const 25)))"#,
    );
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut guest = Guest::new(&module, &memory);
                guest.call::<_, ()>("add", rounds).unwrap();
                guest.call::<_, ()>("exchange", rounds).unwrap();
                guest.call::<_, ()>("locked", rounds / 10).unwrap();
            });
        }
    });
    assert_eq!(peek(&memory, &engine, 8), threads * rounds);
    assert_eq!(peek(&memory, &engine, 12), 0);
    assert_eq!(peek(&memory, &engine, 16), threads * rounds);
    assert_eq!(peek(&memory, &engine, 32), threads * rounds / 10);
    let unaligned = Guest::new(&module, &memory).call::<(), i32>("unaligned", ()).unwrap();
    assert_eq!(unaligned, threads * rounds / 10);
}

#[test]
fn races_of_plain_accesses_are_only_the_guests() {
    // Everybody writes everywhere, in every width, in bulk and one by one. What comes out is one of the
    // values that were written, byte by byte; under ThreadSanitizer nothing is reported.
    let engine = engine();
    let memory = memory(&engine);
    let module = module(
        &engine,
        r#"
        (data "\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa")
        (func (export "race") (param $n i32) (param $byte i32) (local $word i64)
            (local.set $word (i64.mul (i64.extend_i32_u (local.get $byte))
                (i64.const 0x0101010101010101)))
            (loop $next
                (i64.store (i32.const 0) (local.get $word))
                (i64.store (i32.const 3) (local.get $word))
                (i32.store16 (i32.const 1) (i32.wrap_i64 (local.get $word)))
                (memory.fill (i32.const 5) (local.get $byte) (i32.const 30))
                (memory.copy (i32.const 9) (i32.const 2) (i32.const 40))
                (memory.copy (i32.const 8) (i32.const 24) (i32.const 40))
                (memory.init 0 (i32.const 19) (i32.const 0) (i32.const 16))
                (drop (i64.load (i32.const 5)))
                (drop (i32.atomic.rmw8.xchg_u (i32.const 7) (local.get $byte)))
                (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))"#,
    );
    thread::scope(|scope| {
        for byte in [0x11, 0x22] {
            let (module, memory) = (&module, &memory);
            scope.spawn(move || {
                Guest::new(module, memory).call::<_, ()>("race", (500, byte)).unwrap();
            });
        }
    });
    for address in (0..48).step_by(4) {
        for byte in peek(&memory, &engine, address).to_le_bytes() {
            assert!([0, 0x11, 0x22, 0xaa].contains(&byte), "{byte:#x} at {address}");
        }
    }
}

#[test]
fn bulk_operations_do_what_they_do_elsewhere() {
    // The same operations on a shared memory and on one that is not, at all alignments and overlaps.
    let functions = r#"
        (data $d "abcdefghijklmnopqrstuvwxyz0123456789")
        (func (export "fill") (param i32 i32 i32)
            (memory.fill (local.get 0) (local.get 1) (local.get 2)))
        (func (export "copy") (param i32 i32 i32)
            (memory.copy (local.get 0) (local.get 1) (local.get 2)))
        (func (export "init") (param i32 i32 i32)
            (memory.init $d (local.get 0) (local.get 1) (local.get 2)))
        (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))"#;
    let engine = engine();
    let mut shared = Guest::new(&module(&engine, functions), &memory(&engine));
    let mut own = Guest::alone(&engine, format!("(module (memory 1 4) {functions})"));
    let mut both = |name: &str, args: (i32, i32, i32)| {
        let (a, b) = (shared.call::<_, ()>(name, args), own.call::<_, ()>(name, args));
        assert_eq!(a.is_ok(), b.is_ok(), "{name} {args:?}");
        if a.is_err() {
            assert_eq!(trap(a), Trap::MemoryOutOfBounds);
        }
        for address in 0..120 {
            let a: i32 = shared.call("load", address).unwrap();
            assert_eq!(
                a,
                own.call::<_, i32>("load", address).unwrap(),
                "{name} {args:?} at {address}"
            );
        }
    };
    for start in 0..9 {
        for len in [0, 1, 7, 8, 9, 23, 32] {
            both("init", (start + 1, 2, len));
            both("fill", (start + 50, start * 20 + len, len));
            both("copy", (start, 8, len + 20));
            both("copy", (start + 16, start, len + 20));
        }
    }
    for (name, args) in [
        ("fill", (65530, 1, 7)),
        ("copy", (65530, 0, 7)),
        ("copy", (0, 65530, 7)),
        ("init", (65530, 0, 7)),
        ("init", (0, 30, 7)),
        ("init", (-1, 0, 7)),
    ] {
        both(name, args);
    }
}

#[test]
fn a_notification_wakes_who_waits() {
    let engine = engine();
    let memory = memory(&engine);
    let module = module(
        &engine,
        r#"
        (func (export "wait32") (result i32)
            (memory.atomic.wait32 offset=4 (i32.const 60) (i32.const 0) (i64.const -1)))
        (func (export "wait64") (result i32)
            (memory.atomic.wait64 (i32.const 64) (i64.const 0) (i64.const 60_000_000_000)))
        (func (export "notify") (param i32) (result i32)
            (memory.atomic.notify (i32.const 64) (local.get 0)))"#,
    );
    let mut notifier = Guest::new(&module, &memory);
    let notify = notifier.func::<i32, i32>("notify");
    assert_eq!(notify.call(&mut notifier.store, 5).unwrap(), 0);
    thread::scope(|scope| {
        let waiters: Vec<_> = ["wait32", "wait64", "host"]
            .into_iter()
            .map(|how| {
                let (module, memory) = (&module, &memory);
                scope.spawn(move || match how {
                    "host" => memory.atomic_wait32(64, 0, None).unwrap() as i32,
                    how => Guest::new(module, memory).call::<(), i32>(how, ()).unwrap(),
                })
            })
            .collect();
        // One, then all that are left.
        let mut woken = 0;
        while woken == 0 {
            woken = notify.call(&mut notifier.store, 1).unwrap();
            assert!(woken <= 1);
            thread::yield_now();
        }
        while woken < 3 {
            woken += memory.atomic_notify(64, u32::MAX).unwrap() as i32;
            thread::yield_now();
        }
        for waiter in waiters {
            assert_eq!(waiter.join().unwrap(), 0);
        }
    });
    assert_eq!(notify.call(&mut notifier.store, -1).unwrap(), 0);
}

#[test]
fn a_wait_ends_by_itself_if_it_must() {
    let engine = engine();
    let memory = memory(&engine);
    let module = module(
        &engine,
        r#"
        (func (export "wait32") (param i32 i64) (result i32)
            (memory.atomic.wait32 (i32.const 0) (local.get 0) (local.get 1)))
        (func (export "wait64") (param i64 i64) (result i32)
            (memory.atomic.wait64 (i32.const 0) (local.get 0) (local.get 1)))"#,
    );
    let mut guest = Guest::new(&module, &memory);
    let wait = guest.func::<(i32, i64), i32>("wait32");
    assert_eq!(wait.call(&mut guest.store, (1, -1)).unwrap(), 1);
    assert_eq!(wait.call(&mut guest.store, (0, 0)).unwrap(), 2);
    let start = Instant::now();
    assert_eq!(wait.call(&mut guest.store, (0, 20_000_000)).unwrap(), 2);
    assert!(start.elapsed() >= Duration::from_millis(20));
    let wait = guest.func::<(i64, i64), i32>("wait64");
    assert_eq!(wait.call(&mut guest.store, (1 << 40, -1)).unwrap(), 1);
    assert_eq!(wait.call(&mut guest.store, (0, 1)).unwrap(), 2);
    // Whoever has gone is not there to be woken.
    assert_eq!(memory.atomic_notify(0, 10).unwrap(), 0);
    let soon = Some(Duration::from_millis(1));
    assert_eq!(memory.atomic_wait32(0, 0, soon).unwrap(), WaitResult::TimedOut);
    assert_eq!(memory.atomic_wait64(0, 0, soon).unwrap(), WaitResult::TimedOut);
    assert_eq!(memory.atomic_wait64(0, 7, None).unwrap(), WaitResult::Mismatch);
    // Only waits at the address that is meant are woken.
    thread::scope(|scope| {
        let waiter = scope.spawn(|| memory.atomic_wait32(4, 0, Some(Duration::from_millis(30))));
        while !waiter.is_finished() {
            assert_eq!(memory.atomic_notify(0, 10).unwrap(), 0);
        }
        assert_eq!(waiter.join().unwrap().unwrap(), WaitResult::TimedOut);
    });
}

#[test]
fn others_see_a_memory_grow_while_they_run() {
    let engine = engine();
    let memory = memory(&engine);
    let module = module(
        &engine,
        r#"
        (func (export "reach") (result i32)
            ;; runs until there are four pages, then uses the last
            (loop $again (br_if $again (i32.lt_u (memory.size) (i32.const 4))))
            (i32.store (i32.const 0x3fffc) (i32.const 7))
            (i32.load (i32.const 0x3fffc)))
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))"#,
    );
    let (place, started) = (memory.data().as_ptr(), AtomicBool::new(false));
    thread::scope(|scope| {
        let reached: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut guest = Guest::new(&module, &memory);
                    started.store(true, Ordering::SeqCst);
                    guest.call::<(), i32>("reach", ()).unwrap()
                })
            })
            .collect();
        while !started.load(Ordering::SeqCst) {
            thread::yield_now();
        }
        let mut guest = Guest::new(&module, &memory);
        assert_eq!(guest.call::<_, i32>("grow", 1).unwrap(), 1);
        assert_eq!(memory.grow(1).unwrap(), 2);
        assert_eq!(guest.call::<_, i32>("grow", 2).unwrap(), -1);
        assert_eq!(guest.call::<_, i32>("grow", 1).unwrap(), 3);
        assert_eq!(guest.call::<_, i32>("grow", 0).unwrap(), 4);
        for guest in reached {
            assert_eq!(guest.join().unwrap(), 7);
        }
    });
    assert_eq!((memory.size(), memory.data_size()), (4, 4 * 65536));
    assert_eq!(memory.data().as_ptr(), place);
    assert_eq!(memory.grow(1).unwrap_err().to_string(), "failed to grow memory by `1`");
    assert_eq!(
        memory.grow(u64::MAX).unwrap_err().to_string(),
        format!("failed to grow memory by `{}`", u64::MAX)
    );
}

#[test]
fn threads_that_grow_at_the_same_time_get_different_pages() {
    let engine = engine();
    let memory = SharedMemory::new(&engine, MemoryType::shared(0, 64)).unwrap();
    let together = Barrier::new(4);
    let mut old: Vec<u64> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    together.wait();
                    (0..16).map(|_| memory.grow(1).unwrap()).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    old.sort_unstable();
    assert_eq!(old, (0..64).collect::<Vec<_>>());
    assert!(memory.grow(1).is_err());
}

/// The atomic operations that access memory, with the number of their operands after the address.
const ACCESSES: &[(&str, i32, &str, usize)] = &[
    ("i32.atomic.load", 4, "i32", 0),
    ("i64.atomic.load", 8, "i64", 0),
    ("i32.atomic.load16_u", 2, "i32", 0),
    ("i64.atomic.load32_u", 4, "i64", 0),
    ("i32.atomic.store", 4, "i32", 1),
    ("i64.atomic.store", 8, "i64", 1),
    ("i64.atomic.store16", 2, "i64", 1),
    ("i32.atomic.rmw.add", 4, "i32", 1),
    ("i64.atomic.rmw.sub", 8, "i64", 1),
    ("i32.atomic.rmw16.xor_u", 2, "i32", 1),
    ("i64.atomic.rmw32.xchg_u", 4, "i64", 1),
    ("i32.atomic.rmw.cmpxchg", 4, "i32", 2),
    ("i64.atomic.rmw.cmpxchg", 8, "i64", 2),
    ("memory.atomic.notify", 4, "i32", 1),
];

#[test]
fn atomic_accesses_are_aligned_and_in_bounds() {
    let engine = engine();
    for (text, width, ty, operands) in ACCESSES {
        let drop = if text.contains(".store") { "" } else { "drop" };
        let operands = format!("({ty}.const 0)").repeat(*operands);
        // On memories of both kinds.
        for memory in ["(memory 1 1 shared)", "(memory 1)"] {
            let mut guest = Guest::alone(
                &engine,
                format!(
                    r#"(module {memory}
                        (func (export "f") (param i32) (local.get 0) {operands} {text} {drop})
                        (func (export "far") (param i32)
                            (local.get 0) {operands} {text} offset=0xffffffff {drop}))"#
                ),
            );
            let mut call = |address: i32| guest.call::<_, ()>("f", address);
            assert!(call(65536 - width).is_ok(), "{text}");
            assert_eq!(trap(call(65536)), Trap::MemoryOutOfBounds, "{text}");
            assert_eq!(trap(call(-width)), Trap::MemoryOutOfBounds, "{text}");
            for unaligned in [1, width - 1, 65536 - width + 1] {
                assert_eq!(trap(call(unaligned)), Trap::HeapMisaligned, "{text}");
            }
            assert_eq!(trap(guest.call::<_, ()>("far", 1)), Trap::MemoryOutOfBounds, "{text}");
        }
    }
}

#[test]
fn plain_accesses_of_shared_memories_are_in_bounds() {
    let engine = engine();
    let module = module(
        &engine,
        r#"
        (func (export "load") (param i32) (result i64) (i64.load offset=3 (local.get 0)))
        (func (export "store") (param i32) (i64.store offset=3 (local.get 0) (i64.const -2)))
        (func (export "float") (param i32 f64) (result f64)
            (f64.store (local.get 0) (local.get 1)) (f64.load (local.get 0)))
        (func (export "sign") (param i32) (result i32) (i32.load8_s (local.get 0)))"#,
    );
    let mut guest = Guest::new(&module, &memory(&engine));
    guest.call::<_, ()>("store", 65536 - 11).unwrap();
    assert_eq!(guest.call::<_, i64>("load", 65536 - 11).unwrap(), -2);
    assert_eq!(guest.call::<_, i32>("sign", 65536 - 8).unwrap(), -2);
    assert_eq!(guest.call::<_, f64>("float", (8, 2.5)).unwrap(), 2.5);
    assert_eq!(guest.call::<_, f64>("float", (13, -0.125)).unwrap(), -0.125);
    for address in [65536 - 10, 65536, -1] {
        assert_eq!(trap(guest.call::<_, i64>("load", address)), Trap::MemoryOutOfBounds);
        assert_eq!(trap(guest.call::<_, ()>("store", address)), Trap::MemoryOutOfBounds);
    }
    assert_eq!(trap(guest.call::<_, f64>("float", (65529, 0.0))), Trap::MemoryOutOfBounds);
}

#[test]
#[cfg(feature = "simd")]
fn vectors_are_in_shared_memories_like_in_others() {
    let functions = r#"
        (func (export "turn") (param i32 i32)
            (v128.store (local.get 1)
                (v128.load64_lane offset=1 1 (local.get 0) (v128.load (local.get 0))))
            (v128.store32_lane 2 (i32.add (local.get 1) (i32.const 16))
                (i8x16.add (v128.load8_splat (local.get 0)) (v128.load16x4_u (local.get 0)))))
        (func (export "store") (param i32 i64) (i64.store (local.get 0) (local.get 1)))
        (func (export "load") (param i32) (result i64) (i64.load (local.get 0)))"#;
    let engine = engine();
    let mut shared = Guest::new(&module(&engine, functions), &memory(&engine));
    let mut own = Guest::alone(&engine, format!("(module (memory 1 4) {functions})"));
    for (from, to) in [(0, 32), (3, 65), (8, 99), (65520, 40)] {
        let both = [&mut shared, &mut own].map(|guest| {
            for i in 0..3 {
                let (address, value) = (from.min(65512) + 8 * i, 0x1234_5678_9abc_def1_i64 << i);
                guest.call::<_, ()>("store", (address.min(65528), value)).unwrap();
            }
            guest.call::<_, ()>("turn", (from, to)).unwrap();
            [0, 8, 16].map(|i| guest.call::<i32, i64>("load", to + i).unwrap())
        });
        assert_eq!(both[0], both[1], "{from} to {to}");
        assert_ne!(both[0], [0; 3]);
    }
    assert_eq!(trap(shared.call::<_, ()>("turn", (65521, 0))), Trap::MemoryOutOfBounds);
    assert_eq!(trap(shared.call::<_, ()>("turn", (0, 65521))), Trap::MemoryOutOfBounds);
}

#[test]
fn waits_need_a_shared_memory() {
    let engine = engine();
    let mut guest = Guest::alone(
        &engine,
        r#"(module (memory 1)
            (func (export "wait") (param i32) (result i32)
                (memory.atomic.wait32 (local.get 0) (i32.const 0) (i64.const -1)))
            (func (export "notify") (result i32)
                (memory.atomic.notify (i32.const 0) (i32.const 1)) (atomic.fence)))"#,
    );
    let error = guest.call::<i32, i32>("wait", 0).unwrap_err();
    assert_eq!(error.root_cause().to_string(), "wasm trap: atomic wait on non-shared memory");
    assert_eq!(trap(guest.call::<i32, i32>("wait", 2)), Trap::HeapMisaligned);
    assert_eq!(guest.call::<(), i32>("notify", ()).unwrap(), 0);
}

#[test]
fn the_host_is_told_what_is_wrong() {
    let memory = memory(&engine());
    for (unaligned, beyond) in [
        (memory.atomic_notify(2, 1).unwrap_err(), memory.atomic_notify(65536, 1).unwrap_err()),
        (
            memory.atomic_wait32(1, 0, None).unwrap_err(),
            memory.atomic_wait32(1 << 40, 0, None).unwrap_err(),
        ),
        (
            memory.atomic_wait64(4, 0, None).unwrap_err(),
            memory.atomic_wait64(u64::MAX - 7, 0, None).unwrap_err(),
        ),
    ] {
        assert_eq!((unaligned, beyond), (Trap::HeapMisaligned, Trap::MemoryOutOfBounds));
    }
    assert_eq!(
        SharedMemory::new(&engine(), MemoryType::new(1, Some(2))).unwrap_err().to_string(),
        "shared memory must have the `shared` flag enabled on its memory type"
    );
    let without = Engine::default();
    let disabled =
        "shared memory support is disabled for this engine -- see `Config::shared_memory`";
    let error = SharedMemory::new(&without, MemoryType::shared(1, 2)).unwrap_err();
    assert_eq!(error.to_string(), disabled);
    let module = Module::new(&without, "(module (memory 1 1 shared))").unwrap();
    let mut store = Store::new(&without, ());
    let error = Instance::new(&mut store, &module, &[]).unwrap_err();
    assert_eq!(error.to_string(), disabled);
    let error = Memory::new(&mut store, MemoryType::shared(1, 2)).unwrap_err();
    assert_eq!(error.to_string(), "shared memories must be created through `SharedMemory`");
    let huge = MemoryType::builder().memory64(true).shared(true).max(Some(1 << 48)).build();
    let error = SharedMemory::new(&engine(), huge.unwrap()).unwrap_err().to_string();
    assert!(error.starts_with("out of memory: a shared memory of up to"), "{error}");
}

#[test]
fn limiters_are_asked_for_all_that_a_shared_memory_can_have() {
    let engine = engine();
    let limits = |pages: usize| StoreLimitsBuilder::new().memory_size(pages * 65536);
    let make = |limits: StoreLimitsBuilder| {
        let mut store = Store::new(&engine, limits.build());
        store.limiter(|limits| limits);
        let module = Module::new(&engine, "(module (memory 1 4 shared))").unwrap();
        let instance = Instance::new(&mut store, &module, &[]).map(drop);
        let default = ExternType::from(MemoryType::shared(1, 4)).default_value(&mut store);
        [instance, default.map(drop)].map(|made| made.map_err(|error| error.to_string()))
    };
    assert_eq!(make(limits(4)), [Ok(()), Ok(())]);
    let refused = "shared memory maximum size of 4 pages exceeds memory limits";
    assert_eq!(make(limits(3)), [refused, refused].map(|text| Err(text.into())));
    let trapped = "forcing trap when growing memory to 262144 bytes";
    let trapping = limits(3).trap_on_grow_failure(true);
    assert_eq!(make(trapping), [trapped, trapped].map(|text| Err(text.into())));

    // What the host makes is the host's business, and so is how it grows.
    let mut store = Store::new(&engine, limits(1).build());
    store.limiter(|limits| limits);
    let module =
        module(&engine, r#"(func (export "grow") (result i32) (memory.grow (i32.const 3)))"#);
    let instance = Instance::new(&mut store, &module, &[memory(&engine).into()]).unwrap();
    let grow = instance.get_typed_func::<(), i32>(&mut store, "grow").unwrap();
    assert_eq!(grow.call(&mut store, ()).unwrap(), 1);
}

#[test]
fn threads_can_be_switched_off() {
    let engine = Engine::new(Config::new().wasm_threads(false)).unwrap();
    assert!(Module::new(&engine, "(module (memory 1 1 shared))").is_err());
    let atomic = "(module (memory 1) (func (drop (i32.atomic.load (i32.const 0)))))";
    assert!(Module::new(&engine, atomic).is_err());
    assert!(Module::new(&Engine::default(), atomic).is_ok());
}

#[test]
fn shared_memories_are_imported_and_exported() {
    let engine = engine();
    let mut exporter = Guest::alone(
        &engine,
        r#"(module
            (memory (export "memory") 1 4 shared) (data (i32.const 3) "\07")
            (func (export "grow") (drop (memory.grow (i32.const 1)))))"#,
    );
    let memory = exporter.instance.get_shared_memory(&mut exporter.store, "memory").unwrap();
    assert!(exporter.instance.get_memory(&mut exporter.store, "memory").is_none());
    assert_eq!(memory.ty(), MemoryType::shared(1, 4));
    assert_eq!((memory.size(), memory.page_size()), (1, 65536));
    let export = exporter.instance.get_export(&mut exporter.store, "memory").unwrap();
    assert!(matches!(export.ty(&exporter.store), ExternType::Memory(ty) if ty.is_shared()));
    assert!(matches!(export, Extern::SharedMemory(_)));

    // In another store, by a linker that another store's items cannot be in.
    let reader = r#"(module
        (import "m" "memory" (memory 2 4 shared))
        (export "again" (memory 0))
        (func (export "read") (result i32) (i32.load8_u (i32.const 3))))"#;
    let reader = Module::new(&engine, reader).unwrap();
    let mut other = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    linker.define(&other, "m", "memory", memory.clone()).unwrap();
    // It has one page, two are wanted.
    let error = linker.instantiate(&mut other, &reader).unwrap_err();
    assert_eq!(
        error.root_cause().to_string(),
        "memory types incompatible: expected memory limits (min: 2, max: 4) doesn't match \
         provided memory limits (min: 1, max: 4)"
    );
    exporter.call::<(), ()>("grow", ()).unwrap();
    let instance = linker.instantiate(&mut other, &reader).unwrap();
    let read = instance.get_typed_func::<(), i32>(&mut other, "read").unwrap();
    assert_eq!(read.call(&mut other, ()).unwrap(), 7);
    let again = instance.get_shared_memory(&mut other, "again").unwrap();
    assert_eq!(again.data().as_ptr(), memory.data().as_ptr());
    assert_eq!(again.size(), 2);
    // For a pre-instance the size at definition counts.
    let pre = linker.instantiate_pre(&reader);
    let error = pre.unwrap_err().root_cause().to_string();
    assert!(error.contains("(min: 1, max: 4)"), "{error}");
}

#[test]
fn imports_are_checked() {
    let engine = engine();
    let mut store = Store::new(&engine, ());
    let shared = memory(&engine);
    let own = Memory::new(&mut store, MemoryType::new(1, Some(4))).unwrap();
    let mut import = |ty: &str, item: Extern| {
        let module = format!(r#"(module (import "a" "b" (memory {ty})))"#);
        let module = Module::new(&engine, module).unwrap();
        let result = Instance::new(&mut store, &module, &[item]);
        result.map_err(|error| error.root_cause().to_string())
    };
    import("1 4 shared", shared.clone().into()).unwrap();
    import("0 9 shared", shared.clone().into()).unwrap();
    assert_eq!(
        import("1 4", shared.clone().into()).unwrap_err(),
        "memory types incompatible: expected non-shared memory, found shared memory"
    );
    assert_eq!(
        import("1 4 shared", own.into()).unwrap_err(),
        "memory types incompatible: expected shared memory, found non-shared memory"
    );
    assert!(import("1 3 shared", shared.clone().into()).unwrap_err().contains("limits"));
    assert!(import("2 4 shared", shared.into()).unwrap_err().contains("limits"));

    // Of another engine.
    let foreign = memory(&self::engine());
    let error = import("1 4 shared", foreign.into()).unwrap_err();
    assert_eq!(error, "cross-`Store` instantiation is not currently supported");
    let ty = ExternType::from(MemoryType::shared(1, 2));
    let default = ty.default_value(&mut store).unwrap();
    assert_eq!(default.into_shared_memory().unwrap().ty(), MemoryType::shared(1, 2));
}

#[test]
fn host_functions_see_the_memory_of_their_caller() {
    let engine = engine();
    let mut store = Store::new(&engine, ());
    let peek = Func::wrap(&mut store, |mut caller: wasmote::Caller<'_, ()>| -> Result<u64> {
        let memory = caller.get_export("memory").and_then(Extern::into_shared_memory).unwrap();
        memory.grow(1)
    });
    let module = Module::new(
        &engine,
        r#"(module (import "" "f" (func $f (result i64)))
            (memory (export "memory") 1 2 shared)
            (func (export "g") (result i64 i32) (call $f) (memory.size)))"#,
    );
    let instance = Instance::new(&mut store, &module.unwrap(), &[peek.into()]).unwrap();
    let g = instance.get_typed_func::<(), (i64, i32)>(&mut store, "g").unwrap();
    assert_eq!(g.call(&mut store, ()).unwrap(), (1, 2));
}

#[test]
fn a_memory_outlives_the_stores_that_use_it() {
    let engine = engine();
    let memory = {
        let mut guest = Guest::alone(
            &engine,
            r#"(module (memory (export "memory") 1 1 shared) (data (i32.const 0) "\05"))"#,
        );
        guest.instance.get_shared_memory(&mut guest.store, "memory").unwrap()
    };
    assert_eq!(memory.atomic_wait32(0, 5, Some(Duration::ZERO)).unwrap(), WaitResult::TimedOut);
    assert_eq!(memory.atomic_wait32(0, 0, None).unwrap(), WaitResult::Mismatch);
}
