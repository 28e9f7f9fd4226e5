//! The module around the functions under test: memories, tables, globals and functions to call; as the evaluator has
//! it, and as bytes.

use std::collections::HashMap;

use wasm_encoder::*;

use super::machine::{self, Helper, Machine, meaning};
use super::meaning::{Meaning, Semantics};
use super::table::{self, Imm, Ins, Op, Signature, Ty, V, encode};

/// Memory 0 is the usual one, 1 has 64-bit addresses, 2 is shared, 3 has pages of one byte, and so has 2.
pub(crate) const MEMORIES: u32 = 4;
pub(crate) const MEMORY64: u32 = 1;
pub(crate) const SHARED: u32 = 2;
/// Where the function `mirror` copies the shared memory to, since the host cannot look at that.
const MIRROR: u32 = MEMORIES;

/// How large a memory is in the beginning.
pub(crate) fn memory_size(memory: u32) -> u128 {
    if memory < SHARED { 1 << 16 } else { 400 }
}

/// Table 0 has functions to be called, 1 and 2 functions, 3 external references, 4 functions by 64-bit indices.
pub(crate) const CALLED: u32 = 0;
pub(crate) const TABLES: u32 = 5;
pub(crate) const TABLE64: u32 = 4;

/// Globals per type, every other of which is imported, and the global that what lies below reads.
pub(crate) const GLOBALS: u32 = 6;
pub(crate) const BELOW_GLOBAL: u32 = 7 * GLOBALS;

/// The global of a type in which operand `i` is; imported ones come first.
pub(crate) fn global(ty: Ty, i: usize) -> u32 {
    let (half, i) = (GLOBALS / 2, i as u32);
    let first = if i.is_multiple_of(2) { 7 * half } else { 0 };
    first + ty as u32 * half + i / 2
}

/// What the type of a global is.
fn global_type(index: u32) -> Ty {
    let half = GLOBALS / 2;
    if index == BELOW_GLOBAL { Ty::I64 } else { Ty::ALL[(index % (7 * half) / half) as usize] }
}

/// How many globals are imported, and their types.
pub(crate) fn imported() -> impl Iterator<Item = Ty> {
    (0..7 * GLOBALS / 2).map(global_type)
}

pub(crate) fn zero(ty: Ty) -> V {
    V(ty, 0)
}

/// Functions 0 to 6 return their parameter, of each type; then comes a difference, a reversal and more.
pub(crate) const SUB: u32 = 7;
pub(crate) const HELPERS: u32 = 11;

pub(crate) fn helpers() -> Vec<Helper> {
    let get = |i| Ins::Op(Op::LocalGet, Imm::Index(i));
    let mut all: Vec<Helper> =
        Ty::ALL.map(|ty| Helper { ty: (vec![ty], vec![ty]), body: vec![get(0)] }).into();
    let (i, l, f, v) = (Ty::I32, Ty::I64, Ty::F64, Ty::V128);
    all.push(Helper {
        ty: (vec![l, l], vec![l]),
        body: vec![get(0), get(1), Ins::Op(Op::I64Sub, Imm::No)],
    });
    all.push(Helper {
        ty: (vec![i, f, v, l], vec![l, v, f, i]),
        body: vec![get(3), get(2), get(1), get(0)],
    });
    all.push(Helper { ty: (vec![l, l], vec![l, l]), body: vec![get(1), get(0)] });
    all.push(Helper {
        ty: (vec![], vec![l]),
        body: vec![Ins::Op(Op::I64Const, Imm::Value(V(l, 7)))],
    });
    all
}

/// What a memory begins with and ends with: bits of all kinds.
fn contents() -> Vec<u8> {
    let words = [
        0_u64,
        1,
        u64::MAX,
        1 << 63,
        u64::MAX >> 1,
        0x7ff8 << 48,
        0x7ff0 << 48,
        0x3ff8 << 48,
        0x7fc0_0000_7fa0_0001,
        0x8000_0000_7f80_0000,
        0x0123_4567_89ab_cdef,
        0xfedc_ba98_7654_3210,
    ];
    words.iter().cycle().take(32).flat_map(|w| w.to_le_bytes()).collect()
}

const PAGE: usize = 1 << 16;

/// The instance before anything is called.
pub(crate) fn fresh() -> Machine {
    let memory = |page, pages: usize, max, is64, shared| {
        let mut bytes = vec![0; pages * page];
        let (contents, end) = (contents(), bytes.len());
        bytes[..256].copy_from_slice(&contents);
        bytes[end - 64..].copy_from_slice(&contents[..64]);
        machine::Memory { bytes, page, max, is64, shared }
    };
    let functions = |n: u32, max, is64| {
        let element = |i: u32| if i % 4 == 3 { 0 } else { u128::from(SUB + i % 3) + 1 };
        let elements = (0..n).map(element).collect();
        machine::Table { ty: Ty::Func, elements, max, is64 }
    };
    let externs = machine::Table { ty: Ty::Extern, elements: vec![0; 8], max: 30, is64: false };
    Machine {
        memories: vec![
            memory(PAGE, 1, 2, false, false),
            memory(PAGE, 1, 2, true, false),
            memory(1, 400, 600, false, true),
            memory(1, 400, 600, false, false),
        ],
        tables: vec![
            functions(8, 8, false),
            functions(8, 40, false),
            functions(9, 9, false),
            externs,
            functions(10, 30, true),
        ],
        globals: (0..=BELOW_GLOBAL).map(|i| zero(global_type(i))).collect(),
        data: vec![contents()],
        elements: vec![(0..6).map(|i| (i + 3) % 6).collect()],
        helpers: helpers(),
        choice: 0,
    }
}

/// A function under test.
#[derive(Default)]
pub(crate) struct Function {
    pub(crate) ty: Signature,
    pub(crate) locals: Vec<Ty>,
    pub(crate) body: Vec<Ins>,
}

#[derive(Default)]
struct Types {
    indices: HashMap<Signature, u32>,
    section: TypeSection,
}

impl table::Types for Types {
    fn function(&mut self, ty: &Signature) -> u32 {
        if let Some(&index) = self.indices.get(ty) {
            return index;
        }
        let encoded = |types: &[Ty]| types.iter().map(|t| t.encoded()).collect::<Vec<_>>();
        self.section.ty().function(encoded(&ty.0), encoded(&ty.1));
        let index = self.indices.len() as u32;
        self.indices.insert(ty.clone(), index);
        index
    }

    fn align(&self, op: Op) -> u32 {
        match meaning(op) {
            Some(&Semantics { meaning: Meaning::Access(bytes, _), .. })
                if op.name().contains("atomic") =>
            {
                bytes.ilog2()
            }
            _ => 0,
        }
    }
}

/// A module with these functions, exported by their numbers.
pub(crate) fn encoded(machine: &Machine, functions: &[Function]) -> Vec<u8> {
    let mut types = Types::default();
    let mut imports = ImportSection::new();
    let global_of = |ty: Ty| GlobalType { val_type: ty.encoded(), mutable: true, shared: false };
    for (i, ty) in imported().enumerate() {
        imports.import("globals", &i.to_string(), global_of(ty));
    }
    let mut declared = FunctionSection::new();
    let mut code = CodeSection::new();
    let mut exports = ExportSection::new();
    let mut bytes = Vec::new();
    let helpers = machine.helpers.iter().map(|h| (&h.ty, &[][..], &h.body));
    let tested = functions.iter().map(|f| (&f.ty, &f.locals[..], &f.body));
    let zero = Ins::Op(Op::I32Const, Imm::Value(zero(Ty::I32)));
    let mirror = vec![
        zero.clone(),
        zero,
        Ins::Op(Op::MemorySize, Imm::Index(SHARED)),
        Ins::Op(Op::MemoryCopy, Imm::Pair(MIRROR, SHARED)),
    ];
    let mirror = [(&(vec![], vec![]), &[][..], &mirror)];
    exports.export("mirror", ExportKind::Func, HELPERS + functions.len() as u32);
    for (ty, locals, body) in helpers.chain(tested).chain(mirror) {
        declared.function(table::Types::function(&mut types, ty));
        bytes.clear();
        locals.len().encode(&mut bytes);
        for local in locals {
            1_u32.encode(&mut bytes);
            local.encoded().encode(&mut bytes);
        }
        encode(body, &mut types, &mut bytes);
        Instruction::End.encode(&mut bytes);
        code.raw(&bytes);
    }
    for i in 0..functions.len() as u32 {
        exports.export(&format!("f{i}"), ExportKind::Func, HELPERS + i);
    }
    for i in 0..HELPERS {
        exports.export(&format!("helper{i}"), ExportKind::Func, i);
    }

    let mut tables = TableSection::new();
    let mut elements = ElementSection::new();
    let function = |&f: &u128| match f {
        0 => ConstExpr::ref_null(HeapType::FUNC),
        f => ConstExpr::ref_func(f as u32 - 1),
    };
    let list =
        |e: &[u128]| Elements::Expressions(RefType::FUNCREF, e.iter().map(function).collect());
    elements.passive(list(&machine.elements[0]));
    for (i, t) in machine.tables.iter().enumerate() {
        tables.table(TableType {
            element_type: t.ty.reference(),
            table64: t.is64,
            minimum: t.elements.len() as u64,
            maximum: Some(t.max as u64),
            shared: false,
        });
        exports.export(&format!("table{i}"), ExportKind::Table, i as u32);
        if t.ty == Ty::Func {
            let zero = if t.is64 { ConstExpr::i64_const(0) } else { ConstExpr::i32_const(0) };
            elements.active(Some(i as u32), &zero, list(&t.elements));
        }
    }
    // `ref.func` may refer to any of them.
    elements.declared(Elements::Functions((0..HELPERS).collect()));

    let mut memories = MemorySection::new();
    let mut data = DataSection::new();
    data.passive(machine.data[0].iter().copied());
    for (i, m) in machine.memories.iter().enumerate() {
        memories.memory(MemoryType {
            minimum: (m.bytes.len() / m.page) as u64,
            maximum: Some(m.max as u64),
            memory64: m.is64,
            shared: m.shared,
            page_size_log2: (m.page == 1).then_some(0),
        });
        exports.export(&format!("memory{i}"), ExportKind::Memory, i as u32);
        let end = m.bytes.len() - 64;
        for (at, piece) in [(0, &m.bytes[..256]), (end, &m.bytes[end..])] {
            let at = if m.is64 {
                ConstExpr::i64_const(at as i64)
            } else {
                ConstExpr::i32_const(at as i32)
            };
            data.active(i as u32, &at, piece.iter().copied());
        }
    }

    let pages = machine.memories[SHARED as usize].max as u64;
    memories.memory(MemoryType {
        minimum: pages,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: Some(0),
    });
    exports.export("mirror memory", ExportKind::Memory, MIRROR);

    let mut globals = GlobalSection::new();
    for i in imported().count() as u32..=BELOW_GLOBAL {
        let ty = global_type(i);
        let init = match ty {
            Ty::I32 => ConstExpr::i32_const(0),
            Ty::I64 => ConstExpr::i64_const(0),
            Ty::F32 => ConstExpr::f32_const(Ieee32::new(0)),
            Ty::F64 => ConstExpr::f64_const(Ieee64::new(0)),
            Ty::V128 => ConstExpr::v128_const(0),
            Ty::Func => ConstExpr::ref_null(HeapType::FUNC),
            Ty::Extern => ConstExpr::ref_null(HeapType::EXTERN),
        };
        globals.global(global_of(ty), &init);
        exports.export(&format!("global{i}"), ExportKind::Global, i);
    }

    let mut module = Module::new();
    module.section(&types.section).section(&imports).section(&declared).section(&tables);
    module.section(&memories).section(&globals).section(&exports).section(&elements);
    module.section(&DataCountSection { count: data.len() });
    module.section(&code).section(&data);
    module.finish()
}
