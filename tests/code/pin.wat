;; A local of an innermost loop is pinned: it is in a register as well as in its slot.
(module
  (memory 1)
  ;; The one that an iteration reads and sets most.
  (func $count (param i32) (result i32) (local i32)
    (loop
      (local.set 1 (i32.add (local.get 1) (i32.const 3)))
      (br_if 0 (i32.lt_u (local.get 1) (local.get 0))))
    (local.get 1))
  ;; A pointer.
  (func $pointer (param i32) (result i32) (local i32)
    (loop
      (local.set 1 (i32.add (local.get 1) (i32.load (local.get 0))))
      (local.set 0 (i32.add (local.get 0) (i32.const 4)))
      (br_if 0 (i32.ne (local.get 0) (i32.const 1024))))
    (local.get 1))
  ;; No loop that calls has one.
  (func $calls (param i32)
    (loop
      (call $nothing)
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func $nothing)
  ;; Two locals are read and set as often; one of them an iteration reads before it sets it, so it would wait for the last one.
  (func $carried (param i32) (local $fresh i32) (local $carried i32)
    (loop
      (local.set $fresh (i32.xor (local.get 0) (i32.const 9)))
      (local.set $carried (i32.add (local.get $carried) (local.get $fresh)))
      (br_if 0 (local.get 0))))
  ;; Nor floats.
  (func $floats (param f64 f64) (result f64)
    (loop
      (local.set 0 (f64.add (local.get 0) (local.get 0)))
      (br_if 0 (f64.lt (local.get 0) (local.get 1))))
    (local.get 0)))
;; ---- code ----
;; (func 0 $count) ;; 64 bytes of code
;;     frame of 5 slots, return word in %1
;;         0: zero %2
;;         a: pinned %2
;;        14: pinned %2 = i32.add(pinned, 3)
;;        22: br_if @14 i32.lt_u(pinned, %0)
;;        34: return %0 %2
;; (func 1 $pointer) ;; 82 bytes of code
;;     frame of 5 slots, return word in %1
;;         0: zero %2
;;         a: pinned %0
;;        14: acc = i32.load(+4 + pinned)
;;        20: %2 = i32.add(%2, acc)
;;        2c: pinned %0 = i32.add(pinned, 4); br_if @14 i32.ne(pinned, 1024)
;;        46: return %0 %2
;; (func 2 $calls) ;; 46 bytes of code
;;     frame of 4 slots, return word in %1
;;         0: call func 3 %2
;;         e: %0 = i32.add(%0, -1); br_if @0 acc
;;        26: return
;; (func 3 $nothing) ;; 8 bytes of code
;;     frame of 1 slots, return word in %0
;;         0: return
;; (func 4 $carried) ;; 74 bytes of code
;;     frame of 6 slots, return word in %1
;;         0: zero2 %2
;;         a: pinned %3
;;        14: %2 = i32.xor(%0, 9)
;;        24: pinned %3 = i32.add(pinned, %2)
;;        30: br_if @14 %0
;;        42: return
;; (func 5 $floats) ;; 44 bytes of code
;;     frame of 5 slots, return word in %2
;;         0: %0 = f64.add(%0, %0)
;;         e: br_if @0 f64.lt(acc, %1)
;;        20: return %0 %0
