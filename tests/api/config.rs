//! `Config` and `Engine`.

use std::sync::{Arc, Mutex};

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
    let dumping = Engine::new(Config::new().coredump_on_trap(true));
    assert_eq!(dumping.is_ok(), cfg!(feature = "coredump"));
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
        .signals_based_traps(true)
        .debug_info(true)
        .cranelift_opt_level(OptLevel::Speed)
        .cache(Some(Cache::new(CacheConfig::new())?));
    // SAFETY: these do nothing here.
    #[allow(unsafe_code)]
    unsafe {
        config.detect_host_feature(|_| None).x86_float_abi_ok(true);
        config.cranelift_flag_set("opt_level", "none").cranelift_flag_enable("enable_probestack");
    }
    config.module_version(ModuleVersionStrategy::Custom("x".repeat(255)))?;
    assert_err_is(
        config.module_version(ModuleVersionStrategy::Custom("x".repeat(256))).map(|_| ()),
        &format!("custom module version cannot be more than 255 bytes: {}", "x".repeat(256)),
    );
    let zeal = config.gc_zeal_alloc_counter(None).map(|_| ());
    if cfg!(feature = "gc") {
        zeal?;
    } else {
        let text =
            "cannot set `gc_zeal_alloc_counter` because GC zeal was not enabled at compile time";
        assert_err_is(zeal, text);
    }
    let engine = Engine::new(&config)?;
    assert_eq!(engine.get_strategy(), Some(Strategy::Auto));
    assert_eq!(engine.get_cranelift_opt_level(), Some(OptLevel::Speed));
    assert_eq!(engine.get_cranelift_debug_verifier(), None);
    assert!(engine.get_signals_based_traps() && engine.get_debug_info());
    assert!(engine.get_cranelift_flags_set().eq([("opt_level", "none")]));
    assert!(engine.get_cranelift_flags_enabled().eq(["enable_probestack"]));
    let module = Module::new(&engine, "(module (func (export \"f\") (result i32) i32.const 5))")?;
    let mut store = Store::new(&engine, ());
    let f = Instance::new(&mut store, &module, &[])?.get_typed_func::<(), i32>(&mut store, "f")?;
    assert_eq!(f.call(&mut store, ())?, 5);
    Ok(())
}

#[test]
fn the_engine_tells_its_options() -> Result<()> {
    let mut config = Config::new();
    config.max_wasm_stack(100_000).consume_fuel(true).wasm_backtrace_max_frames(None);
    config.memory_reservation(1 << 20).memory_reservation_for_growth(2 << 20);
    config.target("pulley64")?.wasm_tail_call(false);
    let engine = Engine::new(&config)?;
    assert_eq!((engine.get_max_wasm_stack(), engine.get_async_stack_size()), (100_000, 2 << 20));
    assert!(engine.get_consume_fuel() && !engine.get_epoch_interruption());
    assert_eq!(engine.get_wasm_backtrace_max_frames(), 0);
    assert_eq!(engine.get_memory_reservation(), 1 << 20);
    assert_eq!(engine.get_memory_reservation_for_growth(), 2 << 20);
    assert_eq!(engine.get_target().as_deref(), Some("pulley64"));
    assert!(!engine.get_wasm_features().tail_call() && engine.get_wasm_features().simd());
    assert!(engine.get_pooling_config().is_none() && engine.pooling_allocator_metrics().is_none());
    Ok(())
}

#[test]
fn modules_need_a_compiler_for_this_machine() -> Result<()> {
    let engine = Engine::new(Config::new().enable_compiler(false))?;
    assert_err_is(
        Module::new(&engine, "(module)").map(|_| ()),
        "Engine was not configured with a compiler",
    );
    Module::validate(&engine, b"\0asm\x01\0\0\0")?;
    Ok(())
}

#[test]
fn memories_stay_where_they_are_if_told_to() -> Result<()> {
    let memory = |config: &mut Config, pages: u64| -> Result<(Store<()>, Memory)> {
        let mut store = Store::new(&Engine::new(config)?, ());
        let memory = Memory::new(&mut store, MemoryType::builder().min(pages).build()?)?;
        Ok((store, memory))
    };
    let page = 1 << 16;
    for reserved in [3 * page, 100 * page] {
        let config = &mut Config::new();
        let (mut store, it) =
            memory(config.memory_reservation(reserved).memory_may_move(false), 1)?;
        let place = it.data_ptr(&store);
        it.data_mut(&mut store)[0] = 1;
        it.grow(&mut store, reserved / page - 1)?;
        assert_eq!((it.data_ptr(&store), it.data(&store)[0]), (place, 1));
        assert!(it.data(&store)[1..].iter().all(|&byte| byte == 0));
        assert!(it.grow(&mut store, 1).is_err(), "it would have to move");
        assert_eq!(it.size(&store), reserved / page);
        // What is large from the beginning cannot grow at all.
        let (mut store, it) = memory(config, reserved / page + 1)?;
        assert!(it.grow(&mut store, 1).is_err());
    }
    // Without a word about how much, there is much; on 32-bit targets there is nothing.
    let (mut store, it) = memory(Config::new().memory_may_move(false), 1)?;
    let place = it.data_ptr(&store);
    assert_eq!(it.grow(&mut store, 1000).is_ok(), cfg!(target_pointer_width = "64"));
    assert_eq!(it.data_ptr(&store), place);

    // A memory that has moved has room, too.
    let (mut store, it) = memory(Config::new().memory_reservation_for_growth(4 * page), 1)?;
    for round in 0..3 {
        let place = it.data_ptr(&store);
        it.grow(&mut store, 4)?;
        assert_eq!(it.data_ptr(&store), place, "round {round}");
        it.grow(&mut store, 100)?;
    }
    Ok(())
}

#[test]
fn a_pool_has_so_many_places() -> Result<()> {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_core_instances(2).total_memories(1).max_memory_size(2 << 16).table_elements(10);
    let engine = Engine::new(Config::new().allocation_strategy(pool))?;
    let module = |text: &str| Module::new(&engine, text);
    let (empty, with_memory) = (module("(module)")?, module("(module (memory 1 5))")?);
    let mut a = Store::new(&engine, ());
    Instance::new(&mut a, &with_memory, &[])?;
    let mut b = Store::new(&engine, ());
    let full = |error: &Error, text: &str| {
        assert!(error.is::<PoolConcurrencyLimitError>());
        assert_eq!(error.to_string(), text);
    };
    let error = Instance::new(&mut b, &with_memory, &[]).unwrap_err();
    full(&error, "maximum concurrent limit of 1 for memories reached");
    // What was refused took no place.
    Instance::new(&mut b, &empty, &[])?;
    let error = Instance::new(&mut b, &empty, &[]).unwrap_err();
    full(&error, "maximum concurrent limit of 2 for core instances reached");
    drop(a);
    let mut a = Store::new(&engine, ());
    let instance = Instance::new(
        &mut a,
        &module("(module (memory (export \"m\") 1) (table (export \"t\") 10 funcref))")?,
        &[],
    )?;
    assert_eq!(engine.pooling_allocator_metrics().unwrap().core_instances(), 2);

    let memory = instance.get_memory(&mut a, "m").unwrap();
    memory.grow(&mut a, 1)?;
    assert!(memory.grow(&mut a, 1).is_err());
    let table = instance.get_table(&mut a, "t").unwrap();
    assert!(table.grow(&mut a, 1, Ref::Func(None)).is_err());
    drop((a, b));
    let mut c = Store::new(&engine, ());
    for text in
        ["(module (memory 3))", "(module (table 11 funcref))", "(module (memory 1) (memory 1))"]
    {
        assert!(Instance::new(&mut c, &module(text)?, &[]).is_err(), "{text}");
    }
    Ok(())
}

/// Bytes of the host, with `.2` more of them before those that are given out, and `.1` of them in use.
struct Bytes(Vec<u128>, usize, usize);

// SAFETY: the vector never grows, so its bytes stay where they are; they are zero at first and no one else's.
#[allow(unsafe_code)]
unsafe impl LinearMemory for Bytes {
    fn byte_size(&self) -> usize {
        self.1
    }
    fn byte_capacity(&self) -> usize {
        self.0.len() * 16 - self.2
    }
    fn grow_to(&mut self, new_size: usize) -> Result<()> {
        ensure!(new_size <= self.byte_capacity(), "full");
        self.1 = new_size;
        Ok(())
    }
    fn as_ptr(&self) -> *mut u8 {
        self.0.as_ptr().cast_mut().cast::<u8>().wrapping_add(self.2)
    }
}

/// The minimum in pages and bytes, the maximum, what is to be reserved, and the guard.
type Asked = (u64, usize, Option<usize>, Option<usize>, usize);

/// Makes memories with room for three pages.
struct Creator {
    before: usize,
    less: usize,
    asked: Mutex<Vec<Asked>>,
}

// SAFETY: as above, if `before` is a multiple of 16; what it makes otherwise is refused.
#[allow(unsafe_code)]
unsafe impl MemoryCreator for Creator {
    fn new_memory(
        &self,
        ty: MemoryType,
        minimum: usize,
        maximum: Option<usize>,
        reserved_size_in_bytes: Option<usize>,
        guard_size_in_bytes: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        let asked = (ty.minimum(), minimum, maximum, reserved_size_in_bytes, guard_size_in_bytes);
        self.asked.lock().unwrap().push(asked);
        if minimum > 3 << 16 {
            return Err(String::from("three pages at most"));
        }
        let bytes = vec![0; ((3 << 16) + self.before) / 16 + 1];
        Ok(Box::new(Bytes(bytes, minimum - self.less, self.before)))
    }
}

#[test]
fn memories_are_where_the_host_wants_them() -> Result<()> {
    let creator = |before, less| Creator { before, less, asked: Mutex::default() };
    let with =
        |creator: &Arc<Creator>| Engine::new(Config::new().with_host_memory(creator.clone()));
    let text = r#"(module (memory (export "m") 1 9) (data (i32.const 65535) "x")
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
        (func (export "last") (result i32)
            (i32.load8_u (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1))))
        (func (export "set") (param i32) (i32.store8 (local.get 0) (i32.const 7))))"#;
    let fine = Arc::new(creator(32, 0));
    let engine = with(&fine)?;
    let module = Module::new(&engine, text)?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let mut call = |name: &str, args: &[Val]| -> Result<i32> {
        let func = instance.get_func(&mut store, name).unwrap();
        let mut results = vec![Val::I32(0); func.ty(&store).results().len()];
        func.call(&mut store, args, &mut results)?;
        Ok(results.first().map_or(0, Val::unwrap_i32))
    };
    assert_eq!(call("last", &[])?, i32::from(b'x'));
    assert_eq!(call("grow", &[Val::I32(1)])?, 1);
    assert_eq!(call("last", &[])?, 0);
    call("set", &[Val::I32((2 << 16) - 1)])?;
    assert_eq!(call("last", &[])?, 7);
    assert_eq!(call("grow", &[Val::I32(1)])?, 2);
    assert_eq!(call("grow", &[Val::I32(1)])?, -1, "the host has no more");
    assert_eq!(
        call("set", &[Val::I32(3 << 16)]).unwrap_err().downcast::<Trap>()?,
        Trap::MemoryOutOfBounds
    );
    let asked = (1, 1 << 16, Some(9 << 16), None, 0);
    assert_eq!(*fine.asked.lock().unwrap(), [asked]);

    let error = Memory::new(&mut store, MemoryType::new(4, None)).unwrap_err();
    assert_eq!(error.to_string(), "three pages at most");
    // What a creator must not make is not used.
    for wrong in [creator(8, 0), creator(0, 1)] {
        let engine = with(&Arc::new(wrong))?;
        let mut store = Store::new(&engine, ());
        let error = Memory::new(&mut store, MemoryType::new(1, None)).unwrap_err();
        assert!(error.to_string().starts_with("out of memory"), "{error}");
    }
    Ok(())
}
