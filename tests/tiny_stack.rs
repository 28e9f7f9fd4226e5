//! Nothing of a running guest lives on the native stack: a long loop over many kinds of
//! instructions, and recursion until the wasm stack is used up, on a thread with next to no stack.
//!
//! A handler that keeps a native frame (a tail call that the compiler did not make) uses this
//! stack up within thousands of instructions. `.ci/run` runs this file in every profile in which
//! that could happen. `WASMOTE_ROUNDS` sets the rounds of the mixed loop.

use std::thread;
#[cfg(feature = "simd")]
use wasmote::V128;
use wasmote::{Config, Engine, Instance, Linker, Module, Store, Trap};

/// Native stack of the thread that runs the guest.
const STACK: usize = 64 * 1024;

/// Rounds of the mixed loop (some fifty million instructions where they are fast), unless set.
const ROUNDS: u32 = if cfg!(debug_assertions) { 50_000 } else { 1_000_000 };

/// Iterations of the plain loop for every round of the mixed one.
const PLAIN: u32 = 50;

fn rounds() -> u32 {
    match std::env::var("WASMOTE_ROUNDS") {
        Ok(rounds) => rounds.parse().expect("WASMOTE_ROUNDS is a number"),
        Err(_) => ROUNDS,
    }
}

/// Runs `f` on a thread with a tiny stack.
fn on_tiny_stack<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    thread::scope(|scope| {
        let builder = thread::Builder::new().stack_size(STACK);
        builder.spawn_scoped(scope, f).expect("a thread").join().expect("the guest ran")
    })
}

const MIXED: &str = r#"(module
  (type $step (func (param i32) (result i32)))
  (import "host" "next" (func $next (param i32) (result i32)))
  (memory 1)
  (table 3 funcref)
  (elem (i32.const 0) $double $square $imported)
  (global $g (mut i64) (i64.const 1))
  (data $bytes "abcdefgh")

  (func $double (param i32) (result i32) (i32.shl (local.get 0) (i32.const 1)))
  (func $square (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))
  (func $imported (param i32) (result i32) (call $next (local.get 0)))
  (func $two (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))

  (func $integers (param $x i32) (param $y i64) (result i64)
    (local $t i32)
    (local.set $t (i32.rotl (i32.xor (local.get $x) (i32.const 0x5bd1e995)) (i32.const 13)))
    (local.set $t (i32.add (local.get $t) (i32.clz (local.get $x))))
    (local.set $t (i32.sub (local.get $t) (i32.popcnt (local.get $x))))
    (local.set $t (i32.or (local.get $t) (i32.rem_u (local.get $x) (i32.const 7))))
    (local.set $t (i32.and (local.get $t) (i32.div_s (local.get $t) (i32.const 3))))
    (local.set $t (i32.extend8_s (local.get $t)))
    (local.set $y (i64.add (local.get $y) (i64.extend_i32_s (local.get $t))))
    (local.set $y (i64.mul (local.get $y) (i64.const 6364136223846793005)))
    (local.set $y (i64.xor (local.get $y) (i64.shr_u (local.get $y) (i64.const 29))))
    (local.set $y (i64.add (local.get $y) (i64.div_u (local.get $y) (i64.const 10))))
    (select (local.get $y) (i64.ctz (local.get $y)) (i64.gt_s (local.get $y) (i64.const 0))))

  (func $floats (param $x i32) (result f64)
    (local $a f64) (local $b f32)
    (local.set $a (f64.convert_i32_s (local.get $x)))
    (local.set $b (f32.convert_i32_u (local.get $x)))
    (local.set $a (f64.sqrt (f64.add (f64.mul (local.get $a) (f64.const 1.5)) (f64.const 2))))
    (local.set $b (f32.max (f32.neg (local.get $b)) (f32.div (local.get $b) (f32.const 3))))
    (local.set $a (f64.floor (f64.add (local.get $a) (f64.promote_f32 (local.get $b)))))
    (local.set $a (f64.copysign (f64.nearest (local.get $a)) (f64.trunc (local.get $a))))
    (f64.add (local.get $a) (f64.convert_i64_s (i64.trunc_sat_f64_s (local.get $a)))))

  (func $memory (param $x i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (local.get $x) (i32.const 0xfff8)))
    (i32.store (local.get $at) (local.get $x))
    (i64.store offset=8 (i32.and (local.get $at) (i32.const 0xfff))
      (i64.load (local.get $at)))
    (i32.store8 (local.get $at) (i32.load16_u (local.get $at)))
    (f64.store offset=16 (i32.and (local.get $at) (i32.const 0xff)) (f64.const 0.5))
    (if (i32.eqz (i32.and (local.get $x) (i32.const 63)))
      (then
        (memory.fill (i32.const 4096) (local.get $x) (i32.const 32))
        (memory.copy (i32.const 8192) (i32.const 4096) (i32.const 16))
        (memory.init $bytes (i32.const 0) (i32.const 0) (i32.const 8))))
    (i32.add (i32.load8_s offset=3 (local.get $at)) (memory.size)))

  (func $branches (param $x i32) (result i32)
    (block $d (block $c (block $b (block $a
      (br_table $a $b $c $d (i32.and (local.get $x) (i32.const 3))))
      (return (i32.const 1)))
      (local.set $x (i32.add (local.get $x) (i32.const 5)))
      (br_if $d (i32.gt_s (local.get $x) (i32.const 100)))
      (return (local.get $x)))
      (local.set $x (if (result i32) (i32.lt_u (local.get $x) (i32.const 50))
        (then (i32.const 3)) (else (i32.const 4)))))
    (local.get $x))

  (func (export "mixed") (param $rounds i32) (result i64)
    (local $i i32) (local $sum i64)
    (loop $again
      (local.set $sum (call $integers (local.get $i) (local.get $sum)))
      (local.set $sum (i64.add (local.get $sum)
        (i64.trunc_sat_f64_s (call $floats (local.get $i)))))
      (local.set $sum (i64.xor (local.get $sum)
        (i64.extend_i32_u (call $memory (local.get $i)))))
      (local.set $sum (i64.add (local.get $sum)
        (i64.extend_i32_s (call $branches (local.get $i)))))
      (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_s
        (call_indirect (type $step) (local.get $i)
          (i32.rem_u (local.get $i) (i32.const 3))))))
      (call $two (local.get $i) (local.get $sum))
      (i64.extend_i32_u)
      (i64.add)
      (local.set $sum)
      (global.set $g (i64.add (global.get $g) (local.get $sum)))
      (br_if $again (i32.lt_u
        (local.tee $i (i32.add (local.get $i) (i32.const 1)))
        (local.get $rounds))))
    (i64.xor (local.get $sum) (global.get $g)))

  (func (export "plain") (param $n i32) (result i32)
    (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (local.get $n)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))"#;

#[test]
fn a_long_run_of_every_kind_of_instruction() {
    long_run(&Engine::default());
}

/// With the short slices that epochs bring.
#[test]
fn a_long_run_of_metered_instructions() {
    let mut config = Config::new();
    long_run(&Engine::new(config.consume_fuel(true).epoch_interruption(true)).expect("supported"));
}

fn long_run(engine: &Engine) {
    let module = Module::new(engine, MIXED).expect("the module is valid");
    let mut linker = Linker::new(engine);
    linker.func_wrap("host", "next", |x: i32| x.wrapping_add(1)).expect("no such item yet");
    let run = |rounds: u32| {
        let mut store = Store::new(engine, ());
        let _ = store.set_fuel(u64::MAX); // an error if nothing is metered
        store.set_epoch_deadline(u64::MAX);
        let instance = linker.instantiate(&mut store, &module).expect("imports resolve");
        let mixed = instance.get_typed_func::<u32, u64>(&mut store, "mixed").expect("exported");
        let plain = instance.get_typed_func::<u32, u32>(&mut store, "plain").expect("exported");
        on_tiny_stack(move || {
            let n = rounds.wrapping_mul(PLAIN);
            let mixed = mixed.call(&mut store, rounds).expect("no trap");
            (mixed, n, plain.call(&mut store, n).expect("no trap"))
        })
    };
    assert_eq!(run(3).0, first_three_rounds());
    let (_, n, sum) = run(rounds());
    let n = u64::from(n);
    assert_eq!(sum, (n * (n + 1) / 2) as u32);
}

/// The first three rounds of `mixed`, in Rust.
fn first_three_rounds() -> u64 {
    let (mut sum, mut g) = (0_u64, 1_u64);
    for i in 0..3_u32 {
        let mut t = (i ^ 0x5bd1_e995).rotate_left(13);
        t = t.wrapping_add(i.leading_zeros()).wrapping_sub(i.count_ones());
        t |= i % 7;
        t &= (t as i32 / 3) as u32;
        let mut y = sum.wrapping_add((t as i8) as u64).wrapping_mul(6_364_136_223_846_793_005);
        y ^= y >> 29;
        y = y.wrapping_add(y / 10);
        sum = if y as i64 > 0 { y } else { u64::from(y.trailing_zeros()) };

        let a = (f64::from(i) * 1.5 + 2.0).sqrt();
        let a = (a + f64::from((-(i as f32)).max(i as f32 / 3.0))).floor();
        sum = sum.wrapping_add((a + a) as i64 as u64);

        // Below 8 every round stores at 0; round 0 fills the first bytes with "abcdefgh" as well.
        let byte = if i == 0 { u32::from(b'd') } else { 0 };
        sum ^= u64::from(byte + 1);

        sum = sum.wrapping_add(match i {
            0 => 1,
            1 => 6,
            _ => 3,
        });
        sum = sum.wrapping_add([2 * i, i * i, i + 1][i as usize % 3].into());
        sum = sum.wrapping_add(i.into());
        g = g.wrapping_add(sum);
    }
    sum ^ g
}

#[test]
fn recursion_ends_in_a_trap() {
    let engine = Engine::default();
    let module = Module::new(
        &engine,
        r#"(module
          (type $f (func (param i64) (result i64)))
          (table 1 funcref) (elem (i32.const 0) $indirect)
          (func $direct (export "direct") (param i64) (result i64)
            (i64.add (call $direct (i64.add (local.get 0) (i64.const 1))) (i64.const 1)))
          (func $indirect (export "indirect") (param i64) (result i64)
            (i64.add (call_indirect (type $f) (local.get 0) (i32.const 0)) (i64.const 1)))
          (func $even (export "even") (param i64) (result i64)
            (local f64 f64 f64) (i64.add (i64.const 2) (call $odd (local.get 0))))
          (func $odd (param i64) (result i64)
            (local i32 i32 i32 i32 i32) (i64.sub (call $even (local.get 0)) (i64.const 1))))"#,
    )
    .expect("the module is valid");
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).expect("nothing to import");
    for name in ["direct", "indirect", "even", "direct"] {
        let func = instance.get_typed_func::<u64, u64>(&mut store, name).expect("exported");
        let error = on_tiny_stack(|| func.call(&mut store, 1)).expect_err("it never ends");
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::StackOverflow), "{name}");
    }
}

/// A loop over operations on vectors of every kind: if a handler were too much for its registers, or were no
/// leaf, the stack would not do.
#[test]
#[cfg(feature = "simd")]
fn a_long_run_on_vectors() {
    let unary = [
        "v128.not",
        "i8x16.abs",
        "i8x16.popcnt",
        "i16x8.neg",
        "i32x4.abs",
        "i64x2.abs",
        "f32x4.sqrt",
        "f32x4.ceil",
        "f32x4.floor",
        "f32x4.trunc",
        "f32x4.nearest",
        "f64x2.ceil",
        "f64x2.floor",
        "f64x2.trunc",
        "f64x2.nearest",
        "f64x2.sqrt",
        "i16x8.extadd_pairwise_i8x16_s",
        "i32x4.extadd_pairwise_i16x8_u",
        "i16x8.extend_low_i8x16_s",
        "i64x2.extend_high_i32x4_u",
        "i32x4.trunc_sat_f32x4_s",
        "i32x4.trunc_sat_f32x4_u",
        "f32x4.convert_i32x4_s",
        "f32x4.convert_i32x4_u",
        "i32x4.trunc_sat_f64x2_s_zero",
        "i32x4.trunc_sat_f64x2_u_zero",
        "f64x2.convert_low_i32x4_u",
        "f32x4.demote_f64x2_zero",
        "f64x2.promote_low_f32x4",
    ];
    let binary = [
        "i8x16.swizzle",
        "i8x16.add_sat_s",
        "i8x16.sub_sat_u",
        "i8x16.avgr_u",
        "i8x16.lt_u",
        "i8x16.max_s",
        "i8x16.narrow_i16x8_s",
        "i16x8.narrow_i32x4_u",
        "i16x8.q15mulr_sat_s",
        "i16x8.mul",
        "i32x4.mul",
        "i64x2.mul",
        "i32x4.dot_i16x8_s",
        "i16x8.extmul_high_i8x16_u",
        "i64x2.extmul_low_i32x4_s",
        "i32x4.min_u",
        "i64x2.gt_s",
        "f32x4.min",
        "f32x4.max",
        "f64x2.min",
        "f64x2.max",
        "f32x4.pmin",
        "f32x4.div",
        "f64x2.le",
        "f32x4.relaxed_min",
        "v128.andnot",
        "i16x8.relaxed_dot_i8x16_i7x16_s",
    ];
    let ternary = [
        "v128.bitselect",
        "f32x4.relaxed_madd",
        "f64x2.relaxed_nmadd",
        "i32x4.relaxed_dot_i8x16_i7x16_add_s",
    ];
    let shifts =
        ["i8x16.shl", "i8x16.shr_s", "i8x16.shr_u", "i16x8.shr_s", "i64x2.shr_s", "i32x4.shl"];
    let to_scalar = [
        "v128.any_true",
        "i8x16.all_true",
        "i64x2.all_true",
        "i8x16.bitmask",
        "i16x8.bitmask",
        "i32x4.bitmask",
        "i64x2.bitmask",
        "i8x16.extract_lane_s 15",
        "i16x8.extract_lane_u 3",
        "i32x4.extract_lane 2",
    ];
    let mut body = String::new();
    let mut put =
        |text: String| body += &format!("(local.set $b (v128.xor (local.get $b) {text}))\n");
    unary.iter().for_each(|op| put(format!("({op} (local.get $a))")));
    binary.iter().for_each(|op| put(format!("({op} (local.get $a) (local.get $b))")));
    ternary
        .iter()
        .for_each(|op| put(format!("({op} (local.get $a) (local.get $b) (local.get $a))")));
    shifts.iter().for_each(|op| put(format!("({op} (local.get $a) (local.get $n))")));
    to_scalar
        .iter()
        .for_each(|op| put(format!("(i8x16.replace_lane 5 (local.get $a) ({op} (local.get $a)))")));
    put("(i8x16.shuffle 0 31 2 29 4 27 6 25 8 23 10 21 12 19 14 17 (local.get $a) (local.get $b))"
        .into());
    put("(v128.load16_lane offset=3 7 (local.get $n) (local.get $a))".into());
    put("(v128.load8x8_s (local.get $n))".into());
    let wat = format!(
        r#"(module (memory 1)
            (func (export "run") (param $n i32) (result v128) (local $a v128) (local $b v128)
                (loop $again
                    {body}
                    (v128.store (i32.and (local.get $n) (i32.const 0xfff)) (local.get $b))
                    (local.set $n (i32.and (local.get $n) (i32.const 0xffff)))
                    (local.set $a (i32x4.add (local.get $b) (i32x4.splat (local.get $n))))
                    (global.set $left (i32.sub (global.get $left) (i32.const 1)))
                    (local.set $n (i32.and (i32.add (local.get $n) (i32.const 7)) (i32.const 0x7fff)))
                    (br_if $again (global.get $left)))
                (local.get $a))
            (global $left (export "left") (mut i32) (i32.const 1)))"#
    );
    let engine = Engine::default();
    let module = Module::new(&engine, wat).expect("the module is valid");
    let run = |rounds: u32| {
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[]).expect("nothing to import");
        let left = instance.get_global(&mut store, "left").expect("exported");
        left.set(&mut store, (rounds as i32).into()).expect("an i32");
        let run = instance.get_typed_func::<u32, V128>(&mut store, "run").expect("exported");
        on_tiny_stack(move || run.call(&mut store, 1).expect("no trap"))
    };
    let result = run(rounds() / 50 + 10);
    assert_ne!(result, V128::from(0));
    assert_eq!(result, run(rounds() / 50 + 10));
}
