//! Code that is being made.

use alloc::boxed::Box;
use alloc::vec::Vec;

/// Code that is being made. Room for an instruction is made when it begins, so that what it
/// consists of is appended without looking.
#[derive(Debug, Default)]
pub(super) struct CodeBuffer {
    /// Blocks of the code that are full.
    full: Vec<Box<[u8]>>,
    /// The code behind them, and room.
    bytes: Vec<u8>,
    /// How much of it there is.
    len: usize,
    /// The size of what is full.
    base: usize,
}

impl CodeBuffer {
    /// More bytes than an instruction has, apart from the targets of a table.
    const ROOM: usize = 512;
    const BLOCK: usize = 1 << 15;

    pub(super) fn clear(&mut self) {
        self.full.clear();
        (self.len, self.base) = (0, 0);
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.base + self.len
    }

    /// Makes room for an instruction, or for one more target of a table.
    #[inline]
    pub(super) fn make_room(&mut self) {
        if self.bytes.len() < self.len + CodeBuffer::ROOM {
            self.grow();
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        if self.len < CodeBuffer::BLOCK {
            let len = (2 * self.len).min(CodeBuffer::BLOCK) + 2 * CodeBuffer::ROOM;
            self.bytes.reserve_exact(len - self.bytes.len());
            return self.bytes.resize(len, 0);
        }
        self.full.push(self.bytes[..CodeBuffer::BLOCK].into());
        self.bytes.copy_within(CodeBuffer::BLOCK..self.len, 0);
        self.len -= CodeBuffer::BLOCK;
        self.base += CodeBuffer::BLOCK;
    }

    /// Appends to an instruction. The length is known, so this is a store and not a copy.
    #[inline]
    pub(super) fn put<const N: usize>(&mut self, bytes: &[u8; N]) {
        *self.bytes[self.len..].first_chunk_mut().expect("room was made") = *bytes;
        self.len += N;
    }

    /// Replaces what was appended before.
    #[inline]
    pub(super) fn patch<const N: usize>(&mut self, at: usize, bytes: &[u8; N]) {
        match at.checked_sub(self.base) {
            Some(at) => *self.bytes[at..].first_chunk_mut().expect("it was appended") = *bytes,
            None => self.patch_full(at, bytes),
        }
    }

    #[cold]
    fn patch_full(&mut self, at: usize, bytes: &[u8]) {
        for (at, &byte) in (at..).zip(bytes) {
            match self.full.get_mut(at / CodeBuffer::BLOCK) {
                Some(block) => block[at % CodeBuffer::BLOCK] = byte,
                None => self.bytes[at - self.base] = byte,
            }
        }
    }

    /// All of the code, in its place. The buffer is empty then.
    pub(super) fn take(&mut self) -> Box<[u8]> {
        let mut code = Vec::with_capacity(self.len());
        for block in self.full.drain(..) {
            code.extend_from_slice(&block);
        }
        code.extend_from_slice(&self.bytes[..self.len]);
        self.clear();
        code.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_and_patched_is_taken() {
        let mut buffer = CodeBuffer::default();
        let instructions = 3 * CodeBuffer::BLOCK / 7;
        for n in 0..instructions {
            buffer.make_room();
            assert_eq!(buffer.len(), 7 * n);
            buffer.put(&[n as u8; 3]);
            buffer.put(&[0; 4]);
        }
        for n in 0..instructions {
            buffer.patch(7 * n + 3, &(n as u32).to_ne_bytes());
        }
        let code = buffer.take();
        assert_eq!((code.len(), buffer.len()), (7 * instructions, 0));
        for (n, instruction) in code.chunks_exact(7).enumerate() {
            assert_eq!(instruction[..3], [n as u8; 3]);
            assert_eq!(instruction[3..], (n as u32).to_ne_bytes());
        }
    }
}
