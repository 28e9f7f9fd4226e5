//! The local variables of a function, parameters included: what a read of one is.

use alloc::vec::Vec;

use super::tree::Value;
use crate::wasm::Kind;

/// Locals that are listed one by one. Few functions have more, and of those that have, a few bytes may declare all.
const LISTED: u32 = 256;

/// The local variables of a function.
#[derive(Debug, Default)]
pub(super) struct Locals {
    /// Reads of the first ones.
    listed: Vec<Value>,
    /// Declarations of the others.
    others: Vec<Declaration>,
}

/// Locals of one kind, in slots one after the other.
#[derive(Clone, Copy, Debug)]
struct Declaration {
    /// The index of the first one, and its slot.
    index: u32,
    slot: u32,
    kind: Kind,
}

impl Locals {
    pub(super) fn clear(&mut self) {
        self.listed.clear();
        self.others.clear();
    }

    /// Declares `count` locals behind the `declared` ones, of which the first is at `slot`; gives back the slot behind the last.
    pub(super) fn declare(&mut self, declared: u32, count: u32, slot: u32, kind: Kind) -> u32 {
        let listed = count.min(LISTED.saturating_sub(declared));
        let slot_of = |n: u32| slot + n * kind.slots();
        self.listed.extend((0..listed).map(|n| Value::slot(slot_of(n), kind)));
        if listed < count {
            self.others.push(Declaration { index: declared + listed, slot: slot_of(listed), kind });
        }
        slot_of(count)
    }

    /// A read of a local that there is.
    #[inline]
    pub(super) fn read(&self, index: u32) -> Value {
        match self.listed.get(index as usize) {
            Some(value) => *value,
            None => self.read_other(index),
        }
    }

    #[cold]
    fn read_other(&self, index: u32) -> Value {
        let after = self.others.partition_point(|declaration| declaration.index <= index);
        let Declaration { index: first, slot, kind } = self.others[after - 1];
        Value::slot(slot + (index - first) * kind.slots(), kind)
    }

    /// Where reads of a local are kept; `None` if it is not one of the first, or there is none.
    pub(super) fn listed_mut(&mut self, index: u32) -> Option<&mut Value> {
        self.listed.get_mut(index as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_local_is_read_where_it_was_declared() {
        let groups = [
            (3, Kind::I32),
            (0, Kind::F32),
            (LISTED, Kind::V128),
            (1, Kind::F64),
            (0, Kind::I64),
            (70, Kind::Gc),
        ];
        let mut locals = Locals::default();
        for _ in 0..2 {
            locals.clear();
            let (mut index, mut slot) = (0, 2049);
            for (count, kind) in groups {
                let end = locals.declare(index, count, slot, kind);
                index += count;
                slot += count * kind.slots();
                assert_eq!(end, slot);
            }
            let (mut index, mut slot) = (0, 2049);
            for (count, kind) in groups {
                for _ in 0..count {
                    let value = locals.read(index);
                    assert!(value.is_slot_at(slot), "{index}");
                    assert_eq!(value.kind(), kind, "{index}");
                    assert_eq!(locals.listed_mut(index).is_some(), index < LISTED);
                    index += 1;
                    slot += kind.slots();
                }
            }
        }
    }
}
