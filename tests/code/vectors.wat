;; Vectors take two slots, and have an accumulator.
(module
  (memory 1)
  (func $add (param v128 v128) (result v128) (i32x4.add (local.get 0) (local.get 1)))
  (func $constant (result v128) (v128.const i32x4 1 2 3 4))
  (func $chain (param i32 v128) (result v128)
    (f32x4.add (f32x4.mul (v128.load offset=16 (local.get 0)) (local.get 1)) (local.get 1)))
  (func $lanes (param v128 i32) (result i32)
    (i16x8.extract_lane_u 3 (i16x8.replace_lane 3 (local.get 0) (local.get 1))))
  (func $splat (param i32) (result v128) (v128.load32_splat (local.get 0)))
  (func $shuffle (param v128 v128) (result v128)
    (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get 0) (local.get 1)))
  (func $test (param v128) (result i32)
    (if (result i32) (i8x16.all_true (local.get 0)) (then (i32.const 1)) (else (i32.const 2)))))
;; ---- code ----
;; (func 0 $add) ;; 22 bytes of code
;;     frame of 9 slots, return word in %4
;;         0: %0 = i32x4.add(%0, %2)
;;         e: return
;; (func 1 $constant) ;; 34 bytes of code
;;     frame of 5 slots, return word in %2
;;         0: %0 = 0x200000001:0x400000003
;;        1a: return
;; (func 2 $chain) ;; 40 bytes of code
;;     frame of 8 slots, return word in %3
;;         0: %6 = f32x4.mul(v128.load(+32 + %0), %1)
;;        12: %0 = f32x4.add(%6, %1)
;;        20: return
;; (func 3 $lanes) ;; 42 bytes of code
;;     frame of 7 slots, return word in %3
;;         0: %5 = i16x8.replace_lane(%0, %2, 3)
;;        12: acc = i16x8.extract_lane_u(%5, 3)
;;        20: return %0 acc
;; (func 4 $splat) ;; 24 bytes of code
;;     frame of 5 slots, return word in %2
;;         0: %0 = i32x4.splat(i32.load(+4 + %0))
;;        10: return
;; (func 5 $shuffle) ;; 38 bytes of code
;;     frame of 11 slots, return word in %4
;;         0: %0 = i8x16.shuffle(%0, %2, 0x1312111003020100:0x1716151407060504)
;;        1e: return
;; (func 6 $test) ;; 58 bytes of code
;;     frame of 5 slots, return word in %2
;;         0: br_if_zero @20 i8x16.all_true(%0)
;;        12: return %0 1
;;        20: return %0 2
;;        2e: return %0 %3
