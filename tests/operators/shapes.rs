//! The functions under test: an operator with its operands in each place where a value can be, over what lies below, its
//! results used in each way in which values are used.

use super::machine::meaning;
use super::meaning::Meaning;
use super::module::*;
use super::table::{Imm, Ins, Op, Signature, Ty, V};

/// What values an operand has.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Role {
    /// Any of its type.
    Any,
    /// An address in a memory of so many bytes.
    Address(u128),
    /// How much to do, and where, of so much.
    Piece(u128),
    /// Of a growth.
    Delta,
    Timeout,
    /// Of a branch among so many.
    Choice(u128),
}

/// An operator under test with what it needs around it.
#[derive(Clone)]
pub(crate) struct Spec {
    pub(crate) name: String,
    pub(crate) op: Ins,
    pub(crate) params: Vec<(Ty, Role)>,
    pub(crate) results: Vec<Ty>,
    /// The blocks around operands and operator, inner ones first: what they result in, and what follows the block.
    pub(crate) around: Vec<(Vec<Ty>, Vec<Ins>)>,
    /// It ends the function, with its own results.
    pub(crate) ends: bool,
    /// Memories or tables are to be looked at afterwards.
    pub(crate) effect: bool,
    pub(crate) nan: Option<u32>,
    /// Results that it may have, if it is relaxed.
    pub(crate) choices: u8,
    /// How many combinations are tried, about.
    pub(crate) tried: usize,
}

/// All combinations of two operands, and fewer of what has much in common with others.
const ALL: usize = 640;
const SOME: usize = 240;
const FEW: usize = 60;

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
    /// In the hot register of a loop.
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

pub(crate) fn op(op: Op) -> Ins {
    Ins::Op(op, Imm::No)
}

fn indexed(op: Op, index: u32) -> Ins {
    Ins::Op(op, Imm::Index(index))
}

fn get(local: u32) -> Ins {
    indexed(Op::LocalGet, local)
}

pub(crate) fn constant(V(ty, bits): V) -> Ins {
    let op = match ty {
        Ty::I32 => Op::I32Const,
        Ty::I64 => Op::I64Const,
        Ty::F32 => Op::F32Const,
        Ty::F64 => Op::F64Const,
        Ty::V128 => Op::V128Const,
        Ty::Func if bits > 0 => return indexed(Op::RefFunc, bits as u32 - 1),
        Ty::Func | Ty::Extern => return Ins::Op(Op::RefNull, Imm::Type(ty)),
    };
    Ins::Op(op, Imm::Value(V(ty, bits)))
}

fn i32(bits: u128) -> Ins {
    constant(V(Ty::I32, bits))
}

fn i64(bits: u128) -> Ins {
    constant(V(Ty::I64, bits))
}

fn access(op: Op, offset: u64) -> Ins {
    Ins::Op(op, Imm::Access { memory: 0, offset, lane: 0 })
}

fn load(ty: Ty) -> Op {
    match ty {
        Ty::I32 => Op::I32Load,
        Ty::I64 => Op::I64Load,
        Ty::F32 => Op::F32Load,
        Ty::F64 => Op::F64Load,
        _ => Op::V128Load,
    }
}

fn store(ty: Ty) -> Op {
    match ty {
        Ty::I32 => Op::I32Store,
        Ty::I64 => Op::I64Store,
        Ty::F32 => Op::F32Store,
        Ty::F64 => Op::F64Store,
        _ => Op::V128Store,
    }
}

/// The values of a type that are worth trying.
pub(crate) fn values(ty: Ty, role: Role) -> Vec<u128> {
    let edge =
        |bytes: u128| vec![8, 0, 1, 64, 255, bytes - 16, bytes - 8, bytes - 4, bytes - 1, bytes];
    let unsigned_max = if ty == Ty::I64 { u64::MAX.into() } else { u128::from(u32::MAX) };
    // There is fuel for so much.
    let too_much = if ty == Ty::I64 { 1 << 62 } else { u128::from(u32::MAX) };
    match (role, ty) {
        (Role::Address(bytes), _) => {
            [edge(bytes), vec![16, 24, unsigned_max, unsigned_max - 7]].concat()
        }
        (Role::Piece(n), _) => vec![1, 0, 3, 2, n / 2, n - 1, n, n + 1, too_much],
        (Role::Delta, _) => vec![1, 0, 2, 5, 21, too_much],
        (Role::Timeout, _) => vec![0, 1, 1000],
        (Role::Choice(n), _) => (0..=n).chain([unsigned_max]).collect(),
        (_, Ty::I32) => vec![
            0,
            1,
            2,
            7,
            31,
            32,
            33,
            0x7f,
            0x80,
            0xff,
            0x8000,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_ffff,
            0x1234_5678,
        ],
        (_, Ty::I64) => vec![
            0,
            1,
            2,
            31,
            63,
            64,
            0x80,
            0x8000,
            1 << 31,
            1 << 32,
            (1 << 63) - 1,
            1 << 63,
            u64::MAX.into(),
            0x0123_4567_89ab_cdef,
            0xffff_ffff,
        ],
        (_, Ty::F32) => [
            0.0,
            -0.0,
            1.0,
            -1.5,
            2.5,
            0.5,
            f32::MIN_POSITIVE / 4.0,
            f32::MAX,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::NAN,
            -2147483648.0,
            4294967296.0,
            9.3e18,
            -1.9e19,
            8388609.0,
            3.0e-3,
        ]
        .map(|x: f32| u128::from(x.to_bits()))
        .into_iter()
        .chain([0xffc0_0000, 0x7fa0_0000, 0xff80_0001])
        .collect(),
        (_, Ty::F64) => [
            0.0,
            -0.0,
            1.0,
            -1.5,
            2.5,
            0.5,
            f64::MIN_POSITIVE / 4.0,
            f64::MAX,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            -2147483649.0,
            4294967295.5,
            9.3e18,
            -1.9e19,
            4503599627370497.5,
            1e-300,
            16777217.0,
        ]
        .map(|x: f64| u128::from(x.to_bits()))
        .into_iter()
        .chain([0xfff8 << 48, 0x7ff4 << 48, 0xfff0_0000_0000_0001])
        .collect(),
        (_, Ty::V128) => vec![
            0,
            u128::MAX,
            0x0f0e_0d0c_0b0a_0908_0706_0504_0302_0100,
            0x8000_7fff_ffff_0001_80ff_7f01_fe02_8081,
            0x7fc0_0000_ff80_0000_3fc0_0000_bf80_0000,
            0x7fa0_0001_8000_0000_0000_0001_4f00_0000,
            0xc1e0_0000_0020_0000_7ff0_0000_0000_0000,
            0x7ff8_0000_0000_0000_8000_0000_0000_0000,
            0x3ff8_0000_0000_0000_c000_0000_0000_0000,
            0x0123_4567_89ab_cdef_fedc_ba98_7654_3210,
        ],
        (_, Ty::Func) => vec![0, 1, SUB.into(), (SUB + 1).into(), HELPERS.into()],
        (_, Ty::Extern) => vec![0, 1, 2, 3],
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
    /// The locals that operands are set to on their way.
    scratch: Vec<u32>,
    /// The local that is kept in a register, if there is one, and its type.
    pinned: Option<(u32, Ty)>,
    /// Which of many forms to take.
    salt: usize,
}

/// Stands for a local in the code of a [`Spec`].
const SCRATCH: u32 = u32::MAX;

/// Where in memory 0 operands are, results are stored and what lies below is read.
const OPERANDS: u64 = 0x400;
const RESULTS: u64 = 0x600;
const BELOW: u64 = 0x700;

impl Builder {
    fn new(spec: &Spec, kinds: &[Kind], salt: usize) -> Builder {
        let mut params: Vec<Ty> = spec.params.iter().map(|p| p.0).collect();
        let n = params.len() as u32;
        params.extend([Ty::I32, Ty::I64, Ty::V128, Ty::I64]);
        let mut b = Builder {
            params,
            locals: vec![],
            prologue: vec![],
            zeros: [n, n + 1, n + 2],
            below: n + 3,
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
                vec![get(self.zeros[0]), access(Op::I64Load, BELOW)]
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
        body = vec![Ins::Loop((vec![], types.clone()), [heat(p), body].concat())];
    }
    let body = [b.prologue, body].concat();
    let fixed = [V(Ty::I32, 0), V(Ty::I64, 0), V(Ty::V128, 0), V(Ty::I64, 0x00f0_1234_8000_0fff)];
    // Constants stay what they are, so there is no more to call with.
    let n = if kinds.iter().all(|&k| k == Kind::Constant) { 1 } else { 3 };
    let calls = (0..n)
        .map(|i| {
            let values = choose(salt * 3 + i * 17);
            let args = spec.params.iter().zip(values).map(|(&(ty, _), bits)| V(ty, bits));
            args.chain(fixed).collect()
        })
        .collect();
    let function = Function { ty: (b.params, types), locals: b.locals, body };
    Case { function, kinds: kinds.into(), below, used, calls }
}

/// So many uses in a loop that no other local is kept in the register.
fn heat(local: u32) -> Vec<Ins> {
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
            let heat = b.pinned.map_or(vec![], |(p, _)| heat(p));
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
            let body = [heat, count, code, test, again].concat();
            (vec![block(vec![Ins::Loop((vec![], vec![]), body)]), get(rounds)], vec![Ty::I32])
        }
    }
}

/// The operators whose names say what they mean, each on every kind of memory.
fn regular() -> Vec<Spec> {
    let mut all = Vec::new();
    for o in Op::all() {
        let Some(m) = meaning(o) else { continue };
        let scalar = !m.effect && !m.params.contains(&Ty::V128);
        let base = Spec {
            name: o.name().into(),
            op: op(o),
            params: m.params.iter().map(|&ty| (ty, Role::Any)).collect(),
            results: m.results.clone(),
            around: vec![],
            ends: false,
            effect: m.effect && !o.name().contains("load"),
            nan: m.nan,
            choices: if o.name().contains("relaxed") { 4 } else { 1 },
            tried: match scalar {
                true => ALL,
                false => SOME,
            },
        };
        let lane = |n: u32| (0..n as u8).map(move |i| i.wrapping_mul(5) % n as u8);
        match &m.meaning {
            Meaning::Access(bytes, _) => {
                let lanes = if o.name().ends_with("_lane") { 16 / *bytes as u8 } else { 1 };
                for memory in 0..MEMORIES {
                    let offsets: &[u64] = if memory == 0 { &[0, 8, 0xffff] } else { &[0, 16] };
                    for (i, &offset) in offsets.iter().enumerate() {
                        let lane = (memory as u8 * 3 + i as u8) % lanes;
                        let ty = if memory == MEMORY64 { Ty::I64 } else { Ty::I32 };
                        let mut spec = base.clone();
                        if i > 0 || memory > 0 {
                            spec.tried = FEW;
                        } else if !o.name().contains("atomic") {
                            spec.tried = ALL;
                        }
                        spec.name += &format!(" (memory {memory}, offset {offset})");
                        spec.op = Ins::Op(o, Imm::Access { memory, offset, lane });
                        spec.params[0] = (ty, Role::Address(memory_size(memory)));
                        if o.name().contains("atomic_wait") {
                            spec.params[2].1 = Role::Timeout;
                        }
                        all.push(spec);
                    }
                }
            }
            Meaning::Compute(_) if o.name().ends_with("shuffle") => {
                for lanes in [
                    [0, 17, 2, 19, 4, 21, 6, 23, 8, 25, 10, 27, 12, 29, 14, 31],
                    [31, 0, 30, 1, 29, 2, 28, 3, 5, 5, 5, 5, 16, 15, 8, 24],
                ] {
                    all.push(Spec { op: Ins::Op(o, Imm::Lanes(lanes)), ..base.clone() });
                }
            }
            Meaning::Compute(_)
                if o.name().contains("_lane") && !o.name().contains("laneselect") =>
            {
                let n: u32 = o
                    .name()
                    .split_once('_')
                    .and_then(|(s, _)| s.split_once('x')?.1.parse().ok())
                    .unwrap();
                for lane in lane(n).take(3) {
                    all.push(Spec { op: Ins::Op(o, Imm::Lane(lane)), ..base.clone() });
                }
            }
            Meaning::Compute(_) => all.push(base),
        }
    }
    all
}

/// The others.
fn irregular() -> Vec<Spec> {
    let mut all = Vec::new();
    let plain = |name: &str, op: Ins, params: &[(Ty, Role)], results: &[Ty]| Spec {
        name: name.into(),
        op,
        params: params.into(),
        results: results.into(),
        around: vec![],
        ends: false,
        effect: false,
        nan: None,
        choices: 1,
        tried: SOME,
    };
    let any = |types: &[Ty]| types.iter().map(|&ty| (ty, Role::Any)).collect::<Vec<_>>();
    let flag = (Ty::I32, Role::Choice(1));
    let (i, l) = (Ty::I32, Ty::I64);

    for o in [Op::Nop, Op::AtomicFence] {
        all.push(plain(o.name(), op(o), &[], &[]));
    }
    all.push(Spec { ends: true, ..plain("unreachable", op(Op::Unreachable), &any(&[l]), &[]) });
    for ty in Ty::ALL {
        let name = |op: &str| format!("{op} ({ty:?})");
        all.push(plain(&name("drop"), op(Op::Drop), &any(&[ty]), &[]));
        let select =
            if ty.is_ref() { Ins::Op(Op::TypedSelect, Imm::Type(ty)) } else { op(Op::Select) };
        let three = [(ty, Role::Any), (ty, Role::Any), flag];
        all.push(plain(&name("select"), select, &three, &[ty]));
        all.push(plain(
            &name("typed select"),
            Ins::Op(Op::TypedSelect, Imm::Type(ty)),
            &three,
            &[ty],
        ));
        all.push(plain(&name("local.tee"), indexed(Op::LocalTee, SCRATCH), &any(&[ty]), &[ty]));
        let around = vec![(vec![], vec![indexed(Op::LocalGet, SCRATCH)])];
        let set = indexed(Op::LocalSet, SCRATCH);
        all.push(Spec { around, ..plain(&name("local.set"), set, &any(&[ty]), &[ty]) });
        if ty.is_ref() {
            all.push(plain(&name("ref.is_null"), op(Op::RefIsNull), &any(&[ty]), &[i]));
        }
        for g in [4, 5] {
            let set = indexed(Op::GlobalSet, global(ty, g));
            let back = vec![indexed(Op::GlobalGet, global(ty, g))];
            let around = vec![(vec![], back)];
            all.push(Spec { around, ..plain(&name("global.set"), set, &any(&[ty]), &[ty]) });
        }
        // Branches with values.
        let block = |after: Vec<Ins>| vec![(vec![ty], after)];
        all.push(Spec {
            around: block(vec![]),
            ..plain(&name("br"), indexed(Op::Br, 0), &any(&[ty]), &[ty])
        });
        let two = [(ty, Role::Any), flag];
        all.push(Spec {
            around: block(vec![]),
            ..plain(&name("br_if"), indexed(Op::BrIf, 0), &two, &[ty])
        });
        all.push(Spec { ends: true, ..plain(&name("return"), op(Op::Return), &any(&[ty]), &[ty]) });
        let values = [(ty, Role::Any), (l, Role::Any), (i, Role::Choice(2))];
        let nest = |n| match n {
            0 => (vec![ty, l], vec![i64(1), op(Op::I64Xor)]),
            _ => (vec![ty, l], vec![i64(2), op(Op::I64Add)]),
        };
        all.push(Spec {
            around: vec![nest(0), nest(1)],
            ..plain(
                &name("br_table"),
                Ins::Op(Op::BrTable, Imm::Targets(vec![1, 0], 1)),
                &values,
                &[ty, l],
            )
        });
        all.push(Spec {
            around: vec![(vec![ty, l], vec![])],
            ..plain(
                &name("br_if of two"),
                indexed(Op::BrIf, 0),
                &[(ty, Role::Any), (l, Role::Any), flag],
                &[ty, l],
            )
        });
        let sig = (vec![ty], vec![ty]);
        let (then, otherwise) = (vec![], vec![op(Op::Drop), constant(zero(ty))]);
        all.push(plain(&name("if"), Ins::If(sig.clone(), then, otherwise), &two, &[ty]));
        all.push(plain(
            &name("block"),
            Ins::Block(sig.clone(), vec![op(Op::Nop)]),
            &any(&[ty]),
            &[ty],
        ));
        all.push(plain(&name("loop"), Ins::Loop(sig, vec![op(Op::Nop)]), &any(&[ty]), &[ty]));
    }

    // Calls of every form.
    for (i, helper) in helpers().into_iter().enumerate() {
        let (params, results) = helper.ty.clone();
        let name = |op: &str| format!("{op} (function {i})");
        all.push(plain(&name("call"), indexed(Op::Call, i as u32), &any(&params), &results));
        all.push(Spec {
            ends: true,
            ..plain(
                &name("return_call"),
                indexed(Op::ReturnCall, i as u32),
                &any(&params),
                &results,
            )
        });
        if (SUB..SUB + 3).contains(&(i as u32)) {
            for (table, index) in [(CALLED, Ty::I32), (TABLE64, Ty::I64)] {
                let imm = || Imm::Signature(helper.ty.clone(), table);
                let params = [any(&params), vec![(index, Role::Choice(8))]].concat();
                let call = Ins::Op(Op::CallIndirect, imm());
                all.push(plain(&name("call_indirect"), call, &params, &results));
                let call = Ins::Op(Op::ReturnCallIndirect, imm());
                all.push(Spec {
                    ends: true,
                    ..plain(&name("return_call_indirect"), call, &params, &results)
                });
            }
        }
    }

    for m in 0..MEMORIES {
        let ty = if m == MEMORY64 { l } else { i };
        let size = memory_size(m);
        let name = |op: &str| format!("{op} (memory {m})");
        let (at, n) = ((ty, Role::Address(size)), (ty, Role::Piece(64)));
        let effect = |spec| Spec { effect: true, ..spec };
        all.push(plain(&name("memory.size"), indexed(Op::MemorySize, m), &[], &[ty]));
        all.push(effect(plain(
            &name("memory.grow"),
            indexed(Op::MemoryGrow, m),
            &[(ty, Role::Delta)],
            &[ty],
        )));
        all.push(effect(plain(
            &name("memory.fill"),
            indexed(Op::MemoryFill, m),
            &[at, (i, Role::Any), n],
            &[],
        )));
        let init = Ins::Op(Op::MemoryInit, Imm::Pair(m, 0));
        let of_data = [at, (i, Role::Piece(256)), (i, Role::Piece(256))];
        all.push(effect(plain(&name("memory.init"), init.clone(), &of_data, &[])));
        let nothing = [constant(V(ty, 0)), i32(0), i32(1)];
        let after = [&nothing[..], &[init]].concat();
        let around = vec![(vec![], after)];
        all.push(effect(Spec {
            around,
            ..plain(&name("data.drop"), indexed(Op::DataDrop, 0), &[], &[])
        }));
        for from in 0..MEMORIES {
            let from_ty = if from == MEMORY64 { l } else { i };
            let from_size = memory_size(from);
            let len = if ty == l && from_ty == l { l } else { i };
            let copy = Ins::Op(Op::MemoryCopy, Imm::Pair(m, from));
            let params = [at, (from_ty, Role::Address(from_size)), (len, Role::Piece(64))];
            all.push(effect(plain(&format!("memory.copy ({m} from {from})"), copy, &params, &[])));
        }
    }
    for t in 1..TABLES {
        let (ty, size) = match t {
            TABLE64 => (l, 10),
            _ => (i, if t == 2 { 9 } else { 8 }),
        };
        let element = (if t == 3 { Ty::Extern } else { Ty::Func }, Role::Any);
        let name = |op: &str| format!("{op} (table {t})");
        let at = (ty, Role::Piece(size));
        let effect = |spec| Spec { effect: true, ..spec };
        all.push(plain(&name("table.size"), indexed(Op::TableSize, t), &[], &[ty]));
        all.push(plain(&name("table.get"), indexed(Op::TableGet, t), &[at], &[element.0]));
        all.push(effect(plain(&name("table.set"), indexed(Op::TableSet, t), &[at, element], &[])));
        let delta = (ty, Role::Delta);
        all.push(effect(plain(
            &name("table.grow"),
            indexed(Op::TableGrow, t),
            &[element, delta],
            &[ty],
        )));
        all.push(effect(plain(
            &name("table.fill"),
            indexed(Op::TableFill, t),
            &[at, element, at],
            &[],
        )));
        for from in (1..TABLES).filter(|&from| (from == 3) == (t == 3)) {
            let from_ty = if from == TABLE64 { l } else { i };
            let len = if ty == l && from_ty == l { l } else { i };
            let copy = Ins::Op(Op::TableCopy, Imm::Pair(t, from));
            let params = [at, (from_ty, Role::Piece(8)), (len, Role::Piece(8))];
            all.push(effect(plain(&format!("table.copy ({t} from {from})"), copy, &params, &[])));
        }
        if t != 3 {
            let init = Ins::Op(Op::TableInit, Imm::Pair(t, 0));
            let params = [at, (i, Role::Piece(6)), (i, Role::Piece(6))];
            all.push(effect(plain(&name("table.init"), init.clone(), &params, &[])));
            let after = vec![constant(V(ty, 0)), i32(0), i32(1), init];
            let around = vec![(vec![], after)];
            all.push(effect(Spec {
                around,
                ..plain(&name("elem.drop"), indexed(Op::ElemDrop, 0), &[], &[])
            }));
        }
    }
    all
}

/// All operators under test.
pub(crate) fn specs() -> Vec<Spec> {
    [regular(), irregular()].concat()
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
