//! A program and what can be seen of it: a module, the calls of its exports, and a line per call, global, memory
//! and table of what came out.
//!
//! All engines print the same lines, so comparing them is comparing text. Values are bits in hexadecimal digits. Two
//! things that the specification leaves open are not told apart: the bits of NaNs, and references other than null. The
//! bytes of shared memories are the program's to read.

use std::fmt::Write as _;

use wasmote::{
    CompilationMode, Config, Engine, Extern, ExternType, Func, FuncType, HeapType, Instance,
    Module, Ref, Store, Trap, Val, ValType,
};

/// A way to run programs.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// When code is made.
    pub mode: CompilationMode,
    /// By several threads.
    pub parallel: bool,
    /// Fuel, if it is counted.
    pub fuel: Option<u64>,
    /// Whether epochs are looked at.
    pub epochs: bool,
    /// Whether NaNs are made canonical and relaxed operators deterministic: for programs in which that is no difference.
    pub deterministic: bool,
}

/// More fuel, and epochs, than programs use.
pub const PLENTY: u64 = 1 << 40;

impl Way {
    /// The default.
    pub const EAGER: Way = Way {
        mode: CompilationMode::Eager,
        parallel: false,
        fuel: None,
        epochs: false,
        deterministic: false,
    };

    /// The same on all machines.
    pub const DETERMINISTIC: Way = Way { deterministic: true, ..Way::EAGER };

    /// Other ways, which must do the same.
    pub const OTHERS: [Way; 5] = [
        Way { parallel: true, ..Way::EAGER },
        Way { mode: CompilationMode::Lazy, ..Way::EAGER },
        Way { fuel: Some(PLENTY), ..Way::EAGER },
        Way { mode: CompilationMode::LazyTranslation, epochs: true, ..Way::EAGER },
        Way {
            mode: CompilationMode::LazyTranslation,
            fuel: Some(PLENTY),
            epochs: true,
            ..Way::EAGER
        },
    ];

    /// An engine of this way.
    pub fn engine(self) -> Engine {
        let mut config = Config::new();
        config
            .compilation_mode(self.mode)
            .parallel_compilation(self.parallel)
            .consume_fuel(self.fuel.is_some())
            .epoch_interruption(self.epochs)
            .cranelift_nan_canonicalization(self.deterministic)
            .relaxed_simd_deterministic(self.deterministic)
            .wasm_wide_arithmetic(true)
            .wasm_custom_page_sizes(true)
            .shared_memory(true);
        Engine::new(&config).expect("the configuration is one that wasmote has")
    }

    /// A store that lets programs end.
    pub fn store<T: 'static>(self, engine: &Engine, data: T) -> Store<T> {
        let mut store = Store::new(engine, data);
        if let Some(fuel) = self.fuel {
            store.set_fuel(fuel).expect("fuel is counted");
        }
        if self.epochs {
            store.set_epoch_deadline(PLENTY);
        }
        store
    }
}

/// A module and the arguments that its exports are called with.
#[derive(Clone, Debug)]
pub struct Program {
    /// The module.
    pub wasm: Vec<u8>,
    /// The bits of arguments, used in turn.
    pub arguments: Vec<u64>,
}

impl Program {
    /// What V8 is told to do: lines of text, see `v8.mjs`. References are null.
    pub fn plan(&self, module: &Module) -> String {
        let mut out = format!("module {}\n", base64(&self.wasm));
        for import in module.imports() {
            if let ExternType::Func(ty) = import.ty() {
                let _ = writeln!(out, "import {} {}", letters(ty.params()), letters(ty.results()));
            }
        }
        // What calls leave is looked at afterwards.
        let mut left = String::new();
        for (index, export) in module.exports().enumerate() {
            match export.ty() {
                ExternType::Func(ty) => {
                    let Some(arguments) = self.arguments(&ty) else { continue };
                    let _ = write!(
                        out,
                        "call {index} {} {}",
                        letters(ty.params()),
                        letters(ty.results())
                    );
                    for argument in &arguments {
                        let _ = write!(out, " {}", text(argument));
                    }
                    out.push('\n');
                }
                ExternType::Global(ty) if !ty.content().is_v128() => {
                    let _ = writeln!(left, "global {index} {}", letter(ty.content()));
                }
                ExternType::Memory(_) => {
                    let _ = writeln!(left, "memory {index}");
                }
                ExternType::Table(ty) => {
                    let _ = writeln!(left, "table {index} {}", if ty.is_64() { 'l' } else { 'i' });
                }
                _ => {}
            }
        }
        out + &left + "end\n"
    }

    /// The arguments of an export of this type, if JavaScript can call it.
    fn arguments(&self, ty: &FuncType) -> Option<Vec<Val>> {
        if ty.results().any(|ty| ty.is_v128()) {
            return None;
        }
        let mut bits = self.arguments.iter().cycle();
        ty.params().map(|ty| argument(&ty, *bits.next()?)).collect()
    }

    /// What wasmote does.
    ///
    /// # Panics
    ///
    /// If it refuses the module, or an error is no trap.
    pub fn observe(&self, way: Way, engine: &Engine) -> String {
        let module = Module::new(engine, &self.wasm).unwrap_or_else(|e| panic!("{way:?}: {e:#}"));
        let mut store = way.store(engine, 0u64);
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
            let Some(arguments) = self.arguments(&ty) else { continue };
            let func = instance.get_func(&mut store, export.name()).expect("it is exported");
            let mut results: Vec<Val> = ty.results().map(|_| Val::I32(0)).collect();
            match func.call(&mut store, &arguments, &mut results) {
                Ok(()) => {
                    let results: Vec<String> = results.iter().map(text).collect();
                    let _ = writeln!(out, "call {index} ok {}", results.join(" "));
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
                    if !matches!(value, Val::V128(_)) {
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
                Extern::Table(table) => {
                    let size = table.size(&store);
                    let nulls: String = (0..size.min(64))
                        .map(|i| table.get(&mut store, i).expect("it is in the table"))
                        .map(|element| if element.is_null() { '0' } else { '1' })
                        .collect();
                    let _ = writeln!(out, "table {index} {size} {nulls}");
                }
                Extern::Func(_) => {}
            }
        }
        out
    }
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

fn trap(error: &wasmote::Error) -> Trap {
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
            _ => Ref::Extern(None).into(),
        },
    })
}

fn letters(types: impl Iterator<Item = ValType>) -> String {
    let letters: String = types.map(|ty| letter(&ty)).collect();
    if letters.is_empty() { "-".into() } else { letters }
}

fn letter(ty: &ValType) -> char {
    match ty {
        ValType::I32 => 'i',
        ValType::I64 => 'l',
        ValType::F32 => 'f',
        ValType::F64 => 'd',
        ValType::V128 => 'v',
        ValType::Ref(_) => 'r',
    }
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

fn text(value: &Val) -> String {
    format!("{:x}", bits(value))
}

fn hash(bytes: &[u8]) -> u32 {
    bytes.chunks_exact(4).fold(0, |hash, word| {
        let word = u32::from_le_bytes(word.try_into().expect("four bytes"));
        (hash ^ word).wrapping_mul(0x0100_0193).rotate_left(13)
    })
}

/// What `observed` is in the words of V8, which has fewer of them for traps.
pub fn in_words_of_v8(observed: &str) -> String {
    let mut out = String::new();
    for line in observed.lines() {
        let line = line
            .replace("IntegerOverflow", "Unrepresentable")
            .replace("BadConversionToInteger", "Unrepresentable")
            .replace("IndirectCallToNull", "NoSuchCallee")
            .replace("BadSignature", "NoSuchCallee");
        out += &line;
        out.push('\n');
    }
    out
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut word = [0; 3];
        word[..group.len()].copy_from_slice(group);
        let word = u32::from_be_bytes([0, word[0], word[1], word[2]]);
        for digit in 0..=group.len() {
            out.push(char::from(DIGITS[(word >> (18 - 6 * digit)) as usize & 63]));
        }
    }
    out
}
