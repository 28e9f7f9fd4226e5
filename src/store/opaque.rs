//! The part of a store that does not depend on the type of its data.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::any::Any;

use wasmote_interp::{GlobalId, InstanceId, Machine, MemoryId, TableId, TagId};

use super::hostcall_fuel::DEFAULT_HOSTCALL_FUEL;
#[cfg(feature = "gc")]
use super::objects::KnownTypes;
use super::{ExternArena, RootSet};
use crate::engine::PoolLease;
use crate::limits::{DEFAULT_INSTANCE_LIMIT, DEFAULT_MEMORY_LIMIT, DEFAULT_TABLE_LIMIT};
use crate::types::CallTypes;
use crate::unique::unique;
use crate::{
    Engine, FuncType, GlobalType, MemoryType, Module, Result, TableType, bail, format_err,
};

/// The identity of a store, unique in the process. Every handle carries the one of its store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) struct StoreId(u64);

/// Where the type of a global is found.
#[derive(Clone, Debug)]
enum GlobalOrigin {
    /// No such global was made.
    Unknown,
    /// Made by the host.
    Host(Box<GlobalType>),
    /// Global `1` of instance `0`.
    Wasm(InstanceId, u32),
}

/// A store without its data: the machine and the types of what is in it.
pub(crate) struct StoreOpaque {
    pub(crate) id: StoreId,
    engine: Engine,
    pub(crate) machine: Machine,
    /// The module of each instance, by `InstanceId`.
    instances: Vec<Module>,
    memories: Vec<MemoryType>,
    tables: Vec<TableType>,
    /// Types of tags that the host made, which must stay registered.
    tag_types: Vec<FuncType>,
    globals: Vec<GlobalOrigin>,
    /// Data of the host that guests refer to.
    pub(crate) externs: ExternArena,
    /// What the host holds on to.
    pub(crate) roots: RootSet,
    /// Types of objects that the host has made or looked into.
    #[cfg(feature = "gc")]
    pub(super) known_types: KnownTypes,
    /// What calls leave for the next ones, of a type that is theirs to choose.
    pub(crate) scratch: Option<Box<dyn Any + Send + Sync>>,
    /// Of the function that was called last with values.
    pub(crate) call_types: Option<Box<CallTypes>>,
    counts: Counts,
    /// What a guest may have the host copy in one host call.
    pub(super) hostcall_fuel: usize,
    lease: Option<Box<PoolLease>>,
    /// How many calls of the driver are in progress, one inside the other.
    pub(crate) depth: usize,
    /// How many may be, of those that are not asynchronous; none may if all have to be.
    max_sync_depth: usize,
    #[cfg(feature = "async")]
    max_depth: usize,
}

/// How many instances, tables and memories were made, and how many may be.
struct Counts {
    instances: usize,
    tables: usize,
    memories: usize,
    max_instances: usize,
    max_tables: usize,
    max_memories: usize,
}

impl StoreOpaque {
    pub(super) fn new(engine: &Engine) -> StoreOpaque {
        let max_stack = engine.config().get_max_wasm_stack();
        let mut machine = Machine::new(max_stack);
        if engine.config().get_consume_fuel() {
            machine.meter_fuel();
        }
        if engine.config().get_epoch_interruption() {
            machine.meter_epochs(engine.epoch().clone());
        }
        #[cfg(feature = "gc")]
        if engine.config().get_gc_zeal_alloc_counter().is_some() {
            machine.heap_zeal();
        }
        StoreOpaque {
            id: StoreId(unique()),
            engine: engine.clone(),
            machine,
            instances: Vec::new(),
            memories: Vec::new(),
            tables: Vec::new(),
            tag_types: Vec::new(),
            globals: Vec::new(),
            externs: ExternArena::default(),
            roots: RootSet::default(),
            #[cfg(feature = "gc")]
            known_types: KnownTypes::default(),
            scratch: None,
            call_types: None,
            hostcall_fuel: DEFAULT_HOSTCALL_FUEL,
            counts: Counts {
                instances: 0,
                tables: 0,
                memories: 0,
                max_instances: DEFAULT_INSTANCE_LIMIT,
                max_tables: DEFAULT_TABLE_LIMIT,
                max_memories: DEFAULT_MEMORY_LIMIT,
            },
            lease: PoolLease::new(engine).map(Box::new),
            depth: 0,
            max_sync_depth: max_depth(max_stack),
            #[cfg(feature = "async")]
            max_depth: max_depth(max_stack),
        }
    }

    /// From now on all calls have to be asynchronous.
    #[cfg(feature = "async")]
    pub(crate) fn require_async(&mut self) {
        self.max_sync_depth = 0;
    }

    /// Errs if calls have to be asynchronous.
    pub(crate) fn ensure_sync(&self) -> Result<()> {
        #[cfg(feature = "async")]
        if self.max_sync_depth == 0 {
            return Err(async_required());
        }
        Ok(())
    }

    /// The identity of this store.
    pub(crate) fn id(&self) -> StoreId {
        self.id
    }

    /// The engine of this store.
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Asserts that a handle is one of this store.
    ///
    /// # Panics
    /// If it is not: "object used with the wrong store".
    #[track_caller]
    pub(crate) fn assert_own(&self, id: StoreId) {
        assert!(self.id == id, "object used with the wrong store");
    }

    /// Whether one more call may be begun inside those in progress, one that is not asynchronous.
    pub(crate) fn may_nest(&self) -> bool {
        self.depth < self.max_sync_depth
    }

    /// The same for one that is.
    #[cfg(feature = "async")]
    pub(crate) fn may_nest_async(&self) -> bool {
        self.depth < self.max_depth
    }

    /// The module of an instance.
    pub(crate) fn module(&self, id: InstanceId) -> &Module {
        &self.instances[id.index()]
    }

    /// The type of a memory, as it was declared.
    pub(crate) fn memory_type(&self, id: MemoryId) -> &MemoryType {
        &self.memories[id.index()]
    }

    /// The type of a table, as it was declared.
    pub(crate) fn table_type(&self, id: TableId) -> &TableType {
        &self.tables[id.index()]
    }

    /// The type of a global.
    pub(crate) fn global_type(&self, id: GlobalId) -> GlobalType {
        match &self.globals[id.index()] {
            GlobalOrigin::Host(ty) => GlobalType::clone(ty),
            GlobalOrigin::Wasm(instance, index) => self.module(*instance).global_type(*index),
            GlobalOrigin::Unknown => unreachable!("a handle names a global of its store"),
        }
    }

    /// The globals whose types are known: all but those of an instance that is being made.
    #[cfg(feature = "coredump")]
    pub(crate) fn globals(&self) -> impl Iterator<Item = GlobalId> {
        let is_known = |id: &GlobalId| {
            self.globals.get(id.index()).is_some_and(|of| !matches!(of, GlobalOrigin::Unknown))
        };
        self.machine.globals().filter(is_known)
    }

    /// Notes the module of an instance just made.
    pub(crate) fn add_instance(&mut self, id: InstanceId, module: Module) {
        assert_eq!(id.index(), self.instances.len(), "instances are numbered in order");
        self.instances.push(module);
    }

    /// Notes the type of a memory just made.
    pub(crate) fn add_memory(&mut self, id: MemoryId, ty: MemoryType) {
        assert_eq!(id.index(), self.memories.len(), "memories are numbered in order");
        self.memories.push(ty);
    }

    /// Notes the type of a table just made.
    pub(crate) fn add_table(&mut self, id: TableId, ty: TableType) {
        assert_eq!(id.index(), self.tables.len(), "tables are numbered in order");
        self.tables.push(ty);
    }

    /// A tag that the host makes.
    pub(crate) fn add_host_tag(&mut self, ty: FuncType) -> Result<TagId> {
        let id = self.machine.tag_alloc(ty.type_index());
        self.tag_types.push(ty);
        id.map_err(|_| format_err!("out of memory: a tag could not be allocated"))
    }

    /// Notes the type of a global that the host made.
    pub(crate) fn add_host_global(&mut self, id: GlobalId, ty: GlobalType) {
        *self.global_slot(id) = GlobalOrigin::Host(Box::new(ty));
    }

    /// Notes where a global that an instance defines comes from.
    pub(crate) fn add_wasm_global(&mut self, id: GlobalId, instance: InstanceId, index: u32) {
        *self.global_slot(id) = GlobalOrigin::Wasm(instance, index);
    }

    fn global_slot(&mut self, id: GlobalId) -> &mut GlobalOrigin {
        if self.globals.len() <= id.index() {
            self.globals.resize(id.index() + 1, GlobalOrigin::Unknown);
        }
        &mut self.globals[id.index()]
    }

    pub(super) fn set_count_limits(&mut self, instances: usize, tables: usize, memories: usize) {
        self.counts.max_instances = instances;
        self.counts.max_tables = tables;
        self.counts.max_memories = memories;
    }

    /// Counts an instance with its tables and memories.
    ///
    /// # Errors
    /// "resource limit exceeded: ..." if there would be more than the limiter allows.
    pub(crate) fn count_instance(&mut self, tables: usize, memories: usize) -> Result<()> {
        let counts = &mut self.counts;
        bump(&mut counts.instances, counts.max_instances, 1, "instance")?;
        bump(&mut counts.memories, counts.max_memories, memories, "memory")?;
        bump(&mut counts.tables, counts.max_tables, tables, "table")?;
        self.lease.as_mut().map_or(Ok(()), |lease| lease.take(memories, tables))
    }
}

/// The error of whatever would have to be asynchronous in this store.
#[cfg(feature = "async")]
#[cold]
pub(crate) fn async_required() -> crate::Error {
    format_err!("store configuration requires that `*_async` functions are used instead")
}

fn bump(count: &mut usize, max: usize, by: usize, what: &str) -> Result<()> {
    let new = count.saturating_add(by);
    if new > max {
        bail!("resource limit exceeded: {what} count too high at {new}");
    }
    *count = new;
    Ok(())
}

/// How deeply host functions may call back into the store. Unlike calls between functions of a
/// guest such nesting takes native stack: without what the host function itself needs about 0.7 KiB a
/// level, 2.6 KiB in debug builds. `max_wasm_stack` is all that the embedder tells about how much there
/// is, so the limit is in proportion to it: 200 at the default of 512 KiB.
fn max_depth(max_stack: usize) -> usize {
    (max_stack / (512 * 1024 / 200)).clamp(4, 2_000)
}
