//! Temps: the slots of what is split off the statements being emitted.
//!
//! Splitting a tree may split its operands in turn, so statements are emitted inside of each other: each takes its temps
//! behind those of the statement that it is for, and gives back all that it took.

use alloc::vec::Vec;

use super::tree::Value;

#[derive(Debug, Default)]
pub(super) struct Temps {
    /// The trees of the outermost statement: one, some of them twice.
    trees: [Value; 3],
    /// The next slot that neither they nor temps use, once somebody asked for one.
    next: Option<u32>,
    /// Slots that are taken, in the order of the operands that name them.
    taken: Vec<u32>,
}

impl Temps {
    pub(super) fn clear(&mut self) {
        self.taken.clear();
    }

    /// Begins a statement of up to three trees.
    pub(super) fn begin(&mut self, trees: &[Value]) {
        self.next = None;
        self.trees = [trees[0], trees[trees.len() / 2], trees[trees.len() - 1]];
    }

    /// The trees of the statement.
    pub(super) fn trees(&self) -> &[Value] {
        &self.trees
    }

    /// The next free slot, if it is known; otherwise it is looked for, as few statements need one.
    pub(super) fn next(&self) -> Option<u32> {
        self.next
    }

    /// Uses a free slot and as many behind it; what is free comes after them.
    pub(super) fn use_slots(&mut self, slot: u32, slots: u32) {
        self.next = Some(slot + slots);
    }

    /// Notes the slot of the next operand that is split off.
    pub(super) fn take(&mut self, slot: u32) {
        self.taken.push(slot);
    }

    /// How many are taken.
    pub(super) fn len(&self) -> usize {
        self.taken.len()
    }

    /// The slot of an operand, by how many were taken before it.
    pub(super) fn get(&self, before: usize) -> u32 {
        self.taken[before]
    }

    /// Gives back all but the first ones.
    pub(super) fn give_back(&mut self, keep: usize) {
        self.taken.truncate(keep);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasm::Kind;

    #[test]
    fn an_inner_statement_gives_back_what_it_took() {
        let mut temps = Temps::default();
        let (first, last) = (Value::slot(4, Kind::I32), Value::slot(5, Kind::I64));
        temps.begin(&[first, Value::ZERO, last]);
        assert!(temps.trees()[0].is_slot_at(4) && temps.trees()[2].is_slot_at(5));
        assert_eq!((temps.next(), temps.len()), (None, 0));
        temps.use_slots(9, 2);
        temps.take(9);
        let outer = temps.len();
        temps.take(temps.next().unwrap());
        assert_eq!((temps.get(0), temps.get(1)), (9, 11));
        temps.give_back(outer);
        assert_eq!((temps.len(), temps.next()), (1, Some(11)));
        temps.begin(&[first]);
        assert_eq!(temps.next(), None);
        temps.clear();
        assert_eq!(temps.len(), 0);
    }
}
