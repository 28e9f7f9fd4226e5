//! Exceptions on their way through the host.

use core::fmt;

use crate::{Store, StoreContextMut};

/// A WebAssembly exception is *pending* in the store: it has left a guest that does not catch it, or the host throws it.
///
/// A call of a guest that ends with an exception gives this error, and a host function that gives it to the guest that called it throws
/// the pending exception there. If there is none, it is an error like others.
///
/// # Examples
/// ```
/// use wasmote::{Func, Store, ThrownException};
///
/// let mut store = Store::<()>::default();
/// let func = Func::wrap(&mut store, || -> wasmote::Result<()> { Err(ThrownException.into()) });
/// let error = func.call(&mut store, &[], &mut []).unwrap_err();
/// assert!(error.is::<ThrownException>() && !store.has_pending_exception());
/// ```
#[derive(Debug)]
pub struct ThrownException;

impl fmt::Display for ThrownException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("thrown Wasm exception")
    }
}

impl core::error::Error for ThrownException {}

/// The methods about exceptions of whatever leads to a store.
macro_rules! exceptions {
    ($(impl<$($lifetime:lifetime,)? T> $context:ty;)*) => {$(
        impl<$($lifetime,)? T: 'static> $context {
            /// Whether an exception is pending: the one that the last [`ThrownException`] is about, unless it was taken or
            /// caught since.
            pub fn has_pending_exception(&self) -> bool {
                crate::AsContext::as_context(self).0.opaque.machine.has_pending()
            }
        }
    )*};
}

exceptions! {
    impl<T> Store<T>;
    impl<'a, T> StoreContextMut<'a, T>;
}
