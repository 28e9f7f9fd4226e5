//! The machine of wasmote: it translates validated WebAssembly functions to pre-decoded code and
//! runs that code until it is done or must exit.
//!
//! - [`Translator`] turns a function body into [`FuncCode`]; a [`ModuleCode`] holds a module's
//!   index spaces ([`ModuleInfo`]) and its functions' code, shared by all instances and threads.
//! - A [`Machine`] has everything of one store that running code touches: value stack, memories,
//!   tables, globals, instances. Its run loop runs code until an [`Exit`]: done, a host function
//!   to call, a growth to decide, a trap.
//!
//! It knows nothing of stores, linkers, names or host closures; package `wasmote` owns those. The
//! project's `unsafe` is here, and [`verify()`] checks what it relies on. Whatever safe code does with the API, the worst
//! that it gets is a panic.
#![no_std]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[cfg(all(feature = "threads", not(target_has_atomic = "64")))]
compile_error!("the feature `threads` needs a target with 64-bit atomics");

#[cfg(target_endian = "big")]
compile_error!(
    "linear memories are accessed in the byte order of the host, which has to be little-endian"
);

mod base;
mod code;
mod exec;
mod isa;
mod machine;
mod runtime;
mod semantics;
mod translate;
mod wasm;

#[cfg(feature = "profile")]
pub use code::profile;
pub use code::{FuncCode, ModuleCode, disassemble, verify};
pub use machine::{
    Exit, FrameRecord, Frames, FuncId, FuncInfo, FuncKind, GlobalId, InstanceId, InstanceParts,
    Machine, MemoryId, NoRoom, TableId, TagId,
};
pub use runtime::{AllocError, Epoch, ForeignMemory, SharedMemory, Wait};
pub use translate::{Operators, TranslateError, Translator};
pub use wasm::{
    CompositeType, Field, Fields, FuncSig, Kind, Layout, MemoryInfo, ModuleInfo, OperatorCost,
    Options, Storage, TableInfo, TrapCode, Type, Types, VariableOperatorCost,
};
