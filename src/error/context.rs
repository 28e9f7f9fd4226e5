//! Contexts: what was being done when an error happened.

use alloc::boxed::Box;
use core::any::Any;
use core::convert::Infallible;
use core::fmt;

use super::layer::{Layer, holds_value};
use super::{DynError, Error, Result};

mod sealed {
    pub trait Sealed {}
    impl<T, E> Sealed for Result<T, E> {}
    impl<T> Sealed for Option<T> {}
}

/// Adds context to the error of a [`Result`], or makes an error of `None`.
///
/// # Examples
/// ```
/// use wasmote::error::Context;
///
/// let number = "300".parse::<u8>().context("reading the number of a port");
/// let error = number.unwrap_err();
/// assert_eq!(error.to_string(), "reading the number of a port");
/// assert!(error.is::<std::num::ParseIntError>());
///
/// let first = [0; 0].first().with_context(|| format!("{} plugins are loaded", 0));
/// assert_eq!(first.unwrap_err().to_string(), "0 plugins are loaded");
/// ```
pub trait Context<T, E>: sealed::Sealed {
    /// Adds `context`.
    ///
    /// # Errors
    /// The error of `self` below the context, or the context if `self` is `None`.
    #[track_caller]
    fn context<C>(self, context: C) -> Result<T>
    where
        Self: Sized,
        C: fmt::Display + Send + Sync + 'static,
    {
        self.with_context(|| context)
    }

    /// Adds a context that is made if there is an error only.
    ///
    /// # Errors
    /// The error of `self` below the context, or the context if `self` is `None`.
    fn with_context<C, F>(self, context: F) -> Result<T>
    where
        C: fmt::Display + Send + Sync + 'static,
        F: FnOnce() -> C;
}

impl<T, E> Context<T, E> for Result<T, E>
where
    E: core::error::Error + Send + Sync + 'static,
{
    #[track_caller]
    fn with_context<C, F>(self, context: F) -> Result<T>
    where
        C: fmt::Display + Send + Sync + 'static,
        F: FnOnce() -> C,
    {
        match self {
            Ok(value) => Ok(value),
            Err(error) => Err(Error::new(error).context(context())),
        }
    }
}

impl<T> Context<T, Error> for Result<T> {
    fn with_context<C, F>(self, context: F) -> Result<T>
    where
        C: fmt::Display + Send + Sync + 'static,
        F: FnOnce() -> C,
    {
        self.map_err(|error| error.context(context()))
    }
}

impl<T> Context<T, Infallible> for Option<T> {
    #[track_caller]
    fn with_context<C, F>(self, context: F) -> Result<T>
    where
        C: fmt::Display + Send + Sync + 'static,
        F: FnOnce() -> C,
    {
        match self {
            Some(value) => Ok(value),
            None => Err(Error::of(Box::new(Layered(context())))),
        }
    }
}

/// A context. Unlike a message it need not be printable for programmers.
pub(super) struct Layered<C>(pub(super) C);

impl<C: fmt::Display> fmt::Display for Layered<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<C: fmt::Display> fmt::Debug for Layered<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<C: fmt::Display> core::error::Error for Layered<C> {}

impl<C: fmt::Display + Send + Sync + 'static> Layer for Layered<C> {
    holds_value!();
    fn as_error(&self) -> &DynError {
        self
    }
    fn into_boxed(self: Box<Self>) -> Box<DynError> {
        self
    }
    #[cfg(feature = "anyhow")]
    fn into_anyhow(self: Box<Self>, cause: Option<Error>) -> anyhow::Error {
        match cause {
            Some(cause) => anyhow::Error::from(cause).context(self.0),
            None => anyhow::Error::msg(*self),
        }
    }
}
