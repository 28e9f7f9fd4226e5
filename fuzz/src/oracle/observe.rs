// What can be seen of a program, on any engine with this API: included where the names of one are in scope.

use std::fmt::Write as _;

use super::{Observed, Program, hash};

/// What the host knows of a program that runs.
pub struct Host {
    /// Depends on all arguments of all calls of host functions.
    hash: u64,
    /// The references that it has got from the program, in their order: for arguments, and for what host functions return.
    references: Vec<Seen>,
    limits: StoreLimits,
}

impl Default for Host {
    fn default() -> Host {
        let limits = StoreLimitsBuilder::new().memory_size(LARGEST).build();
        Host { hash: 0, references: vec![], limits }
    }
}

/// More bytes than any memory or heap needs. Large arrays would take long to move.
const LARGEST: usize = 16 << 20;

/// A reference that stays.
#[derive(Clone, Debug)]
enum Seen {
    Func(Func),
    Extern(OwnedRooted<ExternRef>),
    Any(OwnedRooted<AnyRef>),
}

impl Seen {
    /// Keeps a reference, unless it is null.
    fn keep(mut store: impl AsContextMut<Data = Host>, value: &Val) {
        let owned = "it is of this store";
        let seen = match value {
            Val::FuncRef(Some(func)) => Seen::Func(*func),
            Val::ExternRef(Some(rooted)) => {
                Seen::Extern(rooted.to_owned_rooted(&mut store).expect(owned))
            }
            Val::AnyRef(Some(rooted)) => Seen::Any(rooted.to_owned_rooted(&mut store).expect(owned)),
            _ => return,
        };
        store.as_context_mut().data_mut().references.push(seen);
    }

    fn get(&self, store: impl AsContextMut) -> Ref {
        match self {
            Seen::Func(func) => Ref::Func(Some(*func)),
            Seen::Extern(owned) => Ref::Extern(Some(owned.to_rooted(store))),
            Seen::Any(owned) => Ref::Any(Some(owned.to_rooted(store))),
        }
    }
}

/// What the program does, and with which arguments its exports are called.
///
/// # Panics
///
/// If the engine refuses the module, or an error is neither a trap nor an exception.
pub fn observe(program: &Program, engine: &Engine, mut store: Store<Host>) -> Observed {
    let module = Module::new(engine, &program.wasm).unwrap_or_else(|e| panic!("refused: {e:#}"));
    store.limiter(|host| &mut host.limits);
    let mut observed = Observed::default();
    let out = &mut observed.text;
    let imports: Vec<Extern> = module
        .imports()
        .map(|import| match import.ty() {
            ExternType::Func(ty) => host(&mut store, ty).into(),
            ExternType::Tag(ty) => Tag::new(&mut store, &ty).expect("there is room").into(),
            ExternType::Global(ty) => {
                let value = constant(&mut store, ty.content());
                Global::new(&mut store, ty, value).expect("it is of the type").into()
            }
            other => panic!("an import of {other:?}"),
        })
        .collect();
    let instance = match Instance::new(&mut store, &module, &imports) {
        Ok(instance) => instance,
        Err(error) => {
            let _ = writeln!(out, "start trap {}", trap(&error));
            return observed;
        }
    };
    for (index, export) in module.exports().enumerate() {
        let ExternType::Func(ty) = export.ty() else { continue };
        if !ty.params().chain(ty.results()).all(|ty| in_javascript(&ty)) {
            continue;
        }
        let mut bits = program.arguments.iter().cycle();
        let arguments: Option<Vec<Argument>> =
            ty.params().map(|ty| argument(&mut store, &ty, *bits.next()?)).collect();
        let Some(arguments) = arguments else { continue };
        let values: Vec<Val> = arguments.iter().map(|argument| argument.value).collect();
        observed.arguments.push((index, arguments.into_iter().map(|argument| argument.text).collect()));
        let func = instance.get_func(&mut store, export.name()).expect("it is exported");
        let mut results: Vec<Val> = ty.results().map(|_| Val::I32(0)).collect();
        match func.call(&mut store, &values, &mut results) {
            Ok(()) => {
                let results: Vec<String> =
                    results.iter().map(|value| result(&mut store, value)).collect();
                let _ = writeln!(out, "call {index} ok {}", results.join(" "));
            }
            Err(error) => {
                let trap = trap(&error);
                let _ = writeln!(out, "call {index} trap {trap}");
                if trap.starts_with("Exhausted") {
                    return observed;
                }
            }
        }
    }
    for (index, export) in module.exports().enumerate() {
        match instance.get_export(&mut store, export.name()).expect("it is exported") {
            Extern::Global(global) => {
                let value = global.get(&mut store);
                if in_javascript(global.ty(&store).content()) {
                    let _ = writeln!(out, "global {index} {:x}", bits(&mut store, &value));
                }
            }
            Extern::Memory(memory) => {
                let bytes = memory.data(&store);
                let _ = writeln!(out, "memory {index} {} {:x}", bytes.len(), hash(bytes));
            }
            Extern::SharedMemory(memory) => {
                let _ = writeln!(out, "memory {index} {}", memory.data_size());
            }
            Extern::Table(table) => {
                if !in_javascript(&ValType::Ref(table.ty(&store).element().clone())) {
                    continue;
                }
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
    observed
}

/// Whether JavaScript may see values of a type.
pub(crate) fn in_javascript(ty: &ValType) -> bool {
    match ty {
        ValType::V128 => false,
        ValType::Ref(ty) => matches!(
            ty.heap_type().top(),
            HeapType::Func | HeapType::Extern | HeapType::Any
        ),
        _ => true,
    }
}

/// The value of an imported global.
fn constant(store: &mut Store<Host>, ty: &ValType) -> Val {
    match ty {
        ValType::I32 => Val::I32(42),
        ValType::I64 => Val::I64(42),
        ValType::F32 => Val::F32(42_f32.to_bits()),
        ValType::F64 => Val::F64(42_f64.to_bits()),
        ValType::Ref(_) => Val::ExternRef(Some(ExternRef::new(store, ()).expect("there is room"))),
        ValType::V128 => panic!("JavaScript has no vectors"),
    }
}

/// A host function: what it returns depends on all arguments of all calls so far.
fn host(store: &mut Store<Host>, ty: FuncType) -> Func {
    Func::new(store, ty.clone(), move |mut caller, arguments, results| {
        for argument in arguments {
            let bits = bits(&mut caller, argument) as u64;
            let host = caller.data_mut();
            host.hash = (host.hash ^ bits).wrapping_mul(0x100_0000_01b3);
            Seen::keep(&mut caller, argument);
        }
        let hash = caller.data().hash;
        for (i, (result, ty)) in results.iter_mut().zip(ty.results()).enumerate() {
            let argument = argument(&mut caller, &ty, hash >> (8 * (i % 4)));
            *result = argument.expect("JavaScript can return it").value;
        }
        Ok(())
    })
}

/// Why a program ended. What it lacked is no difference, and what comes after it is not compared.
fn trap(error: &Error) -> String {
    if error.is::<ThrownException>() {
        return "Exception".into();
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => "Exhausted stack".into(),
        Some(Trap::AllocationTooLarge) => "Exhausted heap".into(),
        Some(trap) => format!("{trap:?}"),
        None if error.is::<GcHeapOutOfMemory<()>>() => "Exhausted heap".into(),
        None => panic!("no trap: {error:#}"),
    }
}

/// A value, and what V8 is told of it: its bits, or the number of a reference that it has seen.
struct Argument {
    value: Val,
    text: String,
}

/// A value of a type, if there is one. Floats are integers, references are null or have been seen before.
fn argument(store: impl AsContextMut<Data = Host>, ty: &ValType, bits: u64) -> Option<Argument> {
    let value = match ty {
        ValType::I32 => Val::I32(bits as i32),
        ValType::I64 => Val::I64(bits as i64),
        ValType::F32 => Val::F32((bits as i32 as f32).to_bits()),
        ValType::F64 => Val::F64(f64::from(bits as i32).to_bits()),
        ValType::V128 => return None,
        ValType::Ref(ty) => return reference(store, ty, bits),
    };
    let text = match value {
        Val::I32(value) => format!("{:x}", value as u32),
        Val::I64(value) => format!("{value:x}"),
        Val::F32(bits) => format!("{bits:x}"),
        Val::F64(bits) => format!("{bits:x}"),
        _ => unreachable!("it is a number"),
    };
    Some(Argument { value, text })
}

/// A reference of a type: null, if `bits` or nothing else says so, or one that has been seen.
fn reference(
    mut store: impl AsContextMut<Data = Host>,
    ty: &RefType,
    bits: u64,
) -> Option<Argument> {
    if !(ty.is_nullable() && bits.is_multiple_of(4)) {
        let count = store.as_context().data().references.len();
        for i in 0..count {
            let index = (i + bits as usize % count) % count;
            let seen = store.as_context().data().references[index].clone();
            let reference = seen.get(&mut store);
            // V8 takes functions of the type that is asked for only; here, and in wasmtime, one of the same structure will do.
            let is_exact = match (&reference, ty.heap_type()) {
                (Ref::Func(Some(func)), HeapType::ConcreteFunc(ty)) => FuncType::eq(&func.ty(&store), ty),
                _ => true,
            };
            if is_exact && reference.matches_ty(&store, ty).expect("it is of this store") {
                return Some(Argument { value: reference.into(), text: format!("#{index}") });
            }
        }
    }
    let null = || Argument { value: Ref::null(ty.heap_type()).into(), text: "0".into() };
    ty.is_nullable().then(null)
}

/// The bits of a result as text; a reference is kept, for arguments.
fn result(store: &mut Store<Host>, value: &Val) -> String {
    Seen::keep(&mut *store, value);
    format!("{:x}", bits(store, value))
}

/// The bits of a value, of a NaN those of the canonical one; of a reference whether it is null, or the number that it is.
fn bits(store: impl AsContextMut, value: &Val) -> u128 {
    match value {
        Val::I32(value) => u128::from(*value as u32),
        Val::I64(value) => u128::from(*value as u64),
        Val::F32(bits) if f32::from_bits(*bits).is_nan() => 0x7fc0_0000,
        Val::F32(bits) => u128::from(*bits),
        Val::F64(bits) if f64::from_bits(*bits).is_nan() => 0x7ff8_0000_0000_0000,
        Val::F64(bits) => u128::from(*bits),
        Val::V128(value) => value.as_u128(),
        reference => {
            let reference = reference.ref_().expect("it is no number");
            if reference.is_null() {
                return 0;
            }
            let ty = reference.ty(&store).expect("it is of this store");
            match ty.heap_type() {
                HeapType::I31 => {
                    let raw = value.to_raw(store).expect("it is of this store");
                    u128::from(raw.get_anyref() >> 1 | 1 << 31)
                }
                _ => 1,
            }
        }
    }
}
