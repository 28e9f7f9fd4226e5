//! What instantiation consumes of fuel: what it does in wasmtime.
//!
//! There, whatever a module does before its own code runs is a function that is charged like others: for being entered, for
//! each operator of a constant expression, for bulk operations by size, for the call of the start function. It is not made if
//! nothing is left to do: numbers, and segments that fit where they go, are in place from the beginning. Charges wait until
//! something commits them; what waits at the end, or when a segment does not fit, is never paid.

use crate::module::{Active, ConstExpr, Elem};
use crate::store::StoreOpaque;
use crate::{Module, Result, Trap};

/// Tables up to this size are in place from the beginning.
const LARGEST_TABLE: u64 = 1 << 20;
/// Memories with data up to this size are, however sparse the data is.
const LARGEST_IMAGE: u64 = 16 << 20;
/// Bulk operations of known sizes are checked if they cost more than this.
const CHEAP: u64 = 128;

/// The charges of an instantiation.
pub(super) struct Startup {
    /// What was committed.
    spent: u64,
    /// What waits.
    pending: u64,
    /// So many active element segments are in place.
    elems: usize,
    /// Data segments are in place.
    data: bool,
    fill_cost: u64,
    elem_cost: u64,
    data_cost: u64,
}

impl Startup {
    /// Enters the function; `None` if nothing is charged.
    ///
    /// # Errors
    /// If there is no fuel for that.
    #[inline]
    pub(super) fn enter(store: &mut StoreOpaque, module: &Module) -> Result<Option<Startup>> {
        if !store.engine().config().get_consume_fuel() {
            return Ok(None);
        }
        Self::metered(store, module)
    }

    #[cold]
    fn metered(store: &mut StoreOpaque, module: &Module) -> Result<Option<Startup>> {
        let globals =
            || module.global_inits().map(|(_, init)| init).filter(|init| !module.is_number(*init));
        let actives = module.active_elems();
        let passive = || {
            (0..)
                .zip(module.elems())
                .filter(|(at, elem)| {
                    // They are in the order of the segments.
                    let active = actives.binary_search_by_key(at, |active| active.segment);
                    !elem.is_declared() && active.is_err()
                })
                .map(|(_, elem)| elem)
        };
        let elems = actives.iter().take_while(|active| elem_is_in_place(module, active)).count();
        let data = data_is_in_place(module);
        let fills =
            module.table_inits().any(|(index, init)| !fill_is_in_place(module, index, init));
        let is_needed = module.start().is_some()
            || globals().next().is_some()
            || passive().next().is_some()
            || fills
            || elems < actives.len()
            || !data;
        if !is_needed {
            return Ok(None);
        }
        let costs = store.engine().config().get_operator_cost().cloned().unwrap_or_default();
        let costs = &costs.variable;
        let mut startup = Startup {
            spent: 1,
            pending: 0,
            elems,
            data,
            fill_cost: costs.table_fill_per_element.into(),
            elem_cost: costs.table_init_per_element.into(),
            data_cost: costs.memory_init_per_byte.into(),
        };
        startup.check(store)?;
        startup.pending += globals().map(|init| module.operators(init)).sum::<u64>();
        startup.pending += passive().map(|elem| module.item_operators(elem)).sum::<u64>();
        Ok(Some(startup))
    }

    /// Charges for the elements that table `index` has at first.
    ///
    /// # Errors
    /// If the fuel is consumed; so with all that follow.
    pub(super) fn fill(
        &mut self,
        store: &mut StoreOpaque,
        module: &Module,
        index: u32,
        init: ConstExpr,
    ) -> Result<()> {
        if fill_is_in_place(module, index, init) {
            return Ok(());
        }
        self.pending += module.operators(init);
        let len = module.defined_table(index).map_or(0, |ty| ty.minimum());
        self.bulk(store, len, self.fill_cost)
    }

    /// Charges for active element segment `at` of [`Module::active_elems`], which fits.
    pub(super) fn elem(
        &mut self,
        store: &mut StoreOpaque,
        module: &Module,
        at: usize,
    ) -> Result<()> {
        if at < self.elems {
            return Ok(());
        }
        let active = &module.active_elems()[at];
        let elem: &Elem = &module.elems()[active.segment as usize];
        self.pending += module.operators(active.offset);
        self.bulk(store, elem.len(), self.elem_cost)?;
        self.pending += module.item_operators(elem);
        Ok(())
    }

    /// Charges for an active data segment, which may not fit.
    pub(super) fn data(
        &mut self,
        store: &mut StoreOpaque,
        module: &Module,
        active: &Active,
    ) -> Result<()> {
        let bytes = module.data(active.segment);
        if self.data {
            // The code that would copy it is there, and takes what waits along, but is jumped over.
            if !bytes.is_empty() {
                self.pending = 0;
            }
            return Ok(());
        }
        self.pending += module.operators(active.offset) + bytes.len() as u64 * self.data_cost;
        self.check(store)
    }

    /// Leaves the function, with a call of the start function if there is one.
    pub(super) fn leave(mut self, store: &mut StoreOpaque, module: &Module) {
        if module.start().is_some() {
            self.spent += self.pending + 1;
        }
        store.machine.consume_fuel(self.spent);
    }

    /// A bulk operation whose size is known.
    fn bulk(&mut self, store: &mut StoreOpaque, len: u64, cost: u64) -> Result<()> {
        let cost = len.saturating_mul(cost);
        self.pending = self.pending.saturating_add(cost);
        if cost <= CHEAP { Ok(()) } else { self.check(store) }
    }

    fn check(&mut self, store: &mut StoreOpaque) -> Result<()> {
        self.spent = self.spent.saturating_add(core::mem::take(&mut self.pending));
        let left = store.machine.fuel();
        if self.spent < left {
            return Ok(());
        }
        store.machine.consume_fuel(left);
        Err(Trap::OutOfFuel.into())
    }
}

fn fill_is_in_place(module: &Module, index: u32, init: ConstExpr) -> bool {
    let is_small = module.defined_table(index).is_some_and(|ty| ty.minimum() <= LARGEST_TABLE);
    is_small && matches!(init, ConstExpr::Func(_))
}

/// Whether an element segment is, if all before it are.
fn elem_is_in_place(module: &Module, active: &Active) -> bool {
    let elem = &module.elems()[active.segment as usize];
    let Some(ty) = module.defined_table(active.target) else { return false };
    let is_filled = module
        .table_inits()
        .any(|(index, init)| index == active.target && !fill_is_in_place(module, index, init));
    let end = module.constant(active.offset).and_then(|offset| offset.checked_add(elem.len()));
    end.is_some_and(|end| end <= ty.minimum().min(LARGEST_TABLE))
        && ty.element().heap_type().top().is_func()
        && !elem.has_expressions()
        && !is_filled
}

/// Whether all active data segments are.
fn data_is_in_place(module: &Module) -> bool {
    /// What is known of the data of a memory.
    #[derive(Clone, Copy)]
    struct Extent {
        start: u64,
        end: u64,
        len: u64,
    }
    let none = Extent { start: u64::MAX, end: 0, len: 0 };
    let mut extents = alloc::vec![none; module.defined_memories().len()];
    let first = module.imported_memories();
    for active in module.active_data() {
        let Some(at) = (active.target as usize).checked_sub(first) else { return false };
        let ty = &module.defined_memories()[at];
        let len = module.data(active.segment).len() as u64;
        let Some(start) = module.constant(active.offset) else { return false };
        let Some(end) = start.checked_add(len) else { return false };
        if ty.minimum().checked_mul(ty.page_size()).is_none_or(|size| end > size) {
            return false;
        }
        if len > 0 {
            let extent = &mut extents[at];
            extent.start = extent.start.min(start);
            extent.end = extent.end.max(end);
            extent.len += len;
        }
    }
    extents.iter().zip(module.defined_memories()).filter(|(extent, _)| extent.len > 0).all(
        |(extent, ty)| {
            let size = extent.end - extent.start;
            // Pages of a byte are less than those of the operating system.
            ty.page_size() > 1 && (size < extent.len.saturating_mul(2) || size < LARGEST_IMAGE)
        },
    )
}
