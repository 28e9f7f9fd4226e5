//! What every operator computes, wherever its operands are, whatever lies below them on the stack and whatever
//! becomes of its results.
//!
//! The operators are those of wasmparser (`table.rs`), so that none is forgotten; `meaning.rs` says what they compute and
//! `machine.rs` evaluates code naively. `specs.rs` says on what operands each is tried, `shapes.rs` makes the functions under
//! test, `module.rs` the module around them. Each function is called with several arguments; results, traps, memories, tables and globals must be those of the evaluator.

mod code;
mod machine;
mod meaning;
mod module;
mod shapes;
mod specs;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Instant;

use wasmote::*;

use machine::Machine;
use module::{HELPERS, encoded, fresh, imported};
use shapes::{Below, Case, Kind, case, combination, combinations, describe};
use specs::{Spec, specs};
use table::{Op, Ty, V};

/// How functions are compiled and called.
#[derive(Clone, Copy, Debug)]
struct Mode {
    name: &'static str,
    fuel: bool,
    epochs: bool,
    deterministic: bool,
    compilation: CompilationMode,
    /// One in so many combinations.
    every: usize,
}

const MODES: [Mode; 4] = [
    Mode {
        name: "plain",
        fuel: false,
        epochs: false,
        deterministic: false,
        compilation: CompilationMode::Eager,
        every: 1,
    },
    Mode {
        name: "fuel",
        fuel: true,
        epochs: false,
        deterministic: false,
        compilation: CompilationMode::Eager,
        every: 3,
    },
    Mode {
        name: "epochs",
        fuel: false,
        epochs: true,
        deterministic: true,
        compilation: CompilationMode::LazyTranslation,
        every: 7,
    },
    Mode {
        name: "lazy, fuel and epochs",
        fuel: true,
        epochs: true,
        deterministic: true,
        compilation: CompilationMode::Lazy,
        every: 9,
    },
];

/// One in how many combinations is tried. It has no factor in common with the numbers of kinds and of what lies below.
fn stride(spec: &Spec, every: usize) -> usize {
    let all = combinations(spec);
    let full = std::env::var_os("WASMOTE_ALL_OPERANDS").is_some();
    let least = if full { 1 } else { all.div_ceil(spec.tried) * every };
    (least..).find(|n| n % 2 != 0 && n % 5 != 0).expect("there are such numbers")
}

impl Mode {
    fn engine(&self) -> Engine {
        let mut config = Config::new();
        config.shared_memory(true).wasm_custom_page_sizes(true).parallel_compilation(false);
        config
            .consume_fuel(self.fuel)
            .epoch_interruption(self.epochs)
            .compilation_mode(self.compilation);
        config.cranelift_nan_canonicalization(self.deterministic);
        config.relaxed_simd_deterministic(self.deterministic);
        config.wasm_backtrace_max_frames(None);
        Engine::new(&config).unwrap()
    }
}

/// An instance, and the evaluator's.
struct Pair {
    store: Store<()>,
    instance: Instance,
    helpers: Vec<Func>,
    externs: Vec<Rooted<ExternRef>>,
    globals: Vec<Global>,
    memories: Vec<Memory>,
    shared: SharedMemory,
    /// Copies the shared memory to where it can be looked at.
    mirror: Func,
    mirrored: Memory,
    tables: Vec<Table>,
    fuel: bool,
    machine: Machine,
}

impl Pair {
    fn new(engine: &Engine, bytes: &[u8], mode: &Mode) -> Result<Pair> {
        let mut store = Store::new(engine, ());
        if mode.fuel {
            // Instantiation consumes some, too.
            store.set_fuel(u64::MAX)?;
        }
        if mode.epochs {
            store.set_epoch_deadline(u64::MAX >> 1);
        }
        let mut imports = Vec::new();
        for ty in imported() {
            let ty = match ty {
                Ty::I32 => ValType::I32,
                Ty::I64 => ValType::I64,
                Ty::F32 => ValType::F32,
                Ty::F64 => ValType::F64,
                Ty::V128 => ValType::V128,
                Ty::Func => ValType::FUNCREF,
                Ty::Extern => ValType::EXTERNREF,
            };
            let zero = Val::default_for_ty(&ty).expect("all have one");
            let ty = GlobalType::new(ty, Mutability::Var);
            imports.push(Extern::from(Global::new(&mut store, ty, zero)?));
        }
        let module = Module::new(engine, bytes)?;
        let instance = Instance::new(&mut store, &module, &imports)?;
        let mut globals: Vec<Global> =
            imports.into_iter().map(|e| e.into_global().expect("it is one")).collect();
        let export = |store: &mut Store<()>, name: &str, i: usize| {
            instance.get_export(&mut *store, &format!("{name}{i}")).expect("exported")
        };
        let machine = fresh();
        for i in globals.len()..machine.globals.len() {
            globals.extend(export(&mut store, "global", i).into_global());
        }
        let mut helpers = Vec::new();
        for i in 0..HELPERS as usize {
            helpers.extend(export(&mut store, "helper", i).into_func());
        }
        let (mut memories, mut shared) = (Vec::new(), None);
        for i in 0..machine.memories.len() {
            match export(&mut store, "memory", i) {
                Extern::SharedMemory(m) => shared = Some(m),
                other => memories.extend(other.into_memory()),
            }
        }
        let mut tables = Vec::new();
        for i in 0..machine.tables.len() {
            tables.extend(export(&mut store, "table", i).into_table());
        }
        let mut externs = Vec::new();
        for i in 1..4_u128 {
            externs.push(ExternRef::new(&mut store, i)?);
        }
        let shared = shared.expect("one is shared");
        let mirror = instance.get_func(&mut store, "mirror").expect("exported");
        let mirrored = instance.get_memory(&mut store, "mirror memory").expect("exported");
        Ok(Pair {
            store,
            instance,
            helpers,
            externs,
            globals,
            memories,
            shared,
            mirror,
            mirrored,
            tables,
            fuel: mode.fuel,
            machine,
        })
    }

    fn to_val(&self, V(ty, bits): V) -> Val {
        match ty {
            Ty::I32 => Val::I32(bits as i32),
            Ty::I64 => Val::I64(bits as i64),
            Ty::F32 => Val::F32(bits as u32),
            Ty::F64 => Val::F64(bits as u64),
            Ty::V128 => Val::V128(bits.into()),
            Ty::Func => Val::FuncRef(bits.checked_sub(1).map(|i| self.helpers[i as usize])),
            Ty::Extern => Val::ExternRef(bits.checked_sub(1).map(|i| self.externs[i as usize])),
        }
    }

    fn function(&self, f: Option<&Func>) -> u128 {
        let Some(f) = f else { return 0 };
        let raw = f.to_raw(&self.store);
        let same = |helper: &Func| helper.to_raw(&self.store) == raw;
        self.helpers.iter().position(same).map_or(u128::MAX, |i| i as u128 + 1)
    }

    fn external(&self, e: Option<&Rooted<ExternRef>>) -> u128 {
        let data = |e: &Rooted<ExternRef>| {
            let data = e.data(&self.store).expect("it is of this store");
            *data.and_then(|d| d.downcast_ref::<u128>()).expect("made with one")
        };
        e.map_or(0, data)
    }

    fn to_value(&self, val: &Val) -> V {
        match val {
            Val::I32(x) => V(Ty::I32, u128::from(*x as u32)),
            Val::I64(x) => V(Ty::I64, u128::from(*x as u64)),
            Val::F32(x) => V(Ty::F32, u128::from(*x)),
            Val::F64(x) => V(Ty::F64, u128::from(*x)),
            Val::V128(x) => V(Ty::V128, x.as_u128()),
            Val::FuncRef(f) => V(Ty::Func, self.function(f.as_ref())),
            Val::ExternRef(e) => V(Ty::Extern, self.external(e.as_ref())),
            other => panic!("what is {other:?}?"),
        }
    }

    fn call(&mut self, function: &Func, args: &[V], results: usize) -> Result<Vec<V>, Trap> {
        let args: Vec<Val> = args.iter().map(|&v| self.to_val(v)).collect();
        let mut found = vec![Val::I32(0); results];
        if self.fuel {
            self.store.set_fuel(u64::MAX).expect("there is fuel");
        }
        match function.call(&mut self.store, &args, &mut found) {
            Ok(()) => Ok(found.iter().map(|val| self.to_value(val)).collect()),
            Err(e) => Err(*e.downcast_ref::<Trap>().unwrap_or_else(|| panic!("no trap: {e:?}"))),
        }
    }

    /// What differs in memories, tables or globals, which the evaluator then takes over.
    fn differences(&mut self, globals_too: bool) -> Vec<String> {
        let mut found = Vec::new();
        if self.fuel {
            self.store.set_fuel(u64::MAX).expect("there is fuel");
        }
        self.mirror.call(&mut self.store, &[], &mut []).expect("it copies");
        let mut plain = self.memories.iter();
        for (i, m) in self.machine.memories.iter_mut().enumerate() {
            let bytes = if m.shared {
                &self.mirrored.data(&self.store)[..self.shared.data_size()]
            } else {
                plain.next().expect("as many").data(&self.store)
            };
            // Results are stored here, whichever NaN they are.
            let scratch = 0x600..0x610;
            let same = m.bytes.len() == bytes.len()
                && (i > 0 && m.bytes == bytes
                    || i == 0
                        && m.bytes[..scratch.start] == bytes[..scratch.start]
                        && m.bytes[scratch.end..] == bytes[scratch.end..]);
            if !same {
                found.push(format!("memory {i} differs"));
                m.bytes = bytes.to_vec();
            }
        }
        for i in 0..self.tables.len() {
            let table = self.tables[i];
            let elements: Vec<u128> = (0..table.size(&self.store))
                .map(|at| match table.get(&mut self.store, at).expect("it is in range") {
                    Ref::Func(f) => self.function(f.as_ref()),
                    Ref::Extern(e) => self.external(e.as_ref()),
                    other => panic!("what is {other:?}?"),
                })
                .collect();
            if elements != self.machine.tables[i].elements {
                found.push(format!("table {i} differs"));
                self.machine.tables[i].elements = elements;
            }
        }
        if globals_too {
            for i in 0..self.globals.len() {
                let val = self.globals[i].get(&mut self.store);
                let value = self.to_value(&val);
                if value != self.machine.globals[i] {
                    found.push(format!(
                        "global {i} is {value:x?}, not {:x?}",
                        self.machine.globals[i]
                    ));
                    self.machine.globals[i] = value;
                }
            }
        }
        found
    }
}

/// Whether a value is what it should be, of which lanes of a width may be any arithmetic NaN.
fn same(found: V, expected: V, nan: Option<u32>) -> bool {
    if found == expected {
        return true;
    }
    let Some(w) = nan else { return false };
    let (canonical, quiet) =
        if w == 32 { (0x7fc0_0000, 0x7fc0_0000) } else { (0x7ff8 << 48, 0x7ff8 << 48) };
    let lanes = if found.0 == Ty::V128 { 128 / w } else { 1 };
    let lane = |x: u128, i: u32| x >> (i * w) & (u128::MAX >> (128 - w));
    found.0 == expected.0
        && (0..lanes).all(|i| {
            let (f, e) = (lane(found.1, i), lane(expected.1, i));
            f == e || e == canonical && f & quiet == quiet
        })
}

type Outcome = Result<Vec<V>, Trap>;

fn same_outcome(found: &Outcome, expected: &Outcome, nan: Option<u32>) -> bool {
    match (found, expected) {
        (Ok(found), Ok(expected)) => {
            // Results are the last value; what lies below is exact.
            let last = found.len().wrapping_sub(1);
            found.len() == expected.len()
                && (0..found.len()).all(|i| same(found[i], expected[i], nan.filter(|_| i == last)))
        }
        (Err(found), Err(expected)) => found == expected,
        _ => false,
    }
}

/// What was tried.
#[derive(Default)]
struct Tally {
    operators: usize,
    functions: usize,
    calls: usize,
    traps: usize,
    /// Functions with a difference, by the name of the operator.
    wrong: BTreeMap<String, usize>,
    examples: Vec<String>,
}

/// Tries an operator in a mode.
fn test(spec: &Spec, mode: &Mode, number: usize) -> Tally {
    let engine = mode.engine();
    let mut tally = Tally { operators: 1, ..Tally::default() };
    let stride = stride(spec, mode.every);
    let mut cases: Vec<Case> = (number % stride..combinations(spec))
        .step_by(stride)
        .map(|i| {
            let (kinds, below) = combination(spec, i);
            case(spec, &kinds, below, i / stride * 13 + i + number)
        })
        .collect();
    let functions: Vec<module::Function> =
        cases.iter_mut().map(|c| std::mem::take(&mut c.function)).collect();
    let bytes = encoded(&fresh(), &functions);
    for (c, f) in cases.iter_mut().zip(functions) {
        c.function = f;
    }
    let mut pair = match Pair::new(&engine, &bytes, mode) {
        Ok(pair) => pair,
        Err(e) => panic!("{}: {e:?}", spec.name),
    };
    for (i, c) in cases.iter().enumerate() {
        let function = pair.instance.get_func(&mut pair.store, &format!("f{i}")).expect("exported");
        let mut wrong = Vec::new();
        for (call, args) in c.calls.iter().enumerate() {
            let results = c.function.ty.1.len();
            let found = pair.call(&function, args, results);
            let choices = if mode.deterministic { 1 } else { spec.choices };
            let before = (choices > 1).then(|| pair.machine.clone());
            let mut expected = vec![];
            for choice in 0..choices {
                if let Some(before) = &before {
                    pair.machine = Machine { choice, ..before.clone() };
                }
                expected.push(pair.machine.call(results, c.locals(args), &c.function.body));
                if same_outcome(&found, expected.last().expect("pushed"), spec.nan) {
                    break;
                }
            }
            if !same_outcome(&found, expected.last().expect("one choice"), spec.nan) {
                wrong.push(format!("{args:x?} gives {found:x?}, not {expected:x?}"));
            }
            tally.calls += 1;
            tally.traps += usize::from(found.is_err());
            if spec.effect || found.is_err() {
                let globals_too = call + 1 == c.calls.len() && spec.nan.is_none();
                wrong.extend(pair.differences(globals_too));
            }
        }
        tally.functions += 1;
        if let Some(first) = wrong.first() {
            *tally.wrong.entry(spec.name.clone()).or_default() += 1;
            let ty = describe(&c.function.ty);
            tally.examples.push(format!(
                "{} of {:?} over {:?}, {:?} ({ty}): {first}\n  {:?}",
                spec.name, c.kinds, c.below, c.used, c.function.body
            ));
        }
    }
    tally
}

#[test]
fn every_pair_of_places_is_tried() {
    for (number, spec) in specs().iter().enumerate() {
        let stride = stride(spec, 1);
        let mut pairs = BTreeSet::new();
        for i in (number % stride..combinations(spec)).step_by(stride) {
            let (kinds, below) = combination(spec, i);
            for (first, kind) in kinds.iter().enumerate() {
                pairs.insert((first, *kind as usize, usize::MAX, below as usize));
                for (second, other) in kinds.iter().enumerate().skip(first + 1) {
                    pairs.insert((first, *kind as usize, second, *other as usize));
                }
            }
        }
        let n = spec.params.len();
        let (kinds, below) = (Kind::ALL.len(), Below::ALL.len());
        let all = n * kinds * below + n * n.saturating_sub(1) / 2 * kinds * kinds;
        assert!(pairs.len() == all, "{}: {} of {all} pairs", spec.name, pairs.len());
    }
}

#[test]
fn operators_compute_what_the_specification_says() {
    let specs = specs();
    let only = std::env::var("WASMOTE_OPERATOR").unwrap_or_default();
    let mut failed = false;
    for mode in &MODES {
        let began = Instant::now();
        let (next, all) = (AtomicUsize::new(0), Mutex::new(Tally::default()));
        thread::scope(|scope| {
            for _ in 0..thread::available_parallelism().map_or(1, |n| n.get()) {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Relaxed);
                        let Some(spec) = specs.get(number) else { break };
                        if !spec.name.starts_with(&only) {
                            continue;
                        }
                        let tally = test(spec, mode, number);
                        let mut all = all.lock().expect("no test panicked");
                        all.operators += tally.operators;
                        all.functions += tally.functions;
                        all.calls += tally.calls;
                        all.traps += tally.traps;
                        all.wrong.extend(tally.wrong);
                        all.examples.extend(tally.examples.into_iter().take(3));
                    }
                });
            }
        });
        let all = all.into_inner().expect("no test panicked");
        println!(
            "{}: {} operators, {} functions, {} calls, {} of which trap, in {:.1} s",
            mode.name,
            all.operators,
            all.functions,
            all.calls,
            all.traps,
            began.elapsed().as_secs_f32()
        );
        if !all.wrong.is_empty() {
            failed = true;
            println!("wrong: {} functions", all.wrong.values().sum::<usize>());
            println!("{:#?}", all.wrong);
            all.examples.iter().take(20).for_each(|example| println!("{example}"));
        }
    }
    assert!(!failed, "differences");
    assert!(!only.is_empty() || Op::unseen().is_empty(), "never tried: {:?}", Op::unseen());
}
