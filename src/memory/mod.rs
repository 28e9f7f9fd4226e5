//! What a linear memory is to the host: its type, and its bytes if the host provides them.

mod host;
mod ty;

pub(crate) use self::host::HostMemory;
pub use self::host::{LinearMemory, MemoryCreator};
pub use self::ty::{MemoryType, MemoryTypeBuilder};
