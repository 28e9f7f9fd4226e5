//! Linear memories whose bytes the host provides.

use alloc::boxed::Box;
use alloc::string::String;

use wasmote_interp::{AllocError, ForeignMemory};

use super::MemoryType;
use crate::Result;

/// Makes the bytes of linear memories; for [`Config::with_host_memory`](crate::Config::with_host_memory).
///
/// # Safety
/// The memories are as [`LinearMemory`] says, and those that it makes at the same time do not overlap.
///
/// # Examples
/// A memory that lies where the embedder wants it and never moves:
/// ```
/// use std::sync::Arc;
/// use wasmote::*;
///
/// struct Fixed(Vec<u64>, usize);
///
/// // SAFETY: the vector never grows, so its bytes stay where they are; they are zero at first and no one else's.
/// unsafe impl LinearMemory for Fixed {
///     fn byte_size(&self) -> usize {
///         self.1
///     }
///     fn byte_capacity(&self) -> usize {
///         self.0.len() * 8
///     }
///     fn grow_to(&mut self, new_size: usize) -> Result<()> {
///         ensure!(new_size <= self.byte_capacity(), "the memory is full");
///         self.1 = new_size;
///         Ok(())
///     }
///     fn as_ptr(&self) -> *mut u8 {
///         self.0.as_ptr().cast_mut().cast()
///     }
/// }
///
/// struct Pool;
///
/// // SAFETY: as above.
/// unsafe impl MemoryCreator for Pool {
///     fn new_memory(
///         &self,
///         _ty: MemoryType,
///         minimum: usize,
///         _maximum: Option<usize>,
///         _reserved: Option<usize>,
///         _guard: usize,
///     ) -> Result<Box<dyn LinearMemory>, String> {
///         Ok(Box::new(Fixed(vec![0; (4 << 16) / 8], minimum)))
///     }
/// }
///
/// let engine = Engine::new(Config::new().with_host_memory(Arc::new(Pool)))?;
/// let mut store = Store::new(&engine, ());
/// let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
/// let place = memory.data_ptr(&store);
/// memory.grow(&mut store, 3)?;
/// assert_eq!((memory.size(&store), memory.data_ptr(&store)), (4, place));
/// assert!(memory.grow(&mut store, 1).is_err());
/// # Ok::<(), wasmote::Error>(())
/// ```
#[allow(unsafe_code)]
pub unsafe trait MemoryCreator: Send + Sync {
    /// The bytes of a memory of type `ty`, whose minimum and maximum are `minimum` and `maximum` bytes.
    ///
    /// With `reserved_size_in_bytes` the memory must be able to grow to that size without moving.
    /// `guard_size_in_bytes` is 0: bounds are checked, so nothing need be unmapped behind the memory.
    ///
    /// # Errors
    /// A text that says why there is no such memory.
    fn new_memory(
        &self,
        ty: MemoryType,
        minimum: usize,
        maximum: Option<usize>,
        reserved_size_in_bytes: Option<usize>,
        guard_size_in_bytes: usize,
    ) -> Result<Box<dyn LinearMemory>, String>;
}

/// The bytes of a linear memory that the host provides.
///
/// # Safety
/// [`as_ptr`](LinearMemory::as_ptr) is valid for reads and writes of [`byte_size`](LinearMemory::byte_size) bytes, aligned to
/// 16, and used by nobody else, until the memory is dropped; both change by [`grow_to`](LinearMemory::grow_to) only. The
/// bytes are zero at first, and those are that are added. Growth keeps the others.
///
/// # Examples
/// [`MemoryCreator`] has an example that runs; this is a memory that cannot grow:
/// ```
/// use wasmote::{LinearMemory, Result, bail};
///
/// /// The place and the size of bytes that the embedder has set aside.
/// struct Fixed(usize, usize);
///
/// // SAFETY: whoever makes a `Fixed` says that the bytes are zero, aligned to 16, and its own.
/// unsafe impl LinearMemory for Fixed {
///     fn byte_size(&self) -> usize {
///         self.1
///     }
///     fn byte_capacity(&self) -> usize {
///         self.1
///     }
///     fn grow_to(&mut self, _: usize) -> Result<()> {
///         bail!("the memory has a fixed size")
///     }
///     fn as_ptr(&self) -> *mut u8 {
///         self.0 as *mut u8
///     }
/// }
/// ```
#[allow(unsafe_code)]
pub unsafe trait LinearMemory: Send + Sync + 'static {
    /// How many bytes there are.
    fn byte_size(&self) -> usize;

    /// To how many bytes the memory can grow without moving.
    fn byte_capacity(&self) -> usize;

    /// Makes it `new_size` bytes, which is no less than there are.
    ///
    /// # Errors
    /// If it cannot be that large; then nothing has changed.
    fn grow_to(&mut self, new_size: usize) -> Result<()>;

    /// Where the bytes are.
    fn as_ptr(&self) -> *mut u8;
}

/// The host's bytes, as the machine takes them.
pub(crate) struct HostMemory(pub(crate) Box<dyn LinearMemory>);

// SAFETY: `LinearMemory` promises what `ForeignMemory` asks for, in the same words.
#[allow(unsafe_code)]
unsafe impl ForeignMemory for HostMemory {
    fn size(&self) -> usize {
        self.0.byte_size()
    }

    fn grow_to(&mut self, len: usize) -> Result<(), AllocError> {
        self.0.grow_to(len).map_err(|_| AllocError)
    }

    fn base(&self) -> *mut u8 {
        self.0.as_ptr()
    }
}
