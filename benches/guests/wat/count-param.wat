;; Counts to n in a parameter of the loop, that is on the operand stack.
(module
  (func (export "run") (param $n i32) (result i32)
    (local $i i32)
    (i32.const 0)
    (loop $next (param i32) (result i32)
      (i32.add (i32.const 1))
      (local.tee $i)
      (br_if $next (i32.lt_s (local.get $i) (local.get $n))))))
