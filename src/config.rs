//! `Config`: the options of an engine.
//!
//! Options that mean something to an interpreter are here; those that only a compiler has a use for
//! are kept in `compat.rs`, `pooling.rs` and `cache.rs`, so that code written for wasmtime compiles.

#[cfg(feature = "std")]
mod cache;
mod compat;
mod memory;
mod pooling;

#[cfg(feature = "std")]
pub use self::cache::{Cache, CacheConfig};
pub use self::compat::{
    Collector, CustomCodeMemory, Enabled, Inlining, InstanceAllocationStrategy,
    ModuleVersionStrategy, OptLevel, ProfilingStrategy, RRConfig, RegallocAlgorithm, StackCreator,
    StackMemory, Strategy,
};
pub use self::pooling::{PoolConcurrencyLimitError, PoolingAllocationConfig};

use alloc::string::String;
use alloc::sync::Arc;
use core::num::NonZeroUsize;

/// What operators cost in fuel, for [`Config::operator_cost`].
pub use wasmote_interp::{OperatorCost, VariableOperatorCost};

/// The proposals of WebAssembly, as flags for [`Config::wasm_features`].
pub use wasmparser::WasmFeatures;

use crate::{Result, bail, ensure};

/// What is on unless switched off: what wasmtime has on, as far as this version can run it.
pub(crate) const DEFAULT: WasmFeatures = {
    let without_vectors = WasmFeatures::WASM2
        .difference(WasmFeatures::SIMD)
        .union(WasmFeatures::TAIL_CALL)
        .union(WasmFeatures::EXTENDED_CONST)
        .union(WasmFeatures::MULTI_MEMORY)
        .union(WasmFeatures::MEMORY64)
        .union(WasmFeatures::WIDE_ARITHMETIC)
        .union(THREADS)
        .union(REFERENCES);
    if cfg!(feature = "simd") {
        without_vectors.union(WasmFeatures::SIMD).union(WasmFeatures::RELAXED_SIMD)
    } else {
        without_vectors
    }
};

/// What this version can run.
pub(crate) const SUPPORTED: WasmFeatures =
    DEFAULT.union(WasmFeatures::CUSTOM_PAGE_SIZES).union(WasmFeatures::COMPACT_IMPORTS);

const THREADS: WasmFeatures =
    if cfg!(feature = "threads") { WasmFeatures::THREADS } else { WasmFeatures::empty() };

/// Typed function references, objects and exceptions.
const REFERENCES: WasmFeatures = if cfg!(feature = "gc") {
    WasmFeatures::FUNCTION_REFERENCES
        .union(WasmFeatures::GC)
        .union(WasmFeatures::EXCEPTIONS)
        .union(WasmFeatures::LEGACY_EXCEPTIONS)
} else {
    WasmFeatures::empty()
};

/// Whether backtraces name source files and lines.
///
/// # Examples
/// ```
/// use wasmote::{Config, Engine, WasmBacktraceDetails};
///
/// let mut config = Config::new();
/// config.wasm_backtrace_details(WasmBacktraceDetails::Enable);
/// let engine = Engine::new(&config)?; // whatever the environment says
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WasmBacktraceDetails {
    /// They do, where the module has debug information.
    Enable,
    /// They do not.
    Disable,
    /// They do if the environment variable `WASMTIME_BACKTRACE_DETAILS` is `1` when the option is set, or the
    /// [`Config`] made. Without the feature `std` they do not.
    Environment,
}

fn wants_details(details: WasmBacktraceDetails) -> bool {
    match details {
        WasmBacktraceDetails::Enable => true,
        WasmBacktraceDetails::Disable => false,
        #[cfg(feature = "std")]
        WasmBacktraceDetails::Environment => {
            std::env::var_os("WASMTIME_BACKTRACE_DETAILS").is_some_and(|value| value == "1")
        }
        #[cfg(not(feature = "std"))]
        WasmBacktraceDetails::Environment => false,
    }
}

/// When the functions of a module are validated and translated.
///
/// | | validated | translated |
/// |---|---|---|
/// | `Eager` | by `Module::new` | by `Module::new` |
/// | `LazyTranslation` | by `Module::new` | when first called |
/// | `Lazy` | when first called | when first called |
///
/// The rest of a module (its types, imports, exports, segments and so on) is validated by
/// [`Module::new`](crate::Module::new) in every mode. A function is translated once, for all instances of
/// the module in all stores and threads.
///
/// # Examples
/// ```
/// use wasmote::{CompilationMode, Config, Engine, Instance, Module, Store};
///
/// // `f` is not valid: there is nothing to drop.
/// let text = r#"(module (func (export "f") drop) (func (export "g")))"#;
/// assert!(Module::new(&Engine::default(), text).is_err());
///
/// let engine = Engine::new(Config::new().compilation_mode(CompilationMode::Lazy))?;
/// let module = Module::new(&engine, text)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Instance::new(&mut store, &module, &[])?;
/// instance.get_typed_func::<(), ()>(&mut store, "g")?.call(&mut store, ())?;
/// assert!(instance.get_typed_func::<(), ()>(&mut store, "f")?.call(&mut store, ()).is_err());
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub enum CompilationMode {
    /// Everything at once. Calls never fail or wait for a reason that lies in the module.
    Eager,
    /// Validation at once, translation late: invalid modules are refused, and what is never called costs
    /// next to no time and memory. The first call of a function takes longer, later ones do not. What can still fail late is a function that exceeds a limit of this
    /// implementation, for example needs too many stack slots.
    #[default]
    LazyTranslation,
    /// Validation late, too: modules load in a fraction of the time. A call that reaches an invalid
    /// function fails, with an error that names the function; the calls that come to it again fail in the
    /// same way. [`Module::validate`](crate::Module::validate) still checks everything.
    ///
    /// This is not what the specification says: parts of an invalid module may run. Nothing that
    /// is invalid is ever executed.
    Lazy,
}

/// The options with which an [`Engine`](crate::Engine) is made.
///
/// Setters do not fail: [`Engine::new`](crate::Engine::new) reports what is wrong or not supported.
///
/// # Examples
/// ```
/// use wasmote::{Config, Engine};
///
/// let mut config = Config::new();
/// config.max_wasm_stack(64 * 1024).wasm_reference_types(false);
/// let engine = Engine::new(&config)?;
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    enabled: WasmFeatures,
    disabled: WasmFeatures,
    max_wasm_stack: usize,
    async_stack_size: usize,
    backtrace_max_frames: Option<NonZeroUsize>,
    backtrace_details: WasmBacktraceDetails,
    /// What that means.
    keep_debug_info: bool,
    address_map: bool,
    coredump_on_trap: bool,
    consume_fuel: bool,
    operator_cost: Option<Arc<OperatorCost>>,
    charge_locals: bool,
    gc_zeal: Option<core::num::NonZeroU32>,
    epoch_interruption: bool,
    nan_canonicalization: bool,
    relaxed_simd_deterministic: bool,
    shared_memory: bool,
    memories: memory::Memories,
    compiler: bool,
    guest_debug: bool,
    target: Option<String>,
    told: compat::Told,
    compilation_mode: CompilationMode,
    parallel_compilation: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config::new()
    }
}

/// Setters that switch one proposal on or off.
macro_rules! features {
    ($($(#[$doc:meta])* $name:ident = $flag:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(&mut self, enable: bool) -> &mut Self {
            self.wasm_features(WasmFeatures::$flag, enable)
        }
    )*};
}

impl Config {
    /// The default options.
    pub fn new() -> Config {
        Config {
            enabled: WasmFeatures::empty(),
            disabled: WasmFeatures::empty(),
            max_wasm_stack: 512 * 1024,
            async_stack_size: 2 << 20,
            backtrace_max_frames: NonZeroUsize::new(20),
            backtrace_details: WasmBacktraceDetails::Environment,
            keep_debug_info: wants_details(WasmBacktraceDetails::Environment),
            address_map: true,
            coredump_on_trap: false,
            consume_fuel: false,
            operator_cost: None,
            charge_locals: false,
            gc_zeal: None,
            epoch_interruption: false,
            nan_canonicalization: false,
            relaxed_simd_deterministic: false,
            shared_memory: false,
            memories: Default::default(),
            compiler: true,
            guest_debug: false,
            target: None,
            told: Default::default(),
            compilation_mode: CompilationMode::default(),
            parallel_compilation: true,
        }
    }

    /// The options with which to run guests that may be hostile.
    ///
    /// | option | value |
    /// |---|---|
    /// | [`consume_fuel`](Config::consume_fuel) | on; zeroed locals cost fuel, too: a unit for every eight slots |
    /// | [`epoch_interruption`](Config::epoch_interruption) | on |
    /// | [`cranelift_nan_canonicalization`](Config::cranelift_nan_canonicalization), [`relaxed_simd_deterministic`](Config::relaxed_simd_deterministic) | on |
    /// | [`wasm_threads`](Config::wasm_threads) | off |
    /// | [`compilation_mode`](Config::compilation_mode) | eager: no call has to wait for translation, so that epochs interrupt soon |
    ///
    /// Everything else is as in [`Config::new`]. What a guest may have of memory is up to its store:
    /// [`Store::limiter`](crate::Store::limiter). The page `docs/hardening.md` of the repository has more to say.
    ///
    /// Without the Cargo feature `metering` [`Engine::new`](crate::Engine::new) refuses it.
    ///
    /// # Examples
    /// ```
    /// use wasmote::*;
    ///
    /// let engine = Engine::new(&Config::untrusted())?;
    /// let module = Module::new(
    ///     &engine,
    ///     r#"(module (memory 1) (func (export "run") (loop (drop (memory.grow (i32.const 1))) (br 0))))"#,
    /// )?;
    /// let limits = StoreLimitsBuilder::new().memory_size(1 << 20).instances(1).build();
    /// let mut store = Store::new(&engine, limits);
    /// store.limiter(|limits| limits);
    /// store.set_fuel(1_000_000)?;
    /// store.set_epoch_deadline(1); // some thread calls `Engine::increment_epoch`, ten times a second
    /// let instance = Instance::new(&mut store, &module, &[])?;
    /// let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    /// let error = run.call(&mut store, ()).unwrap_err();
    /// assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::OutOfFuel));
    /// # Ok::<(), wasmote::Error>(())
    /// ```
    pub fn untrusted() -> Config {
        let mut config = Config::new();
        config.consume_fuel(true).epoch_interruption(true);
        config.cranelift_nan_canonicalization(true).relaxed_simd_deterministic(true);
        config.wasm_threads(false).compilation_mode(CompilationMode::Eager);
        config.charge_locals = true;
        config
    }

    /// Switches proposals on or off; what is said last counts, and counts more than the default.
    ///
    /// [`Engine::new`](crate::Engine::new) refuses proposals that this version does not implement.
    /// Implemented, and on by default, are mutable globals, sign extension, saturating conversions,
    /// multi-value, bulk memory, reference types, tail calls, extended constant expressions, several
    /// memories, 64-bit memories and tables, wide arithmetic and, with the Cargo features `simd`,
    /// `threads` and `gc`, fixed-width and relaxed vectors, threads, typed function references. Custom page sizes and compact imports
    /// are implemented and off by default. Branch hints are accepted in any case, and skipped.
    ///
    /// # Examples
    /// ```
    /// use wasmote::{Config, Engine, Module, WasmFeatures};
    ///
    /// let mut config = Config::new();
    /// config.wasm_features(WasmFeatures::SIGN_EXTENSION, false);
    /// let engine = Engine::new(&config)?;
    /// assert!(Module::validate(&engine, b"not a module").is_err());
    /// # Ok::<(), wasmote::Error>(())
    /// ```
    pub fn wasm_features(&mut self, flag: WasmFeatures, enable: bool) -> &mut Self {
        self.enabled.set(flag, enable);
        self.disabled.set(flag, !enable);
        self
    }

    features! {
        /// Tail calls: `return_call`, `return_call_indirect`. On by default.
        wasm_tail_call = TAIL_CALL;
        /// Memories with pages of one byte. Off by default.
        wasm_custom_page_sizes = CUSTOM_PAGE_SIZES;
        /// Atomic operations and shared memories. On by default with the Cargo feature `threads`; to make
        /// shared memories, [`Config::shared_memory`] must be on, too.
        wasm_threads = THREADS;
        /// Reference types: `externref`, several tables, table instructions. On by default.
        wasm_reference_types = REFERENCE_TYPES;
        /// Typed function references: `call_ref`, references that are not null. On by default with the Cargo feature `gc`.
        wasm_function_references = FUNCTION_REFERENCES;
        /// 128-bit integer arithmetic: `i64.add128`, `i64.mul_wide_s` and so on. On by default.
        wasm_wide_arithmetic = WIDE_ARITHMETIC;
        /// Garbage-collected structs and arrays. On by default; needs the Cargo feature `gc`.
        wasm_gc = GC;
        /// 128-bit vectors. On by default; needs the Cargo feature `simd`.
        wasm_simd = SIMD;
        /// Vector instructions whose results may differ between machines. On by default; needs the
        /// Cargo feature `simd`. See [`Config::relaxed_simd_deterministic`].
        wasm_relaxed_simd = RELAXED_SIMD;
        /// Bulk memory: `memory.copy`, `memory.fill`, passive segments. On by default.
        wasm_bulk_memory = BULK_MEMORY;
        /// Several results of functions and blocks, parameters of blocks. On by default.
        wasm_multi_value = MULTI_VALUE;
        /// Several memories in a module. On by default.
        wasm_multi_memory = MULTI_MEMORY;
        /// Memories and tables indexed by `i64`. On by default.
        wasm_memory64 = MEMORY64;
        /// Arithmetic in constant expressions. On by default.
        wasm_extended_const = EXTENDED_CONST;
        /// Exceptions: `throw`, `throw_ref`, `try_table`. On by default; needs the Cargo feature `gc`.
        wasm_exceptions = EXCEPTIONS;
        /// The blocks that exceptions had before they were standardized: `try`, `catch`, `catch_all`, `rethrow`, `delegate`.
        /// On by default, unlike in wasmtime, which does not have them: compilers still emit them. Needs the Cargo feature `gc`.
        wasm_legacy_exceptions = LEGACY_EXCEPTIONS;
        /// Continuations. Not supported.
        wasm_stack_switching = STACK_SWITCHING;
        /// Shared objects between threads. Not supported.
        wasm_shared_everything_threads = SHARED_EVERYTHING_THREADS;
    }

    /// How many bytes the value stack and the frames of a guest may take, 512 KiB by default.
    ///
    /// A guest that needs more traps with [`Trap::StackOverflow`](crate::Trap::StackOverflow). The
    /// stack grows as it is needed; nothing of this size is reserved beforehand. Nothing of a guest
    /// lies on the native stack. How deeply host functions and the guest may call each other
    /// is bounded in proportion to this size, too.
    ///
    /// Zero, and more than [`Config::async_stack_size`], are errors of
    /// [`Engine::new`](crate::Engine::new).
    pub fn max_wasm_stack(&mut self, size: usize) -> &mut Self {
        self.max_wasm_stack = size;
        self
    }

    /// Only the upper bound of [`Config::max_wasm_stack`] here, 2 MiB by default: asynchronous calls have no stacks
    /// of their own.
    pub fn async_stack_size(&mut self, size: usize) -> &mut Self {
        self.async_stack_size = size;
        self
    }

    /// Whether errors of calls carry a [`WasmBacktrace`](crate::WasmBacktrace).
    ///
    /// The same as [`Config::wasm_backtrace_max_frames`] with the default count, or `None`.
    pub fn wasm_backtrace(&mut self, enable: bool) -> &mut Self {
        self.backtrace_max_frames = if enable { Config::new().backtrace_max_frames } else { None };
        self
    }

    /// How many frames a backtrace has at most, innermost first, 20 by default; `None` for no
    /// backtraces at all.
    pub fn wasm_backtrace_max_frames(&mut self, limit: Option<NonZeroUsize>) -> &mut Self {
        self.backtrace_max_frames = limit;
        self
    }

    /// Whether backtraces name source files and lines, [`WasmBacktraceDetails::Environment`] by default.
    ///
    /// If so, modules keep a copy of their debug information, which may be larger than everything else of them. It is
    /// read when a backtrace is shown, or asked for [`FrameInfo::symbols`](crate::FrameInfo::symbols). Reading it takes
    /// time and memory in proportion to its size, whatever it says. Needs the Cargo feature `addr2line`, without effect
    /// otherwise.
    ///
    /// # Examples
    /// ```
    /// use wasmote::{Config, WasmBacktraceDetails};
    ///
    /// let mut config = Config::new();
    /// config.wasm_backtrace_details(WasmBacktraceDetails::Enable);
    /// ```
    pub fn wasm_backtrace_details(&mut self, details: WasmBacktraceDetails) -> &mut Self {
        self.backtrace_details = details;
        self.keep_debug_info = wants_details(details);
        self
    }

    /// When functions are validated and translated, [`CompilationMode::LazyTranslation`] by default.
    ///
    /// # Examples
    /// ```
    /// use wasmote::{CompilationMode, Config, Engine, Instance, Module, Store};
    ///
    /// let mut config = Config::new();
    /// config.compilation_mode(CompilationMode::Lazy);
    /// let engine = Engine::new(&config)?;
    /// let module = Module::new(
    ///     &engine,
    ///     r#"(module
    ///         (func (export "good") (result i32) (i32.const 1))
    ///         (func (export "bad") (result i32) (i64.const 1)))"#,
    /// )?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::new(&mut store, &module, &[])?;
    /// let good = instance.get_typed_func::<(), i32>(&mut store, "good")?;
    /// assert_eq!(good.call(&mut store, ())?, 1);
    /// let bad = instance.get_typed_func::<(), i32>(&mut store, "bad")?;
    /// assert!(bad.call(&mut store, ()).unwrap_err().to_string().contains("is not valid"));
    /// # Ok::<(), wasmote::Error>(())
    /// ```
    pub fn compilation_mode(&mut self, mode: CompilationMode) -> &mut Self {
        self.compilation_mode = mode;
        self
    }

    /// Whether [`Module::new`](crate::Module::new) and [`Module::validate`](crate::Module::validate) share the functions
    /// of a module among threads if it is worth it, on by default.
    ///
    /// The results do not depend on it, errors included. The calling thread does what it can, and others of the process help:
    /// one less than [`std::thread::available_parallelism`] says, at most 15. They start when they are first needed, belong to
    /// no engine, sleep while there is nothing to do, and end after some seconds without work. Nobody waits for a thread
    /// that has not begun, so a process without these threads (a copy made by `fork`, or one that may start none) does
    /// everything on the calling thread; so does this library without the feature `parallel-compilation`.
    pub fn parallel_compilation(&mut self, parallel: bool) -> &mut Self {
        self.parallel_compilation = parallel;
        self
    }

    /// Whether to keep where in the module each instruction was, on by default.
    ///
    /// Without it the frames of backtraces have no offsets, and modules take less memory.
    pub fn generate_address_map(&mut self, generate: bool) -> &mut Self {
        self.address_map = generate;
        self
    }

    /// Whether errors of calls carry a core dump, a `WasmCoreDump`, off by default. Needs the Cargo feature `coredump`.
    pub fn coredump_on_trap(&mut self, enable: bool) -> &mut Self {
        self.coredump_on_trap = enable;
        self
    }

    /// Whether guests consume fuel: a unit for nearly every instruction, in a way that does not depend on
    /// the machine, so that the same run always consumes the same amount. Off by default.
    ///
    /// A store has as much as [`Store::set_fuel`](crate::Store::set_fuel) says, none at first. Entering a
    /// function costs a unit, and so does every instruction except `nop`, `drop`, `block`, `loop`,
    /// `unreachable`, `return`, `else` and `end`. An instruction that works on as many bytes or elements as an
    /// operand says (`memory.fill`, `table.grow`) costs a unit more for each. [`Config::operator_cost`] changes all of this.
    /// Waiting for another thread costs nothing.
    ///
    /// Instantiation costs as much as in wasmtime, which makes a function of all that it does not know beforehand: nothing for most
    /// modules; else a unit for that function, one for each operator of a constant expression and for each byte and element that is
    /// copied to where it may not fit, and one for the call of the start function.
    ///
    /// Whether there is fuel is checked when a function or an iteration of a loop begins, before an instruction of that
    /// kind (unless it is known to cost 128 or less), and when a function returns to another one: a guest that has
    /// consumed all of it by then traps with [`Trap::OutOfFuel`](crate::Trap::OutOfFuel). Between these points it may
    /// consume more than there is. (wasmtime does not check when a function returns.)
    ///
    /// What modules of this engine are translated to depends on this option. Needs the Cargo feature
    /// `metering`.
    pub fn consume_fuel(&mut self, enable: bool) -> &mut Self {
        self.consume_fuel = enable;
        self
    }

    /// What instructions cost, if guests consume fuel.
    ///
    /// An instruction costs at most 255 units, and as much for each byte, page or element that an operand says. What costs
    /// nothing does not count, so a table with many zeroes lets guests run for longer than their fuel says: use epochs,
    /// too, then.
    ///
    /// # Examples
    /// ```
    /// use wasmote::{Config, Engine, Instance, Module, OperatorCost, Store};
    ///
    /// let mut cost = OperatorCost::new();
    /// cost.I32DivU = 20;
    /// cost.variable.memory_grow_per_page = 100;
    /// let engine = Engine::new(Config::new().consume_fuel(true).operator_cost(cost))?;
    /// let module = Module::new(
    ///     &engine,
    ///     r#"(module (func (export "div") (param i32) (result i32)
    ///         (i32.div_u (i32.const 100) (local.get 0))))"#,
    /// )?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::new(&mut store, &module, &[])?;
    /// store.set_fuel(1_000)?;
    /// let div = instance.get_typed_func::<u32, u32>(&mut store, "div")?;
    /// assert_eq!(div.call(&mut store, 7)?, 14);
    /// assert_eq!(store.get_fuel()?, 1_000 - 1 - 1 - 1 - 20);
    /// # Ok::<(), wasmote::Error>(())
    /// ```
    pub fn operator_cost(&mut self, cost: OperatorCost) -> &mut Self {
        self.operator_cost = Some(Arc::new(cost));
        self
    }

    /// Whether guests look at the engine's epoch when a function or an iteration of a loop begins, when a function
    /// returns to another one, and before and during whatever takes long. Off by default.
    ///
    /// [`Engine::increment_epoch`](crate::Engine::increment_epoch) advances the epoch, for example from a
    /// timer. What a guest does when it reaches the deadline of its store is up to the store: see
    /// [`Store::set_epoch_deadline`](crate::Store::set_epoch_deadline). This costs less than fuel but
    /// depends on time.
    ///
    /// From the change of the epoch to the reaction of the guest it takes less than a millisecond: code looks at it every few
    /// microseconds, and instructions that work on many bytes or elements (`memory.fill`, `table.grow`, segments of
    /// an instance being made) do so in slices of 64 KiB, with a look after each. A guest that waits for another
    /// thread (`memory.atomic.wait32`) looks twice in a millisecond. What the host does is not interrupted; nor is
    /// the allocation of memory for a growth.
    ///
    /// What modules of this engine are translated to depends on this option. Needs the Cargo feature
    /// `metering`.
    pub fn epoch_interruption(&mut self, enable: bool) -> &mut Self {
        self.epoch_interruption = enable;
        self
    }

    /// Whether every NaN that an instruction computes is made the canonical one. Off by default: which
    /// NaN arithmetic gives depends on the machine then, as the specification allows.
    ///
    /// With this and [`Config::relaxed_simd_deterministic`] a guest computes the same bits on every
    /// machine. What only moves or changes bits (loads, `copysign`, `neg`, `pmin`) leaves NaNs as they are.
    /// Costs an instruction for each one that computes a float; what modules of this engine are translated to
    /// depends on it.
    ///
    /// # Examples
    /// ```
    /// use wasmote::{Config, Engine, Instance, Module, Store};
    ///
    /// let mut config = Config::new();
    /// config.cranelift_nan_canonicalization(true).relaxed_simd_deterministic(true);
    /// let engine = Engine::new(&config)?;
    /// let module = Module::new(
    ///     &engine,
    ///     r#"(module (func (export "div") (param f32 f32) (result i32)
    ///         (i32.reinterpret_f32 (f32.div (local.get 0) (local.get 1)))))"#,
    /// )?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::new(&mut store, &module, &[])?;
    /// let div = instance.get_typed_func::<(f32, f32), u32>(&mut store, "div")?;
    /// assert_eq!(div.call(&mut store, (0.0, 0.0))?, 0x7fc0_0000);
    /// # Ok::<(), wasmote::Error>(())
    /// ```
    pub fn cranelift_nan_canonicalization(&mut self, enable: bool) -> &mut Self {
        self.nan_canonicalization = enable;
        self
    }

    /// Whether relaxed vector instructions have the same results on every machine. Off by default: then they
    /// may do what costs least on this one, within what their proposal allows.
    ///
    /// What modules of this engine are translated to depends on this option.
    pub fn relaxed_simd_deterministic(&mut self, enable: bool) -> &mut Self {
        self.relaxed_simd_deterministic = enable;
        self
    }

    /// Whether shared memories can be made, by [`SharedMemory::new`](crate::SharedMemory::new) and by
    /// modules that define one. Off by default.
    ///
    /// A guest that waits (`memory.atomic.wait32`, `memory.atomic.wait64`) blocks the thread that runs it
    /// until another one notifies it or its timeout is over, which may be never. The deadline of
    /// [`Config::epoch_interruption`] ends that; fuel does not. The host can, too, with
    /// [`SharedMemory::atomic_notify`](crate::SharedMemory::atomic_notify) where the guest waits.
    pub fn shared_memory(&mut self, enable: bool) -> &mut Self {
        self.shared_memory = enable;
        self
    }

    /// For which target code is made.
    ///
    /// This machine's code is the same everywhere; what is accepted is the architecture that this
    /// program runs on, and `pulley*`. With others [`Module::new`](crate::Module::new) errs.
    ///
    /// # Errors
    /// If the target is empty.
    pub fn target(&mut self, target: &str) -> Result<&mut Self> {
        if target.is_empty() {
            bail!("the target is empty");
        }
        self.target = Some(target.into());
        Ok(self)
    }

    /// Whether modules can be made from WebAssembly; they can by default. If not, [`Module::new`](crate::Module::new) errs.
    pub fn enable_compiler(&mut self, enable: bool) -> &mut Self {
        self.compiler = enable;
        self
    }

    /// Whether guests can be debugged. Not implemented: [`Engine::new`](crate::Engine::new) refuses it.
    pub fn guest_debug(&mut self, enable: bool) -> &mut Self {
        self.guest_debug = enable;
        self
    }

    /// Errs unless modules can be made, for this machine.
    pub(crate) fn ensure_compiler(&self) -> Result<()> {
        ensure!(self.compiler, "Engine was not configured with a compiler");
        let Some(target) = &self.target else {
            return Ok(());
        };
        let arch = target.split('-').next().unwrap_or(target);
        let ours = arch.starts_with("pulley") || HOST_ARCH.iter().any(|a| arch.starts_with(a));
        ensure!(
            ours,
            "configuration does not match the host: code for `{target}` is not supported"
        );
        Ok(())
    }

    /// The features that the validator is to accept.
    pub(crate) fn features(&self) -> WasmFeatures {
        DEFAULT.union(self.enabled).difference(self.disabled)
    }

    /// Errs if the options contradict each other or ask for what this version does not have.
    pub(crate) fn validate(&self) -> Result<()> {
        if let Some((name, _)) = self.features().difference(SUPPORTED).iter_names().next() {
            let name = name.to_ascii_lowercase();
            bail!("the wasm_{name} feature is not supported on this compiler configuration");
        }
        if self.features().contains(WasmFeatures::RELAXED_SIMD)
            && !self.features().contains(WasmFeatures::SIMD)
        {
            bail!("cannot disable the simd proposal but enable the relaxed simd proposal");
        }
        if self.max_wasm_stack == 0 {
            bail!("max_wasm_stack size cannot be zero");
        }
        if self.max_wasm_stack > self.async_stack_size {
            bail!("max_wasm_stack size cannot exceed the async_stack_size");
        }
        if self.coredump_on_trap && !cfg!(feature = "coredump") {
            bail!("core dumps need the Cargo feature `coredump` of wasmote");
        }
        if (self.consume_fuel || self.epoch_interruption) && !cfg!(feature = "metering") {
            bail!("fuel and epochs need the Cargo feature `metering` of wasmote");
        }
        if self.shared_memory && !cfg!(feature = "threads") {
            bail!("shared memories need the Cargo feature `threads` of wasmote");
        }
        if self.guest_debug {
            bail!("the option `guest_debug` is not supported by this version of wasmote");
        }
        Ok(())
    }

    /// [`Config::cranelift_nan_canonicalization`].
    pub(crate) fn get_nan_canonicalization(&self) -> bool {
        self.nan_canonicalization
    }

    /// [`Config::relaxed_simd_deterministic`].
    pub(crate) fn get_relaxed_simd_deterministic(&self) -> bool {
        self.relaxed_simd_deterministic
    }

    /// [`Config::target`].
    pub(crate) fn get_target(&self) -> Option<&str> {
        self.target.as_deref()
    }

    /// [`Config::async_stack_size`].
    pub(crate) fn get_async_stack_size(&self) -> usize {
        self.async_stack_size
    }

    /// [`Config::max_wasm_stack`].
    pub(crate) fn get_max_wasm_stack(&self) -> usize {
        self.max_wasm_stack
    }

    /// [`Config::wasm_backtrace_max_frames`].
    pub(crate) fn get_backtrace_max_frames(&self) -> Option<NonZeroUsize> {
        self.backtrace_max_frames
    }

    /// [`Config::coredump_on_trap`].
    #[cfg(feature = "coredump")]
    pub(crate) fn get_coredump_on_trap(&self) -> bool {
        self.coredump_on_trap
    }

    /// Whether modules keep their debug information; see [`Config::wasm_backtrace_details`].
    #[cfg(feature = "addr2line")]
    pub(crate) fn keeps_debug_info(&self) -> bool {
        self.keep_debug_info
    }

    /// Whether they do depends on the environment.
    #[cfg(feature = "addr2line")]
    pub(crate) fn env_wants_debug_info(&self) -> bool {
        self.backtrace_details == WasmBacktraceDetails::Environment
    }

    /// [`Config::consume_fuel`].
    pub(crate) fn get_consume_fuel(&self) -> bool {
        self.consume_fuel
    }

    /// [`Config::operator_cost`].
    pub(crate) fn get_operator_cost(&self) -> Option<&Arc<OperatorCost>> {
        self.operator_cost.as_ref()
    }

    /// Whether locals that are zeroed cost fuel, too; see [`Config::untrusted`].
    pub(crate) fn get_charge_locals(&self) -> bool {
        self.charge_locals
    }

    /// [`Config::epoch_interruption`].
    pub(crate) fn get_epoch_interruption(&self) -> bool {
        self.epoch_interruption
    }

    /// [`Config::compilation_mode`].
    pub(crate) fn get_compilation_mode(&self) -> CompilationMode {
        self.compilation_mode
    }

    /// [`Config::parallel_compilation`].
    pub(crate) fn get_parallel_compilation(&self) -> bool {
        self.parallel_compilation
    }

    /// [`Config::shared_memory`].
    pub(crate) fn get_shared_memory(&self) -> bool {
        self.shared_memory
    }

    /// [`Config::generate_address_map`].
    pub(crate) fn get_generate_address_map(&self) -> bool {
        self.address_map
    }
}

/// How target triples begin that mean the architecture of this program.
const HOST_ARCH: &[&str] = if cfg!(target_arch = "x86_64") {
    &["x86_64"]
} else if cfg!(target_arch = "x86") {
    &["i386", "i586", "i686"]
} else if cfg!(target_arch = "aarch64") {
    &["aarch64", "arm64"]
} else if cfg!(target_arch = "arm") {
    &["arm", "thumb"]
} else if cfg!(target_arch = "riscv32") {
    &["riscv32"]
} else if cfg!(target_arch = "riscv64") {
    &["riscv64"]
} else if cfg!(any(target_arch = "wasm32", target_arch = "wasm64")) {
    &["wasm"]
} else {
    &[]
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Engine;
    use alloc::string::ToString;

    fn refusal(set: impl FnOnce(&mut Config)) -> String {
        let mut config = Config::new();
        set(&mut config);
        Engine::new(&config).unwrap_err().to_string()
    }

    #[test]
    fn unsupported_features_are_refused_by_name() {
        let text =
            "the wasm_stack_switching feature is not supported on this compiler configuration";
        assert_eq!(
            refusal(|c| {
                c.wasm_stack_switching(true).wasm_bulk_memory(false);
            }),
            text
        );
        let text = "the wasm_shared_everything_threads feature is not supported on this compiler configuration";
        assert_eq!(
            refusal(|c| {
                c.wasm_shared_everything_threads(true);
            }),
            text
        );
    }

    #[test]
    fn what_is_said_last_counts() {
        let mut config = Config::new();
        config.wasm_gc(true).wasm_gc(false);
        config.wasm_multi_value(false).wasm_reference_types(false).wasm_reference_types(true);
        let engine = Engine::new(&config).unwrap();
        assert!(!engine.features().multi_value());
        assert!(!engine.features().gc());
        assert!(engine.features().reference_types());
    }

    #[test]
    fn stack_sizes_are_checked() {
        assert_eq!(
            refusal(|c| {
                c.max_wasm_stack(0);
            }),
            "max_wasm_stack size cannot be zero"
        );
        let text = "max_wasm_stack size cannot exceed the async_stack_size";
        assert_eq!(
            refusal(|c| {
                c.max_wasm_stack(1000).async_stack_size(999);
            }),
            text
        );
        let mut config = Config::new();
        config.max_wasm_stack(usize::MAX).async_stack_size(usize::MAX);
        assert!(Engine::new(&config).is_ok());
    }

    #[test]
    fn targets_are_this_machine_or_none() {
        let mut config = Config::new();
        assert!(config.target("").is_err());
        config.target("pulley64").unwrap();
        assert!(Engine::new(&config).is_ok());
        config.target("vax-dec-ultrix").unwrap();
        let engine = Engine::new(&config).unwrap();
        let error = crate::Module::new(&engine, b"\0asm\x01\0\0\0").unwrap_err().to_string();
        assert!(error.starts_with("configuration does not match the host"), "{error}");
    }
}
