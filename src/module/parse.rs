//! From payloads to a module. The bodies of functions are only noted while the code section is read, and compiled all
//! together at its end.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;
use core::ops::Range;

use wasmote_interp::{GlobalInfo, Kind, MemoryInfo, ModuleCode, ModuleInfo, Options, TableInfo};
use wasmparser::{DataKind, ElementItems, ElementKind, ExternalKind, Payload, TableInit, TypeRef};

use super::compile::{Bodies, Job};
use super::payloads::Payloads;
use super::{
    ConstExpr, Data, Elem, ElemItems, ElemMode, Externs, Item, Module, ModuleInner, Names,
    check_size,
};
use crate::types::ModuleTypes;
use crate::unique::unique;
use crate::{CompilationMode, Engine, GlobalType, MemoryType, Result, TableType, bail};

/// Errs unless the bytes are a valid module.
pub(super) fn validate(engine: &Engine, bytes: &[u8]) -> Result<()> {
    check_size(bytes)?;
    let mut payloads = Payloads::new(engine, bytes);
    let mut bodies = Bodies::default();
    while let Some(payload) = payloads.next(&mut bodies) {
        let bodies = mem::take(&mut bodies);
        let job = Job { engine: engine.clone(), bodies, code: None };
        job.run(bytes)?;
        payload?;
    }
    Ok(())
}

/// Validates a module and translates it, as far as the mode of the engine says.
pub(super) fn module(engine: &Engine, bytes: &[u8]) -> Result<Module> {
    check_size(bytes)?;
    let mut payloads = Payloads::new(engine, bytes);
    let mut builder = Builder::new(engine);
    while let Some(payload) = payloads.next(&mut builder.bodies) {
        // An error in the code section comes before those in what follows it.
        builder.compile(bytes)?;
        builder.payload(payload?)?;
    }
    Ok(builder.finish(bytes))
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
    globals: Vec<GlobalType>,
    imported_tables: usize,
    imported_memories: usize,
    table_inits: Vec<Option<ConstExpr>>,
    global_inits: Vec<ConstExpr>,
    elems: Vec<Elem>,
    data: Vec<Data>,
    start: Option<u32>,
    bodies: Bodies,
    /// With every function, once they are translated.
    code: Option<ModuleCode>,
    /// Where the bytes of the data segments lie.
    data_ranges: Vec<Range<usize>>,
    compiled: bool,
    names: Names,
}

impl Builder {
    fn new(engine: &Engine) -> Builder {
        let options = Options {
            no_address_map: !engine.config().get_address_map(),
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
            data: Vec::new(),
            start: None,
            bodies: Bodies::default(),
            code: None,
            data_ranges: Vec::new(),
            compiled: false,
            names: Names::default(),
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
        let job = Job { engine: self.engine.clone(), bodies, code }.run(bytes)?;
        (self.bodies, self.code) = (job.bodies, job.code);
        self.bodies.resources = None;
        Ok(())
    }

    /// Takes over what the validator has accepted, so that each section has as many items as it says.
    fn payload(&mut self, payload: Payload<'_>) -> Result<()> {
        match payload {
            Payload::TypeSection(section) => {
                self.types.reserve(section.count() as usize);
                for group in section {
                    self.types.add_group(&group?)?;
                }
                self.info.types = self.types.sigs();
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    self.import(import?)?;
                }
            }
            Payload::FunctionSection(section) => {
                self.info.funcs.reserve_exact(section.count() as usize);
                self.bodies.ranges.reserve_exact(section.count() as usize);
                for ty in section {
                    self.info.funcs.push(ty?);
                }
            }
            Payload::TableSection(section) => {
                self.info.tables.reserve_exact(section.count() as usize);
                self.tables.reserve_exact(section.count() as usize);
                self.table_inits.reserve_exact(section.count() as usize);
                for table in section {
                    let table = table?;
                    self.add_table(table.ty);
                    self.table_inits.push(match table.init {
                        TableInit::RefNull => None,
                        TableInit::Expr(expr) => Some(ConstExpr::parse(&expr)?),
                    });
                }
            }
            Payload::MemorySection(section) => {
                self.info.memories.reserve_exact(section.count() as usize);
                self.memories.reserve_exact(section.count() as usize);
                for ty in section {
                    self.add_memory(ty?);
                }
            }
            Payload::GlobalSection(section) => {
                self.info.globals.reserve_exact(section.count() as usize);
                self.globals.reserve_exact(section.count() as usize);
                self.global_inits.reserve_exact(section.count() as usize);
                for global in section {
                    let global = global?;
                    let init = ConstExpr::parse(&global.init_expr)?;
                    self.add_global(global.ty, Some(&init));
                    self.global_inits.push(init);
                }
            }
            Payload::ExportSection(section) => {
                let bytes = section.range().end - section.range().start;
                self.externs.reserve_exports(section.count() as usize, bytes as usize);
                for export in section {
                    let export = export?;
                    let item = match export.kind {
                        ExternalKind::Func => Item::Func(export.index),
                        ExternalKind::Table => Item::Table(export.index),
                        ExternalKind::Memory => Item::Memory(export.index),
                        ExternalKind::Global => Item::Global(export.index),
                        kind => bail!("exports of kind {kind:?} are not supported"),
                    };
                    self.externs.add_export(export.name, item);
                }
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(section) => {
                self.elems.reserve_exact(section.count() as usize);
                for elem in section {
                    self.elems.push(read_elem(elem?)?);
                }
                self.info.elems = self.elems.len() as u32;
            }
            // The code comes before the data, and says which of the segments it means.
            Payload::DataCountSection { count, .. } => {
                self.info.data = count;
            }
            Payload::DataSection(section) => {
                self.data_ranges.reserve_exact(section.count() as usize);
                self.data.reserve_exact(section.count() as usize);
                for data in section {
                    let data = data?;
                    let end = data.range.end as usize;
                    self.data_ranges.push(end - data.data.len()..end);
                    self.data.push(match data.kind {
                        DataKind::Passive => Data::Passive,
                        DataKind::Active { memory_index, offset_expr } => Data::Active {
                            memory: memory_index,
                            offset: ConstExpr::parse(&offset_expr)?,
                        },
                    });
                }
            }
            Payload::CustomSection(section) if section.name() == "name" => {
                self.names.add_section(section.data_offset(), section.data().len());
            }
            _ => {}
        }
        Ok(())
    }

    fn import(&mut self, import: wasmparser::Import<'_>) -> Result<()> {
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
                self.add_global(ty, None);
                self.info.imported_globals += 1;
                Item::Global(self.info.imported_globals - 1)
            }
            other => bail!("imports of kind {other:?} are not supported"),
        };
        self.externs.add_import(import.module, import.name, item);
        Ok(())
    }

    fn add_table(&mut self, ty: wasmparser::TableType) {
        self.info.tables.push(TableInfo { is64: ty.table64 });
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

    /// `init` is the initial value of a global that the module defines.
    fn add_global(&mut self, ty: wasmparser::GlobalType, init: Option<&ConstExpr>) {
        let kind = match ty.content_type {
            wasmparser::ValType::I32 => Kind::I32,
            wasmparser::ValType::I64 => Kind::I64,
            wasmparser::ValType::F32 => Kind::F32,
            wasmparser::ValType::F64 => Kind::F64,
            wasmparser::ValType::V128 => Kind::V128,
            wasmparser::ValType::Ref(_) => Kind::Ref,
        };
        let constant = init.filter(|_| !ty.mutable && kind.slots() == 1).and_then(|i| i.constant());
        self.info.globals.push(GlobalInfo { kind, constant });
        self.globals.push(self.types.global_type(&ty));
    }

    /// The module's code with a copy of what is still needed of its bytes: all but the bodies, if they were translated.
    fn code(&mut self, bytes: &[u8]) -> ModuleCode {
        let (mut code, bodies) = match self.code.take() {
            Some(code) => (code, self.bodies.span()),
            None => (ModuleCode::new(mem::take(&mut self.info)), 0..0),
        };
        let (before, after) = (&bytes[..bodies.start], &bytes[bodies.end..]);
        let mut data = mem::take(&mut self.data_ranges);
        for range in &mut data {
            // Data comes after code.
            *range = range.start - bodies.len()..range.end - bodies.len();
        }
        code.set_bytes([before, after].concat().into(), data);
        self.names.without(&(bodies.start as u32..bodies.end as u32));
        code
    }

    fn finish(mut self, bytes: &[u8]) -> Module {
        let code = self.code(bytes);
        self.externs.sort();
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
            data: self.data.into(),
            start: self.start,
            bodies: self.bodies.ranges.into(),
            unvalidated: self.bodies.resources,
            names: self.names,
        };
        Module { inner: Arc::new(inner) }
    }
}

fn read_elem(elem: wasmparser::Element<'_>) -> Result<Elem> {
    let mode = match elem.kind {
        ElementKind::Passive => ElemMode::Passive,
        ElementKind::Declared => ElemMode::Declared,
        ElementKind::Active { table_index, offset_expr } => ElemMode::Active {
            table: table_index.unwrap_or(0),
            offset: ConstExpr::parse(&offset_expr)?,
        },
    };
    let items = match elem.items {
        ElementItems::Functions(funcs) => {
            ElemItems::Funcs(funcs.into_iter().collect::<Result<_, _>>()?)
        }
        ElementItems::Expressions(_, exprs) => {
            let exprs = exprs.into_iter().map(|expr| ConstExpr::parse(&expr?));
            ElemItems::Exprs(exprs.collect::<Result<_, _>>()?)
        }
    };
    Ok(Elem { mode, items })
}

/// How many bytes a memory may have at most.
fn max_bytes(ty: &wasmparser::MemoryType) -> u128 {
    let by_index = if ty.memory64 { 1 << 64 } else { 1 << 32 };
    let page_size_log2 = ty.page_size_log2.unwrap_or(16);
    ty.maximum.map_or(by_index, |pages| by_index.min(u128::from(pages) << page_size_log2))
}
