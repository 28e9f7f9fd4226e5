//! The operand stack at translation time, and when its pending trees are settled.

use super::tree::{MAX_SIZE, Node, NodeId};
use super::{Function, WINDOW};
use crate::module::Kind;

/// An entry of the operand stack: a value, its slot, and how it comes about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// The pending tree, or [`SETTLED`].
    node: NodeId,
    /// Where the value is kept when it is not pending.
    pub(super) slot: u32,
    pub(super) kind: Kind,
}

/// Stands for the tree of an entry whose value is in its slot.
const SETTLED: NodeId = NodeId::MAX;

/// Nodes that are kept before all trees are settled, so that they can be forgotten.
const MAX_NODES: usize = 1 << 16;

impl Function<'_> {
    /// The slot of the next entry.
    #[inline]
    pub(super) fn top(&self) -> u32 {
        self.b.stack.last().map_or(self.temps, |e| e.slot + e.kind.slots())
    }

    /// Notes that the frame has slots up to `end`.
    #[inline]
    pub(super) fn use_slots(&mut self, end: u32) {
        self.slots = self.slots.max(end);
    }

    #[inline]
    fn add_entry(&mut self, node: NodeId, kind: Kind) {
        let slot = self.top();
        self.use_slots(slot + kind.slots());
        self.b.stack.push(Entry { node, slot, kind });
    }

    /// Keeps the number of pending entries bounded.
    #[inline]
    fn keep_window(&mut self) {
        if self.b.stack.len() - self.settled > WINDOW {
            self.settle_entry(self.settled);
            self.settled += 1;
        }
    }

    /// Pushes a pending value.
    #[inline]
    pub(super) fn push(&mut self, node: NodeId) {
        let Node { kind, size, .. } = *self.node(node);
        self.add_entry(node, kind);
        if size > MAX_SIZE || kind == Kind::V128 {
            self.settle_entry(self.b.stack.len() - 1);
        }
        self.keep_window();
    }

    /// Pushes a value that a statement has put in its slot.
    pub(super) fn push_settled(&mut self, kind: Kind) {
        self.add_entry(SETTLED, kind);
        self.keep_window();
    }

    /// Pops a value.
    #[inline]
    pub(super) fn pop(&mut self) -> NodeId {
        let entry = self.b.stack.pop().expect("validated");
        self.settled = self.settled.min(self.b.stack.len());
        self.value(entry)
    }

    /// The value on top.
    pub(super) fn peek(&mut self) -> NodeId {
        let entry = *self.b.stack.last().expect("validated");
        self.value(entry)
    }

    #[inline]
    fn value(&mut self, entry: Entry) -> NodeId {
        match entry.node {
            SETTLED => self.slot(entry.slot, entry.kind),
            node => node,
        }
    }

    /// Drops the top `n` entries, which are not pending or not needed.
    pub(super) fn drop_entries(&mut self, n: usize) {
        let len = self.b.stack.len() - n;
        self.b.stack.truncate(len);
        self.settled = self.settled.min(len);
    }

    /// The tree of an entry that is not settled.
    #[inline]
    pub(super) fn pending(&self, entry: usize) -> Option<&Node> {
        let node = self.b.stack[entry].node;
        (node != SETTLED).then(|| self.node(node))
    }

    /// Whether the value on top may trap.
    pub(super) fn top_may_trap(&self) -> bool {
        self.pending(self.b.stack.len() - 1).is_some_and(Node::may_trap)
    }

    /// Puts an entry's value in its slot.
    pub(super) fn settle_entry(&mut self, entry: usize) {
        let Entry { node, slot, .. } = self.b.stack[entry];
        if node != SETTLED {
            let traps = self.node(node).may_trap();
            self.claim(slot, entry, traps);
            self.set(slot, node);
            self.b.stack[entry].node = SETTLED;
        }
    }

    /// Settles pending entries below `entry` that read the operand stack slot `slot` or what is
    /// above it, and with `traps` those that may trap.
    fn claim(&mut self, slot: u32, entry: usize, traps: bool) {
        for below in self.settled..entry {
            if self.pending(below).is_some_and(|n| n.temps > slot || traps && n.may_trap()) {
                self.settle_entry(below);
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
    #[inline]
    fn settle_if(&mut self, keep: usize, which: impl Fn(&Node) -> bool) {
        for entry in self.settled..self.b.stack.len() - keep {
            if self.pending(entry).is_some_and(&which) {
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
        self.settle_if(keep, |n| n.may_trap() || n.reads_global());
    }

    /// Settles what reads a local, except the top `keep`: before the local is set.
    #[inline]
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
        let pending = (self.settled..self.b.stack.len()).filter_map(|i| self.pending(i));
        let trees = trees.iter().map(|&n| self.node(n));
        pending.chain(trees).map(|n| n.temps).fold(self.top(), u32::max)
    }

    /// Between two operators: forgets all nodes if nothing is pending, and sees to it if they have
    /// become many.
    #[inline]
    pub(super) fn forget_nodes(&mut self) {
        if self.b.nodes.len() > MAX_NODES {
            self.settle_all(0);
        }
        if self.settled == self.b.stack.len() {
            self.b.nodes.clear();
        }
    }
}
