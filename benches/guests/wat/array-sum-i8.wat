;; The sum of an array of 16,384 bytes, read with their sign and without in turn, n times.
(module
  (type $bytes (array (mut i8)))
  (func $init (result (ref $bytes))
    (local $bytes (ref $bytes)) (local $i i32) (local $x i32)
    (local.set $bytes (array.new_default $bytes (i32.const 16384)))
    (local.set $x (i32.const 0x9e3779b9))
    (loop $next
      (array.set $bytes (local.get $bytes) (local.get $i) (i32.shr_u (local.get $x) (i32.const 16)))
      (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223)))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 16384))))
    (local.get $bytes))
  (func (export "run") (param $n i32) (result i32)
    (local $bytes (ref $bytes)) (local $i i32) (local $sum i32)
    (local.set $bytes (call $init))
    (block $done
      (loop $round
        (br_if $done (i32.le_s (local.get $n) (i32.const 0)))
        (local.set $i (i32.const 0))
        (loop $next
          (local.set $sum (i32.add (local.get $sum) (array.get_s $bytes (local.get $bytes) (local.get $i))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (local.set $sum (i32.add (local.get $sum) (array.get_u $bytes (local.get $bytes) (local.get $i))))
          (br_if $next
            (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 16384))))
        (local.set $sum (i32.rotl (local.get $sum) (i32.const 1)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $round)))
    (local.get $sum)))
