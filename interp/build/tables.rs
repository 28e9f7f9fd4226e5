//! The tables: handlers, descriptions, selection.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::declarations::*;
use crate::shapes::*;
use crate::statement::*;

include!("../src/isa/hash.rs");

/// Numbers of the heads that are no operation, after the operations.
pub(crate) const HEADS: [&str; 20] = [
    "Set",
    "SetPinned",
    "SetAcc",
    "LoadGeneral",
    "StoreGeneral",
    "SharedLoad",
    "SharedStore",
    "SetGlobal",
    "SetGlobalImport",
    "BrIf",
    "BrIfZero",
    "BrTable",
    "ReturnValue",
    "Pair",
    "Select",
    "Fused",
    "BrIfMetered",
    "BrIfZeroMetered",
    "BrTableMetered",
    "ReturnValueMetered",
];
/// The operand of a selection key that there is not.
pub(crate) const NONE: u16 = u16::MAX;

pub(crate) fn head(name: &str) -> u16 {
    match OPS.iter().position(|o| o.name == name) {
        Some(i) => i as u16,
        None => (OPS.len() + HEADS.iter().position(|h| *h == name).unwrap()) as u16,
    }
}

#[derive(Default)]
struct Selection {
    patterns: BTreeMap<Expr, u16>,
    entries: BTreeMap<(u16, u16, u16), u16>,
    next: u16,
}

impl Selection {
    /// What selects these statements, which have these numbers.
    fn of(shapes: &Shapes, numbers: &BTreeMap<&Stmt, u16>) -> Selection {
        let mut selection = Selection::default();
        for leaf in LEAVES {
            for t in 0..TYPES.len() {
                let s = selection.fresh();
                selection.patterns.insert(Leaf(leaf, t), s);
            }
        }
        for s in &shapes.all {
            let c: Vec<u16> = match s {
                Fused(..) => vec![],
                _ => s.children().into_iter().map(|c| selection.pattern(c)).collect(),
            };
            let key = match s {
                Fused(a, b) => (head("Fused"), numbers[&**a], numbers[&**b]),
                Simple(_) => continue,
                LoadGeneral(o) | StoreGeneral(o) | SharedLoad(o) | SharedStore(o) => {
                    (head(s.head()), *o as u16, NONE)
                }
                Store(..) => (head(s.head()), c[0], c[1]),
                _ => (head(s.head()), c[0], NONE),
            };
            let old = selection.entries.insert(key, numbers[s]);
            assert!(old.is_none(), "selected twice: {s:?}");
            if s.moves_any_slot() {
                for t in [U32, F32, F64] {
                    let pattern = selection.pattern(&slot(t));
                    selection.entries.insert((key.0, pattern, key.2), numbers[s]);
                }
            }
        }
        selection
    }
    fn fresh(&mut self) -> u16 {
        self.next += 1;
        self.next - 1
    }
    fn entry(&mut self, key: (u16, u16, u16)) -> u16 {
        if let Some(&v) = self.entries.get(&key) {
            return v;
        }
        let v = self.fresh();
        self.entries.insert(key, v);
        v
    }
    /// The pattern of a tree: what the translator knows of a pending tree.
    fn pattern(&mut self, e: &Expr) -> u16 {
        if let Some(&s) = self.patterns.get(e) {
            return s;
        }
        let c: Vec<u16> = e.children().into_iter().map(|c| self.pattern(c)).collect();
        let s = match e {
            Leaf(..) => unreachable!("leaves are numbered first"),
            Un(o, _) | Load(o, _) => self.entry((*o as u16, c[0], NONE)),
            Bin(o, ..) => self.entry((*o as u16, c[0], c[1])),
            Select(..) | Tern(..) => {
                let of = if let Tern(o, ..) = e { *o as u16 } else { head("Select") };
                let pair = self.entry((head("Pair"), c[0], c[1]));
                self.entry((of, pair, c[2]))
            }
        };
        self.patterns.insert(e.clone(), s);
        s
    }
}

pub(crate) fn option_kind(t: Option<Type>) -> String {
    match t {
        None => "None".into(),
        Some(t) => format!("Some(Kind::{})", ["I32", "I64", "F32", "F64", "V128"][t]),
    }
}

/// Where in `all` the elements of `part` are, in a row; they are added if they are not there.
fn part_of(all: &mut Vec<&'static str>, part: &[&'static str]) -> usize {
    if part.is_empty() {
        return 0;
    }
    let found = all.windows(part.len()).position(|w| w == part);
    found.unwrap_or_else(|| {
        all.extend(part);
        all.len() - part.len()
    })
}

pub(crate) fn tables(shapes: &Shapes) -> String {
    let numbers: BTreeMap<&Stmt, u16> =
        shapes.all.iter().enumerate().map(|(i, s)| (s, i as u16)).collect();
    let mut out = String::new();
    handlers(&mut out, shapes, &numbers);
    selection(&mut out, shapes, &numbers);
    fuses(&mut out, shapes);
    out
}

/// The handlers, and what the disassembler, the verifier and the encoder need to know of each.
fn handlers(out: &mut String, shapes: &Shapes, numbers: &BTreeMap<&Stmt, u16>) {
    let (mut handlers, mut descriptions, mut ids) = (String::new(), String::new(), String::new());
    let (mut texts, mut operands) = (String::new(), Vec::new());
    for s in &shapes.all {
        writeln!(handlers, "    handler::<{}>,", s.rust()).unwrap();
        let (text, kinds) = (s.text(), s.operands());
        writeln!(
            descriptions,
            "    Shape {{ text: {}, text_len: {}, operands: {}, operands_len: {}, reads_acc: {}, sets_acc: {}, reads_pinned: {}, sets_pinned: {:?}, ends: {}, falls_through: {} }},",
            texts.len(), text.len(), part_of(&mut operands, &kinds), kinds.len(), option_kind(s.reads_acc()), option_kind(s.sets_acc()), s.reads_pinned(), s.sets_pinned(), s.ends(), s.falls_through(),
        )
        .unwrap();
        texts += &text;
    }

    // What no code of this build has stands for `unreachable`.
    let nothing = simple("Unreachable");
    let mut simple_operands = BTreeMap::new();
    for (p, (name, ..)) in STATEMENTS.iter().enumerate() {
        let number = *numbers.get(&Simple(p)).unwrap_or(&numbers[&nothing]);
        writeln!(ids, "    pub(crate) const {name}: u16 = {number};").unwrap();
        let kinds = shapes.all[number as usize].operands();
        simple_operands.insert(number, (part_of(&mut operands, &kinds), kinds.len()));
    }
    assert!(simple_operands.keys().copied().eq(0..simple_operands.len() as u16), "they come first");

    let n = shapes.all.len();
    writeln!(
        out,
        "/// The handlers, by number.\npub(crate) static HANDLERS: [Handler; {n}] = [\n{handlers}];"
    )
    .unwrap();
    writeln!(out, "/// What the handlers are, by number.\npub(crate) static SHAPES: [Shape; {n}] = [\n{descriptions}];").unwrap();
    writeln!(out, "/// Their texts, one after the other.\nstatic TEXTS: &str = {texts:?};")
        .unwrap();
    let kinds: Vec<_> = operands.iter().map(|o| format!("OperandKind::{o}")).collect();
    writeln!(
        out,
        "/// Lists of operands, overlapping.\nstatic OPERANDS: [OperandKind; {}] = [{}];",
        kinds.len(),
        kinds.join(", ")
    )
    .unwrap();
    let names: Vec<String> = shapes.all.iter().map(|s| s.rust()).collect();
    let notations: Vec<String> = shapes.all.iter().map(|s| s.notation()).collect();
    writeln!(out, "/// The handlers' statements in the notation of the lists, by number.\n#[cfg(feature = \"profile\")]\npub(crate) static NOTATIONS: [&str; {n}] = {notations:?};").unwrap();
    writeln!(out, "/// The handlers' statements as types, by number.\n#[cfg(feature = \"profile\")]\npub(crate) static NAMES: [&str; {n}] = {names:?};").unwrap();
    let simple_operands: Vec<_> = simple_operands.into_values().collect();
    writeln!(out, "/// Where the operands of the statements without expressions are, which come first.\nstatic SIMPLE_OPERANDS: [(u16, u8); {}] = {simple_operands:?};", simple_operands.len()).unwrap();
    writeln!(out, "/// Numbers of the statements without expressions.\n#[allow(non_upper_case_globals, dead_code)]\npub(crate) mod simple {{\n{ids}}}").unwrap();
}

/// The selection table, and the names of what it is asked for: heads, and patterns of leaves.
fn selection(out: &mut String, shapes: &Shapes, numbers: &BTreeMap<&Stmt, u16>) {
    writeln!(out, "/// Heads of the selection table that are no operation.\n#[allow(non_upper_case_globals)]\npub(crate) mod head {{").unwrap();
    for h in HEADS {
        writeln!(out, "    pub(crate) const {h}: u16 = {};", head(h)).unwrap();
    }
    writeln!(
        out,
        "    /// The operand that there is not.\n    pub(crate) const NONE: u16 = u16::MAX;\n}}"
    )
    .unwrap();
    writeln!(
        out,
        "/// States of the leaves, by type: i32, i64, f32, f64, v128.\npub(crate) mod leaf {{"
    )
    .unwrap();
    for (i, l) in LEAVES.iter().enumerate() {
        let name = format!("{l:?}").to_uppercase();
        writeln!(out, "    pub(crate) const {name}: u16 = {};", i * TYPES.len()).unwrap();
    }
    writeln!(out, "}}").unwrap();
    let entries = Selection::of(shapes, numbers).entries;
    // Most look-ups fail, so hosts get a sparse table; flash is dear.
    let sparse = shapes.all.iter().any(|s| matches!(s, Fused(..)));
    let n = entries.len() * if sparse { 8 } else { 5 } / 4 + 1;
    let mut table = vec![u64::MAX; n];
    for ((h, a, b), v) in entries {
        let key = (h as u64) << 32 | (a as u64) << 16 | b as u64;
        let mut i = slot_of(key, n);
        while table[i] != u64::MAX {
            i = (i + 1) % n;
        }
        table[i] = key << 16 | v as u64;
    }
    writeln!(out, "/// The selection table: keys of 48 bits over values of 16.\nstatic SELECT: [u64; {n}] = {table:?};").unwrap();
}

/// The handlers that are the first of two statements in some instruction.
fn fuses(out: &mut String, shapes: &Shapes) {
    let firsts: BTreeSet<&Stmt> = shapes
        .all
        .iter()
        .filter_map(|s| if let Fused(a, _) = s { Some(&**a) } else { None })
        .collect();
    let mut fuses = vec![0u64; shapes.all.len().div_ceil(64)];
    for (i, _) in shapes.all.iter().enumerate().filter(|(_, s)| firsts.contains(s)) {
        fuses[i / 64] |= 1 << (i % 64);
    }
    writeln!(out, "/// Which handlers are the first of two in some instruction, as a set.\nstatic FUSES: [u64; {}] = {fuses:?};", fuses.len()).unwrap();
}

/// The operations by number, and what the translator needs to know of each.
pub(crate) fn operations() -> String {
    let mut out = String::new();
    let (mut names, mut infos) = (String::new(), String::new());
    let other = |name: &str| match name {
        "" => "None".into(),
        name => format!("Some(Op::{name})"),
    };
    for op in OPS.iter() {
        let kind = option_kind(Some(type_of(op.r)));
        let traps = !matches!(op.class, Class::Unary | Class::Binary | Class::Ternary);
        let width = match op.m {
            "" => "0".into(),
            m => m
                .trim_start_matches(|c: char| !c.is_ascii_digit())
                .parse::<u32>()
                .map(|bits| bits / 8)
                .unwrap()
                .to_string(),
        };
        writeln!(names, "    {},", op.name).unwrap();
        writeln!(
            infos,
            "    OpInfo {{ result: {}, traps: {traps}, width: {width}, swap: {}, not: {}, canonical: {} }},",
            &kind[5..kind.len() - 1],
            other(op.swap),
            other(op.not),
            other(op.canonical().unwrap_or_default()),
        )
        .unwrap();
    }
    writeln!(out, "/// Every operation, numbered in the order of the declarations.\n#[derive(Clone, Copy, PartialEq, Eq, Debug)]\n#[repr(u16)]\npub(crate) enum Op {{\n{names}}}").unwrap();
    writeln!(out, "/// What the translator needs to know of the operations, by number.\npub(crate) static OPS: [OpInfo; {}] = [\n{infos}];", OPS.len()).unwrap();
    out
}

/// The translator's methods for the operators that are operations, by the names of wasmparser's
/// visitor.
pub(crate) fn visits() -> String {
    let mut out = String::from("impl Function<'_> {\n");
    for op in OPS.iter().filter(|op| op.is_operator) {
        let (name, visit) = (op.name, op.text.replace('.', "_"));
        let (argument, call) = match op.class {
            Class::Unary | Class::UnaryTrapping => ("", format!("unary(Op::{name})")),
            Class::Binary | Class::BinaryTrapping => ("", format!("binary(Op::{name})")),
            Class::Ternary => ("", format!("ternary(Op::{name})")),
            Class::Load => (", memarg: MemArg", format!("load(Op::{name}, memarg)")),
            Class::Store => (", memarg: MemArg", format!("store_to(Op::{name}, memarg)")),
        };
        writeln!(out, "    #[inline]\n    pub(super) fn visit_{visit}(&mut self{argument}) {{\n        self.{call};\n    }}").unwrap();
    }
    out + "}\n"
}

/// The same for the atomic operations.
pub(crate) fn atomic_visits() -> String {
    let mut out = String::from("impl Function<'_> {\n");
    for (name, text, class) in ATOMICS {
        let visit = text.replace('.', "_");
        writeln!(out, "    pub(super) fn visit_{visit}(&mut self, memarg: MemArg) {{\n        self.atomic_{class}(AtomicOp::{name}, memarg);\n    }}").unwrap();
    }
    out + "}\n"
}
