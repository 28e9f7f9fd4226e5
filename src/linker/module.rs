//! Modules as a whole in a [`Linker`]: commands, which are instantiated for every call, and
//! reactors, which are instantiated once.

use super::{Definition, Linker};
use crate::store::AsContextMut;
use crate::{Engine, Error, ExternType, Func, Instance, Module, Result, bail};
use alloc::string::String;

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
            Shape::Command => self.command(&mut store, module_name, module),
            Shape::Reactor => {
                let instance = self.instantiate(&mut store, module)?;
                initialize(&mut store, instance)?;
                self.instance(store, module_name, instance)
            }
        }
    }

    fn command(
        &mut self,
        mut store: impl AsContextMut<Data = T>,
        module_name: &str,
        module: &Module,
    ) -> Result<&mut Self> {
        for export in module.exports() {
            match export.ty() {
                ExternType::Func(ty) => {
                    let pre = self.instantiate_pre(module)?;
                    let name = String::from(export.name());
                    let func = Func::new(&mut store, ty, move |mut caller, params, results| {
                        let instance = pre.instantiate(&mut caller)?;
                        let func = instance
                            .get_func(&mut caller, &name)
                            .expect("every instance of a module has its exports");
                        func.call(&mut caller, params, results)
                    });
                    let key = self.key(module_name, export.name());
                    self.insert(key, Definition::new(store.as_context().0, func.into()))?;
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

/// Calls the function `_initialize` of a reactor, if it exports one.
fn initialize(mut store: impl AsContextMut, instance: Instance) -> Result<()> {
    let Some(func) = instance.get_func(&mut store, "_initialize") else {
        return Ok(());
    };
    func.typed::<(), ()>(&store)
        .and_then(|func| func.call(&mut store, ()))
        .map_err(|error: Error| error.context("calling the Reactor initialization function"))
}
