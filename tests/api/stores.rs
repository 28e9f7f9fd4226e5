//! `Store` and its contexts.

use crate::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

#[test]
fn data_is_kept_and_given_back() {
    let mut store = Store::new(&Engine::default(), vec![1]);
    store.data_mut().push(2);
    assert_eq!(*store.data(), [1, 2]);
    assert_eq!(store.as_context().data().len(), 2);
    store.as_context_mut().data_mut().push(3);
    assert_eq!(store.into_data(), [1, 2, 3]);
}

#[test]
fn the_engine_is_the_one_given() {
    let engine = Engine::default();
    let store = Store::new(&engine, ());
    assert!(Engine::same(&engine, store.engine()));
    assert!(Engine::same(&engine, store.as_context().engine()));
    assert!(!Engine::same(&engine, Store::<()>::default().engine()));
}

#[test]
fn contexts_stand_for_the_store() {
    fn grow<T>(memory: Memory, mut store: impl AsContextMut<Data = T>) -> u64 {
        memory.grow(&mut store, 1).unwrap();
        memory.size(&store)
    }
    let (_, mut store, _) = setup();
    let memory = Memory::new(&mut store, MemoryType::new(1, None)).unwrap();
    assert_eq!(grow(memory, &mut store), 2);
    assert_eq!(grow(memory, store.as_context_mut()), 3);
    assert_eq!(grow(memory, &mut store.as_context_mut()), 4);
    assert_eq!(memory.size(store.as_context()), 4);
    let context: StoreContext<'_, ()> = (&store).into();
    assert_eq!(memory.data(context).len(), 4 * 65536);
}

#[test]
fn host_data_is_dropped_once_with_the_store() {
    struct Dropped(Arc<AtomicUsize>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.fetch_add(1, SeqCst);
        }
    }
    let drops = Arc::new(AtomicUsize::new(0));
    let (_, mut store, _) = setup();
    for _ in 0..3 {
        ExternRef::new(&mut store, Dropped(drops.clone())).unwrap();
    }
    assert_eq!(drops.load(SeqCst), 0);
    drop(store);
    assert_eq!(drops.load(SeqCst), 3);
}

#[test]
fn types_of_modules_that_are_gone_make_room_for_others() {
    let engine = Engine::default();
    let mut store = Store::<()>::new(&engine, ());
    let mut linker = Linker::new(&engine);
    // Numbers of types are given again: in the store only while nothing of theirs is there.
    for n in 0..40 {
        let types = |count: usize| {
            let types =
                (0..count).map(|i| format!("(type (func (param {})))", "i64 ".repeat(i * 7 + n)));
            types.collect::<String>()
        };
        let gone = Module::new(&engine, format!("(module {})", types(5))).unwrap();
        let refused = format!(r#"(module {} (import "" "nothing" (func)))"#, types(9));
        linker.instantiate(&mut store, &Module::new(&engine, refused).unwrap()).unwrap_err();
        drop(gone);
        let ty = FuncType::new(&engine, vec![ValType::F32; n], []);
        let func = Func::new(&mut store, ty, |_, _, _| Ok(()));
        linker.allow_shadowing(true).define(&store, "", "f", func).unwrap();
        let text = format!(
            r#"(module {} (import "" "f" (func $f (param {}))) (func (export "g") (result i32) i32.const {n}))"#,
            types(3),
            "f32 ".repeat(n)
        );
        let instance =
            linker.instantiate(&mut store, &Module::new(&engine, text).unwrap()).unwrap();
        let g = instance.get_typed_func::<(), i32>(&mut store, "g").unwrap();
        assert_eq!(g.call(&mut store, ()).unwrap(), n as i32);
    }
}
