//! Reading with a bound on what it may cost: DWARF refers from everywhere to anywhere, so what it takes to read all of
//! it is not in proportion to its size.

use alloc::borrow::Cow;
use core::cell::Cell;

use gimli::{EndianSlice, Error, LittleEndian, Reader, ReaderOffsetId, Result};

/// How much may still be read, in steps of a few bytes.
#[derive(Debug)]
pub(super) struct Budget(Cell<usize>);

impl Budget {
    pub(super) fn new(steps: usize) -> Budget {
        Budget(Cell::new(steps))
    }

    /// Takes `steps`.
    ///
    /// # Errors
    /// If there are none left. There will not be any later, either.
    pub(super) fn spend(&self, steps: usize) -> Result<()> {
        let left = self.0.get().checked_sub(steps);
        self.0.set(left.unwrap_or(0));
        left.map(drop).ok_or(Error::UnexpectedEof(ReaderOffsetId(0)))
    }
}

/// Bytes of a section; what reads them spends a budget.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes<'a> {
    slice: EndianSlice<'a, LittleEndian>,
    budget: &'a Budget,
}

impl<'a> Bytes<'a> {
    pub(super) fn new(bytes: &'a [u8], budget: &'a Budget) -> Bytes<'a> {
        Bytes { slice: EndianSlice::new(bytes, LittleEndian), budget }
    }
}

impl Reader for Bytes<'_> {
    type Endian = LittleEndian;
    type Offset = usize;

    fn endian(&self) -> LittleEndian {
        LittleEndian
    }

    fn len(&self) -> usize {
        self.slice.len()
    }

    fn empty(&mut self) {
        self.slice.empty();
    }

    fn truncate(&mut self, len: usize) -> Result<()> {
        self.slice.truncate(len)
    }

    fn offset_from(&self, base: &Self) -> usize {
        self.slice.offset_from(base.slice)
    }

    fn offset_id(&self) -> ReaderOffsetId {
        self.slice.offset_id()
    }

    fn lookup_offset_id(&self, id: ReaderOffsetId) -> Option<usize> {
        self.slice.lookup_offset_id(id)
    }

    fn find(&self, byte: u8) -> Result<usize> {
        let len = Reader::find(&self.slice, byte);
        self.budget.spend(1 + *len.as_ref().unwrap_or(&self.slice.len()) / 16)?;
        len
    }

    fn skip(&mut self, len: usize) -> Result<()> {
        self.budget.spend(1)?;
        self.slice.skip(len)
    }

    fn split(&mut self, len: usize) -> Result<Self> {
        self.budget.spend(1)?;
        Ok(Bytes { slice: self.slice.split(len)?, budget: self.budget })
    }

    fn to_slice(&self) -> Result<Cow<'_, [u8]>> {
        self.budget.spend(self.slice.len())?;
        self.slice.to_slice()
    }

    fn to_string(&self) -> Result<Cow<'_, str>> {
        self.budget.spend(self.slice.len())?;
        Reader::to_string(&self.slice)
    }

    fn to_string_lossy(&self) -> Result<Cow<'_, str>> {
        self.budget.spend(self.slice.len())?;
        Reader::to_string_lossy(&self.slice)
    }

    fn read_slice(&mut self, buf: &mut [u8]) -> Result<()> {
        self.budget.spend(1)?;
        Reader::read_slice(&mut self.slice, buf)
    }
}
