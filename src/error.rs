//! Errors: `anyhow`'s error type under this crate's roof.
//!
//! Host functions may return either this crate's [`Result`] or `anyhow::Result`: it is the same
//! type. A trap is an error that downcasts to [`Trap`](crate::Trap).
//!
//! Errors have no native backtrace, which would cost many times what a trap does, unless a package of the
//! program enables `anyhow`'s feature `std` (its default) and `RUST_BACKTRACE` is set. Setting
//! `RUST_LIB_BACKTRACE=0` as well then leaves backtraces to panics.

pub use anyhow::{Error, Ok, Result, bail, ensure, format_err};

/// Adds context to the errors of a [`Result`], or makes one of `None`.
pub use anyhow::Context;

/// Turns results of `anyhow` into results of this crate, which they are already.
///
/// For code written for an engine whose errors are not `anyhow`'s.
///
/// # Examples
/// ```
/// use wasmote::error::ToWasmtimeResult;
///
/// let parsed: wasmote::Result<i32> = anyhow::Ok(7).to_wasmtime_result();
/// assert_eq!(parsed?, 7);
/// # wasmote::error::Ok(())
/// ```
pub trait ToWasmtimeResult<T> {
    /// The result.
    ///
    /// # Errors
    /// The error of `self`.
    fn to_wasmtime_result(self) -> Result<T>;
}

impl<T> ToWasmtimeResult<T> for Result<T> {
    fn to_wasmtime_result(self) -> Result<T> {
        self
    }
}
