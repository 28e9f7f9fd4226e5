;; Text built in arrays that grow: 200 numbers in decimal, in units of 16 bits, narrowed to bytes, padded, compared.
;; n times; a hash of all of it.
(module
  (type $text (array (mut i16)))
  (type $bytes (array (mut i8)))
  (type $builder (struct (field $text (mut (ref $text))) (field $length (mut i32))))

  (func $reserve (param $builder (ref $builder)) (param $more i32)
    (local $old (ref $text)) (local $new (ref $text)) (local $length i32)
    (local.set $old (struct.get $builder $text (local.get $builder)))
    (local.set $length (struct.get $builder $length (local.get $builder)))
    (if (i32.gt_u (i32.add (local.get $length) (local.get $more)) (array.len (local.get $old)))
      (then
        (local.set $new (array.new_default $text (i32.shl (array.len (local.get $old)) (i32.const 1))))
        (array.copy $text $text
          (local.get $new) (i32.const 0) (local.get $old) (i32.const 0) (local.get $length))
        (struct.set $builder $text (local.get $builder) (local.get $new)))))
  (func $push (param $builder (ref $builder)) (param $unit i32)
    (local $length i32)
    (call $reserve (local.get $builder) (i32.const 1))
    (local.set $length (struct.get $builder $length (local.get $builder)))
    (array.set $text (struct.get $builder $text (local.get $builder)) (local.get $length) (local.get $unit))
    (struct.set $builder $length (local.get $builder) (i32.add (local.get $length) (i32.const 1))))
  (func $push-number (param $builder (ref $builder)) (param $number i32)
    (if (i32.ge_u (local.get $number) (i32.const 10))
      (then (call $push-number (local.get $builder) (i32.div_u (local.get $number) (i32.const 10)))))
    (call $push
      (local.get $builder)
      (i32.add (i32.const 48) (i32.rem_u (local.get $number) (i32.const 10)))))
  ;; The text in bytes, padded with blanks to a multiple of 64.
  (func $encode (param $builder (ref $builder)) (result (ref $bytes))
    (local $text (ref $text)) (local $length i32) (local $bytes (ref $bytes)) (local $i i32)
    (local.set $text (struct.get $builder $text (local.get $builder)))
    (local.set $length (struct.get $builder $length (local.get $builder)))
    (local.set $bytes
      (array.new_default $bytes (i32.and (i32.add (local.get $length) (i32.const 63)) (i32.const -64))))
    (loop $next
      (array.set $bytes
        (local.get $bytes) (local.get $i) (array.get_u $text (local.get $text) (local.get $i)))
      (br_if $next
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $length))))
    (array.fill $bytes
      (local.get $bytes)
      (local.get $length)
      (i32.const 32)
      (i32.sub (array.len (local.get $bytes)) (local.get $length)))
    (local.get $bytes))
  (func $equal (param $left (ref $bytes)) (param $right (ref $bytes)) (result i32)
    (local $i i32)
    (if (i32.ne (array.len (local.get $left)) (array.len (local.get $right))) (then (return (i32.const 0))))
    (loop $next
      (if
        (i32.ne
          (array.get_u $bytes (local.get $left) (local.get $i))
          (array.get_u $bytes (local.get $right) (local.get $i)))
        (then (return (i32.const 0))))
      (br_if $next
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (array.len (local.get $left)))))
    (i32.const 1))
  (func $hash (param $bytes (ref $bytes)) (param $hash i32) (result i32)
    (local $i i32)
    (loop $next
      (local.set $hash
        (i32.mul
          (i32.xor (local.get $hash) (array.get_u $bytes (local.get $bytes) (local.get $i)))
          (i32.const 16777619)))
      (br_if $next
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (array.len (local.get $bytes)))))
    (local.get $hash))
  (func (export "run") (param $n i32) (result i32)
    (local $builder (ref $builder)) (local $i i32) (local $hash i32)
    (local $bytes (ref $bytes)) (local $copy (ref $bytes))
    (block $done
      (loop $again
        (br_if $done (i32.le_s (local.get $n) (i32.const 0)))
        (local.set $builder (struct.new $builder (array.new_default $text (i32.const 16)) (i32.const 0)))
        (local.set $i (i32.const 0))
        (loop $next
          (call $push-number (local.get $builder) (i32.mul (local.get $i) (local.get $n)))
          (call $push (local.get $builder) (i32.const 44))
          (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 200))))
        (local.set $bytes (call $encode (local.get $builder)))
        (local.set $copy (array.new_default $bytes (array.len (local.get $bytes))))
        (array.copy $bytes $bytes
          (local.get $copy) (i32.const 0) (local.get $bytes) (i32.const 0) (array.len (local.get $bytes)))
        (if (i32.eqz (call $equal (local.get $bytes) (local.get $copy))) (then unreachable))
        (local.set $hash (call $hash (local.get $copy) (local.get $hash)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $again)))
    (local.get $hash)))
