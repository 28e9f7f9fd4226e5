;; Arithmetic on numbers of 128 bits, whose halves are in two slots.
(module
  (func $add (param i64 i64 i64 i64) (result i64 i64)
    (i64.add128 (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func $product (param i64) (result i64 i64)
    (i64.mul_wide_u (i64.popcnt (local.get 0)) (i64.const 10))))
;; ---- code ----
;; (func 0 $add) ;; 40 bytes of code
;;     frame of 9 slots, return word in %4
;;         0: i64.add128 %5 %0 %1 %2 %3
;;        12: copy %0 2 %5
;;        20: return
;; (func 1 $product) ;; 62 bytes of code
;;     frame of 5 slots, return word in %2
;;         0: %3 = i64.popcnt(%0)
;;         c: %4 = 10
;;        1a: i64.mul_wide_u %3 %3 %4
;;        28: copy %0 2 %3
;;        36: return
