//! The lock of this crate: the standard library's where there is one, so that waiting threads park,
//! otherwise a spinning one.

#[cfg(feature = "std")]
use std::sync as imp;

/// Many readers or one writer.
#[derive(Debug, Default)]
pub(crate) struct RwLock<T> {
    #[cfg(feature = "std")]
    lock: imp::RwLock<T>,
    #[cfg(not(feature = "std"))]
    lock: spin::RwLock<T>,
}

#[cfg(feature = "std")]
impl<T> RwLock<T> {
    /// Waits until nobody writes.
    pub(crate) fn read(&self) -> imp::RwLockReadGuard<'_, T> {
        // A panic while the lock was held is a bug of this crate that has been reported already.
        self.lock.read().unwrap_or_else(imp::PoisonError::into_inner)
    }

    /// What it guarded.
    #[cfg(feature = "parallel-compilation")]
    pub(crate) fn into_inner(self) -> T {
        self.lock.into_inner().unwrap_or_else(imp::PoisonError::into_inner)
    }

    /// Waits until nobody reads or writes.
    pub(crate) fn write(&self) -> imp::RwLockWriteGuard<'_, T> {
        self.lock.write().unwrap_or_else(imp::PoisonError::into_inner)
    }
}

#[cfg(not(feature = "std"))]
impl<T> RwLock<T> {
    /// Waits until nobody writes.
    pub(crate) fn read(&self) -> spin::RwLockReadGuard<'_, T> {
        self.lock.read()
    }

    /// Waits until nobody reads or writes.
    pub(crate) fn write(&self) -> spin::RwLockWriteGuard<'_, T> {
        self.lock.write()
    }
}
