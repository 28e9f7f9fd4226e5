//! Memories and tables with 64-bit indices, and what is beyond them.

use crate::*;

const GIB_4: i64 = 1 << 32;

const TEXT: &str = r#"(module
    (memory (export "m") i64 1 4)
    (data $data "abcdefgh")
    (func (export "load") (param i64) (result i32) (i32.load (local.get 0)))
    (func (export "load8") (param i64) (result i64)
        (i64.load offset=8 (local.get 0)))
    (func (export "load_end") (param i64) (result i64)
        (i64.load offset=0xffff_ffff_ffff_ffff (local.get 0)))
    (func (export "load_4g") (param i64) (result i64)
        (i64.load offset=0x1_0000_0000 (local.get 0)))
    (func (export "store") (param i64 i64) (i64.store (local.get 0) (local.get 1)))
    (func (export "store_end") (param i64 i64)
        (i64.store offset=0xffff_ffff_ffff_fff8 (local.get 0) (local.get 1)))
    (func (export "fill") (param i64 i64)
        (memory.fill (local.get 0) (i32.const 1) (local.get 1)))
    (func (export "copy") (param i64 i64 i64)
        (memory.copy (local.get 0) (local.get 1) (local.get 2)))
    (func (export "init") (param i64 i32 i32)
        (memory.init $data (local.get 0) (local.get 1) (local.get 2)))
    (func (export "grow") (param i64) (result i64) (memory.grow (local.get 0)))
    (func (export "size") (result i64) (memory.size)))"#;

#[test]
fn no_sum_of_address_and_offset_wraps() {
    let (mut store, instance) = instance(TEXT);
    let end = 65536;
    call::<_, ()>(&mut store, instance, "store", (end - 8, 42_i64)).unwrap();
    assert_eq!(call::<_, i64>(&mut store, instance, "load8", end - 16).unwrap(), 42);
    for name in ["load8", "load_end", "load_4g"] {
        for address in
            [end - 15, end, GIB_4, -GIB_4, GIB_4 - 16, i64::MIN, i64::MAX, -1, -8, -16, 1]
        {
            let inside = name == "load8" && address == 1;
            if !inside {
                let result = call::<_, i64>(&mut store, instance, name, address);
                assert_trap(result, Trap::MemoryOutOfBounds);
            }
        }
    }
    for address in [-4, -1, end - 3, GIB_4, GIB_4 + 4, i64::MIN] {
        let result = call::<_, i32>(&mut store, instance, "load", address);
        assert_trap(result, Trap::MemoryOutOfBounds);
    }
    for name in ["store", "store_end"] {
        for address in [end - 7, GIB_4, -8, -1, 8, i64::MIN, i64::MAX] {
            if (name, address) != ("store", 8) {
                let result = call::<_, ()>(&mut store, instance, name, (address, -1_i64));
                assert_trap(result, Trap::MemoryOutOfBounds);
            }
        }
    }
    // Nothing was written.
    let memory = instance.get_memory(&mut store, "m").unwrap();
    let mut expected = vec![0; 65536];
    expected[65536 - 8] = 42;
    assert_eq!(memory.data(&store), expected);
}

#[test]
fn no_range_wraps() {
    let (mut store, instance) = instance(TEXT);
    for (at, len) in
        [(0, -1), (-1, 1), (-1, 2), (65536, 1), (i64::MAX, i64::MAX), (GIB_4, 0), (1, 65536)]
    {
        let result = call::<_, ()>(&mut store, instance, "fill", (at, len));
        assert_trap(result, Trap::MemoryOutOfBounds);
        let result = call::<_, ()>(&mut store, instance, "copy", (at, 0_i64, len));
        assert_trap(result, Trap::MemoryOutOfBounds);
        let result = call::<_, ()>(&mut store, instance, "copy", (0_i64, at, len));
        assert_trap(result, Trap::MemoryOutOfBounds);
    }
    for (at, from, len) in
        [(-1, 0, 1), (-4, 0, 8), (GIB_4, 0, 1), (0, -1, 1), (0, 1, -1), (65529, 0, 8)]
    {
        let result = call::<_, ()>(&mut store, instance, "init", (at, from, len));
        assert_trap(result, Trap::MemoryOutOfBounds);
    }
    let memory = instance.get_memory(&mut store, "m").unwrap();
    assert!(memory.data(&store).iter().all(|byte| *byte == 0));
    call::<_, ()>(&mut store, instance, "init", (65528_i64, 0, 8)).unwrap();
    call::<_, ()>(&mut store, instance, "copy", (0_i64, 65530_i64, 6_i64)).unwrap();
    call::<_, ()>(&mut store, instance, "fill", (65536_i64, 0_i64)).unwrap();
    assert_eq!(&memory.data(&store)[..8], b"cdefgh\0\0");
}

#[test]
fn growth_beyond_reason_fails_and_changes_nothing() {
    let (mut store, instance) = instance(TEXT);
    let grow = |store: &mut _, delta| call::<i64, i64>(store, instance, "grow", delta).unwrap();
    for delta in [-1, 4, 1 << 48, (1 << 48) - 1, 1 << 47, i64::MAX, i64::MIN, GIB_4] {
        assert_eq!(grow(&mut store, delta), -1, "{delta}");
    }
    assert_eq!(grow(&mut store, 3), 1);
    assert_eq!(call::<(), i64>(&mut store, instance, "size", ()).unwrap(), 4);

    let unlimited = Memory::new(&mut store, MemoryType::new64(1, None)).unwrap();
    for delta in [u64::MAX, 1 << 48, (1 << 48) - 1, 1 << 47] {
        unlimited.grow(&mut store, delta).unwrap_err();
    }
    assert_eq!(unlimited.size(&store), 1);
    for pages in [(1 << 48) - 1, 1 << 47] {
        assert!(Memory::new(&mut store, MemoryType::new64(pages, None)).is_err());
    }
    let huge = module(store.engine(), "(module (memory i64 0x1_0000_0000_0000))");
    assert!(Instance::new(&mut store, &huge, &[]).is_err());
}

#[test]
#[cfg(target_pointer_width = "64")]
fn there_may_be_more_than_4_gib() {
    let (mut store, instance) = instance(
        r#"(module (memory (export "m") i64 65537)
            (func (export "run") (result i64)
                (i64.store (i64.const 8) (i64.const 1))
                (i64.store (i64.const 0x1_0000_0008) (i64.const 20))
                (i64.store offset=0x1_0000_0000 (i64.const 16) (i64.const 300))
                (memory.fill (i64.const 0x1_0000_0020) (i32.const 1) (i64.const 2))
                (memory.copy (i64.const 0x1_0000_0030) (i64.const 0x1_0000_0008) (i64.const 8))
                (i64.add
                    (i64.add (i64.load (i64.const 8)) (i64.load offset=0x1_0000_0000 (i64.const 8)))
                    (i64.add
                        (i64.load (i64.const 0x1_0000_0010))
                        (i64.add
                            (i64.load (i64.const 0x1_0000_0020))
                            (i64.load (i64.const 0x1_0000_0030)))))))"#,
    );
    let sum = call::<(), i64>(&mut store, instance, "run", ()).unwrap();
    assert_eq!(sum, 1 + 20 + 300 + 0x101 + 20);
    let memory = instance.get_memory(&mut store, "m").unwrap();
    assert_eq!(memory.size(&store), 65537);
    assert_eq!(memory.data_size(&store), (1 << 32) + 65536);
    let mut byte = [0];
    memory.read(&store, (1 << 32) + 8, &mut byte).unwrap();
    assert_eq!(byte, [20]);
    memory.read(&store, (1 << 32) + 65536, &mut byte).unwrap_err();
}

#[test]
fn segments_beyond_4_gib_trap() {
    let store = &mut Store::<()>::default();
    for (offset, fits) in
        [("65535", true), ("65536", false), ("0x1_0000_0000", false), ("-1", false)]
    {
        let text = format!("(module (memory i64 1) (data (i64.const {offset}) \"x\"))");
        let module = module(store.engine(), &text);
        let result = Instance::new(&mut *store, &module, &[]);
        assert_eq!(result.is_ok(), fits, "{offset}");
        if !fits {
            assert_trap(result, Trap::MemoryOutOfBounds);
        }
        let text = format!(
            "(module (table i64 65536 funcref) (func $f) (elem (i64.const {offset}) func $f))"
        );
        let module = crate::module(store.engine(), &text);
        let result = Instance::new(&mut *store, &module, &[]);
        assert_eq!(result.is_ok(), fits, "{offset}");
        if !fits {
            assert_trap(result, Trap::TableOutOfBounds);
        }
    }
}

#[test]
fn the_limiter_hears_of_bytes_and_decides() {
    let limits = StoreLimitsBuilder::new().memory_size(2 * 65536).table_elements(5).build();
    let mut store = Store::new(&Engine::default(), limits);
    store.limiter(|limits| limits);
    let memory = Memory::new(&mut store, MemoryType::new64(1, None)).unwrap();
    assert_eq!(memory.grow(&mut store, 1).unwrap(), 1);
    memory.grow(&mut store, 1).unwrap_err();
    memory.grow(&mut store, u64::MAX).unwrap_err();
    let ty = TableType::new64(RefType::FUNCREF, 5, None);
    let table = Table::new(&mut store, ty, Ref::Func(None)).unwrap();
    table.grow(&mut store, 1, Ref::Func(None)).unwrap_err();
    table.grow(&mut store, u64::MAX, Ref::Func(None)).unwrap_err();
    let ty = TableType::new64(RefType::FUNCREF, 1 << 40, None);
    assert_err(
        Table::new(&mut store, ty, Ref::Func(None)),
        "table minimum size of 1099511627776 elements exceeds table limits",
    );
}

#[test]
fn index_types_are_part_of_the_type() {
    let (engine, mut store, _) = setup();
    let narrow = Memory::new(&mut store, MemoryType::new(1, None)).unwrap();
    let wide = Memory::new(&mut store, MemoryType::new64(1, None)).unwrap();
    assert!(wide.ty(&store).is_64() && !narrow.ty(&store).is_64());
    let importer = module(&engine, r#"(module (import "" "" (memory i64 1)))"#);
    assert!(importer.imports().next().unwrap().ty().unwrap_memory().is_64());
    Instance::new(&mut store, &importer, &[wide.into()]).unwrap();
    assert_err(
        Instance::new(&mut store, &importer, &[narrow.into()]),
        "expected 64-bit memory, found 32-bit memory",
    );
    let ty = TableType::new64(RefType::FUNCREF, 1, None);
    let wide = Table::new(&mut store, ty, Ref::Func(None)).unwrap();
    let importer = module(&engine, r#"(module (import "" "" (table 1 funcref)))"#);
    assert_err(
        Instance::new(&mut store, &importer, &[wide.into()]),
        "expected 32-bit table, found 64-bit table",
    );
}

#[test]
fn unknown_imports_get_defaults_of_their_index_type() {
    let (engine, mut store, mut linker) = setup();
    let importer = module(
        &engine,
        r#"(module (import "a" "m" (memory i64 2 3)) (import "a" "t" (table i64 4 funcref)))"#,
    );
    linker.define_unknown_imports_as_default_values(&mut store, &importer).unwrap();
    linker.instantiate(&mut store, &importer).unwrap();
    let memory = linker.get(&mut store, "a", "m").unwrap().into_memory().unwrap();
    assert!(memory.ty(&store).is_64());
    let table = linker.get(&mut store, "a", "t").unwrap().into_table().unwrap();
    assert!(table.ty(&store).is_64());
}

const TABLES: &str = r#"(module
    (type $t (func (result i32)))
    (table $t (export "t") i64 3 10 funcref)
    (table $narrow 3 funcref)
    (elem (table $t) (i64.const 0) func $seven $seven)
    (elem $passive func $seven $eight)
    (func $seven (result i32) (i32.const 7))
    (func $eight (result i32) (i32.const 8))
    (func (export "call") (param i64) (result i32) (call_indirect $t (type $t) (local.get 0)))
    (func (export "tail") (param i64) (result i32)
        (return_call_indirect $t (type $t) (local.get 0)))
    (func (export "get") (param i64) (result i32) (ref.is_null (table.get $t (local.get 0))))
    (func (export "set") (param i64) (table.set $t (local.get 0) (ref.func $eight)))
    (func (export "grow") (param i64) (result i64)
        (table.grow $t (ref.func $seven) (local.get 0)))
    (func (export "size") (result i64) (table.size $t))
    (func (export "fill") (param i64 i64)
        (table.fill $t (local.get 0) (ref.func $eight) (local.get 1)))
    (func (export "copy") (param i64 i64 i64)
        (table.copy $t $t (local.get 0) (local.get 1) (local.get 2)))
    (func (export "narrow") (param i64 i32 i32)
        (table.copy $t $narrow (local.get 0) (local.get 1) (local.get 2)))
    (func (export "init") (param i64 i32 i32)
        (table.init $t $passive (local.get 0) (local.get 1) (local.get 2))))"#;

#[test]
fn table_indices_are_not_cut_to_32_bits() {
    let (mut store, instance) = instance(TABLES);
    for name in ["call", "tail"] {
        let f = |store: &mut _, index| call::<i64, i32>(store, instance, name, index);
        assert_eq!(f(&mut store, 1).unwrap(), 7);
        assert_trap(f(&mut store, 2), Trap::IndirectCallToNull);
        for index in [3, GIB_4, GIB_4 + 1, -1, i64::MIN, 1 << 61] {
            assert_trap(f(&mut store, index), Trap::TableOutOfBounds);
        }
    }
    for index in [3, GIB_4, -1, 1 << 61] {
        let result = call::<i64, i32>(&mut store, instance, "get", index);
        assert_trap(result, Trap::TableOutOfBounds);
        let result = call::<i64, ()>(&mut store, instance, "set", index);
        assert_trap(result, Trap::TableOutOfBounds);
    }
    for (at, len) in [(0, GIB_4), (GIB_4, 0), (-1, 1), (-1, 2), (1, i64::MAX), (2, 2)] {
        let result = call::<_, ()>(&mut store, instance, "fill", (at, len));
        assert_trap(result, Trap::TableOutOfBounds);
        let result = call::<_, ()>(&mut store, instance, "copy", (at, 0_i64, len));
        assert_trap(result, Trap::TableOutOfBounds);
        let result = call::<_, ()>(&mut store, instance, "copy", (0_i64, at, len));
        assert_trap(result, Trap::TableOutOfBounds);
    }
    for (at, from, len) in [(GIB_4, 0, 1), (-1, 0, 1), (0, -1, 1), (0, 0, -1), (2, 0, 2)] {
        for name in ["init", "narrow"] {
            let result = call::<_, ()>(&mut store, instance, name, (at, from, len));
            assert_trap(result, Trap::TableOutOfBounds);
        }
    }
    call::<_, ()>(&mut store, instance, "init", (1_i64, 0, 2)).unwrap();
    assert_eq!(call::<i64, i32>(&mut store, instance, "tail", 2).unwrap(), 8);
}

#[test]
fn tables_grow_within_reason() {
    let (mut store, instance) = instance(TABLES);
    let grow = |store: &mut _, delta| call::<i64, i64>(store, instance, "grow", delta).unwrap();
    for delta in [-1, 8, GIB_4, i64::MAX, i64::MIN] {
        assert_eq!(grow(&mut store, delta), -1, "{delta}");
    }
    assert_eq!(grow(&mut store, 7), 3);
    assert_eq!(call::<(), i64>(&mut store, instance, "size", ()).unwrap(), 10);
    let table = instance.get_table(&mut store, "t").unwrap();
    assert_eq!(table.size(&store), 10);
    assert!(table.get(&mut store, 9).unwrap().unwrap_func().is_some());
    assert!(table.get(&mut store, 1 << 32).is_none());
    let result = table.set(&mut store, 1 << 32, Ref::Func(None));
    assert_trap(result, Trap::TableOutOfBounds);

    let ty = TableType::new64(RefType::FUNCREF, 1, None);
    let unlimited = Table::new(&mut store, ty, Ref::Func(None)).unwrap();
    for delta in [u64::MAX, 1 << 61, 1 << 60] {
        unlimited.grow(&mut store, delta, Ref::Func(None)).unwrap_err();
    }
    assert_eq!(unlimited.size(&store), 1);
}
