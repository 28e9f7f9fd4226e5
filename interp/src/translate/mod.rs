//! Validated operators to code, in one pass.
//!
//! The operand stack is resolved here: local variables and operand stack entries are slots of one
//! frame, an entry's slot given by its height, so all paths agree on where values are by the rules
//! of validation alone. Nothing is emitted for what computes a value: the translator's operand
//! stack holds pending expression [`tree`]s. Only statements are emitted ([`emit`]), and a tree
//! that has no handler as a whole is split.
//!
//! **Order.** A pending tree is delayed only past what cannot observe it: it is spilled into its
//! slot before a local that it reads is set; a tree that may trap before anything else that may
//! trap or has an effect; a tree that reads a global before calls and `global.set`; every tree at
//! the boundaries of blocks. Inside a tree evaluation goes left to right, splits included.
//!
//! **Linear time.** At most [`WINDOW`] entries are pending, a tree has at most [`tree::MAX_SIZE`]
//! nodes, so whatever is searched is bounded.

#[cfg(feature = "threads")]
mod atomics;
mod blocks;
mod buffer;
mod control;
mod emit;
mod emitter;
#[cfg(feature = "gc")]
mod exceptions;
mod forward;
mod fuel;
mod locals;
#[cfg(feature = "gc")]
mod objects;
mod operators;
mod pin;
mod reader;
#[cfg_attr(not(feature = "gc"), path = "no_roots.rs")]
mod roots;
#[cfg(feature = "simd")]
mod simd;
mod sites;
mod stack;
mod tail;
mod temps;
mod tree;
mod visitor;

pub use reader::Operators;

use alloc::format;
use alloc::string::String;
use wasmparser::{
    AbstractHeapType, BinaryReader, BinaryReaderError, FuncValidator, FunctionBody, HeapType,
    ValType, ValidatorResources,
};

use crate::code::{FuncCode, can_return_to};
use crate::isa::operand::HEADER;
use crate::runtime::Layout;
use crate::wasm::{FuncSig, Kind, ModuleInfo};
use control::{ControlStack, Reach};
use emitter::Emitter;
use fuel::Meter;
use locals::Locals;
use pin::PinnedLocal;
use roots::RootMaps;
use stack::OperandStack;
use temps::Temps;
use tree::Trees;
use visitor::Visitor;

/// Why a function could not be translated.
#[derive(Debug)]
pub enum TranslateError {
    /// The function is not valid WebAssembly.
    Invalid(BinaryReaderError),
    /// The function exceeds a limit of this implementation (offset in the module, which limit).
    Limit(usize, String),
}

impl From<BinaryReaderError> for TranslateError {
    fn from(e: BinaryReaderError) -> TranslateError {
        TranslateError::Invalid(e)
    }
}

/// Slots that a frame may have from the return word on: what operands in code can name.
const MAX_SLOTS: u32 = u16::MAX as u32 - HEADER as u32;
/// Entries of the operand stack that may be pending.
const WINDOW: usize = 32;

/// Translates functions one after the other; reuses its buffers.
#[derive(Debug, Default)]
pub struct Translator {
    parts: Parts,
}

/// The owners of what the translation of a function fills, kept for the next one.
#[derive(Debug, Default)]
struct Parts {
    stack: OperandStack,
    trees: Trees,
    emitter: Emitter,
    temps: Temps,
    control: ControlStack,
    #[cfg(feature = "gc")]
    catches: exceptions::CatchList,
    locals: Locals,
    meter: Meter,
    roots: RootMaps,
}

impl Parts {
    fn clear(&mut self) {
        self.stack.clear();
        self.trees.clear();
        self.emitter.clear();
        self.temps.clear();
        self.control.clear();
        #[cfg(feature = "gc")]
        self.catches.clear();
        self.locals.clear();
        self.roots.clear();
    }
}

/// The translation of one function.
struct Function<'a> {
    info: &'a ModuleInfo,
    layout: Layout,
    source: Source<'a>,
    results: &'a [Kind],
    /// The frame's first slot, that of the first parameter and the first result.
    first: u32,
    parts: &'a mut Parts,
    pinned: PinnedLocal,
    reach: Reach,
}

/// Where the operators come from.
struct Source<'a> {
    body: BinaryReader<'a>,
    /// Module offset of the last operator, an `end`.
    ends_at: u64,
    /// Module offset of the current one.
    offset: u64,
}

impl Translator {
    /// A translator with empty buffers.
    pub fn new() -> Translator {
        Translator::default()
    }

    /// Translates function `index` of the module that `info` describes, validating it on the way when `validator` is
    /// given. Otherwise the body was validated before: what becomes of one that is not valid must not be
    /// [inserted](crate::ModuleCode::insert).
    ///
    /// # Errors
    /// The function is not valid; its frame has more than 63,487 slots; its parameters or results have more than 2,048;
    /// or it lies at an address that is too large for a return word.
    ///
    /// # Panics
    /// If the module has no such function, or the body is not valid as that of this one.
    pub fn translate(
        &mut self,
        info: &ModuleInfo,
        index: u32,
        body: FunctionBody<'_>,
        mut validator: Option<&mut FuncValidator<ValidatorResources>>,
    ) -> Result<FuncCode, TranslateError> {
        self.parts.clear();
        let sig = info.func_sig(index);
        let limit = |message| TranslateError::Limit(body.range().start as usize, message);
        if sig.area() > HEADER as u32 {
            let message = format!("function has {} slots of parameters or results", sig.area());
            return Err(limit(message));
        }
        let mut f = Function::new(info, sig, &body, &mut self.parts);
        let mut reader = body.get_binary_reader();
        if let Some(v) = &validator {
            reader.set_features(*v.features());
        }
        f.declare_locals(sig.params, &mut reader, validator.as_deref_mut())?;
        f.source.offset = reader.original_position();
        let begins_at = f.source.offset as u32;
        f.begin();

        let frame = validator.as_ref().and_then(|v| Some(v.get_control_frame(0)?.kind));
        let mut visitor = Visitor { function: f, validator, frame };
        let mut operators = Operators::new(reader)?;
        while !operators.eof() {
            visitor.function.source.offset = operators.position();
            if visitor.validator.is_none() {
                visitor.frame = Some(operators.frame());
            }
            operators.visit(&mut visitor)??;
        }
        if visitor.validator.is_some() {
            operators.reader().finish_expression(&visitor)?;
        }
        let mut f = visitor.function;
        let slots = f.parts.stack.end - HEADER as u32;
        if slots > MAX_SLOTS {
            let message = format!("function needs {slots} stack slots, {MAX_SLOTS} are supported");
            return Err(limit(message));
        }
        let code = f.finish(begins_at);
        if !can_return_to(code.bytes()) {
            return Err(limit("code lies at an address of more than 48 bits".into()));
        }
        #[cfg(any(debug_assertions, feature = "verify"))]
        if let Err(e) = crate::code::verify(info, index, &code) {
            panic!(
                "function {index} does not verify: {e}\n{}",
                crate::code::disassemble(info, &code)
            );
        }
        Ok(code)
    }
}

impl<'a> Function<'a> {
    /// A function of a type, with nothing in it yet.
    fn new(
        info: &'a ModuleInfo,
        sig: FuncSig<'a>,
        body: &FunctionBody<'a>,
        parts: &'a mut Parts,
    ) -> Function<'a> {
        let range = body.range();
        parts.meter.begin(&info.options);
        parts.control.begin(range.end - range.start);
        Function {
            info,
            layout: Layout::new(info),
            source: Source {
                body: body.get_binary_reader(),
                ends_at: range.end - 1,
                offset: range.start,
            },
            results: sig.results,
            first: HEADER as u32 - sig.area(),
            parts,
            pinned: PinnedLocal::default(),
            reach: Reach::default(),
        }
    }

    /// Gives parameters and the locals that the body declares their slots; the operand stack begins behind them.
    fn declare_locals(
        &mut self,
        params: &[Kind],
        reader: &mut BinaryReader<'_>,
        mut validator: Option<&mut FuncValidator<ValidatorResources>>,
    ) -> Result<(), TranslateError> {
        let (mut index, mut slot) = (0, self.first);
        for &kind in params {
            self.parts.roots.declare(slot, 1, kind);
            slot = self.parts.locals.declare(index, 1, slot, kind);
            index += 1;
        }
        slot = HEADER as u32 + 1;
        let mut vectors = false;
        for _ in 0..reader.read_var_u32()? {
            let offset = reader.original_position();
            let (count, ty) = (reader.read_var_u32()?, reader.read()?);
            if let Some(v) = &mut validator {
                v.define_locals(offset, count, ty)?;
            }
            let kind = kind(self.info, ty);
            // Vectors at even slots, and the operand stack behind them: those of a frame that begins at
            // one do not cross cache lines, which would cost twice and more.
            if kind == Kind::V128 {
                slot = slot.next_multiple_of(2);
                vectors = true;
            }
            self.parts.roots.declare(slot, count, kind);
            slot = self.parts.locals.declare(index, count, slot, kind);
            index += count;
        }
        if vectors {
            slot = slot.next_multiple_of(2);
        }
        self.parts.stack.begin(slot);
        Ok(())
    }
}

/// How values of a type of the module are kept.
fn kind(info: &ModuleInfo, ty: ValType) -> Kind {
    match ty {
        ValType::I32 => Kind::I32,
        ValType::I64 => Kind::I64,
        ValType::F32 => Kind::F32,
        ValType::F64 => Kind::F64,
        ValType::V128 => Kind::V128,
        ValType::Ref(ty) => ref_kind(info, ty.heap_type()),
    }
}

/// How references to these are kept.
fn ref_kind(info: &ModuleInfo, heap: HeapType) -> Kind {
    let is_func = match heap {
        HeapType::Concrete(index) | HeapType::Exact(index) => {
            let index = index.as_module_index().expect("a module as parsed names types by index");
            info.types.is_func(index)
        }
        HeapType::Abstract { ty, .. } => {
            use AbstractHeapType::*;
            matches!(ty, Func | NoFunc | Cont | NoCont)
        }
    };
    if is_func { Kind::Func } else { Kind::Gc }
}
