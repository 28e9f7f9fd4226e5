;; What `wasmote-bench gc` runs: each export does something $n times or ten times that, beside another that does the same
;; without references. What they work on is made when they are first called.
(module
  (type $cell (struct (field $value i32) (field $next (ref null $cell))))
  (type $node (sub (struct (field $number i32) (field $left (ref null $node)) (field $right (ref null $node)))))
  (type $leaf (sub final $node (struct (field $number i32) (field $left (ref null $node)) (field $right (ref null $node)))))
  (type $bytes (array (mut i8)))
  (type $numbers (array (mut i32)))
  (type $cells (array (mut (ref null $cell))))
  (type $op (func (param i32 i32) (result i32)))
  (tag $number (param i32))
  (memory 48)
  (table funcref (elem $add $xor))
  (elem declare func $add $xor)
  (global $list (mut (ref null $cell)) (ref.null $cell))
  (global $numbers (mut (ref null $numbers)) (ref.null $numbers))
  (global $alive (mut (ref null $node)) (ref.null $node))
  (func $add (type $op) (i32.add (local.get 0) (local.get 1)))
  (func $xor (type $op) (i32.xor (local.get 0) (local.get 1)))

  ;; A list of 1,000 cells, walked; ns per cell.
  (func $make-list (result (ref $cell))
    (local $i i32)
    (local.set $i (i32.const 1000))
    (loop $next
      (global.set $list (struct.new $cell (local.get $i) (global.get $list)))
      (br_if $next (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (ref.as_non_null (global.get $list)))
  (func (export "list-walk") (param $n i32) (result i32)
    (local $sum i32) (local $cell (ref null $cell))
    (loop $walk
      (local.set $cell
        (block $made (result (ref $cell)) (br_on_non_null $made (global.get $list)) (call $make-list)))
      (loop $next
        (local.set $sum (i32.add (local.get $sum) (struct.get $cell $value (local.get $cell))))
        (br_if $next
          (i32.eqz (ref.is_null (local.tee $cell (struct.get $cell $next (local.get $cell)))))))
      (br_if $walk (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1000))) (i32.const 0))))
    (local.get $sum))
  (func $make-list-in-memory
    (local $i i32) (local $at i32)
    (loop $next
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (i32.store (local.get $at) (local.get $i))
      (i32.store offset=4 (local.get $at)
        (select (i32.const 0) (i32.add (local.get $at) (i32.const 16)) (i32.eq (local.get $i) (i32.const 1000))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 1000)))))
  (func (export "list-walk-in-memory") (param $n i32) (result i32)
    (local $sum i32) (local $cell i32)
    (if (i32.eqz (i32.load (i32.const 0))) (then (call $make-list-in-memory)))
    (loop $walk
      (local.set $cell (i32.const 0))
      (loop $next
        (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $cell))))
        (br_if $next (local.tee $cell (i32.load offset=4 (local.get $cell)))))
      (br_if $walk (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1000))) (i32.const 0))))
    (local.get $sum))

  ;; 1,000 numbers, summed; ns per number.
  (func $make-numbers (result (ref $numbers))
    (local $i i32)
    (global.set $numbers (array.new_default $numbers (i32.const 1000)))
    (loop $next
      (array.set $numbers
        (global.get $numbers) (local.get $i) (i32.mul (local.get $i) (i32.const 0x9e3779b1)))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))
    (ref.as_non_null (global.get $numbers)))
  (func (export "array-sum") (param $n i32) (result i32)
    (local $sum i32) (local $i i32) (local $numbers (ref null $numbers))
    (local.set $numbers
      (block $made (result (ref $numbers)) (br_on_non_null $made (global.get $numbers)) (call $make-numbers)))
    (loop $round
      (local.set $i (i32.const 0))
      (loop $next
        (local.set $sum (i32.add (local.get $sum) (array.get $numbers (local.get $numbers) (local.get $i))))
        (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))
      (br_if $round (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1000))) (i32.const 0))))
    (local.get $sum))
  (func (export "array-sum-in-memory") (param $n i32) (result i32)
    (local $sum i32) (local $i i32)
    (loop $init
      (i32.store offset=65536
        (i32.shl (local.get $i) (i32.const 2))
        (i32.mul (local.get $i) (i32.const 0x9e3779b1)))
      (br_if $init (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))
    (loop $round
      (local.set $i (i32.const 0))
      (loop $next
        (local.set $sum
          (i32.add (local.get $sum) (i32.load offset=65536 (i32.shl (local.get $i) (i32.const 2)))))
        (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))
      (br_if $round (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1000))) (i32.const 0))))
    (local.get $sum))

  ;; Objects of two fields, dead at once.
  (func (export "struct-new") (param $n i32) (result i32)
    (local $cell (ref null $cell))
    (loop $again
      (local.set $cell (struct.new $cell (local.get $n) (ref.null $cell)))
      (local.set $cell (struct.new $cell (local.get $n) (ref.null $cell)))
      (local.set $cell (struct.new $cell (local.get $n) (ref.null $cell)))
      (local.set $cell (struct.new $cell (local.get $n) (ref.null $cell)))
      (local.set $cell (struct.new $cell (local.get $n) (ref.null $cell)))
      (local.set $cell (struct.new $cell (local.get $n) (ref.null $cell)))
      (local.set $cell (struct.new $cell (local.get $n) (ref.null $cell)))
      (local.set $cell (struct.new $cell (local.get $n) (ref.null $cell)))
      (local.set $cell (struct.new $cell (local.get $n) (ref.null $cell)))
      (local.set $cell (struct.new $cell (local.get $n) (ref.null $cell)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (struct.get $cell $value (local.get $cell)))

  ;; Calls of two functions in turn, by reference and through a table.
  (func (export "call-ref") (param $n i32) (result i32)
    (local $x i32) (local $f (ref $op))
    (loop $again
      (local.set $f
        (select (result (ref $op)) (ref.func $add) (ref.func $xor) (i32.and (local.get $n) (i32.const 1))))
      (local.set $x (call_ref $op (local.get $x) (local.get $n) (local.get $f)))
      (local.set $x (call_ref $op (local.get $x) (local.get $n) (local.get $f)))
      (local.set $x (call_ref $op (local.get $x) (local.get $n) (local.get $f)))
      (local.set $x (call_ref $op (local.get $x) (local.get $n) (local.get $f)))
      (local.set $x (call_ref $op (local.get $x) (local.get $n) (local.get $f)))
      (local.set $x (call_ref $op (local.get $x) (local.get $n) (local.get $f)))
      (local.set $x (call_ref $op (local.get $x) (local.get $n) (local.get $f)))
      (local.set $x (call_ref $op (local.get $x) (local.get $n) (local.get $f)))
      (local.set $x (call_ref $op (local.get $x) (local.get $n) (local.get $f)))
      (local.set $x (call_ref $op (local.get $x) (local.get $n) (local.get $f)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $x))
  (func (export "call-indirect") (param $n i32) (result i32)
    (local $x i32) (local $f i32)
    (loop $again
      (local.set $f
        (select (i32.const 0) (i32.const 1) (i32.and (local.get $n) (i32.const 1))))
      (local.set $x (call_indirect (type $op) (local.get $x) (local.get $n) (local.get $f)))
      (local.set $x (call_indirect (type $op) (local.get $x) (local.get $n) (local.get $f)))
      (local.set $x (call_indirect (type $op) (local.get $x) (local.get $n) (local.get $f)))
      (local.set $x (call_indirect (type $op) (local.get $x) (local.get $n) (local.get $f)))
      (local.set $x (call_indirect (type $op) (local.get $x) (local.get $n) (local.get $f)))
      (local.set $x (call_indirect (type $op) (local.get $x) (local.get $n) (local.get $f)))
      (local.set $x (call_indirect (type $op) (local.get $x) (local.get $n) (local.get $f)))
      (local.set $x (call_indirect (type $op) (local.get $x) (local.get $n) (local.get $f)))
      (local.set $x (call_indirect (type $op) (local.get $x) (local.get $n) (local.get $f)))
      (local.set $x (call_indirect (type $op) (local.get $x) (local.get $n) (local.get $f)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $x))

  ;; Tests of a class and branches, beside comparisons of numbers and branches.
  (func (export "test-branch") (param $n i32) (result i32)
    (local $node (ref null $node))
    (local.set $node (struct.new $node (local.get $n) (ref.null $node) (ref.null $node)))
    (block $out
      (loop $again
        (br_if $out (ref.test (ref $leaf) (local.get $node)))
        (br_if $out (ref.test (ref $leaf) (local.get $node)))
        (br_if $out (ref.test (ref $leaf) (local.get $node)))
        (br_if $out (ref.test (ref $leaf) (local.get $node)))
        (br_if $out (ref.test (ref $leaf) (local.get $node)))
        (br_if $out (ref.test (ref $leaf) (local.get $node)))
        (br_if $out (ref.test (ref $leaf) (local.get $node)))
        (br_if $out (ref.test (ref $leaf) (local.get $node)))
        (br_if $out (ref.test (ref $leaf) (local.get $node)))
        (br_if $out (ref.test (ref $leaf) (local.get $node)))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (local.get $n))
  (func (export "compare-branch") (param $n i32) (result i32)
    (local $number i32)
    (local.set $number (i32.add (local.get $n) (i32.const 1)))
    (block $out
      (loop $again
        (br_if $out (i32.eq (local.get $number) (local.get $n)))
        (br_if $out (i32.eq (local.get $number) (local.get $n)))
        (br_if $out (i32.eq (local.get $number) (local.get $n)))
        (br_if $out (i32.eq (local.get $number) (local.get $n)))
        (br_if $out (i32.eq (local.get $number) (local.get $n)))
        (br_if $out (i32.eq (local.get $number) (local.get $n)))
        (br_if $out (i32.eq (local.get $number) (local.get $n)))
        (br_if $out (i32.eq (local.get $number) (local.get $n)))
        (br_if $out (i32.eq (local.get $number) (local.get $n)))
        (br_if $out (i32.eq (local.get $number) (local.get $n)))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (local.get $n))

  ;; Copies of 1 MiB.
  (func (export "array-copy-i8") (param $n i32) (result i32)
    (local $from (ref $bytes)) (local $to (ref $bytes))
    (local.set $from (array.new $bytes (i32.const 7) (i32.const 1048576)))
    (local.set $to (array.new_default $bytes (i32.const 1048576)))
    (loop $again
      (array.copy $bytes $bytes
        (local.get $to) (i32.const 0) (local.get $from) (i32.const 0) (i32.const 1048576))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (array.get_u $bytes (local.get $to) (i32.const 1048575)))
  (func (export "array-copy-ref") (param $n i32) (result i32)
    (local $from (ref $cells)) (local $to (ref $cells))
    (local.set $from
      (array.new $cells (struct.new $cell (i32.const 7) (ref.null $cell)) (i32.const 262144)))
    (local.set $to (array.new_default $cells (i32.const 262144)))
    (loop $again
      (array.copy $cells $cells
        (local.get $to) (i32.const 0) (local.get $from) (i32.const 0) (i32.const 262144))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (struct.get $cell $value (array.get $cells (local.get $to) (i32.const 262143))))
  (func (export "memory-copy") (param $n i32) (result i32)
    (memory.fill (i32.const 1048576) (i32.const 7) (i32.const 1048576))
    (loop $again
      (memory.copy (i32.const 2097152) (i32.const 1048576) (i32.const 1048576))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.load8_u (i32.const 3145727)))

  ;; Exceptions, caught in the same frame and ten frames up.
  (func (export "throw-near") (param $n i32) (result i32)
    (local $sum i32)
    (loop $again
      (local.set $sum
        (i32.add
          (local.get $sum)
          (block $caught (result i32)
            (try_table (catch $number $caught) (throw $number (local.get $n)))
            (unreachable))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func $fall (param $depth i32) (param $number i32) (result i32)
    (if (i32.eqz (local.get $depth)) (then (throw $number (local.get $number))))
    (i32.add
      (i32.const 1)
      (call $fall (i32.sub (local.get $depth) (i32.const 1)) (local.get $number))))
  (func (export "throw-far") (param $n i32) (result i32)
    (local $sum i32)
    (loop $again
      (local.set $sum
        (i32.add
          (local.get $sum)
          (block $caught (result i32)
            (try_table (catch $number $caught) (drop (call $fall (i32.const 9) (local.get $n))))
            (unreachable))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))

  ;; Keeps a tree of $n nodes alive, each of 24 bytes in the layout that wasmote has.
  (func (export "keep") (param $n i32) (result i32)
    (global.set $alive (call $tree (local.get $n)))
    (struct.get $node $number (global.get $alive)))
  ;; How many nodes of it there are.
  (func (export "kept") (result i32) (call $count (global.get $alive)))
  (func $count (param $node (ref null $node)) (result i32)
    (if (result i32) (ref.is_null (local.get $node))
      (then (i32.const 0))
      (else
        (i32.add
          (i32.const 1)
          (i32.add
            (call $count (struct.get $node $left (local.get $node)))
            (call $count (struct.get $node $right (local.get $node))))))))
  (func $tree (param $n i32) (result (ref null $node))
    (local $left i32)
    (if (i32.eqz (local.get $n)) (then (return (ref.null $node))))
    (local.set $left (i32.shr_u (i32.sub (local.get $n) (i32.const 1)) (i32.const 1)))
    (struct.new $node
      (local.get $n)
      (call $tree (local.get $left))
      (call $tree (i32.sub (i32.sub (local.get $n) (i32.const 1)) (local.get $left))))))
