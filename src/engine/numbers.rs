//! Numbers that are given in runs, and given again once they are free.

use alloc::collections::{BTreeMap, BTreeSet};

/// The numbers from zero on, some of which are taken.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// Those from here on have never been taken.
    end: u32,
    /// The runs of free ones below, with nothing free between them: their lengths, by where they begin.
    free: BTreeMap<u32, u32>,
    /// The same runs by their lengths.
    by_len: BTreeSet<(u32, u32)>,
}

impl Numbers {
    /// Takes `len` numbers one after the other, and gives back the first one: of the shortest run that has so many.
    ///
    /// # Panics
    /// If there would be 2³² numbers.
    pub(super) fn take(&mut self, len: u32) -> u32 {
        let Some(&(run, first)) = self.by_len.range((len, 0)..).next() else {
            let first = self.end;
            self.end = first.checked_add(len).expect("fewer than 2^32 types");
            return first;
        };
        self.remove(first, run);
        if run > len {
            self.insert(first + len, run - len);
        }
        first
    }

    /// Gives numbers back that were taken.
    pub(super) fn give_back(&mut self, mut first: u32, mut len: u32) {
        if let Some(&next) = self.free.get(&(first + len)) {
            self.remove(first + len, next);
            len += next;
        }
        if let Some((&before, &run)) = self.free.range(..first).next_back()
            && before + run == first
        {
            self.remove(before, run);
            (first, len) = (before, len + run);
        }
        self.insert(first, len);
    }

    fn insert(&mut self, first: u32, len: u32) {
        self.free.insert(first, len);
        self.by_len.insert((len, first));
    }

    fn remove(&mut self, first: u32, len: u32) {
        self.free.remove(&first);
        self.by_len.remove(&(len, first));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_given_again() {
        let mut numbers = Numbers::default();
        assert_eq!([3, 1, 2, 4].map(|len| numbers.take(len)), [0, 3, 4, 6]);
        numbers.give_back(0, 3);
        numbers.give_back(4, 2);
        // The shortest run that is long enough; then the rest of a longer one; then new ones.
        assert_eq!([2, 1, 3].map(|len| numbers.take(len)), [4, 0, 10]);
        // Free runs that touch are one.
        numbers.give_back(4, 2);
        numbers.give_back(3, 1);
        assert_eq!((numbers.free.len(), numbers.by_len.len()), (1, 1));
        numbers.give_back(6, 4);
        numbers.give_back(0, 1);
        numbers.give_back(10, 3);
        assert_eq!(numbers.free, BTreeMap::from([(0, 13)]));
        assert_eq!(numbers.take(13), 0);
    }
}
