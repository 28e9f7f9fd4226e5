//! Hooks: what the embedder wants to hear of when a guest begins and ends to run.

/// A change between the host and a guest; see `Store::call_hook` (feature `call-hook`).
///
/// # Examples
/// ```
/// use wasmote::CallHook;
///
/// assert!(CallHook::CallingHost.entering_host());
/// assert!(CallHook::ReturningFromHost.exiting_host());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallHook {
    /// The host calls a function of a store.
    CallingWasm,
    /// A call by the host has ended.
    ReturningFromWasm,
    /// A guest calls a function of the host.
    CallingHost,
    /// A function of the host, called by a guest, has ended.
    ReturningFromHost,
}

impl CallHook {
    /// Whether the host runs from here on.
    pub fn entering_host(&self) -> bool {
        matches!(self, CallHook::ReturningFromWasm | CallHook::CallingHost)
    }

    /// Whether a guest runs from here on.
    pub fn exiting_host(&self) -> bool {
        !self.entering_host()
    }
}

#[cfg(feature = "call-hook")]
mod hook {
    use alloc::boxed::Box;
    #[cfg(feature = "async")]
    use alloc::sync::Arc;

    use super::CallHook;
    use crate::store::{StoreContextMut, StoreInner};
    use crate::{Result, Store};

    type SyncHook<T> =
        dyn FnMut(StoreContextMut<'_, T>, CallHook) -> Result<()> + Send + Sync + 'static;

    /// What is to be told.
    pub(in crate::store) enum Hook<T: 'static> {
        Sync(Box<SyncHook<T>>),
        #[cfg(feature = "async")]
        Async(Arc<dyn CallHookHandler<T> + Send + Sync>),
    }

    /// What [`CallHookHandler`] gives.
    #[cfg(feature = "async")]
    type Handled<'a> = core::pin::Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

    /// Something that is told when a guest begins and ends to run, and may wait before it goes on; for
    /// [`Store::call_hook_async`].
    ///
    /// Implement it with the attribute `async_trait` of the crate of this name.
    ///
    /// # Examples
    /// ```
    /// use wasmote::{CallHook, CallHookHandler, Func, Result, Store, StoreContextMut};
    ///
    /// struct Count;
    ///
    /// #[async_trait::async_trait]
    /// impl CallHookHandler<u32> for Count {
    ///     async fn handle_call_event(&self, mut store: StoreContextMut<'_, u32>, _: CallHook) -> Result<()> {
    ///         *store.data_mut() += 1;
    ///         tokio::task::yield_now().await;
    ///         Ok(())
    ///     }
    /// }
    ///
    /// #[tokio::main(flavor = "current_thread")]
    /// async fn main() -> Result<()> {
    ///     let mut store = Store::new(&Default::default(), 0);
    ///     store.call_hook_async(Count);
    ///     Func::wrap(&mut store, || ()).call_async(&mut store, &[], &mut []).await?;
    ///     assert_eq!(*store.data(), 4);
    ///     Ok(())
    /// }
    /// ```
    #[cfg(feature = "async")]
    pub trait CallHookHandler<T: 'static>: Send {
        /// Is told.
        fn handle_call_event<'life0, 'life1, 'async_trait>(
            &'life0 self,
            t: StoreContextMut<'life1, T>,
            ch: CallHook,
        ) -> Handled<'async_trait>
        where
            'life0: 'async_trait,
            'life1: 'async_trait,
            Self: 'async_trait;
    }

    impl<T: 'static> Store<T> {
        /// Sets what is told when a guest begins and ends to run.
        ///
        /// An error ends the call; an error at the end of a call, which may have failed itself, is the call's. If the host calls
        /// a function of the host, that is a call of a guest, too, as far as this is concerned. Instantiation is a call if
        /// there is a start function.
        ///
        /// # Examples
        /// ```
        /// use std::sync::{Arc, Mutex};
        /// use wasmote::{CallHook, Func, Store};
        ///
        /// let seen = Arc::new(Mutex::new(Vec::new()));
        /// let mut store = Store::<()>::default();
        /// store.call_hook({
        ///     let seen = seen.clone();
        ///     move |_, hook| {
        ///         seen.lock().unwrap().push(hook);
        ///         Ok(())
        ///     }
        /// });
        /// Func::wrap(&mut store, || ()).call(&mut store, &[], &mut [])?;
        /// let expected = [
        ///     CallHook::CallingWasm,
        ///     CallHook::CallingHost,
        ///     CallHook::ReturningFromHost,
        ///     CallHook::ReturningFromWasm,
        /// ];
        /// assert_eq!(*seen.lock().unwrap(), expected);
        /// # Ok::<(), wasmote::Error>(())
        /// ```
        pub fn call_hook(
            &mut self,
            hook: impl FnMut(StoreContextMut<'_, T>, CallHook) -> Result<()> + Send + Sync + 'static,
        ) {
            self.inner.call_hook = Some(Hook::Sync(Box::new(hook)));
        }

        /// Like [`Store::call_hook`], but the hook may wait.
        ///
        /// From now on the store has to be used by `*_async` functions.
        #[cfg(feature = "async")]
        pub fn call_hook_async(&mut self, hook: impl CallHookHandler<T> + Sync + 'static) {
            self.inner.call_hook = Some(Hook::Async(Arc::new(hook)));
            self.inner.opaque.require_async();
        }
    }

    impl<T: 'static> StoreInner<T> {
        /// Tells the hook, which must not have to wait.
        ///
        /// # Errors
        /// That of the hook; or that it may have to wait.
        #[inline]
        pub(crate) fn call_hook(&mut self, event: CallHook) -> Result<()> {
            if self.call_hook.is_some() { self.tell(event) } else { Ok(()) }
        }

        #[cold]
        fn tell(&mut self, event: CallHook) -> Result<()> {
            // It is not there while it runs, and not called for what it calls itself.
            match self.call_hook.take() {
                Some(Hook::Sync(mut hook)) => {
                    let outcome = hook(StoreContextMut(self), event);
                    self.call_hook.get_or_insert(Hook::Sync(hook));
                    outcome
                }
                #[cfg(feature = "async")]
                Some(hook @ Hook::Async(_)) => {
                    self.call_hook = Some(hook);
                    Err(crate::store::async_required())
                }
                None => Ok(()),
            }
        }

        /// Whether the hook may have to wait.
        #[cfg(feature = "async")]
        pub(crate) fn hook_may_wait(&self) -> bool {
            matches!(self.call_hook, Some(Hook::Async(_)))
        }

        /// Tells the hook.
        ///
        /// # Errors
        /// That of the hook.
        #[cfg(feature = "async")]
        pub(crate) async fn call_hook_async(&mut self, event: CallHook) -> Result<()> {
            match &self.call_hook {
                Some(Hook::Async(hook)) => {
                    let hook = hook.clone();
                    hook.handle_call_event(StoreContextMut(self), event).await
                }
                _ => self.call_hook(event),
            }
        }
    }
}

#[cfg(all(feature = "call-hook", feature = "async"))]
pub use hook::CallHookHandler;
#[cfg(feature = "call-hook")]
pub(super) use hook::Hook;

#[cfg(not(feature = "call-hook"))]
impl<T: 'static> super::StoreInner<T> {
    /// There is no hook.
    #[inline(always)]
    pub(crate) fn call_hook(&mut self, _: CallHook) -> crate::Result<()> {
        Ok(())
    }

    /// There is no hook.
    #[cfg(feature = "async")]
    #[inline(always)]
    pub(crate) fn hook_may_wait(&self) -> bool {
        false
    }

    /// There is no hook.
    #[cfg(feature = "async")]
    #[inline(always)]
    pub(crate) async fn call_hook_async(&mut self, _: CallHook) -> crate::Result<()> {
        Ok(())
    }
}
