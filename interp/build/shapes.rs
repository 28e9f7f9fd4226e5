//! Which statements have handlers.

use std::collections::BTreeSet;
use std::{env, fs};

use crate::declarations::*;
use crate::hot::{acc_variants, hot, metered};
use crate::statement::*;

#[derive(Default)]
pub(crate) struct Shapes {
    pub(crate) all: Vec<Stmt>,
    pub(crate) seen: BTreeSet<Stmt>,
}

impl Shapes {
    /// Registers a statement.
    pub(crate) fn add(&mut self, s: Stmt) {
        if !self.seen.insert(s.clone()) {
            return;
        }
        let mut sites = vec![];
        s.trap_sites(8, &mut sites);
        let distinct: BTreeSet<_> = sites.iter().collect();
        assert!(distinct.len() == sites.len(), "trap sites that cannot be told apart: {s:?}");
        self.all.push(s);
    }
    /// Registers an expression that can be cut off, into a slot or the accumulator. Every operation
    /// on leaves has both, so that any tree can be cut to pieces.
    pub(crate) fn expr(&mut self, e: Expr) {
        self.add(Set(e.clone()));
        self.add(SetAcc(e));
    }
    /// Registers a statement and what can be cut off it; in lists both are written out.
    pub(crate) fn add_with_parts(&mut self, s: Stmt) {
        let mut parts: Vec<Expr> = s.children().into_iter().cloned().collect();
        while let Some(e) = parts.pop() {
            if e.accs() == 1
                && e.children().iter().all(|c| matches!(c, Leaf(..)))
                && !matches!(e, Leaf(..))
            {
                self.expr(e.clone());
            }
            parts.extend(e.children().into_iter().cloned());
        }
        self.add(s);
    }
    pub(crate) fn branch(&mut self, e: Expr) {
        self.add(BrIf(e.clone()));
        self.add(BrIfZero(e));
    }
}

/// `swap` is itself: commutative.
pub(crate) fn commutes(o: usize) -> bool {
    OPS[o].swap == OPS[o].name
}

pub(crate) fn is_compare(o: usize) -> bool {
    OPS[o].class == Class::Binary && OPS[o].r == "u32" && !commutes(o) && !OPS[o].swap.is_empty()
        || matches!(&OPS[o].name[3..], "Eq" | "Ne")
}

pub(crate) fn is_float(t: Type) -> bool {
    t >= 2
}

/// The operand pairs that every binary operation has, accumulators included.
pub(crate) fn pairs(o: usize) -> Vec<(Expr, Expr)> {
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

pub(crate) fn shapes(trees: bool, meter: bool) -> Shapes {
    let mut s = Shapes::default();
    for i in 0..STATEMENTS.len() {
        s.add(Plain(i));
    }

    // base: every operation on slots, immediates and the accumulator
    for (leaf, t) in [(Leaf::Slot, U64), (Leaf::Imm, U32), (Leaf::Imm, U64), (Leaf::Imm64, U64)] {
        s.add(Set(Leaf(leaf, t)));
    }
    for (leaf, t) in
        [(Leaf::Imm, U32), (Leaf::Imm, U64), (Leaf::Imm, 2), (Leaf::Imm64, U64), (Leaf::Imm64, F64)]
    {
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
        for a in [
            add(slot(U32), slot(U32)),
            add(slot(U32), imm(U32)),
            add(slot(U32), shl()),
            add(shl(), slot(U32)),
            add(acc(U32), slot(U32)),
            add(slot(U32), acc(U32)),
        ] {
            s.expr(load(o, a));
        }
    }
    for o in class(Class::Store) {
        let t = a_of(o);
        for a in [
            add(slot(U32), slot(U32)),
            add(slot(U32), imm(U32)),
            add(slot(U32), shl()),
            add(shl(), slot(U32)),
        ] {
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
pub(crate) fn check_can_be_cut(s: &Shapes, e: &Expr) {
    let global = |e: &Expr| matches!(e, Leaf(Leaf::Global | Leaf::GlobalImport | Leaf::Hot, _));
    let leaves = e.children().iter().all(|c| matches!(c, Leaf(..)));
    if !matches!(e, Leaf(..)) && leaves && e.accs() < 2 && !e.children().into_iter().any(global) {
        for cut in [Set(e.clone()), SetAcc(e.clone())] {
            assert!(s.seen.contains(&cut), "{cut:?} is missing");
        }
    }
    for c in e.children() {
        check_can_be_cut(s, c);
    }
}

/// Statements with deeper trees, for hosts: those that programs use, listed in `trees.txt`.
pub(crate) fn deeper(s: &mut Shapes) {
    for line in lines("src/isa/trees.txt") {
        let tree = Stmt::parse(&line);
        if all_acc_shapes() {
            for variant in [U32, F32, F64].into_iter().flat_map(|t| acc_variants(&tree, t)) {
                s.add_with_parts(variant);
            }
        }
        s.add(tree);
    }
}

/// Whether everything may read the accumulator instead of slots: for profiles of what is used.
fn all_acc_shapes() -> bool {
    env::var_os("WASMOTE_ALL_ACC_SHAPES").is_some()
}

/// Two statements and more in one instruction, for hosts: `pairs.txt` lists, one instruction a
/// line, those that programs often execute one right after the other.
pub(crate) fn pairs_of_statements(s: &mut Shapes) {
    let all = all_acc_shapes();
    for line in lines("src/isa/pairs.txt") {
        let mut statements = line.split(" ; ").map(Stmt::parse);
        let first = statements.next().unwrap();
        assert!(s.seen.contains(&first), "no such statement: {first:?}");
        let mut befores = vec![first];
        for next in statements {
            assert!(s.seen.contains(&next), "no such statement: {next:?}");
            let mut afters = vec![];
            for before in befores {
                let both = Then(Box::new(before.clone()), Box::new(next.clone()));
                s.add(both.clone());
                afters.push(both);
                if let (true, Some(t)) = (all, before.sets_acc()) {
                    for v in acc_variants(&next, t) {
                        s.add_with_parts(v.clone());
                        let both = Then(Box::new(before.clone()), Box::new(v));
                        s.add(both.clone());
                        afters.push(both);
                    }
                }
            }
            befores = afters;
        }
    }
}

/// The lines of a file that are no comments.
pub(crate) fn lines(path: &str) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{path}: {e}"));
    text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')).map(String::from).collect()
}
