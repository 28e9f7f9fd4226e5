//! Accesses to bytes that other threads may access at the same time. Whatever these do, it is atomics:
//! a guest that races gets some mixture of values, and nothing else happens.
//!
//! The specification asks no more of plain accesses than *relaxed* atomics give, and lets unaligned ones
//! and those of more than a word come to pieces.

#![cfg_attr(not(feature = "threads"), allow(dead_code))]

use core::sync::atomic::Ordering::{Relaxed, SeqCst};
use core::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicUsize};

/// A word of bulk operations.
const WORD: usize = size_of::<usize>();

/// Reads an `M` at any address.
///
/// # Safety
/// `p` is valid for atomic reads of an `M`, whose every bit pattern is a value.
#[inline(always)]
pub(crate) unsafe fn load<M: Copy>(p: *mut u8) -> M {
    const { assert!(size_of::<M>() <= 16) };
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
            len => {
                let mut bytes = [0u8; 16];
                let mut i = 0;
                while i < len {
                    bytes[i] = (*p.wrapping_add(i).cast::<AtomicU8>()).load(Relaxed);
                    i += 1;
                }
                core::mem::transmute_copy(&bytes)
            }
        }
    }
}

/// Writes an `M` at any address.
///
/// # Safety
/// `p` is valid for atomic writes of an `M`, which has no padding.
#[inline(always)]
pub(crate) unsafe fn store<M: Copy>(p: *mut u8, value: M) {
    const { assert!(size_of::<M>() <= 16) };
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
            len => {
                let bytes = (&raw const value).cast::<u8>();
                let mut i = 0;
                while i < len {
                    (*p.wrapping_add(i).cast::<AtomicU8>()).store(*bytes.wrapping_add(i), Relaxed);
                    i += 1;
                }
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
