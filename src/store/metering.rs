//! Fuel and epochs as embedders see them: two ways to bound how long a guest runs.

use alloc::boxed::Box;
use core::fmt;
use core::future::Future;
use core::pin::Pin;

use super::{AsContext, AsContextMut, Caller};
use super::{Store, StoreContext, StoreContextMut, StoreInner, StoreOpaque};
use crate::poll::GiveWay;
use crate::{Result, Trap, bail, ensure};

/// What happens when a guest reaches the epoch's deadline; a callback of
/// [`Store::epoch_deadline_callback`] says so.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use wasmote::{Config, Engine, Store, UpdateDeadline};
///
/// let engine = Engine::new(Config::new().epoch_interruption(true))?;
/// let mut store = Store::new(&engine, 0);
/// store.epoch_deadline_callback(|mut store| {
///     let epochs = store.data_mut();
///     *epochs += 1;
///     Ok(match *epochs {
///         0..10 => UpdateDeadline::Continue(1),
///         10..20 => UpdateDeadline::Yield(1),
///         // For asynchronous calls, as above.
///         20..30 => UpdateDeadline::YieldCustom(1, Box::pin(tokio::time::sleep(Duration::from_millis(10)))),
///         _ => UpdateDeadline::Interrupt,
///     })
/// });
/// # Ok::<(), wasmote::Error>(())
/// ```
#[non_exhaustive]
pub enum UpdateDeadline {
    /// The guest traps with [`Trap::Interrupt`].
    Interrupt,
    /// The guest goes on; the deadline is so many ticks after the current epoch.
    Continue(u64),
    /// An asynchronous call yields once, then goes on with a deadline so many ticks after the epoch that
    /// is current then. An error in other calls.
    Yield(u64),
    /// An asynchronous call awaits this, then goes on with a deadline so many ticks after the epoch that
    /// is current then. An error in other calls.
    YieldCustom(u64, Pin<Box<dyn Future<Output = ()> + Send>>),
}

/// What happens when a guest has consumed all fuel; a callback of [`Store::out_of_fuel_callback`] says so.
///
/// # Examples
/// ```
/// use wasmote::{Config, Engine, Func, Instance, Module, Result, Store, UpdateFuel};
///
/// #[tokio::main(flavor = "current_thread")]
/// async fn main() -> Result<()> {
///     let engine = Engine::new(Config::new().consume_fuel(true))?;
///     let text = r#"(module (func (export "f") (param i32)
///         (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#;
///     let module = Module::new(&engine, text)?;
///     let mut store = Store::new(&engine, 0);
///     store.out_of_fuel_callback(|mut store| {
///         *store.data_mut() += 1;
///         Ok(match *store.data() {
///             1 => UpdateFuel::Continue(1_000),
///             2 => UpdateFuel::Yield(1_000),
///             3..100 => UpdateFuel::YieldCustom(1_000, Box::pin(tokio::task::yield_now())),
///             _ => UpdateFuel::Trap,
///         })
///     })?;
///     let instance = Instance::new_async(&mut store, &module, &[]).await?;
///     let func = instance.get_typed_func::<i32, ()>(&mut store, "f")?;
///     func.call_async(&mut store, 1_000).await?;
///     assert!((4..100).contains(store.data()));
///     assert!(func.call_async(&mut store, 1_000_000).await.is_err());
///     Ok(())
/// }
/// ```
#[non_exhaustive]
pub enum UpdateFuel {
    /// The guest traps with [`Trap::OutOfFuel`].
    Trap,
    /// The guest goes on with so much fuel.
    Continue(u64),
    /// An asynchronous call yields once, then goes on with so much fuel. An error in other calls.
    Yield(u64),
    /// An asynchronous call awaits this, then goes on with so much fuel. An error in other calls.
    YieldCustom(u64, Pin<Box<dyn Future<Output = ()> + Send>>),
}

/// What is asked when all fuel is consumed.
pub(super) type FuelCallback<T> =
    Box<dyn FnMut(StoreContextMut<'_, T>) -> Result<UpdateFuel> + Send + Sync>;

/// What is asked when a deadline is reached.
pub(super) type EpochCallback<T> =
    Box<dyn FnMut(StoreContextMut<'_, T>) -> Result<UpdateDeadline> + Send + Sync>;

/// The two answers of callbacks are the same but for what stops the guest, and what the number means.
macro_rules! answers {
    ($($name:ident::$stop:ident)*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $name::$stop => f.write_str(stringify!($stop)),
                    $name::Continue(number) => f.debug_tuple("Continue").field(number).finish(),
                    $name::Yield(number) => f.debug_tuple("Yield").field(number).finish(),
                    $name::YieldCustom(number, _) => {
                        f.debug_tuple("YieldCustom").field(number).finish_non_exhaustive()
                    }
                }
            }
        }

        impl $name {
            /// The number, when the guest may go on, which takes no time unless the call `may_wait`; `None` if it is to stop.
            ///
            /// # Errors
            /// If the guest is to wait where it must not.
            async fn settle(self, may_wait: bool) -> Result<Option<u64>> {
                Ok(Some(match self {
                    $name::$stop => return Ok(None),
                    $name::Continue(number) => number,
                    $name::Yield(_) | $name::YieldCustom(..) if !may_wait => bail!(concat!(
                        "cannot use `",
                        stringify!($name),
                        "::Yield` without using an async wasm entrypoint"
                    )),
                    $name::Yield(number) => {
                        GiveWay::default().await;
                        number
                    }
                    $name::YieldCustom(number, future) => {
                        future.await;
                        number
                    }
                }))
            }
        }
    )*};
}

answers! {
    UpdateDeadline::Interrupt
    UpdateFuel::Trap
}

impl StoreOpaque {
    fn fuel(&self) -> Result<u64> {
        ensure!(self.engine().config().get_consume_fuel(), NO_FUEL);
        Ok(self.machine.fuel())
    }

    fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        ensure!(self.engine().config().get_consume_fuel(), NO_FUEL);
        self.machine.set_fuel(fuel);
        Ok(())
    }

    fn set_epoch_deadline(&mut self, ticks: u64) {
        self.machine.set_epoch_deadline(ticks);
    }
}

#[cfg(feature = "async")]
impl StoreOpaque {
    fn fuel_async_yield_interval(&mut self, interval: Option<u64>) -> Result<()> {
        ensure!(self.engine().config().get_consume_fuel(), NO_FUEL);
        ensure!(interval != Some(0), "fuel_async_yield_interval must not be 0");
        self.require_async();
        self.machine.set_fuel_interval(interval);
        Ok(())
    }
}

#[cfg(feature = "async")]
impl<T: 'static> StoreInner<T> {
    fn yield_at_deadline(&mut self, delta: u64) {
        self.opaque.require_async();
        self.epoch_callback = Some(Box::new(move |_| Ok(UpdateDeadline::Yield(delta))));
    }
}

const NO_FUEL: &str = "fuel is not configured in this store";

impl<T: 'static> StoreInner<T> {
    /// The guest is at a check point and has consumed all fuel. Waits only if the callback wants to, which it must not
    /// unless `may_wait`.
    ///
    /// # Errors
    /// If the guest is not to go on.
    pub(crate) async fn out_of_fuel(&mut self, may_wait: bool) -> Result<()> {
        // A guest that the callback calls finds none.
        let Some(mut callback) = self.fuel_callback.take() else {
            return Err(Trap::OutOfFuel.into());
        };
        let update = callback(StoreContextMut(self));
        self.fuel_callback.get_or_insert(callback);
        match update?.settle(may_wait).await? {
            None | Some(0) => Err(Trap::OutOfFuel.into()),
            Some(fuel) => self.opaque.set_fuel(fuel),
        }
    }

    /// The guest is at a check point and the deadline is reached. Waits only if the callback wants to, which it
    /// must not unless `may_wait`.
    ///
    /// # Errors
    /// If the guest is not to go on.
    pub(crate) async fn epoch_deadline_reached(&mut self, may_wait: bool) -> Result<()> {
        let Some(mut callback) = self.epoch_callback.take() else {
            return Err(Trap::Interrupt.into());
        };
        let update = callback(StoreContextMut(self));
        self.epoch_callback.get_or_insert(callback);
        match update?.settle(may_wait).await? {
            None => Err(Trap::Interrupt.into()),
            Some(ticks) => {
                self.opaque.set_epoch_deadline(ticks);
                Ok(())
            }
        }
    }
}

impl<T: 'static> Store<T> {
    /// How much fuel is left.
    ///
    /// While a guest runs this is exact in host functions. After a call it is what is left after
    /// everything that the guest executed, except that code between its last call or return and a trap does
    /// not count.
    ///
    /// # Errors
    /// Without [`Config::consume_fuel`](crate::Config::consume_fuel).
    pub fn get_fuel(&self) -> Result<u64> {
        self.inner.opaque.fuel()
    }

    /// Sets how much fuel is left. A new store has none, so that without a call of this every guest traps
    /// at once with [`Trap::OutOfFuel`].
    ///
    /// # Errors
    /// Without [`Config::consume_fuel`](crate::Config::consume_fuel).
    ///
    /// # Examples
    /// ```
    /// # fn main() -> wasmote::Result<()> {
    /// use wasmote::{Config, Engine, Instance, Module, Store, Trap};
    ///
    /// let engine = Engine::new(Config::new().consume_fuel(true))?;
    /// let module = Module::new(&engine, r#"(module (func (export "spin") (loop (br 0))))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// store.set_fuel(10_000)?;
    /// let instance = Instance::new(&mut store, &module, &[])?;
    /// let spin = instance.get_typed_func::<(), ()>(&mut store, "spin")?;
    /// let error = spin.call(&mut store, ()).unwrap_err();
    /// assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::OutOfFuel));
    /// assert_eq!(store.get_fuel()?, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        self.inner.opaque.set_fuel(fuel)
    }

    /// A guest that has consumed all fuel asks `callback` what to do, instead of trapping. So it can be given more and go on
    /// where it was: at once or, in an asynchronous call, after something else.
    ///
    /// The callback gets the whole store. Guests that it calls trap when they have consumed all fuel. An error that it
    /// returns ends the call. A guest whose last step cost more than there was owes nothing.
    ///
    /// This is not in wasmtime.
    ///
    /// # Errors
    /// Without [`Config::consume_fuel`](crate::Config::consume_fuel).
    ///
    /// # Examples
    /// ```
    /// # fn main() -> wasmote::Result<()> {
    /// use wasmote::{Config, Engine, Instance, Module, Store, Trap, UpdateFuel};
    ///
    /// let engine = Engine::new(Config::new().consume_fuel(true))?;
    /// let module = Module::new(
    ///     &engine,
    ///     r#"(module (func (export "count") (param $n i32) (result i32)
    ///         (loop $again
    ///             (local.set $n (i32.sub (local.get $n) (i32.const 1)))
    ///             (br_if $again (local.get $n)))
    ///         (i32.const 7)))"#,
    /// )?;
    /// let mut store = Store::new(&engine, 0); // how often more was asked for
    /// store.out_of_fuel_callback(|mut store| {
    ///     *store.data_mut() += 1;
    ///     Ok(if *store.data() <= 10 { UpdateFuel::Continue(1_000) } else { UpdateFuel::Trap })
    /// })?;
    /// let instance = Instance::new(&mut store, &module, &[])?;
    /// let count = instance.get_typed_func::<i32, i32>(&mut store, "count")?;
    /// assert_eq!(count.call(&mut store, 1_000)?, 7);
    /// assert!((5..=10).contains(store.data()));
    /// let error = count.call(&mut store, 1_000_000).unwrap_err();
    /// assert_eq!(error.downcast_ref(), Some(&Trap::OutOfFuel));
    /// # Ok(())
    /// # }
    /// ```
    pub fn out_of_fuel_callback(
        &mut self,
        callback: impl FnMut(StoreContextMut<'_, T>) -> Result<UpdateFuel> + Send + Sync + 'static,
    ) -> Result<()> {
        let inner = &mut *self.inner;
        ensure!(inner.opaque.engine().config().get_consume_fuel(), NO_FUEL);
        inner.fuel_callback = Some(Box::new(callback));
        Ok(())
    }

    /// A guest that has consumed all fuel traps with [`Trap::OutOfFuel`]: the default.
    pub fn out_of_fuel_trap(&mut self) {
        self.inner.fuel_callback = None;
    }

    /// Sets the deadline to so many ticks of
    /// [`Engine::increment_epoch`](crate::Engine::increment_epoch) after the current epoch.
    ///
    /// When the deadline is reached, what [`Store::epoch_deadline_trap`] or
    /// [`Store::epoch_deadline_callback`] said happens at the next function entry or loop head of a guest.
    /// The deadline of a new store is reached already. Without
    /// [`Config::epoch_interruption`](crate::Config::epoch_interruption) this does nothing.
    ///
    /// # Examples
    /// ```
    /// # fn main() -> wasmote::Result<()> {
    /// use wasmote::{Config, Engine, Instance, Module, Store, Trap};
    ///
    /// let engine = Engine::new(Config::new().epoch_interruption(true))?;
    /// let module = Module::new(&engine, r#"(module (func (export "spin") (loop (br 0))))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// store.set_epoch_deadline(1);
    /// let instance = Instance::new(&mut store, &module, &[])?;
    /// let spin = instance.get_typed_func::<(), ()>(&mut store, "spin")?;
    ///
    /// let timer = engine.clone();
    /// std::thread::spawn(move || {
    ///     std::thread::sleep(std::time::Duration::from_millis(10));
    ///     timer.increment_epoch();
    /// });
    /// let error = spin.call(&mut store, ()).unwrap_err();
    /// assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::Interrupt));
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_epoch_deadline(&mut self, ticks: u64) {
        self.inner.opaque.set_epoch_deadline(ticks);
    }

    /// A guest that reaches the deadline traps with [`Trap::Interrupt`]: the default.
    pub fn epoch_deadline_trap(&mut self) {
        self.inner.epoch_callback = None;
    }

    /// A guest that reaches the deadline asks `callback` what to do.
    ///
    /// The callback gets the whole store: it may read and write its data, grow memories, even call guests
    /// (which trap if they reach the deadline in turn). An error that it returns ends the call.
    ///
    /// # Examples
    /// ```
    /// # fn main() -> wasmote::Result<()> {
    /// use wasmote::{Config, Engine, Instance, Module, Store, UpdateDeadline};
    ///
    /// let engine = Engine::new(Config::new().epoch_interruption(true))?;
    /// let module = Module::new(&engine, r#"(module (func (export "run")))"#)?;
    /// let mut store = Store::new(&engine, 0);
    /// store.epoch_deadline_callback(|mut store| {
    ///     *store.data_mut() += 1;
    ///     Ok(UpdateDeadline::Continue(1))
    /// });
    /// let instance = Instance::new(&mut store, &module, &[])?;
    /// let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    /// run.call(&mut store, ())?; // the deadline of a new store is reached
    /// run.call(&mut store, ())?;
    /// assert_eq!(*store.data(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn epoch_deadline_callback(
        &mut self,
        callback: impl FnMut(StoreContextMut<'_, T>) -> Result<UpdateDeadline> + Send + Sync + 'static,
    ) {
        self.inner.epoch_callback = Some(Box::new(callback));
    }

    /// A guest that reaches the deadline yields once, and goes on with a deadline `delta` ticks after the epoch that is
    /// current then.
    ///
    /// From then on the store has to be used by `*_async` functions.
    ///
    /// # Examples
    /// ```
    /// use std::{thread, time::Duration};
    /// use wasmote::{Config, Engine, Instance, Module, Result, Store};
    ///
    /// #[tokio::main(flavor = "current_thread")]
    /// async fn main() -> Result<()> {
    ///     let engine = Engine::new(Config::new().epoch_interruption(true))?;
    ///     let clock = engine.weak();
    ///     thread::spawn(move || {
    ///         while let Some(engine) = clock.upgrade() {
    ///             engine.increment_epoch();
    ///             thread::sleep(Duration::from_millis(1));
    ///         }
    ///     });
    ///     let module = Module::new(&engine, r#"(module (func (export "spin") (loop (br 0))))"#)?;
    ///     let mut store = Store::new(&engine, ());
    ///     store.epoch_deadline_async_yield_and_update(1);
    ///     let instance = Instance::new_async(&mut store, &module, &[]).await?;
    ///     let spin = instance.get_typed_func::<(), ()>(&mut store, "spin")?;
    ///     // It gives way to the timer, again and again.
    ///     let call = spin.call_async(&mut store, ());
    ///     assert!(tokio::time::timeout(Duration::from_millis(20), call).await.is_err());
    ///     Ok(())
    /// }
    /// ```
    #[cfg(feature = "async")]
    pub fn epoch_deadline_async_yield_and_update(&mut self, delta: u64) {
        self.inner.yield_at_deadline(delta);
    }

    /// An asynchronous call yields whenever it has consumed `interval` units of fuel; `None`: never, as at first.
    ///
    /// From then on the store has to be used by `*_async` functions.
    ///
    /// # Errors
    /// Without [`Config::consume_fuel`](crate::Config::consume_fuel), and if the interval is zero.
    ///
    /// # Examples
    /// ```
    /// use wasmote::{Config, Engine, Instance, Module, Result, Store};
    ///
    /// #[tokio::main(flavor = "current_thread")]
    /// async fn main() -> Result<()> {
    ///     let engine = Engine::new(Config::new().consume_fuel(true))?;
    ///     let module = Module::new(&engine, r#"(module (func (export "spin") (loop (br 0))))"#)?;
    ///     let mut store = Store::new(&engine, ());
    ///     store.set_fuel(1_000_000)?; // all that the guest may consume
    ///     store.fuel_async_yield_interval(Some(1_000))?;
    ///     let instance = Instance::new_async(&mut store, &module, &[]).await?;
    ///     let spin = instance.get_typed_func::<(), ()>(&mut store, "spin")?;
    ///     tokio::select! {
    ///         biased;
    ///         _ = spin.call_async(&mut store, ()) => unreachable!("it gives way before"),
    ///         _ = async {} => {}
    ///     }
    ///     assert!(store.get_fuel()? > 900_000);
    ///     Ok(())
    /// }
    /// ```
    #[cfg(feature = "async")]
    pub fn fuel_async_yield_interval(&mut self, interval: Option<u64>) -> Result<()> {
        self.inner.opaque.fuel_async_yield_interval(interval)
    }
}

impl<T: 'static> StoreContext<'_, T> {
    /// How much fuel is left; see [`Store::get_fuel`].
    ///
    /// # Errors
    /// Without [`Config::consume_fuel`](crate::Config::consume_fuel).
    pub fn get_fuel(&self) -> Result<u64> {
        self.0.opaque.fuel()
    }
}

impl<T: 'static> StoreContextMut<'_, T> {
    /// How much fuel is left; see [`Store::get_fuel`].
    ///
    /// # Errors
    /// Without [`Config::consume_fuel`](crate::Config::consume_fuel).
    pub fn get_fuel(&self) -> Result<u64> {
        self.0.opaque.fuel()
    }

    /// Sets how much fuel is left; see [`Store::set_fuel`].
    ///
    /// # Errors
    /// Without [`Config::consume_fuel`](crate::Config::consume_fuel).
    pub fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        self.0.opaque.set_fuel(fuel)
    }

    /// Sets the deadline; see [`Store::set_epoch_deadline`].
    pub fn set_epoch_deadline(&mut self, ticks: u64) {
        self.0.opaque.set_epoch_deadline(ticks);
    }

    /// Guests yield at the deadline; see [`Store::epoch_deadline_async_yield_and_update`].
    #[cfg(feature = "async")]
    pub fn epoch_deadline_async_yield_and_update(&mut self, delta: u64) {
        self.0.yield_at_deadline(delta);
    }

    /// Calls yield by the fuel that they consume; see [`Store::fuel_async_yield_interval`].
    ///
    /// # Errors
    /// Without [`Config::consume_fuel`](crate::Config::consume_fuel), and if the interval is zero.
    #[cfg(feature = "async")]
    pub fn fuel_async_yield_interval(&mut self, interval: Option<u64>) -> Result<()> {
        self.0.opaque.fuel_async_yield_interval(interval)
    }

    /// Guests trap at the deadline; see [`Store::epoch_deadline_trap`].
    pub fn epoch_deadline_trap(&mut self) {
        self.0.epoch_callback = None;
    }
}

impl<T: 'static> Caller<'_, T> {
    /// How much fuel is left; see [`Store::get_fuel`]. What the caller executed up to this call is
    /// consumed.
    ///
    /// # Errors
    /// Without [`Config::consume_fuel`](crate::Config::consume_fuel).
    pub fn get_fuel(&self) -> Result<u64> {
        self.as_context().get_fuel()
    }

    /// Calls yield by the fuel that they consume; see [`Store::fuel_async_yield_interval`].
    ///
    /// # Errors
    /// Without [`Config::consume_fuel`](crate::Config::consume_fuel), and if the interval is zero.
    #[cfg(feature = "async")]
    pub fn fuel_async_yield_interval(&mut self, interval: Option<u64>) -> Result<()> {
        self.as_context_mut().fuel_async_yield_interval(interval)
    }

    /// Sets how much fuel is left for the caller; see [`Store::set_fuel`].
    ///
    /// # Errors
    /// Without [`Config::consume_fuel`](crate::Config::consume_fuel).
    pub fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        self.as_context_mut().set_fuel(fuel)
    }
}

#[cfg(all(test, feature = "wat"))]
mod tests {
    use core::sync::atomic::Ordering;

    use super::*;
    use crate::{Config, Engine, Instance, Module, Trap};

    #[test]
    fn the_counter_of_epochs_may_wrap_before_the_deadline() -> Result<()> {
        let engine = Engine::new(Config::new().epoch_interruption(true))?;
        // As it is after all its values but four: where it has 32 bits, after 49 days at a thousand ticks a second.
        engine.epoch().fetch_sub(4, Ordering::Relaxed);
        let module = Module::new(&engine, r#"(module (func (export "run")))"#)?;
        let mut store = Store::new(&engine, ());
        store.set_epoch_deadline(6);
        let run =
            Instance::new(&mut store, &module, &[])?.get_typed_func::<(), ()>(&mut store, "run")?;
        for _ in 0..6 {
            run.call(&mut store, ())?;
            engine.increment_epoch();
        }
        let error = run.call(&mut store, ()).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Trap::Interrupt));
        Ok(())
    }
}
