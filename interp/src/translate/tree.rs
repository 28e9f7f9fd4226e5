//! Pending expression trees, and which handler can evaluate how much of one.
//!
//! Every value has a *pattern*: the shape of the tree as far as it is evaluated in one go, the name
//! under which the selection table knows it. Where no handler takes an operand's shape, the
//! tree is *split*: the operand is computed by a statement of its own, into a slot or the accumulator. That is
//! decided when the tree is made, from the operands' patterns alone, and carried out when the
//! statement with the tree is emitted. Programs repeat themselves, so decisions are remembered
//! ([`TilingCache`]).
//!
//! What is split off comes before the statement: those into slots first, in order, then the one into the
//! accumulator, then the rest, inline. An operand's traps must not come before those of the
//! operand to its left, so each value is marked with the stages at which it may trap ([`mark`]).

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::Function;
use crate::code::selection::{Leaf, Pattern, select};
use crate::code::table::head;
use crate::isa::Op;
use crate::wasm::Kind;

/// Nodes that a pending tree may have.
pub(super) const MAX_SIZE: u16 = 24;

/// How an operand is evaluated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Placement {
    /// In the same handler.
    Inline,
    /// By the statement just before, into the accumulator.
    Acc,
    /// By a statement before, into a slot.
    Slot,
}
use Placement::{Acc, Inline, Slot};

/// How the operands of a node are evaluated: two bits each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Placements(u8);

impl Placements {
    pub(super) const INLINE: Placements = Placements::of([Inline; 3]);

    const fn of(placements: [Placement; 3]) -> Placements {
        Placements(placements[0] as u8 | (placements[1] as u8) << 2 | (placements[2] as u8) << 4)
    }

    #[inline]
    pub(super) fn get(self, operand: usize) -> Placement {
        match self.0 >> (2 * operand) & 3 {
            0 => Inline,
            1 => Acc,
            _ => Slot,
        }
    }
}

/// A value that is not computed yet: a leaf, or a tree. Values are copied all the time, so they are
/// two words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value {
    /// A leaf's slot, constant or context offset; the index of a tree's [`Node`].
    pub(super) bits: u64,
    /// From the lowest bit: pattern (16 bits), [`mark`]s (8), kind (8), nodes of the whole tree,
    /// leaves included (16), pinned pattern (16).
    about: u64,
}

/// What is true of a value.
mod mark {
    /// It is a tree.
    pub(super) const TREE: u8 = 1;
    /// The inline part reads the accumulator.
    pub(super) const READS_ACC: u8 = 2;
    /// Some part is split off.
    pub(super) const SPLIT: u8 = 4;
    pub(super) const READS_GLOBAL: u8 = 8;
    /// The stages at which it may trap: when parts of a statement are evaluated, in order.
    pub(super) const STAGES: u8 = AT_SLOT | AT_ACC | AT_INLINE;
    pub(super) const AT_SLOT: u8 = 16;
    pub(super) const AT_ACC: u8 = 32;
    pub(super) const AT_INLINE: u8 = 64;
    /// It is a constant.
    pub(super) const CONST: u8 = 128;
}

impl Default for Value {
    fn default() -> Value {
        Value::ZERO
    }
}

impl Value {
    /// The constant 0.
    pub(super) const ZERO: Value = Value::constant(Leaf::Imm, Kind::I32, 0);

    #[inline]
    const fn new(
        bits: u64,
        pattern: Pattern,
        marks: u8,
        kind: Kind,
        size: u16,
        pinned: Pattern,
    ) -> Value {
        let low = pattern.number() as u64 | (marks as u64) << 16 | (kind as u64) << 24;
        Value { bits, about: low | (size as u64) << 32 | (pinned.number() as u64) << 48 }
    }

    #[inline]
    const fn leaf(leaf: Leaf, kind: Kind, bits: u64) -> Value {
        Value::new(bits, leaf.of(kind), 0, kind, 1, Pattern::NONE)
    }

    #[inline]
    const fn constant(leaf: Leaf, kind: Kind, bits: u64) -> Value {
        Value::new(bits, leaf.of(kind), mark::CONST, kind, 1, Pattern::NONE)
    }

    /// A read of a slot.
    #[inline]
    pub(super) fn slot(slot: u32, kind: Kind) -> Value {
        Value::leaf(Leaf::Slot, kind, slot as u64)
    }

    /// A read of a slot that is also in the pinned register.
    pub(super) fn as_pinned(self) -> Value {
        let pinned = Leaf::Pinned.of(self.kind());
        Value::new(self.bits, self.pattern(), 0, self.kind(), 1, pinned)
    }

    /// Shape of the inline part.
    #[inline]
    pub(super) fn pattern(&self) -> Pattern {
        Pattern::numbered(self.about as u16)
    }

    #[inline]
    fn marks(&self) -> u8 {
        (self.about >> 16) as u8
    }

    #[inline]
    pub(super) fn kind(&self) -> Kind {
        const KINDS: [Kind; 8] = {
            use Kind::*;
            [I32, I64, F32, F64, V128, Func, Gc, Gc]
        };
        KINDS[(self.about >> 24) as usize % 8]
    }

    /// Slots that it takes.
    #[inline]
    pub(super) fn slots(&self) -> u32 {
        1 + ((self.about >> 24) as u8 == Kind::V128 as u8) as u32
    }

    /// Nodes of the whole tree, leaves included.
    #[inline]
    pub(super) fn size(&self) -> u16 {
        (self.about >> 32) as u16
    }

    /// Shape of the whole tree, without splits, in which the pinned local is read from its register;
    /// `Pattern::NONE` if there is none.
    #[inline]
    pub(super) fn pinned_pattern(&self) -> Pattern {
        Pattern::numbered((self.about >> 48) as u16)
    }

    /// Whether it may trap.
    pub(super) fn may_trap(&self) -> bool {
        self.marks() & mark::STAGES != 0
    }

    pub(super) fn reads_acc(&self) -> bool {
        self.marks() & mark::READS_ACC != 0
    }

    pub(super) fn is_split(&self) -> bool {
        self.marks() & mark::SPLIT != 0
    }

    pub(super) fn reads_global(&self) -> bool {
        self.marks() & mark::READS_GLOBAL != 0
    }

    pub(super) fn is_leaf(&self) -> bool {
        self.marks() & mark::TREE == 0
    }

    pub(super) fn is_slot(&self) -> bool {
        self.pattern().is(Leaf::Slot)
    }

    /// Whether it is a read of this slot.
    pub(super) fn is_slot_at(&self, slot: u32) -> bool {
        self.bits == slot as u64 && self.is_slot()
    }

    pub(super) fn is_const(&self) -> bool {
        self.marks() & mark::CONST != 0
    }

    /// The bits of a constant.
    pub(super) fn as_const(&self) -> Option<u64> {
        self.is_const().then_some(self.bits)
    }

    fn is_zero(&self) -> bool {
        self.bits == 0 && self.is_const()
    }

    /// Its marks as part of a tree that places it so.
    #[inline]
    fn marks_as(&self, placement: Placement) -> u8 {
        let traps = |at| if self.may_trap() { at } else { 0 };
        let global = self.marks() & mark::READS_GLOBAL;
        match placement {
            Inline => self.marks() & !mark::CONST,
            Acc => global | mark::SPLIT | mark::READS_ACC | traps(mark::AT_ACC),
            Slot => global | mark::SPLIT | traps(mark::AT_SLOT),
        }
    }

    fn pattern_as(&self, placement: Placement) -> Pattern {
        match placement {
            Inline => self.pattern(),
            Acc => Leaf::Acc.of(self.kind()),
            Slot => Leaf::Slot.of(self.kind()),
        }
    }
}

/// What a tree consists of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    kids: [Value; 3],
    /// A load's offset operand.
    pub(super) operand: u32,
    /// A second operand: of what looks at the type of an object.
    pub(super) operand2: u32,
    /// Module offset of the operator.
    pub(super) offset: u32,
    /// The operation, or `head::Select`.
    pub(super) op: u16,
    arity: u8,
    pub(super) placements: Placements,
    /// Which operands are taken in their pinned form, in the pinned form of this one.
    pub(super) pinned_kids: u8,
}

impl Node {
    #[inline]
    pub(super) fn kids(&self) -> &[Value] {
        &self.kids[..self.arity as usize]
    }
}

/// How to evaluate the operands of an operation or a statement, and what the selection table says
/// of it then: a pattern for an operation, a handler for a statement.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tiling {
    found: u16,
    pub(super) placements: Placements,
    /// The marks of the result.
    marks: u8,
}

impl Tiling {
    /// The handler of the statement that it is for.
    pub(super) fn handler(&self) -> u16 {
        self.found
    }

    /// Whether some part is split off.
    pub(super) fn is_split(&self) -> bool {
        self.marks & mark::SPLIT != 0
    }
}

/// What was chosen for an operation or a statement, given all that this depends on.
#[derive(Clone, Copy, Debug)]
struct CacheEntry {
    /// What it is for, and pattern and marks of the first two operands.
    key: u64,
    /// State and marks of the third one.
    third: u32,
    /// Its `found` is `head::NONE` if there is none.
    tiling: Tiling,
}

/// Choices made before, by hash; they hold for every function of every module.
#[derive(Debug)]
pub(super) struct TilingCache(Box<[CacheEntry; TilingCache::SIZE]>);

impl TilingCache {
    const SIZE_LOG2: u32 = if cfg!(feature = "trees") { 11 } else { 6 };
    const SIZE: usize = 1 << TilingCache::SIZE_LOG2;

    #[inline]
    fn key<const N: usize>(of: u16, kids: &[Value; N]) -> (u64, u32) {
        // An operation may take two operands in one place and one in another.
        let operand = |i: usize| kids.get(i).map_or(0xff_ffff, |kid| kid.about & 0xff_ffff);
        ((of as u64) << 48 | operand(0) << 24 | operand(1), operand(2) as u32)
    }

    #[inline]
    fn index((key, third): (u64, u32)) -> usize {
        let hash = (key ^ third as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (hash >> (64 - TilingCache::SIZE_LOG2)) as usize
    }
}

impl Default for TilingCache {
    fn default() -> TilingCache {
        let tiling = Tiling { found: head::NONE, placements: Placements::INLINE, marks: 0 };
        let none = CacheEntry { key: u64::MAX, third: 0, tiling };
        let entries = alloc::vec![none; TilingCache::SIZE].into_boxed_slice();
        TilingCache(entries.try_into().expect("made with that size"))
    }
}

/// The trees of a function.
#[derive(Debug, Default)]
pub(super) struct Trees {
    pub(super) nodes: Vec<Node>,
    /// Vector constants.
    pub(super) vectors: Vec<[u8; 16]>,
    pub(super) tilings: TilingCache,
}

impl Trees {
    /// Forgets all but the tilings, which hold for every function.
    pub(super) fn clear(&mut self) {
        self.nodes.clear();
        self.vectors.clear();
    }
}

/// In what an entry is for: operands that are neither slots nor constants are split off.
const FLAT: u16 = 1 << 15;

/// The placements of one, two or three operands, fewest splits first.
const PLACEMENTS: [&[[Placement; 3]]; 4] = [
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
    /// The parts of a value that is a tree.
    #[inline]
    pub(super) fn node(&self, value: Value) -> &Node {
        &self.parts.trees.nodes[value.bits as usize]
    }

    /// A constant, given its bits.
    #[inline]
    pub(super) fn constant(&self, kind: Kind, bits: u64) -> Value {
        let fits = match kind {
            Kind::I32 | Kind::F32 | Kind::Func | Kind::Gc => true,
            Kind::F64 => false,
            _ => bits as i64 == bits as i32 as i64,
        };
        Value::constant(if fits { Leaf::Imm } else { Leaf::Imm64 }, kind, bits)
    }

    /// A vector constant.
    #[cfg(feature = "simd")]
    pub(super) fn vector(&mut self, bytes: [u8; 16]) -> Value {
        let at = self.parts.trees.vectors.len() as u64;
        self.parts.trees.vectors.push(bytes);
        Value::constant(Leaf::Imm128, Kind::V128, at)
    }

    /// A read of a global.
    pub(super) fn global(&self, global: u32) -> Value {
        let kind = self.info.globals[global as usize];
        if let Some(bits) = self.info.constant(global) {
            return self.constant(kind, bits);
        }
        let imported = global < self.info.imported_globals;
        let leaf = if imported { Leaf::GlobalImport } else { Leaf::Global };
        let at = self.layout.global(global) as u64;
        Value::new(at, leaf.of(kind), mark::READS_GLOBAL, kind, 1, Pattern::NONE)
    }

    /// One past the highest operand stack slot that a value reads (0 for none), and the set of the
    /// locals that it reads: bit `slot % 64`.
    #[inline]
    pub(super) fn reads(&self, value: Value) -> (u32, u64) {
        if !value.is_leaf() {
            self.tree_reads(value)
        } else if !value.is_slot() {
            (0, 0)
        } else if value.bits < self.parts.stack.base as u64 {
            (0, 1 << (value.bits % 64))
        } else {
            (value.bits as u32 + value.slots(), 0)
        }
    }

    /// The same of a tree. Few are ever asked, so this is not kept with the node.
    fn tree_reads(&self, tree: Value) -> (u32, u64) {
        let kids = self.node(tree).kids().iter();
        kids.fold((0, 0), |(stack_base, locals), &kid| {
            let (t, l) = self.reads(kid);
            (t.max(stack_base), l | locals)
        })
    }

    /// An operation on operands; `operand` is a load's offset operand.
    #[inline]
    pub(super) fn tree<const N: usize>(
        &mut self,
        op: u16,
        kids: [Value; N],
        kind: Kind,
        operand: u32,
    ) -> Value {
        let tiling = self.tile(op, &kids);
        self.tree_in(op, &kids, kind, operand, tiling)
    }

    /// A tree as its own statement can take it: operands that are no slots and no constants are
    /// split. (`build/` checks that every operation on those has statements of its own.)
    #[cold]
    pub(super) fn flat(&mut self, value: Value) -> Value {
        let n = *self.node(value);
        let [a, b, c] = n.kids;
        let flat = match n.arity {
            1 => self.flat_of(&n, [a], value.kind()),
            2 => self.flat_of(&n, [a, b], value.kind()),
            _ => self.flat_of(&n, [a, b, c], value.kind()),
        };
        let node = &mut self.parts.trees.nodes[flat.bits as usize];
        (node.offset, node.operand2) = (n.offset, n.operand2);
        flat
    }

    fn flat_of<const N: usize>(&mut self, n: &Node, kids: [Value; N], kind: Kind) -> Value {
        let tiling = self.tile(n.op | FLAT, &kids);
        self.tree_in(n.op, &kids, kind, n.operand, tiling)
    }

    fn tree_in<const N: usize>(
        &mut self,
        op: u16,
        kids: &[Value; N],
        kind: Kind,
        operand: u32,
        tiling: Option<Tiling>,
    ) -> Value {
        let Tiling { found, placements, marks } = tiling.expect("every operation has slot forms");
        let (pinned, pinned_kids) = self.tile_pinned(op, kids).unwrap_or((head::NONE, 0));
        let (found, pinned) = (Pattern::numbered(found), Pattern::numbered(pinned));
        let mut own = [Value::ZERO; 3];
        own[..N].copy_from_slice(kids);
        let size = 1 + kids.iter().map(Value::size).sum::<u16>();
        let bits = self.parts.trees.nodes.len() as u64;
        let offset = self.source.offset as u32;
        let arity = N as u8;
        self.parts.trees.nodes.push(Node {
            kids: own,
            operand,
            operand2: 0,
            offset,
            op,
            arity,
            placements,
            pinned_kids,
        });
        Value::new(bits, found, marks, kind, size, pinned)
    }

    /// How to evaluate operands for `of`; `None` if there is no tiling at all.
    #[inline]
    pub(super) fn tile<const N: usize>(&mut self, of: u16, kids: &[Value; N]) -> Option<Tiling> {
        let key = TilingCache::key(of, kids);
        let at = TilingCache::index(key);
        let entry = &self.parts.trees.tilings.0[at];
        let known = (entry.key, entry.third) == key;
        let tiling = if known { entry.tiling } else { self.tile_anew(of, kids, key) };
        (tiling.found != head::NONE).then_some(tiling)
    }

    /// The same for what is not in the cache, and enters it there.
    #[inline(never)]
    fn tile_anew(&mut self, of: u16, kids: &[Value], key: (u64, u32)) -> Tiling {
        let flat = of & FLAT != 0;
        let of = of & !FLAT;
        let mut tiling = Tiling { found: head::NONE, placements: Placements::INLINE, marks: 0 };
        // A statement that only moves a value is what a split makes.
        let moves = of == head::Set || of == head::SetPinned || of == head::SetAcc;
        'placements: for &placements in PLACEMENTS[if moves { 0 } else { kids.len() }] {
            let mut patterns = [Pattern::NONE; 3];
            let (mut accs, mut marks) = (0, 0);
            for (i, kid) in kids.iter().enumerate() {
                let placement = placements[i];
                let allowed = match placement {
                    Inline => !flat || kid.is_slot() || kid.is_const(),
                    Acc => !kid.is_slot() && select(head::SetAcc, &[kid.pattern()]).is_some(),
                    Slot => !kid.is_slot(),
                };
                if !allowed {
                    continue 'placements;
                }
                patterns[i] = kid.pattern_as(placement);
                let own = kid.marks_as(placement);
                accs += (own & mark::READS_ACC != 0) as u8;
                // Its first stage must not come before the last one so far.
                let (stages, before) = (own & mark::STAGES, marks & mark::STAGES);
                if stages != 0 && before != 0 && stages.trailing_zeros() < before.ilog2() {
                    continue 'placements;
                }
                marks |= own;
            }
            if accs > 1 {
                continue;
            }
            if let Some(found) = select(of, &patterns[..kids.len()]) {
                if of < head::Set && crate::isa::OPS[of as usize].traps {
                    marks |= mark::AT_INLINE;
                }
                tiling = Tiling {
                    found,
                    placements: Placements::of(placements),
                    marks: marks | mark::TREE,
                };
                break;
            }
        }
        self.parts.trees.tilings.0[TilingCache::index(key)] =
            CacheEntry { key: key.0, third: key.1, tiling };
        tiling
    }

    /// How to evaluate operands without splits, some of them with the pinned local in its register:
    /// what the selection table says, and a set of those operands. `None` if it cannot be done.
    #[inline]
    pub(super) fn tile_pinned<const N: usize>(
        &self,
        of: u16,
        kids: &[Value; N],
    ) -> Option<(u16, u8)> {
        if !self.pinned.is_some() || kids.iter().all(|kid| !kid.pinned_pattern().is_some()) {
            return None;
        }
        self.tile_some_pinned(of, kids)
    }

    #[inline(never)]
    fn tile_some_pinned(&self, of: u16, kids: &[Value]) -> Option<(u16, u8)> {
        if kids.iter().any(|kid| !kid.pinned_pattern().is_some() && kid.is_split()) {
            return None;
        }
        // All operands that can, then fewer.
        let can =
            kids.iter().rev().fold(0, |can, kid| can << 1 | kid.pinned_pattern().is_some() as u8);
        let mut pinned = can;
        while pinned != 0 {
            let mut patterns = [Pattern::NONE; 3];
            for (i, kid) in kids.iter().enumerate() {
                patterns[i] =
                    if pinned >> i & 1 != 0 { kid.pinned_pattern() } else { kid.pattern() };
            }
            let split = |i: usize| pinned >> i & 1 == 0 && kids[i].is_split();
            if !(0..kids.len()).any(split)
                && let Some(found) = select(of, &patterns[..kids.len()])
            {
                return Some((found, pinned));
            }
            pinned = (pinned - 1) & can;
        }
        None
    }

    /// The condition as it is easiest to branch on, and whether its sense is the opposite.
    pub(super) fn condition(&self, mut cond: Value) -> (Value, bool) {
        let mut negated = false;
        while !cond.is_leaf() {
            let n = self.node(cond);
            if n.op == Op::I32Eqz as u16 {
                negated = !negated;
            } else if (n.op == Op::I32Eq as u16 || n.op == Op::I32Ne as u16) && n.kids[1].is_zero()
            {
                negated ^= n.op == Op::I32Eq as u16;
            } else {
                break;
            }
            cond = n.kids[0];
        }
        (cond, negated)
    }

    /// A comparison with the opposite result, if its operation has one.
    pub(super) fn negate(&mut self, cond: Value) -> Option<Value> {
        if cond.is_leaf() {
            return None;
        }
        let Node { op, arity, kids: [a, b, _], .. } = *self.node(cond);
        if arity != 2 || op >= head::Set {
            return None;
        }
        let not = crate::isa::OPS[op as usize].not?;
        Some(self.tree(not as u16, [a, b], Kind::I32, 0))
    }

    /// A leaf as the untyped moves take it: slots and constants by their bits.
    #[inline]
    pub(super) fn untyped(&self, value: Value) -> Value {
        if !value.is_leaf() {
            return value;
        }
        let kind = match value.kind() {
            Kind::V128 => Kind::V128,
            _ if !value.pattern().is(Leaf::Imm) => Kind::I64,
            Kind::I64 => Kind::I64,
            _ => Kind::I32,
        };
        let pattern = value.pattern().of_leaf_as(value.kind(), kind);
        let pinned = value.pinned_pattern();
        let pinned = if pinned.is_some() { Leaf::Pinned.of(kind) } else { pinned };
        Value::new(value.bits, pattern, value.marks(), kind, 1, pinned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [Kind; 7] = {
        use Kind::*;
        [I32, I64, F32, F64, V128, Func, Gc]
    };

    #[test]
    fn a_value_is_what_it_was_made_of() {
        for kind in KINDS {
            let slot = Value::slot(70_000, kind);
            assert_eq!((slot.kind(), slot.bits, slot.size()), (kind, 70_000, 1));
            assert_eq!(slot.slots(), if kind == Kind::V128 { 2 } else { 1 });
            assert!(slot.is_leaf() && slot.is_slot_at(70_000) && !slot.is_slot_at(4));
            assert!(!slot.is_const() && !slot.may_trap() && !slot.pinned_pattern().is_some());
            let pinned = slot.as_pinned();
            assert_eq!(pinned.pinned_pattern(), Leaf::Pinned.of(kind));
            assert_eq!(
                (pinned.pattern(), pinned.kind(), pinned.bits),
                (slot.pattern(), kind, 70_000)
            );
            let constant = Value::constant(Leaf::Imm, kind, 0);
            assert!(constant.is_zero() && !constant.is_slot() && constant.as_const() == Some(0));
        }
        let pattern = Pattern::numbered(0xabcd);
        let marks = mark::TREE | mark::SPLIT | mark::AT_ACC;
        let tree = Value::new(u64::MAX, pattern, marks, Kind::F64, 0xffff, Pattern::NONE);
        assert_eq!((tree.pattern(), tree.size(), tree.bits), (pattern, 0xffff, u64::MAX));
        assert!(!tree.is_leaf() && tree.is_split() && tree.may_trap() && !tree.reads_acc());
        assert_eq!((tree.as_const(), tree.kind(), tree.slots()), (None, Kind::F64, 1));
    }

    #[test]
    fn placements_are_what_they_were_made_of() {
        for placements in PLACEMENTS.iter().copied().flatten() {
            let packed = Placements::of(*placements);
            assert_eq!([0, 1, 2].map(|operand| packed.get(operand)), *placements);
            assert_eq!(packed == Placements::INLINE, *placements == [Inline; 3]);
        }
    }

    #[test]
    fn what_a_part_does_depends_on_where_it_is_evaluated() {
        let marks = mark::TREE | mark::READS_GLOBAL | mark::AT_INLINE | mark::AT_SLOT;
        let part = Value::new(0, Pattern::numbered(999), marks, Kind::I64, 3, Pattern::NONE);
        assert_eq!((part.pattern_as(Inline), part.marks_as(Inline)), (part.pattern(), marks));
        // Whatever it does comes when the accumulator is set, or the slot.
        let split = mark::READS_GLOBAL | mark::SPLIT;
        assert_eq!(part.pattern_as(Acc), Leaf::Acc.of(Kind::I64));
        assert_eq!(part.marks_as(Acc), split | mark::READS_ACC | mark::AT_ACC);
        assert_eq!(part.pattern_as(Slot), Leaf::Slot.of(Kind::I64));
        assert_eq!(part.marks_as(Slot), split | mark::AT_SLOT);
        let constant = Value::ZERO;
        assert_eq!((constant.marks_as(Inline), constant.marks_as(Slot)), (0, mark::SPLIT));
    }

    #[test]
    fn a_cached_tiling_is_found_by_all_that_it_depends_on() {
        let key = |of, kids: [Value; 3]| TilingCache::key(of, &kids);
        let [a, b] = [Value::slot(1, Kind::I32), Value::slot(1, Kind::F64)];
        let one = key(7, [a, a, a]);
        // Which slot it is does not matter, nor how large a tree is.
        assert_eq!(one, key(7, [Value::slot(2, Kind::I32), a, a.as_pinned()]));
        for other in [key(8, [a, a, a]), key(7, [b, a, a]), key(7, [a, b, a]), key(7, [a, a, b])] {
            assert_ne!(one, other);
        }
        assert_ne!(TilingCache::key(7, &[a, a]), TilingCache::key(7, &[a, b]));
        assert_ne!(TilingCache::key(7, &[a, a]), TilingCache::key(7, &[a]));
        assert!(TilingCache::index(one) < TilingCache::SIZE);
    }
}
