//! What handlers see of an instance: the context, one block of memory.
//!
//! ```text
//! [ Context | function entries | imported functions | references | globals | tables | memories | descriptors ]
//! ```
//!
//! Code names everything in it by a byte offset from its start, which [`Layout`] fixes for the
//! module; so one load reaches a global or a function, and code is shared by all instances.

#[cfg(feature = "gc")]
use super::HeapView;
use super::Slices;
use super::buffer::Buffer;
use crate::isa::operand::HEADER;
use crate::wasm::{FuncSig, ModuleInfo};
use alloc::vec::Vec;

/// A memory as handlers see it.
pub(crate) type MemoryCell = Buffer<u8>;
/// A table as handlers see it: reference values.
pub(crate) type TableCell = Buffer<u64>;

/// The fixed part of an instance's context.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Context {
    /// End of the value stack; set whenever the instance is entered.
    pub(crate) stack_limit: *mut u64,
    /// The function records of the machine.
    pub(crate) store: *mut StoreView,
    /// Memory 0, or an empty one.
    pub(crate) memory0: *const MemoryCell,
    /// Number of the instance in the machine.
    pub(crate) instance: u32,
    /// The fuel counter at the last boundary of metered code.
    pub(crate) committed: i64,
    /// Where the executor was left: the instruction, the frame, the pinned local, the fuel counter; and for calls the
    /// callee, and where its frame belongs, as an operand of 16 bits, with the length of the instruction above it.
    pub(crate) suspend_ip: *const u8,
    pub(crate) suspend_fp: *mut u64,
    pub(crate) suspend_pinned: u64,
    pub(crate) suspend_fuel: i64,
    pub(crate) suspend_callee: u64,
    pub(crate) suspend_place: usize,
    /// The type that the callee should have.
    #[cfg(feature = "gc")]
    pub(crate) suspend_type: u32,
}

/// What all contexts of a machine share.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct StoreView {
    pub(crate) funcs: *const FuncRecord,
    pub(crate) funcs_len: usize,
    pub(crate) slices: Slices,
    #[cfg(feature = "gc")]
    pub(crate) heap: HeapView,
}

impl StoreView {
    /// No functions, and nothing is metered.
    pub(crate) fn empty() -> StoreView {
        StoreView {
            funcs: core::ptr::null(),
            funcs_len: 0,
            slices: Slices::none(),
            #[cfg(feature = "gc")]
            heap: HeapView::empty(),
        }
    }
}

/// A function defined by an instance: where its code begins and how far above slot 0 its frame ends, in
/// bytes. Without code the frame is as large as can be, so that a call finds no room.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct FuncEntry {
    pub(crate) code: *const u8,
    pub(crate) frame: usize,
}

/// A function of the machine that can be referred to.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct FuncRecord {
    /// Canonical type id.
    pub(crate) type_id: u32,
    /// The function's index in its module, or the number of the host function.
    pub(crate) index: u32,
    /// The instance's context; null for a host function.
    pub(crate) ctx: *mut Context,
    /// The instance's entry for it.
    pub(crate) entry: *mut FuncEntry,
    pub(crate) slots: Slots,
}

/// How many slots parameters and results take: what a caller relies on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Slots {
    pub(crate) params: u32,
    pub(crate) results: u32,
}

impl Slots {
    /// Those of a type that a module has.
    ///
    /// # Panics
    /// If they are more than a frame has room for.
    pub(crate) fn of(sig: FuncSig<'_>) -> Slots {
        let slots = Slots { params: sig.param_slots(), results: sig.result_slots() };
        assert!(slots.area() <= HEADER, "at most {HEADER} slots");
        slots
    }

    /// Slots of the area that both share.
    #[inline]
    pub(crate) fn area(self) -> usize {
        self.params.max(self.results) as usize
    }
}

/// Where the parts of a module's contexts lie, in bytes from their start.
#[derive(Debug)]
pub(crate) struct Layout {
    imported_funcs: u32,
    entries: usize,
    imports: usize,
    references: usize,
    globals: usize,
    tables: usize,
    memories: usize,
    types: usize,
    size: usize,
}

/// Bytes of a reference or pointer in a context.
const UNIT: usize = 8;
/// Bytes of the number of a descriptor.
const DESCRIPTOR: usize = 4;
/// Bytes of a global's cell (a v128 fits) or pointer.
const CELL: usize = 16;

impl Layout {
    /// # Panics
    /// If more functions are imported than there are, or an offset does not fit the 32 bits that it has in code.
    pub(crate) fn new(info: &ModuleInfo) -> Layout {
        let imported = info.imported_funcs as usize;
        let defined = info.funcs.len().checked_sub(imported).expect("functions, imports included");
        let mut end = size_of::<Context>().next_multiple_of(UNIT);
        let mut part = |bytes: usize| {
            let start = end;
            end += bytes.next_multiple_of(UNIT);
            assert!(u32::try_from(end).is_ok(), "index spaces of less than 4 GiB");
            start
        };
        Layout {
            imported_funcs: info.imported_funcs,
            entries: part(defined * size_of::<FuncEntry>()),
            imports: part(imported * UNIT),
            references: part(defined * UNIT),
            globals: part(info.globals.len() * CELL),
            tables: part(info.tables.len() * UNIT),
            memories: part(info.memories.len() * UNIT),
            types: part(descriptors(info) * DESCRIPTOR),
            size: end,
        }
    }

    /// Bytes of a context.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// The entry of a defined function.
    pub(crate) fn entry(&self, func: u32) -> u32 {
        (self.entries + (func - self.imported_funcs) as usize * size_of::<FuncEntry>()) as u32
    }

    /// The function whose entry is at an offset.
    pub(crate) fn func_of_entry(&self, offset: usize) -> u32 {
        ((offset - self.entries) / size_of::<FuncEntry>()) as u32 + self.imported_funcs
    }

    /// The reference of an imported function, or of a defined one once it has one.
    pub(crate) fn reference(&self, func: u32) -> u32 {
        let offset = if func < self.imported_funcs {
            self.imports + func as usize * UNIT
        } else {
            self.references + (func - self.imported_funcs) as usize * UNIT
        };
        offset as u32
    }

    /// The cell of a defined global, or the pointer to an imported one.
    pub(crate) fn global(&self, global: u32) -> u32 {
        (self.globals + global as usize * CELL) as u32
    }

    /// The pointer to a table.
    pub(crate) fn table(&self, table: u32) -> u32 {
        (self.tables + table as usize * UNIT) as u32
    }

    /// The pointer to a memory.
    pub(crate) fn memory(&self, memory: u32) -> u32 {
        (self.memories + memory as usize * UNIT) as u32
    }

    /// The number of a type's descriptor, once the machine has made it.
    #[cfg(feature = "gc")]
    pub(crate) fn descriptor(&self, ty: u32) -> u32 {
        (self.types + ty as usize * DESCRIPTOR) as u32
    }

    /// What lies at an offset, for the verifier and the disassembler: the part and the index in it.
    pub(crate) fn find(&self, offset: u32) -> Option<(Part, u32)> {
        let offset = offset as usize;
        let parts = [
            (Part::Entry, self.entries, self.imports, size_of::<FuncEntry>(), self.imported_funcs),
            (Part::Reference, self.imports, self.references, UNIT, 0),
            (Part::Reference, self.references, self.globals, UNIT, self.imported_funcs),
            (Part::Global, self.globals, self.tables, CELL, 0),
            (Part::Table, self.tables, self.memories, UNIT, 0),
            (Part::Memory, self.memories, self.types, UNIT, 0),
            (Part::Type, self.types, self.size, DESCRIPTOR, 0),
        ];
        let (part, start, _, unit, first) =
            parts.into_iter().find(|&(_, start, end, ..)| (start..end).contains(&offset))?;
        (offset - start)
            .is_multiple_of(unit)
            .then(|| (part, ((offset - start) / unit) as u32 + first))
    }
}

/// A part of a context.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    Entry,
    Reference,
    Global,
    Table,
    Memory,
    Type,
}

/// How many descriptors there may be: none without types of objects.
fn descriptors(info: &ModuleInfo) -> usize {
    if info.types.has_objects() { info.types.len() as usize } else { 0 }
}

/// An instance's context, owned.
#[derive(Debug)]
pub(crate) struct Block {
    words: Vec<u64>,
    base: *mut Context,
}

impl Block {
    /// A zeroed block; `None` without memory for it.
    pub(crate) fn zeroed(bytes: usize) -> Option<Block> {
        let len = bytes.div_ceil(8);
        let mut words = Vec::new();
        words.try_reserve_exact(len).ok()?;
        words.resize(len, 0);
        let base = words.as_mut_ptr().cast();
        Some(Block { words, base })
    }

    pub(crate) fn ctx(&self) -> *mut Context {
        self.base
    }

    /// Where an offset of the layout points.
    pub(crate) fn at<T>(&self, offset: u32) -> *mut T {
        debug_assert!((offset as usize) < self.words.len() * 8);
        self.base.wrapping_byte_add(offset as usize).cast()
    }
}
