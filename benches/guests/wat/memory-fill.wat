;; Fills 64 KiB with 32-bit stores, n times over with another value each time; reads one word back per round.
(module
  (memory 1)
  (func $fill (param $value i32)
    (local $at i32)
    (loop $next
      (i32.store (local.get $at) (local.get $value))
      (br_if $next
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 65536)))))
  (func (export "run") (param $n i32) (result i32)
    (local $sum i32)
    (block $done
      (loop $round
        (br_if $done (i32.le_s (local.get $n) (i32.const 0)))
        (call $fill (i32.mul (local.get $n) (i32.const 0x9e3779b1)))
        (local.set $sum
          (i32.add
            (i32.rotl (local.get $sum) (i32.const 3))
            (i32.load (i32.and (i32.mul (local.get $n) (i32.const 4)) (i32.const 0xfffc)))))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $round)))
    (local.get $sum)))
