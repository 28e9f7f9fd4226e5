//! Imports that nobody defined: the error, and what can stand in for them.

use super::Linker;
use crate::store::AsContextMut;
use crate::{Error, ExternType, ImportType, Module, Result, format_err};
use alloc::string::String;
use core::fmt;

/// An import that is not defined: why a module cannot be instantiated, or what calling a stand-in
/// of [`Linker::define_unknown_imports_as_traps`] gives.
#[derive(Clone, Debug)]
pub struct UnknownImportError {
    module: String,
    name: String,
    ty: ExternType,
}

impl UnknownImportError {
    pub(super) fn new(import: &ImportType<'_>) -> UnknownImportError {
        UnknownImportError {
            module: import.module().into(),
            name: import.name().into(),
            ty: import.ty(),
        }
    }

    /// The module name of the import.
    pub fn module(&self) -> &str {
        &self.module
    }

    /// The field name of the import.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The type of the import.
    pub fn ty(&self) -> ExternType {
        self.ty.clone()
    }
}

impl fmt::Display for UnknownImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown import: `{}::{}` has not been defined", self.module, self.name)
    }
}

impl core::error::Error for UnknownImportError {}

impl<T: 'static> Linker<T> {
    /// Defines every function that `module` imports and that is not defined yet as one whose
    /// call fails with an [`UnknownImportError`].
    ///
    /// Imports of other kinds stay undefined, and imports that are defined by name are left alone
    /// whatever their type.
    ///
    /// # Errors
    ///
    /// None at present.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmote::{Engine, Linker, Module, Store, UnknownImportError};
    ///
    /// # fn main() -> wasmote::Result<()> {
    /// let engine = Engine::default();
    /// let module = Module::new(
    ///     &engine,
    ///     r#"(module (import "env" "f" (func $f)) (func (export "run") (call $f)))"#,
    /// )?;
    /// let mut linker = Linker::new(&engine);
    /// linker.define_unknown_imports_as_traps(&module)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = linker.instantiate(&mut store, &module)?;
    /// let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    /// let error = run.call(&mut store, ()).unwrap_err();
    /// assert_eq!(error.downcast::<UnknownImportError>()?.name(), "f");
    /// # Ok(())
    /// # }
    /// ```
    pub fn define_unknown_imports_as_traps(&mut self, module: &Module) -> Result<()> {
        for import in module.imports() {
            if self.lookup(&import).is_some() {
                continue;
            }
            if let ExternType::Func(ty) = import.ty() {
                let error = UnknownImportError::new(&import);
                self.func_new(import.module(), import.name(), ty, move |_, _, _| {
                    Err(Error::new(error.clone()))
                })?;
            }
        }
        Ok(())
    }

    /// Defines every import of `module` that is not defined yet as an item of `store` with a
    /// default value: functions that return zeros and nulls, zero globals, tables of nulls and
    /// empty memories of the minimum size.
    ///
    /// # Errors
    ///
    /// If a type has no default value, for example a global of a reference type that cannot be
    /// null, or if the store's limits are exceeded. Imports before that one stay defined.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmote::{Engine, Linker, Module, Store};
    ///
    /// # fn main() -> wasmote::Result<()> {
    /// let engine = Engine::default();
    /// let module = Module::new(
    ///     &engine,
    ///     r#"(module (import "env" "f" (func $f (result i32)))
    ///                (func (export "run") (result i32) (call $f)))"#,
    /// )?;
    /// let mut store = Store::new(&engine, ());
    /// let mut linker = Linker::new(&engine);
    /// linker.define_unknown_imports_as_default_values(&mut store, &module)?;
    /// let instance = linker.instantiate(&mut store, &module)?;
    /// let run = instance.get_typed_func::<(), i32>(&mut store, "run")?;
    /// assert_eq!(run.call(&mut store, ())?, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn define_unknown_imports_as_default_values(
        &mut self,
        mut store: impl AsContextMut<Data = T>,
        module: &Module,
    ) -> Result<()> {
        let mut store = store.as_context_mut();
        for import in module.imports() {
            if self.lookup(&import).is_some() {
                continue;
            }
            let (module, name, ty) = (import.module(), import.name(), import.ty());
            let item = ty.default_value(&mut store).map_err(|error| {
                error.context(format_err!(
                    "no default value exists for `{module}::{name}` with type `{ty:?}`"
                ))
            })?;
            self.define(&store, module, name, item)?;
        }
        Ok(())
    }
}
