//! The functions under test: an operator with its operands in each place where a value can be, over what lies below, its
//! results used in each way in which values are used.

use super::code::*;
use super::module::*;
use super::specs::{SCRATCH, Spec, values};
use super::table::{Imm, Ins, Op, Signature, Ty, V};
/// Where an operand is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Constant,
    Local,
    /// A pending tree.
    Tree,
    /// Computed before, in its slot.
    Spilled,
    /// Set by the last statement.
    Accumulator,
    /// In the pinned register of a loop.
    Pinned,
    Global,
    Load,
}

impl Kind {
    pub(crate) const ALL: [Kind; 8] = [
        Kind::Constant,
        Kind::Local,
        Kind::Tree,
        Kind::Spilled,
        Kind::Accumulator,
        Kind::Pinned,
        Kind::Global,
        Kind::Load,
    ];
}

/// What lies on the stack below the operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Below {
    Nothing,
    Constant,
    Local,
    /// Of operations that have no form but their own, so that it needs slots when it is computed.
    Tree,
    Load,
    Global,
    Spilled,
    /// A tree that reads a value in its slot.
    TreeOfSpilled,
    /// Reads of the local that is set on the way to the operands.
    Overwritten,
    Several,
}

impl Below {
    pub(crate) const ALL: [Below; 10] = [
        Below::Nothing,
        Below::Constant,
        Below::Local,
        Below::Tree,
        Below::Load,
        Below::Global,
        Below::Spilled,
        Below::TreeOfSpilled,
        Below::Overwritten,
        Below::Several,
    ];
}

/// What becomes of the results.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Use {
    /// They are there when the function ends.
    Left,
    Set,
    Return,
    /// They are returned over what lies below, which is dropped.
    ReturnAlone,
    Global,
    Stored,
    /// An operand of a further operation, left or right.
    Operand,
    OtherOperand,
    If,
    BranchIf,
    BranchUnless,
    LoopAgain,
    Select,
    Drop,
}

impl Use {
    const ALL: [Use; 14] = [
        Use::Left,
        Use::Set,
        Use::BranchIf,
        Use::Operand,
        Use::Stored,
        Use::If,
        Use::Return,
        Use::BranchUnless,
        Use::Global,
        Use::OtherOperand,
        Use::LoopAgain,
        Use::ReturnAlone,
        Use::Select,
        Use::Drop,
    ];

    /// Whether these results can be used so.
    fn takes(self, results: &[Ty]) -> bool {
        let number = |ty: Ty| matches!(ty, Ty::I32 | Ty::I64);
        match self {
            Use::Left | Use::Set | Use::Return | Use::ReturnAlone | Use::Drop | Use::Global => true,
            Use::Stored => results.len() == 1 && !results[0].is_ref(),
            _ => results.len() == 1 && number(results[0]),
        }
    }
}

/// A function under test, what it is about and the arguments to call it with.
pub(crate) struct Case {
    pub(crate) function: Function,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) below: Below,
    pub(crate) used: Use,
    pub(crate) calls: Vec<Vec<V>>,
}

impl Case {
    /// What the parameters and further locals of a call are.
    pub(crate) fn locals(&self, args: &[V]) -> Vec<V> {
        args.iter().copied().chain(self.function.locals.iter().map(|&ty| zero(ty))).collect()
    }
}
/// Lays out a function.
struct Builder {
    params: Vec<Ty>,
    locals: Vec<Ty>,
    prologue: Vec<Ins>,
    /// Parameters that are 0: an i32, an i64 and a vector.
    zeros: [u32; 3],
    /// A parameter that what lies below reads.
    below: u32,
    /// Where it loads from: 0, or what traps.
    place: u32,
    /// The locals that operands are set to on their way.
    scratch: Vec<u32>,
    /// The local that is kept in a register, if there is one, and its type.
    pinned: Option<(u32, Ty)>,
    /// Which of many forms to take.
    salt: usize,
}
/// Where in memory 0 operands are, results are stored and what lies below is read.
const OPERANDS: u64 = 0x400;
const RESULTS: u64 = 0x600;
const BELOW: u64 = 0x700;

impl Builder {
    fn new(spec: &Spec, kinds: &[Kind], salt: usize) -> Builder {
        let mut params: Vec<Ty> = spec.params.iter().map(|p| p.0).collect();
        let n = params.len() as u32;
        params.extend([Ty::I32, Ty::I64, Ty::V128, Ty::I64, Ty::I32]);
        let mut b = Builder {
            params,
            locals: vec![],
            prologue: vec![],
            zeros: [n, n + 1, n + 2],
            below: n + 3,
            place: n + 4,
            scratch: vec![],
            pinned: None,
            salt,
        };
        for &(ty, _) in &spec.params {
            let local = b.local(ty);
            b.scratch.push(local);
        }
        b.pinned =
            kinds.iter().position(|&k| k == Kind::Pinned).map(|i| (i as u32, spec.params[i].0));
        b
    }

    fn local(&mut self, ty: Ty) -> u32 {
        self.locals.push(ty);
        (self.params.len() + self.locals.len()) as u32 - 1
    }

    /// One of several forms.
    fn pick<const N: usize>(&mut self) -> usize {
        let pick = self.salt % N;
        self.salt = self.salt / N + self.salt % N * 7919;
        pick
    }

    /// A tree with the value of a parameter.
    fn tree(&mut self, p: u32, ty: Ty) -> Vec<Ins> {
        let [z32, z64, zv] = self.zeros.map(get);
        let p = get(p);
        match ty {
            Ty::I32 => match self.pick::<11>() {
                0 => vec![p, z32, op(Op::I32Sub)],
                1 => vec![z32, p, op(Op::I32Xor)],
                2 => vec![p, z32, op(Op::I32Add)],
                3 => vec![p, z32, op(Op::I32ShrU)],
                4 => vec![p, z32.clone(), op(Op::I32Sub), z32, op(Op::I32Rotl)],
                5 => vec![p, op(Op::I64ExtendI32U), op(Op::I32WrapI64)],
                6 => vec![p.clone(), p, op(Op::I32And), z32, op(Op::I32Or)],
                7 => vec![p, z32, i32(1), op(Op::I32Add), op(Op::I32DivU)],
                8 => vec![p, z32.clone(), z32, op(Op::I32Eqz), op(Op::Select)],
                9 => vec![p, z32, i32(2), op(Op::I32Shl), op(Op::I32Add)],
                _ => vec![p, i32(5), op(Op::I32Sub), i32(5), op(Op::I32Add)],
            },
            Ty::I64 => match self.pick::<9>() {
                0 => vec![p, z64, op(Op::I64Sub)],
                1 => vec![z64, p, op(Op::I64Xor)],
                2 => vec![p, z64, op(Op::I64Add)],
                3 => vec![p, z64.clone(), op(Op::I64Sub), z64, op(Op::I64Rotr)],
                4 => vec![p, z32, op(Op::I64ExtendI32U), op(Op::I64ShrU)],
                5 => vec![p, z64, i64(1), op(Op::I64Add), op(Op::I64DivU)],
                6 => vec![p, z64, z32, op(Op::I32Eqz), op(Op::Select)],
                7 => vec![p.clone(), p, op(Op::I64And)],
                _ => vec![p, i64(1 << 40), op(Op::I64Sub), i64(1 << 40), op(Op::I64Add)],
            },
            Ty::F32 => match self.pick::<4>() {
                0 => vec![p.clone(), p, op(Op::F32Copysign)],
                1 => vec![p, op(Op::F32Neg), op(Op::F32Neg)],
                2 => vec![
                    p,
                    op(Op::I32ReinterpretF32),
                    z32,
                    op(Op::I32Sub),
                    op(Op::F32ReinterpretI32),
                ],
                _ => vec![p.clone(), p, op(Op::F32Neg), z32, op(Op::I32Eqz), op(Op::Select)],
            },
            Ty::F64 => match self.pick::<4>() {
                0 => vec![p.clone(), p, op(Op::F64Copysign)],
                1 => vec![p, op(Op::F64Neg), op(Op::F64Neg)],
                2 => vec![
                    p,
                    op(Op::I64ReinterpretF64),
                    z64,
                    op(Op::I64Sub),
                    op(Op::F64ReinterpretI64),
                ],
                _ => vec![p.clone(), p, op(Op::F64Neg), z32, op(Op::I32Eqz), op(Op::Select)],
            },
            Ty::V128 => match self.pick::<5>() {
                0 => vec![p, zv, op(Op::V128Xor)],
                1 => vec![zv, p, op(Op::V128Or)],
                2 => vec![p, op(Op::V128Not), op(Op::V128Not)],
                3 => vec![p, zv, op(Op::I8x16Sub)],
                _ => vec![p, z32, op(Op::I32x4Shl)],
            },
            Ty::Func | Ty::Extern => {
                let null = Ins::Op(Op::RefNull, Imm::Type(ty));
                vec![p, null, z32, op(Op::I32Eqz), Ins::Op(Op::TypedSelect, Imm::Type(ty))]
            }
        }
    }

    /// A value that was computed before and is in its slot.
    fn spilled(&mut self, value: Vec<Ins>, ty: Ty) -> Vec<Ins> {
        // A loop that calls has no local in a register.
        if self.pinned.is_some() || self.pick::<2>() == 0 {
            return vec![Ins::Block((vec![], vec![ty]), value)];
        }
        [value, vec![indexed(Op::Call, ty as u32)]].concat()
    }

    /// Operand `i`.
    fn operand(&mut self, i: usize, kind: Kind, ty: Ty, value: u128) -> Vec<Ins> {
        let p = i as u32;
        match kind {
            // There are no constants of these but null.
            Kind::Constant if ty != Ty::Extern || value == 0 => vec![constant(V(ty, value))],
            Kind::Constant | Kind::Local | Kind::Pinned => vec![get(p)],
            Kind::Tree => self.tree(p, ty),
            Kind::Spilled => self.spilled(vec![get(p)], ty),
            Kind::Accumulator => {
                let tee = indexed(Op::LocalTee, self.scratch[i]);
                let tree = self.tree(p, ty);
                [tree, vec![tee]].concat()
            }
            Kind::Global => {
                let global = global(ty, i);
                self.prologue.extend([get(p), indexed(Op::GlobalSet, global)]);
                vec![indexed(Op::GlobalGet, global)]
            }
            Kind::Load if ty.is_ref() => {
                let table = if ty == Ty::Func { 2 } else { 3 };
                let at = i32(i as u128);
                self.prologue.extend([at.clone(), get(p), indexed(Op::TableSet, table)]);
                vec![at, indexed(Op::TableGet, table)]
            }
            Kind::Load => {
                let at = OPERANDS + 16 * i as u64;
                self.prologue.extend([i32(at.into()), get(p), access(store(ty), 0)]);
                match self.pick::<4>() {
                    0 => vec![i32(at.into()), access(load(ty), 0)],
                    1 => vec![get(self.zeros[0]), access(load(ty), at)],
                    2 => vec![
                        i32(at.into()),
                        get(self.zeros[0]),
                        op(Op::I32Add),
                        access(load(ty), 0),
                    ],
                    _ => vec![
                        get(self.zeros[0]),
                        get(self.zeros[0]),
                        i32(3),
                        op(Op::I32Shl),
                        op(Op::I32Add),
                        access(load(ty), at),
                    ],
                }
            }
        }
    }

    /// What lies below, and of which types it is.
    fn below(&mut self, below: Below) -> (Vec<Ins>, Vec<Ty>) {
        let b = get(self.below);
        let rare = [op(Op::I64Popcnt), op(Op::I64Extend32S), op(Op::I64Clz)];
        let code = match below {
            Below::Nothing => return (vec![], vec![]),
            Below::Constant => vec![i64(0x5eed)],
            Below::Local => vec![b],
            Below::Tree => [&[b.clone(), b, op(Op::I64Ctz), op(Op::I64Xor)][..], &rare].concat(),
            Below::Load => {
                self.prologue.extend([i32(BELOW.into()), b, access(Op::I64Store, 0)]);
                vec![get(self.place), access(Op::I64Load, BELOW)]
            }
            Below::Global => {
                self.prologue.extend([b, indexed(Op::GlobalSet, BELOW_GLOBAL)]);
                vec![indexed(Op::GlobalGet, BELOW_GLOBAL)]
            }
            Below::Spilled => self.spilled(vec![b], Ty::I64),
            Below::TreeOfSpilled => {
                let tree = [b.clone(), op(Op::I64Clz), op(Op::I64Extend32S), op(Op::I64Popcnt)];
                let spilled = self.spilled(vec![b], Ty::I64);
                [&tree[..], &spilled, &[op(Op::I64Xor)], &rare].concat()
            }
            Below::Overwritten => {
                let reads: Vec<u32> = self.scratch.clone();
                let types = reads.iter().map(|&r| self.locals[r as usize - self.params.len()]);
                let mut types: Vec<Ty> = types.collect();
                let mut code: Vec<Ins> = reads.into_iter().map(get).collect();
                // And of the one in a register, which a result may be set to.
                if let Some((p, ty)) = self.pinned {
                    code.extend(self.tree(p, ty));
                    types.push(ty);
                }
                return (code, types);
            }
            Below::Several => {
                let kinds = [
                    Below::TreeOfSpilled,
                    Below::Load,
                    Below::Constant,
                    Below::Global,
                    Below::Overwritten,
                    Below::Spilled,
                    Below::Tree,
                ];
                let (code, types): (Vec<_>, Vec<_>) =
                    kinds.map(|kind| self.below(kind)).into_iter().unzip();
                return (code.concat(), types.concat());
            }
        };
        (code, vec![Ty::I64])
    }

    /// Puts the local that the first operand is set to on its way where [`SCRATCH`] stands for it.
    fn resolve(&self, ins: &mut Ins) {
        match ins {
            Ins::Op(_, Imm::Index(index)) if *index == SCRATCH => *index = self.scratch[0],
            Ins::Block(_, body) => body.iter_mut().for_each(|ins| self.resolve(ins)),
            _ => {}
        }
    }

    /// Where to set a result to.
    fn target(&mut self, ty: Ty) -> u32 {
        match self.pinned {
            Some((p, pinned)) if pinned == ty => p,
            _ => self.local(ty),
        }
    }
}

/// The function of an operator with its operands here, that below, and its results used in this way.
pub(crate) fn case(spec: &Spec, kinds: &[Kind], below: Below, salt: usize) -> Case {
    let used = if spec.ends {
        Use::Left
    } else {
        (salt..).map(|i| Use::ALL[i % 14]).find(|u| u.takes(&spec.results)).expect("one takes all")
    };
    let mut b = Builder::new(spec, kinds, salt);
    let lists: Vec<Vec<u128>> = spec.params.iter().map(|&(ty, role)| values(ty, role)).collect();
    let choose = |mut at: usize| -> Vec<u128> {
        let pick = |list: &Vec<u128>| {
            let value = list[at % list.len()];
            at = at / list.len() + at % 5;
            value
        };
        lists.iter().map(pick).collect()
    };
    let constants = choose(salt);
    let (below_code, below_types) = b.below(below);
    let mut code: Vec<Ins> = (kinds.iter().enumerate())
        .flat_map(|(i, &kind)| b.operand(i, kind, spec.params[i].0, constants[i]))
        .collect();
    code.push(spec.op.clone());
    for (results, after) in &spec.around {
        code = [vec![Ins::Block((vec![], results.clone()), code)], after.clone()].concat();
    }
    for ins in &mut code {
        b.resolve(ins);
    }
    let (code, results) = using(&mut b, used, code, &spec.results);
    let mut types = [below_types, results].concat();
    if used == Use::ReturnAlone || spec.ends {
        types = spec.results.clone();
    }
    let mut body = [below_code, code].concat();
    if let Some((p, _)) = b.pinned
        && used != Use::LoopAgain
    {
        body = vec![Ins::Loop((vec![], types.clone()), [pin(p), body].concat())];
    }
    let body = [b.prologue, body].concat();
    let fixed = [V(Ty::I32, 0), V(Ty::I64, 0), V(Ty::V128, 0), V(Ty::I64, 0x00f0_1234_8000_0fff)];
    // Constants stay what they are, so there is no more to call with.
    let n = if kinds.iter().all(|&k| k == Kind::Constant) { 1 } else { 3 };
    let calls = (0..n)
        .map(|i| {
            let values = choose(salt * 3 + i * 17);
            let args = spec.params.iter().zip(values).map(|(&(ty, _), bits)| V(ty, bits));
            let place = if i == 2 { u32::MAX.into() } else { 0 };
            args.chain(fixed).chain([V(Ty::I32, place)]).collect()
        })
        .collect();
    let function = Function { ty: (b.params, types), locals: b.locals, body };
    Case { function, kinds: kinds.into(), below, used, calls }
}

/// So many uses in a loop that no other local is kept in the register.
fn pin(local: u32) -> Vec<Ins> {
    [get(local), indexed(Op::LocalSet, local)].into_iter().cycle().take(16).collect()
}

/// The code that computes results and uses them, and what it leaves.
fn using(b: &mut Builder, used: Use, code: Vec<Ins>, results: &[Ty]) -> (Vec<Ins>, Vec<Ty>) {
    let block = |code| Ins::Block((vec![], vec![]), code);
    let is64 = results.first() == Some(&Ty::I64);
    let test = if is64 { vec![op(Op::I64Eqz)] } else { vec![] };
    let one = |after: Vec<Ins>, left: Ty| ([code.clone(), after].concat(), vec![left]);
    match used {
        Use::Left => (code, results.into()),
        Use::Return | Use::ReturnAlone => ([code, vec![op(Op::Return)]].concat(), results.into()),
        Use::Drop => {
            let drops = results.iter().map(|_| op(Op::Drop)).collect();
            ([code, drops].concat(), vec![])
        }
        Use::Set => {
            let mut targets: Vec<u32> = results.iter().map(|&ty| b.target(ty)).collect();
            targets.dedup();
            if targets.len() < results.len() {
                targets = results.iter().map(|&ty| b.local(ty)).collect();
            }
            let sets = targets.iter().rev().map(|&t| indexed(Op::LocalSet, t)).collect();
            ([code, sets, targets.into_iter().map(get).collect()].concat(), results.into())
        }
        Use::Global => {
            // Of each type there are six, and operands use four of them at most.
            let globals: Vec<u32> =
                results.iter().enumerate().map(|(i, &ty)| global(ty, 4 + i % 2)).collect();
            if results.len() > 2 {
                return (code, results.into());
            }
            let sets = globals.iter().rev().map(|&g| indexed(Op::GlobalSet, g)).collect();
            let gets = globals.iter().map(|&g| indexed(Op::GlobalGet, g)).collect();
            ([code, sets, gets].concat(), results.into())
        }
        Use::Stored => {
            let ty = results[0];
            let (at, address) = match b.pick::<2>() {
                0 => (0, i32(RESULTS.into())),
                _ => (RESULTS, get(b.zeros[0])),
            };
            let (stored, loaded) = (access(store(ty), at), access(load(ty), at));
            ([vec![address.clone()], code, vec![stored, address, loaded]].concat(), vec![ty])
        }
        Use::Operand if is64 => one(vec![get(b.below), op(Op::I64Sub)], Ty::I64),
        Use::Operand => one(vec![op(Op::I32Eqz)], Ty::I32),
        Use::OtherOperand if is64 => {
            ([vec![get(b.below)], code, vec![op(Op::I64Sub)]].concat(), results.into())
        }
        Use::OtherOperand => {
            ([vec![i32(100)], code, vec![op(Op::I32Sub)]].concat(), results.into())
        }
        Use::If => {
            let arms = Ins::If((vec![], vec![Ty::I64]), vec![i64(5)], vec![i64(9)]);
            one([test, vec![arms]].concat(), Ty::I64)
        }
        Use::Select => {
            let choices = vec![i64(5), get(b.below)];
            ([choices, code, test, vec![op(Op::Select)]].concat(), vec![Ty::I64])
        }
        Use::BranchIf | Use::BranchUnless => {
            let flag = b.local(Ty::I32);
            let not = if used == Use::BranchUnless { vec![op(Op::I32Eqz)] } else { vec![] };
            let missed = vec![indexed(Op::BrIf, 0), i32(1), indexed(Op::LocalSet, flag)];
            (vec![block([code, test, not, missed].concat()), get(flag)], vec![Ty::I32])
        }
        Use::LoopAgain => {
            let rounds = b.local(Ty::I32);
            let pin = b.pinned.map_or(vec![], |(p, _)| pin(p));
            let count = vec![
                get(rounds),
                i32(1),
                op(Op::I32Add),
                indexed(Op::LocalTee, rounds),
                i32(2),
                op(Op::I32GtU),
                indexed(Op::BrIf, 1),
            ];
            let again = vec![indexed(Op::BrIf, 0)];
            let body = [pin, count, code, test, again].concat();
            (vec![block(vec![Ins::Loop((vec![], vec![]), body)]), get(rounds)], vec![Ty::I32])
        }
    }
}
/// The place of every operand and what lies below, for the `index`th of all combinations.
pub(crate) fn combination(spec: &Spec, mut index: usize) -> (Vec<Kind>, Below) {
    let below = Below::ALL[index % 10];
    index /= 10;
    let kinds = spec.params.iter().map(|_| {
        let kind = Kind::ALL[index % 8];
        index /= 8;
        kind
    });
    (kinds.collect(), below)
}

pub(crate) fn combinations(spec: &Spec) -> usize {
    10 * 8_usize.pow(spec.params.len() as u32)
}

/// A function type in a case's name.
pub(crate) fn describe(ty: &Signature) -> String {
    format!("{:?} -> {:?}", ty.0, ty.1)
}
