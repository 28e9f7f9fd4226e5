;; With epochs: calls, returns and ways back to loops count time.
(module
  (func $line (param i32 i32) (result i32)
    (i32.add (i32.mul (local.get 0) (local.get 1)) (i32.const 1)))
  (func $loop (param i32) (result i32)
    (loop
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 0)))
;; ---- code ----
;; (func 0 $line) ;; 36 bytes of code
;;     frame of 5 slots, return word in %2
;;         0: acc = i32.mul(%0, %1)
;;         c: acc = i32.add(acc, 1)
;;        18: return %0 acc fuel 0
;; (func 1 $loop) ;; 64 bytes of code
;;     frame of 4 slots, return word in %1
;;         0: pinned %0
;;         a: loop_check 0 0
;;        16: pinned %0 = i32.add(pinned, -1); br_if @16 pinned fuel 1 0
;;        32: return %0 %0 fuel 1
