//! From payloads to a module. The bodies of functions are only noted while the code section is read, and compiled all
//! together at its end.

use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;
use core::ops::Range;

use wasmote_interp::{
    Kind, MemoryInfo, ModuleCode, ModuleInfo, Options, TableInfo, TranslateError,
};
use wasmparser::{DataKind, ElementItems, ExternalKind, Payload, TableInit, TypeRef};

use super::compile::{Bodies, Failure, Job};
use super::payloads::Payloads;
use super::{
    Active, ConstExpr, DebugSections, Elem, Externs, Item, Module, ModuleInner, Names, check_size,
    translation_error,
};
use crate::error::Context as _;
use crate::types::ModuleTypes;
use crate::unique::unique;
use crate::{CompilationMode, Engine, Error, MemoryType, Result, TableType, bail, format_err};

/// Errs unless the bytes are a valid module.
pub(super) fn validate(engine: &Engine, bytes: &[u8]) -> Result<()> {
    check_size(bytes)?;
    let mut payloads = Payloads::new(engine, bytes);
    let mut bodies = Bodies::default();
    while let Some(payload) = payloads.next(&mut bodies) {
        let bodies = mem::take(&mut bodies);
        let job = Job { engine: engine.clone(), bodies, code: None };
        run(job, bytes).map_err(|failure| translation_error(failure.reason))?;
        payload?;
    }
    Ok(())
}

/// Does a job, by several threads if that is worth while.
fn run(job: Job, bytes: &[u8]) -> Result<Job, Failure> {
    #[cfg(feature = "parallel-compilation")]
    if let Some(helpers) = super::share::helpers(&job) {
        return super::share::run(job, bytes, helpers);
    }
    job.run(bytes)
}

/// Validates a module and translates it, as far as the mode of the engine says.
pub(super) fn module(engine: &Engine, bytes: &[u8]) -> Result<Module> {
    engine.config().ensure_compiler()?;
    check_size(bytes)?;
    let mut payloads = Payloads::new(engine, bytes);
    let mut builder = Builder::new(engine);
    while let Some(payload) = payloads.next(&mut builder.bodies) {
        // An error in the code section comes before those in what follows it.
        builder.compile(bytes)?;
        let done = payload.and_then(|payload| builder.payload(payload, bytes));
        done.context("failed to parse WebAssembly module")?;
    }
    Ok(builder.finish(bytes))
}

/// The error of a module one of whose functions cannot be used.
#[cold]
fn unusable(bytes: &[u8], index: u32, reason: TranslateError) -> Error {
    let name =
        Names::of_module(bytes).func(index, bytes).map(|name| format!("::{}", name.escape_debug()));
    let error = match reason {
        TranslateError::Invalid(error) => {
            let (message, offset) = (error.message(), error.offset());
            format_err!("Invalid input WebAssembly code at offset {offset}: {message}")
        }
        limit => translation_error(limit),
    };
    error.context("WebAssembly translation error").context(format!(
        "failed to compile: wasm[0]::function[{index}]{}",
        name.unwrap_or_default()
    ))
}

/// A module as far as it was read.
struct Builder {
    engine: Engine,
    types: ModuleTypes,
    /// As far as it is not in `code`.
    info: ModuleInfo,
    externs: Externs,
    tables: Vec<TableType>,
    memories: Vec<MemoryType>,
    globals: Vec<wasmparser::GlobalType>,
    imported_tables: usize,
    imported_memories: usize,
    table_inits: Vec<Option<ConstExpr>>,
    global_inits: Vec<ConstExpr>,
    elems: Vec<Elem>,
    active_elems: Vec<Active>,
    active_data: Vec<Active>,
    start: Option<u32>,
    bodies: Bodies,
    /// With every function, once they are translated.
    code: Option<ModuleCode>,
    /// Where the data segments lie in the bytes that are kept.
    data: Vec<Range<u32>>,
    compiled: bool,
    /// Where the last section ends that is not a custom one.
    end: usize,
    names: Names,
    debug: DebugSections,
}

impl Builder {
    fn new(engine: &Engine) -> Builder {
        let options = Options {
            no_address_map: !engine.config().get_generate_address_map(),
            consume_fuel: engine.config().get_consume_fuel(),
            epoch_interruption: engine.config().get_epoch_interruption(),
            operator_cost: engine.config().get_operator_cost().cloned(),
            charge_locals: engine.config().get_charge_locals(),
            canonical_nans: engine.config().get_nan_canonicalization(),
            relaxed_simd_deterministic: engine.config().get_relaxed_simd_deterministic(),
        };
        Builder {
            engine: engine.clone(),
            types: ModuleTypes::new(engine),
            info: ModuleInfo { options, ..ModuleInfo::default() },
            externs: Externs::default(),
            tables: Vec::new(),
            memories: Vec::new(),
            globals: Vec::new(),
            imported_tables: 0,
            imported_memories: 0,
            table_inits: Vec::new(),
            global_inits: Vec::new(),
            elems: Vec::new(),
            active_elems: Vec::new(),
            active_data: Vec::new(),
            start: None,
            bodies: Bodies::default(),
            code: None,
            data: Vec::new(),
            compiled: false,
            end: 0,
            names: Names::default(),
            debug: DebugSections::default(),
        }
    }

    /// Validates and translates the functions read so far, once there are some and as far as the mode says.
    fn compile(&mut self, bytes: &[u8]) -> Result<()> {
        if self.compiled || self.bodies.ranges.is_empty() {
            return Ok(());
        }
        self.compiled = true;
        let code = match self.engine.config().get_compilation_mode() {
            CompilationMode::Eager => Some(ModuleCode::new(mem::take(&mut self.info))),
            CompilationMode::LazyTranslation => None,
            CompilationMode::Lazy => return Ok(()),
        };
        let bodies = mem::take(&mut self.bodies);
        let first = bodies.first;
        let job = run(Job { engine: self.engine.clone(), bodies, code }, bytes)
            .map_err(|Failure { at, reason }| unusable(bytes, first + at as u32, reason))?;
        (self.bodies, self.code) = (job.bodies, job.code);
        self.bodies.resources = None;
        Ok(())
    }

    /// Takes over what the validator has accepted, so that each section has as many items as it says. `bytes` are those of
    /// the whole module.
    fn payload(&mut self, payload: Payload<'_>, bytes: &[u8]) -> Result<()> {
        if let Some((1.., range)) = payload.as_section() {
            self.end = range.end as usize;
        }
        match payload {
            Payload::CodeSectionStart { unchecked_range, .. } => {
                self.debug.code_section(unchecked_range.start);
            }
            Payload::TypeSection(section) => {
                for group in section {
                    self.types.add_group(&group?)?;
                }
                self.info.types = self.types.finish();
            }
            Payload::ImportSection(section) => {
                self.externs.reserve_imports(section.count() as usize);
                for import in section.into_imports() {
                    self.import(import?, bytes)?;
                }
            }
            Payload::FunctionSection(section) => {
                self.info.funcs.reserve_exact(section.count() as usize);
                self.bodies.ranges.reserve_exact(section.count() as usize);
                for ty in section {
                    self.info.funcs.push(ty?);
                }
            }
            Payload::TableSection(section) => self.tables(section)?,
            Payload::MemorySection(section) => {
                self.info.memories.reserve_exact(section.count() as usize);
                self.memories.reserve_exact(section.count() as usize);
                for ty in section {
                    self.add_memory(ty?);
                }
            }
            Payload::TagSection(section) => {
                self.info.tags.reserve_exact(section.count() as usize);
                for ty in section {
                    self.info.tags.push(ty?.func_type_idx);
                }
            }
            Payload::GlobalSection(section) => self.globals(section, bytes)?,
            Payload::ExportSection(section) => self.exports(section, bytes)?,
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(section) => {
                self.elems.reserve_exact(section.count() as usize);
                for (segment, elem) in (0..).zip(section) {
                    let elem = elem?;
                    self.info.elems.push(match &elem.items {
                        ElementItems::Functions(_) => Kind::Func,
                        ElementItems::Expressions(ty, _) => {
                            self.types.kind(wasmparser::ValType::Ref(*ty))
                        }
                    });
                    let (elem, active) = Elem::parse(&elem, segment)?;
                    self.elems.push(elem);
                    self.active_elems.extend(active);
                }
            }
            // The code comes before the data, and says which of the segments it means.
            Payload::DataCountSection { count, .. } => {
                self.info.data = count;
            }
            Payload::DataSection(section) => self.data_segments(section)?,
            Payload::CustomSection(section) if section.name() == "name" => {
                self.names.add_section(section.data_offset(), section.data().len());
            }
            Payload::CustomSection(section) if section.name().starts_with(".debug_") => {
                self.debug.add_section(&self.engine, section.name(), section.data());
            }
            _ => {}
        }
        Ok(())
    }

    /// Takes over tables, and what their elements are at first.
    fn tables(&mut self, section: wasmparser::TableSectionReader<'_>) -> Result<()> {
        self.info.tables.reserve_exact(section.count() as usize);
        self.tables.reserve_exact(section.count() as usize);
        self.table_inits.reserve_exact(section.count() as usize);
        for table in section {
            let table = table?;
            self.add_table(table.ty);
            self.table_inits.push(match table.init {
                TableInit::RefNull => None,
                TableInit::Expr(expr) => Some(ConstExpr::parse(&expr, 0)?),
            });
        }
        Ok(())
    }

    /// Takes over globals, and what they are at first.
    fn globals(
        &mut self,
        section: wasmparser::GlobalSectionReader<'_>,
        bytes: &[u8],
    ) -> Result<()> {
        self.info.globals.reserve_exact(section.count() as usize);
        self.globals.reserve_exact(section.count() as usize);
        self.global_inits.reserve_exact(section.count() as usize);
        for global in section {
            let global = global?;
            let init = ConstExpr::parse(&global.init_expr, 0)?;
            self.global_inits.push(init);
            if !global.ty.mutable
                && let Some(value) = init.constant(bytes)
            {
                let halves = [value as u32, (value >> 32) as u32];
                self.info.constants.push((self.globals.len() as u32, halves));
            }
            self.add_global(global.ty);
        }
        self.info.constants.shrink_to_fit();
        Ok(())
    }

    /// Takes over exports.
    fn exports(
        &mut self,
        section: wasmparser::ExportSectionReader<'_>,
        bytes: &[u8],
    ) -> Result<()> {
        self.externs.reserve_exports(section.count() as usize);
        for export in section {
            let export = export?;
            let item = match export.kind {
                ExternalKind::Func => Item::Func(export.index),
                ExternalKind::Table => Item::Table(export.index),
                ExternalKind::Memory => Item::Memory(export.index),
                ExternalKind::Global => Item::Global(export.index),
                ExternalKind::Tag => Item::Tag(export.index),
                kind => bail!("exports of kind {kind:?} are not supported"),
            };
            self.externs.add_export(export.name, item, bytes);
        }
        Ok(())
    }

    /// Takes over data segments.
    fn data_segments(&mut self, section: wasmparser::DataSectionReader<'_>) -> Result<()> {
        self.data.reserve_exact(section.count() as usize);
        // Data comes after code.
        let left_out = self.left_out();
        let left_out = left_out.end - left_out.start;
        for (segment, data) in (0..).zip(section) {
            let data = data?;
            let end = data.range.end as u32 - left_out;
            self.data.push(end - data.data.len() as u32..end);
            if let DataKind::Active { memory_index: target, offset_expr } = data.kind {
                let offset = ConstExpr::parse(&offset_expr, left_out)?;
                self.active_data.push(Active { segment, target, offset });
            }
        }
        Ok(())
    }

    fn import(&mut self, import: wasmparser::Import<'_>, bytes: &[u8]) -> Result<()> {
        let item = match import.ty {
            TypeRef::Func(ty) => {
                self.info.funcs.push(ty);
                self.info.imported_funcs += 1;
                Item::Func(self.info.imported_funcs - 1)
            }
            TypeRef::Table(ty) => {
                self.add_table(ty);
                self.imported_tables += 1;
                Item::Table(self.imported_tables as u32 - 1)
            }
            TypeRef::Memory(ty) => {
                self.add_memory(ty);
                self.imported_memories += 1;
                Item::Memory(self.imported_memories as u32 - 1)
            }
            TypeRef::Global(ty) => {
                self.add_global(ty);
                self.info.imported_globals += 1;
                Item::Global(self.info.imported_globals - 1)
            }
            TypeRef::Tag(ty) => {
                self.info.tags.push(ty.func_type_idx);
                self.info.imported_tags += 1;
                Item::Tag(self.info.imported_tags - 1)
            }
            other => bail!("imports of kind {other:?} are not supported"),
        };
        self.externs.add_import(import.module, import.name, item, bytes);
        Ok(())
    }

    fn add_table(&mut self, ty: wasmparser::TableType) {
        self.info.tables.push(TableInfo {
            is64: ty.table64,
            element: self.types.kind(wasmparser::ValType::Ref(ty.element_type)),
        });
        self.tables.push(self.types.table_type(&ty));
    }

    fn add_memory(&mut self, ty: wasmparser::MemoryType) {
        self.info.memories.push(MemoryInfo {
            is64: ty.memory64,
            page_size_log2: ty.page_size_log2.unwrap_or(16) as u8,
            max_bytes: max_bytes(&ty),
            shared: ty.shared,
        });
        self.memories.push(self.types.memory_type(&ty));
    }

    fn add_global(&mut self, ty: wasmparser::GlobalType) {
        self.info.globals.push(self.types.kind(ty.content_type));
        self.globals.push(ty);
    }

    /// Where those bytes of the module lie that are not kept: the bodies, if they were translated.
    fn left_out(&self) -> Range<u32> {
        let bodies = self.code.as_ref().map_or(0..0, |_| self.bodies.span());
        bodies.start as u32..bodies.end as u32
    }

    /// The module's code with a copy of what is still needed of its bytes.
    fn code(&mut self, bytes: &[u8]) -> ModuleCode {
        let left_out = self.left_out();
        let mut code =
            self.code.take().unwrap_or_else(|| ModuleCode::new(mem::take(&mut self.info)));
        let (start, end) = (left_out.start as usize, left_out.end as usize);
        let names = self.names.section();
        // The custom sections at the end are all that is left out besides, and of those not that of the names.
        let (mut kept, mut len) = ([&bytes[..start], &bytes[end..self.end.max(end)], &[]], 0);
        if names.start >= self.end {
            kept[2] = &bytes[names.clone()];
            len = names.len();
        }
        let kept = kept.concat();
        let place = match names.start {
            at if at >= self.end => kept.len() - len,
            at if at >= end => at - (end - start),
            at => at,
        };
        self.names.move_to(place);
        code.set_bytes(kept.into(), mem::take(&mut self.data).into());
        code
    }

    fn finish(mut self, bytes: &[u8]) -> Module {
        let code = self.code(bytes);
        self.externs.sort(code.bytes());
        let inner = ModuleInner {
            id: unique(),
            engine: self.engine,
            code: Arc::new(code),
            types: self.types,
            externs: self.externs,
            tables: self.tables.into(),
            memories: self.memories.into(),
            globals: self.globals.into(),
            imported_tables: self.imported_tables,
            imported_memories: self.imported_memories,
            table_inits: self.table_inits.into(),
            global_inits: self.global_inits.into(),
            elems: self.elems.into(),
            active_elems: self.active_elems.into(),
            active_data: self.active_data.into(),
            start: self.start,
            bodies: self.bodies.ranges.into(),
            unvalidated: self.bodies.resources,
            names: self.names,
            debug: self.debug,
        };
        Module { inner: Arc::new(inner) }
    }
}

/// How many bytes a memory may have at most.
fn max_bytes(ty: &wasmparser::MemoryType) -> u128 {
    let by_index = if ty.memory64 { 1 << 64 } else { 1 << 32 };
    let page_size_log2 = ty.page_size_log2.unwrap_or(16);
    ty.maximum.map_or(by_index, |pages| by_index.min(u128::from(pages) << page_size_log2))
}
