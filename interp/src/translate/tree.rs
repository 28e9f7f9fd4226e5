//! Pending expression trees, and which handler can evaluate how much of one.
//!
//! Every node has a *state*: the shape of the tree as far as it is evaluated in one go, the name
//! under which the selection table knows it. Where no handler takes an operand's shape, the
//! operand is *cut*: computed by a statement of its own, into a slot or the accumulator. That is
//! decided when the node is made, from the operands' states alone, and carried out when the
//! statement with the tree is emitted.
//!
//! Cuts come before the statement: those into slots first, in order, then the one into the
//! accumulator, then the rest, inline. An operand's traps must not come before those of the
//! operand to its left, so each node knows the earliest and the latest [`stage`] at which it may
//! trap.

use core::num::NonZeroU32;

use super::Function;
use crate::isa::Op;
use crate::isa::table::{head, leaf, select};
use crate::module::{GlobalInfo, Kind};

/// Nodes that a pending tree may have.
pub(super) const MAX_SIZE: u8 = 24;

/// A node of a tree: its index in the buffer.
pub(super) type NodeId = u32;

/// How an operand is evaluated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    /// In the same handler.
    Inline,
    /// By the statement just before, into the accumulator.
    Acc,
    /// By a statement before, into a slot.
    Slot,
}
use Mode::{Acc, Inline, Slot};

/// When a part of a statement is evaluated.
mod stage {
    pub(super) const SLOT: u8 = 0;
    pub(super) const ACC: u8 = 1;
    pub(super) const INLINE: u8 = 2;
    /// Earliest and latest stage of what cannot trap.
    pub(super) const NEVER: (u8, u8) = (3, 0);
}

/// A node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// Shape of the inline part.
    pub(super) state: u16,
    /// Shape of the whole tree, without cuts, in which the hot local is read from its register;
    /// `head::NONE` if there is none.
    pub(super) hot: u16,
    /// Which operands are then taken in their `hot` shape.
    pub(super) hot_kids: u8,
    /// The operation; `head::NONE` for a leaf, `head::Select` for a select.
    pub(super) op: u16,
    pub(super) kind: Kind,
    pub(super) arity: u8,
    /// Nodes of the whole tree.
    pub(super) size: u8,
    /// The inline part reads the accumulator.
    pub(super) acc: bool,
    /// Some part is cut.
    pub(super) cut: bool,
    /// This very node may trap.
    pub(super) traps: bool,
    pub(super) reads_global: bool,
    /// Earliest and latest stage at which the tree may trap.
    stages: (u8, u8),
    pub(super) modes: [Mode; 3],
    pub(super) kids: [NodeId; 3],
    /// The slots into which operands are cut.
    pub(super) slots: [u16; 3],
    /// A leaf's slot, constant or context offset; a load's offset operand.
    pub(super) operand: u64,
    /// One past the highest operand stack slot that the tree reads; 0 for none.
    pub(super) temps: u32,
    /// A set of the locals that the tree reads: bit `slot % 64`.
    pub(super) locals: u64,
    /// Module offset of the operator.
    pub(super) offset: u32,
}

impl Node {
    /// Whether the tree may trap.
    pub(super) fn may_trap(&self) -> bool {
        self.stages.0 <= stage::INLINE
    }

    pub(super) fn is_leaf(&self) -> bool {
        self.op == head::NONE
    }

    fn leaf_in(&self, first: u16) -> bool {
        self.is_leaf() && (first..first + 4).contains(&self.state)
    }

    pub(super) fn is_slot(&self) -> bool {
        self.leaf_in(leaf::SLOT)
    }

    pub(super) fn is_const(&self) -> bool {
        self.leaf_in(leaf::IMM) || self.leaf_in(leaf::IMM64)
    }

    fn stages_as(&self, mode: Mode) -> (u8, u8) {
        match mode {
            _ if !self.may_trap() => stage::NEVER,
            Inline => self.stages,
            Acc => (stage::ACC, stage::ACC),
            Slot => (stage::SLOT, stage::SLOT),
        }
    }

    fn state_as(&self, mode: Mode) -> u16 {
        match mode {
            Inline => self.state,
            Acc => leaf::ACC + type_index(self.kind),
            Slot => leaf::SLOT + type_index(self.kind),
        }
    }
}

/// The position of a kind's type among the leaf states.
pub(super) fn type_index(kind: Kind) -> u16 {
    match kind {
        Kind::I32 => 0,
        Kind::I64 | Kind::Ref | Kind::V128 => 1,
        Kind::F32 => 2,
        Kind::F64 => 3,
    }
}

/// The ways to evaluate one, two or three operands, fewest cuts first.
const WAYS: [&[[Mode; 3]]; 4] = [
    &[[Inline; 3]],
    &[[Inline; 3], [Acc, Inline, Inline], [Slot, Inline, Inline]],
    &[
        [Inline, Inline, Inline],
        [Inline, Acc, Inline],
        [Acc, Inline, Inline],
        [Inline, Slot, Inline],
        [Slot, Inline, Inline],
        [Slot, Acc, Inline],
        [Acc, Slot, Inline],
        [Slot, Slot, Inline],
    ],
    &[
        [Inline, Inline, Inline],
        [Inline, Inline, Acc],
        [Inline, Inline, Slot],
        [Inline, Slot, Inline],
        [Slot, Inline, Inline],
        [Inline, Slot, Acc],
        [Slot, Inline, Acc],
        [Slot, Slot, Inline],
        [Inline, Slot, Slot],
        [Slot, Inline, Slot],
        [Slot, Slot, Acc],
        [Slot, Slot, Slot],
    ],
];

impl Function<'_> {
    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.b.nodes[id as usize]
    }

    fn add(&mut self, node: Node) -> NodeId {
        self.b.nodes.push(node);
        self.b.nodes.len() as u32 - 1
    }

    fn leaf(&mut self, state: u16, kind: Kind, operand: u64) -> NodeId {
        let offset = self.offset;
        self.add(Node {
            state,
            hot: head::NONE,
            hot_kids: 0,
            op: head::NONE,
            kind,
            arity: 0,
            size: 1,
            acc: false,
            cut: false,
            traps: false,
            reads_global: false,
            stages: stage::NEVER,
            modes: [Inline; 3],
            kids: [0; 3],
            slots: [0; 3],
            operand,
            temps: 0,
            locals: 0,
            offset,
        })
    }

    /// A read of a slot.
    pub(super) fn slot(&mut self, slot: u32, kind: Kind) -> NodeId {
        let (temps, hot) = (self.temps, self.hot);
        let id = self.leaf(leaf::SLOT + type_index(kind), kind, slot as u64);
        let node = &mut self.b.nodes[id as usize];
        if slot >= temps {
            node.temps = slot + 1;
        } else {
            if hot == Some(slot) {
                node.hot = leaf::HOT + type_index(kind);
            }
            node.locals = 1 << (slot % 64);
        }
        id
    }

    /// A read of a local. One node serves all reads of it, as long as nothing about it changes.
    pub(super) fn local(&mut self, index: u32) -> NodeId {
        let local = self.b.locals[index as usize];
        if let Some(node) = local.node {
            return node.get() - 1;
        }
        let node = self.slot(local.slot, local.kind);
        self.b.locals[index as usize].node = NonZeroU32::new(node + 1);
        node
    }

    /// A constant, given its bits.
    pub(super) fn constant(&mut self, kind: Kind, bits: u64) -> NodeId {
        let fits = match kind {
            Kind::I32 | Kind::F32 => true,
            Kind::F64 => false,
            _ => bits as i64 == bits as i32 as i64,
        };
        let first = if fits { leaf::IMM } else { leaf::IMM64 };
        self.leaf(first + type_index(kind), kind, bits)
    }

    /// A read of a global.
    pub(super) fn global(&mut self, global: u32) -> NodeId {
        let GlobalInfo { kind, constant } = self.info.globals[global as usize];
        if let Some(bits) = constant {
            return self.constant(kind, bits);
        }
        let imported = global < self.info.imported_globals;
        let first = if imported { leaf::GLOBALIMPORT } else { leaf::GLOBAL };
        let offset = self.layout.global(global);
        let id = self.leaf(first + type_index(kind), kind, offset as u64);
        self.b.nodes[id as usize].reads_global = true;
        id
    }

    /// An operation on operands; `operand` is a load's offset operand.
    pub(super) fn tree(&mut self, op: u16, kids: &[NodeId], kind: Kind, operand: u64) -> NodeId {
        let way = self.choose(op, kids, false);
        self.tree_in(op, kids, kind, operand, way)
    }

    /// A tree as its own statement can take it: operands that are no slots and no constants are
    /// cut. (`build/` checks that every operation on those has statements of its own.)
    pub(super) fn flat(&mut self, id: NodeId) -> NodeId {
        let n = *self.node(id);
        let kids = &n.kids[..n.arity as usize];
        let way = self.choose(n.op, kids, true);
        let flat = self.tree_in(n.op, kids, n.kind, n.operand, way);
        self.b.nodes[flat as usize].offset = n.offset;
        flat
    }

    fn tree_in(
        &mut self,
        op: u16,
        kids: &[NodeId],
        kind: Kind,
        operand: u64,
        way: Option<(u16, [Mode; 3])>,
    ) -> NodeId {
        let (state, modes) = way.expect("every operation has slot forms");
        let traps = op < head::Set && crate::isa::OPS[op as usize].traps;
        let (hot, hot_kids) = self.choose_hot(op, kids).unwrap_or((head::NONE, 0));
        let mut node = Node {
            state,
            hot,
            hot_kids,
            op,
            kind,
            arity: kids.len() as u8,
            size: 1,
            acc: false,
            cut: false,
            traps,
            reads_global: false,
            stages: if traps { (stage::INLINE, stage::INLINE) } else { stage::NEVER },
            modes,
            kids: [0; 3],
            slots: [0; 3],
            operand,
            temps: 0,
            locals: 0,
            offset: self.offset,
        };
        for (i, &kid) in kids.iter().enumerate() {
            let k = self.node(kid);
            let (first, last) = k.stages_as(modes[i]);
            node.kids[i] = kid;
            node.size = node.size.saturating_add(k.size);
            node.acc |= modes[i] == Acc || modes[i] == Inline && k.acc;
            node.cut |= modes[i] != Inline || k.cut;
            node.reads_global |= k.reads_global;
            node.stages = (node.stages.0.min(first), node.stages.1.max(last));
            node.temps = node.temps.max(k.temps);
            node.locals |= k.locals;
        }
        self.add(node)
    }

    /// How to evaluate operands for `of`, and what the selection table says of it then: a state
    /// for an operation, a handler for a statement. With `flat`, operands that are neither
    /// slots nor constants are cut. `None` if there is no way at all.
    pub(super) fn choose(&self, of: u16, kids: &[NodeId], flat: bool) -> Option<(u16, [Mode; 3])> {
        // A statement that only moves a value is the cut itself.
        let moves = of == head::Set || of == head::SetHot || of == head::SetAcc;
        'ways: for modes in WAYS[if moves { 0 } else { kids.len() }] {
            let mut states = [head::NONE; 3];
            let mut accs = 0;
            let mut latest = 0;
            for (i, &kid) in kids.iter().enumerate() {
                let kid = self.node(kid);
                let mode = modes[i];
                let allowed = match mode {
                    Inline => !flat || kid.is_slot() || kid.is_const(),
                    Acc => !kid.is_slot() && select(head::SetAcc, kid.state, head::NONE).is_some(),
                    Slot => !kid.is_slot(),
                };
                if !allowed {
                    continue 'ways;
                }
                states[i] = kid.state_as(mode);
                accs += (mode == Acc || mode == Inline && kid.acc) as u8;
                let (first, last) = kid.stages_as(mode);
                if first < latest {
                    continue 'ways;
                }
                latest = latest.max(last);
            }
            if accs > 1 {
                continue;
            }
            if let Some(found) = self.look_up(of, &states[..kids.len()]) {
                return Some((found, *modes));
            }
        }
        None
    }

    /// How to evaluate operands without cuts, some of them with the hot local in its register:
    /// what the selection table says, and a set of those operands. `None` if it cannot be done.
    pub(super) fn choose_hot(&self, of: u16, kids: &[NodeId]) -> Option<(u16, u8)> {
        self.hot?;
        let mut can = 0;
        for (i, &kid) in kids.iter().enumerate() {
            let kid = self.node(kid);
            can |= ((kid.hot != head::NONE) as u8) << i;
            if kid.hot == head::NONE && kid.cut {
                return None;
            }
        }
        // All operands that can, then fewer.
        let mut hot = can;
        while hot != 0 {
            let mut states = [head::NONE; 3];
            for (i, &kid) in kids.iter().enumerate() {
                let kid = self.node(kid);
                states[i] = if hot >> i & 1 != 0 { kid.hot } else { kid.state };
            }
            let cut = |i: usize| hot >> i & 1 == 0 && self.node(kids[i]).cut;
            if !(0..kids.len()).any(cut)
                && let Some(found) = self.look_up(of, &states[..kids.len()])
            {
                return Some((found, hot));
            }
            hot = (hot - 1) & can;
        }
        None
    }

    /// What the selection table says of operands' states.
    fn look_up(&self, of: u16, states: &[u16]) -> Option<u16> {
        match *states {
            [] => None,
            [a] => select(of, a, head::NONE),
            [a, b] => select(of, a, b),
            [a, b, ref c @ ..] => select(head::SelectPair, a, b).and_then(|p| select(of, p, c[0])),
        }
    }

    /// The condition as it is easiest to branch on, and whether its sense is the opposite.
    pub(super) fn condition(&mut self, mut cond: NodeId) -> (NodeId, bool) {
        let mut negated = false;
        loop {
            let n = *self.node(cond);
            if n.op == Op::I32Eqz as u16 {
                (cond, negated) = (n.kids[0], !negated);
            } else if (n.op == Op::I32Eq as u16 || n.op == Op::I32Ne as u16)
                && self.is_zero(n.kids[1])
            {
                negated ^= n.op == Op::I32Eq as u16;
                cond = n.kids[0];
            } else {
                return (cond, negated);
            }
        }
    }

    fn is_zero(&self, id: NodeId) -> bool {
        let n = self.node(id);
        n.is_const() && n.operand == 0
    }

    /// A comparison with the opposite result, if its operation has one.
    pub(super) fn negate(&mut self, cond: NodeId) -> Option<NodeId> {
        let n = *self.node(cond);
        if n.arity != 2 || n.op >= head::Set {
            return None;
        }
        let not = crate::isa::OPS[n.op as usize].not?;
        Some(self.tree(not as u16, &[n.kids[0], n.kids[1]], Kind::I32, 0))
    }

    /// A leaf as the untyped moves take it: slots and constants by their bits.
    pub(super) fn untyped(&mut self, id: NodeId) -> NodeId {
        let n = *self.node(id);
        if !n.is_leaf() {
            return id;
        }
        let (first, kind) = if n.is_slot() {
            (leaf::SLOT, Kind::I64)
        } else if n.leaf_in(leaf::IMM) {
            (leaf::IMM, if matches!(n.kind, Kind::F32) { Kind::I32 } else { n.kind })
        } else if n.leaf_in(leaf::IMM64) {
            (leaf::IMM64, Kind::I64)
        } else if n.leaf_in(leaf::GLOBAL) {
            (leaf::GLOBAL, Kind::I64)
        } else {
            (leaf::GLOBALIMPORT, Kind::I64)
        };
        if n.state == first + type_index(kind) {
            return id;
        }
        let hot = if n.hot == head::NONE { n.hot } else { leaf::HOT + type_index(kind) };
        self.add(Node { state: first + type_index(kind), hot, kind, ..n })
    }
}
