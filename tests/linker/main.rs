//! The `Linker`, one file per row (or group of rows) of its contract.

// `func_new_unchecked` is an `unsafe fn`.
#![allow(unsafe_code)]

#[path = "../support/mod.rs"]
mod support;

mod alias;
mod commands;
mod define;
mod instantiate;
mod lookup;
mod names;
mod sharing;
mod types;
mod unknown;

use support::*;
use wasmote::*;
