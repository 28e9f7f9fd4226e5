//! The handles of instances; what they are good for is in the room `instance`.

use wasmote_interp::InstanceId;

use crate::store::{StoreId, StoreOpaque};

/// An instance of a module.
///
/// It is a small handle: copy it freely, and give every method the store that owns it. Every method
/// that takes a store panics with "object used with the wrong store" if that is another one.
///
/// # Examples
/// ```
/// # fn main() -> wasmote::Result<()> {
/// use wasmote::{Engine, Instance, Module, Store};
///
/// let engine = Engine::default();
/// let module = Module::new(
///     &engine,
///     r#"(module (func (export "add") (param i32 i32) (result i32)
///         (i32.add (local.get 0) (local.get 1))))"#,
/// )?;
/// let mut store = Store::new(&engine, ());
/// let instance = Instance::new(&mut store, &module, &[])?;
/// let add = instance.get_typed_func::<(i32, i32), i32>(&mut store, "add")?;
/// assert_eq!(add.call(&mut store, (2, 40))?, 42);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Instance {
    store: StoreId,
    id: InstanceId,
}

impl Instance {
    pub(crate) fn of_store(store: &StoreOpaque, id: InstanceId) -> Instance {
        Instance { store: store.id, id }
    }

    /// The id, checked to be of `store`.
    #[track_caller]
    pub(crate) fn id_in(&self, store: &StoreOpaque) -> InstanceId {
        store.assert_own(self.store);
        self.id
    }
}
