//! Functions: [`Func`] and the calls into it, and the closures that become host functions.
//!
//! | file | what |
//! |---|---|
//! | `traits.rs`, `wasm_ty.rs` | which Rust types stand for which WebAssembly types |
//! | `into_func.rs` | closures whose type is inferred |
//! | `host.rs` | [`HostFunc`]: a closure with its type, shared between stores |
//! | `caller.rs` | what a host function sees of its caller |
//! | `untyped.rs`, `raw.rs` | calls with [`Val`](crate::Val)s and with raw values |
//! | `typed.rs` | calls whose types were checked before |

mod caller;
mod host;
mod into_func;
mod raw;
mod traits;
mod typed;
mod untyped;
mod wasm_ty;

pub use caller::Caller;
pub(crate) use host::HostFunc;
pub use into_func::IntoFunc;
pub use traits::{WasmParams, WasmResults, WasmRet, WasmTy, WasmTyList};
pub use typed::TypedFunc;

use crate::store::{AsContext, AsContextMut, StoreId, StoreOpaque};
use crate::{Engine, FuncType, Result, ValRaw};
use wasmote_interp::FuncId;

/// A WebAssembly or host function of a store.
///
/// It is a small handle: copy it freely, and give every method the store that owns it.
///
/// # Panics
///
/// Every method that takes a store panics with "object used with the wrong store" if the
/// function belongs to another one.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Func {
    store: StoreId,
    id: FuncId,
}

impl Func {
    /// The function `id` of `store`.
    #[inline]
    pub(crate) fn of_store(store: &StoreOpaque, id: FuncId) -> Func {
        Func { store: store.id, id }
    }

    /// The function's id, checked to be of `store`.
    ///
    /// # Panics
    /// If it is of another store.
    #[inline]
    pub(crate) fn id_in(&self, store: &StoreOpaque) -> FuncId {
        assert!(self.store == store.id, "object used with the wrong store");
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
        crate::ensure!(self.is_of(store), "value used with wrong store");
        Ok(self.id.to_raw())
    }
}
