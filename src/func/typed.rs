//! [`TypedFunc`]: a function whose type was checked once, for calls without dynamic checks.

use super::traits::MAX_PARAMS;
use super::{WasmParams, WasmResults};
use crate::error::Context as _;
use crate::store::{AsContextMut, StoreOpaque};
use crate::{AnyRef, AsContext, Func, FuncType, Ref, RefType, Result, Rooted, driver, ensure};
use core::fmt;
use core::marker::PhantomData;

/// A function of known parameter and result types, from [`Func::typed`].
///
/// Calling it checks only that the store is the right one: no values are boxed, no types
/// compared, nothing is allocated. `Params` and `Results` are single [`WasmTy`](crate::WasmTy)
/// types or tuples of them.
///
/// No Rust type stands for references to a type that a module defines. Where a function takes one, any reference of the same
/// hierarchy may be given, and its type is looked at in each call.
///
/// # Examples
///
/// ```
/// use wasmote::{Engine, Func, Store};
///
/// # fn main() -> wasmote::Result<()> {
/// let mut store = Store::new(&Engine::default(), ());
/// let swap = Func::wrap(&mut store, |a: i32, b: i64| (b, a));
/// let swap = swap.typed::<(i32, i64), (i64, i32)>(&store)?;
/// assert_eq!(swap.call(&mut store, (1, 2))?, (2, 1));
/// # Ok(())
/// # }
/// ```
pub struct TypedFunc<Params, Results> {
    func: Func,
    /// The type, if a parameter is a reference to a concrete one.
    concrete: Option<FuncType>,
    types: PhantomData<fn(Params) -> Results>,
}

impl<Params: WasmParams, Results: WasmResults> TypedFunc<Params, Results> {
    /// A typed view of `func` without the check that [`Func::typed`] makes.
    ///
    /// # Safety
    ///
    /// The function must be of this store, and its type that of `Params` and `Results`.
    #[allow(unsafe_code)]
    pub unsafe fn new_unchecked(store: impl AsContext, func: Func) -> TypedFunc<Params, Results> {
        debug_assert!(func.is_of(store.as_context().0.opaque()));
        TypedFunc::new(func, func.ty(store))
    }

    pub(crate) fn new(func: Func, ty: FuncType) -> Self {
        let is_concrete = ty
            .params()
            .any(|ty| ty.as_ref().is_some_and(|reference| reference.heap_type().is_concrete()));
        TypedFunc { func, concrete: is_concrete.then_some(ty), types: PhantomData }
    }

    /// The slots of the arguments; errs if one cannot be given.
    #[inline]
    fn slots(&self, store: &mut StoreOpaque, params: Params) -> Result<Params::Slots> {
        let slots = params.into_slots(store)?;
        if let Some(ty) = &self.concrete {
            let mut area = [0; 2 * MAX_PARAMS];
            Params::write(slots, &mut area);
            check_concrete(store, ty, &area)?;
        }
        Ok(slots)
    }

    /// The untyped function.
    pub fn func(&self) -> &Func {
        &self.func
    }

    /// Calls the function.
    ///
    /// # Errors
    ///
    /// The [`Trap`](crate::Trap) if the function traps, the error of a host function that it
    /// called, or an error if an argument belongs to another store or is not of the concrete type that is wanted.
    ///
    /// # Panics
    ///
    /// If `store` does not own the function.
    #[inline]
    pub fn call(&self, mut store: impl AsContextMut, params: Params) -> Result<Results> {
        let store = store.as_context_mut().0;
        let func = self.func.id_in(&store.opaque);
        let params = self.slots(&mut store.opaque, params)?;
        driver::call(
            store,
            func,
            #[inline]
            |store| Params::write(params, store.machine.area_mut()),
            #[inline]
            |store| Results::load(store),
        )
    }
}

#[cfg(feature = "async")]
impl<Params: WasmParams, Results: WasmResults> TypedFunc<Params, Results> {
    /// Like [`TypedFunc::call`], for stores in which calls have to be asynchronous; others may use it, too.
    ///
    /// The guest runs when the future is polled, until it waits for an asynchronous host function, yields, or is done.
    /// Dropping the future abandons the guest, and what it has changed stays changed.
    ///
    /// The future is `Send`, as the store's data has to be:
    ///
    /// ```compile_fail,E0277
    /// # use std::rc::Rc;
    /// # use wasmote::{Func, Store};
    /// let mut store = Store::<Rc<u32>>::default();
    /// let func = Func::wrap(&mut store, || ()).typed::<(), ()>(&store).unwrap();
    /// let call = func.call_async(&mut store, ());
    /// ```
    ///
    /// # Errors
    ///
    /// As [`TypedFunc::call`].
    ///
    /// # Panics
    ///
    /// If `store` does not own the function.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::{pin::pin, task::{Context, Poll, Waker}};
    /// use wasmote::{Func, Store};
    ///
    /// # fn main() -> wasmote::Result<()> {
    /// let mut store = Store::<()>::default();
    /// let double = Func::wrap_async(&mut store, |_, (n,): (i32,)| Box::new(async move { n * 2 }));
    /// let double = double.typed::<i32, i32>(&store)?;
    /// let call = double.call_async(&mut store, 21);
    /// // An executor would poll it whenever it is woken.
    /// let Poll::Ready(result) = pin!(call).poll(&mut Context::from_waker(Waker::noop())) else {
    ///     unreachable!("it does not wait")
    /// };
    /// assert_eq!(result?, 42);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn call_async(
        &self,
        mut store: impl AsContextMut<Data: Send>,
        params: Params,
    ) -> Result<Results>
    where
        Params: Sync,
        Results: Sync,
    {
        let store = store.as_context_mut().0;
        let func = self.func.id_in(&store.opaque);
        let mut call = {
            let params = self.slots(&mut store.opaque, params)?;
            let mut call = driver::AsyncCall::begin(store, func)?;
            Params::write(params, call.store().machine.area_mut());
            call
        };
        call.run(None).await?;
        Ok(Results::load(call.store()))
    }
}

/// Errs unless the arguments in an area are of the concrete types that parameters refer to.
#[cold]
fn check_concrete(store: &mut StoreOpaque, ty: &FuncType, area: &[u64]) -> Result<()> {
    let scope = store.roots.enter();
    let mut at = 0;
    let result = ty.params().try_for_each(|ty| {
        let slot = area[at];
        at += ty.kind().slots() as usize;
        match ty.as_ref() {
            Some(ty) if ty.heap_type().is_concrete() => {
                let reference = Ref::from_slot(store, ty, slot);
                if let Ref::Any(to) = reference {
                    return check_object(store, ty, to);
                }
                ensure!(
                    ty.is_nullable() || reference.is_non_null(),
                    "argument type mismatch: expected non-nullable (ref {}), found null reference",
                    ty.heap_type()
                );
                reference
                    .ensure_matches(store, ty)
                    .context("argument type mismatch for reference to concrete type")
            }
            _ => Ok(()),
        }
    });
    store.roots.exit(scope);
    result
}

/// Errs unless a reference is of a type of structs or arrays.
fn check_object(store: &StoreOpaque, ty: &RefType, to: Option<Rooted<AnyRef>>) -> Result<()> {
    let Some(object) = to else {
        ensure!(ty.is_nullable(), "expected a non-null reference, but found a null reference");
        return Ok(());
    };
    let found = Ref::Any(Some(object)).load_ty(store)?;
    ensure!(
        found.heap_type().matches(ty.heap_type()),
        "type mismatch: expected `(ref {})`, found `(ref {})`",
        ty.heap_type(),
        found.heap_type()
    );
    Ok(())
}

impl<Params, Results> Clone for TypedFunc<Params, Results> {
    fn clone(&self) -> Self {
        TypedFunc { func: self.func, concrete: self.concrete.clone(), types: PhantomData }
    }
}

impl<Params, Results> fmt::Debug for TypedFunc<Params, Results> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedFunc").field("func", &self.func).finish()
    }
}
