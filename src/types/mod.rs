//! Types as the embedder sees them, and how they are kept.
//!
//! | file | what |
//! |---|---|
//! | `value.rs` | [`ValType`], [`RefType`], [`HeapType`]: types of values, and the subtype relation |
//! | `func.rs` | [`FuncType`]: a handle of a registered function type |
//! | `memory.rs`, `external.rs` | types of memories, tables, globals, imports and exports |
//! | `definition.rs` | what types are apart from their numbers, and the keys by which they are found |
//! | `registry.rs`, `numbers.rs` | the canonical types of an engine, counted, and their numbers |
//! | `module.rs` | the types of a module: registered, and converted from the parser's |

mod definition;
mod external;
mod func;
mod memory;
mod module;
mod numbers;
mod registry;
mod value;

pub use self::external::{
    ExportType, ExternType, GlobalType, ImportType, Mutability, TableType, TagType,
};
pub use self::func::{Finality, FuncType};
pub use self::memory::{MemoryType, MemoryTypeBuilder};
pub use self::value::{HeapType, RefType, ValType};

pub(crate) use self::module::ModuleTypes;
pub(crate) use self::registry::TypeRegistry;
