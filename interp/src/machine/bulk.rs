//! Operations in bulk in metered code: in slices, with a look at the epoch between them.
//!
//! In metered code a `bulk` statement comes before the operation. It pays for as many bytes or elements as there are, and
//! suspends if something is due or they are many; handlers do the rest by themselves. Large operations are done here. How
//! far one has come is part of the activation's state, and its operands are in the slots of the frame, so that it goes on
//! after [`Exit::Epoch`] as everything else does.

use super::activation::State;
use super::run::Next;
use super::serve::Load;
use super::{Exit, InstanceId, Machine, MemoryId, TableId};
use crate::code::table::simple;
use crate::exec::in_bounds;
use crate::exec::meter::{MOST_UNITS, bulk_cost};
use crate::exec::statements as stmt;
use crate::isa::operand::WORD;
use crate::runtime::Context;
use crate::wasm::TrapCode;

/// Bytes and elements of a slice.
const BYTES: u64 = 64 << 10;
const ELEMENTS: u64 = BYTES / size_of::<u64>() as u64;

/// An operation, from what its statement says.
#[derive(Clone, Copy, Debug)]
struct Bulk {
    what: What,
    /// The first byte or element that is written, and how many are.
    dst: u64,
    len: u64,
    /// Bytes of the statement.
    statement: usize,
}

#[derive(Clone, Copy, Debug)]
enum What {
    MemoryFill { memory: MemoryId, value: u8 },
    MemoryCopy { to: MemoryId, from: MemoryId, src: u64 },
    MemoryInit { instance: InstanceId, memory: u32, segment: u32, src: u64 },
    TableFill { table: TableId, value: u64 },
    TableCopy { to: TableId, from: TableId, src: u64 },
    TableInit { instance: InstanceId, table: u32, segment: u32, src: u64 },
}

impl Machine {
    /// A `bulk` statement has left: `ip` is there, and the operation follows.
    pub(super) fn bulk_reached(&mut self) -> Result<Next, TrapCode> {
        let m = self.regs();
        // SAFETY: the instruction at `ip` is a `bulk` statement.
        let (units, weight, op) = unsafe {
            let units = stmt::Bulk::units(&m, WORD);
            (units.load(), stmt::Bulk::weight(&m, WORD), stmt::Bulk::op(&m, WORD))
        };
        self.current.ip = self.current.ip.wrapping_add(WORD + stmt::Bulk::LEN);
        let large = units > MOST_UNITS;
        if large {
            self.pay(bulk_cost(units, weight));
        }
        match self.check(0, true) {
            Next::Run if large => self.bulk(op, 0),
            Next::Stop(exit @ (Exit::Epoch | Exit::Yield | Exit::OutOfFuel)) if large => {
                self.current.state = State::Bulk { op, done: 0 };
                Ok(Next::Stop(exit))
            }
            next => Ok(next),
        }
    }

    /// Does what is left of the operation at `ip`, unless the epoch's deadline comes before.
    pub(super) fn bulk(&mut self, op: u16, done: u64) -> Result<Next, TrapCode> {
        let Some(bulk) = self.decode_bulk(op) else { return Ok(Next::Run) };
        let end = self.current.ip.wrapping_add(bulk.statement);
        if done == 0 && !self.bulk_in_bounds(&bulk) {
            // The last byte of the statement stands for it.
            self.current.ip = end.wrapping_sub(1);
            return Err(bulk.what.trap());
        }
        let mut done = done;
        while done < bulk.len {
            done += self.bulk_slice(&bulk, done)?;
            if done < bulk.len && self.is_late() {
                self.commit();
                self.current.state = State::Bulk { op, done };
                return Ok(Next::Stop(Exit::Epoch));
            }
        }
        self.current.ip = end;
        Ok(Next::Run)
    }

    /// The operation at `ip`; `None` of a growth, which suspends.
    fn decode_bulk(&self, op: u16) -> Option<Bulk> {
        let m = self.regs();
        let instance = InstanceId(self.instance_of(m.ctx));
        let memory = |pointer: *mut Context| {
            let offset = pointer as usize - m.ctx as usize;
            let layout = self.instances[instance.index()].code.layout();
            let (_, index) = layout.find(offset as u32).expect("verified code");
            self.instance_memory(instance, index)
        };
        let table = |index| self.instance_table(instance, index);
        /// The statement's operands, `dst` and `len` last.
        macro_rules! operands {
            ($stmt:ident: $($field:ident),*) => {
                // SAFETY: the instruction at `ip` is this statement, for the `bulk` before it says so.
                unsafe {(
                    WORD + stmt::$stmt::LEN,
                    $(stmt::$stmt::$field(&m, WORD).load(),)*
                    stmt::$stmt::dst(&m, WORD).load(),
                    stmt::$stmt::len(&m, WORD).load(),
                )}
            };
        }
        #[allow(unreachable_patterns)] // All statements that are not built have the same number.
        let (what, statement, dst, len) = match op {
            simple::MemoryFill | simple::SharedFill => {
                // Both have the same operands.
                let (statement, at, value, dst, len) = operands!(MemoryFill: memory, value);
                (What::MemoryFill { memory: memory(at), value: value as u8 }, statement, dst, len)
            }
            simple::MemoryCopy | simple::SharedCopy => {
                let (statement, to, from, src, dst, len) =
                    operands!(MemoryCopy: dst_memory, src_memory, src);
                let (to, from) = (memory(to), memory(from));
                (What::MemoryCopy { to, from, src }, statement, dst, len)
            }
            simple::MemoryInit => {
                let (statement, segment, memory, src, dst, len) =
                    operands!(MemoryInit: segment, memory, src);
                (What::MemoryInit { instance, memory, segment, src }, statement, dst, len)
            }
            simple::TableFill => {
                let (statement, index, value, dst, len) = operands!(TableFill: table, value);
                (What::TableFill { table: table(index), value }, statement, dst, len)
            }
            simple::TableCopy => {
                let (statement, to, from, src, dst, len) =
                    operands!(TableCopy: dst_table, src_table, src);
                let (to, from) = (table(to), table(from));
                (What::TableCopy { to, from, src }, statement, dst, len)
            }
            simple::TableInit => {
                let (statement, segment, table, src, dst, len) =
                    operands!(TableInit: segment, table, src);
                (What::TableInit { instance, table, segment, src }, statement, dst, len)
            }
            _ => return None,
        };
        Some(Bulk { what, dst, len, statement })
    }

    /// Whether all of it is within the memories, tables and segments.
    fn bulk_in_bounds(&self, bulk: &Bulk) -> bool {
        let Bulk { what, dst, len, .. } = *bulk;
        let (to, from) = match what {
            What::MemoryFill { memory, .. } => (self.memory_len(memory), None),
            What::MemoryCopy { to, from, src } => {
                (self.memory_len(to), Some((self.memory_len(from), src)))
            }
            What::MemoryInit { instance, memory, segment, src } => {
                let memory = self.instance_memory(instance, memory);
                (self.memory_len(memory), Some((self.segment(instance, segment).len(), src)))
            }
            What::TableFill { table, .. } => (self.table(table).len(), None),
            What::TableCopy { to, from, src } => {
                (self.table(to).len(), Some((self.table(from).len(), src)))
            }
            What::TableInit { instance, table, segment, src } => {
                let elems = &self.instances[instance.index()].elems[segment as usize];
                let table = self.table(self.instance_table(instance, table));
                (table.len(), Some((elems.len(), src)))
            }
        };
        in_bounds(dst, len, to) && from.is_none_or(|(size, src)| in_bounds(src, len, size))
    }

    /// Does the slice that comes after what is done; says how much it was.
    fn bulk_slice(&mut self, bulk: &Bulk, done: u64) -> Result<u64, TrapCode> {
        let Bulk { what, dst, len, .. } = *bulk;
        let n = (len - done).min(what.slice());
        // Where source and destination overlap, what is read must not have been written: from the other end then.
        let at = match what {
            What::MemoryCopy { src, .. } | What::TableCopy { src, .. } if dst > src => {
                len - done - n
            }
            _ => done,
        };
        let dst = dst + at;
        match what {
            What::MemoryFill { memory, value } => self.memory_fill(memory, dst, value, n)?,
            What::MemoryCopy { to, from, src } => self.memory_copy(to, dst, from, src + at, n)?,
            What::MemoryInit { instance, memory, segment, src } => {
                self.memory_init(instance, segment, memory, dst, src + at, n)?;
            }
            What::TableFill { table, value } => self.table_fill(table, dst, value, n)?,
            What::TableCopy { to, from, src } => self.table_copy(to, dst, from, src + at, n)?,
            What::TableInit { instance, table, segment, src } => {
                self.table_init(instance, segment, table, dst, src + at, n)?;
            }
        }
        Ok(n)
    }

    /// Sets the elements that a table has grown by, from `at` on.
    pub(super) fn fill_grown(&mut self, table: TableId, init: u64, mut at: u64) -> Next {
        let len = self.table(table).len() as u64;
        while at < len {
            let n = (len - at).min(ELEMENTS);
            self.table_fill(table, at, init, n).expect("within the table");
            at += n;
            if at < len && self.is_late() {
                self.commit();
                self.current.state = State::Filling { table, init, at };
                return Next::Stop(Exit::Epoch);
            }
        }
        Next::Run
    }
}

impl What {
    /// Bytes or elements of a slice.
    fn slice(&self) -> u64 {
        match self {
            What::MemoryFill { .. } | What::MemoryCopy { .. } | What::MemoryInit { .. } => BYTES,
            What::TableFill { .. } | What::TableCopy { .. } | What::TableInit { .. } => ELEMENTS,
        }
    }

    /// The trap of one that is out of bounds.
    fn trap(&self) -> TrapCode {
        match self {
            What::MemoryFill { .. } | What::MemoryCopy { .. } | What::MemoryInit { .. } => {
                TrapCode::MemoryOutOfBounds
            }
            What::TableFill { .. } | What::TableCopy { .. } | What::TableInit { .. } => {
                TrapCode::TableOutOfBounds
            }
        }
    }
}
