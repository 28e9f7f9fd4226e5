//! The heap of garbage-collected objects as handlers see it.

/// Where objects are, and where the next one goes. A reference is a distance from `base`.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct HeapView {
    pub(crate) base: *mut u8,
    /// How many bytes there are, at most 4 GiB.
    pub(crate) len: usize,
    /// Where they end.
    pub(crate) end: *mut u8,
    /// Where the next object goes.
    pub(crate) top: usize,
    /// Up to where bytes are zero, and objects may be made without asking.
    pub(crate) limit: usize,
    /// The object that was made last.
    pub(crate) newest: u32,
    /// The descriptors of types, by number; there is none of number 0.
    pub(crate) descriptors: *const Descriptor,
    pub(crate) descriptors_len: usize,
}

/// What casts compare. A type's display has at place 0 [`EQ`](display::EQ), at place 1 what all structs or all arrays have,
/// and from [`ROOT`](display::ROOT) on the ids of its supertypes, the root first, and its own. Objects of the host have nothing there.
pub(crate) mod display {
    /// Where the ids of types begin.
    pub(crate) const ROOT: u32 = 2;
    /// No type has so large an id.
    pub(crate) const NEVER: u32 = u32::MAX;
    pub(crate) const EQ: u32 = u32::MAX - 1;
    pub(crate) const STRUCT: u32 = u32::MAX - 2;
    pub(crate) const ARRAY: u32 = u32::MAX - 3;
    /// Numbers have it, but no object.
    pub(crate) const I31: u32 = u32::MAX - 4;
    /// Places that a descriptor has by itself.
    pub(crate) const PLACES: usize = 10;
}

/// What a type's objects have in common, as casts see it.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Descriptor {
    /// What of the display has room here; the rest is [`NEVER`](display::NEVER).
    pub(crate) display: [u32; display::PLACES],
    /// All of it, if that is more.
    pub(crate) deep: alloc::boxed::Box<[u32]>,
}

impl Descriptor {
    /// The id at a place of the display.
    #[inline(always)]
    pub(crate) fn at(&self, place: usize) -> u32 {
        if place < display::PLACES {
            return self.display[place];
        }
        match self.deep.get(place) {
            Some(id) => *id,
            None => display::NEVER,
        }
    }
}

impl HeapView {
    /// No heap yet.
    pub(crate) const fn empty() -> HeapView {
        HeapView {
            base: core::ptr::NonNull::<u64>::dangling().as_ptr().cast(),
            len: 0,
            end: core::ptr::NonNull::<u64>::dangling().as_ptr().cast(),
            top: 0,
            limit: 0,
            newest: 0,
            descriptors: core::ptr::null(),
            descriptors_len: 0,
        }
    }
}
