;; The guest of the firmware: averages samples of a sensor, computes a little, and can crash.
(module $guest
  (import "board" "sample" (func $sample (param $channel i32) (result i32)))
  (import "board" "print" (func $print (param $text i32) (param $len i32)))

  (import "board" "wait" (func $wait (param $ticks i32)))

  (memory (export "memory") 1)
  (data (i32.const 16) "hello from the guest")

  ;; Greets, then gives the mean of `n` samples of a channel.
  (func $mean (export "mean") (param $channel i32) (param $n i32) (result f64)
    (local $i i32)
    (local $sum f64)
    (call $print (i32.const 16) (i32.const 20))
    (loop $next
      (local.set $sum
        (f64.add (local.get $sum) (f64.convert_i32_s (call $sample (local.get $channel)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $n))))
    (f64.div (local.get $sum) (f64.convert_i32_u (local.get $i))))

  ;; The same, with a rest before each sample.
  (func (export "patient") (param $channel i32) (param $n i32) (result f64)
    (local $i i32)
    (local $sum f64)
    (loop $next
      (call $wait (i32.const 20000))
      (local.set $sum
        (f64.add (local.get $sum) (f64.convert_i32_s (call $sample (local.get $channel)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $n))))
    (f64.div (local.get $sum) (f64.convert_i32_u (local.get $i))))

  (func $fib (export "fib") (param $n i32) (result i64)
    (if (result i64) (i32.lt_u (local.get $n) (i32.const 2))
      (then (i64.extend_i32_u (local.get $n)))
      (else
        (i64.add
          (call $fib (i32.sub (local.get $n) (i32.const 1)))
          (call $fib (i32.sub (local.get $n) (i32.const 2)))))))

  ;; Whether a number is even, by calls in tail position between frames of different sizes.
  (func $even (export "even") (param $n i32) (result i32)
    (if (i32.eqz (local.get $n)) (then (return (i32.const 1))))
    (return_call $odd (i32.const 0) (i32.const 0) (i32.sub (local.get $n) (i32.const 1))))
  (func $odd (param i32 i32) (param $n i32) (result i32)
    (if (i32.eqz (local.get $n)) (then (return (i32.const 0))))
    (return_call $even (i32.sub (local.get $n) (i32.const 1))))

  ;; Reads beyond the memory.
  (func $poke (export "poke") (result i32)
    (i32.load (i32.const 65533)))

  ;; Recurses until the wasm stack is used up.
  (func $forever (export "forever") (param i64) (result i64)
    (i64.add (call $forever (i64.add (local.get 0) (i64.const 1))) (i64.const 1))))
