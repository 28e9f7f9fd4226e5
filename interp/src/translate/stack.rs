//! The operand stack at translation time, and when its pending trees are settled.

use super::tree::{MAX_SIZE, NodeId};
use super::{Function, WINDOW};
use crate::module::Kind;

/// An entry of the operand stack: a value, its slot, and how it comes about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) node: NodeId,
    /// Where the value is kept when it is not pending.
    pub(super) slot: u32,
    pub(super) kind: Kind,
}

impl Function<'_> {
    /// The slot of the next entry.
    pub(super) fn top(&self) -> u32 {
        self.b.stack.last().map_or(self.temps, |e| e.slot + e.kind.slots())
    }

    /// Notes that the frame has slots up to `end`.
    pub(super) fn use_slots(&mut self, end: u32) {
        self.slots = self.slots.max(end);
    }

    /// Pushes a pending value.
    pub(super) fn push(&mut self, node: NodeId) {
        let kind = self.node(node).kind;
        let slot = self.top();
        self.use_slots(slot + kind.slots());
        self.b.stack.push(Entry { node, slot, kind });
        if self.node(node).size > MAX_SIZE || kind == Kind::V128 {
            self.settle_entry(self.b.stack.len() - 1);
        }
        if self.b.stack.len() - self.settled > WINDOW {
            self.settle_entry(self.settled);
            self.settled += 1;
        }
    }

    /// Pushes a value that a statement has put in its slot.
    pub(super) fn push_settled(&mut self, kind: Kind) {
        let slot = self.top();
        self.use_slots(slot + kind.slots());
        let node = self.slot(slot, kind);
        self.b.stack.push(Entry { node, slot, kind });
        if self.b.stack.len() - self.settled > WINDOW {
            self.settle_entry(self.settled);
            self.settled += 1;
        }
    }

    /// Pops a value.
    pub(super) fn pop(&mut self) -> NodeId {
        let entry = self.b.stack.pop().expect("validated");
        self.settled = self.settled.min(self.b.stack.len());
        entry.node
    }

    /// Drops the top `n` entries, which are not pending or not needed.
    pub(super) fn drop_entries(&mut self, n: usize) {
        let len = self.b.stack.len() - n;
        self.b.stack.truncate(len);
        self.settled = self.settled.min(len);
    }

    pub(super) fn is_settled(&self, entry: usize) -> bool {
        let e = self.b.stack[entry];
        let n = self.node(e.node);
        n.is_slot() && n.operand == e.slot as u64
    }

    /// Puts an entry's value in its slot.
    pub(super) fn settle_entry(&mut self, entry: usize) {
        if self.is_settled(entry) {
            return;
        }
        let Entry { node, slot, kind } = self.b.stack[entry];
        let traps = self.node(node).may_trap();
        self.claim(slot, entry, traps);
        self.set(slot, node);
        self.b.stack[entry].node = self.slot(slot, kind);
    }

    /// Settles pending entries below `entry` that read the operand stack slot `slot` or what is
    /// above it, and with `traps` those that may trap.
    fn claim(&mut self, slot: u32, entry: usize, traps: bool) {
        for below in self.settled..entry {
            if !self.is_settled(below) {
                let n = self.node(self.b.stack[below].node);
                if n.temps > slot || traps && n.may_trap() {
                    self.settle_entry(below);
                }
            }
        }
    }

    /// The slot of the next entry, free to be written by a statement.
    pub(super) fn claim_top(&mut self) -> u32 {
        let slot = self.top();
        self.claim(slot, self.b.stack.len(), false);
        slot
    }

    /// Settles the pending entries that satisfy `which`, except the top `keep`.
    fn settle_if(&mut self, keep: usize, which: impl Fn(&super::tree::Node) -> bool) {
        for entry in self.settled..self.b.stack.len() - keep {
            if which(self.node(self.b.stack[entry].node)) {
                self.settle_entry(entry);
            }
        }
    }

    /// Settles whatever may trap, except the top `keep`: before something else that may trap.
    pub(super) fn settle_traps(&mut self, keep: usize) {
        self.settle_if(keep, |n| n.may_trap());
    }

    /// Settles whatever may trap or reads a global, except the top `keep`: before an effect.
    pub(super) fn settle_effects(&mut self, keep: usize) {
        self.settle_if(keep, |n| n.may_trap() || n.reads_global);
    }

    /// Settles what reads a local, except the top `keep`: before the local is set.
    pub(super) fn settle_local(&mut self, slot: u32, keep: usize) {
        let bit = 1 << (slot % 64);
        self.settle_if(keep, |n| n.locals & bit != 0);
    }

    /// Settles everything except the top `keep`: at the boundaries of blocks.
    pub(super) fn settle_all(&mut self, keep: usize) {
        self.settle_if(keep, |_| true);
        self.settled = self.b.stack.len() - keep;
    }

    /// Settles everything but constants and locals, which calls cannot change, and all of the top
    /// `args`.
    pub(super) fn settle_call(&mut self, args: usize) {
        let temps = self.temps as u64;
        self.settle_if(args, |n| !(n.is_const() || n.is_slot() && n.operand < temps));
        for entry in self.b.stack.len() - args..self.b.stack.len() {
            self.settle_entry(entry);
        }
    }

    /// The first slot that neither the stack nor a tree about to be emitted uses.
    pub(super) fn free_slot(&self, trees: &[NodeId]) -> u32 {
        let pending = self.b.stack[self.settled..].iter().map(|e| e.node);
        pending.chain(trees.iter().copied()).map(|n| self.node(n).temps).fold(self.top(), u32::max)
    }

    /// Settles everything and forgets all nodes but those of the stack's entries.
    pub(super) fn forget_nodes(&mut self) {
        self.settle_all(0);
        self.b.nodes.clear();
        for local in &mut self.b.locals {
            local.node = None;
        }
        for i in 0..self.b.stack.len() {
            let Entry { slot, kind, .. } = self.b.stack[i];
            self.b.stack[i].node = self.slot(slot, kind);
        }
    }
}
