//! Types as the embedder sees them. What is behind them, the canonical types, is part of the engine.
//!
//! | file | what |
//! |---|---|
//! | `value.rs` | [`ValType`], [`RefType`], [`HeapType`]: types of values, and the subtype relation |
//! | `registered.rs` | what handles of registered types have in common |
//! | `func.rs` | [`FuncType`]: a handle of a registered function type |
//! | `aggregate.rs`, `exn.rs` | [`StructType`], [`ArrayType`], [`ExnType`]: the same for structs, arrays and exceptions |
//! | `memory.rs`, `external.rs` | types of memories, tables, globals, imports and exports |
//! | `call.rs` | what calls keep of a function type |
//! | `module.rs` | the types of a module: registered, and converted from the parser's |

mod aggregate;
mod call;
mod exn;
mod external;
mod func;
mod module;
mod registered;
mod value;

pub use self::aggregate::{ArrayType, FieldType, StorageType, StructType};
pub use self::exn::ExnType;
pub use self::external::{
    ExportType, ExternType, GlobalType, ImportType, Mutability, TableType, TagType,
};
pub use self::func::FuncType;
pub use self::registered::Finality;
pub(crate) use self::value::Short;
pub use self::value::{HeapType, RefType, ValType};

pub(crate) use self::call::CallTypes;
pub(crate) use self::module::ModuleTypes;
