//! What a throw costs: time by how many clauses and frames there are, not by their product.

use std::fmt::Write;
use std::time::{Duration, Instant};

use wasmote::*;

use super::engine;

/// How long the export `run` of a module takes, called with a number.
fn time(module: &str, n: i32) -> Duration {
    let engine = engine(|config| {
        config.max_wasm_stack(64 << 20).async_stack_size(64 << 20);
    });
    let module = Module::new(&engine, module).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run").unwrap();
    let start = Instant::now();
    assert_eq!(run.call(&mut store, n).unwrap(), 1);
    start.elapsed()
}

/// A recursion of so many calls through the code of `blocks`, which throws in the end; `run` catches it.
fn recursion(tags: usize, blocks: &str) -> String {
    format!(
        r#"(module {} (tag $e)
          (func $f (param i32)
            (if (i32.eqz (local.get 0)) (then (throw $e)))
            (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
            {blocks})
          (func (export "run") (param i32) (result i32)
            (block $h
              (try_table (catch $e $h) (call $f (local.get 0)))
              (return (i32.const 0)))
            (i32.const 1)))"#,
        "(tag) ".repeat(tags)
    )
}

/// Asserts that twice the size takes not much more than twice the time.
#[track_caller]
fn is_linear(of: impl Fn(usize) -> Duration) {
    let least = |n| (0..5).map(|_| of(n)).min().unwrap();
    let (half, whole) = (least(5_000), least(10_000));
    println!("{half:?}, {whole:?}");
    assert!(whole < half * 3 + Duration::from_millis(100), "{half:?}, {whole:?}");
}

#[test]
fn frames_with_many_clauses() {
    is_linear(|n| {
        let mut blocks = String::from("(block (try_table");
        (0..n).for_each(|tag| write!(blocks, " (catch {tag} 0)").unwrap());
        blocks += " (call $f (local.get 0))))";
        time(&recursion(n, &blocks), n as i32)
    });
}

#[test]
fn frames_with_deep_blocks() {
    is_linear(|n| {
        let blocks = format!(
            "{} (call $f (local.get 0)) {}",
            "block try_table (catch 0 0)".repeat(n),
            "end end ".repeat(n)
        );
        time(&recursion(1, &blocks), n as i32)
    });
}

#[test]
fn frames_behind_blocks_that_have_ended() {
    is_linear(|n| {
        let blocks = format!(
            "{} nop {} (call $f (local.get 0))",
            "block try_table (catch 0 0)".repeat(n),
            "end end ".repeat(n)
        );
        time(&recursion(1, &blocks), n as i32)
    });
}

#[test]
fn frames_with_chains_of_delegates() {
    is_linear(|n| {
        let blocks = format!(
            "{} (call $f (local.get 0)) {}",
            "try ".repeat(n),
            (0..n).map(|i| format!("delegate {} ", (n - 1 - i).min(1))).collect::<String>()
        );
        time(&recursion(1, &blocks), n as i32)
    });
}

/// Exceptions go when nobody refers to them, however they are caught.
#[test]
fn many_throws_leave_nothing() {
    let module = r#"(module
      (tag $e (param i32))
      (global $kept (mut exnref) (ref.null exn))
      (func $throw (param i32) (throw $e (local.get 0)))
      (func (export "plain") (param $n i32)
        (loop $next
          (block $h (result i32)
            (try_table (catch $e $h) (call $throw (local.get $n)))
            (unreachable))
          (br_if $next (local.tee $n (i32.sub (i32.const 1))))))
      (func (export "reference") (param $n i32) (local $x exnref)
        (loop $next
          (block $h (result i32 exnref)
            (try_table (catch_ref $e $h) (call $throw (local.get $n)))
            (unreachable))
          (local.set $x)
          (br_if $next (local.tee $n (i32.sub (i32.const 1))))))
      (func (export "kept") (param $n i32)
        (loop $next
          (block $h (result exnref)
            (try_table (catch_all_ref $h) (call $throw (local.get $n)))
            (unreachable))
          (global.set $kept)
          (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
      (func (export "again") (param $n i32)
        (loop $next
          (block $h (result i32)
            (try_table (catch $e $h)
              (block $h (result exnref)
                (try_table (catch_all_ref $h) (call $throw (local.get $n)))
                (unreachable))
              (throw_ref))
            (unreachable))
          (br_if $next (local.tee $n (i32.sub (i32.const 1))))))
      (func (export "legacy") (param $n i32)
        (loop $next
          try (result i32)
            try
              (call $throw (local.get $n))
            catch_all
              (rethrow 0)
            end
            (unreachable)
          catch $e
          end
          (br_if $next (local.tee $n (i32.sub (i32.const 1))))))
      (func (export "uncaught") (param $n i32) (call $throw (local.get $n))))"#;
    let engine = engine(|_| ());
    let module = Module::new(&engine, module).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    let times = if cfg!(debug_assertions) { 200_000 } else { 10_000_000 };
    let mut run = |name: &str, times: i32| {
        let run = instance.get_typed_func::<i32, ()>(&mut store, name).unwrap();
        let outcome = run.call(&mut store, times);
        assert_eq!(outcome.is_err(), name == "uncaught", "{name}");
        store.gc_heap_capacity()
    };
    assert_eq!(run("plain", times), 0, "plain clauses need no object");
    for name in ["reference", "kept", "again", "legacy"] {
        let capacity = run(name, times);
        assert!(capacity <= 4 << 20, "{name}: {capacity}");
    }
    for n in 0..times / 10 {
        let capacity = run("uncaught", n);
        assert!(capacity <= 4 << 20, "{capacity}");
    }
}
