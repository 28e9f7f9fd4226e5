//! Options that an interpreter has no use for. They exist so that embedders' code compiles with
//! either engine, and each is documented as doing nothing.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::num::NonZeroU32;
use core::ops::Range;

use wasmparser::WasmFeatures;

#[cfg(feature = "std")]
use super::Cache;
use super::{Config, PoolingAllocationConfig};
use crate::{Error, Result, bail};

/// Declares enums that only name a choice.
macro_rules! choices {
    ($($(#[$meta:meta])* $name:ident { $($(#[$case_meta:meta])* $case:ident,)* })*) => {$(
        $(#[$meta])*
        #[non_exhaustive]
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        pub enum $name {
            $($(#[$case_meta])* $case,)*
        }
    )*};
}

choices! {
    /// Which compiler to use; wasmote has none.
    ///
    /// # Examples
    /// ```
    /// use wasmote::{Config, Engine, Strategy};
    ///
    /// let engine = Engine::new(Config::new().strategy(Strategy::Cranelift))?;
    /// assert_eq!(engine.get_strategy(), Some(Strategy::Cranelift)); // and nothing else
    /// # Ok::<(), wasmote::Error>(())
    /// ```
    Strategy {
        /// The engine's choice.
        Auto,
        /// Cranelift.
        Cranelift,
        /// Winch.
        Winch,
    }
    /// How much a compiler optimizes; wasmote has none.
    ///
    /// # Examples
    /// ```
    /// use wasmote::{Config, Engine, OptLevel};
    ///
    /// let engine = Engine::new(Config::new().cranelift_opt_level(OptLevel::Speed))?;
    /// assert_eq!(engine.get_cranelift_opt_level(), Some(OptLevel::Speed)); // and nothing else
    /// # Ok::<(), wasmote::Error>(())
    /// ```
    OptLevel {
        /// Not at all.
        None,
        /// For speed.
        Speed,
        /// For speed and size.
        SpeedAndSize,
    }
    /// How a compiler allocates registers; wasmote has none.
    ///
    /// # Examples
    /// ```
    /// use wasmote::{Config, Engine, RegallocAlgorithm};
    ///
    /// let engine = Engine::new(Config::new().cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass))?;
    /// assert_eq!(engine.get_cranelift_regalloc_algorithm(), Some(RegallocAlgorithm::SinglePass)); // and nothing else
    /// # Ok::<(), wasmote::Error>(())
    /// ```
    RegallocAlgorithm {
        /// With backtracking.
        Backtracking,
        /// In a single pass.
        SinglePass,
    }
    /// Which profiler to tell of generated code; wasmote generates none.
    ///
    /// # Examples
    /// ```
    /// use wasmote::{Config, Engine, ProfilingStrategy};
    ///
    /// let engine = Engine::new(Config::new().profiler(ProfilingStrategy::PerfMap))?; // tells nobody
    /// # Ok::<(), wasmote::Error>(())
    /// ```
    ProfilingStrategy {
        /// None.
        None,
        /// Perf's map file.
        PerfMap,
        /// Jitdump.
        JitDump,
        /// VTune.
        VTune,
        /// Pulley's own.
        Pulley,
    }
    /// Which garbage collector to use; wasmote has none yet.
    ///
    /// # Examples
    /// ```
    /// use wasmote::{Config, Engine, Collector};
    ///
    /// let engine = Engine::new(Config::new().collector(Collector::Null))?;
    /// assert_eq!(engine.get_collector(), Some(Collector::Null)); // and nothing else
    /// # Ok::<(), wasmote::Error>(())
    /// ```
    #[derive(Default)]
    Collector {
        /// The engine's choice.
        #[default]
        Auto,
        /// Deferred reference counting.
        DeferredReferenceCounting,
        /// One that never frees.
        Null,
        /// A copying one.
        Copying,
    }
    /// Whether to use a feature of the operating system.
    ///
    /// # Examples
    /// ```
    /// use wasmote::{Enabled, PoolingAllocationConfig};
    ///
    /// let mut pool = PoolingAllocationConfig::new();
    /// pool.pagemap_scan(Enabled::Auto);
    /// assert_eq!(pool.get_pagemap_scan(), Enabled::Auto); // and nothing else
    /// ```
    Enabled {
        /// If there is one.
        Auto,
        /// Yes.
        Yes,
        /// No.
        No,
    }
    /// What a compiler inlines; wasmote has none.
    ///
    /// # Examples
    /// ```
    /// use wasmote::{Config, Engine, Inlining};
    ///
    /// let engine = Engine::new(Config::new().compiler_inlining(Inlining::Yes))?;
    /// assert_eq!(engine.get_compiler_inlining(), Inlining::Yes); // and nothing else
    /// # Ok::<(), wasmote::Error>(())
    /// ```
    Inlining {
        /// Nothing.
        No,
        /// What it thinks best.
        Yes,
        /// Only intrinsics.
        Intrinsics,
    }
}

/// How instances are allocated; wasmote does it on demand in any case, which takes less than a pool would.
///
/// # Examples
/// ```
/// use wasmote::{Config, Engine, InstanceAllocationStrategy};
///
/// let pool = InstanceAllocationStrategy::pooling();
/// let engine = Engine::new(Config::new().allocation_strategy(pool))?;
/// assert_eq!(engine.pooling_allocator_metrics().unwrap().core_instances(), 0);
/// # Ok::<(), wasmote::Error>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, Default)]
pub enum InstanceAllocationStrategy {
    /// On demand.
    #[default]
    OnDemand,
    /// From a pool.
    Pooling(PoolingAllocationConfig),
}

impl InstanceAllocationStrategy {
    /// From a pool with the default options.
    pub fn pooling() -> InstanceAllocationStrategy {
        InstanceAllocationStrategy::Pooling(PoolingAllocationConfig::new())
    }
}

impl From<PoolingAllocationConfig> for InstanceAllocationStrategy {
    fn from(config: PoolingAllocationConfig) -> InstanceAllocationStrategy {
        InstanceAllocationStrategy::Pooling(config)
    }
}

/// Whether runs are recorded or replayed: they are not.
///
/// # Examples
/// ```
/// use wasmote::{Config, Engine, RRConfig};
///
/// let engine = Engine::new(Config::new().rr(RRConfig::None))?;
/// assert!(!engine.is_recording() && !engine.is_replaying());
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum RRConfig {
    /// Neither.
    None,
}

/// Prepares memory for generated code; wasmote generates none, so none of this is called.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use wasmote::{Config, CustomCodeMemory, Engine, Module, Result};
///
/// struct Never;
///
/// impl CustomCodeMemory for Never {
///     fn required_alignment(&self) -> usize {
///         1
///     }
///     fn publish_executable(&self, _: *const u8, _: usize) -> Result<()> {
///         unreachable!("there is no generated code")
///     }
///     fn unpublish_executable(&self, _: *const u8, _: usize) -> Result<()> {
///         unreachable!("there is no generated code")
///     }
/// }
///
/// let engine = Engine::new(Config::new().with_custom_code_memory(Some(Arc::new(Never))))?;
/// Module::new(&engine, r#"(module (func))"#)?;
/// # Ok::<(), wasmote::Error>(())
/// ```
pub trait CustomCodeMemory: Send + Sync {
    /// To what multiple the memory has to be aligned.
    fn required_alignment(&self) -> usize;

    /// Makes memory executable.
    ///
    /// # Errors
    /// As the implementation says.
    fn publish_executable(&self, ptr: *const u8, len: usize) -> Result<()>;

    /// Makes memory writable again.
    ///
    /// # Errors
    /// As the implementation says.
    fn unpublish_executable(&self, ptr: *const u8, len: usize) -> Result<()>;
}

/// Makes native stacks for async calls; guests of wasmote need none, so it is not called.
///
/// # Safety
/// Stacks are as [`StackMemory`] says.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use wasmote::{Config, Engine, Error, StackCreator, StackMemory};
///
/// struct Never;
///
/// // SAFETY: it makes no stacks.
/// unsafe impl StackCreator for Never {
///     fn new_stack(&self, _: usize, _: bool) -> Result<Box<dyn StackMemory>, Error> {
///         unreachable!("nobody needs a stack")
///     }
/// }
///
/// let engine = Engine::new(Config::new().with_host_stack(Arc::new(Never)))?;
/// # Ok::<(), wasmote::Error>(())
/// ```
#[allow(unsafe_code)]
pub unsafe trait StackCreator: Send + Sync {
    /// A stack of this many bytes at least, zeroed if asked for.
    ///
    /// # Errors
    /// As the implementation says.
    fn new_stack(&self, size: usize, zeroed: bool) -> Result<Box<dyn StackMemory>, Error>;
}

/// A native stack for async calls; guests of wasmote need none.
///
/// # Safety
/// The range is memory that nobody else uses, with a guard below.
///
/// # Examples
/// ```
/// use std::ops::Range;
/// use wasmote::StackMemory;
///
/// /// The highest address, and the number of bytes below it.
/// struct Stack(usize, usize);
///
/// // SAFETY: it is never made, since nobody asks for a stack.
/// unsafe impl StackMemory for Stack {
///     fn top(&self) -> *mut u8 {
///         self.0 as *mut u8
///     }
///     fn range(&self) -> Range<usize> {
///         self.0 - self.1..self.0
///     }
///     fn guard_range(&self) -> Range<*mut u8> {
///         let bottom = (self.0 - self.1) as *mut u8;
///         bottom..bottom
///     }
/// }
/// ```
#[allow(unsafe_code)]
pub unsafe trait StackMemory: Send + Sync {
    /// Its highest address.
    fn top(&self) -> *mut u8;
    /// Its addresses.
    fn range(&self) -> Range<usize>;
    /// The addresses of its guard.
    fn guard_range(&self) -> Range<*mut u8>;
}

/// What of a serialized module is compared with the version of the engine.
///
/// # Examples
/// ```
/// use wasmote::{Config, ModuleVersionStrategy};
///
/// let ours = ModuleVersionStrategy::Custom("plugins of 2026".into());
/// assert_eq!(ours.as_str(), "plugins of 2026");
/// Config::new().module_version(ours)?;
/// let long = ModuleVersionStrategy::Custom("-".repeat(256));
/// assert!(Config::new().module_version(long).is_err());
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default, Hash)]
#[non_exhaustive]
pub enum ModuleVersionStrategy {
    /// The version of this crate.
    #[default]
    WasmtimeVersion,
    /// A text of the embedder's, of up to 255 bytes.
    Custom(String),
    /// Nothing.
    None,
}

impl ModuleVersionStrategy {
    /// The text that is compared; empty for [`ModuleVersionStrategy::None`].
    pub fn as_str(&self) -> &str {
        match self {
            ModuleVersionStrategy::WasmtimeVersion => env!("CARGO_PKG_VERSION"),
            ModuleVersionStrategy::Custom(text) => text,
            ModuleVersionStrategy::None => "",
        }
    }
}

/// Options without effect that [`Engine`](crate::Engine) tells again: as they were set, or a default.
macro_rules! told {
    ($($name:ident($ty:ty) -> $get:ident: $told:ty = $default:expr, $what:literal;)*) => {
        /// The values of options that have no effect.
        #[derive(Clone, Debug)]
        pub(super) struct Told {
            $($name: $told,)*
            flags_set: Vec<(String, String)>,
            flags_enabled: Vec<String>,
            pooling: Option<PoolingAllocationConfig>,
        }

        impl Default for Told {
            fn default() -> Told {
                Told {
                    $($name: $default,)*
                    flags_set: Vec::new(),
                    flags_enabled: Vec::new(),
                    pooling: None,
                }
            }
        }

        impl Config {
            $(
                #[doc = $what]
                ///
                /// Accepted and without effect: an interpreter has no use for it. The engine tells it again.
                pub fn $name(&mut self, value: $ty) -> &mut Self {
                    self.told.$name = value.into();
                    self
                }

                pub(crate) fn $get(&self) -> $told {
                    self.told.$name
                }
            )*
        }
    };
}

told! {
    concurrency_support(bool) -> get_concurrency_support: bool = true, "Whether async components can be used.";
    async_stack_zeroing(bool) -> get_async_stack_zeroing: bool = false, "Whether stacks of async functions are zeroed.";
    gc_heap_reservation(u64) -> get_gc_heap_reservation: u64 = 0, "How much address space the garbage-collected heap reserves.";
    gc_heap_initial_size(u64) -> get_gc_heap_initial_size: u64 = 0, "How large the garbage-collected heap is at first.";
    gc_heap_guard_size(u64) -> get_gc_heap_guard_size: u64 = 0, "How much unmapped memory follows the garbage-collected heap.";
    gc_heap_reservation_for_growth(u64) -> get_gc_heap_reservation_for_growth: u64 = 0, "How much the garbage-collected heap reserves to grow.";
    gc_heap_may_move(bool) -> get_gc_heap_may_move: bool = true, "Whether the garbage-collected heap may move.";
    memory_guard_size(u64) -> get_memory_guard_size: u64 = 0, "How much unmapped memory follows a memory.";
    guard_before_linear_memory(bool) -> get_guard_before_linear_memory: bool = false, "Whether unmapped memory precedes a memory.";
    memory_init_cow(bool) -> get_memory_init_cow: bool = false, "Whether memories are initialized by copy on write.";
    memory_guaranteed_dense_image_size(u64) -> get_memory_guaranteed_dense_image_size: u64 = 0, "Up to which size memory images are dense.";
    table_lazy_init(bool) -> get_table_lazy_init: bool = false, "Whether tables are filled when first used.";
    signals_based_traps(bool) -> get_signals_based_traps: bool = false, "Whether traps use signals: they do not.";
    debug_info(bool) -> get_debug_info: bool = false, "Whether generated code has debug information.";
    debug_symbols(bool) -> get_debug_symbols: bool = false, "Whether generated code has symbols.";
    compiler_inlining(Inlining) -> get_compiler_inlining: Inlining = Inlining::No, "What is inlined.";
    wasm_branch_hinting(bool) -> get_wasm_branch_hinting: bool = false, "Whether hints at branches are used: they are skipped.";
    metadata_for_internal_asserts(bool) -> get_metadata_for_internal_asserts: bool = false, "Whether generated code says more about failed assertions.";
    metadata_for_gc_heap_corruption(bool) -> get_metadata_for_gc_heap_corruption: bool = false, "Whether generated code says more about corruption of the garbage-collected heap.";
    strategy(Strategy) -> get_strategy: Option<Strategy> = None, "Which compiler to use.";
    collector(Collector) -> get_collector: Option<Collector> = None, "Which garbage collector to use.";
    native_unwind_info(bool) -> get_native_unwind_info: Option<bool> = None, "Whether generated code has unwind information.";
    cranelift_opt_level(OptLevel) -> get_cranelift_opt_level: Option<OptLevel> = None, "How much is optimized.";
    cranelift_regalloc_algorithm(RegallocAlgorithm) -> get_cranelift_regalloc_algorithm: Option<RegallocAlgorithm> = None, "How registers are allocated.";
    cranelift_debug_verifier(bool) -> get_cranelift_debug_verifier: Option<bool> = None, "Whether Cranelift checks itself.";
}

/// Setters without effect.
macro_rules! ignored {
    ($($name:ident($ty:ty): $what:literal;)*) => {$(
        #[doc = $what]
        ///
        /// Accepted and without effect: an interpreter has no use for it.
        pub fn $name(&mut self, value: $ty) -> &mut Self {
            let _ = value;
            self
        }
    )*};
}

impl Config {
    ignored! {
        async_support(bool): "Whether async functions can be used: they always can, with the Cargo feature `async`.";
        profiler(ProfilingStrategy): "Which profiler to tell of generated code.";
        force_memory_init_memfd(bool): "Whether copy on write uses a file in memory.";
        macos_use_mach_ports(bool): "Whether traps use Mach ports: they do not.";
        wmemcheck(bool): "Whether accesses to memory are checked for leaks.";
        rr(RRConfig): "Whether runs are recorded.";
        with_custom_code_memory(Option<Arc<dyn CustomCodeMemory>>): "Who prepares memory for generated code.";
        with_host_stack(Arc<dyn StackCreator>): "Who makes native stacks for async functions: they need none.";
        cranelift_wasmtime_debug_checks(bool): "Whether generated code checks itself.";
        wasm_component_model(bool): "Whether there are components: there are none.";
        wasm_component_model_async(bool): "Whether components may have async functions.";
        wasm_component_model_async_stackful(bool): "Whether async functions of components may have stacks.";
        wasm_component_model_more_async_builtins(bool): "Whether components have more async functions.";
        wasm_component_model_threading(bool): "Whether components may have threads.";
        wasm_component_model_error_context(bool): "Whether components may pass contexts of errors.";
        wasm_component_model_gc(bool): "Whether components may pass objects.";
        wasm_component_model_map(bool): "Whether components may pass maps.";
        wasm_component_model_fixed_length_lists(bool): "Whether components may pass lists of fixed length.";
    }

    /// Whether modules may have types of garbage-collected objects, `externref` among them. On by default.
    pub fn gc_support(&mut self, enable: bool) -> &mut Self {
        self.wasm_features(WasmFeatures::GC_TYPES, enable)
    }

    /// How instances are allocated: on demand in any case, but the sizes and numbers of a pool are limits; see
    /// [`PoolingAllocationConfig`].
    pub fn allocation_strategy(
        &mut self,
        strategy: impl Into<InstanceAllocationStrategy>,
    ) -> &mut Self {
        self.told.pooling = match strategy.into() {
            InstanceAllocationStrategy::OnDemand => None,
            InstanceAllocationStrategy::Pooling(config) => Some(config),
        };
        self
    }

    pub(crate) fn get_pooling_config(&self) -> Option<&PoolingAllocationConfig> {
        self.told.pooling.as_ref()
    }

    /// Where compiled modules are kept.
    ///
    /// Accepted and without effect: an interpreter has no use for it.
    #[cfg(feature = "std")]
    pub fn cache(&mut self, cache: Option<Cache>) -> &mut Self {
        let _ = cache;
        self
    }

    /// Where a compiler writes what it compiles functions to.
    ///
    /// Accepted and without effect: an interpreter has no use for it.
    #[cfg(feature = "std")]
    pub fn emit_clif(&mut self, directory: &std::path::Path) -> &mut Self {
        let _ = directory;
        self
    }

    /// A setting of Cranelift.
    ///
    /// Accepted and without effect: an interpreter has no use for it. The engine tells it again.
    ///
    /// # Safety
    /// Always safe here; its counterpart in wasmtime is not.
    #[allow(unsafe_code)]
    pub unsafe fn cranelift_flag_set(&mut self, name: &str, value: &str) -> &mut Self {
        self.told.flags_set.push((name.into(), value.into()));
        self
    }

    /// A flag of Cranelift.
    ///
    /// Accepted and without effect: an interpreter has no use for it. The engine tells it again.
    ///
    /// # Safety
    /// Always safe here; its counterpart in wasmtime is not.
    #[allow(unsafe_code)]
    pub unsafe fn cranelift_flag_enable(&mut self, flag: &str) -> &mut Self {
        self.told.flags_enabled.push(flag.into());
        self
    }

    /// How features of the processor are detected.
    ///
    /// Accepted and without effect: an interpreter has no use for it.
    ///
    /// # Safety
    /// Always safe here; its counterpart in wasmtime is not.
    #[allow(unsafe_code)]
    pub unsafe fn detect_host_feature(&mut self, detect: fn(&str) -> Option<bool>) -> &mut Self {
        let _ = detect;
        self
    }

    /// Whether the ABI for floats of x86 is accepted.
    ///
    /// Accepted and without effect: an interpreter has no use for it.
    ///
    /// # Safety
    /// Always safe here; its counterpart in wasmtime is not.
    #[allow(unsafe_code)]
    pub unsafe fn x86_float_abi_ok(&mut self, enable: bool) -> &mut Self {
        let _ = enable;
        self
    }

    pub(crate) fn get_cranelift_flags_set(&self) -> impl Iterator<Item = (&str, &str)> {
        self.told.flags_set.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn get_cranelift_flags_enabled(&self) -> impl Iterator<Item = &str> {
        self.told.flags_enabled.iter().map(String::as_str)
    }

    /// What of a serialized module is compared with the version of the engine.
    ///
    /// Accepted and without effect: this version does not serialize modules.
    ///
    /// # Errors
    /// If the text is longer than 255 bytes.
    pub fn module_version(&mut self, strategy: ModuleVersionStrategy) -> Result<&mut Self> {
        if let ModuleVersionStrategy::Custom(version) = &strategy
            && version.len() > 255
        {
            bail!("custom module version cannot be more than 255 bytes: {version}");
        }
        Ok(self)
    }

    /// Makes the garbage collector run wherever it may, and move everything, for tests of it; `None`, the default, not. How
    /// large the number is does not matter.
    ///
    /// # Errors
    /// Without the Cargo feature `gc` there is no collector.
    pub fn gc_zeal_alloc_counter(&mut self, counter: Option<NonZeroU32>) -> Result<&mut Self> {
        if !cfg!(feature = "gc") {
            bail!(
                "cannot set `gc_zeal_alloc_counter` because GC zeal was not enabled at compile time"
            );
        }
        self.gc_zeal = counter;
        Ok(self)
    }

    /// What [`Config::gc_zeal_alloc_counter`] was told.
    pub fn get_gc_zeal_alloc_counter(&self) -> Option<NonZeroU32> {
        self.gc_zeal
    }
}
