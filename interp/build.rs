//! Derives the instruction set's tables from its declarations: which statements have handlers, how
//! each is selected, encoded and read. It also chooses the dispatch back end.
//!
//! The operations come from `src/isa/operations.rs`, the statements without expressions from
//! `src/isa/statements.rs`; `shapes` below says which trees have a handler.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::{env, fs, path::Path};

include!("src/isa/hash.rs");

// ---- The declarations, as data -------------------------------------------------------------

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Class {
    Unary,
    UnaryTrapping,
    Binary,
    BinaryTrapping,
    Load,
    Store,
}

/// An operation. For a load `a` is the address's type, for a store `a` is the value's.
struct Op {
    name: &'static str,
    text: &'static str,
    class: Class,
    a: &'static str,
    r: &'static str,
    swap: &'static str,
}

macro_rules! operations {
    (
        unary { $($u:ident $utext:literal $ua:ident => $ur:ident = |$ux:ident| $ue:expr;)* }
        unary_trapping { $($v:ident $vtext:literal $va:ident => $vr:ident = |$vx:ident| $ve:expr;)* }
        binary { $($b:ident $btext:literal $ba:ident => $br:ident $(, swap $bswap:ident)? $(, not $bnot:ident)? = |$bx:ident, $by:ident| $be:expr;)* }
        binary_trapping { $($c:ident $ctext:literal $ca:ident => $cr:ident = |$cx:ident, $cy:ident| $ce:expr;)* }
        load { $($l:ident $ltext:literal $lm:ident => $lr:ident = |$lx:ident| $le:expr;)* }
        store { $($s:ident $stext:literal $sa:ident => $sm:ident = |$sx:ident| $se:expr;)* }
    ) => {
        const OPS: &[Op] = &[
            $(Op { name: stringify!($u), text: $utext, class: Class::Unary, a: stringify!($ua), r: stringify!($ur), swap: "" },)*
            $(Op { name: stringify!($v), text: $vtext, class: Class::UnaryTrapping, a: stringify!($va), r: stringify!($vr), swap: "" },)*
            $(Op { name: stringify!($b), text: $btext, class: Class::Binary, a: stringify!($ba), r: stringify!($br), swap: concat!($(stringify!($bswap))?) },)*
            $(Op { name: stringify!($c), text: $ctext, class: Class::BinaryTrapping, a: stringify!($ca), r: stringify!($cr), swap: "" },)*
            $(Op { name: stringify!($l), text: $ltext, class: Class::Load, a: "u32", r: stringify!($lr), swap: "" },)*
            $(Op { name: stringify!($s), text: $stext, class: Class::Store, a: stringify!($sa), r: stringify!($sa), swap: "" },)*
        ];
    };
}
include!("src/isa/operations.rs");

/// A statement without expressions: name, text, operand types.
type Plain = (&'static str, &'static str, &'static [&'static str]);
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident $text:literal { $($field:ident: $kind:ident),* })*) => {
        const STATEMENTS: &[Plain] = &[$((stringify!($name), $text, &[$(stringify!($kind)),*])),*];
    };
}
include!("src/isa/statements.rs");

fn op(name: &str) -> usize {
    OPS.iter().position(|o| o.name == name).unwrap_or_else(|| panic!("no operation {name}"))
}

fn ops(names: &str) -> Vec<usize> {
    names.split_whitespace().map(op).collect()
}

fn class(c: Class) -> Vec<usize> {
    (0..OPS.len()).filter(|&i| OPS[i].class == c).collect()
}

// ---- Trees ----------------------------------------------------------------------------------

/// The value types, in the order of the leaf states.
const TYPES: [&str; 4] = ["u32", "u64", "f32", "f64"];
type Type = usize;
const U32: Type = 0;
const U64: Type = 1;
const F64: Type = 3;

fn type_of(name: &str) -> Type {
    TYPES.iter().position(|t| *t == name).unwrap()
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Expr {
    Leaf(Leaf, Type),
    Un(usize, Box<Expr>),
    Bin(usize, Box<Expr>, Box<Expr>),
    Load(usize, Box<Expr>),
    Select(Box<Expr>, Box<Expr>, Box<Expr>),
}
use Expr::*;

/// In the order of the leaf states: four states (one per type) each.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Leaf {
    Slot,
    Imm,
    Imm64,
    Acc,
    Hot,
    Global,
    GlobalImport,
}
const LEAVES: [Leaf; 7] = [
    Leaf::Slot,
    Leaf::Imm,
    Leaf::Imm64,
    Leaf::Acc,
    Leaf::Hot,
    Leaf::Global,
    Leaf::GlobalImport,
];

fn slot(t: Type) -> Expr {
    Leaf(Leaf::Slot, t)
}
fn acc(t: Type) -> Expr {
    Leaf(Leaf::Acc, t)
}
/// The usual immediate of a type: f64 constants do not fit in 32 bits.
fn imm(t: Type) -> Expr {
    Leaf(if t == F64 { Leaf::Imm64 } else { Leaf::Imm }, t)
}
fn imm64(t: Type) -> Expr {
    Leaf(Leaf::Imm64, t)
}
fn un(o: usize, x: Expr) -> Expr {
    Un(o, Box::new(x))
}
fn bin(o: usize, x: Expr, y: Expr) -> Expr {
    Bin(o, Box::new(x), Box::new(y))
}
fn load(o: usize, x: Expr) -> Expr {
    Load(o, Box::new(x))
}
fn a_of(o: usize) -> Type {
    type_of(OPS[o].a)
}

impl Expr {
    fn children(&self) -> Vec<&Expr> {
        match self {
            Leaf(..) => vec![],
            Un(_, x) | Load(_, x) => vec![x],
            Bin(_, x, y) => vec![x, y],
            Select(x, y, c) => vec![x, y, c],
        }
    }
    fn ty(&self) -> Type {
        match self {
            Leaf(_, t) => *t,
            Un(o, _) | Bin(o, ..) | Load(o, _) => type_of(OPS[*o].r),
            Select(x, ..) => x.ty(),
        }
    }
    /// As a Rust type.
    fn rust(&self) -> String {
        match self {
            Leaf(l, t) => format!("{l:?}<{}>", TYPES[*t]),
            Un(o, x) => format!("Un<op::{}, {}>", OPS[*o].name, x.rust()),
            Bin(o, x, y) => format!("Bin<op::{}, {}, {}>", OPS[*o].name, x.rust(), y.rust()),
            Load(o, x) => format!("Load<op::{}, {}>", OPS[*o].name, x.rust()),
            Select(x, y, c) => format!("Select<{}, {}, {}>", x.rust(), y.rust(), c.rust()),
        }
    }
    /// As text, `$` for each operand.
    fn text(&self) -> String {
        match self {
            Leaf(Leaf::Acc, _) => "acc".into(),
            Leaf(Leaf::Hot, _) => "hot".into(),
            Leaf(Leaf::Global | Leaf::GlobalImport, _) => "global $".into(),
            Leaf(..) => "$".into(),
            Un(o, x) => format!("{}({})", OPS[*o].text, x.text()),
            Bin(o, x, y) => format!("{}({}, {})", OPS[*o].text, x.text(), y.text()),
            Load(o, x) => format!("{}($ + {})", OPS[*o].text, x.text()),
            Select(x, y, c) => format!("select({}, {}, {})", x.text(), y.text(), c.text()),
        }
    }
    /// The operand kinds, in the order of the code.
    fn operands(&self, out: &mut Vec<&'static str>) {
        match self {
            Leaf(Leaf::Slot, _) => out.push("Slot"),
            Leaf(Leaf::Imm, _) => out.push("U32"),
            Leaf(Leaf::Imm64, _) => out.push("U64"),
            Leaf(Leaf::Acc | Leaf::Hot, _) => {}
            Leaf(Leaf::Global, _) => out.push("GlobalCell"),
            Leaf(Leaf::GlobalImport, _) => out.push("GlobalPointer"),
            Load(..) => out.push("Offset"),
            _ => {}
        }
        for c in self.children() {
            c.operands(out);
        }
    }
    /// The type of the accumulator that the tree reads.
    fn reads_acc(&self) -> Option<Type> {
        match self {
            Leaf(Leaf::Acc, t) => Some(*t),
            _ => self.children().into_iter().find_map(|c| c.reads_acc()),
        }
    }
    fn reads_hot(&self) -> bool {
        matches!(self, Leaf(Leaf::Hot, _)) || self.children().into_iter().any(|c| c.reads_hot())
    }
    fn accs(&self) -> usize {
        match self {
            Leaf(Leaf::Acc, _) => 1,
            _ => self.children().into_iter().map(|c| c.accs()).sum(),
        }
    }
    /// Where the operands of each node that may trap begin, from `at` on; returns the end.
    fn trap_sites(&self, at: usize, out: &mut Vec<usize>) -> usize {
        let traps = match self {
            Load(..) => true,
            Un(o, _) | Bin(o, ..) => {
                matches!(OPS[*o].class, Class::UnaryTrapping | Class::BinaryTrapping)
            }
            _ => false,
        };
        if traps {
            out.push(at);
        }
        let own = match self {
            Leaf(Leaf::Slot, _) => 2,
            Leaf(Leaf::Acc | Leaf::Hot, _) => 0,
            Leaf(Leaf::Imm64, _) => 8,
            Leaf(..) | Load(..) => 4,
            _ => 0,
        };
        self.children().into_iter().fold(at + own, |at, c| c.trap_sites(at, out))
    }
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Stmt {
    Set(Expr),
    SetHot(Expr),
    SetAcc(Expr),
    Store(usize, Expr, Expr),
    LoadFar(usize),
    StoreFar(usize),
    SetGlobal(Expr),
    SetGlobalImport(Expr),
    BrIf(Expr),
    BrIfZero(Expr),
    BrTable(Expr),
    ReturnValue(Expr),
    Plain(usize),
    /// The metered form of a branch or a return with a value.
    Metered(Box<Stmt>),
    /// Two statements in one instruction.
    Then(Box<Stmt>, Box<Stmt>),
}
use Stmt::*;

impl Stmt {
    fn children(&self) -> Vec<&Expr> {
        match self {
            Set(x) | SetHot(x) | SetAcc(x) | SetGlobal(x) | SetGlobalImport(x) | BrIf(x) | BrIfZero(x)
            | BrTable(x) | ReturnValue(x) => vec![x],
            Store(_, x, y) => vec![x, y],
            LoadFar(_) | StoreFar(_) | Plain(_) => vec![],
            Metered(s) => s.children(),
            Then(a, b) => a.children().into_iter().chain(b.children()).collect(),
        }
    }
    fn rust(&self) -> String {
        match self {
            Store(o, x, y) => format!("Store<op::{}, {}, {}>", OPS[*o].name, x.rust(), y.rust()),
            LoadFar(o) => format!("LoadFar<op::{}>", OPS[*o].name),
            StoreFar(o) => format!("StoreFar<op::{}>", OPS[*o].name),
            Plain(i) => format!("stmt::{}", STATEMENTS[*i].0),
            Metered(s) => format!("Metered<{}>", s.rust()),
            Then(a, b) => format!("Then<{}, {}>", a.rust(), b.rust()),
            _ => format!("{}<{}>", self.head(), self.children()[0].rust()),
        }
    }
    /// The name of the statement without its expressions.
    fn head(&self) -> &'static str {
        match self {
            Set(_) => "Set",
            SetHot(_) => "SetHot",
            SetAcc(_) => "SetAcc",
            Store(o, ..) => OPS[*o].name,
            LoadFar(_) => "LoadFar",
            StoreFar(_) => "StoreFar",
            SetGlobal(_) => "SetGlobal",
            SetGlobalImport(_) => "SetGlobalImport",
            BrIf(_) => "BrIf",
            BrIfZero(_) => "BrIfZero",
            BrTable(_) => "BrTable",
            ReturnValue(_) => "ReturnValue",
            Plain(i) => STATEMENTS[*i].0,
            Metered(s) => match s.head() {
                "BrIf" => "BrIfMetered",
                "BrIfZero" => "BrIfZeroMetered",
                "BrTable" => "BrTableMetered",
                "ReturnValue" => "ReturnValueMetered",
                other => panic!("{other} has no metered form with expressions"),
            },
            Then(..) => "Then",
        }
    }
    fn text(&self) -> String {
        let child = |i: usize| self.children()[i].text();
        match self {
            Set(_) => format!("$ = {}", child(0)),
            SetHot(_) => format!("hot $ = {}", child(0)),
            SetAcc(_) => format!("acc = {}", child(0)),
            Store(o, ..) => format!("{} $ + {}, {}", OPS[*o].text, child(0), child(1)),
            LoadFar(o) => format!("{} $ $ + $ to $", OPS[*o].text),
            StoreFar(o) => format!("{} $ $ + $, $", OPS[*o].text),
            SetGlobal(_) | SetGlobalImport(_) => format!("global $ = {}", child(0)),
            BrIf(_) => format!("br_if $ {}", child(0)),
            BrIfZero(_) => format!("br_if_zero $ {}", child(0)),
            BrTable(_) => format!("br_table {} $", child(0)),
            ReturnValue(_) => format!("return $ {}", child(0)),
            Metered(s) => s.text() + if matches!(**s, BrIf(_) | BrIfZero(_)) { " fuel $ $" } else { " fuel $" },
            Then(a, b) => format!("{}; {}", a.text(), b.text()),
            Plain(i) => {
                let (_, text, operands) = STATEMENTS[*i];
                std::iter::once(text).chain(operands.iter().map(|_| "$")).collect::<Vec<_>>().join(" ")
            }
        }
    }
    /// The type of the accumulator that must be set before.
    fn reads_acc(&self) -> Option<Type> {
        match self {
            Then(a, _) => a.reads_acc(), // what the second one reads the first one sets
            _ => self.children().into_iter().find_map(|c| c.reads_acc()),
        }
    }
    fn reads_hot(&self) -> bool {
        match self {
            Then(a, b) => a.reads_hot() || b.reads_hot(),
            _ => self.children().into_iter().any(|c| c.reads_hot()),
        }
    }
    /// The operand that is the hot local's slot, of a statement that sets it.
    fn sets_hot(&self) -> Option<usize> {
        match self {
            SetHot(_) => Some(0),
            Plain(i) if STATEMENTS[*i].0 == "LoadHot" => Some(0),
            Then(a, b) => {
                a.sets_hot().or_else(|| b.sets_hot().map(|i| i + a.operands().len()))
            }
            _ => None,
        }
    }
    /// The type of the accumulator that is set after.
    fn sets_acc(&self) -> Option<Type> {
        match self {
            SetAcc(x) => Some(x.ty()),
            Then(_, b) => b.sets_acc(),
            _ => None,
        }
    }
    fn operands(&self) -> Vec<&'static str> {
        let mut out = vec![];
        if let Then(a, b) = self {
            return a.operands().into_iter().chain(b.operands()).collect();
        }
        match self {
            Set(_) | SetHot(_) => out.push("Dst"),
            Store(..) => out.push("Offset"),
            LoadFar(_) => out.extend(["MemoryIndex", "U64", "Slot", "Dst"]),
            StoreFar(_) => out.extend(["MemoryIndex", "U64", "Slot", "Slot"]),
            SetGlobal(_) => out.push("GlobalCell"),
            SetGlobalImport(_) => out.push("GlobalPointer"),
            BrIf(_) | BrIfZero(_) => out.push("Target"),
            ReturnValue(_) => out.push("Header"),
            Plain(i) => out.extend(STATEMENTS[*i].2),
            Metered(s) => {
                let charges: &[&str] = match **s {
                    BrTable(_) => &["Fuels"],
                    ReturnValue(_) => &["Fuel"],
                    _ => &["Fuel", "Fuel"],
                };
                return s.operands().into_iter().chain(charges.iter().copied()).collect();
            }
            SetAcc(_) | BrTable(_) | Then(..) => {}
        }
        for c in self.children() {
            c.operands(&mut out);
        }
        if let BrTable(_) = self {
            out.push("Targets");
        }
        out
    }
    /// Where each node that may trap has its operands, from `at` on; returns the end.
    fn trap_sites(&self, at: usize, out: &mut Vec<usize>) -> usize {
        let own = match self {
            Then(a, b) => {
                let at = a.trap_sites(at, out);
                return b.trap_sites(at, out);
            }
            Metered(s) => return s.trap_sites(at, out), // the charges come last
            Plain(_) | LoadFar(_) | StoreFar(_) | SetAcc(_) | BrTable(_) => 0,
            Set(_) | SetHot(_) | ReturnValue(_) => 2,
            BrIf(_) | BrIfZero(_) => 8,
            Store(..) => {
                out.push(at);
                4
            }
            SetGlobal(_) | SetGlobalImport(_) => 4,
        };
        self.children().into_iter().fold(at + own, |at, c| c.trap_sites(at, out))
    }
    fn straight(&self) -> bool {
        match self {
            Set(_) | SetHot(_) | SetAcc(_) | Store(..) | SetGlobal(_) | SetGlobalImport(_) => true,
            Then(a, b) => a.straight() && b.straight(),
            _ => false,
        }
    }
    fn ends(&self) -> bool {
        match self {
            Then(_, b) => return b.ends(),
            Metered(s) => return s.ends(),
            _ => {}
        }
        matches!(self, BrTable(_) | ReturnValue(_))
            || matches!(self.head(), "Br" | "BrMetered" | "Return" | "ReturnMetered" | "Unreachable" | "Done" | "Crossed")
    }
}

// ---- Which trees have handlers ----------------------------------------------------------------

#[derive(Default)]
struct Shapes {
    all: Vec<Stmt>,
    seen: BTreeSet<Stmt>,
}

impl Shapes {
    /// Registers a statement.
    fn add(&mut self, s: Stmt) {
        if !self.seen.insert(s.clone()) {
            return;
        }
        let accs = |s: &Stmt| s.children().iter().map(|e| e.accs()).sum::<usize>();
        assert!(matches!(s, Then(..)) || accs(&s) <= 1, "two accumulators: {s:?}");
        let mut sites = vec![];
        s.trap_sites(8, &mut sites);
        let distinct: BTreeSet<_> = sites.iter().collect();
        assert!(distinct.len() == sites.len(), "trap sites that cannot be told apart: {s:?}");
        self.all.push(s);
    }
    /// Registers an expression that can be cut off, into a slot or the accumulator. Every operation
    /// on leaves has both, so that any tree can be cut to pieces.
    fn expr(&mut self, e: Expr) {
        self.add(Set(e.clone()));
        self.add(SetAcc(e));
    }
    fn branch(&mut self, e: Expr) {
        self.add(BrIf(e.clone()));
        self.add(BrIfZero(e));
    }
}

/// `swap` is itself: commutative.
fn commutes(o: usize) -> bool {
    OPS[o].swap == OPS[o].name
}

fn is_compare(o: usize) -> bool {
    OPS[o].class == Class::Binary && OPS[o].r == "u32" && !commutes(o) && !OPS[o].swap.is_empty()
        || matches!(&OPS[o].name[3..], "Eq" | "Ne")
}

fn is_float(t: Type) -> bool {
    t >= 2
}

/// The operand pairs that every binary operation has, accumulators included.
fn pairs(o: usize) -> Vec<(Expr, Expr)> {
    let t = a_of(o);
    let mut v = vec![
        (slot(t), slot(t)),
        (acc(t), slot(t)),
        (slot(t), acc(t)),
        (slot(t), imm(t)),
        (acc(t), imm(t)),
    ];
    if OPS[o].swap.is_empty() {
        v.push((imm(t), slot(t)));
        v.push((imm(t), acc(t)));
    }
    v
}

fn shapes(trees: bool, meter: bool) -> Shapes {
    let mut s = Shapes::default();
    for i in 0..STATEMENTS.len() {
        s.add(Plain(i));
    }

    // base: every operation on slots, immediates and the accumulator
    for (leaf, t) in [(Leaf::Slot, U64), (Leaf::Imm, U32), (Leaf::Imm, U64), (Leaf::Imm64, U64)] {
        s.add(Set(Leaf(leaf, t)));
    }
    for (leaf, t) in [(Leaf::Imm, U32), (Leaf::Imm, U64), (Leaf::Imm, 2), (Leaf::Imm64, U64), (Leaf::Imm64, F64)] {
        s.add(SetAcc(Leaf(leaf, t)));
    }
    for t in 0..4 {
        for leaf in [Leaf::Global, Leaf::GlobalImport] {
            s.add(SetAcc(Leaf(leaf, t)));
        }
        s.add(ReturnValue(acc(t)));
        s.add(SetGlobal(acc(t)));
        s.add(SetGlobalImport(acc(t)));
    }
    for leaf in [Leaf::Global, Leaf::GlobalImport] {
        s.add(Set(Leaf(leaf, U64)));
    }
    for e in [slot(U64), imm(U32), imm(U64)] {
        s.add(ReturnValue(e.clone()));
        s.add(SetGlobal(e));
    }
    s.add(SetGlobalImport(slot(U64)));
    for e in [slot(U32), acc(U32)] {
        s.branch(e.clone());
        s.add(BrTable(e));
    }
    for o in class(Class::Unary).into_iter().chain(class(Class::UnaryTrapping)) {
        s.expr(un(o, slot(a_of(o))));
        s.expr(un(o, acc(a_of(o))));
    }
    for o in class(Class::Binary).into_iter().chain(class(Class::BinaryTrapping)) {
        for (x, y) in pairs(o) {
            s.expr(bin(o, x, y));
        }
    }
    for o in ops("I64Add I64Sub I64Mul I64And I64Or I64Xor") {
        s.expr(bin(o, slot(U64), imm64(U64)));
        s.expr(bin(o, acc(U64), imm64(U64)));
    }
    for o in class(Class::Load) {
        for a in [slot(U32), acc(U32), imm(U32)] {
            s.expr(load(o, a));
        }
        s.add(LoadFar(o));
    }
    for o in class(Class::Store) {
        let t = a_of(o);
        for a in [slot(U32), acc(U32), imm(U32)] {
            s.add(Store(o, a.clone(), slot(t)));
            s.add(Store(o, a.clone(), imm(t)));
            if a != acc(U32) {
                s.add(Store(o, a, acc(t)));
            }
        }
        s.add(StoreFar(o));
    }
    for t in 0..4 {
        for c in [slot(U32), acc(U32)] {
            let select = |x, y| Select(Box::new(x), Box::new(y), Box::new(c.clone()));
            s.expr(select(slot(t), slot(t)));
            if !is_float(t) {
                s.expr(select(slot(t), imm(t)));
                s.expr(select(imm(t), slot(t)));
                s.expr(select(imm(t), imm(t)));
            }
        }
    }
    let global = |t| Leaf(Leaf::Global, t);
    for (o, t) in [("I32Add", U32), ("I32Sub", U32), ("I64Add", U64), ("I64Sub", U64)] {
        let e = bin(op(o), global(t), imm(t));
        s.add(SetGlobal(e));
        s.add(SetGlobal(bin(op(o), slot(t), imm(t))));
    }

    // compare-branch: integer comparisons are negated, so `br_if_zero` needs none of them
    for o in class(Class::Binary).into_iter().filter(|&o| is_compare(o)) {
        for (x, y) in pairs(o) {
            let e = bin(o, x, y);
            if is_float(a_of(o)) { s.branch(e) } else { s.add(BrIf(e)) }
        }
    }
    for (x, y) in pairs(op("I32And")) {
        s.branch(bin(op("I32And"), x, y));
    }
    for x in [slot(U64), acc(U64)] {
        s.branch(un(op("I64Eqz"), x));
    }

    // address: base + index, scaled, within the access
    let add = |x, y| bin(op("I32Add"), x, y);
    let shl = || bin(op("I32Shl"), slot(U32), imm(U32));
    for o in class(Class::Load) {
        for a in [add(slot(U32), slot(U32)), add(slot(U32), imm(U32)), add(slot(U32), shl()),
            add(shl(), slot(U32)), add(acc(U32), slot(U32)), add(slot(U32), acc(U32))] {
            s.expr(load(o, a));
        }
    }
    for o in class(Class::Store) {
        let t = a_of(o);
        for a in [add(slot(U32), slot(U32)), add(slot(U32), imm(U32)), add(slot(U32), shl()), add(shl(), slot(U32))] {
            for v in [slot(t), acc(t), imm(t)] {
                s.add(Store(o, a.clone(), v));
            }
        }
    }
    if trees {
        hot(&mut s);
        deeper(&mut s);
        pairs_of_statements(&mut s);
    }
    if meter {
        metered(&mut s);
    }
    for e in s.all.iter().flat_map(|s| s.children().into_iter().cloned()).collect::<Vec<_>>() {
        check_can_be_cut(&s, &e);
    }
    s
}

/// Whatever is only part of a tree can be computed apart: any tree can be cut to pieces.
fn check_can_be_cut(s: &Shapes, e: &Expr) {
    let global = |e: &Expr| matches!(e, Leaf(Leaf::Global | Leaf::GlobalImport | Leaf::Hot, _));
    let leaves = e.children().iter().all(|c| matches!(c, Leaf(..)));
    if !matches!(e, Leaf(..)) && leaves && !e.children().into_iter().any(global) {
        for cut in [Set(e.clone()), SetAcc(e.clone())] {
            assert!(s.seen.contains(&cut), "{cut:?} is missing");
        }
    }
    for c in e.children() {
        check_can_be_cut(s, c);
    }
}

/// Statements on the hot local of a loop. What is not here reads it from its slot; what sets it is
/// followed by a `LoadHot`.
fn hot(s: &mut Shapes) {
    let all = env::var_os("WASMOTE_ALL_HOT_SHAPES").is_some(); // for profiles of what is used
    for statement in s.all.clone() {
        for variant in hot_variants(&statement) {
            if all || is_common_with_hot(&variant) {
                s.add(variant);
            }
        }
    }
}

/// A statement with slots replaced by the hot local: one operand or all that can be, the
/// destination too or not.
fn hot_variants(statement: &Stmt) -> Vec<Stmt> {
    let mut out = vec![];
    let exprs = |e: &Expr| {
        let n = e.slots_that_can_be_hot();
        let mut v: Vec<Expr> = (0..n).map(|i| e.with_hot(&mut |k| k == i)).collect();
        if n > 1 {
            v.push(e.with_hot(&mut |_| true));
        }
        v
    };
    match statement {
        Set(e) => {
            let integer = !is_float(e.ty());
            for v in exprs(e) {
                if integer && v != Leaf(Leaf::Hot, v.ty()) {
                    out.push(SetHot(v.clone()));
                }
                out.push(Set(v));
            }
            if integer {
                out.push(SetHot(e.clone()));
            }
        }
        SetAcc(e) => out.extend(exprs(e).into_iter().map(SetAcc)),
        BrIf(e) => out.extend(exprs(e).into_iter().map(BrIf)),
        BrIfZero(e) => out.extend(exprs(e).into_iter().map(BrIfZero)),
        Store(o, a, v) => {
            out.extend(exprs(a).into_iter().map(|a| Store(*o, a, v.clone())));
            out.extend(exprs(v).into_iter().map(|v| Store(*o, a.clone(), v)));
        }
        _ => {}
    }
    out
}

/// Whether a statement on the hot local has a handler without being listed: setting it to the
/// result of an operation, arithmetic on it, comparisons of it to branch on, loads from it.
fn is_common_with_hot(s: &Stmt) -> bool {
    let arithmetic = "I32Add I32Sub I32Mul I32And I32Or I32Xor I32Shl I32ShrU I32ShrS I64Add I64Mul";
    let leaves = |e: &Expr| e.children().iter().all(|c| matches!(c, Leaf(..)));
    match s {
        SetHot(Leaf(..)) => true,
        SetHot(e @ Bin(o, ..)) => OPS[*o].class == Class::Binary && leaves(e),
        SetHot(e @ Load(..)) => leaves(e),
        Set(e @ Bin(o, ..)) => ops(arithmetic).contains(o) && leaves(e),
        Set(e @ Load(..)) => leaves(e),
        BrIf(e @ Bin(o, ..)) => OPS[*o].a == "u32" && leaves(e),
        BrIf(Leaf(..)) | BrIfZero(Leaf(..)) | Set(Leaf(..)) => true,
        _ => false,
    }
}

impl Expr {
    fn slots_that_can_be_hot(&self) -> usize {
        match self {
            Leaf(Leaf::Slot, t) if !is_float(*t) => 1,
            _ => self.children().into_iter().map(|c| c.slots_that_can_be_hot()).sum(),
        }
    }
    /// With those of the slots replaced by the hot local whose numbers `which` picks.
    fn with_hot(&self, which: &mut dyn FnMut(usize) -> bool) -> Expr {
        self.hot_from(&mut 0, which)
    }
    fn hot_from(&self, n: &mut usize, which: &mut dyn FnMut(usize) -> bool) -> Expr {
        let mut go = |e: &Expr| Box::new(e.hot_from(n, which));
        match self {
            Un(o, x) => Un(*o, go(x)),
            Bin(o, x, y) => {
                let x = go(x);
                Bin(*o, x, go(y))
            }
            Load(o, x) => Load(*o, go(x)),
            Select(x, y, c) => {
                let (x, y) = (go(x), go(y));
                Select(x, y, go(c))
            }
            Leaf(Leaf::Slot, t) if !is_float(*t) => {
                *n += 1;
                Leaf(if which(*n - 1) { Leaf::Hot } else { Leaf::Slot }, *t)
            }
            leaf => leaf.clone(),
        }
    }
}

/// The metered forms of everything that ends in a branch, call or return.
fn metered(s: &mut Shapes) {
    for statement in s.all.clone() {
        if let Some(metered) = statement.metered() {
            s.add(metered);
        }
    }
}

impl Stmt {
    fn metered(&self) -> Option<Stmt> {
        match self {
            BrIf(_) | BrIfZero(_) | BrTable(_) | ReturnValue(_) => {
                Some(Metered(Box::new(self.clone())))
            }
            Plain(i) => {
                let name = format!("{}Metered", STATEMENTS[*i].0);
                STATEMENTS.iter().position(|s| s.0 == name).map(Plain)
            }
            Then(a, b) => Some(Then(a.clone(), Box::new(b.metered()?))),
            _ => None,
        }
    }
}

/// Statements with deeper trees, for hosts: those that programs use, listed in `trees.txt`.
fn deeper(s: &mut Shapes) {
    for line in lines("src/isa/trees.txt") {
        s.add(Stmt::parse(&line));
    }
}

/// Two statements and more in one instruction, for hosts: `pairs.txt` lists, one instruction a
/// line, those that programs often execute one right after the other.
fn pairs_of_statements(s: &mut Shapes) {
    for line in lines("src/isa/pairs.txt") {
        let mut statements = line.split(" ; ").map(Stmt::parse);
        let first = statements.next().unwrap();
        assert!(s.seen.contains(&first), "no such statement: {first:?}");
        statements.fold(first, |before, next| {
            assert!(s.seen.contains(&next), "no such statement: {next:?}");
            let both = Then(Box::new(before), Box::new(next));
            s.add(both.clone());
            both
        });
    }
}

/// The lines of a file that are no comments.
fn lines(path: &str) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{path}: {e}"));
    text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')).map(String::from).collect()
}

// ---- Statements as text: the Rust types that they are ------------------------------------------

/// `Name<A, B>`: the name and the arguments.
fn split_type(text: &str) -> (&str, Vec<&str>) {
    let Some((name, rest)) = text.split_once('<') else { return (text, vec![]) };
    let rest = rest.strip_suffix('>').unwrap_or_else(|| panic!("no type: {text}"));
    let (mut args, mut depth, mut start) = (vec![], 0, 0);
    for (i, c) in rest.char_indices() {
        match c {
            '<' => depth += 1,
            '>' => depth -= 1,
            ',' if depth == 0 => {
                args.push(rest[start..i].trim());
                start = i + 1;
            }
            _ => {}
        }
    }
    args.push(rest[start..].trim());
    (name, args)
}

fn parse_op(text: &str) -> usize {
    op(text.strip_prefix("op::").unwrap_or_else(|| panic!("no operation: {text}")))
}

impl Expr {
    fn parse(text: &str) -> Expr {
        let expr = |t: &str| Box::new(Expr::parse(t));
        match split_type(text) {
            ("Un", a) => Un(parse_op(a[0]), expr(a[1])),
            ("Bin", a) => Bin(parse_op(a[0]), expr(a[1]), expr(a[2])),
            ("Load", a) => Load(parse_op(a[0]), expr(a[1])),
            ("Select", a) => Select(expr(a[0]), expr(a[1]), expr(a[2])),
            (leaf, a) => {
                let kind = LEAVES.iter().find(|l| format!("{l:?}") == leaf);
                Leaf(*kind.unwrap_or_else(|| panic!("no expression: {text}")), type_of(a[0]))
            }
        }
    }
}

impl Stmt {
    fn parse(text: &str) -> Stmt {
        let (name, args) = split_type(text);
        let first = || Expr::parse(args[0]);
        match name {
            "Set" => Set(first()),
            "SetHot" => SetHot(first()),
            "SetAcc" => SetAcc(first()),
            "SetGlobal" => SetGlobal(first()),
            "SetGlobalImport" => SetGlobalImport(first()),
            "BrIf" => BrIf(first()),
            "BrIfZero" => BrIfZero(first()),
            "BrTable" => BrTable(first()),
            "ReturnValue" => ReturnValue(first()),
            "Store" => Store(parse_op(args[0]), Expr::parse(args[1]), Expr::parse(args[2])),
            plain => {
                let name = plain.strip_prefix("stmt::").unwrap_or_else(|| panic!("no statement: {text}"));
                Plain(STATEMENTS.iter().position(|s| s.0 == name).unwrap())
            }
        }
    }
}

// ---- The tables ---------------------------------------------------------------------------------

/// Numbers of the heads that are no operation, after the operations.
const HEADS: [&str; 18] = [
    "Set", "SetHot", "SetAcc", "LoadFar", "StoreFar", "SetGlobal", "SetGlobalImport", "BrIf", "BrIfZero",
    "BrTable", "ReturnValue", "SelectPair", "Select", "Then", "BrIfMetered", "BrIfZeroMetered",
    "BrTableMetered", "ReturnValueMetered",
];
/// The operand of a selection key that there is not.
const NONE: u16 = u16::MAX;

fn head(name: &str) -> u16 {
    match OPS.iter().position(|o| o.name == name) {
        Some(i) => i as u16,
        None => (OPS.len() + HEADS.iter().position(|h| *h == name).unwrap()) as u16,
    }
}

#[derive(Default)]
struct Selection {
    states: BTreeMap<Expr, u16>,
    entries: BTreeMap<(u16, u16, u16), u16>,
    next: u16,
}

impl Selection {
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
    /// The state of a tree: what the translator knows of a pending tree.
    fn state(&mut self, e: &Expr) -> u16 {
        if let Some(&s) = self.states.get(e) {
            return s;
        }
        let c: Vec<u16> = e.children().into_iter().map(|c| self.state(c)).collect();
        let s = match e {
            Leaf(..) => unreachable!("leaves are numbered first"),
            Un(o, _) | Load(o, _) => self.entry((*o as u16, c[0], NONE)),
            Bin(o, ..) => self.entry((*o as u16, c[0], c[1])),
            Select(..) => {
                let pair = self.entry((head("SelectPair"), c[0], c[1]));
                self.entry((head("Select"), pair, c[2]))
            }
        };
        self.states.insert(e.clone(), s);
        s
    }
}

fn option_kind(t: Option<Type>) -> String {
    match t {
        None => "None".into(),
        Some(t) => format!("Some(Kind::{})", ["I32", "I64", "F32", "F64"][t]),
    }
}

fn tables(shapes: &Shapes) -> String {
    let mut selection = Selection::default();
    for leaf in LEAVES {
        for t in 0..4 {
            let s = selection.fresh();
            selection.states.insert(Leaf(leaf, t), s);
        }
    }
    let numbers: BTreeMap<&Stmt, u16> =
        shapes.all.iter().enumerate().map(|(i, s)| (s, i as u16)).collect();
    let firsts: BTreeSet<&Stmt> =
        shapes.all.iter().filter_map(|s| if let Then(a, _) = s { Some(&**a) } else { None }).collect();
    let (mut handlers, mut descriptions, mut ids) = (String::new(), String::new(), String::new());
    for (i, s) in shapes.all.iter().enumerate() {
        writeln!(handlers, "    handler::<{}>,", s.rust()).unwrap();
        let operands: Vec<_> = s.operands().iter().map(|o| format!("OperandKind::{o}")).collect();
        writeln!(
            descriptions,
            "    Shape {{ text: {:?}, operands: &[{}], reads_acc: {}, sets_acc: {}, reads_hot: {}, sets_hot: {:?}, ends: {}, straight: {}, joins: {} }},",
            s.text(), operands.join(", "), option_kind(s.reads_acc()), option_kind(s.sets_acc()), s.reads_hot(), s.sets_hot(), s.ends(), s.straight(), firsts.contains(s),
        )
        .unwrap();
        let c: Vec<u16> = match s {
            Then(..) => vec![],
            _ => s.children().into_iter().map(|c| selection.state(c)).collect(),
        };
        let number = |s: &Stmt| numbers[s];
        let key = match s {
            Then(a, b) => (head("Then"), number(a), number(b)),
            Plain(p) => {
                writeln!(ids, "    pub(crate) const {}: u16 = {i};", STATEMENTS[*p].0).unwrap();
                continue;
            }
            LoadFar(o) | StoreFar(o) => (head(s.head()), *o as u16, NONE),
            Store(..) => (head(s.head()), c[0], c[1]),
            _ => (head(s.head()), c[0], NONE),
        };
        let old = selection.entries.insert(key, i as u16);
        assert!(old.is_none(), "selected twice: {s:?}");
    }

    // Most look-ups fail, so hosts get a sparse table; flash is dear.
    let sparse = shapes.all.iter().any(|s| matches!(s, Then(..)));
    let n = selection.entries.len() * if sparse { 8 } else { 5 } / 4 + 1;
    let mut table = vec![u64::MAX; n];
    for (&(h, a, b), &v) in &selection.entries {
        let key = (h as u64) << 32 | (a as u64) << 16 | b as u64;
        let mut i = slot_of(key, n);
        while table[i] != u64::MAX {
            i = (i + 1) % n;
        }
        table[i] = key << 16 | v as u64;
    }

    let mut out = String::new();
    writeln!(out, "/// The handlers, by number.\npub(crate) static HANDLERS: [Handler; {}] = [\n{handlers}];", shapes.all.len()).unwrap();
    writeln!(out, "/// What the handlers are, by number.\npub(crate) static SHAPES: [Shape; {}] = [\n{descriptions}];", shapes.all.len()).unwrap();
    let names: Vec<String> = shapes.all.iter().map(|s| s.rust()).collect();
    writeln!(out, "/// The handlers' statements as types, by number.\n#[cfg(feature = \"profile\")]\npub(crate) static NAMES: [&str; {}] = {names:?};", names.len()).unwrap();
    writeln!(out, "/// Numbers of the statements without expressions.\n#[allow(non_upper_case_globals, dead_code)]\npub(crate) mod plain {{\n{ids}}}").unwrap();
    writeln!(out, "/// Heads of the selection table that are no operation.\n#[allow(non_upper_case_globals)]\npub(crate) mod head {{").unwrap();
    for h in HEADS {
        writeln!(out, "    pub(crate) const {h}: u16 = {};", head(h)).unwrap();
    }
    writeln!(out, "    /// The operand that there is not.\n    pub(crate) const NONE: u16 = u16::MAX;\n}}").unwrap();
    writeln!(out, "/// States of the leaves, by type: i32, i64, f32, f64.\npub(crate) mod leaf {{").unwrap();
    for (i, l) in LEAVES.iter().enumerate() {
        let name = format!("{l:?}").to_uppercase();
        writeln!(out, "    pub(crate) const {name}: u16 = {};", i * 4).unwrap();
    }
    writeln!(out, "}}").unwrap();
    writeln!(out, "/// The selection table: keys of 48 bits over values of 16.\nstatic SELECT: [u64; {n}] = {table:?};").unwrap();
    out
}

/// Chained handlers need an optimiser that makes jumps of calls in tail position, and a calling
/// convention that has the machine's registers in native ones.
fn dispatch() {
    println!("cargo::rustc-check-cfg=cfg(dispatch_tail)");
    let level = env::var("OPT_LEVEL").unwrap();
    let arch = env::var("CARGO_CFG_TARGET_ARCH").unwrap();
    let optimised = matches!(level.as_str(), "2" | "3" | "s" | "z");
    let forced_loop = env::var_os("CARGO_FEATURE_LOOP_DISPATCH").is_some();
    if optimised && !forced_loop && matches!(arch.as_str(), "x86_64" | "aarch64") {
        println!("cargo::rustc-cfg=dispatch_tail");
    }
}

fn main() {
    for file in ["build.rs", "src/isa/operations.rs", "src/isa/statements.rs", "src/isa/hash.rs", "src/isa/trees.txt", "src/isa/pairs.txt"] {
        println!("cargo::rerun-if-changed={file}");
    }
    dispatch();
    let trees = env::var_os("CARGO_FEATURE_TREES").is_some();
    let metering = env::var_os("CARGO_FEATURE_METERING").is_some();
    let out = Path::new(&env::var("OUT_DIR").unwrap()).join("table.rs");
    fs::write(out, tables(&shapes(trees, metering))).unwrap();
}
