//! The closures that become host functions: typed, with values, with raw values.

use super::buffers::Buffers;
use super::raw;
use super::untyped;
use super::{IntoFunc, WasmRet, WasmTyList};
use crate::store::{HostCall, HostFunc};
use crate::types::CallTypes;
use crate::{Caller, Engine, FuncType, Result, Val, ValRaw};
use alloc::boxed::Box;
use core::mem::MaybeUninit;

impl<T: 'static> HostFunc<T> {
    /// A function of typed arguments and results.
    pub(crate) fn wrap<Params, Results>(
        engine: &Engine,
        func: impl IntoFunc<T, Params, Results>,
    ) -> Self {
        func.into_func(engine)
    }

    /// The common end of every [`IntoFunc`]: `func` takes its arguments as one tuple.
    pub(crate) fn from_typed<F, Args, R>(engine: &Engine, func: F) -> Self
    where
        F: Fn(Caller<'_, T>, Args) -> R + Send + Sync + 'static,
        Args: WasmTyList,
        R: WasmRet,
    {
        let ty = FuncType::new(engine, Args::valtypes(), R::valtypes());
        let call = move |mut caller: Caller<'_, T>| {
            let args = Args::load(caller.opaque_mut());
            func(caller.reborrow(), args).store(caller.opaque_mut())
        };
        HostFunc::of(ty, HostCall::Sync(Box::new(call)))
    }

    /// A function whose arguments and results are [`Val`]s, checked against `ty`.
    ///
    /// # Panics
    /// If `ty` is not of `engine`.
    pub(crate) fn new<F>(engine: &Engine, ty: FuncType, func: F) -> Self
    where
        F: Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    {
        assert_engine(engine, &ty);
        let types = CallTypes::new(ty.clone());
        let call = move |mut caller: Caller<'_, T>| {
            // One buffer for arguments and results, lent by the store and given back; a nested
            // call finds the store's buffer gone and makes its own.
            let mut buffers = Buffers::take(caller.opaque_mut());
            buffers.vals.clear();
            let result = untyped::serve(&mut caller, &types, &mut buffers.vals, &func);
            buffers.vals.clear();
            buffers.give_back(caller.opaque_mut());
            result
        };
        HostFunc::of(ty, HostCall::Sync(Box::new(call)))
    }

    /// A function that finds its arguments in the slice and leaves its results there.
    ///
    /// # Panics
    /// If `ty` is not of `engine`.
    pub(crate) fn new_raw<F>(engine: &Engine, ty: FuncType, func: F) -> Self
    where
        F: Fn(Caller<'_, T>, &mut [MaybeUninit<ValRaw>]) -> Result<()> + Send + Sync + 'static,
    {
        assert_engine(engine, &ty);
        let of = ty.clone();
        let call = move |mut caller: Caller<'_, T>| {
            let mut buffers = Buffers::take(caller.opaque_mut());
            let raws = &mut buffers.raws;
            raws.clear();
            raw::arguments(caller.opaque_mut(), &of, raws);
            let result = func(caller.reborrow(), raws);
            if result.is_ok() {
                raw::results(caller.opaque_mut(), &of, raws);
            }
            buffers.give_back(caller.opaque_mut());
            result
        };
        HostFunc::of(ty, HostCall::Sync(Box::new(call)))
    }
}

/// Asserts that a type is of `engine`.
pub(super) fn assert_engine(engine: &Engine, ty: &FuncType) {
    assert!(ty.comes_from_same_engine(engine), "type used with the wrong engine");
}
