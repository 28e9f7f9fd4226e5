;; Globals, memories, tables.
(module
  (import "env" "g" (global $imported (mut i64)))
  (memory $small 1)
  (memory $other 1)
  (memory $large i64 1)
  (table $t 4 funcref)
  (global $g (mut i32) (i32.const 3))
  (global $constant i32 (i32.const 40))
  (data $d "abc")
  (elem $e func $globals)
  (func $globals (param i64) (result i32)
    (global.set $imported (local.get 0))
    (global.set $g (i32.add (global.get $g) (i32.const 16)))
    ;; What is the same in every instance is a constant of the code.
    (i32.add (global.get $g) (global.get $constant)))
  ;; Accesses to memory 0 by 32-bit addresses are fast, others general.
  (func $accesses (param i32 i64) (result i64)
    (i32.store8 $small offset=1 (local.get 0) (i32.const 7))
    (i64.store $other (local.get 0) (local.get 1))
    (i64.add (i64.load $small offset=16 (local.get 0)) (i64.load $large (local.get 1))))
  ;; An offset beyond what an operand has.
  (func $far (param i32) (result i32) (i32.load offset=0xfffffff0 (local.get 0)))
  (func $bulk (param i32)
    (memory.fill $small (local.get 0) (i32.const 1) (i32.const 100))
    (memory.copy $small $other (local.get 0) (local.get 0) (i32.const 8))
    (memory.init $small $d (local.get 0) (i32.const 0) (i32.const 3))
    (data.drop $d))
  (func $sizes (param i32) (result i32)
    (drop (memory.grow $small (local.get 0)))
    (memory.size $small))
  (func $tables (param i32) (result i32)
    (table.set $t (local.get 0) (table.get $t (i32.const 1)))
    (table.init $t $e (local.get 0) (i32.const 0) (i32.const 1))
    (elem.drop $e)
    (table.grow $t (ref.func $globals) (local.get 0)))
  (func $references (param funcref) (result i32)
    (ref.is_null (select (result funcref) (local.get 0) (ref.null func) (i32.const 1)))))
;; ---- code ----
;; (func 0 $globals) ;; 64 bytes of code
;;     frame of 4 slots, return word in %1
;;         0: global 0 = %0
;;         e: global 1 = i32.add(global 1, 16)
;;        22: %3 = i32.add(global 1, 40)
;;        34: return %0 %3
;; (func 1 $accesses) ;; 104 bytes of code
;;     frame of 5 slots, return word in %2
;;         0: i32.store8 +2 + %0, 7
;;        12: i64.store memory 1 0x0 + %0, %1
;;        2a: %3 = i64.load(+24 + %0)
;;        3a: i64.load memory 2 0x0 + %1 to %4
;;        52: acc = i64.add(%3, %4)
;;        5e: return %0 acc
;; (func 2 $far) ;; 24 bytes of code
;;     frame of 3 slots, return word in %1
;;         0: acc = i32.load(+4294967284 + %0)
;;         e: return %0 acc
;; (func 3 $bulk) ;; 136 bytes of code
;;     frame of 5 slots, return word in %1
;;         0: %3 = 1; %4 = 100
;;        14: memory.fill memory 0 %0 %3 %4
;;        26: %4 = 8
;;        34: memory.copy memory 0 memory 1 %0 %0 %4
;;        4a: %3 = 0; %4 = 3
;;        5e: memory.init 0 0 %0 %3 %4
;;        74: data.drop 0
;;        80: return
;; (func 4 $sizes) ;; 44 bytes of code
;;     frame of 3 slots, return word in %1
;;         0: memory.grow %2 0 %0
;;        10: memory.size %2 memory 0 16
;;        20: return %0 %2
;; (func 5 $tables) ;; 144 bytes of code
;;     frame of 5 slots, return word in %1
;;         0: %3 = 1
;;         e: table.get %3 table 0 %3
;;        1e: table.set table 0 %0 %3
;;        2e: %3 = 0; %4 = 1
;;        42: table.init 0 0 %0 %3 %4
;;        58: elem.drop 0
;;        64: ref.func %2 func 0
;;        72: table.grow %2 0 %2 %0
;;        84: return %0 %2
;; (func 6 $references) ;; 48 bytes of code
;;     frame of 5 slots, return word in %1
;;         0: acc = 1
;;         c: %3 = select(%0, 0, acc)
;;        1c: acc = i32.eqz(%3)
;;        26: return %0 acc
