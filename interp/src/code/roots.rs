//! Where a function's frames hold references that the collector has to know of.

use alloc::boxed::Box;

/// A slot, and the list of the others: its number plus one, or 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) slot: u16,
    pub(crate) next: u32,
}

/// A place in the code, and the list of the slots of the operand stack that are needed there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) at: u32,
    pub(crate) list: u32,
}

/// Beside a list: local variables are not needed any more, and other things may be in their slots.
pub(crate) const NO_LOCALS: u32 = 1 << 31;

/// The maps of a function.
#[derive(Debug)]
pub(crate) struct Roots {
    /// Slots of local variables, parameters first: the first one, and how many.
    pub(crate) locals: Box<[(u16, u16)]>,
    pub(crate) links: Box<[Link]>,
    /// In the order of the code. Where nothing is needed there is none.
    pub(crate) places: Box<[Place]>,
}

impl Roots {
    /// The list of what is needed at a place.
    pub(crate) fn list_at(&self, at: u32) -> u32 {
        let found = self.places.binary_search_by_key(&at, |place| place.at);
        found.map_or(0, |found| self.places[found].list)
    }

    /// The slots of a list.
    pub(crate) fn slots(&self, list: u32) -> impl Iterator<Item = u16> {
        let mut list = list & !NO_LOCALS;
        core::iter::from_fn(move || {
            let link = self.links[list.checked_sub(1)? as usize];
            list = link.next;
            Some(link.slot)
        })
    }
}
