//! [`Linker`]: finds the imports of modules by name.
//!
//! | file | what |
//! |---|---|
//! | `names.rs` | interned names |
//! | `definition.rs` | an item of a linker, and its check against an import |
//! | `define.rs` | the ways to define items |
//! | `pre.rs` | [`InstancePre`]: a module with its imports resolved |
//! | `default.rs` | items with default values |
//! | `module.rs` | commands and reactors: [`Linker::module`], [`Linker::get_default`] |
//! | `unknown.rs` | stand-ins for imports that nobody defined |
//!
//! A linker holds no `T` and no store: host functions are shared with the stores that use them,
//! items of a store are handles. So `Linker<T>` is `Send` and `Sync` whatever `T` is.

mod default;
mod define;
mod definition;
mod module;
mod names;
mod pre;
mod unknown;

use definition::Definition;
pub use pre::InstancePre;
pub use unknown::UnknownImportError;

use crate::store::{AsContextMut, StoreInner};
use crate::{
    Engine, Error, Extern, ExternType, ImportType, Instance, Module, Result, bail, ensure,
    format_err,
};
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;
use hashbrown::HashMap;
use names::{Name, Names};

/// Links the imports of modules to items by name.
///
/// A linker is a map from pairs of names (module and field, as in WebAssembly's imports) to items.
/// Host functions defined with [`Linker::func_wrap`] and its siblings belong to no store, so that
/// one linker can serve any number of stores and threads. Items of a store (memories, instances,
/// ...) tie the linker to that store as far as they are imported.
///
/// # Examples
///
/// ```
/// use wasmote::{Engine, Linker, Module, Store};
///
/// # fn main() -> wasmote::Result<()> {
/// let engine = Engine::default();
/// let mut linker = Linker::new(&engine);
/// linker.func_wrap("host", "double", |n: i32| n * 2)?;
///
/// let module = Module::new(
///     &engine,
///     r#"(module
///         (import "host" "double" (func $double (param i32) (result i32)))
///         (func (export "run") (result i32) (call $double (i32.const 21))))"#,
/// )?;
/// let mut store = Store::new(&engine, ());
/// let instance = linker.instantiate(&mut store, &module)?;
/// let run = instance.get_typed_func::<(), i32>(&mut store, "run")?;
/// assert_eq!(run.call(&mut store, ())?, 42);
/// # Ok(())
/// # }
/// ```
pub struct Linker<T> {
    engine: Engine,
    names: Names,
    /// The items in the order of their definition.
    items: Vec<(Key, Definition)>,
    /// Where in `items` the item of a key is.
    by_key: HashMap<Key, usize>,
    allow_shadowing: bool,
    allow_unknown_exports: bool,
    /// It is for stores with this data only.
    data: PhantomData<fn(T) -> T>,
}

/// The module and field names of an item; no field name for items of [`Linker::define_name`].
type Key = (Name, Option<Name>);

impl<T> Linker<T> {
    /// An empty linker for stores and modules of `engine`.
    pub fn new(engine: &Engine) -> Linker<T> {
        Linker {
            engine: engine.clone(),
            names: Names::default(),
            items: Vec::new(),
            by_key: HashMap::new(),
            allow_shadowing: false,
            allow_unknown_exports: false,
            data: PhantomData,
        }
    }

    /// The engine of this linker.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Whether a definition may replace an earlier one of the same name. Without it, which is the
    /// default, that is an error.
    ///
    /// Only names count: the replaced item may be of any type.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmote::{Engine, Linker};
    ///
    /// # fn main() -> wasmote::Result<()> {
    /// let mut linker = Linker::<()>::new(&Engine::default());
    /// linker.func_wrap("", "f", || {})?;
    /// assert!(linker.func_wrap("", "f", || {}).is_err());
    /// linker.allow_shadowing(true);
    /// linker.func_wrap("", "f", |_: i32| {})?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn allow_shadowing(&mut self, allow: bool) -> &mut Self {
        self.allow_shadowing = allow;
        self
    }

    /// Whether [`Linker::module`] passes over exports of a command that are not functions and that
    /// it does not know. Without it, which is the default, they are an error.
    pub fn allow_unknown_exports(&mut self, allow: bool) -> &mut Self {
        self.allow_unknown_exports = allow;
        self
    }

    /// The names and types of all items, in the order of definition. Unlike [`Linker::iter`] this needs no store.
    ///
    /// The sizes of tables and memories are those that they were declared with. This is not in wasmtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmote::{Engine, Linker};
    ///
    /// # fn main() -> wasmote::Result<()> {
    /// let mut linker = Linker::<()>::new(&Engine::default());
    /// linker.func_wrap("host", "double", |n: i32| n * 2)?;
    /// let (module, name, ty) = linker.definitions().next().unwrap();
    /// assert_eq!((module, name), ("host", "double"));
    /// assert!(ty.unwrap_func().param(0).unwrap().is_i32());
    /// # Ok(())
    /// # }
    /// ```
    pub fn definitions(&self) -> impl ExactSizeIterator<Item = (&str, &str, ExternType)> {
        self.items.iter().map(|((module, name), item)| {
            let name = name.map_or("", |name| self.names.text(name));
            (self.names.text(*module), name, item.ty())
        })
    }

    /// Takes an item out of this linker; whether there was one. Modules that were resolved before keep it.
    ///
    /// This is not in wasmtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmote::{Engine, Linker};
    ///
    /// # fn main() -> wasmote::Result<()> {
    /// let mut linker = Linker::<()>::new(&Engine::default());
    /// linker.func_wrap("host", "f", || {})?;
    /// assert!(linker.undefine("host", "f"));
    /// assert!(!linker.undefine("host", "f"));
    /// linker.func_wrap("host", "f", |_: i32| {})?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn undefine(&mut self, module: &str, name: &str) -> bool {
        let names = (self.names.find(module), self.names.find(name));
        let (Some(module), Some(name)) = names else {
            return false;
        };
        let Some(at) = self.by_key.remove(&(module, Some(name))) else {
            return false;
        };
        self.items.remove(at);
        for (index, (key, _)) in self.items.iter().enumerate().skip(at) {
            self.by_key.insert(*key, index);
        }
        true
    }

    /// The error of a module with imports that are not defined.
    #[cold]
    fn unknown(&self, module: &Module) -> Error {
        let missing = module.imports().filter(|import| self.lookup(import).is_none());
        UnknownImportError::of(missing).expect("an import is not defined").into()
    }

    /// The item that an import names.
    fn lookup(&self, import: &ImportType<'_>) -> Option<&Definition> {
        self.find(import.module(), import.name())
    }

    /// The item of two names.
    fn find(&self, module: &str, name: &str) -> Option<&Definition> {
        let key = (self.names.find(module)?, Some(self.names.find(name)?));
        self.by_key.get(&key).map(|&at| &self.items[at].1)
    }

    /// Interns the names of an item.
    fn key(&mut self, module: &str, name: &str) -> Key {
        (self.names.intern(module), Some(self.names.intern(name)))
    }

    /// Defines an item, or replaces it if that is allowed.
    fn insert(&mut self, key: Key, item: Definition) -> Result<()> {
        match self.by_key.get(&key) {
            Some(&at) if self.allow_shadowing => self.items[at].1 = item,
            Some(_) => {
                let module = self.names.text(key.0);
                match key.1 {
                    Some(name) => {
                        bail!("import of `{module}::{}` defined twice", self.names.text(name))
                    }
                    None => bail!("import of `{module}` defined twice"),
                }
            }
            None => {
                self.by_key.insert(key, self.items.len());
                self.items.push((key, item));
            }
        }
        Ok(())
    }
}

impl<T: 'static> Linker<T> {
    /// Instantiates `module` in `store` with the items of this linker.
    ///
    /// Imports are checked with the sizes that tables and memories have now, not with those
    /// they had when they were defined.
    ///
    /// # Errors
    ///
    /// In this order: the module is of another engine; an import is not defined
    /// ([`UnknownImportError`]); an import is of an incompatible type; an item belongs to another
    /// store; a limit of the store is exceeded; a segment does not fit or the start function
    /// fails (usually a [`Trap`](crate::Trap)). In the last case what was written so far stays
    /// written, as the specification says.
    ///
    /// # Panics
    ///
    /// If a table or memory that the module imports belongs to another store.
    pub fn instantiate(
        &self,
        mut store: impl AsContextMut<Data = T>,
        module: &Module,
    ) -> Result<Instance> {
        let mut store = store.as_context_mut();
        self.resolve(module, Some(store.0))?.instantiate(&mut store)
    }

    /// Like [`Linker::instantiate`], for stores in which calls have to be asynchronous; others may use it, too.
    ///
    /// # Errors
    ///
    /// As [`Linker::instantiate`].
    #[cfg(feature = "async")]
    pub async fn instantiate_async(
        &self,
        mut store: impl AsContextMut<Data = T>,
        module: &Module,
    ) -> Result<Instance>
    where
        T: Send + 'static,
    {
        let mut store = store.as_context_mut();
        self.resolve(module, Some(store.0))?.instantiate_async(&mut store).await
    }

    /// Resolves the imports of `module` and checks their types, for many instantiations.
    ///
    /// Tables and memories are checked with the size they had when they were defined. If the
    /// module imports nothing but host functions, the result can be used with any store of the
    /// engine.
    ///
    /// # Errors
    ///
    /// The module is of another engine; an import is not defined ([`UnknownImportError`]); an
    /// import is of an incompatible type.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmote::{Engine, Linker, Module, Store};
    ///
    /// # fn main() -> wasmote::Result<()> {
    /// let engine = Engine::default();
    /// let mut linker = Linker::new(&engine);
    /// linker.func_wrap("", "noop", || {})?;
    /// let module = Module::new(&engine, r#"(module (import "" "noop" (func)))"#)?;
    /// let pre = linker.instantiate_pre(&module)?;
    /// for request in 0..3 {
    ///     let mut store = Store::new(&engine, request);
    ///     pre.instantiate(&mut store)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn instantiate_pre(&self, module: &Module) -> Result<InstancePre<T>> {
        self.resolve(module, None)
    }

    /// Finds and checks the imports of `module`; with a store, sizes are looked at anew.
    fn resolve(&self, module: &Module, store: Option<&StoreInner<T>>) -> Result<InstancePre<T>> {
        ensure!(
            Engine::same(&self.engine, module.engine()),
            "cross-`Engine` instantiation is not currently supported"
        );
        let found: Option<Vec<_>> =
            module.imports().map(|import| self.lookup(&import).cloned()).collect();
        let mut items = found.ok_or_else(|| self.unknown(module))?;
        if let Some(store) = store {
            for item in &mut items {
                item.refresh_size(&store.opaque);
            }
        }
        for (import, item) in module.imports().zip(&items) {
            item.check(&self.engine, &import.ty()).map_err(|error| {
                let (module, name) = (import.module(), import.name());
                error.context(alloc::format!("incompatible import type for `{module}::{name}`"))
            })?;
        }
        Ok(InstancePre::new(module, items))
    }

    /// Every item of this linker with its module and field name, in the order of definition.
    ///
    /// Host functions are put into `store`, where they stay as long as it lives; so call this
    /// rarely. An item of [`Linker::define_name`] has an empty field name.
    ///
    /// # Panics
    ///
    /// If the store is of another engine than a host function of this linker.
    pub fn iter<'a: 'p, 'p>(
        &'a self,
        mut store: impl AsContextMut<Data = T> + 'p,
    ) -> impl Iterator<Item = (&'a str, &'a str, Extern)> + 'p {
        self.items.iter().map(move |((module, name), item)| {
            let name = name.map_or("", |name| self.names.text(name));
            (self.names.text(*module), name, item.item(store.as_context_mut().0))
        })
    }

    /// Looks up an item by name.
    ///
    /// A host function is put into `store` by every call and stays there as long as the store
    /// lives: keep the result instead of calling this often.
    ///
    /// # Errors
    ///
    /// If there is no such item.
    ///
    /// # Panics
    ///
    /// If the item is a host function and the store is of another engine.
    ///
    /// # Examples
    ///
    /// ```
    /// use wasmote::{Engine, Linker, Store};
    ///
    /// # fn main() -> wasmote::Result<()> {
    /// let engine = Engine::default();
    /// let mut linker = Linker::new(&engine);
    /// linker.func_wrap("host", "seven", || 7)?;
    /// let mut store = Store::new(&engine, ());
    /// let seven = linker.get(&mut store, "host", "seven")?.into_func().unwrap();
    /// assert_eq!(seven.typed::<(), i32>(&store)?.call(&mut store, ())?, 7);
    /// assert!(linker.get(&mut store, "host", "eight").is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn get(
        &self,
        mut store: impl AsContextMut<Data = T>,
        module: &str,
        name: &str,
    ) -> Result<Extern> {
        let item = self
            .find(module, name)
            .ok_or_else(|| format_err!("missing definition for `{module}::{name}`"))?;
        Ok(item.item(store.as_context_mut().0))
    }

    /// Looks up the item that an import names; `None` if there is none.
    ///
    /// Only names are compared: the item may be of another type than the import wants.
    ///
    /// # Panics
    ///
    /// As [`Linker::get`].
    pub fn get_by_import(
        &self,
        mut store: impl AsContextMut<Data = T>,
        import: &ImportType<'_>,
    ) -> Option<Extern> {
        Some(self.lookup(import)?.item(store.as_context_mut().0))
    }

    /// Like [`Linker::get_by_import`].
    ///
    /// # Errors
    ///
    /// None at present; it is there for code that allows for running out of memory.
    ///
    /// # Panics
    ///
    /// As [`Linker::get`].
    pub fn try_get_by_import(
        &self,
        store: impl AsContextMut<Data = T>,
        import: &ImportType<'_>,
    ) -> Result<Option<Extern>> {
        Ok(self.get_by_import(store, import))
    }
}

impl<T> Clone for Linker<T> {
    fn clone(&self) -> Linker<T> {
        Linker {
            engine: self.engine.clone(),
            names: self.names.clone(),
            items: self.items.clone(),
            by_key: self.by_key.clone(),
            allow_shadowing: self.allow_shadowing,
            allow_unknown_exports: self.allow_unknown_exports,
            data: PhantomData,
        }
    }
}

impl<T: 'static> Default for Linker<T> {
    /// An empty linker with a new default engine, which matches no store that exists already.
    fn default() -> Linker<T> {
        Linker::new(&Engine::default())
    }
}

impl<T> fmt::Debug for Linker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Linker")
            .field("items", &self.items.len())
            .field("allow_shadowing", &self.allow_shadowing)
            .field("allow_unknown_exports", &self.allow_unknown_exports)
            .finish_non_exhaustive()
    }
}
