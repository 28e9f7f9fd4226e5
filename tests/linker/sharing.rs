//! One linker for many stores and threads; clones; what keeps closures alive.

use crate::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// Counts its drops.
struct Dropped(Arc<AtomicUsize>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// A closure that counts when it is dropped, and the counter.
fn tracked() -> (impl Fn() -> i32 + Send + Sync + 'static, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let dropped = Dropped(count.clone());
    let closure = move || {
        let _keep = &dropped;
        7
    };
    (closure, count)
}

const USER: &str = r#"(module (import "m" "f" (func $f (result i32))) (func (export "run") (result i32) (call $f)))"#;

#[test]
fn linkers_are_send_and_sync_whatever_the_data() {
    fn check<T: Send + Sync>() {}
    check::<Linker<()>>();
    check::<Linker<*mut u8>>();
    check::<Linker<std::rc::Rc<std::cell::Cell<u8>>>>();
    check::<InstancePre<*mut u8>>();
    check::<UnknownImportError>();
}

#[test]
fn generic_types_may_hold_a_linker_without_a_bound() {
    #[derive(Clone, Debug)]
    struct Plugins<T> {
        linker: Linker<T>,
        pre: Option<InstancePre<T>>,
    }

    impl<T> Plugins<T> {
        fn new(engine: &Engine) -> Self {
            let mut linker = Linker::new(engine);
            linker.allow_shadowing(true).allow_unknown_exports(true);
            linker.alias_module("m", "alias").unwrap();
            Plugins { linker, pre: None }
        }
    }

    let engine = Engine::default();
    let mut plugins = Plugins::<i32>::new(&engine);
    plugins.linker.func_wrap("m", "f", |caller: Caller<'_, i32>| *caller.data()).unwrap();
    plugins.pre = Some(plugins.linker.instantiate_pre(&module(&engine, USER)).unwrap());
    let mut store = Store::new(&engine, 7);
    let instance = plugins.pre.clone().unwrap().instantiate(&mut store).unwrap();
    assert_eq!(run_i32(&mut store, instance, "run"), 7);
}

#[test]
fn host_functions_work_in_many_stores() {
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    linker.func_wrap("m", "f", |caller: Caller<'_, i32>| *caller.data()).unwrap();
    let user = module(&engine, USER);
    let pre = linker.instantiate_pre(&user).unwrap();
    let mut stores: Vec<_> = (0..5).map(|n| Store::new(&engine, n)).collect();
    for (n, store) in stores.iter_mut().enumerate() {
        let a = linker.instantiate(&mut *store, &user).unwrap();
        let b = pre.instantiate(&mut *store).unwrap();
        assert_eq!(run_i32(store, a, "run"), n as i32);
        assert_eq!(run_i32(store, b, "run"), n as i32);
    }
}

#[test]
fn host_functions_work_in_many_threads() {
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    let hits = Arc::new(AtomicUsize::new(0));
    let counter = hits.clone();
    linker
        .func_wrap("m", "f", move |caller: Caller<'_, i32>| {
            counter.fetch_add(1, SeqCst);
            *caller.data()
        })
        .unwrap();
    let user = module(&engine, USER);
    let pre = linker.instantiate_pre(&user).unwrap();
    std::thread::scope(|scope| {
        for n in 0..8 {
            let (engine, linker, user, pre) = (&engine, &linker, &user, pre.clone());
            scope.spawn(move || {
                let mut store = Store::new(engine, n);
                for _ in 0..20 {
                    let a = linker.instantiate(&mut store, user).unwrap();
                    assert_eq!(run_i32(&mut store, a, "run"), n);
                    let b = pre.instantiate(&mut store).unwrap();
                    assert_eq!(run_i32(&mut store, b, "run"), n);
                }
            });
        }
    });
    assert_eq!(hits.load(SeqCst), 8 * 40);
}

#[test]
fn a_store_item_ties_only_its_importers() {
    let (engine, mut store, mut linker) = setup();
    linker.func_wrap("m", "f", || 1).unwrap();
    let item = global(&mut store, 1);
    linker.define(&store, "m", "g", item).unwrap();
    let mut other = Store::new(&engine, ());
    let free = linker.instantiate(&mut other, &module(&engine, USER)).unwrap();
    assert_eq!(run_i32(&mut other, free, "run"), 1);
    let tied = module(&engine, r#"(module (import "m" "g" (global i32)))"#);
    assert!(linker.instantiate(&mut other, &tied).is_err());
}

#[test]
fn a_clone_outlives_its_original() {
    let (engine, mut store, mut linker) = setup();
    linker.func_wrap("m", "f", || 1).unwrap();
    linker.func_wrap("a much longer module name", "and a longer field name", || 2).unwrap();
    let clone = linker.clone();
    drop(linker);
    let long = clone.get(&mut store, "a much longer module name", "and a longer field name");
    assert_eq!(call_i32(&mut store, long.unwrap().into_func().unwrap()), 2);
    let instance = clone.instantiate(&mut store, &module(&engine, USER)).unwrap();
    assert_eq!(run_i32(&mut store, instance, "run"), 1);
    assert_eq!(clone.iter(&mut store).count(), 2);
}

#[test]
fn clones_are_independent() {
    let (_, mut store, mut linker) = setup();
    linker.func_wrap("m", "both", || 1).unwrap();
    linker.allow_shadowing(true);
    let mut clone = linker.clone();
    // The flags came along and are the clone's own from here.
    clone.func_wrap("m", "both", || 2).unwrap();
    clone.allow_shadowing(false);
    linker.func_wrap("m", "both", || 3).unwrap();
    clone.func_wrap("m", "clone", || 4).unwrap();
    linker.func_wrap("m", "original", || 5).unwrap();
    let of_clone = clone.get(&mut store, "m", "both").unwrap().into_func().unwrap();
    let of_original = linker.get(&mut store, "m", "both").unwrap().into_func().unwrap();
    assert_eq!(call_i32(&mut store, of_clone), 2);
    assert_eq!(call_i32(&mut store, of_original), 3);
    assert!(linker.get(&mut store, "m", "clone").is_err());
    assert!(clone.get(&mut store, "m", "original").is_err());
}

#[test]
fn a_default_linker_has_an_engine_of_its_own() {
    let engine = Engine::default();
    let linker = Linker::<()>::default();
    assert!(!Engine::same(&engine, linker.engine()));
    let result = linker.instantiate(&mut Store::new(&engine, ()), &module(&engine, "(module)"));
    assert_err_is(result, "cross-`Engine` instantiation is not currently supported");
    assert!(Engine::same(&engine, Linker::<()>::new(&engine).engine()));
}

#[test]
fn a_linker_has_a_debug_form() {
    let (_, _, linker) = setup();
    assert!(format!("{linker:?}").starts_with("Linker"));
}

#[test]
fn closures_are_dropped_with_the_last_linker() {
    let (closure, drops) = tracked();
    let mut linker = Linker::<()>::new(&Engine::default());
    linker.func_wrap("m", "f", closure).unwrap();
    let clone = linker.clone();
    drop(linker);
    assert_eq!(drops.load(SeqCst), 0);
    drop(clone);
    assert_eq!(drops.load(SeqCst), 1);
}

#[test]
fn closures_are_dropped_with_the_last_store() {
    let (closure, drops) = tracked();
    let (engine, mut store, mut linker) = setup();
    linker.func_wrap("m", "f", closure).unwrap();
    let user = module(&engine, USER);
    let instance = linker.instantiate(&mut store, &user).unwrap();
    drop(linker);
    assert_eq!(drops.load(SeqCst), 0);
    assert_eq!(run_i32(&mut store, instance, "run"), 7);
    drop(store);
    assert_eq!(drops.load(SeqCst), 1);
}

#[test]
fn closures_are_kept_by_a_prepared_instance() {
    let (closure, drops) = tracked();
    let (engine, mut store, mut linker) = setup();
    linker.func_wrap("m", "f", closure).unwrap();
    let pre = linker.instantiate_pre(&module(&engine, USER)).unwrap();
    drop(linker);
    let instance = pre.instantiate(&mut store).unwrap();
    assert_eq!(run_i32(&mut store, instance, "run"), 7);
    drop(store);
    assert_eq!(drops.load(SeqCst), 0);
    drop(pre);
    assert_eq!(drops.load(SeqCst), 1);
}

#[test]
fn closures_are_kept_by_a_function_that_was_got() {
    let (closure, drops) = tracked();
    let (_, mut store, mut linker) = setup();
    linker.func_wrap("m", "f", closure).unwrap();
    let func = linker.get(&mut store, "m", "f").unwrap().into_func().unwrap();
    drop(linker);
    assert_eq!(call_i32(&mut store, func), 7);
    assert_eq!(drops.load(SeqCst), 0);
    drop(store);
    assert_eq!(drops.load(SeqCst), 1);
}

#[test]
fn a_shadowed_closure_is_dropped_at_once() {
    let (closure, drops) = tracked();
    let mut linker = Linker::<()>::new(&Engine::default());
    linker.allow_shadowing(true);
    linker.func_wrap("m", "f", closure).unwrap();
    linker.func_wrap("m", "f", || 8).unwrap();
    assert_eq!(drops.load(SeqCst), 1);
}

#[test]
fn a_closure_that_could_not_be_defined_is_dropped() {
    let (closure, drops) = tracked();
    let mut linker = Linker::<()>::new(&Engine::default());
    linker.func_wrap("m", "f", || 8).unwrap();
    assert!(linker.func_wrap("m", "f", closure).is_err());
    assert_eq!(drops.load(SeqCst), 1);
}

#[test]
fn a_command_in_a_store_leaks_nothing() {
    let engine = Engine::default();
    let data = Arc::new(AtomicUsize::new(0));
    let (closure, drops) = tracked();
    let mut store = Store::new(&engine, Dropped(data.clone()));
    let mut linker = Linker::new(&engine);
    linker.func_wrap("m", "f", closure).unwrap();
    let command = module(
        &engine,
        r#"(module (import "m" "f" (func $f (result i32)))
                   (func (export "_start") (drop (call $f))))"#,
    );
    linker.module(&mut store, "c", &command).unwrap();
    let start = linker.get_default(&mut store, "c").unwrap();
    start.call(&mut store, &[], &mut []).unwrap();
    drop(linker);
    assert_eq!((data.load(SeqCst), drops.load(SeqCst)), (0, 0));
    drop(store);
    assert_eq!((data.load(SeqCst), drops.load(SeqCst)), (1, 1));
}
