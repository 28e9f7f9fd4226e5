//! Garbage collection, as far as there is something to collect: nothing yet.
//!
//! Objects of the host ([`ExternRef`](crate::ExternRef)) live as long as their store.

use core::fmt;

use crate::{Caller, Result, Store, StoreContextMut};

/// The heap of garbage-collected objects has no room for a new one.
///
/// It gives back the value that was to become an object.
///
/// # Examples
/// ```
/// use wasmote::{ExternRef, GcHeapOutOfMemory, Store};
///
/// let mut store = Store::<()>::default();
/// let value = match ExternRef::new(&mut store, 7_u64) {
///     Ok(_) => None,
///     Err(error) => Some(error.downcast::<GcHeapOutOfMemory<u64>>()?.into_inner()),
/// };
/// assert_eq!(value, None);
/// # Ok::<(), wasmote::Error>(())
/// ```
pub struct GcHeapOutOfMemory<T> {
    inner: T,
}

impl<T> GcHeapOutOfMemory<T> {
    /// The value that was to become an object.
    pub fn into_inner(self) -> T {
        self.inner
    }

    /// The value that was to become an object, and the error without it, for [`Store::gc`].
    pub fn take_inner(self) -> (T, GcHeapOutOfMemory<()>) {
        (self.inner, GcHeapOutOfMemory { inner: () })
    }
}

impl<T> fmt::Debug for GcHeapOutOfMemory<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<T> fmt::Display for GcHeapOutOfMemory<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GC heap out of memory")
    }
}

impl<T> core::error::Error for GcHeapOutOfMemory<T> {}

/// The methods about garbage of whatever leads to a store.
macro_rules! garbage {
    ($(impl<$($lifetime:lifetime,)? T> $context:ty;)*) => {$(
        impl<$($lifetime,)? T: 'static> $context {
            /// Collects garbage now. There is none that could be collected: objects of the host live as long as the store.
            ///
            /// # Errors
            /// If the store has to be used by `*_async` functions.
            pub fn gc(&mut self, why: Option<&GcHeapOutOfMemory<()>>) -> Result<()> {
                let _ = why;
                crate::AsContext::as_context(self).0.opaque().ensure_sync()
            }

            /// Like `gc`, for stores that have to be used by `*_async` functions.
            ///
            /// # Errors
            /// None at present.
            #[cfg(feature = "async")]
            pub async fn gc_async(&mut self, why: Option<&GcHeapOutOfMemory<()>>) -> Result<()> {
                let _ = why;
                Ok(())
            }

            /// How many bytes the garbage-collected heap has: there is none yet, so 0.
            pub fn gc_heap_capacity(&self) -> usize {
                0
            }
        }
    )*};
}

garbage! {
    impl<T> Store<T>;
    impl<'a, T> StoreContextMut<'a, T>;
    impl<'a, T> Caller<'a, T>;
}
