//! Modules in which little of the binary format means much: each family repeats one thing until the module has
//! the size that is asked for.

use wasm_encoder::{
    BlockType, CodeSection, CompositeInnerType, CompositeType, ConstExpr, CustomSection,
    DataSection, DataSegment, DataSegmentMode, ElementSection, Elements, Encode, EntityType,
    ExportKind, ExportSection, FieldType, Function, FunctionSection, GlobalSection, GlobalType,
    ImportSection, Instruction as I, MemArg, MemArgTarget, MemorySection, MemoryType, Module,
    RefType, StorageType, StructType, SubType, TableSection, TableType, TagKind, TagSection,
    TagType, TypeSection, ValType as T,
};

/// A family: its name, and its member of about a size in bytes.
pub(crate) type Family = (&'static str, fn(usize) -> Vec<u8>);

pub(crate) const FAMILIES: &[Family] = &[
    ("br_table, one target", |size| tables(size, 4_000, 1, &[])),
    ("br_table, short", |size| tables(size, 8, 8, &[])),
    ("br_table, a hundred targets", |size| tables(size, 100, 100, &[])),
    ("br_table, out of blocks with a result", |size| tables(size, 100, 100, &[T::I32])),
    ("br_table, at every height", tables_at_heights),
    ("br_table, a thousand values", |size| tables(size, 100, 100, &[T::I32; 1000])),
    ("br_table, in small functions", |size| {
        let mut body = Function::new([]);
        in_blocks(&mut body, 20, BlockType::Empty, |body| table(body, 20, 20));
        many_functions(size, &body)
    }),
    ("br_if, no value", |size| {
        code(size, &[], &[], |body| {
            ins(body, &[I::LocalGet(0), I::BrIf(0)]);
        })
    }),
    ("br_if, two values", |size| branches_with_values(size, 2)),
    ("br_if, a thousand values", |size| branches_with_values(size / 8, 1000)),
    ("br, a thousand values", |size| {
        code(size / 16, &[], &[T::I32; 1000], |body| {
            ins(body, &[I::Block(BlockType::FunctionType(3)), I::Br(0), I::End]);
        })
    }),
    ("if, no else", |size| {
        code(size, &[], &[], |body| {
            ins(body, &[I::LocalGet(0), I::If(BlockType::Empty), I::End]);
        })
    }),
    ("if and else, a result", |size| {
        code(size, &[], &[], |body| {
            ins(body, &[I::LocalGet(0), I::If(BlockType::Result(T::I32)), I::LocalGet(0), I::Else]);
            ins(body, &[I::LocalGet(0), I::End, I::Drop]);
        })
    }),
    ("if and else, a thousand results", |size| {
        code(size, &[], &[], |body| {
            ins(body, &[I::LocalGet(0), I::If(BlockType::FunctionType(2))]);
            all(body, 1000, I::LocalGet(0));
            ins(body, &[I::Else]);
            all(body, 1000, I::LocalGet(1));
            ins(body, &[I::End]);
            all(body, 1000, I::Drop);
        })
    }),
    ("if and else, a thousand parameters", |size| {
        code(size / 8, &[], &[T::I32; 1000], |body| {
            ins(body, &[I::LocalGet(0), I::If(BlockType::FunctionType(3)), I::Else, I::End]);
        })
    }),
    ("loop, a thousand parameters", |size| {
        code(size / 8, &[], &[T::I32; 1000], |body| {
            ins(body, &[I::Loop(BlockType::FunctionType(3)), I::LocalGet(0), I::BrIf(0), I::End]);
        })
    }),
    ("blocks, nested", |size| {
        code(size, &[], &[], |body| {
            all(body, 50_000, I::Block(BlockType::Empty));
            all(body, 50_000, I::End);
        })
    }),
    ("loops, one after the other", |size| {
        code(size, &[], &[], |body| ins(body, &[I::Loop(BlockType::Empty), I::End]))
    }),
    ("loops, nested", |size| {
        code(size, &[], &[], |body| {
            all(body, 50_000, I::Loop(BlockType::Empty));
            all(body, 50_000, I::End);
        })
    }),
    ("returns, conditional, a thousand values", |size| {
        code(size / 8, &[T::I32; 1000], &[T::I32; 1000], |body| {
            ins(body, &[I::LocalGet(0), I::BrIf(0)]);
        })
    }),
    ("calls, no argument", |size| code(size, &[], &[], |body| ins(body, &[I::Call(0)]))),
    ("calls, a thousand arguments", |size| {
        code(size, &[], &[], |body| {
            all(body, 1000, I::LocalGet(0));
            ins(body, &[I::Call(1)]);
        })
    }),
    ("calls, a thousand constants", |size| {
        code(size, &[], &[], |body| {
            all(body, 1000, I::I32Const(7));
            ins(body, &[I::Call(1)]);
        })
    }),
    ("calls, a thousand arguments and results", |size| {
        code(size / 8, &[], &[T::I32; 1000], |body| ins(body, &[I::Call(2)]))
    }),
    ("calls in tail position, a thousand arguments", |size| {
        code(size, &[], &[], |body| {
            ins(body, &[I::Block(BlockType::Empty), I::LocalGet(0), I::BrIf(0)]);
            all(body, 1000, I::LocalGet(0));
            ins(body, &[I::ReturnCall(1), I::End]);
        })
    }),
    ("local.set", |size| code(size, &[], &[], |body| ins(body, &[I::LocalGet(0), I::LocalSet(1)]))),
    ("local.tee", |size| code(size, &[], &[T::I32], |body| ins(body, &[I::LocalTee(1)]))),
    ("local.get, deep", |size| {
        code(size, &[], &[], |body| {
            all(body, 50_000, I::LocalGet(0));
            all(body, 50_000, I::Drop);
        })
    }),
    ("constants, deep", |size| {
        code(size, &[], &[], |body| {
            all(body, 50_000, I::I64Const(1));
            all(body, 50_000, I::Drop);
        })
    }),
    ("i32.add", |size| code(size, &[], &[T::I32], |body| ins(body, &[I::LocalGet(0), I::I32Add]))),
    ("i32.eqz", |size| code(size, &[], &[T::I32], |body| ins(body, &[I::I32Eqz]))),
    ("i32.div_s", |size| {
        code(size, &[], &[T::I32], |body| ins(body, &[I::LocalGet(0), I::I32DivS]))
    }),
    ("f64.sqrt", |size| code(size, &[], &[T::F64], |body| ins(body, &[I::F64Sqrt]))),
    ("loads", |size| code(size, &[], &[T::I32], |body| ins(body, &[I::I32Load(AT0)]))),
    ("stores", |size| {
        code(size, &[], &[], |body| {
            ins(body, &[I::LocalGet(0), I::LocalGet(0), I::I32Store(AT0)]);
        })
    }),
    ("loads of a 64-bit memory", |size| {
        let far = MemArg { target: MemArgTarget::Memory(1), ..AT0 };
        code(size, &[], &[T::I64], |body| ins(body, &[I::I64Load(far)]))
    }),
    ("loads beyond the end", |size| {
        let far = MemArg { offset: 1 << 20, target: MemArgTarget::Memory(2), ..AT0 };
        code(size, &[], &[T::I32], |body| ins(body, &[I::I32Load(far)]))
    }),
    ("select", |size| {
        code(size, &[], &[T::I32], |body| ins(body, &[I::LocalGet(0), I::LocalGet(1), I::Select]))
    }),
    ("memory.size", |size| code(size, &[], &[], |body| ins(body, &[I::MemorySize(0), I::Drop]))),
    ("memory.fill", |size| {
        code(size, &[], &[], |body| {
            ins(body, &[I::LocalGet(0), I::LocalGet(0), I::LocalGet(0), I::MemoryFill(0)]);
        })
    }),
    ("memory.grow", |size| code(size, &[], &[T::I32], |body| ins(body, &[I::MemoryGrow(0)]))),
    ("global.set", |size| {
        code(size, &[], &[], |body| ins(body, &[I::GlobalGet(0), I::GlobalSet(0)]))
    }),
    ("table.get", |size| {
        code(size, &[], &[], |body| ins(body, &[I::LocalGet(0), I::TableGet(0), I::Drop]))
    }),
    ("ref.func", |size| code(size, &[], &[], |body| ins(body, &[I::RefFunc(0), I::Drop]))),
    ("call_indirect", |size| {
        code(size, &[], &[], |body| {
            ins(body, &[I::LocalGet(0), I::CallIndirect { type_index: 0, table_index: 0 }]);
        })
    }),
    ("unreachable", |size| {
        code(size, &[], &[], |body| {
            ins(body, &[I::Block(BlockType::Empty), I::Unreachable, I::End]);
        })
    }),
    ("return", |size| {
        code(size, &[], &[], |body| ins(body, &[I::Block(BlockType::Empty), I::Return, I::End]))
    }),
    ("code that cannot be reached", |size| {
        code(size, &[], &[], |body| {
            ins(body, &[I::Unreachable, I::I32Add, I::Drop]);
        })
    }),
    ("nop", |size| code(size, &[], &[], |body| ins(body, &[I::Nop]))),
    #[cfg(feature = "simd")]
    ("vector constants", |size| {
        code(size, &[], &[T::V128], |body| {
            ins(body, &[I::V128Const(1), I::I8x16Add]);
        })
    }),
    #[cfg(feature = "simd")]
    ("vector shuffles", |size| {
        code(size, &[], &[T::V128], |body| {
            ins(body, &[I::LocalGet(2), I::I8x16Shuffle([3; 16])]);
        })
    }),
    #[cfg(feature = "simd")]
    ("vector operations", |size| {
        code(size, &[], &[T::V128], |body| ins(body, &[I::LocalGet(2), I::I32x4Add]))
    }),
    ("tiny functions", |size| many_functions(size, &Function::new([]))),
    ("functions with 50,000 locals", |size| {
        many_functions(size, &Function::new([(49_000, T::I64)]))
    }),
    ("functions with many groups of locals", |size| {
        many_functions(size, &Function::new([(1, T::I32), (1, T::I64)].repeat(500)))
    }),
    ("types, equal", |size| types(size, |_| (vec![], vec![]))),
    ("types, equal, with parameters", |size| types(size, |_| (vec![T::I32; 4], vec![T::I32]))),
    ("types, equal, a thousand parameters", |size| types(size, |_| (vec![T::I64; 1000], vec![]))),
    ("types, distinct", |size| types(size, |n| (digits(n), vec![]))),
    ("types, distinct, long", |size| {
        types(size, |n| ([vec![T::I32; 200], digits(n)].concat(), vec![]))
    }),
    ("types, structs", |size| {
        let section = fill(size, TypeSection::new(), |types, n| {
            types.ty().struct_(fields(n));
        });
        alone(&section)
    }),
    ("types, structs with ten thousand fields", |size| {
        let section = fill(size / 4, TypeSection::new(), |types, n| {
            let fields = [vec![field(StorageType::I8); 9_900], fields(n)].concat();
            types.ty().struct_(fields);
        });
        alone(&section)
    }),
    ("types, 63 deep", |size| {
        let section = fill(size, TypeSection::new(), |types, n| {
            types.ty().subtype(&below_last(n, fields(n / 64)));
        });
        alone(&section)
    }),
    ("types, 63 deep, in one group", |size| {
        let types: Vec<SubType> = (0..size / 8).map(|n| below_last(n, vec![])).collect();
        let mut section = TypeSection::new();
        section.ty().rec(types);
        alone(&section)
    }),
    ("imports of functions", |size| imports(size, EntityType::Function(0))),
    ("imports of globals", |size| imports(size, EntityType::Global(GLOBAL))),
    ("imports of tables", |size| imports(size.min(500), EntityType::Table(TABLE))),
    ("imports of tags", |size| imports(size, EntityType::Tag(TAG))),
    ("tags", |size| {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let tags = fill(size, TagSection::new(), |tags, _| {
            tags.tag(TAG);
        });
        let mut module = Module::new();
        module.section(&types).section(&tags);
        module.finish()
    }),
    ("imports, long names", |size| {
        let mut imports = ImportSection::new();
        let name = "x".repeat(1000);
        for _ in 0..size / 2000 {
            imports.import(&name, &name, EntityType::Global(GLOBAL));
        }
        let mut module = Module::new();
        module.section(&imports);
        module.finish()
    }),
    ("exports", exports),
    ("globals", |size| globals(size, GLOBAL, &ConstExpr::i32_const(0))),
    ("globals, long expressions", |size| {
        let one = || [I::I32Const(1), I::I32Add];
        let long = [I::I32Const(1)].into_iter().chain((0..100).flat_map(|_| one()));
        globals(size, GLOBAL, &ConstExpr::extended(long))
    }),
    ("globals, references", |size| {
        let ty = GlobalType { val_type: T::FUNCREF, ..GLOBAL };
        globals(size, ty, &ConstExpr::ref_func(0))
    }),
    ("tables", |size| {
        let mut tables = TableSection::new();
        for _ in 0..(size / 3).min(100) {
            tables.table(TABLE);
        }
        let mut module = Module::new();
        module.section(&tables);
        module.finish()
    }),
    ("elements, functions in one segment", |size| {
        let functions = vec![0; size];
        segments(1, Elements::Functions(functions.into()))
    }),
    ("elements, functions in many segments", |size| {
        segments((size / 5).min(99_000), Elements::Functions(vec![0].into()))
    }),
    ("elements, no function in many segments", |size| {
        segments((size / 3).min(99_000), Elements::Functions(vec![].into()))
    }),
    ("elements, expressions in one segment", |size| {
        let null = ConstExpr::ref_null(wasm_encoder::HeapType::FUNC);
        segments(1, Elements::Expressions(RefType::FUNCREF, vec![null; size / 3].into()))
    }),
    ("data, many segments", |size| data(size, DataSegmentMode::Passive)),
    ("data, active segments", |size| {
        let offset = ConstExpr::i32_const(0);
        data(size, DataSegmentMode::Active { memory_index: 0, offset: &offset })
    }),
    ("data, one segment", |size| {
        let mut data = DataSection::new();
        data.passive(vec![0; size]);
        let mut module = Module::new();
        module.section(&data);
        module.finish()
    }),
    ("names", |size| {
        let mut names = wasm_encoder::NameMap::new();
        for index in 0..size as u32 / 5 {
            names.append(index, "");
        }
        let mut section = wasm_encoder::NameSection::new();
        section.functions(&names);
        let mut module = Module::new();
        module.section(&section);
        module.finish()
    }),
    ("custom sections", |size| {
        let mut module = Module::new();
        for _ in 0..size / 3 {
            module.section(&CustomSection { name: "".into(), data: (&[]).into() });
        }
        module.finish()
    }),
];

const GLOBAL: GlobalType = GlobalType { val_type: T::I32, mutable: false, shared: false };
const TABLE: TableType = TableType {
    element_type: RefType::FUNCREF,
    table64: false,
    minimum: 1,
    maximum: None,
    shared: false,
};
const TAG: TagType = TagType { kind: TagKind::Exception, func_type_idx: 0 };
const MEMORY: MemoryType =
    MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None };
const AT0: MemArg = MemArg { offset: 0, align: 0, target: MemArgTarget::Memory(0), ordering: None };

/// A section with as many items as make it so large: `add` adds the nth.
fn fill<S: Encode>(size: usize, mut section: S, mut add: impl FnMut(&mut S, usize)) -> S {
    let mut bytes = Vec::new();
    for n in 0..999_000 {
        if n % 1024 == 0 {
            bytes.clear();
            section.encode(&mut bytes);
            if bytes.len() >= size {
                break;
            }
        }
        add(&mut section, n);
    }
    section
}

/// Appends instructions.
fn ins(body: &mut Function, instructions: &[I<'_>]) {
    for instruction in instructions {
        body.instruction(instruction);
    }
}

/// Appends an instruction again and again.
fn all(body: &mut Function, times: usize, instruction: I<'_>) {
    for _ in 0..times {
        body.instruction(&instruction);
    }
}

/// A zero of a type, or null.
fn zero(ty: T) -> I<'static> {
    match ty {
        T::I32 => I::I32Const(0),
        T::I64 => I::I64Const(0),
        T::F32 => I::F32Const(0.0.into()),
        T::F64 => I::F64Const(0.0.into()),
        _ => I::V128Const(0),
    }
}

/// The type of function 0 has two parameters and the results; functions 1 and 2 have a thousand parameters, the latter as
/// many results. There are three memories, a table and a mutable global.
fn with_functions(body_type: (&[T], &[T]), bodies: usize, body: &Function) -> Vec<u8> {
    let thousand = [T::I32; 1000];
    let mut types = TypeSection::new();
    types.ty().function([], []);
    types.ty().function(thousand, []);
    types.ty().function([], thousand);
    types.ty().function(thousand, thousand);
    types.ty().function(body_type.0.iter().copied(), body_type.1.iter().copied());
    types.ty().function([], body_type.1.iter().copied());
    let mut functions = FunctionSection::new();
    let mut code = CodeSection::new();
    let mut thousand_values = Function::new([]);
    all(&mut thousand_values, 1000, I::I32Const(0));
    ins(&mut thousand_values, &[I::End]);
    let mut nothing = Function::new([]);
    ins(&mut nothing, &[I::End]);
    for (ty, body) in [(0, &nothing), (1, &nothing), (3, &thousand_values)] {
        functions.function(ty);
        code.function(body);
    }
    for _ in 0..bodies {
        functions.function(4);
        code.function(body);
    }
    let mut tables = TableSection::new();
    tables.table(TABLE);
    let mut memories = MemorySection::new();
    memories.memory(MEMORY);
    memories.memory(MemoryType { memory64: true, ..MEMORY });
    memories.memory(MemoryType { maximum: Some(1), ..MEMORY });
    let mut globals = GlobalSection::new();
    globals.global(GlobalType { mutable: true, ..GLOBAL }, &ConstExpr::i32_const(0));
    let mut exports = ExportSection::new();
    exports.export("", ExportKind::Func, 0);
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&tables).section(&memories);
    module.section(&globals).section(&exports).section(&code);
    module.finish()
}

/// Two parameters that are numbers of 32 bits and one that is a vector.
const PARAMS: &[T] =
    if cfg!(feature = "simd") { &[T::I32, T::I32, T::V128] } else { &[T::I32, T::I32] };

/// The largest function that there may be, less what ends it.
const MAX_BODY: usize = 7_600_000;

/// One function that has `results`, and `values` on the operand stack while it repeats the same.
fn code(size: usize, results: &[T], values: &[T], repeat: impl Fn(&mut Function)) -> Vec<u8> {
    let mut body = Function::new([]);
    for &ty in values {
        ins(&mut body, &[zero(ty)]);
    }
    while body.byte_len() < size.min(MAX_BODY) {
        repeat(&mut body);
    }
    if results.is_empty() {
        all(&mut body, values.len(), I::Drop);
    }
    ins(&mut body, &[I::End]);
    with_functions((PARAMS, results), 1, &body)
}

/// The same function again and again; `body` has no end yet, and leaves nothing on the stack.
fn many_functions(size: usize, body: &Function) -> Vec<u8> {
    let mut body = body.clone();
    ins(&mut body, &[I::End]);
    let each = body.byte_len() + 2;
    with_functions((PARAMS, &[]), (size / each).clamp(1, 900_000), &body)
}

/// Blocks around what `inner` appends.
fn in_blocks(body: &mut Function, depth: usize, ty: BlockType, inner: impl FnOnce(&mut Function)) {
    all(body, depth, I::Block(ty));
    inner(body);
    all(body, depth, I::End);
}

/// A `br_table` to so many targets, which go round so many labels.
fn table(body: &mut Function, targets: u32, labels: u32) {
    let targets: Vec<u32> = (0..targets).map(|n| n % labels).collect();
    ins(body, &[I::LocalGet(0), I::BrTable((&targets[..]).into(), 0)]);
}

/// `br_table`s of so many targets in as many blocks as there are labels, with `values` as their results.
fn tables(size: usize, targets: u32, labels: u32, values: &[T]) -> Vec<u8> {
    let ty = match values {
        [] => BlockType::Empty,
        &[ty] => BlockType::Result(ty),
        _ => BlockType::FunctionType(2),
    };
    code(size, &[], &[], |body| {
        // Each table is in a block of its own, behind which there are values again.
        in_blocks(body, labels as usize, ty, |body| {
            for _ in 0..20 {
                ins(body, &[I::Block(ty)]);
                // A value that a branch leaves behind, so that it has to move the others.
                ins(body, &[I::LocalGet(0)]);
                for &ty in values {
                    ins(body, &[zero(ty)]);
                }
                table(body, targets, labels);
                ins(body, &[I::End]);
                all(body, values.len(), I::Drop);
            }
            for &ty in values {
                ins(body, &[zero(ty)]);
            }
        });
        all(body, values.len(), I::Drop);
    })
}

/// `br_table`s that move a value to a hundred targets, each from another height.
fn tables_at_heights(size: usize) -> Vec<u8> {
    code(size, &[], &[], |body| {
        in_blocks(body, 100, BlockType::Result(T::I32), |body| {
            for _ in 0..100 {
                ins(body, &[I::LocalGet(0), I::Block(BlockType::Result(T::I32)), I::LocalGet(1)]);
                table(body, 100, 100);
                ins(body, &[I::End]);
            }
            all(body, 199, I::Drop);
        });
        ins(body, &[I::Drop]);
    })
}

/// Conditional branches that move values.
fn branches_with_values(size: usize, values: u32) -> Vec<u8> {
    let values = values as usize;
    let ty = BlockType::FunctionType(if values == 1000 { 2 } else { 5 });
    let results = if values == 1000 { vec![] } else { vec![T::I32; values] };
    let mut body = Function::new([]);
    ins(&mut body, &[I::Block(ty), I::I32Const(0)]);
    all(&mut body, values, I::I32Const(0));
    while body.byte_len() < size.min(MAX_BODY) {
        ins(&mut body, &[I::LocalGet(0), I::BrIf(0)]);
    }
    ins(&mut body, &[I::Br(0), I::End]);
    if results.is_empty() {
        all(&mut body, values, I::Drop);
    }
    ins(&mut body, &[I::End]);
    with_functions((&[T::I32], &results), 1, &body)
}

fn types(size: usize, ty: impl Fn(usize) -> (Vec<T>, Vec<T>)) -> Vec<u8> {
    let types = fill(size, TypeSection::new(), |types, n| {
        let (params, results) = ty(n);
        types.ty().function(params, results);
    });
    alone(&types)
}

/// A module of one section.
fn alone(section: &impl wasm_encoder::Section) -> Vec<u8> {
    let mut module = Module::new();
    module.section(section);
    module.finish()
}

fn field(element_type: StorageType) -> FieldType {
    FieldType { element_type, mutable: false }
}

/// A number, as fields.
fn fields(n: usize) -> Vec<FieldType> {
    digits(n).into_iter().map(|ty| field(StorageType::Val(ty))).collect()
}

/// The nth struct type of a section, a subtype of the one before it, if that is not the 63rd of its kind.
fn below_last(n: usize, fields: Vec<FieldType>) -> SubType {
    let supertype = (!n.is_multiple_of(64)).then(|| n as u32 - 1);
    let inner = CompositeInnerType::Struct(StructType { fields: fields.into() });
    let composite_type = CompositeType { inner, shared: false, descriptor: None, describes: None };
    SubType { is_final: false, supertype_idxs: supertype.into_iter().collect(), composite_type }
}

/// A number, as types.
fn digits(mut n: usize) -> Vec<T> {
    let mut digits = Vec::new();
    while n > 0 {
        digits.push([T::I32, T::I64, T::F32, T::F64][n % 4]);
        n /= 4;
    }
    digits
}

fn imports(size: usize, ty: EntityType) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let imports = fill(size, ImportSection::new(), |imports, _| {
        imports.import("", "", ty);
    });
    let mut module = Module::new();
    module.section(&types).section(&imports);
    module.finish()
}

fn exports(size: usize) -> Vec<u8> {
    let mut globals = GlobalSection::new();
    globals.global(GLOBAL, &ConstExpr::i32_const(0));
    let exports = fill(size, ExportSection::new(), |exports, n| {
        exports.export(&format!("{n:x}"), ExportKind::Global, 0);
    });
    let mut module = Module::new();
    module.section(&globals).section(&exports);
    module.finish()
}

fn globals(size: usize, ty: GlobalType, init: &ConstExpr) -> Vec<u8> {
    let (mut types, mut functions, mut code) =
        (TypeSection::new(), FunctionSection::new(), CodeSection::new());
    types.ty().function([], []);
    functions.function(0);
    let mut body = Function::new([]);
    ins(&mut body, &[I::End]);
    code.function(&body);
    let globals = fill(size, GlobalSection::new(), |globals, _| {
        globals.global(ty, init);
    });
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&globals).section(&code);
    module.finish()
}

fn segments(count: usize, elements: Elements<'_>) -> Vec<u8> {
    let (mut types, mut functions, mut code) =
        (TypeSection::new(), FunctionSection::new(), CodeSection::new());
    types.ty().function([], []);
    functions.function(0);
    let mut body = Function::new([]);
    ins(&mut body, &[I::End]);
    code.function(&body);
    let mut globals = GlobalSection::new();
    globals.global(GlobalType { val_type: T::FUNCREF, ..GLOBAL }, &ConstExpr::ref_func(0));
    let mut section = ElementSection::new();
    for _ in 0..count {
        section.passive(elements.clone());
    }
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&globals).section(&section).section(&code);
    module.finish()
}

fn data(size: usize, mode: DataSegmentMode<'_>) -> Vec<u8> {
    let mut memories = MemorySection::new();
    memories.memory(MEMORY);
    let section = fill(size.min(190_000), DataSection::new(), |section, _| {
        section.segment(DataSegment { mode: mode.clone(), data: [] });
    });
    let mut module = Module::new();
    module.section(&memories).section(&section);
    module.finish()
}
