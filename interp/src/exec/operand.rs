//! How operands are read.

use super::{Regs, Route};
use crate::base::unaligned::read;
use crate::isa::operand::OperandKind;
use crate::runtime::Context;

/// An operand type of `statements.rs`: what a handler gets of it.
pub(crate) trait Operand {
    type Out;
    const LEN: usize;
    /// # Safety
    /// `p` points at such an operand in verified code of the current frame.
    unsafe fn read(m: &Regs, p: *const u8) -> Self::Out;
}

macro_rules! operands {
    ($($name:ident: $raw:ty => $out:ty = |$m:ident, $v:ident| $e:expr;)*) => {$(
        pub(crate) struct $name;
        impl Operand for $name {
            type Out = $out;
            const LEN: usize = OperandKind::$name.len();
            #[inline(always)]
            unsafe fn read($m: &Regs, p: *const u8) -> $out {
                // SAFETY: `p` points at the operand.
                let $v = unsafe { read::<$raw>(p) };
                $e
            }
        }
    )*};
}
// Pointers are made with `wrapping_add`; the verifier checks that they stay in frame and context.
operands! {
    Slot: u16 => *const u64 = |m, v| m.fp.wrapping_add(v as usize);
    Units: u16 => *const u64 = |m, v| m.fp.wrapping_add(v as usize);
    Slot2: u16 => *const u64 = |m, v| m.fp.wrapping_add(v as usize);
    SrcRange: u16 => *const u64 = |m, v| m.fp.wrapping_add(v as usize);
    KeptRange: u16 => *const u64 = |m, v| m.fp.wrapping_add(v as usize);
    Dst: u16 => *mut u64 = |m, v| m.fp.wrapping_add(v as usize);
    Dst2: u16 => *mut u64 = |m, v| m.fp.wrapping_add(v as usize);
    Dst4: u16 => *mut u64 = |m, v| m.fp.wrapping_add(v as usize);
    Dst8: u16 => *mut u64 = |m, v| m.fp.wrapping_add(v as usize);
    DstRange: u16 => *mut u64 = |m, v| m.fp.wrapping_add(v as usize);
    Distance: u16 => usize = |_m, v| v as usize;
    First: u16 => usize = |_m, v| v as usize;
    TailArgs: u16 => usize = |_m, v| v as usize;
    TailArea: u16 => usize = |_m, v| v as usize;
    U16: u16 => u16 = |_m, v| v;
    Fuel: u16 => u32 = |_m, v| v.into();
    U32: u32 => u32 = |_m, v| v;
    MemoryNumber: u32 => u32 = |_m, v| v;
    TableNumber: u32 => u32 = |_m, v| v;
    DataNumber: u32 => u32 = |_m, v| v;
    ElemNumber: u32 => u32 = |_m, v| v;
    TagNumber: u32 => u32 = |_m, v| v;
    U64: u64 => u64 = |_m, v| v;
    AtomicOp: u16 => u16 = |_m, v| v;
    Target: *const u8 => *const u8 = |_m, v| v;
    RoutesAddress: *const Route => *const Route = |_m, v| v;
    Entry: u32 => *mut Context = |m, v| m.ctx.wrapping_byte_add(v as usize);
    ImportIndex: u32 => *mut Context = |m, v| m.ctx.wrapping_byte_add(v as usize);
    TableIndex: u32 => *mut Context = |m, v| m.ctx.wrapping_byte_add(v as usize);
    MemoryIndex: u32 => *mut Context = |m, v| m.ctx.wrapping_byte_add(v as usize);
    AnyMemory: u32 => *mut Context = |m, v| m.ctx.wrapping_byte_add(v as usize);
    FuncIndex: u32 => *mut Context = |m, v| m.ctx.wrapping_byte_add(v as usize);
    TypeCell: u32 => *mut Context = |m, v| m.ctx.wrapping_byte_add(v as usize);
}

/// Where they are.
pub(crate) struct Choices;
impl Operand for Choices {
    type Out = *const u8;
    const LEN: usize = OperandKind::Choices.len();
    #[inline(always)]
    unsafe fn read(_: &Regs, p: *const u8) -> *const u8 {
        p
    }
}
