//! The code of a function while it is made: instructions one after the other, labels, and which operators they stand for.

use super::blocks::{Blocks, Numbers};
use super::buffer::CodeBuffer;
use super::forward::Forward;
use super::sites::SiteList;
use crate::code::selection::select_fused;
use crate::code::table::{HANDLERS, fuses};
use crate::isa::operand::WORD;

/// A place in the code that branches name.
pub(super) type Label = u32;
/// Stands where the address of the routes is to be.
pub(super) const ROUTES: Label = u32::MAX;

/// Code that is being made.
#[derive(Debug, Default)]
pub(super) struct Emitter {
    pub(super) code: CodeBuffer,
    /// Code offset of each label; `u32::MAX` until it is bound.
    labels: Blocks<u32>,
    /// Where the number of a label stands in the code, whose address is to be there: how far behind the last such place.
    targets: Numbers,
    last_target: usize,
    pub(super) sites: SiteList,
    /// Where the last instruction begins and its number, if the next statement may be fused with it.
    last: Option<(usize, u16)>,
    /// What the next statement can read from an accumulator.
    pub(super) forward: Option<Forward>,
    /// The slot that the statement being emitted reads from the accumulator instead.
    pub(super) forwarded: Option<u32>,
}

impl Emitter {
    pub(super) fn clear(&mut self) {
        self.code.clear();
        self.labels.clear();
        self.targets.clear();
        self.last_target = 0;
        self.sites.clear();
        self.target_reached();
    }

    #[inline]
    pub(super) fn put<const N: usize>(&mut self, bytes: &[u8; N]) {
        self.code.put(bytes);
    }

    /// Begins an instruction, or makes the statement the second one of the last instruction.
    #[inline]
    pub(super) fn begin(&mut self, handler: u16) {
        self.forward = None;
        self.forwarded = None;
        if !self.fuse(handler) {
            self.last = fuses(handler).then_some((self.code.len(), handler));
            self.code.make_room();
            self.put(&(HANDLERS[handler as usize] as usize).to_ne_bytes());
        }
    }

    /// Makes a statement the second one of the last instruction, if there is such an instruction.
    #[inline(always)]
    pub(super) fn fuse(&mut self, handler: u16) -> bool {
        let Some((at, first)) = self.last else { return false };
        let Some(both) = select_fused(first, handler) else { return false };
        let address = (HANDLERS[both as usize] as usize).to_ne_bytes();
        self.code.make_room();
        self.code.patch(at, &address);
        self.last = fuses(both).then_some((at, both));
        true
    }

    /// Whether the next statement may be fused with the last one.
    #[inline]
    pub(super) fn may_fuse(&self) -> bool {
        self.last.is_some()
    }

    /// What follows is a target, so it begins an instruction, and reads no accumulator.
    fn target_reached(&mut self) {
        self.last = None;
        self.forward = None;
        self.forwarded = None;
    }

    // ---- labels ----

    pub(super) fn label(&mut self) -> Label {
        self.labels.push(u32::MAX);
        self.labels.len() as u32 - 1
    }

    /// A label is here.
    pub(super) fn bind(&mut self, label: Label) {
        self.labels[label as usize] = self.code.len() as u32;
        self.target_reached();
    }

    /// Whether a label is behind.
    pub(super) fn is_bound(&self, label: Label) -> bool {
        self.labels[label as usize] != u32::MAX
    }

    /// Where a label that is bound is in the code.
    pub(super) fn offset_of(&self, label: Label) -> usize {
        self.labels[label as usize] as usize
    }

    /// An operand that is to be the address of a label, or of the [`ROUTES`].
    pub(super) fn put_target(&mut self, to: Label) {
        let at = self.code.len();
        self.targets.push((at - self.last_target) as u32);
        self.last_target = at;
        self.put(&(to as usize).to_ne_bytes());
    }

    /// Fills in the addresses of labels in code that is in its place.
    pub(super) fn fill_in_targets(&self, code: &mut [u8], routes: usize) {
        let base = code.as_ptr() as usize;
        let mut at = 0;
        for behind in self.targets.iter() {
            at += behind as usize;
            let target: &mut [u8; WORD] = code[at..].first_chunk_mut().expect("it was put there");
            let label = usize::from_ne_bytes(*target) as u32;
            let to = if label == ROUTES { routes } else { base + self.offset_of(label) };
            *target = to.to_ne_bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::table::simple;
    use alloc::vec::Vec;

    #[test]
    fn targets_are_the_addresses_of_their_labels() {
        let mut emitter = Emitter::default();
        for _ in 0..2 {
            emitter.clear();
            let labels = [(); 3].map(|()| emitter.label());
            let mut expected = Vec::new();
            for n in 0..1000 {
                if n % 300 == 0 && n > 0 {
                    emitter.bind(labels[n / 300 - 1]);
                }
                emitter.begin(simple::Br);
                expected.push((emitter.code.len(), n % 3));
                emitter.put_target(labels[n % 3]);
            }
            assert!(labels.iter().all(|&label| emitter.is_bound(label)));
            emitter.begin(simple::BrTableRoutes);
            expected.push((emitter.code.len(), 3));
            emitter.put_target(ROUTES);
            let mut code = emitter.code.take();
            emitter.fill_in_targets(&mut code, 7);
            let base = code.as_ptr() as usize;
            for (at, label) in expected {
                let found = usize::from_ne_bytes(*code[at..].first_chunk().unwrap());
                let offset = labels.get(label).map(|&label| base + emitter.offset_of(label));
                assert_eq!(found, offset.unwrap_or(7));
            }
        }
    }

    #[cfg(feature = "trees")]
    #[test]
    fn statements_are_fused_unless_a_target_is_between_them() {
        // The list has this: a move, and a branch.
        let first = (0..HANDLERS.len() as u16)
            .find(|&handler| select_fused(handler, simple::Br).is_some())
            .expect("something is fused with a branch");
        let mut emitter = Emitter::default();
        emitter.begin(first);
        let label = emitter.label();
        assert!(emitter.may_fuse() && emitter.fuse(simple::Br));
        emitter.begin(first);
        emitter.bind(label);
        assert!(!emitter.may_fuse() && !emitter.fuse(simple::Br));
    }
}
