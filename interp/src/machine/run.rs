//! Calls by the embedder, and the run loop: it enters the executor, serves what needs no embedder
//! when a handler suspends, and passes the rest on.
//!
//! A call by the embedder is an [`Activation`]; a host function that calls back begins another one
//! above it. A call from one instance to another is a [`Crossing`]: its callee returns to the
//! instruction [`CROSSED`], where the run loop puts the caller's instance back. Neither is on the
//! native stack, and the value stack between them needs no boundary marks.

use super::{FuncId, InstanceId, Machine, MemoryId, TableId};
use crate::exec::{
    self, Counter, Regs, Suspend, VectorAcc, move_return, pack_return, unpack_return,
};
use crate::isa::operand::{HEADER, WORD};

use crate::code::{crossed, done};
use crate::exec::statements as stmt;
use crate::runtime::buffer::Buffer;
use crate::runtime::shared_memory::Waiting;
use crate::runtime::{Context, FuncEntry};
use crate::wasm::{FuncSig, TrapCode};
use core::time::Duration;

/// Why the machine stopped running.
#[derive(Clone, Copy, Debug)]
pub enum Exit {
    /// The function called by [`Machine::begin`] has returned; its results lie in [`Machine::area`].
    Done,
    /// A host function is called: arguments lie in [`Machine::area`], results go there.
    /// [`Machine::run`] continues after it.
    /// [`Machine::caller`] tells who calls.
    Host {
        /// The number given to [`Machine::func_alloc_host`].
        host: u32,
    },
    /// `memory.grow`: grow (or not), then give [`Machine::answer`] the old size in pages, or `None`.
    MemoryGrow {
        /// Which memory.
        memory: MemoryId,
        /// By how many pages.
        delta: u64,
    },
    /// `table.grow`: grow (or not), then give [`Machine::answer`] the old size, or `None`.
    TableGrow {
        /// Which table.
        table: TableId,
        /// By how many elements.
        delta: u64,
        /// The value of the new elements.
        init: u64,
    },
    /// A function without code is called: translate it and [insert](crate::ModuleCode::insert) it, then
    /// [`Machine::run`] again.
    Translate {
        /// The instance.
        instance: InstanceId,
        /// The function's index in the module.
        func: u32,
    },
    /// The epoch's deadline is reached at a check point of metered code: set a new one and
    /// [`Machine::run`] again, or give up.
    Epoch,
    /// The guest trapped. [`Machine::frames`] tells where until [`Machine::end`].
    Trap(TrapCode),
}

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
    /// At a check point, the instruction `ip`, after [`Exit::Epoch`]: what is paid in advance, and whether that
    /// instruction stands for where the guest is, or the one before.
    Checking { advance: u32, within: bool },
    /// In the operation at `ip`, after [`Exit::Epoch`].
    Bulk { op: u16, done: u64 },
    /// Waits for a notification, after [`Exit::Epoch`]; the result goes to a slot; `ip` is the next instruction.
    Waiting { dst: usize },
    /// Trapped at `ip`.
    Trapped,
    /// Returned.
    Finished,
}

/// A call by the embedder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Activation {
    pub(super) state: State,
    func: u32,
    pub(super) ip: *const u8,
    /// The return word of the innermost frame, as an index into the value stack.
    pub(super) fp: usize,
    /// The pinned local of the loop that `ip` is in.
    pinned: u64,
    pub(super) ctx: *mut Context,
    /// The area of arguments and results: of the call itself or of the host function it is in. While a guest runs, frames
    /// may be there, and it has no slots.
    area: usize,
    area_len: usize,
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

/// How long a guest waits before the epoch is looked at.
const PATIENCE: Duration = Duration::from_micros(500);

/// What the run loop does after serving a suspension.
pub(super) enum Next {
    Run,
    Stop(Exit),
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
        let area_len = record.params.max(record.results) as usize;
        let end = area.saturating_add(area_len).saturating_add(1);
        self.reserve(end)?;
        self.saved.try_reserve(1).map_err(|_| TrapCode::StackOverflow)?;
        if record.results > record.params {
            self.stack.as_mut_slice()[area + record.params as usize..end - 1].fill(0);
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

    /// Runs until the next exit.
    pub fn run(&mut self) -> Exit {
        match self.current.state {
            State::Ready => self.resume(false),
            State::Host => {
                self.current.state = State::Ready;
                self.current.area_len = 0;
                self.resume(true);
            }
            State::Checking { advance, .. } => {
                self.current.state = State::Ready;
                self.checked(advance);
            }
            State::Bulk { op, done } => {
                self.current.state = State::Ready;
                self.checked(0);
                match self.bulk(op, done) {
                    Ok(Next::Run) => {}
                    Ok(Next::Stop(exit)) => return exit,
                    Err(trap) => return self.trapped(trap),
                }
            }
            State::Waiting { dst } => {
                self.current.state = State::Ready;
                self.checked(0);
                let (_, waiting) = self.waits.pop().expect("the guest waits");
                if let Next::Stop(exit) = self.go_on_waiting(waiting, dst) {
                    return exit;
                }
            }
            State::Filling { table, init, at } => {
                self.current.state = State::Ready;
                self.resume(false);
                if let Next::Stop(exit) = self.fill_grown(table, init, at) {
                    return exit;
                }
            }
            State::Start => match self.start() {
                Ok(Next::Run) => {}
                Ok(Next::Stop(exit)) => return exit,
                Err(trap) => return Exit::Trap(trap),
            },
            State::OnlyHost => {
                self.current.state = State::Finished;
                return Exit::Done;
            }
            State::Asking { .. } => self.answer(None),
            State::Calling { reason, callee, packed } => {
                self.current.state = State::Ready;
                match self.call(reason, callee, packed) {
                    Ok(Next::Run) => {}
                    Ok(Next::Stop(exit)) => return exit,
                    Err(trap) => return self.trapped(trap),
                }
            }
            State::Idle | State::Trapped | State::Finished => return Exit::Done,
        }
        loop {
            let number = self.execute();
            if number == Suspend::Done as usize {
                self.finish();
                return Exit::Done;
            }
            if number == Suspend::CallFunc as usize
                && let Some(host) =
                    self.call_host(|fp, distance, area_len| fp + distance - area_len)
            {
                self.commit();
                return Exit::Host { host };
            }
            let Some(reason) = Suspend::from_number(number) else {
                self.current.state = State::Trapped;
                let code = exec::trap_code(number);
                self.commit_trap(code);
                return Exit::Trap(code);
            };
            match self.serve(reason) {
                Ok(Next::Run) => {}
                Ok(Next::Stop(exit)) => return exit,
                Err(trap) => return self.trapped(trap),
            }
        }
    }

    #[cold]
    fn trapped(&mut self, trap: TrapCode) -> Exit {
        self.current.state = State::Trapped;
        Exit::Trap(trap)
    }

    /// Enters the executor where the current activation is, and notes where it was left.
    fn execute(&mut self) -> usize {
        let Activation { ip, fp, pinned, ctx, .. } = self.current;
        let stack = self.stack.base;
        // SAFETY: `ctx` is the context of an instance of this machine; `ip` is verified code of
        // its module, and `fp` a frame of it, as the translator and the verifier agreed.
        unsafe {
            (*ctx).stack_limit = stack.wrapping_add(self.stack.len);
            (*ctx).committed = self.meter.committed;
            let memory: &Buffer<u8> = &*(*ctx).memory0;
            let number = exec::enter(Regs {
                ip,
                fp: stack.wrapping_add(fp).wrapping_sub(HEADER),
                mem: memory.base,
                acc: 0,
                mem_len: memory.len,
                pinned,
                ctx,
                acc_f64: 0.0,
                acc_f32: 0.0,
                acc_v128: VectorAcc::ZERO,
                fuel: Counter::new(self.meter.counter),
            });
            self.meter.counter = (*ctx).suspend_fuel;
            self.meter.committed = (*ctx).committed;
            self.current.ip = (*ctx).suspend_ip;
            self.current.fp = slot_index(stack, (*ctx).suspend_fp.wrapping_add(HEADER));
            self.current.pinned = (*ctx).suspend_pinned;
            number
        }
    }

    /// Enters the function of [`Machine::begin`].
    fn start(&mut self) -> Result<Next, TrapCode> {
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
    fn finish(&mut self) {
        // Host functions that were called meanwhile had areas of their own. This one is where the return word of
        // `start` says that the caller's frame is.
        let record = &self.funcs[self.current.func as usize];
        let area = self.current.fp;
        self.current.area = area;
        self.current.area_len = record.params.max(record.results) as usize;
        self.current.sp = area + self.current.area_len;
        self.current.state = State::Finished;
    }

    /// Serves a suspension that is no trap, and not the last return.
    fn serve(&mut self, reason: Suspend) -> Result<Next, TrapCode> {
        let m = self.regs();
        match reason {
            Suspend::Crossed => {
                let caller = self.crossings.pop().expect("a crossing for every return from one");
                self.current.ctx = caller.ctx;
                self.current.ip = caller.ip;
                if self.meter.is_due() {
                    return Ok(self.caller_reached());
                }
            }
            Suspend::CallSlow | Suspend::CallFunc => {
                // SAFETY: set by the handler that left.
                let (callee, packed) = unsafe { ((*m.ctx).suspend_callee, (*m.ctx).suspend_place) };
                return self.call(reason, callee, packed);
            }
            Suspend::TailSlow | Suspend::TailFunc => {
                if reason == Suspend::TailFunc
                    && let Some(host) = self.call_host(|fp, args, _| fp + args - HEADER)
                {
                    // If its area is the frame's, what is live ends with the return word.
                    self.current.sp = self.current.sp.max(self.current.fp + 1);
                    self.commit();
                    return Ok(Next::Stop(Exit::Host { host }));
                }
                // SAFETY: set by the handler that left.
                let (callee, packed) = unsafe { ((*m.ctx).suspend_callee, (*m.ctx).suspend_place) };
                return self.call(reason, callee, packed);
            }
            Suspend::LoopCheck => return Ok(self.target_reached()),
            Suspend::Entered => return Ok(self.check(0, true)),
            Suspend::Late => return Ok(self.late()),
            Suspend::Returned => return Ok(self.caller_reached()),
            Suspend::Bulk => return self.bulk_reached(),
            Suspend::RefFunc => {
                // The operand is where the reference belongs; what lies there names the function.
                let instance = InstanceId(self.instance_of(m.ctx));
                // SAFETY: the instruction at `ip` is a `ref.func`.
                let place = unsafe { stmt::RefFunc::func(&m, WORD) };
                let offset = place as usize - m.ctx as usize;
                let layout = self.instances[instance.index()].code.layout();
                let (_, index) = layout.find(offset as u32).expect("verified code");
                self.instance_func(instance, index);
            }
            _ => return self.serve_statement(reason, m),
        }
        Ok(Next::Run)
    }

    /// Serves a statement that is carried out here; `ip` moves past it.
    fn serve_statement(&mut self, reason: Suspend, m: Regs) -> Result<Next, TrapCode> {
        let instance = InstanceId(self.instance_of(m.ctx));
        macro_rules! operands {
            ($stmt:ident: $($field:ident),*) => {{
                self.current.ip = m.ip.wrapping_add(WORD + stmt::$stmt::LEN);
                // SAFETY: the instruction at `ip` is this statement, the one that left.
                ($(unsafe { stmt::$stmt::$field(&m, WORD).load() },)*)
            }};
        }
        let result = match reason {
            Suspend::MemoryGrow => {
                let (dst, memory, delta) = operands!(MemoryGrow: dst, memory, delta);
                let is64 =
                    self.instances[instance.index()].code.info().memories[memory as usize].is64;
                let memory = self.instance_memory(instance, memory);
                self.current.state = self.asking(dst, is64);
                return Ok(Next::Stop(Exit::MemoryGrow { memory, delta }));
            }
            Suspend::TableGrow => {
                let (dst, table, init, delta) = operands!(TableGrow: dst, table, init, delta);
                let is64 = self.instances[instance.index()].code.info().tables[table as usize].is64;
                let table = self.instance_table(instance, table);
                self.current.state = self.asking(dst, is64);
                return Ok(Next::Stop(Exit::TableGrow { table, delta, init }));
            }
            Suspend::MemoryInit => {
                let (segment, memory, dst, src, len) =
                    operands!(MemoryInit: segment, memory, dst, src, len);
                self.memory_init(instance, segment, memory, dst, src, len)
            }
            Suspend::DataDrop => {
                let (segment,) = operands!(DataDrop: segment);
                self.instance_drop_data(instance, segment);
                Ok(())
            }
            Suspend::TableFill => {
                let (table, dst, value, len) = operands!(TableFill: table, dst, value, len);
                self.table_fill(self.instance_table(instance, table), dst, value, len)
            }
            Suspend::TableCopy => {
                let (dst_table, src_table, dst, src, len) =
                    operands!(TableCopy: dst_table, src_table, dst, src, len);
                let dst_table = self.instance_table(instance, dst_table);
                let src_table = self.instance_table(instance, src_table);
                self.table_copy(dst_table, dst, src_table, src, len)
            }
            Suspend::TableInit => {
                let (segment, table, dst, src, len) =
                    operands!(TableInit: segment, table, dst, src, len);
                self.table_init(instance, segment, table, dst, src, len)
            }
            Suspend::MemoryNotify => {
                let (dst, memory, offset, address, count) =
                    operands!(MemoryNotify: dst, memory, offset, address, count);
                let memory = self.instance_memory(instance, memory);
                let dst = slot_index(self.stack.base, dst);
                let woken = self.notify(memory, address, offset, count as u32);
                woken.map(|woken| self.stack.as_mut_slice()[dst] = u64::from(woken))
            }
            Suspend::MemoryWait32 | Suspend::MemoryWait64 => {
                // Both have the same operands.
                let (dst, memory, offset, address, expected, timeout) =
                    operands!(MemoryWait32: dst, memory, offset, address, expected, timeout);
                let memory = self.instance_memory(instance, memory);
                let width = if reason == Suspend::MemoryWait32 { 4 } else { 8 };
                let dst = slot_index(self.stack.base, dst);
                match self.wait(memory, width, [address, offset], expected, timeout as i64) {
                    Ok(Ok(waiting)) => return Ok(self.go_on_waiting(waiting, dst)),
                    Ok(Err(wait)) => {
                        self.stack.as_mut_slice()[dst] = wait as u64;
                        Ok(())
                    }
                    Err(trap) => Err(trap),
                }
            }
            Suspend::ElemDrop => {
                let (segment,) = operands!(ElemDrop: segment);
                self.instance_set_elem(instance, segment, alloc::vec::Vec::new());
                Ok(())
            }
            _ => unreachable!("served before"),
        };
        // The last byte of the statement stands for it.
        result.inspect_err(|_| self.current.ip = self.current.ip.wrapping_sub(1))?;
        Ok(Next::Run)
    }

    /// Waits until a notification or the timeout, or the epoch's deadline.
    fn go_on_waiting(&mut self, waiting: Waiting, dst: usize) -> Next {
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

    /// A call that the handler could not carry out: `packed` is the distance to the callee's return word, or in
    /// tail position the slot of the arguments, and how far after the instruction's beginning the caller goes on.
    fn call(&mut self, reason: Suspend, callee: u64, packed: usize) -> Result<Next, TrapCode> {
        let (place, len) = (packed & 0xffff, packed >> 16);
        self.commit();
        let after = self.current.ip.wrapping_add(len);
        let (ctx, entry) = match reason {
            // Within the instance: no code, or no room.
            Suspend::CallSlow | Suspend::TailSlow => {
                (self.current.ctx, callee as usize as *mut FuncEntry)
            }
            // Of another instance: host functions have been seen to.
            _ => {
                let id = FuncId::from_raw(callee).expect("checked by the handler, or an import");
                let record = &self.funcs[id.index()];
                (record.ctx, record.entry)
            }
        };
        let served = match reason {
            Suspend::TailSlow | Suspend::TailFunc => self.replace_function(ctx, entry, place),
            _ => self.enter_function(ctx, entry, place, after),
        };
        match served {
            Ok(Next::Stop(Exit::Translate { .. })) => {
                self.current.state = State::Calling { reason, callee, packed };
            }
            // The last byte of the call stands for it, as in callers' frames.
            Err(_) => self.current.ip = after.wrapping_sub(1),
            _ => {}
        }
        served
    }

    /// If the call that the handler left for is of a host function: makes its area current, and
    /// says which one it is. The area is found from the return word, what the handler noted, and its length.
    #[inline]
    fn call_host(&mut self, area: impl Fn(usize, usize, usize) -> usize) -> Option<u32> {
        let current = &mut self.current;
        // SAFETY: set by the handler that left; the context is this machine's.
        let (func, packed) =
            unsafe { ((*current.ctx).suspend_callee, (*current.ctx).suspend_place) };
        let record = &self.funcs[FuncId::from_raw(func)?.index()];
        if !record.ctx.is_null() {
            return None;
        }
        current.ip = current.ip.wrapping_add(packed >> 16);
        current.state = State::Host;
        current.area_len = record.params.max(record.results) as usize;
        current.area = area(current.fp, packed & 0xffff, current.area_len);
        current.sp = current.area + current.area_len;
        Some(record.index)
    }

    /// Enters a function of an instance, this one or another.
    fn enter_function(
        &mut self,
        ctx: *mut Context,
        entry: *mut FuncEntry,
        distance: usize,
        after: *const u8,
    ) -> Result<Next, TrapCode> {
        let Some(callee) = self.entry(ctx, entry) else {
            return Ok(Next::Stop(self.translate(ctx, entry)));
        };
        let fp = self.current.fp + distance;
        self.reserve_frame(fp, callee)?;
        let return_to = if ctx == self.current.ctx {
            after
        } else {
            self.crossings.try_reserve(1).map_err(|_| TrapCode::StackOverflow)?;
            self.crossings.push(Crossing { ctx: self.current.ctx, ip: after });
            crossed()
        };
        self.stack.as_mut_slice()[fp] = pack_return(return_to, distance);
        self.current.ctx = ctx;
        self.current.ip = callee.code;
        self.current.fp = fp;
        Ok(self.function_entered())
    }

    /// Enters a function of an instance, this one or another, in the place of the current one, whose
    /// instruction at `ip` is a call in tail position with arguments from slot `args` on.
    fn replace_function(
        &mut self,
        ctx: *mut Context,
        entry: *mut FuncEntry,
        args: usize,
    ) -> Result<Next, TrapCode> {
        let Some(callee) = self.entry(ctx, entry) else {
            return Ok(Next::Stop(self.translate(ctx, entry)));
        };
        let sig = self.sig_of(ctx, entry);
        let (params, area) = (sig.param_slots() as usize, sig.area() as usize);
        // SAFETY: the instruction at `ip` is a tail call; all of them have this operand at this place.
        let first = unsafe { stmt::ReturnCallImport::first(&self.regs(), WORD) };
        let (old, shift) = (self.current.fp, (first + area).wrapping_sub(HEADER));
        let fp = old.wrapping_add(shift);
        self.reserve_frame(fp, callee)?;
        let mut word = move_return(self.stack.as_slice()[old], shift);
        let (return_to, distance) = unpack_return(word);
        if ctx != self.current.ctx && return_to != crossed() && return_to != done() {
            // The caller is of this instance, which is to be current again when the callee returns. A
            // return that crosses already goes where it went, so chains of calls do not grow.
            self.crossings.try_reserve(1).map_err(|_| TrapCode::StackOverflow)?;
            self.crossings.push(Crossing { ctx: self.current.ctx, ip: return_to });
            word = pack_return(crossed(), distance);
        }
        let (args, stack) = (old + args - HEADER, self.stack.as_mut_slice());
        stack.copy_within(args..args + params, old + first - HEADER); // onto themselves if they are in place
        stack[fp] = word;
        self.current.ctx = ctx;
        self.current.ip = callee.code;
        self.current.fp = fp;
        Ok(self.function_entered())
    }

    /// The type of a function.
    fn sig_of(&self, ctx: *mut Context, entry: *mut FuncEntry) -> FuncSig<'_> {
        let code = &self.instances[self.instance_of(ctx) as usize].code;
        let func = code.layout().func_of_entry(entry as usize - ctx as usize);
        code.info().func_sig(func)
    }

    /// A function's entry, brought up to date with its module; `None` if it has no code.
    fn entry(&mut self, ctx: *mut Context, entry: *mut FuncEntry) -> Option<FuncEntry> {
        // SAFETY: `entry` is one of the context's, which is this machine's.
        unsafe {
            if (*entry).code.is_null() {
                let code = &self.instances[(*ctx).instance as usize].code;
                let offset = entry as usize - ctx as usize;
                *entry = code.entry(code.layout().func_of_entry(offset));
            }
            (!(*entry).code.is_null()).then_some(*entry)
        }
    }

    /// The exit that asks for a function's code.
    fn translate(&mut self, ctx: *mut Context, entry: *mut FuncEntry) -> Exit {
        let instance = InstanceId(self.instance_of(ctx));
        let layout = self.instances[instance.index()].code.layout();
        Exit::Translate { instance, func: layout.func_of_entry(entry as usize - ctx as usize) }
    }

    /// Makes room on the value stack for a function's frame with its return word at `fp`.
    fn reserve_frame(&mut self, fp: usize, function: FuncEntry) -> Result<(), TrapCode> {
        self.reserve(fp + function.frame / size_of::<u64>() - HEADER)
    }

    /// Makes the value stack at least `slots` long.
    #[inline]
    fn reserve(&mut self, slots: usize) -> Result<(), TrapCode> {
        if slots <= self.stack.len { Ok(()) } else { self.grow_stack(slots) }
    }

    #[cold]
    fn grow_stack(&mut self, slots: usize) -> Result<(), TrapCode> {
        /// The first allocation: enough for small guests.
        const FIRST: usize = 512;
        if slots > self.max_stack {
            return Err(TrapCode::StackOverflow);
        }
        let len = slots.max(FIRST).max(self.stack.len.saturating_mul(2)).min(self.max_stack);
        self.stack
            .grow(len)
            .or_else(|_| self.stack.grow(slots))
            .map_err(|_| TrapCode::StackOverflow)
    }

    pub(super) fn instance_of(&self, ctx: *mut Context) -> u32 {
        // SAFETY: contexts live as long as the machine.
        unsafe { (*ctx).instance }
    }

    /// The registers for reading the operands of the instruction that left.
    pub(super) fn regs(&self) -> Regs {
        let Activation { ip, fp, ctx, .. } = self.current;
        Regs {
            ip,
            fp: self.stack.base.wrapping_add(fp).wrapping_sub(HEADER),
            mem: core::ptr::null_mut(),
            acc: 0,
            mem_len: 0,
            pinned: 0,
            ctx,
            acc_f64: 0.0,
            acc_f32: 0.0,
            acc_v128: VectorAcc::ZERO,
            fuel: Counter::new(0),
        }
    }

    /// The state that waits for the size before a growth, or -1.
    fn asking(&self, dst: *mut u64, is64: bool) -> State {
        let none = if is64 { u64::MAX } else { u32::MAX as u64 };
        State::Asking { dst: slot_index(self.stack.base, dst), none }
    }
}

/// A slot's index in the value stack.
fn slot_index(stack: *mut u64, slot: *const u64) -> usize {
    (slot as usize - stack as usize) / size_of::<u64>()
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
