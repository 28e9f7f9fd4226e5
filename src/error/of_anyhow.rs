//! The errors of `anyhow` in the place of our own: with the feature `anyhow-error`, `Error` is `anyhow::Error`, as it was
//! in wasmtime up to 41.

mod oom;
mod result;

pub use self::oom::OutOfMemory;
pub use self::result::ToWasmtimeResult;
pub use anyhow::{Chain, Context, Error, Ok, Result};
pub use anyhow::{anyhow as format_err, bail, ensure};
