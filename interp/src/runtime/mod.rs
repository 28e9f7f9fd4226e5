//! What handlers touch: the context of an instance, memories and tables, and where their bytes come from.
//!
//! `context` is what handlers see of an instance, `buffer` what they see of a memory or table, `shared_memory` what of a memory
//! that other machines use, too (`bytes` and `parking` are what is done with it); `region` and `pages` are where
//! the bytes of all of these come from; `slices` and `deadline` say when metered code has to stop.

pub(crate) mod buffer;
pub(crate) mod bytes;
mod context;
mod deadline;
#[cfg(feature = "gc")]
mod heap;
mod pages;
mod parking;
mod region;
pub(crate) mod shared_memory;
mod slices;

pub use region::ForeignMemory;
pub use shared_memory::{SharedMemory, Wait};
pub use slices::Epoch;

pub(crate) use context::{
    Block, Context, FuncEntry, FuncRecord, Layout, MemoryCell, Part, Slots, StoreView, TableCell,
};
pub(crate) use deadline::Deadline;
#[cfg(feature = "gc")]
pub(crate) use heap::{Descriptor, HeapView, display};
pub(crate) use shared_memory::AnyMemory;
pub(crate) use slices::Slices;

/// The allocator had no memory for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AllocError;

/// `len` elements from `start` on, if there are as many.
pub(crate) fn range(start: u64, len: u64, size: usize) -> Option<core::ops::Range<usize>> {
    let end = start.checked_add(len).filter(|&end| end <= size as u64)?;
    Some(start as usize..end as usize)
}
