//! Functions: trees, steps and what becomes of the values on the stack.

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{BlockType, Function, Instruction as I, MemArg, MemArgTarget, ValType};

use super::operands::makes_nans;
use super::table::{Entry, Proposals, entries};
use super::world::{self, Defined};
use crate::random::Random;

/// The type of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    pub params: Vec<ValType>,
    pub results: Vec<ValType>,
}

pub fn signature(params: &[ValType], results: &[ValType]) -> Signature {
    Signature { params: params.into(), results: results.into() }
}

/// A value on the stack of which it is known whether its bits are.
#[derive(Clone, Copy, Debug)]
pub struct Value {
    pub ty: ValType,
    pub clean: bool,
}

/// The types of local variables that every function has besides its parameters: two of each for trees, and
/// those with a purpose.
const LOCALS: [ValType; 21] = [
    ValType::I32,
    ValType::I32,
    ValType::I64,
    ValType::I64,
    ValType::F32,
    ValType::F32,
    ValType::F64,
    ValType::F64,
    ValType::V128,
    ValType::V128,
    ValType::FUNCREF,
    ValType::FUNCREF,
    ValType::EXTERNREF,
    // What everything is folded into.
    ValType::I64,
    // Scratch.
    ValType::F32,
    ValType::F64,
    ValType::V128,
    // Counters of loops, by depth.
    ValType::I32,
    ValType::I32,
    ValType::I32,
    ValType::I32,
];
/// How many of them are for trees.
const FREE: u32 = 13;
const FOLD: u32 = 13;
const SCRATCH: u32 = 14;
const COUNTERS: u32 = 17;

/// A function in the making.
pub struct Body<'a> {
    pub random: &'a mut Random,
    pub entries: &'static [Entry],
    pub signature: &'a Signature,
    /// The functions that may be called, which are the first ones.
    pub callees: &'a [Signature],
    pub stack: Vec<Value>,
    /// How deep in blocks.
    pub depth: u32,
    function: Function,
}

/// The module of a seed.
pub fn module(seed: u64, mut random: Random, proposals: Proposals) -> Vec<u8> {
    let world = if random.percent(40) { 0 } else { random.below(world::WORLDS) };
    let entries = entries(world, proposals);
    // Few lists of results, so that tail calls find callees.
    let types = |random: &mut Random, most: usize, of: &[ValType]| -> Vec<ValType> {
        (0..random.below(most + 1)).map(|_| random.pick(of)).collect()
    };
    const NUMBERS: [ValType; 4] = [ValType::I32, ValType::I64, ValType::F32, ValType::F64];
    let results =
        [types(&mut random, 4, &NUMBERS), types(&mut random, 1, &NUMBERS), vec![ValType::I64]];
    let mut callees = world::imports();
    let mut functions = Vec::new();
    for i in 0..world::CALLABLE - callees.len() {
        let signature = Signature {
            params: types(&mut random, 5, &world::MUTABLE),
            results: match results.get(i) {
                Some(results) => results.clone(),
                None => types(&mut random, 3, &world::MUTABLE),
            },
        };
        // They call only the host, or in tail position what is before them.
        let body = Body::new(&mut random, entries, &signature, &callees);
        let body = body.finish(1, seed.wrapping_mul(5) + i as u64, true);
        callees.push(signature.clone());
        functions.push(Defined { signature, body, name: None });
    }
    for i in 0..3 + random.below(4) {
        let signature = Signature {
            params: types(&mut random, 5, &NUMBERS),
            results: results[random.below(results.len())].clone(),
        };
        let steps = 1 + random.below(3);
        let body = Body::new(&mut random, entries, &signature, &callees);
        let body = body.finish(steps, seed.wrapping_mul(7) + i as u64, false);
        functions.push(Defined { signature, body, name: Some(format!("f{i}")) });
    }
    for memory in 0..world::memories(world).len() {
        functions.push(sum(world, memory as u32));
    }
    world::module(world, proposals, &mut random, functions)
}

/// A function that adds up what programs use of a memory.
fn sum(world: usize, memory: u32) -> Defined {
    let is_64 = world::memories(world)[memory as usize].is_64;
    let signature = signature(&[], &[ValType::I64]);
    let mut body =
        Function::new([(1, if is_64 { ValType::I64 } else { ValType::I32 }), (1, ValType::I64)]);
    let at = MemArg { offset: 0, align: 3, target: MemArgTarget::Memory(memory), ordering: None };
    body.instruction(&I::Loop(BlockType::Empty))
        .instruction(&I::LocalGet(1))
        .instruction(&I::I64Const(31))
        .instruction(&I::I64Mul)
        .instruction(&I::LocalGet(0))
        .instruction(&I::I64Load(at))
        .instruction(&I::I64Add)
        .instruction(&I::LocalSet(1))
        .instruction(&I::LocalGet(0));
    if is_64 {
        body.instruction(&I::I64Const(8))
            .instruction(&I::I64Add)
            .instruction(&I::LocalTee(0))
            .instruction(&I::I64Const(0x3000))
            .instruction(&I::I64LtU);
    } else {
        body.instruction(&I::I32Const(8))
            .instruction(&I::I32Add)
            .instruction(&I::LocalTee(0))
            .instruction(&I::I32Const(0x3000))
            .instruction(&I::I32LtU);
    }
    body.instruction(&I::BrIf(0))
        .instruction(&I::End)
        .instruction(&I::LocalGet(1))
        .instruction(&I::End);
    Defined { signature, body, name: Some(format!("sum{memory}")) }
}

impl<'a> Body<'a> {
    fn new(
        random: &'a mut Random,
        entries: &'static [Entry],
        signature: &'a Signature,
        callees: &'a [Signature],
    ) -> Body<'a> {
        let function = Function::new_with_locals_types(LOCALS);
        Body { random, entries, signature, callees, stack: vec![], depth: 0, function }
    }

    /// The function with some steps. If it is `callable` by others, it is so a limited number of times.
    fn finish(mut self, steps: usize, focus: u64, callable: bool) -> Function {
        if callable {
            self.emit(&I::GlobalGet(world::CALLS_LEFT));
            self.emit(&I::I32Eqz);
            self.emit(&I::If(BlockType::Empty));
            self.emit(&I::Unreachable);
            self.emit(&I::End);
            self.emit(&I::GlobalGet(world::CALLS_LEFT));
            self.emit(&I::I32Const(1));
            self.emit(&I::I32Sub);
        } else {
            self.emit(&I::I32Const(200));
        }
        self.emit(&I::GlobalSet(world::CALLS_LEFT));
        for step in 0..steps {
            self.step(focus.wrapping_mul(3) + step as u64);
        }
        if self.random.percent(30) {
            self.tail_call();
        }
        for ty in self.signature.results.clone() {
            if ty == ValType::I64 {
                let fold = self.first_local() + FOLD;
                self.emit(&I::LocalGet(fold));
                self.tree(ty, 3, true);
                self.emit(&I::I64Xor);
            } else {
                self.tree(ty, 5, true);
            }
        }
        if self.random.percent(30) {
            self.emit(&I::Return);
        }
        self.emit(&I::End);
        self.function
    }

    pub fn emit(&mut self, instruction: &I<'_>) {
        self.function.instruction(instruction);
    }

    /// The first local variable that is no parameter.
    fn first_local(&self) -> u32 {
        self.signature.params.len() as u32
    }

    /// A local variable of a type that trees may use.
    pub fn local(&mut self, ty: ValType) -> u32 {
        let params = self.first_local();
        let all = self.signature.params.iter().chain(&LOCALS[..FREE as usize]);
        let locals: Vec<u32> =
            (0..params + FREE).zip(all).filter(|(_, of)| **of == ty).map(|(i, _)| i).collect();
        self.random.pick(&locals)
    }

    pub fn scratch(&self, ty: ValType) -> u32 {
        let which = match ty {
            ValType::F32 => 0,
            ValType::F64 => 1,
            _ => 2,
        };
        self.first_local() + SCRATCH + which
    }

    pub fn counter(&self) -> u32 {
        self.first_local() + COUNTERS + self.depth.min(3)
    }

    /// A type for a value, of those that are more than references more often.
    pub fn any_type(&mut self) -> ValType {
        let n = if self.random.percent(85) { 5 } else { world::MUTABLE.len() };
        world::MUTABLE[self.random.below(n)]
    }

    pub fn operator(&mut self, entry: &Entry) {
        let operator = entry.operator(self.random);
        let instruction =
            RoundtripReencoder.instruction(operator).expect("operators have instructions");
        self.emit(&instruction);
    }

    /// Pushes a tree of about `size` operators; with known bits, if it is to be `clean`.
    pub fn tree(&mut self, ty: ValType, size: usize, clean: bool) {
        if size <= 1 {
            return self.leaf(ty);
        }
        let wanted = if self.random.percent(4) { Effect::Result } else { Effect::None };
        let mut found = None;
        // Most operators compute vectors; those of other types are found within a few attempts, too.
        for _ in 0..200 {
            let entry = &self.entries[self.random.below(self.entries.len())];
            if entry.results == [ty] && effect(entry) == wanted {
                found = Some(entry);
                break;
            }
        }
        let Some(entry) = found else { return self.leaf(ty) };
        self.operands(entry, size - 1, clean);
        self.operator(entry);
        if makes_nans(entry.name) {
            match ty {
                ValType::V128 => {
                    let double = entry.name.starts_with("F64x2");
                    self.canonicalize(ty, Some(double));
                }
                _ if clean => self.canonicalize(ty, None),
                _ => {}
            }
        }
    }

    /// Pushes a tree and says so.
    pub fn value(&mut self, ty: ValType, size: usize) {
        let is_float = matches!(ty, ValType::F32 | ValType::F64);
        let clean = !is_float || self.random.percent(30);
        self.tree(ty, size, clean);
        self.stack.push(Value { ty, clean });
    }

    /// Pushes a few trees.
    pub fn pending(&mut self) {
        for _ in 0..1 + self.random.below(5) {
            let (ty, size) = (self.any_type(), 1 + self.random.below(7));
            self.value(ty, size);
        }
    }

    /// Trees, an operator on some more, and the end of all values.
    fn step(&mut self, focus: u64) {
        self.pending();
        for round in 0..1 + self.random.below(2) as u64 {
            self.focus(focus.wrapping_mul(2) + round);
            if self.random.percent(40) {
                self.pending();
            }
        }
        self.fold_all();
    }

    /// Applies an operator, or does what else there is.
    fn focus(&mut self, which: u64) {
        let operators = self.entries.len();
        let which = Random::new(which).below(operators * 3 / 2);
        match self.entries.get(which) {
            Some(entry) => self.apply(entry),
            None => self.control(which - operators),
        }
    }

    pub fn apply(&mut self, entry: &'static Entry) {
        let size = 1 + self.random.below(10);
        self.operands(entry, size, false);
        self.operator(entry);
        let nans = makes_nans(entry.name);
        for ty in &entry.results {
            let is_float = matches!(ty, ValType::F32 | ValType::F64);
            if nans && *ty == ValType::V128 {
                self.canonicalize(*ty, Some(entry.name.starts_with("F64x2")));
            }
            self.stack.push(Value { ty: *ty, clean: !is_float });
        }
    }

    pub fn fold_all(&mut self) {
        self.fold_to(0);
    }

    /// Lets the values above some matter.
    pub fn fold_to(&mut self, height: usize) {
        while self.stack.len() > height {
            self.fold();
        }
    }

    /// Lets the value on top matter.
    fn fold(&mut self) {
        let Value { ty, clean } = self.stack.pop().expect("there is one");
        let is_float = matches!(ty, ValType::F32 | ValType::F64);
        if clean && self.random.percent(15) {
            let local = self.local(ty);
            return self.emit(&I::LocalSet(local));
        }
        if clean && self.random.percent(10) {
            let global = world::MUTABLE.iter().position(|of| *of == ty).expect("one of each");
            return self.emit(&I::GlobalSet(global as u32));
        }
        match ty {
            ValType::I32 => self.emit(&I::I64ExtendI32S),
            ValType::F32 if clean => {
                self.emit(&I::I32ReinterpretF32);
                self.emit(&I::I64ExtendI32U);
            }
            ValType::F64 if clean => self.emit(&I::I64ReinterpretF64),
            ValType::F32 if is_float => self.emit(&I::I64TruncSatF32S),
            ValType::F64 => self.emit(&I::I64TruncSatF64S),
            ValType::V128 => {
                let scratch = self.scratch(ty);
                self.emit(&I::LocalTee(scratch));
                self.emit(&I::I64x2ExtractLane(0));
                self.emit(&I::LocalGet(scratch));
                self.emit(&I::I64x2ExtractLane(1));
                self.emit(&I::I64Const(0x1_0001));
                self.emit(&I::I64Mul);
                self.emit(&I::I64Add);
            }
            ValType::Ref(_) => {
                self.emit(&I::RefIsNull);
                self.emit(&I::I64ExtendI32U);
            }
            _ => {}
        }
        let fold = self.first_local() + FOLD;
        self.emit(&I::LocalGet(fold));
        self.emit(&I::I64Const(0x9e37_79b9));
        self.emit(&I::I64Mul);
        self.emit(&I::I64Add);
        self.emit(&I::LocalSet(fold));
    }
}

/// What an operator does besides computing.
#[derive(PartialEq, Eq)]
enum Effect {
    None,
    /// It has a result, too.
    Result,
}

fn effect(entry: &Entry) -> Effect {
    let changes = entry.name.contains("Grow")
        || entry.name.contains("Atomic") && !entry.name.contains("Load");
    if changes { Effect::Result } else { Effect::None }
}
