//! The types of a function's values, ready to be compared with them.

use alloc::boxed::Box;

use super::{FuncType, ValType};

/// What calls with values need of a function type again and again: to look it up takes longer than a call.
pub(crate) struct CallTypes {
    /// Keeps the number of the type from being given to another one.
    ty: FuncType,
    pub(crate) params: Box<[ValType]>,
    pub(crate) results: Box<[ValType]>,
}

impl CallTypes {
    pub(crate) fn new(ty: FuncType) -> CallTypes {
        CallTypes { params: ty.params().collect(), results: ty.results().collect(), ty }
    }

    /// Whether these are those of the type of this number.
    #[inline]
    pub(crate) fn are_of(&self, index: u32) -> bool {
        self.ty.type_index() == index
    }
}
