//! Calls in tail position.
//!
//! The callee's frame takes the place of this one, so its parameters are to be where ours are. There are two ways to
//! get them there. As for other calls the arguments are put on top of the operand stack, from where the call
//! moves them down. Or they are set one by one where they belong, as if they were assigned to our parameters:
//! then an argument that is passed on as it is costs nothing. But those that are still to be evaluated may
//! read the parameter that is set, so an order has to be found, and if there is none, an argument makes a
//! detour.

use super::Function;
use super::tree::Value;
use crate::code::table::simple;
use crate::isa::operand::HEADER;
use crate::wasm::{FuncSig, Kind};

/// Arguments that are set where they belong, at most; the search for an order is quadratic.
const MOST: usize = 16;

/// What is done with an argument.
#[derive(Clone, Copy)]
enum Step {
    /// It is put on the operand stack, for later.
    Spill(usize),
    /// It becomes the parameter.
    Set(usize),
}

/// Where the arguments of a call are.
pub(super) struct Arguments {
    /// The first one's slot: the frame's first if they are in place.
    pub(super) args: u32,
    /// How many slots are to be moved.
    pub(super) len: u32,
}

impl Function<'_> {
    pub(super) fn return_call(&mut self, func: u32) {
        let sig = self.info.func_sig(func);
        let Arguments { args, len } = self.tail_arguments(sig, 0);
        if func < self.info.imported_funcs {
            let reference = self.layout.reference(func);
            self.tail_statement(simple::ReturnCallImport, &[self.first, args, reference]);
            self.return_after_host(sig, args);
        } else {
            let entry = self.layout.entry(func);
            let operands = [self.first, args, len, sig.area(), entry];
            self.tail_statement(simple::ReturnCall, &operands);
        }
        self.reach.ends();
    }

    pub(super) fn return_call_indirect(&mut self, ty: u32, table: u32) {
        let sig = self.info.types.func(ty);
        let Arguments { args, len } = self.tail_arguments(sig, 1);
        let index = self.parts.stack.pop().bits as u32;
        let table = self.layout.table(table);
        let operands = [self.first, args, len, sig.area(), table, sig.id, index];
        self.tail_statement(simple::ReturnCallIndirect, &operands);
        self.return_after_host(sig, args);
        self.reach.ends();
    }

    /// A call in tail position. The blocks that it is in catch nothing of it.
    pub(super) fn tail_statement(&mut self, statement: u16, operands: &[u32]) {
        self.note_tail_call();
        #[cfg(feature = "gc")]
        self.outside_of_ranges(|f| f.call_statement(statement, operands));
        #[cfg(not(feature = "gc"))]
        self.call_statement(statement, operands);
    }

    /// What follows a call of a function that may be the host's, which is called and then returned from.
    pub(super) fn return_after_host(&mut self, sig: FuncSig<'_>, args: u32) {
        if args == self.first {
            // Its results are in place, too.
            self.note_results_in_place(sig.results);
            return self.return_in_place();
        }
        self.results_of(sig);
        self.return_();
    }

    /// Gets the arguments, on top of the stack but for the `index` of a table, to where the call takes them. The
    /// index will be in a slot.
    pub(super) fn tail_arguments(&mut self, sig: FuncSig<'_>, index: usize) -> Arguments {
        let end = self.parts.stack.entries.len() - index;
        let first = end - sig.params.len();
        // What is below them is dropped.
        self.spill_traps(index + sig.params.len());
        let args = first..end;
        if args.clone().filter(|&i| self.parts.stack.entries[i].value.may_trap()).count() > 1 {
            for i in args {
                if self.parts.stack.entries[i].value.may_trap() {
                    self.spill_entry(i);
                }
            }
        }
        if index != 0 && !self.is_local(self.parts.stack.peek()) {
            self.spill_entry(end);
        }
        match self.order(sig, first) {
            Some(steps) => {
                if index != 0
                    && self.parts.stack.peek().bits < u64::from(self.first + sig.param_slots())
                {
                    self.spill_entry(end);
                }
                for step in steps {
                    match step {
                        Step::Spill(i) => self.spill_entry(first + i),
                        Step::Set(i) => {
                            let value = self.parts.stack.entries[first + i].value;
                            let slot = self.first + i as u32;
                            self.set(slot, value);
                            self.parts.stack.entries[first + i].value =
                                Value::slot(slot, value.kind());
                        }
                    }
                }
                Arguments { args: self.first, len: 0 }
            }
            None => {
                for i in first..end {
                    self.spill_entry(i);
                }
                let args =
                    self.parts.stack.entries.get(first).map_or(self.parts.stack.top, |e| e.slot);
                self.parts.stack.use_slots(args + sig.area() + 1);
                Arguments { args, len: sig.param_slots() }
            }
        }
    }

    fn is_local(&self, value: Value) -> bool {
        value.is_slot() && value.bits < self.parts.stack.base as u64
    }

    /// The order in which the arguments from an entry on can be set where they belong; `None` if they cannot,
    /// or if it takes fewer statements to put them on the stack.
    fn order(&self, sig: FuncSig<'_>, first: usize) -> Option<impl Iterator<Item = Step> + use<>> {
        let n = sig.params.len();
        if n > MOST || sig.params.contains(&Kind::V128) || sig.area() > HEADER as u32 - self.first {
            return None;
        }
        let (mut on_stack, mut in_place) = (0, 0);
        // Sets of arguments: those that are left, and for each parameter those that read it. (Slots are taken
        // for others that are a multiple of 64 away, too.)
        let mut left = 0_u32;
        let mut readers = [0_u32; MOST];
        for i in 0..n {
            let entry = self.parts.stack.entries[first + i];
            on_stack += !entry.is_in_slot() as usize;
            if entry.value.is_slot_at(self.first + i as u32) {
                continue;
            }
            left |= 1 << i;
            in_place += 1;
            let reads = self.reads(entry.value).1;
            for (parameter, readers) in readers.iter_mut().enumerate().take(n) {
                let slot = self.first + parameter as u32;
                *readers |= ((reads >> (slot % 64) & 1) as u32) << i;
            }
        }
        let mut steps = [Step::Set(0); 2 * MOST];
        let mut len = 0;
        while left != 0 {
            let others = |i: usize| readers[i] & left & !(1 << i);
            steps[len] = match (0..n).find(|&i| left >> i & 1 != 0 && others(i) == 0) {
                Some(i) => {
                    left &= !(1 << i);
                    Step::Set(i)
                }
                None => {
                    // Each is read by another one: of the first, one that does.
                    let i = others(left.trailing_zeros() as usize).trailing_zeros() as usize;
                    for readers in &mut readers {
                        *readers &= !(1 << i);
                    }
                    in_place += 1;
                    Step::Spill(i)
                }
            };
            len += 1;
        }
        (in_place <= on_stack).then(|| steps.into_iter().take(len))
    }
}
