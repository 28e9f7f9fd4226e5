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
mod forward;
mod fuel;
mod locals;
mod operators;
mod pin;
mod reader;
#[cfg(feature = "simd")]
mod simd;
mod sites;
mod stack;
mod tail;
mod tree;
mod visitor;

pub use reader::Operators;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use wasmparser::{
    BinaryReader, BinaryReaderError, FrameKind, FuncValidator, FunctionBody, ValType,
    ValidatorResources,
};

use crate::code::{FuncCode, can_return_to};
use crate::isa::operand::HEADER;
use crate::runtime::Layout;
use crate::wasm::{FuncSig, Kind, ModuleInfo};
use blocks::{Blocks, Numbers};
use buffer::CodeBuffer;
use control::{Control, LabelRoute, Room};
use forward::Forward;
use fuel::Meter;
use locals::Locals;
use sites::SiteList;
use stack::Entry;
use tree::{Node, TilingCache, Value};
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
    buffers: Buffers,
}

/// What the translation of a function fills, kept for the next one.
#[derive(Debug, Default)]
struct Buffers {
    code: CodeBuffer,
    nodes: Vec<Node>,
    stack: Vec<Entry>,
    controls: Blocks<Control>,
    locals: Locals,
    /// Code offset of each label; `u32::MAX` until it is bound.
    labels: Blocks<u32>,
    /// Where the number of a label stands in the code, whose address is to be there: how far behind the last such place.
    targets: Numbers,
    last_target: usize,
    sites: SiteList,
    /// The routes that `br_table`s share.
    routes: Blocks<LabelRoute>,
    /// Slots of what is split off the statements being emitted.
    temps: Vec<u32>,
    meter: Meter,
    tilings: TilingCache,
    /// Vector constants.
    vectors: Vec<[u8; 16]>,
}

impl Buffers {
    fn clear(&mut self) {
        self.code.clear();
        self.nodes.clear();
        self.stack.clear();
        self.controls.clear();
        self.locals.clear();
        self.labels.clear();
        self.targets.clear();
        self.last_target = 0;
        self.sites.clear();
        self.routes.clear();
        self.temps.clear();
        self.vectors.clear();
    }
}

/// The translation of one function.
struct Function<'a> {
    info: &'a ModuleInfo,
    body: BinaryReader<'a>,
    /// Module offset of its last operator, an `end`.
    ends_at: u64,
    layout: Layout,
    b: &'a mut Buffers,
    results: &'a [Kind],
    /// The frame's first slot, that of the first parameter and the first result.
    first: u32,
    /// The first slot of the operand stack.
    stack_base: u32,
    /// Where the frame ends, by the slots that it needs so far.
    slots: u32,
    /// The trees of the statement being emitted, and the next slot for what is split off them, once
    /// something is.
    trees: [Value; 2],
    next_temp: Option<u32>,
    /// Where the last instruction begins and its number, if the next statement may be fused with it.
    last: Option<(usize, u16)>,
    /// What the next statement can read from an accumulator.
    forward: Option<Forward>,
    /// The slot that the statement being emitted reads from the accumulator instead.
    forwarded: Option<u32>,
    /// The slot of the local that is also kept in the pinned register here.
    pinned: Option<u32>,
    /// The index of that local.
    pinned_local: u32,
    /// A statement of the loop reads the pinned register.
    pinned_is_read: bool,
    /// Stack entries below are in their slots.
    spilled: usize,
    /// The slot of the next stack entry.
    top: u32,
    /// The current operator cannot be reached.
    unreachable: bool,
    /// Blocks begun inside unreachable code.
    unreachable_blocks: u32,
    /// Module offset of the current operator.
    offset: u64,
    /// Fuel or epochs are metered.
    metered: bool,
    room: Room,
    /// A branch goes to the end of the function.
    returns: bool,
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
        self.buffers.clear();
        let sig = info.func_sig(index);
        let limit = |message| TranslateError::Limit(body.range().start as usize, message);
        if sig.area() > HEADER as u32 {
            let message = format!("function has {} slots of parameters or results", sig.area());
            return Err(limit(message));
        }
        let mut f = Function::new(info, sig, &body, &mut self.buffers);
        let mut reader = body.get_binary_reader();
        if let Some(v) = &validator {
            reader.set_features(*v.features());
        }
        f.declare_locals(sig.params, &mut reader, validator.as_deref_mut())?;
        f.offset = reader.original_position();
        let begins_at = f.offset as u32;
        f.begin();

        let frame = match &validator {
            Some(v) => v.get_control_frame(0).map(|frame| frame.kind),
            // Validated before: an `else` is in an `if`.
            None => Some(FrameKind::If),
        };
        let mut visitor = Visitor { function: f, validator, frame };
        let mut operators = Operators::new(reader)?;
        while !operators.eof() {
            visitor.function.offset = operators.position();
            operators.visit(&mut visitor)??;
        }
        if visitor.validator.is_some() {
            operators.reader().finish_expression(&visitor)?;
        }
        let mut f = visitor.function;
        let slots = f.slots - HEADER as u32;
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
        buffers: &'a mut Buffers,
    ) -> Function<'a> {
        buffers.meter.begin(&info.options);
        Function {
            info,
            body: body.get_binary_reader(),
            ends_at: body.range().end - 1,
            layout: Layout::new(info),
            b: buffers,
            results: sig.results,
            first: HEADER as u32 - sig.area(),
            stack_base: 0,
            slots: 0,
            trees: [Value::ZERO; 2],
            next_temp: None,
            last: None,
            forward: None,
            forwarded: None,
            pinned: None,
            pinned_local: 0,
            pinned_is_read: false,
            spilled: 0,
            top: 0,
            unreachable: false,
            unreachable_blocks: 0,
            offset: 0,
            metered: info.options.consume_fuel || info.options.epoch_interruption,
            returns: false,
            room: Room::new(body.range().end - body.range().start),
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
            slot = self.b.locals.declare(index, 1, slot, kind);
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
            let kind = kind(ty);
            // Vectors at even slots, and the operand stack behind them: those of a frame that begins at
            // one do not cross cache lines, which would cost twice and more.
            if kind == Kind::V128 {
                slot = slot.next_multiple_of(2);
                vectors = true;
            }
            slot = self.b.locals.declare(index, count, slot, kind);
            index += count;
        }
        if vectors {
            slot = slot.next_multiple_of(2);
        }
        (self.stack_base, self.top, self.slots) = (slot, slot, slot);
        Ok(())
    }
}

/// How values of a type are kept.
fn kind(ty: ValType) -> Kind {
    match ty {
        ValType::I32 => Kind::I32,
        ValType::I64 => Kind::I64,
        ValType::F32 => Kind::F32,
        ValType::F64 => Kind::F64,
        ValType::V128 => Kind::V128,
        ValType::Ref(_) => Kind::Ref,
    }
}
