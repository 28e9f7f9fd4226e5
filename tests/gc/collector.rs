//! What is referred to survives collections, and is found where it is then. What is not goes.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wasmote::{
    AsContext, Caller, Config, Engine, ExternRef, Global, GlobalType, Instance, Linker, Module,
    Mutability, OwnedRooted, RefType, Result, RootScope, Rooted, Store, StoreLimits,
    StoreLimitsBuilder, Table, TableType, UpdateDeadline, UpdateFuel, Val, ValType,
};

/// Settings under which everything moves wherever that may be.
fn zealous() -> Config {
    let mut config = Config::new();
    config.gc_zeal_alloc_counter(NonZeroU32::new(1)).unwrap();
    config
}

/// Calls the export `run` of a module without imports: as usual; where every object is moved by whatever comes after it; and
/// where that happens at each place where fuel or the epoch may stop a guest, too.
fn run(text: &str) -> Result<Vec<i32>> {
    let run = |config: &Config, prepare: fn(&mut Store<u64>)| -> Result<i32> {
        let engine = Engine::new(config)?;
        let module = Module::new(&engine, text)?;
        let mut store = Store::new(&engine, 0);
        prepare(&mut store);
        let instance = Instance::new(&mut store, &module, &[])?;
        let stops = engine.get_consume_fuel() != engine.get_epoch_interruption();
        if stops && engine.get_consume_fuel() {
            store.set_fuel(1)?;
        }
        let value = instance.get_typed_func::<(), i32>(&mut store, "run")?.call(&mut store, ())?;
        assert_eq!(*store.data() > 0, stops, "{text}");
        Ok(value)
    };
    let fuel: fn(&mut Store<u64>) = |store| {
        store.set_fuel(100).unwrap();
        store
            .out_of_fuel_callback(|mut store| {
                *store.data_mut() += 1;
                Ok(UpdateFuel::Continue(1))
            })
            .unwrap();
    };
    let epochs: fn(&mut Store<u64>) = |store| {
        store.epoch_deadline_callback(|mut store| {
            *store.data_mut() += 1;
            Ok(UpdateDeadline::Continue(0))
        });
    };
    Ok(vec![
        run(&Config::new(), |_| {})?,
        run(&zealous(), |_| {})?,
        run(zealous().consume_fuel(true), fuel)?,
        run(zealous().epoch_interruption(true), epochs)?,
        run(zealous().epoch_interruption(true).consume_fuel(true), |store| {
            store.set_fuel(u64::MAX).unwrap();
            store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Continue(0)));
        })?,
    ])
}

/// Types and functions that modules here have in common: a box of a number, and what makes garbage.
const BOXES: &str = r#"
    (type $box (struct (field (mut i32))))
    (func $new (param i32) (result (ref $box)) (struct.new $box (local.get 0)))
    (func $get (param (ref null $box)) (result i32) (struct.get $box 0 (local.get 0)))
    (func $litter (drop (call $new (i32.const -1))) (drop (call $new (i32.const -2))))
"#;

#[test]
fn objects_survive_what_moves_them() -> Result<()> {
    for (only, body) in [
        ("a local", "(local $a (ref null $box)) (local.set $a (call $new (i32.const 7))) (call $litter) (call $get (local.get $a))"),
        ("the operand stack", "(call $new (i32.const 7)) (call $litter) (call $get)"),
        (
            "the operand stack below others",
            "(local i32) (call $new (i32.const 4)) (i32.const 5) (call $new (i32.const 3)) (call $litter) (call $get)
             (local.set 0) (drop) (i32.add (call $get) (local.get 0))",
        ),
        (
            "what is about to become a field",
            "(struct.get $box 0 (struct.get $pair 1 (struct.new $pair (call $new (i32.const 1)) (call $new (i32.const 7)))))",
        ),
        (
            "a field",
            "(local $p (ref null $pair)) (local.set $p (struct.new $pair (call $new (i32.const 3)) (call $new (i32.const 4))))
             (call $litter)
             (i32.add (call $get (struct.get $pair 0 (local.get $p))) (call $get (struct.get $pair 1 (local.get $p))))",
        ),
        (
            "an element",
            "(local $a (ref null $boxes)) (local.set $a (array.new_fixed $boxes 3 (call $new (i32.const 1)) (call $new (i32.const 2)) (call $new (i32.const 4))))
             (call $litter)
             (i32.add (call $get (array.get $boxes (local.get $a) (i32.const 0)))
                (i32.add (call $get (array.get $boxes (local.get $a) (i32.const 1))) (call $get (array.get $boxes (local.get $a) (i32.const 2)))))",
        ),
        (
            "all elements",
            "(local $a (ref null $boxes)) (local.set $a (array.new $boxes (call $new (i32.const 7)) (i32.const 5)))
             (call $litter) (call $get (array.get $boxes (local.get $a) (i32.const 4)))",
        ),
        ("a global", "(global.set $g (call $new (i32.const 7))) (call $litter) (call $get (global.get $g))"),
        ("a global that is never set", "(call $litter) (call $get (global.get $seven))"),
        (
            "a table",
            "(table.set $t (i32.const 1) (call $new (i32.const 7))) (call $litter) (call $get (table.get $t (i32.const 1)))",
        ),
        (
            "a table that has grown",
            "(drop (table.grow $t (call $new (i32.const 7)) (i32.const 3))) (call $litter) (call $get (table.get $t (i32.const 4)))",
        ),
        (
            "an element segment",
            "(call $litter) (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1)) (call $litter) (call $get (table.get $t (i32.const 0)))",
        ),
        (
            "a cycle",
            "(local $n (ref null $node)) (local.set $n (struct.new $node (i32.const 7) (ref.null $node)))
             (struct.set $node 1 (local.get $n) (local.get $n)) (call $litter)
             (struct.get $node 0 (struct.get $node 1 (struct.get $node 1 (local.get $n))))",
        ),
        ("a caller's frame", "(call $deep (i32.const 50) (call $new (i32.const 7)))"),
        (
            "a loop",
            "(local $n (ref null $node)) (local $i i32)
             (loop $l
                (local.set $n (struct.new $node (i32.const 1) (local.get $n)))
                (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 7))))
             (local.set $i (i32.const 0))
             (loop $m
                (local.set $i (i32.add (local.get $i) (struct.get $node 0 (local.get $n))))
                (br_if $m (i32.eqz (ref.is_null (local.tee $n (struct.get $node 1 (local.get $n)))))))
             (local.get $i)",
        ),
        (
            "a number beside references",
            "(local $n i32) (local $a (ref null $box)) (local.set $n (i32.const 8)) (local.set $a (call $new (i32.const 7)))
             (i32.const 16) (call $litter) (i32.sub (i32.add (local.get $n) (i32.const 8))) (i32.add (call $get (local.get $a)))",
        ),
        (
            "what is left when a loop is left",
            "(local $i i32)
             (call $new (i32.const 7))
             (block $out
                (loop $l
                    (br_if $out (i32.gt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 9)))
                    (call $litter)
                    (br $l)))
             (call $get)",
        ),
        (
            "a result that goes on",
            "(call $get (call $pick (i32.const 0) (call $new (i32.const 7)) (call $new (i32.const 8))))",
        ),
        (
            "the values of a branch",
            "(local $i i32)
             (block $b (result i32 (ref null $box))
                (i32.const 3) (call $new (i32.const 4))
                (loop $l (param i32 (ref null $box)) (result i32 (ref null $box))
                    (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5)))
                    (call $litter)
                    (br_if $b (i32.eq (local.get $i) (i32.const 5)))))
             (call $get) (i32.add)",
        ),
        (
            "arguments of a call in tail position",
            "(return_call $tail (call $new (i32.const 7)) (call $new (i32.const 1)) (i32.const 21))",
        ),
        (
            "elements that are copied",
            "(local $a (ref null $boxes)) (local $b (ref null $boxes))
             (local.set $a (array.new_elem $boxes $e (i32.const 0) (i32.const 1)))
             (local.set $b (array.new_default $boxes (i32.const 3)))
             (array.copy $boxes $boxes (local.get $b) (i32.const 2) (local.get $a) (i32.const 0) (i32.const 1))
             (array.fill $boxes (local.get $a) (i32.const 0) (ref.null $box) (i32.const 1))
             (call $litter) (call $get (array.get $boxes (local.get $b) (i32.const 2)))",
        ),
        (
            "elements in bulk",
            "(local $n i32) (local $a (ref null $boxes)) (local $b (ref null $boxes))
             (local.set $n (i32.const 300))
             (local.set $a (array.new $boxes (call $new (i32.const 3)) (local.get $n)))
             (local.set $b (array.new_default $boxes (local.get $n)))
             (array.fill $boxes (local.get $b) (i32.const 0) (call $new (i32.const 4)) (local.get $n))
             (array.copy $boxes $boxes (local.get $b) (i32.const 7) (local.get $a) (i32.const 0) (i32.sub (local.get $n) (i32.const 9)))
             (call $litter)
             (i32.add (call $get (array.get $boxes (local.get $b) (i32.const 8))) (call $get (array.get $boxes (local.get $b) (i32.const 2))))",
        ),
        (
            "a cast",
            "(local $a anyref) (local.set $a (call $new (i32.const 7))) (call $litter) (struct.get $box 0 (ref.cast (ref $box) (local.get $a)))",
        ),
    ] {
        let text = format!(
            r#"(module {BOXES}
                (type $pair (struct (field (ref $box)) (field (ref null $box))))
                (type $boxes (array (mut (ref null $box))))
                (type $node (struct (field i32) (field (mut (ref null $node)))))
                (global $g (mut (ref null $box)) (ref.null $box))
                (global $seven (ref $box) (struct.new $box (i32.const 7)))
                (table $t 2 (ref null $box))
                (elem $e (ref $box) (struct.new $box (i32.const 7)))
                (func $deep (param $n i32) (param $a (ref null $box)) (result i32)
                    (local $b (ref null $box))
                    (local.set $b (call $new (i32.const 0)))
                    (if (i32.eqz (local.get $n)) (then (call $litter) (return (call $get (local.get $a)))))
                    (i32.add (call $deep (i32.sub (local.get $n) (i32.const 1)) (local.get $a)) (call $get (local.get $b))))
                (func $pick (param i32 (ref null $box) (ref null $box)) (result (ref null $box))
                    (local.get 1) (local.get 2) (local.get 0) (call $litter) (select (result (ref null $box)))
                    (if (param (ref null $box)) (result (ref null $box)) (i32.eqz (local.get 0))
                        (then (drop) (call $litter) (local.get 1))
                        (else (call $litter))))
                (func $tail (param $a (ref null $box)) (param $b (ref null $box)) (param $n i32) (result i32)
                    (if (i32.eqz (local.get $n)) (then (return (call $get (local.get $b)))))
                    (call $litter)
                    (return_call $tail (local.get $b) (local.get $a) (i32.sub (local.get $n) (i32.const 1))))
                (func (export "run") (result i32) {body}))"#
        );
        assert_eq!(run(&text)?, [7; 5], "{only}");
    }
    Ok(())
}

/// Counts how often it is dropped.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn data_of_the_host_is_dropped_once_and_by_the_next_collection() -> Result<()> {
    let drops = Arc::new(AtomicUsize::new(0));
    let dropped = || drops.load(Ordering::Relaxed);
    let mut store = Store::<()>::default();
    let kept: OwnedRooted<ExternRef> = {
        let mut scope = RootScope::new(&mut store);
        for _ in 0..100 {
            ExternRef::new(&mut scope, Counted(drops.clone()))?;
        }
        ExternRef::new(&mut scope, Counted(drops.clone()))?.to_owned_rooted(&mut scope)?
    };
    assert_eq!(dropped(), 0);
    store.gc(None)?;
    assert_eq!(dropped(), 100);
    let clone = kept.clone();
    drop(kept);
    store.gc(None)?;
    assert!(clone.data(&store)?.unwrap().is::<Counted>());
    drop(clone);
    store.gc(None)?;
    assert_eq!(dropped(), 101);
    drop(store);
    assert_eq!(dropped(), 101);
    Ok(())
}

#[test]
fn the_host_holds_on_to_objects() -> Result<()> {
    let engine = Engine::new(&zealous())?;
    let module = Module::new(
        &engine,
        r#"(module
            (import "host" "keep" (func $keep (param externref) (result externref)))
            (import "host" "global" (global $g (mut externref)))
            (import "host" "table" (table $t 1 externref))
            (type $any (struct (field externref)))
            (func (export "run") (param externref) (result externref)
                (global.set $g (local.get 0))
                (table.set $t (i32.const 0) (struct.get $any 0 (struct.new $any (global.get $g))))
                (drop (struct.new_default $any))
                (call $keep (table.get $t (i32.const 0)))))"#,
    )?;
    let mut store = Store::new(&engine, None::<OwnedRooted<ExternRef>>);
    let mut linker = Linker::new(&engine);
    linker.func_wrap(
        "host",
        "keep",
        |mut caller: Caller<'_, Option<OwnedRooted<ExternRef>>>,
         value: Option<Rooted<ExternRef>>|
         -> Result<Option<Rooted<ExternRef>>> {
            let owned = value.unwrap().to_owned_rooted(&mut caller)?;
            *caller.data_mut() = Some(owned.clone());
            for n in 0..10 {
                ExternRef::new(&mut caller, n)?;
            }
            caller.gc(None)?;
            Ok(Some(owned.to_rooted(&mut caller)))
        },
    )?;
    let ty = GlobalType::new(ValType::EXTERNREF, Mutability::Var);
    let global = Global::new(&mut store, ty, Val::ExternRef(None))?;
    let table = Table::new(
        &mut store,
        TableType::new(RefType::EXTERNREF, 1, None),
        wasmote::Ref::Extern(None),
    )?;
    linker.define(&store, "host", "global", global)?;
    linker.define(&store, "host", "table", table)?;
    let instance = linker.instantiate(&mut store, &module)?;
    let run = instance.get_typed_func::<Option<Rooted<ExternRef>>, Option<Rooted<ExternRef>>>(
        &mut store, "run",
    )?;
    for round in 0..10_u32 {
        let mut scope = RootScope::new(&mut store);
        let value = ExternRef::new(&mut scope, round)?;
        let back = run.call(&mut scope, Some(value))?.unwrap();
        assert_eq!(back.data(&scope)?.unwrap().downcast_ref(), Some(&round));
        assert!(Rooted::ref_eq(&scope, &value, &back)?);
        let kept = scope.as_context().data().clone().unwrap();
        assert_eq!(kept.data(&scope)?.unwrap().downcast_ref(), Some(&round));
    }
    Ok(())
}

/// A module with a type of lists and a function `run`, which makes as many objects of it as it is told.
fn with_lists(engine: &Engine, run: &str) -> Result<Module> {
    let wat = format!(
        r#"(module
            (type $list (struct (field i32) (field (ref null $list))))
            (func (export "run") (param $n i32) (result i32) {run}))"#
    );
    Module::new(engine, wat)
}

#[test]
fn a_heap_with_one_object_alive_stays_small() -> Result<()> {
    let engine = Engine::default();
    let module = with_lists(
        &engine,
        "(local $last (ref null $list))
        (loop $l
            (local.set $last (struct.new $list (local.get $n) (ref.null $list)))
            (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (struct.get $list 0 (local.get $last))",
    )?;
    let mut store = Store::new(&engine, StoreLimitsBuilder::new().memory_size(1 << 20).build());
    store.limiter(|limits: &mut StoreLimits| limits);
    let instance = Instance::new(&mut store, &module, &[])?;
    let run = instance.get_typed_func::<u32, u32>(&mut store, "run")?;
    assert_eq!(run.call(&mut store, 1_000_000)?, 1);
    assert!(store.gc_heap_capacity() <= 1 << 20, "{}", store.gc_heap_capacity());
    Ok(())
}

#[test]
fn lists_of_any_length_are_collected() -> Result<()> {
    let engine = Engine::default();
    let module = with_lists(
        &engine,
        "(local $first (ref null $list))
        (local $length i32)
        (loop $l
            (local.set $first (struct.new $list (local.get $n) (local.get $first)))
            (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (loop $m
            (local.set $length (i32.add (local.get $length) (i32.const 1)))
            (br_if $m (i32.eqz (ref.is_null
                (local.tee $first (struct.get $list 1 (local.get $first)))))))
        (local.get $length)",
    )?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let run = instance.get_typed_func::<u32, u32>(&mut store, "run")?;
    assert_eq!(run.call(&mut store, 1_000_000)?, 1_000_000);
    store.gc(None)?;
    assert_eq!(run.call(&mut store, 1000)?, 1000);
    Ok(())
}
