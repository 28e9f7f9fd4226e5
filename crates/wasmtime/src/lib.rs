//! `wasmote` under the name of wasmtime.
//!
//! For programs that depend on crates which ask for wasmtime: patched, those crates run on `wasmote`.
//!
//! ```toml
//! [patch.crates-io]
//! wasmtime = { path = "wasmote/crates/wasmtime" }
//! ```
//!
//! A patch only counts where its version satisfies the requirement. For crates that ask for another version than 48,
//! copy this package and change its version. For wasmtime up to 41 the copy asks for wasmote's feature `anyhow-error`,
//! too. `.ci/embedders` makes such copies.
#![no_std]

pub use wasmote::*;
