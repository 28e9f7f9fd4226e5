//! The selection table: which handler a statement of these expressions has.

use super::table::{SELECT, head};
use crate::wasm::Kind;

/// The shape of an expression: the name under which the selection table knows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Pattern(u16);

pub(crate) use super::table::Leaf;

/// Types of values, each with a pattern for every kind of leaf.
const TYPES: u16 = 5;

/// The position of a kind's type among the patterns of a leaf.
const fn type_index(kind: Kind) -> u16 {
    match kind {
        Kind::I32 | Kind::Func | Kind::Gc => 0,
        Kind::I64 => 1,
        Kind::F32 => 2,
        Kind::F64 => 3,
        Kind::V128 => 4,
    }
}

impl Leaf {
    /// The pattern of such a leaf.
    #[inline]
    pub(crate) const fn of(self, kind: Kind) -> Pattern {
        Pattern(self as u16 * TYPES + type_index(kind))
    }
}

impl Pattern {
    /// There is none.
    pub(crate) const NONE: Pattern = Pattern(head::NONE);

    /// The pattern of this number: what the table says of an operation.
    #[inline]
    pub(crate) const fn numbered(number: u16) -> Pattern {
        Pattern(number)
    }

    #[inline]
    pub(crate) const fn number(self) -> u16 {
        self.0
    }

    #[inline]
    pub(crate) fn is_some(self) -> bool {
        self != Pattern::NONE
    }

    /// Whether it is that of a leaf of this kind.
    #[inline]
    pub(crate) const fn is(self, leaf: Leaf) -> bool {
        self.0.wrapping_sub(leaf as u16 * TYPES) < TYPES
    }

    /// The same kind of leaf for values of another type.
    #[inline]
    pub(crate) const fn of_leaf_as(self, own: Kind, kind: Kind) -> Pattern {
        Pattern(self.0 - type_index(own) + type_index(kind))
    }
}

/// The number that the table has for these expressions of an operation or a statement: of a pattern, or a handler.
#[inline]
pub(crate) fn select(of: u16, patterns: &[Pattern]) -> Option<u16> {
    match *patterns {
        [] => None,
        [a] => find(of, a.0, head::NONE),
        [a, b] => find(of, a.0, b.0),
        [a, b, ref c @ ..] => find(head::Pair, a.0, b.0).and_then(|pair| find(of, pair, c[0].0)),
    }
}

/// The handler of a statement that there is one of for each operation.
pub(crate) fn select_for(statement: u16, op: u16) -> Option<u16> {
    find(statement, op, head::NONE)
}

/// The handler that does what these two do.
#[inline]
pub(crate) fn select_fused(first: u16, second: u16) -> Option<u16> {
    find(head::Fused, first, second)
}

#[inline]
fn find(head: u16, a: u16, b: u16) -> Option<u16> {
    let key = (head as u64) << 32 | (a as u64) << 16 | b as u64;
    let mut i = slot_of(key, SELECT.len());
    loop {
        let entry = SELECT[i];
        if entry >> 16 == key {
            return Some(entry as u16);
        }
        if entry == u64::MAX {
            return None;
        }
        i = if i + 1 == SELECT.len() { 0 } else { i + 1 };
    }
}

include!("../isa/hash.rs");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::table::{HANDLERS, SHAPES, simple};
    use crate::isa::Op;

    #[test]
    fn what_is_selected_is_what_was_asked_for() {
        let slot = Leaf::Slot.of(Kind::I32);
        let add = select(Op::I32Add as u16, &[slot, slot]).map(Pattern::numbered);
        let set = |pattern| select(head::Set, &[pattern]).expect("it has slot forms");
        assert_eq!(SHAPES[set(add.unwrap()) as usize].text(), "$ = i32.add($, $)");
        assert_eq!(SHAPES[set(slot) as usize].text(), "$ = $");
        let select_of = [Leaf::Slot.of(Kind::F64), Leaf::Slot.of(Kind::F64), slot];
        let select_of = Pattern::numbered(select(head::Select, &select_of).unwrap());
        assert_eq!(SHAPES[set(select_of) as usize].text(), "$ = select($, $, $)");
        let general = select_for(head::LoadGeneral, Op::I64Load as u16).unwrap();
        assert_eq!(SHAPES[general as usize].text(), "i64.load $ $ + $ to $");
        assert_eq!(select(Op::I32Add as u16, &[slot, Pattern::NONE]), None);
        assert_eq!(select(head::Set, &[]), None);
    }

    #[test]
    fn a_pattern_is_that_of_one_leaf() {
        let leaves = [
            Leaf::Slot,
            Leaf::Imm,
            Leaf::Imm64,
            Leaf::Acc,
            Leaf::Pinned,
            Leaf::Global,
            Leaf::GlobalImport,
            Leaf::Imm128,
        ];
        for kind in [Kind::I32, Kind::I64, Kind::F32, Kind::F64, Kind::V128, Kind::Func] {
            for leaf in leaves {
                let of = leaves.map(|other| leaf.of(kind).is(other));
                assert_eq!(of, leaves.map(|other| leaf == other));
                assert_eq!(leaf.of(kind).of_leaf_as(kind, Kind::I64), leaf.of(Kind::I64));
            }
        }
    }

    #[cfg(feature = "trees")]
    #[test]
    fn what_is_fused_does_the_first_and_then_the_second() {
        let mut fused = 0;
        for first in 0..HANDLERS.len() as u16 {
            if let Some(both) = select_fused(first, simple::Br) {
                let before = SHAPES[both as usize].text().strip_suffix("; br $");
                assert_eq!(before, Some(SHAPES[first as usize].text()));
                fused += 1;
            }
        }
        assert_ne!(fused, 0);
    }
}
