//! Shared memories: used by several machines, and so by several threads, at once.
//!
//! All of a memory's maximum is reserved when it is made (zeroed; an operating system takes no pages for it
//! before they are touched). So its bytes never move, and growth only raises the length: whoever
//! runs meanwhile goes on. Bytes are read and written with atomics only, so that a data race of a guest is
//! never one of ours; see [`bytes`](super::bytes).

use alloc::sync::Arc;
use core::cell::UnsafeCell;
use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;

use super::parking::{Parking, Ticket};
use super::region::Region;
use super::{AllocError, bytes, range};
use crate::wasm::TrapCode;

/// What shared and other memories have in common for handlers that work on either: both begin with
/// these fields. The length of a memory that is not shared is a plain `usize`, which nobody else
/// writes while handlers run.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct AnyMemory {
    base: *mut u8,
    len: AtomicUsize,
}

impl AnyMemory {
    /// Where the bytes are.
    #[cfg(feature = "threads")]
    #[inline(always)]
    pub(crate) fn base(&self) -> *mut u8 {
        self.base
    }

    /// The size in bytes. It may be larger already, but never smaller.
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    /// Fills bytes, which others may use at the same time; `None` if they are out of bounds.
    pub(crate) fn fill(&self, dst: u64, value: u8, len: u64) -> Option<()> {
        let to = range(dst, len, self.len())?;
        // SAFETY: the bytes are in the memory.
        unsafe { bytes::fill(self.base.wrapping_add(to.start), value, to.len()) };
        Some(())
    }

    /// Copies bytes of this memory or another one here; `None` if they are out of bounds.
    pub(crate) fn copy_from(&self, dst: u64, from: &AnyMemory, src: u64, len: u64) -> Option<()> {
        let (to, src) = (range(dst, len, self.len())?, range(src, len, from.len())?);
        let from = from.base.wrapping_add(src.start);
        // SAFETY: the bytes are in the memories.
        unsafe { bytes::copy(from, self.base.wrapping_add(to.start), to.len()) };
        Some(())
    }

    /// Where an atomic access of `width` bytes at `address + offset` lies.
    ///
    /// # Errors
    /// Traps if it is not aligned, or out of bounds.
    #[inline]
    pub(crate) fn atomic_place(
        &self,
        address: u64,
        offset: u64,
        width: u64,
    ) -> Result<*mut u8, TrapCode> {
        let start = address.wrapping_add(offset);
        if !start.is_multiple_of(width) {
            return Err(TrapCode::UnalignedAtomic);
        }
        match address.checked_add(offset).and_then(|start| start.checked_add(width)) {
            Some(end) if end <= self.len() as u64 => Ok(self.base.wrapping_add(start as usize)),
            _ => Err(TrapCode::MemoryOutOfBounds),
        }
    }
}

/// A linear memory that several machines can use at the same time, on any threads.
///
/// A handle: clones are the same memory.
#[derive(Clone)]
pub struct SharedMemory(Arc<Shared>);

#[repr(C)]
struct Shared {
    memory: AnyMemory,
    /// Owns the bytes, all that there can ever be.
    region: Region,
    parking: Parking,
}

// SAFETY: the bytes belong to it and are accessed by atomics only; the rest is `Sync`.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl SharedMemory {
    /// A zeroed memory of `len` bytes that can grow to `maximum`.
    ///
    /// # Errors
    /// If the allocator does not have `maximum` bytes, and without the feature `threads`.
    pub fn new(len: usize, maximum: usize) -> Result<SharedMemory, AllocError> {
        if !cfg!(feature = "threads") || len > maximum {
            return Err(AllocError);
        }
        let region = Region::reserved(maximum)?;
        let memory = AnyMemory { base: region.base(), len: AtomicUsize::new(len) };
        Ok(SharedMemory(Arc::new(Shared { memory, region, parking: Default::default() })))
    }

    /// The size in bytes. It may be larger already, but never smaller.
    pub fn len(&self) -> usize {
        self.0.memory.len.load(Ordering::SeqCst)
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes, as many as there are now. Others may write them at any time, so only atomics can
    /// be used on them safely.
    pub fn data(&self) -> &[UnsafeCell<u8>] {
        let base = self.0.memory.base.cast::<UnsafeCell<u8>>();
        // SAFETY: there are `len` initialised bytes, which live as long as `self`.
        unsafe { core::slice::from_raw_parts(base, self.len()) }
    }

    /// Grows the memory by `delta` bytes, and gives the old size; `None` if that is beyond the maximum.
    pub fn grow(&self, delta: usize) -> Option<usize> {
        let maximum = self.0.region.len();
        let grown = |len: usize| len.checked_add(delta).filter(|&new| new <= maximum);
        let len = &self.0.memory.len;
        len.fetch_update(Ordering::SeqCst, Ordering::SeqCst, grown).ok()
    }

    /// `memory.fill`; `None` if the bytes are out of bounds.
    pub(crate) fn fill(&self, dst: u64, value: u8, len: u64) -> Option<()> {
        self.0.memory.fill(dst, value, len)
    }

    /// `memory.init`: copies `data` to the bytes from `dst` on; `None` if they are out of bounds.
    pub(crate) fn write(&self, dst: u64, data: &[u8]) -> Option<()> {
        let end = dst.checked_add(data.len() as u64)?;
        if end > self.len() as u64 {
            return None;
        }
        // SAFETY: the bytes are in the memory.
        unsafe { bytes::write(data, self.0.memory.base.wrapping_add(dst as usize)) };
        Some(())
    }

    /// `memory.atomic.notify`: wakes up to `count` threads that wait at the address, and says how many.
    ///
    /// # Errors
    /// Traps if the address is not a multiple of 4, or out of bounds.
    pub fn notify(&self, address: u64, offset: u64, count: u32) -> Result<u32, TrapCode> {
        let place = self.0.memory.atomic_place(address, offset, 4)?;
        Ok(self.0.parking.notify(place as usize, count))
    }

    /// `memory.atomic.wait32`: waits until notified, if there is `expected` at the address.
    ///
    /// # Errors
    /// Traps if the address is not a multiple of 4, or out of bounds; without the feature `std` if it
    /// would have to wait.
    pub fn wait32(
        &self,
        address: u64,
        offset: u64,
        expected: u32,
        timeout: Option<Duration>,
    ) -> Result<Wait, TrapCode> {
        wait_for(self.join(4, [address, offset], expected.into(), timeout)?)
    }

    /// `memory.atomic.wait64`: the same for 64 bits.
    ///
    /// # Errors
    /// As [`SharedMemory::wait32`], with multiples of 8.
    pub fn wait64(
        &self,
        address: u64,
        offset: u64,
        expected: u64,
        timeout: Option<Duration>,
    ) -> Result<Wait, TrapCode> {
        wait_for(self.join(8, [address, offset], expected, timeout)?)
    }

    /// Begins to wait at an address plus an offset, if there is `expected` in so many bytes.
    ///
    /// # Errors
    /// As [`SharedMemory::wait32`].
    pub(crate) fn join(
        &self,
        width: u64,
        [address, offset]: [u64; 2],
        expected: u64,
        timeout: Option<Duration>,
    ) -> Result<Result<Waiting, Wait>, TrapCode> {
        let place = self.0.memory.atomic_place(address, offset, width)?;
        let holds = || match width {
            // SAFETY: `place` is aligned and in the memory.
            4 => unsafe { bytes::load_u32(place) == expected as u32 },
            // SAFETY: as above.
            _ => unsafe { bytes::load_u64(place) == expected },
        };
        let joined = self.0.parking.join(place as usize, holds, timeout)?;
        Ok(joined.map(|ticket| Waiting { memory: self.clone(), ticket }))
    }

    /// Whether two handles are of the same memory.
    pub fn same(a: &SharedMemory, b: &SharedMemory) -> bool {
        Arc::ptr_eq(&a.0, &b.0)
    }

    /// What contexts of instances point to; valid as long as a handle lives.
    pub(crate) fn as_ptr(&self) -> *const AnyMemory {
        &raw const self.0.memory
    }
}

fn wait_for(joined: Result<Waiting, Wait>) -> Result<Wait, TrapCode> {
    Ok(joined.map_or_else(|wait| wait, |waiting| waiting.wait(None).expect("endless patience")))
}

/// A wait that has begun; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Waiting {
    memory: SharedMemory,
    ticket: Ticket,
}

impl Waiting {
    /// Waits until notified or out of time; or only for as long as `patience` says, then there is no answer.
    pub(crate) fn wait(&self, patience: Option<Duration>) -> Option<Wait> {
        self.memory.0.parking.wait(&self.ticket, patience)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.memory.0.parking.leave(&self.ticket);
    }
}

impl fmt::Debug for SharedMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (len, maximum) = (self.len(), self.0.region.len());
        f.debug_struct("SharedMemory").field("len", &len).field("maximum", &maximum).finish()
    }
}

/// How a wait ended; the numbers are those that the guest gets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wait {
    /// Notified.
    Ok = 0,
    /// The memory held another value.
    Mismatch = 1,
    /// Not notified in time.
    TimedOut = 2,
}
