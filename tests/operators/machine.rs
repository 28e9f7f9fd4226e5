//! The naive evaluator: it walks over code as the generator made it, with a stack of values.

use std::sync::LazyLock;

use wasmote::Trap;

use super::meaning::{Meaning, Semantics, Ways, semantics};
use super::table::{Imm, Ins, Op, Signature, Ty, V};

/// What operators mean, by their number.
static MEANINGS: LazyLock<Vec<Option<Semantics>>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for op in Op::all() {
        let at = op as usize;
        all.resize_with(all.len().max(at + 1), || None);
        all[at] = semantics(op);
    }
    all
});

pub(crate) fn meaning(op: Op) -> Option<&'static Semantics> {
    MEANINGS[op as usize].as_ref()
}

#[derive(Clone, Debug)]
pub(crate) struct Memory {
    pub(crate) bytes: Vec<u8>,
    /// Bytes in a page.
    pub(crate) page: usize,
    /// Pages at most.
    pub(crate) max: usize,
    pub(crate) is64: bool,
    pub(crate) shared: bool,
}

impl Memory {
    /// The bytes from `at` on, if there are so many.
    fn range(&self, at: u128, n: usize) -> Result<std::ops::Range<usize>, Trap> {
        if at + n as u128 > self.bytes.len() as u128 {
            return Err(Trap::MemoryOutOfBounds);
        }
        Ok(at as usize..at as usize + n)
    }

    pub(crate) fn read(&self, at: u128, n: usize) -> Result<u128, Trap> {
        let mut little = [0; 16];
        little[..n].copy_from_slice(&self.bytes[self.range(at, n)?]);
        Ok(u128::from_le_bytes(little))
    }

    pub(crate) fn write(&mut self, at: u128, n: usize, x: u128) -> Result<(), Trap> {
        let range = self.range(at, n)?;
        self.bytes[range].copy_from_slice(&x.to_le_bytes()[..n]);
        Ok(())
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) ty: Ty,
    pub(crate) elements: Vec<u128>,
    pub(crate) max: usize,
    pub(crate) is64: bool,
}

/// A function that others call.
#[derive(Clone, Debug)]
pub(crate) struct Helper {
    pub(crate) ty: Signature,
    pub(crate) body: Vec<Ins>,
}

/// An instance of a module.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) memories: Vec<Memory>,
    pub(crate) tables: Vec<Table>,
    pub(crate) globals: Vec<V>,
    pub(crate) data: Vec<Vec<u8>>,
    pub(crate) elements: Vec<Vec<u128>>,
    pub(crate) helpers: Vec<Helper>,
    /// Which of its results a relaxed operator has.
    pub(crate) choice: u8,
}

/// How a piece of code ends.
enum Flow {
    Next,
    Branch(u32),
    Return,
}

struct Frame {
    locals: Vec<V>,
    stack: Vec<V>,
}

impl Frame {
    fn pop(&mut self) -> V {
        self.stack.pop().expect("valid code")
    }

    fn bits(&mut self) -> u128 {
        self.pop().1
    }

    fn pop_n(&mut self, n: usize) -> Vec<V> {
        self.stack.split_off(self.stack.len() - n)
    }

    fn push(&mut self, ty: Ty, bits: u128) {
        self.stack.push(V(ty, bits));
    }

    /// Keeps what is under `height`, and the top `n`.
    fn unwind(&mut self, height: usize, n: usize) {
        let kept = self.pop_n(n);
        self.stack.truncate(height);
        self.stack.extend(kept);
    }
}

impl Machine {
    /// Calls a function, given what its parameters and further locals are.
    pub(crate) fn call(
        &mut self,
        results: usize,
        locals: Vec<V>,
        body: &[Ins],
    ) -> Result<Vec<V>, Trap> {
        let mut frame = Frame { locals, stack: vec![] };
        self.code(body, &mut frame)?;
        Ok(frame.pop_n(results))
    }

    fn helper(&mut self, index: usize, frame: &mut Frame) -> Result<(), Trap> {
        let Helper { ty, body } = self.helpers[index].clone();
        let args = frame.pop_n(ty.0.len());
        let results = self.call(ty.1.len(), args, &body)?;
        frame.stack.extend(results);
        Ok(())
    }

    fn code(&mut self, code: &[Ins], f: &mut Frame) -> Result<Flow, Trap> {
        for ins in code {
            match self.step(ins, f)? {
                Flow::Next => {}
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    fn step(&mut self, ins: &Ins, f: &mut Frame) -> Result<Flow, Trap> {
        let (ty, body, is_loop) = match ins {
            Ins::Op(op, imm) => return self.op(*op, imm, f),
            Ins::Block(ty, body) => (ty, body, false),
            Ins::Loop(ty, body) => (ty, body, true),
            Ins::If(ty, then, otherwise) => {
                (ty, if f.bits() != 0 { then } else { otherwise }, false)
            }
        };
        let height = f.stack.len() - ty.0.len();
        loop {
            match self.code(body, f)? {
                Flow::Branch(0) if is_loop => f.unwind(height, ty.0.len()),
                Flow::Branch(0) => {
                    f.unwind(height, ty.1.len());
                    return Ok(Flow::Next);
                }
                Flow::Branch(n) => return Ok(Flow::Branch(n - 1)),
                flow => return Ok(flow),
            }
        }
    }

    fn op(&mut self, op: Op, imm: &Imm, f: &mut Frame) -> Result<Flow, Trap> {
        if let Some(semantics) = meaning(op) {
            self.compute(semantics, imm, f)?;
            return Ok(Flow::Next);
        }
        match (op, imm) {
            (Op::Nop | Op::AtomicFence, _) => {}
            (Op::Unreachable, _) => return Err(Trap::UnreachableCodeReached),
            (Op::Drop, _) => {
                f.pop();
            }
            (Op::Select | Op::TypedSelect, _) => {
                let (c, b, a) = (f.bits(), f.pop(), f.pop());
                f.stack.push(if c != 0 { a } else { b });
            }
            (Op::LocalGet, &Imm::Index(i)) => f.stack.push(f.locals[i as usize]),
            (Op::LocalSet, &Imm::Index(i)) => f.locals[i as usize] = f.pop(),
            (Op::LocalTee, &Imm::Index(i)) => f.locals[i as usize] = f.stack[f.stack.len() - 1],
            (Op::GlobalGet, &Imm::Index(i)) => f.stack.push(self.globals[i as usize]),
            (Op::GlobalSet, &Imm::Index(i)) => self.globals[i as usize] = f.pop(),
            (_, &Imm::Value(v)) => f.stack.push(v),
            (Op::RefNull, &Imm::Type(ty)) => f.push(ty, 0),
            (Op::RefIsNull, _) => {
                let null = f.bits() == 0;
                f.push(Ty::I32, null.into());
            }
            (Op::RefFunc, &Imm::Index(i)) => f.push(Ty::Func, u128::from(i) + 1),
            (Op::Br, &Imm::Index(depth)) => return Ok(Flow::Branch(depth)),
            (Op::BrIf, &Imm::Index(depth)) => {
                if f.bits() != 0 {
                    return Ok(Flow::Branch(depth));
                }
            }
            (Op::BrTable, Imm::Targets(targets, default)) => {
                let target = usize::try_from(f.bits()).ok().and_then(|i| targets.get(i));
                return Ok(Flow::Branch(*target.unwrap_or(default)));
            }
            (Op::Return, _) => return Ok(Flow::Return),
            (Op::Call, &Imm::Index(i)) => self.helper(i as usize, f)?,
            (Op::ReturnCall, &Imm::Index(i)) => {
                self.helper(i as usize, f)?;
                return Ok(Flow::Return);
            }
            (Op::CallIndirect | Op::ReturnCallIndirect, Imm::Signature(ty, table)) => {
                let at = f.bits();
                let elements = &self.tables[*table as usize].elements;
                let element = usize::try_from(at).ok().and_then(|i| elements.get(i));
                let function = match element {
                    None => return Err(Trap::TableOutOfBounds),
                    Some(0) => return Err(Trap::IndirectCallToNull),
                    Some(&one_more) => one_more as usize - 1,
                };
                if self.helpers[function].ty != *ty {
                    return Err(Trap::BadSignature);
                }
                self.helper(function, f)?;
                if op == Op::ReturnCallIndirect {
                    return Ok(Flow::Return);
                }
            }
            _ => self.bulk(op, imm, f)?,
        }
        Ok(Flow::Next)
    }

    fn compute(&mut self, semantics: &Semantics, imm: &Imm, f: &mut Frame) -> Result<(), Trap> {
        let mut ways = Ways { lane: 0, lanes: [0; 16], choice: self.choice };
        match *imm {
            Imm::Lane(lane) | Imm::Access { lane, .. } => ways.lane = lane.into(),
            Imm::Lanes(lanes) => ways.lanes = lanes,
            _ => {}
        }
        let operands: Vec<u128> =
            f.pop_n(semantics.params.len()).into_iter().map(|v| v.1).collect();
        let results = match (&semantics.meaning, imm) {
            (Meaning::Compute(compute), _) => compute(ways, &operands)?,
            (Meaning::Access(_, reach), &Imm::Access { memory, offset, .. }) => {
                let memory = &mut self.memories[memory as usize];
                reach(memory, operands[0] + u128::from(offset), ways, &operands[1..])?
            }
            _ => unreachable!("an access has a memory"),
        };
        for (&ty, bits) in semantics.results.iter().zip(results) {
            f.push(ty, bits);
        }
        Ok(())
    }

    /// What concerns memories and tables as a whole.
    fn bulk(&mut self, op: Op, imm: &Imm, f: &mut Frame) -> Result<(), Trap> {
        let index = |is64: bool| if is64 { Ty::I64 } else { Ty::I32 };
        /// The elements `at..at + n` of what has so many.
        fn range(
            len: usize,
            at: u128,
            n: u128,
            trap: Trap,
        ) -> Result<std::ops::Range<usize>, Trap> {
            if at + n > len as u128 { Err(trap) } else { Ok(at as usize..(at + n) as usize) }
        }
        /// The old size and the new one, or -1 if it cannot grow so far.
        fn grow(is64: bool, old: usize, delta: u128, max: usize) -> (u128, usize) {
            let new = old as u128 + delta;
            match new <= max as u128 {
                true => (old as u128, new as usize),
                false => (if is64 { u64::MAX.into() } else { u32::MAX.into() }, old),
            }
        }
        match (op, imm) {
            (Op::MemorySize, &Imm::Index(m)) => {
                let m = &self.memories[m as usize];
                f.push(index(m.is64), (m.bytes.len() / m.page) as u128);
            }
            (Op::MemoryGrow, &Imm::Index(m)) => {
                let m = &mut self.memories[m as usize];
                let (result, size) = grow(m.is64, m.bytes.len() / m.page, f.bits(), m.max);
                m.bytes.resize(size * m.page, 0);
                f.push(index(m.is64), result);
            }
            (Op::MemoryFill, &Imm::Index(m)) => {
                let (n, x, at) = (f.bits(), f.bits(), f.bits());
                let bytes = &mut self.memories[m as usize].bytes;
                let range = range(bytes.len(), at, n, Trap::MemoryOutOfBounds)?;
                bytes[range].fill(x as u8);
            }
            (Op::MemoryCopy, &Imm::Pair(to, from)) => {
                let (n, source, at) = (f.bits(), f.bits(), f.bits());
                let from = &self.memories[from as usize].bytes;
                let piece = from[range(from.len(), source, n, Trap::MemoryOutOfBounds)?].to_vec();
                let to = &mut self.memories[to as usize].bytes;
                let range = range(to.len(), at, n, Trap::MemoryOutOfBounds)?;
                to[range].copy_from_slice(&piece);
            }
            (Op::MemoryInit, &Imm::Pair(m, data)) => {
                let (n, source, at) = (f.bits(), f.bits(), f.bits());
                let data = &self.data[data as usize];
                let piece = &data[range(data.len(), source, n, Trap::MemoryOutOfBounds)?];
                let bytes = &mut self.memories[m as usize].bytes;
                let range = range(bytes.len(), at, n, Trap::MemoryOutOfBounds)?;
                bytes[range].copy_from_slice(piece);
            }
            (Op::DataDrop, &Imm::Index(i)) => self.data[i as usize].clear(),
            (Op::ElemDrop, &Imm::Index(i)) => self.elements[i as usize].clear(),
            (Op::TableSize, &Imm::Index(t)) => {
                let t = &self.tables[t as usize];
                f.push(index(t.is64), t.elements.len() as u128);
            }
            (Op::TableGrow, &Imm::Index(t)) => {
                let (delta, x) = (f.bits(), f.bits());
                let t = &mut self.tables[t as usize];
                let (result, size) = grow(t.is64, t.elements.len(), delta, t.max);
                t.elements.resize(size, x);
                f.push(index(t.is64), result);
            }
            (Op::TableGet, &Imm::Index(t)) => {
                let at = f.bits();
                let t = &self.tables[t as usize];
                let at = range(t.elements.len(), at, 1, Trap::TableOutOfBounds)?.start;
                f.push(t.ty, t.elements[at]);
            }
            (Op::TableSet, &Imm::Index(t)) => {
                let (x, at) = (f.bits(), f.bits());
                let elements = &mut self.tables[t as usize].elements;
                let at = range(elements.len(), at, 1, Trap::TableOutOfBounds)?.start;
                elements[at] = x;
            }
            (Op::TableFill, &Imm::Index(t)) => {
                let (n, x, at) = (f.bits(), f.bits(), f.bits());
                let elements = &mut self.tables[t as usize].elements;
                let range = range(elements.len(), at, n, Trap::TableOutOfBounds)?;
                elements[range].fill(x);
            }
            (Op::TableCopy, &Imm::Pair(to, from)) => {
                let (n, source, at) = (f.bits(), f.bits(), f.bits());
                let from = &self.tables[from as usize].elements;
                let piece = from[range(from.len(), source, n, Trap::TableOutOfBounds)?].to_vec();
                let to = &mut self.tables[to as usize].elements;
                let range = range(to.len(), at, n, Trap::TableOutOfBounds)?;
                to[range].copy_from_slice(&piece);
            }
            (Op::TableInit, &Imm::Pair(t, segment)) => {
                let (n, source, at) = (f.bits(), f.bits(), f.bits());
                let segment = &self.elements[segment as usize];
                let piece = &segment[range(segment.len(), source, n, Trap::TableOutOfBounds)?];
                let elements = &mut self.tables[t as usize].elements;
                let range = range(elements.len(), at, n, Trap::TableOutOfBounds)?;
                elements[range].copy_from_slice(piece);
            }
            _ => panic!("what does {} mean?", op.name()),
        }
        Ok(())
    }
}
