//! What guests may have of time and memory counts for objects, too.

use wasmote::{
    Config, Engine, GcHeapOutOfMemory, Instance, Module, Result, Store, StoreLimits,
    StoreLimitsBuilder, Trap,
};

const ARRAYS: &str = r#"(module
    (type $bytes (array (mut i8)))
    (type $refs (array (mut anyref)))
    (data $d "abc")
    (func (export "new") (param i32) (drop (array.new $bytes (i32.const 7) (local.get 0))))
    (func (export "default") (param i32) (drop (array.new_default $refs (local.get 0))))
    (func (export "fill") (param i32)
        (array.fill $bytes (array.new_default $bytes (i32.const 2000000)) (i32.const 0) (i32.const 1) (local.get 0)))
    (func (export "copy") (param i32)
        (local $a (ref null $bytes))
        (local.set $a (array.new_default $bytes (i32.const 2000000)))
        (array.copy $bytes $bytes (local.get $a) (i32.const 1) (local.get $a) (i32.const 0) (local.get 0)))
    (func (export "keep") (param i32)
        (local $list (ref null $list))
        (loop $l
            (local.set $list (struct.new $list (local.get $list)))
            (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
    (type $list (struct (field (ref null $list)))))"#;

#[test]
fn arrays_consume_fuel_by_their_size() -> Result<()> {
    let engine = Engine::new(Config::new().consume_fuel(true))?;
    let module = Module::new(&engine, ARRAYS)?;
    let mut store = Store::new(&engine, ());
    store.set_fuel(u64::MAX)?;
    let instance = Instance::new(&mut store, &module, &[])?;
    for name in ["new", "default", "fill", "copy"] {
        let run = instance.get_typed_func::<u32, ()>(&mut store, name)?;
        let mut cost = |elements| {
            let before = store.get_fuel()?;
            run.call(&mut store, elements)?;
            Ok::<_, wasmote::Error>(before - store.get_fuel()?)
        };
        let (few, many) = (cost(10)?, cost(1_000_010)?);
        assert_eq!(many - few, 1_000_000, "{name}");
        let before = store.get_fuel()?;
        store.set_fuel(1000)?;
        let error = run.call(&mut store, 1_000_000).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Trap::OutOfFuel), "{name}");
        store.set_fuel(before)?;
    }
    Ok(())
}

#[test]
fn no_array_is_too_large_to_be_refused() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(&engine, ARRAYS)?;
    let limits = StoreLimitsBuilder::new().memory_size(64 << 20).build();
    let mut store = Store::new(&engine, limits);
    store.limiter(|limits: &mut StoreLimits| limits);
    let instance = Instance::new(&mut store, &module, &[])?;
    for name in ["new", "default"] {
        let run = instance.get_typed_func::<u32, ()>(&mut store, name)?;
        for length in (25..=32).flat_map(|log2| (0..=9).map(move |n| (1_u64 << log2) + n - 9)) {
            let Ok(length) = u32::try_from(length) else { continue };
            let made = run.call(&mut store, length);
            let bytes = u64::from(length) * if name == "new" { 1 } else { 4 };
            match made {
                Ok(()) => assert!(bytes < 64 << 20, "{name} {length}"),
                Err(error) if error.is::<GcHeapOutOfMemory<()>>() => {
                    assert!(bytes > 16 << 20, "{name} {length}");
                }
                Err(error) => {
                    assert_eq!(error.downcast_ref(), Some(&Trap::AllocationTooLarge));
                    assert!(bytes > 1 << 31, "{name} {length}");
                }
            }
        }
    }
    // The store is as good as before.
    instance.get_typed_func::<u32, ()>(&mut store, "new")?.call(&mut store, 100)
}

#[test]
fn what_lives_is_limited() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(&engine, ARRAYS)?;
    let limits = StoreLimitsBuilder::new().memory_size(1 << 20).build();
    let mut store = Store::new(&engine, limits);
    store.limiter(|limits: &mut StoreLimits| limits);
    let instance = Instance::new(&mut store, &module, &[])?;
    let keep = instance.get_typed_func::<u32, ()>(&mut store, "keep")?;
    for _ in 0..3 {
        keep.call(&mut store, 60_000)?;
        let error = keep.call(&mut store, 70_000).unwrap_err();
        assert!(error.is::<GcHeapOutOfMemory<()>>(), "{error:?}");
        assert!(store.gc_heap_capacity() <= 1 << 20);
    }
    Ok(())
}
