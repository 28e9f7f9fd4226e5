;; An interpreter whose programs are closures: each node is an object with its code, called by reference, and what it
;; has caught. The program is fib(12), n times; the sum of the results.
(module
  (rec
    (type $eval (func (param (ref $closure)) (param (ref $env)) (result i32)))
    (type $closure (sub (struct (field $code (ref $eval)))))
    (type $env (struct (field $x i32))))
  (type $constant (sub final $closure (struct (field $code (ref $eval)) (field $value i32))))
  (type $binary
    (sub final $closure
      (struct (field $code (ref $eval)) (field $left (ref $closure)) (field $right (ref $closure)))))
  (type $choice
    (sub final $closure
      (struct
        (field $code (ref $eval))
        (field $condition (ref $closure)) (field $then (ref $closure)) (field $else (ref $closure)))))
  (type $call
    (sub final $closure
      (struct (field $code (ref $eval)) (field $body (mut (ref null $closure))) (field $argument (ref $closure)))))
  (elem declare func $constant $x $add $sub $less $choose $apply)

  (func $evaluate (param $node (ref $closure)) (param $env (ref $env)) (result i32)
    (call_ref $eval (local.get $node) (local.get $env) (struct.get $closure $code (local.get $node))))
  (func $constant (type $eval)
    (struct.get $constant $value (ref.cast (ref $constant) (local.get 0))))
  (func $x (type $eval) (struct.get $env $x (local.get 1)))
  (func $add (type $eval)
    (local $node (ref $binary))
    (local.set $node (ref.cast (ref $binary) (local.get 0)))
    (i32.add
      (call $evaluate (struct.get $binary $left (local.get $node)) (local.get 1))
      (call $evaluate (struct.get $binary $right (local.get $node)) (local.get 1))))
  (func $sub (type $eval)
    (local $node (ref $binary))
    (local.set $node (ref.cast (ref $binary) (local.get 0)))
    (i32.sub
      (call $evaluate (struct.get $binary $left (local.get $node)) (local.get 1))
      (call $evaluate (struct.get $binary $right (local.get $node)) (local.get 1))))
  (func $less (type $eval)
    (local $node (ref $binary))
    (local.set $node (ref.cast (ref $binary) (local.get 0)))
    (i32.lt_s
      (call $evaluate (struct.get $binary $left (local.get $node)) (local.get 1))
      (call $evaluate (struct.get $binary $right (local.get $node)) (local.get 1))))
  (func $choose (type $eval)
    (local $node (ref $choice))
    (local.set $node (ref.cast (ref $choice) (local.get 0)))
    (return_call $evaluate
      (if (result (ref $closure)) (call $evaluate (struct.get $choice $condition (local.get $node)) (local.get 1))
        (then (struct.get $choice $then (local.get $node)))
        (else (struct.get $choice $else (local.get $node))))
      (local.get 1)))
  (func $apply (type $eval)
    (local $node (ref $call))
    (local.set $node (ref.cast (ref $call) (local.get 0)))
    (return_call $evaluate
      (ref.as_non_null (struct.get $call $body (local.get $node)))
      (struct.new $env (call $evaluate (struct.get $call $argument (local.get $node)) (local.get 1)))))

  ;; fib(x - k)
  (func $recur (param $k i32) (result (ref $call))
    (struct.new $call
      (ref.func $apply)
      (ref.null none)
      (struct.new $binary
        (ref.func $sub)
        (struct.new $closure (ref.func $x))
        (struct.new $constant (ref.func $constant) (local.get $k)))))
  ;; if x < 2 then x else fib(x - 1) + fib(x - 2)
  (func $program (result (ref $closure))
    (local $first (ref $call)) (local $second (ref $call)) (local $body (ref $closure))
    (local.set $first (call $recur (i32.const 1)))
    (local.set $second (call $recur (i32.const 2)))
    (local.set $body
      (struct.new $choice
        (ref.func $choose)
        (struct.new $binary
          (ref.func $less)
          (struct.new $closure (ref.func $x))
          (struct.new $constant (ref.func $constant) (i32.const 2)))
        (struct.new $closure (ref.func $x))
        (struct.new $binary (ref.func $add) (local.get $first) (local.get $second))))
    (struct.set $call $body (local.get $first) (local.get $body))
    (struct.set $call $body (local.get $second) (local.get $body))
    (local.get $body))
  (func (export "run") (param $n i32) (result i32)
    (local $program (ref $closure)) (local $sum i32) (local $result i32)
    (local.set $program (call $program))
    (block $done
      (loop $next
        (br_if $done (i32.le_s (local.get $n) (i32.const 0)))
        (local.set $result (call $evaluate (local.get $program) (struct.new $env (i32.const 12))))
        (if (i32.ne (local.get $result) (i32.const 144)) (then unreachable))
        (local.set $sum (i32.add (local.get $sum) (local.get $result)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $sum)))
