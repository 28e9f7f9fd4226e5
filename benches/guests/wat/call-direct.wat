;; A loop of calls to two small functions, one of which calls the other.
(module
  (func $mix (param $x i32) (param $y i32) (result i32)
    (i32.add (i32.mul (local.get $x) (i32.const 31)) (local.get $y)))
  (func $twice (param $x i32) (param $y i32) (result i32)
    (call $mix (call $mix (local.get $x) (local.get $y)) (local.get $x)))
  (func (export "run") (param $n i32) (result i32)
    (local $acc i32)
    (block $done
      (loop $next
        (br_if $done (i32.le_s (local.get $n) (i32.const 0)))
        (local.set $acc (call $twice (local.get $acc) (local.get $n)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $acc)))
