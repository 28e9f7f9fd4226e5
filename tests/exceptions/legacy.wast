;; The blocks of the proposal that was not standardized: `try`, `catch`, `catch_all`, `rethrow`, `delegate`.

(module
  (tag $e0)
  (tag $e1 (param i32))
  (tag $e2 (param i64 f32))
  (tag $other (param i32))

  (func $throw (param i32)
    (if (i32.eq (local.get 0) (i32.const 0)) (then (throw $e0)))
    (if (i32.eq (local.get 0) (i32.const 1)) (then (throw $e1 (i32.const 11))))
    (if (i32.eq (local.get 0) (i32.const 2)) (then (throw $e2 (i64.const 5) (f32.const 1.5))))
    (if (i32.eq (local.get 0) (i32.const 3)) (then (throw $other (i32.const 33))))
    (if (i32.eq (local.get 0) (i32.const 4)) (then (unreachable))))

  ;; Which clause, and what it got.
  (func (export "clauses") (param i32) (result i32)
    try (result i32)
      (call $throw (local.get 0)) (i32.const -1)
      catch $e0 (i32.const 100)
      catch $e1
      catch $e2
        (drop)
        (i32.wrap_i64)
        (i32.add (i32.const 20))
      catch_all (i32.const 300) end)

  ;; Without clauses a `try` is a block.
  (func (export "plain") (param i32) (result i32)
    try (result i32) (call $throw (local.get 0)) (i32.const 7) end)

  ;; The operand stack below the block stays.
  (func (export "below") (param i32) (result i32)
    (i32.const 1000)
    (i32.mul (local.get 0) (i32.const 3))
    try (result i32)
      (call $throw (local.get 0)) (i32.const 1)
      catch $e1 (i32.const 50) (i32.add)
      catch_all (i32.const 2) end
    (i32.add)
    (i32.add))

  ;; Parameters of the block.
  (func (export "params") (param i32) (result i32 i32)
    (i32.const 1)
    (local.get 0)
    try (param i32) (result i32)
      (call $throw) (i32.const 2)
      catch $e1
      catch_all (i32.const 3) end)

  ;; What a handler does not catch goes on outside, and so does what it throws itself.
  (func (export "outside") (param i32) (result i32)
    try (result i32)
      try (result i32)
          (call $throw (local.get 0)) (i32.const -1)
          catch $e0 (throw $e1 (i32.const 9))
          catch $e1 (throw $e1 (i32.add (i32.const 1))) end
      catch $e1 (i32.add (i32.const 200))
      catch_all (i32.const 400) end)

  (func (export "rethrow") (param i32) (result i32)
    try (result i32)
      try (result i32)
          (call $throw (local.get 0)) (i32.const -1)
          catch $e1 (drop) (rethrow 0)
          catch_all (rethrow 0) end
      catch $e0 (i32.const 1)
      catch $e1
      catch $e2 (drop) (i32.wrap_i64)
      catch $other (i32.mul (i32.const 2)) end)

  ;; The exception of an outer `catch`, from within an inner one.
  (func (export "rethrow-outer") (param i32) (result i32)
    try (result i32)
      try (result i32)
          (call $throw (local.get 0)) (i32.const -1)
          catch_all
            try (result i32)
              (throw $e0)
              catch $e0 (if (i32.eq (local.get 0) (i32.const 1)) (then (rethrow 2))) (rethrow 0) end end
      catch $e0 (i32.const 1)
      catch $e1 (i32.add (i32.const 1000)) end)

  ;; A `catch` is not in its own block.
  (func (export "own") (result i32)
    try (result i32)
      try (result i32)
          (throw $e1 (i32.const 1))
          catch $e1 (drop) (throw $e1 (i32.const 2))
          catch $e1 (i32.const 3) (i32.add)
          catch_all (i32.const 4) end
      catch $e1 (i32.const 10) (i32.add) end)

  (func (export "delegate") (param i32) (result i32)
    try $outer (result i32)
      try (result i32)
          try (result i32)
              (call $throw (local.get 0)) (i32.const -1)
              delegate $outer
          catch $e1 (drop) (i32.const 1)
          catch_all (i32.const 2) end
      catch $e1 (i32.add (i32.const 500))
      catch_all (i32.const 600) end)

  ;; Out of the function.
  (func $delegate-caller (param i32) (result i32)
    try (result i32)
      try (result i32)
          (call $throw (local.get 0)) (i32.const -1)
          delegate 1
      catch_all (i32.const 1) end)
  (func (export "delegate-caller") (param i32) (result i32)
    try (result i32)
      (call $delegate-caller (local.get 0))
      catch $e1
      catch_all (i32.const 70) end)

  ;; To a block: what is around it catches.
  (func (export "delegate-block") (param i32) (result i32)
    try (result i32)
      (block $b (result i32)
          try (result i32)
            try (result i32)
                (call $throw (local.get 0)) (i32.const -1)
                delegate $b
            catch_all (i32.const 1) end)
      catch $e1 (i32.add (i32.const 30))
      catch_all (i32.const 31) end)

  ;; To a `try` in whose `catch` we are: what is around it catches.
  (func (export "delegate-in-catch") (param i32) (result i32)
    try (result i32)
      try $t (result i32)
          (throw $e0)
          catch_all
            try (result i32)
              (call $throw (local.get 0)) (i32.const -1)
              delegate $t end
      catch $e1 (i32.add (i32.const 40))
      catch_all (i32.const 41) end)

  ;; Branches out of a `catch`, over the reference to the exception.
  (func (export "branch") (param i32) (result i32 i32)
    (block $out (result i32 i32)
      try $t (result i32 i32)
        (call $throw (local.get 0)) (i32.const 1) (i32.const 2)
        catch $e1
          (i32.const 5)
          (br_if $out (i32.eqz (local.get 0)))
          (br $t)
        catch $other (i32.const 6) (br $out)
        catch_all (i32.const 7) (i32.const 8) (i32.const 9) (br_table $t $out (local.get 0)) end))

  ;; Code that is never reached.
  (func (export "dead") (param i32) (result i32)
    (block (result i32)
      (br 0 (i32.const 5))
      try (call $throw (local.get 0))
        catch $e1 (drop) (rethrow 0)
        catch_all (rethrow 0) end
      try (throw $e0) delegate 0
      (unreachable)))

  ;; The `try` ends the function, and its code cannot be left at its end.
  (func (export "endless") (param i32) (result i32)
    try (result i32)
      (loop (result i32) (call $throw (local.get 0)) (br 0))
      catch $e1
      catch_all (unreachable) end)

  ;; Locals of a handler are what was last set.
  (func (export "locals") (param i32) (result i32)
    (local $n i32)
    (local.set $n (i32.const 1))
    try
      (local.set $n (i32.add (local.get $n) (i32.const 10)))
        (call $throw (local.get 0))
        (local.set $n (i32.add (local.get $n) (i32.const 100)))
      catch $e1 (local.set $n (i32.add (local.get $n)))
      catch_all (local.set $n (i32.add (local.get $n) (i32.const 1000))) end
    (local.get $n))

  ;; In a loop that counts.
  (func (export "loop") (param $times i32) (result i32)
    (local $i i32) (local $sum i32)
    (loop $next
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      try
        (local.set $sum (i32.add (local.get $sum) (local.get $i)))
          (if (i32.and (local.get $i) (i32.const 1)) (then (throw $e1 (local.get $i))))
        catch $e1 (local.set $sum (i32.add (i32.mul (i32.const 2)) (local.get $sum))) end
      (br_if $next (i32.lt_u (local.get $i) (local.get $times))))
    (local.get $sum)))

(assert_return (invoke "clauses" (i32.const -1)) (i32.const -1))
(assert_return (invoke "clauses" (i32.const 0)) (i32.const 100))
(assert_return (invoke "clauses" (i32.const 1)) (i32.const 11))
(assert_return (invoke "clauses" (i32.const 2)) (i32.const 25))
(assert_trap (invoke "clauses" (i32.const 4)) "unreachable")
(assert_return (invoke "clauses" (i32.const 3)) (i32.const 300))
(assert_return (invoke "plain" (i32.const -1)) (i32.const 7))
(assert_exception (invoke "plain" (i32.const 1)))
(assert_return (invoke "below" (i32.const -1)) (i32.const 998))
(assert_return (invoke "below" (i32.const 0)) (i32.const 1002))
(assert_return (invoke "below" (i32.const 1)) (i32.const 1064))
(assert_return (invoke "params" (i32.const -1)) (i32.const 1) (i32.const 2))
(assert_return (invoke "params" (i32.const 0)) (i32.const 1) (i32.const 3))
(assert_return (invoke "params" (i32.const 1)) (i32.const 1) (i32.const 11))
(assert_return (invoke "outside" (i32.const -1)) (i32.const -1))
(assert_return (invoke "outside" (i32.const 0)) (i32.const 209))
(assert_return (invoke "outside" (i32.const 1)) (i32.const 212))
(assert_return (invoke "outside" (i32.const 2)) (i32.const 400))
(assert_return (invoke "outside" (i32.const 3)) (i32.const 400))
(assert_return (invoke "rethrow" (i32.const -1)) (i32.const -1))
(assert_return (invoke "rethrow" (i32.const 0)) (i32.const 1))
(assert_return (invoke "rethrow" (i32.const 1)) (i32.const 11))
(assert_return (invoke "rethrow" (i32.const 2)) (i32.const 5))
(assert_return (invoke "rethrow" (i32.const 3)) (i32.const 66))
(assert_return (invoke "rethrow-outer" (i32.const 0)) (i32.const 1))
(assert_return (invoke "rethrow-outer" (i32.const 1)) (i32.const 1011))
(assert_return (invoke "rethrow-outer" (i32.const 3)) (i32.const 1))
(assert_return (invoke "own") (i32.const 12))
(assert_return (invoke "delegate" (i32.const -1)) (i32.const -1))
(assert_return (invoke "delegate" (i32.const 0)) (i32.const 600))
(assert_return (invoke "delegate" (i32.const 1)) (i32.const 511))
(assert_return (invoke "delegate-caller" (i32.const -1)) (i32.const -1))
(assert_return (invoke "delegate-caller" (i32.const 0)) (i32.const 70))
(assert_return (invoke "delegate-caller" (i32.const 1)) (i32.const 11))
(assert_return (invoke "delegate-block" (i32.const 0)) (i32.const 31))
(assert_return (invoke "delegate-block" (i32.const 1)) (i32.const 41))
(assert_return (invoke "delegate-in-catch" (i32.const -1)) (i32.const -1))
(assert_return (invoke "delegate-in-catch" (i32.const 0)) (i32.const 41))
(assert_return (invoke "delegate-in-catch" (i32.const 1)) (i32.const 51))
(assert_return (invoke "branch" (i32.const -1)) (i32.const 1) (i32.const 2))
(assert_return (invoke "branch" (i32.const 0)) (i32.const 8) (i32.const 9))
(assert_return (invoke "branch" (i32.const 1)) (i32.const 11) (i32.const 5))
(assert_return (invoke "branch" (i32.const 2)) (i32.const 8) (i32.const 9))
(assert_return (invoke "branch" (i32.const 3)) (i32.const 33) (i32.const 6))
(assert_return (invoke "dead" (i32.const 1)) (i32.const 5))
(assert_return (invoke "endless" (i32.const 1)) (i32.const 11))
(assert_trap (invoke "endless" (i32.const 0)) "unreachable")
(assert_return (invoke "locals" (i32.const -1)) (i32.const 111))
(assert_return (invoke "locals" (i32.const 0)) (i32.const 1011))
(assert_return (invoke "locals" (i32.const 1)) (i32.const 22))
(assert_return (invoke "loop" (i32.const 10)) (i32.const 105))

(assert_invalid
  (module (tag $e) (func try  catch $e (block (rethrow 0)) end))
  "invalid rethrow label")
