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

mod by_address;
mod cost;
mod decode;
mod disasm;
mod exec;
mod isa;
mod machine;
mod module;
mod once;
mod opaque;
#[cfg(feature = "profile")]
pub mod profile;
mod translate;
mod verify;

pub use cost::{OperatorCost, VariableOperatorCost};
pub use decode::Operators;
pub use disasm::disassemble;
pub use machine::{
    AllocError, Epoch, Exit, FrameRecord, Frames, FuncId, FuncInfo, FuncKind, GlobalId, InstanceId,
    InstanceParts, Machine, MemoryId, SharedMemory, TableId, TrapCode, Wait,
};
pub use module::{
    FuncSig, FuncTypes, Kind, MemoryInfo, ModuleCode, ModuleInfo, Options, TableInfo,
};
pub use translate::{FuncCode, TranslateError, Translator};
pub use verify::verify;
