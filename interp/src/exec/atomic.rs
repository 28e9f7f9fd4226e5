//! Atomic operations, and bulk operations on shared memories. See `shared_access`.

use super::grammar::{NodeTrap, Stmt};
use super::memory::in_bounds;
use super::shared_access::{Outcome, UNALIGNED, atomic_access};
use super::statements::{
    AtomicCmpxchg, AtomicFence, AtomicLoad, AtomicRmw, AtomicStore, MemoryNotify, MemoryWait32,
    MemoryWait64, SharedCopy, SharedFill, SharedSize,
};
use super::{Flow, Regs, Suspend, next, suspend, trap};
use crate::isa::operand::WORD;
use crate::runtime::{AnyMemory, Context, bytes};
use crate::wasm::TrapCode;

/// The memory that a context's pointer leads to.
///
/// # Safety
/// `pointer` is where a memory's pointer lies in a context.
#[inline(always)]
unsafe fn memory<'a>(pointer: *mut Context) -> &'a AnyMemory {
    // SAFETY: the caller's; the context's memories live as long as it does.
    unsafe { &**pointer.cast::<*const AnyMemory>() }
}

/// A trap of the statement whose operands begin at `at`: its last byte stands for it.
macro_rules! trap_of {
    ($m:ident, $at:ident, $code:expr) => {
        trap($m, NodeTrap { code: $code, at: $at + Self::LEN - 1 })
    };
}

/// `Name |m, at| a, b, |value| { .. }`: the operands after the address, and what becomes of the result.
macro_rules! atomic {
    ($($name:ident |$m:ident, $at:ident| $a:expr, $b:expr, |$value:ident| { $($result:stmt)? };)*) => {$(
        impl Stmt for $name {
            #[inline(always)]
            unsafe fn run($m: Regs, $at: usize) -> Flow {
                // SAFETY: operands of verified code; `atomic_access` checks the address.
                unsafe {
                    let memory = memory(Self::memory(&$m, $at));
                    let (op, offset) = (Self::op(&$m, $at), Self::offset(&$m, $at));
                    let address = *Self::address(&$m, $at);
                    let Outcome { value: $value, failed } =
                        atomic_access(memory, op, address, offset, $a, $b);
                    match failed {
                        0 => {}
                        UNALIGNED => return trap_of!($m, $at, TrapCode::UnalignedAtomic),
                        _ => return trap_of!($m, $at, TrapCode::MemoryOutOfBounds),
                    }
                    $($result)?
                    next($m.advance($at + Self::LEN))
                }
            }
        }
    )*};
}
atomic! {
    AtomicLoad |m, at| 0, 0, |value| { *Self::dst(&m, at) = value };
    AtomicStore |m, at| *Self::value(&m, at), 0, |_value| {};
    AtomicRmw |m, at| *Self::value(&m, at), 0, |value| { *Self::dst(&m, at) = value };
    AtomicCmpxchg |m, at| *Self::expected(&m, at), *Self::replacement(&m, at),
        |value| { *Self::dst(&m, at) = value };
}

impl Stmt for AtomicFence {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        core::sync::atomic::fence(core::sync::atomic::Ordering::SeqCst);
        // SAFETY: an instruction follows.
        unsafe { next(m.advance(at + Self::LEN)) }
    }
}

impl Stmt for SharedSize {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: the operand is a memory's pointer in the context, the destination a slot.
        unsafe {
            let len = memory(Self::memory(&m, at)).len() as u64;
            *Self::dst(&m, at) = len >> (Self::page_size_log2(&m, at) & 31);
            next(m.advance(at + Self::LEN))
        }
    }
}

impl Stmt for SharedFill {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: operands of verified code; the range is checked.
        unsafe {
            let memory = memory(Self::memory(&m, at));
            let (dst, value) = (*Self::dst(&m, at), *Self::value(&m, at) as u8);
            let len = *Self::len(&m, at);
            if !in_bounds(dst, len, memory.len()) {
                return trap_of!(m, at, TrapCode::MemoryOutOfBounds);
            }
            fill_shared(memory.base().wrapping_add(dst as usize), value, len as usize);
            next(m.advance(at + Self::LEN))
        }
    }
}

impl Stmt for SharedCopy {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: operands of verified code; both ranges are checked.
        unsafe {
            let to = memory(Self::dst_memory(&m, at));
            let from = memory(Self::src_memory(&m, at));
            let (dst, src, len) = (*Self::dst(&m, at), *Self::src(&m, at), *Self::len(&m, at));
            if !in_bounds(dst, len, to.len()) || !in_bounds(src, len, from.len()) {
                return trap_of!(m, at, TrapCode::MemoryOutOfBounds);
            }
            let from = from.base().wrapping_add(src as usize);
            copy_shared(from, to.base().wrapping_add(dst as usize), len as usize);
            next(m.advance(at + Self::LEN))
        }
    }
}

/// Outlined: cannot unwind.
///
/// # Safety
/// As [`bytes::fill`].
#[inline(never)]
unsafe extern "C" fn fill_shared(dst: *mut u8, value: u8, len: usize) {
    // SAFETY: the caller's.
    unsafe { bytes::fill(dst, value, len) }
}

/// Outlined: cannot unwind.
///
/// # Safety
/// As [`bytes::copy`].
#[inline(never)]
unsafe extern "C" fn copy_shared(src: *mut u8, dst: *mut u8, len: usize) {
    // SAFETY: the caller's.
    unsafe { bytes::copy(src, dst, len) }
}

super::memory::leaving! { MemoryWait32 MemoryWait64 MemoryNotify }
