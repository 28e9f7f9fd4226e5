//! Zeroed bytes: from the allocator or, if they are many, from the operating system.
//!
//! Pages fresh from the system are zero and cost nothing before they are touched, while an allocator that hands
//! out bytes again has to clear them all. But the system takes its time for every page that is touched, so
//! what is small stays with the allocator, and so does everything without the feature `mmap`.

use alloc::alloc::{Layout, alloc_zeroed, dealloc};
use alloc::boxed::Box;
use core::fmt;
use core::ptr::NonNull;

use super::AllocError;
use super::pages::Pages;

/// How many bytes the system is asked for. An instance that touches three pages of a megabyte and ends costs about the
/// same either way, if the allocator's bytes are in the processor's cache (else half of that from the system).
const WORTH_MAPPING: usize = 1 << 20;

/// Every access that is aligned in a linear memory is aligned in the host's.
const ALIGN: usize = 16;

/// Bytes that the embedder provides.
///
/// # Safety
/// `base` is valid for reads and writes of `size` bytes, aligned to 16, and used by nobody else, until the value is
/// dropped; both change by `grow_to` only. The bytes are zero at first, and those are that are added. Growth keeps the
/// others.
pub unsafe trait ForeignMemory: Send + Sync {
    /// How many bytes there are.
    fn size(&self) -> usize;

    /// Makes it `len` bytes.
    ///
    /// # Errors
    /// If it cannot be that large; then nothing has changed.
    fn grow_to(&mut self, len: usize) -> Result<(), AllocError>;

    /// Where the bytes are.
    fn base(&self) -> *mut u8;
}

impl fmt::Debug for dyn ForeignMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForeignMemory").field("size", &self.size()).finish_non_exhaustive()
    }
}

/// `len` bytes at `base`, zero until written.
///
/// They are reached through raw pointers; whoever owns the region says when.
#[derive(Debug)]
pub(crate) enum Region {
    Allocated { base: NonNull<u8>, len: usize },
    Mapped(Pages),
    Foreign(Box<dyn ForeignMemory>),
}

impl Region {
    /// No bytes, at an aligned address.
    pub(crate) const fn empty() -> Region {
        Region::Allocated { base: NonNull::<u128>::dangling().cast(), len: 0 }
    }

    /// `len` bytes.
    pub(crate) fn zeroed(len: usize) -> Result<Region, AllocError> {
        Region::large(len, Pages::zeroed).map_or_else(|| Region::allocated(len), Ok)
    }

    /// `len` bytes of which most may never be used: the system need not be able to give them all.
    pub(crate) fn reserved(len: usize) -> Result<Region, AllocError> {
        Region::large(len, Pages::reserved).map_or_else(|| Region::allocated(len), Ok)
    }

    fn large(len: usize, map: fn(usize) -> Option<Pages>) -> Option<Region> {
        if len >= WORTH_MAPPING { map(len).map(Region::Mapped) } else { None }
    }

    fn allocated(len: usize) -> Result<Region, AllocError> {
        if len == 0 {
            return Ok(Region::empty());
        }
        // SAFETY: the size is not zero.
        let base = unsafe { alloc_zeroed(layout(len)?) };
        NonNull::new(base).map(|base| Region::Allocated { base, len }).ok_or(AllocError)
    }

    /// Where the bytes are.
    pub(crate) fn base(&self) -> *mut u8 {
        match self {
            Region::Allocated { base, .. } => base.as_ptr(),
            Region::Mapped(pages) => pages.base(),
            Region::Foreign(bytes) => bytes.base(),
        }
    }

    /// How many bytes there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Region::Allocated { len, .. } => *len,
            Region::Mapped(pages) => pages.len(),
            Region::Foreign(bytes) => bytes.size(),
        }
    }

    /// The embedder's bytes.
    pub(crate) fn foreign(bytes: Box<dyn ForeignMemory>) -> Result<Region, AllocError> {
        let aligned = bytes.base().addr().is_multiple_of(ALIGN) && !bytes.base().is_null();
        if aligned { Ok(Region::Foreign(bytes)) } else { Err(AllocError) }
    }

    /// Makes it `len` bytes or more, `room` if that can be had, and may move them; only the first `used` have been written.
    ///
    /// # Safety
    /// Nobody uses its bytes meanwhile, or their old address afterwards.
    pub(crate) unsafe fn grow(
        &mut self,
        used: usize,
        len: usize,
        room: usize,
    ) -> Result<(), AllocError> {
        if let Region::Foreign(bytes) = self {
            bytes.grow_to(len)?;
            let grown = bytes.size() >= len && bytes.base().addr().is_multiple_of(ALIGN);
            return if grown { Ok(()) } else { Err(AllocError) };
        }
        // With an operating system, pages are not taken before they are touched, so doubling costs
        // address space only and saves moves; without one, memory is what counts.
        let doubled = if cfg!(feature = "std") { self.len().saturating_mul(2) } else { 0 };
        // SAFETY: as the caller says.
        unsafe { self.resize(used, room.max(len).max(doubled)).or_else(|_| self.resize(used, len)) }
    }

    /// # Safety
    /// As for [`Region::grow`].
    unsafe fn resize(&mut self, used: usize, len: usize) -> Result<(), AllocError> {
        if let Region::Mapped(pages) = self
            // SAFETY: as the caller says.
            && unsafe { pages.extend(len) }
        {
            return Ok(());
        }
        let larger = Region::zeroed(len)?;
        // SAFETY: two regions of at least `used` bytes each.
        unsafe { larger.base().copy_from_nonoverlapping(self.base(), used) };
        *self = larger;
        Ok(())
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        if let Region::Allocated { base, len: len @ 1.. } = self
            && let Ok(layout) = layout(*len)
        {
            // SAFETY: allocated with this layout.
            unsafe { dealloc(base.as_ptr(), layout) }
        }
    }
}

fn layout(len: usize) -> Result<Layout, AllocError> {
    Layout::from_size_align(len, ALIGN).map_err(|_| AllocError)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Around the size from which on the system is asked, and well above.
    const SIZES: [usize; 6] =
        [1, 4096, WORTH_MAPPING - 1, WORTH_MAPPING, WORTH_MAPPING + 1, 5 * WORTH_MAPPING];

    fn bytes(region: &Region) -> &[u8] {
        // SAFETY: initialised bytes, and nobody writes them.
        unsafe { core::slice::from_raw_parts(region.base(), region.len()) }
    }

    fn set(region: &Region, at: usize, value: u8) {
        assert!(at < region.len());
        // SAFETY: in the region, to which nobody else refers.
        unsafe { region.base().add(at).write(value) };
    }

    #[test]
    fn bytes_are_zero_and_aligned() {
        for (len, make) in SIZES.iter().flat_map(|&len| [(len, true), (len, false)]) {
            let region = if make { Region::zeroed(len) } else { Region::reserved(len) }.unwrap();
            assert_eq!(region.len(), len);
            assert!(region.base().addr().is_multiple_of(ALIGN));
            assert!(bytes(&region).iter().all(|&byte| byte == 0));
            set(&region, len - 1, 1);
            assert_eq!(bytes(&region)[len - 1], 1);
        }
    }

    #[test]
    fn large_regions_are_mapped_if_the_target_can() {
        let mapped = |len| matches!(Region::zeroed(len), Ok(Region::Mapped(_)));
        assert!(!mapped(WORTH_MAPPING - 1));
        assert_eq!(mapped(WORTH_MAPPING), cfg!(all(feature = "mmap", any(unix, windows))));
    }

    #[test]
    fn growth_keeps_what_was_written_and_adds_zeroes() {
        for (from, to) in SIZES.iter().flat_map(|&from| SIZES.map(|to| (from, to))) {
            if from >= to {
                continue;
            }
            let mut region = Region::zeroed(from).unwrap();
            set(&region, 0, 1);
            set(&region, from - 1, 2);
            // SAFETY: nobody refers to its bytes.
            unsafe { region.grow(from, to, to) }.unwrap();
            assert!(region.len() >= to, "{from} to {to}");
            let bytes = bytes(&region);
            assert_eq!((bytes[0], bytes[from - 1]), (if from == 1 { 2 } else { 1 }, 2));
            assert!(bytes[1..].iter().enumerate().all(|(i, &byte)| byte == 0 || i + 2 == from));
        }
    }

    #[test]
    fn what_cannot_be_had_is_an_error_and_changes_nothing() {
        // With 32 bits of address a process may have all the bytes that an object may have.
        let objects = [isize::MAX as usize, isize::MAX as usize - 4096];
        let larger = [usize::MAX, isize::MAX as usize + 1];
        for len in larger.into_iter().chain(objects.into_iter().filter(|_| usize::BITS == 64)) {
            assert!(Region::zeroed(len).is_err());
            assert!(Region::reserved(len).is_err());
            for from in SIZES {
                let mut region = Region::zeroed(from).unwrap();
                set(&region, from - 1, 7);
                // SAFETY: nobody refers to its bytes.
                assert!(unsafe { region.grow(from, len, len) }.is_err());
                assert_eq!(region.len(), from);
                assert_eq!(bytes(&region)[from - 1], 7);
            }
        }
    }
}
