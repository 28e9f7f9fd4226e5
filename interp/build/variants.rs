//! Variants of statements: on the pinned local of a loop, on the accumulator, and metered.

use std::env;

use crate::declarations::*;
use crate::shapes::*;
use crate::statement::*;

/// Statements on the pinned local of a loop. What is not here reads it from its slot; what sets it is
/// followed by a `LoadPinned`.
pub(crate) fn pinned(s: &mut Shapes) {
    let all = env::var_os("WASMOTE_ALL_PINNED_FORMS").is_some(); // for profiles of what is used
    for statement in s.all.clone() {
        for variant in pinned_variants(&statement) {
            if all || is_common_with_pinned(&variant) {
                s.add(variant);
            }
        }
    }
}

/// A statement with slots replaced by the pinned local: one operand or all that can be, the
/// destination too or not.
pub(crate) fn pinned_variants(statement: &Stmt) -> Vec<Stmt> {
    let variants = |e: &Expr| {
        let n = e.slots_that_can_be_pinned();
        let mut v: Vec<Expr> = (0..n).map(|i| e.with_pinned(&|k| k == i)).collect();
        if n > 1 {
            v.push(e.with_pinned(&|_| true));
        }
        v
    };
    let With { form, op, exprs } = statement else { return vec![] };
    let mut out = vec![];
    match form {
        Set => {
            let e = &exprs[0];
            let integer = !e.ty().is_float();
            for v in variants(e) {
                if integer && v != Leaf(Leaf::Pinned, v.ty()) {
                    out.push(SetPinned.of(v.clone()));
                }
                out.push(Set.of(v));
            }
            if integer {
                out.push(SetPinned.of(e.clone()));
            }
        }
        SetAcc | BrIf | BrIfZero | Store => {
            for (i, e) in exprs.iter().enumerate() {
                for v in variants(e) {
                    let mut exprs = exprs.clone();
                    exprs[i] = v;
                    out.push(form.with(*op, exprs));
                }
            }
        }
        _ => {}
    }
    out
}

/// Whether a statement on the pinned local has a handler without being listed: what sets it, which
/// would be two instructions otherwise, and what a loop ends with.
pub(crate) fn is_common_with_pinned(s: &Stmt) -> bool {
    const ARITHMETIC: &[OpId] =
        ops![I32Add I32Sub I32Mul I32And I32Or I32Xor I32Shl I32ShrU I64Add];
    const LOADS: &[OpId] = ops![I32Load I32Load8U];
    let simple = |e: &Expr| {
        let leaf = |c: &&Expr| matches!(c, Leaf(Leaf::Slot | Leaf::Imm | Leaf::Pinned, _));
        let pinned = |c: &&Expr| matches!(c, Leaf(Leaf::Pinned, _));
        let kids = e.children();
        kids.iter().all(leaf) && kids.iter().filter(|c| pinned(c)).count() < 2
    };
    let With { form, exprs, .. } = s else { return false };
    match (form, &exprs[0]) {
        (SetPinned | Set | BrIf | BrIfZero, Leaf(..)) => true,
        (SetPinned, e @ Bin(o, ..)) => ARITHMETIC.contains(o) && simple(e),
        (SetPinned, e @ Load(o, _)) => LOADS.contains(o) && simple(e),
        (BrIf, e @ Bin(o, ..)) => o.operands[0] == U32 && o.is_compare() && simple(e),
        _ => false,
    }
}

impl Expr {
    fn slots_that_can_be_pinned(&self) -> usize {
        self.slots(&|t| !t.is_float())
    }
    /// With those of the slots replaced by the pinned local whose numbers `which` picks.
    fn with_pinned(&self, which: &dyn Fn(usize) -> bool) -> Expr {
        self.with(Leaf::Pinned, &|t| !t.is_float(), which, &mut 0)
    }
    /// How many slots of types that `can` admits are read.
    fn slots(&self, can: &dyn Fn(Type) -> bool) -> usize {
        match self {
            Leaf(Leaf::Slot, t) => can(*t) as usize,
            _ => self.children().into_iter().map(|c| c.slots(can)).sum(),
        }
    }
    /// With those of these slots replaced whose numbers `which` picks; `n` is the number of the next.
    fn with(
        &self,
        leaf: Leaf,
        can: &dyn Fn(Type) -> bool,
        which: &dyn Fn(usize) -> bool,
        n: &mut usize,
    ) -> Expr {
        let mut go = |e: &Expr| Box::new(e.with(leaf, can, which, n));
        match self {
            Un(o, x) => Un(*o, go(x)),
            Bin(o, x, y) => {
                let x = go(x);
                Bin(*o, x, go(y))
            }
            Tern(o, x, y, z) => {
                let (x, y) = (go(x), go(y));
                Tern(*o, x, y, go(z))
            }
            Load(o, x) => Load(*o, go(x)),
            Test(o, x) => Test(*o, go(x)),
            Get(o, x) => Get(*o, go(x)),
            Elem(o, x, i) => {
                let x = go(x);
                Elem(*o, x, go(i))
            }
            Select(x, y, c) => {
                let (x, y) = (go(x), go(y));
                Select(x, y, go(c))
            }
            Leaf(Leaf::Slot, t) if can(*t) => {
                *n += 1;
                Leaf(if which(*n - 1) { leaf } else { Leaf::Slot }, *t)
            }
            leaf => leaf.clone(),
        }
    }
}

/// A statement with slots replaced by the accumulator of type `t`, in all ways; for profiles of
/// what is used.
pub(crate) fn acc_variants(statement: &Stmt, t: Type) -> Vec<Stmt> {
    let can = |u: Type| u == t || !u.is_float() && !t.is_float();
    let slots: usize = statement.children().iter().map(|e| e.slots(&can)).sum();
    if statement.reads_acc().is_some() || slots > 3 {
        return vec![];
    }
    let With { form, op, exprs } = statement else { return vec![] };
    let variant = |mask: usize| {
        let mut n = 0;
        let mut go = |e: &Expr| e.with(Leaf::Acc, &can, &|i| mask >> i & 1 != 0, &mut n);
        form.with(*op, exprs.iter().map(&mut go).collect())
    };
    (1..1 << slots).map(variant).collect()
}

/// The metered forms of everything that ends in a branch, call or return.
pub(crate) fn metered(s: &mut Shapes) {
    for statement in s.all.clone() {
        if let Some(metered) = statement.metered() {
            s.add(metered);
        }
    }
}

impl Stmt {
    pub(crate) fn metered(&self) -> Option<Stmt> {
        match self {
            With { form, .. } => form.metered.map(|_| Metered(Box::new(self.clone()))),
            Simple(s) => s.metered.map(Simple),
            Metered(_) => None,
            Fused(a, b) => Some(Fused(a.clone(), Box::new(b.metered()?))),
        }
    }
}
