//! Calls by the embedder.
//!
//! A call by the embedder is an [`Activation`]; a host function that calls back begins another one
//! above it. A call from one instance to another is a [`Crossing`]: its callee returns to the
//! instruction [`crossed`](crate::code::crossed), where the run loop puts the caller's instance back. Neither is on the
//! native stack, and the value stack between them needs no boundary marks.

use super::run::{Exit, Next};
use super::{FuncId, InstanceId, Machine, TableId};
use crate::code::done;
use crate::exec::{Suspend, pack_return};
use crate::runtime::Context;
use crate::wasm::TrapCode;

/// What an activation is at.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum State {
    /// No call.
    Idle,
    /// Begun, not entered.
    Start,
    /// At the instruction `ip`.
    Ready,
    /// In a host function; the caller goes on at `ip`.
    Host,
    /// In the host function that the embedder called.
    OnlyHost,
    /// Waits for [`Machine::answer`], which goes to a slot; `ip` is the next instruction.
    Asking { dst: usize, none: u64 },
    /// The table has grown; its elements from `at` on are still to be set.
    Filling { table: TableId, init: u64, at: u64 },
    /// Calls; the callee has no code yet. What the handler noted, and why it left.
    Calling { reason: Suspend, callee: u64, packed: usize },
    /// At a check point, the instruction `ip`, after [`Exit::Epoch`], [`Exit::Yield`] or [`Exit::OutOfFuel`]: what is paid in advance, and whether that
    /// instruction stands for where the guest is, or the one before.
    Checking { advance: u32, within: bool },
    /// In the operation at `ip`, after [`Exit::Epoch`].
    Bulk { op: u16, done: u64 },
    /// Waits for a notification, after [`Exit::Epoch`]; the result goes to a slot; `ip` is the next instruction.
    Waiting { dst: usize },
    /// At the instruction `ip`, where an exception is caught that the host has thrown.
    #[cfg(feature = "gc")]
    Landed,
    /// Trapped at `ip`, or an exception that nobody catches was thrown there.
    Trapped,
    /// Returned.
    Finished,
}

/// A call by the embedder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Activation {
    pub(super) state: State,
    pub(super) func: u32,
    pub(super) ip: *const u8,
    /// The return word of the innermost frame, as an index into the value stack.
    pub(super) fp: usize,
    /// The pinned local of the loop that `ip` is in.
    pub(super) pinned: u64,
    pub(super) ctx: *mut Context,
    /// The area of arguments and results: of the call itself or of the host function it is in. While a guest runs, frames
    /// may be there, and it has no slots.
    pub(super) area: usize,
    pub(super) area_len: usize,
    /// The first slot above everything live; of a guest that is not in a host function see [`Machine::live_end`].
    pub(super) sp: usize,
    /// Crossings below belong to activations below.
    pub(super) crossings: usize,
}

impl Activation {
    pub(super) const fn idle() -> Activation {
        Activation {
            state: State::Idle,
            func: 0,
            ip: core::ptr::null(),
            fp: 0,
            pinned: 0,
            ctx: core::ptr::null_mut(),
            area: 0,
            area_len: 0,
            sp: 0,
            crossings: 0,
        }
    }
}

/// A call from one instance to another: where the caller goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crossing {
    pub(super) ctx: *mut Context,
    pub(super) ip: *const u8,
}

impl Machine {
    /// Begins a call of `func` above everything that is live: reserves its area of
    /// max(params, results) slots, and saves what was running. The caller writes the parameters; the rest is zero.
    /// Returns the depth to give to [`Machine::end`] (also after a trap or an error).
    ///
    /// # Errors
    /// [`TrapCode::StackOverflow`] if the value stack has no room; nothing has begun then.
    ///
    /// # Panics
    /// If there is no such function.
    pub fn begin(&mut self, func: FuncId) -> Result<usize, TrapCode> {
        let record = self.funcs[func.index()];
        if self.current.state != State::Idle && self.current.state != State::Host {
            self.current.sp = self.live_end();
        }
        let area = self.current.sp;
        let area_len = record.slots.area();
        let end = area.saturating_add(area_len).saturating_add(1);
        self.reserve(end)?;
        self.saved.try_reserve(1).map_err(|_| TrapCode::StackOverflow)?;
        if record.slots.results > record.slots.params {
            self.stack.as_mut_slice()[area + record.slots.params as usize..end - 1].fill(0);
        }
        self.saved.push(self.current);
        self.current = Activation {
            state: State::Start,
            func: func.0,
            area,
            area_len,
            sp: area + area_len,
            fp: area + area_len,
            pinned: 0,
            ip: core::ptr::null(),
            ctx: record.ctx,
            crossings: self.crossings.len(),
        };
        Ok(self.saved.len() - 1)
    }

    /// The argument and result slots of the current call: of `begin`'s function before the first
    /// `run` and after [`Exit::Done`], of the host function after [`Exit::Host`]. At other times there are none.
    pub fn area(&self) -> &[u64] {
        let Activation { area, area_len, .. } = self.current;
        &self.stack.as_slice()[area..area + area_len]
    }

    /// The same, to write.
    pub fn area_mut(&mut self) -> &mut [u64] {
        let Activation { area, area_len, .. } = self.current;
        &mut self.stack.as_mut_slice()[area..area + area_len]
    }

    /// Ends the call begun at `depth` and every call begun inside it: what ran before is current
    /// again. Does nothing if no such call is in progress.
    pub fn end(&mut self, depth: usize) {
        if depth >= self.saved.len() {
            return;
        }
        self.crossings.truncate(match self.saved.get(depth + 1) {
            Some(inner) => inner.crossings,
            None => self.current.crossings,
        });
        if !self.waits.is_empty() {
            self.waits.retain(|&(inner, _)| inner <= depth);
        }
        self.current = self.saved[depth];
        self.saved.truncate(depth);
    }

    /// Answers [`Exit::MemoryGrow`] and [`Exit::TableGrow`]; does nothing if there was neither.
    pub fn answer(&mut self, old: Option<u64>) {
        if let State::Asking { dst, none } = self.current.state {
            self.stack.as_mut_slice()[dst] = old.unwrap_or(none);
            self.current.state = State::Ready;
        }
    }

    /// Answers [`Exit::TableGrow`] for a table that has grown by elements that are null: they are set to `init` in the
    /// next [`Machine::run`], which may take longer than the epoch's deadline allows.
    pub fn answer_and_fill(&mut self, old: u64, table: TableId, init: u64) {
        let asked = matches!(self.current.state, State::Asking { .. });
        self.answer(Some(old));
        if asked && init != 0 {
            self.current.state = State::Filling { table, init, at: old };
        }
    }

    /// The instance that calls the host function of [`Exit::Host`]; `None` if the embedder does.
    pub fn caller(&self) -> Option<InstanceId> {
        match self.current.state {
            State::Host => Some(InstanceId(self.instance_of(self.current.ctx))),
            _ => None,
        }
    }

    /// Enters the function of [`Machine::begin`].
    #[inline(always)]
    pub(super) fn start(&mut self) -> Result<Next, TrapCode> {
        let record = self.funcs[self.current.func as usize];
        if record.ctx.is_null() {
            self.current.state = State::OnlyHost;
            return Ok(Next::Stop(Exit::Host { host: record.index }));
        }
        let Some(entry) = self.entry(record.ctx, record.entry) else {
            let exit = self.translate(record.ctx, record.entry);
            return Ok(Next::Stop(exit));
        };
        let Activation { fp, area_len, .. } = self.current;
        self.reserve_frame(fp, entry)?;
        // As if the caller's return word were where the area begins.
        self.stack.as_mut_slice()[fp] = pack_return(done(), area_len);
        self.current.ip = entry.code;
        self.current.area_len = 0;
        self.current.state = State::Ready;
        self.resume(true);
        Ok(self.function_entered())
    }

    /// The function of [`Machine::begin`] has returned.
    #[inline]
    pub(super) fn finish(&mut self) {
        // Host functions that were called meanwhile had areas of their own. This one is where the return word of
        // `start` says that the caller's frame is.
        let record = &self.funcs[self.current.func as usize];
        let area = self.current.fp;
        self.current.area = area;
        self.current.area_len = record.slots.area();
        self.current.sp = area + self.current.area_len;
        self.current.state = State::Finished;
    }
}
