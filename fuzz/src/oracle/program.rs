//! A program and what can be seen of it: a module, the calls of its exports, and a line per call, global, memory
//! and table of what came out.
//!
//! All engines print the same lines, so comparing them is comparing text. Values are bits in hexadecimal digits. The bits of NaNs,
//! which the specification leaves open, are not told apart; of references only whether they are null, or an `i31`, and which. Arguments
//! are numbers, null, or references that the program has given away before. The bytes of shared memories are the program's to read.

/// Programs on wasmote.
pub mod on_wasmote {
    use wasmote::*;
    include!("observe.rs");
}

/// Programs on wasmtime, by the same code: the two have the same API.
#[cfg(feature = "wasmtime")]
pub mod on_wasmtime {
    use wasmtime::*;
    include!("observe.rs");
}

use std::fmt::Write as _;
use std::num::NonZeroU32;

use wasmote::{CompilationMode, Config, Engine, ExternType, HeapType, Module, Store, ValType};

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
    /// Whether garbage is collected wherever that may happen.
    pub zeal: bool,
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
        zeal: false,
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

    /// The same, with garbage collected wherever that may happen.
    pub const fn in_zeal(self) -> Way {
        Way { zeal: true, ..self }
    }

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
            .wasm_exceptions(true)
            .wasm_wide_arithmetic(true)
            .wasm_custom_page_sizes(true)
            .shared_memory(true)
            .gc_zeal_alloc_counter(self.zeal.then_some(NonZeroU32::MIN))
            .expect("there is a collector");
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

/// What a program has done on an engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// A line for each thing.
    pub text: String,
    /// The exports that were called, by their numbers, and with what.
    pub arguments: Vec<(usize, Vec<String>)>,
}

impl Program {
    /// What V8 is told to do, after wasmote: lines of text, see `v8.mjs`.
    pub fn plan(&self, module: &Module, observed: &Observed) -> String {
        let mut out = format!("module {}\n", base64(&self.wasm));
        for import in module.imports() {
            let (what, params, results) = match import.ty() {
                ExternType::Func(ty) => ("func", letters(ty.params()), letters(ty.results())),
                ExternType::Tag(ty) => ("tag", letters(ty.ty().params()), "-".into()),
                ExternType::Global(ty) => ("global", letter(ty.content()).into(), "-".into()),
                other => panic!("an import of {other:?}"),
            };
            let _ = writeln!(out, "import {what} {params} {results}");
        }
        // What calls leave is looked at afterwards.
        let mut left = String::new();
        let mut calls = observed.arguments.iter().peekable();
        for (index, export) in module.exports().enumerate() {
            match export.ty() {
                ExternType::Func(ty) => {
                    let Some((_, arguments)) = calls.next_if(|(called, _)| *called == index) else {
                        continue;
                    };
                    let (params, results) = (letters(ty.params()), letters(ty.results()));
                    let _ = write!(out, "call {index} {params} {results}");
                    for argument in arguments {
                        let _ = write!(out, " {argument}");
                    }
                    out.push('\n');
                }
                ExternType::Global(ty) if on_wasmote::in_javascript(ty.content()) => {
                    let _ = writeln!(left, "global {index} {}", letter(ty.content()));
                }
                ExternType::Memory(_) => {
                    let _ = writeln!(left, "memory {index}");
                }
                ExternType::Table(ty)
                    if on_wasmote::in_javascript(&ValType::Ref(ty.element().clone())) =>
                {
                    let _ = writeln!(left, "table {index} {}", if ty.is_64() { 'l' } else { 'i' });
                }
                _ => {}
            }
        }
        out + &left + "end\n"
    }
}

fn letters(types: impl Iterator<Item = ValType>) -> String {
    let letters: String = types.map(|ty| letter(&ty)).collect();
    if letters.is_empty() { "-".into() } else { letters }
}

/// The number type, or the top of the references of a type.
fn letter(ty: &ValType) -> char {
    match ty {
        ValType::I32 => 'i',
        ValType::I64 => 'l',
        ValType::F32 => 'f',
        ValType::F64 => 'd',
        ValType::V128 => 'v',
        ValType::Ref(ty) => match ty.heap_type().top() {
            HeapType::Func => 'p',
            HeapType::Extern => 'x',
            HeapType::Any => 'a',
            _ => 'e',
        },
    }
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

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes as text.
pub(super) fn base64(bytes: &[u8]) -> String {
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

/// What [`base64`] was given, or another program that fills the last group.
pub(super) fn of_base64(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|digit| *digit != b'=').collect();
    let mut out = Vec::with_capacity(digits.len() * 3 / 4);
    for group in digits.chunks(4) {
        let value = |digit: &u8| DIGITS.iter().position(|d| d == digit).expect("a digit") as u32;
        let word = group
            .iter()
            .enumerate()
            .fold(0, |word, (i, digit)| word | value(digit) << (18 - 6 * i));
        out.extend_from_slice(&word.to_be_bytes()[1..group.len()]);
    }
    out
}
