//! Puts modules together to one: the large guest, whose code is that of real programs.

use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, ExportKind, ExportSection,
    FunctionSection, GlobalSection, MemorySection, MemoryType, Module, RefType, TableSection,
    TableType, TypeSection,
};
use wasmparser::{Data, DataKind, Operator, Parser, Payload};

/// Moves the indices of one module behind those of the modules before it. They have the memory and the table in common.
#[derive(Clone, Copy, Default)]
struct Shift {
    types: u32,
    functions: u32,
    globals: u32,
}

impl Reencode for Shift {
    type Error = std::convert::Infallible;

    fn type_index(&mut self, index: u32) -> Result<u32, Error<Self::Error>> {
        Ok(self.types + index)
    }

    fn function_index(&mut self, index: u32) -> Result<u32, Error<Self::Error>> {
        Ok(self.functions + index)
    }

    fn global_index(&mut self, index: u32) -> Result<u32, Error<Self::Error>> {
        Ok(self.globals + index)
    }
}

/// One module with everything that is in `modules`, all over again until with `last` it has `size` bytes, and with the
/// `run` of `last`, which finds its memory as in its own module. The code of the others is never called.
///
/// The modules import nothing, have no start function, one memory and at most one table.
pub(crate) fn link(modules: &[Vec<u8>], last: &[u8], size: usize) -> Vec<u8> {
    let mut linked = Linked { base: pages(last), ..Linked::default() };
    for wasm in modules.iter().cycle() {
        if linked.size + last.len() >= size {
            break;
        }
        linked.add(wasm).expect("the guests are valid");
    }
    linked.base = 0;
    linked.add(last).expect("the guests are valid");
    linked.finish()
}

/// The pages of the memory of `wasm`.
fn pages(wasm: &[u8]) -> u64 {
    let memories = Parser::new(0).parse_all(wasm).filter_map(|payload| match payload {
        Ok(Payload::MemorySection(section)) => section.into_iter().next()?.ok(),
        _ => None,
    });
    memories.map(|memory| memory.initial).sum()
}

#[derive(Default)]
struct Linked {
    shift: Shift,
    size: usize,
    /// The page at which the memory of the next module begins.
    base: u64,
    pages: u64,
    slots: u64,
    run: u32,
    types: TypeSection,
    functions: FunctionSection,
    globals: GlobalSection,
    elements: ElementSection,
    code: CodeSection,
    data: DataSection,
}

impl Linked {
    fn add(&mut self, wasm: &[u8]) -> Result<(), Error<std::convert::Infallible>> {
        self.size += wasm.len();
        let mut shift = self.shift;
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::TypeSection(section) => {
                    utils::parse_type_section(&mut shift, &mut self.types, section)?;
                }
                Payload::ImportSection(_) | Payload::StartSection { .. } => {
                    panic!("a guest that can be linked has no imports and no start function")
                }
                Payload::FunctionSection(section) => {
                    self.shift.functions += section.count();
                    utils::parse_function_section(&mut shift, &mut self.functions, section)?;
                }
                Payload::TableSection(section) => {
                    for table in section {
                        self.slots = self.slots.max(table?.ty.initial);
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        self.pages = self.pages.max(self.base + memory?.initial);
                    }
                }
                Payload::GlobalSection(section) => {
                    self.shift.globals += section.count();
                    utils::parse_global_section(&mut shift, &mut self.globals, section)?;
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if export.name == "run" {
                            self.run = shift.function_index(export.index)?;
                        }
                    }
                }
                Payload::ElementSection(section) => {
                    utils::parse_element_section(&mut shift, &mut self.elements, section)?;
                }
                Payload::DataSection(section) => {
                    for segment in section {
                        self.add_segment(segment?)?;
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    utils::parse_function_body(&mut shift, &mut self.code, body)?;
                }
                _ => {}
            }
        }
        self.shift.types = self.types.len();
        Ok(())
    }

    fn add_segment(&mut self, segment: Data<'_>) -> Result<(), Error<std::convert::Infallible>> {
        let bytes = segment.data.iter().copied();
        match segment.kind {
            DataKind::Passive => self.data.passive(bytes),
            DataKind::Active { memory_index, offset_expr } => {
                let Operator::I32Const { value } = offset_expr.get_operators_reader().read()?
                else {
                    panic!("the segments of a guest that can be linked have constant offsets");
                };
                let offset = value.cast_unsigned() + self.base as u32 * 0x1_0000;
                self.data.active(memory_index, &ConstExpr::i32_const(offset.cast_signed()), bytes)
            }
        };
        Ok(())
    }

    fn finish(self) -> Vec<u8> {
        let mut tables = TableSection::new();
        tables.table(TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: self.slots,
            maximum: Some(self.slots),
            shared: false,
        });
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: self.pages,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut exports = ExportSection::new();
        exports.export("run", ExportKind::Func, self.run);
        let mut module = Module::new();
        module
            .section(&self.types)
            .section(&self.functions)
            .section(&tables)
            .section(&memories)
            .section(&self.globals)
            .section(&exports)
            .section(&self.elements)
            .section(&self.code)
            .section(&self.data);
        module.finish()
    }
}
