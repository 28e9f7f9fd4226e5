//! Epochs: when a deadline is reached, and what follows.

use wasmtime::*;

use crate::report::{Report, engine, module};

const TEXT: &str = r#"(module $m (import "" "tick" (func $tick))
    (func $empty (export "empty"))
    (func $ticks (export "ticks") (call $tick) (call $empty))
    (func $loop (export "loop") (param i32)
        (loop (call $tick) (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if 0 (local.get 0)))))"#;

fn start(engine: &Engine) -> (Store<u32>, Instance) {
    let mut store = Store::new(engine, 0);
    store.set_epoch_deadline(1);
    let tick = Func::wrap(&mut store, |caller: Caller<'_, u32>| caller.engine().increment_epoch());
    let instance =
        Instance::new(&mut store, &module(engine, TEXT), &[tick.into()]).expect("the types agree");
    (store, instance)
}

pub(super) fn run(report: &mut Report) {
    let engine = engine(|config| _ = config.epoch_interruption(true));
    let mut store = Store::new(&engine, 0);
    let empty = module(&engine, r#"(module $m (func $f (export "f")))"#);
    let instance = Instance::new(&mut store, &empty, &[]).expect("it has no imports");
    let func = instance.get_typed_func::<(), ()>(&mut store, "f").expect("it is exported");
    report.outcome("no deadline set", func.call(&mut store, ()));
    let begins = module(&engine, "(module $m (func $f) (start $f))");
    report.outcome("no deadline set: a start function", Instance::new(&mut store, &begins, &[]));
    store.set_epoch_deadline(1);
    report.outcome("a deadline of 1", func.call(&mut store, ()));
    engine.increment_epoch();
    report.outcome("a deadline of 1, after a tick", func.call(&mut store, ()));
    store.set_epoch_deadline(2);
    engine.increment_epoch();
    report.outcome("a deadline of 2, after a tick", func.call(&mut store, ()));
    store.set_epoch_deadline(u64::MAX / 2);
    report.outcome("a far deadline", func.call(&mut store, ()));

    for (name, arguments) in [("ticks", &[][..]), ("loop", &[Val::I32(5)])] {
        let (mut store, instance) = start(&engine);
        let func = instance.get_func(&mut store, name).expect("it is exported");
        let error = func.call(&mut store, arguments, &mut []).expect_err("time is up");
        report
            .see(format!("trap: {name}"), format!("{error:?} {:?}", error.downcast_ref::<Trap>()));
    }
    type Answer = fn() -> Result<UpdateDeadline>;
    let answers: [(&str, Answer); 5] = [
        ("continue by 1", || Ok(UpdateDeadline::Continue(1))),
        ("continue by 2", || Ok(UpdateDeadline::Continue(2))),
        ("interrupt", || Ok(UpdateDeadline::Interrupt)),
        ("an error", || Err(Error::msg("of the callback"))),
        ("yield", || Ok(UpdateDeadline::Yield(1))),
    ];
    for (label, answer) in answers {
        let (mut store, instance) = start(&engine);
        store.epoch_deadline_callback(move |mut store| {
            *store.data_mut() += 1;
            answer()
        });
        let func = instance.get_typed_func::<i32, ()>(&mut store, "loop").expect("it is exported");
        report.outcome(format!("callback: {label}"), func.call(&mut store, 5));
        report.see(format!("callback: {label}, calls"), store.data());
        store.set_epoch_deadline(1);
        store.epoch_deadline_trap();
        report.outcome(format!("callback: {label}, then trap"), func.call(&mut store, 5));
    }
    // Without the option, a deadline is a number that nobody looks at.
    let plain = Engine::default();
    let mut store = Store::new(&plain, ());
    store.set_epoch_deadline(0);
    let empty = module(&plain, r#"(module (func (export "f")))"#);
    let instance = Instance::new(&mut store, &empty, &[]).expect("it has no imports");
    let func = instance.get_typed_func::<(), ()>(&mut store, "f").expect("it is exported");
    report.outcome("off", func.call(&mut store, ()));
}
