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

/// What an operand is about, if it says so by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Access {
    Nothing,
    /// So many slots are read, and not needed any more.
    Reads(u64),
    /// The same of as many as the operand before says.
    ReadsAsMany,
    /// So many slots are written.
    Writes(u64),
    /// The same of as many as the next operand says.
    WritesAsMany,
    /// So many bytes of memory, which are part of the static offset.
    Bytes(u64),
}

macro_rules! operand_kinds {
    (@) => { Access::Nothing };
    (@ $access:ident $(($n:literal))?) => { Access::$access $(($n))? };
    ($($(#[$attribute:meta])* $name:ident $len:expr $(, $access:ident $(($n:literal))?)?;)*) => {
        /// What an operand is: the encoder needs its width, the disassembler how to show it, the verifier
        /// what to check.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(crate) enum OperandKind { $($(#[$attribute])* $name,)* }

        impl OperandKind {
            /// Bytes in code.
            #[inline]
            pub(crate) const fn len(self) -> usize {
                match self { $(OperandKind::$name => $len,)* }
            }

            const fn access(self) -> Access {
                match self { $(OperandKind::$name => operand_kinds!(@ $($access $(($n))?)?),)* }
            }
        }
    };
}
// Name, bytes in code, what it is about.
operand_kinds! {
    /// A slot that is read.
    Slot 2, Reads(1);
    /// A slot that is read, and will be read again.
    Units 2;
    /// Two slots that are read.
    #[cfg_attr(not(feature = "simd"), allow(dead_code))]
    Slot2 2, Reads(2);
    /// The first of the slots that are read; their number is the preceding operand.
    SrcRange 2, ReadsAsMany;
    /// The same of slots that may be read again.
    KeptRange 2;
    /// A slot that is written.
    Dst 2, Writes(1);
    /// Two slots that are written.
    Dst2 2, Writes(2);
    /// Four slots that are written.
    Dst4 2, Writes(4);
    /// Eight slots that are written.
    Dst8 2, Writes(8);
    /// The first of the slots that are written; their number is the next operand.
    DstRange 2, WritesAsMany;
    /// How many slots a callee's return word is above the caller's.
    Distance 2;
    /// The first slot of this function's frame.
    First 2;
    /// The first of the arguments of a call in tail position, or where they would be.
    TailArgs 2;
    /// The area of a callee that takes this function's place, in slots.
    TailArea 2;
    /// A number.
    U16 2;
    /// A number; an immediate of 32 bits.
    U32 4;
    /// An immediate of 64 bits.
    U64 8;
    /// A static memory offset, plus the width of the access: a byte.
    Offset1 4, Bytes(1);
    /// The same for two bytes.
    Offset2 4, Bytes(2);
    /// The same for four bytes.
    Offset4 4, Bytes(4);
    /// The same for eight bytes.
    Offset8 4, Bytes(8);
    /// The same for sixteen bytes.
    #[cfg_attr(not(feature = "simd"), allow(dead_code))]
    Offset16 4, Bytes(16);
    /// Where a field lies in its object, or the first element in its array, plus its width, plus one.
    #[cfg_attr(not(feature = "gc"), allow(dead_code))]
    Field 4;
    /// The address of an instruction of the same function.
    Target WORD;
    /// A number of 32 bits, and as many targets and one more.
    Targets 4;
    /// The address of the function's routes.
    RoutesAddress WORD;
    /// A number of 32 bits, and as many numbers of routes and one more.
    Choices 4;
    /// What a metered statement pays, in units of fuel.
    Fuel 2;
    /// The same, as wide as what can be read into a vector register at once, which holds the counter: for taken branches,
    /// which loops end with.
    #[cfg_attr(not(feature = "metering"), allow(dead_code))]
    FuelWide 4;
    /// As many of them as the targets before, one for each.
    #[cfg_attr(not(feature = "metering"), allow(dead_code))]
    Fuels 0;
    /// Where a function's entry lies in the context.
    Entry 4;
    /// An imported function: where its reference lies in the context.
    ImportIndex 4;
    /// Where a table's pointer lies in the context.
    TableIndex 4;
    /// Where a memory's pointer lies in the context. The memory is not shared.
    MemoryIndex 4;
    /// Where the pointer of a memory, shared or not, lies in the context.
    AnyMemory 4;
    /// A memory of the module, by its index.
    MemoryNumber 4;
    /// A table of the module, by its index.
    TableNumber 4;
    /// A data segment of the module.
    DataNumber 4;
    /// An element segment of the module.
    ElemNumber 4;
    /// A tag of the module.
    TagNumber 4;
    /// Number of an atomic operation.
    AtomicOp 2;
    /// Where a global's cell lies in the context.
    GlobalCell 4;
    /// Where an imported global's pointer lies in the context.
    GlobalPointer 4;
    /// Where a function's reference lies in the context, once it has one.
    FuncIndex 4;
    /// Where the descriptor of a type lies in the context, once the machine has made it.
    TypeCell 4;
}

impl OperandKind {
    /// How many slots from the one that it names on are read and not needed any more; `before` is the preceding operand.
    pub(crate) fn reads(self, before: impl FnOnce() -> u64) -> u64 {
        match self.access() {
            Access::Reads(slots) => slots,
            Access::ReadsAsMany => before(),
            _ => 0,
        }
    }

    /// How many are written; `next` is the operand that follows.
    pub(crate) fn writes(self, next: impl FnOnce() -> u64) -> u64 {
        match self.access() {
            Access::Writes(slots) => slots,
            Access::WritesAsMany => next(),
            _ => 0,
        }
    }

    /// Bytes that the access at a static offset has; 0 of anything else.
    pub(crate) const fn width(self) -> u64 {
        match self.access() {
            Access::Bytes(bytes) => bytes,
            _ => 0,
        }
    }
}
