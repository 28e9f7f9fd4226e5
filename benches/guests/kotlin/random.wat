;; What a program in Kotlin imports for hashes of objects. The bytes stay as they are, so that all runs are alike.
(module (func (export "random_get") (param i32 i32) (result i32) (i32.const 0)))
