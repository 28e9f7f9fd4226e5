//! What a module declares, and why code traps: what every other room knows of WebAssembly.

mod cost;
mod info;
mod layout;
mod trap;
mod types;

pub use cost::{OperatorCost, VariableOperatorCost};
pub use info::{MemoryInfo, ModuleInfo, Options, TableInfo};
pub use layout::{Field, Layout, Storage};
pub use trap::TrapCode;
pub use types::{CompositeType, Fields, FuncSig, Type, Types};

pub(crate) use cost::{contains, default_cost};

/// The class of a value: how it is kept in slots. References of every kind are `Ref`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Kind {
    /// 32-bit integer, one slot, upper half zero.
    I32,
    /// 64-bit integer, one slot.
    I64,
    /// 32-bit float, one slot, upper half zero.
    F32,
    /// 64-bit float, one slot.
    F64,
    /// 128-bit vector, two slots, low half first.
    V128,
    /// A reference: one slot, 0 is null. A function reference is `FuncId::to_raw`.
    Ref,
}

impl Kind {
    /// How many slots a value takes.
    pub const fn slots(self) -> u32 {
        match self {
            Kind::V128 => 2,
            _ => 1,
        }
    }
}
