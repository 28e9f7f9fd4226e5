//! The crate's API as a boundary: whatever safe code does with it, the worst that it gets is a panic.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use wasmote_interp::{
    Epoch, Exit, FuncId, InstanceId, InstanceParts, Kind, Machine, MemoryInfo, ModuleCode,
    ModuleInfo, TableInfo, TranslateError, Translator, TrapCode, Types,
};
use wasmparser::{BinaryReader, FunctionBody};

/// Function types, by number and how many `i32`s are parameters and results.
fn types(of: &[(u32, usize, usize)]) -> Arc<Types> {
    let mut types = Types::default();
    for &(id, params, results) in of {
        let place = types.define_func(id, None, vec![Kind::I32; params], vec![Kind::I32; results]);
        types.push(place);
    }
    types.into()
}

/// Modules of this file have type 7, `[i32] -> [i32]`, a memory, a table, and an imported function or none.
fn info(imported_funcs: u32) -> ModuleInfo {
    let memory = MemoryInfo { is64: false, page_size_log2: 16, max_bytes: 1 << 32, shared: false };
    ModuleInfo {
        types: types(&[(7, 1, 1)]),
        funcs: vec![0; imported_funcs as usize + 1],
        imported_funcs,
        memories: vec![memory],
        tables: vec![TableInfo { is64: false, element: Kind::Func }],
        ..ModuleInfo::default()
    }
}

/// A module with a function of this body, which is valid.
fn module(imported_funcs: u32, body: &[u8]) -> Arc<ModuleCode> {
    let module = ModuleCode::new(info(imported_funcs));
    let body = FunctionBody::new(BinaryReader::new(body, 0));
    let code = Translator::new().translate(module.info(), imported_funcs, body, None).unwrap();
    // SAFETY: translated for this function of this module, of a valid body.
    unsafe { module.insert(imported_funcs, code) };
    Arc::new(module)
}

fn instance(machine: &mut Machine, code: &Arc<ModuleCode>, funcs: &[FuncId]) -> InstanceId {
    let memories = vec![machine.memory_alloc(0, 0).unwrap()];
    let tables = vec![machine.table_alloc(Kind::Func, 1, 0).unwrap()];
    let types = &code.info().types;
    let tags = code.info().tags.iter().map(|ty| machine.tag_alloc(types.func(*ty).id).unwrap());
    let tags = tags.collect();
    let parts = InstanceParts { funcs, tables, memories, globals: &[], tags };
    machine.instance_alloc(code, parts).unwrap()
}

/// `memory.grow (local.get 0)`.
const GROW: &[u8] = &[0, 0x20, 0, 0x40, 0, 0x0b];
/// `i32.add (local.get 0) (table.grow (ref.null func) (local.get 0))`.
const GROW_TABLE: &[u8] = &[0, 0x20, 0, 0xd0, 0x70, 0x20, 0, 0xfc, 0x0f, 0, 0x6a, 0x0b];
/// `call 0 (i32.add (local.get 0) (i32.const 1))`.
const CALL: &[u8] = &[0, 0x20, 0, 0x41, 1, 0x6a, 0x10, 0, 0x0b];
/// `unreachable`.
const TRAP: &[u8] = &[0, 0x00, 0x0b];

#[test]
fn frames_of_guests_are_not_lent() {
    let mut machine = Machine::new(1 << 16);
    assert!(machine.area_mut().is_empty());
    let code = module(0, GROW);
    let grow = instance(&mut machine, &code, &[]);
    let func = machine.instance_func(grow, 0);
    let depth = machine.begin(func).unwrap();
    machine.area_mut().copy_from_slice(&[1]);
    let Exit::MemoryGrow { delta: 1, .. } = machine.run() else { panic!("it grows") };
    assert!(machine.area().is_empty() && machine.area_mut().is_empty());
    machine.answer(Some(5));
    assert!(machine.area_mut().is_empty());
    assert!(matches!(machine.run(), Exit::Done));
    assert_eq!(machine.area(), [5]);
    machine.end(depth);

    let code = module(0, TRAP);
    let trap = instance(&mut machine, &code, &[]);
    let func = machine.instance_func(trap, 0);
    machine.begin(func).unwrap();
    assert!(matches!(machine.run(), Exit::Trap(TrapCode::Unreachable)));
    assert!(machine.area().is_empty() && machine.area_mut().is_empty());
}

#[test]
fn a_call_that_is_not_in_progress_cannot_be_ended() {
    let mut machine = Machine::new(1 << 16);
    machine.end(0);
    let host = machine.func_alloc_host(7, 1, 1, 0);
    let code = module(1, CALL);
    let inner = instance(&mut machine, &code, &[host]);
    let inner = machine.instance_func(inner, 1);
    let outer = instance(&mut machine, &code, &[inner]);
    let outer = machine.instance_func(outer, 1);
    let depth = machine.begin(outer).unwrap();
    machine.area_mut()[0] = 10;
    assert!(matches!(machine.run(), Exit::Host { host: 0 }));
    for wrong in [depth + 1, depth + 2, usize::MAX - 1] {
        machine.end(wrong);
    }
    assert_eq!(machine.frames().count(), 2);
    // The argument, and the result in its place; the call from one instance to the other returns.
    assert_eq!(machine.area(), [12]);
    assert!(matches!(machine.run(), Exit::Done));
    assert_eq!(machine.area(), [12]);
    machine.end(depth);
    machine.end(depth);
    assert!(matches!(machine.run(), Exit::Done));
}

#[test]
fn answers_without_a_question_change_nothing() {
    let mut machine = Machine::new(1 << 16);
    let code = module(0, GROW_TABLE);
    let grow = instance(&mut machine, &code, &[]);
    let table = machine.instance_table(grow, 0);
    let func = machine.instance_func(grow, 0);
    machine.answer(Some(1));
    machine.answer_and_fill(0, table, 1);
    assert!(matches!(machine.run(), Exit::Done));
    machine.begin(func).unwrap();
    machine.area_mut()[0] = 3;
    machine.answer(Some(1));
    machine.answer_and_fill(0, table, 1);
    let Exit::TableGrow { delta: 3, .. } = machine.run() else { panic!("it grows") };
    machine.answer_and_fill(1, table, 0);
    assert!(matches!(machine.run(), Exit::Done));
    machine.answer_and_fill(0, table, 1);
    assert!(matches!(machine.run(), Exit::Done));
    assert_eq!((machine.area(), machine.table(table)), (&[4][..], &[0][..]));
}

/// Whether it panics, and says this.
fn refuses<T>(text: &str, what: impl FnOnce() -> T) {
    let panic = catch_unwind(AssertUnwindSafe(what)).err().expect("refused");
    let message = panic.downcast_ref::<String>().map(|message| &**message);
    let message = message.or(panic.downcast_ref::<&str>().copied()).unwrap();
    assert!(message.contains(text), "{message}");
}

#[test]
fn equal_ids_are_of_equal_types() {
    let mut machine = Machine::new(1 << 16);
    let host = machine.func_alloc_host(7, 1, 1, 0);
    let other = machine.func_alloc_host(8, 2, 1, 0);
    refuses("slots of function type 7", || machine.func_alloc_host(7, 2, 1, 0));
    refuses("slots of function type 8", || machine.func_alloc_host(8, 2, 0, 0));
    // Such a function can only be called by the embedder, if there is room.
    let large = machine.func_alloc_host(9, 2049, u32::MAX, 0);
    assert!(matches!(machine.begin(large), Err(TrapCode::StackOverflow)));
    let large = machine.func_alloc_host(10, 2049, 3, 0);
    let depth = machine.begin(large).unwrap();
    assert!(matches!(machine.run(), Exit::Host { host: 0 }));
    assert_eq!(machine.area_mut().len(), 2049);
    machine.end(depth);

    let code = module(1, CALL);
    instance(&mut machine, &code, &[host]);
    refuses("an imported function's type", || instance(&mut machine, &code, &[other]));
    let types_of = |ty| ModuleInfo { types: types(&[(7, 1, 1), ty]), ..info(1) };
    let wrong = Arc::new(ModuleCode::new(types_of((8, 2, 2))));
    refuses("slots of function type 8", || instance(&mut machine, &wrong, &[host]));
    let wrong = Arc::new(ModuleCode::new(types_of((12, 0, 2049))));
    refuses("at most 2048 slots", || instance(&mut machine, &wrong, &[host]));
    // Another type may be fit for the import, as a subtype is.
    let subtype = machine.func_alloc_host(11, 1, 1, 0);
    instance(&mut machine, &code, &[subtype]);
}

#[test]
fn modules_that_cannot_be_are_refused() {
    let info = info(1);
    refuses("imports included", || {
        ModuleCode::new(ModuleInfo { imported_funcs: 3, ..info.clone() })
    });
    let mut module = ModuleCode::new(ModuleInfo { data: 1, ..info.clone() });
    refuses("data segments", || module.set_bytes([0; 8].into(), [].into()));
    for range in [0..9, 8..9, Range { start: 5, end: 4 }] {
        refuses("data segment", || module.set_bytes([0; 8].into(), [range].into()));
    }
    let all = 0..8;
    module.set_bytes([0; 8].into(), [all].into());

    let body = FunctionBody::new(BinaryReader::new(TRAP, 0));
    let large = ModuleInfo { types: types(&[(7, 2049, 0)]), ..info };
    let translated = Translator::new().translate(&large, 1, body, None);
    assert!(matches!(translated, Err(TranslateError::Limit(0, _))), "{translated:?}");
}

/// Functions that stop in each way, or call one that does: all of type 7. Functions 0 and 1 are imported.
const BODIES: [&[u8]; if cfg!(feature = "gc") { 14 } else { 11 }] = [
    GROW,
    GROW_TABLE,
    CALL,
    // `call 1 (local.get 0)`, and both in tail position
    &[0, 0x20, 0, 0x10, 1, 0x0b],
    &[0, 0x20, 0, 0x12, 0, 0x0b],
    &[0, 0x20, 0, 0x12, 1, 0x0b],
    TRAP,
    // `call_indirect (local.get 0) (local.get 0)`
    &[0, 0x20, 0, 0x20, 0, 0x11, 0, 0, 0x0b],
    // `memory.fill (i32.const 0) (i32.const 1) (local.get 0)`, and the argument again
    &[0, 0x41, 0, 0x41, 1, 0x20, 0, 0xfc, 0x0b, 0, 0x20, 0, 0x0b],
    #[cfg(feature = "gc")]
    // `throw 0 (local.get 0)`
    &[0, 0x20, 0, 0x08, 0, 0x0b],
    #[cfg(feature = "gc")]
    // `call 0 (local.get 0)` in a block that catches this
    &[0, 0x02, 0x7f, 0x1f, 0x7f, 1, 0, 0, 0, 0x20, 0, 0x10, 0, 0x0b, 0x0b, 0x0b],
    #[cfg(feature = "gc")]
    // and in one that catches anything, which is thrown again
    &[
        0, 0x02, 0x69, 0x1f, 0x40, 1, 3, 0, 0x20, 0, 0x10, 0, 0x1a, 0x0b, 0x20, 0, 0x0f, 0x0b,
        0x0a, 0x0b,
    ],
    // the call in tail position, and a loop: what may not end, and is not called without a meter
    &[0, 0x20, 0, 0x20, 0, 0x13, 0, 0, 0x0b],
    &[0, 0x03, 0x40, 0x0c, 0, 0x0b, 0x00, 0x0b],
];

/// A module of these functions, without code.
fn lazy(metered: bool) -> Arc<ModuleCode> {
    let mut info = info(2);
    info.funcs = vec![0; 2 + BODIES.len()];
    info.types = types(&[(7, 1, 1), (8, 1, 0)]);
    info.tags = vec![1];
    (info.options.consume_fuel, info.options.epoch_interruption) = (metered, metered);
    Arc::new(ModuleCode::new(info))
}

fn translate(module: &ModuleCode, func: u32) {
    let body = FunctionBody::new(BinaryReader::new(BODIES[func as usize - 2], 0));
    let code = Translator::new().translate(module.info(), func, body, None).unwrap();
    // SAFETY: translated for this function of this module, of a valid body.
    unsafe { module.insert(func, code) };
}

/// Numbers by chance, the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % n
    }
}

/// The embedder does what it likes, in any order. What it sees is memory of its own machine: a sanitizer, or the system,
/// has the last word on that.
#[test]
fn calls_come_in_any_order() {
    let metered = cfg!(feature = "metering");
    let seeds = if cfg!(debug_assertions) { 2000 } else { 20_000 };
    let (mut exits, mut panics) = ([0; 8], 0);
    // Exceptions that nobody catches, and that are caught where the embedder throws them.
    let (mut thrown, mut caught) = (0, 0);
    for seed in 1..=seeds {
        let mut random = Random(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let metered = metered && random.below(2) == 0;
        let count = 2 + BODIES.len() as u64 - if metered { 0 } else { 2 };
        let mut machine = Machine::new(1 << (9 + random.below(8)));
        let epoch = Arc::new(Epoch::new(0));
        if metered {
            machine.meter_fuel();
            machine.meter_epochs(epoch.clone());
        }
        let host = machine.func_alloc_host(7, 1, 1, 0);
        let modules = [lazy(metered), lazy(metered)];
        let mut instances = vec![instance(&mut machine, &modules[0], &[host, host])];
        let mut funcs = vec![host];
        for _ in 0..60 {
            // What panics leaves the machine as it is: it can still be used.
            let step = catch_unwind(AssertUnwindSafe(|| match random.below(16) {
                0 => {
                    let code = &modules[random.below(2) as usize];
                    let mut import = || funcs[random.below(funcs.len() as u64) as usize];
                    let imports = [import(), import()];
                    instances.push(instance(&mut machine, code, &imports));
                }
                1 | 2 => {
                    let of = instances[random.below(instances.len() as u64) as usize];
                    let func = machine.instance_func(of, random.below(count) as u32);
                    let table = machine.instance_table(of, 0);
                    let len = machine.table(table).len() as u64;
                    machine.table_mut(table)[random.below(len) as usize] = match random.below(8) {
                        0 => random.below(u64::MAX),
                        _ => func.to_raw(),
                    };
                    funcs.push(func);
                }
                3 | 4 => drop(machine.begin(funcs[random.below(funcs.len() as u64) as usize])),
                5 => machine.end(random.below(6) as usize),
                6 | 7 => {
                    let value = random.below(3) * random.below(20_000);
                    machine.area_mut().fill(value);
                }
                8 => machine.answer(Some(random.below(u64::MAX)).filter(|n| n % 3 != 0)),
                9 => {
                    let table = machine.instance_table(instances[0], 0);
                    machine.answer_and_fill(random.below(4), table, random.below(3));
                }
                10 => {
                    let memory = machine.instance_memory(instances[0], 0);
                    let _ = machine.memory_grow(memory, random.below(100_000) as usize, 0);
                    machine.memory_mut(memory).fill(1);
                }
                #[cfg(feature = "gc")]
                12 if machine.has_pending() => match random.below(4) {
                    0 => drop(machine.take_pending()),
                    1 => {
                        let exception = machine.take_pending().expect("there is one");
                        let _ = machine.exception_tag(exception);
                        machine.set_pending(exception);
                    }
                    _ => caught += u32::from(machine.throw_pending()),
                },
                11 => {
                    machine.set_fuel(random.below(10_000));
                    machine.set_epoch_deadline(random.below(2));
                    let interval = [None, Some(1), Some(100), Some(u64::MAX)];
                    machine.set_fuel_interval(interval[random.below(4) as usize]);
                }
                _ => match machine.run() {
                    Exit::Done => exits[0] += 1,
                    Exit::Host { .. } => {
                        // The embedder may have begun a host function above a guest that was deep in recursion.
                        assert!(machine.caller().is_some() || machine.frames().count() <= 1 << 16);
                        exits[1] += 1;
                        #[cfg(feature = "gc")]
                        if random.below(2) == 0 {
                            caught += u32::from(machine.throw_pending());
                        }
                    }
                    Exit::MemoryGrow { memory, delta } => {
                        let _ = machine.memory_grow(memory, (delta as usize % 4) << 16, 0);
                        exits[2] += 1;
                    }
                    #[cfg(feature = "gc")]
                    Exit::Collect { bytes } => match random.below(4) {
                        0 => drop(machine.heap_grow(1 << random.below(16))),
                        // Whatever the embedder does not show is gone.
                        1 => drop(machine.collect(|_| ())),
                        _ => drop(machine.heap_has(bytes)),
                    },
                    #[cfg(feature = "gc")]
                    Exit::Thrown => thrown += 1,
                    Exit::TableGrow { table, delta, init } => {
                        let _ = machine.table_grow(table, delta as usize % 9, init);
                        exits[3] += 1;
                    }
                    Exit::Translate { instance, func } => {
                        translate(&machine.instance_code(instance).clone(), func);
                        exits[4] += 1;
                    }
                    Exit::Epoch => exits[5] += 1,
                    Exit::Trap(_) => exits[6] += 1,
                    Exit::Yield | Exit::OutOfFuel => exits[7] += 1,
                },
            }));
            panics += usize::from(step.is_err());
        }
    }
    let all = if metered { 8 } else { 5 };
    assert!(exits[..all].iter().all(|n| *n > 20), "{exits:?}");
    assert!(!cfg!(feature = "gc") || thrown > 20 && caught > 0, "{thrown} {caught}");
    assert_eq!(panics, 0, "{exits:?}");
}
