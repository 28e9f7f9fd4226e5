;; 64 objects of three classes; each is asked for its area and grown, by methods found in the table of its class. n times.
(module
  (rec
    (type $area (func (param (ref $shape)) (result i32)))
    (type $grow (func (param (ref $shape)) (param i32)))
    (type $methods (struct (field $area (ref $area)) (field $grow (ref $grow))))
    (type $shape (sub (struct (field $methods (ref $methods))))))
  (type $square (sub $shape (struct (field $methods (ref $methods)) (field $side (mut i32)))))
  (type $rectangle
    (sub final $square (struct (field $methods (ref $methods)) (field $side (mut i32)) (field $height (mut i32)))))
  (type $circle (sub final $shape (struct (field $methods (ref $methods)) (field $radius (mut i32)))))
  (type $shapes (array (mut (ref null $shape))))
  (global $of-squares (ref $methods) (struct.new $methods (ref.func $square-area) (ref.func $square-grow)))
  (global $of-rectangles (ref $methods) (struct.new $methods (ref.func $rectangle-area) (ref.func $square-grow)))
  (global $of-circles (ref $methods) (struct.new $methods (ref.func $circle-area) (ref.func $circle-grow)))

  (func $square-area (type $area)
    (local $side i32)
    (local.set $side (struct.get $square $side (ref.cast (ref $square) (local.get 0))))
    (i32.mul (local.get $side) (local.get $side)))
  (func $square-grow (type $grow)
    (local $this (ref $square))
    (local.set $this (ref.cast (ref $square) (local.get 0)))
    (struct.set $square $side (local.get $this)
      (i32.and
        (i32.add (struct.get $square $side (local.get $this)) (local.get 1))
        (i32.const 255))))
  (func $rectangle-area (type $area)
    (local $this (ref $rectangle))
    (local.set $this (ref.cast (ref $rectangle) (local.get 0)))
    (i32.mul
      (struct.get $rectangle $side (local.get $this))
      (struct.get $rectangle $height (local.get $this))))
  (func $circle-area (type $area)
    (local $radius i32)
    (local.set $radius (struct.get $circle $radius (ref.cast (ref $circle) (local.get 0))))
    (i32.mul (i32.const 3) (i32.mul (local.get $radius) (local.get $radius))))
  (func $circle-grow (type $grow)
    (local $this (ref $circle))
    (local.set $this (ref.cast (ref $circle) (local.get 0)))
    (struct.set $circle $radius (local.get $this)
      (i32.xor (struct.get $circle $radius (local.get $this)) (local.get 1))))

  (func $make (param $i i32) (result (ref $shape))
    (block $circle
      (block $rectangle
        (block $square
          (br_table $square $rectangle $circle (i32.rem_u (local.get $i) (i32.const 3))))
        (return (struct.new $square (global.get $of-squares) (local.get $i))))
      (return (struct.new $rectangle (global.get $of-rectangles) (local.get $i) (i32.const 7))))
    (struct.new $circle (global.get $of-circles) (local.get $i)))
  (func (export "run") (param $n i32) (result i32)
    (local $shapes (ref $shapes)) (local $shape (ref $shape)) (local $i i32) (local $sum i32)
    (local.set $shapes (array.new_default $shapes (i32.const 64)))
    (loop $fill
      (array.set $shapes (local.get $shapes) (local.get $i) (call $make (local.get $i)))
      (br_if $fill (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 64))))
    (block $done
      (loop $again
        (br_if $done (i32.le_s (local.get $n) (i32.const 0)))
        (local.set $i (i32.const 0))
        (loop $next
          (local.set $shape (ref.as_non_null (array.get $shapes (local.get $shapes) (local.get $i))))
          (local.set $sum
            (i32.add
              (local.get $sum)
              (call_ref $area
                (local.get $shape)
                (struct.get $methods $area (struct.get $shape $methods (local.get $shape))))))
          (call_ref $grow
            (local.get $shape)
            (local.get $i)
            (struct.get $methods $grow (struct.get $shape $methods (local.get $shape))))
          (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 64))))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $again)))
    (local.get $sum)))
