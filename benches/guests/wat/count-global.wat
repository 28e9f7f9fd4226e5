;; Counts to n in a mutable global.
(module
  (global $i (mut i32) (i32.const 0))
  (func (export "run") (param $n i32) (result i32)
    (global.set $i (i32.const 0))
    (loop $next
      (global.set $i (i32.add (global.get $i) (i32.const 1)))
      (br_if $next (i32.lt_s (global.get $i) (local.get $n))))
    (global.get $i)))
