//! Imports that nobody defined: the error, and what can stand in for them.

use super::Linker;
use crate::store::AsContextMut;
use crate::{Error, ExternType, ImportType, Module, Result, format_err};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// An import that is not defined: why a module cannot be instantiated, or what calling a stand-in
/// of [`Linker::define_unknown_imports_as_traps`] gives.
///
/// If several imports of a module are not defined, this is the first one, and its text names the others.
///
/// # Examples
/// ```
/// use wasmote::{Engine, Linker, Module, UnknownImportError};
///
/// let engine = Engine::default();
/// let text = r#"(module (import "env" "log" (func)) (import "env" "now" (func (result i64))))"#;
/// let module = Module::new(&engine, text)?;
/// let error = Linker::<()>::new(&engine).instantiate_pre(&module).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "unknown import: `env::log` has not been defined, and neither has `env::now`"
/// );
/// let error = error.downcast::<UnknownImportError>()?;
/// assert_eq!((error.module(), error.name()), ("env", "log"));
/// assert!(error.others().eq([("env", "now")]));
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct UnknownImportError {
    module: String,
    name: String,
    ty: ExternType,
    /// Names of other imports that are not defined, [`SHOWN`] at most, and how many there are.
    others: Box<[(String, String)]>,
    other_count: usize,
}

/// How many other imports an error names.
const SHOWN: usize = 50;

impl UnknownImportError {
    pub(super) fn new(import: &ImportType<'_>) -> UnknownImportError {
        UnknownImportError {
            module: import.module().into(),
            name: import.name().into(),
            ty: import.ty(),
            others: Box::default(),
            other_count: 0,
        }
    }

    /// The error of the first import of `module` that nobody defines, with the others.
    pub(super) fn of<'m>(mut imports: impl Iterator<Item = ImportType<'m>>) -> Option<Self> {
        let mut error = UnknownImportError::new(&imports.next()?);
        let mut others: Vec<(String, String)> = Vec::new();
        for import in imports {
            if others.len() < SHOWN {
                others.push((import.module().into(), import.name().into()));
            }
            error.other_count += 1;
        }
        error.others = others.into();
        Some(error)
    }

    /// The names of the other imports of the module that are not defined, 50 at most.
    pub fn others(&self) -> impl Iterator<Item = (&str, &str)> {
        self.others.iter().map(|(module, name)| (module.as_str(), name.as_str()))
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
        write!(f, "unknown import: `{}::{}` has not been defined", self.module, self.name)?;
        let rest = self.other_count - self.others.len();
        for (index, (module, name)) in self.others.iter().enumerate() {
            let last = index + 1 == self.other_count;
            let separator = match index {
                0 => ", and neither has",
                _ if last => " or",
                _ => ",",
            };
            write!(f, "{separator} `{module}::{name}`")?;
        }
        if rest > 0 { write!(f, " or {rest} more") } else { Ok(()) }
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
        self.define_unknown_imports_as_traps_if(module, |_| true)
    }

    /// Like [`Linker::define_unknown_imports_as_traps`], but only for the imports that `wanted` chooses.
    ///
    /// This is not in wasmtime.
    ///
    /// # Errors
    ///
    /// None at present.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmote::{Engine, Linker, Module};
    ///
    /// # fn main() -> wasmote::Result<()> {
    /// let engine = Engine::default();
    /// let text = r#"(module (import "wasi" "sock_send" (func)) (import "env" "misspelt" (func)))"#;
    /// let module = Module::new(&engine, text)?;
    /// let mut linker = Linker::<()>::new(&engine);
    /// linker.define_unknown_imports_as_traps_if(&module, |import| import.module() == "wasi")?;
    /// let error = linker.instantiate_pre(&module).unwrap_err();
    /// assert_eq!(error.to_string(), "unknown import: `env::misspelt` has not been defined");
    /// # Ok(())
    /// # }
    /// ```
    pub fn define_unknown_imports_as_traps_if(
        &mut self,
        module: &Module,
        mut wanted: impl FnMut(&ImportType<'_>) -> bool,
    ) -> Result<()> {
        for import in module.imports() {
            if self.lookup(&import).is_some() || !wanted(&import) {
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
        store: impl AsContextMut<Data = T>,
        module: &Module,
    ) -> Result<()> {
        self.define_unknown_imports_as_default_values_if(store, module, |_| true)
    }

    /// Like [`Linker::define_unknown_imports_as_default_values`], but only for the imports that `wanted` chooses.
    ///
    /// This is not in wasmtime.
    ///
    /// # Errors
    ///
    /// As [`Linker::define_unknown_imports_as_default_values`].
    pub fn define_unknown_imports_as_default_values_if(
        &mut self,
        mut store: impl AsContextMut<Data = T>,
        module: &Module,
        mut wanted: impl FnMut(&ImportType<'_>) -> bool,
    ) -> Result<()> {
        let mut store = store.as_context_mut();
        for import in module.imports() {
            if self.lookup(&import).is_some() || !wanted(&import) {
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
