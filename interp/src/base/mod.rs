//! What the standard library lacks.

pub(crate) mod leb128;
pub(crate) mod once;
pub(crate) mod opaque;
pub(crate) mod unaligned;
