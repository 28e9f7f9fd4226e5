//! What an error is made of: an error, a message, a box, or a context of another error.

use alloc::boxed::Box;
use core::any::Any;
use core::fmt;

use super::DynError;
#[cfg(feature = "anyhow")]
use super::Error;

/// One thing that an error says, and that it can be downcast to.
pub(super) trait Layer: Send + Sync {
    /// It, as the standard trait sees it.
    fn as_error(&self) -> &DynError;
    /// What the embedder put in.
    fn value(&self) -> &dyn Any;
    fn value_mut(&mut self) -> &mut dyn Any;
    fn into_value(self: Box<Self>) -> Box<dyn Any>;
    fn into_boxed(self: Box<Self>) -> Box<DynError>;
    #[cfg(feature = "anyhow")]
    fn into_anyhow(self: Box<Self>, cause: Option<Error>) -> anyhow::Error;
}

/// How a layer that holds its value in its only field gives it out.
macro_rules! holds_value {
    () => {
        fn value(&self) -> &dyn Any {
            &self.0
        }
        fn value_mut(&mut self) -> &mut dyn Any {
            &mut self.0
        }
        fn into_value(self: Box<Self>) -> Box<dyn Any> {
            Box::new(self.0)
        }
    };
}
pub(super) use holds_value;

/// An error of any type.
pub(super) struct Foreign<E>(pub(super) E);

impl<E: core::error::Error + Send + Sync + 'static> Layer for Foreign<E> {
    holds_value!();
    fn as_error(&self) -> &DynError {
        &self.0
    }
    fn into_boxed(self: Box<Self>) -> Box<DynError> {
        Box::new(self.0)
    }
    #[cfg(feature = "anyhow")]
    fn into_anyhow(self: Box<Self>, _: Option<Error>) -> anyhow::Error {
        anyhow::Error::new(self.0)
    }
}

/// A message, which need not be an error.
pub(super) struct Message<M>(pub(super) M);

impl<M: fmt::Display> fmt::Display for Message<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<M: fmt::Debug> fmt::Debug for Message<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<M: fmt::Display + fmt::Debug> core::error::Error for Message<M> {}

impl<M: fmt::Display + fmt::Debug + Send + Sync + 'static> Layer for Message<M> {
    holds_value!();
    fn as_error(&self) -> &DynError {
        self
    }
    fn into_boxed(self: Box<Self>) -> Box<DynError> {
        self
    }
    #[cfg(feature = "anyhow")]
    fn into_anyhow(self: Box<Self>, _: Option<Error>) -> anyhow::Error {
        anyhow::Error::msg(self.0)
    }
}

/// An error that came in a box.
pub(super) struct Boxed(pub(super) Box<DynError>);

impl Layer for Boxed {
    holds_value!();
    fn as_error(&self) -> &DynError {
        &*self.0
    }
    fn into_boxed(self: Box<Self>) -> Box<DynError> {
        self.0
    }
    #[cfg(feature = "anyhow")]
    fn into_anyhow(self: Box<Self>, _: Option<Error>) -> anyhow::Error {
        anyhow::Error::from_boxed(self.0)
    }
}
