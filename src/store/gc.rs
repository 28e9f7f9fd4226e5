//! Garbage collection: room for objects, and what is done with those that nobody refers to.
//!
//! Without the Cargo feature `gc` there are no objects but those of the host ([`ExternRef`](crate::ExternRef)), which live as
//! long as their store.

#[cfg(feature = "gc")]
use alloc::vec::Vec;
use core::fmt;

use wasmote_interp::{Machine, NoRoom};

use super::externs::HostValue;
use super::{StoreInner, StoreOpaque};
use crate::{Caller, Error, Result, Store, StoreContextMut};

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
    pub(crate) fn new(inner: T) -> Self {
        GcHeapOutOfMemory { inner }
    }

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

/// Objects.
impl StoreOpaque {
    /// The number of the data of the host that a reference is of, if it is of any.
    pub(crate) fn host_object(&self, slot: u64) -> Option<u32> {
        #[cfg(feature = "gc")]
        return self.machine.heap_host_entry(u32::try_from(slot).ok()?);
        #[cfg(not(feature = "gc"))]
        u32::try_from(slot.checked_sub(1)?).ok()
    }

    /// Whether a number stands for an object or a small number, but no exception.
    pub(crate) fn is_internal(&self, raw: u32) -> bool {
        #[cfg(feature = "gc")]
        return raw & 1 != 0
            || self.machine.heap_is_object(raw) && !self.machine.heap_is_exception(raw);
        #[cfg(not(feature = "gc"))]
        self.host_object(raw.into()).is_some_and(|number| self.externs.get(number).is_some())
    }

    /// Collects garbage: what neither guests nor the host refer to is gone, data of the host dropped.
    #[cfg(feature = "gc")]
    pub(crate) fn collect(&mut self) {
        let StoreOpaque { machine, roots, .. } = self;
        // Without memory for a copy everything stays as it is.
        let gone = machine.collect(|root| roots.for_each(root)).unwrap_or_default();
        let gone: Vec<HostValue> =
            gone.into_iter().filter_map(|number| self.externs.remove(number)).collect();
        // Now that all is in order: destructors may panic.
        drop(gone);
    }

    /// Collects garbage if that is to be done wherever it may.
    pub(crate) fn collect_in_zeal(&mut self) {
        #[cfg(feature = "gc")]
        if self.engine().config().get_gc_zeal_alloc_counter().is_some() {
            self.collect();
        }
    }

    /// How many bytes the heap has.
    pub(crate) fn heap_capacity(&self) -> usize {
        #[cfg(feature = "gc")]
        return self.machine.heap_capacity();
        #[cfg(not(feature = "gc"))]
        0
    }
}

impl<T: 'static> StoreInner<T> {
    /// Makes an object for data of the host; gives the data back if that cannot be. Waits only if it `may_wait`.
    pub(crate) async fn new_host_object(
        &mut self,
        value: HostValue,
        may_wait: bool,
    ) -> Result<u64, (Error, HostValue)> {
        let number = self.opaque.externs.insert(value);
        #[cfg(not(feature = "gc"))]
        {
            let _ = may_wait;
            Ok(u64::from(number) + 1)
        }
        #[cfg(feature = "gc")]
        match self.with_room(may_wait, |machine| machine.heap_new_host(number)).await {
            Ok(object) => Ok(object.into()),
            Err(error) => {
                let value = self.opaque.externs.remove(number).expect("it was just put there");
                Err((error, value))
            }
        }
    }

    /// Does what may need room in the heap, and room is made for it.
    ///
    /// # Errors
    /// If there is none, or the limiter refuses it: [`GcHeapOutOfMemory`]; or the limiter's own. If no heap could have it:
    /// [`Trap::AllocationTooLarge`](crate::Trap).
    pub(crate) async fn with_room<R>(
        &mut self,
        may_wait: bool,
        mut make: impl FnMut(&mut Machine) -> Result<R, NoRoom>,
    ) -> Result<R> {
        #[cfg(not(feature = "gc"))]
        let _ = may_wait;
        #[cfg(feature = "gc")]
        let mut times = 1;
        self.opaque.collect_in_zeal();
        loop {
            match make(&mut self.opaque.machine) {
                Ok(made) => return Ok(made),
                #[cfg(feature = "gc")]
                Err(NoRoom::Bytes(bytes)) if times < 1 << 32 => {
                    // If it takes several objects, the next time it is room for more of them.
                    self.make_room(bytes.saturating_mul(times), may_wait).await?;
                    times *= 2;
                }
                Err(NoRoom::TooLarge) => return Err(crate::Trap::AllocationTooLarge.into()),
                Err(NoRoom::Bytes(_)) => return Err(GcHeapOutOfMemory::new(()).into()),
            }
        }
    }

    /// Sees to it that the heap has room for so many bytes more: it grows, or garbage is collected.
    ///
    /// # Errors
    /// As [`StoreInner::with_room`].
    #[cfg(feature = "gc")]
    pub(crate) async fn make_room(&mut self, bytes: u64, may_wait: bool) -> Result<()> {
        if let Some(size) = self.opaque.machine.heap_growth(bytes) {
            self.grow_heap(size, bytes, may_wait).await?;
            if self.opaque.machine.heap_has(bytes) {
                return Ok(());
            }
        }
        self.opaque.collect();
        if let Some(size) = self.opaque.machine.heap_growth_after(bytes) {
            self.grow_heap(size, bytes, may_wait).await?;
        }
        match self.opaque.machine.heap_has(bytes) {
            true => Ok(()),
            false => Err(GcHeapOutOfMemory::new(()).into()),
        }
    }

    /// Makes the heap as large, or just as large as it has to be for so many bytes more, if the limiter agrees.
    #[cfg(feature = "gc")]
    async fn grow_heap(&mut self, size: u64, bytes: u64, may_wait: bool) -> Result<()> {
        let (opaque, mut limiter) = self.opaque_and_limiter_if(may_wait)?;
        let current = opaque.machine.heap_capacity();
        let least = (current as u64).saturating_add(bytes).saturating_add(8).next_multiple_of(8);
        for size in [size, least.min(size)] {
            let Ok(size) = usize::try_from(size) else { continue };
            if size > current
                && limiter.memory_growing(current, size, None).await?
                && opaque.machine.heap_grow(size as u64).is_ok()
            {
                break;
            }
        }
        Ok(())
    }

    /// Collects garbage, if there can be any.
    fn collect(&mut self) {
        #[cfg(feature = "gc")]
        self.opaque.collect();
    }
}

/// The methods about garbage of whatever leads to a store.
macro_rules! garbage {
    ($(impl<$($lifetime:lifetime,)? T> $context:ty;)*) => {$(
        impl<$($lifetime,)? T: 'static> $context {
            /// Collects garbage now: when it returns, the data of all objects of the host that nobody refers to is dropped.
            ///
            /// # Errors
            /// If the store has to be used by `*_async` functions.
            pub fn gc(&mut self, why: Option<&GcHeapOutOfMemory<()>>) -> Result<()> {
                let _ = why;
                let mut store = crate::AsContextMut::as_context_mut(self);
                store.opaque().ensure_sync()?;
                store.0.collect();
                Ok(())
            }

            /// Like `gc`, for stores that have to be used by `*_async` functions.
            ///
            /// # Errors
            /// None at present.
            #[cfg(feature = "async")]
            pub async fn gc_async(&mut self, why: Option<&GcHeapOutOfMemory<()>>) -> Result<()> {
                let _ = why;
                crate::AsContextMut::as_context_mut(self).0.collect();
                Ok(())
            }

            /// How many bytes the garbage-collected heap has; 0 before its first object.
            pub fn gc_heap_capacity(&self) -> usize {
                crate::AsContext::as_context(self).0.opaque().heap_capacity()
            }
        }
    )*};
}

garbage! {
    impl<T> Store<T>;
    impl<'a, T> StoreContextMut<'a, T>;
    impl<'a, T> Caller<'a, T>;
}
