//! `ExternRef`: data of the host that guests can pass on, but not look into.

use alloc::boxed::Box;
use core::any::Any;

use super::root::{Root, Rooted, rooted};
use crate::poll::now;
use crate::store::GcHeapOutOfMemory;
use crate::store::{StoreContext, StoreContextMut};
use crate::{AnyRef, AsContext, AsContextMut, Result};

/// A value of the host that is an `externref` to guests.
///
/// The host has it as [`Rooted<ExternRef>`](Rooted) or [`OwnedRooted<ExternRef>`](crate::OwnedRooted), which stand for it.
///
/// # Examples
/// ```
/// use wasmote::{ExternRef, Store, Val};
///
/// let mut store = Store::<()>::default();
/// let answer = ExternRef::new(&mut store, 42_u64)?;
/// let data = answer.data(&store)?.unwrap();
/// assert_eq!(data.downcast_ref::<u64>(), Some(&42));
/// assert!(Val::from(answer).unwrap_extern_ref().is_some());
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ExternRef {
    root: Root,
}

rooted! { ExternRef }

impl ExternRef {
    /// Moves a value into the store, as an object that guests can refer to.
    ///
    /// The value is dropped when the store is, or when nobody refers to the object any more: by the next collection,
    /// which [`Store::gc`](crate::Store::gc) is at once.
    ///
    /// # Errors
    /// [`GcHeapOutOfMemory`], which has the value, if there is no room for the object, or the limiter refuses it.
    ///
    /// If the limiter is asynchronous.
    pub fn new<T>(mut store: impl AsContextMut, value: T) -> Result<Rooted<ExternRef>>
    where
        T: 'static + Any + Send + Sync,
    {
        now(ExternRef::make(store.as_context_mut(), value, false))
    }

    /// Like [`ExternRef::new`], for stores that have to be used by `*_async` functions.
    ///
    /// # Errors
    /// As [`ExternRef::new`].
    #[cfg(feature = "async")]
    pub async fn new_async<T>(mut store: impl AsContextMut, value: T) -> Result<Rooted<ExternRef>>
    where
        T: 'static + Any + Send + Sync,
    {
        ExternRef::make(store.as_context_mut(), value, true).await
    }

    async fn make<S: 'static, T: 'static + Any + Send + Sync>(
        store: StoreContextMut<'_, S>,
        value: T,
        may_wait: bool,
    ) -> Result<Rooted<ExternRef>> {
        if !may_wait {
            store.0.opaque_and_limiter()?;
        }
        let slot = store.0.new_host_object(Box::new(value), may_wait).await;
        match slot {
            Ok(slot) => {
                Ok(Rooted::of_slot(&mut store.0.opaque, slot).expect("a new object is not null"))
            }
            Err((error, value)) => {
                if !error.is::<GcHeapOutOfMemory<()>>() {
                    return Err(error);
                }
                let value = value.downcast::<T>().expect("it is what it was");
                Err(GcHeapOutOfMemory::new(*value).into())
            }
        }
    }

    /// The same object as an external reference, as `extern.convert_any` makes one.
    ///
    /// # Errors
    /// If the root is no longer valid.
    ///
    /// # Panics
    /// If the root is of another store.
    ///
    /// # Examples
    /// ```
    /// use wasmote::{AnyRef, ExternRef, Rooted, Store};
    ///
    /// let mut store = Store::<()>::default();
    /// let seven = ExternRef::new(&mut store, 7_u32)?;
    /// let inside = AnyRef::convert_extern(&mut store, seven)?;
    /// let outside = ExternRef::convert_any(&mut store, inside)?;
    /// assert!(Rooted::ref_eq(&store, &seven, &outside)?);
    /// assert_eq!(outside.data(&store)?.unwrap().downcast_ref(), Some(&7_u32));
    /// # Ok::<(), wasmote::Error>(())
    /// ```
    pub fn convert_any(
        mut store: impl AsContextMut,
        anyref: Rooted<AnyRef>,
    ) -> Result<Rooted<ExternRef>> {
        anyref.converted(store.as_context_mut().opaque())
    }

    /// The object that [`ExternRef::to_raw`] gave this number for, or a guest, if no garbage was collected since. `None` for
    /// null and for numbers that stand for no object, which are not looked for fast.
    pub fn from_raw(mut store: impl AsContextMut, raw: u32) -> Option<Rooted<ExternRef>> {
        let mut store = store.as_context_mut();
        let store = store.opaque();
        if store.is_internal(raw) { Rooted::of_slot(store, raw.into()) } else { None }
    }

    /// The value; `None` if this is an internal object that a guest has converted.
    ///
    /// # Errors
    /// If the root is no longer valid.
    ///
    /// # Panics
    /// If the root is of another store.
    pub fn data<'a, T: 'static>(
        &self,
        store: impl Into<StoreContext<'a, T>>,
    ) -> Result<Option<&'a (dyn Any + Send + Sync)>> {
        let store = store.into().0.opaque();
        let slot = self.root.own_slot(store)?;
        Ok(store.host_object(slot).and_then(|number| store.externs.get(number)))
    }

    /// The value, to change; `None` if this is an internal object that a guest has converted.
    ///
    /// # Errors
    /// If the root is no longer valid.
    ///
    /// # Panics
    /// If the root is of another store.
    pub fn data_mut<'a, T: 'static>(
        &self,
        store: impl Into<StoreContextMut<'a, T>>,
    ) -> Result<Option<&'a mut (dyn Any + Send + Sync)>> {
        let store = store.into().0.opaque_mut();
        let slot = self.root.own_slot(store)?;
        Ok(store.host_object(slot).and_then(|number| store.externs.get_mut(number)))
    }

    /// A number for this object, for [`ValRaw::externref`](crate::ValRaw::externref), until garbage is collected; never 0,
    /// which is null.
    ///
    /// # Errors
    /// If the root is no longer valid.
    ///
    /// # Panics
    /// If the root is of another store.
    pub fn to_raw(&self, store: impl AsContext) -> Result<u32> {
        let store = store.as_context();
        let slot = self.root.own_slot(store.0.opaque())?;
        Ok(u32::try_from(slot).expect("fewer than 2^32 objects"))
    }
}
