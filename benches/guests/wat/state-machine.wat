;; Eight states behind a br_table; pseudo-random input decides the next state, so the dispatch is hard to predict.
(module
  (func (export "run") (param $n i32) (result i32)
    (local $state i32) (local $input i32) (local $acc i32)
    (local.set $input (i32.const 0x2545f491))
    (block $done
      (loop $step
        (br_if $done (i32.le_s (local.get $n) (i32.const 0)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (local.set $input
          (i32.add (i32.mul (local.get $input) (i32.const 1664525)) (i32.const 1013904223)))
        (block $s7 (block $s6 (block $s5 (block $s4 (block $s3 (block $s2 (block $s1 (block $s0
          (br_table $s0 $s1 $s2 $s3 $s4 $s5 $s6 $s7 (local.get $state)))
          ;; 0
          (local.set $acc (i32.add (local.get $acc) (i32.const 1)))
          (local.set $state (i32.shr_u (local.get $input) (i32.const 29)))
          (br $step))
          ;; 1
          (local.set $acc (i32.xor (local.get $acc) (local.get $input)))
          (local.set $state (i32.const 3))
          (br $step))
          ;; 2
          (local.set $acc (i32.sub (local.get $acc) (i32.const 7)))
          (local.set $state (i32.and (i32.shr_u (local.get $input) (i32.const 24)) (i32.const 3)))
          (br $step))
          ;; 3
          (local.set $acc (i32.rotl (local.get $acc) (i32.const 5)))
          (local.set $state
            (select (i32.const 6) (i32.const 4) (i32.lt_s (local.get $input) (i32.const 0))))
          (br $step))
          ;; 4
          (local.set $state (i32.const 0))
          (br $step))
          ;; 5
          (local.set $acc (i32.mul (local.get $acc) (i32.const 31)))
          (local.set $state (i32.shr_u (local.get $input) (i32.const 30)))
          (br $step))
          ;; 6
          (local.set $acc (i32.add (local.get $acc) (i32.shr_u (local.get $input) (i32.const 7))))
          (local.set $state (i32.const 7))
          (br $step))
        ;; 7
        (if (i32.and (local.get $input) (i32.const 0x10000))
          (then (local.set $state (i32.const 2)))
          (else (local.set $state (i32.const 5))))
        (br $step)))
    (i32.add (local.get $acc) (local.get $state))))
