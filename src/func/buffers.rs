//! What calls of host functions leave in the store for the next ones.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem::MaybeUninit;

use crate::store::StoreOpaque;
use crate::{Val, ValRaw};

/// Buffers for arguments and results, so that a call need not allocate.
#[derive(Default)]
pub(super) struct Buffers {
    pub(super) vals: Vec<Val>,
    pub(super) raws: Vec<MaybeUninit<ValRaw>>,
}

impl Buffers {
    /// The store's, or new ones if a call that has not returned yet has taken those.
    #[inline]
    pub(super) fn take(store: &mut StoreOpaque) -> Box<Buffers> {
        let left = store.scratch.take();
        left.and_then(|left| left.downcast().ok()).unwrap_or_default()
    }

    #[inline]
    pub(super) fn give_back(self: Box<Buffers>, store: &mut StoreOpaque) {
        store.scratch = Some(self);
    }
}
