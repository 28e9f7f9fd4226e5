//! 128-bit integer arithmetic.

use crate::*;

const TEXT: &str = r#"(module
    (func (export "add") (param i64 i64 i64 i64) (result i64 i64)
        (i64.add128 (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
    (func (export "sub") (param i64 i64 i64 i64) (result i64 i64)
        (i64.sub128 (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
    (func (export "mul_s") (param i64 i64) (result i64 i64)
        (i64.mul_wide_s (local.get 0) (local.get 1)))
    (func (export "mul_u") (param i64 i64) (result i64 i64)
        (i64.mul_wide_u (local.get 0) (local.get 1)))
    ;; (a * b + c), with trees and constants as operands, and results that go to the operands' locals.
    (func (export "mac") (param $a i64) (param $b i64) (param $c i64) (result i64 i64)
        (i64.mul_wide_u (i64.xor (local.get $a) (i64.const 0)) (i64.add (local.get $b) (i64.const 0)))
        (i64.add128 (local.get $c) (i64.const 0))
        (local.set $a) (local.set $b)
        (local.get $b) (local.get $a)))"#;

/// The halves of a number, the low one first.
fn halves(value: u128) -> (i64, i64) {
    (value as i64, (value >> 64) as i64)
}

#[test]
fn results_are_those_of_128_bit_numbers() {
    let (mut store, instance) = instance(TEXT);
    let interesting =
        [0, 1, 2, -1, i64::MIN, i64::MAX, 0x1_0000_0000, -0x1_0000_0001, 0x0123_4567_89ab_cdef];
    let mut seen = 0;
    for a in interesting {
        for b in interesting {
            let wide = (a as u64 as u128) * (b as u64 as u128);
            assert_eq!(
                call::<_, (i64, i64)>(&mut store, instance, "mul_u", (a, b)).unwrap(),
                halves(wide)
            );
            let wide = (i128::from(a) * i128::from(b)) as u128;
            assert_eq!(
                call::<_, (i64, i64)>(&mut store, instance, "mul_s", (a, b)).unwrap(),
                halves(wide)
            );
            for c in interesting {
                let (x, y) = (
                    u128::from(a as u64) | (b as u128) << 64,
                    u128::from(c as u64) | (a as u128) << 64,
                );
                let operands = (a, b, c, a);
                let sum = call::<_, (i64, i64)>(&mut store, instance, "add", operands).unwrap();
                assert_eq!(sum, halves(x.wrapping_add(y)));
                let difference =
                    call::<_, (i64, i64)>(&mut store, instance, "sub", operands).unwrap();
                assert_eq!(difference, halves(x.wrapping_sub(y)));
                let mac = (a as u64 as u128) * (b as u64 as u128) + c as u64 as u128;
                let found = call::<_, (i64, i64)>(&mut store, instance, "mac", (a, b, c)).unwrap();
                assert_eq!(found, halves(mac));
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 9 * 9 * 9);
}

#[test]
fn operands_that_trap_do_so_first() {
    let (mut store, instance) = instance(
        r#"(module (memory 1)
            (func (export "f") (result i64 i64)
                (i64.mul_wide_u (i64.load (i32.const -1)) (i64.div_s (i64.const 1) (i64.const 0)))))"#,
    );
    let result = call::<(), (i64, i64)>(&mut store, instance, "f", ());
    assert_trap(result, Trap::MemoryOutOfBounds);
}
