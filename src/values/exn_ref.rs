//! `ExnRef`: exceptions as objects.

use super::root::{Root, rooted};

/// An exception (`exnref`), which a guest has thrown.
///
/// # Examples
/// ```
/// use wasmote::{HeapType, Ref};
///
/// let null = Ref::null(&HeapType::Exn);
/// assert!(matches!(null, Ref::Exn(None)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ExnRef {
    root: Root,
}

rooted! { ExnRef }
