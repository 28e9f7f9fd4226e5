//! Epochs: when guests look at them, and what happens at the deadline.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use wasmote::*;

fn engine() -> Engine {
    Engine::new(Config::new().epoch_interruption(true)).expect("epochs are supported")
}

/// An instance of a module that imports `tick`, which advances the epoch, and a store that counts.
fn instance(engine: &Engine, wat: &str) -> Result<(Store<u32>, Instance)> {
    let mut store = Store::new(engine, 0);
    let mut linker = Linker::new(engine);
    linker.func_wrap("", "tick", |caller: Caller<'_, u32>| caller.engine().increment_epoch())?;
    let module = Module::new(engine, wat)?;
    store.set_epoch_deadline(1_000_000);
    let instance = linker.instantiate(&mut store, &module)?;
    Ok((store, instance))
}

#[track_caller]
fn is_interrupt(result: Result<()>) {
    let error = result.expect_err("interrupted");
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::Interrupt), "{error:#}");
}

const EMPTY: &str = r#"(module (func (export "run")))"#;
const SPIN: &str = r#"(module (func (export "run") (loop (br 0))))"#;

#[test]
fn without_the_option_epochs_mean_nothing() -> Result<()> {
    let engine = Engine::default();
    let (mut store, instance) = instance(&engine, EMPTY)?;
    let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    store.set_epoch_deadline(0);
    engine.increment_epoch();
    run.call(&mut store, ())
}

#[test]
fn the_deadline_of_a_new_store_is_reached() -> Result<()> {
    let engine = engine();
    let module = Module::new(&engine, EMPTY)?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    is_interrupt(run.call(&mut store, ()));
    store.set_epoch_deadline(1);
    run.call(&mut store, ())?;
    engine.increment_epoch();
    is_interrupt(run.call(&mut store, ()));
    // The store can be used after it.
    store.set_epoch_deadline(1);
    run.call(&mut store, ())
}

#[test]
fn deadlines_count_from_the_current_epoch() -> Result<()> {
    let engine = engine();
    for _ in 0..5 {
        engine.increment_epoch();
    }
    let (mut store, instance) = instance(&engine, EMPTY)?;
    let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    store.set_epoch_deadline(2);
    engine.increment_epoch();
    run.call(&mut store, ())?;
    engine.increment_epoch();
    is_interrupt(run.call(&mut store, ()));
    store.set_epoch_deadline(u64::MAX);
    run.call(&mut store, ())
}

#[test]
fn guests_look_at_function_entries_and_loop_heads_only() -> Result<()> {
    for (body, looks) in [
        ("", false),
        ("(block (br 0)) (if (i32.const 1) (then) (else)) (drop (i32.const 1))", false),
        ("(block (block (br_table 0 1 (i32.const 1))))", false),
        ("(block (br_if 0 (i32.const 1)))", false),
        ("return", false),
        ("(call $f)", true),
        ("(call_indirect (i32.const 0))", true),
        ("(loop)", true),
    ] {
        let engine = engine();
        let wat = format!(
            r#"(module (import "" "tick" (func $tick))
                (table 1 funcref) (elem (i32.const 0) $f)
                (func $f)
                (func (export "run") (call $tick) {body}))"#
        );
        let (mut store, instance) = instance(&engine, &wat)?;
        let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
        store.set_epoch_deadline(1);
        let result = run.call(&mut store, ());
        if looks { is_interrupt(result) } else { result? }
    }
    Ok(())
}

#[test]
fn every_way_back_to_a_loop_looks() -> Result<()> {
    for back in [
        "br 0",
        "i32.const 1 br_if 0",
        "i32.const 0 i32.eqz br_if 0",
        "i32.const 7 br_table 0 0",
        "block i32.const 1 br_table 0 1 end",
        "i32.const 1 if br 1 end",
        "block br 1 end",
    ] {
        let engine = engine();
        let wat = format!(
            r#"(module (import "" "tick" (func $tick))
                (global $n (export "n") (mut i32) (i32.const 0))
                (func (export "run")
                    loop
                        (global.set $n (i32.add (global.get $n) (i32.const 1)))
                        call $tick
                        {back}
                    end))"#
        );
        let (mut store, instance) = instance(&engine, &wat)?;
        let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
        store.set_epoch_deadline(3);
        is_interrupt(run.call(&mut store, ()));
        let n = instance.get_global(&mut store, "n").expect("exported").get(&mut store);
        assert_eq!(n.unwrap_i32(), 3, "{back}");
    }
    Ok(())
}

#[test]
fn other_threads_interrupt_a_guest() -> Result<()> {
    let engine = engine();
    let (mut store, instance) = instance(&engine, SPIN)?;
    let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    store.set_epoch_deadline(1);
    let done = Arc::new(AtomicBool::new(false));
    let ticker = thread::spawn({
        let (engine, done) = (engine.clone(), done.clone());
        move || {
            while !done.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(1));
                engine.increment_epoch();
            }
        }
    });
    let start = Instant::now();
    is_interrupt(run.call(&mut store, ()));
    assert!(start.elapsed() < Duration::from_secs(5));
    done.store(true, Ordering::Relaxed);
    ticker.join().expect("no panic");
    Ok(())
}

/// Ticks five times in a loop that looks in between.
const FIVE_TICKS: &str = r#"(module (import "" "tick" (func $tick))
    (memory (export "memory") 1)
    (func (export "run") (result i32)
        (local $n i32) (local $sum i32)
        (loop
            (call $tick)
            (local.set $sum (i32.add (local.get $sum) (local.get $n)))
            (br_if 0 (i32.lt_s
                (local.tee $n (i32.add (local.get $n) (i32.const 1)))
                (i32.const 5))))
        (local.get $sum)))"#;

#[test]
fn a_callback_that_continues_is_called_at_every_deadline() -> Result<()> {
    for (ticks, calls) in [(1, 4), (2, 2), (4, 1), (100, 1)] {
        let engine = engine();
        let (mut store, instance) = instance(&engine, FIVE_TICKS)?;
        store.epoch_deadline_callback(move |mut store| {
            *store.data_mut() += 1;
            Ok(UpdateDeadline::Continue(ticks))
        });
        store.set_epoch_deadline(1);
        let run = instance.get_typed_func::<(), i32>(&mut store, "run")?;
        assert_eq!(run.call(&mut store, ())?, 10);
        assert_eq!(*store.data(), calls, "{ticks}");
    }
    Ok(())
}

#[test]
fn a_callback_may_interrupt_err_or_yield() -> Result<()> {
    let call = |update: fn() -> Result<UpdateDeadline>| -> Result<i32> {
        let engine = engine();
        let (mut store, instance) = instance(&engine, FIVE_TICKS)?;
        store.epoch_deadline_callback(move |_| update());
        store.set_epoch_deadline(1);
        let run = instance.get_typed_func::<(), i32>(&mut store, "run")?;
        let result = run.call(&mut store, ());
        // The callback is still there.
        let again = run.call(&mut store, ()).map_err(|e| e.to_string());
        assert_eq!(again.is_err(), result.is_err());
        result
    };
    let error = call(|| Ok(UpdateDeadline::Interrupt)).unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::Interrupt));
    assert!(error.downcast_ref::<WasmBacktrace>().is_some());
    let error = call(|| bail!("enough")).unwrap_err();
    assert_eq!(error.root_cause().to_string(), "enough");
    let error = call(|| Ok(UpdateDeadline::Yield(1))).unwrap_err();
    assert!(
        error.root_cause().to_string().contains("without using an async wasm entrypoint"),
        "{error:#}"
    );
    let custom = || Ok(UpdateDeadline::YieldCustom(1, Box::pin(std::future::ready(()))));
    assert!(
        call(custom)
            .unwrap_err()
            .root_cause()
            .to_string()
            .contains("without using an async wasm entrypoint")
    );
    Ok(())
}

#[test]
fn trapping_can_be_asked_for_again() -> Result<()> {
    let engine = engine();
    let (mut store, instance) = instance(&engine, FIVE_TICKS)?;
    let run = instance.get_typed_func::<(), i32>(&mut store, "run")?;
    store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Continue(1)));
    store.set_epoch_deadline(1);
    assert_eq!(run.call(&mut store, ())?, 10);
    store.epoch_deadline_trap();
    is_interrupt(run.call(&mut store, ()).map(drop));
    Ok(())
}

#[test]
fn a_callback_may_grow_memories_and_call_guests() -> Result<()> {
    let engine = engine();
    let wat = r#"(module (import "" "tick" (func $tick))
        (memory (export "memory") 1)
        (func (export "one") (result i32) (i32.const 1))
        (func (export "run") (result i32)
            (local $n i32)
            (i32.store (i32.const 65532) (i32.const 7))
            (loop
                (call $tick)
                (i32.store (i32.const 65532) (i32.add (i32.load (i32.const 65532)) (i32.const 1)))
                (br_if 0 (i32.lt_s
                    (local.tee $n (i32.add (local.get $n) (i32.const 1)))
                    (i32.const 20))))
            ;; The second page is only there if the callback has grown the memory.
            (i32.store (i32.const 65536) (i32.load (i32.const 65532)))
            (i32.load (i32.const 65536))))"#;
    let (mut store, instance) = instance(&engine, wat)?;
    let memory = instance.get_memory(&mut store, "memory").expect("exported");
    let one = instance.get_typed_func::<(), i32>(&mut store, "one")?;
    store.epoch_deadline_callback(move |mut store| {
        memory.grow(&mut store, 1)?;
        // The deadline is not updated yet, so a guest that is called now would trap.
        is_interrupt(one.call(&mut store, ()).map(drop));
        store.set_epoch_deadline(1);
        assert_eq!(one.call(&mut store, ())?, 1);
        *store.data_mut() += 1;
        Ok(UpdateDeadline::Continue(1))
    });
    store.set_epoch_deadline(1);
    let run = instance.get_typed_func::<(), i32>(&mut store, "run")?;
    assert_eq!(run.call(&mut store, ())?, 27);
    assert_eq!(*store.data(), 19);
    assert_eq!(memory.size(&store), 20);
    Ok(())
}

#[test]
fn guests_called_by_a_callback_leave_the_frames_of_the_one_that_waits_alone() -> Result<()> {
    let engine = engine();
    let wat = r#"(module
        (func (export "other") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
        (func $depth (param $n i32) (result i32)
            (local $spare i32)
            (if (result i32) (local.get $n)
                (then (i32.add (i32.const 1) (call $depth (i32.sub (local.get $n) (i32.const 1)))))
                (else (local.get $spare))))
        (func (export "run") (result i32)
            (local $n i32)
            (loop
                (br_if 0 (i32.lt_s
                    (local.tee $n (i32.add (local.get $n) (i32.const 1)))
                    (i32.const 10))))
            (i32.add (local.get $n) (call $depth (i32.const 10)))))"#;
    let (mut store, instance) = instance(&engine, wat)?;
    let other = instance.get_typed_func::<i32, i32>(&mut store, "other")?;
    store.epoch_deadline_callback(move |mut store| {
        store.set_epoch_deadline(1);
        assert_eq!(other.call(&mut store, 998)?, 999);
        *store.data_mut() += 1;
        // Reached at once, at each check point.
        Ok(UpdateDeadline::Continue(0))
    });
    store.set_epoch_deadline(0);
    let run = instance.get_typed_func::<(), i32>(&mut store, "run")?;
    assert_eq!(run.call(&mut store, ())?, 20);
    // Two functions' entries, ten more of the recursion, ten loop heads, and eleven returns to a caller.
    assert_eq!(*store.data(), 33);
    Ok(())
}

#[test]
fn the_backtrace_says_where_the_guest_was() -> Result<()> {
    let engine = engine();
    let wat = r#"(module (import "" "tick" (func $tick))
        (func $callee)
        (func (export "run") (call $tick) (call $callee)))"#;
    let (mut store, instance) = instance(&engine, wat)?;
    let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    store.epoch_deadline_callback(|store| {
        let backtrace = WasmBacktrace::force_capture(&store);
        let frames: Vec<_> = backtrace.frames().iter().map(|f| f.func_index()).collect();
        assert_eq!(frames, [1, 2]);
        Ok(UpdateDeadline::Interrupt)
    });
    store.set_epoch_deadline(1);
    let error = run.call(&mut store, ()).unwrap_err();
    let frames = error.downcast_ref::<WasmBacktrace>().expect("a backtrace").frames();
    let frames: Vec<_> = frames.iter().map(|f| (f.func_index(), f.func_offset())).collect();
    // One byte of locals; a call is two bytes.
    assert_eq!(frames, [(1, Some(1)), (2, Some(3))]);
    Ok(())
}

#[test]
fn epochs_and_fuel_together() -> Result<()> {
    let engine = Engine::new(Config::new().epoch_interruption(true).consume_fuel(true))?;
    let mut store = Store::new(&engine, ());
    store.set_fuel(u64::MAX)?;
    store.set_epoch_deadline(1);
    let module = Module::new(
        &engine,
        r#"(module
            (func (export "spin") (loop (br 0)))
            (func (export "run") (local i32)
                (loop (br_if 0 (i32.lt_s
                    (local.tee 0 (i32.add (local.get 0) (i32.const 1)))
                    (i32.const 10))))))"#,
    )?;
    let instance = Instance::new(&mut store, &module, &[])?;
    let spin = instance.get_typed_func::<(), ()>(&mut store, "spin")?;
    let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    store.set_fuel(1000)?;
    run.call(&mut store, ())?;
    assert_eq!(store.get_fuel()?, 1000 - 71);
    let error = spin.call(&mut store, ()).unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::OutOfFuel));

    // The epoch is due in every iteration, and the callback refills.
    store.set_fuel(1000)?;
    store.epoch_deadline_callback(|mut store| {
        let fuel = store.get_fuel()?;
        store.set_fuel(fuel + 7)?;
        Ok(UpdateDeadline::Continue(0))
    });
    store.set_epoch_deadline(0);
    run.call(&mut store, ())?;
    // Entry, loop head, and nine times back to it.
    assert_eq!(store.get_fuel()?, 1000 - 71 + 11 * 7);
    Ok(())
}
