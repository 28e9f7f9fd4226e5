//! Borrowed forms of a store, and the traits that everything which leads to a store implements.

use super::{Caller, Store, StoreInner, StoreOpaque};
use crate::Engine;

/// A shared borrow of a [`Store`]; `Copy`, with the lifetime of the store itself.
///
/// # Examples
/// ```
/// use wasmote::{AsContext, Store, StoreContext};
///
/// fn length<'a>(store: StoreContext<'a, String>) -> usize {
///     let text: &'a str = store.data(); // of the store, not of the context
///     text.len()
/// }
///
/// let store = Store::new(&Default::default(), "seven".to_string());
/// assert_eq!(length(store.as_context()), 5);
/// ```
#[repr(transparent)]
pub struct StoreContext<'a, T: 'static>(pub(crate) &'a StoreInner<T>);

/// An exclusive borrow of a [`Store`].
///
/// # Examples
/// ```
/// use wasmote::{AsContextMut, Memory, MemoryType, Result, Store, StoreContextMut};
///
/// fn grow(mut store: StoreContextMut<'_, u32>, memory: Memory) -> Result<()> {
///     memory.grow(&mut store, 1)?;
///     *store.data_mut() += 1;
///     Ok(())
/// }
///
/// let mut store = Store::new(&Default::default(), 0);
/// let memory = Memory::new(&mut store, MemoryType::new(0, None))?;
/// grow(store.as_context_mut(), memory)?;
/// assert_eq!((*store.data(), memory.size(&store)), (1, 1));
/// # Ok::<(), wasmote::Error>(())
/// ```
#[repr(transparent)]
pub struct StoreContextMut<'a, T: 'static>(pub(crate) &'a mut StoreInner<T>);

impl<'a, T: 'static> StoreContext<'a, T> {
    /// The data of the store.
    pub fn data(&self) -> &'a T {
        &self.0.data
    }

    /// The engine of the store.
    pub fn engine(&self) -> &Engine {
        self.0.opaque.engine()
    }
}

impl<'a, T: 'static> StoreContextMut<'a, T> {
    /// The data of the store.
    pub fn data(&self) -> &T {
        &self.0.data
    }

    /// The data of the store, to change.
    pub fn data_mut(&mut self) -> &mut T {
        &mut self.0.data
    }

    /// The engine of the store.
    pub fn engine(&self) -> &Engine {
        self.0.opaque.engine()
    }

    /// The part of the store without `T`.
    pub(crate) fn opaque(&mut self) -> &mut StoreOpaque {
        &mut self.0.opaque
    }
}

impl<T: 'static> Copy for StoreContext<'_, T> {}

impl<T: 'static> Clone for StoreContext<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

/// Whatever leads to a shared borrow of a store.
///
/// Methods that only look at a store take `impl AsContext`: a [`Store`], a [`StoreContext`], a
/// [`Caller`], or a reference to one of them.
///
/// # Examples
/// ```
/// use wasmote::{AsContext, Memory, MemoryType, Store};
///
/// /// For stores, callers and contexts alike.
/// fn first(store: impl AsContext, memory: Memory) -> Option<u8> {
///     memory.data(&store.as_context()).first().copied()
/// }
///
/// let mut store = Store::<()>::default();
/// let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
/// assert_eq!(first(&store, memory), Some(0));
/// assert_eq!(first(store.as_context(), memory), Some(0));
/// # Ok::<(), wasmote::Error>(())
/// ```
pub trait AsContext {
    /// The data of the store.
    type Data: 'static;

    /// The store.
    fn as_context(&self) -> StoreContext<'_, Self::Data>;
}

/// Whatever leads to an exclusive borrow of a store.
///
/// Methods that change a store take `impl AsContextMut`: a mutable reference to a [`Store`], to a
/// [`Caller`], or to a [`StoreContextMut`].
///
/// # Examples
/// ```
/// use wasmote::{AsContextMut, Caller, Func, Store};
///
/// /// For stores, callers and contexts alike.
/// fn count(mut store: impl AsContextMut<Data = u32>) {
///     *store.as_context_mut().data_mut() += 1;
/// }
///
/// let mut store = Store::new(&Default::default(), 0);
/// count(&mut store);
/// let func = Func::wrap(&mut store, |mut caller: Caller<'_, u32>| count(&mut caller));
/// func.call(&mut store, &[], &mut [])?;
/// assert_eq!(*store.data(), 2);
/// # Ok::<(), wasmote::Error>(())
/// ```
pub trait AsContextMut: AsContext {
    /// The store.
    fn as_context_mut(&mut self) -> StoreContextMut<'_, Self::Data>;
}

impl<T: 'static> AsContext for Store<T> {
    type Data = T;
    fn as_context(&self) -> StoreContext<'_, T> {
        StoreContext(&self.inner)
    }
}

impl<T: 'static> AsContextMut for Store<T> {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        StoreContextMut(&mut self.inner)
    }
}

impl<T: 'static> AsContext for StoreContext<'_, T> {
    type Data = T;
    fn as_context(&self) -> StoreContext<'_, T> {
        *self
    }
}

impl<T: 'static> AsContext for StoreContextMut<'_, T> {
    type Data = T;
    fn as_context(&self) -> StoreContext<'_, T> {
        StoreContext(&*self.0)
    }
}

impl<T: 'static> AsContextMut for StoreContextMut<'_, T> {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        StoreContextMut(&mut *self.0)
    }
}

impl<C: AsContext> AsContext for &'_ C {
    type Data = C::Data;
    fn as_context(&self) -> StoreContext<'_, C::Data> {
        C::as_context(self)
    }
}

impl<C: AsContext> AsContext for &'_ mut C {
    type Data = C::Data;
    fn as_context(&self) -> StoreContext<'_, C::Data> {
        C::as_context(self)
    }
}

impl<C: AsContextMut> AsContextMut for &'_ mut C {
    fn as_context_mut(&mut self) -> StoreContextMut<'_, C::Data> {
        C::as_context_mut(self)
    }
}

// The conversions below give the full lifetime of the borrow, where the traits can only give the
// lifetime of `&self`. Methods that return something borrowed from the store take them.

impl<'a, T: AsContext> From<&'a T> for StoreContext<'a, T::Data> {
    fn from(context: &'a T) -> StoreContext<'a, T::Data> {
        context.as_context()
    }
}

impl<'a, T: AsContext> From<&'a mut T> for StoreContext<'a, T::Data> {
    fn from(context: &'a mut T) -> StoreContext<'a, T::Data> {
        T::as_context(context)
    }
}

impl<'a, T: AsContextMut> From<&'a mut T> for StoreContextMut<'a, T::Data> {
    fn from(context: &'a mut T) -> StoreContextMut<'a, T::Data> {
        context.as_context_mut()
    }
}

impl<'a, T: 'static> From<StoreContextMut<'a, T>> for StoreContext<'a, T> {
    fn from(context: StoreContextMut<'a, T>) -> StoreContext<'a, T> {
        StoreContext(context.0)
    }
}

impl<'a, T: 'static> From<Caller<'a, T>> for StoreContext<'a, T> {
    fn from(caller: Caller<'a, T>) -> StoreContext<'a, T> {
        StoreContextMut::from(caller).into()
    }
}
