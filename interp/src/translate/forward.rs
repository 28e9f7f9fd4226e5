//! Forwarding: reads of the slot that the last statement set.
//!
//! A statement that sets a slot leaves the value in the accumulator of its type, too. If the next
//! statement reads the slot, it takes the accumulator instead, where there is a handler for that: a
//! value that is read from memory right after it was stored is late.

use super::Function;
use super::tree::Value;
use crate::code::selection::{Leaf, Pattern, select};
use crate::wasm::Kind;

/// What the next statement can read from an accumulator.
#[derive(Clone, Copy, Debug)]
pub(super) struct Forward {
    /// The slot that the last statement set.
    slot: u32,
    /// Its value's type, by which there is an accumulator.
    accumulator: Pattern,
}

impl Function<'_> {
    /// The last statement has set `slot` to `value`.
    #[inline]
    pub(super) fn forward(&mut self, slot: u32, value: Value) {
        if cfg!(feature = "trees") {
            self.parts.emitter.forward =
                Some(Forward { slot, accumulator: accumulator(value.kind()) });
        }
    }

    /// Begins a statement of these expressions, none of which is split: as `handler`, or as one that
    /// reads the accumulator instead of the slot just set. Those of the expressions that are in `pinned`
    /// take the pinned register.
    #[inline]
    pub(super) fn put_reader(&mut self, handler: u16, of: u16, values: &[Value], pinned: u8) {
        if let Some(Forward { slot, .. }) = self.parts.emitter.forward
            && let Some(reader) = self.reader(of, values, pinned)
        {
            if self.parts.emitter.may_fuse() && self.fuse_either(reader, handler) {
                return;
            }
            self.parts.emitter.begin(reader);
            self.parts.emitter.forwarded = Some(slot);
        } else {
            self.parts.emitter.begin(handler);
        }
    }

    /// One instruction less is better than a read less.
    fn fuse_either(&mut self, reader: u16, handler: u16) -> bool {
        let reads = self.parts.emitter.fuse(reader);
        if !reads && !self.parts.emitter.fuse(handler) {
            return false;
        }
        self.parts.emitter.forwarded =
            if reads { self.parts.emitter.forward.map(|forward| forward.slot) } else { None };
        self.parts.emitter.forward = None;
        true
    }

    /// The handler that reads the accumulator instead of the slot just set.
    fn reader(&self, of: u16, values: &[Value], pinned: u8) -> Option<u16> {
        let mut patterns = [Pattern::NONE; 3];
        let mut reads = false;
        for (i, &value) in values.iter().enumerate() {
            patterns[i] = self.forwarded_pattern(value, pinned >> i & 1 != 0, &mut reads)?;
        }
        if reads { select(of, &patterns[..values.len()]) } else { None }
    }

    /// The pattern of an expression that reads the accumulator instead of the slot just set, and whether it `reads` it;
    /// `None` if the selection table has none.
    fn forwarded_pattern(&self, value: Value, pinned: bool, reads: &mut bool) -> Option<Pattern> {
        let Forward { slot, accumulator: set } = self.parts.emitter.forward?;
        let pattern = if pinned { value.pinned_pattern() } else { value.pattern() };
        if value.is_leaf() {
            if pinned || !value.is_slot_at(slot) {
                return Some(pattern);
            }
            *reads = true;
            return (accumulator(value.kind()) == set).then_some(Leaf::Acc.of(value.kind()));
        }
        if value.is_split() {
            return None;
        }
        let n = self.node(value);
        let mut patterns = [Pattern::NONE; 3];
        let mut kids_read = false;
        for (i, &kid) in n.kids().iter().enumerate() {
            let pinned = pinned && n.pinned_kids >> i & 1 != 0;
            patterns[i] = self.forwarded_pattern(kid, pinned, &mut kids_read)?;
        }
        if !kids_read {
            return Some(pattern);
        }
        *reads = true;
        select(n.op, &patterns[..n.kids().len()]).map(Pattern::numbered)
    }
}

/// The accumulator of a kind: there is one for all integers.
fn accumulator(kind: Kind) -> Pattern {
    Leaf::Acc.of(match kind {
        Kind::F32 | Kind::F64 | Kind::V128 => kind,
        Kind::I32 | Kind::I64 | Kind::Func | Kind::Gc => Kind::I32,
    })
}
