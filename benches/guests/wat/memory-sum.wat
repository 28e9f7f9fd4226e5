;; The sum of 64 KiB of i64 words with a rotation, n times over.
(module
  (memory 1)
  (func $init
    (local $at i32) (local $x i64)
    (local.set $x (i64.const 0x9e3779b97f4a7c15))
    (loop $next
      (i64.store (local.get $at) (local.get $x))
      (local.set $x
        (i64.add (i64.mul (local.get $x) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
      (br_if $next
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 65536)))))
  (func (export "run") (param $n i32) (result i64)
    (local $at i32) (local $sum i64)
    (call $init)
    (block $done
      (loop $round
        (br_if $done (i32.le_s (local.get $n) (i32.const 0)))
        (local.set $at (i32.const 0))
        (loop $next
          (local.set $sum (i64.add (local.get $sum) (i64.load (local.get $at))))
          (br_if $next
            (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 65536))))
        (local.set $sum (i64.rotl (local.get $sum) (i64.const 1)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $round)))
    (local.get $sum)))
