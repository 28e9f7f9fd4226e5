;; The sieve of Eratosthenes over 64 KiB of flags, n times; the sum of the counts of primes.
(module
  (memory 1)
  (global $size i32 (i32.const 65536))
  (func $clear
    (local $i i32)
    (loop $next
      (i64.store (local.get $i) (i64.const 0))
      (br_if $next
        (i32.lt_u
          (local.tee $i (i32.add (local.get $i) (i32.const 8)))
          (global.get $size)))))
  (func $count (result i32)
    (local $i i32) (local $j i32) (local $primes i32)
    (local.set $i (i32.const 2))
    (loop $candidate
      (if (i32.eqz (i32.load8_u (local.get $i)))
        (then
          (local.set $primes (i32.add (local.get $primes) (i32.const 1)))
          (local.set $j (i32.shl (local.get $i) (i32.const 1)))
          (block $marked
            (loop $mark
              (br_if $marked (i32.ge_u (local.get $j) (global.get $size)))
              (i32.store8 (local.get $j) (i32.const 1))
              (local.set $j (i32.add (local.get $j) (local.get $i)))
              (br $mark)))))
      (br_if $candidate
        (i32.lt_u
          (local.tee $i (i32.add (local.get $i) (i32.const 1)))
          (global.get $size))))
    (local.get $primes))
  (func (export "run") (param $n i32) (result i32)
    (local $sum i32)
    (block $done
      (loop $next
        (br_if $done (i32.le_s (local.get $n) (i32.const 0)))
        (call $clear)
        (local.set $sum (i32.add (local.get $sum) (call $count)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $sum)))
