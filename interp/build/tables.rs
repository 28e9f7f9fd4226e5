//! The tables: handlers, descriptions, selection.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::declarations::*;
use crate::operand::OperandKind;
use crate::shapes::*;
use crate::statement::*;

include!("../src/isa/hash.rs");

/// What a selection key begins with.
#[derive(Clone, Copy)]
enum Head {
    /// An operation: in an expression, or the store of it.
    Op(OpId),
    Form(Form),
    Metered(Form),
    /// The first two operands of three.
    Pair,
    Select,
    Fused,
}
/// The operand of a selection key that there is not.
const NONE: u16 = u16::MAX;

impl Head {
    /// All but operations.
    fn all() -> impl Iterator<Item = Head> {
        let forms = || Form::ALL.iter().copied();
        let stored = |form: &Form| form.op && !form.wanted.is_empty();
        let metered = forms().filter(|form| form.metered.is_some()).map(Head::Metered);
        let others = [Head::Pair, Head::Select, Head::Fused];
        forms().filter(move |form| !stored(form)).map(Head::Form).chain(others).chain(metered)
    }

    fn name(self) -> String {
        match self {
            Head::Op(op) => op.name.into(),
            Head::Form(form) => form.name.into(),
            Head::Metered(form) => format!("{}Metered", form.name),
            Head::Pair => "Pair".into(),
            Head::Select => "Select".into(),
            Head::Fused => "Fused".into(),
        }
    }

    /// Operations have their own numbers, others come after them.
    fn number(self) -> u16 {
        let name = self.name();
        let place = || Head::all().position(|head| head.name() == name).expect("it is there");
        let number = match self {
            Head::Op(op) => op.number(),
            _ => OpId::all().count() + place(),
        };
        number as u16
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
            for t in Type::ALL {
                let s = selection.fresh();
                selection.patterns.insert(Leaf(leaf, t), s);
            }
        }
        for s in &shapes.all {
            let key = match s {
                Simple(_) => continue,
                Fused(a, b) => (Head::Fused, numbers[&**a], numbers[&**b]),
                With { form, op, exprs } => selection.key(*form, *op, exprs),
                Metered(s) => {
                    let With { form, op, exprs } = &**s else { panic!("{s:?} is metered") };
                    let (_, x, y) = selection.key(*form, *op, exprs);
                    (Head::Metered(*form), x, y)
                }
            };
            let key = (key.0.number(), key.1, key.2);
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
    /// What selects a statement with expressions.
    fn key(&mut self, form: Form, op: Option<OpId>, exprs: &[Expr]) -> (Head, u16, u16) {
        match (op, exprs) {
            (Some(op), []) => (Head::Form(form), op.number() as u16, NONE),
            (Some(op), [x]) => (Head::Op(op), self.pattern(x), NONE),
            (Some(op), [x, y]) => (Head::Op(op), self.pattern(x), self.pattern(y)),
            (Some(op), [x, y, z]) => {
                let (x, y) = (self.pattern(x), self.pattern(y));
                (Head::Op(op), self.entry((Head::Pair.number(), x, y)), self.pattern(z))
            }
            (None, [x]) => (Head::Form(form), self.pattern(x), NONE),
            _ => panic!("{form:?} has no key"),
        }
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
            Un(o, _) | Load(o, _) | Test(o, _) | Get(o, _) => {
                self.entry((o.number() as u16, c[0], NONE))
            }
            Bin(o, ..) | Elem(o, ..) => self.entry((o.number() as u16, c[0], c[1])),
            Select(..) | Tern(..) => {
                let of = if let Tern(o, ..) = e { Head::Op(*o) } else { Head::Select };
                let pair = self.entry((Head::Pair.number(), c[0], c[1]));
                self.entry((of.number(), pair, c[2]))
            }
        };
        self.patterns.insert(e.clone(), s);
        s
    }
}

pub(crate) fn option_kind(t: Option<Type>) -> String {
    match t {
        None => "None".into(),
        Some(t) => format!("Some({})", t.kind()),
    }
}

/// Where in `all` the elements of `part` are, in a row; they are added if they are not there.
fn part_of(all: &mut Vec<OperandKind>, part: &[OperandKind]) -> usize {
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
        let (text, kinds) = (s.text(), s.operands().kinds);
        writeln!(
            descriptions,
            "    Shape {{ text: {}, text_len: {}, operands: {}, operands_len: {}, reads_acc: {}, sets_acc: {}, reads_pinned: {}, sets_pinned: {:?}, ends: {}, falls_through: {} }},",
            texts.len(), text.len(), part_of(&mut operands, &kinds), kinds.len(), option_kind(s.reads_acc()), option_kind(s.sets_acc()), s.reads_pinned(), s.sets_pinned(), s.ends(), s.falls_through(),
        )
        .unwrap();
        texts += &text;
    }

    // What no code of this build has stands for `unreachable`.
    let nothing = Simple(SimpleId::Unreachable);
    let mut simple_operands = BTreeMap::new();
    for s in SimpleId::all() {
        let number = *numbers.get(&Simple(s)).unwrap_or(&numbers[&nothing]);
        writeln!(ids, "    pub(crate) const {}: u16 = {number};", s.name).unwrap();
        let kinds = shapes.all[number as usize].operands().kinds;
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
    let kinds: Vec<_> = operands.iter().map(|o| format!("OperandKind::{o:?}")).collect();
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
    for head in Head::all() {
        writeln!(out, "    pub(crate) const {}: u16 = {};", head.name(), head.number()).unwrap();
    }
    writeln!(
        out,
        "    /// The operand that there is not.\n    pub(crate) const NONE: u16 = u16::MAX;\n}}"
    )
    .unwrap();
    writeln!(out, "/// Kinds of leaves, in the order of their patterns, one for each type of values.\n#[derive(Clone, Copy, PartialEq, Eq, Debug)]\n#[repr(u16)]\npub(crate) enum Leaf {{").unwrap();
    for leaf in LEAVES {
        writeln!(out, "    {leaf:?},").unwrap();
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
    writeln!(out, "/// The selection table: keys of 48 bits over values of 16.\npub(super) static SELECT: [u64; {n}] = {table:?};").unwrap();
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
    let other = |op: Option<OpId>| match op {
        None => "None".into(),
        Some(op) => format!("Some(Op::{})", op.name),
    };
    for op in OpId::all() {
        writeln!(names, "    {},", op.name).unwrap();
        writeln!(
            infos,
            "    OpInfo {{ result: {}, traps: {}, width: {}, swap: {}, not: {}, canonical: {} }},",
            op.result.kind(),
            op.traps(),
            op.width,
            other(op.swap),
            other(op.not),
            other(op.canonical()),
        )
        .unwrap();
    }
    writeln!(out, "/// Every operation, numbered in the order of the declarations.\n#[derive(Clone, Copy, PartialEq, Eq, Debug)]\n#[repr(u16)]\n#[cfg_attr(not(feature = \"gc\"), allow(dead_code))]\npub(crate) enum Op {{\n{names}}}").unwrap();
    writeln!(out, "/// What the translator needs to know of the operations, by number.\npub(crate) static OPS: [OpInfo; {}] = [\n{infos}];", OpId::all().count()).unwrap();
    out
}

/// The translator's methods for the operators that are operations, by the names of wasmparser's
/// visitor.
pub(crate) fn visits() -> String {
    let mut out = String::from("impl Function<'_> {\n");
    for op in OpId::all().filter(|op| op.is_operator) {
        let (name, visit) = (op.name, op.text.replace('.', "_"));
        let (argument, call) = match op.class {
            Class::Unary | Class::UnaryTrapping => ("", format!("unary(Op::{name})")),
            Class::Binary | Class::BinaryTrapping => ("", format!("binary(Op::{name})")),
            Class::Ternary => ("", format!("ternary(Op::{name})")),
            Class::Load => (", memarg: MemArg", format!("load(Op::{name}, memarg)")),
            Class::Store => (", memarg: MemArg", format!("store_to(Op::{name}, memarg)")),
            Class::Test | Class::Cast | Class::Get | Class::Put => {
                unreachable!("{name} is part of several operators")
            }
        };
        let unused = if op.object {
            "    #[cfg_attr(not(feature = \"gc\"), allow(dead_code))]\n"
        } else {
            ""
        };
        writeln!(out, "{unused}    #[inline]\n    pub(super) fn visit_{visit}(&mut self{argument}) {{\n        self.{call};\n    }}").unwrap();
    }
    out + "}\n"
}

/// The same for the atomic operations.
pub(crate) fn atomic_visits() -> String {
    let mut out = String::from("impl Function<'_> {\n");
    for Atomic { name, text, class } in ATOMICS {
        let visit = text.replace('.', "_");
        writeln!(out, "    pub(super) fn visit_{visit}(&mut self, memarg: MemArg) {{\n        self.atomic_{class}(AtomicOp::{name}, memarg);\n    }}").unwrap();
    }
    out + "}\n"
}
