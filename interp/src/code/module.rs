//! The code and the data of a module, shared by every instance, store and thread.

use alloc::boxed::Box;
use core::ops::Range;

use super::FuncCode;
use super::by_address::ByAddress;
use crate::base::once::OnceBox;
use crate::runtime::{FuncEntry, Layout};
use crate::wasm::ModuleInfo;

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
