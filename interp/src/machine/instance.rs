//! Instances and functions.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::arena::LinearMemory;
use super::{FuncId, GlobalId, InstanceId, Machine, MemoryId, TableId, TagId};
use crate::code::ModuleCode;
use crate::runtime::{AllocError, Block, Context, FuncEntry, FuncRecord, MemoryCell, Slots, range};
use crate::wasm::{ModuleInfo, TrapCode};

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
#[derive(Clone, Debug)]
pub struct InstanceParts<'a> {
    /// Imported functions.
    pub funcs: &'a [FuncId],
    /// All tables, imported and defined.
    pub tables: Vec<TableId>,
    /// All memories, imported and defined.
    pub memories: Vec<MemoryId>,
    /// Imported globals.
    pub globals: &'a [GlobalId],
    /// All tags, imported and defined.
    pub tags: Vec<TagId>,
}

/// An instance: its context, and what only the run loop and the embedder look at.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) code: Arc<ModuleCode>,
    pub(super) block: Block,
    pub(super) tables: Box<[TableId]>,
    memories: Box<[MemoryId]>,
    globals: Box<[GlobalId]>,
    pub(super) tags: Box<[TagId]>,
    pub(super) elems: Vec<Vec<u64>>,
    dropped_data: Vec<bool>,
}

/// What memory 0 is for an instance without memories.
static NO_MEMORY: NoMemory = NoMemory(MemoryCell::empty());

struct NoMemory(MemoryCell);

// SAFETY: there are no bytes in it, and nobody grows it.
unsafe impl Sync for NoMemory {}

impl Machine {
    /// A host function: canonical type, slots of parameters and results, a number of the caller's.
    ///
    /// # Panics
    /// If a type with the same id in this machine has another number of slots.
    pub fn func_alloc_host(
        &mut self,
        type_id: u32,
        params: u32,
        results: u32,
        host: u32,
    ) -> FuncId {
        let slots = Slots { params, results };
        self.types.add(type_id, slots);
        self.push_func(FuncRecord {
            type_id,
            index: host,
            ctx: core::ptr::null_mut(),
            entry: core::ptr::null_mut(),
            slots,
        })
    }

    fn push_func(&mut self, record: FuncRecord) -> FuncId {
        self.funcs.push(record);
        let view = self.view.get_mut();
        (view.funcs, view.funcs_len) = (self.funcs.as_ptr(), self.funcs.len());
        FuncId(self.funcs.len() as u32 - 1)
    }

    /// The canonical type id of a function.
    ///
    /// # Panics
    /// If there is no such function.
    #[inline]
    pub fn func_type(&self, id: FuncId) -> u32 {
        self.funcs[id.index()].type_id
    }

    /// A function's record; `None` if there is no such function.
    pub fn func(&self, id: FuncId) -> Option<FuncInfo> {
        let f = self.funcs.get(id.index())?;
        let kind = if f.ctx.is_null() {
            FuncKind::Host(f.index)
        } else {
            // SAFETY: contexts live as long as the machine.
            let instance = InstanceId(unsafe { (*f.ctx).instance });
            FuncKind::Wasm { instance, index: f.index }
        };
        Some(FuncInfo {
            type_id: f.type_id,
            params: f.slots.params,
            results: f.slots.results,
            kind,
        })
    }

    /// An instance; defined globals are zero, data segments present, element segments empty.
    ///
    /// # Panics
    /// If the parts do not fit the module's index spaces, or an id is not of this machine. If a function type has more than
    /// 2,048 slots of parameters or results, or another number of them than a type with the same id in this machine.
    pub fn instance_alloc(
        &mut self,
        code: &Arc<ModuleCode>,
        parts: InstanceParts<'_>,
    ) -> Result<InstanceId, AllocError> {
        let (info, layout) = (code.info(), code.layout());
        assert_eq!(parts.funcs.len(), info.imported_funcs as usize, "imported functions");
        assert_eq!(parts.globals.len(), info.imported_globals as usize, "imported globals");
        assert_eq!(parts.tables.len(), info.tables.len(), "tables");
        assert_eq!(parts.memories.len(), info.memories.len(), "memories");
        assert_eq!(parts.tags.len(), info.tags.len(), "tags");
        let id = u32::try_from(self.instances.len()).map_err(|_| AllocError)?;
        let block = Block::zeroed(layout.size()).ok_or(AllocError)?;
        // From here on there is no error: the types are those of an instance, which keeps their ids from being given to others.
        self.add_types(code);
        self.check_types(info, &parts);
        // Code reaches a shared memory only through its pointer in the context.
        let own = parts.memories.first().and_then(|m| self.memories[m.index()].own());
        let memory0 = own.map_or(&raw const NO_MEMORY.0, |memory| memory.as_ptr());
        let mut globals = Vec::with_capacity(info.globals.len());
        // SAFETY: the layout is of this module, so every offset is in the block, and is written
        // as the type that handlers read there.
        unsafe {
            block.ctx().write(Context {
                stack_limit: core::ptr::null_mut(),
                store: self.view.as_ptr(),
                memory0,
                instance: id,
                committed: 0,
                suspend_ip: core::ptr::null(),
                suspend_fp: core::ptr::null_mut(),
                suspend_pinned: 0,
                suspend_fuel: 0,
                suspend_callee: 0,
                suspend_place: 0,
                #[cfg(feature = "gc")]
                suspend_type: 0,
            });
            for (i, f) in parts.funcs.iter().enumerate() {
                *block.at::<u64>(layout.reference(i as u32)) = f.to_raw();
            }
            for i in info.imported_funcs..info.funcs.len() as u32 {
                *block.at::<FuncEntry>(layout.entry(i)) = code.entry(i);
            }
            for i in 0..info.globals.len() {
                let at = layout.global(i as u32);
                match parts.globals.get(i) {
                    Some(g) => {
                        *block.at::<*mut [u64; 2]>(at) = self.globals[g.index()];
                        globals.push(*g);
                    }
                    None => {
                        self.globals.push(block.at(at));
                        let id = GlobalId(self.globals.len() as u32 - 1);
                        self.note_global(id, info.globals[i]);
                        globals.push(id);
                    }
                }
            }
            for (i, t) in parts.tables.iter().enumerate() {
                *block.at(layout.table(i as u32)) = self.tables[t.index()].as_ptr();
            }
            for (i, m) in parts.memories.iter().enumerate() {
                *block.at(layout.memory(i as u32)) = self.memories[m.index()].as_ptr();
            }
        }
        self.instances.push(Instance {
            code: code.clone(),
            block,
            tables: parts.tables.into(),
            memories: parts.memories.into(),
            globals: globals.into(),
            tags: parts.tags.into(),
            elems: alloc::vec![Vec::new(); info.elems.len()],
            dropped_data: alloc::vec![false; code.data().len()],
        });
        Ok(InstanceId(id))
    }

    /// # Panics
    /// If an imported function, a memory or a tag is not of the type that the module says.
    fn check_types(&self, info: &ModuleInfo, parts: &InstanceParts<'_>) {
        for (func, ty) in parts.funcs.iter().zip(&info.funcs) {
            let (func, sig) = (&self.funcs[func.index()], info.types.func(*ty));
            let fits = func.type_id == sig.id || func.slots == Slots::of(sig);
            assert!(fits, "an imported function's type");
        }
        for (memory, info) in parts.memories.iter().zip(&info.memories) {
            let is_shared = self.shared_memory(*memory).is_some();
            assert_eq!(is_shared, info.shared, "whether a memory is shared");
        }
        for (tag, ty) in parts.tags.iter().zip(&info.tags) {
            assert_eq!(self.tag_type(*tag), info.types.func(*ty).id, "a tag's type");
        }
    }

    /// Notes the function types of a module, unless the last instance is of it, too.
    fn add_types(&mut self, code: &Arc<ModuleCode>) {
        if !self.instances.last().is_some_and(|last| Arc::ptr_eq(&last.code, code)) {
            let types = &code.info().types;
            for sig in types.funcs() {
                self.types.add(sig.id, Slots::of(sig));
            }
            #[cfg(feature = "gc")]
            self.supertypes.extend(types.func_supertypes());
        }
    }

    /// All instances.
    pub fn instances(&self) -> impl Iterator<Item = InstanceId> {
        (0..self.instances.len() as u32).map(InstanceId)
    }

    /// The module of an instance.
    pub fn instance_code(&self, id: InstanceId) -> &Arc<ModuleCode> {
        &self.instances[id.index()].code
    }

    /// Function `index` of an instance (imported or defined); the same id every time.
    ///
    /// # Panics
    /// If there is no such function.
    pub fn instance_func(&mut self, id: InstanceId, index: u32) -> FuncId {
        let instance = &self.instances[id.index()];
        let (info, layout) = (instance.code.info(), instance.code.layout());
        let sig = info.func_sig(index);
        let reference = instance.block.at::<u64>(layout.reference(index));
        // SAFETY: the function exists, so its reference is in the block.
        if let Some(func) = FuncId::from_raw(unsafe { *reference }) {
            return func;
        }
        let record = FuncRecord {
            type_id: sig.id,
            index,
            ctx: instance.block.ctx(),
            entry: instance.block.at(layout.entry(index)),
            slots: Slots::of(sig),
        };
        let func = self.push_func(record);
        // SAFETY: as above.
        unsafe { *reference = func.to_raw() };
        func
    }

    /// Global `index` of an instance (imported or defined).
    pub fn instance_global(&self, id: InstanceId, index: u32) -> GlobalId {
        self.instances[id.index()].globals[index as usize]
    }

    /// Table `index` of an instance.
    pub fn instance_table(&self, id: InstanceId, index: u32) -> TableId {
        self.instances[id.index()].tables[index as usize]
    }

    /// Tag `index` of an instance.
    pub fn instance_tag(&self, id: InstanceId, index: u32) -> TagId {
        self.instances[id.index()].tags[index as usize]
    }

    /// Memory `index` of an instance.
    pub fn instance_memory(&self, id: InstanceId, index: u32) -> MemoryId {
        self.instances[id.index()].memories[index as usize]
    }

    /// Adds an item to an element segment, a reference value.
    pub fn instance_push_elem(&mut self, id: InstanceId, segment: u32, item: u64) {
        self.instances[id.index()].elems[segment as usize].push(item);
    }

    /// `elem.drop`.
    pub fn instance_drop_elem(&mut self, id: InstanceId, segment: u32) {
        self.instances[id.index()].elems[segment as usize] = Vec::new();
    }

    /// `data.drop`.
    pub fn instance_drop_data(&mut self, id: InstanceId, segment: u32) {
        self.instances[id.index()].dropped_data[segment as usize] = true;
    }

    /// `memory.init` on memory `memory` of the instance, also for active segments.
    ///
    /// # Errors
    /// Traps if either range is out of bounds; nothing is written then.
    pub fn memory_init(
        &mut self,
        id: InstanceId,
        segment: u32,
        memory: u32,
        dst: u64,
        src: u64,
        len: u64,
    ) -> Result<(), TrapCode> {
        let memory = self.instance_memory(id, memory);
        let data = segment_of(&self.instances, id, segment);
        let copied = match &mut self.memories[memory.index()] {
            LinearMemory::Own(memory) => copy(data, src, memory.get_mut().as_mut_slice(), dst, len),
            LinearMemory::Shared(memory) => {
                range(src, len, data.len()).and_then(|from| memory.write(dst, &data[from]))
            }
        };
        copied.ok_or(TrapCode::MemoryOutOfBounds)
    }

    /// The bytes of a data segment, of which none are left when it is dropped.
    pub(super) fn segment(&self, id: InstanceId, segment: u32) -> &[u8] {
        segment_of(&self.instances, id, segment)
    }

    /// `table.init` on table `table` of the instance, also for active segments.
    ///
    /// # Errors
    /// Traps if either range is out of bounds; nothing is written then.
    pub fn table_init(
        &mut self,
        id: InstanceId,
        segment: u32,
        table: u32,
        dst: u64,
        src: u64,
        len: u64,
    ) -> Result<(), TrapCode> {
        let instance = &self.instances[id.index()];
        let table = instance.tables[table as usize];
        let table = self.tables[table.index()].get_mut().as_mut_slice();
        copy(&instance.elems[segment as usize], src, table, dst, len)
            .ok_or(TrapCode::TableOutOfBounds)
    }

    /// `table.copy`, also within one table.
    ///
    /// # Errors
    /// Traps if either range is out of bounds; nothing is written then.
    pub fn table_copy(
        &mut self,
        dst_table: TableId,
        dst: u64,
        src_table: TableId,
        src: u64,
        len: u64,
    ) -> Result<(), TrapCode> {
        let trap = TrapCode::TableOutOfBounds;
        if dst_table == src_table {
            let table = self.tables[dst_table.index()].get_mut().as_mut_slice();
            let from = range(src, len, table.len()).ok_or(trap)?;
            let to = range(dst, len, table.len()).ok_or(trap)?;
            table.copy_within(from, to.start);
            return Ok(());
        }
        let [to, from] = self
            .tables
            .get_disjoint_mut([dst_table.index(), src_table.index()])
            .expect("two tables of this machine");
        copy(from.get().as_slice(), src, to.get_mut().as_mut_slice(), dst, len).ok_or(trap)
    }

    /// `table.fill`.
    ///
    /// # Errors
    /// Traps if the range is out of bounds; nothing is written then.
    pub fn table_fill(
        &mut self,
        table: TableId,
        dst: u64,
        value: u64,
        len: u64,
    ) -> Result<(), TrapCode> {
        let table = self.tables[table.index()].get_mut().as_mut_slice();
        let to = range(dst, len, table.len()).ok_or(TrapCode::TableOutOfBounds)?;
        table[to].fill(value);
        Ok(())
    }
}

fn segment_of(instances: &[Instance], id: InstanceId, segment: u32) -> &[u8] {
    let instance = &instances[id.index()];
    match instance.dropped_data[segment as usize] {
        true => &[],
        false => {
            let place = &instance.code.data()[segment as usize];
            &instance.code.bytes()[place.start as usize..place.end as usize]
        }
    }
}

/// Copies between two slices, or `None` if either range is out of bounds.
pub(super) fn copy<T: Copy>(from: &[T], src: u64, to: &mut [T], dst: u64, len: u64) -> Option<()> {
    let (from_range, to_range) = (range(src, len, from.len())?, range(dst, len, to.len())?);
    to[to_range].copy_from_slice(&from[from_range]);
    Some(())
}
