;; A guest that answers one request and is done: two imports, a table, two pages of memory, a segment.
(module
  (type $unary (func (param i32) (result i32)))
  (import "host" "in" (func $in (param i32) (result i32)))
  (import "host" "out" (func $out (param i32) (result i32)))
  (memory (export "memory") 2)
  (table 2 funcref)
  (elem (i32.const 0) $in $next)
  (data (i32.const 16) "what a guest has to say")
  (func $next (param i32) (result i32)
    (i32.add (local.get 0) (i32.load8_u (i32.const 16))))
  (func (export "run") (param i32) (result i32)
    (call $out (call_indirect (type $unary) (call $in (local.get 0)) (i32.const 1)))))
