//! Memories with pages of one byte.

use crate::*;

fn engine() -> Engine {
    Engine::new(Config::new().wasm_custom_page_sizes(true)).unwrap()
}

fn bytes(min: u64, max: Option<u64>) -> MemoryType {
    MemoryType::builder().page_size_log2(0).min(min).max(max).build().unwrap()
}

const TEXT: &str = r#"(module
    (memory (export "m") 3 100000 (pagesize 1))
    (data (i32.const 1) "xy")
    (func (export "size") (result i32) (memory.size))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
    (func (export "wide") (param i32) (result i64) (i64.load (local.get 0)))
    (func (export "fill") (param i32 i32)
        (memory.fill (local.get 0) (i32.const 1) (local.get 1))))"#;

#[test]
fn sizes_are_exact() {
    let (mut store, instance) = instance_in(&engine(), TEXT);
    let memory = instance.get_memory(&mut store, "m").unwrap();
    assert_eq!((memory.size(&store), memory.data_size(&store)), (3, 3));
    assert_eq!((memory.page_size(&store), memory.page_size_log2(&store)), (1, 0));
    assert_eq!(memory.data(&store), b"\0xy");
    assert_eq!(memory.ty(&store).maximum(), Some(100_000));

    let load = |store: &mut _, at| call::<i32, i32>(store, instance, "load", at);
    assert_eq!(load(&mut store, 2).unwrap(), i32::from(b'y'));
    for at in [3, 4, 65535, -1] {
        assert_trap(load(&mut store, at), Trap::MemoryOutOfBounds);
    }
    let wide = |store: &mut _, at| call::<i32, i64>(store, instance, "wide", at);
    assert_trap(wide(&mut store, 0), Trap::MemoryOutOfBounds);
    call::<(i32, i32), ()>(&mut store, instance, "fill", (3, 0)).unwrap();
    assert_trap(
        call::<(i32, i32), ()>(&mut store, instance, "fill", (2, 2)),
        Trap::MemoryOutOfBounds,
    );

    // Byte by byte, as many as it may have.
    for size in 3..100_000 {
        assert_eq!(call::<i32, i32>(&mut store, instance, "grow", 1).unwrap(), size);
    }
    assert_eq!(call::<i32, i32>(&mut store, instance, "grow", 1).unwrap(), -1);
    assert_eq!(run_i32(&mut store, instance, "size"), 100_000);
    assert_eq!(wide(&mut store, 100_000 - 8).unwrap(), 0);
    assert_trap(wide(&mut store, 100_000 - 7), Trap::MemoryOutOfBounds);
    assert_eq!(&memory.data(&store)[..3], b"\0xy");
    assert!(memory.grow(&mut store, 1).is_err());
}

#[test]
fn sizes_always_fit_the_index_type() {
    // A memory of 4 GiB or of one byte less would have sizes that mean something else.
    let mut store = Store::new(&engine(), Notes::default());
    store.limiter(|limits| limits);
    let memory = Memory::new(&mut store, bytes(0, None)).unwrap();
    for delta in [0xffff_ffff, 1 << 32, u64::MAX] {
        memory.grow(&mut store, delta).unwrap_err();
    }
    // Of these the limiter hears only that they failed.
    assert_eq!((store.data().failed, store.data().grown), (3, false));
    assert_eq!(memory.size(&store), 0);
    assert_err(
        Memory::new(&mut store, bytes(0xffff_ffff, None)),
        "memory minimum size of 4294967295 pages exceeds memory limits",
    );
}

/// Allows everything, and notes what else it hears.
#[derive(Default)]
struct Notes {
    failed: u32,
    grown: bool,
}

impl ResourceLimiter for Notes {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        self.grown |= desired > 0 && current < desired;
        Ok(true)
    }
    fn memory_grow_failed(&mut self, _: Error) -> Result<()> {
        self.failed += 1;
        Ok(())
    }
    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> Result<bool> {
        Ok(true)
    }
}

#[test]
fn page_sizes_are_part_of_the_type() {
    let engine = engine();
    let mut store = Store::new(&engine, ());
    let small = Memory::new(&mut store, bytes(65536, None)).unwrap();
    let usual = Memory::new(&mut store, MemoryType::new(1, None)).unwrap();
    let importer = module(&engine, r#"(module (import "" "" (memory 1 (pagesize 1))))"#);
    Instance::new(&mut store, &importer, &[small.into()]).unwrap();
    assert_err(
        Instance::new(&mut store, &importer, &[usual.into()]),
        "memory types incompatible: expected a memory with a page size of 1, \
         but received a memory with a page size of 65536",
    );
    let importer = module(&engine, r#"(module (import "" "" (memory 1)))"#);
    assert_err(Instance::new(&mut store, &importer, &[small.into()]), "with a page size of 1");
    // Of two differences the limits are named.
    let large = module(&engine, r#"(module (import "" "" (memory 65537 (pagesize 1))))"#);
    assert_err(
        Instance::new(&mut store, &large, &[usual.into()]),
        "expected memory limits (min: 65537, max: none) doesn't match provided memory limits",
    );
    let ty = importer.imports().next().unwrap().ty();
    assert_eq!(ty.unwrap_memory().page_size(), 65536);
}

#[test]
fn with_64_bit_indices_too() {
    let (mut store, instance) = instance_in(
        &engine(),
        r#"(module (memory i64 5 (pagesize 1))
            (func (export "grow") (param i64) (result i64) (memory.grow (local.get 0)))
            (func (export "load") (param i64) (result i32) (i32.load8_u (local.get 0))))"#,
    );
    let grow = |store: &mut _, delta| call::<i64, i64>(store, instance, "grow", delta).unwrap();
    assert_eq!(grow(&mut store, -1), -1);
    assert_eq!(grow(&mut store, i64::MAX), -1);
    assert_eq!(grow(&mut store, 2), 5);
    assert_eq!(call::<i64, i32>(&mut store, instance, "load", 6).unwrap(), 0);
    assert_trap(call::<i64, i32>(&mut store, instance, "load", 7), Trap::MemoryOutOfBounds);
}
