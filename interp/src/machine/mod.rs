//! A machine: everything of one store that running code touches. Value stack, memories, tables,
//! globals, function records and instances, addressed by ids, and the entry to the executor.
//!
//! `arena` has memories, tables and globals, `instance` instances and functions, `types` their types, `activation` calls by the
//! embedder, `run` the run loop, with `calls`, `exceptions` and `serve`, `metering` fuel and epochs, `bulk` what takes long, `frames` backtraces.

mod activation;
mod arena;
mod bulk;
mod calls;
#[cfg(feature = "gc")]
mod exceptions;
mod frames;
#[cfg(feature = "gc")]
mod heap;
mod ids;
mod instance;
mod metering;
#[cfg(feature = "gc")]
mod objects;
mod run;
mod serve;
mod types;

pub use frames::{FrameRecord, Frames};
pub use ids::{FuncId, GlobalId, InstanceId, MemoryId, TableId, TagId};
pub use instance::{FuncInfo, FuncKind, InstanceParts};
pub use run::{Exit, NoRoom};

use crate::runtime::buffer::{Buffer, Stable};
use crate::runtime::shared_memory::Waiting;
use crate::runtime::{FuncRecord, StoreView, TableCell};
use crate::wasm::Kind;
use activation::{Activation, Crossing};
use alloc::vec::Vec;
use arena::LinearMemory;
use instance::Instance;
use metering::Meter;
use types::Types;

/// Value stack, memories, tables, globals, functions and instances of one store.
///
/// # Panics
/// Methods that take an id panic if it is not of this machine (where that can be told).
#[derive(Debug)]
pub struct Machine {
    view: Stable<StoreView>,
    types: Types,
    funcs: Vec<FuncRecord>,
    memories: Vec<LinearMemory>,
    tables: Vec<Stable<TableCell>>,
    /// Cells, in `host_globals` or in the context of an instance.
    globals: Vec<*mut [u64; 2]>,
    host_globals: Vec<Stable<[u64; 2]>>,
    /// The canonical ids of their types, which are function types.
    tags: Vec<u32>,
    instances: Vec<Instance>,
    stack: Buffer<u64>,
    /// Slots that the value stack may have.
    max_stack: usize,
    current: Activation,
    saved: Vec<Activation>,
    crossings: Vec<Crossing>,
    /// A reference to the exception that left a guest, or that the embedder throws.
    #[cfg(feature = "gc")]
    pending: u64,
    #[cfg(feature = "gc")]
    known_sites: exceptions::KnownSites,
    /// Waits that the epoch's deadline interrupted, by depth.
    waits: Vec<(usize, Waiting)>,
    meter: Meter,
    /// Values that only the embedder has, for a while.
    pins: Vec<(u64, Kind)>,
    #[cfg(feature = "gc")]
    heap: heap::Heap,
    /// The supertypes of function types that have one, by id.
    #[cfg(feature = "gc")]
    supertypes: alloc::collections::BTreeMap<u32, u32>,
    /// Tables and globals of references that the collector has to know of.
    #[cfg(feature = "gc")]
    gc_tables: Vec<TableId>,
    #[cfg(feature = "gc")]
    gc_globals: Vec<GlobalId>,
}

// SAFETY: all that the pointers in it lead to is owned by the machine (contexts, cells, records)
// or shared and immutable (code, handlers); handlers run only under `&mut self`.
unsafe impl Send for Machine {}
// SAFETY: as above; methods that take `&self` only read.
unsafe impl Sync for Machine {}

impl Machine {
    /// An empty machine whose value stack may grow to `max_stack` bytes.
    pub fn new(max_stack: usize) -> Machine {
        Machine {
            view: Stable::new(StoreView::empty()),
            types: Types::default(),
            funcs: Vec::new(),
            memories: Vec::new(),
            tables: Vec::new(),
            globals: Vec::new(),
            host_globals: Vec::new(),
            tags: Vec::new(),
            instances: Vec::new(),
            stack: Buffer::empty(),
            max_stack: max_stack / size_of::<u64>(),
            current: Activation::idle(),
            saved: Vec::new(),
            crossings: Vec::new(),
            #[cfg(feature = "gc")]
            pending: 0,
            #[cfg(feature = "gc")]
            known_sites: exceptions::KnownSites::default(),
            waits: Vec::new(),
            meter: Meter::off(),
            pins: Vec::new(),
            #[cfg(feature = "gc")]
            heap: heap::Heap::default(),
            #[cfg(feature = "gc")]
            supertypes: alloc::collections::BTreeMap::new(),
            #[cfg(feature = "gc")]
            gc_tables: Vec::new(),
            #[cfg(feature = "gc")]
            gc_globals: Vec::new(),
        }
    }

    /// Keeps a value that the embedder has, if it is a reference, alive and up to date until [`Machine::unpin`]; gives back
    /// where.
    pub fn pin(&mut self, value: u64, kind: Kind) -> usize {
        self.pins.push((value, kind));
        self.pins.len() - 1
    }

    /// A value that is pinned.
    ///
    /// # Panics
    /// If there is none.
    pub fn pinned(&self, pin: usize) -> u64 {
        self.pins[pin].0
    }

    /// Forgets this pin and all that came after it.
    pub fn unpin(&mut self, pin: usize) {
        self.pins.truncate(pin);
    }
}
