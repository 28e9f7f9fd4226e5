//! Functions: the calls into a [`Func`], and the closures that become host functions.
//!
//! | file | what |
//! |---|---|
//! | `traits.rs`, `wasm_ty.rs` | which Rust types stand for which WebAssembly types |
//! | `into_func.rs` | closures whose type is inferred |
//! | `host.rs`, `async_host.rs` | how a closure becomes a [`HostFunc`] |
//! | `untyped.rs`, `raw.rs` | calls with [`Val`](crate::Val)s and with raw values |
//! | `typed.rs` | calls whose types were checked before |
//! | `buffers.rs` | what calls of host functions leave for the next ones |

#[cfg(feature = "async")]
mod async_host;
mod buffers;
mod host;
mod into_func;
mod raw;
mod traits;
mod typed;
mod untyped;
mod wasm_ty;

pub use into_func::IntoFunc;
pub use traits::{WasmParams, WasmResults, WasmRet, WasmTy, WasmTyList};
pub use typed::TypedFunc;

use crate::store::{HostFunc, StoreInner};
use crate::{AsContext, AsContextMut, Caller, Error, Func, FuncType, Result, Val, ValRaw};
#[cfg(feature = "async")]
use alloc::boxed::Box;
use alloc::sync::Arc;
use core::mem::MaybeUninit;

impl Func {
    /// A host function whose type is known at run time only.
    ///
    /// `func` is called with the caller, the arguments (of the types of the parameters of `ty`),
    /// and a slice of as many null function references as `ty` has results. It overwrites
    /// them with values of the right types; a result that it leaves is an error of the call, unless
    /// its type has the null function reference. An error that it returns becomes the error
    /// of the call into WebAssembly.
    ///
    /// [`Func::wrap`] is faster and checks types when the program is compiled.
    ///
    /// # Panics
    ///
    /// If `ty` is of another engine than the store.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmote::{Engine, Func, FuncType, Store, Val, ValType};
    ///
    /// # fn main() -> wasmote::Result<()> {
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, ());
    /// let ty = FuncType::new(&engine, [ValType::I32], [ValType::I32]);
    /// let double = Func::new(&mut store, ty, |_caller, params, results| {
    ///     let n = params[0].unwrap_i32();
    ///     let Some(doubled) = n.checked_mul(2) else {
    ///         wasmote::bail!("{n} is too large");
    ///     };
    ///     results[0] = Val::I32(doubled);
    ///     Ok(())
    /// });
    /// let double = double.typed::<i32, i32>(&store)?;
    /// assert_eq!(double.call(&mut store, 21)?, 42);
    /// assert!(double.call(&mut store, i32::MAX).is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn new<T: 'static>(
        mut store: impl AsContextMut<Data = T>,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    ) -> Func {
        let store = store.as_context_mut().0;
        let func = HostFunc::new(store.opaque.engine(), ty, func);
        Func::of_host(store, Arc::new(func))
    }

    /// Like [`Func::new`], for callers that handle errors of allocation.
    ///
    /// # Errors
    ///
    /// None at present.
    ///
    /// # Panics
    ///
    /// If `ty` is of another engine than the store.
    pub fn try_new<T: 'static>(
        store: impl AsContextMut<Data = T>,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    ) -> Result<Func> {
        Ok(Func::new(store, ty, func))
    }

    /// A host function that takes and gives raw values.
    ///
    /// `func` is called with a slice of as many values as there are parameters or results,
    /// whichever are more. It holds the arguments first, and the results after `func` returned.
    ///
    /// # Panics
    ///
    /// If `ty` is of another engine than the store.
    ///
    /// # Safety
    ///
    /// `func` must leave values of the types of `ty`'s results in the first places of the slice.
    #[allow(unsafe_code)]
    pub unsafe fn new_unchecked<T: 'static>(
        mut store: impl AsContextMut<Data = T>,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &mut [MaybeUninit<ValRaw>]) -> Result<()> + Send + Sync + 'static,
    ) -> Func {
        let store = store.as_context_mut().0;
        let func = HostFunc::new_raw(store.opaque.engine(), ty, func);
        Func::of_host(store, Arc::new(func))
    }

    /// A host function whose type is inferred from the closure's.
    ///
    /// Parameters are [`WasmTy`]s, up to 17 of them, after a leading [`Caller`] if the closure wants
    /// one. It returns nothing, a `WasmTy`, a tuple of them, or a [`Result`] of one of these, whose
    /// error becomes the error of the call into WebAssembly.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmote::{Caller, Engine, Extern, Func, Store};
    ///
    /// # fn main() -> wasmote::Result<()> {
    /// let mut store = Store::new(&Engine::default(), String::new());
    ///
    /// // Takes nothing, gives two numbers.
    /// Func::wrap(&mut store, || (1, 2.5));
    ///
    /// // May fail.
    /// Func::wrap(&mut store, |a: u32, b: u32| -> wasmote::Result<u32> {
    ///     a.checked_div(b).ok_or_else(|| wasmote::format_err!("no division by zero"))
    /// });
    ///
    /// // Reads a string from the memory of its caller into the data of the store.
    /// Func::wrap(&mut store, |mut caller: Caller<'_, String>, ptr: u32, len: u32| {
    ///     let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
    ///         wasmote::bail!("the caller has no memory");
    ///     };
    ///     let (bytes, data) = memory.data_and_store_mut(&mut caller);
    ///     let bytes = bytes.get(ptr as usize..).and_then(|bytes| bytes.get(..len as usize));
    ///     let Some(bytes) = bytes else {
    ///         wasmote::bail!("the string is outside of the memory");
    ///     };
    ///     data.push_str(core::str::from_utf8(bytes)?);
    ///     Ok(())
    /// });
    /// # Ok(())
    /// # }
    /// ```
    pub fn wrap<T: 'static, Params, Results>(
        mut store: impl AsContextMut<Data = T>,
        func: impl IntoFunc<T, Params, Results>,
    ) -> Func {
        let store = store.as_context_mut().0;
        let func = HostFunc::wrap(store.opaque.engine(), func);
        Func::of_host(store, Arc::new(func))
    }

    /// Like [`Func::wrap`], for callers that handle errors of allocation.
    ///
    /// # Errors
    ///
    /// None at present.
    pub fn try_wrap<T: 'static, Params, Results>(
        store: impl AsContextMut<Data = T>,
        func: impl IntoFunc<T, Params, Results>,
    ) -> Result<Func> {
        Ok(Func::wrap(store, func))
    }

    /// An asynchronous host function whose type is known at run time only.
    ///
    /// `func` gives a future for each call, which may borrow the arguments and the places for results. While it waits, so does
    /// the guest. See [`Func::new`] for the rest.
    ///
    /// From now on the store has to be used by `*_async` functions.
    ///
    /// # Panics
    ///
    /// If `ty` is of another engine than the store.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::{pin::pin, task::{Context, Poll, Waker}};
    /// use wasmote::{Engine, Func, FuncType, Store, Val, ValType};
    ///
    /// # fn main() -> wasmote::Result<()> {
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, ());
    /// let ty = FuncType::new(&engine, [ValType::I32], [ValType::I32]);
    /// let double = Func::new_async(&mut store, ty, |_caller, params, results| {
    ///     Box::new(async move {
    ///         results[0] = Val::I32(params[0].unwrap_i32() * 2);
    ///         Ok(())
    ///     })
    /// });
    /// let mut results = [Val::I32(0)];
    /// let call = double.call_async(&mut store, &[Val::I32(21)], &mut results);
    /// // An executor would poll it whenever it is woken.
    /// let Poll::Ready(outcome) = pin!(call).poll(&mut Context::from_waker(Waker::noop())) else {
    ///     unreachable!("it does not wait")
    /// };
    /// outcome?;
    /// assert_eq!(results[0].unwrap_i32(), 42);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "async")]
    pub fn new_async<T, F>(mut store: impl AsContextMut<Data = T>, ty: FuncType, func: F) -> Func
    where
        T: Send + 'static,
        F: for<'a> Fn(
                Caller<'a, T>,
                &'a [Val],
                &'a mut [Val],
            ) -> Box<dyn Future<Output = Result<()>> + Send + 'a>
            + Send
            + Sync
            + 'static,
    {
        let store = store.as_context_mut().0;
        let func = HostFunc::new_async(store.opaque.engine(), ty, func);
        Func::of_host(store, Arc::new(func))
    }

    /// An asynchronous host function whose type is inferred from the closure's.
    ///
    /// `func` takes the caller and its arguments as a tuple, and gives a future for each call; what that comes to is a
    /// [`WasmRet`]. While it waits, so does the guest.
    ///
    /// From now on the store has to be used by `*_async` functions.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmote::{Func, Store};
    ///
    /// let mut store = Store::<()>::default();
    /// Func::wrap_async(&mut store, |_caller, (a, b): (i32, i32)| Box::new(async move { a + b }));
    /// ```
    #[cfg(feature = "async")]
    pub fn wrap_async<T, F, P, R>(mut store: impl AsContextMut<Data = T>, func: F) -> Func
    where
        T: Send + 'static,
        F: for<'a> Fn(Caller<'a, T>, P) -> Box<dyn Future<Output = R> + Send + 'a>
            + Send
            + Sync
            + 'static,
        P: WasmTyList + 'static,
        R: WasmRet + 'static,
    {
        let store = store.as_context_mut().0;
        let func = HostFunc::wrap_async(store.opaque.engine(), func);
        Func::of_host(store, Arc::new(func))
    }

    /// Calls the function with `params`, and overwrites `results` with what it gives, whatever they
    /// were before.
    ///
    /// # Errors
    ///
    /// If there are too many or too few arguments or places for results, or an argument is of the
    /// wrong type or store. Otherwise the [`Trap`](crate::Trap) if the function traps, or the error
    /// of a host function that it called; `results` is left as it was then.
    pub fn call(
        &self,
        mut store: impl AsContextMut,
        params: &[Val],
        results: &mut [Val],
    ) -> Result<()> {
        untyped::call(store.as_context_mut().0, *self, params, results)
    }

    /// Like [`Func::call`], for stores in which calls have to be asynchronous; others may use it, too.
    ///
    /// The guest runs when the future is polled, until it waits for an asynchronous host function, yields, or is done.
    /// Dropping the future abandons the guest, and what it has changed stays changed.
    ///
    /// # Errors
    ///
    /// As [`Func::call`].
    #[cfg(feature = "async")]
    pub async fn call_async(
        &self,
        mut store: impl AsContextMut<Data: Send>,
        params: &[Val],
        results: &mut [Val],
    ) -> Result<()> {
        untyped::call_async(store.as_context_mut().0, *self, params, results).await
    }

    /// Calls the function with raw values, which are not checked.
    ///
    /// # Errors
    ///
    /// As [`Func::call`], but for the checks of values.
    ///
    /// # Panics
    ///
    /// If the slice has room for fewer values than there are parameters or results.
    ///
    /// # Safety
    ///
    /// The pointer must be valid for reads and writes, and the values in its first places must be
    /// arguments of the function's types and of this store. Results overwrite them.
    #[allow(unsafe_code)]
    pub unsafe fn call_unchecked(
        &self,
        mut store: impl AsContextMut,
        params_and_returns: *mut [ValRaw],
    ) -> Result<()> {
        // SAFETY: the caller promised that the pointer is valid.
        let values = unsafe { &mut *params_and_returns };
        raw::call(store.as_context_mut().0, *self, values)
    }

    /// A view of the function for typed calls, if its type is that of `Params` and `Results`.
    ///
    /// # Errors
    ///
    /// If parameters or results are not as many or not of the types that are asked for.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmote::{Engine, Func, Store};
    ///
    /// # fn main() -> wasmote::Result<()> {
    /// let mut store = Store::new(&Engine::default(), ());
    /// let half = Func::wrap(&mut store, |n: i64| (n / 2, n % 2 == 0).0);
    /// assert!(half.typed::<i64, i64>(&store).is_ok());
    /// // Either signedness will do.
    /// assert!(half.typed::<u64, i64>(&store).is_ok());
    /// let error = half.typed::<i32, i64>(&store).unwrap_err();
    /// assert_eq!(error.to_string(), "type mismatch with parameters");
    /// # Ok(())
    /// # }
    /// ```
    pub fn typed<Params: WasmParams, Results: WasmResults>(
        &self,
        store: impl AsContext,
    ) -> Result<TypedFunc<Params, Results>> {
        let ty = self.ty(store);
        let wrong = |what| move |error: Error| error.context(what);
        Params::check_params(&ty).map_err(wrong("type mismatch with parameters"))?;
        Results::check_results(&ty).map_err(wrong("type mismatch with results"))?;
        Ok(TypedFunc::new(*self, ty))
    }

    /// A host function, put into `store`.
    pub(crate) fn of_host<T: 'static>(store: &mut StoreInner<T>, func: Arc<HostFunc<T>>) -> Func {
        let (params, results) = func.slots();
        let ty = func.ty().type_index();
        #[cfg(feature = "async")]
        if func.as_async().is_some() {
            store.opaque.require_async();
        }
        let number = store.push_host_func(func);
        let id = store.opaque.machine.func_alloc_host(ty, params, results, number);
        Func::of_store(&store.opaque, id)
    }
}
