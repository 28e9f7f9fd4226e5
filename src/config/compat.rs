//! Options that an interpreter has no use for. They exist so that embedders' code compiles with
//! either engine, and each is documented as doing nothing.

use alloc::string::String;
use core::num::NonZeroU32;

use super::Config;
use crate::{Result, bail};

/// Declares enums that only name a choice.
macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident { $($(#[$case_doc:meta])* $case:ident,)* })*) => {$(
        $(#[$doc])*
        #[non_exhaustive]
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        pub enum $name {
            $($(#[$case_doc])* $case,)*
        }
    )*};
}

choices! {
    /// Which compiler to use; wasmote has none.
    Strategy {
        /// The engine's choice.
        Auto,
        /// Cranelift.
        Cranelift,
        /// Winch.
        Winch,
    }
    /// How much a compiler optimizes; wasmote has none.
    OptLevel {
        /// Not at all.
        None,
        /// For speed.
        Speed,
        /// For speed and size.
        SpeedAndSize,
    }
    /// How a compiler allocates registers; wasmote has none.
    RegallocAlgorithm {
        /// With backtracking.
        Backtracking,
        /// In a single pass.
        SinglePass,
    }
    /// Which profiler to tell of generated code; wasmote generates none.
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
    Collector {
        /// The engine's choice.
        Auto,
        /// Deferred reference counting.
        DeferredReferenceCounting,
        /// One that never frees.
        Null,
        /// A copying one.
        Copying,
    }
    /// Whether to use a feature of the operating system.
    Enabled {
        /// If there is one.
        Auto,
        /// Yes.
        Yes,
        /// No.
        No,
    }
    /// What a compiler inlines; wasmote has none.
    Inlining {
        /// Nothing.
        No,
        /// What it thinks best.
        Yes,
        /// Only intrinsics.
        Intrinsics,
    }
    /// How memories are allocated; wasmote does it on demand.
    InstanceAllocationStrategy {
        /// On demand.
        OnDemand,
    }
}

/// What of a serialized module is compared with the version of the engine.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
#[non_exhaustive]
pub enum ModuleVersionStrategy {
    /// The version of this crate.
    WasmtimeVersion,
    /// A text of the embedder's, of up to 255 bytes.
    Custom(String),
    /// Nothing.
    None,
}

/// Where compiled modules are kept; wasmote compiles none, so there is no such place.
#[derive(Clone, Debug)]
pub enum Cache {}

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
        concurrency_support(bool): "Whether async components can be used.";
        async_stack_zeroing(bool): "Whether stacks of async functions are zeroed.";
        strategy(Strategy): "Which compiler to use.";
        enable_compiler(bool): "Whether there is a compiler.";
        profiler(ProfilingStrategy): "Which profiler to tell of generated code.";
        collector(Collector): "Which garbage collector to use.";
        gc_support(bool): "Whether there is a garbage collector: there is none yet.";
        gc_heap_reservation(u64): "How much address space the garbage-collected heap reserves.";
        gc_heap_initial_size(u64): "How large the garbage-collected heap is at first.";
        gc_heap_guard_size(u64): "How much unmapped memory follows the garbage-collected heap.";
        gc_heap_reservation_for_growth(u64): "How much the garbage-collected heap reserves to grow.";
        gc_heap_may_move(bool): "Whether the garbage-collected heap may move.";
        memory_reservation(u64): "How much address space a memory reserves.";
        memory_guard_size(u64): "How much unmapped memory follows a memory.";
        memory_reservation_for_growth(u64): "How much address space a memory reserves to grow.";
        memory_may_move(bool): "Whether a memory's bytes may move when it grows: they may.";
        guard_before_linear_memory(bool): "Whether unmapped memory precedes a memory.";
        memory_init_cow(bool): "Whether memories are initialized by copy on write.";
        force_memory_init_memfd(bool): "Whether copy on write uses a file in memory.";
        memory_guaranteed_dense_image_size(u64): "Up to which size memory images are dense.";
        table_lazy_init(bool): "Whether tables are filled when first used.";
        allocation_strategy(InstanceAllocationStrategy): "How memories and tables are allocated.";
        signals_based_traps(bool): "Whether traps use signals: they do not.";
        native_unwind_info(bool): "Whether generated code has unwind information.";
        debug_info(bool): "Whether generated code has debug information.";
        debug_symbols(bool): "Whether generated code has symbols.";
        compiler_inlining(Inlining): "What is inlined.";
        macos_use_mach_ports(bool): "Whether traps use Mach ports: they do not.";
        x86_float_abi_ok(bool): "Whether the ABI for floats of x86 is accepted.";
        wasm_branch_hinting(bool): "Whether hints at branches are used: they are skipped.";
        wmemcheck(bool): "Whether accesses to memory are checked for leaks.";
        cranelift_opt_level(OptLevel): "How much is optimized.";
        cranelift_regalloc_algorithm(RegallocAlgorithm): "How registers are allocated.";
        cranelift_debug_verifier(bool): "Whether Cranelift checks itself.";
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
        cache(Option<Cache>): "Where compiled modules are kept.";
        detect_host_feature(fn(&str) -> Option<bool>): "How features of the processor are detected.";
        cranelift_flag_enable(&str): "A flag of Cranelift.";
    }

    /// A setting of Cranelift.
    ///
    /// Accepted and without effect: an interpreter has no use for it.
    pub fn cranelift_flag_set(&mut self, name: &str, value: &str) -> &mut Self {
        let _ = (name, value);
        self
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

    /// After how many allocations the garbage collector runs, for tests of it.
    ///
    /// # Errors
    /// Always: there is no such collector in this build.
    pub fn gc_zeal_alloc_counter(&mut self, counter: Option<NonZeroU32>) -> Result<&mut Self> {
        let _ = counter;
        bail!("cannot set `gc_zeal_alloc_counter` because GC zeal was not enabled at compile time")
    }
}
