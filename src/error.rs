//! Errors: `anyhow`'s error type under this crate's roof.
//!
//! Host functions may return either this crate's [`Result`] or `anyhow::Result`: it is the same type.
//! A trap is an error that downcasts to [`Trap`](crate::Trap).

pub use anyhow::{Error, Result, bail, ensure, format_err};

/// Adds context to the errors of a [`Result`], or makes one of `None`.
pub use anyhow::Context;
