//! Linear memories.

use core::fmt;

use wasmote_interp::MemoryId;

use super::growth::{grow_memory, new_memory, refused};
use crate::poll::now;
use crate::store::{StoreId, StoreOpaque};
use crate::{AsContext, AsContextMut, MemoryType, Result, StoreContext, StoreContextMut, bail};

/// A linear memory of a store.
///
/// Its bytes can be read and written by the host whenever the host has the store. Slices of them
/// borrow the store, so no code of the guest can run, and the memory cannot grow, while one is held.
///
/// Every method that takes a store panics with "object used with the wrong store" if the memory
/// belongs to another one.
///
/// # Examples
/// ```
/// # fn main() -> wasmote::Result<()> {
/// use wasmote::{Engine, Memory, MemoryType, Store};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let memory = Memory::new(&mut store, MemoryType::new(1, Some(2)))?;
/// memory.write(&mut store, 8, b"hello")?;
/// assert_eq!(&memory.data(&store)[8..13], b"hello");
/// assert_eq!(memory.grow(&mut store, 1)?, 1);
/// assert_eq!(memory.data_size(&store), 2 * 65536);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Memory {
    store: StoreId,
    id: MemoryId,
}

impl Memory {
    /// Makes a memory of type `ty`: zeroed, of the type's minimum size.
    ///
    /// # Errors
    /// If the type is that of a shared memory; if the store's [`ResourceLimiter`](crate::ResourceLimiter)
    /// refuses; if the allocator has no memory left.
    pub fn new(mut store: impl AsContextMut, ty: MemoryType) -> Result<Memory> {
        if ty.is_shared() {
            bail!("shared memories must be created through `SharedMemory`");
        }
        let (store, limiter) = store.as_context_mut().0.opaque_and_limiter()?;
        let id = now(new_memory(store, limiter, &ty))?;
        Ok(Memory::of_store(store, id))
    }

    /// Like [`Memory::new`], for stores with an asynchronous limiter; others may use it, too.
    ///
    /// # Errors
    /// As [`Memory::new`].
    #[cfg(feature = "async")]
    pub async fn new_async(mut store: impl AsContextMut, ty: MemoryType) -> Result<Memory> {
        if ty.is_shared() {
            bail!("shared memories must be created through `SharedMemory`");
        }
        let (store, limiter) = store.as_context_mut().0.opaque_and_any_limiter();
        let id = new_memory(store, limiter, &ty).await?;
        Ok(Memory::of_store(store, id))
    }

    /// The type, with the limits the memory was made with.
    pub fn ty(&self, store: impl AsContext) -> MemoryType {
        self.ty_in(&store.as_context().0.opaque).clone()
    }

    /// Copies bytes from `offset` on into `buffer`.
    ///
    /// # Errors
    /// If the bytes are not all inside the memory; nothing is copied then.
    pub fn read(
        &self,
        store: impl AsContext,
        offset: usize,
        buffer: &mut [u8],
    ) -> Result<(), MemoryAccessError> {
        let context = store.as_context();
        let bytes = context.0.opaque.machine.memory(self.id_in(&context.0.opaque));
        let bytes = bytes.get(offset..).and_then(|bytes| bytes.get(..buffer.len()));
        buffer.copy_from_slice(bytes.ok_or(MemoryAccessError(()))?);
        Ok(())
    }

    /// Copies `buffer` to the bytes from `offset` on.
    ///
    /// # Errors
    /// If the bytes are not all inside the memory; nothing is copied then.
    pub fn write(
        &self,
        mut store: impl AsContextMut,
        offset: usize,
        buffer: &[u8],
    ) -> Result<(), MemoryAccessError> {
        let bytes = self.data_mut(&mut store);
        let bytes = bytes.get_mut(offset..).and_then(|bytes| bytes.get_mut(..buffer.len()));
        bytes.ok_or(MemoryAccessError(()))?.copy_from_slice(buffer);
        Ok(())
    }

    /// The bytes of the memory.
    pub fn data<'a, T: 'static>(&self, store: impl Into<StoreContext<'a, T>>) -> &'a [u8] {
        let store = &store.into().0.opaque;
        store.machine.memory(self.id_in(store))
    }

    /// The bytes of the memory, to change.
    pub fn data_mut<'a, T: 'static>(
        &self,
        store: impl Into<StoreContextMut<'a, T>>,
    ) -> &'a mut [u8] {
        self.data_and_store_mut(store).0
    }

    /// The bytes of the memory and the data of the store, both to change.
    ///
    /// # Examples
    /// ```
    /// use wasmote::{Caller, Engine, Extern, Linker, Module, Result, Store, bail};
    ///
    /// /// Appends bytes of the guest to the store's data, without a copy between.
    /// fn print(mut caller: Caller<'_, Vec<u8>>, at: u32, len: u32) -> Result<()> {
    ///     let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
    ///         bail!("no memory");
    ///     };
    ///     let (bytes, printed) = memory.data_and_store_mut(&mut caller);
    ///     let Some(text) = bytes.get(at as usize..).and_then(|rest| rest.get(..len as usize)) else {
    ///         bail!("not in memory");
    ///     };
    ///     printed.extend_from_slice(text);
    ///     Ok(())
    /// }
    ///
    /// let engine = Engine::default();
    /// let mut linker = Linker::new(&engine);
    /// linker.func_wrap("host", "print", print)?;
    /// let module = Module::new(
    ///     &engine,
    ///     r#"(module
    ///         (import "host" "print" (func $print (param i32 i32)))
    ///         (memory (export "memory") 1)
    ///         (data (i32.const 8) "hello")
    ///         (func (export "run") (call $print (i32.const 8) (i32.const 5))))"#,
    /// )?;
    /// let mut store = Store::new(&engine, Vec::new());
    /// let instance = linker.instantiate(&mut store, &module)?;
    /// instance.get_typed_func::<(), ()>(&mut store, "run")?.call(&mut store, ())?;
    /// assert_eq!(store.data(), b"hello");
    /// # Ok::<(), wasmote::Error>(())
    /// ```
    pub fn data_and_store_mut<'a, T: 'static>(
        &self,
        store: impl Into<StoreContextMut<'a, T>>,
    ) -> (&'a mut [u8], &'a mut T) {
        let store = store.into().0;
        let id = self.id_in(&store.opaque);
        (store.opaque.machine.memory_mut(id), &mut store.data)
    }

    /// Where the bytes of the memory lie in the host's memory.
    ///
    /// The pointer is valid until the memory grows, which every call into WebAssembly may do; reading
    /// and writing through it is for `unsafe` code.
    pub fn data_ptr(&self, store: impl AsContext) -> *mut u8 {
        let store = &store.as_context().0.opaque;
        store.machine.memory_base(self.id_in(store))
    }

    /// The size in bytes.
    pub fn data_size(&self, store: impl AsContext) -> usize {
        let store = &store.as_context().0.opaque;
        store.machine.memory(self.id_in(store)).len()
    }

    /// The size in pages.
    pub fn size(&self, store: impl AsContext) -> u64 {
        self.size_in(&store.as_context().0.opaque)
    }

    /// The size of a page in bytes: 65,536 unless the type says otherwise.
    pub fn page_size(&self, store: impl AsContext) -> u64 {
        let store = &store.as_context().0.opaque;
        store.memory_type(self.id_in(store)).page_size()
    }

    /// The base-2 logarithm of the size of a page.
    pub fn page_size_log2(&self, store: impl AsContext) -> u8 {
        let store = &store.as_context().0.opaque;
        store.memory_type(self.id_in(store)).page_size_log2()
    }

    /// Grows the memory by `delta` pages, and gives the old size in pages.
    ///
    /// # Errors
    /// If the new size is beyond the type's maximum or the index type; if the store's
    /// [`ResourceLimiter`](crate::ResourceLimiter) refuses; if the allocator has no memory left. The
    /// memory is unchanged then.
    pub fn grow(&self, mut store: impl AsContextMut, delta: u64) -> Result<u64> {
        let (store, limiter) = store.as_context_mut().0.opaque_and_limiter()?;
        let id = self.id_in(store);
        refused(now(grow_memory(store, limiter, id, delta))?, "memory", delta)
    }

    /// Like [`Memory::grow`], for stores with an asynchronous limiter; others may use it, too.
    ///
    /// # Errors
    /// As [`Memory::grow`].
    #[cfg(feature = "async")]
    pub async fn grow_async(&self, mut store: impl AsContextMut, delta: u64) -> Result<u64> {
        let (store, limiter) = store.as_context_mut().0.opaque_and_any_limiter();
        let id = self.id_in(store);
        refused(grow_memory(store, limiter, id, delta).await?, "memory", delta)
    }

    pub(crate) fn of_store(store: &StoreOpaque, id: MemoryId) -> Memory {
        Memory { store: store.id, id }
    }

    /// The id, checked to be of `store`.
    #[track_caller]
    pub(crate) fn id_in(&self, store: &StoreOpaque) -> MemoryId {
        store.assert_own(self.store);
        self.id
    }

    pub(crate) fn ty_in<'a>(&self, store: &'a StoreOpaque) -> &'a MemoryType {
        store.memory_type(self.id_in(store))
    }

    pub(crate) fn is_of(&self, store: &StoreOpaque) -> bool {
        self.store == store.id
    }

    pub(crate) fn size_in(&self, store: &StoreOpaque) -> u64 {
        let id = self.id_in(store);
        store.machine.memory(id).len() as u64 / store.memory_type(id).page_size()
    }
}

/// An access by the host outside of a linear memory.
///
/// # Examples
/// ```
/// use wasmote::{Memory, MemoryAccessError, MemoryType, Store};
///
/// let mut store = Store::<()>::default();
/// let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
/// let error: MemoryAccessError = memory.write(&mut store, 65_535, b"ab").unwrap_err();
/// assert_eq!(error.to_string(), "out of bounds memory access");
/// assert_eq!(memory.data(&store)[65_535], 0); // nothing was written
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct MemoryAccessError(());

impl fmt::Display for MemoryAccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("out of bounds memory access")
    }
}

impl core::error::Error for MemoryAccessError {}
