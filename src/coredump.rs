//! `WasmCoreDump`: what a store looked like when a guest trapped.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use core::fmt;
use core::hash::Hash;

use hashbrown::HashMap;
use wasm_encoder::{
    ConstExpr, CoreDumpInstancesSection, CoreDumpModulesSection, CoreDumpSection,
    CoreDumpStackSection, CoreDumpValue, DataSection, GlobalSection, MemorySection,
};
use wasmote_interp::InstanceId;

use crate::store::StoreOpaque;
use crate::symbols::Shown;
use crate::{
    AsContextMut, Error, FrameInfo, Global, HeapType, Instance, Memory, Module, Mutability,
    SharedMemory, ValType, WasmBacktrace,
};

/// What a store looked like when a guest trapped, for debuggers.
///
/// With [`Config::coredump_on_trap`](crate::Config::coredump_on_trap) an error that a trap or a host function causes
/// carries one as a context, so it can be taken from the error with [`downcast_ref`](Error::downcast_ref).
///
/// It names what is in the store, and copies nothing: [`WasmCoreDump::serialize`] writes the memories and globals as they
/// are then.
///
/// # Examples
/// ```
/// # fn main() -> wasmote::Result<()> {
/// use wasmote::{Config, Engine, Instance, Module, Store, WasmCoreDump};
///
/// let mut config = Config::new();
/// config.coredump_on_trap(true);
/// let engine = Engine::new(&config)?;
/// let module = Module::new(&engine, r#"(module (memory 1) (func (export "run") unreachable))"#)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Instance::new(&mut store, &module, &[])?;
/// let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
///
/// let error = run.call(&mut store, ()).unwrap_err();
/// let dump = error.downcast_ref::<WasmCoreDump>().unwrap();
/// assert_eq!((dump.frames().len(), dump.memories().len()), (1, 1));
/// let bytes = dump.serialize(&mut store, "a guest"); // to be written to a file
/// # assert!(wasmparser::Parser::new(0).parse_all(&bytes).all(|payload| payload.is_ok()));
/// # Ok(())
/// # }
/// ```
pub struct WasmCoreDump {
    modules: Box<[Module]>,
    instances: Box<[Instance]>,
    memories: Box<[Memory]>,
    globals: Box<[Global]>,
    backtrace: WasmBacktrace,
}

/// Adds a core dump to an error that is about to leave a call, if the embedder wants one and there is none yet.
pub(crate) fn attach(store: &StoreOpaque, error: Error) -> Error {
    if !store.engine().config().get_coredump_on_trap() || error.is::<WasmCoreDump>() {
        return error;
    }
    error.context(WasmCoreDump::new(store))
}

impl WasmCoreDump {
    fn new(store: &StoreOpaque) -> WasmCoreDump {
        let modules = positions(store.machine.instances(), |id| store.module(*id).id());
        let mut modules: Vec<(u32, InstanceId)> = modules.into_values().collect();
        modules.sort_unstable_by_key(|(number, _)| *number);
        let is_own = |id: &_| SharedMemory::of_store(store, *id).is_none();
        let memories = store.machine.memories().filter(is_own);
        WasmCoreDump {
            modules: modules.into_iter().map(|(_, id)| store.module(id).clone()).collect(),
            instances: store.machine.instances().map(|id| Instance::of_store(store, id)).collect(),
            memories: memories.map(|id| Memory::of_store(store, id)).collect(),
            globals: store.globals().map(|id| Global::of_store(store, id)).collect(),
            backtrace: WasmBacktrace::capture_in(store),
        }
    }

    /// The frames in progress, innermost first.
    pub fn frames(&self) -> &[FrameInfo] {
        self.backtrace.frames()
    }

    /// The modules of the instances, each once.
    pub fn modules(&self) -> &[Module] {
        &self.modules
    }

    /// The instances in the store.
    pub fn instances(&self) -> &[Instance] {
        &self.instances
    }

    /// The globals in the store, those made by the host, too.
    pub fn globals(&self) -> &[Global] {
        &self.globals
    }

    /// The memories in the store, those made by the host, too, but none that is shared.
    pub fn memories(&self) -> &[Memory] {
        &self.memories
    }

    /// The core dump in the format of the WebAssembly tool conventions, which is a WebAssembly module with additional
    /// sections; `name` is that of the program.
    ///
    /// The memories and globals are written as they are now. References are written as null. Locals and operands of
    /// frames are not written.
    ///
    /// # Panics
    /// If `store` is not the store of the core dump.
    pub fn serialize(&self, mut store: impl AsContextMut, name: &str) -> Vec<u8> {
        let store = &store.as_context_mut().0.opaque;
        let mut dump = wasm_encoder::Module::new();
        dump.section(&CoreDumpSection::new(name));
        let data = self.write_memories(store, &mut dump);
        self.write_globals(store, &mut dump);
        dump.section(&data);
        self.write_modules(&mut dump);
        self.write_instances(store, &mut dump);
        self.write_stack(store, &mut dump);
        dump.finish()
    }

    /// Writes the types of the memories; returns what they contain.
    fn write_memories(&self, store: &StoreOpaque, dump: &mut wasm_encoder::Module) -> DataSection {
        let mut memories = MemorySection::new();
        let mut data = DataSection::new();
        for (number, memory) in (0..).zip(&self.memories) {
            let ty = memory.ty_in(store);
            let page_size_log2 = u32::from(ty.page_size_log2());
            memories.memory(wasm_encoder::MemoryType {
                minimum: memory.size_in(store),
                maximum: ty.maximum(),
                memory64: ty.is_64(),
                shared: false,
                page_size_log2: (page_size_log2 != 16).then_some(page_size_log2),
            });
            let bytes = store.machine.memory(memory.id_in(store));
            for (at, bytes) in chunks(bytes) {
                let offset = if ty.is_64() {
                    ConstExpr::i64_const(at as i64)
                } else {
                    ConstExpr::i32_const(at as i32)
                };
                data.active(number, &offset, bytes.iter().copied());
            }
        }
        dump.section(&memories);
        data
    }

    fn write_globals(&self, store: &StoreOpaque, dump: &mut wasm_encoder::Module) {
        let mut globals = GlobalSection::new();
        for global in &self.globals {
            let ty = global.ty_in(store);
            let [low, high] = store.machine.global(global.id_in(store));
            let (val_type, init) = match ty.content() {
                ValType::I32 => (wasm_encoder::ValType::I32, ConstExpr::i32_const(low as i32)),
                ValType::I64 => (wasm_encoder::ValType::I64, ConstExpr::i64_const(low as i64)),
                ValType::F32 => {
                    let value = f32::from_bits(low as u32).into();
                    (wasm_encoder::ValType::F32, ConstExpr::f32_const(value))
                }
                ValType::F64 => {
                    let value = f64::from_bits(low).into();
                    (wasm_encoder::ValType::F64, ConstExpr::f64_const(value))
                }
                ValType::V128 => {
                    let value = u128::from(low) | u128::from(high) << 64;
                    (wasm_encoder::ValType::V128, ConstExpr::v128_const(value as i128))
                }
                // There are no types in the dump that a reference could be of, so it is of the most general one.
                ValType::Ref(ty) => {
                    let ty = match ty.heap_type().top() {
                        HeapType::Func => wasm_encoder::RefType::FUNCREF,
                        HeapType::Extern => wasm_encoder::RefType::EXTERNREF,
                        HeapType::Exn => wasm_encoder::RefType::EXNREF,
                        _ => wasm_encoder::RefType::ANYREF,
                    };
                    (wasm_encoder::ValType::Ref(ty), ConstExpr::ref_null(ty.heap_type))
                }
            };
            let mutable = matches!(ty.mutability(), Mutability::Var);
            let ty = wasm_encoder::GlobalType { val_type, mutable, shared: false };
            globals.global(ty, &init);
        }
        dump.section(&globals);
    }

    fn write_modules(&self, dump: &mut wasm_encoder::Module) {
        let mut modules = CoreDumpModulesSection::new();
        for (number, module) in self.modules.iter().enumerate() {
            match module.name() {
                Some(name) => modules.module(name),
                None => modules.module(format!("<anonymous-module-{number}>")),
            };
        }
        dump.section(&modules);
    }

    fn write_instances(&self, store: &StoreOpaque, dump: &mut wasm_encoder::Module) {
        let modules = positions(&self.modules, |module| module.id());
        let memories = positions(&self.memories, |memory| memory.id_in(store));
        let globals = positions(&self.globals, |global| global.id_in(store));
        let mut instances = CoreDumpInstancesSection::new();
        for instance in &self.instances {
            let id = instance.id_in(store);
            let module = store.module(id);
            let info = module.code().info();
            // Shared memories are not in the dump.
            let memories: Vec<u32> = (0..info.memories.len() as u32)
                .filter_map(|index| memories.get(&store.machine.instance_memory(id, index)))
                .map(|(number, _)| *number)
                .collect();
            let globals: Vec<u32> = (0..info.globals.len() as u32)
                .filter_map(|index| globals.get(&store.machine.instance_global(id, index)))
                .map(|(number, _)| *number)
                .collect();
            instances.instance(modules[&module.id()].0, memories, globals);
        }
        dump.section(&instances);
    }

    fn write_stack(&self, store: &StoreOpaque, dump: &mut wasm_encoder::Module) {
        const NONE: [CoreDumpValue; 0] = [];
        let instances = positions(&self.instances, |instance| instance.id_in(store));
        let mut stack = CoreDumpStackSection::new("main");
        for frame in self.frames() {
            let instance = instances[&frame.instance()].0;
            let offset = frame.func_offset().unwrap_or(0) as u32;
            stack.frame(instance, frame.func_index(), offset, NONE, NONE);
        }
        dump.section(&stack);
    }
}

/// The things by their keys, numbered in the order in which the keys come first.
fn positions<T, K: Hash + Eq>(
    things: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> K,
) -> HashMap<K, (u32, T)> {
    let mut positions = HashMap::new();
    for thing in things {
        let number = positions.len() as u32;
        positions.entry(key(&thing)).or_insert((number, thing));
    }
    positions
}

/// The parts of a memory that are not all zeros, with their places. They are neither so many that readers would refuse
/// them, nor are they the whole memory.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    // Modules have at most 100,000 segments.
    let size = (bytes.len() / 50_000).max(4096);
    bytes.chunks(size).enumerate().filter_map(move |(number, chunk)| {
        let start = chunk.iter().position(|byte| *byte != 0)?;
        let end = chunk.iter().rposition(|byte| *byte != 0)? + 1;
        Some((number * size + start, &chunk[start..end]))
    })
}

impl fmt::Display for WasmCoreDump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "wasm coredump generated while executing store_name:")?;
        writeln!(f, "modules:")?;
        for module in &self.modules {
            writeln!(f, "  {}", Shown(module.name().unwrap_or("<module>")))?;
        }
        writeln!(f, "instances:")?;
        for instance in &self.instances {
            writeln!(f, "  {instance:?}")?;
        }
        writeln!(f, "memories:")?;
        for memory in &self.memories {
            writeln!(f, "  {memory:?}")?;
        }
        writeln!(f, "globals:")?;
        for global in &self.globals {
            writeln!(f, "  {global:?}")?;
        }
        writeln!(f, "backtrace:")?;
        write!(f, "{}", self.backtrace)
    }
}

impl fmt::Debug for WasmCoreDump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<wasm core dump>")
    }
}
