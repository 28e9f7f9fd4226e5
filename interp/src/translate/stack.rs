//! The operand stack at translation time, and when its pending trees are spilled.

use super::tree::{MAX_SIZE, Value};
use super::{Function, WINDOW};
use crate::code::table::simple;
use crate::wasm::Kind;

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

/// Nodes that are kept before all trees are spilled, so that they can be forgotten.
const MAX_NODES: usize = 1 << 12;

impl Function<'_> {
    /// Notes that the frame has slots up to `end`.
    #[inline]
    pub(super) fn use_slots(&mut self, end: u32) {
        self.slots = self.slots.max(end);
    }

    /// Pushes a value that is pending.
    #[inline]
    pub(super) fn push(&mut self, value: Value) {
        self.push_leaf(value);
        if value.size() > MAX_SIZE {
            self.spill_entry(self.b.stack.len() - 1);
        }
    }

    /// The same of one that is no tree.
    #[inline(always)]
    pub(super) fn push_leaf(&mut self, value: Value) {
        let slot = self.top;
        self.top = slot + value.slots();
        self.use_slots(self.top);
        self.b.stack.push(Entry { value, slot });
        if self.b.stack.len() - self.spilled > WINDOW {
            self.spill_first();
        }
    }

    /// Spills the lowest of the entries that may be pending, with those above it if one statement can.
    #[inline(never)]
    fn spill_first(&mut self) {
        self.spilled = self.spill_run(self.spilled, self.b.stack.len());
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
        let stack_base = u64::from(self.stack_base);
        let entries = &self.b.stack[first..end];
        let is_local =
            |e: &Entry| e.value.is_slot() && e.value.bits < stack_base && e.value.slots() == 1;
        let is_small =
            |e: &Entry| e.value.is_const() && e.value.bits >> 32 == 0 && e.value.slots() == 1;
        let (statement, n) = match *entries {
            [e, ..] if e.is_in_slot() => return first + 1,
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
            let e = &mut self.b.stack[first + i];
            operands[1 + i] = e.value.bits as u32;
            e.value = Value::slot(e.slot, e.value.kind());
        }
        self.emit(statement, &operands[..1 + n]);
        first + n
    }

    /// Pushes a value that a statement has put in its slot.
    pub(super) fn push_in_slot(&mut self, kind: Kind) {
        self.push_leaf(Value::slot(self.top, kind));
    }

    /// The same of values of these kinds.
    pub(super) fn push_all_in_slots(&mut self, kinds: &[Kind]) {
        if kinds.len() <= WINDOW {
            return kinds.iter().for_each(|&kind| self.push_in_slot(kind));
        }
        self.flush(0);
        for &kind in kinds {
            let slot = self.top;
            self.b.stack.push(Entry { value: Value::slot(slot, kind), slot });
            self.top = slot + kind.slots();
        }
        self.use_slots(self.top);
        self.spilled = self.b.stack.len();
    }

    /// Pops a value.
    #[inline]
    pub(super) fn pop(&mut self) -> Value {
        let entry = self.b.stack.pop().expect("validated");
        self.spilled = self.spilled.min(self.b.stack.len());
        self.top = entry.slot;
        entry.value
    }

    /// Pops some values: the last one was on top.
    #[inline]
    pub(super) fn pop_all<const N: usize>(&mut self) -> [Value; N] {
        let entries = *self.b.stack.last_chunk::<N>().expect("validated");
        let len = self.b.stack.len() - N;
        self.b.stack.truncate(len);
        self.spilled = self.spilled.min(len);
        self.top = entries[0].slot;
        entries.map(|entry| entry.value)
    }

    /// The value on top.
    #[inline]
    pub(super) fn peek(&self) -> Value {
        self.b.stack.last().expect("validated").value
    }

    /// Drops the top `n` entries, which are not pending or not needed.
    pub(super) fn drop_entries(&mut self, n: usize) {
        let len = self.b.stack.len() - n;
        if let Some(first) = self.b.stack.get(len) {
            self.top = first.slot;
        }
        self.b.stack.truncate(len);
        self.spilled = self.spilled.min(len);
    }

    /// Puts an entry's value in its slot.
    pub(super) fn spill_entry(&mut self, entry: usize) {
        let e @ Entry { value, slot } = self.b.stack[entry];
        if !e.is_in_slot() {
            self.claim(slot, entry, value.may_trap());
            self.set(slot, value);
            self.b.stack[entry].value = Value::slot(slot, value.kind());
        }
    }

    /// Spills pending entries below `entry` that read the operand stack slot `slot` or what is
    /// above it, and with `traps` those that may trap.
    fn claim(&mut self, slot: u32, entry: usize, traps: bool) {
        for below in self.spilled..entry {
            let e = self.b.stack[below];
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
        let first = self.b.stack.len() - N;
        for entry in first..self.b.stack.len() {
            if !self.b.stack[entry].value.is_slot() {
                self.spill_entry(entry);
            }
        }
        let dst = self.b.stack.get(first).map_or(self.top, |entry| entry.slot);
        if R > 0 {
            self.claim(dst, first, false);
        }
        let slots = core::array::from_fn(|i| self.b.stack[first + i].value.bits as u32);
        emit(self, slots, dst);
        self.drop_entries(N);
        for kind in results {
            self.push_in_slot(kind);
        }
    }

    /// Spills the pending entries that satisfy `which`, except the top `keep`.
    #[inline]
    fn spill_if(&mut self, keep: usize, which: impl Fn(&Self, Value) -> bool) {
        for entry in self.spilled..self.b.stack.len() - keep {
            if which(self, self.b.stack[entry].value) {
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
        let end = self.b.stack.len() - keep;
        self.spill_entries(self.spilled, end);
        self.spilled = end;
    }

    /// Spills everything but constants and locals, which calls cannot change, and all of the top
    /// `args`.
    pub(super) fn spill_for_call(&mut self, args: usize) {
        let stack_base = self.stack_base as u64;
        self.spill_if(args, |_, v| !(v.is_const() || v.is_slot() && v.bits < stack_base));
        self.spill_top(args);
    }

    /// Spills the top `n`.
    pub(super) fn spill_top(&mut self, n: usize) {
        let end = self.b.stack.len();
        self.spill_entries(self.spilled.max(end - n), end);
    }

    /// The first slot that neither the stack nor a tree about to be emitted uses.
    pub(super) fn free_slot(&self, trees: &[Value]) -> u32 {
        let pending = self.b.stack[self.spilled..].iter().map(|e| e.value);
        let all = pending.chain(trees.iter().copied());
        all.map(|v| self.reads(v).0).fold(self.top, u32::max)
    }

    /// Between two operators: forgets all nodes if nothing is pending, and sees to it if they have
    /// become many.
    #[inline]
    pub(super) fn forget_nodes(&mut self) {
        if self.b.nodes.len() > MAX_NODES {
            self.flush(0);
        }
        if self.spilled == self.b.stack.len() {
            self.b.nodes.clear();
        }
    }
}
