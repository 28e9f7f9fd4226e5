;; The sum of an array of 16,384 i32, n times.
(module
  (type $numbers (array (mut i32)))
  (func $init (result (ref $numbers))
    (local $numbers (ref $numbers)) (local $i i32) (local $x i32)
    (local.set $numbers (array.new_default $numbers (i32.const 16384)))
    (local.set $x (i32.const 0x9e3779b9))
    (loop $next
      (array.set $numbers (local.get $numbers) (local.get $i) (local.get $x))
      (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223)))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 16384))))
    (local.get $numbers))
  (func (export "run") (param $n i32) (result i32)
    (local $numbers (ref $numbers)) (local $i i32) (local $sum i32)
    (local.set $numbers (call $init))
    (block $done
      (loop $round
        (br_if $done (i32.le_s (local.get $n) (i32.const 0)))
        (local.set $i (i32.const 0))
        (loop $next
          (local.set $sum (i32.add (local.get $sum) (array.get $numbers (local.get $numbers) (local.get $i))))
          (br_if $next
            (i32.lt_u
              (local.tee $i (i32.add (local.get $i) (i32.const 1)))
              (array.len (local.get $numbers)))))
        (local.set $sum (i32.rotl (local.get $sum) (i32.const 1)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $round)))
    (local.get $sum)))
