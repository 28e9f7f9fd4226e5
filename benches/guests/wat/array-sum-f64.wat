;; The product of two arrays of 8,192 f64, n times; the bits of the sum.
(module
  (type $numbers (array (mut f64)))
  (func $init (param $step f64) (result (ref $numbers))
    (local $numbers (ref $numbers)) (local $i i32) (local $x f64)
    (local.set $numbers (array.new $numbers (f64.const 1) (i32.const 8192)))
    (loop $next
      (array.set $numbers (local.get $numbers) (local.get $i) (local.get $x))
      (local.set $x (f64.add (local.get $x) (local.get $step)))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 8192))))
    (local.get $numbers))
  (func (export "run") (param $n i32) (result i64)
    (local $left (ref $numbers)) (local $right (ref $numbers)) (local $i i32) (local $sum f64)
    (local.set $left (call $init (f64.const 0.5)))
    (local.set $right (call $init (f64.const 0.125)))
    (block $done
      (loop $round
        (br_if $done (i32.le_s (local.get $n) (i32.const 0)))
        (local.set $i (i32.const 0))
        (loop $next
          (local.set $sum
            (f64.add
              (local.get $sum)
              (f64.mul
                (array.get $numbers (local.get $left) (local.get $i))
                (array.get $numbers (local.get $right) (local.get $i)))))
          (br_if $next
            (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 8192))))
        (local.set $sum (f64.mul (local.get $sum) (f64.const 0.5)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $round)))
    (i64.reinterpret_f64 (local.get $sum))))
