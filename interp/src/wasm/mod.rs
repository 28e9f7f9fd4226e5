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

/// The class of a value: how it is kept in slots. References are numbers of 32 bits, upper half zero, of which 0 is null.
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
    /// A reference to a function, one slot: [`FuncId::to_raw`](crate::FuncId::to_raw).
    Func,
    /// A reference that the collector has to know of, one slot: to an internal object, an exception or data of the host.
    Gc,
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
