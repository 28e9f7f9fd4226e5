//! Memories, tables and globals (the specification's memory, table and global instances).

use super::instance::copy;
use super::{GlobalId, Machine, MemoryId, TableId, TagId};
use crate::runtime::buffer::{Buffer, Stable};
use crate::runtime::shared_memory::Waiting;
use crate::runtime::{AllocError, AnyMemory, ForeignMemory, MemoryCell, SharedMemory, Wait, range};
use crate::wasm::{Kind, TrapCode};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

/// A memory of a machine: its own, or one that it shares with others.
#[derive(Debug)]
pub(super) enum LinearMemory {
    Own(Stable<MemoryCell>),
    Shared(SharedMemory),
}

impl LinearMemory {
    /// What contexts of instances point to. The cell of a memory that is not shared is also an
    /// [`AnyMemory`].
    pub(super) fn as_ptr(&self) -> *const AnyMemory {
        match self {
            LinearMemory::Own(cell) => cell.as_ptr().cast_const().cast(),
            LinearMemory::Shared(memory) => memory.as_ptr(),
        }
    }

    /// The cell of a memory that is not shared.
    pub(super) fn own(&self) -> Option<&Stable<MemoryCell>> {
        match self {
            LinearMemory::Own(cell) => Some(cell),
            LinearMemory::Shared(_) => None,
        }
    }

    /// The same.
    pub(super) fn own_mut(&mut self) -> Option<&mut Stable<MemoryCell>> {
        match self {
            LinearMemory::Own(cell) => Some(cell),
            LinearMemory::Shared(_) => None,
        }
    }
}

/// Why there are no slices of a shared memory's bytes.
const SHARED: &str = "others may use the bytes of a shared memory";

/// Adds to an arena; the id is the position.
pub(super) fn push<T>(arena: &mut Vec<T>, value: T) -> Result<u32, AllocError> {
    let id = u32::try_from(arena.len()).map_err(|_| AllocError)?;
    arena.try_reserve(1).map_err(|_| AllocError)?;
    arena.push(value);
    Ok(id)
}

impl Machine {
    /// A zeroed linear memory of `len` bytes, with room for `room` if that can be had: it does not move while it grows to
    /// that.
    pub fn memory_alloc(&mut self, len: usize, room: usize) -> Result<MemoryId, AllocError> {
        self.add_memory(Buffer::zeroed_with_room(len, room)?)
    }

    /// A linear memory of `len` of the embedder's bytes, which must be as many at least.
    pub fn memory_of_host(
        &mut self,
        len: usize,
        bytes: Box<dyn ForeignMemory>,
    ) -> Result<MemoryId, AllocError> {
        self.add_memory(Buffer::foreign(len, bytes)?)
    }

    fn add_memory(&mut self, memory: Buffer<u8>) -> Result<MemoryId, AllocError> {
        let len = memory.len;
        let cell = Stable::new(memory);
        self.view.get_mut().slices.grown(len);
        push(&mut self.memories, LinearMemory::Own(cell)).map(MemoryId)
    }

    /// Makes a shared memory known to this machine.
    pub fn memory_share(&mut self, memory: &SharedMemory) -> Result<MemoryId, AllocError> {
        // It may grow without this machine.
        self.view.get_mut().slices.grown(usize::MAX);
        push(&mut self.memories, LinearMemory::Shared(memory.clone())).map(MemoryId)
    }

    /// The shared memory that this is, if it is one.
    pub fn shared_memory(&self, id: MemoryId) -> Option<&SharedMemory> {
        match &self.memories[id.index()] {
            LinearMemory::Own(_) => None,
            LinearMemory::Shared(memory) => Some(memory),
        }
    }

    /// All memories.
    pub fn memories(&self) -> impl Iterator<Item = MemoryId> {
        (0..self.memories.len() as u32).map(MemoryId)
    }

    /// The bytes of a memory.
    ///
    /// # Panics
    /// If it is shared.
    pub fn memory(&self, id: MemoryId) -> &[u8] {
        self.memories[id.index()].own().expect(SHARED).get().as_slice()
    }

    /// The bytes of a memory.
    ///
    /// # Panics
    /// If it is shared.
    pub fn memory_mut(&mut self, id: MemoryId) -> &mut [u8] {
        self.memories[id.index()].own_mut().expect(SHARED).get_mut().as_mut_slice()
    }

    /// Where the bytes of a memory lie until it grows, for reading and writing.
    ///
    /// # Panics
    /// If it is shared.
    pub fn memory_base(&self, id: MemoryId) -> *mut u8 {
        self.memories[id.index()].own().expect(SHARED).get().base
    }

    /// How many bytes a memory, which is not shared, can have without moving.
    pub fn memory_room(&self, id: MemoryId) -> usize {
        self.memories[id.index()].own().expect(SHARED).get().room()
    }

    /// Grows a memory to `len` bytes (no effect if it is as large already); new bytes are zero.
    ///
    /// # Panics
    /// If it is shared: [`SharedMemory::grow`] grows those.
    ///
    /// If the bytes have to move, there is room for `room` of them then, if that can be had.
    pub fn memory_grow(&mut self, id: MemoryId, len: usize, room: usize) -> Result<(), AllocError> {
        let memory = self.memories[id.index()].own_mut().expect(SHARED).get_mut();
        let old = memory.len;
        memory.grow_with_room(len, room)?;
        self.view.get_mut().slices.grown(len.saturating_sub(old));
        Ok(())
    }

    /// The size of a memory in bytes; of a shared one, it may be larger already.
    pub fn memory_len(&self, id: MemoryId) -> usize {
        match &self.memories[id.index()] {
            LinearMemory::Own(cell) => cell.get().len,
            LinearMemory::Shared(memory) => memory.len(),
        }
    }

    /// `memory.fill`.
    ///
    /// # Errors
    /// Traps if the range is out of bounds; nothing is written then.
    pub(super) fn memory_fill(
        &mut self,
        id: MemoryId,
        dst: u64,
        value: u8,
        len: u64,
    ) -> Result<(), TrapCode> {
        let filled = match &mut self.memories[id.index()] {
            LinearMemory::Own(cell) => {
                let bytes = cell.get_mut().as_mut_slice();
                range(dst, len, bytes.len()).map(|to| bytes[to].fill(value))
            }
            LinearMemory::Shared(memory) => memory.fill(dst, value, len),
        };
        filled.ok_or(TrapCode::MemoryOutOfBounds)
    }

    /// `memory.copy`, also within one memory.
    ///
    /// # Errors
    /// Traps if either range is out of bounds; nothing is written then.
    pub(super) fn memory_copy(
        &mut self,
        to: MemoryId,
        dst: u64,
        from: MemoryId,
        src: u64,
        len: u64,
    ) -> Result<(), TrapCode> {
        let shared = |id: MemoryId| matches!(self.memories[id.index()], LinearMemory::Shared(_));
        let copied = if shared(to) || shared(from) {
            let (to, from) = (&self.memories[to.index()], &self.memories[from.index()]);
            // SAFETY: what contexts point to is alive, and no handler runs.
            unsafe { (*to.as_ptr()).copy_from(dst, &*from.as_ptr(), src, len) }
        } else if to == from {
            let bytes = self.memory_mut(to);
            let size = bytes.len();
            range(src, len, size)
                .zip(range(dst, len, size))
                .map(|(from, to)| bytes.copy_within(from, to.start))
        } else {
            let memories = self.memories.get_disjoint_mut([to.index(), from.index()]);
            let [to, from] = memories.expect("two memories of this machine");
            let from = from.own().expect(SHARED).get().as_slice();
            copy(from, src, to.own_mut().expect(SHARED).get_mut().as_mut_slice(), dst, len)
        };
        copied.ok_or(TrapCode::MemoryOutOfBounds)
    }

    /// `memory.atomic.notify`: how many threads were woken; none if the memory is not shared.
    pub(super) fn notify(
        &self,
        id: MemoryId,
        address: u64,
        offset: u64,
        count: u32,
    ) -> Result<u32, TrapCode> {
        match &self.memories[id.index()] {
            LinearMemory::Shared(memory) => memory.notify(address, offset, count),
            own => {
                // SAFETY: what contexts point to is alive.
                unsafe { (*own.as_ptr()).atomic_place(address, offset, 4) }.map(|_| 0)
            }
        }
    }

    /// `memory.atomic.wait32` and `wait64`, by width; the timeout is in nanoseconds, none if negative.
    pub(super) fn wait(
        &self,
        id: MemoryId,
        width: u64,
        place: [u64; 2],
        expected: u64,
        timeout: i64,
    ) -> Result<Result<Waiting, Wait>, TrapCode> {
        let memory = &self.memories[id.index()];
        // SAFETY: what contexts point to is alive.
        unsafe { (*memory.as_ptr()).atomic_place(place[0], place[1], width) }?;
        let LinearMemory::Shared(memory) = memory else { return Err(TrapCode::ExpectedShared) };
        let timeout = u64::try_from(timeout).ok().map(Duration::from_nanos);
        memory.join(width, place, expected, timeout)
    }

    /// A tag, different from all others, whose type has this canonical id: a function type, whose parameters are what an
    /// exception carries.
    pub fn tag_alloc(&mut self, type_id: u32) -> Result<TagId, AllocError> {
        push(&mut self.tags, type_id).map(TagId)
    }

    /// The canonical id of a tag's type.
    pub fn tag_type(&self, id: TagId) -> u32 {
        self.tags[id.index()]
    }

    /// A table of `len` elements.
    pub fn table_alloc(
        &mut self,
        kind: Kind,
        len: usize,
        init: u64,
    ) -> Result<TableId, AllocError> {
        let mut elements = Buffer::zeroed(len)?;
        if init != 0 {
            elements.as_mut_slice().fill(init);
        }
        self.view.get_mut().slices.grown(len.saturating_mul(size_of::<u64>()));
        let id = push(&mut self.tables, Stable::new(elements)).map(TableId)?;
        #[cfg(feature = "gc")]
        if kind == Kind::Gc {
            self.gc_tables.push(id);
        }
        #[cfg(not(feature = "gc"))]
        let _ = kind;
        Ok(id)
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
        self.view.get_mut().slices.grown(len.saturating_sub(old).saturating_mul(size_of::<u64>()));
        Ok(())
    }

    /// A global made by the host: the value in one or two slots (low half first).
    pub fn global_alloc(&mut self, kind: Kind, value: [u64; 2]) -> GlobalId {
        let cell = Stable::new(value);
        self.globals.push(cell.as_ptr());
        self.host_globals.push(cell);
        let id = GlobalId(self.globals.len() as u32 - 1);
        self.note_global(id, kind);
        id
    }

    /// Notes what the collector has to know of a global.
    pub(super) fn note_global(&mut self, id: GlobalId, kind: Kind) {
        #[cfg(feature = "gc")]
        if kind == Kind::Gc {
            self.gc_globals.push(id);
        }
        #[cfg(not(feature = "gc"))]
        let _ = (id, kind);
    }

    /// All globals.
    pub fn globals(&self) -> impl Iterator<Item = GlobalId> {
        (0..self.globals.len() as u32).map(GlobalId)
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
