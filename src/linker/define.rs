//! The ways to define items in a [`Linker`].

use super::{Definition, Linker};
use crate::store::{AsContext, AsContextMut, HostFunc};
use crate::{Caller, Extern, FuncType, Instance, IntoFunc, Result, Val, ValRaw, format_err};
#[cfg(feature = "async")]
use crate::{WasmRet, WasmTyList};
#[cfg(feature = "async")]
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem::MaybeUninit;

impl<T: 'static> Linker<T> {
    /// Defines an item of `store`.
    ///
    /// The type of the item and, for tables and memories, the current size are noted now;
    /// [`Linker::instantiate`] looks at the size again, [`Linker::instantiate_pre`] does not.
    ///
    /// # Errors
    ///
    /// If the name is defined already and shadowing is not allowed.
    ///
    /// # Panics
    ///
    /// If `item` is not of `store`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmote::{Engine, Global, GlobalType, Linker, Module, Mutability, Store, Val, ValType};
    ///
    /// # fn main() -> wasmote::Result<()> {
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, ());
    /// let ty = GlobalType::new(ValType::I32, Mutability::Const);
    /// let global = Global::new(&mut store, ty, Val::I32(7))?;
    /// let mut linker = Linker::new(&engine);
    /// linker.define(&store, "host", "seven", global)?;
    ///
    /// let module = Module::new(
    ///     &engine,
    ///     r#"(module (import "host" "seven" (global i32)) (export "again" (global 0)))"#,
    /// )?;
    /// let instance = linker.instantiate(&mut store, &module)?;
    /// let again = instance.get_global(&mut store, "again").unwrap();
    /// assert_eq!(again.get(&mut store).unwrap_i32(), 7);
    /// # Ok(())
    /// # }
    /// ```
    pub fn define(
        &mut self,
        store: impl AsContext<Data = T>,
        module: &str,
        name: &str,
        item: impl Into<Extern>,
    ) -> Result<&mut Self> {
        let key = self.key(module, name);
        self.insert(key, Definition::new(&store.as_context().0.opaque, item.into()))?;
        Ok(self)
    }

    /// Defines an item under one name, without a module name.
    ///
    /// Imports always have two names, so no module can import it; it is kept for programs written
    /// for older versions of this API, and only [`Linker::iter`] and [`Linker::alias_module`] see it.
    ///
    /// # Errors
    ///
    /// If the name is defined already and shadowing is not allowed.
    ///
    /// # Panics
    ///
    /// If `item` is not of `store`.
    pub fn define_name(
        &mut self,
        store: impl AsContext<Data = T>,
        name: &str,
        item: impl Into<Extern>,
    ) -> Result<&mut Self> {
        let key = (self.names.intern(name), None);
        self.insert(key, Definition::new(&store.as_context().0.opaque, item.into()))?;
        Ok(self)
    }

    /// Defines a host function whose type is known at run time only.
    ///
    /// The function gets its arguments, and a slice of as many null function references as there
    /// are results, to be overwritten with values of the right types. It belongs to no store. See
    /// [`Func::new`](crate::Func::new).
    ///
    /// # Errors
    ///
    /// If the name is defined already and shadowing is not allowed.
    ///
    /// # Panics
    ///
    /// If `ty` is of another engine than the linker.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmote::{Engine, FuncType, Linker, Val, ValType};
    ///
    /// # fn main() -> wasmote::Result<()> {
    /// let engine = Engine::default();
    /// let mut linker = Linker::<()>::new(&engine);
    /// let ty = FuncType::new(&engine, [ValType::I32], [ValType::I64]);
    /// linker.func_new("host", "widen", ty, |_, params, results| {
    ///     results[0] = Val::I64(params[0].unwrap_i32().into());
    ///     Ok(())
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn func_new(
        &mut self,
        module: &str,
        name: &str,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    ) -> Result<&mut Self> {
        let func = HostFunc::new(&self.engine, ty, func);
        self.define_host(module, name, func)
    }

    /// Defines a host function that takes and gives raw values. See
    /// [`Func::new_unchecked`](crate::Func::new_unchecked).
    ///
    /// # Errors
    ///
    /// If the name is defined already and shadowing is not allowed.
    ///
    /// # Panics
    ///
    /// If `ty` is of another engine than the linker.
    ///
    /// # Safety
    ///
    /// `func` must leave values of the types of `ty`'s results in the first places of its slice.
    #[allow(unsafe_code)]
    pub unsafe fn func_new_unchecked(
        &mut self,
        module: &str,
        name: &str,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &mut [MaybeUninit<ValRaw>]) -> Result<()> + Send + Sync + 'static,
    ) -> Result<&mut Self> {
        let func = HostFunc::new_raw(&self.engine, ty, func);
        self.define_host(module, name, func)
    }

    /// Defines a host function whose type is inferred from the closure's.
    ///
    /// It belongs to no store. Parameters are [`WasmTy`](crate::WasmTy)s, with a leading
    /// [`Caller`] if wanted; results are [`WasmRet`](crate::WasmRet). See
    /// [`Func::wrap`](crate::Func::wrap).
    ///
    /// # Errors
    ///
    /// If the name is defined already and shadowing is not allowed.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmote::{Caller, Engine, Linker};
    ///
    /// # fn main() -> wasmote::Result<()> {
    /// let mut linker = Linker::<u64>::new(&Engine::default());
    /// linker.func_wrap("host", "count", |mut caller: Caller<'_, u64>, by: u64| {
    ///     *caller.data_mut() += by;
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn func_wrap<Params, Args>(
        &mut self,
        module: &str,
        name: &str,
        func: impl IntoFunc<T, Params, Args>,
    ) -> Result<&mut Self> {
        let func = HostFunc::wrap(&self.engine, func);
        self.define_host(module, name, func)
    }

    /// Defines an asynchronous host function whose type is known at run time only; see
    /// [`Func::new_async`](crate::Func::new_async). A store that uses it has to be used by `*_async` functions.
    ///
    /// # Errors
    ///
    /// If the name is defined already and shadowing is not allowed.
    ///
    /// # Panics
    ///
    /// If `ty` is of another engine than the linker.
    #[cfg(feature = "async")]
    pub fn func_new_async<F>(
        &mut self,
        module: &str,
        name: &str,
        ty: FuncType,
        func: F,
    ) -> Result<&mut Self>
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
        let func = HostFunc::new_async(&self.engine, ty, func);
        self.define_host(module, name, func)
    }

    /// Defines an asynchronous host function whose type is inferred from the closure's; see
    /// [`Func::wrap_async`](crate::Func::wrap_async). A store that uses it has to be used by `*_async` functions.
    ///
    /// # Errors
    ///
    /// If the name is defined already and shadowing is not allowed.
    ///
    /// # Examples
    /// ```
    /// use wasmote::{Caller, Engine, Linker, Module, Result, Store};
    ///
    /// #[tokio::main(flavor = "current_thread")]
    /// async fn main() -> Result<()> {
    ///     let engine = Engine::default();
    ///     let mut linker = Linker::new(&engine);
    ///     linker.func_wrap_async("host", "add", |mut caller: Caller<'_, i32>, (n,): (i32,)| {
    ///         Box::new(async move {
    ///             tokio::task::yield_now().await;
    ///             *caller.data_mut() += n;
    ///         })
    ///     })?;
    ///     let module = Module::new(
    ///         &engine,
    ///         r#"(module
    ///             (import "host" "add" (func $add (param i32)))
    ///             (func (export "run") (call $add (i32.const 3)) (call $add (i32.const 4))))"#,
    ///     )?;
    ///     let mut store = Store::new(&engine, 0);
    ///     let instance = linker.instantiate_async(&mut store, &module).await?;
    ///     let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    ///     assert!(run.call(&mut store, ()).is_err(), "the store wants asynchronous calls");
    ///     run.call_async(&mut store, ()).await?;
    ///     assert_eq!(*store.data(), 7);
    ///     Ok(())
    /// }
    /// ```
    #[cfg(feature = "async")]
    pub fn func_wrap_async<F, Params, Args>(
        &mut self,
        module: &str,
        name: &str,
        func: F,
    ) -> Result<&mut Self>
    where
        T: Send + 'static,
        F: for<'a> Fn(Caller<'a, T>, Params) -> Box<dyn Future<Output = Args> + Send + 'a>
            + Send
            + Sync
            + 'static,
        Params: WasmTyList + 'static,
        Args: WasmRet + 'static,
    {
        let func = HostFunc::wrap_async(&self.engine, func);
        self.define_host(module, name, func)
    }

    fn define_host(&mut self, module: &str, name: &str, func: HostFunc<T>) -> Result<&mut Self> {
        let key = self.key(module, name);
        self.insert(key, Definition::Host(Arc::new(func)))?;
        Ok(self)
    }

    /// Defines every export of `instance` under the module name `module_name`.
    ///
    /// # Errors
    ///
    /// If a name is defined already and shadowing is not allowed. The exports before that one
    /// stay defined.
    ///
    /// # Panics
    ///
    /// If `instance` is not of `store`.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmote::{Engine, Linker, Module, Store};
    ///
    /// # fn main() -> wasmote::Result<()> {
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, ());
    /// let mut linker = Linker::new(&engine);
    ///
    /// let lib = Module::new(&engine, r#"(module (func (export "run")))"#)?;
    /// let lib = linker.instantiate(&mut store, &lib)?;
    /// linker.instance(&mut store, "lib", lib)?;
    ///
    /// let user = Module::new(&engine, r#"(module (import "lib" "run" (func)) (start 0))"#)?;
    /// linker.instantiate(&mut store, &user)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn instance(
        &mut self,
        mut store: impl AsContextMut<Data = T>,
        module_name: &str,
        instance: Instance,
    ) -> Result<&mut Self> {
        let mut store = store.as_context_mut();
        let exports: Vec<(String, Extern)> = instance
            .exports(&mut store)
            .map(|export| (export.name().into(), export.into_extern()))
            .collect();
        for (name, item) in exports {
            self.define(&store, module_name, &name, item)?;
        }
        Ok(self)
    }
}

impl<T> Linker<T> {
    /// Defines the item `module::name` under the names `as_module::as_name` too.
    ///
    /// It is the item as it is now: a later definition that shadows the first name does not change
    /// the second.
    ///
    /// # Errors
    ///
    /// If there is no item `module::name`, or if the new name is defined already and shadowing is
    /// not allowed.
    pub fn alias(
        &mut self,
        module: &str,
        name: &str,
        as_module: &str,
        as_name: &str,
    ) -> Result<&mut Self> {
        let from = self.key(module, name);
        let to = self.key(as_module, as_name);
        let Some(&at) = self.by_key.get(&from) else {
            return Err(format_err!("no item named `{module}::{name}` defined"));
        };
        let item = self.items[at].1.clone();
        self.insert(to, item)?;
        Ok(self)
    }

    /// Defines every item of the module name `module` under `as_module` too.
    ///
    /// If there are no items of that module name, nothing happens.
    ///
    /// # Errors
    ///
    /// If a new name is defined already and shadowing is not allowed. The items before that one
    /// stay defined.
    pub fn alias_module(&mut self, module: &str, as_module: &str) -> Result<()> {
        let from = self.names.intern(module);
        let to = self.names.intern(as_module);
        // Only the items there are now: what is added below is not to be copied again.
        for at in 0..self.items.len() {
            let ((module, name), item) = &self.items[at];
            if *module == from {
                let (key, item) = ((to, *name), item.clone());
                self.insert(key, item)?;
            }
        }
        Ok(())
    }
}
