//! The judge is judged: for each kind of directive a script that must pass and scripts that must not.

use wasmote::Engine;
use wasmote_wast::{Report, Runner};

/// Functions that the scripts of these tests call; its lines come before those of the script.
const MODULE: &str = r#"(module $m
    (table 1 funcref) (memory (export "memory") 1) (global (export "seven") i32 (i32.const 7))
    (func (export "i32") (result i32) (i32.const 1)) (func $loop (export "loop") (call $loop))
    (func (export "echo32") (param f32) (result f32) (local.get 0))
    (func (export "echo64") (param f64) (result f64) (local.get 0))
    (func (export "extern") (param externref) (result externref) (local.get 0))
    (func $f (export "func") (param i32) (result funcref)
        (if (result funcref) (local.get 0) (then (ref.func $f)) (else (ref.null func))))
    (func (export "trap") unreachable) (func (export "call") (call_indirect (i32.const 0))))
"#;

fn run(script: &str) -> Report {
    Runner::new(&Engine::default()).run("test.wast", &format!("{MODULE}{script}"))
}

/// The module and the one directive of the script pass.
#[track_caller]
fn passes(script: &str) {
    let report = run(script);
    assert_eq!((report.passed, report.failed, report.skipped), (2, 0, 0), "{:?}", report.failures);
}

/// The one directive of the script fails for a reason that contains this.
#[track_caller]
fn fails(script: &str, reason: &str) {
    let report = run(script);
    assert_eq!((report.passed, report.failed, report.skipped), (1, 1, 0), "{script}");
    let failure = &report.failures[0];
    assert_eq!((&*failure.file, failure.line), ("test.wast", 1 + MODULE.lines().count()));
    assert!(failure.reason.contains(reason), "{}", failure.reason);
}

#[test]
fn results_are_compared_by_kind_and_value() {
    passes(r#"(assert_return (invoke "i32") (i32.const 1))"#);
    passes(r#"(assert_return (invoke "i32") (either (i32.const 0) (i32.const 1)))"#);
    passes(r#"(assert_return (get "seven") (i32.const 7))"#);
    passes(r#"(assert_return (get $m "seven") (i32.const 7))"#);
    fails(r#"(assert_return (invoke "i32") (i32.const 2))"#, "expected i32:2, got i32:1");
    fails(r#"(assert_return (invoke "i32") (i64.const 1))"#, "expected i64:1, got i32:1");
    fails(r#"(assert_return (invoke "i32"))"#, "expected 0 results, got 1");
    fails(r#"(assert_return (get "seven") (i32.const 8))"#, "expected i32:8, got i32:7");
    fails(r#"(assert_return (invoke "trap"))"#, "unreachable");
    fails(r#"(assert_return (invoke "gone"))"#, "no export `gone`");
    fails(r#"(assert_return (invoke "memory"))"#, "export `memory` is not a function");
    fails(r#"(assert_return (invoke $no "i32") (i32.const 1))"#, "no instance `$no`");
}

#[test]
fn floats_are_compared_by_their_bits() {
    passes(r#"(assert_return (invoke "echo32" (f32.const -0)) (f32.const -0))"#);
    fails(
        r#"(assert_return (invoke "echo32" (f32.const -0)) (f32.const 0))"#,
        "expected f32:0 (0x00000000), got f32:-0 (0x80000000)",
    );
    passes(r#"(assert_return (invoke "echo64" (f64.const nan:0x1)) (f64.const nan:0x1))"#);
    fails(r#"(assert_return (invoke "echo64" (f64.const nan:0x1)) (f64.const nan:0x2))"#, "got");
}

#[test]
fn nan_patterns_are_those_of_the_specification() {
    for (ty, echo, quiet) in [("f32", "echo32", "0x400000"), ("f64", "echo64", "0x8000000000000")] {
        let check = |nan: &str, pattern: &str| {
            format!(
                r#"(assert_return (invoke "{echo}" ({ty}.const {nan})) ({ty}.const {pattern}))"#
            )
        };
        for sign in ["", "-"] {
            // Canonical: the highest bit of the payload and no other.
            passes(&check(&format!("{sign}nan"), "nan:canonical"));
            passes(&check(&format!("{sign}nan"), "nan:arithmetic"));
            // Arithmetic: that bit, and any others.
            let arithmetic = format!("{sign}nan:{}1", quiet.strip_suffix('0').unwrap());
            passes(&check(&arithmetic, "nan:arithmetic"));
            fails(&check(&arithmetic, "nan:canonical"), "expected");
            // Signalling: neither.
            fails(&check(&format!("{sign}nan:0x1"), "nan:arithmetic"), "expected");
            fails(&check(&format!("{sign}nan:0x1"), "nan:canonical"), "expected");
        }
        fails(&check("inf", "nan:canonical"), "expected");
        fails(&check("inf", "nan:arithmetic"), "expected");
        fails(&check("1", "nan:arithmetic"), "expected");
    }
}

#[test]
fn references_are_compared_by_kind_and_host_number() {
    passes(r#"(assert_return (invoke "extern" (ref.extern 5)) (ref.extern 5))"#);
    passes(r#"(assert_return (invoke "extern" (ref.extern 5)) (ref.extern))"#);
    passes(r#"(assert_return (invoke "extern" (ref.null extern)) (ref.null extern))"#);
    passes(r#"(assert_return (invoke "extern" (ref.null extern)) (ref.null))"#);
    passes(r#"(assert_return (invoke "func" (i32.const 1)) (ref.func))"#);
    passes(r#"(assert_return (invoke "func" (i32.const 0)) (ref.null func))"#);
    fails(
        r#"(assert_return (invoke "extern" (ref.extern 5)) (ref.extern 6))"#,
        "expected externref:6, got externref:5",
    );
    fails(r#"(assert_return (invoke "extern" (ref.null extern)) (ref.extern))"#, "null externref");
    fails(r#"(assert_return (invoke "extern" (ref.null extern)) (ref.null func))"#, "got");
    fails(r#"(assert_return (invoke "extern" (ref.extern 5)) (ref.null))"#, "expected null");
    fails(r#"(assert_return (invoke "func" (i32.const 0)) (ref.func))"#, "got null funcref");
}

#[test]
fn traps_are_compared_by_their_text() {
    passes(r#"(assert_trap (invoke "trap") "unreachable")"#);
    passes(r#"(assert_trap (invoke "call") "uninitialized element")"#);
    passes(r#"(assert_trap (invoke "call") "uninitialized element 2")"#);
    passes(r#"(assert_exhaustion (invoke "loop") "call stack exhausted")"#);
    fails(r#"(assert_trap (invoke "trap") "integer overflow")"#, "expected the trap `integer ov");
    fails(r#"(assert_trap (invoke "i32") "unreachable")"#, "nothing trapped");
    fails(r#"(assert_trap (invoke "gone") "unreachable")"#, "no export `gone`");
    fails(r#"(assert_exhaustion (invoke "trap") "call stack exhausted")"#, "got `wasm trap: wasm");
    fails(r#"(assert_exception (invoke "trap"))"#, "expected an exception, got");
    fails(r#"(assert_exception (invoke "i32"))"#, "expected an exception, got [i32:1]");
}

#[test]
fn instantiation_may_have_to_trap() {
    let start = "(module (func $f unreachable) (start $f))";
    passes(&format!(r#"(assert_trap {start} "unreachable")"#));
    fails(&format!(r#"(assert_trap {start} "integer overflow")"#), "expected the trap");
    fails(r#"(assert_trap (module) "unreachable")"#, "nothing trapped");
    let missing = r#"(module (import "no" "thing" (func)))"#;
    fails(&format!(r#"(assert_trap {missing} "unknown import")"#), "got the error");
}

#[test]
fn links_may_have_to_fail() {
    let unknown = r#"(module (import "no" "thing" (func)))"#;
    passes(&format!(r#"(assert_unlinkable {unknown} "unknown import")"#));
    fails(&format!(r#"(assert_unlinkable {unknown} "incompatible import type")"#), "unknown im");
    let other = r#"(module (import "spectest" "memory" (func)))"#;
    passes(&format!(r#"(assert_unlinkable {other} "incompatible import type")"#));
    fails(r#"(assert_unlinkable (module) "unknown import")"#, "the module links");
    let start = "(module (func $f unreachable) (start $f))";
    fails(&format!(r#"(assert_unlinkable {start} "unreachable")"#), "expected a link error");
    fails(r#"(assert_unlinkable (module (func drop)) "unknown import")"#, "type mismatch");
}

#[test]
fn modules_may_have_to_be_refused() {
    passes(r#"(assert_invalid (module (func drop)) "type mismatch")"#);
    passes(r#"(assert_malformed (module quote "(func i32.frob)") "unknown operator")"#);
    passes(r#"(assert_malformed (module binary "\00asm\02\00\00\00") "unknown binary version")"#);
    fails(r#"(assert_invalid (module) "type mismatch")"#, "but it was accepted");
    fails(r#"(assert_malformed (module quote "(func)") "unknown operator")"#, "was accepted");
}

#[test]
fn modules_and_registered_names_are_found() {
    let report = run(r#"(register "reg")
           (module (import "reg" "i32" (func $f (result i32)))
               (func (export "two") (result i32) (i32.add (call $f) (call $f))))
           (assert_return (invoke "two") (i32.const 2))
           (invoke $m "i32")
           (module definition $d (global (export "g") (mut i32) (i32.const 3)))
           (module instance $d1 $d)
           (module instance $d2 $d)
           (assert_return (get $d1 "g") (i32.const 3))
           (assert_return (get "g") (i32.const 3))
           (module quote "(func (export \"q\"))")
           (assert_return (invoke "q"))
           (register "other" $m)
           (module binary "\00asm" "\01\00\00\00")"#);
    assert_eq!((report.passed, report.failed, report.skipped), (14, 0, 0), "{report:?}");
}

#[test]
fn a_module_that_fails_is_not_replaced_by_the_one_before() {
    let report = run("(module (import \"no\" \"thing\" (func)))\n(invoke \"i32\")");
    assert_eq!((report.passed, report.failed), (1, 2));
    assert!(report.failures[0].reason.contains("unknown import"), "{}", report.failures[0]);
    assert_eq!(report.failures[1].reason, "no current instance");
}

#[test]
fn components_and_threads_are_skipped() {
    let report = run("(component) (thread $t (invoke \"i32\")) (wait $t)");
    assert_eq!((report.passed, report.failed, report.skipped), (1, 0, 3));
    assert_eq!(report.to_string(), "4 directives, 1 passed, 0 failed, 3 skipped");
}

#[test]
fn a_script_that_cannot_be_parsed_is_a_failure() {
    let report = Runner::new(&Engine::default()).run("bad.wast", "(module)\n(frob)");
    assert_eq!((report.passed, report.failed, report.skipped), (0, 1, 0));
    assert!(report.failures[0].to_string().starts_with("bad.wast:2: script cannot be parsed: "));
}

#[test]
fn a_script_without_directives_is_a_module() {
    let report = Runner::new(&Engine::default()).run("m.wast", "(func (export \"f\"))");
    assert_eq!((report.passed, report.failed, report.skipped), (1, 0, 0));
}
