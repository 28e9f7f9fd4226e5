//! Why code traps.

macro_rules! trap_codes {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Why code trapped.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum TrapCode { $($(#[$doc])* $name,)* }
        impl TrapCode {
            /// All codes, in the order of their numbers.
            pub(crate) const ALL: &[TrapCode] = &[$(TrapCode::$name,)*];
        }
    };
}
trap_codes! {
    /// `unreachable` was executed.
    Unreachable,
    /// An access beyond the end of a memory (or of a data segment).
    MemoryOutOfBounds,
    /// An access beyond the end of a table (or of an element segment).
    TableOutOfBounds,
    /// `call_indirect` through an element beyond the end of a table.
    UndefinedElement,
    /// `call_indirect` of a null element.
    IndirectCallToNull,
    /// `call_indirect` of a function of another type.
    BadSignature,
    /// An integer result that cannot be represented.
    IntegerOverflow,
    /// A division by zero.
    IntegerDivisionByZero,
    /// A conversion of NaN to an integer.
    BadConversionToInteger,
    /// The call stack is exhausted.
    StackOverflow,
    /// A null reference where none may be.
    NullReference,
    /// An access beyond the end of an array.
    ArrayOutOfBounds,
    /// A cast of a reference to what it is not.
    CastFailure,
    /// An object that would be larger than any can be.
    AllocationTooLarge,
    /// There is no memory for an object, or the embedder refuses it.
    HeapOutOfMemory,
    /// An atomic access at an address that is no multiple of its width.
    UnalignedAtomic,
    /// A wait on a memory that is not shared.
    ExpectedShared,
    /// A wait that would have to block a thread, without the feature `std`.
    CannotWait,
}
