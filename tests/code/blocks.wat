;; Blocks and branches. At their boundaries every value is in its slot.
(module
  (func $if (param i32) (result i32)
    (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2))))
  ;; A branch that moves its value down to where its target expects it.
  (func $moves (param i32) (result i32)
    (i32.add
      (block (result i32)
        (i32.const 7)
        (br_if 0 (i32.const 8) (local.get 0))
        (drop))
      (i32.const 1)))
  ;; Two values.
  (func $values (param i32 i64) (result i32 i64)
    (block (result i32 i64)
      (local.get 0) (local.get 1)
      (br_if 0 (local.get 0))
      (drop) (drop)
      (i32.const 3) (i64.const 4)))
  (func $table (param i32) (result i32)
    (block (block (block (br_table 0 1 2 (local.get 0))) (return (i32.const 10))) (return (i32.const 20)))
    (i32.const 30))
  ;; With a value, by routes that the function shares.
  (func $routes (param i32) (result i32)
    (block (result i32)
      (block (result i32)
        (i32.const 1) (i32.const 2)
        (br_table 0 1 0 1 (local.get 0)))
      (i32.add (i32.const 5))))
  (func $loop (param i32) (result i32)
    (loop (result i32)
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))
      (local.get 0)))
  ;; Of what cannot be reached nothing is left.
  (func $unreachable (param i32) (result i32)
    (return (local.get 0))
    (i32.mul (i32.const 6) (i32.const 7)))
  (func $trap (unreachable))
  (func $select (param i32 i64 i64) (result i64)
    (select (local.get 1) (local.get 2) (i32.eqz (local.get 0)))))
;; ---- code ----
;; (func 0 $if) ;; 58 bytes of code
;;     frame of 3 slots, return word in %1
;;         0: br_if_zero @20 %0
;;        12: return %0 1
;;        20: return %0 2
;;        2e: return %0 %2
;; (func 1 $moves) ;; 60 bytes of code
;;     frame of 5 slots, return word in %1
;;         0: %2 = 7; %3 = 8
;;        14: br_if %2 1 %3 %0 @2c
;;        2c: return %0 i32.add(%2, 1)
;; (func 2 $values) ;; 106 bytes of code
;;     frame of 6 slots, return word in %2
;;         0: %3 = %0; %4 = %1
;;        10: br_if @54 %0
;;        22: %3 = 3
;;        30: %4 = 4
;;        3e: copy %0 2 %3
;;        4c: return
;;        54: copy %0 2 %3
;;        62: return
;; (func 3 $table) ;; 80 bytes of code
;;     frame of 3 slots, return word in %1
;;         0: br_table %0 [@26 @34 @42]
;;        26: return %0 10
;;        34: return %0 20
;;        42: return %0 30
;; (func 4 $routes) ;; 86 bytes of code
;;     frame of 5 slots, return word in %1
;;         0: %2 = 1; %3 = 2
;;        14: br_table %0 1 %3 routes [%2 @3a, %2 @4a, %2 @3a, %2 @4a]
;;        3a: return %0 i32.add(%2, 5)
;;        4a: return %0 %2
;; (func 5 $loop) ;; 52 bytes of code
;;     frame of 4 slots, return word in %1
;;         0: pinned %0
;;         a: pinned %0 = i32.add(pinned, -1); br_if @a pinned
;;        20: %2 = pinned
;;        2a: return %0 acc
;; (func 6 $unreachable) ;; 12 bytes of code
;;     frame of 3 slots, return word in %1
;;         0: return %0 %0
;; (func 7 $trap) ;; 8 bytes of code
;;     frame of 1 slots, return word in %0
;;         0: unreachable
;; (func 8 $select) ;; 28 bytes of code
;;     frame of 7 slots, return word in %3
;;         0: %5 = select(%2, %1, %0)
;;        10: return %0 %5
