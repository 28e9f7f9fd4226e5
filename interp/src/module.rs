//! What the machine knows of a module: its index spaces (`ModuleInfo`), its translated functions and its data
//! (`ModuleCode`), shared by every instance, store and thread.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use crate::by_address::ByAddress;
use crate::cost::OperatorCost;
use crate::machine::{FuncEntry, Layout};
use crate::once::OnceBox;
use crate::translate::FuncCode;

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

/// The function types of a module as the machine needs them: each once, and by type index.
///
/// # Examples
/// ```
/// use wasmote_interp::{FuncTypes, Kind};
///
/// let mut types = FuncTypes::default();
/// let place = types.define(7, [Kind::I32, Kind::V128], [Kind::Ref]);
/// types.push(place);
/// types.push(place);
/// assert_eq!((types.len(), types.iter().len()), (2, 1));
/// assert_eq!(types.get(1).param_slots(), 3);
/// ```
#[derive(Clone, Debug, Default)]
pub struct FuncTypes {
    /// Parameters and results of one after the other.
    kinds: Vec<Kind>,
    types: Vec<Place>,
    /// Which of them each type index stands for.
    indices: Vec<u32>,
}

/// Where the parameters and results of a type are.
#[derive(Clone, Copy, Debug)]
struct Place {
    id: u32,
    first: u32,
    params: u16,
    results: u16,
}

impl FuncTypes {
    /// Adds a type with a canonical, engine-wide id; gives back its place.
    ///
    /// # Panics
    /// If it has more than 65,535 parameters or results, or all types together more than 2³² of both.
    pub fn define(
        &mut self,
        id: u32,
        params: impl IntoIterator<Item = Kind>,
        results: impl IntoIterator<Item = Kind>,
    ) -> u32 {
        let first = self.kinds.len();
        self.kinds.extend(params);
        let middle = self.kinds.len();
        self.kinds.extend(results);
        let count = |from: usize, to: usize| {
            u16::try_from(to - from).expect("at most 65,535 parameters or results")
        };
        self.types.push(Place {
            id,
            first: u32::try_from(first).expect("at most 2^32 parameters and results"),
            params: count(first, middle),
            results: count(middle, self.kinds.len()),
        });
        self.types.len() as u32 - 1
    }

    /// The next type index stands for the type at a place.
    pub fn push(&mut self, place: u32) {
        self.indices.push(place);
    }

    /// Gives back memory that nothing is in.
    pub fn shrink_to_fit(&mut self) {
        self.kinds.shrink_to_fit();
        self.types.shrink_to_fit();
        self.indices.shrink_to_fit();
    }

    /// How many type indices there are.
    #[allow(clippy::len_without_is_empty)] // nobody asks
    pub fn len(&self) -> u32 {
        self.indices.len() as u32
    }

    /// The type that an index stands for.
    ///
    /// # Panics
    /// If there is no such index.
    pub fn get(&self, index: u32) -> FuncSig<'_> {
        self.at(&self.types[self.indices[index as usize] as usize])
    }

    /// Each type once.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = FuncSig<'_>> + DoubleEndedIterator {
        self.types.iter().map(|place| self.at(place))
    }

    fn at(&self, place: &Place) -> FuncSig<'_> {
        let (params, rest) = self.kinds[place.first as usize..].split_at(place.params.into());
        FuncSig { params, results: &rest[..place.results.into()], id: place.id }
    }
}

/// A function type as the machine needs it.
#[derive(Clone, Copy, Debug)]
pub struct FuncSig<'a> {
    /// Parameters in order.
    pub params: &'a [Kind],
    /// Results in order.
    pub results: &'a [Kind],
    /// The canonical, engine-wide id of the type (what `call_indirect` compares).
    pub id: u32,
}

impl FuncSig<'_> {
    /// Slots that the parameters take.
    pub fn param_slots(&self) -> u32 {
        slots(self.params)
    }
    /// Slots that the results take.
    pub fn result_slots(&self) -> u32 {
        slots(self.results)
    }
    /// Slots below the return word in frames of functions of the type: parameters and results share them.
    pub(crate) fn area(&self) -> u32 {
        self.param_slots().max(self.result_slots())
    }
}

fn slots(kinds: &[Kind]) -> u32 {
    kinds.iter().fold(0, |slots, kind| slots.saturating_add(kind.slots()))
}

/// A table of a module.
#[derive(Clone, Copy, Debug)]
pub struct TableInfo {
    /// Indexed by i64 instead of i32.
    pub is64: bool,
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
    /// The function types.
    pub types: Arc<FuncTypes>,
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
    /// The globals whose value, of one slot, is the same in every instance for ever, in order, and that value, its low half
    /// first: code has it as a constant.
    pub constants: Vec<(u32, [u32; 2])>,
    /// How many of `globals` are imported.
    pub imported_globals: u32,
    /// Number of element segments.
    pub elems: u32,
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
        self.types.get(self.funcs[func as usize])
    }

    /// The value of a global that is one of the `constants`.
    pub(crate) fn constant(&self, global: u32) -> Option<u64> {
        let at = self.constants.binary_search_by_key(&global, |(global, _)| *global).ok()?;
        let [low, high] = self.constants[at].1;
        Some(u64::from(high) << 32 | u64::from(low))
    }
}

/// A module's index spaces and the code of its functions, as far as they are translated.
pub struct ModuleCode {
    info: ModuleInfo,
    layout: Layout,
    funcs: Box<[OnceBox<FuncCode>]>,
    by_address: ByAddress,
    data: Box<[Range<u32>]>,
    bytes: Box<[u8]>,
}

impl ModuleCode {
    /// A module without code and without bytes.
    ///
    /// # Panics
    /// If more functions are imported than there are, or an instance would have more than 4 GiB of index spaces.
    pub fn new(info: ModuleInfo) -> ModuleCode {
        let layout = Layout::new(&info);
        let funcs = (info.imported_funcs as usize..info.funcs.len()).map(|_| OnceBox::new());
        ModuleCode {
            layout,
            funcs: funcs.collect(),
            by_address: ByAddress::default(),
            data: alloc::vec![0..0; info.data as usize].into(),
            bytes: Box::default(),
            info,
        }
    }

    /// Sets the bytes of the module, as far as they are still needed, and where in them each data segment lies.
    ///
    /// # Panics
    /// If there are fewer data segments than code may name, or one of them does not lie in the bytes.
    pub fn set_bytes(&mut self, bytes: Box<[u8]>, data: Box<[Range<u32>]>) {
        let lies_in = |range: &Range<u32>| bytes.get(range.start as usize..range.end as usize);
        assert!(data.len() >= self.info.data as usize, "data segments");
        assert!(data.iter().all(|range| lies_in(range).is_some()), "data segment");
        (self.bytes, self.data) = (bytes, data);
    }

    /// Publishes the code of function `index` (of the function index space), from any thread; ignored if it has code
    /// already.
    ///
    /// # Panics
    /// If `index` is not a function defined by the module.
    ///
    /// # Safety
    /// `code` was translated for function `index` and an equal `info`, which describes a valid module; and the body that
    /// it was translated from is valid as that of this function.
    pub unsafe fn insert(&self, index: u32, code: FuncCode) {
        let place = &self.funcs[(index - self.info.imported_funcs) as usize];
        let code = Box::new(code);
        self.by_address.insert(index, || place.set(code));
    }

    /// The index spaces.
    pub fn info(&self) -> &ModuleInfo {
        &self.info
    }
    /// The bytes of the module, as far as they were set.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// Where in the bytes each data segment lies.
    pub fn data(&self) -> &[Range<u32>] {
        &self.data
    }
    /// The code of function `index` (an index of the function index space), if translated.
    pub fn func(&self, index: u32) -> Option<&FuncCode> {
        self.funcs.get(index.checked_sub(self.info.imported_funcs)? as usize)?.get()
    }
    /// The functions that have code.
    fn translated(&self) -> impl Iterator<Item = u32> {
        let places = (self.info.imported_funcs..).zip(&self.funcs);
        places.filter_map(|(index, place)| place.get().map(|_| index))
    }

    /// Where things lie in the contexts of the module's instances.
    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The entry of a defined function as it is now.
    pub(crate) fn entry(&self, index: u32) -> FuncEntry {
        match self.func(index) {
            Some(code) => code.entry(),
            None => FuncEntry { code: core::ptr::null(), frame: usize::MAX },
        }
    }

    /// The function whose code an address lies in.
    pub(crate) fn find(&self, ip: *const u8) -> Option<(u32, &FuncCode)> {
        self.by_address.find(ip, |index| self.func(index), || self.translated())
    }
}

impl core::fmt::Debug for ModuleCode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ModuleCode").field("funcs", &self.funcs.len()).finish_non_exhaustive()
    }
}
