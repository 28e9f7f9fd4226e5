//! The executor: machine registers, dispatch, and the handlers of the statements without
//! expressions, a file per family. (Statements with expressions are in `nodes`, by the traits of `grammar`.)
//!
//! Handlers are *leaves*: they call nothing that can unwind, allocate or re-enter. What needs more
//! suspends the executor with a [`Suspend`] reason; the run loop of the machine serves it and enters
//! again. Few handlers (`memory.fill`, `memory.copy`, atomics) call one outlined function that cannot unwind.

#[cfg(feature = "threads")]
mod atomic;
mod branch;
mod call;
mod counter;
mod dispatch;
pub(crate) mod grammar;
mod memory;
pub(crate) mod meter;
#[cfg(feature = "metering")]
pub(crate) mod metered;
pub(crate) mod nodes;
#[cfg(feature = "gc")]
pub(crate) mod objects;
pub(crate) mod operand;
#[cfg(feature = "profile")]
pub(crate) mod profile;
pub(crate) mod shared_access;
pub(crate) mod statements;
mod table;
mod wide;

pub(crate) use branch::Route;
pub(crate) use counter::Counter;
pub(crate) use dispatch::{Flow, Handler, due, enter, handler, next, suspend, suspend_call, trap};
pub(crate) use memory::in_bounds;

use crate::base::unaligned::read;
use crate::isa::operand::HEADER;
use crate::runtime::Context;
use crate::wasm::TrapCode;

/// The registers of the machine. Passed by value from handler to handler, in native registers
/// where the back end can.
#[derive(Clone, Copy)]
pub(crate) struct Regs {
    /// The current instruction.
    pub(crate) ip: *const u8,
    /// Slot 0 of the current frame: [`HEADER`] slots below its return word, and not part of it.
    pub(crate) fp: *mut u64,
    /// Base of memory 0.
    pub(crate) mem: *mut u8,
    /// Integer accumulator.
    pub(crate) acc: u64,
    /// Bytes of memory 0.
    pub(crate) mem_len: usize,
    /// The pinned local of the loop, which is in its slot as well.
    pub(crate) pinned: u64,
    /// The current instance.
    pub(crate) ctx: *mut Context,
    /// f64 accumulator.
    pub(crate) acc_f64: f64,
    /// f32 accumulator.
    pub(crate) acc_f32: f32,
    /// The fuel counter of metered code; see `machine/metering.rs`.
    pub(crate) fuel: Counter,
    /// Vector accumulator.
    #[cfg_attr(not(any(feature = "simd", dispatch_tail)), allow(dead_code))]
    pub(crate) acc_v128: VectorAcc,
}

#[cfg(feature = "simd")]
pub(crate) use crate::semantics::vector::V128 as VectorAcc;
/// Without vectors there is nothing to accumulate.
#[cfg(not(feature = "simd"))]
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct VectorAcc;

#[cfg(not(feature = "simd"))]
impl VectorAcc {
    pub(crate) const ZERO: VectorAcc = VectorAcc;
}

/// The bits of a return word below the address of the next instruction. A shift gives the address,
/// which everything in the caller waits for.
///
/// ```text
/// 63                        16 15         0
/// [ address of instruction    ][ distance ]   distance: from the caller's return word to this one, in slots
/// ```
const DISTANCE_BITS: u32 = 16;

impl Regs {
    /// The operand at distance `at` from the current instruction.
    ///
    /// # Safety
    /// It has an operand of this size there.
    #[inline(always)]
    pub(crate) unsafe fn operand<T: Copy>(&self, at: usize) -> T {
        // SAFETY: the caller's.
        unsafe { read(self.ip.wrapping_add(at)) }
    }

    /// Where the operand at `at`, a distance from the context, points.
    ///
    /// # Safety
    /// There is such an operand.
    #[inline(always)]
    pub(crate) unsafe fn context_at<T>(&self, at: usize) -> *mut T {
        // SAFETY: the caller's.
        self.ctx.wrapping_byte_add(unsafe { self.operand::<u32>(at) } as usize).cast()
    }

    /// With `ip` moved on by `len` bytes.
    #[inline(always)]
    pub(crate) fn advance(mut self, len: usize) -> Regs {
        self.ip = self.ip.wrapping_add(len);
        self
    }

    /// Back in the caller.
    ///
    /// # Safety
    /// `fp` is a frame with a return word.
    #[inline(always)]
    pub(crate) unsafe fn returned(mut self) -> Regs {
        // SAFETY: the caller's.
        let (ip, distance) = unpack_return(unsafe { *self.fp.wrapping_add(HEADER) });
        self.ip = ip;
        self.fp = self.fp.wrapping_sub(distance);
        self
    }
}

/// A return word.
#[inline(always)]
pub(crate) fn pack_return(ip: *const u8, distance: usize) -> u64 {
    (ip as usize as u64) << DISTANCE_BITS | distance as u64
}

/// Whether return words can hold an address. (Processors with more than 48 bits of it give them to whoever asks, and
/// some systems have tags in the upper bits.)
pub(crate) fn is_packable(ip: *const u8) -> bool {
    unpack_return(pack_return(ip, 0)).0 == ip
}

/// A return word that is moved up by a number of slots (down, if it has wrapped), in a tail call.
#[inline(always)]
pub(crate) fn move_return(word: u64, slots: usize) -> u64 {
    // The distance stays within its bits: it is at least the callee's area, which lies above the caller's word. The
    // sign is extended: where a `usize` has 32 bits, a carry would be added to the address.
    word.wrapping_add_signed(slots as isize as i64)
}

/// The parts of a return word.
#[inline(always)]
pub(crate) fn unpack_return(word: u64) -> (*const u8, usize) {
    ((word >> DISTANCE_BITS) as usize as *const u8, word as u16 as usize)
}

macro_rules! suspend_reasons {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Why the executor stopped. Numbers from [`TRAP`] on are traps.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(usize)]
        pub(crate) enum Suspend { $($(#[$doc])* $name,)* }
        impl Suspend {
            /// The reason of a number that a handler returned; `None` for a trap's.
            pub(crate) fn from_number(n: usize) -> Option<Suspend> {
                const ALL: &[Suspend] = &[$(Suspend::$name,)*];
                ALL.get(n).copied()
            }
        }
    };
}
suspend_reasons! {
    /// The outermost function of a call by the embedder has returned.
    Done,
    /// A function called from another instance has returned.
    Crossed,
    /// A call whose callee has no code or no room on the stack.
    CallSlow,
    /// A call of a host function or a function of another instance.
    CallFunc,
    /// The same in tail position; nothing is moved yet.
    TailSlow,
    TailFunc,
    /// A call through a table of a function of another type, which may be a subtype.
    CallSubtype,
    /// The same in tail position.
    TailSubtype,
    /// Metered code is at a target, and something is due.
    LoopCheck,
    /// Metered code is at the first instruction of a function, and something is due.
    Entered,
    /// Metered code is back in the caller, after the call, and something is due.
    Returned,
    /// Code looked at the epoch, and the deadline is reached.
    Late,
    /// Metered code is before an operation in bulk, and something is due or the operation is large.
    Bulk,
    /// `ref.func` of a function that has no reference yet.
    RefFunc,
    /// The heap has no room for an object, or its type no descriptor yet. The statement runs again.
    New,
    NewArray,
    ArrayNewData,
    ArrayNewElem,
    ArrayFill,
    ArrayFillV128,
    ArrayCopy,
    ArrayInitData,
    ArrayInitElem,
    FuncIs,
    MemoryGrow,
    MemoryInit,
    DataDrop,
    TableGrow,
    TableFill,
    TableCopy,
    TableInit,
    ElemDrop,
    MemoryWait32,
    MemoryWait64,
    MemoryNotify,
    Throw,
    ThrowRef,
}

/// The number of the first trap code among the reasons to suspend.
pub(crate) const TRAP: usize = 64;

/// The trap that the number of a reason stands for.
pub(crate) fn trap_code(n: usize) -> TrapCode {
    TrapCode::ALL[n - TRAP]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn return_words_keep_48_bits_of_an_address() {
        for bits in 0..usize::BITS {
            let ip = core::ptr::without_provenance::<u8>(1 << bits);
            assert_eq!(is_packable(ip), bits < 48, "{bits}");
            if bits < 48 {
                for distance in [1, 2048, u16::MAX.into()] {
                    assert_eq!(unpack_return(pack_return(ip, distance)), (ip, distance));
                }
            }
        }
    }
}
