;; What the last statement has set is read from an accumulator.
(module
  (memory 1)
  (func $next (param i32 i32) (result i32) (local i32)
    (local.set 2 (i32.mul (local.get 0) (local.get 1)))
    (i32.xor (local.get 2) (local.get 0)))
  ;; Not what was set before that.
  (func $before (param i32 i32) (result i32) (local i32)
    (local.set 2 (i32.mul (local.get 0) (local.get 1)))
    (local.set 1 (i32.rotl (local.get 0) (local.get 1)))
    (i32.rotr (local.get 2) (local.get 0)))
  ;; Not where branches arrive.
  (func $target (param i32) (result i32)
    (local.set 0 (i32.mul (local.get 0) (local.get 0)))
    (loop (result i32) (i32.xor (local.get 0) (i32.const 5))))
  ;; By a move, whatever the type.
  (func $move (param f64 f64) (result f64)
    (local.set 0 (f64.div (local.get 0) (local.get 1)))
    (local.set 1 (local.get 0))
    (local.get 1))
  ;; By a store.
  (func $store (param i32 i32)
    (local.set 1 (i32.mul (local.get 0) (local.get 1)))
    (i32.store offset=8 (local.get 0) (local.get 1)))
  ;; What was just set is read beside the pinned local, each from its register.
  (func $pinned (param i32 i64 i64) (result i64) (local $n i64)
    (loop
      (local.set 1 (i64.xor (local.get 1) (local.get 2)))
      (local.set 2 (i64.add (local.get 1) (local.get $n)))
      (local.set $n (i64.add (local.get $n) (i64.const 3)))
      (br_if 0 (i64.lt_u (local.get $n) (local.get 2))))
    (local.get 1)))
;; ---- code ----
;; (func 0 $next) ;; 38 bytes of code
;;     frame of 6 slots, return word in %2
;;         0: zero %3
;;         a: %3 = i32.mul(%0, %1)
;;        18: return %0 i32.xor(%3, %0)
;; (func 1 $before) ;; 60 bytes of code
;;     frame of 6 slots, return word in %2
;;         0: zero %3
;;         a: %3 = i32.mul(%0, %1)
;;        18: %1 = i32.rotl(%0, %1)
;;        26: acc = i32.rotr(%3, %0)
;;        32: return %0 acc
;; (func 2 $target) ;; 40 bytes of code
;;     frame of 4 slots, return word in %1
;;         0: %0 = i32.mul(%0, %0)
;;         e: %2 = i32.xor(%0, 5)
;;        1e: return %0 acc
;; (func 3 $move) ;; 36 bytes of code
;;     frame of 5 slots, return word in %2
;;         0: %0 = f64.div(%0, %1)
;;         e: %1 = %0
;;        1a: return %0 acc
;; (func 4 $store) ;; 36 bytes of code
;;     frame of 5 slots, return word in %2
;;         0: %1 = i32.mul(%0, %1)
;;         e: i32.store +12 + %0, acc
;;        1c: return
;; (func 5 $pinned) ;; 90 bytes of code
;;     frame of 7 slots, return word in %3
;;         0: zero %4
;;         a: pinned %4
;;        14: %1 = i64.xor(%1, %2)
;;        22: %2 = i64.add(acc, pinned)
;;        2c: pinned %4 = i64.add(pinned, 3)
;;        3a: br_if @14 i64.lt_u(%4, %2)
;;        4e: return %0 %1
