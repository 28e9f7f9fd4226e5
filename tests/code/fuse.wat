;; Statements that programs often execute one after the other are one instruction.
(module
  (memory 1)
  (func $two (param i32 i32)
    (local.set 0 (i32.add (local.get 0) (i32.const 4)))
    (local.set 1 (local.get 0)))
  (func $branch (param i32 i32)
    (loop
      (local.set 0 (i32.add (local.get 0) (i32.const -1)))
      (br_if 0 (local.get 0))))
  ;; Not over a target.
  (func $target (param i32 i32)
    (block (br_if 0 (local.get 0))
      (local.set 0 (i32.add (local.get 0) (i32.const 4))))
    (local.set 1 (local.get 0)))
  (func $moves (param i32 i32 i32 i32)
    (local.set 0 (local.get 1))
    (local.set 2 (local.get 3))))
;; ---- code ----
;; (func 0 $two) ;; 28 bytes of code
;;     frame of 5 slots, return word in %2
;;         0: %0 = i32.add(%0, 4); %1 = %0
;;        14: return
;; (func 1 $branch) ;; 40 bytes of code
;;     frame of 5 slots, return word in %2
;;         0: pinned %0
;;         a: pinned %0 = i32.add(pinned, -1); br_if @a pinned
;;        20: return
;; (func 2 $target) ;; 54 bytes of code
;;     frame of 5 slots, return word in %2
;;         0: br_if @22 %0
;;        12: %0 = i32.add(%0, 4)
;;        22: %1 = %0
;;        2e: return
;; (func 3 $moves) ;; 24 bytes of code
;;     frame of 6 slots, return word in %4
;;         0: %0 = %1; %2 = %3
;;        10: return
