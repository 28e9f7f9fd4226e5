//! The machine of wasmote: it translates validated WebAssembly functions to pre-decoded code and
//! runs that code until it is done or must exit.
#![no_std]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod machine;
pub mod module;
pub mod translate;

pub use machine::{
    AllocError, Exit, FrameRecord, FuncId, FuncInfo, FuncKind, GlobalId, InstanceId, InstanceParts,
    Machine, MemoryId, TableId, TrapCode,
};
pub use module::{FuncSig, Kind, MemoryInfo, ModuleCode, ModuleInfo, Options, TableInfo};
pub use translate::{FuncCode, TranslateError, Translator};
