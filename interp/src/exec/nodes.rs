//! Expressions as types, and what the statements do that have expressions. Registered combinations of them
//! are handlers; see `build/` for which.

use core::marker::PhantomData;

use super::grammar::{Expr, FallThrough, NodeTrap, PinnedValue, Stmt, Value};
use super::statements::{
    BrIf, BrIfZero, BrTable, LoadGeneral, ReturnValue, Set, SetAcc, SetGlobal, SetGlobalImport,
    SetPinned, Store, StoreGeneral,
};
use super::{Flow, Regs, next, trap};
use crate::base::unaligned::{read, write};
use crate::isa::operand::{OperandKind, WORD};
use crate::semantics::{Binary, LoadOp, StoreOp, Unary};
#[cfg(feature = "simd")]
use crate::semantics::{Ternary, vector::V128};
use crate::wasm::TrapCode;

macro_rules! types {
    ($($(#[$doc:meta])* $name:ident<$($p:ident),*>;)*) => {$(
        $(#[$doc])*
        #[cfg_attr(not(all(feature = "trees", feature = "simd")), allow(dead_code))] // some only have handlers with it
        pub(crate) struct $name<$($p),*>(PhantomData<($($p,)*)>);
    )*};
}
types! {
    /// A slot of the frame: a local or an operand stack entry.
    Slot<T>;
    /// A constant of 32 bits, sign-extended for i64.
    Imm<T>;
    /// A constant of 64 bits.
    Imm64<T>;
    /// A constant of 128 bits.
    Imm128<T>;
    /// The accumulator, set by the statement just before.
    Acc<T>;
    /// The pinned local, which is in its slot and in a register.
    Pinned<T>;
    /// A global of the instance's own.
    Global<T>;
    /// An imported global.
    GlobalImport<T>;
    /// An operation of one operand.
    Un<O, X>;
    /// An operation of two operands.
    Bin<O, X, Y>;
    /// An operation of three operands.
    Tern<O, X, Y, Z>;
    /// A load from memory 0.
    Load<O, X>;
    /// `select`: `X` if `C` is not zero, otherwise `Y`.
    Select<X, Y, C>;

    /// Two statements in one instruction.
    Fused<A, B>;
}

const SLOT: usize = OperandKind::Slot.len();

/// The frame slot named by the operand at `at`.
///
/// # Safety
/// There is a slot operand at `m.ip + at`.
#[inline(always)]
pub(super) unsafe fn slot(m: &Regs, at: usize) -> *mut u64 {
    // SAFETY: the caller's.
    m.fp.wrapping_add(unsafe { m.operand::<u16>(at) } as usize)
}

impl<T: Value> Expr for Slot<T> {
    type T = T;
    const LEN: usize = SLOT;
    #[inline(always)]
    unsafe fn eval(m: &Regs, at: usize) -> Result<T, NodeTrap> {
        // SAFETY: the verifier checked that the operand is a slot of the frame.
        Ok(unsafe { T::get(slot(m, at)) })
    }
}

impl<T: Value> Expr for Imm<T> {
    type T = T;
    const LEN: usize = 4;
    #[inline(always)]
    unsafe fn eval(m: &Regs, at: usize) -> Result<T, NodeTrap> {
        // SAFETY: there are 4 bytes of operand.
        Ok(T::from_imm(unsafe { m.operand::<u32>(at) }))
    }
}

impl<T: Value> Expr for Imm64<T> {
    type T = T;
    const LEN: usize = 8;
    #[inline(always)]
    unsafe fn eval(m: &Regs, at: usize) -> Result<T, NodeTrap> {
        // SAFETY: there are 8 bytes of operand; a local copy of them serves as the slot.
        let bits: u64 = unsafe { m.operand(at) };
        // SAFETY: as above.
        Ok(unsafe { T::get(&bits) })
    }
}

#[cfg(feature = "simd")]
impl Expr for Imm128<V128> {
    type T = V128;
    const LEN: usize = 16;
    #[inline(always)]
    unsafe fn eval(m: &Regs, at: usize) -> Result<V128, NodeTrap> {
        // SAFETY: there are 16 bytes of operand.
        Ok(unsafe { m.operand(at) })
    }
}

impl<T: Value> Expr for Acc<T> {
    type T = T;
    const LEN: usize = 0;
    #[inline(always)]
    unsafe fn eval(m: &Regs, _at: usize) -> Result<T, NodeTrap> {
        Ok(T::acc(m))
    }
}

impl<T: PinnedValue> Expr for Pinned<T> {
    type T = T;
    const LEN: usize = 0;
    #[inline(always)]
    unsafe fn eval(m: &Regs, _at: usize) -> Result<T, NodeTrap> {
        Ok(T::from_pinned(m.pinned))
    }
}

impl<T: Value> Expr for Global<T> {
    type T = T;
    const LEN: usize = 4;
    #[inline(always)]
    unsafe fn eval(m: &Regs, at: usize) -> Result<T, NodeTrap> {
        // SAFETY: the verifier checked that the operand is a global's cell in the context.
        Ok(unsafe { T::get(m.context_at::<u64>(at)) })
    }
}

impl<T: Value> Expr for GlobalImport<T> {
    type T = T;
    const LEN: usize = 4;
    #[inline(always)]
    unsafe fn eval(m: &Regs, at: usize) -> Result<T, NodeTrap> {
        // SAFETY: the verifier checked that the operand is a global's pointer in the context.
        Ok(unsafe { T::get(*m.context_at::<*const u64>(at)) })
    }
}

impl<O: Unary<R: Value>, X: Expr<T = O::A>> Expr for Un<O, X> {
    type T = O::R;
    const LEN: usize = X::LEN;
    #[inline(always)]
    unsafe fn eval(m: &Regs, at: usize) -> Result<O::R, NodeTrap> {
        // SAFETY: the operand's operands come first.
        let a = unsafe { X::eval(m, at)? };
        O::apply(a).map_err(|code| NodeTrap { code, at })
    }
}

impl<O: Binary<R: Value>, X: Expr<T = O::A>, Y: Expr<T = O::B>> Expr for Bin<O, X, Y> {
    type T = O::R;
    const LEN: usize = X::LEN + Y::LEN;
    #[inline(always)]
    unsafe fn eval(m: &Regs, at: usize) -> Result<O::R, NodeTrap> {
        // SAFETY: the left operand's operands come first.
        let a = unsafe { X::eval(m, at)? };
        // SAFETY: the right operand's follow.
        let b = unsafe { Y::eval(m, at + X::LEN)? };
        O::apply(a, b).map_err(|code| NodeTrap { code, at })
    }
}

#[cfg(feature = "simd")]
impl<O: Ternary<R: Value>, X: Expr<T = O::A>, Y: Expr<T = O::B>, Z: Expr<T = O::C>> Expr
    for Tern<O, X, Y, Z>
{
    type T = O::R;
    const LEN: usize = X::LEN + Y::LEN + Z::LEN;
    #[inline(always)]
    unsafe fn eval(m: &Regs, at: usize) -> Result<O::R, NodeTrap> {
        // SAFETY: operands in order.
        unsafe {
            let a = X::eval(m, at)?;
            let b = Y::eval(m, at + X::LEN)?;
            let c = Z::eval(m, at + X::LEN + Y::LEN)?;
            Ok(O::apply(a, b, c))
        }
    }
}

impl<X: Expr, Y: Expr<T = X::T>, C: Expr<T = u32>> Expr for Select<X, Y, C> {
    type T = X::T;
    const LEN: usize = X::LEN + Y::LEN + C::LEN;
    #[inline(always)]
    unsafe fn eval(m: &Regs, at: usize) -> Result<X::T, NodeTrap> {
        // SAFETY: operands in order.
        let x = unsafe { X::eval(m, at)? };
        // SAFETY: operands in order.
        let y = unsafe { Y::eval(m, at + X::LEN)? };
        // SAFETY: operands in order.
        let c = unsafe { C::eval(m, at + X::LEN + Y::LEN)? };
        Ok(if c != 0 { x } else { y })
    }
}

/// Where an access of `M` at `address` lies in memory 0. The operand is the static offset plus the
/// width of the access, so that one addition and one comparison check it.
///
/// # Safety
/// There is an offset operand at `m.ip + at`.
#[inline(always)]
unsafe fn effective<M>(m: &Regs, address: u32, at: usize) -> Result<*mut u8, NodeTrap> {
    // SAFETY: the caller's.
    let end = address as u64 + unsafe { m.operand::<u32>(at) } as u64;
    if end > m.mem_len as u64 {
        return Err(NodeTrap { code: TrapCode::MemoryOutOfBounds, at });
    }
    Ok(m.mem.wrapping_add(end as usize).wrapping_sub(size_of::<M>()))
}

impl<O: LoadOp<R: Value>, X: Expr<T = u32>> Expr for Load<O, X> {
    type T = O::R;
    const LEN: usize = 4 + X::LEN;
    #[inline(always)]
    unsafe fn eval(m: &Regs, at: usize) -> Result<O::R, NodeTrap> {
        // SAFETY: the address's operands follow the offset.
        let address = unsafe { X::eval(m, at + 4)? };
        // SAFETY: the offset is the first operand.
        let p = unsafe { effective::<O::M>(m, address, at)? };
        // SAFETY: `effective` checked that the bytes are in memory.
        Ok(O::convert(unsafe { read(p) }))
    }
}

/// The value of an expression, or out of the handler with its trap.
macro_rules! eval {
    ($m:ident, $at:expr, $x:ty) => {
        // SAFETY: the expression's operands are at `$at`, as the statement's layout says.
        match unsafe { <$x>::eval(&$m, $at) } {
            Ok(value) => value,
            Err(t) => return trap($m, t),
        }
    };
}

/// On to the next instruction, which follows at `$at`.
macro_rules! fall_through {
    ($m:ident, $at:expr) => {
        // SAFETY: an instruction follows; verified code does not end here.
        unsafe { next($m.advance($at)) }
    };
}

/// A straight statement is also an instruction of its own.
macro_rules! fall_through_statements {
    ($([$($generics:tt)*] $name:ty;)*) => {$(
        impl<$($generics)*> Stmt for $name {
            #[inline(always)]
            unsafe fn run(mut m: Regs, at: usize) -> Flow {
                // SAFETY: the caller's.
                match unsafe { Self::exec(&mut m, at) } {
                    Ok(()) => fall_through!(m, at + <Self as FallThrough>::LEN),
                    Err(t) => trap(m, t),
                }
            }
        }
    )*};
}
#[cfg(feature = "gc")]
pub(super) use {fall_through, fall_through_statements};
fall_through_statements! {
    [X: Expr] Set<X>;
    [X: Expr<T: PinnedValue>] SetPinned<X>;
    [X: Expr] SetAcc<X>;
    [O: StoreOp, X: Expr<T = u32>, Y: Expr<T = O::A>] Store<O, X, Y>;
    [X: Expr] SetGlobal<X>;
    [X: Expr] SetGlobalImport<X>;
}

impl<X: Expr> FallThrough for Set<X> {
    const LEN: usize = SLOT + X::LEN;
    #[inline(always)]
    unsafe fn exec(m: &mut Regs, at: usize) -> Result<(), NodeTrap> {
        // SAFETY: operands in order; the verifier checked that the slot is in the frame.
        unsafe {
            let value = X::eval(m, at + SLOT)?;
            X::T::put(slot(m, at), value);
            X::T::set_acc(m, value);
        }
        Ok(())
    }
}

impl<X: Expr<T: PinnedValue>> FallThrough for SetPinned<X> {
    const LEN: usize = SLOT + X::LEN;
    #[inline(always)]
    unsafe fn exec(m: &mut Regs, at: usize) -> Result<(), NodeTrap> {
        // SAFETY: operands in order; the verifier checked that the slot is in the frame.
        unsafe {
            let value = X::eval(m, at + SLOT)?;
            X::T::put(slot(m, at), value);
            m.pinned = value.to_pinned();
        }
        Ok(())
    }
}

impl<X: Expr> FallThrough for SetAcc<X> {
    const LEN: usize = X::LEN;
    #[inline(always)]
    unsafe fn exec(m: &mut Regs, at: usize) -> Result<(), NodeTrap> {
        // SAFETY: the expression's operands.
        let value = unsafe { X::eval(m, at)? };
        X::T::set_acc(m, value);
        Ok(())
    }
}

impl<O: StoreOp, X: Expr<T = u32>, Y: Expr<T = O::A>> FallThrough for Store<O, X, Y> {
    const LEN: usize = 4 + X::LEN + Y::LEN;
    #[inline(always)]
    unsafe fn exec(m: &mut Regs, at: usize) -> Result<(), NodeTrap> {
        // SAFETY: operands in order: the offset, the address's, the value's; `effective` checks
        // that the bytes are in memory.
        unsafe {
            let address = X::eval(m, at + 4)?;
            let value = Y::eval(m, at + 4 + X::LEN)?;
            let p = effective::<O::M>(m, address, at)?;
            write(p, O::convert(value));
        }
        Ok(())
    }
}

impl<X: Expr> FallThrough for SetGlobal<X> {
    const LEN: usize = 4 + X::LEN;
    #[inline(always)]
    unsafe fn exec(m: &mut Regs, at: usize) -> Result<(), NodeTrap> {
        // SAFETY: operands in order; the verifier checked that the first is a global's cell.
        unsafe {
            let value = X::eval(m, at + 4)?;
            X::T::put(m.context_at(at), value);
        }
        Ok(())
    }
}

impl<X: Expr> FallThrough for SetGlobalImport<X> {
    const LEN: usize = 4 + X::LEN;
    #[inline(always)]
    unsafe fn exec(m: &mut Regs, at: usize) -> Result<(), NodeTrap> {
        // SAFETY: operands in order; the verifier checked that the first is a global's pointer.
        unsafe {
            let value = X::eval(m, at + 4)?;
            X::T::put(*m.context_at::<*mut u64>(at), value);
        }
        Ok(())
    }
}

impl<A: FallThrough, B: FallThrough> FallThrough for Fused<A, B> {
    const LEN: usize = A::LEN + B::LEN;
    #[inline(always)]
    unsafe fn exec(m: &mut Regs, at: usize) -> Result<(), NodeTrap> {
        // SAFETY: operands in order.
        unsafe {
            A::exec(m, at)?;
            B::exec(m, at + A::LEN)
        }
    }
}

impl<A: FallThrough, B: Stmt> Stmt for Fused<A, B> {
    #[inline(always)]
    unsafe fn run(mut m: Regs, at: usize) -> Flow {
        // SAFETY: operands in order.
        unsafe {
            match A::exec(&mut m, at) {
                Ok(()) => B::run(m, at + A::LEN),
                Err(t) => trap(m, t),
            }
        }
    }
}

/// Where an access of `M` lies in any memory: operands are the memory, the 64-bit offset, the slot
/// of the address (i32 addresses are zero-extended in their slots).
///
/// # Safety
/// These operands are at `m.ip + at`.
#[inline(always)]
unsafe fn effective_general<M>(m: &Regs, at: usize) -> Result<*mut u8, NodeTrap> {
    let trap = NodeTrap { code: TrapCode::MemoryOutOfBounds, at };
    // SAFETY: the verifier checked the operand; a context's memory pointers are valid.
    let memory = unsafe { &**m.context_at::<*const crate::runtime::MemoryCell>(at) };
    // SAFETY: the operands in order.
    let (offset, address) = unsafe { (m.operand::<u64>(at + 4), *slot(m, at + 12)) };
    match address.checked_add(offset).and_then(|a| a.checked_add(size_of::<M>() as u64)) {
        Some(end) if end <= memory.len as u64 => {
            Ok(memory.base.wrapping_add(end as usize - size_of::<M>()))
        }
        _ => Err(trap),
    }
}

impl<O: LoadOp<R: Value>> Stmt for LoadGeneral<O> {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: operands: memory, offset, address, destination.
        let p = match unsafe { effective_general::<O::M>(&m, at) } {
            Ok(p) => p,
            Err(t) => return trap(m, t),
        };
        // SAFETY: the bytes are in memory, the destination in the frame.
        unsafe { O::R::put(slot(&m, at + 14), O::convert(read(p))) };
        fall_through!(m, at + 16)
    }
}

impl<O: StoreOp<A: Value>> Stmt for StoreGeneral<O> {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: operands: memory, offset, address, value.
        let p = match unsafe { effective_general::<O::M>(&m, at) } {
            Ok(p) => p,
            Err(t) => return trap(m, t),
        };
        // SAFETY: the bytes are in memory, the value in the frame.
        unsafe { write(p, O::convert(O::A::get(slot(&m, at + 14)))) };
        fall_through!(m, at + 16)
    }
}

/// A conditional branch has two dispatch sites, so that each is predicted by itself: the barrier
/// keeps the compiler from merging them into one.
macro_rules! conditional {
    ($name:ident, |$v:ident| $taken:expr) => {
        impl<X: Expr<T = u32>> Stmt for $name<X> {
            #[inline(always)]
            unsafe fn run(mut m: Regs, at: usize) -> Flow {
                let $v = eval!(m, at + WORD, X);
                if $taken {
                    // SAFETY: the verifier checked that the target is an instruction.
                    m.ip = unsafe { m.operand(at) };
                    keep_apart();
                    // SAFETY: as above.
                    unsafe { next(m) }
                } else {
                    fall_through!(m, at + WORD + X::LEN)
                }
            }
        }
    };
}
conditional!(BrIf, |v| v != 0);
conditional!(BrIfZero, |v| v == 0);

/// An empty statement that the compiler cannot see through.
#[inline(always)]
pub(super) fn keep_apart() {
    // SAFETY: an empty template touches nothing.
    #[cfg(dispatch_tail)]
    unsafe {
        core::arch::asm!("", options(nomem, nostack, preserves_flags));
    }
}

impl<X: Expr<T = u32>> Stmt for BrTable<X> {
    #[inline(always)]
    unsafe fn run(mut m: Regs, at: usize) -> Flow {
        let index = eval!(m, at, X);
        // SAFETY: the number of targets follows the expression's operands.
        let last = unsafe { m.operand::<u32>(at + X::LEN) };
        let index = if index < last { index } else { last };
        // SAFETY: there are `last + 1` targets, which are instructions.
        m.ip = unsafe { m.operand(at + X::LEN + 4 + WORD * index as usize) };
        // SAFETY: as above.
        unsafe { next(m) }
    }
}

impl<X: Expr> Stmt for ReturnValue<X> {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        let value = eval!(m, at + SLOT, X);
        // SAFETY: the first slot of a frame is the result's place; the caller goes on at an instruction.
        unsafe {
            X::T::put(slot(&m, at), value);
            next(m.returned())
        }
    }
}
