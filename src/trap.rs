//! The traps of WebAssembly: why a guest was stopped.

use core::fmt;

use wasmote_interp::TrapCode;

/// Declares the enum, the texts and the way back from a number in one list, so that none is
/// missing.
macro_rules! traps {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Why WebAssembly code was stopped.
        ///
        /// An error that a call returns because the guest trapped downcasts to this type. The
        /// discriminants are those of the C API and never change.
        ///
        /// # Examples
        /// ```
        /// use wasmote::{Error, Trap};
        ///
        /// let error = Error::from(Trap::IntegerDivisionByZero).context("while dividing");
        /// assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::IntegerDivisionByZero));
        /// assert_eq!(error.root_cause().to_string(), "wasm trap: integer divide by zero");
        /// ```
        #[non_exhaustive]
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u8)]
        pub enum Trap {
            $($(#[$doc])* $name,)*
        }

        impl Trap {
            /// The trap with this discriminant, if there is one.
            pub fn from_u8(code: u8) -> Option<Trap> {
                const ALL: &[Trap] = &[$(Trap::$name),*];
                ALL.get(usize::from(code)).copied()
            }

            fn text(self) -> &'static str {
                match self {
                    $(Trap::$name => $text,)*
                }
            }
        }
    };
}

traps! {
    /// The guest called too deeply, or host and guest called each other too deeply.
    StackOverflow = "call stack exhausted",
    /// An access outside of a linear memory.
    MemoryOutOfBounds = "out of bounds memory access",
    /// An atomic access to an address that is not a multiple of its size.
    HeapMisaligned = "unaligned atomic",
    /// An access outside of a table.
    TableOutOfBounds = "undefined element: out of bounds table access",
    /// `call_indirect` of a null table element.
    IndirectCallToNull = "uninitialized element",
    /// `call_indirect` of a function of another type.
    BadSignature = "indirect call type mismatch",
    /// The result of an integer operation cannot be represented.
    IntegerOverflow = "integer overflow",
    /// An integer division or remainder by zero.
    IntegerDivisionByZero = "integer divide by zero",
    /// The conversion of a NaN to an integer.
    BadConversionToInteger = "invalid conversion to integer",
    /// An `unreachable` instruction.
    UnreachableCodeReached = "wasm `unreachable` instruction executed",
    /// The epoch deadline was reached.
    Interrupt = "interrupt",
    /// All fuel was used up.
    OutOfFuel = "all fuel consumed by WebAssembly",
    /// An atomic wait on a memory that is not shared.
    AtomicWaitNonSharedMemory = "atomic wait on non-shared memory",
    /// A null reference where an object or function is needed.
    NullReference = "null reference",
    /// An access outside of an array.
    ArrayOutOfBounds = "out of bounds array access",
    /// An allocation larger than can ever succeed.
    AllocationTooLarge = "allocation size too large",
    /// A cast to a type that the reference is not of.
    CastFailure = "cast failure",
    /// Component model only: reentrance that is not allowed.
    CannotEnterComponent = "cannot enter component instance",
    /// Component model only: an async function ended without a result.
    NoAsyncResult = "async-lifted export failed to produce a result",
    /// A suspension to a tag without a handler.
    UnhandledTag = "unhandled tag",
    /// A continuation was resumed twice.
    ContinuationAlreadyConsumed = "continuation already consumed",
    /// An atomic wait would have to block, which needs the Cargo feature `std`. Nothing else is disabled.
    DisabledOpcode = "pulley opcode disabled at compile time was executed",
    /// Component model only: nothing is left that could make progress.
    AsyncDeadlock = "deadlock detected: event loop cannot make further progress",
    /// Component model only: a call out of a component where none is allowed.
    CannotLeaveComponent = "cannot leave component instance",
    /// Component model only: a synchronous task would have to block.
    CannotBlockSyncTask = "cannot block a synchronous task before returning",
    /// Component model only: not a Unicode scalar value.
    InvalidChar = "invalid `char` bit pattern",
    /// Component model only: an assertion of an adapter.
    DebugAssertStringEncodingFinished = "should have finished string encoding",
    /// Component model only: an assertion of an adapter.
    DebugAssertEqualCodeUnits = "code units should be equal",
    /// Component model only: an assertion of an adapter.
    DebugAssertPointerAligned = "pointer should be aligned",
    /// Component model only: an assertion of an adapter.
    DebugAssertUpperBitsUnset = "upper bits should be unset",
    /// Component model only: a string outside of memory.
    StringOutOfBounds = "string content out-of-bounds",
    /// Component model only: a list outside of memory.
    ListOutOfBounds = "list content out-of-bounds",
    /// Component model only: no such case of a variant.
    InvalidDiscriminant = "invalid variant discriminant",
    /// Component model only: a pointer that is not aligned.
    UnalignedPointer = "unaligned pointer",
    /// Component model only: `task.cancel` of a task that nobody cancelled.
    TaskCancelNotCancelled = "`task.cancel` called by task which has not been cancelled",
    /// Component model only: a task ended twice.
    TaskCancelOrReturnTwice = "`task.return` or `task.cancel` called more than once for current task",
    /// Component model only: `subtask.cancel` came too late.
    SubtaskCancelAfterTerminal = "`subtask.cancel` called after terminal status delivered",
    /// Component model only: `task.return` with another signature or other options.
    TaskReturnInvalid = "invalid `task.return` signature and/or options for current task",
    /// Component model only: a waitable set was dropped that is waited for.
    WaitableSetDropHasWaiters = "cannot drop waitable set with waiters",
    /// Component model only: a subtask was dropped before it was resolved.
    SubtaskDropNotResolved = "cannot drop a subtask which has not yet resolved",
    /// Component model only: a thread's start function is of another type.
    ThreadNewIndirectInvalidType = "start function does not match expected type (currently only `(i32) -> ()` is supported)",
    /// Component model only: a thread's start function is null.
    ThreadNewIndirectUninitialized = "the start function index points to an uninitialized function",
    /// Component model only: the backpressure counter overflowed.
    BackpressureOverflow = "backpressure counter overflow",
    /// Component model only: a callback returned an unknown code.
    UnsupportedCallbackCode = "unsupported callback code",
    /// Component model only: a thread was resumed that is not suspended.
    CannotResumeThread = "cannot resume thread which is not suspended",
    /// Component model only: two operations on one end of a stream or future.
    ConcurrentFutureStreamOp = "cannot have concurrent operations active on a future/stream",
    /// Component model only: a reference count overflowed.
    ReferenceCountOverflow = "reference count overflow",
    /// Component model only: a stream operation with too large a buffer.
    StreamOpTooBig = "stream read/write count too large",
    /// Component model only: a waitable used both ways.
    WaitableSyncAndAsync = "waitable cannot be used synchronously while added to a waitable set",
    /// An exception that nobody caught.
    UncaughtException = "uncaught exception propagated out of component",
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wasm trap: {}", self.text())
    }
}

impl core::error::Error for Trap {}

impl From<TrapCode> for Trap {
    fn from(code: TrapCode) -> Trap {
        match code {
            TrapCode::Unreachable => Trap::UnreachableCodeReached,
            TrapCode::MemoryOutOfBounds => Trap::MemoryOutOfBounds,
            TrapCode::TableOutOfBounds | TrapCode::UndefinedElement => Trap::TableOutOfBounds,
            TrapCode::IndirectCallToNull => Trap::IndirectCallToNull,
            TrapCode::BadSignature => Trap::BadSignature,
            TrapCode::IntegerOverflow => Trap::IntegerOverflow,
            TrapCode::IntegerDivisionByZero => Trap::IntegerDivisionByZero,
            TrapCode::BadConversionToInteger => Trap::BadConversionToInteger,
            TrapCode::StackOverflow => Trap::StackOverflow,
            TrapCode::NullReference => Trap::NullReference,
            TrapCode::ArrayOutOfBounds => Trap::ArrayOutOfBounds,
            TrapCode::CastFailure => Trap::CastFailure,
            TrapCode::AllocationTooLarge | TrapCode::HeapOutOfMemory => Trap::AllocationTooLarge,
            TrapCode::UnalignedAtomic => Trap::HeapMisaligned,
            TrapCode::ExpectedShared => Trap::AtomicWaitNonSharedMemory,
            TrapCode::CannotWait => Trap::DisabledOpcode,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Trap;
    use alloc::string::ToString;

    #[test]
    fn numbers_are_those_of_the_c_api() {
        for (code, trap) in [
            (0, Trap::StackOverflow),
            (9, Trap::UnreachableCodeReached),
            (11, Trap::OutOfFuel),
            (16, Trap::CastFailure),
            (21, Trap::DisabledOpcode),
            (46, Trap::ReferenceCountOverflow),
            (49, Trap::UncaughtException),
        ] {
            assert_eq!(trap as u8, code);
            assert_eq!(Trap::from_u8(code), Some(trap));
        }
        assert_eq!(Trap::from_u8(50), None);
    }

    #[test]
    fn text_names_the_trap() {
        assert_eq!(Trap::StackOverflow.to_string(), "wasm trap: call stack exhausted");
        assert_eq!(
            Trap::UnreachableCodeReached.to_string(),
            "wasm trap: wasm `unreachable` instruction executed"
        );
    }
}
