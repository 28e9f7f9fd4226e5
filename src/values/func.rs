//! [`Func`]: a function of a store, as a value. What it is called with, and what makes one, is in `src/func`.

use core::ffi::c_void;

use wasmote_interp::FuncId;

use crate::store::{StoreId, StoreOpaque};
use crate::{AsContext, FuncType, Result, ensure};

/// A WebAssembly or host function of a store.
///
/// It is a small handle: copy it freely, and give every method the store that owns it.
///
/// # Panics
///
/// Every method that takes a store panics with "object used with the wrong store" if the
/// function belongs to another one.
///
/// # Examples
///
/// ```
/// use wasmote::{Engine, Func, Store, Val};
///
/// # fn main() -> wasmote::Result<()> {
/// let mut store = Store::new(&Engine::default(), ());
/// let add = Func::wrap(&mut store, |a: i32, b: i32| a + b);
///
/// // With values, whose types are checked by every call:
/// let mut results = [Val::I32(0)];
/// add.call(&mut store, &[Val::I32(2), Val::I32(3)], &mut results)?;
/// assert_eq!(results[0].unwrap_i32(), 5);
///
/// // Typed, which is checked once:
/// let add = add.typed::<(i32, i32), i32>(&store)?;
/// assert_eq!(add.call(&mut store, (2, 3))?, 5);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Func {
    store: StoreId,
    id: FuncId,
}

impl Func {
    /// The type of the function.
    pub fn ty(&self, store: impl AsContext) -> FuncType {
        self.ty_in(&store.as_context().0.opaque)
    }

    /// Whether the function can be called as one of type `ty`; see [`FuncType::matches`].
    ///
    /// # Panics
    ///
    /// If `ty` is of another engine.
    pub fn matches_ty(&self, store: impl AsContext, ty: &FuncType) -> bool {
        self.ty(store).matches(ty)
    }

    /// The function as the raw value that [`ValRaw`](crate::ValRaw) holds for it. It is a number, not a pointer
    /// to anything, and never null.
    pub fn to_raw(&self, store: impl AsContext) -> *mut c_void {
        let raw = self.id_in(&store.as_context().0.opaque).to_raw();
        core::ptr::without_provenance_mut(raw as usize)
    }

    /// The function of a raw value, or `None` for null.
    ///
    /// # Safety
    ///
    /// The value must come from [`Func::to_raw`] or WebAssembly code of the same store.
    #[allow(unsafe_code)]
    pub unsafe fn from_raw(store: impl AsContext, raw: *mut c_void) -> Option<Func> {
        let store = &store.as_context().0.opaque;
        Some(Func::of_store(store, FuncId::from_raw(raw.addr() as u64)?))
    }

    /// The function `id` of `store`.
    #[inline]
    pub(crate) fn of_store(store: &StoreOpaque, id: FuncId) -> Func {
        Func { store: store.id, id }
    }

    /// The type; it stays registered as long as the module or host function that has it, which the
    /// store keeps.
    pub(crate) fn ty_in(&self, store: &StoreOpaque) -> FuncType {
        let info = store.machine.func(self.id_in(store)).expect("a handle names a function");
        FuncType::from_index(store.engine(), info.type_id)
    }

    /// The function's id, checked to be of `store`.
    #[inline]
    #[track_caller]
    pub(crate) fn id_in(&self, store: &StoreOpaque) -> FuncId {
        store.assert_own(self.store);
        self.id
    }

    /// Whether the function is of `store`.
    #[inline]
    pub(crate) fn is_of(&self, store: &StoreOpaque) -> bool {
        self.store == store.id
    }

    /// The function as a reference value of `store`; errs if it is of another one.
    #[inline]
    pub(crate) fn slot(&self, store: &StoreOpaque) -> Result<u64> {
        ensure!(self.is_of(store), "value used with wrong store");
        Ok(self.id.to_raw())
    }

    /// The function of a reference value of `store`, or `None` for null.
    #[inline]
    pub(crate) fn of_slot(store: &StoreOpaque, slot: u64) -> Option<Func> {
        Some(Func::of_store(store, FuncId::from_raw(slot)?))
    }
}
