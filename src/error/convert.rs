//! To and from the errors of `anyhow`.

use alloc::boxed::Box;
use core::any::Any;

use super::layer::{Layer, holds_value};
use super::{DynError, Error, Result, ToWasmtimeResult};

/// An error of `anyhow`, with all that is below it.
struct Anyhow(anyhow::Error);

impl Layer for Anyhow {
    holds_value!();
    fn as_error(&self) -> &DynError {
        &*self.0
    }
    fn into_boxed(self: Box<Self>) -> Box<DynError> {
        self.0.into()
    }
    fn into_anyhow(self: Box<Self>, _: Option<Error>) -> anyhow::Error {
        self.0
    }
}

impl Error {
    /// An error of an error of `anyhow`. It can be downcast to whatever that can be downcast to, and to
    /// `anyhow::Error`.
    ///
    /// # Examples
    /// ```
    /// let error = anyhow::Error::new(wasmote::Trap::Interrupt).context("out of time");
    /// let error = wasmote::Error::from_anyhow(error);
    /// assert_eq!(error.to_string(), "out of time");
    /// assert!(error.is::<wasmote::Trap>());
    /// assert!(error.is::<anyhow::Error>());
    /// ```
    #[cold]
    #[track_caller]
    pub fn from_anyhow(error: anyhow::Error) -> Error {
        Error::of(Box::new(Anyhow(error)))
    }
}

/// Contexts stay contexts, and what could be downcast to still can be.
impl From<Error> for anyhow::Error {
    #[cold]
    fn from(error: Error) -> anyhow::Error {
        error.0.layer.into_anyhow(error.0.cause)
    }
}

impl<T> ToWasmtimeResult<T> for anyhow::Result<T> {
    #[track_caller]
    fn to_wasmtime_result(self) -> Result<T> {
        self.map_err(Error::from_anyhow)
    }
}
