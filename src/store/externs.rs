//! The arena of external references: host values that guests hold as `externref`.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::any::Any;

/// Host values by raw reference. A raw reference is the position plus one, so that 0 is null.
///
/// Values stay until the store is dropped: nothing collects them yet.
#[derive(Default)]
pub(crate) struct ExternArena {
    values: Vec<Box<dyn Any + Send + Sync>>,
}

impl ExternArena {
    /// Adds a value and returns its raw reference.
    pub(crate) fn insert(&mut self, value: Box<dyn Any + Send + Sync>) -> u64 {
        self.values.push(value);
        self.values.len() as u64
    }

    /// The value behind a raw reference; `None` for null and for what was never handed out.
    pub(crate) fn get(&self, raw: u64) -> Option<&(dyn Any + Send + Sync)> {
        let index = usize::try_from(raw.checked_sub(1)?).ok()?;
        self.values.get(index).map(|value| &**value)
    }

    /// The value behind a raw reference, to change.
    pub(crate) fn get_mut(&mut self, raw: u64) -> Option<&mut (dyn Any + Send + Sync)> {
        let index = usize::try_from(raw.checked_sub(1)?).ok()?;
        self.values.get_mut(index).map(|value| &mut **value)
    }
}
