//! Code as instructions, one after the other.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::table::{HANDLERS, SHAPES, Shape};
use crate::exec::Route;
use crate::isa::operand::{OperandKind, WORD};

/// The numbers of the handlers, by address.
pub(crate) fn handler_numbers() -> &'static BTreeMap<usize, u16> {
    static NUMBERS: spin::Once<BTreeMap<usize, u16>> = spin::Once::new();
    NUMBERS.call_once(|| {
        // Handlers that were merged for having the same code have the same meaning; the first
        // number stands for all.
        HANDLERS.iter().enumerate().rev().map(|(i, h)| (*h as usize, i as u16)).collect()
    })
}

/// An instruction in code.
pub(crate) struct Instruction<'a> {
    pub(crate) at: usize,
    pub(crate) number: u16,
    pub(crate) shape: &'static Shape,
    /// Values of the operands; of `Targets` the number, the addresses follow in `targets`.
    pub(crate) operands: Vec<u64>,
    pub(crate) targets: Vec<usize>,
    /// Charges of the ways to the targets, if they follow them.
    pub(crate) charges: Vec<u32>,
    /// Numbers of routes.
    pub(crate) choices: Vec<u32>,
    pub(crate) rest: &'a [u8],
}

/// Reads the instruction at the beginning of `code`, which is at offset `at`.
pub(crate) fn decode(code: &[u8], at: usize) -> Result<Instruction<'_>, String> {
    let mut rest = code;
    let mut take = |n: usize| -> Result<u64, String> {
        let (bytes, after) =
            rest.split_at_checked(n).ok_or_else(|| format!("{at:#x}: code ends"))?;
        rest = after;
        let mut value = [0; 8];
        value[..n].copy_from_slice(bytes);
        Ok(u64::from_le_bytes(value))
    };
    let handler = take(WORD)? as usize;
    let number = *handler_numbers().get(&handler).ok_or_else(|| format!("{at:#x}: no handler"))?;
    let shape = &SHAPES[number as usize];
    let (mut operands, mut targets) = (Vec::new(), Vec::new());
    let (mut charges, mut choices) = (Vec::new(), Vec::new());
    for kind in shape.operands() {
        let value = take(kind.len())?;
        operands.push(value);
        match kind {
            OperandKind::Target => targets.push(value as usize),
            OperandKind::Targets => {
                for _ in 0..=value {
                    targets.push(take(WORD)? as usize);
                }
            }
            OperandKind::Choices => {
                for _ in 0..=value {
                    choices.push(take(Route::NUMBER)? as u32);
                }
            }
            OperandKind::Fuels => {
                for _ in 0..targets.len() {
                    charges.push(take(OperandKind::Fuel.len())? as u32);
                }
            }
            _ => {}
        }
    }
    Ok(Instruction { at, number, shape, operands, targets, charges, choices, rest })
}
