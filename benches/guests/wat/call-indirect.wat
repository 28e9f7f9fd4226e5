;; A loop of indirect calls through a table of four functions of one type.
(module
  (type $op (func (param i32 i32) (result i32)))
  (table 4 4 funcref)
  (elem (i32.const 0) $add $xor $mul $rot)
  (func $add (type $op) (i32.add (local.get 0) (local.get 1)))
  (func $xor (type $op) (i32.xor (local.get 0) (local.get 1)))
  (func $mul (type $op) (i32.mul (i32.or (local.get 0) (i32.const 1)) (i32.const 17)))
  (func $rot (type $op) (i32.rotl (local.get 0) (local.get 1)))
  (func (export "run") (param $n i32) (result i32)
    (local $acc i32)
    (block $done
      (loop $next
        (br_if $done (i32.le_s (local.get $n) (i32.const 0)))
        (local.set $acc
          (call_indirect (type $op)
            (local.get $acc)
            (local.get $n)
            (i32.and (local.get $n) (i32.const 3))))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $acc)))
