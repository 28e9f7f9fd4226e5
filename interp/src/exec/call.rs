//! Calls, returns and jumps.
//!
//! ```text
//! caller's frame     [ params, results ][ word ][ locals ][ temps, arguments ]
//!                                       ^ HEADER
//! callee's frame, overlapping                             [ params, results ][ word ][ locals ][ temps ]
//!                                       |------------ distance --------------^ HEADER
//! ```
//!
//! The return word says where the caller goes on, and how far below its own return word is. It
//! holds no address of the stack, so the stack can move. A call makes one comparison: a function
//! without code has an impossible frame size.
//!
//! A call in tail position replaces the frame: the arguments move down to its first slot, and the return word to
//! where it is above the callee's area; the distance in it changes by as much.

use super::grammar::{NodeTrap, Stmt};
use super::memory::copy_up;
use super::statements::{
    Br, Call, CallImport, CallImportMetered, CallIndirect, CallIndirectMetered, CallMetered,
    CallRef, CallRefMetered, Crossed, Done, Return, ReturnCall, ReturnCallImport,
    ReturnCallImportMetered, ReturnCallIndirect, ReturnCallIndirectMetered, ReturnCallMetered,
    ReturnCallRef, ReturnCallRefMetered, Throw, ThrowRef, Unreachable,
};
use super::{
    Flow, Regs, Suspend, meter, move_return, next, pack_return, suspend, suspend_call, trap,
};
use crate::isa::operand::{HEADER, WORD};
use crate::runtime::{Context, FuncEntry, FuncRecord, TableCell};
use crate::wasm::TrapCode;

/// Enters `entry` with its return word `distance` slots above the caller's; the caller goes on
/// `len` bytes after the instruction.
///
/// # Safety
/// `entry` is an entry of the current instance, `distance` an operand.
#[inline(always)]
unsafe fn call(
    mut m: Regs,
    entry: *const FuncEntry,
    distance: usize,
    len: usize,
    metered: bool,
) -> Flow {
    let callee = m.fp.wrapping_add(distance);
    // Neither an accumulator nor a pinned local outlives a call. Any value does, and this one is at hand:
    // keeping the old ones, for the slow way too, would take registers, and so a native frame.
    (m.acc, m.pinned) = (callee as usize as u64, callee as usize as u64);
    // SAFETY: `entry` and `ctx` are valid; the return word is in the caller's frame.
    unsafe {
        let room = ((*m.ctx).stack_limit as usize).wrapping_sub(callee as usize);
        if room < (*entry).frame {
            return suspend_call(m, Suspend::CallSlow, entry as usize as u64, distance, len);
        }
        *callee.wrapping_add(HEADER) = pack_return(m.ip.wrapping_add(len), distance);
        m.fp = callee;
        m.ip = (*entry).code;
        if metered { meter::enter(m) } else { next(m) }
    }
}

/// The operands that the tail calls of functions with code have in common.
struct Tail {
    /// The first slot of the frame.
    first: usize,
    /// The slot of the first argument, and the number of slots to move.
    args: usize,
    len: usize,
    /// The callee's area.
    area: usize,
}

/// Enters `entry` in the place of the current frame; `end` is where the instruction ends.
///
/// # Safety
/// `entry` is an entry of the current instance, `tail` are operands of the current instruction.
#[inline(always)]
unsafe fn tail_call(
    mut m: Regs,
    entry: *const FuncEntry,
    tail: Tail,
    end: usize,
    metered: bool,
) -> Flow {
    // As in `call`.
    (m.acc, m.pinned) = (m.fp as usize as u64, m.fp as usize as u64);
    let shift = (tail.first + tail.area).wrapping_sub(HEADER);
    let callee = m.fp.wrapping_add(shift);
    // SAFETY: `entry` and `ctx` are valid. The comparison covers the callee's frame, in which
    // its parameters and its return word lie.
    unsafe {
        let room = ((*m.ctx).stack_limit as usize).wrapping_sub(callee as usize);
        if room < (*entry).frame {
            return suspend_call(m, Suspend::TailSlow, entry as usize as u64, tail.args, end);
        }
        // Arguments may come to lie where the word was, and the word where arguments were. (What is old is not
        // used after the copy: registers are few.)
        let word = move_return(*m.fp.wrapping_add(HEADER), shift);
        let (args, first) = (m.fp.wrapping_add(tail.args), m.fp.wrapping_add(tail.first));
        (m.fp, m.acc, m.pinned) = (callee, callee as usize as u64, callee as usize as u64);
        copy_up(args, first, tail.len);
        *callee.wrapping_add(HEADER) = word;
        m.ip = (*entry).code;
        if metered { meter::enter(m) } else { next(m) }
    }
}

/// The function that a call through a table is of: the reference and its record. (No function with a result: it
/// would have the trap's code in a register that there is not.)
macro_rules! callee {
    ($stmt:ident, $m:ident, $at:ident, $end:ident, $subtype:ident, $place:expr) => {{
        // The context's pointers are valid; the index is checked. (Indices of 32 bits have an upper half of
        // zeroes.)
        let table = &**$stmt::table(&$m, $at).cast::<*const TableCell>();
        let index = *$stmt::index(&$m, $at);
        if index >= table.len as u64 {
            return refuse($m, $end, TrapCode::UndefinedElement);
        }
        let func = *table.base.wrapping_add(index as usize);
        if func == 0 {
            return refuse($m, $end, TrapCode::IndirectCallToNull);
        }
        let Some(record) = record($m.ctx, func) else {
            return refuse($m, $end, TrapCode::BadSignature);
        };
        if record.type_id != $stmt::type_id(&$m, $at) {
            #[cfg(feature = "gc")]
            {
                (*$m.ctx).suspend_type = $stmt::type_id(&$m, $at);
                return suspend_call($m, Suspend::$subtype, func, $place, $end);
            }
            #[cfg(not(feature = "gc"))]
            return refuse($m, $end, TrapCode::BadSignature);
        }
        (func, record)
    }};
}

/// The function that a call by reference is of, as above. Validation has seen to its type; that it has as many slots is
/// looked at all the same, for callers rely on it.
macro_rules! referee {
    ($stmt:ident, $m:ident, $at:ident, $end:ident, $subtype:ident, $place:expr) => {{
        let func = *$stmt::callee(&$m, $at);
        if func == 0 {
            return refuse($m, $end, TrapCode::NullReference);
        }
        let Some(record) = record($m.ctx, func) else {
            return refuse($m, $end, TrapCode::BadSignature);
        };
        let (params, results) = ($stmt::params(&$m, $at), $stmt::results(&$m, $at));
        if record.slots.params != params.into() || record.slots.results != results.into() {
            return refuse($m, $end, TrapCode::BadSignature);
        }
        (func, record)
    }};
}

/// Calls, plain and metered, and those in tail position. What is paid is paid first: later it would take a register.
macro_rules! calls {
    (
        $call:ident, $import:ident, $indirect:ident, $by_ref:ident,
        tail $tail:ident, $tail_import:ident, $tail_indirect:ident, $tail_by_ref:ident,
        |$m:ident, $at:ident| $charge:expr, $metered:expr
    ) => {
        impl Stmt for $call {
            #[inline(always)]
            unsafe fn run($m: Regs, $at: usize) -> Flow {
                // SAFETY: operands of verified code: an entry of the context, slots of the frame.
                unsafe {
                    let $m = meter::paid($m, $charge);
                    let (entry, distance) = (Self::entry(&$m, $at), Self::distance(&$m, $at));
                    call($m, entry.cast(), distance, $at + Self::LEN, $metered)
                }
            }
        }

        impl Stmt for $import {
            #[inline(always)]
            unsafe fn run($m: Regs, $at: usize) -> Flow {
                // SAFETY: the operand is an imported function's reference in the context.
                unsafe {
                    let $m = meter::paid($m, $charge);
                    let func = *Self::func(&$m, $at).cast::<u64>();
                    let distance = Self::distance(&$m, $at);
                    suspend_call($m, Suspend::CallFunc, func, distance, $at + Self::LEN)
                }
            }
        }

        calls!(@found $indirect callee, $by_ref referee, |$m, $at| $charge, $metered);

        impl Stmt for $tail {
            #[inline(always)]
            unsafe fn run($m: Regs, $at: usize) -> Flow {
                // SAFETY: operands of verified code: an entry of the context, slots of the frames.
                unsafe {
                    let $m = meter::paid($m, $charge);
                    let entry = Self::entry(&$m, $at).cast();
                    tail_call($m, entry, tail_operands!(Self, $m, $at), $at + Self::LEN, $metered)
                }
            }
        }

        impl Stmt for $tail_import {
            #[inline(always)]
            unsafe fn run($m: Regs, $at: usize) -> Flow {
                // SAFETY: the operand is an imported function's reference in the context.
                unsafe {
                    let $m = meter::paid($m, $charge);
                    let func = *Self::func(&$m, $at).cast::<u64>();
                    let args = Self::args(&$m, $at);
                    suspend_call($m, Suspend::TailFunc, func, args, $at + Self::LEN)
                }
            }
        }

        calls!(@tail_found $tail_indirect callee, $tail_by_ref referee, |$m, $at| $charge, $metered);
    };
    // Calls of a function that has to be found first.
    (@found $($name:ident $find:ident),*, |$m:ident, $at:ident| $charge:expr, $metered:expr) => {$(
        impl Stmt for $name {
            #[inline(always)]
            unsafe fn run(mut $m: Regs, $at: usize) -> Flow {
                let end = $at + Self::LEN;
                // As in `call`, and before anything else, which needs registers.
                ($m.acc, $m.pinned) = ($m.fp as usize as u64, $m.fp as usize as u64);
                // SAFETY: operands of verified code.
                unsafe {
                    let $m = meter::paid($m, $charge);
                    let (func, record) = $find!(Self, $m, $at, end, CallSubtype, Self::distance(&$m, $at));
                    let distance = Self::distance(&$m, $at);
                    if record.ctx != $m.ctx {
                        return suspend_call($m, Suspend::CallFunc, func, distance, end);
                    }
                    call($m, record.entry, distance, end, $metered)
                }
            }
        }
    )*};
    (@tail_found $($name:ident $find:ident),*, |$m:ident, $at:ident| $charge:expr, $metered:expr) => {$(
        impl Stmt for $name {
            #[inline(always)]
            unsafe fn run(mut $m: Regs, $at: usize) -> Flow {
                let end = $at + Self::LEN;
                // As above.
                ($m.acc, $m.pinned) = ($m.fp as usize as u64, $m.fp as usize as u64);
                // SAFETY: operands of verified code.
                unsafe {
                    let $m = meter::paid($m, $charge);
                    let (func, record) = $find!(Self, $m, $at, end, TailSubtype, Self::args(&$m, $at));
                    let tail = tail_operands!(Self, $m, $at);
                    if record.ctx != $m.ctx {
                        return suspend_call($m, Suspend::TailFunc, func, tail.args, end);
                    }
                    tail_call($m, record.entry, tail, end, $metered)
                }
            }
        }
    )*};
}

/// The [`Tail`] of a statement. (The run loop finds its operands where an instruction has them, so these
/// statements are never the second one of an instruction.)
macro_rules! tail_operands {
    ($stmt:ident, $m:ident, $at:ident) => {{
        debug_assert_eq!($at, WORD);
        Tail {
            first: $stmt::first(&$m, $at),
            args: $stmt::args(&$m, $at),
            len: $stmt::len(&$m, $at) as usize,
            area: $stmt::area(&$m, $at),
        }
    }};
}
calls!(
    Call, CallImport, CallIndirect, CallRef,
    tail ReturnCall, ReturnCallImport, ReturnCallIndirect, ReturnCallRef,
    |m, at| 0, false
);
calls!(
    CallMetered, CallImportMetered, CallIndirectMetered, CallRefMetered,
    tail ReturnCallMetered, ReturnCallImportMetered, ReturnCallIndirectMetered, ReturnCallRefMetered,
    |m, at| Self::charge(&m, at), true
);

/// The trap of a call through a table, which stands at its last byte. (No
/// closure: at opt-level s those are not inlined, and then the handler is no leaf.)
#[inline(always)]
fn refuse(m: Regs, end: usize, code: TrapCode) -> Flow {
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
    unsafe fn run(m: Regs, _at: usize) -> Flow {
        // SAFETY: the caller goes on at an instruction.
        unsafe { next(m.returned()) }
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

super::memory::leaving! { Throw ThrowRef }

impl Stmt for Done {
    #[inline(always)]
    unsafe fn run(m: Regs, _at: usize) -> Flow {
        suspend(m, Suspend::Done)
    }
}

impl Stmt for Crossed {
    #[inline(always)]
    unsafe fn run(m: Regs, _at: usize) -> Flow {
        suspend(m, Suspend::Crossed)
    }
}
