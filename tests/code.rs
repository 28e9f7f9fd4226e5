//! What functions are translated to. What code does is tested elsewhere; slow code would do the same.
//!
//! `tests/code/*.wat` are the book of the translator: small functions, a file per idea, and behind each module its code as
//! `wasmote inspect --code` shows it. `WASMOTE_RENEW=1 cargo test --test code` writes that anew; look at the difference.

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

/// What separates a module from its code.
const LINE: &str = ";; ---- code ----\n";

/// The way in which the module of a file is translated: by default, unless it is named after another one.
fn engine(name: &str) -> Result<Engine> {
    let mut config = Config::new();
    match name {
        "fuel" => config.consume_fuel(true),
        "epochs" => config.epoch_interruption(true),
        "threads" => config.shared_memory(true),
        "wide" => config.wasm_wide_arithmetic(true),
        _ => &mut config,
    };
    Engine::new(&config)
}

// Sizes of code and offsets are those of 64-bit hosts with everything.
#[cfg(all(
    target_pointer_width = "64",
    feature = "metering",
    feature = "simd",
    feature = "threads"
))]
#[cfg_attr(
    not(debug_assertions),
    ignore = "an optimiser merges handlers whose machine code is the same, and code then reads like the first of them"
)]
#[test]
fn code_is_as_the_book_says() -> Result<()> {
    let renew = std::env::var_os("WASMOTE_RENEW").is_some();
    let mut functions = 0;
    for file in std::fs::read_dir("tests/code")? {
        let path = file?.path();
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("names are ASCII");
        let text = std::fs::read_to_string(&path)?;
        let wat = text.split(LINE).next().expect("there is a first part");
        let code = Module::new(&engine(name)?, wat)?.disassemble()?;
        functions += code.matches("(func ").count();
        let lines: String = code.lines().map(|line| format!(";; {}\n", line.trim_end())).collect();
        let expected = format!("{wat}{LINE}{lines}");
        if renew {
            std::fs::write(&path, expected)?;
        } else {
            assert!(text == expected, "{}: the code is\n{code}", path.display());
        }
    }
    assert!(functions >= 60, "{functions} functions");
    Ok(())
}

#[test]
fn the_example_of_the_architecture_page_is_in_the_book() -> Result<()> {
    let page = std::fs::read_to_string("docs/architecture.md")?;
    let book = std::fs::read_to_string("tests/code/architecture.wat")?;
    let (_, code) = book.split_once(LINE).expect("code follows");
    let statements = code.lines().skip(2).map(|line| line.trim_start_matches([';', ' ']));
    assert!(statements.clone().count() > 2);
    for statement in statements {
        assert!(
            page.contains(&format!("  {statement}\n")),
            "docs/architecture.md lacks {statement:?}"
        );
    }
    Ok(())
}
