//! What calls leave in the store for the next ones.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem::MaybeUninit;

use super::untyped::CallTypes;
use crate::store::StoreOpaque;
use crate::{Val, ValRaw};

/// Buffers and types that need not be made again by every call. Whoever uses one takes it out, so that a nested call makes
/// its own, and puts it back.
#[derive(Default)]
pub(super) struct Buffers {
    /// Arguments and results of host functions.
    pub(super) vals: Vec<Val>,
    pub(super) raws: Vec<MaybeUninit<ValRaw>>,
    /// Of the function that was called last with [`Val`]s.
    pub(super) types: Option<Box<CallTypes>>,
}

impl Buffers {
    pub(super) fn of(store: &mut StoreOpaque) -> &mut Buffers {
        store.scratch.get()
    }
}
