//! Operands stay where they are until the statement that takes them has run, whatever is computed meanwhile.

#![cfg(feature = "wat")]

use wasmote::*;

/// The export of a module without imports, called.
fn call<P: WasmParams, R: WasmResults>(wat: &str, export: &str, params: P) -> Result<R> {
    let mut config = Config::new();
    config.shared_memory(true);
    let engine = Engine::new(&config)?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &Module::new(&engine, wat)?, &[])?;
    instance.get_typed_func::<P, R>(&mut store, export)?.call(&mut store, params)
}

#[test]
fn the_operands_of_a_growth_outlive_what_is_pending_below() -> Result<()> {
    let wat = include_str!("cases/clobber-table-grow.wat");
    assert_eq!(call::<_, i32>(wat, "g", 8)?, 10 + 100 + 3);
    Ok(())
}

#[test]
fn the_operands_of_a_wide_product_outlive_what_is_pending_below() -> Result<()> {
    let wat = include_str!("cases/clobber-wide.wat");
    assert_eq!(call::<_, i64>(wat, "f", (3_i64, 1_i64))?, 3 * (1 + 7));
    Ok(())
}

/// What lies below is computed late, reads what was computed on top of it, and needs slots for its parts: the operator
/// that sets those slots takes its operands first.
#[test]
fn every_statement_with_several_operands_keeps_them() -> Result<()> {
    // (operator with its operands, what it leaves in addition to nothing, its result as an i64)
    let x = "(i64.add (i64.popcnt (local.get 0)) (i64.const 7))"; // 7 + 1
    let y = "(i64.add (i64.popcnt (local.get 1)) (i64.const 20))"; // 20 + 2
    let at = "(i32.add (i32.wrap_i64 (i64.popcnt (local.get 0))) (i32.const 7))"; // 8
    let cases = [
        (format!("(i64.add128 {x} {y} {y} {x}) (i64.xor)"), 30 ^ 30),
        (format!("(i64.sub128 {x} {y} {x} {x}) (i64.xor)"), 22 - 8),
        (format!("(i64.mul_wide_s {x} {y}) (i64.xor)"), 8 * 22),
        (format!("(i64.mul_wide_u {x} {y}) (i64.xor)"), 8 * 22),
        (format!("(i64.atomic.rmw.add {at} {y}) (drop) (i64.load (i32.const 8))"), 22),
        (format!("(i64.atomic.rmw.xchg {at} {y}) (drop) (i64.load (i32.const 8))"), 22),
        (
            format!(
                "(i64.atomic.rmw.cmpxchg {at} (i64.sub {x} {x}) {y}) (drop) (i64.load (i32.const 8))"
            ),
            22,
        ),
        (format!("(i64.extend_i32_u (memory.atomic.notify {at} (i32.wrap_i64 {y})))"), 0),
        (format!("(i64.extend_i32_u (memory.atomic.wait64 {at} {x} {y}))"), 1),
        (format!("(i64.atomic.store {at} {y}) (i64.load (i32.const 8))"), 22),
        (format!("(memory.fill {at} (i32.wrap_i64 {y}) {at}) (i64.load8_u (i32.const 15))"), 22),
        (format!("(memory.copy {at} (i32.wrap_i64 {y}) {at}) (i64.load8_u (i32.const 8))"), 0),
        (
            format!(
                "(i64.extend_i32_u (table.grow $t (ref.func $one) {at})) (drop) (i64.extend_i32_u (table.size $t))"
            ),
            18,
        ),
        (
            format!(
                "(table.fill $t {at} (ref.func $one) (i32.const 1)) \
                 (i64.extend_i32_u (ref.is_null (table.get $t (i32.const 8))))"
            ),
            0,
        ),
        (
            format!(
                "(table.set $t {at} (ref.func $one)) \
                 (i64.extend_i32_u (ref.is_null (table.get $t (i32.const 8))))"
            ),
            0,
        ),
        (format!("(call $sub {y} {x})"), 14),
        (format!("(call_indirect $s (type $binary) {y} {x} (i32.const 0))"), 14),
        (format!("(select {y} {x} {at})"), 22),
        (format!("(block (result i64 i64) (br 0 {y} {x})) (i64.sub)"), 14),
        (format!("(i64.store 1 {at} {y}) (i64.load 1 {at})"), 22),
    ];
    for (case, expected) in cases {
        // The tree below reads the slot of the call's result, which is above its own, and is split.
        let wat = format!(
            r#"(module
            (type $binary (func (param i64 i64) (result i64)))
            (memory 1 1 shared) (memory 1)
            (table $t 10 100 funcref) (table $s funcref (elem $sub))
            (elem declare func $one)
            (func $one (result i64) (i64.const 1))
            (func $sub (param i64 i64) (result i64) (i64.sub (local.get 0) (local.get 1)))
            (func (export "f") (param i64 i64) (result i64) (local $r i64)
              (i64.extend_i32_s (i32.wrap_i64 (i64.xor
                (i64.clz (i64.extend32_s (i64.popcnt (local.get 1)))) (call $one))))
              (i64.ctz) (i64.eqz) (i32.extend16_s)
              {case}
              (local.set $r) (i32.const 1) (i32.sub)
              ;; below: ctz(62 ^ 1) is 0, and eqz of it 1
              (if (then unreachable))
              (local.get $r)))"#
        );
        let result = call::<_, i64>(&wat, "f", (1_i64, 3_i64));
        assert_eq!(result.map_err(|e| format!("{e:?}")), Ok(expected), "{case}");
    }
    Ok(())
}
