//! External items: what instances share with each other and with the host.

mod caller;
mod global;
mod growth;
mod instance;
mod memory;
mod shared;
mod table;

pub use self::global::Global;
pub(crate) use self::growth::{grow_memory, grow_table, new_memory, new_shared_memory, new_table};
pub use self::instance::Instance;
pub use self::memory::{Memory, MemoryAccessError};
pub use self::shared::{SharedMemory, WaitResult};
pub use self::table::Table;

use wasmote_interp::{FuncId, InstanceId};

use crate::module::Item;
use crate::store::StoreOpaque;
use crate::{AsContext, ExternType, Func, Tag};

/// An item that can be imported and exported.
///
/// # Examples
/// ```
/// # fn main() -> wasmote::Result<()> {
/// use wasmote::{Engine, Extern, Func, Instance, Module, Store};
///
/// let engine = Engine::default();
/// let module = Module::new(&engine, r#"(module (import "" "f" (func)))"#)?;
/// let mut store = Store::new(&engine, ());
/// let item: Extern = Func::wrap(&mut store, || ()).into();
/// Instance::new(&mut store, &module, &[item])?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub enum Extern {
    /// A function.
    Func(Func),
    /// A global.
    Global(Global),
    /// A table.
    Table(Table),
    /// A memory.
    Memory(Memory),
    /// A memory that other stores and threads may use, too.
    SharedMemory(SharedMemory),
    /// A tag.
    Tag(Tag),
}

/// The accessors and conversions of each kind.
macro_rules! kinds {
    ($($kind:ident $into:ident $what:literal)*) => {
        impl Extern {
            $(
                #[doc = concat!("The ", $what, ", if this is one.")]
                pub fn $into(self) -> Option<$kind> {
                    match self {
                        Extern::$kind(item) => Some(item),
                        _ => None,
                    }
                }
            )*
        }
        impl Export<'_> {
            $(
                #[doc = concat!("The ", $what, ", if this is one.")]
                pub fn $into(self) -> Option<$kind> {
                    self.item.$into()
                }
            )*
        }
        $(
            impl From<$kind> for Extern {
                fn from(item: $kind) -> Extern {
                    Extern::$kind(item)
                }
            }
        )*
    };
}

kinds! {
    Func into_func "function"
    Global into_global "global"
    Table into_table "table"
    Memory into_memory "memory"
    SharedMemory into_shared_memory "shared memory"
    Tag into_tag "tag"
}

impl Extern {
    /// The type of the item. Sizes are those it was declared with, not the current ones.
    ///
    /// # Panics
    /// If `store` does not own the item.
    pub fn ty(&self, store: impl AsContext) -> ExternType {
        self.ty_in(&store.as_context().0.opaque)
    }

    pub(crate) fn ty_in(&self, store: &StoreOpaque) -> ExternType {
        match self {
            Extern::Func(func) => ExternType::Func(func.ty_in(store)),
            Extern::Global(global) => ExternType::Global(global.ty_in(store)),
            Extern::Table(table) => ExternType::Table(table.ty_in(store).clone()),
            Extern::Memory(memory) => ExternType::Memory(memory.ty_in(store).clone()),
            Extern::SharedMemory(memory) => ExternType::Memory(memory.ty()),
            Extern::Tag(tag) => ExternType::Tag(tag.ty_in(store)),
        }
    }

    /// The current size of a table in elements or of a memory in pages.
    pub(crate) fn size_in(&self, store: &StoreOpaque) -> Option<u64> {
        match self {
            Extern::Table(table) => Some(table.size_in(store)),
            Extern::Memory(memory) => Some(memory.size_in(store)),
            Extern::SharedMemory(memory) => Some(memory.size()),
            _ => None,
        }
    }

    /// The item of an index space of an instance.
    pub(crate) fn of_instance(store: &mut StoreOpaque, instance: InstanceId, item: Item) -> Extern {
        match item {
            Item::Func(index) => {
                let id: FuncId = store.machine.instance_func(instance, index);
                Extern::Func(Func::of_store(store, id))
            }
            Item::Global(index) => {
                let id = store.machine.instance_global(instance, index);
                Extern::Global(Global::of_store(store, id))
            }
            Item::Table(index) => {
                let id = store.machine.instance_table(instance, index);
                Extern::Table(Table::of_store(store, id))
            }
            Item::Memory(index) => {
                let id = store.machine.instance_memory(instance, index);
                match SharedMemory::of_store(store, id) {
                    Some(memory) => Extern::SharedMemory(memory),
                    None => Extern::Memory(Memory::of_store(store, id)),
                }
            }
            Item::Tag(index) => {
                let id = store.machine.instance_tag(instance, index);
                Extern::Tag(Tag::of_store(store, id))
            }
        }
    }

    /// Whether the item is of `store`.
    pub(crate) fn is_of(&self, store: &StoreOpaque) -> bool {
        match self {
            Extern::Func(func) => func.is_of(store),
            Extern::Global(global) => global.is_of(store),
            Extern::Table(table) => table.is_of(store),
            Extern::Memory(memory) => memory.is_of(store),
            Extern::SharedMemory(memory) => memory.is_of(store),
            Extern::Tag(tag) => tag.is_of(store),
        }
    }
}

/// An export of an instance: an item with its name.
///
/// # Examples
/// ```
/// use wasmote::{Engine, Instance, Module, Store};
///
/// let engine = Engine::default();
/// let module = Module::new(&engine, r#"(module (func (export "f")) (memory (export "m") 1))"#)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Instance::new(&mut store, &module, &[])?;
/// let exports: Vec<_> =
///     instance.exports(&mut store).map(|export| (export.name(), export.into_extern())).collect();
/// assert_eq!((exports[0].0, exports[1].0), ("f", "m"));
/// assert!(exports[1].1.clone().into_memory().is_some());
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Export<'instance> {
    name: &'instance str,
    item: Extern,
}

impl<'instance> Export<'instance> {
    pub(crate) fn new(name: &'instance str, item: Extern) -> Export<'instance> {
        Export { name, item }
    }

    /// The name.
    pub fn name(&self) -> &'instance str {
        self.name
    }

    /// The type of the item.
    ///
    /// # Panics
    /// If `store` does not own the item.
    pub fn ty(&self, store: impl AsContext) -> ExternType {
        self.item.ty(store)
    }

    /// The item.
    pub fn into_extern(self) -> Extern {
        self.item
    }
}
