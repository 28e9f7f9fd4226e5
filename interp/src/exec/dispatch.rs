//! The back ends of dispatch, chosen by `build/` from target and optimisation level:
//!
//! - `tail`: each handler ends in a call of the next one, which the optimiser turns into a jump.
//!   The registers of the machine are arguments and so stay in native registers.
//! - `loop`: a loop calls one handler after the other; for debug builds and all other targets.
//!
//! Both run the same bodies. A body ends in `next`, `trap` or `suspend`, whose result it returns.

#[cfg(dispatch_tail)]
use super::Counter;
#[cfg(dispatch_tail)]
use super::VectorAcc;
use super::grammar::{NodeTrap, Stmt};
use super::meter::another_slice;
use super::{Regs, Suspend, TRAP};
use crate::base::unaligned::read;
#[cfg(dispatch_tail)]
use crate::runtime::Context;

/// Bytes from the handler pointer to an instruction's first operand.
const OPERANDS: usize = crate::isa::operand::WORD;

#[cfg(dispatch_tail)]
// Nothing of another language calls these functions: the convention is about registers.
#[allow(improper_ctypes_definitions)]
mod backend {
    use super::*;
    use crate::base::opaque::opaque;
    use crate::wasm::TrapCode;

    /// The context as an argument. Where only six integers are passed in registers it travels in a
    /// float register, as bits: fewer handlers need it than any other.
    #[cfg(target_arch = "x86_64")]
    mod context {
        use super::Context;
        pub(super) type Arg = f64;
        #[inline(always)]
        pub(super) fn into_arg(ctx: *mut Context) -> f64 {
            f64::from_bits(ctx as usize as u64)
        }
        #[inline(always)]
        pub(super) fn from_arg(arg: f64) -> *mut Context {
            arg.to_bits() as usize as *mut Context
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    mod context {
        use super::Context;
        pub(super) type Arg = *mut Context;
        #[inline(always)]
        pub(super) fn into_arg(ctx: *mut Context) -> *mut Context {
            ctx
        }
        #[inline(always)]
        pub(super) fn from_arg(arg: *mut Context) -> *mut Context {
            arg
        }
    }

    macro_rules! abi {
        ($abi:literal) => {
            /// The code of an instruction.
            pub(crate) type Handler = unsafe extern $abi fn(
                *const u8, *mut u64, *mut u8, u64, usize, u64, f64, f32, Counter, context::Arg,
                VectorAcc,
            ) -> usize;

            /// The handler of a statement.
            ///
            /// # Safety
            /// As for [`Stmt::run`], whose state the arguments are.
            pub(crate) unsafe extern $abi fn handler<S: Stmt>(
                ip: *const u8, fp: *mut u64, mem: *mut u8, acc: u64, mem_len: usize, pinned: u64,
                acc_f64: f64, acc_f32: f32, fuel: Counter, ctx: context::Arg, acc_v128: VectorAcc,
            ) -> usize {
                let ctx = context::from_arg(ctx);
                // SAFETY: the caller's.
                unsafe {
                    let m = Regs {
                        ip, fp, mem, acc, mem_len, pinned, acc_f64, acc_f32, fuel, ctx, acc_v128,
                    };
                    S::run(m, OPERANDS)
                }
            }

            /// The way out: notes where the guest is, and returns the reason (in `acc`) to `enter`.
            ///
            /// # Safety
            /// `ctx` is the context of the running instance.
            #[cold]
            #[inline(never)]
            unsafe extern $abi fn suspend(
                ip: *const u8, fp: *mut u64, _mem: *mut u8, reason: u64, _mem_len: usize, pinned: u64,
                _acc_f64: f64, _acc_f32: f32, fuel: Counter, ctx: context::Arg, _acc_v128: VectorAcc,
            ) -> usize {
                let ctx = context::from_arg(ctx);
                // SAFETY: the context is that of the running instance.
                unsafe {
                    (*ctx).suspend_ip = ip;
                    (*ctx).suspend_fp = fp;
                    (*ctx).suspend_pinned = pinned;
                    (*ctx).suspend_fuel = fuel.get();
                }
                // If the optimiser knew that this returns its argument, handlers would call it and
                // return the constant, instead of jumping to it: with a native frame for each that may trap.
                opaque(reason) as usize
            }

            /// The way out of metered code when something is due at `ip`; or just into another slice.
            ///
            /// # Safety
            /// As for [`handler`], and the instruction at `ip` reads no accumulator.
            #[cold]
            #[inline(never)]
            unsafe extern $abi fn due(
                ip: *const u8, fp: *mut u64, mem: *mut u8, reason: u64, mem_len: usize, pinned: u64,
                acc_f64: f64, acc_f32: f32, fuel: Counter, ctx: context::Arg, acc_v128: VectorAcc,
            ) -> usize {
                // SAFETY: the caller's: the context is that of the running instance, and `ip` an instruction that
                // reads no accumulator.
                unsafe {
                    match another_slice(context::from_arg(ctx), fuel) {
                        Some(fuel) => read::<Handler>(ip)(
                            ip, fp, mem, reason, mem_len, pinned, acc_f64, acc_f32, fuel, ctx, acc_v128,
                        ),
                        None => suspend(
                            ip, fp, mem, reason, mem_len, pinned, acc_f64, acc_f32, fuel, ctx, acc_v128,
                        ),
                    }
                }
            }

            /// The way out of an access beyond memory, by the node whose operands are at `AT`. Of
            /// all ways out most are this one, and a handler has nothing to prepare for it.
            ///
            /// # Safety
            /// As for [`suspend`].
            #[cold]
            #[inline(never)]
            unsafe extern $abi fn suspend_at<const AT: usize>(
                ip: *const u8, fp: *mut u64, mem: *mut u8, _acc: u64, mem_len: usize, pinned: u64,
                acc_f64: f64, acc_f32: f32, fuel: Counter, ctx: context::Arg, acc_v128: VectorAcc,
            ) -> usize {
                let (ip, number) = (ip.wrapping_add(AT), OUT_OF_BOUNDS as u64);
                // SAFETY: the caller's.
                unsafe {
                    suspend(ip, fp, mem, number, mem_len, pinned, acc_f64, acc_f32, fuel, ctx, acc_v128)
                }
            }

            /// The way out for calls: callee (in `acc`) and place (in `mem_len`) are noted too.
            ///
            /// # Safety
            /// As for [`suspend`].
            #[cold]
            #[inline(never)]
            unsafe extern $abi fn suspend_call(
                ip: *const u8, fp: *mut u64, reason: *mut u8, callee: u64, place: usize, pinned: u64,
                _acc_f64: f64, _acc_f32: f32, fuel: Counter, ctx: context::Arg, _acc_v128: VectorAcc,
            ) -> usize {
                let ctx = context::from_arg(ctx);
                // SAFETY: the context is that of the running instance.
                unsafe {
                    (*ctx).suspend_ip = ip;
                    (*ctx).suspend_fp = fp;
                    (*ctx).suspend_pinned = pinned;
                    (*ctx).suspend_fuel = fuel.get();
                    (*ctx).suspend_callee = callee;
                    (*ctx).suspend_place = place;
                }
                opaque(reason.addr() as u64) as usize
            }
        };
    }
    #[cfg(target_arch = "x86_64")]
    abi!("sysv64");
    #[cfg(not(target_arch = "x86_64"))]
    abi!("C");

    /// What the bodies return: what the rest of the run returns, the number of a reason.
    pub(crate) type Flow = usize;

    /// Runs the instruction at `m.ip`.
    ///
    /// # Safety
    /// It is verified code of the current frame.
    #[inline(always)]
    pub(crate) unsafe fn next(m: Regs) -> Flow {
        // SAFETY: an instruction begins with its handler.
        unsafe {
            let handler: Handler = read(m.ip);
            let ctx = context::into_arg(m.ctx);
            handler(
                m.ip, m.fp, m.mem, m.acc, m.mem_len, m.pinned, m.acc_f64, m.acc_f32, m.fuel, ctx,
                m.acc_v128,
            )
        }
    }

    /// Runs until a handler suspends; the number says why.
    ///
    /// # Safety
    /// As for [`next`].
    pub(crate) unsafe fn enter(m: Regs) -> usize {
        // SAFETY: the caller's.
        unsafe { next(m) }
    }

    #[inline(always)]
    pub(super) fn suspend_with(m: Regs, number: usize) -> Flow {
        let (number, ctx) = (number as u64, context::into_arg(m.ctx));
        // SAFETY: `m.ctx` is the context of the running instance.
        unsafe {
            suspend(
                m.ip, m.fp, m.mem, number, m.mem_len, m.pinned, m.acc_f64, m.acc_f32, m.fuel, ctx,
                m.acc_v128,
            )
        }
    }

    #[inline(always)]
    pub(super) fn due_with(m: Regs, number: usize) -> Flow {
        let (number, ctx) = (number as u64, context::into_arg(m.ctx));
        // SAFETY: `m.ctx` is the context of the running instance.
        unsafe {
            due(
                m.ip, m.fp, m.mem, number, m.mem_len, m.pinned, m.acc_f64, m.acc_f32, m.fuel, ctx,
                m.acc_v128,
            )
        }
    }

    const OUT_OF_BOUNDS: usize = TRAP + TrapCode::MemoryOutOfBounds as usize;

    /// Suspends with a trap of the node whose operands are at `at`. (Both are constants of the handler,
    /// so one line remains of this.)
    #[inline(always)]
    pub(super) fn trap_with(m: Regs, number: usize, at: usize) -> Flow {
        macro_rules! ways {
            ($($at:literal)*) => {
                match (number, at) {
                    // SAFETY: `m.ctx` is the context of the running instance.
                    $((OUT_OF_BOUNDS, $at) => unsafe {
                        let ctx = context::into_arg(m.ctx);
                        suspend_at::<$at>(
                            m.ip, m.fp, m.mem, m.acc, m.mem_len, m.pinned, m.acc_f64, m.acc_f32, m.fuel, ctx,
                            m.acc_v128,
                        )
                    },)*
                    _ => suspend_with(m.advance(at), number),
                }
            };
        }
        ways!(8 10 12 14 16 18 20 22 24 26 28 30 32)
    }

    #[inline(always)]
    pub(super) fn suspend_call_with(m: Regs, number: usize, callee: u64, place: usize) -> Flow {
        let (number, ctx) = (number as *mut u8, context::into_arg(m.ctx));
        // SAFETY: `m.ctx` is the context of the running instance.
        unsafe {
            suspend_call(
                m.ip, m.fp, number, callee, place, m.pinned, m.acc_f64, m.acc_f32, m.fuel, ctx,
                m.acc_v128,
            )
        }
    }
}

#[cfg(not(dispatch_tail))]
mod backend {
    use super::*;

    /// The code of an instruction: `true` to go on at `ip`.
    pub(crate) type Handler = unsafe fn(&mut Regs) -> bool;

    /// The handler of a statement.
    ///
    /// # Safety
    /// As for [`Stmt::run`].
    pub(crate) unsafe fn handler<S: Stmt>(m: &mut Regs) -> bool {
        // Statements with the same code would be one handler, and counted as one of them.
        #[cfg(feature = "profile")]
        core::hint::black_box(core::any::type_name::<S>());
        // SAFETY: the caller's.
        let (after, goes_on) = unsafe { S::run(*m, OPERANDS) };
        *m = after;
        goes_on
    }

    /// What the bodies return: the state after, and whether to go on (otherwise the number of the reason
    /// is in `acc`).
    pub(crate) type Flow = (Regs, bool);

    /// Goes on with the instruction at `m.ip`.
    ///
    /// # Safety
    /// It is verified code of the current frame.
    #[inline(always)]
    pub(crate) unsafe fn next(m: Regs) -> Flow {
        (m, true)
    }

    /// Runs until a handler suspends; the number says why.
    ///
    /// # Safety
    /// As for [`next`].
    pub(crate) unsafe fn enter(mut m: Regs) -> usize {
        loop {
            // SAFETY: an instruction begins with its handler.
            let goes_on = unsafe {
                let handler: Handler = read(m.ip);
                #[cfg(feature = "profile")]
                crate::exec::profile::count(handler as usize);
                handler(&mut m)
            };
            if !goes_on {
                return m.acc as usize;
            }
        }
    }

    #[inline(always)]
    pub(super) fn suspend_with(mut m: Regs, number: usize) -> Flow {
        // SAFETY: `m.ctx` is the context of the running instance.
        unsafe {
            (*m.ctx).suspend_ip = m.ip;
            (*m.ctx).suspend_fp = m.fp;
            (*m.ctx).suspend_pinned = m.pinned;
            (*m.ctx).suspend_fuel = m.fuel.get();
        }
        m.acc = number as u64;
        (m, false)
    }

    #[inline(always)]
    pub(super) fn due_with(mut m: Regs, number: usize) -> Flow {
        // SAFETY: `m.ctx` is the context of the running instance.
        match unsafe { another_slice(m.ctx, m.fuel) } {
            Some(fuel) => {
                m.fuel = fuel;
                (m, true)
            }
            None => suspend_with(m, number),
        }
    }

    /// Suspends with a trap of the node whose operands are at `at`.
    #[inline(always)]
    pub(super) fn trap_with(m: Regs, number: usize, at: usize) -> Flow {
        suspend_with(m.advance(at), number)
    }

    #[inline(always)]
    pub(super) fn suspend_call_with(m: Regs, number: usize, callee: u64, place: usize) -> Flow {
        // SAFETY: `m.ctx` is the context of the running instance.
        unsafe {
            (*m.ctx).suspend_callee = callee;
            (*m.ctx).suspend_place = place;
        }
        suspend_with(m, number)
    }
}

pub(crate) use backend::{Flow, Handler, enter, handler, next};

/// Suspends the executor; `ip` stays at the current instruction.
#[inline(always)]
pub(crate) fn suspend(m: Regs, reason: Suspend) -> Flow {
    backend::suspend_with(m, reason as usize)
}

/// Metered code is at `ip`, and something is due: begins another slice there if that is all, or suspends.
///
/// # Safety
/// `m.ip` is an instruction of verified code that reads no accumulator.
#[inline(always)]
pub(crate) unsafe fn due(m: Regs, reason: Suspend) -> Flow {
    backend::due_with(m, reason as usize)
}

/// Suspends the executor for a call, whose instruction is `len` bytes long. `place` is the distance to the callee's return
/// word, or in tail position the slot of the arguments.
#[inline(always)]
pub(crate) fn suspend_call(
    m: Regs,
    reason: Suspend,
    callee: u64,
    place: usize,
    len: usize,
) -> Flow {
    backend::suspend_call_with(m, reason as usize, callee, place | len << 16)
}

/// Suspends the executor with a trap; `ip` then tells which node of which instruction it was.
#[inline(always)]
pub(crate) fn trap(m: Regs, t: NodeTrap) -> Flow {
    backend::trap_with(m, TRAP + t.code as usize, t.at)
}
