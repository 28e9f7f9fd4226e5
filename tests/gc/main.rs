//! Garbage-collected objects: what becomes of them while guests and hosts hold references.
#![cfg(all(feature = "gc", feature = "wat"))]

mod casts;
mod collector;
mod host;
mod limits;
mod objects;
mod operands;
mod types;
