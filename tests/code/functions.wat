;; Functions: frames, calls, returns, calls in tail position.
(module
  (import "host" "f" (func $host (param i32) (result i32)))
  (type $binary (func (param i32 i32) (result i32)))
  (table 2 funcref)
  (elem (i32.const 0) $sum $sum)
  (func $nothing)
  (func $sum (type $binary) (i32.add (local.get 0) (local.get 1)))
  ;; Locals that are no parameters are zeroed.
  (func $locals (result i32) (local i32 i64 f32 f64 i32) (local.get 4))
  (func $call (param i32) (result i32) (call $sum (local.get 0) (i32.const 1)))
  (func $host_call (param i32) (result i32) (call $host (local.get 0)))
  (func $indirect (param i32) (result i32)
    (call_indirect (type $binary) (local.get 0) (i32.const 2) (local.get 0)))
  ;; Results of a call are the next one's arguments, where they are.
  (func $nested (param i32) (result i32)
    (call $sum (call $host (local.get 0)) (i32.const 1)))
  (func $several (result i32 i64 f64) (i32.const 1) (i64.const 2) (f64.const 3))
  (func $tail (param i32) (result i32) (return_call $sum (local.get 0) (i32.const 1)))
  (func $tail_itself (param i32 i32) (result i32)
    (return_call $tail_itself (local.get 1) (local.get 0)))
  (func $tail_indirect (param i32) (result i32)
    (return_call_indirect (type $binary) (local.get 0) (i32.const 2) (local.get 0)))
  (func $tail_host (param i32) (result i32) (return_call $host (local.get 0))))
;; ---- code ----
;; (func 1 $nothing) ;; 8 bytes of code
;;     frame of 1 slots, return word in %0
;;         0: return
;; (func 2 $sum) ;; 14 bytes of code
;;     frame of 5 slots, return word in %2
;;         0: return %0 i32.add(%0, %1)
;; (func 3 $locals) ;; 24 bytes of code
;;     frame of 8 slots, return word in %1
;;         0: zero_range %2 5
;;         c: return %0 %6
;; (func 4 $call) ;; 44 bytes of code
;;     frame of 5 slots, return word in %1
;;         0: %2 = %0; %3 = 1
;;        12: call func 2 %4
;;        20: return %0 %2
;; (func 5 $host_call) ;; 38 bytes of code
;;     frame of 4 slots, return word in %1
;;         0: %2 = %0
;;         c: call_import func 0 %3
;;        1a: return %0 %2
;; (func 6 $indirect) ;; 50 bytes of code
;;     frame of 5 slots, return word in %1
;;         0: %2 = %0; %3 = 2
;;        12: call_indirect table 0 0 %0 %4
;;        26: return %0 %2
;; (func 7 $nested) ;; 58 bytes of code
;;     frame of 5 slots, return word in %1
;;         0: %2 = %0
;;         c: call_import func 0 %3
;;        1a: %3 = 1; call func 2 %4
;;        2e: return %0 %2
;; (func 8 $several) ;; 68 bytes of code
;;     frame of 7 slots, return word in %3
;;         0: %4 = 1
;;         e: %5 = 2
;;        1c: %6 = 0x4008000000000000
;;        2e: copy %0 3 %4
;;        3c: return
;; (func 9 $tail) ;; 38 bytes of code
;;     frame of 5 slots, return word in %1
;;         0: %2 = %0; %3 = 1
;;        12: return_call %0 %2 2 2 func 2
;; (func 10 $tail_itself) ;; 36 bytes of code
;;     frame of 6 slots, return word in %2
;;         0: %3 = %1; %4 = %0
;;        10: return_call %0 %3 2 2 func 10
;; (func 11 $tail_indirect) ;; 56 bytes of code
;;     frame of 5 slots, return word in %1
;;         0: %2 = %0; %3 = 2
;;        12: return_call_indirect %0 %2 2 2 table 0 0 %0
;;        2c: return %0 %2
;; (func 12 $tail_host) ;; 24 bytes of code
;;     frame of 3 slots, return word in %1
;;         0: return_call_import %0 %0 func 0
;;        10: return
