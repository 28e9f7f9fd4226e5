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

/// Values that need slots are put there several at a time where they are locals or small constants: whatever comes
/// before, between and after them, as arguments of a call, results of a block, of a function and values of a branch.
#[test]
fn many_values_are_each_in_their_place() -> Result<()> {
    const PARAMS: [i64; 4] = [0x1_0000_0003, -5, 77, i64::MIN];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % below
    };
    for round in 0..300 {
        // What each value is, and what it is worth.
        let count = 1 + random(70) as usize;
        let mut same = 0;
        let (values, expected): (Vec<String>, Vec<i64>) = (0..count)
            .map(|_| {
                // Runs of one kind, with something else here and there.
                let kind = if random(4) == 0 {
                    same = random(6);
                    random(6)
                } else {
                    same
                };
                let local = random(4) as usize;
                match kind {
                    0 | 1 => (format!("(local.get {local})"), PARAMS[local]),
                    2 => {
                        let small = random(1 << 31) as i64;
                        (format!("(i64.const {small})"), small)
                    }
                    3 => {
                        let wide = (random(1 << 31) as i64 - (1 << 30)) << random(33);
                        (format!("(i64.const {wide})"), wide)
                    }
                    4 => (
                        format!("(i64.popcnt (local.get {local}))"),
                        PARAMS[local].count_ones().into(),
                    ),
                    _ => {
                        let bits = random(1 << 32) as u32;
                        (
                            format!("(i64.extend_i32_s (i32.const {}))", bits as i32),
                            (bits as i32).into(),
                        )
                    }
                }
            })
            .unzip();
        let below = random(3) as usize;
        let expected = expected.iter().fold(0_i64, |sum, &value| sum.rotate_left(7) ^ value);
        let expected = expected.wrapping_add((below as i64).wrapping_mul(PARAMS[1]));
        let types = "i64 ".repeat(count);
        let body = values.join(" ");
        let pending = "(i64.add (local.get 1) (i64.const 0)) ".repeat(below);
        let add = "i64.add ".repeat(below);
        let folded = (0..count).fold("i64.const 0".to_owned(), |all, n| {
            format!("{all} i64.const 7 i64.rotl local.get {n} i64.xor")
        });
        let wat = format!(
            r#"(module
              (func $fold (param {types}) (result i64) {folded})
              (func $all (param i64 i64 i64 i64) (result {types}) {body})
              (func $branches (param i64 i64 i64 i64) (result {types})
                (block (result {types}) {pending} {body} (br_if 0 (i32.wrap_i64 (local.get 0))) unreachable))
              (func (export "0") (param i64 i64 i64 i64) (result i64) {pending} {body} call $fold {add})
              (func (export "1") (param i64 i64 i64 i64) (result i64)
                {pending} (call $all (local.get 0) (local.get 1) (local.get 2) (local.get 3)) call $fold {add})
              (func (export "2") (param i64 i64 i64 i64) (result i64)
                {pending} (if (result {types}) (i32.const 1) (then {body}) (else {body})) call $fold {add})
              (func (export "3") (param i64 i64 i64 i64) (result i64)
                {pending} (call $branches (local.get 0) (local.get 1) (local.get 2) (local.get 3)) call $fold {add}))"#
        );
        for export in ["0", "1", "2", "3"] {
            let [a, b, c, d] = PARAMS;
            assert_eq!(
                call::<_, i64>(&wat, export, (a, b, c, d))?,
                expected,
                "{round}: {export}\n{wat}"
            );
        }
    }
    Ok(())
}

/// Operands are computed from left to right, however the tree of an operation is split: the first trap is the one.
#[test]
fn the_first_operand_traps_first() -> Result<()> {
    // What traps, and how; with parameter 0 being 0 and parameter 1 being -1.
    let traps = [
        ("(i32.div_s (local.get 1) (local.get 0))", Trap::IntegerDivisionByZero),
        ("(i32.load (local.get 1))", Trap::MemoryOutOfBounds),
        (
            "(i32.trunc_f64_u (f64.convert_i32_s (i32.sub (local.get 1) (i32.const 7))))",
            Trap::IntegerOverflow,
        ),
        (
            "(i32.trunc_f32_s (f32.div (f32.const 0) (f32.convert_i32_s (local.get 0))))",
            Trap::BadConversionToInteger,
        ),
    ];
    let around = |trap: &str, n: usize| match n {
        0 => trap.to_owned(),
        1 => format!("(i32.popcnt {trap})"),
        2 => format!("(i32.add {trap} (local.get 0))"),
        _ => format!("(i32.rotl (local.get 1) (i32.mul {trap} (local.get 1)))"),
    };
    let parents = [
        "(drop (i32.add {} {}))",
        "(drop (i32.rotl {} {}))",
        "(drop (i32.rem_u {} {}))",
        "(drop (i32.lt_u {} {}))",
        "(drop (i64.extend_i32_u (i32.xor {} {})))",
        "(drop (i64.add (i64.extend_i32_u {}) (i64.extend_i32_s {})))",
        "(drop (f64.mul (f64.convert_i32_s {}) (f64.convert_i32_u {})))",
        "(drop (f32.copysign (f32.convert_i32_s {}) (f32.reinterpret_i32 {})))",
        "(drop (select {} {} (local.get 0)))",
        "(drop (select (local.get 0) {} {}))",
        "(i32.store {} {})",
        "(i32.store16 offset=2 {} {})",
        "(i64.store {} (i64.extend_i32_u {}))",
        "(memory.fill {} {} (local.get 0))",
        "(br_if 0 (i32.eq {} {}))",
        "(drop (i32.load (i32.sub {} {})))",
        "(call $two {} {})",
        "(return_call $two {} {})",
        "(return_call $three (local.get 1) {} {})",
        "(return_call_indirect (type $two) {} {} (local.get 0))",
    ];
    const CALLEES: &str = "(type $two (func (param i32 i32))) (func $two (type $two)) (func $three (param i32 i32 i32))
        (table funcref (elem $two))";
    let (mut body, mut expected) = (String::new(), Vec::new());
    for parent in parents {
        for n in 0..16 {
            let (left, trap) = &traps[n % 4];
            for (right, _) in traps.iter().filter(|(_, other)| other != trap) {
                let code = parent.replacen("{}", &around(left, n / 4), 1);
                let code = code.replacen("{}", &around(right, n % 3), 1);
                body += &format!("(func (export \"{}\") (param i32 i32) {code})\n", expected.len());
                expected.push((*trap, code));
            }
        }
    }
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let module = Module::new(&engine, format!("(module (memory 1) {CALLEES} {body})"))?;
    let instance = Instance::new(&mut store, &module, &[])?;
    assert_eq!(expected.len(), parents.len() * 16 * 3);
    for (n, (trap, code)) in expected.iter().enumerate() {
        let func = instance.get_typed_func::<(i32, i32), ()>(&mut store, &n.to_string())?;
        let error = func.call(&mut store, (0, -1)).expect_err(code);
        assert_eq!(error.downcast_ref::<Trap>(), Some(trap), "{code}");
    }
    Ok(())
}
