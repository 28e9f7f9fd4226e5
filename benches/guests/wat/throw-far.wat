;; Exceptions that are caught ten frames up, every other frame with a handler for something else; n times, the sum of
;; what they carry.
(module
  (tag $number (param i32))
  (tag $other)
  (func $fall (param $depth i32) (param $number i32) (result i32)
    (if (i32.eqz (local.get $depth)) (then (throw $number (local.get $number))))
    (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))
    (if (i32.and (local.get $depth) (i32.const 1))
      (then
        (block $not-this
          (try_table (catch $other $not-this)
            (return (i32.add (i32.const 1) (call $fall (local.get $depth) (local.get $number))))))
        (return (i32.const 0))))
    (i32.add (i32.const 1) (call $fall (local.get $depth) (local.get $number))))
  (func (export "run") (param $n i32) (result i32)
    (local $sum i32)
    (block $done
      (loop $next
        (br_if $done (i32.le_s (local.get $n) (i32.const 0)))
        (local.set $sum
          (i32.add
            (local.get $sum)
            (block $caught (result i32)
              (try_table (catch $number $caught)
                (drop (call $fall (i32.const 9) (local.get $n))))
              (unreachable))))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $sum)))
