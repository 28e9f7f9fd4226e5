;; The tail-recursive formulation with ordinary calls, so that each number is 90 frames deep; n numbers in a row.
(module
  (func $fib (param $n i32) (param $a i64) (param $b i64) (result i64)
    (if (result i64) (i32.eqz (local.get $n))
      (then (local.get $a))
      (else
        (call $fib
          (i32.sub (local.get $n) (i32.const 1))
          (local.get $b)
          (i64.add (local.get $a) (local.get $b))))))
  (func (export "run") (param $n i32) (result i64)
    (local $sum i64)
    (block $done
      (loop $next
        (br_if $done (i32.le_s (local.get $n) (i32.const 0)))
        (local.set $sum
          (i64.add
            (i64.rotl (local.get $sum) (i64.const 1))
            (call $fib (i32.const 90) (i64.extend_i32_s (local.get $n)) (i64.const 1))))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $sum)))
