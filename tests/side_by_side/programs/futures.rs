//! Asynchronous functions: what they need, and what their futures do at each poll.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use wasmtime::*;

use crate::report::{Report, engine, module};

/// A future that is ready at the second poll.
struct Once(bool);

impl Future for Once {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// The output of a future, and how often it was polled.
fn finish<V>(future: impl Future<Output = V>) -> (V, u32) {
    let mut future = pin!(future);
    let mut polls = 1;
    loop {
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => return (value, polls),
            Poll::Pending => polls += 1,
        }
    }
}

pub(super) fn run(report: &mut Report) {
    functions(report);
    fuel(report);
    epochs(report);
    instances(report);
}

fn functions(report: &mut Report) {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let plain = Func::wrap(&mut store, || 1);
    let (result, polls) =
        finish(plain.typed::<(), i32>(&store).expect("it is the type").call_async(&mut store, ()));
    report.result("a synchronous function", result.map(|value| format!("{value}, polls {polls}")));
    report.outcome("a synchronous call before", plain.call(&mut store, &[], &mut [Val::I32(0)]));
    let host = Func::wrap_async(&mut store, |_, (argument,): (i32,)| {
        Box::new(async move {
            Once(false).await;
            if argument < 0 { Err(Error::msg("of the future")) } else { Ok(argument + 1) }
        })
    });
    report.outcome(
        "a synchronous call of an asynchronous function",
        host.call(&mut store, &[Val::I32(1)], &mut [Val::I32(0)]),
    );
    report.outcome(
        "a synchronous call of another function",
        plain.call(&mut store, &[], &mut [Val::I32(0)]),
    );
    report.outcome("Instance::new", Instance::new(&mut store, &module(&engine, "(module)"), &[]));
    let typed = host.typed::<i32, i32>(&store).expect("it is the type");
    let (result, polls) = finish(typed.call_async(&mut store, 1));
    report.result("directly", result.map(|value| format!("{value}, polls {polls}")));
    let guest = module(
        &engine,
        r#"(module $m (import "" "f" (func $f (param i32) (result i32)))
            (func $twice (export "twice") (param i32) (result i32) (call $f (call $f (local.get 0)))))"#,
    );
    let (instance, polls) = finish(Instance::new_async(&mut store, &guest, &[host.into()]));
    report.result(
        "Instance::new_async",
        instance.as_ref().map(|_| format!("polls {polls}")).map_err(|_| Error::msg("error")),
    );
    let instance = instance.expect("the types agree");
    let twice = instance.get_typed_func::<i32, i32>(&mut store, "twice").expect("it is exported");
    let (result, polls) = finish(twice.call_async(&mut store, 1));
    report.result("through a guest", result.map(|value| format!("{value}, polls {polls}")));
    let (result, _) = finish(twice.call_async(&mut store, -5));
    report.result("an error through a guest", result);
    let (result, _) = finish(twice.func().call_async(&mut store, &[], &mut []));
    report.outcome("call_async without arguments", result);
    let (result, _) =
        finish(twice.func().call_async(&mut store, &[Val::I64(1)], &mut [Val::I32(0)]));
    report.outcome("call_async with another type", result);
    report.outcome("a synchronous call of a guest", twice.call(&mut store, 1));
    {
        let mut call = pin!(twice.call_async(&mut store, 1));
        let pending = call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending();
        report.see("dropped: pending", pending);
    }
    let (result, polls) = finish(twice.call_async(&mut store, 1));
    report.result("dropped: the next call", result.map(|value| format!("{value}, polls {polls}")));
}

const COUNT: &str = r#"(module $m (func $count (export "count") (param i32)
    (loop (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if 0 (local.get 0)))))"#;

/// Calls that yield after so much fuel.
fn fuel(report: &mut Report) {
    let engine = engine(|config| _ = config.consume_fuel(true));
    let mut store = Store::new(&engine, ());
    report.outcome("fuel: an interval of 0", store.fuel_async_yield_interval(Some(0)));
    report.outcome("fuel: an interval", store.fuel_async_yield_interval(Some(1000)));
    store.set_fuel(100_000).expect("fuel is on");
    let guest = module(&engine, COUNT);
    report.outcome("fuel: Instance::new", Instance::new(&mut store, &guest, &[]));
    let (instance, polls) = finish(Instance::new_async(&mut store, &guest, &[]));
    report.see("fuel: Instance::new_async", polls);
    let instance = instance.expect("it has no imports");
    let count = instance.get_typed_func::<i32, ()>(&mut store, "count").expect("it is exported");
    for n in [1, 100, 142, 143, 144, 1000, 2000] {
        store.set_fuel(100_000).expect("fuel is on");
        let (result, polls) = finish(count.call_async(&mut store, n));
        let left = store.get_fuel().expect("fuel is on");
        report.result(
            format!("fuel: {n} rounds"),
            result.map(|()| format!("polls {polls}, fuel {}", 100_000 - left)),
        );
    }
    store.set_fuel(2500).expect("fuel is on");
    let (result, polls) = finish(count.call_async(&mut store, 1000));
    report.see(
        "fuel: it runs out",
        format!("polls {polls}, fuel {}\n{result:?}", store.get_fuel().expect("fuel is on")),
    );
    report.outcome("fuel: a synchronous call", count.call(&mut store, 1));
    let plain = Engine::default();
    let mut store = Store::new(&plain, ());
    report.outcome("fuel: an interval without fuel", store.fuel_async_yield_interval(Some(1)));
}

fn epochs(report: &mut Report) {
    let engine = engine(|config| _ = config.epoch_interruption(true));
    let mut store = Store::new(&engine, 0);
    store.set_epoch_deadline(1);
    store.epoch_deadline_async_yield_and_update(1);
    let guest = module(
        &engine,
        r#"(module $m (import "" "tick" (func $tick)) (func $go (export "go") (param i32)
            (loop (call $tick) (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if 0 (local.get 0)))))"#,
    );
    let tick = Func::wrap(&mut store, |caller: Caller<'_, u32>| caller.engine().increment_epoch());
    let (instance, _) = finish(Instance::new_async(&mut store, &guest, &[tick.into()]));
    let instance = instance.expect("the types agree");
    let go = instance.get_typed_func::<i32, ()>(&mut store, "go").expect("it is exported");
    let (result, polls) = finish(go.call_async(&mut store, 5));
    report.result("epochs: yields", result.map(|()| format!("polls {polls}")));
    report.outcome("epochs: a synchronous call", go.call(&mut store, 1));
    store.epoch_deadline_callback(|mut store| {
        *store.data_mut() += 1;
        Ok(match store.data() {
            1 => UpdateDeadline::Continue(1),
            2 => UpdateDeadline::Yield(1),
            3 => UpdateDeadline::YieldCustom(
                1,
                Box::pin(async {
                    Once(false).await;
                    Once(false).await;
                }),
            ),
            _ => UpdateDeadline::Interrupt,
        })
    });
    store.set_epoch_deadline(1);
    let (result, polls) = finish(go.call_async(&mut store, 10));
    report.see(
        "epochs: answers",
        format!("polls {polls}, calls {}\n{:?}", store.data(), result.err()),
    );
}

fn instances(report: &mut Report) {
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    let ty = FuncType::new(&engine, [], []);
    linker
        .func_new_async("m", "new", ty, |_, _, _| {
            Box::new(async {
                Once(false).await;
                Ok(())
            })
        })
        .expect("the linker is empty");
    linker.func_wrap_async("m", "wrap", |_, ()| Box::new(Once(false))).expect("the name is new");
    report.outcome(
        "linker: twice",
        linker.func_wrap_async("m", "wrap", |_, ()| Box::new(Once(false))).map(|_| ()),
    );
    let guest = module(
        &engine,
        r#"(module $m (import "m" "new" (func $new)) (import "m" "wrap" (func $wrap)) (start $wrap)
            (func $go (export "_start") (call $new) (call $wrap)))"#,
    );
    let mut store = Store::new(&engine, ());
    report.outcome("linker: instantiate", linker.instantiate(&mut store, &guest));
    let mut store = Store::new(&engine, ());
    let pre = linker.instantiate_pre(&guest).expect("all is there");
    report.outcome("linker: InstancePre::instantiate", pre.instantiate(&mut store));
    let (result, polls) = finish(pre.instantiate_async(&mut store));
    report.result("linker: InstancePre::instantiate_async", result.map(|_| polls));
    let (result, polls) = finish(linker.instantiate_async(&mut store, &guest));
    report.result("linker: instantiate_async", result.map(|_| polls));
    let (result, polls) = finish(linker.module_async(&mut store, "command", &guest));
    report.result("linker: module_async", result.map(|_| polls));
    let func = linker.get_default(&mut store, "command").expect("it is there");
    let (result, polls) = finish(func.call_async(&mut store, &[], &mut []));
    report.result("linker: a command", result.map(|()| polls));
    let both =
        module(&engine, r#"(module (func (export "_start")) (func (export "_initialize")))"#);
    report.outcome(
        "linker: module_async of both",
        finish(linker.module_async(&mut store, "both", &both)).0.map(|_| ()),
    );
    let wrong = module(&engine, r#"(module (func (export "_initialize") (param i32)))"#);
    report.outcome(
        "linker: module_async of another type",
        finish(linker.module_async(&mut store, "wrong", &wrong)).0.map(|_| ()),
    );
    report.outcome("linker: module", linker.module(&mut store, "sync", &guest).map(|_| ()));
    let memory = Memory::new(&mut store, MemoryType::new(1, None));
    report.outcome(
        "Memory::new",
        memory.as_ref().map(|_| ()).map_err(|error| Error::msg(format!("{error:?}"))),
    );
}
