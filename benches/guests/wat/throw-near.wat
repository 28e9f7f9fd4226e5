;; Exceptions that are caught where they are thrown, n times; the sum of what they carry.
(module
  (tag $even (param i32))
  (tag $odd (param i32))
  (func (export "run") (param $n i32) (result i32)
    (local $sum i32)
    (block $done
      (loop $next
        (br_if $done (i32.le_s (local.get $n) (i32.const 0)))
        (local.set $sum
          (i32.add
            (local.get $sum)
            (block $caught (result i32)
              (try_table (catch $even $caught) (catch $odd $caught)
                (if (i32.and (local.get $n) (i32.const 1))
                  (then (throw $odd (i32.mul (local.get $n) (i32.const 3)))))
                (throw $even (local.get $n)))
              (unreachable))))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $sum)))
