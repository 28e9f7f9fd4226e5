//! Where linear memories are, and how they grow.

use alloc::sync::Arc;
use core::fmt;

use super::Config;
use crate::memory::MemoryCreator;

/// The options of linear memories.
#[derive(Clone)]
pub(super) struct Memories {
    /// Address space for a new memory.
    reservation: Option<u64>,
    reservation_for_growth: u64,
    may_move: bool,
    creator: Option<Arc<dyn MemoryCreator>>,
}

impl Default for Memories {
    fn default() -> Memories {
        Memories { reservation: None, reservation_for_growth: 0, may_move: true, creator: None }
    }
}

impl fmt::Debug for Memories {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memories")
            .field("reservation", &self.reservation)
            .field("reservation_for_growth", &self.reservation_for_growth)
            .field("may_move", &self.may_move)
            .field("creator", &self.creator.is_some())
            .finish()
    }
}

/// What is reserved for a memory that may not move, if nothing was said.
const UNMOVED: u64 = if cfg!(target_pointer_width = "64") { 1 << 32 } else { 0 };

impl Config {
    /// How many bytes of address space a new memory has at least, 0 by default. It does not move while it grows to that.
    ///
    /// Pages of the operating system that nobody has touched take no memory; where memories are of the allocator
    /// (small ones, and all without the Cargo feature `mmap`) these bytes are allocated.
    pub fn memory_reservation(&mut self, bytes: u64) -> &mut Self {
        self.memories.reservation = Some(bytes);
        self
    }

    /// How many bytes beyond its size a memory has when it is new or has moved, 0 by default.
    pub fn memory_reservation_for_growth(&mut self, bytes: u64) -> &mut Self {
        self.memories.reservation_for_growth = bytes;
        self
    }

    /// Whether the bytes of a memory may get another address when it grows; they may by default.
    ///
    /// If not, a memory grows to its reservation ([`Config::memory_reservation`], here 4 GiB by default on 64-bit targets) or its
    /// initial size, if that is more, and no further.
    pub fn memory_may_move(&mut self, enable: bool) -> &mut Self {
        self.memories.may_move = enable;
        self
    }

    /// Who makes the bytes of memories that are not shared.
    pub fn with_host_memory(&mut self, creator: Arc<dyn MemoryCreator>) -> &mut Self {
        self.memories.creator = Some(creator);
        self
    }

    pub(crate) fn get_memory_creator(&self) -> Option<&dyn MemoryCreator> {
        self.memories.creator.as_deref()
    }

    pub(crate) fn get_memory_reservation(&self) -> u64 {
        let unmoved = if self.memories.may_move { 0 } else { UNMOVED };
        self.memories.reservation.unwrap_or(unmoved)
    }

    pub(crate) fn get_memory_reservation_for_growth(&self) -> u64 {
        self.memories.reservation_for_growth
    }

    pub(crate) fn get_memory_may_move(&self) -> bool {
        self.memories.may_move
    }

    /// How many bytes a new memory has room for, of these sizes in bytes.
    pub(crate) fn memory_room(&self, minimum: usize, maximum: Option<usize>) -> usize {
        self.room(minimum, maximum, self.get_memory_reservation())
    }

    /// How many bytes a memory gets room for that grows to `len` bytes.
    pub(crate) fn memory_room_for_growth(&self, len: usize, maximum: Option<usize>) -> usize {
        self.room(len, maximum, 0)
    }

    fn room(&self, len: usize, maximum: Option<usize>, reservation: u64) -> usize {
        let grown = (len as u64).saturating_add(self.memories.reservation_for_growth);
        let room = usize::try_from(grown.max(reservation)).unwrap_or(len);
        room.min(maximum.unwrap_or(usize::MAX)).max(len)
    }
}
