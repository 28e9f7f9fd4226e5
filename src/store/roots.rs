//! The roots of a store: what the host holds on to until the end of a scope, or as long as it wants.

use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;

/// The stack of roots, each with its generation, and those that live by themselves; `values/root.rs` says how they are
/// used.
#[derive(Default, Debug)]
pub(crate) struct RootSet {
    roots: Vec<(u32, u64)>,
    generation: u32,
    owned: Vec<Owned>,
    /// Places of `owned` that are free.
    free: Vec<u32>,
    owned_generation: u32,
    /// At so many owned roots it is worth looking for those that nobody has any more.
    look_at: usize,
}

/// A root that lives as long as somebody has its other half.
#[derive(Debug)]
struct Owned {
    slot: u64,
    /// Tells whether the place is still that of a root.
    generation: u32,
    alive: Weak<()>,
}

/// A root: where it is on the stack, or among those that live by themselves, and its generation.
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

    /// Roots what a slot holds until all copies of what is given back are gone.
    pub(crate) fn own(&mut self, slot: u64) -> (RootIndex, Arc<()>) {
        let alive = Arc::new(());
        let generation = self.owned_generation;
        self.owned_generation = generation.wrapping_add(1);
        let owned = Owned { slot, generation, alive: Arc::downgrade(&alive) };
        if self.free.is_empty() && self.owned.len() >= self.look_at {
            self.forget_owned();
        }
        let index = match self.free.pop() {
            Some(index) => {
                self.owned[index as usize] = owned;
                index
            }
            None => {
                self.owned.push(owned);
                u32::try_from(self.owned.len() - 1).expect("fewer than 2^32 roots")
            }
        };
        (RootIndex { index, generation }, alive)
    }

    /// What an owned root holds, unless nobody has it any more.
    pub(crate) fn owned(&self, root: RootIndex) -> Option<u64> {
        let owned = self.owned.get(root.index as usize)?;
        let is_alive = owned.generation == root.generation && owned.alive.strong_count() != 0;
        is_alive.then_some(owned.slot)
    }

    /// Finds the places of owned roots that nobody has any more.
    fn forget_owned(&mut self) {
        self.free.clear();
        let is_gone = |owned: &Owned| owned.alive.strong_count() == 0;
        let gone = (0..).zip(&self.owned).filter(|(_, owned)| is_gone(owned));
        self.free.extend(gone.map(|(index, _)| index));
        self.look_at = 2 * (self.owned.len() - self.free.len()) + 16;
    }

    /// Shows every reference that is rooted, to be changed.
    #[cfg(feature = "gc")]
    pub(crate) fn for_each(&mut self, root: &mut dyn FnMut(&mut u64)) {
        self.roots.iter_mut().for_each(|(_, slot)| root(slot));
        for owned in &mut self.owned {
            // What is gone must not be looked at again.
            if owned.alive.strong_count() == 0 {
                owned.slot = 0;
            }
            root(&mut owned.slot);
        }
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
    fn owned_roots_live_as_long_as_somebody_has_them() {
        let mut roots = RootSet::default();
        let (first, alive) = roots.own(7);
        for n in 0..1000 {
            drop(roots.own(n));
        }
        assert!(roots.owned.len() < 64, "{}", roots.owned.len());
        assert_eq!(roots.owned(first), Some(7));
        let kept: Vec<_> = (0..1000).map(|n| roots.own(n)).collect();
        assert!(kept.iter().zip(0..).all(|((index, _), n)| roots.owned(*index) == Some(n)));
        drop(alive);
        assert_eq!(roots.owned(first), None);
        // Nor is it another root that has the place later.
        let mut later = Vec::new();
        while later.last().is_none_or(|(root, _): &(RootIndex, _)| root.index != first.index) {
            later.push(roots.own(8));
        }
        assert_eq!(roots.owned(first), None);
    }

    #[test]
    fn a_scope_without_roots_leaves_the_generation() {
        let mut roots = RootSet::default();
        let root = roots.push(1);
        roots.exit(roots.enter());
        assert_eq!((roots.get(root), roots.generation), (Some(1), 0));
    }
}
