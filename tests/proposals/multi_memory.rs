//! Several memories in a module.

use crate::*;

#[test]
fn each_instruction_means_the_memory_that_it_names() {
    let (mut store, instance) = instance(
        r#"(module
            (memory $a (export "a") 1 4)
            (memory $b (export "b") 2 4)
            (memory $c (export "c") 0 4)
            (data (memory $b) (i32.const 65536) "bbbb")
            (data $passive "pppp")
            (func (export "run") (result i32)
                (i32.store8 $a (i32.const 0) (i32.const 7))
                (i32.store16 $b (i32.const 1) (i32.const 0x0809))
                (memory.copy $a $b (i32.const 4) (i32.const 65536) (i32.const 4))
                (drop (memory.grow $c (i32.const 1)))
                (memory.fill $c (i32.const 8) (i32.const 0xc) (i32.const 3))
                (memory.init $c $passive (i32.const 0) (i32.const 1) (i32.const 2))
                (i32.add
                    (i32.mul (memory.size $a) (i32.const 100))
                    (i32.add (i32.mul (memory.size $b) (i32.const 10)) (memory.size $c))))
            (func (export "load") (param i32) (result i64) (i64.load32_u $b offset=1 (local.get 0))))"#,
    );
    assert_eq!(run_i32(&mut store, instance, "run"), 121);
    let [a, b, c] = ["a", "b", "c"].map(|name| instance.get_memory(&mut store, name).unwrap());
    assert_eq!(&a.data(&store)[..8], b"\x07\0\0\0bbbb");
    assert_eq!(&b.data(&store)[..4], b"\0\x09\x08\0");
    assert_eq!(&c.data(&store)[..12], b"pp\0\0\0\0\0\0\x0c\x0c\x0c\0");
    let load = |store: &mut _, at| call::<i32, i64>(store, instance, "load", at);
    assert_eq!(load(&mut store, 0).unwrap(), 0x0809);
    assert_eq!(load(&mut store, 2 * 65536 - 5).unwrap(), 0);
    assert_trap(load(&mut store, 2 * 65536 - 4), Trap::MemoryOutOfBounds);
    assert_trap(load(&mut store, -1), Trap::MemoryOutOfBounds);
}

#[test]
fn one_memory_may_be_imported_twice() {
    let (engine, mut store, _) = setup();
    let memory = Memory::new(&mut store, MemoryType::new(1, None)).unwrap();
    let module = module(
        &engine,
        r#"(module
            (import "" "a" (memory $a 1)) (import "" "b" (memory $b 1))
            (func (export "run") (result i32)
                (i32.store $a (i32.const 0) (i32.const 42))
                (drop (memory.grow $b (i32.const 1)))
                (i32.store $b (i32.const 4) (i32.const 5))
                ;; The first has grown, too.
                (i32.store $a (i32.const 65536) (i32.const 1))
                (i32.add (i32.load $b (i32.const 0)) (i32.load $a (i32.const 4)))))"#,
    );
    let instance = Instance::new(&mut store, &module, &[memory.into(), memory.into()]).unwrap();
    assert_eq!(run_i32(&mut store, instance, "run"), 47);
    assert_eq!(memory.size(&store), 2);
}

#[test]
fn as_many_as_the_validator_allows() {
    let memories = "(memory 0) ".repeat(99);
    let text = format!(
        "(module {memories} (memory (export \"last\") 1) (data (memory 99) (i32.const 3) \"x\")
            (func (export \"f\") (result i32) (i32.load8_u 99 (i32.const 3))))"
    );
    let (mut store, last) = instance(&text);
    assert_eq!(run_i32(&mut store, last, "f"), i32::from(b'x'));
}

#[test]
fn limits_count_each_memory() {
    let limits = StoreLimitsBuilder::new().memories(2).memory_size(3 * 65536).build();
    let mut store = Store::new(&Engine::default(), limits);
    store.limiter(|limits| limits);
    let three = module(store.engine(), "(module (memory 1) (memory 1) (memory 1))");
    assert_err(Instance::new(&mut store, &three, &[]), "memory count too high at 3");
    let two = module(
        store.engine(),
        r#"(module (memory 3) (memory $b 1)
            (func (export "f") (param i32) (result i32) (memory.grow $b (local.get 0))))"#,
    );
    let instance = Instance::new(&mut store, &two, &[]).unwrap();
    let grow = instance.get_typed_func::<i32, i32>(&mut store, "f").unwrap();
    assert_eq!(grow.call(&mut store, 2).unwrap(), 1);
    assert_eq!(grow.call(&mut store, 1).unwrap(), -1);
}
