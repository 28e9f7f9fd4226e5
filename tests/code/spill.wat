;; What must not wait any longer is spilled to its slot of the operand stack.
(module
  (import "host" "f" (func $f (param i32) (result i32)))
  (memory 1)
  (memory $far 1)
  (global $g (mut i32) (i32.const 0))
  ;; Before a local is set that it reads.
  (func $local (param i32) (result i32)
    (local.get 0)
    (local.set 0 (i32.const 1))
    (i32.add (local.get 0)))
  ;; Not before another one is set.
  (func $other (param i32 i32) (result i32)
    (local.get 0)
    (local.set 1 (i32.const 1))
    (i32.add (local.get 1)))
  ;; Before a store: it may trap, and what may trap keeps its order.
  (func $store (param i32) (result i32)
    (i32.load (local.get 0))
    (i32.store (local.get 0) (i32.const 1)))
  ;; Before a global is set.
  (func $global (result i32)
    (global.get $g)
    (global.set $g (i32.const 1)))
  ;; Before a call, but for constants and locals.
  (func $call (param i32) (result i32)
    (i32.mul (local.get 0) (local.get 0))
    (local.get 0)
    (i32.const 9)
    (call $f)
    (i32.add)
    (i32.xor))
  ;; Not where a statement only reads what lies above, though the sum reads the slot that is next.
  (func $above (param i32) (result i32)
    (i32.add (call $f (local.get 0)) (call $f (local.get 0)))
    (i32.store $far (local.get 0) (local.get 0)))
  ;; Arguments are spilled where the callee expects them.
  (func $arguments (param i32 i32) (result i32)
    (call $two (i32.add (local.get 0) (local.get 1)) (i32.const 2)))
  (func $two (param i32 i32) (result i32) (local.get 1))
  ;; Locals and small constants, several at a time.
  (func $many (param i32)
    (call $nine (local.get 0) (local.get 0) (local.get 0) (local.get 0) (local.get 0) (local.get 0) (local.get 0)
      (local.get 0) (local.get 0))
    (call $nine (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7)
      (i32.const 8) (i32.const 9)))
  (func $nine (param i32 i32 i32 i32 i32 i32 i32 i32 i32)))
;; ---- code ----
;; (func 1 $local) ;; 32 bytes of code
;;     frame of 4 slots, return word in %1
;;         0: %2 = %0; %0 = 1
;;        12: return %0 i32.add(%2, %0)
;; (func 2 $other) ;; 28 bytes of code
;;     frame of 5 slots, return word in %2
;;         0: %1 = 1
;;         e: return %0 i32.add(%0, %1)
;; (func 3 $store) ;; 38 bytes of code
;;     frame of 5 slots, return word in %1
;;         0: %2 = i32.load(+4 + %0); i32.store +4 + %0, 1
;;        1a: return %0 %2
;; (func 4 $global) ;; 42 bytes of code
;;     frame of 4 slots, return word in %1
;;         0: %2 = global 0
;;         e: global 0 = 1
;;        1e: return %0 %2
;; (func 5 $call) ;; 74 bytes of code
;;     frame of 6 slots, return word in %1
;;         0: %2 = i32.mul(%0, %0)
;;         e: %4 = 9
;;        1c: call_import func 0 %5
;;        2a: acc = i32.add(%0, %4)
;;        36: acc = i32.xor(%2, acc)
;;        40: return %0 acc
;; (func 6 $above) ;; 90 bytes of code
;;     frame of 5 slots, return word in %1
;;         0: %2 = %0
;;         c: call_import func 0 %3
;;        1a: %3 = %0
;;        26: call_import func 0 %4
;;        34: i32.store memory 1 0x0 + %0, %0
;;        4c: return %0 i32.add(%2, %3)
;; (func 7 $arguments) ;; 46 bytes of code
;;     frame of 6 slots, return word in %2
;;         0: %3 = i32.add(%0, %1)
;;         e: %4 = 2; call func 8 %5
;;        22: return %0 %3
;; (func 8 $two) ;; 12 bytes of code
;;     frame of 4 slots, return word in %2
;;         0: return %0 %1
;; (func 9 $many) ;; 124 bytes of code
;;     frame of 12 slots, return word in %1
;;         0: gather %2 %0 %0 %0 %0 %0 %0 %0 %0
;;        1a: %10 = %0; call func 10 %11
;;        2c: constants %2 1 2 3 4
;;        46: constants %6 5 6 7 8
;;        60: %10 = 9; call func 10 %11
;;        74: return
;; (func 10 $nine) ;; 8 bytes of code
;;     frame of 10 slots, return word in %9
;;         0: return
