//! The tables that `build/` derives from the declarations: handlers, what their operands are, and
//! how to select a handler for a tree.

#[cfg(feature = "metering")]
use crate::exec::metered::Metered;
use crate::exec::nodes::*;
#[cfg(feature = "gc")]
use crate::exec::objects::*;
use crate::exec::statements::*;
use crate::exec::{Handler, handler};
use crate::isa::operand::OperandKind;
#[cfg(feature = "gc")]
use crate::semantics::object_op;
use crate::semantics::op;
#[cfg(feature = "simd")]
use crate::semantics::{vector::V128, vector_op};
use crate::wasm::Kind;

/// A statement as the disassembler and the verifier see it. (There are thousands, so it holds no
/// pointers, each of which the loader of a program would have to relocate.)
#[derive(Debug)]
pub(crate) struct Shape {
    /// Where in `TEXTS` its text is.
    text: u32,
    text_len: u16,
    /// Where in `OPERANDS` its operands are.
    operands: u16,
    operands_len: u8,
    /// The accumulator that it reads.
    pub(crate) reads_acc: Option<Kind>,
    /// The accumulator that it sets.
    pub(crate) sets_acc: Option<Kind>,
    /// It reads the pinned register.
    pub(crate) reads_pinned: bool,
    /// The operand that is the slot of the pinned local which it sets.
    pub(crate) sets_pinned: Option<u8>,
    /// Never falls through.
    pub(crate) ends: bool,
    /// Always falls through (or traps), and can be the first of two in one instruction.
    #[cfg_attr(not(feature = "profile"), allow(dead_code))]
    pub(crate) falls_through: bool,
}

impl Shape {
    /// How it reads, with `$` for each operand.
    pub(crate) fn text(&self) -> &'static str {
        &TEXTS[self.text as usize..][..self.text_len as usize]
    }

    /// Its operands, in the order of the code.
    pub(crate) fn operands(&self) -> &'static [OperandKind] {
        &OPERANDS[self.operands as usize..][..self.operands_len as usize]
    }
}

/// The operands of a statement without expressions, in the order of the code.
#[inline]
pub(crate) fn simple_operands(statement: u16) -> &'static [OperandKind] {
    let (first, len) = SIMPLE_OPERANDS[statement as usize];
    &OPERANDS[first as usize..][..len as usize]
}

include!(concat!(env!("OUT_DIR"), "/table.rs"));

/// Whether a handler is the first of two statements in some instruction.
#[inline]
pub(crate) fn fuses(handler: u16) -> bool {
    FUSES[handler as usize / 64] >> (handler % 64) & 1 != 0
}
