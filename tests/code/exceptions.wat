;; Exceptions: blocks that catch them are no code. Behind it stands from where on which range is the innermost one, and
;; for each range what is around it, and its clauses: where exceptions with a tag go, and what they carry.
(module
  (tag $none)
  (tag $number (param i32))
  (tag $two (param i64 f32))
  (func $throw (param i32) (throw $number (i32.add (local.get 0) (i32.const 1))))

  ;; A clause is a route like that of a branch: to a label, with values that go where the label expects them.
  (func $catch (param i32) (result i32)
    (block $number (result i32)
      (block $other
        (try_table (result i32) (catch $number $number) (catch_all $other)
          (call $throw (local.get 0))
          (i32.const 1))
        (return))
      (i32.const 2)))

  ;; The reference goes behind what the exception carries.
  (func $reference (result exnref)
    (block $two (result i64 f32 exnref)
      (try_table (catch_ref $two $two) (call $throw (i32.const 1)))
      (return (ref.null exn)))
    (throw_ref))

  ;; What is still to be computed is spilled before the block, and locals are set when they are set.
  (func $spilled (param i32) (result i32)
    (i32.mul (local.get 0) (i32.const 3))
    (block $number (result i32)
      (try_table (catch $number $number)
        (local.set 0 (i32.const 7))
        (call $throw (local.get 0)))
      (i32.const 0))
    (i32.add))

  ;; A call in tail position is in no range, nor is what follows.
  (func $tail (param i32)
    (try_table (catch_all 0)
      (call $throw (local.get 0))
      (return_call $throw (local.get 0))))

  ;; The blocks from before. Below what a `catch` gets is a reference to the exception, if it is thrown again.
  (func $legacy (param i32) (result i32)
    try (result i32)
      (call $throw (local.get 0))
      (i32.const 1)
    catch $number
      (i32.add (i32.const 2))
    catch_all
      (rethrow 0)
    end)

  ;; A block whose exceptions are caught further out.
  (func $delegate (param i32)
    try $outer
      try
        try
          (call $throw (local.get 0))
        delegate $outer
        (call $throw (local.get 0))
      catch_all
      end
    catch_all
    end))
;; ---- code ----
;; (func 0 $throw) ;; 32 bytes of code
;;     frame of 4 slots, return word in %1
;;         0: %2 = i32.add(%0, 1)
;;        10: throw tag 1 1 %2
;; (func 1 $catch) ;; 70 bytes of code
;;     frame of 4 slots, return word in %1
;;         0: %2 = %0; call func 0 %3
;;        12: %2 = 1
;;        20: return %0 %2
;;        2c: return %0 2
;;        3a: return %0 %2
;;     catches from @0 0, @20 none
;;         0: in none, tag 1 to %2 @3a, any @2c
;; (func 2 $reference) ;; 44 bytes of code
;;     frame of 5 slots, return word in %1
;;         0: %2 = 1; call func 0 %3
;;        14: return %0 0
;;        22: throw_ref %4
;;     catches from @0 0, @14 none
;;         0: in none, tag 2 to %2 reference %4 @22
;; (func 3 $spilled) ;; 76 bytes of code
;;     frame of 5 slots, return word in %1
;;         0: %2 = i32.mul(%0, 3)
;;        10: %0 = 7; %3 = %0
;;        22: call func 0 %4
;;        30: %3 = 0
;;        3e: return %0 i32.add(%2, %3)
;;     catches from @10 0, @30 none
;;         0: in none, tag 1 to %3 @3e
;; (func 4 $tail) ;; 54 bytes of code
;;     frame of 4 slots, return word in %1
;;         0: %2 = %0; call func 0 %3
;;        12: return_call %0 %0 0 1 func 0
;;        26: return
;;        2e: return
;;     catches from @0 0, @12 none
;;         0: in none, any @2e
;; (func 5 $legacy) ;; 86 bytes of code
;;     frame of 5 slots, return word in %1
;;         0: %2 = %0; call func 0 %3
;;        12: %2 = 1; br @4a
;;        28: %2 = i32.add(%3, 2); br @4a
;;        40: throw_ref %2
;;        4a: return %0 %2
;;     catches from @0 0, @28 none
;;         0: in none, tag 1 to %3 @28, any reference %2 @40
;; (func 6 $delegate) ;; 76 bytes of code
;;     frame of 4 slots, return word in %1
;;         0: %2 = %0; call func 0 %3
;;        12: %2 = %0; call func 0 %3
;;        24: br @34
;;        34: br @44
;;        44: return
;;     catches from @0 2, @12 1, @34 0, @44 none
;;         0: in none, any @44
;;         1: in 0, any @34
;;         2: in 0
