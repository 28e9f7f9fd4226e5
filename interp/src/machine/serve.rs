//! Statements that handlers leave to the run loop, since they allocate, look at the module, or ask the embedder.

use core::time::Duration;

use super::activation::State;
use super::run::{Exit, Next, slot_index};
use super::{InstanceId, Machine};
use crate::exec::statements as stmt;
use crate::exec::{Regs, Suspend};
use crate::isa::operand::WORD;
use crate::runtime::Context;
use crate::runtime::shared_memory::Waiting;
use crate::wasm::TrapCode;

/// How long a guest waits before the epoch is looked at.
const PATIENCE: Duration = Duration::from_micros(500);

/// The operands of the statement that suspended; `ip` moves past it.
macro_rules! operands {
    ($machine:ident, $m:ident, $stmt:ident: $($field:ident),*) => {{
        $machine.current.ip = $m.ip.wrapping_add(WORD + stmt::$stmt::LEN);
        // SAFETY: the instruction at `ip` is this statement.
        ($(unsafe { stmt::$stmt::$field(&$m, WORD).load() },)*)
    }};
    // Slots as they are.
    (@raw $machine:ident, $m:ident, $stmt:ident: $($field:ident),*) => {{
        $machine.current.ip = $m.ip.wrapping_add(WORD + stmt::$stmt::LEN);
        // SAFETY: the instruction at `ip` is this statement.
        ($(unsafe { stmt::$stmt::$field(&$m, WORD) },)*)
    }};
}
#[cfg(feature = "gc")]
pub(super) use operands;

impl Machine {
    /// Serves a statement that is carried out here; `ip` moves past it.
    pub(super) fn serve_statement(&mut self, reason: Suspend, m: Regs) -> Result<Next, TrapCode> {
        let instance = InstanceId(self.instance_of(m.ctx));
        let served = match reason {
            Suspend::TableGrow
            | Suspend::TableFill
            | Suspend::TableCopy
            | Suspend::TableInit
            | Suspend::ElemDrop => self.serve_table(reason, m, instance),
            _ => self.serve_memory(reason, m, instance),
        };
        // The last byte of the statement stands for it.
        let next = served.inspect_err(|_| self.current.ip = self.current.ip.wrapping_sub(1))?;
        Ok(next.unwrap_or(Next::Run))
    }

    /// Serves a statement about a memory; says what comes next if that is not what follows it.
    fn serve_memory(
        &mut self,
        reason: Suspend,
        m: Regs,
        instance: InstanceId,
    ) -> Result<Option<Next>, TrapCode> {
        match reason {
            Suspend::MemoryGrow => {
                let (dst, memory, delta) = operands!(self, m, MemoryGrow: dst, memory, delta);
                let is64 =
                    self.instances[instance.index()].code.info().memories[memory as usize].is64;
                let memory = self.instance_memory(instance, memory);
                self.current.state = self.asking(dst, is64);
                return Ok(Some(Next::Stop(Exit::MemoryGrow { memory, delta })));
            }
            Suspend::MemoryInit => {
                let (segment, memory, dst, src, len) =
                    operands!(self, m, MemoryInit: segment, memory, dst, src, len);
                self.memory_init(instance, segment, memory, dst, src, len)
            }
            Suspend::DataDrop => {
                let (segment,) = operands!(self, m, DataDrop: segment);
                self.instance_drop_data(instance, segment);
                Ok(())
            }
            Suspend::MemoryNotify => {
                let (dst, memory, offset, address, count) =
                    operands!(self, m, MemoryNotify: dst, memory, offset, address, count);
                let memory = self.instance_memory(instance, memory);
                let dst = slot_index(self.stack.base, dst);
                let woken = self.notify(memory, address, offset, count as u32);
                woken.map(|woken| self.stack.as_mut_slice()[dst] = u64::from(woken))
            }
            Suspend::MemoryWait32 | Suspend::MemoryWait64 => {
                // Both have the same operands.
                let (dst, memory, offset, address, expected, timeout) =
                    operands!(self, m, MemoryWait32: dst, memory, offset, address, expected, timeout);
                let memory = self.instance_memory(instance, memory);
                let width = if reason == Suspend::MemoryWait32 { 4 } else { 8 };
                let dst = slot_index(self.stack.base, dst);
                match self.wait(memory, width, [address, offset], expected, timeout as i64) {
                    Ok(Ok(waiting)) => return Ok(Some(self.go_on_waiting(waiting, dst))),
                    Ok(Err(wait)) => {
                        self.stack.as_mut_slice()[dst] = wait as u64;
                        Ok(())
                    }
                    Err(trap) => Err(trap),
                }
            }
            _ => unreachable!("served before"),
        }
        .map(|()| None)
    }

    /// The same about a table.
    fn serve_table(
        &mut self,
        reason: Suspend,
        m: Regs,
        instance: InstanceId,
    ) -> Result<Option<Next>, TrapCode> {
        match reason {
            Suspend::TableGrow => {
                let (dst, table, init, delta) =
                    operands!(self, m, TableGrow: dst, table, init, delta);
                let is64 = self.instances[instance.index()].code.info().tables[table as usize].is64;
                let table = self.instance_table(instance, table);
                self.current.state = self.asking(dst, is64);
                return Ok(Some(Next::Stop(Exit::TableGrow { table, delta, init })));
            }
            Suspend::TableFill => {
                let (table, dst, value, len) =
                    operands!(self, m, TableFill: table, dst, value, len);
                self.table_fill(self.instance_table(instance, table), dst, value, len)
            }
            Suspend::TableCopy => {
                let (dst_table, src_table, dst, src, len) =
                    operands!(self, m, TableCopy: dst_table, src_table, dst, src, len);
                let dst_table = self.instance_table(instance, dst_table);
                let src_table = self.instance_table(instance, src_table);
                self.table_copy(dst_table, dst, src_table, src, len)
            }
            Suspend::TableInit => {
                let (segment, table, dst, src, len) =
                    operands!(self, m, TableInit: segment, table, dst, src, len);
                self.table_init(instance, segment, table, dst, src, len)
            }
            Suspend::ElemDrop => {
                let (segment,) = operands!(self, m, ElemDrop: segment);
                self.instance_drop_elem(instance, segment);
                Ok(())
            }
            _ => unreachable!("served before"),
        }
        .map(|()| None)
    }

    /// Waits until a notification or the timeout, or the epoch's deadline.
    pub(super) fn go_on_waiting(&mut self, waiting: Waiting, dst: usize) -> Next {
        // Nobody says when the epoch changes.
        let patience = self.meter.looks_at_epoch().then_some(PATIENCE);
        loop {
            if let Some(wait) = waiting.wait(patience) {
                self.stack.as_mut_slice()[dst] = wait as u64;
                return Next::Run;
            }
            if self.is_late() {
                self.commit();
                self.waits.push((self.saved.len(), waiting));
                self.current.state = State::Waiting { dst };
                return Next::Stop(Exit::Epoch);
            }
        }
    }

    /// The state that waits for the size before a growth, or -1.
    fn asking(&self, dst: *mut u64, is64: bool) -> State {
        let none = if is64 { u64::MAX } else { u32::MAX as u64 };
        State::Asking { dst: slot_index(self.stack.base, dst), none }
    }
}

/// Operands as the run loop wants them: slots that are read are values, the rest stays as it is.
pub(super) trait Load {
    type Out;
    /// # Safety
    /// A slot is in the current frame.
    unsafe fn load(self) -> Self::Out;
}
impl Load for *const u64 {
    type Out = u64;
    unsafe fn load(self) -> u64 {
        // SAFETY: the caller's.
        unsafe { *self }
    }
}
impl Load for *mut u64 {
    type Out = *mut u64;
    unsafe fn load(self) -> *mut u64 {
        self
    }
}
impl Load for *mut Context {
    type Out = *mut Context;
    unsafe fn load(self) -> *mut Context {
        self
    }
}
impl Load for u16 {
    type Out = u16;
    unsafe fn load(self) -> u16 {
        self
    }
}
impl Load for u32 {
    type Out = u32;
    unsafe fn load(self) -> u32 {
        self
    }
}
impl Load for u64 {
    type Out = u64;
    unsafe fn load(self) -> u64 {
        self
    }
}
