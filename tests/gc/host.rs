//! Data of the host in loops of guests, and calls that are abandoned.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wasmote::{Caller, Engine, ExternRef, Linker, Module, Result, Rooted, Store};

/// Counts how often it is dropped; the one of number 5 panics then.
struct Counted(usize, Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::Relaxed);
        assert!(self.0 != 5, "number 5 does not like it");
    }
}

const LOOP: &str = r#"(module
    (import "host" "make" (func $make (result externref)))
    (func (export "run") (param i32)
        (loop $l
            (drop (call $make))
            (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#;

#[test]
fn data_of_the_host_in_loops_is_dropped_once_each() -> Result<()> {
    const MANY: usize = if cfg!(debug_assertions) { 200_000 } else { 10_000_000 };
    let drops = Arc::new(AtomicUsize::new(0));
    let engine = Engine::default();
    let module = Module::new(&engine, LOOP)?;
    let mut store = Store::new(&engine, 10_usize);
    let mut linker = Linker::new(&engine);
    let counter = drops.clone();
    linker.func_wrap(
        "host",
        "make",
        move |mut caller: Caller<'_, usize>| -> Result<Option<Rooted<ExternRef>>> {
            *caller.data_mut() += 1;
            let value = Counted(*caller.data(), counter.clone());
            ExternRef::new(&mut caller, value).map(Some)
        },
    )?;
    let instance = linker.instantiate(&mut store, &module)?;
    let run = instance.get_typed_func::<u32, ()>(&mut store, "run")?;
    run.call(&mut store, MANY as u32)?;
    // Most of them are gone meanwhile.
    assert!(drops.load(Ordering::Relaxed) > MANY / 2);
    assert!(store.gc_heap_capacity() <= 4 << 20, "{}", store.gc_heap_capacity());
    store.gc(None)?;
    assert_eq!(drops.load(Ordering::Relaxed), MANY);

    // A destructor that panics leaves the store in order.
    *store.data_mut() = 0;
    run.call(&mut store, 10)?;
    let panicked = catch_unwind(AssertUnwindSafe(|| store.gc(None)));
    assert!(panicked.is_err());
    store.gc(None)?;
    assert_eq!(drops.load(Ordering::Relaxed), MANY + 10);
    *store.data_mut() = 10;
    run.call(&mut store, 10)?;
    store.gc(None)?;
    drop(store);
    assert_eq!(drops.load(Ordering::Relaxed), MANY + 20);
    Ok(())
}

#[cfg(feature = "async")]
#[tokio::test]
async fn calls_that_are_abandoned_leave_their_objects_to_the_collector() -> Result<()> {
    use std::num::NonZeroU32;
    use std::task::{Context, Waker};

    let mut config = wasmote::Config::new();
    config.gc_zeal_alloc_counter(NonZeroU32::new(1))?;
    let engine = Engine::new(&config)?;
    let module = Module::new(
        &engine,
        r#"(module
            (import "host" "wait" (func $wait (param i32)))
            (type $box (struct (field (mut i32)) (field (ref null $box))))
            (func (export "run") (param $n i32) (result i32)
                (local $list (ref null $box)) (local $sum i32)
                (loop $l
                    (local.set $list (struct.new $box (local.get $n) (local.get $list)))
                    (call $wait (struct.get $box 0 (local.get $list)))
                    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (loop $m
                    (local.set $sum (i32.add (local.get $sum) (struct.get $box 0 (local.get $list))))
                    (br_if $m (i32.eqz (ref.is_null (local.tee $list (struct.get $box 1 (local.get $list)))))))
                (local.get $sum)))"#,
    )?;
    let mut linker = Linker::new(&engine);
    linker.func_wrap_async("host", "wait", |mut caller: Caller<'_, ()>, (n,): (i32,)| {
        Box::new(async move {
            tokio::task::yield_now().await;
            // What the guest holds moves while it waits.
            caller.gc_async(None).await?;
            ExternRef::new_async(&mut caller, n).await?;
            Ok(())
        })
    })?;
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate_async(&mut store, &module).await?;
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
    for polls in 0..12 {
        {
            let mut call = std::pin::pin!(run.call_async(&mut store, 10));
            let mut context = Context::from_waker(Waker::noop());
            for _ in 0..polls {
                if call.as_mut().poll(&mut context).is_ready() {
                    break;
                }
            }
        }
        store.gc_async(None).await?;
        assert_eq!(run.call_async(&mut store, 10).await?, 55, "after {polls} polls");
    }
    Ok(())
}
