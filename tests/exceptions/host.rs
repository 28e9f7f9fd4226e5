//! Exceptions and the host: what becomes of them where a guest ends, and where the host stands between guests.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use wasmote::*;

use super::engine;

/// A guest that throws, whose export `again` is called by the host function `host.again` of another one.
const THROWER: &str = r#"(module
  (tag $e (export "e") (param i32))
  (tag $other (export "other"))
  (func (export "throw") (param i32)
    (if (i32.eqz (local.get 0)) (then (throw $other)))
    (throw $e (local.get 0))))"#;

/// Calls `host.call`, which may throw, in a block that catches `e`.
const CATCHER: &str = r#"(module
  (import "t" "e" (tag $e (param i32)))
  (import "host" "call" (func $call (param i32)))
  (type $call (func (param i32)))
  (table funcref (elem $call))
  (func $deeper (param i32) (call $call (local.get 0)))
  (func (export "near") (param i32) (result i32)
    (block $h (result i32)
      (try_table (catch $e $h) (call $call (local.get 0)))
      (i32.const -1)))
  (func (export "far") (param i32) (result i32)
    (block $h (result i32)
      (try_table (catch $e $h) (call $deeper (local.get 0)))
      (i32.const -1)))
  (func (export "table") (param i32) (result i32)
    (block $h (result i32)
      (try_table (catch $e $h) (call_indirect (type $call) (local.get 0) (i32.const 0)))
      (i32.const -1)))
  ;; Not covered: the calls are in tail position.
  (func $tail (param i32) (try_table (catch_all 0) (return_call $call (local.get 0))))
  (func $tail-table (param i32)
    (try_table (catch_all 0) (return_call_indirect (type $call) (local.get 0) (i32.const 0))))
  (func (export "tail") (param i32) (result i32)
    (block $h (result i32)
      (try_table (catch $e $h) (call $tail (local.get 0)) (unreachable))
      (unreachable)))
  (func (export "tail-table") (param i32) (result i32)
    (block $h (result i32)
      (try_table (catch $e $h) (call $tail-table (local.get 0)) (unreachable))
      (unreachable)))
  ;; Any error but an exception passes by.
  (func (export "all") (param i32) (result i32)
    (block $h
      (try_table (catch_all $h) (call $call (local.get 0)))
      (return (i32.const 0)))
    (i32.const 1))
  (func (export "loop") (param i32)
    (loop $next (try_table (catch_all $next) (call $call (local.get 0))))))"#;

const WAYS: [&str; 5] = ["near", "far", "table", "tail", "tail-table"];

/// An instance of [`CATCHER`] whose `call` is a function of the host that calls `throw`, and does `then` with its outcome.
fn catcher<T: 'static>(
    store: &mut Store<T>,
    then: impl Fn(&mut Caller<'_, T>, Result<()>) -> Result<()> + Send + Sync + 'static,
) -> Result<Instance> {
    let engine = store.engine().clone();
    let mut linker = Linker::new(&engine);
    let thrower = Instance::new(&mut *store, &Module::new(&engine, THROWER)?, &[])?;
    linker.instance(&mut *store, "t", thrower)?;
    let throw = thrower.get_typed_func::<i32, ()>(&mut *store, "throw")?;
    linker.func_wrap("host", "call", move |mut caller: Caller<'_, T>, n: i32| {
        let outcome = throw.call(&mut caller, n);
        then(&mut caller, outcome)
    })?;
    linker.instantiate(&mut *store, &Module::new(&engine, CATCHER)?)
}

fn call<T: 'static>(store: &mut Store<T>, instance: Instance, name: &str, n: i32) -> Result<i32> {
    instance.get_typed_func::<i32, i32>(&mut *store, name)?.call(store, n)
}

#[test]
fn what_a_host_function_lets_through_is_caught_below() -> Result<()> {
    let mut store = Store::new(&engine(|_| ()), ());
    let instance = catcher(&mut store, |caller, outcome| {
        assert!(outcome.as_ref().unwrap_err().is::<ThrownException>());
        assert!(StoreContextMut::from(&mut *caller).has_pending_exception());
        outcome
    })?;
    for way in WAYS {
        for _ in 0..3 {
            assert_eq!(call(&mut store, instance, way, 7)?, 7, "{way}");
            assert!(!store.has_pending_exception());
        }
        // Nobody catches the other one.
        let error = call(&mut store, instance, way, 0).unwrap_err();
        assert!(error.is::<ThrownException>() && store.has_pending_exception(), "{way}");
    }
    assert_eq!(call(&mut store, instance, "all", 0)?, 1);
    assert!(!store.has_pending_exception());
    Ok(())
}

#[test]
fn what_a_host_function_keeps_is_over() -> Result<()> {
    let mut store = Store::new(&engine(|_| ()), ());
    let instance = catcher(&mut store, |_, _| Ok(()))?;
    assert_eq!(call(&mut store, instance, "near", 7)?, -1);
    assert!(store.has_pending_exception());
    Ok(())
}

#[test]
fn the_host_throws_what_it_has_taken() -> Result<()> {
    // Kept in the store's scope, over collections, and thrown in a later call.
    let mut store = Store::new(&engine(|_| ()), None::<OwnedRooted<ExnRef>>);
    let instance = catcher(&mut store, |caller, outcome| {
        let mut store = StoreContextMut::from(&mut *caller);
        let taken = match store.take_pending_exception() {
            Some(taken) => taken,
            None => return outcome,
        };
        assert!(!store.has_pending_exception());
        if let Some(kept) = store.data().clone() {
            let kept = kept.to_rooted(&mut store);
            return store.throw(kept);
        }
        let kept = taken.to_owned_rooted(&mut store)?;
        *store.data_mut() = Some(kept);
        Ok(())
    })?;
    assert_eq!(call(&mut store, instance, "near", 7)?, -1);
    store.gc(None)?;
    for n in [8, 0] {
        // The first one, whatever is thrown.
        for way in WAYS {
            assert_eq!(call(&mut store, instance, way, n)?, 7, "{way}");
            assert!(!store.has_pending_exception());
            store.gc(None)?;
        }
    }
    Ok(())
}

#[test]
fn an_exception_is_of_its_store_and_scope() -> Result<()> {
    let engine = engine(|_| ());
    let mut store = Store::new(&engine, ());
    assert!(store.take_pending_exception().is_none());
    let thrower = Instance::new(&mut store, &Module::new(&engine, THROWER)?, &[])?;
    let throw = thrower.get_typed_func::<i32, ()>(&mut store, "throw")?;
    let ended = {
        let mut scope = RootScope::new(&mut store);
        assert!(throw.call(&mut scope, 1).is_err());
        scope.as_context_mut().take_pending_exception().expect("it is pending")
    };
    let error = store.throw::<()>(ended).unwrap_err();
    assert!(!error.is::<ThrownException>() && !store.has_pending_exception());
    assert!(throw.call(&mut store, 1).is_err());
    let taken = store.take_pending_exception().expect("it is pending");
    let mut other = Store::new(&engine, ());
    assert!(!other.throw::<()>(taken).unwrap_err().is::<ThrownException>());
    assert!(store.throw::<()>(taken).unwrap_err().is::<ThrownException>());
    assert!(store.has_pending_exception());
    Ok(())
}

#[test]
fn other_errors_and_traps_are_not_caught() -> Result<()> {
    let mut store = Store::new(&engine(|_| ()), ());
    let instance = catcher(&mut store, |_, _| bail!("no exception"))?;
    let error = call(&mut store, instance, "all", 1).unwrap_err();
    assert_eq!(error.root_cause().to_string(), "no exception");

    // Without a pending exception it is an error like others.
    let mut store = Store::new(&engine(|_| ()), ());
    let module = r#"(module (import "" "" (func $f)) (func (export "f")
        (block (try_table (catch_all 0) (call $f)))))"#;
    let func = Func::wrap(&mut store, || -> Result<()> { Err(ThrownException.into()) });
    let module = Module::new(store.engine(), module)?;
    let instance = Instance::new(&mut store, &module, &[func.into()])?;
    let f = instance.get_typed_func::<(), ()>(&mut store, "f")?;
    assert!(f.call(&mut store, ()).unwrap_err().is::<ThrownException>());

    let module = r#"(module (memory 1) (table 1 funcref)
      (func $deep (call $deep))
      (func (export "f") (param i32)
        (block $h
          (try_table (catch_all $h)
            (block (block (block (block (block (br_table 0 1 2 3 4 (local.get 0)))
              (unreachable))
              (drop (i32.load (i32.const -1))) (unreachable))
              (drop (i32.div_u (i32.const 1) (i32.const 0))) (unreachable))
              (call_indirect (i32.const 0)) (unreachable))
            (call $deep)))))"#;
    let mut store = Store::new(&engine(|_| ()), ());
    let module = Module::new(store.engine(), module)?;
    let instance = Instance::new(&mut store, &module, &[])?;
    let f = instance.get_typed_func::<i32, ()>(&mut store, "f")?;
    for (n, trap) in [
        Trap::UnreachableCodeReached,
        Trap::MemoryOutOfBounds,
        Trap::IntegerDivisionByZero,
        Trap::IndirectCallToNull,
        Trap::StackOverflow,
    ]
    .into_iter()
    .enumerate()
    {
        let error = f.call(&mut store, n as i32).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&trap));
    }
    Ok(())
}

#[test]
fn an_exception_that_nobody_catches_has_its_backtrace() -> Result<()> {
    let module = r#"(module $m
      (tag $e)
      (func $throw nop (throw $e))
      (func $between (block (try_table (catch_all 0) (return_call $throw))))
      (func $outer (export "run") (call $between) (drop (i32.const 1))))"#;
    let mut store = Store::new(&engine(|_| ()), ());
    let module = Module::new(store.engine(), module)?;
    let instance = Instance::new(&mut store, &module, &[])?;
    let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    let error = run.call(&mut store, ()).unwrap_err();
    let backtrace = error.downcast_ref::<WasmBacktrace>().expect("a backtrace");
    let names: Vec<_> = backtrace.frames().iter().map(|frame| frame.func_name()).collect();
    assert_eq!(names, [Some("throw"), Some("outer")]);
    // One byte says that there are no locals, one is `nop`; a call comes first.
    let offsets: Vec<_> = backtrace.frames().iter().map(|frame| frame.func_offset()).collect();
    assert_eq!(offsets, [Some(2), Some(1)]);
    let messages: Vec<_> = error.chain().map(|cause| cause.to_string()).collect();
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages[0].starts_with("error while executing at wasm backtrace:\n    0: "));
    assert_eq!(messages[1], "thrown Wasm exception");
    // The store goes on.
    assert!(run.call(&mut store, ()).is_err());
    Ok(())
}

#[test]
fn an_exception_of_a_start_function_is_an_error_of_its_instantiation() -> Result<()> {
    let engine = engine(|_| ());
    let module = Module::new(&engine, "(module (tag $e) (func $f (throw $e)) (start $f))")?;
    let mut store = Store::new(&engine, ());
    let error = Instance::new(&mut store, &module, &[]).unwrap_err();
    assert!(error.is::<ThrownException>() && store.has_pending_exception());
    Ok(())
}

/// Waits so often.
async fn wait(mut polls: u32) {
    poll_fn(|context| {
        if polls == 0 {
            return Poll::Ready(());
        }
        polls -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Polls a future until it is ready, at most so often.
fn poll<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    (0..times).find_map(|_| match future.as_mut().poll(&mut context) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    })
}

/// The same as [`catcher`], whose host function waits before and after it calls the guest.
fn async_catcher(store: &mut Store<u32>) -> Result<Instance> {
    let engine = store.engine().clone();
    let mut linker = Linker::new(&engine);
    let thrower = Module::new(&engine, THROWER)?;
    let thrower = poll(Instance::new_async(&mut *store, &thrower, &[]), 1).expect("no wait")?;
    linker.instance(&mut *store, "t", thrower)?;
    let throw = thrower.get_typed_func::<i32, ()>(&mut *store, "throw")?;
    linker.func_wrap_async("host", "call", move |mut caller: Caller<'_, u32>, (n,): (i32,)| {
        let throw = throw.clone();
        Box::new(async move {
            let polls = *caller.data();
            wait(polls).await;
            let outcome = throw.call_async(&mut caller, n).await;
            wait(polls).await;
            outcome
        })
    })?;
    let module = Module::new(&engine, CATCHER)?;
    poll(linker.instantiate_async(&mut *store, &module), 1).expect("no wait")
}

#[test]
fn asynchronous_host_functions_throw_after_they_waited() -> Result<()> {
    for polls in [0, 1, 3] {
        let mut store = Store::new(&engine(|_| ()), polls);
        let instance = async_catcher(&mut store)?;
        for way in WAYS {
            let f = instance.get_typed_func::<i32, i32>(&mut store, way)?;
            assert_eq!(poll(f.call_async(&mut store, 7), 100).expect("it ends")?, 7, "{way}");
            assert!(!store.has_pending_exception());
            let error = poll(f.call_async(&mut store, 0), 100).expect("it ends").unwrap_err();
            assert!(error.is::<ThrownException>() && store.has_pending_exception(), "{way}");
        }
    }
    Ok(())
}

#[test]
fn a_call_that_is_dropped_leaves_no_handler() -> Result<()> {
    let mut store = Store::new(&engine(|_| ()), 2);
    let instance = async_catcher(&mut store)?;
    for way in WAYS {
        let f = instance.get_typed_func::<i32, i32>(&mut store, way)?;
        // Before the exception is thrown, and while it is pending.
        for polls in 1..=4 {
            assert!(poll(f.call_async(&mut store, 7), polls).is_none(), "{way}");
        }
        assert_eq!(poll(f.call_async(&mut store, 8), 100).expect("it ends")?, 8, "{way}");
    }
    Ok(())
}

#[test]
fn loops_through_handlers_end_with_their_time_or_fuel() -> Result<()> {
    let guest = r#"(module
      (tag $e)
      (func $throw (throw $e))
      (func (export "same") (loop $next (try_table (catch_all $next) (throw $e))))
      (func (export "near") (loop $next (try_table (catch $e $next) (call $throw))))
      (func (export "legacy") (loop $next try (throw $e) catch_all (br $next) end)))"#;
    let set: [fn(&mut Config); 2] = [
        |config| {
            config.consume_fuel(true);
        },
        |config| {
            config.epoch_interruption(true);
        },
    ];
    for (set, trap) in set.into_iter().zip([Trap::OutOfFuel, Trap::Interrupt]) {
        let engine = engine(set);
        let mut store = Store::new(&engine, ());
        let prepare = |store: &mut Store<()>| {
            let _ = store.set_fuel(100_000);
            store.set_epoch_deadline(1);
            store.epoch_deadline_trap();
        };
        prepare(&mut store);
        let ticker = || {
            let engine = engine.clone();
            std::thread::spawn(move || {
                std::thread::sleep(std::time::Duration::from_millis(20));
                engine.increment_epoch();
            })
        };
        let module = Module::new(&engine, guest)?;
        let instance = Instance::new(&mut store, &module, &[])?;
        for name in ["same", "near", "legacy"] {
            let f = instance.get_typed_func::<(), ()>(&mut store, name)?;
            prepare(&mut store);
            let ticker = ticker();
            let error = f.call(&mut store, ()).unwrap_err();
            assert_eq!(error.downcast_ref::<Trap>(), Some(&trap), "{name}: {error:?}");
            ticker.join().expect("it ends");
        }
        let instance = catcher(&mut store, |_, outcome| outcome)?;
        let f = instance.get_typed_func::<i32, ()>(&mut store, "loop")?;
        prepare(&mut store);
        let ticker = ticker();
        let error = f.call(&mut store, 1).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&trap), "{error:?}");
        ticker.join().expect("it ends");
    }
    Ok(())
}

#[test]
fn fuel_is_what_the_operators_cost_that_ran() -> Result<()> {
    // A unit for each operator but blocks, `end`, `drop` and `nop`.
    let guest = r#"(module
      (tag $e (param i32))
      (func $throw (param i32) (nop) (throw $e (i32.add (local.get 0) (i32.const 1)))) ;; 4, and 1 for the call
      (func (export "caught") (param i32) (result i32)
        (block $h (result i32)
          (try_table (catch $e $h) ;; 1
            (drop (i32.mul (local.get 0) (i32.const 2))) ;; 3
            (call $throw (local.get 0)) ;; 2
            (drop (i32.mul (local.get 0) (i32.const 2)))
            (drop (i32.mul (local.get 0) (i32.const 2))))
          (i32.const 0))
        (i32.add (i32.const 3))) ;; 2
      (func (export "uncaught") (param i32) (result i32)
        (drop (i32.const 1)) ;; 1
        (call $throw (local.get 0)) ;; 2
        (unreachable))
      (func (export "loop") (param i32) (result i32)
        (loop $next ;; 4 times
          (try_table (catch_all $next) ;; 1
            (if (local.tee 0 (i32.sub (local.get 0) (i32.const 1))) ;; 5
              (then (throw $e (i32.const 5)))))) ;; 2, but for the last time
        (local.get 0)) ;; 1
      (func (export "legacy") (param i32) (result i32)
        try (result i32) ;; 1
          (call $throw (local.get 0)) (unreachable) ;; 2
        catch $e
          (i32.add (i32.const 3)) ;; 2
        end))"#;
    let engine = engine(|config| {
        config.consume_fuel(true);
    });
    let mut store = Store::new(&engine, ());
    store.set_fuel(1_000)?;
    let module = Module::new(&engine, guest)?;
    let instance = Instance::new(&mut store, &module, &[])?;
    for (name, cost) in
        [("caught", 13), ("uncaught", 8), ("loop", 4 * 6 + 3 * 2 + 1), ("legacy", 10)]
    {
        let f = instance.get_typed_func::<i32, i32>(&mut store, name)?;
        store.set_fuel(1_000)?;
        let outcome = f.call(&mut store, 4);
        assert_eq!(outcome.is_ok(), name != "uncaught");
        // And one for the call of the export.
        assert_eq!(1_000 - store.get_fuel()?, cost + 1, "{name}");
    }
    Ok(())
}
