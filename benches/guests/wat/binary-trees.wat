;; Trees of 2,047 nodes built and counted, n times, while one of 32,767 stays alive; the sum of the counts.
(module
  (type $node (struct (field $left (ref null $node)) (field $right (ref null $node))))
  (func $build (param $depth i32) (result (ref $node))
    (if (result (ref $node)) (local.get $depth)
      (then
        (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))
        (struct.new $node (call $build (local.get $depth)) (call $build (local.get $depth))))
      (else (struct.new_default $node))))
  (func $count (param $node (ref null $node)) (result i32)
    (if (result i32) (ref.is_null (local.get $node))
      (then (i32.const 0))
      (else
        (i32.add
          (i32.const 1)
          (i32.add
            (call $count (struct.get $node $left (local.get $node)))
            (call $count (struct.get $node $right (local.get $node))))))))
  (func (export "run") (param $n i32) (result i32)
    (local $sum i32) (local $alive (ref null $node))
    (local.set $alive (call $build (i32.const 14)))
    (block $done
      (loop $next
        (br_if $done (i32.le_s (local.get $n) (i32.const 0)))
        (local.set $sum (i32.add (local.get $sum) (call $count (call $build (i32.const 10)))))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next)))
    (if (i32.ne (call $count (local.get $alive)) (i32.const 32767)) (then unreachable))
    (local.get $sum)))
