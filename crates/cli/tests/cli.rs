//! The command line as a user meets it: what it prints, where, and its exit code.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

/// What a run of the command line left behind.
struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// The command line; started by an emulator if it is for another machine (`.ci/cross`).
fn command() -> Command {
    let binary = env!("CARGO_BIN_EXE_wasmote");
    let Ok(runner) = std::env::var("WASMOTE_TEST_RUNNER") else {
        return Command::new(binary);
    };
    let mut words = runner.split(' ');
    let mut command = Command::new(words.next().unwrap());
    command.args(words).arg(binary);
    command
}

fn wasmote(args: &[&str]) -> Run {
    let Output { status, stdout, stderr } = command().args(args).output().unwrap();
    Run {
        code: status.code(),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

impl Run {
    /// It succeeded, and printed this and nothing else.
    #[track_caller]
    fn prints(&self, stdout: &str) {
        assert_eq!((self.code, &*self.stderr), (Some(0), ""));
        assert_eq!(self.stdout, stdout);
    }

    /// It failed with this exit code, and told exactly this one line.
    #[track_caller]
    fn fails(&self, code: i32, line: &str) {
        assert_eq!(self.stderr, format!("error: {line}\n"));
        assert_eq!((self.code, &*self.stdout), (Some(code), ""));
    }
}

/// A file that is deleted at the end of its test.
struct TempFile(PathBuf);

impl TempFile {
    fn new(extension: &str, content: impl AsRef<[u8]>) -> TempFile {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("wasmote-cli-{}-{number}.{extension}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, content).unwrap();
        TempFile(path)
    }

    fn wat(text: &str) -> TempFile {
        TempFile::new("wat", text)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// A module with a function for every kind of value.
const VALUES: &str = r#"
    (module
        (func (export "add") (param i32 i32) (result i32)
            (i32.add (local.get 0) (local.get 1)))
        (func (export "swap") (param i64 f32) (result f32 i64)
            (local.get 1) (local.get 0))
        (func (export "half") (param f64) (result f64)
            (f64.div (local.get 0) (f64.const 2)))
        (func (export "same") (param externref) (result externref)
            (local.get 0))
        (func $nothing (export "nothing"))
        (elem declare func $nothing)
        (func (export "function") (result funcref)
            (ref.func $nothing)))"#;

#[test]
fn run_prints_results_one_per_line() {
    let file = TempFile::wat(VALUES);
    let run = |args: &[&str]| wasmote(&[&["run", file.path(), "--invoke"], args].concat());
    run(&["add", "40", "2"]).prints("42\n");
    run(&["add", "0x10", "-17"]).prints("-1\n");
    run(&["add", "4294967295", "0"]).prints("-1\n");
    run(&["swap", "-9223372036854775808", "-0.5"]).prints("-0.5\n-9223372036854775808\n");
    run(&["half", "-inf"]).prints("-inf\n");
    run(&["half", "nan"]).prints("NaN\n");
    run(&["same", "null"]).prints("null\n");
    run(&["function"]).prints("funcref\n");
    run(&["nothing"]).prints("");
}

#[test]
fn run_takes_invoke_before_the_file_too() {
    let file = TempFile::wat(VALUES);
    wasmote(&["run", "--invoke", "add", file.path(), "1", "-2"]).prints("-1\n");
    wasmote(&["run", "--invoke=add", file.path(), "--", "-1", "-2"]).prints("-3\n");
}

#[test]
fn run_takes_binary_modules() {
    // (module (func (export "f") (result i32) (i32.const 7)))
    let binary = b"\0asm\x01\0\0\0\x01\x05\x01\x60\0\x01\x7f\x03\x02\x01\0\x07\x05\x01\x01f\0\0\
                   \x0a\x06\x01\x04\0\x41\x07\x0b";
    let file = TempFile::new("wasm", binary);
    wasmote(&["run", file.path(), "--invoke", "f"]).prints("7\n");
}

#[test]
fn run_calls_start_by_default() {
    // Both traps show that the function ran.
    let file = TempFile::wat(r#"(module (func $main (export "_start") unreachable))"#);
    assert_eq!(wasmote(&["run", file.path()]).code, Some(134));
    let file = TempFile::wat(r#"(module (func $main (export "") unreachable))"#);
    assert_eq!(wasmote(&["run", file.path()]).code, Some(134));
    let file = TempFile::wat("(module (func $main unreachable) (start $main))");
    assert_eq!(wasmote(&["run", file.path()]).code, Some(134));
}

#[test]
fn run_initializes_reactors() {
    let file = TempFile::wat(
        r#"(module
            (global $ready (mut i32) (i32.const 0))
            (func (export "_initialize") (global.set $ready (i32.const 1)))
            (func (export "ready") (result i32) (global.get $ready)))"#,
    );
    wasmote(&["run", file.path(), "--invoke", "ready"]).prints("1\n");
}

#[test]
fn run_without_a_default_names_the_exports() {
    let file = TempFile::wat(VALUES);
    let run = wasmote(&["run", file.path()]);
    assert_eq!((run.code, &*run.stdout), (Some(0), ""));
    assert_eq!(
        run.stderr,
        "note: there is no `_start`; call an export with --invoke: \
         add, swap, half, same, nothing, function\n"
    );
    wasmote(&["run", TempFile::wat("(module)").path()]).prints("");
}

#[test]
fn a_trap_is_told_with_its_functions() {
    let file = TempFile::wat(
        r#"(module $m
            (func $divide (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
            (func (result i32) (call $divide (i32.const 0)))
            (func $main (export "main") (result i32) (call 1)))"#,
    );
    let run = wasmote(&["run", file.path(), "--invoke", "main"]);
    assert_eq!((run.code, &*run.stdout), (Some(134), ""));
    let lines: Vec<_> = run.stderr.lines().collect();
    assert_eq!(lines[..2], ["error: wasm trap: integer divide by zero", "wasm backtrace:"]);
    let frames = ["m!divide", "m!<wasm function 1>", "m!main"];
    assert_eq!(lines.len(), 2 + frames.len());
    for (i, frame) in frames.iter().enumerate() {
        let line = lines[2 + i].trim_start();
        assert!(line.starts_with(&format!("{i}: ")), "{line}");
        assert!(line.ends_with(&format!(" - {frame}")), "{line}");
    }
}

#[test]
fn endless_recursion_is_a_trap() {
    let file = TempFile::wat(r#"(module (func $f (export "_start") (call $f)))"#);
    let run = wasmote(&["run", file.path()]);
    assert_eq!(run.code, Some(134));
    assert!(run.stderr.starts_with("error: wasm trap: call stack exhausted\n"), "{}", run.stderr);
}

#[test]
fn a_missing_file_is_an_error() {
    let name = std::env::temp_dir().join("wasmote-cli-no-such-file.wasm");
    let name = name.to_str().unwrap();
    let system = fs::read(name).unwrap_err();
    for args in [&["run", name][..], &["inspect", name], &["wast", name]] {
        wasmote(args).fails(1, &format!("cannot read {name}: {system}"));
    }
}

#[test]
fn an_invalid_module_is_an_error_with_its_offset() {
    let file = TempFile::wat(r#"(module (func (export "f") (result i32) (i64.const 1)))"#);
    let run = wasmote(&["run", file.path()]);
    assert_eq!((run.code, run.stderr.lines().count()), (Some(1), 1));
    assert!(run.stderr.starts_with(&format!("error: {} is invalid: ", file.path())));
    assert!(run.stderr.contains("type mismatch"), "{}", run.stderr);
    assert!(run.stderr.contains(" at offset 33: "), "{}", run.stderr);

    for (extension, bytes) in [
        ("wasm", &b"\0asm\x01\0\0\0\x01\x05\x01"[..]),
        ("wasm", b"\0asm\x01\0\0"),
        ("bin", b"\0asm\x02\0\0\0"),
        ("wasm", b"no module"),
        ("wasm", b""),
    ] {
        let file = TempFile::new(extension, bytes);
        let run = wasmote(&["inspect", file.path()]);
        assert_eq!((run.code, run.stderr.lines().count()), (Some(1), 1), "{}", run.stderr);
        assert!(run.stderr.starts_with(&format!("error: {} is invalid: ", file.path())));
        assert!(run.stderr.contains("offset 0x"), "{}", run.stderr);
    }
}

#[test]
fn a_syntax_error_is_an_error_with_its_line() {
    let file = TempFile::wat("(module\n  (func (export \"f\") (i32.frob)))");
    let name = file.path();
    wasmote(&["run", name]).fails(1, &format!("{name}:2:23: unknown operator or unexpected token"));
    let file = TempFile::new("wat", b"(module \xff)");
    let name = file.path();
    wasmote(&["run", name]).fails(1, &format!("{name} is neither a binary module nor UTF-8 text"));
}

#[test]
fn a_missing_export_is_an_error() {
    let file = TempFile::wat(r#"(module (memory (export "memory") 1))"#);
    let name = file.path();
    wasmote(&["run", name, "--invoke", "f"]).fails(1, &format!("{name} exports no function `f`"));
    wasmote(&["run", name, "--invoke", "memory"])
        .fails(1, &format!("{name} exports no function `memory`"));
}

#[test]
fn a_missing_import_is_an_error() {
    let file = TempFile::wat(r#"(module (import "env" "log" (func (param i32))))"#);
    wasmote(&["run", file.path()]).fails(1, "unknown import: `env::log` has not been defined");
}

#[test]
fn wrong_arguments_are_errors() {
    let file = TempFile::wat(VALUES);
    let run = |args: &[&str]| wasmote(&[&["run", file.path(), "--invoke"], args].concat());
    run(&["add", "1"]).fails(1, "`add` takes 2 arguments, got 1");
    run(&["half"]).fails(1, "`half` takes 1 argument, got 0");
    run(&["nothing", "1"]).fails(1, "`nothing` takes 0 arguments, got 1");
    run(&["add", "1", "two"]).fails(1, "argument 2 of `add`: `two` is no value of type i32");
    run(&["add", "4294967296", "1"])
        .fails(1, "argument 1 of `add`: `4294967296` is no value of type i32");
    run(&["half", "x"]).fails(1, "argument 1 of `half`: `x` is no value of type f64");
    run(&["same", "1"]).fails(1, "argument 1 of `same`: `1` is no value of type (ref null extern)");
}

#[test]
fn wrong_usage_exits_with_2() {
    for args in [&[][..], &["walk"], &["run"], &["run", "a", "--no-such-option"], &["wast"]] {
        let run = wasmote(args);
        assert_eq!((run.code, &*run.stdout), (Some(2), ""), "{args:?}");
        assert!(run.stderr.contains("Usage: wasmote"), "{args:?}: {}", run.stderr);
    }
}

#[test]
fn wast_counts_per_file_and_fails_with_1() {
    let good = TempFile::new(
        "wast",
        r#"(module (func (export "f") (result i32) (i32.const 1)))
           (assert_return (invoke "f") (i32.const 1))"#,
    );
    let bad = TempFile::new(
        "wast",
        r#"(module (func (export "f") (result i32) (i32.const 1)))
           (assert_return (invoke "f") (i32.const 2))
           (assert_trap (invoke "f") "unreachable")
           (assert_return (invoke "f") (i32.const 1))"#,
    );
    let (good, bad) = (good.path(), bad.path());
    let good_line = format!("{good}: 2 directives, 2 passed, 0 failed, 0 skipped\n");
    wasmote(&["wast", good]).prints(&good_line);

    let run = wasmote(&["wast", bad, good]);
    assert_eq!(run.code, Some(1));
    assert_eq!(
        run.stdout,
        format!("{bad}: 4 directives, 2 passed, 2 failed, 0 skipped\n{good_line}")
    );
    assert_eq!(
        run.stderr,
        format!(
            "{bad}:2: result 0: expected i32:2, got i32:1\n\
             {bad}:3: expected the trap `unreachable`, but nothing trapped\n"
        )
    );
}

#[test]
fn wast_shows_what_scripts_print() {
    let file = TempFile::new(
        "wast",
        r#"(module
             (import "spectest" "print_i32" (func $print (param i32)))
             (func (export "f") (call $print (i32.const 42))))
           (invoke "f")"#,
    );
    let name = file.path();
    wasmote(&["wast", name])
        .prints(&format!("42 : i32\n{name}: 2 directives, 2 passed, 0 failed, 0 skipped\n"));
}

#[test]
fn inspect_shows_imports_and_exports_with_their_types() {
    let file = TempFile::wat(
        r#"(module $m
            (import "env" "log" (func (param i32 i64) (result f32)))
            (import "env" "base" (global i32))
            (import "env" "calls" (table 1 funcref))
            (memory (export "memory") 1 2)
            (table (export "hosts") 3 4 externref)
            (global (export "count") (mut f64) (f64.const 0))
            (func (export "run")))"#,
    );
    wasmote(&["inspect", file.path()]).prints(
        "(module $m)\n\
         (import \"env\" \"log\" (func (param i32 i64) (result f32)))\n\
         (import \"env\" \"base\" (global i32))\n\
         (import \"env\" \"calls\" (table 1 (ref null func)))\n\
         (export \"memory\" (memory 1 2))\n\
         (export \"hosts\" (table 3 4 (ref null extern)))\n\
         (export \"count\" (global (mut f64)))\n\
         (export \"run\" (func))\n",
    );
}

#[test]
fn inspect_shows_the_code_of_each_function() {
    let file = TempFile::wat(VALUES);
    let without = wasmote(&["inspect", file.path()]);
    let with = wasmote(&["inspect", file.path(), "--code"]);
    assert_eq!((with.code, &*with.stderr), (Some(0), ""));
    let code = with.stdout.strip_prefix(&without.stdout).expect("imports and exports come first");
    assert_eq!(code.matches("(func ").count(), 6, "{code}");
    assert!(code.contains("$nothing"), "{code}");
}

/// What clears a terminal, forges a line and turns the direction of writing round, in the text format.
const HOSTILE: &str = r"\1b[2J\07\0a\c2\9b\u{202e}error: \0d";
/// The same as it may be shown, its lines as one.
const SHOWN: &str = r"\u{1b}[2J\u{7} \u{9b}\u{202e}error:";

/// The run showed nothing but what can be seen.
#[track_caller]
fn shows_only_text(run: &Run) {
    for text in [&run.stdout, &run.stderr] {
        let bad = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(!text.contains(bad), "{text:?}");
    }
}

#[test]
fn no_name_of_a_module_controls_the_terminal() {
    let modules = [
        // Names of exports, in the note.
        (0, format!(r#"(module (func (export "{HOSTILE}")))"#)),
        // Names of imports, in the error.
        (1, format!(r#"(module (import "{HOSTILE}" "{HOSTILE}" (func)))"#)),
        // Names of the name section, in backtraces.
        (134, format!(r#"(module $"{HOSTILE}" (func $"{HOSTILE}" unreachable) (start 0))"#)),
        // What the validator tells of a name.
        (1, format!(r#"(module (func (export "{HOSTILE}") (export "{HOSTILE}")))"#)),
        // A name that is shown by nobody.
        (0, format!(r#"(module (@custom "{HOSTILE}" "{HOSTILE}"))"#)),
    ];
    for (code, text) in modules {
        let file = TempFile::wat(&text);
        let run = wasmote(&["run", file.path()]);
        assert_eq!(run.code, Some(code), "{text}: {}", run.stderr);
        shows_only_text(&run);
        assert!(code == 134 || run.stderr.lines().count() <= 1, "{}", run.stderr);
        if !text.contains("@custom") {
            assert!(run.stderr.contains(r"\u{1b}[2J"), "{text}: {}", run.stderr);
        }
        shows_only_text(&wasmote(&["inspect", file.path()]));
        shows_only_text(&wasmote(&["inspect", "--code", file.path()]));
    }

    let file = TempFile::wat(&format!(r#"(module (func (export "{HOSTILE}")))"#));
    let note = wasmote(&["run", file.path()]).stderr;
    let start = "note: there is no `_start`; call an export with --invoke: ";
    assert_eq!(note, format!("{start}{SHOWN}\n"));

    // No name begins a line of a backtrace.
    let file = TempFile::wat(&format!(r#"(module (func $"{HOSTILE}" unreachable) (start 0))"#));
    let stderr = wasmote(&["run", file.path()]).stderr;
    assert_eq!(stderr.lines().count(), 3, "{stderr}");
}

#[test]
fn no_script_controls_the_terminal() {
    for text in [
        format!(r#"(module (import "{HOSTILE}" "{HOSTILE}" (func)))"#),
        format!(r#"(module) (invoke "{HOSTILE}")"#),
        format!(r#"(module) (get "{HOSTILE}")"#),
        format!(r#"(module) (assert_return (get $"{HOSTILE}" "{HOSTILE}"))"#),
        format!(r#"(assert_unlinkable (module (import "{HOSTILE}" "m" (func))) "{HOSTILE}!")"#),
        format!(r#"(assert_invalid (module) "{HOSTILE}")"#),
        format!(r#"(module (func (export "f"))) (assert_trap (invoke "f") "{HOSTILE}")"#),
        format!(
            r#"(module (func $"{HOSTILE}" (export "f") unreachable))
               (assert_return (invoke "f"))"#
        ),
        format!(r#"(module quote "{HOSTILE}")"#),
        "(module \u{1b}[2J)".to_owned(),
        "(module $\"\\1b[2J\u{202e}\" (func (call $\"\\1b\")))".to_owned(),
    ] {
        let file = TempFile::new("wast", &text);
        let run = wasmote(&["wast", file.path()]);
        assert_eq!(run.code, Some(1), "{text}: {}", run.stderr);
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
        shows_only_text(&run);
        shows_only_text(&wasmote(&["run", file.path()]));
    }
}

#[test]
fn no_argument_controls_the_terminal() {
    let file = TempFile::wat(VALUES);
    for name in ["\u{1b}[2J", "a\nerror: b"] {
        shows_only_text(&wasmote(&["run", file.path(), "--invoke", name]));
        shows_only_text(&wasmote(&["run", file.path(), "--invoke", "add", "1", name]));
        for command in ["run", "inspect", "wast"] {
            let run = wasmote(&[command, name]);
            assert_eq!((run.code, run.stderr.lines().count()), (Some(1), 1), "{}", run.stderr);
            shows_only_text(&run);
        }
    }
}
