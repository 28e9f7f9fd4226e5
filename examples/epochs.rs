//! Epochs: guests that may take so much time, by a clock that another thread drives.
//!
//! Guests look at the epoch, which costs less than counting instructions. So runs end where the clock says, not at the same
//! instruction each time: for that there is fuel.
//!
//! `cargo run --release --example epochs`

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use wasmote::{Config, Engine, Instance, Module, Result, Store, Trap, UpdateDeadline, bail};

const EPOCH: Duration = Duration::from_millis(10);

fn main() -> Result<()> {
    let engine = Engine::new(Config::new().epoch_interruption(true))?;
    let module = Module::new(&engine, r#"(module (func (export "spin") (loop (br 0))))"#)?;

    // One clock for all stores of the engine. It ends when nothing else holds the engine.
    let clock = engine.weak();
    thread::spawn(move || {
        while let Some(engine) = clock.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(EPOCH);
        }
    });

    // A deadline: so many epochs from now on. Without one a new store traps at once.
    let mut store = Store::new(&engine, 0);
    store.set_epoch_deadline(5);
    let instance = Instance::new(&mut store, &module, &[])?;
    let spin = instance.get_typed_func::<(), ()>(&mut store, "spin")?;
    let start = Instant::now();
    let error = spin.call(&mut store, ()).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&Trap::Interrupt));
    println!("after five epochs: {}", Trap::Interrupt);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());

    // A callback decides each time, and has the store: here it counts, and ends the guest with an error of its own.
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|mut store| {
        *store.data_mut() += 1;
        if *store.data() == 3 {
            bail!("three epochs are enough");
        }
        Ok(UpdateDeadline::Continue(1))
    });
    let error = spin.call(&mut store, ()).unwrap_err();
    println!("with a callback: {}", error.root_cause());
    assert_eq!(*store.data(), 3);

    // A guest that somebody stops: the callback asks, at each epoch, whether it shall.
    let (stop, stopped) = mpsc::channel();
    let guest = thread::spawn(move || -> Result<()> {
        let mut store = Store::new(&engine, stopped);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|store| {
            Ok(match store.data().try_recv() {
                Ok(()) => UpdateDeadline::Interrupt,
                Err(_) => UpdateDeadline::Continue(1),
            })
        });
        let instance = Instance::new(&mut store, &module, &[])?;
        instance.get_typed_func::<(), ()>(&mut store, "spin")?.call(&mut store, ())
    });
    stop.send(())?;
    let error = guest.join().expect("the thread does not panic").unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&Trap::Interrupt));
    println!("stopped from outside: {}", Trap::Interrupt);
    Ok(())
}
