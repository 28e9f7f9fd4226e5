//! [`IntoFunc`]: the closures that become host functions by their Rust types alone.

use crate::func::traits::for_each_arity;
use crate::func::{WasmRet, WasmTy};
use crate::store::HostFunc;
use crate::{Caller, Engine};

/// A Rust function that can become a [`Func`](crate::Func) without naming its type.
///
/// It is implemented for `Fn` closures of up to 17 parameters that are [`WasmTy`], with or without
/// a leading [`Caller`], and whose result is [`WasmRet`]. `Params` and `Results` only tell the
/// implementations apart.
///
/// # Examples
/// ```
/// use wasmote::{Caller, Engine, IntoFunc, Linker, Result};
///
/// /// Whatever may become a host function of the module `host`.
/// fn define<P, R>(linker: &mut Linker<u32>, name: &str, func: impl IntoFunc<u32, P, R>) -> Result<()> {
///     linker.func_wrap("host", name, func)?;
///     Ok(())
/// }
///
/// let mut linker = Linker::new(&Engine::default());
/// define(&mut linker, "add", |a: i32, b: i32| a.wrapping_add(b))?;
/// define(&mut linker, "count", |mut caller: Caller<'_, u32>| *caller.data_mut() += 1)?;
/// define(&mut linker, "fail", |code: i64| -> Result<()> { wasmote::bail!("code {code}") })?;
/// # Ok::<(), wasmote::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot become a host function",
    label = "not a function of WebAssembly types",
    note = "it must be an `Fn(..)` that is `Send + Sync + 'static`, with or without a leading `Caller<'_, T>`, of up to 17 parameters of types as `i32`, `i64`, `f32`, `f64`",
    note = "it may return `()`, such a type, a tuple of them, or a `wasmote::Result` of one of these; name the types of the closure's parameters"
)]
pub trait IntoFunc<T: 'static, Params, Results>: Send + Sync + 'static {
    /// Turns it into a host function.
    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn into_func(self, engine: &Engine) -> HostFunc<T>;
}

/// Both implementations for one arity. A single parameter stands for itself, not for a tuple.
macro_rules! into_func {
    (1 $a:ident) => {
        into_func!(@plain $a, $a);
        into_func!(@caller $a);
    };
    ($n:literal $($a:ident)*) => {
        into_func!(@plain ($($a,)*), $($a)*);
        into_func!(@caller $($a)*);
    };
    (@plain $params:ty, $($a:ident)*) => {
        #[allow(non_snake_case)]
        impl<T, F, $($a,)* R> IntoFunc<T, $params, R> for F
        where
            T: 'static,
            F: Fn($($a),*) -> R + Send + Sync + 'static,
            $($a: WasmTy,)*
            R: WasmRet,
        {
            #[allow(private_interfaces)]
            fn into_func(self, engine: &Engine) -> HostFunc<T> {
                HostFunc::from_typed(engine, move |_: Caller<'_, T>, ($($a,)*): ($($a,)*)| self($($a),*))
            }
        }
    };
    (@caller $($a:ident)*) => {
        #[allow(non_snake_case)]
        impl<T, F, $($a,)* R> IntoFunc<T, (Caller<'_, T>, $($a,)*), R> for F
        where
            T: 'static,
            F: Fn(Caller<'_, T>, $($a),*) -> R + Send + Sync + 'static,
            $($a: WasmTy,)*
            R: WasmRet,
        {
            #[allow(private_interfaces)]
            fn into_func(self, engine: &Engine) -> HostFunc<T> {
                HostFunc::from_typed(engine, move |caller: Caller<'_, T>, ($($a,)*): ($($a,)*)| {
                    self(caller, $($a),*)
                })
            }
        }
    };
}

for_each_arity!(into_func);
