;; 2,000 records sorted by their keys, by merging; the order is checked. n times; a hash of the order.
(module
  (type $record (struct (field $key i32) (field $number i32) (field $weight f64)))
  (type $records (array (mut (ref null $record))))
  (func $make (param $seed i32) (result (ref $records))
    (local $records (ref $records)) (local $i i32)
    (local.set $records (array.new_default $records (i32.const 2000)))
    (loop $next
      (local.set $seed (i32.add (i32.mul (local.get $seed) (i32.const 1664525)) (i32.const 1013904223)))
      (array.set $records (local.get $records) (local.get $i)
        (struct.new $record
          (i32.shr_u (local.get $seed) (i32.const 20))
          (local.get $i)
          (f64.convert_i32_u (local.get $seed))))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 2000))))
    (local.get $records))
  ;; Sorts from..to with as much room beside it.
  (func $sort (param $records (ref $records)) (param $room (ref $records)) (param $from i32) (param $to i32)
    (local $middle i32) (local $left i32) (local $right i32) (local $at i32)
    (local $a (ref null $record)) (local $b (ref null $record))
    (if (i32.lt_u (i32.sub (local.get $to) (local.get $from)) (i32.const 2)) (then (return)))
    (local.set $middle (i32.shr_u (i32.add (local.get $from) (local.get $to)) (i32.const 1)))
    (call $sort (local.get $records) (local.get $room) (local.get $from) (local.get $middle))
    (call $sort (local.get $records) (local.get $room) (local.get $middle) (local.get $to))
    (array.copy $records $records
      (local.get $room) (local.get $from)
      (local.get $records) (local.get $from) (i32.sub (local.get $to) (local.get $from)))
    (local.set $left (local.get $from))
    (local.set $right (local.get $middle))
    (local.set $at (local.get $from))
    (loop $next
      (block $taken
        (block $take-right
          (br_if $take-right (i32.eq (local.get $left) (local.get $middle)))
          (local.set $a (array.get $records (local.get $room) (local.get $left)))
          (if (i32.lt_u (local.get $right) (local.get $to))
            (then
              (local.set $b (array.get $records (local.get $room) (local.get $right)))
              (br_if $take-right
                (i32.lt_u
                  (struct.get $record $key (local.get $b))
                  (struct.get $record $key (local.get $a))))))
          (array.set $records (local.get $records) (local.get $at) (local.get $a))
          (local.set $left (i32.add (local.get $left) (i32.const 1)))
          (br $taken))
        (array.set $records (local.get $records) (local.get $at)
          (array.get $records (local.get $room) (local.get $right)))
        (local.set $right (i32.add (local.get $right) (i32.const 1))))
      (br_if $next
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (local.get $to)))))
  (func $check (param $records (ref $records)) (result i32)
    (local $i i32) (local $hash i32) (local $record (ref $record)) (local $last i32)
    (loop $next
      (local.set $record (ref.as_non_null (array.get $records (local.get $records) (local.get $i))))
      (if (i32.lt_u (struct.get $record $key (local.get $record)) (local.get $last)) (then unreachable))
      (local.set $last (struct.get $record $key (local.get $record)))
      (local.set $hash
        (i32.add
          (i32.mul (local.get $hash) (i32.const 31))
          (i32.xor
            (struct.get $record $number (local.get $record))
            (i32.trunc_sat_f64_u (struct.get $record $weight (local.get $record))))))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 2000))))
    (local.get $hash))
  (func (export "run") (param $n i32) (result i32)
    (local $records (ref $records)) (local $hash i32)
    (block $done
      (loop $next
        (br_if $done (i32.le_s (local.get $n) (i32.const 0)))
        (local.set $records (call $make (local.get $n)))
        (call $sort
          (local.get $records) (array.new_default $records (i32.const 2000)) (i32.const 0) (i32.const 2000))
        (local.set $hash (i32.xor (i32.rotl (local.get $hash) (i32.const 1)) (call $check (local.get $records))))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $hash)))
