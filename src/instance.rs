//! Instances: modules brought to life in a store.

mod startup;

use alloc::format;
use alloc::vec::Vec;

use wasmote_interp::{InstanceId, InstanceParts, TrapCode};

use self::startup::Startup;
use crate::error::Context as _;
use crate::externals::{new_memory, new_table};
use crate::limits::Limiter;
use crate::matching::ItemType;
use crate::module::{Active, ConstExpr};
use crate::poll::now;
use crate::store::{StoreInner, StoreOpaque};
use crate::{
    AsContextMut, Engine, Export, Extern, Func, Global, Instance, Memory, Module, ModuleExport,
    Result, SharedMemory, StoreContext, StoreContextMut, Table, Tag, Trap, TypedFunc, WasmParams,
    WasmResults, driver, ensure, format_err,
};

impl Instance {
    /// Instantiates `module` with `imports`, one for each of [`Module::imports`] in that order, and
    /// runs its start function if it has one.
    ///
    /// A [`Linker`](crate::Linker) finds the imports by name instead.
    ///
    /// # Errors
    /// In this order: the module is of another engine than the store; an import is of another
    /// store; the number of imports is wrong; an import is of an incompatible type; a limit of the store
    /// is exceeded; an active segment does not fit its table or memory, or the start function fails (the
    /// error is a [`Trap`], or what a host function returned). In the last case the
    /// instance remains in the store, and what was written to imported tables and memories stays written.
    pub fn new(
        mut store: impl AsContextMut,
        module: &Module,
        imports: &[Extern],
    ) -> Result<Instance> {
        let store = store.as_context_mut().0;
        check_engine(&store.opaque, module)?;
        check_store(&store.opaque, imports)?;
        check_types(&store.opaque, module, imports)?;
        instantiate(store, module, imports)
    }

    /// Like [`Instance::new`], for stores in which calls have to be asynchronous; others may use it, too.
    ///
    /// # Errors
    /// As [`Instance::new`].
    #[cfg(feature = "async")]
    pub async fn new_async(
        mut store: impl AsContextMut,
        module: &Module,
        imports: &[Extern],
    ) -> Result<Instance> {
        let store = store.as_context_mut().0;
        check_engine(&store.opaque, module)?;
        check_store(&store.opaque, imports)?;
        check_types(&store.opaque, module, imports)?;
        instantiate_async(store, module, imports).await
    }

    /// The module that this is an instance of.
    pub fn module<'a, T: 'static>(&self, store: impl Into<StoreContext<'a, T>>) -> &'a Module {
        let store = &store.into().0.opaque;
        store.module(self.id_in(store))
    }

    /// The exports in the order of the module.
    pub fn exports<'a, T: 'static>(
        &'a self,
        store: impl Into<StoreContextMut<'a, T>>,
    ) -> impl ExactSizeIterator<Item = Export<'a>> + 'a {
        let store = &mut store.into().0.opaque;
        let id = self.id_in(store);
        let module = store.module(id).clone();
        let items: Vec<Extern> = (0..)
            .map_while(|index| Some(module.export_at(index)?.1))
            .map(|item| Extern::of_instance(store, id, item))
            .collect();
        let module = store.module(id);
        items.into_iter().enumerate().map(|(index, item)| {
            let (name, _) = module.export_at(index).expect("there are as many items as exports");
            Export::new(name, item)
        })
    }

    /// The export of this name.
    pub fn get_export(&self, mut store: impl AsContextMut, name: &str) -> Option<Extern> {
        let store = &mut store.as_context_mut().0.opaque;
        let id = self.id_in(store);
        let item = store.module(id).find_export(name)?;
        Some(Extern::of_instance(store, id, item))
    }

    /// The export that was found in the module with [`Module::get_export_index`]; `None` if that was
    /// another module.
    pub fn get_module_export(
        &self,
        mut store: impl AsContextMut,
        export: &ModuleExport,
    ) -> Option<Extern> {
        let store = &mut store.as_context_mut().0.opaque;
        let id = self.id_in(store);
        let item = store.module(id).export_item(export)?;
        Some(Extern::of_instance(store, id, item))
    }

    /// The exported function of this name.
    pub fn get_func(&self, store: impl AsContextMut, name: &str) -> Option<Func> {
        self.get_export(store, name)?.into_func()
    }

    /// The exported function of this name, as one of these types.
    ///
    /// # Errors
    /// If there is no such function, or it is of another type.
    pub fn get_typed_func<Params, Results>(
        &self,
        mut store: impl AsContextMut,
        name: &str,
    ) -> Result<TypedFunc<Params, Results>>
    where
        Params: WasmParams,
        Results: WasmResults,
    {
        let func = self
            .get_func(&mut store, name)
            .ok_or_else(|| format_err!("failed to find function export `{name}`"))?;
        func.typed(store)
            .with_context(|| format!("failed to convert function `{name}` to given type"))
    }

    /// The exported table of this name.
    pub fn get_table(&self, store: impl AsContextMut, name: &str) -> Option<Table> {
        self.get_export(store, name)?.into_table()
    }

    /// The exported memory of this name.
    pub fn get_memory(&self, store: impl AsContextMut, name: &str) -> Option<Memory> {
        self.get_export(store, name)?.into_memory()
    }

    /// The exported shared memory of this name.
    pub fn get_shared_memory(&self, store: impl AsContextMut, name: &str) -> Option<SharedMemory> {
        self.get_export(store, name)?.into_shared_memory()
    }

    /// The exported global of this name.
    pub fn get_global(&self, store: impl AsContextMut, name: &str) -> Option<Global> {
        self.get_export(store, name)?.into_global()
    }

    /// The exported tag of this name.
    pub fn get_tag(&self, store: impl AsContextMut, name: &str) -> Option<Tag> {
        self.get_export(store, name)?.into_tag()
    }
}

/// Errs unless the module is of the store's engine.
pub(crate) fn check_engine(store: &StoreOpaque, module: &Module) -> Result<()> {
    ensure!(
        Engine::same(store.engine(), module.engine()),
        "cross-`Engine` instantiation is not currently supported"
    );
    Ok(())
}

/// Errs unless the items are of the store.
pub(crate) fn check_store(store: &StoreOpaque, imports: &[Extern]) -> Result<()> {
    ensure!(
        imports.iter().all(|item| item.is_of(store)),
        "cross-`Store` instantiation is not currently supported"
    );
    Ok(())
}

/// Errs unless the items are what the module imports.
fn check_types(store: &StoreOpaque, module: &Module, imports: &[Extern]) -> Result<()> {
    let expected = module.imports();
    let (wanted, found) = (expected.len(), imports.len());
    ensure!(wanted == found, "expected {wanted} imports, found {found}");
    for (import, item) in expected.zip(imports) {
        let found = ItemType::new(item.ty_in(store), item.size_in(store).unwrap_or(0));
        found.check(&import.ty()).with_context(|| {
            let (module, name) = (import.module(), import.name());
            format!("incompatible import type for `{module}::{name}`")
        })?;
    }
    Ok(())
}

/// Instantiates a module with imports that were checked: allocation, globals, segments, start.
///
/// # Errors
/// As [`Instance::new`]; and if calls have to be asynchronous.
pub(crate) fn instantiate<T>(
    store: &mut StoreInner<T>,
    module: &Module,
    imports: &[Extern],
) -> Result<Instance> {
    store.opaque.ensure_sync()?;
    let (opaque, limiter) = store.opaque_and_limiter()?;
    let id = now(allocate(opaque, limiter, module, imports))?;
    now(set_globals(store, id, module, false))?;
    now(initialize(store, id, module, false))?;
    if let Some(start) = module.start() {
        let start = store.opaque.machine.instance_func(id, start);
        driver::call_start(store, id, start)?;
    }
    Ok(Instance::of_store(&store.opaque, id))
}

/// The same, asynchronously.
#[cfg(feature = "async")]
pub(crate) async fn instantiate_async<T>(
    store: &mut StoreInner<T>,
    module: &Module,
    imports: &[Extern],
) -> Result<Instance> {
    let (opaque, limiter) = store.opaque_and_any_limiter();
    let id = allocate(opaque, limiter, module, imports).await?;
    set_globals(store, id, module, true).await?;
    initialize(store, id, module, true).await?;
    if let Some(start) = module.start() {
        let start = store.opaque.machine.instance_func(id, start);
        driver::AsyncCall::begin(store, start)?.run(Some(id)).await?;
    }
    Ok(Instance::of_store(&store.opaque, id))
}

/// Allocates an instance: its memories and tables, then the instance itself, then its globals.
async fn allocate(
    store: &mut StoreOpaque,
    mut limiter: Limiter<'_>,
    module: &Module,
    imports: &[Extern],
) -> Result<InstanceId> {
    let info = module.code().info();
    let mut funcs = Vec::with_capacity(info.imported_funcs as usize);
    let mut tables = Vec::with_capacity(info.tables.len());
    let mut memories = Vec::with_capacity(info.memories.len());
    let mut globals = Vec::with_capacity(info.imported_globals as usize);
    let mut tags = Vec::with_capacity(info.tags.len());
    for import in imports {
        match import {
            Extern::Func(func) => funcs.push(func.id_in(store)),
            Extern::Table(table) => tables.push(table.id_in(store)),
            Extern::Memory(memory) => memories.push(memory.id_in(store)),
            Extern::SharedMemory(memory) => memories.push(memory.add_to(store)?),
            Extern::Global(global) => globals.push(global.id_in(store)),
            Extern::Tag(tag) => tags.push(tag.id_in(store)),
        }
    }
    store.count_instance(module.defined_tables().len(), module.defined_memories().len())?;
    for ty in module.defined_memories() {
        memories.push(new_memory(store, limiter.reborrow(), ty).await?);
    }
    for ty in module.defined_tables() {
        tables.push(new_table(store, limiter.reborrow(), ty, 0).await?);
    }
    let id = (|| {
        for ty in &info.tags[info.imported_tags as usize..] {
            tags.push(store.machine.tag_alloc(info.types.func(*ty).id)?);
        }
        let parts = InstanceParts { funcs: &funcs, tables, memories, globals: &globals, tags };
        store.machine.instance_alloc(module.code(), parts)
    })();
    let id = id.map_err(|_| format_err!("out of memory: an instance could not be allocated"))?;
    store.add_instance(id, module.clone());
    for (index, _) in module.global_inits() {
        let global = store.machine.instance_global(id, index);
        store.add_wasm_global(global, id, index);
    }
    Ok(id)
}

/// Gives the globals of an instance just allocated their values.
async fn set_globals<T>(
    store: &mut StoreInner<T>,
    id: InstanceId,
    module: &Module,
    may_wait: bool,
) -> Result<()> {
    for (index, init) in module.global_inits() {
        let value = eval(store, module, init, id, may_wait).await?;
        let global = store.opaque.machine.instance_global(id, index);
        store.opaque.machine.set_global(global, value);
    }
    Ok(())
}

/// The value of a constant expression, as [`Module::eval`].
///
/// # Errors
/// If an object has no room.
async fn eval<T>(
    store: &mut StoreInner<T>,
    module: &Module,
    expr: ConstExpr,
    id: InstanceId,
    may_wait: bool,
) -> Result<[u64; 2]> {
    if let (false, Ok(value)) =
        (expr.may_need_room(), module.eval(expr, &mut store.opaque.machine, id))
    {
        return Ok(value);
    }
    store.with_room(may_wait, |machine| module.eval(expr, machine, id)).await
}

/// Fills tables and memories of an instance just allocated: in slices, as guests do what takes long.
///
/// A deadline that is reached before ends nothing here: that of a new store is, and embedders set it after
/// instantiation.
async fn initialize<T>(
    store: &mut StoreInner<T>,
    id: InstanceId,
    module: &Module,
    may_wait: bool,
) -> Result<()> {
    let mut slices = Slices { look: !store.opaque.machine.is_late(), may_wait };
    let mut startup = Startup::enter(&mut store.opaque, module)?;
    for (index, init) in module.table_inits() {
        let opaque = &mut store.opaque;
        if let Some(startup) = &mut startup {
            startup.fill(opaque, module, index, init)?;
        }
        let [value, _] = eval(store, module, init, id, may_wait).await?;
        let opaque = &mut store.opaque;
        let table = opaque.machine.instance_table(id, index);
        let len = opaque.machine.table(table).len() as u64;
        let kind = module.code().info().tables[index as usize].element;
        let pin = opaque.machine.pin(value, kind);
        slices
            .of(store, len, ELEMENTS, |store, at, n| {
                store.machine.table_fill(table, at, store.machine.pinned(pin), n)
            })
            .await?;
        store.opaque.machine.unpin(pin);
    }
    // All segments are there before the first is copied: a copy may make functions of this
    // instance reachable from elsewhere, and they may use any segment even if a later copy traps.
    for (segment, elem) in (0..).zip(module.elems()) {
        if !elem.is_declared() {
            let mut items = module.items(elem);
            let mut left = elem.len();
            while left > 0 {
                // Objects that the items make may need more room than there is.
                let mut no_room = None;
                slices
                    .of(store, left, ELEMENTS, |store, _, n| {
                        for _ in 0..n {
                            if no_room.is_none() {
                                match items.eval(&mut store.machine, id) {
                                    Ok(item) => {
                                        store.machine.instance_push_elem(id, segment, item);
                                        left -= 1;
                                    }
                                    Err(error) => no_room = Some(error),
                                }
                            }
                        }
                        Ok(())
                    })
                    .await?;
                if left > 0 {
                    let item = store.with_room(may_wait, |machine| items.eval(machine, id)).await?;
                    store.opaque.machine.instance_push_elem(id, segment, item);
                    left -= 1;
                }
            }
        }
    }
    for (number, &Active { segment, target, offset }) in module.active_elems().iter().enumerate() {
        let [offset, _] = eval(store, module, offset, id, may_wait).await?;
        let len = module.elems()[segment as usize].len();
        // Nothing is copied unless all of it can be.
        let table = store.opaque.machine.instance_table(id, target);
        let size = store.opaque.machine.table(table).len() as u64;
        ensure_fits(offset, len, size, Trap::TableOutOfBounds)?;
        if let Some(startup) = &mut startup {
            startup.elem(&mut store.opaque, module, number)?;
        }
        slices
            .of(store, len, ELEMENTS, |store, at, n| {
                store.machine.table_init(id, segment, target, offset + at, at, n)
            })
            .await?;
        store.opaque.machine.instance_drop_elem(id, segment);
    }
    for active in module.active_data() {
        if let Some(startup) = &mut startup {
            startup.data(&mut store.opaque, module, active)?;
        }
        let &Active { segment, target, offset } = active;
        let [offset, _] = eval(store, module, offset, id, may_wait).await?;
        let len = module.code().data()[segment as usize].len() as u64;
        let memory = store.opaque.machine.instance_memory(id, target);
        let size = store.opaque.machine.memory_len(memory) as u64;
        ensure_fits(offset, len, size, Trap::MemoryOutOfBounds)?;
        slices
            .of(store, len, BYTES, |store, at, n| {
                store.machine.memory_init(id, segment, target, offset + at, at, n)
            })
            .await?;
        store.opaque.machine.instance_drop_data(id, segment);
    }
    if let Some(startup) = startup {
        startup.leave(&mut store.opaque, module);
    }
    Ok(())
}

/// Bytes and elements that are copied without a look at the epoch.
const BYTES: u64 = 64 << 10;
const ELEMENTS: u64 = 8 << 10;

fn ensure_fits(start: u64, len: u64, size: u64, trap: Trap) -> Result<()> {
    match start.checked_add(len) {
        Some(end) if end <= size => Ok(()),
        _ => Err(trap.into()),
    }
}

/// Does what takes long some bytes or elements at a time.
struct Slices {
    /// The epoch's deadline may end it in between.
    look: bool,
    /// Its callback may wait.
    may_wait: bool,
}

impl Slices {
    /// For `len` in all, and `most` at a time: `slice` is told where and how many.
    async fn of<T>(
        &mut self,
        store: &mut StoreInner<T>,
        len: u64,
        most: u64,
        mut slice: impl FnMut(&mut StoreOpaque, u64, u64) -> Result<(), TrapCode>,
    ) -> Result<()> {
        let mut at = 0;
        loop {
            let n = (len - at).min(most);
            slice(&mut store.opaque, at, n).map_err(Trap::from)?;
            at += n;
            if at == len {
                return Ok(());
            }
            if self.look && store.opaque.machine.is_late() {
                store.epoch_deadline_reached(self.may_wait).await?;
            }
        }
    }
}
