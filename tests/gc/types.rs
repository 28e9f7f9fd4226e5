//! What objects are: casts over deep chains of types, types that come and go, and what new objects hold.

use std::fmt::Write;
use std::num::NonZeroU32;

use wasmote::{Config, Engine, Instance, Module, Result, Store};

fn zealous() -> Engine {
    let mut config = Config::new();
    config.gc_zeal_alloc_counter(NonZeroU32::new(1)).unwrap();
    Engine::new(&config).unwrap()
}

/// A chain of struct types, each a subtype of the one before, and functions that make one of each and test for each.
fn chain(depth: usize) -> String {
    let mut text = String::from("(module (type $t0 (sub (struct (field i32))))\n");
    for n in 1..depth {
        writeln!(text, "(type $t{n} (sub $t{} (struct (field i32))))", n - 1).unwrap();
    }
    // Another one beside it, of the same form.
    text += "(rec (type $u0 (sub (struct (field i32)))) (type (struct)))\n";
    text += "(func (export \"make\") (param i32) (result anyref)\n";
    let labels: String = (0..depth).map(|n| format!(" {n}")).collect();
    text += &"(block ".repeat(depth + 1);
    write!(text, "(br_table {labels} {depth} (local.get 0)))").unwrap();
    for n in 0..depth {
        writeln!(text, "(return (struct.new $t{n} (i32.const {n}))))").unwrap();
    }
    text += "(struct.new $u0 (i32.const -1)))\n";
    text += "(func (export \"is\") (param anyref i32) (result i32)\n";
    text += &"(block ".repeat(depth + 1);
    write!(text, "(br_table {labels} {depth} (local.get 1)))").unwrap();
    for n in 0..depth {
        writeln!(text, "(return (ref.test (ref $t{n}) (local.get 0))))").unwrap();
    }
    text += "(ref.test (ref $u0) (local.get 0)))\n";
    text += "(func (export \"field\") (param anyref) (result i32) (struct.get $t0 0 (ref.cast (ref $t0) (local.get 0)))))";
    text
}

#[test]
fn casts_look_at_all_supertypes_and_no_others() -> Result<()> {
    const DEPTH: usize = 63;
    let engine = Engine::default();
    let module = Module::new(&engine, chain(DEPTH))?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let make = instance.get_func(&mut store, "make").unwrap();
    let is = instance.get_func(&mut store, "is").unwrap();
    let field = instance.get_func(&mut store, "field").unwrap();
    for object in 0..=DEPTH {
        let mut made = [wasmote::Val::I32(0)];
        make.call(&mut store, &[wasmote::Val::I32(object as i32)], &mut made)?;
        for ty in 0..=DEPTH {
            let mut results = [wasmote::Val::I32(7)];
            is.call(&mut store, &[made[0], wasmote::Val::I32(ty as i32)], &mut results)?;
            let expected = (object == DEPTH) == (ty == DEPTH) && ty <= object;
            assert_eq!(results[0].unwrap_i32(), i32::from(expected), "{object} as {ty}");
        }
        let mut results = [wasmote::Val::I32(7)];
        let read = field.call(&mut store, &made, &mut results);
        assert_eq!(read.is_ok(), object < DEPTH, "{object}");
        if object < DEPTH {
            assert_eq!(results[0].unwrap_i32(), object as i32);
        }
    }
    Ok(())
}

#[test]
fn types_of_living_objects_keep_their_numbers() -> Result<()> {
    let engine = zealous();
    let mut store = Store::new(&engine, ());
    let text = |fields: usize| {
        let list = "(field (mut i32)) ".repeat(fields);
        format!(
            "(module (type $t (sub (struct {list})))
                (func (export \"make\") (result anyref) (struct.new_default $t))
                (func (export \"is\") (param anyref) (result i32) (ref.test (ref $t) (local.get 0))))"
        )
    };
    let mut made = Vec::new();
    for round in 1..40 {
        // Its type is registered and forgotten: the store has nothing of it.
        drop(Module::new(&engine, text(200 + round))?);
        let module = Module::new(&engine, text(round))?;
        let instance = Instance::new(&mut store, &module, &[])?;
        drop(module);
        let make = instance.get_func(&mut store, "make").unwrap();
        let is = instance.get_func(&mut store, "is").unwrap();
        let mut object = [wasmote::Val::I32(0)];
        make.call(&mut store, &[], &mut object)?;
        made.push((is, object[0]));
        store.gc(None)?;
        for (at, (is, _)) in made.iter().enumerate() {
            for (other, (_, object)) in made.iter().enumerate() {
                let mut results = [wasmote::Val::I32(7)];
                is.call(&mut store, &[*object], &mut results)?;
                assert_eq!(results[0].unwrap_i32(), i32::from(at == other), "{at} {other}");
            }
        }
    }
    Ok(())
}

#[test]
fn new_objects_hold_nothing_of_dead_ones() -> Result<()> {
    for engine in [Engine::default(), zealous()] {
        let module = Module::new(
            &engine,
            r#"(module
                (type $s (struct (field (mut i64)) (field (mut anyref)) (field (mut i8)) (field (mut f64))))
                (type $a (array (mut i64)))
                (func (export "run") (param $n i32) (result i64)
                    (local $s (ref null $s)) (local $a (ref null $a)) (local $sum i64) (local $i i32)
                    (loop $l
                        ;; what dies at once
                        (drop (struct.new $s (i64.const -1) (ref.i31 (i32.const -1)) (i32.const -1) (f64.const -1)))
                        (drop (array.new $a (i64.const -1) (i32.const 20)))
                        (local.set $s (struct.new_default $s))
                        (local.set $a (array.new_default $a (i32.const 30)))
                        (local.set $sum (i64.or (local.get $sum) (struct.get $s 0 (local.get $s))))
                        (local.set $sum (i64.or (local.get $sum)
                            (i64.extend_i32_u (i32.eqz (ref.is_null (struct.get $s 1 (local.get $s)))))))
                        (local.set $sum (i64.or (local.get $sum) (i64.extend_i32_u (struct.get_u $s 2 (local.get $s)))))
                        (local.set $sum (i64.or (local.get $sum) (i64.reinterpret_f64 (struct.get $s 3 (local.get $s)))))
                        (local.set $i (i32.const 0))
                        (loop $m
                            (local.set $sum (i64.or (local.get $sum) (array.get $a (local.get $a) (local.get $i))))
                            (br_if $m (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 30))))
                        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                    (local.get $sum)))"#,
        )?;
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        let run = instance.get_typed_func::<u32, u64>(&mut store, "run")?;
        for _ in 0..20 {
            assert_eq!(run.call(&mut store, 500)?, 0);
            store.gc(None)?;
        }
    }
    Ok(())
}
