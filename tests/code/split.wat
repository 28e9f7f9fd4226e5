;; A tree without a handler of its own is split: parts are computed before, into the accumulator or a slot.
(module
  (memory 1)
  ;; One part, into the accumulator.
  (func $one (param i32 i32) (result i32)
    (i32.rotl (i32.popcnt (local.get 0)) (local.get 1)))
  ;; Two parts: the accumulator holds one.
  (func $two (param i32 i32) (result i32)
    (i32.rotl (i32.popcnt (local.get 0)) (i32.clz (local.get 1))))
  ;; What may trap is not computed before what traps to the left of it.
  (func $order (param i32 i32) (result i32)
    (i32.rotl (i32.div_s (local.get 0) (local.get 1)) (i32.load (local.get 1))))
  ;; A load whose address is a tree.
  (func $address (param i32 i32) (result i32)
    (i32.load offset=4 (i32.add (local.get 0) (i32.shl (local.get 1) (i32.const 2)))))
  ;; Floats have an accumulator of their own.
  (func $floats (param f64 f64) (result f64)
    (f64.sqrt (f64.add (f64.mul (local.get 0) (local.get 0)) (f64.mul (local.get 1) (local.get 1))))))
;; ---- code ----
;; (func 0 $one) ;; 26 bytes of code
;;     frame of 5 slots, return word in %2
;;         0: %4 = i32.popcnt(%0)
;;         c: acc = i32.rotl(%4, %1); return %0 acc
;; (func 1 $two) ;; 42 bytes of code
;;     frame of 5 slots, return word in %2
;;         0: %4 = i32.popcnt(%0)
;;         c: acc = i32.clz(%1)
;;        16: acc = i32.rotl(%4, acc)
;;        20: return %0 acc
;; (func 2 $order) ;; 48 bytes of code
;;     frame of 5 slots, return word in %2
;;         0: %4 = i32.div_s(%0, %1)
;;         e: acc = i32.load(+4 + %1)
;;        1c: acc = i32.rotl(%4, acc)
;;        26: return %0 acc
;; (func 3 $address) ;; 30 bytes of code
;;     frame of 6 slots, return word in %2
;;         0: acc = i32.load(+8 + i32.add(%0, i32.shl(%1, 2)))
;;        14: return %0 acc
;; (func 4 $floats) ;; 38 bytes of code
;;     frame of 6 slots, return word in %2
;;         0: acc = f64.mul(%1, %1); %4 = f64.add(f64.mul(%0, %0), acc)
;;        12: acc = f64.sqrt(%4)
;;        1c: return %0 acc
