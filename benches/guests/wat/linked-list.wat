;; A list of 1,000 cells is built, turned round in place and walked ten times; n times over.
(module
  (type $cell (struct (field $value i32) (field $next (mut (ref null $cell)))))
  (func $build (param $length i32) (result (ref null $cell))
    (local $list (ref null $cell))
    (loop $next
      (local.set $list (struct.new $cell (local.get $length) (local.get $list)))
      (br_if $next (local.tee $length (i32.sub (local.get $length) (i32.const 1)))))
    (local.get $list))
  (func $reverse (param $list (ref null $cell)) (result (ref null $cell))
    (local $reversed (ref null $cell)) (local $cell (ref null $cell))
    (block $done
      (loop $next
        (br_if $done (ref.is_null (local.get $list)))
        (local.set $cell (local.get $list))
        (local.set $list (struct.get $cell $next (local.get $cell)))
        (struct.set $cell $next (local.get $cell) (local.get $reversed))
        (local.set $reversed (local.get $cell))
        (br $next)))
    (local.get $reversed))
  (func $sum (param $list (ref null $cell)) (result i32)
    (local $sum i32) (local $cell (ref $cell))
    (block $done
      (loop $next
        (local.set $cell (br_on_null $done (local.get $list)))
        (local.set $sum
          (i32.add (i32.rotl (local.get $sum) (i32.const 1)) (struct.get $cell $value (local.get $cell))))
        (local.set $list (struct.get $cell $next (local.get $cell)))
        (br $next)))
    (local.get $sum))
  (func (export "run") (param $n i32) (result i32)
    (local $sum i32) (local $list (ref null $cell)) (local $walks i32)
    (block $done
      (loop $next
        (br_if $done (i32.le_s (local.get $n) (i32.const 0)))
        (local.set $list (call $reverse (call $build (i32.const 1000))))
        (local.set $walks (i32.const 10))
        (loop $walk
          (local.set $sum (i32.add (local.get $sum) (call $sum (local.get $list))))
          (br_if $walk (local.tee $walks (i32.sub (local.get $walks) (i32.const 1)))))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $sum)))
