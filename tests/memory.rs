//! Linear memories through the API.

use wasmote::*;

fn store() -> Store<()> {
    Store::default()
}

#[test]
fn bytes_are_read_and_written() -> Result<()> {
    let mut store = store();
    let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
    memory.write(&mut store, 65535, &[7])?;
    let mut byte = [0];
    memory.read(&store, 65535, &mut byte)?;
    assert_eq!(byte, [7]);
    memory.data_mut(&mut store)[0] = 9;
    assert_eq!(memory.data(&store)[0], 9);
    assert_eq!(memory.data(&store).len(), memory.data_size(&store));
    assert_eq!(memory.data_ptr(&store).cast_const(), memory.data(&store).as_ptr());
    Ok(())
}

#[test]
fn access_outside_is_an_error_and_changes_nothing() -> Result<()> {
    let mut store = store();
    let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
    let mut buffer = [5; 2];
    for offset in [65535, 65536, 65537, usize::MAX] {
        let error = memory.read(&store, offset, &mut buffer).unwrap_err();
        assert_eq!(error.to_string(), "out of bounds memory access");
        assert_eq!(buffer, [5; 2]);
        memory.write(&mut store, offset, &[1, 1]).unwrap_err();
    }
    assert!(memory.data(&store).iter().all(|byte| *byte == 0));
    // Nothing at the very end is inside.
    memory.read(&store, 65536, &mut [])?;
    memory.write(&mut store, 65536, &[])?;
    let error: Error = memory.read(&store, 65537, &mut []).unwrap_err().into();
    assert!(error.is::<MemoryAccessError>());
    Ok(())
}

#[test]
fn data_and_the_stores_data_are_borrowed_together() -> Result<()> {
    let mut store = Store::new(&Engine::default(), 3_u8);
    let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
    let (bytes, data) = memory.data_and_store_mut(&mut store);
    bytes[0] = *data;
    *data = 4;
    assert_eq!((memory.data(&store)[0], *store.data()), (3, 4));
    Ok(())
}

#[test]
fn sizes_and_type() -> Result<()> {
    let mut store = store();
    let memory = Memory::new(&mut store, MemoryType::new(2, Some(5)))?;
    assert_eq!(memory.size(&store), 2);
    assert_eq!(memory.data_size(&store), 2 * 65536);
    assert_eq!((memory.page_size(&store), memory.page_size_log2(&store)), (65536, 16));
    memory.grow(&mut store, 1)?;
    let ty = memory.ty(&store);
    assert_eq!((ty.minimum(), ty.maximum()), (2, Some(5)));
    Ok(())
}

#[test]
fn growth_gives_the_old_size_and_zeroes() -> Result<()> {
    let mut store = store();
    let memory = Memory::new(&mut store, MemoryType::new(1, Some(3)))?;
    memory.data_mut(&mut store).fill(1);
    assert_eq!(memory.grow(&mut store, 0)?, 1);
    assert_eq!(memory.grow(&mut store, 2)?, 1);
    assert_eq!(memory.size(&store), 3);
    assert!(memory.data(&store)[..65536].iter().all(|byte| *byte == 1));
    assert!(memory.data(&store)[65536..].iter().all(|byte| *byte == 0));
    Ok(())
}

/// A guest that grows its memory page by page until it has five megabytes: wherever its bytes come from at each
/// size, and however often they move.
#[test]
fn a_memory_that_grows_large_keeps_its_contents() -> Result<()> {
    let mut store = store();
    let module = Module::new(
        store.engine(),
        r#"(module
            (memory (export "m") 1)
            (func (export "run") (param $pages i32)
                (local $page i32)
                (loop $next
                    ;; The first and the last word of each page: its number.
                    (i32.store (i32.shl (local.get $page) (i32.const 16)) (local.get $page))
                    (i32.store offset=65532 (i32.shl (local.get $page) (i32.const 16)) (local.get $page))
                    (local.set $page (i32.add (local.get $page) (i32.const 1)))
                    (if (i32.ne (memory.grow (i32.const 1)) (local.get $page)) (then unreachable))
                    (br_if $next (i32.lt_u (local.get $page) (local.get $pages))))))"#,
    )?;
    let instance = Instance::new(&mut store, &module, &[])?;
    instance.get_typed_func::<u32, ()>(&mut store, "run")?.call(&mut store, 80)?;
    let memory = instance.get_memory(&mut store, "m").unwrap();
    assert_eq!(memory.size(&store), 81);
    for (number, page) in (0u32..).zip(memory.data(&store).chunks(65536)) {
        let (first, rest) = page.split_at(4);
        let (middle, last) = rest.split_at(65528);
        let number = if number < 80 { number } else { 0 };
        assert_eq!((first, last), (&number.to_le_bytes()[..], &number.to_le_bytes()[..]));
        assert!(middle.iter().all(|byte| *byte == 0), "page {number}");
    }
    Ok(())
}

#[test]
fn memory_that_nobody_has_is_an_error() -> Result<()> {
    let mut store = store();
    // 2^62 bytes: more than processors can address, and more than can be told in 32 bits.
    let pages = 1 << 46;
    let expected = if usize::BITS < 64 {
        format!("memory minimum size of {pages} pages exceeds memory limits")
    } else {
        format!("out of memory: a memory of {pages} pages could not be allocated")
    };
    let huge = MemoryType::builder().memory64(true).min(pages).build()?;
    let error = Memory::new(&mut store, huge).unwrap_err().to_string();
    assert_eq!(error, expected);
    for size in [1, 40] {
        let memory = Memory::new(&mut store, MemoryType::new64(size, None))?;
        memory.data_mut(&mut store).fill(1);
        let error = memory.grow(&mut store, pages).unwrap_err().to_string();
        assert_eq!(error, format!("failed to grow memory by `{pages}`"));
        assert_eq!(memory.grow(&mut store, 1)?, size);
        let (old, new) = memory.data(&store).split_at(size as usize * 65536);
        assert!(old.iter().all(|byte| *byte == 1) && new.iter().all(|byte| *byte == 0));
    }
    Ok(())
}

#[test]
fn growth_beyond_the_maximum_fails() -> Result<()> {
    let mut store = store();
    let memory = Memory::new(&mut store, MemoryType::new(1, Some(3)))?;
    for delta in [3, 1 << 32, u64::MAX] {
        let error = memory.grow(&mut store, delta).unwrap_err();
        assert_eq!(error.to_string(), format!("failed to grow memory by `{delta}`"));
    }
    let unlimited = Memory::new(&mut store, MemoryType::new(0, None))?;
    let error = unlimited.grow(&mut store, 65537).unwrap_err();
    assert_eq!(error.to_string(), "failed to grow memory by `65537`");
    assert_eq!(unlimited.size(&store), 0);
    Ok(())
}

#[test]
fn shared_memories_are_refused() {
    let error = Memory::new(store(), MemoryType::shared(1, 1)).unwrap_err();
    assert_eq!(error.to_string(), "shared memories must be created through `SharedMemory`");
}

#[test]
#[should_panic(expected = "object used with the wrong store")]
fn another_stores_memory_panics() {
    let memory = Memory::new(store(), MemoryType::new(1, None)).unwrap();
    memory.size(store());
}

#[test]
fn guest_and_host_see_the_same_bytes() -> Result<()> {
    let mut store = store();
    let module = Module::new(
        store.engine(),
        r#"(module
            (memory (export "m") 1 2)
            (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
            (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
            (func (export "size") (result i32) (memory.size))
            (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#,
    )?;
    let instance = Instance::new(&mut store, &module, &[])?;
    let memory = instance.get_memory(&mut store, "m").unwrap();
    let load = instance.get_typed_func::<i32, i32>(&mut store, "load")?;
    let poke = instance.get_typed_func::<(i32, i32), ()>(&mut store, "store")?;
    let size = instance.get_typed_func::<(), i32>(&mut store, "size")?;
    let grow = instance.get_typed_func::<i32, i32>(&mut store, "grow")?;

    memory.write(&mut store, 10, &[42])?;
    assert_eq!(load.call(&mut store, 10)?, 42);
    poke.call(&mut store, (11, 43))?;
    assert_eq!(memory.data(&store)[11], 43);

    assert_eq!(
        load.call(&mut store, 65536).unwrap_err().downcast::<Trap>()?,
        Trap::MemoryOutOfBounds
    );
    assert_eq!(memory.grow(&mut store, 1)?, 1);
    assert_eq!(size.call(&mut store, ())?, 2);
    assert_eq!(load.call(&mut store, 65536)?, 0);
    assert_eq!(grow.call(&mut store, 1)?, -1);
    assert_eq!(grow.call(&mut store, 0)?, 2);
    assert_eq!(memory.size(&store), 2);
    Ok(())
}

#[test]
fn guest_growth_is_seen_by_the_host() -> Result<()> {
    let mut store = store();
    let module = Module::new(
        store.engine(),
        r#"(module
            (memory (export "m") 1)
            (func (export "run") (result i32)
                (drop (memory.grow (i32.const 2)))
                (i32.store (i32.const 196604) (i32.const 77))
                (i32.load (i32.const 196604))))"#,
    )?;
    let instance = Instance::new(&mut store, &module, &[])?;
    let run = instance.get_typed_func::<(), i32>(&mut store, "run")?;
    assert_eq!(run.call(&mut store, ())?, 77);
    let memory = instance.get_memory(&mut store, "m").unwrap();
    assert_eq!(memory.size(&store), 3);
    assert_eq!(memory.data(&store)[196604], 77);
    Ok(())
}

#[test]
fn a_host_function_may_grow_the_memory_of_its_caller() -> Result<()> {
    let mut store = store();
    let module = Module::new(
        store.engine(),
        r#"(module
            (import "" "grow" (func $grow))
            (memory (export "m") 1)
            (func (export "run") (result i32)
                (i32.store (i32.const 0) (i32.const 5))
                (call $grow)
                (i32.add (i32.load (i32.const 0)) (i32.load (i32.const 65536)))))"#,
    )?;
    let grow = Func::wrap(&mut store, |mut caller: Caller<'_, ()>| -> Result<()> {
        let memory = caller.get_export("m").unwrap().into_memory().unwrap();
        memory.grow(&mut caller, 1)?;
        memory.write(&mut caller, 65536, &[6])?;
        Ok(())
    });
    let instance = Instance::new(&mut store, &module, &[grow.into()])?;
    let run = instance.get_typed_func::<(), i32>(&mut store, "run")?;
    assert_eq!(run.call(&mut store, ())?, 11);
    Ok(())
}
