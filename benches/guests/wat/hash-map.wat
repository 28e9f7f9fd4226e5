;; A map from keys of two classes, numbers and bytes, to small integers without a box and to objects: 500 entries are put
;; and found again, every key afresh. n times; the sum of what was found.
(module
  (type $key (sub (struct (field $hash i32))))
  (type $number (sub final $key (struct (field $hash i32) (field $number i64))))
  (type $bytes (array (mut i8)))
  (type $name (sub final $key (struct (field $hash i32) (field $bytes (ref $bytes)))))
  (type $pair (struct (field $first i32) (field $second i32)))
  (type $entry (struct (field $key (ref $key)) (field $value (mut (ref eq))) (field $next (ref null $entry))))
  (type $buckets (array (mut (ref null $entry))))

  (func $key (param $i i32) (result (ref $key))
    (local $bytes (ref $bytes))
    (if (i32.and (local.get $i) (i32.const 1))
      (then
        (return
          (struct.new $number
            (i32.mul (local.get $i) (i32.const 0x9e3779b1))
            (i64.extend_i32_u (local.get $i))))))
    (local.set $bytes (array.new $bytes (local.get $i) (i32.const 6)))
    (array.set $bytes (local.get $bytes) (i32.const 5) (i32.shr_u (local.get $i) (i32.const 8)))
    (struct.new $name (i32.mul (local.get $i) (i32.const 0x85ebca6b)) (local.get $bytes)))
  (func $same-bytes (param $left (ref $bytes)) (param $right (ref $bytes)) (result i32)
    (local $i i32)
    (loop $next
      (if
        (i32.ne
          (array.get_u $bytes (local.get $left) (local.get $i))
          (array.get_u $bytes (local.get $right) (local.get $i)))
        (then (return (i32.const 0))))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 6))))
    (i32.const 1))
  (func $same (param $left (ref $key)) (param $right (ref $key)) (result i32)
    (local $name (ref $name)) (local $number (ref $number))
    (if
      (i32.ne (struct.get $key $hash (local.get $left)) (struct.get $key $hash (local.get $right)))
      (then (return (i32.const 0))))
    (block $is-number (result (ref $number))
      (local.set $name
        (ref.cast (ref $name) (br_on_cast $is-number (ref $key) (ref $number) (local.get $left))))
      (return
        (if (result i32) (ref.test (ref $name) (local.get $right))
          (then
            (call $same-bytes
              (struct.get $name $bytes (local.get $name))
              (struct.get $name $bytes (ref.cast (ref $name) (local.get $right)))))
          (else (i32.const 0)))))
    (local.set $number)
    (block $differs (result (ref $key))
      (return
        (i64.eq
          (struct.get $number $number (br_on_cast_fail $differs (ref $key) (ref $number) (local.get $right)))
          (struct.get $number $number (local.get $number)))))
    (drop)
    (i32.const 0))
  (func $find (param $buckets (ref $buckets)) (param $key (ref $key)) (result (ref null $entry))
    (local $entry (ref null $entry))
    (local.set $entry
      (array.get $buckets
        (local.get $buckets) (i32.shr_u (struct.get $key $hash (local.get $key)) (i32.const 24))))
    (block $done
      (loop $next
        (br_if $done (ref.is_null (local.get $entry)))
        (br_if $done (call $same (struct.get $entry $key (local.get $entry)) (local.get $key)))
        (local.set $entry (struct.get $entry $next (local.get $entry)))
        (br $next)))
    (local.get $entry))
  (func $put (param $buckets (ref $buckets)) (param $key (ref $key)) (param $value (ref eq))
    (local $entry (ref null $entry)) (local $at i32)
    (local.set $entry (call $find (local.get $buckets) (local.get $key)))
    (if (ref.is_null (local.get $entry))
      (then
        (local.set $at (i32.shr_u (struct.get $key $hash (local.get $key)) (i32.const 24)))
        (array.set $buckets (local.get $buckets) (local.get $at)
          (struct.new $entry
            (local.get $key)
            (local.get $value)
            (array.get $buckets (local.get $buckets) (local.get $at)))))
      (else (struct.set $entry $value (local.get $entry) (local.get $value)))))
  (func $read (param $value (ref eq)) (result i32)
    (local $pair (ref $pair))
    (block $other (result (ref eq))
      (return (i31.get_u (br_on_cast_fail $other (ref eq) (ref i31) (local.get $value)))))
    (local.set $pair (ref.cast (ref $pair)))
    (i32.xor
      (struct.get $pair $first (local.get $pair))
      (struct.get $pair $second (local.get $pair))))
  (func (export "run") (param $n i32) (result i32)
    (local $buckets (ref $buckets)) (local $i i32) (local $sum i32)
    (block $done
      (loop $again
        (br_if $done (i32.le_s (local.get $n) (i32.const 0)))
        (local.set $buckets (array.new_default $buckets (i32.const 256)))
        (local.set $i (i32.const 0))
        (loop $next
          (call $put
            (local.get $buckets)
            (call $key (local.get $i))
            (if (result (ref eq)) (i32.rem_u (local.get $i) (i32.const 3))
              (then (ref.i31 (i32.add (local.get $i) (local.get $n))))
              (else (struct.new $pair (local.get $i) (local.get $n)))))
          (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 500))))
        (local.set $i (i32.const 0))
        (loop $next
          (local.set $sum
            (i32.add
              (local.get $sum)
              (call $read
                (struct.get $entry $value (call $find (local.get $buckets) (call $key (local.get $i)))))))
          (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 500))))
        (if (i32.eqz (ref.is_null (call $find (local.get $buckets) (call $key (i32.const 501))))) (then unreachable))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $again)))
    (local.get $sum)))
