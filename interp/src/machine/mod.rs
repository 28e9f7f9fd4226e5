//! A machine: everything of one store that running code touches. Value stack, memories, tables,
//! globals, function records and instances, addressed by ids, and the entry to the executor.
//! (Interface; the body is being written.)

use crate::module::ModuleCode;
use alloc::sync::Arc;
use alloc::vec::Vec;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(u32);
        impl $name {
            /// The position in the machine's arena.
            pub const fn index(self) -> usize { self.0 as usize }
        }
    )*};
}
ids! {
    /// A function of a machine.
    FuncId;
    /// A table of a machine.
    TableId;
    /// A memory of a machine.
    MemoryId;
    /// A global of a machine.
    GlobalId;
    /// An instance of a machine.
    InstanceId;
}

impl FuncId {
    /// The function as a reference value in a slot or table element (never 0, which is null).
    pub const fn to_raw(self) -> u64 {
        self.0 as u64 + 1
    }
    /// The function that a reference value names; `None` for null. The id is checked when used.
    pub const fn from_raw(raw: u64) -> Option<FuncId> {
        match raw {
            0 => None,
            n => Some(FuncId((n - 1) as u32)),
        }
    }
}

/// The allocator had no memory for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AllocError;

/// Why code trapped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum TrapCode {
    Unreachable,
    MemoryOutOfBounds,
    TableOutOfBounds,
    IndirectCallToNull,
    BadSignature,
    IntegerOverflow,
    IntegerDivisionByZero,
    BadConversionToInteger,
    StackOverflow,
    NullReference,
}

/// Why the machine stopped running.
#[derive(Clone, Copy, Debug)]
pub enum Exit {
    /// The function called by [`Machine::begin`] has returned; its results lie in [`Machine::area`].
    Done,
    /// A host function is called: arguments lie in [`Machine::area`], results go there.
    /// [`Machine::run`] continues after it.
    Host {
        /// The host function.
        func: FuncId,
        /// The number given to [`Machine::func_alloc_host`].
        host: u32,
        /// The instance that called it; `None` if the embedder did.
        caller: Option<InstanceId>,
    },
    /// `memory.grow`: grow (or not), then give [`Machine::answer`] the old size in pages, or `None`.
    MemoryGrow {
        /// Which memory.
        memory: MemoryId,
        /// By how many pages.
        delta: u64,
    },
    /// `table.grow`: grow (or not), then give [`Machine::answer`] the old size, or `None`.
    TableGrow {
        /// Which table.
        table: TableId,
        /// By how many elements.
        delta: u64,
        /// The value of the new elements.
        init: u64,
    },
    /// A function without code is called: translate it and [`ModuleCode::insert`] it, then
    /// [`Machine::run`] again.
    Translate {
        /// The instance.
        instance: InstanceId,
        /// The function's index in the module.
        func: u32,
    },
    /// The guest trapped. [`Machine::frames`] tells where until [`Machine::end`].
    Trap(TrapCode),
}

/// What a function is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FuncKind {
    /// Function `index` of an instance.
    Wasm {
        /// The instance.
        instance: InstanceId,
        /// The function's index in the module.
        index: u32,
    },
    /// A host function and its number.
    Host(u32),
}

/// A function's record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FuncInfo {
    /// Canonical type id.
    pub type_id: u32,
    /// Slots of the parameters.
    pub params: u32,
    /// Slots of the results.
    pub results: u32,
    /// Wasm or host.
    pub kind: FuncKind,
}

/// What an instance is made of: whole index spaces for memories and tables, imports only for
/// functions and globals (the machine makes the rest).
#[derive(Clone, Copy, Debug)]
pub struct InstanceParts<'a> {
    /// Imported functions.
    pub funcs: &'a [FuncId],
    /// All tables, imported and defined.
    pub tables: &'a [TableId],
    /// All memories, imported and defined.
    pub memories: &'a [MemoryId],
    /// Imported globals.
    pub globals: &'a [GlobalId],
}

/// One frame of a backtrace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameRecord {
    /// The instance whose function it is.
    pub instance: InstanceId,
    /// The function's index in the module.
    pub func: u32,
    /// The offset in the module of the operator being executed (the call, for callers), if known.
    pub offset: Option<u32>,
}

/// Value stack, memories, tables, globals, functions and instances of one store.
///
/// # Panics
/// Methods that take an id panic if it is not of this machine (where that can be told).
#[derive(Debug)]
pub struct Machine {}

#[allow(unused_variables, clippy::new_without_default)]
impl Machine {
    /// An empty machine whose value stack may grow to `max_stack` bytes.
    pub fn new(max_stack: usize) -> Machine {
        Machine {}
    }

    /// A zeroed linear memory of `len` bytes.
    pub fn memory_alloc(&mut self, len: usize) -> Result<MemoryId, AllocError> {
        unimplemented!()
    }
    /// The bytes of a memory.
    pub fn memory(&self, id: MemoryId) -> &[u8] {
        unimplemented!()
    }
    /// The bytes of a memory.
    pub fn memory_mut(&mut self, id: MemoryId) -> &mut [u8] {
        unimplemented!()
    }
    /// Grows a memory to `len` bytes (no effect if it is larger already); new bytes are zero.
    pub fn memory_grow(&mut self, id: MemoryId, len: usize) -> Result<(), AllocError> {
        unimplemented!()
    }

    /// A table of `len` elements.
    pub fn table_alloc(&mut self, len: usize, init: u64) -> Result<TableId, AllocError> {
        unimplemented!()
    }
    /// The elements of a table: reference values.
    pub fn table(&self, id: TableId) -> &[u64] {
        unimplemented!()
    }
    /// The elements of a table.
    pub fn table_mut(&mut self, id: TableId) -> &mut [u64] {
        unimplemented!()
    }
    /// Grows a table to `len` elements.
    pub fn table_grow(&mut self, id: TableId, len: usize, init: u64) -> Result<(), AllocError> {
        unimplemented!()
    }

    /// A global made by the host: the value in one or two slots (low half first).
    pub fn global_alloc(&mut self, value: [u64; 2]) -> GlobalId {
        unimplemented!()
    }
    /// A global's value.
    pub fn global(&self, id: GlobalId) -> [u64; 2] {
        unimplemented!()
    }
    /// Sets a global's value.
    pub fn set_global(&mut self, id: GlobalId, value: [u64; 2]) {
        unimplemented!()
    }

    /// A host function: canonical type, slots of parameters and results, a number of the caller's.
    pub fn func_alloc_host(&mut self, type_id: u32, params: u32, results: u32, host: u32) -> FuncId {
        unimplemented!()
    }
    /// A function's record; `None` if there is no such function.
    pub fn func(&self, id: FuncId) -> Option<FuncInfo> {
        unimplemented!()
    }

    /// An instance; defined globals are zero, data segments present, element segments empty.
    ///
    /// # Panics
    /// If the parts do not fit the module's index spaces.
    pub fn instance_alloc(
        &mut self,
        code: &Arc<ModuleCode>,
        parts: InstanceParts<'_>,
    ) -> Result<InstanceId, AllocError> {
        unimplemented!()
    }
    /// The module of an instance.
    pub fn instance_code(&self, id: InstanceId) -> &Arc<ModuleCode> {
        unimplemented!()
    }
    /// Function `index` of an instance (imported or defined); the same id every time.
    pub fn instance_func(&mut self, id: InstanceId, index: u32) -> FuncId {
        unimplemented!()
    }
    /// Global `index` of an instance (imported or defined).
    pub fn instance_global(&self, id: InstanceId, index: u32) -> GlobalId {
        unimplemented!()
    }
    /// Table `index` of an instance.
    pub fn instance_table(&self, id: InstanceId, index: u32) -> TableId {
        unimplemented!()
    }
    /// Memory `index` of an instance.
    pub fn instance_memory(&self, id: InstanceId, index: u32) -> MemoryId {
        unimplemented!()
    }
    /// Sets the items of an element segment (reference values); empty is what `elem.drop` leaves.
    pub fn instance_set_elem(&mut self, id: InstanceId, segment: u32, items: Vec<u64>) {
        unimplemented!()
    }
    /// `data.drop`.
    pub fn instance_drop_data(&mut self, id: InstanceId, segment: u32) {
        unimplemented!()
    }
    /// `memory.init` on memory `memory` of the instance, also for active segments.
    pub fn memory_init(
        &mut self, id: InstanceId, segment: u32, memory: u32, dst: u64, src: u64, len: u64,
    ) -> Result<(), TrapCode> {
        unimplemented!()
    }
    /// `table.init` on table `table` of the instance, also for active segments.
    pub fn table_init(
        &mut self, id: InstanceId, segment: u32, table: u32, dst: u64, src: u64, len: u64,
    ) -> Result<(), TrapCode> {
        unimplemented!()
    }

    /// Begins a call of `func` above everything that is live: reserves its area of
    /// max(params, results) slots, zeroed, and saves what was running. Returns the depth to give
    /// to [`Machine::end`] (also after a trap or an error).
    pub fn begin(&mut self, func: FuncId) -> Result<usize, TrapCode> {
        unimplemented!()
    }
    /// The argument and result slots of the current call: of `begin`'s function before the first
    /// `run` and after `Exit::Done`, of the host function after `Exit::Host`.
    pub fn area(&self) -> &[u64] {
        unimplemented!()
    }
    /// The same, to write.
    pub fn area_mut(&mut self) -> &mut [u64] {
        unimplemented!()
    }
    /// Runs until the next exit.
    pub fn run(&mut self) -> Exit {
        unimplemented!()
    }
    /// Answers `Exit::MemoryGrow` and `Exit::TableGrow`.
    pub fn answer(&mut self, old: Option<u64>) {
        unimplemented!()
    }
    /// Ends the call begun at `depth` and every call begun inside it: what ran before is current again.
    pub fn end(&mut self, depth: usize) {
        unimplemented!()
    }
    /// The wasm frames of all calls in progress, innermost first, across host functions.
    pub fn frames(&self) -> impl Iterator<Item = FrameRecord> + '_ {
        core::iter::empty()
    }
}
