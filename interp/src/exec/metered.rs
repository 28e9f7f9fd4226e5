//! The metered forms of statements with expressions: the same operands, and the charges after them.
//! See `exec/meter.rs`.

use core::marker::PhantomData;

use super::grammar::{Expr, Stmt, Value};
use super::nodes::{keep_apart, slot};
use super::statements::{BrIf, BrIfZero, BrTable, ReturnValue};
use super::{Flow, Regs, meter, next, trap};
use crate::isa::operand::{OperandKind, WORD};

/// A statement in metered code.
pub(crate) struct Metered<S>(PhantomData<S>);

const FUEL: usize = OperandKind::Fuel.len();
const FUEL_WIDE: usize = OperandKind::FuelWide.len();
const SLOT: usize = OperandKind::Slot.len();

/// A conditional branch: a charge for either way.
macro_rules! conditional {
    ($name:ident, |$v:ident| $taken:expr) => {
        impl<X: Expr<T = u32>> Stmt for Metered<$name<X>> {
            #[inline(always)]
            unsafe fn run(mut m: Regs, at: usize) -> Flow {
                let end = at + WORD + X::LEN;
                // SAFETY: target, the condition's operands, two charges.
                unsafe {
                    let $v = match X::eval(&m, at + WORD) {
                        Ok(value) => value,
                        Err(t) => return trap(m, t),
                    };
                    if $taken {
                        let charge = m.operand::<u32>(end);
                        m.ip = m.operand(at);
                        keep_apart();
                        meter::go(m, charge)
                    } else {
                        m.fuel = m.fuel.plus(m.operand::<u16>(end + FUEL_WIDE).into());
                        next(m.advance(end + FUEL_WIDE + FUEL))
                    }
                }
            }
        }
    };
}
conditional!(BrIf, |v| v != 0);
conditional!(BrIfZero, |v| v == 0);

/// After the targets, the charges of the ways there.
impl<X: Expr<T = u32>> Stmt for Metered<BrTable<X>> {
    #[inline(always)]
    unsafe fn run(mut m: Regs, at: usize) -> Flow {
        // SAFETY: the index's operands, the number of targets less one, targets, charges.
        unsafe {
            let index = match X::eval(&m, at) {
                Ok(value) => value,
                Err(t) => return trap(m, t),
            };
            let last = m.operand::<u32>(at + X::LEN) as usize;
            let index = last.min(index as usize);
            let targets = at + X::LEN + 4;
            let charge = targets + WORD * (last + 1) + FUEL * index;
            let charge = m.operand::<u16>(charge);
            m.ip = m.operand(targets + WORD * index);
            meter::go(m, charge.into())
        }
    }
}

impl<X: Expr> Stmt for Metered<ReturnValue<X>> {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: the result's place, the value's operands, a charge.
        unsafe {
            let value = match X::eval(&m, at + SLOT) {
                Ok(value) => value,
                Err(t) => return trap(m, t),
            };
            let charge = m.operand::<u16>(at + SLOT + X::LEN);
            X::T::put(slot(&m, at), value);
            meter::returns(m, charge.into())
        }
    }
}
