//! The Rust types that stand for WebAssembly types, alone ([`WasmTy`]) and in lists.
//!
//! A value crosses in two steps: plain data is copied between the machine's area and a small
//! `Slots` value (`read`, `write`), and that is turned to or from the Rust type with the store at
//! hand (`from_slots`, `into_slots`), which only references need. Both steps inline to loads and
//! stores for numbers.

// The hidden methods are for this crate only; that they name a private type keeps others out.
#![allow(private_interfaces)]

use core::fmt;

use crate::store::StoreOpaque;
use crate::{Error, FuncType, HeapType, Result, ValType, format_err};

pub(crate) mod sealed {
    /// Keeps the traits of this module from being implemented elsewhere.
    pub trait Sealed {}
}
use sealed::Sealed;

/// A Rust type that a WebAssembly value type is mapped to.
///
/// | Rust | WebAssembly |
/// |---|---|
/// | `i32`, `u32` | `i32` |
/// | `i64`, `u64` | `i64` |
/// | `f32`, `f64` | `f32`, `f64` |
/// | [`V128`](crate::V128) | `v128` |
/// | [`Func`](crate::Func), `Option<Func>` | `(ref func)`, `funcref` |
/// | [`Rooted`](crate::Rooted)`<`[`ExternRef`](crate::ExternRef)`>` and its `Option` | `(ref extern)`, `externref` |
/// | the same of `AnyRef`, `EqRef`, `StructRef`, `ArrayRef`, `ExnRef` | `(ref any)`, `anyref`; and so on |
/// | `I31`, `Option<I31>` | `(ref i31)`, `i31ref` |
/// | [`OwnedRooted`](crate::OwnedRooted) instead of `Rooted` | the same |
///
/// The trait cannot be implemented outside this crate.
///
/// # Examples
/// ```
/// use wasmote::{Func, Store, V128};
///
/// let mut store = Store::<()>::default();
/// let func = Func::wrap(&mut store, |a: i32, b: u64, c: f32, d: Option<Func>, e: V128| {
///     (a, b, c, d, e)
/// });
/// let text = "(type (func (param i32 i64 f32 (ref null func) v128) (result i32 i64 f32 (ref null func) v128)))";
/// assert_eq!(func.ty(&store).to_string(), text);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` stands for no WebAssembly type",
    label = "not a type of a WebAssembly parameter or result",
    note = "the types are `i32`, `u32`, `i64`, `u64`, `f32`, `f64`, `V128`, `Func`, `Option<Func>`, `Rooted<ExternRef>`, `Option<Rooted<ExternRef>>` and their like; strings and slices are a pointer and a length in the guest's memory"
)]
pub trait WasmTy: Sealed + Send {
    /// The value as plain slots.
    #[doc(hidden)]
    type Slots: Copy;
    /// How many slots it takes.
    #[doc(hidden)]
    const SLOTS: usize;
    /// The WebAssembly type.
    #[doc(hidden)]
    fn valtype() -> ValType;
    /// The first [`Self::SLOTS`] slots.
    #[doc(hidden)]
    fn read(slots: &[u64]) -> Self::Slots;
    /// Writes the first [`Self::SLOTS`] slots.
    #[doc(hidden)]
    fn write(value: Self::Slots, slots: &mut [u64]);
    /// The Rust value.
    #[doc(hidden)]
    fn from_slots(value: Self::Slots, store: &mut StoreOpaque) -> Self;
    /// The slots; errs if the value is of another store.
    #[doc(hidden)]
    fn into_slots(self, store: &mut StoreOpaque) -> Result<Self::Slots>;
}

/// Errs unless values of `T` may be given where `actual` is wanted, or some of them: calls look at what is given for a
/// concrete type.
fn check_param<T: WasmTy>(actual: &ValType) -> Result<()> {
    let ours = T::valtype();
    let heap = |ty: &ValType| ty.as_ref().map(|ty| ty.heap_type().clone());
    match (heap(&ours), heap(actual)) {
        (Some(ours), Some(actual)) if actual.is_concrete() => {
            let (ours, actual) = (ours.top(), actual.top());
            if HeapType::eq(&ours, &actual) { Ok(()) } else { Err(mismatch(&actual, &ours)) }
        }
        _ if ours.matches(actual) => Ok(()),
        _ => Err(mismatch(actual, &ours)),
    }
}

/// Errs unless a value of type `actual` is a `T`.
fn check_result<T: WasmTy>(actual: &ValType) -> Result<()> {
    let ours = T::valtype();
    if actual.matches(&ours) { Ok(()) } else { Err(mismatch(&ours, actual)) }
}

#[cold]
fn mismatch(expected: &impl fmt::Display, found: &impl fmt::Display) -> Error {
    format_err!("type mismatch: expected {expected}, found {found}")
}

/// Zero or more [`WasmTy`]s as a tuple: the arguments of a host function.
///
/// # Examples
/// ```
/// use std::future::ready;
/// use wasmote::{Caller, Engine, Linker};
///
/// let mut linker = Linker::<()>::new(&Engine::default());
/// // Arguments of asynchronous host functions are a list: of one, and of two.
/// linker.func_wrap_async("host", "one", |_: Caller<'_, ()>, (n,): (i32,)| Box::new(ready(n)))?;
/// linker.func_wrap_async("host", "two", |_: Caller<'_, ()>, (n, x): (i64, f64)| {
///     Box::new(ready((x, n)))
/// })?;
/// # Ok::<(), wasmote::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of WebAssembly types",
    note = "arguments are a tuple of up to 17 types as `i32`, `i64`, `f32`, `f64`; a single one is written `(i32,)`"
)]
pub trait WasmTyList: Sealed + Send {
    /// The WebAssembly types.
    #[doc(hidden)]
    fn valtypes() -> impl Iterator<Item = ValType>;
    /// Takes the values from the current call's area.
    #[doc(hidden)]
    fn load(store: &mut StoreOpaque) -> Self;
}

/// Zero or more [`WasmTy`]s, a single one without tuple too: the parameters of a
/// [`TypedFunc`](crate::TypedFunc).
///
/// # Examples
/// ```
/// use wasmote::{Engine, Instance, Module, Result, Store, WasmParams};
///
/// /// Calls a function that gives nothing, whatever it takes.
/// fn tell(store: &mut Store<()>, of: Instance, name: &str, args: impl WasmParams) -> Result<()> {
///     of.get_typed_func(&mut *store, name)?.call(store, args)
/// }
///
/// let engine = Engine::default();
/// let text = r#"(module (func (export "f") (param i32)) (func (export "g") (param i32 i64)))"#;
/// let module = Module::new(&engine, text)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Instance::new(&mut store, &module, &[])?;
/// tell(&mut store, instance, "f", 1)?;
/// tell(&mut store, instance, "g", (1, 2_i64))?;
/// assert!(tell(&mut store, instance, "g", 1).is_err(), "the types are compared");
/// # Ok::<(), wasmote::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the parameters of a WebAssembly function",
    note = "parameters are `()`, a type as `i32`, `i64`, `f32`, `f64`, or a tuple of up to 17 of them; see `WasmTy` for all types"
)]
pub trait WasmParams: Sealed + Send {
    /// The slots of all values.
    #[doc(hidden)]
    type Slots: Copy;
    /// Errs unless these are the parameters of `ty`.
    #[doc(hidden)]
    fn check_params(ty: &FuncType) -> Result<()>;
    /// The slots; errs if a value is of another store.
    #[doc(hidden)]
    fn into_slots(self, store: &mut StoreOpaque) -> Result<Self::Slots>;
    /// Puts the slots into the area of a call.
    #[doc(hidden)]
    fn write(slots: Self::Slots, area: &mut [u64]);
    /// Errs unless these are the results of `ty`.
    #[doc(hidden)]
    fn check_results(ty: &FuncType) -> Result<()>;
    /// Takes the values from the current call's area.
    #[doc(hidden)]
    fn load(store: &mut StoreOpaque) -> Self;
}

/// Zero or more [`WasmTy`]s, a single one without tuple too: the results of a
/// [`TypedFunc`](crate::TypedFunc).
///
/// # Examples
/// ```
/// use wasmote::{Engine, Instance, Module, Result, Store, WasmResults};
///
/// /// What a function gives that takes nothing.
/// fn get<R: WasmResults>(store: &mut Store<()>, of: Instance, name: &str) -> Result<R> {
///     of.get_typed_func::<(), R>(&mut *store, name)?.call(store, ())
/// }
///
/// let engine = Engine::default();
/// let text = r#"(module (func (export "pair") (result i32 i64) i32.const 1 i64.const 2))"#;
/// let module = Module::new(&engine, text)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Instance::new(&mut store, &module, &[])?;
/// assert_eq!(get::<(i32, i64)>(&mut store, instance, "pair")?, (1, 2));
/// # Ok::<(), wasmote::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the results of a WebAssembly function",
    note = "results are `()`, a type as `i32`, `i64`, `f32`, `f64`, or a tuple of up to 17 of them; see `WasmTy` for all types"
)]
pub trait WasmResults: WasmParams {}

impl<P: WasmParams> WasmResults for P {}

/// What a host function returns: a [`WasmTy`], a tuple of them, `()`, or a [`Result`] of such.
///
/// An `Err` becomes the error of the call into WebAssembly, and can be downcast there.
///
/// # Examples
/// ```
/// use wasmote::{Func, Result, Store, bail};
///
/// let mut store = Store::<()>::default();
/// Func::wrap(&mut store, || ());
/// Func::wrap(&mut store, || 7_i64);
/// Func::wrap(&mut store, || (1, 2.5_f32));
/// let may_fail = Func::wrap(&mut store, |n: i32| -> Result<(i32, i32)> {
///     if n == 0 { bail!("not zero") } else { Ok((100 / n, 100 % n)) }
/// });
/// let may_fail = may_fail.typed::<i32, (i32, i32)>(&store)?;
/// assert_eq!(may_fail.call(&mut store, 7)?, (14, 2));
/// assert_eq!(may_fail.call(&mut store, 0).unwrap_err().root_cause().to_string(), "not zero");
/// # Ok::<(), wasmote::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a host function cannot return `{Self}`",
    note = "it may return `()`, a type as `i32`, `i64`, `f32`, `f64`, a tuple of them, or a `wasmote::Result` of one of these",
    note = "`anyhow::Result` needs the Cargo feature `anyhow-results` of wasmote"
)]
pub trait WasmRet {
    /// The same with every error taken out, for wrappers that may fail themselves.
    #[doc(hidden)]
    type Fallible: WasmRet;
    /// This as the fallible type.
    #[doc(hidden)]
    fn into_fallible(self) -> Self::Fallible;
    /// An error as the fallible type.
    #[doc(hidden)]
    fn fallible_from_error(error: Error) -> Self::Fallible;
    /// The WebAssembly types.
    #[doc(hidden)]
    fn valtypes() -> impl Iterator<Item = ValType>;
    /// Puts the values into the current call's area.
    #[doc(hidden)]
    fn store(self, store: &mut StoreOpaque) -> Result<()>;
}

/// What a host function gets to hear that returns a reference of another store.
#[cold]
fn cross_store_result(_: Error) -> Error {
    format_err!("host function attempted to return cross-`Store` value to Wasm")
}

/// What a caller gets to hear that passes a reference of another store.
#[cold]
fn cross_store_argument(_: Error) -> Error {
    format_err!("attempt to pass cross-`Store` value to Wasm as function argument")
}

impl<R: WasmRet> WasmRet for Result<R> {
    type Fallible = Self;
    fn into_fallible(self) -> Self {
        self
    }
    fn fallible_from_error(error: Error) -> Self {
        Err(error)
    }
    fn valtypes() -> impl Iterator<Item = ValType> {
        R::valtypes()
    }
    #[inline]
    fn store(self, store: &mut StoreOpaque) -> Result<()> {
        self?.store(store)
    }
}

/// The errors of `anyhow` become errors of this crate, as by [`Error::from_anyhow`].
///
/// A feature of its own: with two implementations for results, the compiler cannot infer the error of a closure that
/// ends in `Ok(())`.
#[cfg(all(feature = "anyhow-results", not(feature = "anyhow-error")))]
impl<R: WasmRet> WasmRet for anyhow::Result<R> {
    type Fallible = anyhow::Result<R>;
    fn into_fallible(self) -> Self {
        self
    }
    fn fallible_from_error(error: Error) -> Self {
        Err(error.into())
    }
    fn valtypes() -> impl Iterator<Item = ValType> {
        R::valtypes()
    }
    #[inline]
    fn store(self, store: &mut StoreOpaque) -> Result<()> {
        self.map_err(Error::from_anyhow)?.store(store)
    }
}

impl<A: WasmTy> WasmRet for A {
    type Fallible = Result<A>;
    fn into_fallible(self) -> Result<A> {
        Ok(self)
    }
    fn fallible_from_error(error: Error) -> Result<A> {
        Err(error)
    }
    fn valtypes() -> impl Iterator<Item = ValType> {
        core::iter::once(A::valtype())
    }
    #[inline]
    fn store(self, store: &mut StoreOpaque) -> Result<()> {
        let slots = self.into_slots(store).map_err(cross_store_result)?;
        A::write(slots, store.machine.area_mut());
        Ok(())
    }
}

impl<A: WasmTy> WasmParams for A {
    type Slots = A::Slots;
    fn check_params(ty: &FuncType) -> Result<()> {
        <(A,)>::check_params(ty)
    }
    #[inline]
    fn into_slots(self, store: &mut StoreOpaque) -> Result<A::Slots> {
        A::into_slots(self, store).map_err(cross_store_argument)
    }
    #[inline]
    fn write(slots: A::Slots, area: &mut [u64]) {
        A::write(slots, area);
    }
    fn check_results(ty: &FuncType) -> Result<()> {
        <(A,)>::check_results(ty)
    }
    #[inline]
    fn load(store: &mut StoreOpaque) -> A {
        let slots = A::read(store.machine.area());
        A::from_slots(slots, store)
    }
}

#[cold]
fn count_mismatch(expected: usize, found: usize) -> Error {
    format_err!("expected {expected} types, found {found}")
}

/// The list traits for one arity.
macro_rules! lists {
    ($n:literal $($a:ident)*) => {
        impl<$($a: WasmTy),*> Sealed for ($($a,)*) {}

        #[allow(non_snake_case, unused_variables, unused_mut, unused_assignments, clippy::unused_unit)]
        impl<$($a: WasmTy),*> WasmTyList for ($($a,)*) {
            fn valtypes() -> impl Iterator<Item = ValType> {
                <[ValType; _]>::into_iter([$($a::valtype()),*])
            }
            #[inline]
            fn load(store: &mut StoreOpaque) -> Self {
                // One bounds check for all of them: the slots are read from a slice of known length.
                let slots = &store.machine.area()[..0 $(+ $a::SLOTS)*];
                let mut at = 0;
                $(let $a = $a::read(&slots[at..]); at += $a::SLOTS;)*
                ($($a::from_slots($a, store),)*)
            }
        }

        #[allow(non_snake_case, unused_variables, unused_mut, unused_assignments, clippy::unused_unit)]
        impl<$($a: WasmTy),*> WasmParams for ($($a,)*) {
            type Slots = ($($a::Slots,)*);
            fn check_params(ty: &FuncType) -> Result<()> {
                let types = ty.params();
                if types.len() != $n {
                    return Err(count_mismatch($n, types.len()));
                }
                let mut types = types;
                $(check_param::<$a>(&types.next().expect("counted above"))?;)*
                Ok(())
            }
            #[inline]
            fn into_slots(self, store: &mut StoreOpaque) -> Result<Self::Slots> {
                let ($($a,)*) = self;
                Ok(($($a.into_slots(store).map_err(cross_store_argument)?,)*))
            }
            #[inline]
            fn write(slots: Self::Slots, area: &mut [u64]) {
                let ($($a,)*) = slots;
                let area = &mut area[..0 $(+ $a::SLOTS)*];
                let mut at = 0;
                $(<$a as WasmTy>::write($a, &mut area[at..]); at += $a::SLOTS;)*
            }
            fn check_results(ty: &FuncType) -> Result<()> {
                let types = ty.results();
                if types.len() != $n {
                    return Err(count_mismatch($n, types.len()));
                }
                let mut types = types;
                $(check_result::<$a>(&types.next().expect("counted above"))?;)*
                Ok(())
            }
            #[inline]
            fn load(store: &mut StoreOpaque) -> Self {
                <Self as WasmTyList>::load(store)
            }
        }

        #[allow(non_snake_case, unused_variables, unused_mut, unused_assignments, clippy::unused_unit)]
        impl<$($a: WasmTy),*> WasmRet for ($($a,)*) {
            type Fallible = Result<Self>;
            fn into_fallible(self) -> Result<Self> {
                Ok(self)
            }
            fn fallible_from_error(error: Error) -> Result<Self> {
                Err(error)
            }
            fn valtypes() -> impl Iterator<Item = ValType> {
                <[ValType; _]>::into_iter([$($a::valtype()),*])
            }
            #[inline]
            fn store(self, store: &mut StoreOpaque) -> Result<()> {
                let ($($a,)*) = self;
                $(let $a: $a::Slots = $a.into_slots(store).map_err(cross_store_result)?;)*
                let area = &mut store.machine.area_mut()[..0 $(+ $a::SLOTS)*];
                let mut at = 0;
                $(<$a as WasmTy>::write($a, &mut area[at..]); at += $a::SLOTS;)*
                Ok(())
            }
        }
    };
}

/// How many parameters lists may have.
pub(super) const MAX_PARAMS: usize = 17;

/// Calls a macro for every arity that functions may have: `name! { n A1 A2 .. An }`.
macro_rules! for_each_arity {
    ($macro:ident) => {
        $macro!(0);
        $macro!(1 A1);
        $macro!(2 A1 A2);
        $macro!(3 A1 A2 A3);
        $macro!(4 A1 A2 A3 A4);
        $macro!(5 A1 A2 A3 A4 A5);
        $macro!(6 A1 A2 A3 A4 A5 A6);
        $macro!(7 A1 A2 A3 A4 A5 A6 A7);
        $macro!(8 A1 A2 A3 A4 A5 A6 A7 A8);
        $macro!(9 A1 A2 A3 A4 A5 A6 A7 A8 A9);
        $macro!(10 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10);
        $macro!(11 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11);
        $macro!(12 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12);
        $macro!(13 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13);
        $macro!(14 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14);
        $macro!(15 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15);
        $macro!(16 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A16);
        $macro!(17 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A16 A17);
    };
}
pub(crate) use for_each_arity;

for_each_arity!(lists);
