;; Shared memories and atomic operations.
(module
  (memory 1 2 shared)
  (func $plain (param i32) (result i32)
    (i32.store (local.get 0) (i32.const 1))
    (i32.load offset=4 (local.get 0)))
  (func $atomic (param i32 i32) (result i32)
    (i32.atomic.store (local.get 0) (local.get 1))
    (drop (i32.atomic.rmw.add (local.get 0) (local.get 1)))
    (i32.atomic.rmw.cmpxchg (local.get 0) (i32.const 1) (local.get 1)))
  (func $wait (param i32) (result i32)
    (drop (memory.atomic.notify (local.get 0) (i32.const 1)))
    (memory.atomic.wait32 (local.get 0) (i32.const 0) (i64.const -1))))
;; ---- code ----
;; (func 0 $plain) ;; 74 bytes of code
;;     frame of 4 slots, return word in %1
;;         0: %3 = 1
;;         e: i32.store memory 0 0x0 + %0, %3
;;        26: i32.load memory 0 0x4 + %0 to %2
;;        3e: return %0 %2
;; (func 1 $atomic) ;; 110 bytes of code
;;     frame of 6 slots, return word in %2
;;         0: atomic i32.atomic.store memory 0 0x0 %0 %1
;;        1a: atomic i32.atomic.rmw.add memory 0 0x0 %0 %1 %3
;;        36: %4 = 1
;;        44: atomic i32.atomic.rmw.cmpxchg memory 0 0x0 %0 %4 %1 %3
;;        62: return %0 %3
;; (func 2 $wait) ;; 108 bytes of code
;;     frame of 5 slots, return word in %1
;;         0: %3 = 1
;;         e: memory.atomic.notify %2 0 0x0 %0 %3
;;        28: %3 = 0
;;        36: %4 = -1
;;        44: memory.atomic.wait32 %2 0 0x0 %0 %3 %4
;;        60: return %0 %2
