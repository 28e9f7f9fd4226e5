//! Reads of the slot that the last statement set.
//!
//! A statement that sets a slot leaves the value in the accumulator of its type, too. If the next
//! statement reads the slot, it takes the accumulator instead, where there is a handler for that: a
//! value that is read from memory right after it was stored is late.

use super::Function;
use super::tree::{Value, type_index};
use crate::isa::table::{head, leaf};
use crate::module::Kind;

impl Function<'_> {
    /// The last statement has set `slot` to `value`.
    #[inline]
    pub(super) fn echoes(&mut self, slot: u32, value: Value) {
        if cfg!(feature = "trees") {
            self.echo = Some((slot, accumulator(value.kind())));
        }
    }

    /// Begins a statement of these expressions, none of which is cut: as `handler`, or as one that
    /// reads the accumulator instead of the slot just set. Those of the expressions that are in `pinned`
    /// take the pinned register.
    #[inline]
    pub(super) fn put_reader(&mut self, handler: u16, of: u16, values: &[Value], pinned: u8) {
        if let Some((slot, _)) = self.echo
            && let Some(reader) = self.reader(of, values, pinned)
        {
            if self.last.is_some() && self.join_either(reader, handler) {
                return;
            }
            self.put_handler(reader);
            self.heard = Some(slot);
        } else {
            self.put_handler(handler);
        }
    }

    /// One instruction less is better than a read less.
    fn join_either(&mut self, reader: u16, handler: u16) -> bool {
        let heard = self.join(reader);
        if !heard && !self.join(handler) {
            return false;
        }
        self.heard = if heard { self.echo.map(|(slot, _)| slot) } else { None };
        self.echo = None;
        true
    }

    /// The handler that reads the accumulator instead of the slot just set.
    fn reader(&self, of: u16, values: &[Value], pinned: u8) -> Option<u16> {
        let mut states = [head::NONE; 3];
        let mut hears = false;
        for (i, &value) in values.iter().enumerate() {
            states[i] = self.hearing(value, pinned >> i & 1 != 0, &mut hears)?;
        }
        if hears { self.look_up(of, &states[..values.len()]) } else { None }
    }

    /// The state of an expression that reads the accumulator instead of the slot just set; `None`
    /// if the selection table has none.
    fn hearing(&self, value: Value, pinned: bool, hears: &mut bool) -> Option<u16> {
        let (slot, acc) = self.echo?;
        let state = if pinned { value.pinned_state() } else { value.state() };
        if value.is_leaf() {
            if pinned || !value.is_slot_at(slot) {
                return Some(state);
            }
            *hears = true;
            return (accumulator(value.kind()) == acc)
                .then_some(leaf::ACC + type_index(value.kind()));
        }
        if value.is_cut() {
            return None;
        }
        let n = self.node(value);
        let mut states = [head::NONE; 3];
        let mut kids_hear = false;
        for (i, &kid) in n.kids().iter().enumerate() {
            states[i] = self.hearing(kid, pinned && n.pinned_kids >> i & 1 != 0, &mut kids_hear)?;
        }
        if !kids_hear {
            return Some(state);
        }
        *hears = true;
        self.look_up(n.op, &states[..n.kids().len()])
    }
}

/// The accumulator of a kind: there is one for all integers.
fn accumulator(kind: Kind) -> u16 {
    match kind {
        Kind::F32 | Kind::F64 | Kind::V128 => type_index(kind),
        _ => 0,
    }
}
