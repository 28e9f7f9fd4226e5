//! `Config` and `Engine`.

use crate::*;

#[test]
fn stack_sizes_are_checked() {
    assert_err_is(
        Engine::new(Config::new().max_wasm_stack(0)),
        "max_wasm_stack size cannot be zero",
    );
    assert_err_is(
        Engine::new(Config::new().max_wasm_stack(usize::MAX)),
        "max_wasm_stack size cannot exceed the async_stack_size",
    );
    let huge = Config::new().max_wasm_stack(usize::MAX).async_stack_size(usize::MAX).clone();
    // It is a limit, not a reservation.
    Store::new(&Engine::new(&huge).unwrap(), ());
}

#[test]
fn what_is_not_supported_is_refused() {
    assert!(Engine::new(Config::new().coredump_on_trap(true)).is_err());
    assert_err_is(
        Engine::new(Config::new().wasm_features(WasmFeatures::STACK_SWITCHING, true)),
        "the wasm_stack_switching feature is not supported on this compiler configuration",
    );
}

#[test]
fn features_can_be_turned_off() {
    let text = "(module (func (result i32 i32) (i32.const 1) (i32.const 2)))";
    Module::new(&Engine::default(), text).unwrap();
    let engine = Engine::new(Config::new().wasm_multi_value(false)).unwrap();
    assert!(Module::new(&engine, text).is_err());
}

#[test]
fn a_larger_stack_lets_guests_recurse_deeper() {
    let depth = |size| {
        let engine = Engine::new(Config::new().max_wasm_stack(size)).unwrap();
        let mut store = Store::new(&engine, ());
        let text = r#"(module (global $n (export "n") (mut i32) (i32.const 0))
            (func $f (export "f")
                (global.set $n (i32.add (global.get $n) (i32.const 1))) (call $f)))"#;
        let instance = Instance::new(&mut store, &module(&engine, text), &[]).unwrap();
        let f = instance.get_typed_func::<(), ()>(&mut store, "f").unwrap();
        assert!(f.call(&mut store, ()).unwrap_err().is::<Trap>());
        instance.get_global(&mut store, "n").unwrap().get(&mut store).unwrap_i32()
    };
    let (small, large) = (depth(64 << 10), depth(512 << 10));
    assert!(small > 10 && large > 4 * small, "{small} {large}");
}

#[test]
fn engines_are_the_same_or_not() {
    let engine = Engine::default();
    assert!(Engine::same(&engine, &engine.clone()));
    assert!(!Engine::same(&engine, &Engine::default()));
    let weak = engine.weak();
    assert!(Engine::same(&engine, &weak.upgrade().unwrap()));
    drop(engine);
    assert!(weak.upgrade().is_none());
}

/// What an interpreter has no use for is taken, and changes nothing that guests see.
#[test]
fn options_of_a_compiler_are_without_effect() -> Result<()> {
    let mut config = Config::new();
    config
        .async_support(true)
        .strategy(Strategy::Auto)
        .profiler(ProfilingStrategy::None)
        .memory_reservation(1 << 32)
        .memory_may_move(false)
        .signals_based_traps(true)
        .debug_info(true)
        .cranelift_opt_level(OptLevel::Speed)
        .cache(None)
        .detect_host_feature(|_| None);
    // These are unsafe in wasmtime, and here are not.
    config.cranelift_flag_set("opt_level", "none").cranelift_flag_enable("enable_probestack");
    config.module_version(ModuleVersionStrategy::Custom("x".repeat(255)))?;
    assert_err_is(
        config.module_version(ModuleVersionStrategy::Custom("x".repeat(256))).map(|_| ()),
        &format!("custom module version cannot be more than 255 bytes: {}", "x".repeat(256)),
    );
    assert_err_is(
        config.gc_zeal_alloc_counter(None).map(|_| ()),
        "cannot set `gc_zeal_alloc_counter` because GC zeal was not enabled at compile time",
    );
    let engine = Engine::new(&config)?;
    let module = Module::new(&engine, "(module (func (export \"f\") (result i32) i32.const 5))")?;
    let mut store = Store::new(&engine, ());
    let f = Instance::new(&mut store, &module, &[])?.get_typed_func::<(), i32>(&mut store, "f")?;
    assert_eq!(f.call(&mut store, ())?, 5);
    Ok(())
}
