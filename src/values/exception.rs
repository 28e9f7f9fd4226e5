//! Exceptions on their way through the host.

use core::fmt;

use super::{ExnRef, Rooted};
use crate::store::StoreOpaque;
use crate::{Result, Store, StoreContextMut};

/// A WebAssembly exception is *pending* in the store: it has left a guest that does not catch it, or the host throws it.
///
/// A call of a guest that ends with an exception gives this error. A host function that gives it to the guest that called it
/// throws the pending exception there; if there is none, it is an error like others.
///
/// # Examples
/// ```
/// # #[cfg(feature = "gc")]
/// # fn main() -> wasmote::Result<()> {
/// use wasmote::{Engine, Instance, Module, Store, ThrownException};
///
/// let engine = Engine::default();
/// let module = Module::new(&engine, r#"(module (tag $t) (func (export "f") (throw $t)))"#)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Instance::new(&mut store, &module, &[])?;
/// let f = instance.get_typed_func::<(), ()>(&mut store, "f")?;
/// assert!(f.call(&mut store, ()).unwrap_err().is::<ThrownException>());
/// assert!(store.take_pending_exception().is_some());
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "gc"))]
/// # fn main() {}
/// ```
#[derive(Debug)]
pub struct ThrownException;

impl fmt::Display for ThrownException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("thrown Wasm exception")
    }
}

impl core::error::Error for ThrownException {}

impl StoreOpaque {
    fn throw<R>(&mut self, exception: Rooted<ExnRef>) -> Result<R> {
        let slot = exception.slot(self)?;
        #[cfg(feature = "gc")]
        self.machine.set_pending(slot as u32);
        #[cfg(not(feature = "gc"))]
        let _ = slot;
        Err(ThrownException.into())
    }

    fn take_pending_exception(&mut self) -> Option<Rooted<ExnRef>> {
        #[cfg(feature = "gc")]
        let slot = self.machine.take_pending().map_or(0, u64::from);
        #[cfg(not(feature = "gc"))]
        let slot = 0;
        Rooted::of_slot(self, slot)
    }

    fn has_pending_exception(&self) -> bool {
        #[cfg(feature = "gc")]
        return self.machine.has_pending();
        #[cfg(not(feature = "gc"))]
        false
    }
}

/// The methods about exceptions of whatever leads to a store.
macro_rules! exceptions {
    ($(impl<$($lifetime:lifetime,)? T> $context:ty;)*) => {$(
        impl<$($lifetime,)? T: 'static> $context {
            /// Makes an exception the pending one, instead of the one that was, and gives the error that throws it when a
            /// host function returns it.
            ///
            /// # Errors
            /// [`ThrownException`], always; or, if the exception is of another store or its scope has ended, that.
            pub fn throw<R>(&mut self, exception: Rooted<ExnRef>) -> Result<R> {
                crate::AsContextMut::as_context_mut(self).0.opaque.throw(exception)
            }

            /// The pending exception, which is none any more; it is rooted in the current scope.
            pub fn take_pending_exception(&mut self) -> Option<Rooted<ExnRef>> {
                crate::AsContextMut::as_context_mut(self).0.opaque.take_pending_exception()
            }

            /// Whether an exception is pending: the one that the last [`ThrownException`] is about, unless it was taken or
            /// caught since.
            pub fn has_pending_exception(&self) -> bool {
                crate::AsContext::as_context(self).0.opaque.has_pending_exception()
            }
        }
    )*};
}

exceptions! {
    impl<T> Store<T>;
    impl<'a, T> StoreContextMut<'a, T>;
}
