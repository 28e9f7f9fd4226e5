//! Where a frame holds references that the collector has to know of: local variables, and at each place where a guest may be
//! while the collector runs, slots of the operand stack.
//!
//! Slots that are needed at one place are most often needed at the next one, too, so each list of slots shares its end with
//! others: it grows where the operand stack does. What is noted for a place takes constant time, and constant memory.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::Function;
use super::blocks::Blocks;
use super::tree::Value;
use crate::code::roots::{Link, NO_LOCALS, Place, Roots};
use crate::wasm::Kind;

#[derive(Debug, Default)]
pub(super) struct RootMaps {
    /// Slots of local variables: the first one, and how many.
    locals: Vec<(u16, u16)>,
    links: Blocks<Link>,
    places: Blocks<Place>,
    /// The list of the slots that the lowest entries of the operand stack are in, by how many entries.
    below: Vec<u32>,
    /// What is needed while the function is called whose arguments are about to be passed.
    pub(super) of_call: u32,
}

impl RootMaps {
    pub(super) fn clear(&mut self) {
        self.locals.clear();
        self.links.clear();
        self.places.clear();
        self.below.clear();
        self.of_call = 0;
    }

    /// Notes local variables.
    pub(super) fn declare(&mut self, slot: u32, count: u32, kind: Kind) {
        if kind == Kind::Gc && count != 0 {
            // Frames with more slots are refused in the end.
            self.locals.push((slot as u16, count as u16));
        }
    }

    /// A list with one slot more.
    fn link(&mut self, slot: u32, next: u32) -> u32 {
        self.links.push(Link { slot: slot as u16, next });
        self.links.len() as u32
    }

    /// What is kept of it with the code.
    pub(super) fn finish(&self) -> Option<Box<Roots>> {
        if self.locals.is_empty() && self.places.len() == 0 {
            return None;
        }
        Some(Box::new(Roots {
            locals: Box::from(&*self.locals),
            links: self.links.to_box(),
            places: self.places.to_box(),
        }))
    }
}

impl Function<'_> {
    /// Notes what the operand stack holds where the next instruction begins.
    pub(super) fn note_roots_here(&mut self) {
        let entries = self.parts.stack.entries.len();
        let list = self.roots_of(entries);
        self.note_roots(self.parts.emitter.code.len(), list);
    }

    /// Notes what is needed during the call that is the last instruction: its last byte stands for it.
    pub(super) fn note_roots_of_call(&mut self) {
        let list = core::mem::take(&mut self.parts.roots.of_call);
        self.note_roots(self.parts.emitter.code.len() - 1, list);
    }

    /// The same in metered code, which may be left where nothing else is.
    pub(super) fn note_roots_if_metered(&mut self) {
        if self.parts.meter.checks() {
            self.note_roots_here();
        }
    }

    /// Before a call in tail position: if it is of the host, the function is over but for its return meanwhile.
    pub(super) fn note_tail_call(&mut self) {
        self.parts.roots.of_call = NO_LOCALS;
    }

    /// After one whose results are where the function's own belong.
    pub(super) fn note_results_in_place(&mut self, results: &[Kind]) {
        let (mut list, mut slot) = (0, self.first);
        for kind in results {
            if *kind == Kind::Gc {
                list = self.parts.roots.link(slot, list);
            }
            slot += kind.slots();
        }
        self.note_roots(self.parts.emitter.code.len(), list | NO_LOCALS);
    }

    /// Notes it for a place in the code, behind those before.
    pub(super) fn note_roots(&mut self, at: usize, list: u32) {
        let place = Place { at: at as u32, list };
        match self.parts.roots.places.last_mut() {
            // What was needed after one instruction, and what is needed where the next one begins.
            Some(last) if last.at == place.at => *last = place,
            _ if list == 0 => {}
            _ => self.parts.roots.places.push(place),
        }
    }

    /// The list of the slots that the lowest entries of the operand stack need.
    pub(super) fn roots_of(&mut self, entries: usize) -> u32 {
        let stack = &mut self.parts.stack;
        self.parts.roots.below.truncate(stack.mapped);
        let mut known = self.parts.roots.below.len().min(entries);
        let mut list = known.checked_sub(1).map_or(0, |last| self.parts.roots.below[last]);
        while known < entries && self.parts.stack.entries[known].is_in_slot() {
            let entry = self.parts.stack.entries[known];
            if entry.value.kind() == Kind::Gc {
                list = self.parts.roots.link(entry.slot, list);
            }
            self.parts.roots.below.push(list);
            known += 1;
        }
        self.parts.stack.mapped = self.parts.roots.below.len();
        for entry in known..entries {
            list = self.roots_in(self.parts.stack.entries[entry].value, list);
        }
        list
    }

    /// A list with the slots that a value reads, besides those of local variables.
    fn roots_in(&mut self, value: Value, mut list: u32) -> u32 {
        if value.is_leaf() {
            let is_root = value.is_slot() && value.kind() == Kind::Gc;
            if is_root && value.bits >= u64::from(self.parts.stack.base) {
                list = self.parts.roots.link(value.bits as u32, list);
            }
            return list;
        }
        let node = *self.node(value);
        for &kid in node.kids() {
            list = self.roots_in(kid, list);
        }
        list
    }
}
