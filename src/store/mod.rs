//! `Store<T>`: everything that instances are made of, and the embedder's data beside it.
//!
//! A store has two halves. [`StoreOpaque`] knows nothing of `T`: the machine with its memories,
//! tables, globals, functions and instances, their types, the arena of external references.
//! [`StoreInner`] adds what depends on `T`: the data, the host functions and the limiter. Code that
//! only needs the lower half takes `&mut StoreOpaque`, so that it is compiled once, not per `T`.

mod caller;
mod context;
mod externs;
mod gc;
mod hooks;
mod host;
mod hostcall_fuel;
mod metering;
#[cfg(feature = "gc")]
mod objects;
mod opaque;
mod roots;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

pub use self::caller::Caller;
pub use self::context::{AsContext, AsContextMut, StoreContext, StoreContextMut};
pub(crate) use self::externs::ExternArena;
pub use self::gc::GcHeapOutOfMemory;
pub use self::hooks::CallHook;
#[cfg(all(feature = "call-hook", feature = "async"))]
pub use self::hooks::CallHookHandler;
#[cfg(feature = "async")]
pub(crate) use self::host::{AsyncHostCall, HostFuture, ScopedCaller};
pub(crate) use self::host::{HostCall, HostFunc};
pub use self::metering::{UpdateDeadline, UpdateFuel};
#[cfg(feature = "gc")]
pub(crate) use self::objects::KnownType;
#[cfg(feature = "async")]
pub(crate) use self::opaque::async_required;
pub(crate) use self::opaque::{StoreId, StoreOpaque};
pub(crate) use self::roots::{RootIndex, RootSet};

use self::metering::{EpochCallback, FuelCallback};
#[cfg(feature = "async")]
use crate::ResourceLimiterAsync;
use crate::limits::Limiter;
use crate::{Engine, ResourceLimiter, Result};

/// Where in the data of a store its limiter is.
enum LimiterOf<T> {
    Sync(Box<dyn (FnMut(&mut T) -> &mut dyn ResourceLimiter) + Send + Sync>),
    #[cfg(feature = "async")]
    Async(Box<dyn (FnMut(&mut T) -> &mut dyn ResourceLimiterAsync) + Send + Sync>),
}

/// The part of a store that knows its data.
///
/// The order of the fields is the order in which they are dropped: the embedder's data goes first.
pub(crate) struct StoreInner<T: 'static> {
    pub(crate) data: T,
    limiter: Option<LimiterOf<T>>,
    epoch_callback: Option<EpochCallback<T>>,
    fuel_callback: Option<FuelCallback<T>>,
    #[cfg(feature = "call-hook")]
    call_hook: Option<hooks::Hook<T>>,
    /// The host functions of this store, by the number that the machine knows them by.
    host_funcs: Vec<Arc<HostFunc<T>>>,
    pub(crate) opaque: StoreOpaque,
}

impl<T: 'static> StoreInner<T> {
    /// The part of the store without `T`.
    pub(crate) fn opaque(&self) -> &StoreOpaque {
        &self.opaque
    }

    /// The part of the store without `T`.
    pub(crate) fn opaque_mut(&mut self) -> &mut StoreOpaque {
        &mut self.opaque
    }

    /// The part without `T`, and the limiter for what is not asynchronous.
    ///
    /// # Errors
    /// If the limiter is asynchronous.
    pub(crate) fn opaque_and_limiter(&mut self) -> Result<(&mut StoreOpaque, Limiter<'_>)> {
        #[cfg(feature = "async")]
        if let Some(LimiterOf::Async(_)) = self.limiter {
            return Err(async_required());
        }
        Ok(self.opaque_and_any_limiter())
    }

    /// The part without `T`, and the limiter, which may be asynchronous only if the call `may_wait`.
    ///
    /// # Errors
    /// If it is otherwise.
    pub(crate) fn opaque_and_limiter_if(
        &mut self,
        may_wait: bool,
    ) -> Result<(&mut StoreOpaque, Limiter<'_>)> {
        if may_wait { Ok(self.opaque_and_any_limiter()) } else { self.opaque_and_limiter() }
    }

    /// The part without `T`, and the limiter.
    pub(crate) fn opaque_and_any_limiter(&mut self) -> (&mut StoreOpaque, Limiter<'_>) {
        let limiter = match &mut self.limiter {
            None => Limiter::Nobody,
            Some(LimiterOf::Sync(limiter)) => Limiter::Sync(limiter(&mut self.data)),
            #[cfg(feature = "async")]
            Some(LimiterOf::Async(limiter)) => Limiter::Async(limiter(&mut self.data)),
        };
        (&mut self.opaque, limiter)
    }

    /// Adds a host function to the store; the number is for `Machine::func_alloc_host`.
    pub(crate) fn push_host_func(&mut self, func: Arc<HostFunc<T>>) -> u32 {
        let number = u32::try_from(self.host_funcs.len()).expect("fewer than 2^32 host functions");
        self.host_funcs.push(func);
        number
    }

    /// The host function with a number given by [`StoreInner::push_host_func`].
    pub(crate) fn host_func(&self, number: u32) -> &Arc<HostFunc<T>> {
        &self.host_funcs[number as usize]
    }
}

/// A collection of instances and host-defined state.
///
/// Everything WebAssembly works on lives in a store: instances, functions, memories, tables and
/// globals. The handles to them ([`Func`](crate::Func), [`Memory`](crate::Memory), ...) are small
/// and `Copy`, and name an item of one store; nearly every method on them takes the store as its
/// context. Nothing in a store is freed before the store is dropped, so a store is meant to live as
/// long as the instances in it and no longer.
///
/// `T` is the embedder's own data. Host functions reach it through
/// [`Caller::data`](crate::Caller::data). A `Store<T>` is `Send` and `Sync` exactly if `T` is.
///
/// When a store is dropped, the data of type `T` is dropped first, then the rest.
///
/// # Examples
/// ```
/// # fn main() -> wasmote::Result<()> {
/// use wasmote::{Engine, Store};
///
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, vec!["first"]);
/// store.data_mut().push("second");
/// assert_eq!(store.into_data(), ["first", "second"]);
/// # Ok(())
/// # }
/// ```
pub struct Store<T: 'static> {
    inner: Box<StoreInner<T>>,
}

impl<T: 'static> Store<T> {
    /// Creates a store for modules of `engine`, holding `data`.
    ///
    /// # Panics
    /// If [`Store::try_new`] would return an error.
    pub fn new(engine: &Engine, data: T) -> Store<T> {
        Self::try_new(engine, data).expect("a store can be created")
    }

    /// Like [`Store::new`], but gives an error where the store cannot be created.
    ///
    /// # Errors
    /// None at present: creating a store reserves no memory in proportion to the configuration.
    pub fn try_new(engine: &Engine, data: T) -> Result<Store<T>> {
        Ok(Store {
            inner: Box::new(StoreInner {
                data,
                limiter: None,
                epoch_callback: None,
                fuel_callback: None,
                #[cfg(feature = "call-hook")]
                call_hook: None,
                host_funcs: Vec::new(),
                opaque: StoreOpaque::new(engine),
            }),
        })
    }

    /// The data given to [`Store::new`].
    pub fn data(&self) -> &T {
        &self.inner.data
    }

    /// The data given to [`Store::new`], to change.
    pub fn data_mut(&mut self) -> &mut T {
        &mut self.inner.data
    }

    /// Drops everything in the store but its data, which is returned.
    pub fn into_data(self) -> T {
        let StoreInner { data, .. } = *self.inner;
        data
    }

    /// The engine of this store.
    pub fn engine(&self) -> &Engine {
        self.inner.opaque.engine()
    }

    /// Sets the [`ResourceLimiter`] that is asked before memories and tables are created or grow.
    ///
    /// The closure selects the limiter inside the store's data. It is called whenever the limiter is
    /// needed. The counts ([`ResourceLimiter::instances`], [`tables`](ResourceLimiter::tables) and
    /// [`memories`](ResourceLimiter::memories)) are read once, now.
    ///
    /// # Examples
    /// ```
    /// # fn main() -> wasmote::Result<()> {
    /// use wasmote::*;
    ///
    /// struct State {
    ///     limits: StoreLimits,
    /// }
    ///
    /// let engine = Engine::default();
    /// let limits = StoreLimitsBuilder::new().memory_size(1 << 20).build();
    /// let mut store = Store::new(&engine, State { limits });
    /// store.limiter(|state| &mut state.limits);
    ///
    /// // 16 pages are the megabyte that is allowed.
    /// let memory = Memory::new(&mut store, MemoryType::new(16, None))?;
    /// assert!(memory.grow(&mut store, 1).is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn limiter(
        &mut self,
        mut limiter: impl (FnMut(&mut T) -> &mut dyn ResourceLimiter) + Send + Sync + 'static,
    ) {
        let inner = &mut *self.inner;
        let limits = limiter(&mut inner.data);
        inner.opaque.set_count_limits(limits.instances(), limits.tables(), limits.memories());
        inner.limiter = Some(LimiterOf::Sync(Box::new(limiter)));
    }

    /// Sets a [`ResourceLimiterAsync`] that is asked before memories and tables are created or grow.
    ///
    /// From then on the store has to be used by `*_async` functions, as far as there are any.
    ///
    /// # Examples
    /// ```
    /// use wasmote::{Engine, Memory, MemoryType, ResourceLimiterAsync, Result, Store};
    ///
    /// /// Asks somebody, who takes their time.
    /// struct Ask;
    ///
    /// #[async_trait::async_trait]
    /// impl ResourceLimiterAsync for Ask {
    ///     async fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
    ///         tokio::task::yield_now().await;
    ///         Ok(desired <= 2 << 16)
    ///     }
    ///     async fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> Result<bool> {
    ///         Ok(false)
    ///     }
    /// }
    ///
    /// #[tokio::main(flavor = "current_thread")]
    /// async fn main() -> Result<()> {
    ///     let mut store = Store::new(&Engine::default(), Ask);
    ///     store.limiter_async(|ask| ask);
    ///     let memory = Memory::new_async(&mut store, MemoryType::new(1, None)).await?;
    ///     memory.grow_async(&mut store, 1).await?;
    ///     assert!(memory.grow_async(&mut store, 1).await.is_err());
    ///     Ok(())
    /// }
    /// ```
    #[cfg(feature = "async")]
    pub fn limiter_async(
        &mut self,
        mut limiter: impl (FnMut(&mut T) -> &mut dyn ResourceLimiterAsync) + Send + Sync + 'static,
    ) {
        let inner = &mut *self.inner;
        let limits = limiter(&mut inner.data);
        inner.opaque.set_count_limits(limits.instances(), limits.tables(), limits.memories());
        inner.limiter = Some(LimiterOf::Async(Box::new(limiter)));
        inner.opaque.require_async();
    }
}

impl<T: Default + 'static> Default for Store<T> {
    /// A store of a default engine with default data.
    fn default() -> Store<T> {
        Store::new(&Engine::default(), T::default())
    }
}

impl<T: fmt::Debug + 'static> fmt::Debug for Store<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("data", &self.inner.data).finish_non_exhaustive()
    }
}
