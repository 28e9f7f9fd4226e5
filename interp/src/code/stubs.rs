//! Code that calls return to where no guest has called: the end of a call by the embedder, and of one from another instance.

use core::ops::Range;

use crate::exec::{Handler, handler, is_packable, statements};

/// The instruction to which the function called by the embedder returns.
static DONE: [Handler; 1] = [handler::<statements::Done>];
/// The instruction to which a function called from another instance returns.
static CROSSED: [Handler; 1] = [handler::<statements::Crossed>];

pub(crate) fn done() -> *const u8 {
    DONE.as_ptr().cast()
}

pub(crate) fn crossed() -> *const u8 {
    CROSSED.as_ptr().cast()
}

/// Whether calls can return: to code at these addresses, and out of it.
pub(crate) fn can_return_to(code: &[u8]) -> bool {
    let Range { start, end } = code.as_ptr_range();
    [start, end, done(), crossed()].into_iter().all(is_packable)
}
