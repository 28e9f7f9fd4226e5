//! Which statements on vectors have handlers.

use crate::declarations::*;
use crate::shapes::{Shapes, lines};
use crate::statement::*;

/// What programs use most: also into the accumulator, for operations that are part of a tree.
const COMMON: &[OpId] = ops![
    V128Load F32x4Add F32x4Sub F32x4Mul F64x2Add F64x2Sub F64x2Mul
    I32x4Add I32x4Sub I32x4Mul I32x4Shl I32x4ShrU I32x4ShrS I32x4DotI16x8S
    I16x8Add I16x8Sub I16x8Mul I16x8ShrU I16x8ShrS I8x16Add I8x16Sub I8x16Eq
    I16x8ExtendLowI8x16S I16x8ExtendLowI8x16U I16x8ExtendHighI8x16S I16x8ExtendHighI8x16U
    V128And V128Or V128Xor V128Not I8x16Splat I16x8Splat I32x4Splat F32x4Splat F64x2Splat
];

/// Every operation on slots, and what moves vectors; with `trees` also on the accumulator, which
/// has what the statement before has set.
pub(crate) fn vectors(s: &mut Shapes, trees: bool) {
    let constant = || Leaf(Leaf::Imm128, V128);
    s.add(Set.of(slot(V128)));
    s.add(Set.of(constant()));
    for leaf in [Leaf::Global, Leaf::GlobalImport] {
        s.add(Set.of(Leaf(leaf, V128)));
    }
    s.add(SetGlobal.of(slot(V128)));
    s.add(SetGlobalImport.of(slot(V128)));
    for c in [slot(U32), acc(U32)] {
        s.add(Set.of(select(slot(V128), slot(V128), c)));
    }

    for o in OpId::all().filter(|o| o.vector && !o.object) {
        let before = s.all.len();
        match (o.class, o.operands) {
            (Class::Unary, &[t]) => {
                s.vector(un(o, slot(t)));
                if trees || t != V128 {
                    s.vector(un(o, acc(t)));
                }
            }
            // An extracted lane: its number.
            (Class::Binary, &[_, U32]) if !o.is_operator => s.vector(bin(o, slot(V128), imm(U32))),
            (Class::Binary, &[_, t]) => {
                s.vector(bin(o, slot(V128), slot(t)));
                if trees {
                    s.vector(bin(o, acc(V128), slot(t)));
                }
                if trees && t == V128 {
                    s.vector(bin(o, slot(V128), acc(t)));
                }
                if t != V128 {
                    s.vector(bin(o, slot(V128), acc(t)));
                    s.vector(bin(o, slot(V128), imm(t)));
                }
            }
            (Class::Ternary, &[_, _, V128]) if !o.is_operator => {
                s.vector(tern(o, slot(V128), slot(V128), constant()));
            }
            (Class::Ternary, &[_, t, c]) => {
                let c = if o.is_operator { slot(c) } else { imm(c) };
                s.vector(tern(o, slot(V128), slot(t), c.clone()));
                if t != V128 {
                    s.vector(tern(o, slot(V128), acc(t), c));
                }
            }
            (Class::Load, _) => {
                for a in addresses().into_iter().chain([acc(U32)]) {
                    s.vector(load(o, a));
                }
                s.add(LoadGeneral.on(o, []));
            }
            (Class::Store, _) => {
                for a in addresses().into_iter().chain([acc(U32)]) {
                    if trees && a.accs() == 0 {
                        s.add(Store.on(o, [a.clone(), acc(V128)]));
                    }
                    s.add(Store.on(o, [a, slot(V128)]));
                }
                s.add(StoreGeneral.on(o, []));
            }
            (class, types) => unreachable!("{class:?} of {types:?}"),
        }
        if trees && COMMON.contains(&o) {
            s.also_into_accumulators(before);
        }
    }
    if trees {
        for line in lines("src/isa/vector_trees.txt") {
            s.add(Stmt::parse(&line));
        }
    }
}

/// What the address of a load or a store may be.
fn addresses() -> Vec<Expr> {
    let add = |x, y| bin(OpId::I32Add, x, y);
    vec![slot(U32), imm(U32), add(slot(U32), slot(U32)), add(slot(U32), imm(U32))]
}

impl Shapes {
    /// What sets a slot, of the statements from `first` on, sets an accumulator, too.
    fn also_into_accumulators(&mut self, first: usize) {
        let set = |statement: &Stmt| match statement {
            With { form: Set, exprs, .. } => Some(exprs[0].clone()),
            _ => None,
        };
        let sets: Vec<Expr> = self.all[first..].iter().filter_map(set).collect();
        for e in sets {
            self.add(SetAcc.of(e));
        }
    }

    /// Registers an operation: into a slot, and if its result is no vector, into the accumulator.
    fn vector(&mut self, e: Expr) {
        if e.ty() != V128 {
            self.add(SetAcc.of(e.clone()));
        }
        self.add(Set.of(e));
    }
}
