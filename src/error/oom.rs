//! The error of an allocation that failed.

use core::fmt;

/// The host has no memory left.
///
/// # Examples
/// ```
/// use wasmote::error::OutOfMemory;
///
/// let error = wasmote::Error::from(OutOfMemory::new(64));
/// assert_eq!(error.to_string(), "out of memory (failed to allocate 64 bytes)");
/// assert_eq!(error.downcast_ref::<OutOfMemory>().unwrap().requested_allocation_size(), 64);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OutOfMemory {
    requested_allocation_size: usize,
}

impl OutOfMemory {
    /// The error of an allocation of so many bytes.
    pub const fn new(requested_allocation_size: usize) -> OutOfMemory {
        OutOfMemory { requested_allocation_size }
    }

    /// How many bytes were asked for.
    pub fn requested_allocation_size(&self) -> usize {
        self.requested_allocation_size
    }
}

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "out of memory (failed to allocate {} bytes)", self.requested_allocation_size)
    }
}

impl core::error::Error for OutOfMemory {}
