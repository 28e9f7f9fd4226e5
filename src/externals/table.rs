//! Tables.

use wasmote_interp::TableId;

use super::growth::{grow_table, new_table, refused};
use crate::error::Context as _;
use crate::poll::now;
use crate::store::{StoreId, StoreOpaque};
use crate::{AsContext, AsContextMut, Ref, Result, TableType, Trap, format_err};

/// A table of a store: references that can be called and changed by index.
///
/// Every method that takes a store panics with "object used with the wrong store" if the table
/// belongs to another one.
///
/// # Examples
/// ```
/// # fn main() -> wasmote::Result<()> {
/// use wasmote::{Engine, Func, Ref, RefType, Store, Table, TableType};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let ty = TableType::new(RefType::FUNCREF, 2, Some(4));
/// let table = Table::new(&mut store, ty, Ref::Func(None))?;
/// let func = Func::wrap(&mut store, || 42);
/// table.set(&mut store, 1, func.into())?;
/// assert!(table.get(&mut store, 1).unwrap().unwrap_func().is_some());
/// assert!(table.get(&mut store, 2).is_none());
/// assert_eq!(table.grow(&mut store, 2, Ref::Func(None))?, 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Table {
    store: StoreId,
    id: TableId,
}

impl Table {
    /// Makes a table of type `ty`, of the type's minimum size, with all elements `init`.
    ///
    /// # Errors
    /// If `init` is not of the element type or of another store; if the type is of another engine;
    /// if its minimum is larger than its maximum; if the store's
    /// [`ResourceLimiter`](crate::ResourceLimiter) refuses; if the allocator has no memory left.
    pub fn new(mut store: impl AsContextMut, ty: TableType, init: Ref) -> Result<Table> {
        let (store, limiter) = store.as_context_mut().0.opaque_and_limiter()?;
        let init = to_element(store, &ty, &init)?;
        let id = now(new_table(store, limiter, &ty, init))?;
        Ok(Table::of_store(store, id))
    }

    /// Like [`Table::new`], for stores with an asynchronous limiter; others may use it, too.
    ///
    /// # Errors
    /// As [`Table::new`].
    #[cfg(feature = "async")]
    pub async fn new_async(
        mut store: impl AsContextMut,
        ty: TableType,
        init: Ref,
    ) -> Result<Table> {
        let (store, limiter) = store.as_context_mut().0.opaque_and_any_limiter();
        let init = to_element(store, &ty, &init)?;
        let id = new_table(store, limiter, &ty, init).await?;
        Ok(Table::of_store(store, id))
    }

    /// The type, with the limits the table was made with.
    pub fn ty(&self, store: impl AsContext) -> TableType {
        self.ty_in(&store.as_context().0.opaque).clone()
    }

    /// The element at `index`; `None` if that is beyond the end.
    pub fn get(&self, mut store: impl AsContextMut, index: u64) -> Option<Ref> {
        let store = &mut store.as_context_mut().0.opaque;
        let id = self.id_in(store);
        let raw = *store.machine.table(id).get(usize::try_from(index).ok()?)?;
        let ty = store.table_type(id).element().clone();
        Some(Ref::from_slot(store, &ty, raw))
    }

    /// Sets the element at `index`.
    ///
    /// # Errors
    /// [`Trap::TableOutOfBounds`] if that is beyond the end; an error if `val` is not of the element type,
    /// or of another store.
    pub fn set(&self, mut store: impl AsContextMut, index: u64, val: Ref) -> Result<()> {
        let store = &mut store.as_context_mut().0.opaque;
        let id = self.id_in(store);
        let raw = to_element(store, store.table_type(id), &val)?;
        let elements = store.machine.table_mut(id);
        let element = usize::try_from(index).ok().and_then(|index| elements.get_mut(index));
        *element.ok_or(Trap::TableOutOfBounds)? = raw;
        Ok(())
    }

    /// The number of elements.
    pub fn size(&self, store: impl AsContext) -> u64 {
        self.size_in(&store.as_context().0.opaque)
    }

    /// Grows the table by `delta` elements `init`, and gives the old size.
    ///
    /// # Errors
    /// If `init` is not of the element type or of another store; if the new size is beyond the type's
    /// maximum or the index type; if the store's [`ResourceLimiter`](crate::ResourceLimiter) refuses; if
    /// the allocator has no memory left. The table is unchanged then.
    pub fn grow(&self, mut store: impl AsContextMut, delta: u64, init: Ref) -> Result<u64> {
        let (store, limiter) = store.as_context_mut().0.opaque_and_limiter()?;
        let id = self.id_in(store);
        let init = to_element(store, store.table_type(id), &init)?;
        refused(now(grow_table(store, limiter, id, delta, init))?, "table", delta)
    }

    /// Like [`Table::grow`], for stores with an asynchronous limiter; others may use it, too.
    ///
    /// # Errors
    /// As [`Table::grow`].
    #[cfg(feature = "async")]
    pub async fn grow_async(
        &self,
        mut store: impl AsContextMut,
        delta: u64,
        init: Ref,
    ) -> Result<u64> {
        let (store, limiter) = store.as_context_mut().0.opaque_and_any_limiter();
        let id = self.id_in(store);
        let init = to_element(store, store.table_type(id), &init)?;
        refused(grow_table(store, limiter, id, delta, init).await?, "table", delta)
    }

    /// Copies `len` elements of `src_table` from `src_index` on to `dst_table` from `dst_index` on. The
    /// tables may be the same and the ranges may overlap.
    ///
    /// # Errors
    /// [`Trap::TableOutOfBounds`] if a range is beyond the end of its table; an error if elements of
    /// the source cannot be elements of the destination. Nothing is copied then.
    pub fn copy(
        mut store: impl AsContextMut,
        dst_table: &Table,
        dst_index: u64,
        src_table: &Table,
        src_index: u64,
        len: u64,
    ) -> Result<()> {
        let store = &mut store.as_context_mut().0.opaque;
        let (dst, src) = (dst_table.id_in(store), src_table.id_in(store));
        let (found, expected) = (store.table_type(src).element(), store.table_type(dst).element());
        if !found.matches(expected) {
            return Err(format_err!("type mismatch: expected {expected}, found {found}").context(
                "type mismatch: source table's element type does not match destination table's element type",
            ));
        }
        let copied = store.machine.table_copy(dst, dst_index, src, src_index, len);
        copied.map_err(Trap::from)?;
        Ok(())
    }

    /// Sets `len` elements from `dst` on to `val`.
    ///
    /// # Errors
    /// [`Trap::TableOutOfBounds`] if they are not all inside the table; an error if `val` is not of
    /// the element type, or of another store. Nothing is written then.
    pub fn fill(&self, mut store: impl AsContextMut, dst: u64, val: Ref, len: u64) -> Result<()> {
        let store = &mut store.as_context_mut().0.opaque;
        let id = self.id_in(store);
        let raw = to_element(store, store.table_type(id), &val)?;
        let filled = store.machine.table_fill(id, dst, raw, len);
        Ok(filled.map_err(Trap::from)?)
    }

    pub(crate) fn of_store(store: &StoreOpaque, id: TableId) -> Table {
        Table { store: store.id, id }
    }

    /// The id, checked to be of `store`.
    #[track_caller]
    pub(crate) fn id_in(&self, store: &StoreOpaque) -> TableId {
        store.assert_own(self.store);
        self.id
    }

    pub(crate) fn ty_in<'a>(&self, store: &'a StoreOpaque) -> &'a TableType {
        store.table_type(self.id_in(store))
    }

    pub(crate) fn is_of(&self, store: &StoreOpaque) -> bool {
        self.store == store.id
    }

    pub(crate) fn size_in(&self, store: &StoreOpaque) -> u64 {
        store.machine.table(self.id_in(store)).len() as u64
    }
}

/// A reference as an element of a table of type `ty`.
fn to_element(store: &StoreOpaque, ty: &TableType, val: &Ref) -> Result<u64> {
    val.ensure_matches(store, ty.element())
        .context("type mismatch: value does not match table element type")?;
    val.to_slot(store)
}
