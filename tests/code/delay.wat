;; What computes a value waits until a statement takes it.
(module
  (memory 1)
  (global $g (mut i32) (i32.const 0))
  ;; Reads and operations make a tree, which the return takes whole.
  (func $tree (param i32 i32) (result i32)
    (i32.add (i32.mul (local.get 0) (local.get 1)) (i32.const 12)))
  ;; What is dropped is never computed.
  (func $dropped (param i32)
    (drop (i32.mul (local.get 0) (i32.const 3))))
  ;; But for its trap.
  (func $dropped_trap (param i32 i32)
    (drop (i32.div_s (local.get 0) (local.get 1))))
  ;; A constant goes right, and is added rather than subtracted.
  (func $constants (param i32) (result i32)
    (i32.sub (i32.add (i32.const 5) (local.get 0)) (i32.const 7)))
  ;; A condition that is negated twice is none.
  (func $conditions (param i32) (result i32)
    (if (result i32) (i32.eqz (i32.eqz (local.get 0))) (then (i32.const 1)) (else (i32.const 2))))
  ;; A branch on the opposite of a comparison.
  (func $opposite (param i32 i32)
    (loop (br_if 0 (i32.eqz (i32.lt_s (local.get 0) (local.get 1)))))))
;; ---- code ----
;; (func 0 $tree) ;; 34 bytes of code
;;     frame of 5 slots, return word in %2
;;         0: acc = i32.mul(%0, %1)
;;         c: acc = i32.add(acc, 12)
;;        18: return %0 acc
;; (func 1 $dropped) ;; 8 bytes of code
;;     frame of 4 slots, return word in %1
;;         0: return
;; (func 2 $dropped_trap) ;; 22 bytes of code
;;     frame of 5 slots, return word in %2
;;         0: %3 = i32.div_s(%0, %1)
;;         e: return
;; (func 3 $constants) ;; 32 bytes of code
;;     frame of 4 slots, return word in %1
;;         0: %3 = i32.add(i32.add(%0, 5), -7)
;;        14: return %0 %3
;; (func 4 $conditions) ;; 58 bytes of code
;;     frame of 3 slots, return word in %1
;;         0: br_if_zero @20 %0
;;        12: return %0 1
;;        20: return %0 2
;;        2e: return %0 %2
;; (func 5 $opposite) ;; 28 bytes of code
;;     frame of 5 slots, return word in %2
;;         0: br_if @0 i32.ge_s(%0, %1)
;;        14: return
