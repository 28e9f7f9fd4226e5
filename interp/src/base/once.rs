//! A place for a value on the heap that is put there once, by any thread: one word, where
//! `spin::Once` takes the room of the value from the beginning. A module loaded lazily has one
//! for each function and fills few.

use alloc::boxed::Box;
use core::marker::PhantomData;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

/// A value that may have been set, and then stays.
pub(crate) struct OnceBox<T> {
    /// Null, or from `Box::into_raw`.
    value: AtomicPtr<T>,
    owned: PhantomData<Box<T>>,
}

impl<T> OnceBox<T> {
    pub(crate) const fn new() -> OnceBox<T> {
        OnceBox { value: AtomicPtr::new(ptr::null_mut()), owned: PhantomData }
    }

    /// The value, if it is set.
    #[inline]
    pub(crate) fn get(&self) -> Option<&T> {
        // SAFETY: null or a value that lives as long as `self` and is only shared. `Acquire` makes
        // what the thread that set it had written visible.
        unsafe { self.value.load(Ordering::Acquire).as_ref() }
    }

    /// Sets the value, unless there is one.
    pub(crate) fn set(&self, value: Box<T>) {
        let new = Box::into_raw(value);
        let (old, success, failure) = (ptr::null_mut(), Ordering::Release, Ordering::Relaxed);
        if self.value.compare_exchange(old, new, success, failure).is_err() {
            // SAFETY: just taken out of its box, and nobody else has seen it.
            drop(unsafe { Box::from_raw(new) });
        }
    }
}

impl<T> Drop for OnceBox<T> {
    fn drop(&mut self) {
        let value = *self.value.get_mut();
        if !value.is_null() {
            // SAFETY: it came out of a box, and nobody has a reference any more.
            drop(unsafe { Box::from_raw(value) });
        }
    }
}

// SAFETY: owns its value as a `Box` does.
unsafe impl<T: Send> Send for OnceBox<T> {}
// SAFETY: shares its value, which any thread may have set, and another one drop.
unsafe impl<T: Send + Sync> Sync for OnceBox<T> {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::sync::Arc;

    #[test]
    fn the_first_value_stays_and_each_is_dropped_once() {
        let (first, second) = (Arc::new(1), Arc::new(2));
        let place = OnceBox::new();
        assert!(place.get().is_none());
        place.set(Box::new(first.clone()));
        place.set(Box::new(second.clone()));
        assert_eq!(place.get().map(|value| **value), Some(1));
        assert_eq!((Arc::strong_count(&first), Arc::strong_count(&second)), (2, 1));
        drop(place);
        assert_eq!(Arc::strong_count(&first), 1);
    }
}
