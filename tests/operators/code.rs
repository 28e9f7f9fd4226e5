//! Pieces of code.

use super::table::{Imm, Ins, Op, Ty, V};

pub(crate) fn op(op: Op) -> Ins {
    Ins::Op(op, Imm::No)
}

pub(crate) fn indexed(op: Op, index: u32) -> Ins {
    Ins::Op(op, Imm::Index(index))
}

pub(crate) fn get(local: u32) -> Ins {
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

pub(crate) fn i32(bits: u128) -> Ins {
    constant(V(Ty::I32, bits))
}

pub(crate) fn i64(bits: u128) -> Ins {
    constant(V(Ty::I64, bits))
}

pub(crate) fn access(op: Op, offset: u64) -> Ins {
    Ins::Op(op, Imm::Access { memory: 0, offset, lane: 0 })
}

pub(crate) fn load(ty: Ty) -> Op {
    match ty {
        Ty::I32 => Op::I32Load,
        Ty::I64 => Op::I64Load,
        Ty::F32 => Op::F32Load,
        Ty::F64 => Op::F64Load,
        _ => Op::V128Load,
    }
}

pub(crate) fn store(ty: Ty) -> Op {
    match ty {
        Ty::I32 => Op::I32Store,
        Ty::I64 => Op::I64Store,
        Ty::F32 => Op::F32Store,
        Ty::F64 => Op::F64Store,
        _ => Op::V128Store,
    }
}
