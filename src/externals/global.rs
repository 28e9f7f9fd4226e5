//! Globals.

use wasmote_interp::GlobalId;

use crate::error::Context as _;
use crate::store::{StoreId, StoreOpaque};
use crate::{AsContext, AsContextMut, GlobalType, Mutability, Result, Val, bail};

/// A global of a store.
///
/// Every method that takes a store panics with "object used with the wrong store" if the global
/// belongs to another one.
///
/// # Examples
/// ```
/// # fn main() -> wasmote::Result<()> {
/// use wasmote::{Engine, Global, GlobalType, Mutability, Store, Val, ValType};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let ty = GlobalType::new(ValType::I64, Mutability::Var);
/// let global = Global::new(&mut store, ty, Val::I64(1))?;
/// global.set(&mut store, Val::I64(2))?;
/// assert_eq!(global.get(&mut store).unwrap_i64(), 2);
/// assert!(global.set(&mut store, Val::I32(3)).is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Global {
    store: StoreId,
    id: GlobalId,
}

impl Global {
    /// Makes a global of type `ty` with value `val`.
    ///
    /// # Errors
    /// If the value is not of the type or of another store, or the type is of another engine.
    pub fn new(mut store: impl AsContextMut, ty: GlobalType, val: Val) -> Result<Global> {
        let store = &mut store.as_context_mut().0.opaque;
        val.ensure_matches(store, ty.content()).context(
            "type mismatch: initial value provided does not match the type of this global",
        )?;
        let value = val.to_slots(store)?;
        let id = store.machine.global_alloc(ty.content().kind(), value);
        store.add_host_global(id, ty);
        Ok(Global::of_store(store, id))
    }

    /// The type.
    pub fn ty(&self, store: impl AsContext) -> GlobalType {
        self.ty_in(&store.as_context().0.opaque)
    }

    /// The value.
    pub fn get(&self, mut store: impl AsContextMut) -> Val {
        let store = &mut store.as_context_mut().0.opaque;
        let id = self.id_in(store);
        let ty = store.global_type(id);
        let value = store.machine.global(id);
        Val::from_slots(store, ty.content(), value)
    }

    /// Sets the value.
    ///
    /// # Errors
    /// If the global is immutable, or the value is not of its type, or of another store.
    pub fn set(&self, mut store: impl AsContextMut, val: Val) -> Result<()> {
        let store = &mut store.as_context_mut().0.opaque;
        let id = self.id_in(store);
        let ty = store.global_type(id);
        if !matches!(ty.mutability(), Mutability::Var) {
            bail!("immutable global cannot be set");
        }
        val.ensure_matches(store, ty.content())
            .context("type mismatch: attempt to set global to value of wrong type")?;
        let value = val.to_slots(store)?;
        store.machine.set_global(id, value);
        Ok(())
    }

    pub(crate) fn of_store(store: &StoreOpaque, id: GlobalId) -> Global {
        Global { store: store.id, id }
    }

    /// The id, checked to be of `store`.
    #[track_caller]
    pub(crate) fn id_in(&self, store: &StoreOpaque) -> GlobalId {
        store.assert_own(self.store);
        self.id
    }

    pub(crate) fn ty_in(&self, store: &StoreOpaque) -> GlobalType {
        store.global_type(self.id_in(store))
    }

    pub(crate) fn is_of(&self, store: &StoreOpaque) -> bool {
        self.store == store.id
    }
}
