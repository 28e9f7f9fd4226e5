//! The operators that wasmparser knows, with their types.
//!
//! An operator is made with random immediates. Its types are found by trial: below unreachable code the
//! validator takes anything for what is not on the stack, so operands are found one by one, from the last.

use std::sync::OnceLock;

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasmparser::*;

use crate::random::Random;

/// Which operators there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proposals {
    /// Those that V8 has.
    OfV8,
    /// Those, wide arithmetic, and memories with pages of one byte.
    All,
}

/// The operators that are made elsewhere, since they depend on blocks, functions and local variables.
pub const CONTROL: &[&str] = &[
    "Unreachable",
    "Nop",
    "Block",
    "Loop",
    "If",
    "Else",
    "End",
    "Br",
    "BrIf",
    "BrTable",
    "Return",
    "Call",
    "CallIndirect",
    "ReturnCall",
    "ReturnCallIndirect",
    "Drop",
    "Select",
    "LocalGet",
    "LocalSet",
    "LocalTee",
    "GlobalGet",
    "GlobalSet",
    "RefFunc",
];

/// What wasmote implements.
const PROPOSALS: &[&str] = &[
    "mvp",
    "sign_extension",
    "saturating_float_to_int",
    "bulk_memory",
    "reference_types",
    "tail_call",
    "threads",
    "simd",
    "relaxed_simd",
    "wide_arithmetic",
];

/// Immediates of operators.
pub struct Immediates<'r> {
    pub random: &'r mut Random,
    /// Two memories or tables that the operator is about.
    pub places: [u32; 2],
    /// The alignment of accesses.
    pub align: u8,
    /// How many lanes there are.
    pub lanes: usize,
    /// The type of a `select`, and the heap type of a null.
    pub ty: ValType,
}

/// An immediate by its type and its name in wasmparser.
trait Immediate {
    fn of(immediates: &mut Immediates<'_>, name: &str) -> Self;
}

impl Immediate for u32 {
    fn of(immediates: &mut Immediates<'_>, name: &str) -> u32 {
        match name {
            "mem" | "dst_mem" | "table" | "dst_table" => immediates.places[0],
            "src_mem" | "src_table" => immediates.places[1],
            "data_index" => immediates.random.below(2) as u32,
            // There is a segment per table type.
            "elem_index" => super::world::segment_of(immediates.places[0]),
            _ => 0,
        }
    }
}

impl Immediate for u8 {
    fn of(immediates: &mut Immediates<'_>, _: &str) -> u8 {
        immediates.random.below(immediates.lanes) as u8
    }
}

impl Immediate for [u8; 16] {
    fn of(immediates: &mut Immediates<'_>, _: &str) -> [u8; 16] {
        std::array::from_fn(|_| immediates.random.below(32) as u8)
    }
}

impl Immediate for MemArg {
    fn of(immediates: &mut Immediates<'_>, _: &str) -> MemArg {
        let random = &mut *immediates.random;
        MemArg {
            align: immediates.align,
            max_align: immediates.align,
            // Multiples of all alignments; few that are beyond any memory.
            offset: match random.below(20) {
                0..8 => 0,
                8..19 => 16 * random.below(40) as u64,
                _ => 0xffff_fff0,
            },
            target: MemArgTarget::Memory(immediates.places[0]),
            ordering: None,
        }
    }
}

impl Immediate for i32 {
    fn of(immediates: &mut Immediates<'_>, _: &str) -> i32 {
        super::operands::integer(immediates.random) as i32
    }
}

impl Immediate for i64 {
    fn of(immediates: &mut Immediates<'_>, _: &str) -> i64 {
        super::operands::integer(immediates.random) as i64
    }
}

impl Immediate for Ieee32 {
    fn of(immediates: &mut Immediates<'_>, _: &str) -> Ieee32 {
        super::operands::float32(immediates.random).into()
    }
}

impl Immediate for Ieee64 {
    fn of(immediates: &mut Immediates<'_>, _: &str) -> Ieee64 {
        super::operands::float64(immediates.random).into()
    }
}

impl Immediate for V128 {
    fn of(immediates: &mut Immediates<'_>, _: &str) -> V128 {
        let low = super::operands::integer(immediates.random);
        let high = super::operands::integer(immediates.random);
        // wasmparser makes vectors only by reading them, in a `v128.const`.
        let mut bytes = vec![0xfd, 12];
        bytes.extend((u128::from(high) << 64 | u128::from(low)).to_le_bytes());
        match OperatorsReader::new(BinaryReader::new(&bytes, 0)).read() {
            Ok(Operator::V128Const { value }) => value,
            other => unreachable!("{other:?}"),
        }
    }
}

impl Immediate for ValType {
    fn of(immediates: &mut Immediates<'_>, _: &str) -> ValType {
        immediates.ty
    }
}

impl Immediate for HeapType {
    fn of(immediates: &mut Immediates<'_>, _: &str) -> HeapType {
        match immediates.ty {
            ValType::Ref(ty) => ty.heap_type(),
            _ => HeapType::FUNC,
        }
    }
}

impl Immediate for Ordering {
    fn of(_: &mut Immediates<'_>, _: &str) -> Ordering {
        Ordering::SeqCst
    }
}

/// Immediates of operators that are made elsewhere or not at all.
macro_rules! never {
    ($($ty:ty),*) => {$(
        impl Immediate for $ty {
            fn of(_: &mut Immediates<'_>, name: &str) -> Self {
                unreachable!("no operator with {name} is made")
            }
        }
    )*};
}
never!(BlockType, BrTable<'static>, TryTable, ResumeTable, RefType, Vec<ValType>);

macro_rules! operators {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        /// Proposal and name of each.
        const NAMES: &[(&str, &str)] = &[$((stringify!($proposal), stringify!($op))),*];
        /// Makes each, and says the names of its immediates.
        const MAKERS: &[(fn(&mut Immediates<'_>) -> Operator<'static>, &[&str])] = &[$((
            |_immediates| {
                $($(let $arg = Immediate::of(_immediates, stringify!($arg));)*)?
                Operator::$op $({ $($arg),* })?
            },
            &[$($(stringify!($arg)),*)?],
        )),*];
        /// The name of an operator.
        pub fn name_of(operator: &Operator<'_>) -> &'static str {
            match operator {
                $(Operator::$op { .. } => stringify!($op),)*
                _ => unreachable!("wasmparser has a name for each"),
            }
        }
    };
}
for_each_operator!(operators);

/// The names of all operators that wasmote implements.
pub fn operator_names() -> impl Iterator<Item = &'static str> {
    let of_wasmote = NAMES.iter().filter(|(proposal, _)| PROPOSALS.contains(proposal));
    // No module may have it: several types for `select`.
    of_wasmote.map(|(_, name)| *name).filter(|name| *name != "TypedSelectMulti")
}

/// An operator about certain memories, tables or types.
#[derive(Clone, Debug)]
pub struct Entry {
    pub name: &'static str,
    make: usize,
    pub places: [u32; 2],
    ty: ValType,
    /// The natural alignment of an access, as a power of two.
    align: u8,
    lanes: usize,
    pub is_access: bool,
    pub params: Vec<wasm_encoder::ValType>,
    pub results: Vec<wasm_encoder::ValType>,
}

impl Entry {
    /// The operator, with random immediates.
    pub fn operator(&self, random: &mut Random) -> Operator<'static> {
        let align = match self.is_access && !self.name.contains("Atomic") && random.percent(30) {
            true => random.below(usize::from(self.align) + 1) as u8,
            false => self.align,
        };
        let mut immediates =
            Immediates { random, places: self.places, align, lanes: self.lanes, ty: self.ty };
        MAKERS[self.make].0(&mut immediates)
    }
}

/// The operators in a world.
pub fn entries(world: usize, proposals: Proposals) -> &'static [Entry] {
    static TABLES: [[OnceLock<Vec<Entry>>; 2]; super::world::WORLDS] =
        [const { [const { OnceLock::new() }; 2] }; super::world::WORLDS];
    let table = &TABLES[world][(proposals == Proposals::All) as usize];
    table.get_or_init(|| find(world, proposals))
}

pub const TYPES: [ValType; 7] = [
    ValType::I32,
    ValType::I64,
    ValType::F32,
    ValType::F64,
    ValType::V128,
    ValType::FUNCREF,
    ValType::EXTERNREF,
];

fn find(world: usize, proposals: Proposals) -> Vec<Entry> {
    let wasm = super::world::empty(world, proposals);
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    let mut of_function = None;
    for payload in Parser::new(0).parse_all(&wasm) {
        let payload = payload.expect("the world is a module");
        if let ValidPayload::Func(function, _) = validator.payload(&payload).expect("it is valid") {
            of_function = Some(function);
        }
    }
    let FuncToValidate { resources, index, ty, features } =
        of_function.expect("the world has a function");
    let trial = |operands: &[ValType], operator: &Operator<'_>| {
        let function = FuncToValidate { resources: resources.clone(), index, ty, features };
        let mut validator = function.into_validator(Default::default());
        validator.op(0, &Operator::Unreachable).expect("always valid");
        for ty in operands {
            let position = TYPES.iter().position(|of| of == ty).expect("one of these");
            let local_index = position as u32;
            validator
                .op(0, &Operator::LocalGet { local_index })
                .expect("the world has a parameter of each type");
        }
        validator.op(0, operator).ok()?;
        let height = validator.operand_stack_height() as usize;
        Some((0..height).rev().map(|i| validator.get_operand_type(i).flatten()).collect::<Vec<_>>())
    };

    let mut random = Random::new(1);
    let mut entries: Vec<Entry> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (make, (proposal, name)) in NAMES.iter().enumerate() {
        let wide = proposals == Proposals::All || *proposal != "wide_arithmetic";
        if !PROPOSALS.contains(proposal)
            || CONTROL.contains(name)
            || *name == "TypedSelectMulti"
            || !wide
        {
            continue;
        }
        let is_access = MAKERS[make].1.contains(&"memarg");
        let lanes = lanes(name);
        for (places, ty) in combinations(MAKERS[make].1) {
            // The natural alignment is the largest that is valid.
            let found = (0..=4).rev().find_map(|align| {
                let mut immediates = Immediates { random: &mut random, places, align, lanes, ty };
                let bytes = encoded(MAKERS[make].0(&mut immediates));
                let operator = OperatorsReader::new(BinaryReader::new(&bytes, 0)).read().ok()?;
                let found = types(&|operands| trial(operands, &operator))?;
                Some((align, found))
            });
            // Not all are: tables of different types cannot be copied.
            let Some((align, (params, results))) = found else { continue };
            let of_encoder = |types: Vec<ValType>| -> Vec<_> {
                let types = types.into_iter().map(|ty| RoundtripReencoder.val_type(ty));
                types.collect::<Result<_, _>>().expect("wasm-encoder has these types")
            };
            let (params, results) = (of_encoder(params), of_encoder(results));
            if seen.insert((make, places, ty)) {
                entries.push(Entry {
                    name,
                    make,
                    places,
                    ty,
                    align,
                    lanes,
                    is_access,
                    params,
                    results,
                });
            }
        }
        assert!(entries.last().is_some_and(|entry| entry.make == make), "{name} is never valid");
    }
    entries
}

/// An operator as bytes. The reader knows the largest alignment of an access, so trials are of what has been read.
fn encoded(operator: Operator<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let instruction =
        RoundtripReencoder.instruction(operator).expect("operators have instructions");
    wasm_encoder::Encode::encode(&instruction, &mut bytes);
    bytes
}

/// What is on the stack after an operator on operands of these types, if it takes them; `None` for any type.
type Trial<'a> = dyn Fn(&[ValType]) -> Option<Vec<Option<ValType>>> + 'a;

/// The types of an operator that can be tried.
fn types(trial: &Trial<'_>) -> Option<(Vec<ValType>, Vec<ValType>)> {
    let results = trial(&[])?;
    let mut params: Vec<ValType> = Vec::new();
    loop {
        // Is there one more? With a value below that it does not take, there is one more on the stack afterwards.
        let fits = TYPES.into_iter().find(|ty| {
            let mut operands = vec![*ty];
            operands.extend(&params);
            trial(&operands).is_some_and(|after| after.len() == results.len())
        });
        match fits {
            Some(ty) => params.insert(0, ty),
            None => break,
        }
    }
    let results = trial(&params)?;
    Some((params, results.into_iter().map(|ty| ty.expect("operands have types")).collect()))
}

/// The memories or tables that immediates of these names can be about, and types.
fn combinations(names: &[&str]) -> Vec<([u32; 2], ValType)> {
    let many = |condition: bool| if condition { super::world::PLACES } else { 1 };
    let has = |wanted: &[&str]| names.iter().any(|name| wanted.contains(name));
    let first = many(has(&["memarg", "mem", "dst_mem", "table", "dst_table"]));
    let second = many(has(&["src_mem", "src_table"]));
    let types = if has(&["ty", "hty"]) { &TYPES[..] } else { &TYPES[..1] };
    let mut all = Vec::new();
    for first in 0..first {
        for second in 0..second {
            for ty in types {
                let null_of_number = has(&["hty"]) && !matches!(ty, ValType::Ref(_));
                if !null_of_number {
                    all.push(([first, second], *ty));
                }
            }
        }
    }
    all
}

fn lanes(name: &str) -> usize {
    let of = |texts: &[&str]| texts.iter().any(|text| name.contains(text));
    match () {
        () if of(&["x2", "64Lane"]) => 2,
        () if of(&["x4", "32Lane"]) => 4,
        () if of(&["x8", "16Lane"]) => 8,
        () => 16,
    }
}
