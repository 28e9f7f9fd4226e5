;; With fuel: charges are operands of the branches, calls and returns at which they fall due.
(module
  (memory 1)
  (func $line (param i32 i32) (result i32)
    (i32.add (i32.mul (local.get 0) (local.get 1)) (i32.const 1)))
  (func $loop (param i32) (result i32)
    (loop
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 0))
  (func $ways (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.mul (local.get 0) (local.get 0)))
      (else (i32.const 2))))
  (func $call (param i32) (result i32) (call $line (local.get 0) (local.get 0)))
  ;; What takes as long as an operand says is paid for before.
  (func $bulk (param i32) (memory.fill (local.get 0) (i32.const 1) (local.get 0)))
  ;; What follows a call has nobody to pay for it in advance.
  (func $owed (param i32) (result i32)
    (block (drop (call $call (local.get 0))))
    (local.get 0)))
;; ---- code ----
;; (func 0 $line) ;; 36 bytes of code
;;     frame of 5 slots, return word in %2
;;         0: acc = i32.mul(%0, %1)
;;         c: acc = i32.add(acc, 1)
;;        18: return %0 acc fuel 5
;; (func 1 $loop) ;; 64 bytes of code
;;     frame of 4 slots, return word in %1
;;         0: pinned %0
;;         a: loop_check 5 5
;;        16: pinned %0 = i32.add(pinned, -1); br_if @16 pinned fuel 5 1
;;        32: return %0 %0 fuel 0
;; (func 2 $ways) ;; 78 bytes of code
;;     frame of 4 slots, return word in %1
;;         0: br_if_zero @30 %0 fuel 3 5
;;        18: acc = i32.mul(%0, %0)
;;        24: return %0 acc fuel 0
;;        30: return %0 2 fuel 0
;;        40: return %0 %2 fuel 0
;; (func 3 $call) ;; 38 bytes of code
;;     frame of 5 slots, return word in %1
;;         0: %2 = %0; %3 = %0; call func 0 %4 3
;;        18: return %0 %2 fuel 0
;; (func 4 $bulk) ;; 58 bytes of code
;;     frame of 5 slots, return word in %1
;;         0: %3 = 1
;;         e: bulk %0 128 47 4
;;        1e: memory.fill memory 0 %0 %3 %0
;;        30: return 0
;; (func 5 $owed) ;; 44 bytes of code
;;     frame of 4 slots, return word in %1
;;         0: %2 = %0; call func 3 %3 2
;;        14: consume 1
;;        1e: return %0 %0 fuel 0
