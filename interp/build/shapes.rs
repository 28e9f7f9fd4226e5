//! Which statements have handlers.

use std::collections::BTreeSet;
use std::{env, fs};

use crate::base::base;
use crate::declarations::*;
use crate::objects::objects;
use crate::statement::*;
use crate::variants::{acc_variants, metered, pinned};
use crate::vectors::vectors;

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
        let sites = s.operands().sites;
        let distinct: BTreeSet<_> = sites.iter().collect();
        assert!(distinct.len() == sites.len(), "trap sites that cannot be told apart: {s:?}");
        self.all.push(s);
    }
    /// Registers an expression that can be split off, into a slot or the accumulator.
    pub(crate) fn expr(&mut self, e: Expr) {
        self.add(Set.of(e.clone()));
        self.add(SetAcc.of(e));
    }
    /// Registers a statement and what can be split off it; in lists both are written out.
    pub(crate) fn add_with_parts(&mut self, s: Stmt) {
        let mut parts: Vec<Expr> = s.children().into_iter().cloned().collect();
        while let Some(e) = parts.pop() {
            if e.accs() == 1 && e.children().iter().all(|c| c.is_leaf()) && !e.is_leaf() {
                self.expr(e.clone());
            }
            parts.extend(e.children().into_iter().cloned());
        }
        self.add(s);
    }
    pub(crate) fn branch(&mut self, e: Expr) {
        self.add(BrIf.of(e.clone()));
        self.add(BrIfZero.of(e));
    }
}

/// The Cargo features that decide which handlers there are.
#[derive(Clone, Copy)]
pub(crate) struct Features {
    pub(crate) trees: bool,
    pub(crate) metering: bool,
    pub(crate) simd: bool,
    pub(crate) threads: bool,
    pub(crate) gc: bool,
}

pub(crate) fn shapes(features: Features) -> Shapes {
    let Features { trees, metering, simd, threads, gc } = features;
    let mut s = Shapes::default();
    for id in SimpleId::all() {
        let lacks = [
            id.trees && !trees,
            id.metering && !metering,
            id.threads && !threads,
            id.gc && !gc,
            id.simd && !simd,
        ];
        if !lacks.contains(&true) {
            s.add(Simple(id));
        }
    }
    base(&mut s, trees);
    if simd {
        vectors(&mut s, trees);
    }
    if gc {
        objects(&mut s, simd, trees);
    }
    if threads {
        shared_accesses(&mut s);
    }
    if trees {
        pinned(&mut s);
        deeper(&mut s);
        fused_statements(&mut s);
    }
    if metering {
        metered(&mut s);
    }
    for e in s.all.iter().flat_map(|s| s.children().into_iter().cloned()).collect::<Vec<_>>() {
        can_be_split(&mut s, &e);
    }
    s
}

/// Plain accesses of shared memories.
fn shared_accesses(s: &mut Shapes) {
    for o in OpId::all() {
        match o.class {
            Class::Load => s.add(SharedLoad.on(o, [])),
            Class::Store => s.add(SharedStore.on(o, [])),
            _ => {}
        }
    }
}

/// An operation that is part of a tree can be computed apart, into a slot: any tree can be split into
/// pieces.
fn can_be_split(s: &mut Shapes, e: &Expr) {
    let global = |e: &Expr| matches!(e, Leaf(Leaf::Global | Leaf::GlobalImport | Leaf::Pinned, _));
    let leaves = e.children().iter().all(|c| c.is_leaf());
    if !e.is_leaf() && leaves && e.accs() < 2 && !e.children().into_iter().any(global) {
        s.add(Set.of(e.clone()));
    }
    for c in e.children() {
        can_be_split(s, c);
    }
}

/// Statements with deeper trees, for hosts: those that programs use, listed in `trees.txt`.
pub(crate) fn deeper(s: &mut Shapes) {
    for line in lines("src/isa/trees.txt") {
        let tree = Stmt::parse(&line);
        assert_eq!(tree.notation(), line, "trees.txt");
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
    env::var_os("WASMOTE_ALL_ACC_FORMS").is_some()
}

/// Two statements and more in one instruction, for hosts: `fusions.txt` lists, one instruction a
/// line, those that programs often execute one right after the other. The parts are instructions,
/// too.
pub(crate) fn fused_statements(s: &mut Shapes) {
    let all = all_acc_shapes();
    for line in lines("src/isa/fusions.txt") {
        let mut statements = line.split("; ").map(Stmt::parse);
        let first = statements.next().unwrap();
        s.add(first.clone());
        let mut befores = vec![first];
        for next in statements {
            for before in &befores {
                assert!(
                    before.falls_through(),
                    "fusions.txt: {line}: nothing can follow {}",
                    before.rust()
                );
            }
            let name = next.rust();
            assert!(
                next.fusable(),
                "fusions.txt: {line}: {name} must be an instruction of its own"
            );
            s.add(next.clone());
            let mut afters = vec![];
            for before in befores {
                let both = Fused(Box::new(before.clone()), Box::new(next.clone()));
                s.add(both.clone());
                afters.push(both);
                if let (true, Some(t)) = (all, before.sets_acc()) {
                    for v in acc_variants(&next, t) {
                        s.add_with_parts(v.clone());
                        let both = Fused(Box::new(before.clone()), Box::new(v));
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
