;; `run` asks the host for a number again and again, until that is negative. `density` parks thousands of these.
(module
  (import "host" "park" (func $park (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "run") (param i32) (result i32)
    ;; The memory is touched once.
    (i32.store (i32.const 1000) (local.get 0))
    (loop $again
      (local.set 0 (call $park (local.get 0)))
      (br_if $again (i32.ge_s (local.get 0) (i32.const 0))))
    (local.get 0)))
