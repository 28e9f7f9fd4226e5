//! Programs against the interface of wasmtime, each about a part of it. They are built with both engines.

mod calls;
mod configs;
mod epochs;
mod errors;
mod exceptions;
mod externals;
mod fuel;
mod futures;
#[cfg(feature = "call-hook")]
mod hooks;
mod limiters;
mod linkers;
mod links;
mod modules;
mod objects;
mod shared;
mod traps;
mod types;
mod values;

use crate::report::Report;

/// A program, by its name.
pub(crate) type Program = (&'static str, fn(&mut Report));

pub(crate) const PROGRAMS: &[Program] = &[
    ("calls", calls::run),
    ("configs", configs::run),
    ("epochs", epochs::run),
    ("errors", errors::run),
    ("exceptions", exceptions::run),
    ("externals", externals::run),
    ("fuel", fuel::run),
    ("futures", futures::run),
    #[cfg(feature = "call-hook")]
    ("hooks", hooks::run),
    ("limiters", limiters::run),
    ("linkers", linkers::run),
    ("links", links::run),
    ("modules", modules::run),
    ("objects", objects::run),
    ("shared", shared::run),
    ("traps", traps::run),
    ("types", types::run),
    ("values", values::run),
];
