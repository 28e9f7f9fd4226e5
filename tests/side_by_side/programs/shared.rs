//! Shared memories and atomic operations.

use std::time::Duration;

use wasmtime::*;

use crate::report::{self, Report, engine, module};

pub(super) fn run(report: &mut Report) {
    let off = Engine::default();
    report.outcome(
        "off by default: SharedMemory::new",
        SharedMemory::new(&off, MemoryType::shared(1, 2)),
    );
    report.outcome("off by default: a module", Module::new(&off, "(module (memory 1 2 shared))"));
    let exporting = module(&off, r#"(module (memory (export "m") 1 2 shared))"#);
    let mut store = Store::new(&off, ());
    report.outcome("off by default: an instance", Instance::new(&mut store, &exporting, &[]));

    let engine = engine(|config| _ = config.shared_memory(true));
    report.outcome(
        "of a type that is not shared",
        SharedMemory::new(&engine, MemoryType::new(1, Some(2))),
    );
    let memory = SharedMemory::new(&engine, MemoryType::shared(1, 2)).expect("it is on");
    report.see("sizes", format!("{} {} {}", memory.size(), memory.data_size(), memory.page_size()));
    report.see("ty", report::memory(&memory.ty()));
    report.see("data", memory.data().len());
    report.result("grow", memory.grow(1));
    report.result("grow by nothing", memory.grow(0));
    report.result("grow beyond the maximum", memory.grow(1));
    report.see("ty after growth", report::memory(&memory.ty()));

    report.see("notify nobody", format!("{:?}", memory.atomic_notify(0, 1)));
    report.see("notify misaligned", format!("{:?}", memory.atomic_notify(2, 1)));
    report.see("notify out of bounds", format!("{:?}", memory.atomic_notify(1 << 17, 1)));
    report.see("wait32: another value", format!("{:?}", memory.atomic_wait32(0, 1, None)));
    report.see(
        "wait32: until a time",
        format!("{:?}", memory.atomic_wait32(0, 0, Some(Duration::from_millis(1)))),
    );
    report.see("wait32: misaligned", format!("{:?}", memory.atomic_wait32(2, 0, None)));
    report.see("wait32: out of bounds", format!("{:?}", memory.atomic_wait32(1 << 17, 0, None)));
    report.see("wait64: another value", format!("{:?}", memory.atomic_wait64(0, 1, None)));
    report.see(
        "wait64: until a time",
        format!("{:?}", memory.atomic_wait64(0, 0, Some(Duration::from_millis(1)))),
    );
    report.see("wait64: misaligned", format!("{:?}", memory.atomic_wait64(4, 0, None)));

    let guest = module(
        &engine,
        r#"(module $m (import "" "memory" (memory 1 2 shared)) (export "memory" (memory 0))
            (func $wait32 (export "wait32") (param i32 i32 i64) (result i32)
                (memory.atomic.wait32 (local.get 0) (local.get 1) (local.get 2)))
            (func $notify (export "notify") (param i32 i32) (result i32)
                (memory.atomic.notify (local.get 0) (local.get 1)))
            (func $add (export "add") (param i32 i32) (result i32)
                (i32.atomic.rmw.add (local.get 0) (local.get 1)))
            (func $grow (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#,
    );
    let mut store = Store::new(&engine, ());
    let instance =
        Instance::new(&mut store, &guest, &[memory.clone().into()]).expect("the types agree");
    let wait = instance
        .get_typed_func::<(i32, i32, i64), i32>(&mut store, "wait32")
        .expect("it is exported");
    report.result("guest: wait, another value", wait.call(&mut store, (0, 1, -1)));
    report.result("guest: wait, until a time", wait.call(&mut store, (0, 0, 1000)));
    report.result("guest: wait, misaligned", wait.call(&mut store, (1, 0, 1000)));
    report.result("guest: wait, out of bounds", wait.call(&mut store, (1 << 17, 0, 1000)));
    let notify =
        instance.get_typed_func::<(i32, i32), i32>(&mut store, "notify").expect("it is exported");
    report.result("guest: notify nobody", notify.call(&mut store, (0, 1)));
    report.result("guest: notify misaligned", notify.call(&mut store, (1, 1)));
    report.result("guest: notify out of bounds", notify.call(&mut store, (1 << 17, 1)));
    let add =
        instance.get_typed_func::<(i32, i32), i32>(&mut store, "add").expect("it is exported");
    report.result("guest: add", add.call(&mut store, (8, 5)));
    report.result("guest: add again", add.call(&mut store, (8, 5)));
    report.result("guest: add misaligned", add.call(&mut store, (9, 5)));
    let grow = instance.get_typed_func::<i32, i32>(&mut store, "grow").expect("it is exported");
    report.result("guest: grow beyond the maximum", grow.call(&mut store, 1));
    report.see("guest: get_memory", instance.get_memory(&mut store, "memory").is_some());
    report.see(
        "guest: get_shared_memory",
        instance.get_shared_memory(&mut store, "memory").is_some(),
    );
    let shared = instance.get_shared_memory(&mut store, "memory").expect("it is exported");
    report.see("guest: the same memory", shared.data().as_ptr() == memory.data().as_ptr());

    let waiter = {
        let memory = memory.clone();
        std::thread::spawn(move || {
            format!("{:?}", memory.atomic_wait32(16, 0, Some(Duration::from_secs(20))))
        })
    };
    let mut woken = 0;
    while woken == 0 {
        woken = memory.atomic_notify(16, 5).expect("it is in bounds");
        std::thread::yield_now();
    }
    report.see("two threads", format!("{woken} {}", waiter.join().expect("it ends")));
}
