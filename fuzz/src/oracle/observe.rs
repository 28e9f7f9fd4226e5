// What can be seen of a program, on any engine with this API: included where the names of one are in scope.

use std::fmt::Write as _;

use super::{Program, hash};

/// The arguments of an export of this type, if JavaScript can call it.
pub(crate) fn arguments(program: &Program, ty: &FuncType) -> Option<Vec<Val>> {
    if ty.results().any(|ty| ty.is_v128() || !is_seen(&ty)) {
        return None;
    }
    let mut bits = program.arguments.iter().cycle();
    ty.params().map(|ty| argument(&ty, *bits.next()?)).collect()
}

/// Whether JavaScript sees values of a type: it has no references to exceptions.
pub(crate) fn is_seen(ty: &ValType) -> bool {
    let heap = ty.as_ref().map(|ty| ty.heap_type().clone());
    !matches!(heap, Some(HeapType::Exn | HeapType::NoExn))
}

/// What the program does.
///
/// # Panics
///
/// If the engine refuses the module, or an error is no trap.
pub fn observe(program: &Program, engine: &Engine, mut store: Store<u64>) -> String {
    let module = Module::new(engine, &program.wasm).unwrap_or_else(|e| panic!("refused: {e:#}"));
    let mut out = String::new();
    let imports: Vec<Extern> = module
        .imports()
        .map(|import| match import.ty() {
            ExternType::Func(ty) => host(&mut store, ty).into(),
            other => panic!("an import of {other:?}"),
        })
        .collect();
    let instance = match Instance::new(&mut store, &module, &imports) {
        Ok(instance) => instance,
        Err(error) => {
            let _ = writeln!(out, "start trap {:?}", trap(&error));
            return out;
        }
    };
    for (index, export) in module.exports().enumerate() {
        let ExternType::Func(ty) = export.ty() else { continue };
        let Some(arguments) = arguments(program, &ty) else { continue };
        let func = instance.get_func(&mut store, export.name()).expect("it is exported");
        let mut results: Vec<Val> = ty.results().map(|_| Val::I32(0)).collect();
        match func.call(&mut store, &arguments, &mut results) {
            Ok(()) => {
                let results: Vec<String> = results.iter().map(text).collect();
                let _ = writeln!(out, "call {index} ok {}", results.join(" "));
            }
            Err(error) if error.is::<ThrownException>() => {
                let _ = writeln!(out, "call {index} trap exception");
            }
            Err(error) => {
                let trap = trap(&error);
                let _ = writeln!(out, "call {index} trap {trap:?}");
                if trap == Trap::StackOverflow {
                    return out;
                }
            }
        }
    }
    for (index, export) in module.exports().enumerate() {
        match instance.get_export(&mut store, export.name()).expect("it is exported") {
            Extern::Global(global) => {
                let value = global.get(&mut store);
                if !matches!(value, Val::V128(_) | Val::ExnRef(_)) {
                    let _ = writeln!(out, "global {index} {}", text(&value));
                }
            }
            Extern::Memory(memory) => {
                let bytes = memory.data(&store);
                let _ = writeln!(out, "memory {index} {} {:x}", bytes.len(), hash(bytes));
            }
            Extern::SharedMemory(memory) => {
                let _ = writeln!(out, "memory {index} {}", memory.data_size());
            }
            Extern::Table(table) if is_seen(&table.ty(&store).element().clone().into()) => {
                let size = table.size(&store);
                let nulls: String = (0..size.min(64))
                    .map(|i| table.get(&mut store, i).expect("it is in the table"))
                    .map(|element| if element.is_null() { '0' } else { '1' })
                    .collect();
                let _ = writeln!(out, "table {index} {size} {nulls}");
            }
            _ => {}
        }
    }
    out
}

/// A host function: what it returns depends on all arguments of all calls so far.
fn host(store: &mut Store<u64>, ty: FuncType) -> Func {
    Func::new(store, ty.clone(), move |mut caller, arguments, results| {
        let state = caller.data_mut();
        for argument in arguments {
            *state = (*state ^ bits(argument) as u64).wrapping_mul(0x100_0000_01b3);
        }
        let state = *state;
        for (i, (result, ty)) in results.iter_mut().zip(ty.results()).enumerate() {
            *result = argument(&ty, state >> (8 * (i % 4))).expect("JavaScript can return it");
        }
        Ok(())
    })
}

fn trap(error: &Error) -> Trap {
    *error.downcast_ref::<Trap>().unwrap_or_else(|| panic!("no trap: {error:#}"))
}

/// A value of a type, if JavaScript has such. Floats are integers, references are null.
fn argument(ty: &ValType, bits: u64) -> Option<Val> {
    Some(match ty {
        ValType::I32 => Val::I32(bits as i32),
        ValType::I64 => Val::I64(bits as i64),
        ValType::F32 => Val::F32((bits as i32 as f32).to_bits()),
        ValType::F64 => Val::F64(f64::from(bits as i32).to_bits()),
        ValType::V128 => return None,
        ValType::Ref(ty) => match ty.heap_type() {
            HeapType::Func => Val::FuncRef(None),
            HeapType::Extern => Ref::Extern(None).into(),
            _ => return None,
        },
    })
}

/// The bits of a value, of a NaN those of the canonical one.
fn bits(value: &Val) -> u128 {
    match value {
        Val::I32(value) => u128::from(*value as u32),
        Val::I64(value) => u128::from(*value as u64),
        Val::F32(bits) if f32::from_bits(*bits).is_nan() => 0x7fc0_0000,
        Val::F32(bits) => u128::from(*bits),
        Val::F64(bits) if f64::from_bits(*bits).is_nan() => 0x7ff8_0000_0000_0000,
        Val::F64(bits) => u128::from(*bits),
        Val::V128(value) => value.as_u128(),
        reference => u128::from(!reference.ref_().is_some_and(|reference| reference.is_null())),
    }
}

pub(crate) fn text(value: &Val) -> String {
    format!("{:x}", bits(value))
}

