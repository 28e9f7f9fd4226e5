//! The operand stack at translation time, and when its pending trees are spilled.

use super::tree::{MAX_SIZE, Value};
use super::{Function, WINDOW};
use crate::code::table::simple;
use crate::wasm::Kind;
use alloc::vec::Vec;

/// An entry of the operand stack.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) value: Value,
    /// Where the value is kept when it is not pending.
    pub(super) slot: u32,
}

impl Entry {
    /// Whether the value is in its slot.
    #[inline]
    pub(super) fn is_in_slot(&self) -> bool {
        self.value.is_slot_at(self.slot)
    }

    /// One past its last slot.
    pub(super) fn end(&self) -> u32 {
        self.slot + self.value.slots()
    }
}

/// The operand stack.
#[derive(Debug, Default)]
pub(super) struct OperandStack {
    pub(super) entries: Vec<Entry>,
    /// Entries below are in their slots.
    spilled: usize,
    /// Entries below have been noted for the collector.
    pub(super) mapped: usize,
    /// The slot of the next entry.
    pub(super) top: u32,
    /// Slots below are not free, whatever entries say: the last one holds an object whose fields are being set.
    pub(super) held: u32,
    /// The first slot of the operand stack, behind the locals.
    pub(super) base: u32,
    /// Where the frame ends, by the slots that it needs so far.
    pub(super) end: u32,
}

impl OperandStack {
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        (self.spilled, self.mapped) = (0, 0);
    }

    /// Begins at a slot.
    pub(super) fn begin(&mut self, base: u32) {
        (self.base, self.top, self.end) = (base, base, base);
    }

    /// Notes that the frame has slots up to `end`.
    #[inline]
    pub(super) fn use_slots(&mut self, end: u32) {
        self.end = self.end.max(end);
    }

    /// Pushes a value; the caller sees to it that few are pending.
    #[inline(always)]
    fn push(&mut self, value: Value) {
        let slot = self.top;
        self.top = slot + value.slots();
        self.use_slots(self.top);
        self.entries.push(Entry { value, slot });
    }

    /// How many entries may be pending.
    #[inline(always)]
    fn window(&self) -> usize {
        self.entries.len() - self.spilled
    }

    /// Pops a value.
    #[inline]
    pub(super) fn pop(&mut self) -> Value {
        let entry = self.entries.pop().expect("validated");
        self.shrunk();
        self.top = entry.slot;
        entry.value
    }

    /// Pops some values: the last one was on top.
    #[inline]
    pub(super) fn pop_all<const N: usize>(&mut self) -> [Value; N] {
        let entries = *self.entries.last_chunk::<N>().expect("validated");
        self.drop_entries(N);
        entries.map(|entry| entry.value)
    }

    /// The value on top.
    #[inline]
    pub(super) fn peek(&self) -> Value {
        self.entries.last().expect("validated").value
    }

    /// Drops the top `n` entries, which are not pending or not needed.
    #[inline]
    pub(super) fn drop_entries(&mut self, n: usize) {
        let len = self.entries.len() - n;
        if let Some(first) = self.entries.get(len) {
            self.top = first.slot;
        }
        self.entries.truncate(len);
        self.shrunk();
    }

    /// Entries are gone.
    #[inline(always)]
    fn shrunk(&mut self) {
        self.spilled = self.spilled.min(self.entries.len());
        self.mapped = self.mapped.min(self.entries.len());
    }

    /// How many slots the top `values` entries take, and the slot of the lowest.
    pub(super) fn span(&self, values: usize) -> (u32, u32) {
        let first = self.entries.len() - values;
        let start = self.entries.get(first).map_or(self.top, |e| e.slot);
        (start, self.top - start)
    }

    /// One past the slots of the lowest `height` entries.
    pub(super) fn end_of(&self, height: usize) -> u32 {
        height.checked_sub(1).map_or(self.base, |last| self.entries[last].end())
    }
}

/// Nodes that are kept before all trees are spilled, so that they can be forgotten.
const MAX_NODES: usize = 1 << 12;

impl Function<'_> {
    /// Pushes a value that is pending.
    #[inline]
    pub(super) fn push(&mut self, value: Value) {
        self.push_leaf(value);
        if value.size() > MAX_SIZE {
            self.spill_entry(self.parts.stack.entries.len() - 1);
        }
    }

    /// The same of one that is no tree.
    #[inline(always)]
    pub(super) fn push_leaf(&mut self, value: Value) {
        self.parts.stack.push(value);
        if self.parts.stack.window() > WINDOW {
            self.spill_first();
        }
    }

    /// Spills the lowest of the entries that may be pending, with those above it if one statement can.
    #[inline(never)]
    fn spill_first(&mut self) {
        self.parts.stack.spilled =
            self.spill_run(self.parts.stack.spilled, self.parts.stack.entries.len());
    }

    /// Spills entries, which nothing below reads.
    fn spill_entries(&mut self, mut first: usize, end: usize) {
        while first < end {
            first = self.spill_run(first, end);
        }
    }

    /// Spills the first of some entries, with those after it if one statement can: eight locals, or four constants.
    /// Gives back the next one.
    fn spill_run(&mut self, first: usize, end: usize) -> usize {
        let stack_base = u64::from(self.parts.stack.base);
        let entries = &self.parts.stack.entries[first..end];
        let is_local =
            |e: &Entry| e.value.is_slot() && e.value.bits < stack_base && e.value.slots() == 1;
        let is_small =
            |e: &Entry| e.value.is_const() && e.value.bits >> 32 == 0 && e.value.slots() == 1;
        let (statement, n) = match *entries {
            [a, b, c, d, e, f, g, h, ..] if [a, b, c, d, e, f, g, h].iter().all(is_local) => {
                (simple::Gather, 8)
            }
            [a, b, c, d, ..] if [a, b, c, d].iter().all(is_small) => (simple::Constants, 4),
            _ => {
                self.spill_entry(first);
                return first + 1;
            }
        };
        let dst = entries[0].slot;
        self.claim(dst, first, false);
        let mut operands = [dst; 9];
        for i in 0..n {
            let e = &mut self.parts.stack.entries[first + i];
            operands[1 + i] = e.value.bits as u32;
            e.value = Value::slot(e.slot, e.value.kind());
        }
        self.emit(statement, &operands[..1 + n]);
        first + n
    }

    /// Pushes a value that a statement has put in its slot.
    pub(super) fn push_in_slot(&mut self, kind: Kind) {
        self.push_leaf(Value::slot(self.parts.stack.top, kind));
    }

    /// The same of values of these kinds.
    pub(super) fn push_all_in_slots(&mut self, kinds: &[Kind]) {
        if kinds.len() <= WINDOW {
            return kinds.iter().for_each(|&kind| self.push_in_slot(kind));
        }
        self.flush(0);
        for &kind in kinds {
            let value = Value::slot(self.parts.stack.top, kind);
            self.parts.stack.push(value);
        }
        self.parts.stack.spilled = self.parts.stack.entries.len();
    }

    /// Puts an entry's value in its slot.
    pub(super) fn spill_entry(&mut self, entry: usize) {
        let e @ Entry { value, slot } = self.parts.stack.entries[entry];
        if !e.is_in_slot() {
            self.claim(slot, entry, value.may_trap());
            self.set(slot, value);
            self.parts.stack.entries[entry].value = Value::slot(slot, value.kind());
        }
    }

    /// Spills pending entries below `entry` that read the operand stack slot `slot` or what is
    /// above it, and with `traps` those that may trap.
    pub(super) fn claim(&mut self, slot: u32, entry: usize, traps: bool) {
        for below in self.parts.stack.spilled..entry {
            let e = self.parts.stack.entries[below];
            if !e.is_in_slot() && (self.reads(e.value).0 > slot || traps && e.value.may_trap()) {
                self.spill_entry(below);
            }
        }
    }

    /// A statement that reads the top `N` entries in slots and sets the slots of its `results`, which take their
    /// place: `emit` gets the slots that are read, and the first one to be set.
    ///
    /// The entries are where they are or spilled, and stay on the stack until the statement is emitted: so what is
    /// spilled meanwhile finds their slots taken.
    pub(super) fn on_slots<const N: usize, const R: usize>(
        &mut self,
        results: [Kind; R],
        emit: impl FnOnce(&mut Self, [u32; N], u32),
    ) {
        let first = self.parts.stack.entries.len() - N;
        for entry in first..self.parts.stack.entries.len() {
            if !self.parts.stack.entries[entry].value.is_slot() {
                self.spill_entry(entry);
            }
        }
        let dst =
            self.parts.stack.entries.get(first).map_or(self.parts.stack.top, |entry| entry.slot);
        if R > 0 {
            self.claim(dst, first, false);
        }
        let slots = core::array::from_fn(|i| self.parts.stack.entries[first + i].value.bits as u32);
        emit(self, slots, dst);
        self.parts.stack.drop_entries(N);
        for kind in results {
            self.push_in_slot(kind);
        }
    }

    /// Spills the pending entries that satisfy `which`, except the top `keep`.
    #[inline]
    fn spill_if(&mut self, keep: usize, which: impl Fn(&Self, Value) -> bool) {
        for entry in self.parts.stack.spilled..self.parts.stack.entries.len() - keep {
            if which(self, self.parts.stack.entries[entry].value) {
                self.spill_entry(entry);
            }
        }
    }

    /// Spills whatever may trap, except the top `keep`: before something else that may trap.
    pub(super) fn spill_traps(&mut self, keep: usize) {
        self.spill_if(keep, |_, v| v.may_trap());
    }

    /// Spills whatever may trap or reads a global, except the top `keep`: before an effect.
    pub(super) fn spill_effects(&mut self, keep: usize) {
        self.spill_if(keep, |_, v| v.may_trap() || v.reads_global());
    }

    /// Spills what reads a local, except the top `keep`: before the local is set.
    #[inline]
    pub(super) fn spill_local(&mut self, slot: u32, keep: usize) {
        let bit = 1 << (slot % 64);
        self.spill_if(keep, |f, v| f.reads(v).1 & bit != 0);
    }

    /// Spills everything except the top `keep`: at the boundaries of blocks.
    pub(super) fn flush(&mut self, keep: usize) {
        let end = self.parts.stack.entries.len() - keep;
        self.spill_entries(self.parts.stack.spilled, end);
        self.parts.stack.spilled = end;
    }

    /// Spills everything but constants and locals, which calls cannot change, and all of the top
    /// `args`.
    pub(super) fn spill_for_call(&mut self, args: usize) {
        let stack_base = self.parts.stack.base as u64;
        self.spill_if(args, |_, v| !(v.is_const() || v.is_slot() && v.bits < stack_base));
        self.spill_top(args);
    }

    /// Spills the top `n`.
    pub(super) fn spill_top(&mut self, n: usize) {
        let end = self.parts.stack.entries.len();
        self.spill_entries(self.parts.stack.spilled.max(end - n), end);
    }

    /// The first slot that neither the stack nor a tree about to be emitted uses.
    pub(super) fn free_slot(&self, trees: &[Value]) -> u32 {
        let pending = self.parts.stack.entries[self.parts.stack.spilled..].iter().map(|e| e.value);
        let all = pending.chain(trees.iter().copied());
        all.map(|v| self.reads(v).0).fold(self.parts.stack.top.max(self.parts.stack.held), u32::max)
    }

    /// Between two operators: forgets all nodes if nothing is pending, and sees to it if they have
    /// become many.
    #[inline]
    pub(super) fn forget_nodes(&mut self) {
        if self.parts.trees.nodes.len() > MAX_NODES {
            self.flush(0);
        }
        if self.parts.stack.spilled == self.parts.stack.entries.len() {
            self.parts.trees.nodes.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_lie_one_behind_the_other() {
        let mut stack = OperandStack::default();
        stack.begin(10);
        for kind in [Kind::I32, Kind::V128, Kind::F64] {
            stack.push(Value::slot(3, kind));
        }
        assert_eq!((stack.top, stack.end, stack.window()), (14, 14, 3));
        assert_eq!([0, 1, 2, 3].map(|height| stack.end_of(height)), [10, 11, 13, 14]);
        assert_eq!(
            [0, 1, 2, 3].map(|values| stack.span(values)),
            [(14, 0), (13, 1), (11, 3), (10, 4)]
        );
        stack.spilled = 2;
        assert_eq!(stack.window(), 1);
        stack.spilled = 3;
        let [vector, float] = stack.pop_all();
        assert_eq!((vector.kind(), float.kind()), (Kind::V128, Kind::F64));
        assert_eq!((stack.top, stack.end, stack.spilled), (11, 14, 1));
        assert_eq!(stack.peek().kind(), stack.pop().kind());
        assert_eq!((stack.top, stack.spilled), (10, 0));
        stack.use_slots(20);
        stack.drop_entries(0);
        assert_eq!((stack.top, stack.end), (10, 20));
    }
}
