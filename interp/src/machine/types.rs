//! What a machine knows of function types: how many slots parameters and results take, by the number of the type.
//!
//! A call through a table compares numbers only, and a caller relies on the slots of its callee. So whatever brings
//! functions into a machine, a host function or an instance, agrees with what was there.

use alloc::vec::Vec;

use crate::runtime::Slots;

/// A hash table with linear probing, less than three quarters full: to look at every type of a module takes little of what its
/// instantiation does.
#[derive(Debug, Default)]
pub(super) struct Types {
    /// A power of two of them, or none.
    entries: Vec<Option<(u32, Slots)>>,
    len: usize,
}

impl Types {
    /// Notes what the type of a number is like.
    ///
    /// # Panics
    /// If it is known with other slots.
    #[inline]
    pub(super) fn add(&mut self, id: u32, slots: Slots) {
        if (self.len + 1) * 4 > self.entries.len() * 3 {
            self.grow();
        }
        let entry = self.place(id);
        match entry {
            Some((_, known)) => assert_eq!(*known, slots, "slots of function type {id}"),
            None => {
                *entry = Some((id, slots));
                self.len += 1;
            }
        }
    }

    /// Where the type is, or belongs.
    #[inline]
    fn place(&mut self, id: u32) -> &mut Option<(u32, Slots)> {
        let mask = self.entries.len() - 1;
        // Numbers are given in order, so all bits of a few of them differ after this.
        let mut at = (id.wrapping_mul(0x9e37_79b9) >> 8) as usize & mask;
        while self.entries[at].is_some_and(|(other, _)| other != id) {
            at = (at + 1) & mask;
        }
        &mut self.entries[at]
    }

    #[cold]
    fn grow(&mut self) {
        let len = (self.entries.len() * 2).max(16);
        let old = core::mem::replace(&mut self.entries, alloc::vec![None; len]);
        for (id, slots) in old.into_iter().flatten() {
            *self.place(id) = Some((id, slots));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_keeps_its_slots() {
        let mut types = Types::default();
        let slots = |id: u32| Slots { params: id % 7, results: id % 5 };
        // Once they are added, once they are known.
        for id in (0..1000).chain(0..1000).map(|n: u32| n.wrapping_mul(0x0100_0000) | n) {
            types.add(id, slots(id));
        }
        assert_eq!(types.len, 1000);
    }

    #[test]
    #[should_panic(expected = "slots of function type 7")]
    fn a_number_has_the_same_slots_everywhere() {
        let mut types = Types::default();
        for (id, params) in [(7, 1), (8, 2), (7, 2)] {
            types.add(id, Slots { params, results: 0 });
        }
    }
}
