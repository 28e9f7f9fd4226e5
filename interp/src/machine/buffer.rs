//! Growable memory whose place and size handlers read through a pointer: linear memories, tables
//! and the value stack.

use alloc::alloc::{Layout, alloc_zeroed, dealloc};
use alloc::boxed::Box;
use core::marker::PhantomData;
use core::ptr::NonNull;

use super::AllocError;

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
    capacity: usize,
}

impl<T: Zero> Buffer<T> {
    pub(crate) const fn empty() -> Buffer<T> {
        Buffer { base: NonNull::dangling().as_ptr(), len: 0, capacity: 0 }
    }

    pub(crate) fn zeroed(len: usize) -> Result<Buffer<T>, AllocError> {
        Ok(Buffer { base: allocate(len)?, len, capacity: len })
    }

    /// Grows to `len` elements, the new ones zero; does nothing if there are as many already.
    pub(crate) fn grow(&mut self, len: usize) -> Result<(), AllocError> {
        if len > self.capacity {
            // With an operating system, pages are not taken before they are touched, so doubling
            // costs address space only and saves copies; without one, memory is what counts.
            let doubled = if cfg!(feature = "std") { self.capacity.saturating_mul(2) } else { 0 };
            let (base, capacity) = match allocate::<T>(len.max(doubled)) {
                Ok(base) => (base, len.max(doubled)),
                Err(_) => (allocate(len)?, len),
            };
            // SAFETY: two allocations of at least `self.len` elements.
            unsafe { base.copy_from_nonoverlapping(self.base, self.len) };
            self.free();
            (self.base, self.capacity) = (base, capacity);
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

impl<T> Buffer<T> {
    fn free(&mut self) {
        if self.capacity != 0
            && let Ok(layout) = layout::<T>(self.capacity)
        {
            // SAFETY: allocated with this layout.
            unsafe { dealloc(self.base.cast(), layout) }
        }
    }
}

/// The layout of `len` elements: what is aligned in a linear memory is aligned in the host's.
fn layout<T>(len: usize) -> Result<Layout, AllocError> {
    Layout::array::<T>(len).and_then(|layout| layout.align_to(8)).map_err(|_| AllocError)
}

fn allocate<T: Zero>(len: usize) -> Result<*mut T, AllocError> {
    if len == 0 {
        return Ok(NonNull::dangling().as_ptr());
    }
    let layout = layout::<T>(len)?;
    // SAFETY: the size is not zero.
    let p = unsafe { alloc_zeroed(layout) };
    if p.is_null() { Err(AllocError) } else { Ok(p.cast()) }
}

impl<T> Drop for Buffer<T> {
    fn drop(&mut self) {
        self.free();
    }
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
