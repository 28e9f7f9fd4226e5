//! Options, engines, stores.

#[path = "../support/mod.rs"]
mod support;

mod config;
mod constructors;
mod stores;

use support::*;
use wasmote::*;
