//! What functions are translated to, as far as their speed depends on it. What code does is tested
//! elsewhere; slow code would do the same.

#![cfg(feature = "trees")]

use wasmote::*;

/// The code of a module's functions as text.
fn code(wat: &str) -> Result<String> {
    Module::new(&Engine::default(), wat)?.disassemble()
}

#[test]
fn what_was_just_set_is_read_from_the_accumulator() -> Result<()> {
    let code = code(
        "(module (func (param i32 i32) (result i32) (local i32)
            (local.set 2 (i32.mul (local.get 0) (local.get 1)))
            (local.set 1 (i32.xor (local.get 2) (local.get 0)))
            (i32.add (local.get 1) (local.get 2))))",
    )?;
    assert!(code.contains("i32.xor(acc, %0)"), "{code}");
    // Not what was set before that, nor where branches arrive.
    assert!(!code.contains("i32.add(acc, acc)"), "{code}");
    let code = self::code(
        "(module (func (param i32) (result i32)
            (local.set 0 (i32.mul (local.get 0) (local.get 0)))
            (loop (result i32) (i32.xor (local.get 0) (i32.const 5)))))",
    )?;
    assert!(code.contains("i32.xor(%0, 5)"), "{code}");
    Ok(())
}

#[test]
fn an_arm_before_the_end_of_the_function_returns() -> Result<()> {
    let code = code(
        "(module (func $f (param i32) (result i32)
            (if (result i32) (local.get 0)
                (then (local.get 0))
                (else (loop (result i32) (call $f (i32.const 11)))))))",
    )?;
    assert!(!code.contains("br @"), "{code}");
    // Not if something follows.
    let code = self::code(
        "(module (func $f (param i32) (result i32)
            (if (result i32) (local.get 0)
                (then (local.get 0))
                (else (call $f (i32.const 11))))
            (i32.clz)))",
    )?;
    assert!(code.contains("br @"), "{code}");
    Ok(())
}
