//! Host functions: a closure with its type, independent of any store.
//!
//! A [`HostFunc`] is shared (`Arc`) by the linkers that define it and the stores that use it. Its
//! closure is called by the driver when the machine exits with `Exit::Host`; arguments and results
//! lie in the machine's area, which the closure reads and writes through its [`Caller`]'s store (a
//! slice of the area cannot be lent beside `&mut` of the store that owns it).

use super::raw;
use super::untyped::{self, Types};
use crate::func::{IntoFunc, WasmRet, WasmTyList};
use crate::{Caller, Engine, FuncType, Result, Val, ValRaw};
use alloc::boxed::Box;
use core::mem::{self, MaybeUninit};

/// A function of the host: its type and its closure.
pub(crate) struct HostFunc<T: 'static> {
    ty: FuncType,
    /// How many slots the parameters take.
    params: u32,
    /// How many slots the results take.
    results: u32,
    call: Box<HostCall<T>>,
}

/// What the driver calls: arguments are in the machine's area, results go there.
type HostCall<T> = dyn Fn(Caller<'_, T>) -> Result<()> + Send + Sync;

impl<T: 'static> HostFunc<T> {
    fn of(ty: FuncType, call: Box<HostCall<T>>) -> Self {
        let (params, results) = ty.slots();
        HostFunc { ty, params, results, call }
    }

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
        HostFunc::of(ty, Box::new(call))
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
        let types = Types::new(&ty);
        let call = move |mut caller: Caller<'_, T>| {
            // One buffer for arguments and results, lent by the store and given back; a nested
            // call finds the store's buffer gone and makes its own.
            let mut vals = mem::take(&mut caller.opaque_mut().host_vals);
            vals.clear();
            let result = untyped::serve(&mut caller, &types, &mut vals, &func);
            vals.clear();
            caller.opaque_mut().host_vals = vals;
            result
        };
        HostFunc::of(ty, Box::new(call))
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
            let mut raws = mem::take(&mut caller.opaque_mut().host_raws);
            raws.clear();
            raw::arguments(caller.opaque_mut(), &of, &mut raws);
            let result = func(caller.reborrow(), &mut raws);
            if result.is_ok() {
                raw::results(caller.opaque_mut(), &of, &raws);
            }
            caller.opaque_mut().host_raws = raws;
            result
        };
        HostFunc::of(ty, Box::new(call))
    }

    /// The type, which also keeps it registered.
    pub(crate) fn ty(&self) -> &FuncType {
        &self.ty
    }

    /// How many slots of the machine parameters and results take.
    pub(crate) fn slots(&self) -> (u32, u32) {
        (self.params, self.results)
    }

    /// Calls the closure; `caller`'s machine has the call's area as its current one.
    #[inline]
    pub(crate) fn call(&self, caller: Caller<'_, T>) -> Result<()> {
        (self.call)(caller)
    }
}

/// Asserts that a type is of `engine`.
fn assert_engine(engine: &Engine, ty: &FuncType) {
    assert!(ty.comes_from_same_engine(engine), "type used with the wrong engine");
}
