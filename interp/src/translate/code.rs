//! The code of a function, while it is made and afterwards.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use crate::machine::FuncEntry;

/// The code of one function, in memory where it stays: it holds the addresses of its own
/// instructions and of handlers, but of nothing that belongs to an instance.
#[derive(Debug)]
pub struct FuncCode {
    pub(super) code: Box<[u8]>,
    /// The slots of the frame.
    pub(super) slots: Range<u16>,
    /// The first one of the operand stack.
    pub(super) temps: u16,
    pub(super) map: Box<[(u32, u32)]>,
}

impl FuncCode {
    /// Bytes of code.
    #[allow(clippy::len_without_is_empty)] // a function has at least a return
    pub fn len(&self) -> usize {
        self.code.len()
    }

    /// The slots of the frame. The return word is at [`HEADER`](crate::isa::operand::HEADER).
    pub(crate) fn slots(&self) -> Range<u32> {
        self.slots.start.into()..self.slots.end.into()
    }

    /// The first slot of the operand stack, behind the locals.
    pub(crate) fn temps(&self) -> u32 {
        self.temps.into()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.code
    }

    #[cfg(test)]
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.code
    }

    pub(crate) fn entry(&self) -> FuncEntry {
        FuncEntry { code: self.code.as_ptr(), frame: self.slots.end as usize * size_of::<u64>() }
    }

    /// The address at which it begins.
    pub(crate) fn start(&self) -> usize {
        self.code.as_ptr() as usize
    }

    pub(crate) fn contains(&self, ip: *const u8) -> bool {
        (ip as usize).wrapping_sub(self.code.as_ptr() as usize) < self.code.len()
    }

    /// The module offset of the operator that an address in the code stands for.
    pub(crate) fn offset_at(&self, ip: *const u8) -> Option<u32> {
        let at = ip as usize - self.code.as_ptr() as usize;
        let i = self.map.binary_search_by_key(&(at as u32), |&(code, _)| code).ok()?;
        Some(self.map[i].1)
    }
}

/// Code that is being made. Room for an instruction is made when it begins, so that what it
/// consists of is appended without looking.
#[derive(Debug, Default)]
pub(super) struct CodeBuffer {
    /// The code, and room.
    bytes: Vec<u8>,
    len: usize,
}

impl CodeBuffer {
    /// More bytes than an instruction has, apart from the targets of a table.
    const ROOM: usize = 512;

    pub(super) fn clear(&mut self) {
        self.len = 0;
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The code so far.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
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
        self.bytes.resize(2 * self.len + 2 * CodeBuffer::ROOM, 0);
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
        *self.bytes[at..].first_chunk_mut().expect("it was appended") = *bytes;
    }
}
