//! What the functions of a program have around them: memories, tables, globals, segments, functions to call.

use wasm_encoder::*;

use super::steps::{Signature, signature};
use super::table::Proposals;
use crate::random::Random;

/// The kinds of worlds there are.
pub const WORLDS: usize = 6;
/// Memories, and tables, that there are at most.
pub const PLACES: u32 = 3;

/// A memory.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    pub is_64: bool,
    pub is_shared: bool,
}

const NEAR: Memory = Memory { is_64: false, is_shared: false };
const FAR: Memory = Memory { is_64: true, is_shared: false };
const SHARED: Memory = Memory { is_64: false, is_shared: true };
const BOTH: Memory = Memory { is_64: true, is_shared: true };

/// The memories of a world. Most programs of others have one with 32-bit addresses.
pub fn memories(world: usize) -> &'static [Memory] {
    match world {
        0 => &[NEAR],
        1 => &[NEAR, FAR],
        2 => &[NEAR, NEAR, SHARED],
        3 => &[FAR, NEAR],
        4 => &[SHARED, NEAR],
        _ => &[BOTH, FAR],
    }
}

/// Whether a table has 64-bit indices: 0 and 2 have functions, 1 has other references.
pub fn table_is_64(table: u32) -> bool {
    table == 2
}

/// The element segment that suits a table.
pub fn segment_of(table: u32) -> u32 {
    u32::from(table == 1)
}

/// How many functions are in tables, those of the host included: the first ones.
pub const CALLABLE: usize = 9;
/// The global that counts down how many of them may still be called.
pub const CALLS_LEFT: u32 = (MUTABLE.len() + CONSTANT.len()) as u32;

/// The elements that a table begins with.
pub const ELEMENTS: u64 = 12;

/// The globals: the types of the mutable ones, which come first, and of the constant ones.
pub const MUTABLE: [ValType; 7] = [
    ValType::I32,
    ValType::I64,
    ValType::F32,
    ValType::F64,
    ValType::V128,
    ValType::FUNCREF,
    ValType::EXTERNREF,
];
pub const CONSTANT: [ValType; 5] =
    [ValType::I32, ValType::I64, ValType::F32, ValType::F64, ValType::V128];

/// The functions of the host.
pub fn imports() -> Vec<Signature> {
    vec![
        signature(&[ValType::I32, ValType::I64], &[ValType::I64]),
        signature(&[ValType::F64, ValType::F32], &[ValType::F64, ValType::I32]),
        signature(&[ValType::FUNCREF, ValType::I32, ValType::EXTERNREF], &[ValType::I32]),
        signature(&[], &[]),
    ]
}

/// A function of a program.
pub struct Defined {
    pub signature: Signature,
    pub body: Function,
    pub name: Option<String>,
}

/// A module of a world whose only function has a parameter of each type, for the validator.
pub fn empty(world: usize, proposals: Proposals) -> Vec<u8> {
    let mut random = Random::new(0);
    let mut body = Function::new([]);
    body.instruction(&Instruction::End);
    let signature = signature(&MUTABLE, &[]);
    module(world, proposals, &mut random, vec![Defined { signature, body, name: None }])
}

/// The module of these functions.
pub fn module(
    world: usize,
    proposals: Proposals,
    random: &mut Random,
    functions: Vec<Defined>,
) -> Vec<u8> {
    let memories = memories(world);
    let imported = imports();
    let mut types = TypeSection::new();
    for signature in imported.iter().chain(functions.iter().map(|function| &function.signature)) {
        types.ty().function(signature.params.iter().copied(), signature.results.iter().copied());
    }
    let mut imports = ImportSection::new();
    for (i, _) in imported.iter().enumerate() {
        imports.import("host", &format!("h{i}"), EntityType::Function(i as u32));
    }
    let mut function_section = FunctionSection::new();
    for i in 0..functions.len() {
        function_section.function((imported.len() + i) as u32);
    }

    let mut exports = ExportSection::new();
    let count = (imported.len() + functions.len()) as u32;
    let (tables, elements) = tables_and_elements(count, &mut exports);
    let (memory_section, data) = memories_and_data(memories, proposals, random, &mut exports);

    let mut globals = GlobalSection::new();
    for (i, ty) in MUTABLE.iter().chain(&CONSTANT).enumerate() {
        let mutable = i < MUTABLE.len();
        globals
            .global(GlobalType { val_type: *ty, mutable, shared: false }, &constant(*ty, random));
        if *ty != ValType::V128 {
            exports.export(&format!("g{i}"), ExportKind::Global, i as u32);
        }
    }
    let calls_left = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
    globals.global(calls_left, &ConstExpr::i32_const(0));
    let mut code = CodeSection::new();
    for (i, function) in functions.iter().enumerate() {
        code.function(&function.body);
        if let Some(name) = &function.name {
            exports.export(name, ExportKind::Func, (imported.len() + i) as u32);
        }
    }

    let mut module = Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&function_section)
        .section(&tables)
        .section(&memory_section)
        .section(&globals)
        .section(&exports)
        .section(&elements)
        .section(&DataCountSection { count: 2 + memories.len() as u32 })
        .section(&code)
        .section(&data);
    module.finish()
}

fn constant(ty: ValType, random: &mut Random) -> ConstExpr {
    match ty {
        ValType::I32 => ConstExpr::i32_const(super::operands::integer(random) as i32),
        ValType::I64 => ConstExpr::i64_const(super::operands::integer(random) as i64),
        ValType::F32 => ConstExpr::f32_const(super::operands::float32(random).into()),
        ValType::F64 => ConstExpr::f64_const(super::operands::float64(random).into()),
        ValType::V128 => {
            let high = super::operands::integer(random);
            ConstExpr::v128_const((u128::from(high) << 64 | u128::from(random.wide())) as i128)
        }
        ValType::FUNCREF if random.percent(50) => ConstExpr::ref_func(0),
        ValType::FUNCREF => ConstExpr::ref_null(HeapType::FUNC),
        _ => ConstExpr::ref_null(HeapType::EXTERN),
    }
}

/// The tables, which are exported, and element segments of all kinds; `count` functions there are.
fn tables_and_elements(count: u32, exports: &mut ExportSection) -> (TableSection, ElementSection) {
    let mut tables = TableSection::new();
    let mut elements = ElementSection::new();
    for table in 0..PLACES {
        let element_type = if table == 1 { RefType::EXTERNREF } else { RefType::FUNCREF };
        tables.table(TableType {
            element_type,
            minimum: ELEMENTS,
            maximum: Some(ELEMENTS + 3),
            table64: table_is_64(table),
            shared: false,
        });
        exports.export(&format!("t{table}"), ExportKind::Table, table);
    }
    let all: Vec<u32> = (0..count).collect();
    elements.passive(Elements::Functions(all[..4].into()));
    elements.passive(Elements::Expressions(
        RefType::EXTERNREF,
        vec![ConstExpr::ref_null(HeapType::EXTERN); 4].into(),
    ));
    // Not those that are exported, so that calls end; and some elements are left null.
    let used: Vec<u32> = all.iter().copied().take(CALLABLE.min(all.len())).collect();
    elements.active(Some(0), &ConstExpr::i32_const(1), Elements::Functions(used.clone().into()));
    elements.active(Some(2), &ConstExpr::i64_const(0), Elements::Functions(used.into()));
    elements.declared(Elements::Functions(all.into()));
    (tables, elements)
}

/// The memories, which are exported, and data segments: two passive ones, and an active one for each memory.
fn memories_and_data(
    memories: &[Memory],
    proposals: Proposals,
    random: &mut Random,
    exports: &mut ExportSection,
) -> (MemorySection, DataSection) {
    let mut memory_section = MemorySection::new();
    let mut data = DataSection::new();
    data.passive((0..200).map(|_| random.bits() as u8));
    data.passive((0..40).map(|_| random.bits() as u8));
    for (i, memory) in memories.iter().enumerate() {
        // Pages of one byte, where there may be such.
        let small = proposals == Proposals::All && !memory.is_shared;
        memory_section.memory(MemoryType {
            minimum: if small { 0x1_0001 } else { 1 },
            maximum: Some(if small { 0x1_0003 } else { 3 }),
            memory64: memory.is_64,
            shared: memory.is_shared,
            page_size_log2: small.then_some(0),
        });
        exports.export(&format!("m{i}"), ExportKind::Memory, i as u32);
        let offset = if memory.is_64 {
            ConstExpr::i64_const(16).with_i64_const(8).with_i64_sub()
        } else {
            ConstExpr::i32_const(4).with_i32_const(2).with_i32_mul()
        };
        data.active(i as u32, &offset, (0..600).map(|_| random.bits() as u8).collect::<Vec<_>>());
    }
    (memory_section, data)
}
