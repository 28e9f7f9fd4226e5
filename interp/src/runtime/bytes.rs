//! Accesses to bytes that other threads may access at the same time. All of them are atomic:
//! a guest with a data race gets some mixture of values, and nothing worse happens.
//!
//! The specification asks no more of plain accesses than *relaxed* atomics give, and lets unaligned ones
//! and those of more than a word come to pieces.

#![cfg_attr(not(feature = "threads"), allow(dead_code))]

use core::sync::atomic::Ordering::{Relaxed, SeqCst};
use core::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicUsize};

use crate::base::opaque::opaque;

/// A word of bulk operations.
const WORD: usize = size_of::<usize>();

/// The same number, kept in a vector register meanwhile where integer registers are few.
#[inline(always)]
fn parked(number: u64) -> u64 {
    #[cfg(all(dispatch_tail, target_arch = "x86_64"))]
    let number = {
        let mut number = f64::from_bits(number);
        // SAFETY: no instruction, whose result is its operand.
        unsafe {
            core::arch::asm!("/* {0} */", inout(xmm_reg) number, options(pure, nomem, nostack, preserves_flags));
        }
        number.to_bits()
    };
    number
}

/// Reads `len` bytes, at most 8, one by one: the first is the lowest of the result. (All bytes at once would need
/// more registers than a handler has.)
///
/// # Safety
/// `p` is valid for atomic reads of them.
#[inline(always)]
unsafe fn gather(p: *mut u8, len: usize) -> u64 {
    let (mut value, mut left) = (0, len);
    while left != 0 {
        left -= 1;
        // SAFETY: the caller's.
        let byte = unsafe { (*p.wrapping_add(left).cast::<AtomicU8>()).load(Relaxed) };
        value = opaque(value << 8 | u64::from(byte));
    }
    value
}

/// Writes the lowest `len` bytes of `value`, at most 8, one by one.
///
/// # Safety
/// `p` is valid for atomic writes of them.
#[inline(always)]
unsafe fn scatter(p: *mut u8, mut value: u64, len: usize) {
    let mut i = 0;
    while i < len {
        // SAFETY: the caller's.
        unsafe { (*p.wrapping_add(i).cast::<AtomicU8>()).store(value as u8, Relaxed) };
        value = opaque(value >> 8);
        i += 1;
    }
}

/// Reads an `M` at any address.
///
/// # Safety
/// `p` is valid for atomic reads of an `M`, of 1, 2, 4, 8 or 16 bytes, whose every bit pattern is a value.
#[inline(always)]
pub(crate) unsafe fn load<M: Copy>(p: *mut u8) -> M {
    const { assert!(size_of::<M>().is_power_of_two() && size_of::<M>() <= 16) };
    let aligned = p.addr().is_multiple_of(size_of::<M>());
    // SAFETY: the caller's; `transmute_copy` copies as many bytes as an `M` has.
    unsafe {
        macro_rules! whole {
            ($atomic:ty) => {{
                let value = (*p.cast::<$atomic>()).load(Relaxed);
                core::mem::transmute_copy(&value)
            }};
        }
        match size_of::<M>() {
            1 => whole!(AtomicU8),
            2 if aligned => whole!(AtomicU16),
            4 if aligned => whole!(AtomicU32),
            #[cfg(target_has_atomic = "64")]
            8 if aligned => whole!(core::sync::atomic::AtomicU64),
            16 => {
                let low = parked(load::<u64>(p));
                core::mem::transmute_copy(&[low, load::<u64>(p.wrapping_add(8))])
            }
            len => core::mem::transmute_copy(&gather(p, len).to_le_bytes()),
        }
    }
}

/// Writes an `M` at any address.
///
/// # Safety
/// `p` is valid for atomic writes of an `M`, of 1, 2, 4, 8 or 16 bytes, which has no padding.
#[inline(always)]
pub(crate) unsafe fn store<M: Copy>(p: *mut u8, value: M) {
    const { assert!(size_of::<M>().is_power_of_two() && size_of::<M>() <= 16) };
    let aligned = p.addr().is_multiple_of(size_of::<M>());
    // SAFETY: the caller's; as many bytes of the value are read as an `M` has.
    unsafe {
        macro_rules! whole {
            ($atomic:ty) => {
                (*p.cast::<$atomic>()).store(core::mem::transmute_copy(&value), Relaxed)
            };
        }
        match size_of::<M>() {
            1 => whole!(AtomicU8),
            2 if aligned => whole!(AtomicU16),
            4 if aligned => whole!(AtomicU32),
            #[cfg(target_has_atomic = "64")]
            8 if aligned => whole!(core::sync::atomic::AtomicU64),
            16 => {
                let [low, high]: [u64; 2] = core::mem::transmute_copy(&value);
                store(p, low);
                store(p.wrapping_add(8), high);
            }
            len => {
                let mut bytes = [0; 8];
                let from = (&raw const value).cast::<u8>();
                from.copy_to_nonoverlapping(bytes.as_mut_ptr(), len);
                scatter(p, u64::from_le_bytes(bytes), len);
            }
        }
    }
}

/// Reads 32 bits, sequentially consistent.
///
/// # Safety
/// `p` is aligned and valid for atomic reads.
pub(crate) unsafe fn load_u32(p: *mut u8) -> u32 {
    // SAFETY: the caller's.
    unsafe { (*p.cast::<AtomicU32>()).load(SeqCst) }
}

/// Reads 64 bits, sequentially consistent.
///
/// # Safety
/// `p` is aligned and valid for atomic reads.
pub(crate) unsafe fn load_u64(p: *mut u8) -> u64 {
    #[cfg(target_has_atomic = "64")]
    // SAFETY: the caller's.
    unsafe {
        (*p.cast::<core::sync::atomic::AtomicU64>()).load(SeqCst)
    }
    // The feature `threads` is refused there, so there are no shared memories.
    #[cfg(not(target_has_atomic = "64"))]
    // SAFETY: the caller's.
    unsafe {
        load(p)
    }
}

/// Fills `len` bytes.
///
/// # Safety
/// `to` is valid for atomic writes of them.
pub(crate) unsafe fn fill(to: *mut u8, value: u8, len: usize) {
    let word = usize::from_ne_bytes([value; WORD]);
    let head = to.addr().wrapping_neg() % WORD;
    let head = head.min(len);
    let words = (len - head) / WORD;
    // SAFETY: all of it is among the `len` bytes; words begin at multiples of their size.
    unsafe {
        for i in 0..head {
            store(to.wrapping_add(i), value);
        }
        let middle = to.wrapping_add(head).cast::<AtomicUsize>();
        for i in 0..words {
            (*middle.wrapping_add(i)).store(word, Relaxed);
        }
        for i in head + words * WORD..len {
            store(to.wrapping_add(i), value);
        }
    }
}

/// Copies bytes that nobody else writes.
///
/// # Safety
/// `to` is valid for atomic writes of them.
pub(crate) unsafe fn write(from: &[u8], to: *mut u8) {
    let head = (to.addr().wrapping_neg() % WORD).min(from.len());
    let (words, tail) = from[head..].as_chunks::<WORD>();
    // SAFETY: all of it is among the bytes of `from`, in their order.
    unsafe {
        for (i, byte) in from[..head].iter().enumerate() {
            store(to.wrapping_add(i), *byte);
        }
        for (i, word) in words.iter().enumerate() {
            store(to.wrapping_add(head + i * WORD), usize::from_ne_bytes(*word));
        }
        for (i, byte) in tail.iter().enumerate() {
            store(to.wrapping_add(head + words.len() * WORD + i), *byte);
        }
    }
}

/// Copies `len` bytes; the ranges may overlap.
///
/// # Safety
/// `from` is valid for atomic reads and `to` for atomic writes of them.
pub(crate) unsafe fn copy(from: *mut u8, to: *mut u8, len: usize) {
    // Words can be copied where both sides are aligned at the same time.
    let alike = from.addr() % WORD == to.addr() % WORD;
    let head = if alike { (to.addr().wrapping_neg() % WORD).min(len) } else { len };
    let end = head + (len - head) / WORD * WORD;
    // SAFETY: each is among the `len` bytes, and between `head` and `end` aligned.
    let byte = |i: usize| unsafe { store::<u8>(to.wrapping_add(i), load(from.wrapping_add(i))) };
    // SAFETY: as above.
    let word = |i: usize| unsafe { store::<usize>(to.wrapping_add(i), load(from.wrapping_add(i))) };
    if to.addr() <= from.addr() {
        (0..head).for_each(byte);
        (head..end).step_by(WORD).for_each(word);
        (end..len).for_each(byte);
    } else {
        (end..len).rev().for_each(byte);
        (head..end).step_by(WORD).rev().for_each(word);
        (0..head).rev().for_each(byte);
    }
}
