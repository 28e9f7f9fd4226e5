//! Shared memories.

use core::cell::UnsafeCell;
use core::time::Duration;

use wasmote_interp::Wait;

use super::growth::{max_bytes, min_bytes, tellable_bytes};
use crate::store::StoreOpaque;
use crate::{Engine, MemoryType, Result, Trap, bail, ensure, format_err};

/// A linear memory that the instances of several stores, on several threads, can use at the same time.
///
/// It belongs to an engine instead of a store. It is a handle: clones are the same memory, and methods
/// take no store. With [`Extern::SharedMemory`](crate::Extern::SharedMemory) it is imported and
/// exported like other memories.
///
/// All of its maximum is reserved when it is made, so it never moves; an operating system takes pages only
/// when they are touched. Needs the Cargo feature `threads` and
/// [`Config::shared_memory`](crate::Config::shared_memory).
///
/// # Examples
/// ```
/// # fn main() -> wasmote::Result<()> {
/// use wasmote::{Config, Engine, Instance, MemoryType, Module, SharedMemory, Store};
///
/// let engine = Engine::new(Config::new().shared_memory(true))?;
/// let module = Module::new(
///     &engine,
///     r#"(module
///         (import "host" "memory" (memory 1 1 shared))
///         (func (export "count")
///             (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))))"#,
/// )?;
/// let memory = SharedMemory::new(&engine, MemoryType::shared(1, 1))?;
/// std::thread::scope(|scope| {
///     for _ in 0..2 {
///         scope.spawn(|| {
///             let mut store = Store::new(&engine, ());
///             let instance = Instance::new(&mut store, &module, &[memory.clone().into()]).unwrap();
///             let count = instance.get_typed_func::<(), ()>(&mut store, "count").unwrap();
///             (0..10).for_each(|_| count.call(&mut store, ()).unwrap());
///         });
///     }
/// });
/// // Nobody writes any more, so there is nothing to wait for: the value is not 0.
/// assert_eq!(memory.atomic_wait32(0, 0, None)?, wasmote::WaitResult::Mismatch);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SharedMemory {
    engine: Engine,
    ty: MemoryType,
    memory: wasmote_interp::SharedMemory,
}

/// How [`SharedMemory::atomic_wait32`] and [`SharedMemory::atomic_wait64`] ended.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use wasmote::{Config, Engine, MemoryType, SharedMemory, WaitResult};
///
/// let engine = Engine::new(Config::new().shared_memory(true))?;
/// let memory = SharedMemory::new(&engine, MemoryType::shared(1, 1))?;
/// // The bytes are zero, and nobody notifies.
/// assert_eq!(memory.atomic_wait32(0, 1, None)?, WaitResult::Mismatch);
/// let soon = Some(Duration::from_millis(1));
/// assert_eq!(memory.atomic_wait32(0, 0, soon)?, WaitResult::TimedOut);
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WaitResult {
    /// Notified.
    Ok = 0,
    /// The memory held another value than was expected, so there was no wait.
    Mismatch = 1,
    /// Not notified in time.
    TimedOut = 2,
}

impl From<Wait> for WaitResult {
    fn from(wait: Wait) -> WaitResult {
        match wait {
            Wait::Ok => WaitResult::Ok,
            Wait::Mismatch => WaitResult::Mismatch,
            Wait::TimedOut => WaitResult::TimedOut,
        }
    }
}

impl SharedMemory {
    /// Makes a shared memory of type `ty`: zeroed, of the type's minimum size.
    ///
    /// # Errors
    /// If the type is not that of a shared memory; if its minimum is more than sizes that the index type can tell
    /// apart; without [`Config::shared_memory`](crate::Config::shared_memory) or the Cargo feature
    /// `threads`; if the allocator has no room for the type's maximum.
    pub fn new(engine: &Engine, ty: MemoryType) -> Result<SharedMemory> {
        if !ty.is_shared() {
            bail!("shared memory must have the `shared` flag enabled on its memory type");
        }
        let minimum = min_bytes(&ty)?;
        ensure!(
            engine.config().get_shared_memory(),
            "shared memory support is disabled for this engine -- see `Config::shared_memory`"
        );
        let maximum = max_bytes(&ty).map(|max| max.min(tellable_bytes(&ty)));
        let memory = maximum.and_then(|max| wasmote_interp::SharedMemory::new(minimum, max).ok());
        let memory = memory.ok_or_else(|| {
            let maximum = ty.maximum().unwrap_or(ty.minimum());
            format_err!(
                "out of memory: a shared memory of up to {maximum} pages could not be allocated"
            )
        })?;
        Ok(SharedMemory { engine: engine.clone(), ty, memory })
    }

    /// The type, with the limits the memory was made with.
    pub fn ty(&self) -> MemoryType {
        self.ty.clone()
    }

    /// The size in pages. Other threads may have made it larger already.
    pub fn size(&self) -> u64 {
        self.memory.len() as u64 / self.ty.page_size()
    }

    /// The size of a page in bytes: 65,536 unless the type says otherwise.
    pub fn page_size(&self) -> u64 {
        self.ty.page_size()
    }

    /// The size in bytes. Other threads may have made it larger already.
    pub fn data_size(&self) -> usize {
        self.memory.len()
    }

    /// The bytes, as many as there are now; they stay where they are when the memory grows.
    ///
    /// Code of guests and other threads may read and write them at any time, so reading or writing
    /// through this slice is for `unsafe` code that uses atomics, or knows that nobody else does.
    pub fn data(&self) -> &[UnsafeCell<u8>] {
        self.memory.data()
    }

    /// Grows the memory by `delta` pages, and gives the old size in pages. Others may use the memory
    /// meanwhile. No [`ResourceLimiter`](crate::ResourceLimiter) is asked: what the memory can have was reserved
    /// when it was made.
    ///
    /// # Errors
    /// If the new size is beyond the type's maximum. The memory is unchanged then.
    pub fn grow(&self, delta: u64) -> Result<u64> {
        match self.try_grow(delta) {
            Some(old) => Ok(old),
            None => bail!("failed to grow memory by `{delta}`"),
        }
    }

    /// The same; `None` if it is refused.
    pub(crate) fn try_grow(&self, delta: u64) -> Option<u64> {
        let page = self.ty.page_size();
        let delta = usize::try_from(delta.checked_mul(page)?).ok()?;
        self.memory.grow(delta).map(|old| old as u64 / page)
    }

    /// `memory.atomic.notify`: wakes up to `count` threads that wait at `addr`, guests or not, and says
    /// how many there were.
    ///
    /// # Errors
    /// [`Trap::HeapMisaligned`] if `addr` is not a multiple of 4, [`Trap::MemoryOutOfBounds`] if it is
    /// beyond the end.
    pub fn atomic_notify(&self, addr: u64, count: u32) -> Result<u32, Trap> {
        Ok(self.memory.notify(addr, 0, count)?)
    }

    /// `memory.atomic.wait32`: if the four bytes at `addr` are `expected`, blocks this thread until it is
    /// notified or the timeout is over; `None` waits forever.
    ///
    /// # Errors
    /// [`Trap::HeapMisaligned`] if `addr` is not a multiple of 4, [`Trap::MemoryOutOfBounds`] if it is
    /// beyond the end; without the Cargo feature `std` [`Trap::DisabledOpcode`] if it would have to block.
    pub fn atomic_wait32(
        &self,
        addr: u64,
        expected: u32,
        timeout: Option<Duration>,
    ) -> Result<WaitResult, Trap> {
        Ok(self.memory.wait32(addr, 0, expected, timeout)?.into())
    }

    /// `memory.atomic.wait64`: the same with eight bytes.
    ///
    /// # Errors
    /// As [`SharedMemory::atomic_wait32`], with multiples of 8.
    pub fn atomic_wait64(
        &self,
        addr: u64,
        expected: u64,
        timeout: Option<Duration>,
    ) -> Result<WaitResult, Trap> {
        Ok(self.memory.wait64(addr, 0, expected, timeout)?.into())
    }

    /// The shared memory that a store knows by this number, if it is one.
    pub(crate) fn of_store(
        store: &StoreOpaque,
        id: wasmote_interp::MemoryId,
    ) -> Option<SharedMemory> {
        let memory = store.machine.shared_memory(id)?.clone();
        let ty = store.memory_type(id).clone();
        Some(SharedMemory { engine: store.engine().clone(), ty, memory })
    }

    /// Makes the memory known to a store.
    pub(crate) fn add_to(&self, store: &mut StoreOpaque) -> Result<wasmote_interp::MemoryId> {
        let id = store.machine.memory_share(&self.memory);
        let id = id.map_err(|_| format_err!("out of memory: a store has too many memories"))?;
        store.add_memory(id, self.ty.clone());
        Ok(id)
    }

    /// Whether stores like `store` can use it: those of its engine.
    pub(crate) fn is_of(&self, store: &StoreOpaque) -> bool {
        Engine::same(&self.engine, store.engine())
    }
}
