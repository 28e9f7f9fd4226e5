//! The types of operands that statements have in code.

/// Bytes of a pointer in code: handlers and branch targets.
pub(crate) const WORD: usize = size_of::<usize>();

/// The slot of the return word, the same in all frames, so that a return reads it without waiting for an operand.
///
/// ```text
///         HEADER - area                 HEADER                              end
///           | parameters, then results  | return word | locals | operand stack |
/// ```
///
/// Numbers of slots have 16 bits without a sign. So that those below the return word have one, too, it is as large as
/// an area can be: a thousand parameters or results, two slots each.
pub(crate) const HEADER: usize = 2048;

/// What an operand is: the encoder needs its width, the disassembler how to show it, the verifier
/// what to check.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OperandKind {
    /// A slot that is read.
    Slot,
    /// A slot that is read, and will be read again.
    Units,
    /// Two slots that are read.
    #[cfg_attr(not(feature = "simd"), allow(dead_code))]
    Slot2,
    /// The first of the slots that are read; their number is the preceding operand.
    SrcRange,
    /// The same of slots that may be read again.
    KeptRange,
    /// A slot that is written.
    Dst,
    /// Two slots that are written.
    Dst2,
    /// Four slots that are written.
    Dst4,
    /// Eight slots that are written.
    Dst8,
    /// The first of the slots that are written; their number is the next operand.
    DstRange,
    /// How many slots a callee's return word is above the caller's.
    Distance,
    /// The first slot of this function's frame.
    First,
    /// The first of the arguments of a call in tail position, or where they would be.
    TailArgs,
    /// The area of a callee that takes this function's place, in slots.
    TailArea,
    /// A number.
    U16,
    /// A number; an immediate of 32 bits.
    U32,
    /// An immediate of 64 bits.
    U64,
    /// A static memory offset, plus the width of the access: a byte.
    Offset1,
    /// The same for two bytes.
    Offset2,
    /// The same for four bytes.
    Offset4,
    /// The same for eight bytes.
    Offset8,
    /// The same for sixteen bytes.
    #[cfg_attr(not(feature = "simd"), allow(dead_code))]
    Offset16,
    /// The address of an instruction of the same function.
    Target,
    /// A number of 32 bits, and as many targets and one more.
    Targets,
    /// The address of the function's routes.
    RoutesAddress,
    /// A number of 32 bits, and as many numbers of routes and one more.
    Choices,
    /// What a metered statement pays, in units of fuel.
    Fuel,
    /// As many of them as the targets before, one for each.
    #[cfg_attr(not(feature = "metering"), allow(dead_code))]
    Fuels,
    /// Where a function's entry lies in the context.
    Entry,
    /// An imported function: where its reference lies in the context.
    ImportIndex,
    /// Where a table's pointer lies in the context.
    TableIndex,
    /// Where a memory's pointer lies in the context. The memory is not shared.
    MemoryIndex,
    /// Where the pointer of a memory, shared or not, lies in the context.
    AnyMemory,
    /// Number of an atomic operation.
    AtomicOp,
    /// Where a global's cell lies in the context.
    GlobalCell,
    /// Where an imported global's pointer lies in the context.
    GlobalPointer,
    /// Where a function's reference lies in the context, once it has one.
    FuncIndex,
}

impl OperandKind {
    /// Bytes in code.
    #[inline]
    pub(crate) const fn len(self) -> usize {
        use OperandKind::*;
        match self {
            Slot | Units | Slot2 | SrcRange | KeptRange | Dst | Dst2 | Dst4 | Dst8 | DstRange
            | Distance | First | TailArgs | TailArea | U16 | Fuel | AtomicOp => 2,
            Fuels => 0,
            U64 => 8,
            Target | RoutesAddress => WORD,
            _ => 4,
        }
    }

    /// How many slots from the one that it names on are read and not needed any more; `before` is the preceding operand.
    pub(crate) fn reads(self, before: impl FnOnce() -> u64) -> u64 {
        match self {
            OperandKind::Slot => 1,
            OperandKind::Slot2 => 2,
            OperandKind::SrcRange => before(),
            _ => 0,
        }
    }

    /// How many are written; `next` is the operand that follows.
    pub(crate) fn writes(self, next: impl FnOnce() -> u64) -> u64 {
        match self {
            OperandKind::Dst => 1,
            OperandKind::Dst2 => 2,
            OperandKind::Dst4 => 4,
            OperandKind::Dst8 => 8,
            OperandKind::DstRange => next(),
            _ => 0,
        }
    }

    /// Bytes that the access at a static offset has; 0 of anything else.
    pub(crate) const fn width(self) -> u64 {
        use OperandKind::*;
        match self {
            Offset1 => 1,
            Offset2 => 2,
            Offset4 => 4,
            Offset8 => 8,
            Offset16 => 16,
            _ => 0,
        }
    }
}
