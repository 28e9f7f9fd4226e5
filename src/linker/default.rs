//! Items of given types with default values: `default_value` of the types of items.

use crate::externals::new_shared_memory;
use crate::poll::now;
use crate::store::AsContextMut;
use crate::{
    Extern, ExternType, Func, FuncType, Global, GlobalType, Memory, MemoryType, Ref, Result, Table,
    TableType, Tag, TagType, Val, bail, format_err,
};
use alloc::vec::Vec;

impl FuncType {
    /// A function of this type that returns zeros and nulls.
    ///
    /// # Errors
    ///
    /// If a result is a reference that cannot be null.
    ///
    /// # Panics
    ///
    /// If the store is of another engine than the type.
    pub fn default_value(&self, store: impl AsContextMut) -> Result<Func> {
        let values: Vec<Val> = self
            .results()
            .map(|ty| {
                let value = Val::default_for_ty(&ty);
                value.ok_or_else(|| format_err!("function results do not have a default value"))
            })
            .collect::<Result<_>>()?;
        Ok(Func::new(store, self.clone(), move |_, _, results| {
            results.copy_from_slice(&values);
            Ok(())
        }))
    }
}

impl GlobalType {
    /// A global of this type that is zero or null.
    ///
    /// # Errors
    ///
    /// If it holds a reference that cannot be null.
    pub fn default_value(&self, store: impl AsContextMut) -> Result<Global> {
        let value = Val::default_for_ty(self.content())
            .ok_or_else(|| format_err!("global type has no default value"))?;
        Global::new(store, self.clone(), value)
    }
}

impl TagType {
    /// A tag of this type.
    ///
    /// # Errors
    ///
    /// If the type is of another engine than the store.
    pub fn default_value(&self, store: impl AsContextMut) -> Result<Tag> {
        Tag::new(store, self)
    }
}

impl TableType {
    /// A table of this type with as many nulls as its minimum says.
    ///
    /// # Errors
    ///
    /// If its elements are references that cannot be null, or the store's limits are exceeded.
    pub fn default_value(&self, store: impl AsContextMut) -> Result<Table> {
        let element = self.element();
        if !element.is_nullable() {
            bail!("table element type does not have a default value");
        }
        Table::new(store, self.clone(), Ref::null(element.heap_type()))
    }
}

impl MemoryType {
    /// A memory of this type, shared or not, with as many zeroed pages as its minimum says.
    ///
    /// # Errors
    ///
    /// As [`Memory::new`] or [`SharedMemory::new`](crate::SharedMemory::new), and if the store's limits are
    /// exceeded.
    pub fn default_value(&self, mut store: impl AsContextMut) -> Result<Extern> {
        if self.is_shared() {
            let (store, limiter) = store.as_context_mut().0.opaque_and_limiter()?;
            return Ok(now(new_shared_memory(store, limiter, self))?.into());
        }
        Ok(Memory::new(store, self.clone())?.into())
    }
}

impl ExternType {
    /// An item of this type with a default value.
    ///
    /// # Errors
    ///
    /// If there is none: for references that cannot be null, and if the store's limits are
    /// exceeded.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmote::{Engine, ExternType, MemoryType, Store};
    ///
    /// # fn main() -> wasmote::Result<()> {
    /// let mut store = Store::new(&Engine::default(), ());
    /// let ty = ExternType::from(MemoryType::new(1, None));
    /// let memory = ty.default_value(&mut store)?.into_memory().unwrap();
    /// assert_eq!(memory.size(&store), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn default_value(&self, store: impl AsContextMut) -> Result<Extern> {
        Ok(match self {
            ExternType::Func(ty) => ty.default_value(store)?.into(),
            ExternType::Global(ty) => ty.default_value(store)?.into(),
            ExternType::Table(ty) => ty.default_value(store)?.into(),
            ExternType::Memory(ty) => ty.default_value(store)?,
            ExternType::Tag(ty) => ty.default_value(store)?.into(),
        })
    }
}
