//! Memory that calls use again.

use alloc::boxed::Box;
use core::any::Any;

/// What calls leave in a store for the next ones, of a type that is theirs to choose.
#[derive(Default)]
pub(crate) struct Scratch(Option<Box<dyn Any + Send + Sync>>);

impl Scratch {
    /// What was left; the default if nothing of this type was.
    #[inline]
    pub(crate) fn get<S: Any + Default + Send + Sync>(&mut self) -> &mut S {
        if !self.0.as_ref().is_some_and(|left| left.is::<S>()) {
            self.0 = Some(Box::new(S::default()));
        }
        self.0.as_mut().and_then(|left| left.downcast_mut()).expect("it is one now")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_there_the_next_time() {
        let mut scratch = Scratch::default();
        scratch.get::<u32>().clone_from(&7);
        assert_eq!(*scratch.get::<u32>(), 7);
        assert_eq!(*scratch.get::<u64>(), 0);
        assert_eq!(*scratch.get::<u32>(), 0);
    }
}
