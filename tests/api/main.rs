//! Options, engines, stores.

#[path = "../support/mod.rs"]
mod support;

mod config;
mod constructors;
mod stores;
mod values;

use support::*;
use wasmote::*;
