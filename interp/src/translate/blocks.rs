//! Sequences in memory that is taken a block at a time.
//!
//! A vector that grows moves to memory of twice the size: for a while it takes three times the size of its contents, and
//! up to twice that size forever. Notes about every few bytes of a function must not.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::{Index, IndexMut};

use crate::base::leb128::read;

/// A sequence in blocks. The first is kept for another sequence when this one is cleared.
#[derive(Debug)]
pub(super) struct Blocks<T> {
    /// All but the last are full; the first grows as a vector does.
    blocks: Vec<Vec<T>>,
}

impl<T> Default for Blocks<T> {
    fn default() -> Blocks<T> {
        Blocks { blocks: Vec::new() }
    }
}

impl<T> Blocks<T> {
    /// Items of a full block.
    const LEN: usize = 1 << (13 - size_of::<T>().ilog2());

    pub(super) fn clear(&mut self) {
        self.blocks.truncate(1);
        if let Some(first) = self.blocks.first_mut() {
            first.clear();
        }
    }

    pub(super) fn len(&self) -> usize {
        match self.blocks.last() {
            Some(last) => (self.blocks.len() - 1) * Self::LEN + last.len(),
            None => 0,
        }
    }

    #[inline]
    pub(super) fn push(&mut self, item: T) {
        match self.blocks.last_mut() {
            Some(last) if last.len() < last.capacity() => last.push(item),
            _ => self.grow(item),
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, item: T) {
        match self.blocks.last_mut() {
            Some(last) if last.len() < Self::LEN => {
                last.reserve_exact(last.len().max(16).min(Self::LEN - last.len()));
                last.push(item);
            }
            first => {
                let mut block = Vec::with_capacity(if first.is_some() { Self::LEN } else { 16 });
                block.push(item);
                self.blocks.push(block);
            }
        }
    }

    pub(super) fn pop(&mut self) -> Option<T> {
        let last = self.blocks.last_mut()?;
        let item = last.pop();
        if last.is_empty() && self.blocks.len() > 1 {
            self.blocks.pop();
        }
        item
    }

    pub(super) fn last(&self) -> Option<&T> {
        self.blocks.last()?.last()
    }

    pub(super) fn last_mut(&mut self) -> Option<&mut T> {
        self.blocks.last_mut()?.last_mut()
    }

    pub(super) fn get(&self, index: usize) -> Option<&T> {
        self.blocks.get(index / Self::LEN)?.get(index % Self::LEN)
    }

    /// An item, which is `empty` if there was none, as are those before it.
    pub(super) fn at_or(&mut self, index: usize, empty: T) -> &mut T
    where
        T: Copy,
    {
        while self.len() <= index {
            self.push(empty);
        }
        &mut self[index]
    }

    /// What becomes of each item, in one piece.
    pub(super) fn map<U>(&self, to: impl Fn(&T) -> U) -> Box<[U]> {
        let mut all = Vec::with_capacity(self.len());
        all.extend(self.iter().map(to));
        all.into()
    }

    /// All of it in one piece.
    pub(super) fn to_box(&self) -> Box<[T]>
    where
        T: Copy,
    {
        self.map(|item| *item)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.blocks.iter().flatten()
    }
}

impl<T> Index<usize> for Blocks<T> {
    type Output = T;
    #[inline]
    fn index(&self, index: usize) -> &T {
        &self.blocks[index / Self::LEN][index % Self::LEN]
    }
}

impl<T> IndexMut<usize> for Blocks<T> {
    #[inline]
    fn index_mut(&mut self, index: usize) -> &mut T {
        &mut self.blocks[index / Self::LEN][index % Self::LEN]
    }
}

/// Numbers, most of which are small: as LEB128.
#[derive(Debug, Default)]
pub(super) struct Numbers(Blocks<u8>);

impl Numbers {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    #[inline]
    pub(super) fn push(&mut self, mut number: u32) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// How many bytes they take.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn to_bytes(&self) -> Box<[u8]> {
        self.0.to_box()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        let mut bytes = self.0.iter().copied();
        core::iter::from_fn(move || read(|| bytes.next()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_pushed_is_there() {
        let mut blocks = Blocks::default();
        let n = 3 * Blocks::<u32>::LEN + 5;
        for round in 0..2 {
            for i in 0..n {
                assert_eq!(blocks.len(), i);
                blocks.push(i as u32);
            }
            assert!(blocks.iter().copied().eq(0..n as u32));
            blocks[n / 2] = 7;
            assert_eq!((blocks[n / 2], blocks.get(n)), (7, None));
            if round == 0 {
                blocks.clear();
            }
        }
        for i in (0..n).rev() {
            assert_eq!(blocks.last().copied(), blocks.pop());
            assert_eq!(blocks.len(), i);
        }
        assert_eq!(blocks.pop(), None);
    }

    #[test]
    fn numbers_of_any_size() {
        let all = [0, 1, 0x7f, 0x80, 0x3fff, 0x4000, u32::MAX];
        let mut numbers = Numbers::default();
        for &number in all.iter().cycle().take(100_000) {
            numbers.push(number);
        }
        assert!(numbers.iter().eq(all.iter().copied().cycle().take(100_000)));
    }
}
