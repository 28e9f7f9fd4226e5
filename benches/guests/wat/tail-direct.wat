;; Fibonacci numbers by calls in tail position: one function that calls itself, its arguments rotated; then
;; two that call each other.
(module
  (func $fib (param $n i32) (param $a i64) (param $b i64) (result i64)
    (if (i32.eqz (local.get $n)) (then (return (local.get $a))))
    (return_call $fib
      (i32.sub (local.get $n) (i32.const 1))
      (local.get $b)
      (i64.add (local.get $a) (local.get $b))))
  (func $even (param $n i32) (param $sum i64) (result i64)
    (if (i32.eqz (local.get $n)) (then (return (local.get $sum))))
    (return_call $odd
      (i32.sub (local.get $n) (i32.const 1))
      (i64.rotl (local.get $sum) (i64.const 3))))
  (func $odd (param $n i32) (param $sum i64) (result i64)
    (if (i32.eqz (local.get $n)) (then (return (i64.const 0))))
    (return_call $even
      (i32.sub (local.get $n) (i32.const 1))
      (i64.add (local.get $sum) (i64.extend_i32_u (local.get $n)))))
  (func (export "run") (param $n i32) (result i64)
    (i64.xor
      (call $fib (local.get $n) (i64.const 0) (i64.const 1))
      (call $even (i32.and (local.get $n) (i32.const -2)) (i64.const 1)))))
