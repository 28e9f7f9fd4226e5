//! The index spaces of a module, and how it is to be translated.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{FuncSig, Kind, OperatorCost, Types};

/// A table of a module.
#[derive(Clone, Copy, Debug)]
pub struct TableInfo {
    /// Indexed by i64 instead of i32.
    pub is64: bool,
    /// How its elements are kept: [`Kind::Func`] or [`Kind::Gc`].
    pub element: Kind,
}

/// A memory of a module.
#[derive(Clone, Copy, Debug)]
pub struct MemoryInfo {
    /// Indexed by i64 instead of i32.
    pub is64: bool,
    /// log2 of the page size in bytes (16 unless custom page sizes are used).
    pub page_size_log2: u8,
    /// How large it may become, in bytes.
    pub max_bytes: u128,
    /// It is a [`SharedMemory`](crate::SharedMemory).
    pub shared: bool,
}

/// What translated code depends on besides the module.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Keep no map from code to module offsets (backtraces then have no offsets).
    pub no_address_map: bool,
    /// Code consumes fuel. Its machine needs [`Machine::meter_fuel`].
    ///
    /// [`Machine::meter_fuel`]: crate::Machine::meter_fuel
    pub consume_fuel: bool,
    /// Code looks at the epoch. Its machine needs [`Machine::meter_epochs`].
    ///
    /// [`Machine::meter_epochs`]: crate::Machine::meter_epochs
    pub epoch_interruption: bool,
    /// What operators cost in fuel, if not what [`OperatorCost::new`] says.
    pub operator_cost: Option<Arc<OperatorCost>>,
    /// Locals that are zeroed cost fuel, too: a unit for eight slots.
    pub charge_locals: bool,
    /// Every NaN that is computed is the canonical one.
    pub canonical_nans: bool,
    /// Relaxed vector operators have the same results everywhere.
    pub relaxed_simd_deterministic: bool,
}

/// The index spaces of a module; imports come first in each, as in the specification.
#[derive(Clone, Debug, Default)]
pub struct ModuleInfo {
    /// The types.
    pub types: Arc<Types>,
    /// Type index of each function.
    pub funcs: Vec<u32>,
    /// How many of `funcs` are imported.
    pub imported_funcs: u32,
    /// Tables.
    pub tables: Vec<TableInfo>,
    /// Memories.
    pub memories: Vec<MemoryInfo>,
    /// How the value of each global is kept.
    pub globals: Vec<Kind>,
    /// The globals whose value, of one slot, is the same in every instance forever, in order, and that value, its low half
    /// first: code has it as a constant.
    pub constants: Vec<(u32, [u32; 2])>,
    /// How many of `globals` are imported.
    pub imported_globals: u32,
    /// Type index of each tag.
    pub tags: Vec<u32>,
    /// How many of `tags` are imported.
    pub imported_tags: u32,
    /// How the items of each element segment are kept.
    pub elems: Vec<Kind>,
    /// Number of data segments that code may name.
    pub data: u32,
    /// Options of translation.
    pub options: Options,
}

impl ModuleInfo {
    /// The type of a function.
    ///
    /// # Panics
    /// If there is no such function.
    pub fn func_sig(&self, func: u32) -> FuncSig<'_> {
        self.types.func(self.funcs[func as usize])
    }

    /// The function type whose parameters are what exceptions with a tag carry.
    ///
    /// # Panics
    /// If there is no such tag.
    pub fn tag_sig(&self, tag: u32) -> FuncSig<'_> {
        self.types.func(self.tags[tag as usize])
    }

    /// The value of a global that is one of the `constants`.
    pub(crate) fn constant(&self, global: u32) -> Option<u64> {
        let at = self.constants.binary_search_by_key(&global, |(global, _)| *global).ok()?;
        let [low, high] = self.constants[at].1;
        Some(u64::from(high) << 32 | u64::from(low))
    }
}
