//! Asynchronous calls: host functions that wait, guests that yield, futures that are dropped at any point.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use wasmote::*;

/// Waits until it has been polled so many times.
async fn wait(polls: u32) {
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Counts how often it is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Polls a future to its end; how often it was pending. It must have been woken each time.
fn run<F: Future>(future: F) -> (F::Output, usize) {
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(woken.clone());
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    let mut pending = 0;
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return (output, pending),
            Poll::Pending => pending += 1,
        }
        assert_eq!(woken.0.load(Ordering::Relaxed), pending, "nobody would poll it again");
    }
}

/// Polls a future so many times; whether it is done.
fn poll<F: Future>(future: Pin<&mut F>, times: usize) -> bool {
    let mut context = Context::from_waker(Waker::noop());
    let mut future = future;
    (0..times).any(|_| future.as_mut().poll(&mut context).is_ready())
}

fn module(engine: &Engine, wat: &str) -> Module {
    Module::new(engine, wat).unwrap()
}

const REQUIRED: &str = "store configuration requires that `*_async` functions are used instead";

#[track_caller]
fn assert_required<V>(result: Result<V>) {
    match result {
        Ok(_) => panic!("it was not refused"),
        Err(error) => assert_eq!(error.to_string(), REQUIRED),
    }
}

#[test]
fn a_guest_waits_for_the_host() {
    let mut store = Store::new(&Engine::default(), Vec::new());
    let sleep = Func::wrap_async(&mut store, |mut caller: Caller<'_, Vec<u32>>, (n,): (u32,)| {
        Box::new(async move {
            caller.data_mut().push(n);
            wait(n).await;
            caller.data_mut().push(n);
            n * 10
        })
    });
    let module = module(
        store.engine(),
        r#"(module (import "" "sleep" (func $sleep (param i32) (result i32)))
            (func (export "run") (param i32) (result i32)
                (i32.add (call $sleep (local.get 0)) (call $sleep (i32.const 3)))))"#,
    );
    let (instance, _) = run(Instance::new_async(&mut store, &module, &[sleep.into()]));
    let run_it = instance.unwrap().get_typed_func::<u32, u32>(&mut store, "run").unwrap();
    let (result, pending) = run(run_it.call_async(&mut store, 2));
    assert_eq!((result.unwrap(), pending), (50, 5));
    assert_eq!(*store.data(), [2, 2, 3, 3]);
    // What is ready at once does not wait.
    let (result, pending) = run(sleep.typed::<u32, u32>(&store).unwrap().call_async(&mut store, 0));
    assert_eq!((result.unwrap(), pending), (0, 0));
}

#[test]
fn arguments_and_results_are_borrowed_while_the_host_waits() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let types = [ValType::I32, ValType::F64, ValType::V128, ValType::EXTERNREF];
    let ty = FuncType::new(&engine, types.clone(), types);
    let copy = Func::new_async(&mut store, ty, |_, params, results| {
        Box::new(async move {
            wait(2).await;
            results.copy_from_slice(params);
            wait(1).await;
            Ok(())
        })
    });
    let root = ExternRef::new(&mut store, "it").unwrap();
    let params = [Val::I32(7), Val::from(0.5), Val::V128(3.into()), Val::from(root)];
    let mut results = [Val::null_func_ref(); 4];
    let (outcome, pending) = run(copy.call_async(&mut store, &params, &mut results));
    outcome.unwrap();
    assert_eq!(pending, 3);
    assert_eq!((results[0].unwrap_i32(), results[1].unwrap_f64()), (7, 0.5));
    assert_eq!(results[2].unwrap_v128(), 3.into());
    let root = results[3].unwrap_extern_ref().unwrap();
    assert_eq!(root.data(&store).unwrap().unwrap().downcast_ref(), Some(&"it"));
    // Counts and types are checked as in other calls.
    let (error, _) = run(copy.call_async(&mut store, &params[1..], &mut results));
    assert_eq!(error.unwrap_err().to_string(), "expected 4 arguments, got 3");
    let wrong = [params[1], params[1], params[2], params[3]];
    let (error, _) = run(copy.call_async(&mut store, &wrong, &mut results));
    assert_eq!(error.unwrap_err().to_string(), "argument type mismatch");
    let one = FuncType::new(&engine, [], [ValType::I32]);
    let none = Func::new_async(&mut store, one, |_, _, _| Box::new(async { Ok(()) }));
    let (error, _) = run(none.call_async(&mut store, &[], &mut results[..1]));
    let error = format!("{:?}", error.unwrap_err());
    assert!(error.contains("function attempted to return an incompatible value"), "{error}");
}

#[test]
fn futures_may_be_sent_if_the_data_may() {
    fn assert_send<V: Send>(value: V) -> V {
        value
    }
    let engine = Engine::default();
    let mut store = Store::new(&engine, 0_u32);
    let empty = module(&engine, r#"(module (func (export "_start")))"#);
    let mut linker = Linker::<u32>::new(&engine);
    linker.func_wrap_async("", "f", |_, (): ()| Box::new(async {})).unwrap();
    let func = Func::wrap_async(&mut store, |_, (): ()| Box::new(async {}));
    let typed = func.typed::<(), ()>(&store).unwrap();
    drop(assert_send(func.call_async(&mut store, &[], &mut [])));
    drop(assert_send(typed.call_async(&mut store, ())));
    drop(assert_send(Instance::new_async(&mut store, &empty, &[])));
    drop(assert_send(linker.instantiate_async(&mut store, &empty)));
    drop(assert_send(linker.module_async(&mut store, "m", &empty)));
    let pre = linker.instantiate_pre(&empty).unwrap();
    drop(assert_send(pre.instantiate_async(&mut store)));
    drop(assert_send(Memory::new_async(&mut store, MemoryType::new(1, None))));
    let table = TableType::new(RefType::FUNCREF, 1, None);
    drop(assert_send(Table::new_async(&mut store, table, Ref::Func(None))));
}

#[test]
fn what_is_not_asynchronous_is_refused_where_it_has_to_be() {
    let engine = Engine::default();
    let guest =
        module(&engine, r#"(module (import "" "f" (func $f)) (func (export "_start") (call $f)))"#);
    let empty = module(&engine, "(module)");
    let check = |store: &mut Store<()>| {
        let func = Func::wrap(&mut *store, || 7_i32);
        let typed = func.typed::<(), i32>(&*store).unwrap();
        assert_required(func.call(&mut *store, &[], &mut [Val::I32(0)]));
        assert_required(typed.call(&mut *store, ()));
        assert_required(Instance::new(&mut *store, &empty, &[]));
        let linker = Linker::new(&engine);
        assert_required(linker.instantiate(&mut *store, &empty));
        assert_required(linker.instantiate_pre(&empty).unwrap().instantiate(&mut *store));
        // And what is, is not.
        assert_eq!(run(typed.call_async(&mut *store, ())).0.unwrap(), 7);
        run(linker.instantiate_async(&mut *store, &empty)).0.unwrap();
    };
    let mut store = Store::new(&engine, ());
    Func::wrap_async(&mut store, |_, (): ()| Box::new(async {}));
    check(&mut store);

    // A linker's function makes the store one as soon as it is there.
    let mut linker = Linker::new(&engine);
    linker.func_wrap_async("", "f", |_, (): ()| Box::new(async { wait(1).await })).unwrap();
    let mut store = Store::new(&engine, ());
    run(linker.instantiate_async(&mut store, &empty)).0.unwrap();
    linker.instantiate(&mut store, &empty).unwrap();
    assert_required(linker.instantiate(&mut store, &guest));
    check(&mut store);

    let metered = Engine::new(Config::new().consume_fuel(true).epoch_interruption(true)).unwrap();
    let mut store = Store::new(&metered, ());
    store.set_fuel(1000).unwrap();
    store.fuel_async_yield_interval(None).unwrap();
    assert_required(Instance::new(&mut store, &module(&metered, "(module)"), &[]));
    let error = store.fuel_async_yield_interval(Some(0)).unwrap_err();
    assert_eq!(error.to_string(), "fuel_async_yield_interval must not be 0");
    let mut store = Store::new(&metered, ());
    store.epoch_deadline_async_yield_and_update(1);
    assert_required(Instance::new(&mut store, &module(&metered, "(module)"), &[]));
    let error = Store::<()>::default().fuel_async_yield_interval(Some(1)).unwrap_err();
    assert_eq!(error.to_string(), "fuel is not configured in this store");
}

#[test]
fn a_host_function_cannot_smuggle_one_that_waits_into_a_call_that_does_not() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let make = Func::wrap(&mut store, |mut caller: Caller<'_, ()>| {
        Some(Func::wrap_async(&mut caller, |_, (): ()| Box::new(async {})))
    });
    let guest = module(
        &engine,
        r#"(module (import "" "make" (func $make (result funcref))) (table 1 funcref) (type $f (func))
            (func (export "run") (table.set (i32.const 0) (call $make)) (call_indirect (type $f) (i32.const 0))))"#,
    );
    let instance = Instance::new(&mut store, &guest, &[make.into()]).unwrap();
    let run_it = instance.get_typed_func::<(), ()>(&mut store, "run").unwrap();
    let error = run_it.call(&mut store, ()).unwrap_err();
    assert_eq!(error.root_cause().to_string(), REQUIRED);
    run(run_it.call_async(&mut store, ())).0.unwrap();
}

/// A call that does not wait goes on as such, whatever its host functions make of the store meanwhile.
#[test]
fn a_call_in_progress_stays_what_it_is() {
    let mut config = Config::new();
    config.consume_fuel(true).compilation_mode(CompilationMode::Lazy);
    let engine = Engine::new(&config).unwrap();
    let mut store = Store::new(&engine, ());
    store.set_fuel(1_000_000).unwrap();
    let change = Func::wrap(&mut store, |mut caller: Caller<'_, ()>| {
        caller.fuel_async_yield_interval(Some(10))
    });
    let guest = module(
        &engine,
        r#"(module (import "" "change" (func $change)) (memory 1)
            (func $count (param $n i32)
                (loop (local.set $n (i32.sub (local.get $n) (i32.const 1))) (br_if 0 (local.get $n))))
            (func (export "grow") (result i32)
                (call $change) (call $count (i32.const 1000)) (memory.grow (i32.const 1)))
            (func (export "trap") (call $change) unreachable))"#,
    );
    let instance = Instance::new(&mut store, &guest, &[change.into()]).unwrap();
    let grow = instance.get_typed_func::<(), i32>(&mut store, "grow").unwrap();
    assert_eq!(grow.call(&mut store, ()).unwrap(), 1);
    assert_required(grow.call(&mut store, ()));
    let (result, pending) = run(grow.call_async(&mut store, ()));
    assert_eq!(result.unwrap(), 2);
    assert!(pending > 200, "{pending}");

    let mut store = Store::new(&engine, ());
    store.set_fuel(1_000_000).unwrap();
    let change =
        Func::wrap(&mut store, |mut caller: Caller<'_, ()>| caller.fuel_async_yield_interval(None));
    let instance = Instance::new(&mut store, &guest, &[change.into()]).unwrap();
    let trap = instance.get_typed_func::<(), ()>(&mut store, "trap").unwrap();
    let error = trap.call(&mut store, ()).unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::UnreachableCodeReached));
}

/// What is dropped, in order.
type Dropped = Arc<Log>;

/// A type of its own, since rustc cannot show that futures are `Send` whose types have lifetimes in them.
#[derive(Default)]
struct Log(Mutex<Vec<&'static str>>);

impl Log {
    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

struct Value(&'static str, Dropped);

impl Drop for Value {
    fn drop(&mut self) {
        self.1.0.lock().unwrap().push(self.0);
    }
}

/// A guest whose function `outer` calls the host, which calls the guest's `inner`, which calls the host again: each waits.
fn nested(engine: &Engine) -> (Store<Dropped>, Instance) {
    let mut store = Store::new(engine, Dropped::default());
    let mut linker = Linker::new(engine);
    linker
        .func_wrap_async("", "first", |mut caller: Caller<'_, Dropped>, (n,): (i32,)| {
            Box::new(async move {
                let _value = Value("first", caller.data().clone());
                wait(1).await;
                let inner = caller.get_export("inner").unwrap().into_func().unwrap();
                let inner = inner.typed::<i32, i32>(&caller)?;
                let result = inner.call_async(&mut caller, n + 1).await?;
                wait(1).await;
                Ok(result + 100)
            })
        })
        .unwrap();
    linker
        .func_wrap_async("", "second", |caller: Caller<'_, Dropped>, (n,): (i32,)| {
            Box::new(async move {
                let _value = Value("second", caller.data().clone());
                wait(2).await;
                n * 2
            })
        })
        .unwrap();
    let guest = module(
        engine,
        r#"(module
            (import "" "first" (func $first (param i32) (result i32)))
            (import "" "second" (func $second (param i32) (result i32)))
            (global $depth (export "depth") (mut i32) (i32.const 0))
            (func (export "outer") (param i32) (result i32)
                (i32.add (i32.const 1000) (call $first (local.get 0))))
            (func (export "inner") (param i32) (result i32)
                (i32.add (i32.const 10) (call $second (local.get 0))))
            (func (export "plain") (result i32) (i32.const 42)))"#,
    );
    let instance = run(linker.instantiate_async(&mut store, &guest)).0.unwrap();
    (store, instance)
}

#[test]
fn a_future_may_be_dropped_at_any_point() {
    let (mut store, instance) = nested(&Engine::default());
    let outer = instance.get_typed_func::<i32, i32>(&mut store, "outer").unwrap();
    let plain = instance.get_typed_func::<(), i32>(&mut store, "plain").unwrap();
    let (result, polls) = run(outer.call_async(&mut store, 3));
    assert_eq!((result.unwrap(), polls), (1000 + 100 + 10 + 8, 4));
    assert_eq!(store.data().take(), ["second", "first"]);
    for n in 0..=polls {
        let mut future = Box::pin(outer.call_async(&mut store, 3));
        assert!(!poll(future.as_mut(), n));
        drop(future);
        // Inner values before outer ones, each once.
        let dropped = store.data().take();
        let expected: &[&str] = match n {
            0 => &[],
            1 => &["first"],
            _ => &["second", "first"],
        };
        assert_eq!(dropped, expected, "after {n} polls");
        // The next call starts clean.
        assert_eq!(run(plain.call_async(&mut store, ())).0.unwrap(), 42);
        assert_eq!(run(outer.call_async(&mut store, 3)).0.unwrap(), 1118);
        store.data().take();
    }
}

#[test]
fn a_thousand_dropped_futures_leave_nothing_behind() {
    let mut config = Config::new();
    config.max_wasm_stack(64 << 10);
    let (mut store, instance) = nested(&Engine::new(&config).unwrap());
    let outer = instance.get_typed_func::<i32, i32>(&mut store, "outer").unwrap();
    for n in 0..1000 {
        let mut future = Box::pin(outer.call_async(&mut store, 3));
        assert!(!poll(future.as_mut(), n % 5));
    }
    assert_eq!(run(outer.call_async(&mut store, 3)).0.unwrap(), 1118);
}

#[test]
fn a_store_is_usable_after_a_panic_in_a_host_future() {
    let (mut store, instance) = nested(&Engine::default());
    let panics = Func::wrap_async(&mut store, |caller: Caller<'_, Dropped>, (): ()| {
        Box::new(async move {
            let _value = Value("panics", caller.data().clone());
            wait(1).await;
            if true {
                panic!("it does");
            }
        })
    });
    let panics = panics.typed::<(), ()>(&store).unwrap();
    let outcome = catch_unwind(AssertUnwindSafe(|| run(panics.call_async(&mut store, ()))));
    assert_eq!(outcome.unwrap_err().downcast_ref(), Some(&"it does"));
    assert_eq!(store.data().take(), ["panics"]);
    let outer = instance.get_typed_func::<i32, i32>(&mut store, "outer").unwrap();
    assert_eq!(run(outer.call_async(&mut store, 3)).0.unwrap(), 1118);
}

#[test]
fn a_start_function_may_wait_and_be_abandoned() {
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    linker
        .func_wrap_async("", "f", |mut caller: Caller<'_, u32>, (): ()| {
            Box::new(async move {
                wait(2).await;
                *caller.data_mut() += 1;
            })
        })
        .unwrap();
    let guest = module(
        &engine,
        r#"(module (import "" "f" (func $f)) (memory (export "m") 1) (data (i32.const 0) "x")
            (func $start (call $f) (call $f)) (start $start))"#,
    );
    let mut store = Store::new(&engine, 0);
    let (instance, pending) = run(linker.instantiate_async(&mut store, &guest));
    assert_eq!((pending, *store.data()), (4, 2));
    let memory = instance.unwrap().get_memory(&mut store, "m").unwrap();
    assert_eq!(memory.data(&store)[0], b'x');
    for n in 0..=pending {
        let mut store = Store::new(&engine, 0);
        assert!(!poll(pin!(linker.instantiate_async(&mut store, &guest)), n));
        assert_eq!(*store.data(), n.saturating_sub(1) as u32 / 2);
        run(linker.instantiate_async(&mut store, &guest)).0.unwrap();
    }
    // A host function as the start function: its caller is the instance.
    let guest = module(&engine, r#"(module (import "" "f" (func $f)) (start $f))"#);
    run(linker.instantiate_async(&mut store, &guest)).0.unwrap();
    assert_eq!(*store.data(), 3);
}

#[test]
fn commands_and_reactors_wait() {
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    linker
        .func_wrap_async("", "f", |mut caller: Caller<'_, u32>, (n,): (u32,)| {
            Box::new(async move {
                wait(n).await;
                *caller.data_mut() += n;
            })
        })
        .unwrap();
    let mut store = Store::new(&engine, 0);
    let command = module(
        &engine,
        r#"(module (import "" "f" (func $f (param i32))) (global $n (mut i32) (i32.const 1))
            (func (export "_start") (call $f (i32.const 2)))
            (func (export "next") (result i32)
                (call $f (global.get $n)) (global.set $n (i32.const 5)) (global.get $n)))"#,
    );
    let reactor = module(
        &engine,
        r#"(module (import "" "f" (func $f (param i32)))
            (func (export "_initialize") (call $f (i32.const 3))))"#,
    );
    assert_eq!(run(linker.module_async(&mut store, "command", &command)).1, 0);
    let (outcome, pending) = run(linker.module_async(&mut store, "reactor", &reactor));
    assert_eq!((outcome.is_ok(), pending, *store.data()), (true, 3, 3));
    let next = linker.get(&mut store, "command", "next").unwrap().into_func().unwrap();
    let next = next.typed::<(), u32>(&store).unwrap();
    for call in 1..4 {
        // Each in an instance of its own.
        let (result, pending) = run(next.call_async(&mut store, ()));
        assert_eq!((result.unwrap(), pending, *store.data()), (5, 1, 3 + call));
    }
    assert!(!poll(pin!(next.call_async(&mut store, ())), 1));
    let start = linker.get_default(&mut store, "command").unwrap();
    run(start.call_async(&mut store, &[], &mut [])).0.unwrap();
    assert_eq!(*store.data(), 8);
    let wrong = module(&engine, r#"(module (func (export "_initialize") (param i32)))"#);
    let (outcome, _) = run(linker.module_async(&mut store, "wrong", &wrong));
    let error = outcome.err().unwrap().to_string();
    assert_eq!(error, "loading the Reactor initialization function");
}

#[test]
fn commands_and_reactors_may_be_abandoned_at_any_point() {
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    linker
        .func_wrap_async("", "f", |caller: Caller<'_, Dropped>, (): ()| {
            Box::new(async move {
                let _value = Value("f", caller.data().clone());
                wait(2).await;
            })
        })
        .unwrap();
    let command = module(
        &engine,
        r#"(module (import "" "f" (func $f)) (start $f) (func (export "_start") (call $f) (call $f)))"#,
    );
    let reactor = module(
        &engine,
        r#"(module (import "" "f" (func $f)) (start $f) (func (export "_initialize") (call $f)))"#,
    );
    let mut store = Store::new(&engine, Dropped::default());
    // How many calls of `f` have begun after so many polls.
    let begun = |polls: usize| polls.div_ceil(2);
    for polls in 0..=4 {
        let mut linker = linker.clone();
        assert!(!poll(pin!(linker.module_async(&mut store, "reactor", &reactor)), polls));
        assert_eq!(store.data().take().len(), begun(polls), "after {polls} polls");
        // Nothing was defined, so it can be done again.
        run(linker.module_async(&mut store, "reactor", &reactor)).0.unwrap();
        assert_eq!(store.data().take(), ["f", "f"]);
    }
    run(linker.module_async(&mut store, "command", &command)).0.unwrap();
    let start = linker.get_default(&mut store, "command").unwrap();
    for polls in 0..=6 {
        assert!(!poll(pin!(start.call_async(&mut store, &[], &mut [])), polls));
        assert_eq!(store.data().take().len(), begun(polls), "after {polls} polls");
        run(start.call_async(&mut store, &[], &mut [])).0.unwrap();
        assert_eq!(store.data().take(), ["f", "f", "f"]);
    }
}

#[test]
fn a_panic_at_any_depth_and_poll_ends_all_calls() {
    let (mut store, instance) = nested(&Engine::default());
    for polls in 0..4 {
        let inner = Func::wrap_async(&mut store, move |caller: Caller<'_, Dropped>, (): ()| {
            Box::new(async move {
                let _value = Value("inner", caller.data().clone());
                wait(polls).await;
                if true {
                    panic!("after {polls} polls");
                }
            })
        });
        let outer = Func::wrap_async(&mut store, move |mut caller: Caller<'_, Dropped>, (): ()| {
            Box::new(async move {
                let _value = Value("outer", caller.data().clone());
                wait(1).await;
                inner.call_async(&mut caller, &[], &mut []).await
            })
        });
        let call = AssertUnwindSafe(|| run(outer.call_async(&mut store, &[], &mut [])));
        let payload = catch_unwind(call).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&format!("after {polls} polls")));
        assert_eq!(store.data().take(), ["inner", "outer"]);
        let call = instance.get_typed_func::<i32, i32>(&mut store, "outer").unwrap();
        assert_eq!(run(call.call_async(&mut store, 3)).0.unwrap(), 1118);
        store.data().take();
    }
}

const SPIN: &str = r#"(module (func (export "spin") (loop (br 0)))
    (func (export "count") (param i32) (result i32) (local $n i32)
        (loop (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if 0 (i32.lt_u (local.get $n) (local.get 0)))) (local.get $n)))"#;

#[test]
fn guests_yield_by_the_fuel_that_they_consume() {
    for epochs in [false, true] {
        let mut config = Config::new();
        config.consume_fuel(true).epoch_interruption(epochs);
        let engine = Engine::new(&config).unwrap();
        let guest = module(&engine, SPIN);
        let count = |interval: Option<u64>, fuel: u64, n: u32| {
            let mut store = Store::new(&engine, ());
            store.set_epoch_deadline(1 << 40);
            store.set_fuel(1 << 40).unwrap();
            store.fuel_async_yield_interval(interval).unwrap();
            let instance = run(Instance::new_async(&mut store, &guest, &[])).0.unwrap();
            let count = instance.get_typed_func::<u32, u32>(&mut store, "count").unwrap();
            store.set_fuel(fuel).unwrap();
            let (result, pending) = run(count.call_async(&mut store, n));
            (
                result.map_err(|e| *e.downcast_ref::<Trap>().unwrap()),
                pending,
                store.get_fuel().unwrap(),
            )
        };
        let (result, pending, left) = count(None, 1_000_000, 10_000);
        assert_eq!((result, pending), (Ok(10_000), 0));
        let consumed = 1_000_000 - left;
        for interval in [100, 1_000, 10_000, consumed - 20] {
            let (result, pending, now_left) = count(Some(interval), 1_000_000, 10_000);
            assert_eq!((result, now_left), (Ok(10_000), left), "yields cost nothing");
            // A check point may come a few units after the interval.
            let expected = (consumed / interval) as usize;
            assert!((expected * 9 / 10..=expected).contains(&pending), "{pending} of {expected}");
        }
        assert_eq!(count(Some(2 * consumed), 1_000_000, 10_000).1, 0);
        let (result, pending, left) = count(Some(1_000), 20_000, 10_000);
        assert_eq!((result, left), (Err(Trap::OutOfFuel), 0));
        assert!((17..=20).contains(&pending), "{pending}");
        // More fuel than is counted at once.
        let (result, pending, left) = count(Some(1 << 50), u64::MAX, 1_000);
        assert_eq!((result, pending), (Ok(1_000), 0));
        assert!(u64::MAX - left < 10_000);
    }
}

#[test]
fn guests_yield_at_the_epochs_deadline() {
    let engine = Engine::new(Config::new().epoch_interruption(true)).unwrap();
    let guest = module(&engine, SPIN);
    let mut store = Store::new(&engine, 0);
    store.epoch_deadline_async_yield_and_update(1);
    let instance = run(Instance::new_async(&mut store, &guest, &[])).0.unwrap();
    let count = instance.get_typed_func::<u32, u32>(&mut store, "count").unwrap();
    store.set_epoch_deadline(1);
    assert_eq!(run(count.call_async(&mut store, 1_000)).1, 0);
    engine.increment_epoch();
    assert_eq!(run(count.call_async(&mut store, 1_000)).1, 1);
    assert_eq!(run(count.call_async(&mut store, 1_000)).1, 0);
    // A callback that waits as long as it likes, and counts.
    store.epoch_deadline_callback(|mut store| {
        *store.data_mut() += 1;
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(wait(3))))
    });
    engine.increment_epoch();
    assert_eq!(run(count.call_async(&mut store, 1_000)).1, 3);
    assert_eq!(*store.data(), 1);
    store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Interrupt));
    engine.increment_epoch();
    let error = run(count.call_async(&mut store, 1_000)).0.unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::Interrupt));
}

#[test]
fn endless_guests_share_a_thread_fairly() {
    let engine = Engine::new(Config::new().consume_fuel(true)).unwrap();
    let guest = module(&engine, SPIN);
    let mut stores: Vec<Store<()>> = (0..10).map(|_| Store::new(&engine, ())).collect();
    let mut futures = Vec::new();
    for store in &mut stores {
        store.set_fuel(u64::MAX).unwrap();
        store.fuel_async_yield_interval(Some(10_000)).unwrap();
        let guest = &guest;
        futures.push(Box::pin(async move {
            let instance = Instance::new_async(&mut *store, guest, &[]).await?;
            let spin = instance.get_typed_func::<(), ()>(&mut *store, "spin")?;
            spin.call_async(&mut *store, ()).await
        }));
    }
    for _ in 0..100 {
        for future in &mut futures {
            assert!(!poll(future.as_mut(), 1));
        }
    }
    drop(futures);
    for store in &stores {
        let consumed = u64::MAX - store.get_fuel().unwrap();
        assert!((990_000..1_010_000).contains(&consumed), "{consumed}");
    }
}

/// Waits before it answers, and refuses what is large.
struct Slow {
    asked: Vec<usize>,
    failed: usize,
}

#[async_trait::async_trait]
impl ResourceLimiterAsync for Slow {
    async fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        wait(2).await;
        self.asked.push(desired);
        Ok(desired <= 3 << 16)
    }
    fn memory_grow_failed(&mut self, _: Error) -> Result<()> {
        self.failed += 1;
        Ok(())
    }
    async fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        wait(1).await;
        self.asked.push(desired);
        Ok(desired <= 10)
    }
}

#[test]
fn a_limiter_may_wait() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, Slow { asked: Vec::new(), failed: 0 });
    store.limiter_async(|limits| limits);
    let ty = MemoryType::new(1, Some(2));
    assert_required(Memory::new(&mut store, ty.clone()));
    let table = TableType::new(RefType::FUNCREF, 2, None);
    assert_required(Table::new(&mut store, table.clone(), Ref::Func(None)));
    let (memory, pending) = run(Memory::new_async(&mut store, ty));
    let memory = memory.unwrap();
    assert_eq!(pending, 2);
    assert_required(memory.grow(&mut store, 1));
    assert_eq!(run(memory.grow_async(&mut store, 1)).0.unwrap(), 1);
    assert!(run(memory.grow_async(&mut store, 1)).0.is_err(), "beyond its maximum");
    assert_eq!(store.data().failed, 1);
    let (table, pending) = run(Table::new_async(&mut store, table, Ref::Func(None)));
    assert_eq!(pending, 1);
    assert_eq!(run(table.unwrap().grow_async(&mut store, 5, Ref::Func(None))).0.unwrap(), 2);
    store.data_mut().asked.clear();

    let guest = module(
        &engine,
        r#"(module (memory 1) (table 1 funcref)
            (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
            (func (export "table") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))"#,
    );
    let (instance, pending) = run(Instance::new_async(&mut store, &guest, &[]));
    assert_eq!(pending, 3);
    let instance = instance.unwrap();
    let grow = instance.get_typed_func::<i32, i32>(&mut store, "grow").unwrap();
    let table = instance.get_typed_func::<i32, i32>(&mut store, "table").unwrap();
    let mut call = |func: &TypedFunc<i32, i32>, n| {
        let (result, pending) = run(func.call_async(&mut store, n));
        (result.unwrap(), pending)
    };
    assert_eq!([call(&grow, 2), call(&grow, 1)], [(1, 2), (-1, 2)]);
    assert_eq!([call(&table, 9), call(&table, 1)], [(1, 1), (-1, 1)]);
    assert_eq!(store.data().asked, [1 << 16, 1, 3 << 16, 4 << 16, 10, 11]);
    // Dropped while the limiter thinks, nothing grows.
    assert!(!poll(pin!(grow.call_async(&mut store, 0)), 0));
    let mut future = Box::pin(table.call_async(&mut store, 0));
    assert!(poll(future.as_mut(), 1), "it grows by nothing");
}

#[test]
fn nesting_is_bounded_and_deep_recursion_traps() {
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    linker
        .func_wrap_async("", "again", |mut caller: Caller<'_, u32>, (): ()| {
            Box::new(async move {
                *caller.data_mut() += 1;
                wait(u32::from(caller.data().is_multiple_of(50))).await;
                let again = caller.get_export("run").unwrap().into_func().unwrap();
                again.typed::<(), ()>(&caller)?.call_async(&mut caller, ()).await
            })
        })
        .unwrap();
    let guest = module(
        &engine,
        r#"(module (import "" "again" (func $again)) (func (export "run") (call $again))
            (func $deep (export "deep") (param i32) (result i32)
                (i32.add (i32.const 1) (call $deep (local.get 0)))))"#,
    );
    let mut store = Store::new(&engine, 0);
    let instance = run(linker.instantiate_async(&mut store, &guest)).0.unwrap();
    let run_it = instance.get_typed_func::<(), ()>(&mut store, "run").unwrap();
    let (result, pending) = run(run_it.call_async(&mut store, ()));
    assert_eq!(result.unwrap_err().downcast_ref::<Trap>(), Some(&Trap::StackOverflow));
    assert_eq!((*store.data(), pending), (200, 4));
    let deep = instance.get_typed_func::<i32, i32>(&mut store, "deep").unwrap();
    let (result, _) = run(deep.call_async(&mut store, 1));
    assert_eq!(result.unwrap_err().downcast_ref::<Trap>(), Some(&Trap::StackOverflow));
}

#[test]
fn roots_of_a_host_future_end_with_it() {
    let mut store = Store::new(&Engine::default(), None);
    let make = Func::wrap_async(&mut store, |mut caller: Caller<'_, _>, (n,): (u32,)| {
        Box::new(async move {
            let root = ExternRef::new(&mut caller, n)?;
            *caller.data_mut() = Some(root);
            wait(n).await;
            assert!(root.data(&caller)?.is_some());
            Ok(())
        })
    });
    let make = make.typed::<u32, ()>(&store).unwrap();
    run(make.call_async(&mut store, 1)).0.unwrap();
    let root: Rooted<ExternRef> = store.data().unwrap();
    assert!(root.data(&store).is_err());
    assert!(!poll(pin!(make.call_async(&mut store, 5)), 3));
    let root = store.data().unwrap();
    assert!(root.data(&store).is_err());
}

#[test]
fn traps_and_errors_come_with_a_backtrace() {
    let (mut store, _) = nested(&Engine::default());
    let fails = Func::wrap_async(&mut store, |_, (): ()| {
        Box::new(async {
            wait(1).await;
            Err::<(), _>(format_err!("no more"))
        })
    });
    let guest = module(
        store.engine(),
        r#"(module (import "" "fails" (func $fails)) (func $a (export "a") (call $fails))
            (func $b (export "b") (call $a)) (func (export "trap") unreachable))"#,
    );
    let instance = run(Instance::new_async(&mut store, &guest, &[fails.into()])).0.unwrap();
    let b = instance.get_typed_func::<(), ()>(&mut store, "b").unwrap();
    let error = run(b.call_async(&mut store, ())).0.unwrap_err();
    assert_eq!(error.root_cause().to_string(), "no more");
    let frames = error.downcast_ref::<WasmBacktrace>().unwrap().frames();
    assert_eq!(frames.iter().map(|f| f.func_name()).collect::<Vec<_>>(), [Some("a"), Some("b")]);
    let trap = instance.get_typed_func::<(), ()>(&mut store, "trap").unwrap();
    let error = run(trap.call_async(&mut store, ())).0.unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::UnreachableCodeReached));
}

/// A guest that echoes what comes in, line by line, and counts them; all its input and output waits in the host.
#[test]
fn a_guest_serves_connections_under_tokio() {
    use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::{Duration, sleep, timeout};

    const LINES: usize = 20;
    const CONNECTIONS: usize = 16;
    struct State {
        stream: BufStream<TcpStream>,
        line: Vec<u8>,
    }
    let engine = Engine::new(Config::new().epoch_interruption(true)).unwrap();
    let mut linker = Linker::<State>::new(&engine);
    linker
        .func_wrap_async("io", "read", |mut caller: Caller<'_, State>, (at,): (u32,)| {
            Box::new(async move {
                let state = caller.data_mut();
                state.line.clear();
                state.stream.read_until(b'\n', &mut state.line).await?;
                let line = state.line.clone();
                let memory = caller.get_export("memory").unwrap().into_memory().unwrap();
                memory.write(&mut caller, at as usize, &line)?;
                Ok(line.len() as u32)
            })
        })
        .unwrap();
    linker
        .func_wrap_async("io", "write", |mut caller: Caller<'_, State>, (at, len): (u32, u32)| {
            Box::new(async move {
                let memory = caller.get_export("memory").unwrap().into_memory().unwrap();
                let bytes = memory.data(&caller)[at as usize..][..len as usize].to_vec();
                caller.data_mut().stream.write_all(&bytes).await?;
                caller.data_mut().stream.flush().await?;
                Ok(())
            })
        })
        .unwrap();
    linker
        .func_wrap_async("io", "rest", |_, (): ()| {
            Box::new(async { sleep(Duration::from_millis(1)).await })
        })
        .unwrap();
    let guest = module(
        &engine,
        r#"(module
            (import "io" "read" (func $read (param i32) (result i32)))
            (import "io" "write" (func $write (param i32 i32))) (import "io" "rest" (func $rest))
            (memory (export "memory") 1)
            (func (export "serve") (result i32) (local $lines i32) (local $len i32)
                (loop $again
                    (if (local.tee $len (call $read (i32.const 64))) (then
                        (call $rest)
                        (call $write (i32.const 64) (local.get $len))
                        (local.set $lines (i32.add (local.get $lines) (i32.const 1)))
                        (br $again))))
                (local.get $lines)))"#,
    );
    let pre = linker.instantiate_pre(&guest).unwrap();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let serve_all = async move {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut clients = Vec::new();
        for client in 0..CONNECTIONS {
            clients.push(tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                for line in 0..LINES {
                    let sent = format!("line {line} of client {client}\n");
                    stream.write_all(sent.as_bytes()).await.unwrap();
                    let mut received = vec![0; sent.len()];
                    stream.read_exact(&mut received).await.unwrap();
                    assert_eq!(received, sent.as_bytes());
                }
            }));
        }
        let mut servers = Vec::new();
        for _ in 0..CONNECTIONS {
            let (stream, _) = listener.accept().await.unwrap();
            let (engine, pre) = (engine.clone(), pre.clone());
            servers.push(tokio::spawn(async move {
                let state = State { stream: BufStream::new(stream), line: Vec::new() };
                let mut store = Store::new(&engine, state);
                store.epoch_deadline_async_yield_and_update(1);
                let instance = pre.instantiate_async(&mut store).await?;
                let serve = instance.get_typed_func::<(), u32>(&mut store, "serve")?;
                serve.call_async(&mut store, ()).await
            }));
        }
        for client in clients {
            client.await.unwrap();
        }
        let mut served = 0;
        for server in servers {
            served += server.await.unwrap().unwrap();
        }
        served
    };
    let limited = async { timeout(Duration::from_secs(60), serve_all).await };
    let served = runtime.unwrap().block_on(limited).expect("it does not hang");
    assert_eq!(served as usize, LINES * CONNECTIONS);
}
