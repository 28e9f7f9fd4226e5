//! Growable memory whose place and size handlers read through a pointer: linear memories, tables
//! and the value stack.

use alloc::boxed::Box;
use core::marker::PhantomData;
use core::ptr::NonNull;

use super::AllocError;
use super::region::{ForeignMemory, Region};

/// A type whose zero bits are a value.
///
/// # Safety
/// They are.
pub(crate) unsafe trait Zero: Copy {}
// SAFETY: integers.
unsafe impl Zero for u8 {}
// SAFETY: integers.
unsafe impl Zero for u64 {}

/// `len` elements at `base`, zero until written; never shrinks.
///
/// Handlers read and write the elements through `base`, so this holds a raw pointer, and slices
/// are made for as long as no handler runs.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Buffer<T> {
    pub(crate) base: *mut T,
    pub(crate) len: usize,
    /// Owns the elements, and has room for more.
    region: Region,
}

impl Buffer<u8> {
    /// `len` of the embedder's bytes, which must be as many at least.
    pub(crate) fn foreign(
        len: usize,
        bytes: Box<dyn ForeignMemory>,
    ) -> Result<Buffer<u8>, AllocError> {
        let region = Region::foreign(bytes)?;
        if region.len() < len {
            return Err(AllocError);
        }
        Ok(Buffer { base: region.base(), len, region })
    }
}

#[cfg(feature = "gc")]
impl Buffer<u64> {
    /// The elements as bytes.
    pub(crate) fn as_bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `as_mut_slice`; any bytes are bytes.
        unsafe { core::slice::from_raw_parts_mut(self.base.cast(), self.len * size_of::<u64>()) }
    }
}

impl<T: Zero> Buffer<T> {
    pub(crate) const fn empty() -> Buffer<T> {
        Buffer { base: NonNull::dangling().as_ptr(), len: 0, region: Region::empty() }
    }

    pub(crate) fn zeroed(len: usize) -> Result<Buffer<T>, AllocError> {
        let region = Region::zeroed(bytes::<T>(len)?)?;
        Ok(Buffer { base: region.base().cast(), len, region })
    }

    /// The same, with room for `room` elements if that can be had: that many can be there without a move.
    pub(crate) fn zeroed_with_room(len: usize, room: usize) -> Result<Buffer<T>, AllocError> {
        let region = match bytes::<T>(room) {
            Ok(room) if room > bytes::<T>(len)? => Region::reserved(room).ok(),
            _ => None,
        };
        let region = region.map_or_else(|| Region::zeroed(bytes::<T>(len)?), Ok)?;
        Ok(Buffer { base: region.base().cast(), len, region })
    }

    /// How many elements there can be without a move.
    pub(crate) fn room(&self) -> usize {
        self.region.len() / size_of::<T>()
    }

    /// Grows to `len` elements, the new ones zero; does nothing if there are as many already.
    pub(crate) fn grow(&mut self, len: usize) -> Result<(), AllocError> {
        self.grow_with_room(len, len)
    }

    /// The same; if the elements have to move, there is room for `room` of them then, if that can be had.
    pub(crate) fn grow_with_room(&mut self, len: usize, room: usize) -> Result<(), AllocError> {
        let size = bytes::<T>(len)?;
        if size > self.region.len() {
            let used = bytes::<T>(self.len)?;
            let room = bytes::<T>(room).unwrap_or(size);
            // SAFETY: `&mut self` keeps handlers from running, and they read `base` when they do again.
            unsafe { self.region.grow(used, size, room) }?;
            self.base = self.region.base().cast();
        }
        self.len = self.len.max(len);
        Ok(())
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        // SAFETY: `len` initialised elements; `&self` keeps handlers from running.
        unsafe { core::slice::from_raw_parts(self.base, self.len) }
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        // SAFETY: as above, exclusively.
        unsafe { core::slice::from_raw_parts_mut(self.base, self.len) }
    }
}

/// The size of `len` elements.
fn bytes<T>(len: usize) -> Result<usize, AllocError> {
    len.checked_mul(size_of::<T>()).ok_or(AllocError)
}

/// A value that is owned here and read by handlers through [`Stable::as_ptr`]; it does not move.
#[derive(Debug)]
pub(crate) struct Stable<T>(NonNull<T>, PhantomData<T>);

impl<T> Stable<T> {
    pub(crate) fn new(value: T) -> Stable<T> {
        Stable(NonNull::from(Box::leak(Box::new(value))), PhantomData)
    }

    pub(crate) fn as_ptr(&self) -> *mut T {
        self.0.as_ptr()
    }

    pub(crate) fn get(&self) -> &T {
        // SAFETY: owned and alive; `&self` keeps handlers from running.
        unsafe { self.0.as_ref() }
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        // SAFETY: as above, exclusively.
        unsafe { self.0.as_mut() }
    }
}

impl<T> Drop for Stable<T> {
    fn drop(&mut self) {
        // SAFETY: it came out of a box.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}
