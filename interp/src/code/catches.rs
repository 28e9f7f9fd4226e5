//! Where exceptions that come out of a function's code are caught.
//!
//! ```text
//!   boundaries   from here on the innermost range is ...   sorted
//!   ranges       the range around it; its clauses          the code of a `try_table`, or of a `try`
//!   clauses      tag, route                                in the order in which they are tried
//! ```
//!
//! A clause goes where a route of the function goes: what the exception carries is moved to the slots where the target
//! expects it, as by a branch. Nothing of this is code, so code that throws nothing does not pay for it.

use alloc::boxed::Box;

/// Where the exceptions of a function's code are caught.
#[derive(Debug)]
pub(crate) struct Catches {
    pub(crate) boundaries: Box<[Boundary]>,
    pub(crate) ranges: Box<[CatchRange]>,
    pub(crate) clauses: Box<[Clause]>,
}

/// Stands where a number of a range, a tag or a slot may be: there is none.
pub(crate) const NO_RANGE: u32 = u32::MAX;
pub(crate) const ANY_TAG: u32 = u32::MAX;
pub(crate) const NO_SLOT: u16 = u16::MAX;

/// From a place in the code on another range is the innermost one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Boundary {
    pub(crate) code: u32,
    /// Its number, or [`NO_RANGE`].
    pub(crate) range: u32,
}

/// Code whose exceptions are caught by some clauses, or by those of another range.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CatchRange {
    /// The range whose clauses come next: one with a smaller number, or [`NO_RANGE`].
    pub(crate) parent: u32,
    /// Where its clauses end, which begin where those of the range before do.
    pub(crate) clauses_end: u32,
}

/// What is done about exceptions with a tag.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clause {
    /// The tag's index in the module, or [`ANY_TAG`].
    pub(crate) tag: u32,
    /// The number of a route: to the slots where what the exception carries goes, if the tag is known.
    pub(crate) route: u32,
    /// The slot of a reference to the exception, or [`NO_SLOT`].
    pub(crate) reference: u16,
    /// Whether the reference is to the exception, or null: what is in the slot is a reference all the same.
    pub(crate) kept: bool,
}

impl Catches {
    /// The innermost range that a place in the code is in, or [`NO_RANGE`].
    pub(crate) fn range_at(&self, code: u32) -> u32 {
        let after = self.boundaries.partition_point(|boundary| boundary.code <= code);
        after.checked_sub(1).map_or(NO_RANGE, |last| self.boundaries[last].range)
    }

    /// The clauses of a range.
    pub(crate) fn clauses(&self, range: u32) -> &[Clause] {
        let range = range as usize;
        let begin = range.checked_sub(1).map_or(0, |before| self.ranges[before].clauses_end);
        &self.clauses[begin as usize..self.ranges[range].clauses_end as usize]
    }
}
