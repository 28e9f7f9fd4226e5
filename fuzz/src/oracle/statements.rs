//! Programs that make the translator use each statement that there is.
//!
//! A statement is known by its type (`Set<Bin<op::I32Add, Slot<u32>, Acc<u32>>>`), which says what code becomes of it: a
//! slot is a local, an accumulator what the statement before has set, or a part that is computed apart. That is written
//! as text, among what keeps it from becoming part of something else.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::OnceLock;

use wasmote_interp::profile::{self, Statement};

use super::program::Program;
use crate::random::Random;

/// Programs for each statement.
pub const EACH: u64 = 24;

/// The program of `seed`: a statement in one of [`EACH`] forms; nothing if code has no such statement.
pub fn program(seed: u64) -> Option<Program> {
    let statements = statements();
    let name = statements[(seed / EACH) as usize % statements.len()].name;
    let mut random = Random::new(seed ^ 0x7374_6174);
    let arguments = (0..8)
        .map(|_| if random.percent(90) { random.below(300) as u64 } else { random.wide() })
        .collect();
    let text = Code::new(seed % EACH, random).module(name)?;
    let wasm = wat::parse_str(&text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
    wasmparser::validate(&wasm).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
    Some(Program { wasm, arguments })
}

/// How many there are.
pub fn count() -> u64 {
    statements().len() as u64 * EACH
}

fn statements() -> &'static [Statement] {
    static STATEMENTS: OnceLock<Vec<Statement>> = OnceLock::new();
    STATEMENTS.get_or_init(profile::statements)
}

/// The operators that operations are, by the names of these: as statements of one operation read.
fn operator(operation: &str) -> Option<&'static str> {
    static OPERATORS: OnceLock<HashMap<&str, &str>> = OnceLock::new();
    let operators = OPERATORS.get_or_init(|| {
        let of = |Statement { name, text, .. }: &Statement| {
            let (_, rest) = name.split_once("op::")?;
            let operation = rest.split([',', '>']).next()?;
            let operator = match name.split_once('<')?.0 {
                _ if rest.contains("op::") || name.contains("Select<") => return None,
                "Set" => text.split_once("= ")?.1.split('(').next()?,
                "StoreGeneral" => text.split(' ').next()?,
                _ => return None,
            };
            Some((operation, operator))
        };
        statements().iter().filter_map(of).collect()
    });
    operators.get(operation).copied()
}

/// The type of the pinned local, if the statement reads or sets it.
fn pinned_type(name: &str) -> Option<&'static str> {
    let pinned = |ty: &str| name.contains(&format!("Pinned<{ty}>"));
    let set = name.split_once("SetPinned<").and_then(|(_, rest)| {
        let depth = |end: usize| {
            let opened = rest[..end].matches('<').count();
            opened + 1 == rest[..end].matches('>').count()
        };
        let end = (0..=rest.len()).find(|&end| depth(end))?;
        type_of(&rest[..end - 1])
    });
    match set {
        _ if pinned("u32") => Some(I32),
        None if pinned("u64") => Some("i64"),
        set => set,
    }
}

/// `Name<A, B>`: the name and the arguments.
fn split(text: &str) -> (&str, Vec<&str>) {
    let Some((name, rest)) = text.split_once('<') else { return (text, vec![]) };
    let rest = &rest[..rest.len() - 1];
    let (mut arguments, mut depth, mut start) = (vec![], 0, 0);
    for (at, c) in rest.char_indices() {
        match c {
            '<' => depth += 1,
            '>' => depth -= 1,
            ',' if depth == 0 => {
                arguments.push(rest[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    arguments.push(rest[start..].trim());
    (name, arguments)
}

/// What an accumulator holds.
#[derive(Clone)]
enum Accumulator {
    Nothing,
    /// The value of a local.
    Local(String),
    /// A part, which is yet to be computed.
    Part(String),
}

struct Code {
    form: u64,
    random: Random,
    /// Types of parameters, and of other locals.
    params: Vec<&'static str>,
    vectors: usize,
    /// Locals that are set: their types.
    set: Vec<&'static str>,
    pinned: Option<&'static str>,
    /// The type of what the next statement reads.
    wanted: Option<&'static str>,
    accumulator: Accumulator,
    /// What has to happen before.
    before: String,
    result: Option<&'static str>,
    returns_nothing: bool,
}

const I32: &str = "i32";
const V128: &str = "v128";

/// Bytes for which all relaxed operators on integers have one result.
const SEVEN_BITS: &str = "127 127 127 127 127 127 127 127 127 127 127 127 127 127 127 127";

fn wasm_type(ty: &str) -> &'static str {
    match ty {
        "u32" => I32,
        "u64" => "i64",
        "f32" => "f32",
        "f64" => "f64",
        _ => V128,
    }
}

impl Code {
    fn new(form: u64, random: Random) -> Code {
        Code {
            form,
            random,
            params: vec![I32],
            vectors: 0,
            set: vec![],
            pinned: None,
            wanted: None,
            accumulator: Accumulator::Nothing,
            before: String::new(),
            result: None,
            returns_nothing: false,
        }
    }

    /// A read of a local of its own, which is a parameter, or a vector made of one.
    fn slot(&mut self, ty: &'static str) -> String {
        if ty == V128 {
            self.vectors += 1;
            return format!("(local.get $v{})", self.vectors - 1);
        }
        self.params.push(ty);
        format!("(local.get $p{})", self.params.len() - 1)
    }

    /// A local that is set.
    fn destination(&mut self, ty: &'static str) -> String {
        self.set.push(ty);
        format!("$d{}", self.set.len() - 1)
    }

    fn constant(&mut self, ty: &'static str, wide: bool) -> String {
        let small = self.random.below(200) as i64 + 1;
        match ty {
            "i64" if wide => format!("(i64.const {})", self.random.wide() | 1 << 40),
            V128 => format!("(v128.const i64x2 {small} {})", self.random.wide()),
            _ => format!("({ty}.const {small})"),
        }
    }

    /// A part that is computed by a statement of its own, which nothing is fused with.
    fn part(&mut self, ty: &'static str) -> String {
        let slot = self.slot(ty);
        match ty {
            I32 | "i64" if self.form % 3 == 0 => format!("({ty}.popcnt {slot})"),
            I32 | "i64" => {
                let by = self.slot(ty);
                format!("({ty}.rotl {slot} {by})")
            }
            "f32" | "f64" => {
                let by = self.slot(ty);
                format!("({ty}.{} {slot} {by})", if self.form % 3 == 0 { "max" } else { "div" })
            }
            _ => format!("(i8x16.popcnt {slot})"),
        }
    }

    /// Code of an expression.
    fn expr(&mut self, text: &str) -> Option<String> {
        let (name, arguments) = split(text);
        let ty = || wasm_type(arguments[0]);
        Some(match name {
            "Slot" => self.slot(ty()),
            "Imm" => self.constant(ty(), false),
            "Imm64" | "Imm128" => self.constant(ty(), true),
            "Pinned" => "(local.get $pinned)".into(),
            "Global" => format!("(global.get ${})", ty()),
            "Acc" => match self.accumulator.clone() {
                Accumulator::Local(local) => format!("(local.get {local})"),
                Accumulator::Part(part) => part,
                Accumulator::Nothing => {
                    let part = self.part(ty());
                    if self.form % 2 == 0 {
                        self.accumulator = Accumulator::Part(part.clone());
                        return Some(part);
                    }
                    let local = self.destination(ty());
                    let _ = writeln!(self.before, "(local.set {local} {part})");
                    self.accumulator = Accumulator::Local(local.clone());
                    format!("(local.get {local})")
                }
            },
            "Select" => {
                let [x, y, c] = [0, 1, 2].map(|i| self.expr(arguments[i]));
                format!("(select {} {} {})", x?, y?, c?)
            }
            "Un" | "Bin" | "Tern" | "Load" => {
                let operation = arguments[0].split_once("op::")?.1;
                let operator = operator(operation)?;
                if operator.ends_with("madd") {
                    return None; // it rounds once or twice
                }
                let mut operands = vec![];
                for argument in &arguments[1..] {
                    operands.push(self.expr(argument)?);
                }
                if let Some(code) = self.half(operator, &operands) {
                    return Some(code);
                }
                let immediate = if name == "Load" {
                    format!(" offset={}", 8 * self.random.below(40))
                } else if operator.contains("_lane") {
                    // The number of a lane.
                    let number = operands.pop()?;
                    let number = number.rsplit([' ', ')']).nth(1)?.parse::<u32>().ok()?;
                    let lanes = operator.split_once('x')?.1.split('.').next()?;
                    format!(" {}", number % lanes.parse::<u32>().ok()?)
                } else if operator == "i8x16.shuffle" {
                    operands.pop();
                    (0..16).map(|_| format!(" {}", self.random.below(32))).collect()
                } else {
                    String::new()
                };
                format!("({operator}{immediate} {})", operands.join(" "))
            }
            _ => return None,
        })
    }

    /// Code of an operation that is only part of what an operator does.
    fn half(&mut self, operator: &str, operands: &[String]) -> Option<String> {
        let (shape, name) = operator.split_once('.')?;
        let operand = operands.first()?;
        match (shape, name) {
            // Comes after all arithmetic, if code is deterministic.
            (_, "canonical") if part_type(operand).is_some() => Some(operand.clone()),
            (_, "canonical") => Some(format!("({shape}.sqrt {operand})")),
            ("v128", "low32" | "low64") => {
                let load = if name == "low32" { "v128.load32_zero" } else { "v128.load64_zero" };
                let rest =
                    ["(i32.load", "(i64.load"].iter().find_map(|load| operand.strip_prefix(load));
                // With an address that is no part of it, the load is none either.
                let (a, b) = (self.slot(I32), self.slot(I32));
                let rest = rest.map_or(format!(" (i32.rem_u {a} {b}))"), str::to_owned);
                Some(format!("({load}{rest}"))
            }
            _ => None,
        }
    }

    /// The type of a value that is set: what is only moved has any.
    fn moved_type(&self, text: &str) -> Option<&'static str> {
        match (&self.accumulator, text) {
            (Accumulator::Local(local), "Acc<u64>") => {
                Some(self.set[local[2..].parse::<usize>().ok()?])
            }
            (Accumulator::Part(part), "Acc<u64>") => part_type(part),
            (_, "Pinned<u64>") => self.pinned,
            _ => type_of(text),
        }
    }

    /// A statement that sets a slot.
    fn set_slot(&mut self, value: &str) -> Option<String> {
        let mut ty = self.moved_type(value)?;
        let value = match (value, self.wanted) {
            ("Slot<u64>", Some(wanted)) => {
                ty = wanted;
                self.slot(ty)
            }
            ("Imm<u32>", Some("f32")) => {
                ty = "f32";
                self.constant(ty, false)
            }
            ("Imm64<u64>", Some("f64")) => {
                ty = "f64";
                self.constant(ty, false)
            }
            ("Global<u64>", Some(wanted)) => {
                ty = wanted;
                format!("(global.get ${ty})")
            }
            (value, _) => self.expr(value)?,
        };
        let local = self.destination(ty);
        let code = format!("(local.set {local} {value})");
        self.accumulator = Accumulator::Local(local);
        Some(code)
    }

    /// Code of a statement.
    fn statement(&mut self, text: &str) -> Option<String> {
        let (name, arguments) = split(text);
        let code = match name {
            "Fused" => {
                // What the second reads says what the first moves.
                let wanted = std::mem::replace(&mut self.wanted, accumulator_type(arguments[1]));
                let first = self.statement(arguments[0])?;
                self.wanted = wanted;
                return Some(first + &self.statement(arguments[1])?);
            }
            "Metered" => return self.statement(arguments[0]),
            "SetAcc" => {
                let part = self.expr(arguments[0])?;
                self.accumulator = Accumulator::Part(part);
                return Some(String::new());
            }
            "Set" => return self.set_slot(arguments[0]),
            "SetPinned" => {
                format!("(local.set $pinned {})", self.expr(arguments[0])?)
            }
            "SetGlobal" => {
                let ty = self.moved_type(arguments[0])?;
                format!("(global.set ${ty} {})", self.expr(arguments[0])?)
            }
            "Store" => {
                let operator = operator(arguments[0].split_once("op::")?.1)?;
                let (address, value) = (self.expr(arguments[1])?, self.expr(arguments[2])?);
                format!("({operator} offset={} {address} {value})", 8 * self.random.below(40))
            }
            "BrIf" => format!("(br_if $out {})", self.expr(arguments[0])?),
            "BrIfZero" => format!("(br_if $out (i32.eqz {}))", self.expr(arguments[0])?),
            "BrTable" => format!("(br_table $out $far $out {})", self.expr(arguments[0])?),
            "ReturnValue" => {
                self.result = Some(type_of(arguments[0])?);
                format!("(return {})", self.expr(arguments[0])?)
            }
            "Br" | "BrMetered" => "(br $out)".into(),
            "Return" | "ReturnMetered" => {
                self.returns_nothing = true;
                "(return)".into()
            }
            "Call" | "CallMetered" => "(call $callee)".into(),
            "CallImport" | "CallImportMetered" => "(call $host)".into(),
            "CallIndirect" | "CallIndirectMetered" => {
                "(call_indirect (type $empty) (local.get $zero))".into()
            }
            "Gather" => {
                let arguments: String = (0..9).map(|_| self.slot(I32)).collect();
                format!("(call $nine {arguments})")
            }
            "Constants" => {
                let arguments: String = (0..9).map(|_| self.constant(I32, false)).collect();
                format!("(call $nine {arguments})")
            }
            _ => return None,
        };
        self.accumulator = Accumulator::Nothing;
        Some(code)
    }

    /// The last part is an operand of something, which nobody else takes as one.
    fn use_part(&mut self) -> String {
        let Accumulator::Part(part) = self.accumulator.clone() else { return String::new() };
        let Some(ty) = part_type(&part) else { return String::new() };
        let local = self.destination(ty);
        let other = self.slot(ty);
        let by = match ty {
            I32 | "i64" => ["rotl", "rotr", "shr_s", "xor", "sub", "shr_u"][self.form as usize % 6],
            "f32" | "f64" => ["div", "sub", "mul", "add"][self.form as usize % 4],
            _ => {
                return format!(
                    "(local.set {local} (i8x16.{} {part} {other}))",
                    ["sub", "add"][self.form as usize % 2]
                );
            }
        };
        format!("(local.set {local} ({ty}.{by} {part} {other}))")
    }

    /// Declarations of the locals, and what vectors begin with.
    fn locals(&self) -> String {
        let mut out = String::new();
        for (n, ty) in self.set.iter().enumerate() {
            let name = if self.pinned.is_some() && n + 1 == self.set.len() {
                "$pinned".to_owned()
            } else {
                format!("$d{n}")
            };
            let _ = write!(out, " (local {name} {ty})");
        }
        for n in 0..self.vectors {
            let _ = write!(out, " (local $v{n} v128)");
        }
        out += " (local $i i32) (local $zero i32) (local $sum i64)\n";
        for n in 0..self.vectors {
            let _ = writeln!(
                out,
                "(local.set $v{n} (v128.and (v128.const i8x16 {SEVEN_BITS}) (i16x8.add (i32x4.splat (i32.add (local.get $p0) (i32.const {n}))) (v128.const i16x8 1 2 3 4 5 6 7 8))))"
            );
        }
        out
    }

    /// The code in blocks that it may leave, in a loop if a local is to be pinned.
    fn in_block(&self, code: &str) -> String {
        // After the end of a block nothing is known of what came before.
        let mut out = String::from("(block $far (block)\n");
        match self.pinned {
            Some(ty) => {
                let _ = writeln!(out, "(loop $again (block $out {}{code} (block))", self.before);
                for n in 0..6 {
                    let _ = writeln!(
                        out,
                        "(local.set $pinned ({ty}.add (local.get $pinned) ({ty}.const {n})))"
                    );
                }
                out += "(br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3))))";
            }
            None => {
                let _ = writeln!(
                    out,
                    "(block $out {}{code} (block) (local.set $i (i32.const 1)))",
                    self.before
                );
            }
        }
        out
    }

    /// Adds up the locals that were set.
    fn sum_of_locals(&self) -> String {
        let mut out = String::new();
        let names = (0..self.set.len()).map(|n| {
            let pinned = self.pinned.is_some() && n + 1 == self.set.len();
            (if pinned { "$pinned".to_owned() } else { format!("$d{n}") }, self.set[n])
        });
        for (name, ty) in names {
            let bits = match ty {
                I32 => format!("(i64.extend_i32_u (local.get {name}))"),
                "i64" => format!("(local.get {name})"),
                "f32" => format!(
                    "(i64.extend_i32_u (i32.reinterpret_f32 (select (f32.const 7) (local.get {name}) (f32.ne (local.get {name}) (local.get {name})))))"
                ),
                "f64" => format!(
                    "(i64.reinterpret_f64 (select (f64.const 7) (local.get {name}) (f64.ne (local.get {name}) (local.get {name}))))"
                ),
                // Bits of NaNs are not the same everywhere.
                _ => format!(
                    "(i64x2.extract_lane 1 (v128.bitselect (local.get {name}) (v128.const i64x2 0 0) (v128.and (f32x4.eq (local.get {name}) (local.get {name})) (f64x2.eq (local.get {name}) (local.get {name})))))"
                ),
            };
            let _ = writeln!(
                out,
                "(local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 31)) {bits}))"
            );
        }
        out
    }

    /// A module with a function of the statement.
    fn module(mut self, name: &str) -> Option<String> {
        self.pinned = pinned_type(name);
        let code = self.statement(name)?;
        let code = code + &self.use_part();
        if let Some(ty) = self.pinned {
            self.set.push(ty);
        }
        let mut out = String::from(
            r#"(module (type $empty (func))
              (import "host" "h" (func $host)) (memory (export "m") 1)
              (table 1 1 funcref) (elem (i32.const 0) $callee)
              (global $i32 (export "g0") (mut i32) (i32.const 40)) (global $i64 (export "g1") (mut i64) (i64.const 41))
              (global $f32 (export "g2") (mut f32) (f32.const 42)) (global $f64 (export "g3") (mut f64) (f64.const 43))
              (global $v128 (mut v128) (v128.const i64x2 1 2))
              (data (i32.const 0) "\01\02\03\04\85\06\87\08\01\02\03\04\05\06\07\08\41\42\43\44\05\f6\07\08")
              (func $callee (type $empty)) (func $nine (param i32 i32 i32 i32 i32 i32 i32 i32 i32)
                (global.set $i32 (i32.sub (local.get 8) (i32.xor (local.get 0) (i32.rotl (local.get 3) (local.get 7))))))
              (func (export "f")"#,
        );
        for (n, ty) in self.params.iter().enumerate() {
            let _ = write!(out, " (param $p{n} {ty})");
        }
        let result = match self.result {
            _ if self.returns_nothing => None,
            result => Some(result.unwrap_or("i64")),
        };
        if let Some(ty) = result {
            let _ = write!(out, " (result {ty})");
        }
        out += &self.locals();
        out += &self.in_block(&code);
        out += ")\n(local.set $sum (i64.extend_i32_u (local.get $i)))\n";
        out += &self.sum_of_locals();
        match result {
            None => {}
            Some("i64") => out += "(local.get $sum)",
            Some(I32) => out += "(i32.wrap_i64 (local.get $sum))",
            Some(ty) => {
                let _ = write!(out, "({ty}.convert_i64_s (local.get $sum))");
            }
        }
        out += "))";
        Some(out)
    }
}

/// The type of the accumulator that a statement reads first.
fn accumulator_type(statement: &str) -> Option<&'static str> {
    let statement = statement.replace("SetAcc<", "");
    let (_, rest) = statement.split_once("Acc<")?;
    ["u32", "u64", "f32", "f64", "V128"].into_iter().find(|ty| rest.starts_with(ty)).map(wasm_type)
}

/// The type of an expression's value.
fn type_of(text: &str) -> Option<&'static str> {
    let (name, arguments) = split(text);
    match name {
        "Un" | "Bin" | "Tern" | "Load" => {
            operator_type(operator(arguments[0].split_once("op::")?.1)?)
        }
        "Select" => type_of(arguments[0]),
        _ => Some(wasm_type(arguments[0])),
    }
}

/// The type of what a piece of code computes.
fn part_type(code: &str) -> Option<&'static str> {
    let operator = code.strip_prefix('(')?.split([' ', ')']).next()?;
    if operator == "select" {
        part_type(&code["(select ".len()..])
    } else {
        operator_type(operator)
    }
}

/// The type of an operator's result.
fn operator_type(operator: &str) -> Option<&'static str> {
    let (shape, name) = operator.split_once('.')?;
    let comparison = ["eqz", "eq", "ne", "lt", "gt", "le", "ge"];
    let tests = ["all_true", "any_true", "bitmask"];
    Some(match shape {
        "local" | "global" => return None,
        "i32" | "i64" | "f32" | "f64"
            if comparison.contains(&name.split('_').next()?) && !name.starts_with("extend") =>
        {
            I32
        }
        "i32" => I32,
        "i64" => "i64",
        "f32" => "f32",
        "f64" => "f64",
        _ if tests.contains(&name) => I32,
        "i8x16" | "i16x8" | "i32x4" if name.starts_with("extract_lane") => I32,
        "i64x2" if name.starts_with("extract_lane") => "i64",
        "f32x4" if name.starts_with("extract_lane") => "f32",
        "f64x2" if name.starts_with("extract_lane") => "f64",
        _ => V128,
    })
}
