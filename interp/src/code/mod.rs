//! Code: the table of handlers, the code of functions and modules, and how it is read: by the verifier, which checks what
//! handlers rely on, and the disassembler.

mod by_address;
#[cfg(feature = "gc")]
pub(crate) mod catches;
pub(crate) mod decode;
mod disasm;
pub(crate) mod function;
mod module;
#[cfg(feature = "profile")]
pub mod profile;
#[cfg(feature = "gc")]
pub(crate) mod roots;
pub(crate) mod selection;
pub(crate) mod sites;
mod stubs;
pub(crate) mod table;
mod verify;

pub use disasm::disassemble;
pub use function::FuncCode;
pub use module::ModuleCode;
pub use verify::verify;

pub(crate) use stubs::{can_return_to, crossed, done};
