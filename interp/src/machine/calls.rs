//! Calls that handlers leave to the run loop: of functions without code or room, of other instances, of host functions.

use super::activation::{Crossing, State};
use super::run::{Exit, Next};
use super::{FuncId, InstanceId, Machine};
use crate::code::{crossed, done};
use crate::exec::statements as stmt;
use crate::exec::{Suspend, move_return, pack_return, unpack_return};
use crate::isa::operand::{HEADER, WORD};
use crate::runtime::{Context, FuncEntry};
use crate::wasm::{FuncSig, TrapCode};

impl Machine {
    /// A call that the handler could not carry out: `packed` is the distance to the callee's return word, or in
    /// tail position the slot of the arguments, and how far after the instruction's beginning the caller goes on.
    pub(super) fn call(
        &mut self,
        reason: Suspend,
        callee: u64,
        packed: usize,
    ) -> Result<Next, TrapCode> {
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
    pub(super) fn call_host(&mut self, area: impl Fn(usize, usize, usize) -> usize) -> Option<u32> {
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
        current.area_len = record.slots.area();
        current.area = area(current.fp, packed & 0xffff, current.area_len);
        current.sp = current.area + current.area_len;
        Some(record.index)
    }

    /// A call through a table whose callee's type is not the one that is called: it may be a subtype.
    #[cfg(feature = "gc")]
    pub(super) fn call_subtype(&mut self, reason: Suspend) -> Result<Next, TrapCode> {
        let ctx = self.current.ctx;
        // SAFETY: set by the handler that left; the context is this machine's.
        let (callee, packed, wanted) =
            unsafe { ((*ctx).suspend_callee, (*ctx).suspend_place, (*ctx).suspend_type) };
        let record = self.funcs.get(FuncId::from_raw(callee).map_or(usize::MAX, FuncId::index));
        if !record.is_some_and(|record| self.is_subtype(record.type_id, wanted)) {
            // The last byte of the call stands for it.
            self.current.ip = self.current.ip.wrapping_add((packed >> 16) - 1);
            self.commit_trap(TrapCode::BadSignature);
            return Err(TrapCode::BadSignature);
        }
        self.serve(if reason == Suspend::CallSubtype {
            Suspend::CallFunc
        } else {
            Suspend::TailFunc
        })
    }

    /// Whether a function type is another one, or was declared as its subtype.
    #[cfg(feature = "gc")]
    pub(super) fn is_subtype(&self, mut id: u32, of: u32) -> bool {
        while id != of {
            match self.supertypes.get(&id) {
                Some(supertype) => id = *supertype,
                None => return false,
            }
        }
        true
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
    pub(super) fn entry(&mut self, ctx: *mut Context, entry: *mut FuncEntry) -> Option<FuncEntry> {
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
    pub(super) fn translate(&mut self, ctx: *mut Context, entry: *mut FuncEntry) -> Exit {
        let instance = InstanceId(self.instance_of(ctx));
        let layout = self.instances[instance.index()].code.layout();
        Exit::Translate { instance, func: layout.func_of_entry(entry as usize - ctx as usize) }
    }

    /// Makes room on the value stack for a function's frame with its return word at `fp`.
    pub(super) fn reserve_frame(&mut self, fp: usize, function: FuncEntry) -> Result<(), TrapCode> {
        self.reserve(fp + function.frame / size_of::<u64>() - HEADER)
    }

    /// Makes the value stack at least `slots` long.
    #[inline]
    pub(super) fn reserve(&mut self, slots: usize) -> Result<(), TrapCode> {
        if slots <= self.stack.len { Ok(()) } else { self.grow_stack(slots) }
    }

    #[cold]
    fn grow_stack(&mut self, slots: usize) -> Result<(), TrapCode> {
        /// The first allocation: enough for small guests, of which there may be thousands.
        const FIRST: usize = 64;
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
}
