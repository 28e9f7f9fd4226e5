//! Functions: calls into them, host functions of every flavour, what host functions see.

// The API's own `unsafe fn`s are tested too.
#![allow(unsafe_code)]

#[path = "../support/mod.rs"]
mod support;

mod arity;
mod call;
mod caller;
mod drops;
mod host;
mod panics;
mod raw;
mod references;
mod typed;

use support::*;
use wasmote::*;
