//! `Module`: WebAssembly code, validated and translated as far as the mode of the engine says.
//!
//! | file | what |
//! |---|---|
//! | `payloads.rs` | bytes to payloads |
//! | `parse.rs` | payloads to a module |
//! | `compile.rs` | the functions: validation and translation |
//! | `share.rs` | the same by several threads |
//! | `validate.rs` | validation of a function that is not translated |
//! | `lazy.rs` | functions that are translated when they are first called |
//! | `consts.rs` | constant expressions |
//! | `segments.rs` | element and data segments |
//! | `externs.rs` | imports and exports |
//! | `names.rs` | the name section |
//! | `functions.rs` | what profilers ask for |
//! | `builder.rs` | a module made in steps |
//! | `debug.rs` | debug information |
//! | `disassemble.rs` | translated code as text |
//!
//! A module is immutable and shared (`Arc`) by everything made of it.

#[cfg(feature = "std")]
mod builder;
mod compile;
mod consts;
mod debug;
mod disassemble;
mod externs;
mod functions;
mod lazy;
mod names;
mod parse;
mod payloads;
mod segments;
#[cfg(feature = "parallel-compilation")]
mod share;
mod validate;

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use core::ops::Range;

use wasmote_interp::{InstanceId, Machine, ModuleCode, NoRoom, TranslateError};
use wasmparser::ValidatorResources;

#[cfg(feature = "std")]
pub use self::builder::{CodeBuilder, CodeHint};
pub(crate) use self::consts::ConstExpr;
use self::debug::DebugSections;
use self::externs::Externs;
pub use self::functions::{FuncIndex, ModuleFunction, StaticModuleIndex};
use self::names::Names;
use self::segments::Items;
pub(crate) use self::segments::{Active, Elem};
use crate::types::ModuleTypes;
use crate::{
    Engine, Error, ExportType, ExternType, GlobalType, ImportType, MemoryType, Result, TableType,
    TagType, ensure, format_err,
};

/// A WebAssembly module, ready to be instantiated.
///
/// A module is a handle: clones are the same module. It holds no state of running code, so it can be
/// instantiated any number of times, in any stores and threads of its engine.
///
/// # Examples
/// ```
/// # fn main() -> wasmote::Result<()> {
/// use wasmote::{Engine, Module};
///
/// let engine = Engine::default();
/// let module = Module::new(&engine, r#"(module (func (export "run")))"#)?;
/// assert_eq!(module.exports().next().unwrap().name(), "run");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Module {
    inner: Arc<ModuleInner>,
}

struct ModuleInner {
    /// The identity of the module in the process.
    id: u64,
    engine: Engine,
    code: Arc<ModuleCode>,
    /// Keeps the canonical types of the module registered.
    types: ModuleTypes,
    externs: Externs,
    tables: Box<[TableType]>,
    memories: Box<[MemoryType]>,
    globals: Box<[wasmparser::GlobalType]>,
    imported_tables: usize,
    imported_memories: usize,
    /// Initial elements of the tables that the module defines.
    table_inits: Box<[Option<ConstExpr>]>,
    /// Initial values of the globals that the module defines.
    global_inits: Box<[ConstExpr]>,
    elems: Box<[Elem]>,
    active_elems: Box<[Active]>,
    active_data: Box<[Active]>,
    start: Option<u32>,
    /// Where the body of each function that the module defines lies in the bytes that it was made of.
    bodies: Box<[Range<u32>]>,
    /// What functions are validated with when they are first called; `None` if they are valid.
    unvalidated: Option<ValidatorResources>,
    names: Names,
    #[cfg_attr(not(feature = "addr2line"), expect(dead_code, reason = "it is empty"))]
    debug: DebugSections,
}

/// An index into one of the index spaces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Item {
    Func(u32),
    Table(u32),
    Memory(u32),
    Global(u32),
    Tag(u32),
}

impl Module {
    /// Makes a module from its bytes, or from the text format with the feature `wat`.
    ///
    /// # Errors
    /// If the module is not valid, with the offset of what is wrong; if it uses a feature that
    /// the engine does not support; if it exceeds a limit of this implementation.
    ///
    /// What of that is found out here and what when a function is first called depends on the
    /// engine's [`CompilationMode`](crate::CompilationMode).
    pub fn new(engine: &Engine, bytes: impl AsRef<[u8]>) -> Result<Module> {
        let bytes = bytes.as_ref();
        #[cfg(feature = "wat")]
        let bytes = &*wat::parse_bytes(bytes)?;
        Module::from_binary(engine, bytes)
    }

    /// Makes a module from the binary format.
    ///
    /// # Errors
    /// As [`Module::new`].
    pub fn from_binary(engine: &Engine, bytes: &[u8]) -> Result<Module> {
        parse::module(engine, bytes)
    }

    /// Makes a module from a file in the binary format, or the text format with the feature `wat`.
    ///
    /// # Errors
    /// If the file cannot be read, and as [`Module::new`].
    #[cfg(feature = "std")]
    pub fn from_file(engine: &Engine, file: impl AsRef<std::path::Path>) -> Result<Module> {
        CodeBuilder::new(engine).wasm_binary_or_text_file(file.as_ref())?.compile_module()
    }

    /// Checks that `bytes` are a valid module in the binary format, without making one.
    ///
    /// # Errors
    /// If it is not valid, or uses features that the engine does not support. That concerns all of it,
    /// whatever the engine's [`CompilationMode`](crate::CompilationMode).
    pub fn validate(engine: &Engine, bytes: &[u8]) -> Result<()> {
        parse::validate(engine, bytes)
    }

    /// The name of the module in its name section.
    pub fn name(&self) -> Option<&str> {
        self.inner.names.module(self.bytes())
    }

    /// The imports in the order of the module, which is the order that
    /// [`Instance::new`](crate::Instance::new) wants the items in.
    ///
    /// # Examples
    /// ```
    /// # fn main() -> wasmote::Result<()> {
    /// use wasmote::{Engine, Module};
    ///
    /// let module = Module::new(&Engine::default(), r#"(module (import "a" "b" (memory 1)))"#)?;
    /// let import = module.imports().next().unwrap();
    /// assert_eq!((import.module(), import.name()), ("a", "b"));
    /// assert_eq!(import.ty().unwrap_memory().minimum(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn imports<'m>(&'m self) -> impl ExactSizeIterator<Item = ImportType<'m>> + 'm {
        let imports = self.inner.externs.imports(self.bytes());
        imports.map(|(module, name, item)| ImportType::new(module, name, self.item_type(item)))
    }

    /// The exports in the order of the module.
    pub fn exports<'m>(&'m self) -> impl ExactSizeIterator<Item = ExportType<'m>> + 'm {
        let exports = self.inner.externs.exports(self.bytes());
        exports.map(|(name, item)| ExportType::new(name, self.item_type(item)))
    }

    /// The type of the export of this name.
    pub fn get_export(&self, name: &str) -> Option<ExternType> {
        Some(self.item_type(self.find_export(name)?))
    }

    /// The export of this name in a form with which instances of this module find it without
    /// comparing strings.
    pub fn get_export_index(&self, name: &str) -> Option<ModuleExport> {
        let export = self.inner.externs.find(name, self.bytes())?;
        Some(ModuleExport { module: self.inner.id, export })
    }

    /// The engine of this module.
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// Whether both are the same module, and not only modules made of the same bytes.
    pub fn same(a: &Module, b: &Module) -> bool {
        Arc::ptr_eq(&a.inner, &b.inner)
    }

    /// What an instance of this module needs besides its imports.
    ///
    /// # Examples
    /// ```
    /// # fn main() -> wasmote::Result<()> {
    /// use wasmote::{Engine, Module};
    ///
    /// let module = Module::new(&Engine::default(), "(module (memory 3) (table 10 funcref))")?;
    /// let required = module.resources_required();
    /// assert_eq!((required.num_memories, required.max_initial_memory_size), (1, Some(3)));
    /// assert_eq!((required.num_tables, required.max_initial_table_size), (1, Some(10)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn resources_required(&self) -> ResourcesRequired {
        let (tables, memories) = (self.defined_tables(), self.defined_memories());
        ResourcesRequired {
            num_memories: memories.len() as u32,
            max_initial_memory_size: memories.iter().map(MemoryType::minimum).max(),
            num_tables: tables.len() as u32,
            max_initial_table_size: tables.iter().map(TableType::minimum).max(),
        }
    }

    // What the rest of the crate looks at.

    /// The identity of the module in the process.
    #[cfg(any(feature = "coredump", feature = "profiling"))]
    pub(crate) fn id(&self) -> u64 {
        self.inner.id
    }

    /// The code, for the machine.
    pub(crate) fn code(&self) -> &Arc<ModuleCode> {
        &self.inner.code
    }

    /// The item that an index obtained from [`Module::get_export_index`] stands for.
    pub(crate) fn export_item(&self, export: &ModuleExport) -> Option<Item> {
        if export.module != self.inner.id {
            return None;
        }
        Some(self.export_at(export.export as usize)?.1)
    }

    /// The exported item of this name.
    pub(crate) fn find_export(&self, name: &str) -> Option<Item> {
        let index = self.inner.externs.find(name, self.bytes())?;
        Some(self.export_at(index as usize)?.1)
    }

    /// Export number `index`.
    pub(crate) fn export_at(&self, index: usize) -> Option<(&str, Item)> {
        self.inner.externs.export(index, self.bytes())
    }

    /// The type of an item.
    fn item_type(&self, item: Item) -> ExternType {
        match item {
            Item::Func(index) => {
                let ty = self.inner.code.info().funcs[index as usize];
                ExternType::Func(self.inner.types.func_type(ty))
            }
            Item::Table(index) => ExternType::Table(self.inner.tables[index as usize].clone()),
            Item::Memory(index) => ExternType::Memory(self.inner.memories[index as usize].clone()),
            Item::Global(index) => ExternType::Global(self.global_type(index)),
            Item::Tag(index) => {
                let ty = self.inner.code.info().tags[index as usize];
                ExternType::Tag(TagType::new(self.inner.types.func_type(ty)))
            }
        }
    }

    /// The type of a global.
    pub(crate) fn global_type(&self, index: u32) -> GlobalType {
        self.inner.types.global_type(&self.inner.globals[index as usize])
    }

    /// The types of the tables that the module defines.
    pub(crate) fn defined_tables(&self) -> &[TableType] {
        &self.inner.tables[self.inner.imported_tables..]
    }

    /// The types of the memories that the module defines.
    pub(crate) fn defined_memories(&self) -> &[MemoryType] {
        &self.inner.memories[self.inner.imported_memories..]
    }

    /// The initial elements, if not null, of the tables that the module defines, with the indices of these.
    pub(crate) fn table_inits(&self) -> impl Iterator<Item = (u32, ConstExpr)> {
        let inits = (self.inner.imported_tables as u32..).zip(&self.inner.table_inits);
        inits.filter_map(|(index, init)| Some((index, (*init)?)))
    }

    /// The initial values of the globals that the module defines, with their indices.
    pub(crate) fn global_inits(&self) -> impl Iterator<Item = (u32, ConstExpr)> {
        (self.inner.code.info().imported_globals..).zip(self.inner.global_inits.iter().copied())
    }

    /// The value of a constant expression of the module in an instance whose imports, and whose globals before the one
    /// that is initialized, are in place.
    pub(crate) fn eval(
        &self,
        expr: ConstExpr,
        machine: &mut Machine,
        instance: InstanceId,
    ) -> Result<[u64; 2], NoRoom> {
        expr.eval(self.bytes(), machine, instance)
    }

    /// How many operators a constant expression of the module has.
    pub(crate) fn operators(&self, expr: ConstExpr) -> u64 {
        expr.operators(self.bytes())
    }

    /// Whether a constant expression of the module is nothing but a number or a vector.
    pub(crate) fn is_number(&self, expr: ConstExpr) -> bool {
        expr.is_number(self.bytes())
    }

    /// The value of a constant expression of the module that is a number.
    pub(crate) fn constant(&self, expr: ConstExpr) -> Option<u64> {
        expr.constant(self.bytes())
    }

    /// How many operators the items of an element segment have, if they are expressions.
    pub(crate) fn item_operators(&self, elem: &Elem) -> u64 {
        self.items(elem).operators(elem.len())
    }

    /// The type of a table, if the module defines it.
    pub(crate) fn defined_table(&self, index: u32) -> Option<&TableType> {
        self.defined_tables().get((index as usize).checked_sub(self.inner.imported_tables)?)
    }

    /// How many memories the module imports.
    pub(crate) fn imported_memories(&self) -> usize {
        self.inner.imported_memories
    }

    /// The bytes of a data segment.
    pub(crate) fn data(&self, segment: u32) -> &[u8] {
        let range = self.code().data()[segment as usize].clone();
        &self.bytes()[range.start as usize..range.end as usize]
    }

    /// The element segments.
    pub(crate) fn elems(&self) -> &[Elem] {
        &self.inner.elems
    }

    /// The items of an element segment of the module.
    pub(crate) fn items(&self, elem: &Elem) -> Items<'_> {
        Items::new(elem, self.bytes())
    }

    /// The element segments that are copied to tables at instantiation.
    pub(crate) fn active_elems(&self) -> &[Active] {
        &self.inner.active_elems
    }

    /// The data segments that are copied to memories at instantiation.
    pub(crate) fn active_data(&self) -> &[Active] {
        &self.inner.active_data
    }

    /// The bytes, as far as they are kept.
    fn bytes(&self) -> &[u8] {
        self.inner.code.bytes()
    }

    /// The start function.
    pub(crate) fn start(&self) -> Option<u32> {
        self.inner.start
    }

    /// The name of a function in the name section.
    pub(crate) fn func_name(&self, index: u32) -> Option<&str> {
        self.inner.names.func(index, self.bytes())
    }

    /// Whether debug information of the module is kept.
    #[cfg(feature = "addr2line")]
    pub(crate) fn has_debug_info(&self) -> bool {
        self.inner.debug.is_kept()
    }

    /// Whether debug information of the module is not kept, and would be in another environment.
    #[cfg(feature = "addr2line")]
    pub(crate) fn lacks_debug_info(&self) -> bool {
        self.inner.debug.is_left_out()
    }

    /// What the module's debug information says of instructions, whose offsets in its bytes these are.
    #[cfg(feature = "addr2line")]
    pub(crate) fn symbols(&self, offsets: &[usize]) -> Vec<Box<[crate::FrameSymbol]>> {
        self.inner.debug.look_up(offsets)
    }

    /// Where the body of a function that the module defines lies in its bytes.
    pub(crate) fn func_body(&self, index: u32) -> Option<Range<usize>> {
        let defined = index.checked_sub(self.inner.code.info().imported_funcs)?;
        let body = self.inner.bodies.get(defined as usize)?;
        Some(body.start as usize..body.end as usize)
    }
}

/// The error of a function that could not be translated.
fn translation_error(error: TranslateError) -> Error {
    match error {
        TranslateError::Invalid(error) => error.into(),
        TranslateError::Limit(offset, what) => format_err!("{what} (at offset {offset:#x})"),
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module").field("name", &self.name()).finish_non_exhaustive()
    }
}

/// An export of a module, found by [`Module::get_export_index`].
///
/// Instances of that module find the item with
/// [`Instance::get_module_export`](crate::Instance::get_module_export) without looking at names; for
/// instances of other modules it stands for nothing.
///
/// # Examples
/// ```
/// use wasmote::{Engine, Instance, Module, Store};
///
/// let engine = Engine::default();
/// let module = Module::new(&engine, r#"(module (func (export "run") (result i32) i32.const 7))"#)?;
/// let run = module.get_export_index("run").unwrap(); // once
/// for _ in 0..3 {
///     let mut store = Store::new(&engine, ());
///     let instance = Instance::new(&mut store, &module, &[])?;
///     let run = instance.get_module_export(&mut store, &run).unwrap().into_func().unwrap();
///     assert_eq!(run.typed::<(), i32>(&store)?.call(&mut store, ())?, 7);
/// }
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ModuleExport {
    module: u64,
    export: u32,
}

/// What an instance of a module needs; from [`Module::resources_required`].
///
/// # Examples
/// ```
/// use wasmote::{Engine, Module};
///
/// let module = Module::new(&Engine::default(), "(module (memory 2) (memory 1) (table 5 funcref))")?;
/// let required = module.resources_required();
/// assert_eq!((required.num_memories, required.max_initial_memory_size), (2, Some(2)));
/// assert_eq!((required.num_tables, required.max_initial_table_size), (1, Some(5)));
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourcesRequired {
    /// How many memories it defines.
    pub num_memories: u32,
    /// The largest initial size of these, in pages.
    pub max_initial_memory_size: Option<u64>,
    /// How many tables it defines.
    pub num_tables: u32,
    /// The largest initial size of these, in elements.
    pub max_initial_table_size: Option<u64>,
}

/// The size of a module is bounded so that offsets fit into 32 bits.
fn check_size(bytes: &[u8]) -> Result<()> {
    ensure!(u32::try_from(bytes.len()).is_ok(), "a module must be smaller than 4 GiB");
    Ok(())
}

#[cfg(all(test, feature = "wat"))]
mod tests;
