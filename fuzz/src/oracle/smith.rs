//! Programs of wasm-smith.

use arbitrary::Unstructured;

use super::program::Program;
use crate::random::Random;

/// Module that says which imports there may be: host functions.
const IMPORTS: &str = r#"(module
    (import "host" "a" (func (param i32 i64) (result i64)))
    (import "host" "b" (func (param f64 f32) (result f64 i32)))
    (import "host" "c" (func (param funcref externref) (result i32)))
    (import "host" "d" (func (result f32))))"#;

/// Module that says which imports there may be if there are objects: host functions, which keep and return references.
const IMPORTS_OF_OBJECTS: &str = r#"(module
    (import "host" "a" (func (param i32 i64) (result i64)))
    (import "host" "b" (func (param anyref) (result anyref)))
    (import "host" "c" (func (param funcref externref) (result externref funcref)))
    (import "host" "d" (func (param eqref f64) (result i32))))"#;

/// Which proposals programs use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proposals {
    /// Those that V8 has, but for the next ones.
    OfV8,
    /// These, typed function references, garbage collection and exceptions.
    Objects,
    /// All but these.
    All,
}

/// The program of `seed`, unless there is none.
pub fn program(seed: u64, proposals: Proposals) -> Option<Program> {
    let mut random = Random::new(seed);
    let arguments = (0..8)
        .map(|_| if random.percent(50) { random.below(300) as u64 } else { random.wide() })
        .collect();
    let (more, objects) = (proposals == Proposals::All, proposals == Proposals::Objects);
    let mut config = wasm_smith::Config {
        custom_page_sizes_enabled: more,
        wide_arithmetic_enabled: more,
        ..config(&mut random)
    };
    if objects {
        config = wasm_smith::Config {
            available_imports: Some(wat::parse_str(IMPORTS_OF_OBJECTS).expect("it is a module")),
            exceptions_enabled: random.percent(50),
            gc_enabled: true,
            max_types: 5 + random.below(30),
            min_types: 5,
            threads_enabled: false,
            ..config
        };
    }
    let data = Random::bytes(seed, 600 + random.below(5000));
    let mut module = wasm_smith::Module::new(config, &mut Unstructured::new(&data)).ok()?;
    module.ensure_termination(300).ok()?;
    let wasm = module.to_bytes();
    (!waits(&wasm)).then_some(Program { wasm, arguments })
}

/// All that wasmote and V8 have.
fn config(random: &mut Random) -> wasm_smith::Config {
    let threads = random.percent(25);
    wasm_smith::Config {
        allow_start_export: true,
        available_imports: Some(wat::parse_str(IMPORTS).expect("it is a module")),
        bulk_memory_enabled: true,
        canonicalize_nans: true,
        compact_imports_enabled: false,
        custom_page_sizes_enabled: false,
        disallow_traps: random.percent(75),
        exceptions_enabled: random.percent(50),
        export_everything: true,
        extended_const_enabled: true,
        gc_enabled: false,
        generate_custom_sections: false,
        max_funcs: 8,
        max_imports: random.pick(&[0, 4]),
        max_instructions: 100 + random.below(500),
        max_memories: 1 + random.below(3),
        max_memory32_bytes: 1 << 18,
        max_memory64_bytes: 1 << 18,
        max_table_elements: 1000,
        max_tables: 3,
        memory64_enabled: random.percent(50),
        memory_max_size_required: true,
        min_exports: 1,
        min_funcs: 1 + random.below(4),
        min_memories: random.below(2) as u32,
        min_tables: random.below(2) as u32,
        multi_value_enabled: true,
        reference_types_enabled: true,
        relaxed_simd_enabled: false,
        shared_everything_threads_enabled: false,
        simd_enabled: random.percent(50),
        table_max_size_required: true,
        tail_call_enabled: true,
        threads_enabled: threads,
        wide_arithmetic_enabled: false,
        ..wasm_smith::Config::default()
    }
}

/// Whether a module may wait for another thread, which would be for ever.
fn waits(wasm: &[u8]) -> bool {
    use wasmparser::{Operator, Payload};
    wasmparser::Parser::new(0).parse_all(wasm).any(|payload| {
        let Ok(Payload::CodeSectionEntry(body)) = payload else { return false };
        let mut operators = body.get_operators_reader().expect("it is valid").into_iter();
        operators.any(|operator| {
            matches!(
                operator,
                Ok(Operator::MemoryAtomicWait32 { .. } | Operator::MemoryAtomicWait64 { .. })
            )
        })
    })
}
