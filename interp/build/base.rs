//! The handlers that need not be listed: every operation on slots, and more for what programs use.
//!
//! Only the slot forms must be there, so that any tree can be split into pieces. A constant in the
//! instruction, or a tree for an address, saves an instruction; an accumulator only the way through
//! a slot. So how often an operation is used decides which of those it has, and hosts have more.

use crate::declarations::*;
use crate::shapes::*;
use crate::statement::*;

/// How much programs use an operation.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Use {
    /// Slots, and nothing else.
    Rare,
    /// Constants, too; accumulators on hosts.
    Usual,
    /// Constants and accumulators.
    Common,
}

const COMMON: &[OpId] = ops![
    I32Add I32Sub I32Mul I32And I32Or I32Xor I32Shl I32ShrS I32ShrU
    I64Add I64Sub I64Mul I64And I64Or I64Xor I64Shl I64ShrS I64ShrU
    F64Add F64Sub F64Mul F64Div
    I32WrapI64 I64ExtendI32U I64ExtendI32S
    I32Load I32Load8U I64Load F64Load I32Store I32Store8 I64Store F64Store
];
/// What is common on hosts, and usual where handlers have to be few.
const COMMON_ON_HOSTS: &[OpId] = ops![
    F32Add F32Sub F32Mul F32Div F32Load F32Store
    I32Rotl I32Rotr I64Rotl I64Rotr
    I32Load8S I32Load16U I32Store16
];
const USUAL: &[OpId] = ops![
    I32Eqz I64Eqz I32Clz I32Ctz I64Clz I64Ctz I32Extend8S I32Extend16S
    I32Eq I32Ne I32LtS I32LtU I32GtS I32GtU I32LeS I32LeU I32GeS I32GeU
    I64Eq I64Ne I64LtS I64LtU I64GtS I64GtU I64LeS I64LeU I64GeS I64GeU
    F64Eq F64Ne F64Lt F64Gt F64Le F64Ge
    I32Rotl I32Rotr I64Rotl I64Rotr I32DivS I32DivU I32RemS I32RemU I64DivU I64RemU
    F32Add F32Sub F32Mul F32Div F64Abs F64Neg F64Sqrt
    F64ConvertI32S F64ConvertI32U
    I32Load8S I32Load16S I32Load16U I64Load8U I64Load16U I64Load32S I64Load32U F32Load
    I32Store16 I64Store32 F32Store
];

/// Adds the handlers that are not listed.
pub(crate) fn base(s: &mut Shapes, host: bool) {
    let used = |o: OpId| {
        if COMMON.contains(&o) || host && COMMON_ON_HOSTS.contains(&o) {
            Use::Common
        } else if USUAL.contains(&o) {
            Use::Usual
        } else {
            Use::Rare
        }
    };
    leaves(s);
    for o in OpId::all().filter(|o| !o.vector && !o.object) {
        match o.class {
            Class::Unary | Class::UnaryTrapping => unary(s, o, used(o), host),
            Class::Binary | Class::BinaryTrapping => {
                binary(s, o, used(o), host);
                if o.is_compare() {
                    compare_and_branch(s, o, host);
                }
            }
            Class::Load => load_forms(s, o, used(o)),
            Class::Store => store_forms(s, o, used(o)),
            class => unreachable!("{class:?} of vectors or objects"),
        }
    }
    selects(s, host);
    for (x, y) in [(slot(U32), imm(U32)), (acc(U32), imm(U32)), (slot(U32), slot(U32))] {
        s.branch(bin(OpId::I32And, x, y));
    }
    for x in [slot(U64), acc(U64)] {
        s.branch(un(OpId::I64Eqz, x));
    }
}

/// Moves of slots, constants and globals; branches on and returns of those.
fn leaves(s: &mut Shapes) {
    let global = |t| Leaf(Leaf::Global, t);
    for e in [slot(U64), imm(U32), imm(U64), imm64(U64), global(U64)] {
        s.add(Set.of(e));
    }
    s.add(Set.of(Leaf(Leaf::GlobalImport, U64)));
    for e in [global(U32), global(U64), global(F64), imm64(U64), imm64(F64)] {
        s.add(SetAcc.of(e));
    }
    for e in [slot(U64), imm(U32), imm(U64)] {
        s.add(ReturnValue.of(e.clone()));
        s.add(SetGlobal.of(e));
    }
    for t in Type::SCALARS {
        s.add(ReturnValue.of(acc(t)));
        s.add(SetGlobal.of(acc(t)));
    }
    s.add(SetGlobalImport.of(slot(U64)));
    // a stack pointer moves
    for e in [global(U32), slot(U32)] {
        s.add(SetGlobal.of(bin(OpId::I32Add, e, imm(U32))));
    }
    for e in [slot(U32), acc(U32)] {
        s.branch(e.clone());
        s.add(BrTable.of(e));
    }
}

fn unary(s: &mut Shapes, o: OpId, used: Use, host: bool) {
    let t = o.operands[0];
    s.add(Set.of(un(o, slot(t))));
    if used == Use::Common || used == Use::Usual && host {
        s.add(SetAcc.of(un(o, slot(t))));
        s.add(Set.of(un(o, acc(t))));
    }
    if used == Use::Common {
        s.add(SetAcc.of(un(o, acc(t))));
    }
}

fn binary(s: &mut Shapes, o: OpId, used: Use, host: bool) {
    let t = o.operands[0];
    let (slots, constant) = ((slot(t), slot(t)), (slot(t), imm(t)));
    let (left, right) = ((acc(t), slot(t)), (slot(t), acc(t)));
    let (left_constant, constant_left) = ((acc(t), imm(t)), (imm(t), slot(t)));
    let mut set = vec![slots.clone()];
    let mut set_acc = vec![];
    if used >= Use::Usual {
        set.push(constant.clone());
    }
    if used == Use::Common || used == Use::Usual && host {
        set.extend([left.clone(), left_constant.clone()]);
        set_acc.extend([slots, constant]);
    }
    if used == Use::Common {
        set_acc.extend([left, left_constant]);
        set.push(right.clone());
        set_acc.push(right);
        if o.swap.is_none() {
            set.push(constant_left.clone());
            set_acc.push(constant_left);
        }
        if o.swap.is_some() && t == U64 {
            set.push((slot(t), imm64(t)));
            set.push((acc(t), imm64(t)));
            set_acc.push((slot(t), imm64(t)));
        }
    }
    // The translator adds instead of subtracting a constant.
    let subtracts = o == OpId::I32Sub || o == OpId::I64Sub;
    let occurs = |(_, y): &(Expr, Expr)| !(subtracts && *y == imm(t));
    for (x, y) in set.into_iter().filter(occurs) {
        s.add(Set.of(bin(o, x, y)));
    }
    for (x, y) in set_acc.into_iter().filter(occurs) {
        s.add(SetAcc.of(bin(o, x, y)));
    }
}

/// Comparisons with an opposite are negated, so `br_if_zero` needs none of them.
fn compare_and_branch(s: &mut Shapes, o: OpId, host: bool) {
    let t = o.operands[0];
    let mut forms = vec![(slot(t), slot(t))];
    if t != F32 || host {
        forms.extend([(slot(t), imm(t)), (acc(t), imm(t))]);
    }
    if t != F32 {
        forms.push((acc(t), slot(t)));
    }
    if t == U32 {
        forms.push((slot(t), acc(t)));
    }
    for (x, y) in forms {
        let e = bin(o, x, y);
        if o.not.is_none() { s.branch(e) } else { s.add(BrIf.of(e)) }
    }
}

/// Addresses of loads and stores that are a tree: base + index, scaled or not, within the access.
fn addresses(scaled: bool) -> Vec<Expr> {
    let add = |x, y| bin(OpId::I32Add, x, y);
    let shl = || bin(OpId::I32Shl, slot(U32), imm(U32));
    let mut v = vec![add(slot(U32), slot(U32)), add(slot(U32), imm(U32))];
    if scaled {
        v.extend([add(slot(U32), shl()), add(shl(), slot(U32))]);
    }
    v
}

fn load_forms(s: &mut Shapes, o: OpId, used: Use) {
    s.add(LoadGeneral.on(o, []));
    s.add(Set.of(load(o, slot(U32))));
    if used >= Use::Usual {
        s.add(Set.of(load(o, acc(U32))));
        s.add(SetAcc.of(load(o, slot(U32))));
        for a in addresses(used == Use::Common) {
            s.add(Set.of(load(o, a.clone())));
            s.add(SetAcc.of(load(o, a)));
        }
    }
    if used == Use::Common {
        s.expr(load(o, imm(U32)));
        s.add(SetAcc.of(load(o, acc(U32))));
        for a in [(acc(U32), slot(U32)), (slot(U32), acc(U32))] {
            s.expr(load(o, bin(OpId::I32Add, a.0, a.1)));
        }
    }
}

fn store_forms(s: &mut Shapes, o: OpId, used: Use) {
    let t = o.operands[0];
    s.add(StoreGeneral.on(o, []));
    s.add(Store.on(o, [slot(U32), slot(t)]));
    if used >= Use::Usual {
        s.add(Store.on(o, [slot(U32), acc(t)]));
        s.add(Store.on(o, [slot(U32), imm(t)]));
        for a in addresses(used == Use::Common) {
            s.add(Store.on(o, [a.clone(), slot(t)]));
            s.add(Store.on(o, [a, acc(t)]));
        }
    }
    if used == Use::Common {
        s.add(Store.on(o, [acc(U32), slot(t)]));
        for v in [slot(t), imm(t), acc(t)] {
            s.add(Store.on(o, [imm(U32), v]));
        }
        for a in addresses(false) {
            s.add(Store.on(o, [a, imm(t)]));
        }
    }
}

fn selects(s: &mut Shapes, host: bool) {
    let select = |x: &Expr, y: &Expr, c| Set.of(select(x.clone(), y.clone(), c));
    for t in Type::SCALARS {
        let (a, b) = (slot(t), imm(t));
        s.add(select(&a, &a, slot(U32)));
        s.add(select(&a, &a, acc(U32)));
        if !t.is_float() {
            for (x, y) in [(&a, &b), (&b, &a), (&b, &b)] {
                s.add(select(x, y, slot(U32)));
                s.add(select(x, y, acc(U32)));
            }
        }
    }
    if host {
        // A number or a bound.
        let (a, b) = (slot(U32), imm(U32));
        for o in [OpId::I32LtS, OpId::I32GtS] {
            let beyond = || bin(o, a.clone(), b.clone());
            s.add(select(&a, &b, beyond()));
            s.add(select(&b, &a, beyond()));
        }
    }
}
