//! Results of other crates.

use super::Result;

/// Turns results of other crates into results of this one.
///
/// # Examples
/// ```
/// # #[cfg(feature = "anyhow")] {
/// use wasmote::error::ToWasmtimeResult;
///
/// let parsed: wasmote::Result<i32> = anyhow::Ok(7).to_wasmtime_result();
/// assert_eq!(parsed.unwrap(), 7);
/// # }
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
