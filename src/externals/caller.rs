//! [`Caller::get_export`] and the like: what a host function can reach in the instance that calls it.

use super::Extern;
use crate::{Caller, ModuleExport};

impl<T: 'static> Caller<'_, T> {
    /// Looks up an export of the calling instance by name.
    ///
    /// `None` if the instance has no such export, and always if the function was called by the
    /// embedder rather than by WebAssembly code. A module's start function is called by the
    /// instance being made. Names are resolved on every call; see [`Caller::get_module_export`] for a
    /// faster way.
    pub fn get_export(&mut self, name: &str) -> Option<Extern> {
        let (instance, store) = (self.instance()?, self.opaque_mut());
        let item = store.module(instance).find_export(name)?;
        Some(Extern::of_instance(store, instance, item))
    }

    /// Looks up an export of the calling instance by an index that was resolved before with
    /// [`Module::get_export_index`](crate::Module::get_export_index).
    ///
    /// `None` if the index is of another module than the caller's, or the caller is the embedder.
    pub fn get_module_export(&mut self, export: &ModuleExport) -> Option<Extern> {
        let (instance, store) = (self.instance()?, self.opaque_mut());
        let item = store.module(instance).export_item(export)?;
        Some(Extern::of_instance(store, instance, item))
    }
}
