//! Values of the host that guests hold as `externref`.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::any::Any;

/// A value of the host.
pub(crate) type HostValue = Box<dyn Any + Send + Sync>;

/// Values of the host by number.
#[derive(Default)]
pub(crate) struct ExternArena {
    values: Vec<Option<HostValue>>,
    #[cfg(feature = "gc")]
    free: Vec<u32>,
}

impl ExternArena {
    /// Adds a value; its number.
    pub(crate) fn insert(&mut self, value: HostValue) -> u32 {
        #[cfg(feature = "gc")]
        if let Some(free) = self.free.pop() {
            self.values[free as usize] = Some(value);
            return free;
        }
        self.values.push(Some(value));
        u32::try_from(self.values.len() - 1).expect("fewer than 2^32 values")
    }

    /// Takes a value out.
    #[cfg(feature = "gc")]
    pub(crate) fn remove(&mut self, number: u32) -> Option<HostValue> {
        let value = self.values.get_mut(number as usize)?.take()?;
        self.free.push(number);
        Some(value)
    }

    /// A value; `None` if there is none of this number.
    pub(crate) fn get(&self, number: u32) -> Option<&(dyn Any + Send + Sync)> {
        self.values.get(number as usize)?.as_deref()
    }

    /// A value, to change.
    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut (dyn Any + Send + Sync)> {
        self.values.get_mut(number as usize)?.as_deref_mut()
    }
}
