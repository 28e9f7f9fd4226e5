//! Slots and memories: zeroing, copying, sizes, bulk operations.

use super::grammar::{NodeTrap, Stmt};
use super::statements::{
    Constants, Copy, DataDrop, Gather, LoadPinned, MemoryCopy, MemoryFill, MemoryGrow, MemoryInit,
    MemorySize, Zero, Zero1, Zero2, Zero4,
};
use super::{Flow, Regs, Suspend, next, suspend, trap};
use crate::isa::operand::WORD;
use crate::runtime::MemoryCell;
use crate::wasm::TrapCode;

macro_rules! zero {
    ($($name:ident $n:literal;)*) => {$(
        impl Stmt for $name {
            #[inline(always)]
            unsafe fn run(m: Regs, at: usize) -> Flow {
                // SAFETY: the verifier checked that all the slots are in the frame.
                unsafe {
                    let slot = Self::at(&m, at);
                    let mut i = 0;
                    while i < $n {
                        *slot.wrapping_add(i) = 0;
                        i += 1;
                    }
                    next(m.advance(at + Self::LEN))
                }
            }
        }
    )*};
}
zero! { Zero1 1; Zero2 2; Zero4 4; }

impl Stmt for Zero {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: the verifier checked that all the slots are in the frame. Volatile, so that the
        // loop does not become a call.
        unsafe {
            let (slot, len) = (Self::at(&m, at), Self::len(&m, at) as usize);
            let mut i = 0;
            while i < len {
                volatile_write(slot.wrapping_add(i), 0);
                i += 1;
            }
            next(m.advance(at + Self::LEN))
        }
    }
}

impl Stmt for Gather {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: the verifier checked that all the slots are in the frame.
        unsafe {
            let dst = Self::dst(&m, at);
            *dst = *Self::a(&m, at);
            *dst.wrapping_add(1) = *Self::b(&m, at);
            *dst.wrapping_add(2) = *Self::c(&m, at);
            *dst.wrapping_add(3) = *Self::d(&m, at);
            *dst.wrapping_add(4) = *Self::e(&m, at);
            *dst.wrapping_add(5) = *Self::f(&m, at);
            *dst.wrapping_add(6) = *Self::g(&m, at);
            *dst.wrapping_add(7) = *Self::h(&m, at);
            next(m.advance(at + Self::LEN))
        }
    }
}

impl Stmt for Constants {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: the verifier checked that all the slots are in the frame.
        unsafe {
            let dst = Self::dst(&m, at);
            *dst = Self::a(&m, at).into();
            *dst.wrapping_add(1) = Self::b(&m, at).into();
            *dst.wrapping_add(2) = Self::c(&m, at).into();
            *dst.wrapping_add(3) = Self::d(&m, at).into();
            next(m.advance(at + Self::LEN))
        }
    }
}

impl Stmt for LoadPinned {
    #[inline(always)]
    unsafe fn run(mut m: Regs, at: usize) -> Flow {
        // SAFETY: the verifier checked that the slot is in the frame.
        unsafe {
            m.pinned = *Self::slot(&m, at);
            next(m.advance(at + Self::LEN))
        }
    }
}

impl Stmt for Copy {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: the verifier checked that all the slots are in the frame.
        unsafe {
            let (dst, src) = (Self::dst(&m, at), Self::src(&m, at));
            copy_up(src, dst, Self::len(&m, at) as usize);
            next(m.advance(at + Self::LEN))
        }
    }
}

/// Copies slots, the lowest first; in a loop that does not become a call.
///
/// # Safety
/// `src` is valid for reads, `dst` for writes of `len` slots.
#[inline(always)]
pub(super) unsafe fn copy_up(src: *const u64, dst: *mut u64, len: usize) {
    let mut i = 0;
    while i < len {
        // SAFETY: the caller's.
        unsafe { volatile_write(dst.wrapping_add(i), *src.wrapping_add(i)) };
        i += 1;
    }
}

/// A volatile write without the checks that `write_volatile` has under debug assertions.
///
/// # Safety
/// `p` is valid for writes.
#[inline(always)]
unsafe fn volatile_write(p: *mut u64, value: u64) {
    // SAFETY: the caller's.
    unsafe { *p = value };
    #[cfg(dispatch_tail)]
    // SAFETY: an empty template; that it may read memory keeps the write above in its place.
    unsafe {
        core::arch::asm!("", options(nostack, preserves_flags, readonly));
    }
}

impl Stmt for MemorySize {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: the operand is a memory's pointer in the context, the destination a slot.
        unsafe {
            let memory = &**Self::memory(&m, at).cast::<*const MemoryCell>();
            *Self::dst(&m, at) = (memory.len as u64) >> (Self::page_size_log2(&m, at) & 31);
            next(m.advance(at + Self::LEN))
        }
    }
}

/// Whether `len` units from `start` on are within `size`.
#[inline(always)]
pub(crate) fn in_bounds(start: u64, len: u64, size: usize) -> bool {
    let size = size as u64;
    len <= size && start <= size - len
}

impl Stmt for MemoryFill {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: operands of verified code; the range is checked.
        unsafe {
            let memory = &**Self::memory(&m, at).cast::<*const MemoryCell>();
            let (dst, value) = (*Self::dst(&m, at), *Self::value(&m, at) as u8);
            let len = *Self::len(&m, at);
            if !in_bounds(dst, len, memory.len) {
                return out_of_bounds(m, at + Self::LEN - 1);
            }
            fill_bytes(memory.base.wrapping_add(dst as usize), value, len as usize);
            next(m.advance(at + Self::LEN))
        }
    }
}

impl Stmt for MemoryCopy {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: operands of verified code; both ranges are checked.
        unsafe {
            let to = &**Self::dst_memory(&m, at).cast::<*const MemoryCell>();
            let from = &**Self::src_memory(&m, at).cast::<*const MemoryCell>();
            let (dst, src, len) = (*Self::dst(&m, at), *Self::src(&m, at), *Self::len(&m, at));
            if !in_bounds(dst, len, to.len) || !in_bounds(src, len, from.len) {
                return out_of_bounds(m, at + Self::LEN - 1);
            }
            let (src, dst) =
                (from.base.wrapping_add(src as usize), to.base.wrapping_add(dst as usize));
            copy_bytes(src, dst, len as usize);
            next(m.advance(at + Self::LEN))
        }
    }
}

#[inline(always)]
fn out_of_bounds(m: Regs, at: usize) -> Flow {
    trap(m, NodeTrap { code: TrapCode::MemoryOutOfBounds, at })
}

/// Outlined: cannot unwind.
///
/// # Safety
/// `dst` is valid for writes of `len` bytes.
#[inline(never)]
unsafe extern "C" fn fill_bytes(dst: *mut u8, value: u8, len: usize) {
    // SAFETY: the caller's.
    unsafe { dst.write_bytes(value, len) }
}

/// Outlined: cannot unwind.
///
/// # Safety
/// `src` is valid for reads, `dst` for writes of `len` bytes.
#[inline(never)]
unsafe extern "C" fn copy_bytes(src: *const u8, dst: *mut u8, len: usize) {
    // SAFETY: the caller's.
    unsafe { src.copy_to(dst, len) }
}

macro_rules! leaving {
    ($($name:ident)*) => {$(
        impl Stmt for $name {
            #[inline(always)]
            unsafe fn run(m: Regs, at: usize) -> Flow {
                debug_assert_eq!(at, WORD);
                suspend(m, Suspend::$name)
            }
        }
    )*};
}
pub(super) use leaving;
leaving! { MemoryGrow MemoryInit DataDrop }
