//! A pure-interpreter WebAssembly runtime with wasmtime's embedding API.
//!
//! `wasmote` validates WebAssembly modules, translates them to code for a machine of its own, and runs
//! that code: no JIT, no generated machine code, no native stack used by a guest. It is `no_std`
//! (with `alloc`) at heart; the feature `std` adds files and threads that park.
//!
//! # An embedding
//! ```
//! use wasmote::{Caller, Engine, Linker, Module, Result, Store};
//!
//! fn main() -> Result<()> {
//!     let engine = Engine::default();
//!     let module = Module::new(
//!         &engine,
//!         r#"(module
//!             (import "host" "add" (func $add (param i32)))
//!             (func (export "count") (param $n i32)
//!                 (loop $again
//!                     (call $add (local.get $n))
//!                     (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))"#,
//!     )?;
//!     let mut linker = Linker::new(&engine);
//!     linker.func_wrap("host", "add", |mut caller: Caller<'_, i32>, n: i32| *caller.data_mut() += n)?;
//!     let mut store = Store::new(&engine, 0);
//!     let instance = linker.instantiate(&mut store, &module)?;
//!     instance.get_typed_func::<i32, ()>(&mut store, "count")?.call(&mut store, 4)?;
//!     assert_eq!(*store.data(), 10);
//!     Ok(())
//! }
//! ```
//!
//! # The layers, from the top down
//!
//! | what | for what | begin with |
//! |---|---|---|
//! | [`Linker`] | names of host functions and instances, by which the imports of modules are found | [`func_wrap`](Linker::func_wrap), [`instantiate`](Linker::instantiate), [`instantiate_pre`](Linker::instantiate_pre) |
//! | [`Func`], [`TypedFunc`], [`Caller`] | functions: called by the host, written by the host | [`TypedFunc::call`], [`Func::call`], [`Func::wrap`], [`Caller::data_mut`], [`Caller::get_export`] |
//! | [`Instance`], [`InstancePre`] | a module brought to life in a store | [`get_typed_func`](Instance::get_typed_func), [`get_memory`](Instance::get_memory), [`InstancePre::instantiate`] |
//! | [`Memory`], [`Table`], [`Global`], [`Extern`] | what instances share with each other and the host | [`Memory::read`], [`Memory::write`], [`Memory::data_and_store_mut`] |
//! | [`SharedMemory`] | what instances of several stores and threads share | [`SharedMemory::new`] |
//! | [`Store`] | owns everything above, and the embedder's data | [`Store::new`], [`limiter`](Store::limiter), [`set_fuel`](Store::set_fuel), [`set_epoch_deadline`](Store::set_epoch_deadline) |
//! | [`Module`] | validated and translated code; shared by all stores and threads | [`Module::new`], [`imports`](Module::imports), [`exports`](Module::exports) |
//! | [`Engine`], [`Config`] | options, and the types that modules have in common | [`Engine::new`], [`Config::untrusted`], [`increment_epoch`](Engine::increment_epoch) |
//!
//! Below these lies the crate `wasmote-interp`, the machine itself, which knows nothing of any of them.
//!
//! The repository has a guide, `docs/embedding.md`, from a plugin host to a server; `docs/from-wasmtime.md` and
//! `docs/from-wasmi.md` say what changes for who comes from there.
//!
//! # Handles and their store
//! Items of a store are named by small `Copy` handles. Their methods take the store that the item is
//! of, as anything that leads to it ([`AsContext`], [`AsContextMut`]): a store, a [`Caller`], a
//! context. **They panic with "object used with the wrong store" if it is another one.**
//!
//! # Threads
//! [`Engine`], [`Module`], [`Linker`] and [`InstancePre`] are shared by threads. A `Store<T>` is `Send` and `Sync`
//! if `T` is: what host functions need that is not (`Rc` and the like) is kept in the store's data, where
//! [`Caller::data`] finds it.
//!
//! # Errors and traps
//! [`Error`] holds any error or message, below any number of contexts. What a guest does wrong is an error that
//! [downcasts](Error::downcast_ref) to [`Trap`]; where it happened is its [`WasmBacktrace`], in the same error. An
//! error that a host function returns comes out of the call into WebAssembly and can be downcast to what it was.
//!
//! # Hostile guests, and guests that wait
//! The pages [`guide::hostile_guests`] and [`guide::asynchronous`] are about these.
//!
//! # Features
//! * `std` (default): `Module::from_file`, locks that park instead of spinning, file paths in errors.
//! * `wat` (default): [`Module::new`] also takes the text format.
//! * `anyhow` (default): conversions from and to errors of `anyhow`.
//! * `call-hook`: `Store::call_hook`, which is told when a guest begins and ends to run.
//! * `anyhow-error`: [`Error`] is `anyhow::Error`, as it was in wasmtime up to 41. Not for a program that is also
//!   made of crates for wasmtime since 42.
//! * `anyhow-results`: host functions may return `anyhow::Result` too, as they could up to wasmtime 41. The price: a closure
//!   that ends in `Ok(())` must name the type of its error.
//! * `addr2line` (default): the frames of backtraces name files and lines of the source, if
//!   [`Config::wasm_backtrace_details`] wants it and the module has debug information (DWARF).
//! * `demangle` (default): backtraces show the names of functions in Rust and C++ as they are written there.
//! * `coredump` (default): [`Config::coredump_on_trap`] and `WasmCoreDump`, what a store looked like when a guest trapped.
//! * `profiling`: `GuestProfiler`, where guests spend their time, for the Firefox profiler.
//! * `backtrace`: native backtraces in errors, where the environment asks for them.
//! * `trees` (default): more and larger handlers, for speed.
//! * `metering` (default): fuel and epochs.
//! * `simd` (default): vectors of 128 bits, relaxed ones included.
//! * `threads` (default): shared memories and atomic operations, on targets with 64-bit atomics.
//! * `async` (default): asynchronous host functions, limiters and calls; a guest that waits holds no native stack.
//! * `mmap` (default): memories and tables of a megabyte or more are pages of the operating system, which costs less
//!   than to clear memory of the allocator.
//! * `parallel-compilation` (default): large modules are validated and translated by several threads.
//!
//! Every other feature of wasmtime has its name here too, and is off by default:
//! * `runtime`: `metering` and `simd`, which wasmtime always has.
//! * `cranelift`, `winch`: `std` and `trees`. There is no compiler to choose.
//! * `pooling-allocator`: `runtime`, `std` and `mmap`.
//! * `reexport-wasmparser`: the crate `wasmparser` under that name.
//! * `cache`, `incremental-cache`, `stack-switching`: nothing but `std`, and
//!   `debug`, `gc`, `gc-copying`, `gc-drc`, `gc-null`: no effect. What they switch on in
//!   wasmtime is always here, as far as an interpreter has it.
//! * `all-arch`, `custom-fiber`, `custom-native-signals`, `custom-sync-primitives`, `custom-virtual-memory`,
//!   `debug-builtins`, `memory-protection-keys`, `profile-pulley`, `pulley`, `rr`, `signals-based-traps`, `trace-log`,
//!   `wmemcheck`: no effect; they are about machine code and its platforms.
//! * `compile-time-builtins`, `component-model`, `component-model-async`, `component-model-async-bytes`,
//!   `component-model-bytes`, `task-group-hook`, `wave`, `wit-parser`: no effect; they are about components.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod backtrace;
mod config;
#[cfg(feature = "coredump")]
mod coredump;
mod driver;
mod engine;
#[cfg(not(feature = "anyhow-error"))]
pub mod error;
#[cfg(feature = "anyhow-error")]
#[path = "error/of_anyhow.rs"]
pub mod error;
mod externals;
mod func;
mod instance;
mod limits;
mod linker;
mod matching;
mod memory;
mod module;
mod poll;
#[cfg(feature = "parallel-compilation")]
mod pool;
#[cfg(feature = "profiling")]
mod profiling;
mod store;
mod symbols;
mod sync;
mod trap;
mod types;
mod unique;
mod values;

pub use crate::backtrace::{FrameInfo, WasmBacktrace};
#[cfg(feature = "std")]
pub use crate::config::{Cache, CacheConfig};
pub use crate::config::{
    Collector, CompilationMode, Config, CustomCodeMemory, Enabled, Inlining,
    InstanceAllocationStrategy, ModuleVersionStrategy, OperatorCost, OptLevel,
    PoolConcurrencyLimitError, PoolingAllocationConfig, ProfilingStrategy, RRConfig,
    RegallocAlgorithm, StackCreator, StackMemory, Strategy, VariableOperatorCost,
    WasmBacktraceDetails, WasmFeatures,
};
#[cfg(feature = "coredump")]
pub use crate::coredump::WasmCoreDump;
pub use crate::engine::{Engine, EngineWeak, PoolingAllocatorMetrics};
pub use crate::error::{Error, OutOfMemory, Result, ToWasmtimeResult};
#[cfg(feature = "anyhow-error")]
pub use crate::error::{bail, ensure, format_err};
pub use crate::externals::{
    Export, Extern, Global, Instance, Memory, MemoryAccessError, SharedMemory, Table, WaitResult,
};
pub use crate::func::{IntoFunc, TypedFunc, WasmParams, WasmResults, WasmRet, WasmTy, WasmTyList};
#[cfg(feature = "async")]
pub use crate::limits::ResourceLimiterAsync;
pub use crate::limits::{
    DEFAULT_INSTANCE_LIMIT, DEFAULT_MEMORY_LIMIT, DEFAULT_TABLE_LIMIT, ResourceLimiter,
    StoreLimits, StoreLimitsBuilder,
};
pub use crate::linker::{InstancePre, Linker, UnknownImportError};
pub use crate::memory::{LinearMemory, MemoryCreator, MemoryType, MemoryTypeBuilder};
#[cfg(feature = "std")]
pub use crate::module::{CodeBuilder, CodeHint};
pub use crate::module::{
    FuncIndex, Module, ModuleExport, ModuleFunction, ResourcesRequired, StaticModuleIndex,
};
#[cfg(feature = "profiling")]
pub use crate::profiling::GuestProfiler;
#[cfg(all(feature = "call-hook", feature = "async"))]
pub use crate::store::CallHookHandler;
pub use crate::store::{
    AsContext, AsContextMut, CallHook, Caller, GcHeapOutOfMemory, Store, StoreContext,
    StoreContextMut, UpdateDeadline, UpdateFuel,
};
pub use crate::symbols::FrameSymbol;
pub use crate::trap::Trap;
pub use crate::types::{
    ArrayType, ExnType, ExportType, ExternType, FieldType, Finality, FuncType, GlobalType,
    HeapType, ImportType, Mutability, RefType, StorageType, StructType, TableType, TagType,
    ValType,
};
pub use crate::values::{
    AnyRef, ContRef, ExnRef, ExternRef, Func, GcRef, NoExtern, NoFunc, NoneRef, OwnedRooted, Ref,
    RootScope, Rooted, RootedGcRef, Tag, ThrownException, V128, Val, ValRaw,
};
#[cfg(feature = "gc")]
pub use crate::values::{ArrayRef, ArrayRefPre, EqRef, ExnRefPre, I31, StructRef, StructRefPre};

#[cfg(feature = "reexport-wasmparser")]
pub use wasmparser;

#[cfg(any(doc, doctest))]
pub mod guide;

/// The programs in documents are documentation tests.
#[cfg(all(
    doctest,
    feature = "std",
    feature = "wat",
    feature = "metering",
    feature = "async",
    feature = "gc"
))]
mod documents {
    #[doc = include_str!("../README.md")]
    struct Readme;
    #[doc = include_str!("../docs/embedding.md")]
    struct Embedding;
    #[doc = include_str!("../docs/from-wasmi.md")]
    struct FromWasmi;
    #[doc = include_str!("../docs/from-wasmtime.md")]
    struct FromWasmtime;
    #[doc = include_str!("../docs/hardening.md")]
    struct Hardening;
}
