;; References to exceptions: what is thrown again is the same, with what it carries, over collections.

(module
  (tag $e (param i32 externref i64))
  (tag $plain (param i32))
  (type $node (struct (field i32) (field (mut (ref null $node)))))
  (tag $node (param (ref null $node) f32))
  (global $kept (mut exnref) (ref.null exn))
  (table $t 2 exnref)

  (func $throw (param i32 externref) (throw $e (local.get 0) (local.get 1) (i64.const 5)))

  ;; Objects, so that the collector has something to do.
  (func $garbage
    (local $i i32) (local $n (ref null $node))
    (loop $next
      (local.set $n (struct.new $node (local.get $i) (local.get $n)))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100)))))

  (func $catch (param i32 externref) (result exnref)
    (block $h (result exnref)
      (try_table (catch_all_ref $h) (call $throw (local.get 0) (local.get 1)))
      (unreachable)))
  (func $again (param exnref) (result i32 externref i64)
    (block $h (result i32 externref i64)
      (try_table (catch $e $h) (throw_ref (local.get 0)))
      (unreachable)))

  (func (export "again") (param i32 externref) (result i32 externref i64)
    (call $catch (local.get 0) (local.get 1))
    (call $garbage)
    (call $again))

  (func (export "keep") (param i32 externref)
    (global.set $kept (call $catch (local.get 0) (local.get 1)))
    (table.set $t (i32.const 1) (global.get $kept)))
  (func (export "kept") (result i32 externref i64) (call $garbage) (call $again (global.get $kept)))
  (func (export "in-table") (result i32 externref i64)
    (call $garbage) (call $again (table.get $t (i32.const 1))))

  ;; With what it carries, and the reference on top.
  (func (export "both") (param i32 externref) (result i32 i32 externref i64)
    (block $h (result i32 externref i64 exnref)
      (try_table (catch_ref $e $h) (call $throw (local.get 0) (local.get 1)))
      (unreachable))
    (call $garbage)
    (return_call $unpack (local.get 0)))
  (func $unpack (param i32 externref i64 exnref i32) (result i32 i32 externref i64)
    (i32.add (local.get 0) (local.get 4)) (call $again (local.get 3)))

  ;; An object that only the exception refers to.
  (func $throw-node (param i32)
    (throw $node
      (struct.new $node (local.get 0) (struct.new $node (i32.add (local.get 0) (i32.const 1)) (ref.null $node)))
      (f32.const 1)))
  (func (export "node") (param i32) (result i32 i32)
    (local $n (ref null $node)) (local $x exnref)
    (block $h (result exnref)
      (try_table (catch_all_ref $h) (call $throw-node (local.get 0)))
      (unreachable))
    (local.set $x)
    (call $garbage)
    (block $h (result (ref null $node) f32)
      (try_table (catch $node $h) (call $garbage) (throw_ref (local.get $x)))
      (unreachable))
    (drop)
    (local.set $n)
    (call $garbage)
    (struct.get $node 0 (local.get $n))
    (struct.get $node 0 (struct.get $node 1 (local.get $n))))

  ;; References below the block, which its handler finds after collections in the call.
  (func $garbage-and-throw (param i32) (call $garbage) (throw $plain (local.get 0)))
  (func (export "below") (param i32) (result i32)
    (struct.new $node (i32.const 30) (ref.null $node))
    (block $h (result i32)
      (try_table (catch $plain $h) (call $garbage-and-throw (local.get 0)))
      (unreachable))
    (call $garbage)
    (call $sum))
  (func $sum (param (ref $node) i32) (result i32)
    (i32.add (struct.get $node 0 (local.get 0)) (local.get 1)))

  ;; The exception of a `catch` over collections and other exceptions.
  (func (export "legacy") (param i32) (result i32 i32)
    try (result i32 i32)
      try (result i32 i32)
        (call $throw-node (local.get 0)) (unreachable)
      catch $node
        (drop)
        (call $garbage)
        try (call $garbage-and-throw (i32.const 3)) catch_all (call $garbage) end
        (struct.get $node 1)
        (struct.get $node 0)
        (local.set 0)
        (call $garbage)
        (rethrow 0)
      end
    catch $node
      (drop)
      (call $garbage)
      (struct.get $node 0)
      (local.get 0)
    end)

  (func (export "null") (throw_ref (ref.null exn)))
  (func (export "null-caught")
    (block (try_table (catch_all 0) (throw_ref (ref.null exn))))))

(assert_return (invoke "again" (i32.const 7) (ref.extern 3)) (i32.const 7) (ref.extern 3) (i64.const 5))
(invoke "keep" (i32.const 8) (ref.extern 4))
(assert_return (invoke "kept") (i32.const 8) (ref.extern 4) (i64.const 5))
(assert_return (invoke "in-table") (i32.const 8) (ref.extern 4) (i64.const 5))
(assert_return (invoke "both" (i32.const 9) (ref.extern 5))
  (i32.const 18) (i32.const 9) (ref.extern 5) (i64.const 5))
(assert_return (invoke "kept") (i32.const 8) (ref.extern 4) (i64.const 5))
(assert_return (invoke "node" (i32.const 40)) (i32.const 40) (i32.const 41))
(assert_return (invoke "below" (i32.const 12)) (i32.const 42))
(assert_return (invoke "legacy" (i32.const 60)) (i32.const 60) (i32.const 61))
(assert_trap (invoke "null") "null")
(assert_trap (invoke "null-caught") "null")
