//! The closures that become asynchronous host functions: typed, and with values.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::marker::PhantomData;

use super::buffers::Buffers;
use super::host::assert_engine;
use super::untyped;
use super::{WasmRet, WasmTyList};
use crate::store::{AsyncHostCall, HostCall, HostFunc, HostFuture, ScopedCaller};
use crate::types::CallTypes;
use crate::{Caller, Engine, FuncType, Result, Val};

/// A closure of typed arguments and results.
struct Typed<F, P, R> {
    func: F,
    types: PhantomData<fn(P) -> R>,
}

impl<T, F, P, R> AsyncHostCall<T> for Typed<F, P, R>
where
    T: Send + 'static,
    F: for<'a> Fn(Caller<'a, T>, P) -> Box<dyn Future<Output = R> + Send + 'a>
        + Send
        + Sync
        + 'static,
    P: WasmTyList + 'static,
    R: WasmRet + 'static,
{
    fn call<'a>(self: Arc<Self>, mut caller: ScopedCaller<'a, T>) -> HostFuture<'a> {
        Box::pin(async move {
            let args = P::load(caller.opaque_mut());
            let results = Box::into_pin((self.func)(caller.reborrow(), args)).await;
            results.store(caller.opaque_mut())
        })
    }
}

/// A closure whose arguments and results are [`Val`]s.
struct Untyped<F> {
    func: F,
    types: CallTypes,
}

impl<T, F> AsyncHostCall<T> for Untyped<F>
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
    fn call<'a>(self: Arc<Self>, mut caller: ScopedCaller<'a, T>) -> HostFuture<'a> {
        Box::pin(async move {
            let mut buffers = Buffers::take(caller.opaque_mut());
            let vals = &mut buffers.vals;
            untyped::load_arguments(caller.opaque_mut(), &self.types, vals);
            let (params, results) = vals.split_at_mut(self.types.params.len());
            Box::into_pin((self.func)(caller.reborrow(), params, results)).await?;
            untyped::store_results(caller.opaque_mut(), &self.types, results)?;
            vals.clear();
            buffers.give_back(caller.opaque_mut());
            Ok(())
        })
    }
}

impl<T: Send + 'static> HostFunc<T> {
    /// A function of typed arguments and results that gives a future.
    pub(crate) fn wrap_async<F, P, R>(engine: &Engine, func: F) -> Self
    where
        F: for<'a> Fn(Caller<'a, T>, P) -> Box<dyn Future<Output = R> + Send + 'a>
            + Send
            + Sync
            + 'static,
        P: WasmTyList + 'static,
        R: WasmRet + 'static,
    {
        let ty = FuncType::new(engine, P::valtypes(), R::valtypes());
        HostFunc::of(ty, HostCall::Async(Arc::new(Typed { func, types: PhantomData })))
    }

    /// A function whose arguments and results are [`Val`]s, checked against `ty`, that gives a future.
    ///
    /// # Panics
    /// If `ty` is not of `engine`.
    pub(crate) fn new_async<F>(engine: &Engine, ty: FuncType, func: F) -> Self
    where
        F: for<'a> Fn(
                Caller<'a, T>,
                &'a [Val],
                &'a mut [Val],
            ) -> Box<dyn Future<Output = Result<()>> + Send + 'a>
            + Send
            + Sync
            + 'static,
    {
        assert_engine(engine, &ty);
        let types = CallTypes::new(ty.clone());
        HostFunc::of(ty, HostCall::Async(Arc::new(Untyped { func, types })))
    }
}
