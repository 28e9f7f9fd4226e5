//! Every operator that wasmparser knows, by name, and how it is encoded.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use wasm_encoder::{
    BlockType, Encode, HeapType, Instruction, MemArg, MemArgTarget, Ordering, RefType, ValType,
};

/// The type of a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Ty {
    I32,
    I64,
    F32,
    F64,
    V128,
    Func,
    Extern,
}

impl Ty {
    pub(crate) const ALL: [Ty; 7] =
        [Ty::I32, Ty::I64, Ty::F32, Ty::F64, Ty::V128, Ty::Func, Ty::Extern];

    pub(crate) fn encoded(self) -> ValType {
        match self {
            Ty::I32 => ValType::I32,
            Ty::I64 => ValType::I64,
            Ty::F32 => ValType::F32,
            Ty::F64 => ValType::F64,
            Ty::V128 => ValType::V128,
            Ty::Func => ValType::FUNCREF,
            Ty::Extern => ValType::EXTERNREF,
        }
    }

    pub(crate) fn is_ref(self) -> bool {
        matches!(self, Ty::Func | Ty::Extern)
    }

    pub(crate) fn reference(self) -> RefType {
        if self == Ty::Func { RefType::FUNCREF } else { RefType::EXTERNREF }
    }
}

/// A value by its bits; of a reference 0 for null, else one more than what it refers to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct V(pub(crate) Ty, pub(crate) u128);

/// The immediates of an operator.
#[derive(Clone, Debug)]
pub(crate) enum Imm {
    No,
    Index(u32),
    /// Where to, where from.
    Pair(u32, u32),
    Access {
        memory: u32,
        offset: u64,
        lane: u8,
    },
    Lane(u8),
    Lanes([u8; 16]),
    Value(V),
    Targets(Vec<u32>, u32),
    Type(Ty),
    /// Of an indirect call: a function type and a table.
    Signature(Signature, u32),
}

/// Parameters and results.
pub(crate) type Signature = (Vec<Ty>, Vec<Ty>);

/// What code consists of.
#[derive(Clone, Debug)]
pub(crate) enum Ins {
    Op(Op, Imm),
    Block(Signature, Vec<Ins>),
    Loop(Signature, Vec<Ins>),
    If(Signature, Vec<Ins>, Vec<Ins>),
}

/// Proposals of which nothing is translated; validation refuses their operators.
const REFUSED: &[&str] = &[
    "acquire_release_atomics",
    "custom_descriptors",
    "exceptions",
    "function_references",
    "gc",
    "legacy_exceptions",
    "memory_control",
    "shared_everything_threads",
    "stack_switching",
];

/// The instruction of an operator with regular immediates, if it is one.
macro_rules! regular {
    (@acquire_release_atomics $($rest:tt)*) => {
        None
    };
    (@custom_descriptors $($rest:tt)*) => {
        None
    };
    (@exceptions $($rest:tt)*) => {
        None
    };
    (@function_references $($rest:tt)*) => {
        None
    };
    (@gc $($rest:tt)*) => {
        None
    };
    (@legacy_exceptions $($rest:tt)*) => {
        None
    };
    (@memory_control $($rest:tt)*) => {
        None
    };
    (@shared_everything_threads $($rest:tt)*) => {
        None
    };
    (@stack_switching $($rest:tt)*) => {
        None
    };
    (@$proposal:ident $imm:ident $align:ident $op:ident) => {
        Some(Instruction::$op)
    };
    (@$proposal:ident $imm:ident $align:ident $op:ident memarg) => {
        Some(Instruction::$op(memarg($imm, $align).0))
    };
    (@$proposal:ident $imm:ident $align:ident $op:ident lane) => {
        match $imm {
            Imm::Lane(lane) => Some(Instruction::$op(*lane)),
            _ => unreachable!(),
        }
    };
    (@$proposal:ident $imm:ident $align:ident $op:ident memarg lane) => {{
        let (memarg, lane) = memarg($imm, $align);
        Some(Instruction::$op { memarg, lane })
    }};
    (@$proposal:ident $imm:ident $align:ident $op:ident $($other:ident)*) => {
        None
    };
}

macro_rules! operators {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        /// An operator.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub(crate) enum Op { $($op),* }

        /// All operators with their proposal and `visit_` before their name.
        const ALL: &[(Op, &str, &str)] =
            &[$((Op::$op, stringify!($proposal), stringify!($visit))),*];

        fn regular(op: Op, imm: &Imm, align: u32) -> Option<Instruction<'static>> {
            match op {
                $(Op::$op => regular!(@$proposal imm align $op $($($arg)*)?),)*
            }
        }
    };
}
wasmparser::for_each_operator!(operators);

fn memarg(imm: &Imm, align: u32) -> (MemArg, u8) {
    match *imm {
        Imm::Access { memory, offset, lane } => {
            (MemArg { offset, align, target: MemArgTarget::Memory(memory), ordering: None }, lane)
        }
        _ => unreachable!("an access has a memory"),
    }
}

/// Which operators were encoded.
static SEEN: [AtomicBool; ALL.len()] = [const { AtomicBool::new(false) }; ALL.len()];

impl Op {
    /// The operators of all proposals that are translated.
    pub(crate) fn all() -> impl Iterator<Item = Op> {
        let translated = ALL.iter().filter(|(_, proposal, _)| !REFUSED.contains(proposal));
        // Only to be parsed: a `select` of several values is never valid.
        translated.map(|&(op, ..)| op).filter(|&op| op != Op::TypedSelectMulti)
    }

    /// Its name with `_` where the text format has dots.
    pub(crate) fn name(self) -> &'static str {
        ALL[self as usize].2.strip_prefix("visit_").expect("wasmparser's names begin so")
    }

    /// Those that no module has had so far.
    pub(crate) fn unseen() -> Vec<&'static str> {
        Op::all().filter(|&op| !SEEN[op as usize].load(Relaxed)).map(Op::name).collect()
    }

    fn see(self) {
        SEEN[self as usize].store(true, Relaxed);
    }
}

/// What encoding needs to know of a module.
pub(crate) trait Types {
    /// The index of a function type.
    fn function(&mut self, ty: &Signature) -> u32;
    /// The binary logarithm of an access's width.
    fn align(&self, op: Op) -> u32;
}

/// Encodes code.
pub(crate) fn encode(code: &[Ins], types: &mut impl Types, to: &mut Vec<u8>) {
    for ins in code {
        let (op, ty) = match ins {
            Ins::Op(op, imm) => {
                op.see();
                let regular = regular(*op, imm, types.align(*op));
                regular.unwrap_or_else(|| irregular(*op, imm, types)).encode(to);
                continue;
            }
            Ins::Block(ty, _) => (Op::Block, ty),
            Ins::Loop(ty, _) => (Op::Loop, ty),
            Ins::If(ty, ..) => (Op::If, ty),
        };
        op.see();
        Op::End.see();
        let ty = match (&ty.0[..], &ty.1[..]) {
            ([], []) => BlockType::Empty,
            ([], [one]) => BlockType::Result(one.encoded()),
            _ => BlockType::FunctionType(types.function(ty)),
        };
        match ins {
            Ins::Block(_, body) => {
                Instruction::Block(ty).encode(to);
                encode(body, types, to);
            }
            Ins::Loop(_, body) => {
                Instruction::Loop(ty).encode(to);
                encode(body, types, to);
            }
            Ins::If(_, then, otherwise) => {
                Instruction::If(ty).encode(to);
                encode(then, types, to);
                if !otherwise.is_empty() {
                    Op::Else.see();
                    Instruction::Else.encode(to);
                    encode(otherwise, types, to);
                }
            }
            Ins::Op(..) => unreachable!(),
        }
        Instruction::End.encode(to);
    }
}

fn irregular(op: Op, imm: &Imm, types: &mut impl Types) -> Instruction<'static> {
    match (op, imm) {
        (Op::Br, &Imm::Index(depth)) => Instruction::Br(depth),
        (Op::BrIf, &Imm::Index(depth)) => Instruction::BrIf(depth),
        (Op::BrTable, Imm::Targets(targets, default)) => {
            Instruction::BrTable(Cow::Owned(targets.clone()), *default)
        }
        (Op::Call, &Imm::Index(function)) => Instruction::Call(function),
        (Op::ReturnCall, &Imm::Index(function)) => Instruction::ReturnCall(function),
        (Op::CallIndirect, Imm::Signature(ty, table)) => {
            let type_index = types.function(ty);
            Instruction::CallIndirect { type_index, table_index: *table }
        }
        (Op::ReturnCallIndirect, Imm::Signature(ty, table)) => {
            let type_index = types.function(ty);
            Instruction::ReturnCallIndirect { type_index, table_index: *table }
        }
        (Op::LocalGet, &Imm::Index(local)) => Instruction::LocalGet(local),
        (Op::LocalSet, &Imm::Index(local)) => Instruction::LocalSet(local),
        (Op::LocalTee, &Imm::Index(local)) => Instruction::LocalTee(local),
        (Op::GlobalGet, &Imm::Index(global)) => Instruction::GlobalGet(global),
        (Op::GlobalSet, &Imm::Index(global)) => Instruction::GlobalSet(global),
        (Op::I32Const, Imm::Value(v)) => Instruction::I32Const(v.1 as i32),
        (Op::I64Const, Imm::Value(v)) => Instruction::I64Const(v.1 as i64),
        (Op::F32Const, Imm::Value(v)) => {
            Instruction::F32Const(wasm_encoder::Ieee32::new(v.1 as u32))
        }
        (Op::F64Const, Imm::Value(v)) => {
            Instruction::F64Const(wasm_encoder::Ieee64::new(v.1 as u64))
        }
        (Op::V128Const, Imm::Value(v)) => Instruction::V128Const(v.1 as i128),
        (Op::RefNull, &Imm::Type(ty)) => Instruction::RefNull(match ty {
            Ty::Func => HeapType::FUNC,
            _ => HeapType::EXTERN,
        }),
        (Op::RefFunc, &Imm::Index(function)) => Instruction::RefFunc(function),
        (Op::TypedSelect, &Imm::Type(ty)) => Instruction::TypedSelect(ty.encoded()),
        (Op::I8x16Shuffle, &Imm::Lanes(lanes)) => Instruction::I8x16Shuffle(lanes),
        (Op::AtomicFence, _) => Instruction::AtomicFence(Ordering::SeqCst),
        (Op::MemorySize, &Imm::Index(memory)) => Instruction::MemorySize(memory),
        (Op::MemoryGrow, &Imm::Index(memory)) => Instruction::MemoryGrow(memory),
        (Op::MemoryFill, &Imm::Index(memory)) => Instruction::MemoryFill(memory),
        (Op::MemoryCopy, &Imm::Pair(dst_mem, src_mem)) => {
            Instruction::MemoryCopy { dst_mem, src_mem }
        }
        (Op::MemoryInit, &Imm::Pair(mem, data_index)) => {
            Instruction::MemoryInit { mem, data_index }
        }
        (Op::DataDrop, &Imm::Index(data)) => Instruction::DataDrop(data),
        (Op::TableSize, &Imm::Index(table)) => Instruction::TableSize(table),
        (Op::TableGrow, &Imm::Index(table)) => Instruction::TableGrow(table),
        (Op::TableFill, &Imm::Index(table)) => Instruction::TableFill(table),
        (Op::TableGet, &Imm::Index(table)) => Instruction::TableGet(table),
        (Op::TableSet, &Imm::Index(table)) => Instruction::TableSet(table),
        (Op::TableCopy, &Imm::Pair(dst_table, src_table)) => {
            Instruction::TableCopy { dst_table, src_table }
        }
        (Op::TableInit, &Imm::Pair(table, elem_index)) => {
            Instruction::TableInit { table, elem_index }
        }
        (Op::ElemDrop, &Imm::Index(elem)) => Instruction::ElemDrop(elem),
        _ => panic!("how is {} encoded?", op.name()),
    }
}
