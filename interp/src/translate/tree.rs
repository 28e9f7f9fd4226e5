//! Pending expression trees, and which handler can evaluate how much of one.
//!
//! Every node has a *state*: the shape of the tree as far as it is evaluated in one go, the name
//! under which the selection table knows it. Where no handler takes an operand's shape, the
//! operand is *cut*: computed by a statement of its own, into a slot or the accumulator. That is
//! decided when the node is made, from the operands' states alone, and carried out when the
//! statement with the tree is emitted. Programs repeat themselves, so decisions are remembered
//! ([`Memo`]).
//!
//! Cuts come before the statement: those into slots first, in order, then the one into the
//! accumulator, then the rest, inline. An operand's traps must not come before those of the
//! operand to its left, so each node knows the [`stage`]s at which it may trap.

use alloc::boxed::Box;

use super::{Function, Local};
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

/// How the operands of a node are evaluated: two bits each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Modes(u8);

impl Modes {
    const INLINE: Modes = Modes::of([Inline; 3]);

    const fn of(modes: [Mode; 3]) -> Modes {
        Modes(modes[0] as u8 | (modes[1] as u8) << 2 | (modes[2] as u8) << 4)
    }

    #[inline]
    pub(super) fn get(self, operand: usize) -> Mode {
        match self.0 >> (2 * operand) & 3 {
            0 => Inline,
            1 => Acc,
            _ => Slot,
        }
    }
}

/// When a part of a statement is evaluated: sets of these, in this order.
mod stage {
    pub(super) const SLOT: u8 = 1;
    pub(super) const ACC: u8 = 2;
    pub(super) const INLINE: u8 = 4;
    /// Bits of a set.
    pub(super) const BITS: u32 = 3;
}

/// A node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// A leaf's slot, constant or context offset; a load's offset operand.
    pub(super) operand: u64,
    /// A set of the locals that the tree reads: bit `slot % 64`.
    pub(super) locals: u64,
    pub(super) kids: [NodeId; 3],
    /// Module offset of the operator.
    pub(super) offset: u32,
    /// One past the highest operand stack slot that the tree reads; 0 for none.
    pub(super) temps: u32,
    /// Shape of the inline part.
    pub(super) state: u16,
    /// Shape of the whole tree, without cuts, in which the hot local is read from its register;
    /// `head::NONE` if there is none.
    pub(super) hot: u16,
    /// The operation; `head::NONE` for a leaf, `head::Select` for a select.
    pub(super) op: u16,
    pub(super) kind: Kind,
    pub(super) arity: u8,
    /// Nodes of the whole tree.
    pub(super) size: u8,
    /// Which operands are taken in their `hot` shape, in the `hot` shape of this one.
    pub(super) hot_kids: u8,
    pub(super) modes: Modes,
    /// The stages at which the tree may trap.
    stages: u8,
    flags: u8,
}

/// The inline part reads the accumulator.
const READS_ACC: u8 = 1;
/// Some part is cut.
const CUT: u8 = 2;
/// This very node may trap.
const TRAPS: u8 = 4;
const READS_GLOBAL: u8 = 8;

impl Node {
    /// Whether the tree may trap.
    pub(super) fn may_trap(&self) -> bool {
        self.stages != 0
    }

    pub(super) fn reads_acc(&self) -> bool {
        self.flags & READS_ACC != 0
    }

    pub(super) fn is_cut(&self) -> bool {
        self.flags & CUT != 0
    }

    /// Whether this very node may trap.
    pub(super) fn traps(&self) -> bool {
        self.flags & TRAPS != 0
    }

    pub(super) fn reads_global(&self) -> bool {
        self.flags & READS_GLOBAL != 0
    }

    pub(super) fn is_leaf(&self) -> bool {
        self.op == head::NONE
    }

    fn leaf_in(&self, first: u16) -> bool {
        (first..first + 4).contains(&self.state)
    }

    pub(super) fn is_slot(&self) -> bool {
        self.leaf_in(leaf::SLOT)
    }

    pub(super) fn is_const(&self) -> bool {
        self.leaf_in(leaf::IMM) || self.leaf_in(leaf::IMM64)
    }

    #[inline]
    fn stages_as(&self, mode: Mode) -> u8 {
        match mode {
            _ if self.stages == 0 => 0,
            Inline => self.stages,
            Acc => stage::ACC,
            Slot => stage::SLOT,
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

/// How to evaluate the operands of an operation or a statement, and what the selection table says
/// of it then: a state for an operation, a handler for a statement.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) found: u16,
    pub(super) modes: Modes,
}

/// What was chosen for an operation or a statement, given all that the choice depends on.
#[derive(Clone, Copy, Debug)]
struct Choice {
    /// States and stages of the operands.
    operands: u64,
    of: u16,
    /// `head::NONE` if there is no way.
    found: u16,
    modes: Modes,
}

/// Choices made before, by hash; they hold for every function of every module.
#[derive(Debug)]
pub(super) struct Memo(Box<[Choice; Memo::SIZE]>);

impl Memo {
    const SIZE_LOG2: u32 = if cfg!(feature = "trees") { 10 } else { 6 };
    const SIZE: usize = 1 << Memo::SIZE_LOG2;

    #[inline]
    fn index(of: u16, operands: u64) -> usize {
        let hash = (operands ^ (of as u64) << 48).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (hash >> (64 - Memo::SIZE_LOG2)) as usize
    }
}

impl Default for Memo {
    fn default() -> Memo {
        let none = Choice { operands: 0, of: head::NONE, found: head::NONE, modes: Modes::INLINE };
        let choices = alloc::vec![none; Memo::SIZE].into_boxed_slice();
        Memo(choices.try_into().expect("made with that size"))
    }
}

/// In what a choice is for: operands that are neither slots nor constants are cut.
const FLAT: u16 = 1 << 15;

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
    #[inline]
    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.b.nodes[id as usize]
    }

    #[inline]
    fn add(&mut self, node: Node) -> NodeId {
        self.b.nodes.push(node);
        self.b.nodes.len() as u32 - 1
    }

    #[inline]
    fn leaf(&self, state: u16, kind: Kind, operand: u64) -> Node {
        Node {
            operand,
            locals: 0,
            kids: [0; 3],
            offset: self.offset,
            temps: 0,
            state,
            hot: head::NONE,
            op: head::NONE,
            kind,
            arity: 0,
            size: 1,
            hot_kids: 0,
            modes: Modes::INLINE,
            stages: 0,
            flags: 0,
        }
    }

    /// A read of a slot.
    #[inline]
    pub(super) fn slot(&mut self, slot: u32, kind: Kind) -> NodeId {
        let mut node = self.leaf(leaf::SLOT + type_index(kind), kind, slot as u64);
        if slot >= self.temps {
            node.temps = slot + 1;
        } else {
            if self.hot == Some(slot) {
                node.hot = leaf::HOT + type_index(kind);
            }
            node.locals = 1 << (slot % 64);
        }
        self.add(node)
    }

    /// A read of a local.
    #[inline]
    pub(super) fn local(&mut self, index: u32) -> NodeId {
        let Local { slot, kind } = self.b.locals[index as usize];
        self.slot(slot, kind)
    }

    /// A constant, given its bits.
    #[inline]
    pub(super) fn constant(&mut self, kind: Kind, bits: u64) -> NodeId {
        let fits = match kind {
            Kind::I32 | Kind::F32 => true,
            Kind::F64 => false,
            _ => bits as i64 == bits as i32 as i64,
        };
        let first = if fits { leaf::IMM } else { leaf::IMM64 };
        let node = self.leaf(first + type_index(kind), kind, bits);
        self.add(node)
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
        let node = self.leaf(first + type_index(kind), kind, offset as u64);
        self.add(Node { flags: READS_GLOBAL, ..node })
    }

    /// An operation on operands; `operand` is a load's offset operand.
    pub(super) fn tree<const N: usize>(
        &mut self,
        op: u16,
        kids: [NodeId; N],
        kind: Kind,
        operand: u64,
    ) -> NodeId {
        let way = self.choose(op, kids);
        self.tree_in(op, kids, kind, operand, way)
    }

    /// A tree as its own statement can take it: operands that are no slots and no constants are
    /// cut. (`build/` checks that every operation on those has statements of its own.)
    pub(super) fn flat(&mut self, id: NodeId) -> NodeId {
        let n = *self.node(id);
        let [a, b, c] = n.kids;
        let flat = match n.arity {
            1 => self.flat_of(&n, [a]),
            2 => self.flat_of(&n, [a, b]),
            _ => self.flat_of(&n, [a, b, c]),
        };
        self.b.nodes[flat as usize].offset = n.offset;
        flat
    }

    fn flat_of<const N: usize>(&mut self, n: &Node, kids: [NodeId; N]) -> NodeId {
        let way = self.choose(n.op | FLAT, kids);
        self.tree_in(n.op, kids, n.kind, n.operand, way)
    }

    #[inline]
    fn tree_in<const N: usize>(
        &mut self,
        op: u16,
        kids: [NodeId; N],
        kind: Kind,
        operand: u64,
        way: Option<Way>,
    ) -> NodeId {
        let Way { found, modes } = way.expect("every operation has slot forms");
        let traps = op < head::Set && crate::isa::OPS[op as usize].traps;
        let (hot, hot_kids) = self.choose_hot(op, kids).unwrap_or((head::NONE, 0));
        let mut node = Node {
            operand,
            locals: 0,
            kids: [0; 3],
            offset: self.offset,
            temps: 0,
            state: found,
            hot,
            op,
            kind,
            arity: N as u8,
            size: 1,
            hot_kids,
            modes,
            stages: if traps { stage::INLINE } else { 0 },
            flags: if traps { TRAPS } else { 0 },
        };
        for (i, &kid) in kids.iter().enumerate() {
            let k = self.node(kid);
            let mode = modes.get(i);
            node.kids[i] = kid;
            node.size = node.size.saturating_add(k.size);
            node.flags |= match mode {
                Inline => k.flags & (READS_ACC | CUT | READS_GLOBAL),
                Acc => k.flags & READS_GLOBAL | CUT | READS_ACC,
                Slot => k.flags & READS_GLOBAL | CUT,
            };
            node.stages |= k.stages_as(mode);
            node.temps = node.temps.max(k.temps);
            node.locals |= k.locals;
        }
        self.add(node)
    }

    /// How to evaluate operands for `of`; `None` if there is no way at all.
    #[inline]
    pub(super) fn choose<const N: usize>(&mut self, of: u16, kids: [NodeId; N]) -> Option<Way> {
        let mut operands = 0;
        for kid in kids {
            let kid = self.node(kid);
            operands = operands << stage::BITS | kid.stages as u64;
            operands = operands << u16::BITS | kid.state as u64;
        }
        let at = Memo::index(of, operands);
        let mut choice = self.b.memo.0[at];
        if choice.operands != operands || choice.of != of {
            let way = self.choose_anew(of & !FLAT, &kids, of & FLAT != 0);
            let Way { found, modes } =
                way.unwrap_or(Way { found: head::NONE, modes: Modes::INLINE });
            choice = Choice { operands, of, found, modes };
            self.b.memo.0[at] = choice;
        }
        let Choice { found, modes, .. } = choice;
        (found != head::NONE).then_some(Way { found, modes })
    }

    /// The same, without having seen it before.
    #[inline(never)]
    fn choose_anew(&self, of: u16, kids: &[NodeId], flat: bool) -> Option<Way> {
        // A statement that only moves a value is the cut itself.
        let moves = of == head::Set || of == head::SetHot || of == head::SetAcc;
        'ways: for &modes in WAYS[if moves { 0 } else { kids.len() }] {
            let mut states = [head::NONE; 3];
            let mut accs = 0;
            let mut stages = 0u8;
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
                accs += (mode == Acc || mode == Inline && kid.reads_acc()) as u8;
                let own = kid.stages_as(mode);
                // Its first stage must not come before the last one so far.
                if own != 0 && own.trailing_zeros() + stages.leading_zeros() < u8::BITS - 1 {
                    continue 'ways;
                }
                stages |= own;
            }
            if accs > 1 {
                continue;
            }
            if let Some(found) = self.look_up(of, &states[..kids.len()]) {
                return Some(Way { found, modes: Modes::of(modes) });
            }
        }
        None
    }

    /// How to evaluate operands without cuts, some of them with the hot local in its register:
    /// what the selection table says, and a set of those operands. `None` if it cannot be done.
    #[inline]
    pub(super) fn choose_hot<const N: usize>(
        &self,
        of: u16,
        kids: [NodeId; N],
    ) -> Option<(u16, u8)> {
        if self.hot.is_none() || kids.iter().all(|&kid| self.node(kid).hot == head::NONE) {
            return None;
        }
        self.choose_hot_among(of, &kids)
    }

    #[inline(never)]
    fn choose_hot_among(&self, of: u16, kids: &[NodeId]) -> Option<(u16, u8)> {
        let mut can = 0;
        for (i, &kid) in kids.iter().enumerate() {
            let kid = self.node(kid);
            can |= ((kid.hot != head::NONE) as u8) << i;
            if kid.hot == head::NONE && kid.is_cut() {
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
            let cut = |i: usize| hot >> i & 1 == 0 && self.node(kids[i]).is_cut();
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
        Some(self.tree(not as u16, [n.kids[0], n.kids[1]], Kind::I32, 0))
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
