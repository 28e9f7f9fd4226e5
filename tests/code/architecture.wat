;; The example of docs/architecture.md: sum = load(p + 8) + n * 12; store(p, sum).
(module
  (memory 1)
  (func $example (param $p i32) (param $n i32) (local $sum i32)
    local.get $p
    i32.load offset=8
    local.get $n
    i32.const 12
    i32.mul
    i32.add
    local.set $sum
    local.get $p
    local.get $sum
    i32.store))
;; ---- code ----
;; (func 0 $example) ;; 54 bytes of code
;;     frame of 7 slots, return word in %2
;;         0: zero %3
;;         a: acc = i32.mul(%1, 12); %3 = i32.add(i32.load(+12 + %0), acc)
;;        20: i32.store +4 + %0, acc
;;        2e: return
