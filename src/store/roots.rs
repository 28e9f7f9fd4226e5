//! The stack of roots of a store: what the host holds on to until the end of a scope.

use alloc::vec::Vec;

/// The stack of roots, each with its generation; `values/root.rs` says how they are used.
#[derive(Default, Debug)]
pub(crate) struct RootSet {
    roots: Vec<(u32, u64)>,
    generation: u32,
}

/// A root: where it is on the stack, and its generation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct RootIndex {
    index: u32,
    generation: u32,
}

impl RootSet {
    /// Begins a scope; what is returned is for [`RootSet::exit`].
    #[inline]
    pub(crate) fn enter(&self) -> usize {
        self.roots.len()
    }

    /// Ends a scope: roots made in it are no longer valid.
    #[inline]
    pub(crate) fn exit(&mut self, scope: usize) {
        if self.roots.len() > scope {
            self.roots.truncate(scope);
            self.generation = self.generation.wrapping_add(1);
        }
    }

    /// Makes room for so many roots more.
    pub(crate) fn reserve(&mut self, additional: usize) {
        self.roots.reserve(additional);
    }

    /// Roots what a slot holds in the innermost scope.
    pub(crate) fn push(&mut self, slot: u64) -> RootIndex {
        let index = u32::try_from(self.roots.len()).expect("fewer than 2^32 roots");
        self.roots.push((self.generation, slot));
        RootIndex { index, generation: self.generation }
    }

    /// What was rooted, unless its scope has ended.
    pub(crate) fn get(&self, root: RootIndex) -> Option<u64> {
        let &(generation, slot) = self.roots.get(root.index as usize)?;
        (generation == root.generation).then_some(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_is_valid_until_its_scope_ends() {
        let mut roots = RootSet::default();
        let outer = roots.push(7);
        let scope = roots.enter();
        let inner = roots.push(8);
        assert_eq!((roots.get(outer), roots.get(inner)), (Some(7), Some(8)));
        roots.exit(scope);
        assert_eq!((roots.get(outer), roots.get(inner)), (Some(7), None));
        // The place is used again, and is another root.
        let later = roots.push(9);
        assert_eq!((roots.get(inner), roots.get(later)), (None, Some(9)));
        assert_ne!(inner, later);
    }

    #[test]
    fn a_scope_without_roots_leaves_the_generation() {
        let mut roots = RootSet::default();
        let root = roots.push(1);
        roots.exit(roots.enter());
        assert_eq!((roots.get(root), roots.generation), (Some(1), 0));
    }
}
