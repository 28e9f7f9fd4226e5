//! Tail calls within an instance.

use crate::*;

/// Calls in a chain.
const LONG: i64 = if cfg!(debug_assertions) { 200_000 } else { 100_000_000 };

/// A few frames.
fn small_stack() -> Engine {
    Engine::new(Config::new().max_wasm_stack(1024)).unwrap()
}

const CHAINS: &str = r#"(module
    (type $step (func (param i64 i64) (result i64)))
    (table funcref (elem $through $other))
    ;; One function.
    (func $down (export "down") (param $n i64) (param $sum i64) (result i64)
        (if (i64.eqz (local.get $n)) (then (return (local.get $sum))))
        (return_call $down
            (i64.sub (local.get $n) (i64.const 1)) (i64.add (local.get $sum) (local.get $n))))
    ;; Through a table, in turn.
    (func $through (export "through") (type $step)
        (if (i64.eqz (local.get 0)) (then (return (local.get 1))))
        (return_call_indirect (type $step)
            (i64.sub (local.get 0) (i64.const 1)) (i64.add (local.get 1) (local.get 0))
            (i32.const 1)))
    (func $other (type $step)
        (if (i64.eqz (local.get 0)) (then (return (local.get 1))))
        (return_call_indirect (type $step)
            (i64.sub (local.get 0) (i64.const 1)) (i64.add (local.get 1) (local.get 0))
            (i32.const 0)))
    ;; Each with more parameters than the other one, or more locals.
    (func $few (export "mutual") (param $n i64) (param $sum i64) (result i64)
        (if (i64.eqz (local.get $n)) (then (return (local.get $sum))))
        (return_call $many
            (i32.const 1) (i32.const 2) (i32.const 3) (local.get $sum) (i32.const 4)
            (i64.sub (local.get $n) (i64.const 1)) (local.get $n) (f64.const 0.5) (i32.const 5)))
    (func $many
        (param i32 i32 i32) (param $sum i64) (param i32) (param $n i64) (param $add i64) (param f64 i32)
        (result i64)
        (local i64 i64 i64 i64 i64)
        (if (i64.eqz (local.get $n)) (then (return (i64.add (local.get $sum) (local.get $add)))))
        (return_call $few (local.get $n) (i64.add (local.get $sum) (local.get $add)))))"#;

#[test]
fn chains_take_constant_stack() {
    let engine = small_stack();
    for (name, sum) in [
        ("down", LONG * (LONG + 1) / 2),
        ("through", LONG * (LONG + 1) / 2),
        ("mutual", LONG * (LONG + 1) / 2),
    ] {
        let (mut store, instance) = instance_in(&engine, CHAINS);
        let found = call::<_, i64>(&mut store, instance, name, (LONG, 0_i64)).unwrap();
        assert_eq!(found, sum, "{name}");
    }
}

#[test]
fn the_stack_is_what_an_ordinary_call_lacks() {
    let text = CHAINS.replace("return_call", "call");
    let (mut store, instance) = instance_in(&small_stack(), &text);
    for name in ["down", "through", "mutual"] {
        let result = call::<_, i64>(&mut store, instance, name, (1000_i64, 0_i64));
        assert_trap(result, Trap::StackOverflow);
    }
}

#[test]
fn arguments_and_results_find_their_places() {
    // More results than parameters and the other way round, through one function each way.
    let (mut store, instance) = instance(
        r#"(module
            (func $five (param i32) (result i32 i64 i32 f64 i32)
                (local.get 0) (i64.const 2) (i32.const 3) (f64.const 4.5) (i32.const 5))
            (func $pass (param i32 i32 i32 i32 i32 i32 i32) (result i32 i64 i32 f64 i32)
                (return_call $five (i32.add (local.get 6) (local.get 0))))
            (func (export "f") (result i32 i64 i32 f64 i32)
                (local i64)
                (i64.const 1) ;; what is below the arguments is dropped
                (return_call $pass (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4)
                    (i32.const 5) (i32.const 6) (i32.const 70)))
            (func $swap (param i32 i32 i32) (result i32)
                (if (i32.eqz (local.get 2))
                    (then (return (i32.sub (local.get 0) (local.get 1)))))
                (return_call $swap
                    (local.get 1) (local.get 0) (i32.sub (local.get 2) (i32.const 1))))
            (func (export "swap") (param i32) (result i32)
                (i32.add (i32.const 1000) (call $swap (i32.const 9) (i32.const 2) (local.get 0)))))"#,
    );
    let found = call::<(), (i32, i64, i32, f64, i32)>(&mut store, instance, "f", ()).unwrap();
    assert_eq!(found, (71, 2, 3, 4.5, 5));
    assert_eq!(call::<i32, i32>(&mut store, instance, "swap", 4).unwrap(), 1007);
    assert_eq!(call::<i32, i32>(&mut store, instance, "swap", 5).unwrap(), 993);
}

#[test]
fn what_comes_before_the_call_happens() {
    let (mut store, instance) = instance(
        r#"(module (memory 1) (global $g (export "g") (mut i32) (i32.const 0))
            (table 1 funcref)
            (func $f (param i32) (result i32) (i32.add (local.get 0) (global.get $g)))
            ;; A load that traps, whose value the call drops.
            (func (export "below") (result i32)
                (i32.load (i32.const -1))
                (return_call $f (i32.const 1)))
            (func (export "argument") (result i32)
                (global.set $g (i32.const 5))
                (return_call $f (i32.div_s (i32.const 1) (i32.const 0))))
            (func (export "index") (result i32)
                (global.set $g (i32.const 6))
                (return_call_indirect (param i32) (result i32)
                    (i32.const 1) (i32.load (i32.const 65536)))))"#,
    );
    let run = |store: &mut _, name| call::<(), i32>(store, instance, name, ());
    assert_trap(run(&mut store, "below"), Trap::MemoryOutOfBounds);
    assert_trap(run(&mut store, "argument"), Trap::IntegerDivisionByZero);
    let g = instance.get_global(&mut store, "g").unwrap();
    assert_eq!(g.get(&mut store).unwrap_i32(), 5);
    assert_trap(run(&mut store, "index"), Trap::MemoryOutOfBounds);
    assert_eq!(g.get(&mut store).unwrap_i32(), 6);
}

#[test]
fn calls_through_tables_are_checked() {
    let (mut store, instance) = instance(
        r#"(module (table 3 funcref) (elem (i32.const 0) $f $g)
            (func $f (param i32) (result i32) (local.get 0))
            (func $g (param i64) (result i32) (i32.const 0))
            (func $through (export "f") (param i32) (result i32)
                (return_call_indirect (param i32) (result i32) (i32.const 9) (local.get 0)))
            (func (export "outer") (param i32) (result i32) (call $through (local.get 0)) (nop)))"#,
    );
    let run = |store: &mut _, index| call::<i32, i32>(store, instance, "outer", index);
    assert_eq!(run(&mut store, 0).unwrap(), 9);
    for (index, trap) in [
        (1, Trap::BadSignature),
        (2, Trap::IndirectCallToNull),
        (3, Trap::TableOutOfBounds),
        (-1, Trap::TableOutOfBounds),
    ] {
        // The caller has not gone yet.
        let error = assert_trap(run(&mut store, index), trap);
        assert_eq!(frames(&error), [2, 3]);
    }
}

#[test]
fn a_backtrace_has_no_frame_of_who_called_last() {
    let (mut store, instance) = instance(
        r#"(module
            (func $trap (param i32) (unreachable))
            (func $tail (param i32 i32 i32) (return_call $trap (local.get 2)))
            (func $middle (call $tail (i32.const 1) (i32.const 2) (i32.const 3)) (nop))
            (func (export "f") (return_call $middle)))"#,
    );
    let error =
        assert_trap(call::<(), ()>(&mut store, instance, "f", ()), Trap::UnreachableCodeReached);
    assert_eq!(frames(&error), [0, 2]);
}

#[test]
fn a_frame_that_does_not_fit_traps_where_it_is_called() {
    let locals = "i64 ".repeat(300);
    let text = format!(
        "(module (func $large (local {locals}) (nop))
            (func $tail (return_call $large))
            (func (export \"f\") (call $tail) (nop)))"
    );
    let (mut store, instance) = instance_in(&small_stack(), &text);
    let error = assert_trap(call::<(), ()>(&mut store, instance, "f", ()), Trap::StackOverflow);
    assert_eq!(frames(&error), [1, 2]);
}

#[test]
fn lazily_translated_functions_are_entered_the_same() {
    for mode in [CompilationMode::Lazy, CompilationMode::LazyTranslation] {
        let engine =
            Engine::new(Config::new().compilation_mode(mode).max_wasm_stack(1024)).unwrap();
        let (mut store, instance) = instance_in(&engine, CHAINS);
        for name in ["mutual", "through", "down"] {
            let sum = call::<_, i64>(&mut store, instance, name, (1000_i64, 0_i64)).unwrap();
            assert_eq!(sum, 500_500);
        }
    }
    // A body that turns out to be wrong is found by the call that comes to it.
    let engine = Engine::new(Config::new().compilation_mode(CompilationMode::Lazy)).unwrap();
    let (mut store, instance) = instance_in(
        &engine,
        r#"(module (func $bad (result i32) (i64.const 1))
            (func $tail (result i32) (return_call $bad))
            (func (export "f") (result i32) (call $tail)))"#,
    );
    for _ in 0..2 {
        let error = assert_err(call::<(), i32>(&mut store, instance, "f", ()), "is not valid");
        assert_eq!(frames(&error), [1, 2]);
    }
}

#[test]
#[cfg(feature = "metering")]
fn endless_chains_can_be_stopped() {
    let text = r#"(module (table funcref (elem $b))
        (func $a (export "direct") (return_call $a))
        (func $b (export "through") (return_call_indirect (i32.const 0))))"#;
    let engine = Engine::new(Config::new().consume_fuel(true)).unwrap();
    for (name, each) in [("direct", 2), ("through", 3)] {
        let (mut store, instance) = instance_in(&engine, text);
        let budget = 999_999 / each * each;
        store.set_fuel(budget).unwrap();
        assert_trap(call::<(), ()>(&mut store, instance, name, ()), Trap::OutOfFuel);
        assert_eq!(store.get_fuel().unwrap(), 0);
    }
    let engine = Engine::new(Config::new().epoch_interruption(true)).unwrap();
    for name in ["direct", "through"] {
        let (mut store, instance) = instance_in(&engine, text);
        store.set_epoch_deadline(1);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(std::time::Duration::from_millis(20));
                engine.increment_epoch();
            });
            let result = call::<(), ()>(&mut store, instance, name, ());
            let error = assert_trap(result, Trap::Interrupt);
            assert_eq!(frames(&error).len(), 1);
        });
    }
}

#[test]
#[cfg(feature = "metering")]
fn a_tail_call_costs_what_a_call_costs() {
    let engine = Engine::new(Config::new().consume_fuel(true)).unwrap();
    let consumed = |body: &str| {
        let text = format!(
            "(module (import \"\" \"\" (func $host)) (table funcref (elem $f $host))
                (func $f) (func (export \"run\") {body}))"
        );
        let mut store = Store::new(&engine, ());
        let host = Func::wrap(&mut store, || {});
        let module = module(&engine, &text);
        let instance = Instance::new(&mut store, &module, &[host.into()]).unwrap();
        store.set_fuel(1000).unwrap();
        call::<(), ()>(&mut store, instance, "run", ()).unwrap();
        1000 - store.get_fuel().unwrap()
    };
    for (tail, plain) in [
        ("return_call $f", "call $f"),
        ("return_call $host", "call $host"),
        ("i32.const 0 return_call_indirect", "i32.const 0 call_indirect"),
        ("i32.const 1 return_call_indirect", "i32.const 1 call_indirect"),
        ("block i32.const 1 br_if 0 end return_call $f", "block i32.const 1 br_if 0 end call $f"),
    ] {
        assert_eq!(consumed(tail), consumed(plain), "{tail}");
    }
}
