//! Programs that throw and catch: blocks of one kind or the other, nested in each other, in loops, and in functions that
//! call each other. Every step leaves a trace in a global.

use std::fmt::Write as _;

use super::program::Program;
use crate::random::Random;

/// The program of `seed`.
///
/// # Panics
///
/// If it is not valid.
pub fn program(seed: u64) -> Program {
    let mut random = Random::new(seed ^ 0x7468_726f);
    let arguments = (0..8).map(|_| random.below(300) as u64).collect();
    let text = Code::new(random).module();
    let wasm = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut validator = wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all());
    validator.validate_all(&wasm).unwrap_or_else(|error| panic!("{error}\n{text}"));
    Program { wasm, arguments }
}

/// What exceptions with each tag carry.
const TAGS: [&[&str]; 4] = [&[], &["i32"], &["i64", "i32"], &["i32"]];
/// Locals that programs set: the last ones count rounds of loops.
const LOCALS: usize = 6;
const COUNTERS: usize = 8;

struct Code {
    random: Random,
    /// Blocks of the proposal before the standard.
    legacy: bool,
    /// Functions before the current one, which it may call.
    callees: usize,
    /// The labels around, without values.
    labels: Vec<usize>,
    /// The labels of the blocks of `catch`, whose exceptions can be thrown again, and of those that `delegate` may name.
    catches: Vec<usize>,
    delegates: Vec<usize>,
    next_label: usize,
    next_note: usize,
    counters: usize,
    /// How many statements there may be.
    left: usize,
}

impl Code {
    fn new(mut random: Random) -> Code {
        Code {
            legacy: random.percent(50),
            random,
            callees: 0,
            labels: vec![],
            catches: vec![],
            delegates: vec![],
            next_label: 0,
            next_note: 0,
            counters: 0,
            left: 0,
        }
    }

    fn module(&mut self) -> String {
        let mut out = String::from(
            r#"(module
  (import "host" "a" (func $host (param i32) (result i32)))
  (type $f (func (param i32 i32) (result i32)))
  (global $trace (export "trace") (mut i64) (i64.const 0))
  (memory (export "memory") 1)
  (func $note (param i32)
    (global.set $trace (i64.rotl
      (i64.mul (i64.xor (global.get $trace) (i64.extend_i32_u (local.get 0))) (i64.const 0x100000001b3))
      (i64.const 7))))
"#,
        );
        for (number, carried) in TAGS.iter().enumerate() {
            let _ = writeln!(out, "  (tag $t{number} (param {}))", carried.join(" "));
        }
        let functions = 2 + self.random.below(5);
        let names: String = (0..functions).map(|f| format!(" $f{f}")).collect();
        let _ = writeln!(out, "  (table funcref (elem{names}))");
        for function in 0..functions {
            self.callees = function;
            self.counters = 0;
            self.left = 6 + self.random.below(40);
            let mut body = String::new();
            self.statements(&mut body, 0);
            let result = self.value(0);
            let _ = write!(
                out,
                "  (func $f{function} (export \"f{function}\") (type $f)\n    (local {}) (local $x {})\n{body}    {result})\n",
                "i32 ".repeat(LOCALS - 2 + COUNTERS),
                if self.legacy { "i32" } else { "exnref" },
            );
        }
        out + ")"
    }

    fn label(&mut self) -> usize {
        self.next_label += 1;
        self.next_label
    }

    fn local(&mut self) -> usize {
        self.random.below(LOCALS)
    }

    fn callee(&mut self) -> Option<usize> {
        (self.callees > 0).then(|| self.random.below(self.callees))
    }

    /// A number, computed somehow.
    fn value(&mut self, depth: usize) -> String {
        match self.random.below(if depth > 3 { 3 } else { 11 }) {
            0 | 1 => format!("(local.get {})", self.local()),
            2 => format!("(i32.const {})", self.random.below(20)),
            3..=5 => {
                let op = self.random.pick(&["add", "mul", "xor", "sub", "lt_s"]);
                format!("(i32.{op} {} {})", self.value(depth + 1), self.value(depth + 1))
            }
            6 => "(i32.wrap_i64 (global.get $trace))".into(),
            7 => format!("(i32.load (i32.and {} (i32.const 255)))", self.value(depth + 1)),
            8 => match self.callee() {
                Some(callee) => {
                    let (a, b) = (self.value(depth + 1), self.value(depth + 1));
                    if self.random.percent(30) {
                        format!("(call_indirect (type $f) {a} {b} (i32.const {callee}))")
                    } else {
                        format!("(call $f{callee} {a} {b})")
                    }
                }
                None => format!("(call $host {})", self.value(depth + 1)),
            },
            _ => self.value_of_block(depth),
        }
    }

    /// A number that comes out of a block with a handler, while other values wait below.
    fn value_of_block(&mut self, depth: usize) -> String {
        if self.left == 0 {
            return format!("(local.get {})", self.local());
        }
        let mut out = String::new();
        let tag = self.random.pick(&[1, 3]);
        let label = self.label();
        if self.legacy {
            let _ = writeln!(out, "(block (result i32) try $l{label} (result i32)");
            self.delegates.push(label);
            self.statements(&mut out, depth + 1);
            self.delegates.pop();
            let value = self.value(depth + 1);
            let _ = writeln!(out, "{value}\ncatch $t{tag}");
            if self.random.percent(30) {
                out += "catch_all (i32.const 77)\n";
            }
            out += "end)";
            return out;
        }
        let _ = writeln!(
            out,
            "(block $l{label} (result i32) (try_table (result i32) (catch $t{tag} $l{label})"
        );
        self.statements(&mut out, depth + 1);
        let value = self.value(depth + 1);
        out + &value + "))"
    }

    fn note(&mut self, out: &mut String) {
        self.next_note += 1;
        let _ = writeln!(out, "(call $note (i32.const {}))", self.next_note);
    }

    fn statements(&mut self, out: &mut String, depth: usize) {
        for _ in 0..1 + self.random.below(4) {
            if self.left == 0 {
                return;
            }
            self.left -= 1;
            self.statement(out, depth);
        }
    }

    fn statement(&mut self, out: &mut String, depth: usize) {
        let simple = depth > 6;
        match self.random.below(if simple { 7 } else { 18 }) {
            0 => self.note(out),
            1 | 2 => {
                let (local, value) = (self.local(), self.value(0));
                let _ = writeln!(out, "(local.set {local} {value})");
            }
            3 => {
                let (at, value) = (self.value(1), self.value(0));
                let _ = writeln!(out, "(i32.store (i32.and {at} (i32.const 255)) {value})");
            }
            4 => {
                let value = self.value(0);
                let _ = writeln!(out, "(drop {value})");
            }
            5 | 6 => {
                let cond = self.value(1);
                let _ = writeln!(out, "(if {cond} (then");
                self.leave(out);
                let _ = writeln!(out, "))");
            }
            7 | 8 => {
                let cond = self.value(1);
                let _ = writeln!(out, "(if {cond} (then");
                self.statements(out, depth + 1);
                let _ = writeln!(out, ") (else");
                self.statements(out, depth + 1);
                let _ = writeln!(out, "))");
            }
            9 | 10 if self.counters < COUNTERS => {
                let counter = LOCALS + self.counters;
                self.counters += 1;
                let label = self.label();
                let rounds = 1 + self.random.below(6);
                let _ = writeln!(out, "(local.set {counter} (i32.const {rounds})) (loop $l{label}");
                self.statements(out, depth + 1);
                let _ = writeln!(
                    out,
                    "(br_if $l{label} (local.tee {counter} (i32.sub (local.get {counter}) (i32.const 1)))))"
                );
            }
            11 => {
                let label = self.label();
                let _ = writeln!(out, "(block $l{label}");
                self.labels.push(label);
                self.delegates.push(label);
                self.statements(out, depth + 1);
                self.delegates.pop();
                self.labels.pop();
                out.push_str(")\n");
            }
            _ if self.legacy => self.try_(out, depth),
            _ => self.try_table(out, depth),
        }
    }

    /// What does not go on.
    fn leave(&mut self, out: &mut String) {
        match self.random.below(10) {
            0 if !self.labels.is_empty() => {
                let label = self.random.pick(&self.labels);
                let _ = writeln!(out, "(br $l{label})");
            }
            1 => {
                if let Some(callee) = self.callee() {
                    let (a, b) = (self.value(2), self.value(2));
                    if self.random.percent(30) {
                        let _ = writeln!(
                            out,
                            "(return_call_indirect (type $f) {a} {b} (i32.const {callee}))"
                        );
                    } else {
                        let _ = writeln!(out, "(return_call $f{callee} {a} {b})");
                    }
                }
            }
            2 => {
                let value = self.value(1);
                let _ = writeln!(out, "(return {value})");
            }
            3 if self.random.percent(30) => out.push_str("(unreachable)\n"),
            4 if !self.legacy => out.push_str(
                "(if (i32.eqz (ref.is_null (local.get $x))) (then (throw_ref (local.get $x))))\n",
            ),
            5 if !self.legacy && self.random.percent(20) => {
                out.push_str("(throw_ref (local.get $x))\n")
            }
            4..=6 if !self.catches.is_empty() => {
                let label = self.random.pick(&self.catches);
                let _ = writeln!(out, "(rethrow $l{label})");
            }
            _ => {
                let tag = self.random.below(TAGS.len());
                let carried: Vec<String> = TAGS[tag]
                    .iter()
                    .map(|ty| match (*ty, self.value(1)) {
                        ("i64", value) => format!("(i64.extend_i32_s {value})"),
                        (_, value) => value,
                    })
                    .collect();
                let _ = writeln!(out, "(throw $t{tag} {})", carried.join(" "));
            }
        }
    }

    /// Takes what an exception with a tag carries from the stack.
    fn take(&mut self, out: &mut String, tag: usize) {
        for ty in TAGS[tag].iter().rev() {
            if *ty == "i64" {
                out.push_str("(i32.wrap_i64)");
            }
            let local = self.local();
            let _ = writeln!(out, "(local.set {local})");
        }
    }

    fn try_table(&mut self, out: &mut String, depth: usize) {
        let done = self.label();
        let _ = writeln!(out, "(block $l{done}");
        self.labels.push(done);
        // From the outermost to the innermost.
        let mut clauses = vec![];
        for _ in 0..self.random.below(4) {
            let tag = Some(self.random.below(TAGS.len())).filter(|_| self.random.percent(75));
            let (label, by_reference) = (self.label(), self.random.percent(40));
            let mut types = tag.map_or(String::new(), |tag| TAGS[tag].join(" "));
            if by_reference {
                types += " exnref";
            }
            let _ = writeln!(out, "(block $l{label} (result {types})");
            clauses.push((label, tag, by_reference));
        }
        out.push_str("(try_table");
        let mut order = clauses.clone();
        if self.random.percent(50) {
            order.reverse();
        }
        for (label, tag, by_reference) in order {
            let reference = if by_reference { "_ref" } else { "" };
            let _ = match tag {
                Some(tag) => write!(out, " (catch{reference} $t{tag} $l{label})"),
                None => write!(out, " (catch_all{reference} $l{label})"),
            };
        }
        if self.random.percent(10) {
            let _ = write!(out, " (catch_all $l{done})");
        }
        out.push('\n');
        self.statements(out, depth + 1);
        let _ = writeln!(out, ")");
        for &(_, tag, by_reference) in clauses.iter().rev() {
            let _ = writeln!(out, "(br $l{done}))");
            if by_reference {
                out.push_str("(local.set $x)\n");
            }
            if let Some(tag) = tag {
                self.take(out, tag);
            }
            self.note(out);
            self.statements(out, depth + 1);
        }
        self.labels.pop();
        out.push_str(")\n");
    }

    fn try_(&mut self, out: &mut String, depth: usize) {
        let label = self.label();
        let _ = writeln!(out, "try $l{label}");
        self.labels.push(label);
        self.delegates.push(label);
        self.statements(out, depth + 1);
        if self.random.percent(20) && self.delegates.len() > 1 {
            self.delegates.pop();
            self.labels.pop();
            let to = self.random.pick(&self.delegates);
            let _ = writeln!(out, "delegate $l{to}");
            return;
        }
        self.catches.push(label);
        for _ in 0..self.random.below(3) {
            let tag = self.random.below(TAGS.len());
            let _ = writeln!(out, "catch $t{tag}");
            self.take(out, tag);
            self.note(out);
            self.statements(out, depth + 1);
        }
        if self.random.percent(50) {
            out.push_str("catch_all\n");
            self.note(out);
            self.statements(out, depth + 1);
        }
        self.catches.pop();
        self.delegates.pop();
        self.labels.pop();
        out.push_str("end\n");
    }
}
