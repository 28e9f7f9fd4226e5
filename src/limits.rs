//! Limits on what a store may hold: the trait that is asked, and a ready-made answer.

use crate::{Error, Result, bail};

/// How many instances a store may have unless its limiter says otherwise.
pub const DEFAULT_INSTANCE_LIMIT: usize = 10_000;
/// How many tables a store may have unless its limiter says otherwise.
pub const DEFAULT_TABLE_LIMIT: usize = 10_000;
/// How many memories a store may have unless its limiter says otherwise.
pub const DEFAULT_MEMORY_LIMIT: usize = 10_000;

/// Decides how much a store may hold.
///
/// A limiter is set with [`Store::limiter`](crate::Store::limiter). It is asked whenever a memory or
/// table is about to be created (`current` is 0 then) or to grow, by WebAssembly code or by the
/// host. It bounds the memory that guests can make the host use.
///
/// Sizes of memories are in bytes, sizes of tables in elements.
///
/// A shared memory that a module defines is asked for once, with its maximum as `desired`: all of that is
/// reserved when it is made, and any store that uses it may make it grow. Nobody is asked for one that the
/// host makes with [`SharedMemory::new`](crate::SharedMemory::new).
///
/// # Examples
/// ```
/// use wasmote::{Memory, MemoryType, ResourceLimiter, Result, Store};
///
/// /// Bounds the sum of all memories.
/// struct Budget(usize);
///
/// impl ResourceLimiter for Budget {
///     fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> Result<bool> {
///         let Some(left) = self.0.checked_sub(desired - current) else { return Ok(false) };
///         self.0 = left;
///         Ok(true)
///     }
///     fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
///         Ok(desired <= 1_000)
///     }
/// }
///
/// let mut store = Store::new(&Default::default(), Budget(3 << 16));
/// store.limiter(|budget| budget);
/// let one = Memory::new(&mut store, MemoryType::new(1, None))?;
/// let two = Memory::new(&mut store, MemoryType::new(1, None))?;
/// one.grow(&mut store, 1)?;
/// assert!(two.grow(&mut store, 1).is_err());
/// # Ok::<(), wasmote::Error>(())
/// ```
pub trait ResourceLimiter: Send {
    /// A memory is about to grow from `current` to `desired` bytes; `maximum` is what its type allows: all that can be
    /// addressed where it has none, and `None` if that is beyond `usize`.
    ///
    /// `Ok(true)` lets it grow, if nothing else forbids it. `Ok(false)` makes it fail as
    /// WebAssembly says: `memory.grow` gives -1, [`Memory::grow`](crate::Memory::grow) and
    /// instantiation an error. `desired` may exceed `maximum`, and a request too large for `usize` is
    /// reported as the largest possible one.
    ///
    /// # Errors
    /// An error makes `memory.grow` trap with it.
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool>;

    /// A growth that [`ResourceLimiter::memory_growing`] allowed has failed for the reason `error`.
    ///
    /// # Errors
    /// An error turns the failure into a trap. By default there is none.
    fn memory_grow_failed(&mut self, error: Error) -> Result<()> {
        let _ = error;
        Ok(())
    }

    /// A table is about to grow from `current` to `desired` elements; `maximum` is what its type or
    /// its indices allow. The answer means what it means for [`ResourceLimiter::memory_growing`].
    ///
    /// # Errors
    /// An error makes `table.grow` trap with it.
    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool>;

    /// A growth that [`ResourceLimiter::table_growing`] allowed has failed for the reason `error`.
    ///
    /// # Errors
    /// An error turns the failure into a trap. By default there is none.
    fn table_grow_failed(&mut self, error: Error) -> Result<()> {
        let _ = error;
        Ok(())
    }

    /// How many instances the store may hold, 10,000 by default.
    ///
    /// Read once, when the limiter is set.
    fn instances(&self) -> usize {
        DEFAULT_INSTANCE_LIMIT
    }

    /// How many tables of instances the store may hold, 10,000 by default. Those that the host makes do not count.
    ///
    /// Read once, when the limiter is set.
    fn tables(&self) -> usize {
        DEFAULT_TABLE_LIMIT
    }

    /// How many memories of instances the store may hold, 10,000 by default. Those that the host makes do not count.
    ///
    /// Read once, when the limiter is set.
    fn memories(&self) -> usize {
        DEFAULT_MEMORY_LIMIT
    }
}

/// A [`ResourceLimiter`] that may wait before it answers.
///
/// Set with [`Store::limiter_async`](crate::Store::limiter_async). The methods are those of
/// [`ResourceLimiter`]; two of them are asynchronous, in the form that the macro
/// `async_trait` of the crate of that name gives them.
///
/// # Examples
/// ```
/// # use std::pin::Pin;
/// # use std::future::Future;
/// use wasmote::{ResourceLimiterAsync, Result};
///
/// struct Limits;
///
/// // The macro writes this for `async fn memory_growing(..)`, and the like.
/// impl ResourceLimiterAsync for Limits {
///     fn memory_growing<'a, 'f>(
///         &'a mut self,
///         _current: usize,
///         desired: usize,
///         _maximum: Option<usize>,
///     ) -> Pin<Box<dyn Future<Output = Result<bool>> + Send + 'f>>
///     where
///         'a: 'f,
///         Self: 'f,
///     {
///         Box::pin(async move { Ok(desired <= 1 << 20) })
///     }
///     fn table_growing<'a, 'f>(
///         &'a mut self,
///         _current: usize,
///         desired: usize,
///         _maximum: Option<usize>,
///     ) -> Pin<Box<dyn Future<Output = Result<bool>> + Send + 'f>>
///     where
///         'a: 'f,
///         Self: 'f,
///     {
///         Box::pin(async move { Ok(desired <= 1000) })
///     }
/// }
/// ```
#[cfg(feature = "async")]
pub trait ResourceLimiterAsync: Send {
    /// As [`ResourceLimiter::memory_growing`].
    fn memory_growing<'life0, 'async_trait>(
        &'life0 mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Answer<'async_trait>
    where
        'life0: 'async_trait,
        Self: 'async_trait;

    /// As [`ResourceLimiter::memory_grow_failed`].
    ///
    /// # Errors
    /// An error turns the failure into a trap. By default there is none.
    fn memory_grow_failed(&mut self, error: Error) -> Result<()> {
        let _ = error;
        Ok(())
    }

    /// As [`ResourceLimiter::table_growing`].
    fn table_growing<'life0, 'async_trait>(
        &'life0 mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Answer<'async_trait>
    where
        'life0: 'async_trait,
        Self: 'async_trait;

    /// As [`ResourceLimiter::table_grow_failed`].
    ///
    /// # Errors
    /// An error turns the failure into a trap. By default there is none.
    fn table_grow_failed(&mut self, error: Error) -> Result<()> {
        let _ = error;
        Ok(())
    }

    /// As [`ResourceLimiter::instances`].
    fn instances(&self) -> usize {
        DEFAULT_INSTANCE_LIMIT
    }

    /// As [`ResourceLimiter::tables`].
    fn tables(&self) -> usize {
        DEFAULT_TABLE_LIMIT
    }

    /// As [`ResourceLimiter::memories`].
    fn memories(&self) -> usize {
        DEFAULT_MEMORY_LIMIT
    }
}

/// What an asynchronous limiter answers, some time.
#[cfg(feature = "async")]
type Answer<'a> = core::pin::Pin<alloc::boxed::Box<dyn Future<Output = Result<bool>> + Send + 'a>>;

/// Who is asked before something grows.
pub(crate) enum Limiter<'a> {
    Nobody,
    Sync(&'a mut dyn ResourceLimiter),
    #[cfg(feature = "async")]
    Async(&'a mut dyn ResourceLimiterAsync),
}

impl Limiter<'_> {
    /// The same for a shorter time.
    pub(crate) fn reborrow(&mut self) -> Limiter<'_> {
        match self {
            Limiter::Nobody => Limiter::Nobody,
            Limiter::Sync(limiter) => Limiter::Sync(*limiter),
            #[cfg(feature = "async")]
            Limiter::Async(limiter) => Limiter::Async(*limiter),
        }
    }

    /// Whether a memory may grow. Waits only if the limiter is asynchronous, as all of these.
    pub(crate) async fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool> {
        match self {
            Limiter::Nobody => Ok(true),
            Limiter::Sync(limiter) => limiter.memory_growing(current, desired, maximum),
            #[cfg(feature = "async")]
            Limiter::Async(limiter) => limiter.memory_growing(current, desired, maximum).await,
        }
    }

    /// Whether a table may grow.
    pub(crate) async fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool> {
        match self {
            Limiter::Nobody => Ok(true),
            Limiter::Sync(limiter) => limiter.table_growing(current, desired, maximum),
            #[cfg(feature = "async")]
            Limiter::Async(limiter) => limiter.table_growing(current, desired, maximum).await,
        }
    }

    /// A memory could not grow, though it might.
    pub(crate) fn memory_grow_failed(&mut self, error: Error) -> Result<()> {
        match self {
            Limiter::Nobody => Ok(()),
            Limiter::Sync(limiter) => limiter.memory_grow_failed(error),
            #[cfg(feature = "async")]
            Limiter::Async(limiter) => limiter.memory_grow_failed(error),
        }
    }

    /// A table could not grow, though it might.
    pub(crate) fn table_grow_failed(&mut self, error: Error) -> Result<()> {
        match self {
            Limiter::Nobody => Ok(()),
            Limiter::Sync(limiter) => limiter.table_grow_failed(error),
            #[cfg(feature = "async")]
            Limiter::Async(limiter) => limiter.table_grow_failed(error),
        }
    }
}

/// Fixed limits, as a [`ResourceLimiter`]. Made by [`StoreLimitsBuilder`].
///
/// The limits on sizes hold for each memory and each table, not for their sum.
///
/// # Examples
/// ```
/// use wasmote::{Engine, Store, StoreLimits, StoreLimitsBuilder};
///
/// struct Host {
///     limits: StoreLimits,
///     // and whatever else the host keeps
/// }
///
/// let limits = StoreLimitsBuilder::new().memory_size(1 << 20).build();
/// let mut store = Store::new(&Engine::default(), Host { limits });
/// store.limiter(|host| &mut host.limits);
/// ```
#[derive(Clone, Debug)]
pub struct StoreLimits {
    memory_size: Option<usize>,
    table_elements: Option<usize>,
    instances: usize,
    tables: usize,
    memories: usize,
    trap_on_grow_failure: bool,
}

impl Default for StoreLimits {
    fn default() -> StoreLimits {
        StoreLimits {
            memory_size: None,
            table_elements: None,
            instances: DEFAULT_INSTANCE_LIMIT,
            tables: DEFAULT_TABLE_LIMIT,
            memories: DEFAULT_MEMORY_LIMIT,
            trap_on_grow_failure: false,
        }
    }
}

/// Builds [`StoreLimits`].
///
/// # Examples
/// ```
/// # fn main() -> wasmote::Result<()> {
/// use wasmote::{Engine, Memory, MemoryType, Store, StoreLimitsBuilder};
///
/// let limits = StoreLimitsBuilder::new().memory_size(3 * 65536).build();
/// let mut store = Store::new(&Engine::default(), limits);
/// store.limiter(|limits| limits);
///
/// let memory = Memory::new(&mut store, MemoryType::new(2, None))?;
/// assert_eq!(memory.grow(&mut store, 1)?, 2);
/// assert!(memory.grow(&mut store, 1).is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct StoreLimitsBuilder(StoreLimits);

impl StoreLimitsBuilder {
    /// No limits but the default counts.
    pub fn new() -> StoreLimitsBuilder {
        StoreLimitsBuilder::default()
    }

    /// The greatest size of each linear memory in bytes. Unlimited by default.
    pub fn memory_size(mut self, bytes: usize) -> Self {
        self.0.memory_size = Some(bytes);
        self
    }

    /// The greatest size of each table in elements. Unlimited by default.
    pub fn table_elements(mut self, elements: usize) -> Self {
        self.0.table_elements = Some(elements);
        self
    }

    /// How many instances the store may hold; 10,000 by default.
    pub fn instances(mut self, count: usize) -> Self {
        self.0.instances = count;
        self
    }

    /// How many tables the store may hold; 10,000 by default.
    pub fn tables(mut self, count: usize) -> Self {
        self.0.tables = count;
        self
    }

    /// How many memories the store may hold; 10,000 by default.
    pub fn memories(mut self, count: usize) -> Self {
        self.0.memories = count;
        self
    }

    /// Whether a growth that fails traps instead of giving -1. Off by default.
    pub fn trap_on_grow_failure(mut self, trap: bool) -> Self {
        self.0.trap_on_grow_failure = trap;
        self
    }

    /// The limits.
    pub fn build(self) -> StoreLimits {
        self.0
    }
}

impl ResourceLimiter for StoreLimits {
    fn memory_growing(&mut self, _: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        let allowed = within(desired, self.memory_size, maximum);
        if !allowed && self.trap_on_grow_failure {
            bail!("forcing trap when growing memory to {desired} bytes");
        }
        Ok(allowed)
    }

    fn memory_grow_failed(&mut self, error: Error) -> Result<()> {
        if self.trap_on_grow_failure {
            return Err(error.context("forcing a memory growth failure to be a trap"));
        }
        Ok(())
    }

    fn table_growing(&mut self, _: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        let allowed = within(desired, self.table_elements, maximum);
        if !allowed && self.trap_on_grow_failure {
            bail!("forcing trap when growing table to {desired} elements");
        }
        Ok(allowed)
    }

    fn table_grow_failed(&mut self, error: Error) -> Result<()> {
        if self.trap_on_grow_failure {
            return Err(error.context("forcing a table growth failure to be a trap"));
        }
        Ok(())
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.tables
    }

    fn memories(&self) -> usize {
        self.memories
    }
}

fn within(desired: usize, limit: Option<usize>, maximum: Option<usize>) -> bool {
    limit.is_none_or(|limit| desired <= limit) && maximum.is_none_or(|max| desired <= max)
}
