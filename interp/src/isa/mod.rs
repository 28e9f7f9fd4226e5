//! The instruction set as data: a grammar of Rust types, which `exec` gives life.
//!
//! Only *statements* are instructions; what computes a value is an *expression*, a tree that is part of a
//! statement (`Stmt` and `Expr` of `exec/grammar.rs`). A handler is a statement type, monomorphised:
//! `Set<Bin<I32Add, Slot<u32>, Imm<u32>>>` is "add a constant to a slot into a slot".
//!
//! An instruction in code, packed and unaligned:
//!
//! ```text
//! [ handler pointer | the statement's own operands | operands of its expressions, in preorder ]
//! ```
//!
//! `at` is always the distance from the handler pointer to the operands of the thing being
//! evaluated, a constant of the type, so that each operand is read by one load.
//!
//! `operations.rs`, `vectors.rs` and `atomics.rs` say what each operation means, `statements.rs` what
//! statements there are, the lists which trees and fusions programs use, and `build/` which combinations have
//! handlers; the tables generated from there (`code/table.rs`) drive selection, encoding, disassembly and verification alike.

pub(crate) mod operand;

use crate::wasm::Kind;

/// What the translator needs to know of an operation.
#[derive(Debug)]
pub(crate) struct OpInfo {
    /// Kind of the result.
    pub(crate) result: Kind,
    /// May trap.
    pub(crate) traps: bool,
    /// Bytes of memory accessed.
    pub(crate) width: u8,
    /// The operation with its operands exchanged.
    pub(crate) swap: Option<Op>,
    /// The operation that gives 0 where this one gives 1.
    pub(crate) not: Option<Op>,
    /// The operation that makes its NaNs canonical, if it may compute any.
    pub(crate) canonical: Option<Op>,
}

include!(concat!(env!("OUT_DIR"), "/operations.rs"));

impl Op {
    #[inline]
    pub(crate) fn info(self) -> &'static OpInfo {
        &OPS[self as usize]
    }
}
