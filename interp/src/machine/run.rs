//! The run loop: it enters the executor, serves what needs no embedder when a handler suspends, and passes the rest on.

use super::activation::{Activation, State};
use super::{InstanceId, Machine, MemoryId, TableId};
use crate::exec::statements as stmt;
use crate::exec::{self, Counter, Regs, Suspend, VectorAcc};
use crate::isa::operand::{HEADER, WORD};
use crate::runtime::buffer::Buffer;
use crate::wasm::TrapCode;

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
    /// There is no room for an object of so many bytes: [collect](Machine::collect), or [grow](Machine::heap_grow) the heap, and
    /// [`Machine::run`] again; or give up.
    #[cfg(feature = "gc")]
    Collect {
        /// Its size.
        bytes: u64,
    },
    /// The epoch's deadline is reached at a check point of metered code: set a new one and
    /// [`Machine::run`] again, or give up.
    Epoch,
    /// So much fuel is consumed that the embedder may do something else ([`Machine::set_fuel_interval`]):
    /// [`Machine::run`] again.
    Yield,
    /// All fuel is consumed at a check point of metered code: [set](Machine::set_fuel) some and [`Machine::run`] again, or
    /// give up.
    OutOfFuel,
    /// The guest has thrown an exception that no frame of this activation catches: it is pending. [`Machine::frames`] tells
    /// where until [`Machine::end`].
    #[cfg(feature = "gc")]
    Thrown,
    /// The guest trapped. [`Machine::frames`] tells where until [`Machine::end`].
    Trap(TrapCode),
}

/// Why an object cannot be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoRoom {
    /// There are not so many bytes left in the heap, which can be collected, or grow.
    Bytes(u64),
    /// No heap can have an object of this size.
    TooLarge,
}

/// What the run loop does after serving a suspension.
pub(super) enum Next {
    Run,
    Stop(Exit),
}

impl Machine {
    /// Runs until the next exit.
    #[inline(always)] // into the embedder's loop: a fifth of what a call costs there
    pub fn run(&mut self) -> Exit {
        if let Some(exit) = self.go_on() {
            return exit;
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

    /// Sees to it that the current activation is at an instruction; if it cannot be, why not.
    #[inline(always)]
    fn go_on(&mut self) -> Option<Exit> {
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
                    Ok(Next::Stop(exit)) => return Some(exit),
                    Err(trap) => return Some(self.trapped(trap)),
                }
            }
            State::Waiting { dst } => {
                self.current.state = State::Ready;
                self.checked(0);
                let (_, waiting) = self.waits.pop().expect("the guest waits");
                if let Next::Stop(exit) = self.go_on_waiting(waiting, dst) {
                    return Some(exit);
                }
            }
            #[cfg(feature = "gc")]
            State::Landed => {
                self.current.state = State::Ready;
                if let Next::Stop(exit) = self.landed() {
                    return Some(exit);
                }
            }
            State::Filling { table, init, at } => {
                self.current.state = State::Ready;
                self.resume(false);
                if let Next::Stop(exit) = self.fill_grown(table, init, at) {
                    return Some(exit);
                }
            }
            State::Start => match self.start() {
                Ok(Next::Run) => {}
                Ok(Next::Stop(exit)) => return Some(exit),
                Err(trap) => return Some(Exit::Trap(trap)),
            },
            State::OnlyHost => {
                self.current.state = State::Finished;
                return Some(Exit::Done);
            }
            State::Asking { .. } => self.answer(None),
            State::Calling { reason, callee, packed } => {
                self.current.state = State::Ready;
                match self.call(reason, callee, packed) {
                    Ok(Next::Run) => {}
                    Ok(Next::Stop(exit)) => return Some(exit),
                    Err(trap) => return Some(self.trapped(trap)),
                }
            }
            State::Idle | State::Trapped | State::Finished => return Some(Exit::Done),
        }
        None
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

    /// Serves a suspension that is no trap, and not the last return.
    pub(super) fn serve(&mut self, reason: Suspend) -> Result<Next, TrapCode> {
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
            #[cfg(feature = "gc")]
            Suspend::Throw | Suspend::ThrowRef => return self.throw(reason, m),
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
            #[cfg(feature = "gc")]
            Suspend::CallSubtype | Suspend::TailSubtype => return self.call_subtype(reason),
            #[cfg(feature = "gc")]
            Suspend::New
            | Suspend::NewArray
            | Suspend::ArrayNewData
            | Suspend::ArrayNewElem
            | Suspend::ArrayFill
            | Suspend::ArrayFillV128
            | Suspend::ArrayCopy
            | Suspend::ArrayInitData
            | Suspend::ArrayInitElem
            | Suspend::FuncIs => return self.serve_object(reason, m),
            _ => return self.serve_statement(reason, m),
        }
        Ok(Next::Run)
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
}

/// A slot's index in the value stack.
pub(super) fn slot_index(stack: *mut u64, slot: *const u64) -> usize {
    (slot as usize - stack as usize) / size_of::<u64>()
}
