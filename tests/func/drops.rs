//! Closures are dropped exactly once, with their store.

use crate::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

struct Dropped(Arc<AtomicUsize>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn closures_live_as_long_as_the_store() {
    let drops = Arc::new(AtomicUsize::new(0));
    let (engine, mut store, _) = setup();
    let ty = FuncType::new(&engine, [], []);
    let tracked = || Dropped(drops.clone());
    let (a, b, c) = (tracked(), tracked(), tracked());
    let wrapped = Func::wrap(&mut store, move || {
        let _keep = &a;
    });
    let new = Func::new(&mut store, ty.clone(), move |_, _, _| {
        let _keep = &b;
        Ok(())
    });
    // SAFETY: the function has no results.
    let raw = unsafe {
        Func::new_unchecked(&mut store, ty, move |_, _| {
            let _keep = &c;
            Ok(())
        })
    };
    for func in [wrapped, new, raw] {
        func.call(&mut store, &[], &mut []).unwrap();
        func.call(&mut store, &[], &mut []).unwrap();
    }
    assert_eq!(drops.load(SeqCst), 0);
    drop(store);
    assert_eq!(drops.load(SeqCst), 3);
}

#[test]
fn the_data_goes_before_the_closures() {
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    struct Noted(&'static str, Arc<std::sync::Mutex<Vec<&'static str>>>);
    impl Drop for Noted {
        fn drop(&mut self) {
            self.1.lock().unwrap().push(self.0);
        }
    }
    let mut store = Store::new(&Engine::default(), Noted("data", order.clone()));
    let in_closure = Noted("closure", order.clone());
    Func::wrap(&mut store, move || {
        let _keep = &in_closure;
    });
    drop(store);
    assert_eq!(*order.lock().unwrap(), ["data", "closure"]);
}

#[test]
fn taking_the_data_out_drops_the_closures() {
    let drops = Arc::new(AtomicUsize::new(0));
    let mut store = Store::new(&Engine::default(), 5);
    let tracked = Dropped(drops.clone());
    Func::wrap(&mut store, move || {
        let _keep = &tracked;
    });
    assert_eq!(store.into_data(), 5);
    assert_eq!(drops.load(SeqCst), 1);
}

#[test]
fn a_closure_of_a_refused_type_is_dropped() {
    let drops = Arc::new(AtomicUsize::new(0));
    let (_, mut store, _) = setup();
    let ty = FuncType::new(&Engine::default(), [], []);
    let tracked = Dropped(drops.clone());
    let make = || {
        Func::new(&mut store, ty, move |_, _, _| {
            let _keep = &tracked;
            Ok(())
        })
    };
    assert_panics(make, "engine");
    assert_eq!(drops.load(SeqCst), 1);
}

#[test]
fn a_panic_does_not_drop_the_closure() {
    let drops = Arc::new(AtomicUsize::new(0));
    let (_, mut store, _) = setup();
    let tracked = Dropped(drops.clone());
    let func = Func::wrap(&mut store, move || -> () {
        let _keep = &tracked;
        panic!("again")
    });
    for _ in 0..3 {
        assert_panics(|| func.call(&mut store, &[], &mut []), "again");
    }
    assert_eq!(drops.load(SeqCst), 0);
    drop(store);
    assert_eq!(drops.load(SeqCst), 1);
}
