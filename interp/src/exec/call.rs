//! Calls, returns and jumps.
//!
//! ```text
//! caller's frame                     callee's frame, overlapping:
//! [ ... temps | arguments ]          [ params | results ][ header ][ locals ][ temps ]
//!              ^ base                ^ fp                 ^ max(P, R)
//! ```
//!
//! The header is one word: where the caller goes on, and how far its frame pointer is below. It
//! holds no address of the stack, so the stack can move. A call makes one comparison: a function
//! without code has an impossible frame size.
//!
//! A call in tail position replaces the frame: the arguments move down to its bottom, and the return word to
//! the callee's header slot. `fp` stays, and with it the distance in the return word.

use super::memory::copy_up;
use super::{Flow, Leave, Regs, leave, leave_call, meter, next, pack_return, trap};
use crate::isa::operand::WORD;
use crate::isa::table::stmt::{
    Br, Call, CallImport, CallImportMetered, CallIndirect, CallIndirectMetered, CallMetered,
    Crossed, Done, Return, ReturnCall, ReturnCallImport, ReturnCallImportMetered,
    ReturnCallIndirect, ReturnCallIndirectMetered, ReturnCallMetered, Unreachable,
};
use crate::isa::{NodeTrap, Stmt};
use crate::machine::{Context, FuncEntry, FuncRecord, TableCell, TrapCode};

/// Enters `entry` with its frame at `base` and its header at `header`; the caller goes on
/// `len` bytes after the instruction. A metered call has a charge.
///
/// # Safety
/// `entry` is an entry of the current instance, `header` the callee's header slot in the frame.
#[inline(always)]
unsafe fn call(
    mut m: Regs,
    entry: *const FuncEntry,
    base: usize,
    header: *mut u64,
    len: usize,
    charge: Option<f32>,
) -> Flow {
    let callee = m.fp.wrapping_add(base);
    // Neither an accumulator nor a hot local outlives a call. Any value does, and this one is at hand:
    // keeping the old ones, for the slow way too, would take registers, and so a native frame.
    (m.acc, m.hot) = (callee as usize as u64, callee as usize as u64);
    // SAFETY: `entry` and `ctx` are valid; the header slot is in the caller's frame.
    unsafe {
        let room = ((*m.ctx).stack_limit as usize).wrapping_sub(callee as usize);
        if room < (*entry).frame {
            pay(&mut m, charge);
            return leave_call(m, Leave::CallSlow, entry as usize as u64, base, len);
        }
        *header = pack_return(m.ip.wrapping_add(len), base);
        m.fp = callee;
        m.ip = (*entry).code;
        match charge {
            None => next(m),
            Some(units) => meter::enter(m, units),
        }
    }
}

/// The operands that the tail calls of functions with code have in common.
struct Tail {
    /// The first argument, a slot of this frame, and the number of their slots.
    args: *const u64,
    len: usize,
    /// Where the return word is, and where the callee expects it.
    header: *const u64,
    callee_header: *mut u64,
}

/// Enters `entry` in the place of the current frame; `base` and `len` are as for [`leave_call`].
///
/// # Safety
/// `entry` is an entry of the current instance, `tail` are slots of the frame and of the callee's.
#[inline(always)]
unsafe fn tail_call(
    mut m: Regs,
    entry: *const FuncEntry,
    tail: Tail,
    base: usize,
    len: usize,
    charge: Option<f32>,
) -> Flow {
    // As in `call`.
    (m.acc, m.hot) = (m.fp as usize as u64, m.fp as usize as u64);
    // SAFETY: `entry` and `ctx` are valid. The comparison covers the callee's frame, in which
    // its parameters and its header lie.
    unsafe {
        let room = ((*m.ctx).stack_limit as usize).wrapping_sub(m.fp as usize);
        if room < (*entry).frame {
            pay(&mut m, charge);
            return leave_call(m, Leave::TailSlow, entry as usize as u64, base, len);
        }
        // Arguments may come to lie where the word was, and the word where arguments were.
        let word = *tail.header;
        copy_up(tail.args, m.fp, tail.len);
        *tail.callee_header = word;
        m.ip = (*entry).code;
        match charge {
            None => next(m),
            Some(units) => meter::enter(m, units),
        }
    }
}

/// Pays for what comes before a call, if it is metered.
#[inline(always)]
fn pay(m: &mut Regs, charge: Option<f32>) {
    if let Some(units) = charge {
        m.fuel += units;
    }
}

/// The function that a call through a table is of: the reference and its record. (No function with a result: it
/// would have the trap's code in a register that there is not.)
macro_rules! callee {
    ($stmt:ident, $m:ident, $at:ident, $charge:ident, $end:ident) => {{
        // The context's pointers are valid; the index is checked. (Indices of 32 bits have an upper half of
        // zeroes.)
        let table = &**$stmt::table(&$m, $at).cast::<*const TableCell>();
        let index = *$stmt::index(&$m, $at);
        if index >= table.len as u64 {
            return refuse($m, $charge, $end, TrapCode::UndefinedElement);
        }
        let func = *table.base.wrapping_add(index as usize);
        if func == 0 {
            return refuse($m, $charge, $end, TrapCode::IndirectCallToNull);
        }
        let Some(record) = record($m.ctx, func) else {
            return refuse($m, $charge, $end, TrapCode::BadSignature);
        };
        if record.type_id != $stmt::type_id(&$m, $at) {
            return refuse($m, $charge, $end, TrapCode::BadSignature);
        }
        (func, record)
    }};
}

/// Calls, plain and metered, and those in tail position.
macro_rules! calls {
    (
        $call:ident, $import:ident, $indirect:ident,
        tail $tail:ident, $tail_import:ident, $tail_indirect:ident,
        |$m:ident, $at:ident| $charge:expr
    ) => {
        impl Stmt for $call {
            #[inline(always)]
            unsafe fn run($m: Regs, $at: usize) -> Flow {
                // SAFETY: operands of verified code: an entry of the context, slots of the frame.
                unsafe {
                    let (entry, base) = (Self::entry(&$m, $at), Self::base(&$m, $at));
                    let header = Self::header(&$m, $at);
                    call($m, entry.cast(), base, header, $at + Self::LEN, $charge)
                }
            }
        }

        impl Stmt for $import {
            #[inline(always)]
            unsafe fn run(mut $m: Regs, $at: usize) -> Flow {
                // SAFETY: the operand is an imported function's reference in the context.
                unsafe {
                    let charge = $charge;
                    pay(&mut $m, charge);
                    let (func, base) = (*Self::func(&$m, $at).cast::<u64>(), Self::base(&$m, $at));
                    leave_call($m, Leave::CallFunc, func, base, $at + Self::LEN)
                }
            }
        }

        impl Stmt for $indirect {
            #[inline(always)]
            unsafe fn run(mut $m: Regs, $at: usize) -> Flow {
                let end = $at + Self::LEN;
                // As in `call`, and before anything else, which needs registers.
                ($m.acc, $m.hot) = ($m.fp as usize as u64, $m.fp as usize as u64);
                // SAFETY: operands of verified code.
                unsafe {
                    let charge = $charge;
                    let (func, record) = callee!(Self, $m, $at, charge, end);
                    let base = Self::base(&$m, $at);
                    if record.ctx != $m.ctx {
                        pay(&mut $m, charge);
                        return leave_call($m, Leave::CallFunc, func, base, end);
                    }
                    let header = Self::header(&$m, $at);
                    call($m, record.entry, base, header, end, charge)
                }
            }
        }

        impl Stmt for $tail {
            #[inline(always)]
            unsafe fn run($m: Regs, $at: usize) -> Flow {
                // SAFETY: operands of verified code: an entry of the context, slots of the frames.
                unsafe {
                    let (entry, base) = (Self::entry(&$m, $at), Self::base(&$m, $at));
                    let tail = tail_operands!(Self, $m, $at, base);
                    tail_call($m, entry.cast(), tail, base, $at + Self::LEN, $charge)
                }
            }
        }

        impl Stmt for $tail_import {
            #[inline(always)]
            unsafe fn run(mut $m: Regs, $at: usize) -> Flow {
                // SAFETY: the operand is an imported function's reference in the context.
                unsafe {
                    let charge = $charge;
                    pay(&mut $m, charge);
                    let (func, base) = (*Self::func(&$m, $at).cast::<u64>(), Self::base(&$m, $at));
                    leave_call($m, Leave::TailFunc, func, base, $at + Self::LEN)
                }
            }
        }

        impl Stmt for $tail_indirect {
            #[inline(always)]
            unsafe fn run(mut $m: Regs, $at: usize) -> Flow {
                let end = $at + Self::LEN;
                // As above.
                ($m.acc, $m.hot) = ($m.fp as usize as u64, $m.fp as usize as u64);
                // SAFETY: operands of verified code.
                unsafe {
                    let charge = $charge;
                    let (func, record) = callee!(Self, $m, $at, charge, end);
                    let base = Self::base(&$m, $at);
                    if record.ctx != $m.ctx {
                        pay(&mut $m, charge);
                        return leave_call($m, Leave::TailFunc, func, base, end);
                    }
                    let tail = tail_operands!(Self, $m, $at, base);
                    tail_call($m, record.entry, tail, base, end, charge)
                }
            }
        }
    };
}

/// The [`Tail`] of a statement. (The run loop finds its operands where an instruction has them, so these
/// statements are never the second one of an instruction.)
macro_rules! tail_operands {
    ($stmt:ident, $m:ident, $at:ident, $base:ident) => {{
        debug_assert_eq!($at, WORD);
        Tail {
            args: $m.fp.wrapping_add($base),
            len: $stmt::args(&$m, $at) as usize,
            header: $stmt::header(&$m, $at),
            callee_header: $stmt::callee_header(&$m, $at),
        }
    }};
}
calls!(
    Call, CallImport, CallIndirect,
    tail ReturnCall, ReturnCallImport, ReturnCallIndirect,
    |m, at| None
);
calls!(
    CallMetered, CallImportMetered, CallIndirectMetered,
    tail ReturnCallMetered, ReturnCallImportMetered, ReturnCallIndirectMetered,
    |m, at| Some(Self::charge(&m, at))
);

/// The trap of a call through a table, which is charged for and stands at its last byte. (No
/// closure: at opt-level s those are not inlined, and then the handler is no leaf.)
#[inline(always)]
fn refuse(mut m: Regs, charge: Option<f32>, end: usize, code: TrapCode) -> Flow {
    pay(&mut m, charge);
    trap(m, NodeTrap { code, at: end - 1 })
}

/// The record of a function reference that is not null.
///
/// # Safety
/// `ctx` is valid.
#[inline(always)]
unsafe fn record<'a>(ctx: *mut Context, func: u64) -> Option<&'a FuncRecord> {
    // SAFETY: the store view is valid while handlers run; the index is checked.
    unsafe {
        let store = &*(*ctx).store;
        let index = (func - 1) as usize;
        if index >= store.funcs_len { None } else { Some(&*store.funcs.wrapping_add(index)) }
    }
}

impl Stmt for Return {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: the header slot holds what the call wrote.
        unsafe {
            let word = *Self::header(&m, at);
            next(m.returned(word))
        }
    }
}

impl Stmt for Br {
    #[inline(always)]
    unsafe fn run(mut m: Regs, at: usize) -> Flow {
        // SAFETY: the verifier checked that the target is an instruction.
        unsafe {
            m.ip = Self::target(&m, at);
            next(m)
        }
    }
}

impl Stmt for Unreachable {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        trap(m, NodeTrap { code: TrapCode::Unreachable, at: at + Self::LEN - 1 })
    }
}

impl Stmt for Done {
    #[inline(always)]
    unsafe fn run(m: Regs, _at: usize) -> Flow {
        leave(m, Leave::Done)
    }
}

impl Stmt for Crossed {
    #[inline(always)]
    unsafe fn run(m: Regs, _at: usize) -> Flow {
        leave(m, Leave::Crossed)
    }
}
