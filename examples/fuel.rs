//! Fuel: guests that may execute so many instructions, the same number on every machine, and what can be done when it is
//! consumed.
//!
//! `cargo run --release --example fuel`

use wasmote::{Config, Engine, Instance, Module, Result, Store, Trap, TypedFunc, UpdateFuel};

const GUEST: &str = r#"
(module
  ;; The sum of the numbers from 1 to $n.
  (func (export "sum") (param $n i64) (result i64) (local $sum i64)
    (loop $again
      (local.set $sum (i64.add (local.get $sum) (local.get $n)))
      (br_if $again (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0))))
    (local.get $sum)))"#;

/// A store with an instance of the guest, and its function. The data is how often more fuel was bought.
fn start(engine: &Engine) -> Result<(Store<u32>, TypedFunc<i64, i64>)> {
    let module = Module::new(engine, GUEST)?;
    let mut store = Store::new(engine, 0);
    let instance = Instance::new(&mut store, &module, &[])?;
    let sum = instance.get_typed_func(&mut store, "sum")?;
    Ok((store, sum))
}

fn main() -> Result<()> {
    let engine = Engine::new(Config::new().consume_fuel(true))?;
    let (mut store, sum) = start(&engine)?;

    // What a call costs is the difference.
    store.set_fuel(10_000)?;
    assert_eq!(sum.call(&mut store, 100)?, 5050);
    let cost = 10_000 - store.get_fuel()?;
    println!("the sum to 100 costs {cost} units");

    // It is the same every time: a price list can be made of it.
    store.set_fuel(cost)?;
    assert_eq!(sum.call(&mut store, 100)?, 5050);
    assert_eq!(store.get_fuel()?, 0);

    // Whoever has too little traps. The store is as good as before.
    store.set_fuel(cost)?;
    let error = sum.call(&mut store, 1_000_000).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&Trap::OutOfFuel));
    println!("the sum to 1000000: {}", Trap::OutOfFuel);

    // Or it asks for more, and goes on where it was. Here fuel comes by the 1000 units, at most ten times.
    store.set_fuel(0)?;
    store.out_of_fuel_callback(|mut store| {
        *store.data_mut() += 1;
        Ok(if *store.data() <= 10 { UpdateFuel::Continue(1_000) } else { UpdateFuel::Trap })
    })?;
    assert_eq!(sum.call(&mut store, 500)?, 125_250);
    println!("the sum to 500 asked for fuel {} times", store.data());
    let error = sum.call(&mut store, 1_000_000).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&Trap::OutOfFuel));
    println!("the sum to 1000000 asked in vain in the end");
    Ok(())
}
