//! Tables and references.

use super::grammar::{NodeTrap, Stmt};
use super::memory::leaving;
use super::statements::{
    ElemDrop, RefFunc, TableCopy, TableFill, TableGet, TableGrow, TableInit, TableSet, TableSize,
};
use super::{Flow, Regs, Suspend, next, suspend, trap};
use crate::isa::operand::WORD;
use crate::runtime::TableCell;
use crate::wasm::TrapCode;

impl Stmt for TableSize {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: the operand is a table's pointer in the context, the destination a slot.
        unsafe {
            let table = &**Self::table(&m, at).cast::<*const TableCell>();
            *Self::dst(&m, at) = table.len as u64;
            next(m.advance(at + Self::LEN))
        }
    }
}

impl Stmt for TableGet {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: operands of verified code; the index is checked.
        unsafe {
            let table = &**Self::table(&m, at).cast::<*const TableCell>();
            let index = *Self::index(&m, at);
            if index >= table.len as u64 {
                return out_of_bounds(m, at + Self::LEN - 1);
            }
            *Self::dst(&m, at) = *table.base.wrapping_add(index as usize);
            next(m.advance(at + Self::LEN))
        }
    }
}

impl Stmt for TableSet {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: operands of verified code; the index is checked.
        unsafe {
            let table = &**Self::table(&m, at).cast::<*const TableCell>();
            let index = *Self::index(&m, at);
            if index >= table.len as u64 {
                return out_of_bounds(m, at + Self::LEN - 1);
            }
            *table.base.wrapping_add(index as usize) = *Self::value(&m, at);
            next(m.advance(at + Self::LEN))
        }
    }
}

#[inline(always)]
fn out_of_bounds(m: Regs, at: usize) -> Flow {
    trap(m, NodeTrap { code: TrapCode::TableOutOfBounds, at })
}

impl Stmt for RefFunc {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: the operand is where the context keeps the function's reference, or 0.
        unsafe {
            let func = *Self::func(&m, at).cast::<u64>();
            if func == 0 {
                return suspend(m, Suspend::RefFunc);
            }
            *Self::dst(&m, at) = func;
            next(m.advance(at + Self::LEN))
        }
    }
}

leaving! { TableGrow TableFill TableCopy TableInit ElemDrop }
