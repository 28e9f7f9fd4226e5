//! Modules as a whole in a [`Linker`]: commands, which are instantiated for every call, and
//! reactors, which are instantiated once.

use super::{Definition, Linker};
use crate::store::{AsContextMut, StoreContextMut};
use crate::{Engine, ExternType, Func, FuncType, Instance, InstancePre, Module, Result, bail};
use alloc::string::String;
#[cfg(feature = "async")]
use alloc::{boxed::Box, sync::Arc};

/// How a module is to be used, by the convention of WASI.
enum Shape {
    /// It exports `_start`: each call of an export runs in an instance of its own.
    Command,
    /// Everything else: one instance, whose `_initialize` runs first if it is exported.
    Reactor,
}

impl Shape {
    fn of(module: &Module) -> Result<Shape> {
        match (module.get_export("_start"), module.get_export("_initialize")) {
            (Some(_), Some(_)) => bail!("Program cannot be both a Command and a Reactor"),
            (Some(ExternType::Func(_)), None) => Ok(Shape::Command),
            (Some(_), None) => bail!("`_start` must be a function"),
            (None, None | Some(ExternType::Func(_))) => Ok(Shape::Reactor),
            (None, Some(_)) => bail!("`_initialize` must be a function"),
        }
    }
}

/// Whether toolchains give commands an export of this name and kind, which nobody imports.
fn is_incidental(name: &str, ty: &ExternType) -> bool {
    match ty {
        ExternType::Memory(_) => name == "memory",
        ExternType::Table(_) => matches!(name, "table" | "__indirect_function_table"),
        ExternType::Global(_) => {
            matches!(name, "__data_end" | "__heap_base" | "__dso_handle" | "__rtti_base")
        }
        _ => false,
    }
}

impl<T: 'static> Linker<T> {
    /// Defines the exports of `module` under the module name `module_name`, as suits its kind.
    ///
    /// A *command* is a module that exports a function `_start`. Each of its functions is defined
    /// so that every call instantiates the module anew; instances stay in the store, so that there
    /// is a limit to the calls. Exports other than functions are an error unless they are known to
    /// be incidental (the memory named `memory`, for one) or
    /// [`Linker::allow_unknown_exports`] is set.
    ///
    /// Every other module is a *reactor*: it is instantiated now, its function `_initialize` is
    /// called if it exports one, and all its exports are defined.
    ///
    /// # Errors
    ///
    /// If the module is both a command and a reactor, if `_start` or `_initialize` is not a
    /// function, if instantiation or initialization fails, or if a name is defined already and
    /// shadowing is not allowed. Exports that were defined before the error stay defined.
    ///
    /// # Panics
    ///
    /// If the store is of another engine than the linker.
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
    /// let counter = Module::new(
    ///     &engine,
    ///     r#"(module
    ///         (global $n (mut i32) (i32.const 0))
    ///         (func (export "next") (result i32)
    ///             (global.set $n (i32.add (global.get $n) (i32.const 1)))
    ///             (global.get $n)))"#,
    /// )?;
    /// linker.module(&mut store, "counter", &counter)?;
    /// let next = linker.get(&mut store, "counter", "next")?.into_func().unwrap();
    /// let next = next.typed::<(), i32>(&store)?;
    /// assert_eq!((next.call(&mut store, ())?, next.call(&mut store, ())?), (1, 2));
    /// # Ok(())
    /// # }
    /// ```
    pub fn module(
        &mut self,
        mut store: impl AsContextMut<Data = T>,
        module_name: &str,
        module: &Module,
    ) -> Result<&mut Self> {
        let mut store = store.as_context_mut();
        assert!(
            Engine::same(&self.engine, store.engine()),
            "different engines for this linker and the store provided"
        );
        match Shape::of(module)? {
            Shape::Command => self.define_command(store, module_name, module, command),
            Shape::Reactor => {
                let instance = self.instantiate(&mut store, module)?;
                if let Some(func) = initializer(&mut store, instance) {
                    func.typed::<(), ()>(&store)
                        .and_then(|func| func.call(&mut store, ()))
                        .map_err(|error| {
                            error.context("calling the Reactor initialization function")
                        })?;
                }
                self.instance(store, module_name, instance)
            }
        }
    }

    /// Like [`Linker::module`], for stores in which calls have to be asynchronous: the functions of a command, the
    /// instantiation of a reactor and its `_initialize` are.
    ///
    /// # Errors
    ///
    /// As [`Linker::module`].
    ///
    /// # Panics
    ///
    /// If the store is of another engine than the linker.
    #[cfg(feature = "async")]
    pub async fn module_async(
        &mut self,
        mut store: impl AsContextMut<Data = T>,
        module_name: &str,
        module: &Module,
    ) -> Result<&mut Self>
    where
        T: Send + 'static,
    {
        let mut store = store.as_context_mut();
        assert!(
            Engine::same(&self.engine, store.engine()),
            "different engines for this linker and the store provided"
        );
        match Shape::of(module)? {
            Shape::Command => self.define_command(store, module_name, module, async_command),
            Shape::Reactor => {
                let instance = self.instantiate_async(&mut store, module).await?;
                if let Some(func) = initializer(&mut store, instance) {
                    let context = "loading the Reactor initialization function";
                    let func = func.typed::<(), ()>(&store).map_err(|e| e.context(context))?;
                    func.call_async(&mut store, ()).await?;
                }
                self.instance(store, module_name, instance)
            }
        }
    }

    /// Defines each function of a command, as `define` makes it of its export.
    fn define_command(
        &mut self,
        mut store: StoreContextMut<'_, T>,
        module_name: &str,
        module: &Module,
        define: fn(StoreContextMut<'_, T>, InstancePre<T>, &str, FuncType) -> Func,
    ) -> Result<&mut Self> {
        for export in module.exports() {
            match export.ty() {
                ExternType::Func(ty) => {
                    let pre = self.instantiate_pre(module)?;
                    let func = define(store.as_context_mut(), pre, export.name(), ty);
                    let key = self.key(module_name, export.name());
                    self.insert(key, Definition::new(&store.0.opaque, func.into()))?;
                }
                ty if is_incidental(export.name(), &ty) => {}
                _ if self.allow_unknown_exports => {}
                _ => bail!("command export '{}' is not a function", export.name()),
            }
        }
        Ok(self)
    }

    /// The function that running a module of this name means.
    ///
    /// That is the item with the empty name, or else the one named `_start`, or else a function
    /// that does nothing.
    ///
    /// # Errors
    ///
    /// If the item found first is not a function.
    ///
    /// # Panics
    ///
    /// As [`Linker::get`].
    pub fn get_default(
        &self,
        mut store: impl AsContextMut<Data = T>,
        module: &str,
    ) -> Result<Func> {
        let store = store.as_context_mut();
        if let Some(item) = self.find(module, "") {
            return match item.item(store.0).into_func() {
                Some(func) => Ok(func),
                None => bail!("default export in '{module}' is not a function"),
            };
        }
        if let Some(item) = self.find(module, "_start") {
            return match item.item(store.0).into_func() {
                Some(func) => Ok(func),
                None => bail!("`_start` in '{module}' is not a function"),
            };
        }
        Ok(Func::wrap(store, || {}))
    }
}

/// The function `_initialize` of a reactor, if it exports one.
fn initializer(store: impl AsContextMut, instance: Instance) -> Option<Func> {
    instance.get_func(store, "_initialize")
}

/// The function of this name in an instance just made.
fn exported(store: impl AsContextMut, instance: Instance, name: &str) -> Func {
    instance.get_func(store, name).expect("every instance of a module has its exports")
}

/// A function of a command: each call runs in an instance of its own.
fn command<T: 'static>(
    store: StoreContextMut<'_, T>,
    pre: InstancePre<T>,
    name: &str,
    ty: FuncType,
) -> Func {
    let name = String::from(name);
    Func::new(store, ty, move |mut caller, params, results| {
        let instance = pre.instantiate(&mut caller)?;
        exported(&mut caller, instance, &name).call(&mut caller, params, results)
    })
}

/// The same, asynchronously.
#[cfg(feature = "async")]
fn async_command<T: Send + 'static>(
    store: StoreContextMut<'_, T>,
    pre: InstancePre<T>,
    name: &str,
    ty: FuncType,
) -> Func {
    let name: Arc<str> = name.into();
    Func::new_async(store, ty, move |mut caller, params, results| {
        let (pre, name) = (pre.clone(), name.clone());
        Box::new(async move {
            let instance = pre.instantiate_async(&mut caller).await?;
            exported(&mut caller, instance, &name).call_async(&mut caller, params, results).await
        })
    })
}
