//! Pages about more than one type. There is no code here.

/// What keeps a guest that means harm within bounds.
///
/// A guest cannot take the process with it, whatever it does; what it may use is for the embedder to say, before
/// the first instance is made:
///
/// | of what | by what |
/// |---|---|
/// | memories, tables, instances | [`Store::limiter`](crate::Store::limiter) with [`StoreLimits`](crate::StoreLimits) or another [`ResourceLimiter`](crate::ResourceLimiter) |
/// | instructions | fuel: [`Config::consume_fuel`](crate::Config::consume_fuel), [`Store::set_fuel`](crate::Store::set_fuel), [`Store::out_of_fuel_callback`](crate::Store::out_of_fuel_callback) |
/// | time | epochs: [`Config::epoch_interruption`](crate::Config::epoch_interruption), [`Store::set_epoch_deadline`](crate::Store::set_epoch_deadline), [`Engine::increment_epoch`](crate::Engine::increment_epoch) |
/// | stack | [`Config::max_wasm_stack`](crate::Config::max_wasm_stack); none of it is the native stack |
///
/// [`Config::untrusted`](crate::Config::untrusted) switches on what such guests need; the rest of the recipe is `docs/hardening.md`.
///
/// # Examples
/// ```
/// use wasmote::*;
///
/// let engine = Engine::new(&Config::untrusted())?;
/// let module = Module::new(&engine, r#"(module (func (export "spin") (loop (br 0))))"#)?;
/// let limits = StoreLimitsBuilder::new().memory_size(1 << 20).instances(1).build();
/// let mut store = Store::new(&engine, limits);
/// store.limiter(|limits| limits);
/// store.set_fuel(100_000)?;
/// store.set_epoch_deadline(1);
/// let instance = Instance::new(&mut store, &module, &[])?;
/// let spin = instance.get_typed_func::<(), ()>(&mut store, "spin")?;
/// let error = spin.call(&mut store, ()).unwrap_err();
/// assert_eq!(error.downcast_ref(), Some(&Trap::OutOfFuel));
/// # Ok::<(), Error>(())
/// ```
pub mod hostile_guests {}

/// Guests that wait, without a stack of their own.
///
/// Host functions may be asynchronous ([`Linker::func_wrap_async`](crate::Linker::func_wrap_async)), and so may calls ([`TypedFunc::call_async`](crate::TypedFunc::call_async)),
/// instantiation ([`Linker::instantiate_async`](crate::Linker::instantiate_async)) and limiters ([`Store::limiter_async`](crate::Store::limiter_async)). A guest that waits is a
/// future like any other, of any executor: it holds no thread and no native stack, is dropped at any time, and is
/// `Send` if the store's data is. One that does not wait gives way to others by fuel
/// ([`Store::fuel_async_yield_interval`](crate::Store::fuel_async_yield_interval)) or epochs ([`Store::epoch_deadline_async_yield_and_update`](crate::Store::epoch_deadline_async_yield_and_update)).
///
/// ```
/// use std::time::Duration;
/// use wasmote::{Engine, Linker, Module, Result, Store};
///
/// #[tokio::main(flavor = "current_thread")]
/// async fn main() -> Result<()> {
///     let engine = Engine::default();
///     let module = Module::new(
///         &engine,
///         r#"(module
///             (import "host" "sleep" (func $sleep (param i64)))
///             (func (export "nap") (call $sleep (i64.const 5))))"#,
///     )?;
///     let mut linker = Linker::new(&engine);
///     linker.func_wrap_async("host", "sleep", |_, (milliseconds,): (u64,)| {
///         Box::new(tokio::time::sleep(Duration::from_millis(milliseconds)))
///     })?;
///     let mut store = Store::new(&engine, ());
///     let instance = linker.instantiate_async(&mut store, &module).await?;
///     let nap = instance.get_typed_func::<(), ()>(&mut store, "nap")?;
///     nap.call_async(&mut store, ()).await
/// }
/// ```
pub mod asynchronous {}
