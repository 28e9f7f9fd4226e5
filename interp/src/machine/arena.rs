//! Memories, tables and globals (the specification's memory, table and global instances).

use super::buffer::{Buffer, Stable};
use super::{AllocError, GlobalId, Machine, MemoryId, TableId};
use alloc::vec::Vec;

/// Adds to an arena; the id is the position.
pub(super) fn push<T>(arena: &mut Vec<T>, value: T) -> Result<u32, AllocError> {
    let id = u32::try_from(arena.len()).map_err(|_| AllocError)?;
    arena.try_reserve(1).map_err(|_| AllocError)?;
    arena.push(value);
    Ok(id)
}

impl Machine {
    /// A zeroed linear memory of `len` bytes.
    pub fn memory_alloc(&mut self, len: usize) -> Result<MemoryId, AllocError> {
        let cell = Stable::new(Buffer::zeroed(len)?);
        push(&mut self.memories, cell).map(MemoryId)
    }

    /// The bytes of a memory.
    pub fn memory(&self, id: MemoryId) -> &[u8] {
        self.memories[id.index()].get().as_slice()
    }

    /// The bytes of a memory.
    pub fn memory_mut(&mut self, id: MemoryId) -> &mut [u8] {
        self.memories[id.index()].get_mut().as_mut_slice()
    }

    /// Grows a memory to `len` bytes (no effect if it is as large already); new bytes are zero.
    pub fn memory_grow(&mut self, id: MemoryId, len: usize) -> Result<(), AllocError> {
        self.memories[id.index()].get_mut().grow(len)
    }

    /// A table of `len` elements.
    pub fn table_alloc(&mut self, len: usize, init: u64) -> Result<TableId, AllocError> {
        let mut elements = Buffer::zeroed(len)?;
        if init != 0 {
            elements.as_mut_slice().fill(init);
        }
        push(&mut self.tables, Stable::new(elements)).map(TableId)
    }

    /// The elements of a table: reference values.
    pub fn table(&self, id: TableId) -> &[u64] {
        self.tables[id.index()].get().as_slice()
    }

    /// The elements of a table.
    pub fn table_mut(&mut self, id: TableId) -> &mut [u64] {
        self.tables[id.index()].get_mut().as_mut_slice()
    }

    /// Grows a table to `len` elements (no effect if it is as large already).
    pub fn table_grow(&mut self, id: TableId, len: usize, init: u64) -> Result<(), AllocError> {
        let table = self.tables[id.index()].get_mut();
        let old = table.len;
        table.grow(len)?;
        if init != 0 {
            table.as_mut_slice()[old..].fill(init);
        }
        Ok(())
    }

    /// A global made by the host: the value in one or two slots (low half first).
    pub fn global_alloc(&mut self, value: [u64; 2]) -> GlobalId {
        let cell = Stable::new(value);
        self.globals.push(cell.as_ptr());
        self.host_globals.push(cell);
        GlobalId(self.globals.len() as u32 - 1)
    }

    /// A global's value.
    pub fn global(&self, id: GlobalId) -> [u64; 2] {
        // SAFETY: cells live as long as the machine, and no handler runs.
        unsafe { *self.globals[id.index()] }
    }

    /// Sets a global's value.
    pub fn set_global(&mut self, id: GlobalId, value: [u64; 2]) {
        // SAFETY: as above.
        unsafe { *self.globals[id.index()] = value }
    }
}
