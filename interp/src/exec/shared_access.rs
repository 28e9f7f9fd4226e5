//! What code does to memories that other threads may use at the same time: plain loads and stores of
//! shared memories, which are atomics as weak as can be, and the atomic operations, which work on
//! memories of either kind.
//!
//! Plain accesses have a handler each, as programs that use threads keep all their data in a shared memory.
//! The atomic operations share one function, behind one handler for each number of operands: next to what
//! an atomic operation costs the processor, finding the way to it is nothing.

#[cfg(feature = "threads")]
use super::grammar::{NodeTrap, Stmt, Value};
#[cfg(feature = "threads")]
use super::nodes::slot;
#[cfg(feature = "threads")]
use super::statements::{SharedLoad, SharedStore};
#[cfg(feature = "threads")]
use super::{Flow, Regs, next, trap};
#[cfg(feature = "threads")]
use crate::runtime::{AnyMemory, bytes};
#[cfg(feature = "threads")]
use crate::semantics::{LoadOp, StoreOp};
use crate::wasm::Kind;
#[cfg(feature = "threads")]
use crate::wasm::TrapCode;

/// Where an access of `M` lies: operands are the memory, the 64-bit offset, the slot of the address.
///
/// # Safety
/// These operands are at `m.ip + at`.
#[cfg(feature = "threads")]
#[inline(always)]
unsafe fn place<M>(m: &Regs, at: usize) -> Result<*mut u8, NodeTrap> {
    // SAFETY: the verifier checked the operand; a context's memory pointers are valid.
    let memory = unsafe { &**m.context_at::<*const AnyMemory>(at) };
    // SAFETY: the operands in order.
    let (offset, address) = unsafe { (m.operand::<u64>(at + 4), *slot(m, at + 12)) };
    match address.checked_add(offset).and_then(|a| a.checked_add(size_of::<M>() as u64)) {
        Some(end) if end <= memory.len() as u64 => {
            Ok(memory.base().wrapping_add(end as usize - size_of::<M>()))
        }
        _ => Err(NodeTrap { code: TrapCode::MemoryOutOfBounds, at }),
    }
}

#[cfg(feature = "threads")]
impl<O: LoadOp<R: Value>> Stmt for SharedLoad<O> {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: operands: memory, offset, address, destination.
        match unsafe { place::<O::M>(&m, at) } {
            // SAFETY: the bytes are in memory, the destination in the frame; an instruction follows.
            Ok(p) => unsafe {
                O::R::put(slot(&m, at + 14), O::convert(bytes::load(p)));
                next(m.advance(at + 16))
            },
            Err(t) => trap(m, t),
        }
    }
}

#[cfg(feature = "threads")]
impl<O: StoreOp<A: Value>> Stmt for SharedStore<O> {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: operands: memory, offset, address, value.
        match unsafe { place::<O::M>(&m, at) } {
            // SAFETY: the bytes are in memory, the value in the frame; an instruction follows.
            Ok(p) => unsafe {
                bytes::store(p, O::convert(O::A::get(slot(&m, at + 14))));
                next(m.advance(at + 16))
            },
            Err(t) => trap(m, t),
        }
    }
}

/// What the translator, the verifier and the disassembler need to know of an atomic operation.
#[derive(Debug)]
pub(crate) struct AtomicInfo {
    pub(crate) text: &'static str,
    /// Kind of the operands after the address, and of the result.
    #[cfg_attr(not(feature = "threads"), allow(dead_code))]
    pub(crate) kind: Kind,
}

/// What [`atomic_access`] gives, in two registers: the result, and 0 or why there is none.
#[cfg(feature = "threads")]
#[repr(C)]
pub(crate) struct Outcome {
    pub(crate) value: u64,
    pub(crate) failed: usize,
}
/// [`Outcome::failed`]: the address is not a multiple of the width.
#[cfg(feature = "threads")]
pub(crate) const UNALIGNED: usize = 1;
/// [`Outcome::failed`]: the access is out of bounds.
#[cfg(feature = "threads")]
const BEYOND: usize = 2;

/// The atomic integer type of a type in memory.
#[cfg(feature = "threads")]
trait Atomic {
    type A;
}
#[cfg(feature = "threads")]
mod atomic_types {
    use core::sync::atomic;
    impl super::Atomic for u8 {
        type A = atomic::AtomicU8;
    }
    impl super::Atomic for u16 {
        type A = atomic::AtomicU16;
    }
    impl super::Atomic for u32 {
        type A = atomic::AtomicU32;
    }
    impl super::Atomic for u64 {
        type A = atomic::AtomicU64;
    }
}

/// What a compare-exchange found, whether it matched or not.
#[cfg(feature = "threads")]
#[inline(always)]
fn exchange<T>(result: Result<T, T>) -> T {
    match result {
        Ok(value) | Err(value) => value,
    }
}

macro_rules! atomics {
    (
        load = |$lx:ident| { $($l:ident $ltext:literal $lk:ident $lm:ident = $le:expr;)* }
        store = |$sx:ident, $sa:ident| { $($s:ident $stext:literal $sk:ident $sm:ident = $se:expr;)* }
        rmw = |$rx:ident, $ra:ident| { $($r:ident $rtext:literal $rk:ident $rm:ident = $re:expr;)* }
        cmpxchg = |$cx:ident, $ca:ident, $cb:ident| { $($c:ident $ctext:literal $ck:ident $cm:ident = $ce:expr;)* }
    ) => {
        /// Every atomic operation, numbered in the order of `atomics.rs`.
        #[cfg_attr(not(feature = "threads"), allow(dead_code))]
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u16)]
        pub(crate) enum AtomicOp { $($l,)* $($s,)* $($r,)* $($c,)* }

        /// What they are.
        pub(crate) static ATOMICS: &[AtomicInfo] = &[
            $(AtomicInfo { text: $ltext, kind: Kind::$lk },)*
            $(AtomicInfo { text: $stext, kind: Kind::$sk },)*
            $(AtomicInfo { text: $rtext, kind: Kind::$rk },)*
            $(AtomicInfo { text: $ctext, kind: Kind::$ck },)*
        ];

        /// Carries out the atomic operation of number `op` at `address + offset`.
        ///
        /// Outlined: cannot unwind. Operands that the operation does not have are not looked at.
        ///
        /// # Safety
        /// The base and length of the memory are right, and others use its bytes by atomics only.
        #[cfg(feature = "threads")]
        #[inline(never)]
        pub(crate) unsafe extern "C" fn atomic_access(
            memory: &AnyMemory,
            op: u16,
            address: u64,
            offset: u64,
            a: u64,
            b: u64,
        ) -> Outcome {
            use core::sync::atomic::Ordering::SeqCst;
            macro_rules! at {
                ($m:ident) => {
                    match memory.atomic_place(address, offset, size_of::<$m>() as u64) {
                        // SAFETY: aligned, and in the memory.
                        Ok(p) => unsafe { &*p.cast::<<$m as Atomic>::A>() },
                        Err(TrapCode::UnalignedAtomic) => {
                            return Outcome { value: 0, failed: UNALIGNED };
                        }
                        Err(_) => return Outcome { value: 0, failed: BEYOND },
                    }
                };
            }
            let value = match op {
                $(n if n == AtomicOp::$l as u16 => {
                    let $lx = at!($lm);
                    $le as u64
                })*
                $(n if n == AtomicOp::$s as u16 => {
                    let ($sx, $sa) = (at!($sm), a as $sm);
                    $se;
                    0
                })*
                $(n if n == AtomicOp::$r as u16 => {
                    let ($rx, $ra) = (at!($rm), a as $rm);
                    $re as u64
                })*
                $(n if n == AtomicOp::$c as u16 => {
                    let ($cx, $ca, $cb) = (at!($cm), a as $cm, b as $cm);
                    $ce as u64
                })*
                _ => 0,
            };
            Outcome { value, failed: 0 }
        }
    };
}
include!("../isa/atomics.rs");
