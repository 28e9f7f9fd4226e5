//! The fuel of host calls: a number that a store keeps for the bindings of its embedder.

use super::{Store, StoreContextMut};

/// 128 MiB.
pub(super) const DEFAULT_HOSTCALL_FUEL: usize = 128 << 20;

impl<T: 'static> Store<T> {
    /// How many bytes, roughly, a guest may have the host copy out of its memory in one host call; at first 128 MiB.
    ///
    /// It bounds what a hostile guest can make the host allocate. The number is for bindings that copy strings and
    /// lists, such as those that `wiggle` generates: they read it at each host call, and count down from it. Host
    /// functions of this crate copy nothing by themselves, so nothing here depends on it.
    ///
    /// # Examples
    /// ```
    /// use wasmote::{Engine, Store};
    ///
    /// let mut store = Store::new(&Engine::default(), ());
    /// assert_eq!(store.hostcall_fuel(), 128 << 20);
    /// store.set_hostcall_fuel(1 << 16);
    /// assert_eq!(store.hostcall_fuel(), 1 << 16);
    /// ```
    pub fn hostcall_fuel(&self) -> usize {
        self.inner.opaque.hostcall_fuel
    }

    /// Sets what [`Store::hostcall_fuel`] returns, in bytes.
    pub fn set_hostcall_fuel(&mut self, fuel: usize) {
        self.inner.opaque.hostcall_fuel = fuel;
    }
}

impl<T: 'static> StoreContextMut<'_, T> {
    /// See [`Store::hostcall_fuel`].
    pub fn hostcall_fuel(&self) -> usize {
        self.0.opaque.hostcall_fuel
    }

    /// See [`Store::set_hostcall_fuel`].
    pub fn set_hostcall_fuel(&mut self, fuel: usize) {
        self.0.opaque.hostcall_fuel = fuel;
    }
}
