//! The same program in different ways: what it returns, where it traps and what it leaves must be the same.

mod peer;

use arbitrary::{Arbitrary, Result, Unstructured};
use wasmote::{CompilationMode, ExternType, Func, Instance, Module, Store, Trap, Val, ValType};

use crate::oracle::program::Way;

/// How much was compared.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Calls that every configuration made.
    pub calls: u32,
    /// Those of them that trapped.
    pub traps: u32,
    /// Calls that wasmi made, too.
    pub peer_calls: u32,
}

/// What a call did: the bits of its results, or why it trapped.
type Outcome = std::result::Result<Vec<u128>, Trap>;

/// What can be seen of a program that has run.
#[derive(Debug, PartialEq)]
struct Observed {
    /// By the name of the export, as all that follows; in the order of the calls.
    calls: Vec<(String, Outcome)>,
    memories: Vec<(String, Vec<u8>)>,
    globals: Vec<(String, u128)>,
    tables: Vec<(String, u64)>,
}

/// Makes a module of `data` and runs its exports in all ways; what of that was compared.
///
/// # Errors
///
/// If there is too little `data` for a module.
///
/// # Panics
///
/// If the ways differ, or wasmote panics.
pub fn differential(data: &[u8]) -> Result<Coverage> {
    let mut u = Unstructured::new(data);
    let with_peer = bool::arbitrary(&mut u)?;
    let arguments = <[u64; 8]>::arbitrary(&mut u)?;
    let little_fuel = u64::from(u16::arbitrary(&mut u)?);
    let mut module = wasm_smith::Module::new(smith(with_peer, bool::arbitrary(&mut u)?), &mut u)?;
    if module.ensure_termination(300).is_err() {
        return Ok(Coverage::default());
    }
    let wasm = module.to_bytes();

    let Some(expected) = run(Way::EAGER, &wasm, &arguments) else {
        return Ok(Coverage::default());
    };
    for way in Way::OTHERS {
        let found = run(way, &wasm, &arguments);
        assert_eq!(found.as_ref(), Some(&expected), "{way:?}");
    }
    // Where the fuel ends is the same whenever code is made.
    let little = Way { fuel: Some(little_fuel), ..Way::EAGER };
    let first = run(little, &wasm, &arguments);
    let lazy = Way { mode: CompilationMode::Lazy, ..little };
    assert_eq!(run(lazy, &wasm, &arguments), first, "{lazy:?}");

    let mut coverage = Coverage {
        calls: expected.calls.len() as u32,
        traps: expected.calls.iter().filter(|(_, outcome)| outcome.is_err()).count() as u32,
        peer_calls: 0,
    };
    if with_peer {
        coverage.peer_calls = peer::compare(&wasm, &arguments, &expected);
    }
    Ok(coverage)
}

/// What modules may be made of: all that wasmote has, or what wasmi was built with, too.
fn smith(with_peer: bool, traps: bool) -> wasm_smith::Config {
    wasm_smith::Config {
        allow_start_export: false,
        bulk_memory_enabled: true,
        // The bits of a NaN are not determined otherwise.
        canonicalize_nans: true,
        custom_page_sizes_enabled: false,
        disallow_traps: !traps,
        exceptions_enabled: false,
        export_everything: true,
        gc_enabled: false,
        generate_custom_sections: false,
        max_funcs: 6,
        max_imports: 0,
        max_instructions: 400,
        max_memories: if with_peer { 1 } else { 2 },
        max_memory32_bytes: 1 << 20,
        max_memory64_bytes: 1 << 20,
        max_table_elements: 1000,
        memory64_enabled: !with_peer,
        memory_max_size_required: true,
        min_exports: 1,
        min_funcs: 1,
        multi_value_enabled: true,
        reference_types_enabled: !with_peer,
        relaxed_simd_enabled: false,
        shared_everything_threads_enabled: false,
        simd_enabled: !with_peer,
        table_max_size_required: true,
        tail_call_enabled: !with_peer,
        threads_enabled: false,
        wide_arithmetic_enabled: !with_peer,
        ..wasm_smith::Config::default()
    }
}

/// Instantiates `wasm` and calls every exported function; nothing if it is not instantiated.
fn run(way: Way, wasm: &[u8], arguments: &[u64]) -> Option<Observed> {
    let engine = way.engine();
    let module = Module::new(&engine, wasm).unwrap_or_else(|e| panic!("{way:?}: {e:#}"));
    let mut store = way.store(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).ok()?;
    let mut observed =
        Observed { calls: vec![], memories: vec![], globals: vec![], tables: vec![] };
    for export in module.exports() {
        if let ExternType::Func(_) = export.ty() {
            let func = instance.get_func(&mut store, export.name()).expect("it is exported");
            let outcome = call(&mut store, func, arguments);
            observed.calls.extend(outcome.map(|outcome| (export.name().to_owned(), outcome)));
        }
    }
    for export in module.exports() {
        let name = || export.name().to_owned();
        if let Some(memory) = instance.get_memory(&mut store, export.name()) {
            observed.memories.push((name(), memory.data(&store).to_vec()));
        }
        if let Some(global) = instance.get_global(&mut store, export.name()) {
            observed.globals.push((name(), bits(&global.get(&mut store))));
        }
        if let Some(table) = instance.get_table(&mut store, export.name()) {
            observed.tables.push((name(), table.size(&store)));
        }
    }
    Some(observed)
}

/// Calls `func`, if its parameters are numbers.
fn call(store: &mut Store<()>, func: Func, arguments: &[u64]) -> Option<Outcome> {
    let ty = func.ty(&store);
    let mut bits_of_arguments = arguments.iter().cycle();
    let arguments: Option<Vec<Val>> =
        ty.params().map(|ty| argument(&ty, *bits_of_arguments.next()?)).collect();
    let mut results: Vec<Val> = ty.results().map(|_| Val::I32(0)).collect();
    Some(match func.call(store, &arguments?, &mut results) {
        Ok(()) => Ok(results.iter().map(bits).collect()),
        Err(error) => {
            let trap = error.downcast_ref::<Trap>();
            Err(*trap.unwrap_or_else(|| panic!("no trap: {error:#}")))
        }
    })
}

/// A value of a number type.
fn argument(ty: &ValType, bits: u64) -> Option<Val> {
    Some(match ty {
        ValType::I32 => Val::I32(bits as i32),
        ValType::I64 => Val::I64(bits as i64),
        ValType::F32 => Val::F32((bits as i32 as f32).to_bits()),
        ValType::F64 => Val::F64((bits as i64 as f64).to_bits()),
        ValType::V128 => Val::V128((u128::from(bits) * 0x1_0001_0203).into()),
        ValType::Ref(_) => return None,
    })
}

/// The bits of a value; of a reference only whether it is null.
fn bits(value: &Val) -> u128 {
    match value {
        Val::I32(value) => *value as u32 as u128,
        Val::I64(value) => *value as u64 as u128,
        Val::F32(bits) => u128::from(*bits),
        Val::F64(bits) => u128::from(*bits),
        Val::V128(value) => value.as_u128(),
        reference => u128::from(reference.ref_().is_some_and(|reference| reference.is_null())),
    }
}
