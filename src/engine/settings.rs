//! What the options of an engine are, one by one.

use alloc::string::String;
use core::hash::Hash;
use core::num::NonZeroU32;

use wasmparser::WasmFeatures;

use super::Engine;
use crate::config::{
    Collector, Inlining, OptLevel, PoolingAllocationConfig, RegallocAlgorithm, Strategy,
};

/// Getters of the options of the same name.
macro_rules! getters {
    ($($get:ident -> $ty:ty: $set:ident;)*) => {
        /// # Options
        /// What the options are that the engine was made with.
        impl Engine {
            $(
                #[doc = concat!("What [`Config::", stringify!($set), "`](crate::Config::", stringify!($set), ") is.")]
                pub fn $get(&self) -> $ty {
                    self.config().$get()
                }
            )*
        }
    };
}

getters! {
    get_async_stack_size -> usize: async_stack_size;
    get_async_stack_zeroing -> bool: async_stack_zeroing;
    get_collector -> Option<Collector>: collector;
    get_compiler_inlining -> Inlining: compiler_inlining;
    get_concurrency_support -> bool: concurrency_support;
    get_consume_fuel -> bool: consume_fuel;
    get_cranelift_debug_verifier -> Option<bool>: cranelift_debug_verifier;
    get_cranelift_opt_level -> Option<OptLevel>: cranelift_opt_level;
    get_cranelift_regalloc_algorithm -> Option<RegallocAlgorithm>: cranelift_regalloc_algorithm;
    get_debug_info -> bool: debug_info;
    get_debug_symbols -> bool: debug_symbols;
    get_epoch_interruption -> bool: epoch_interruption;
    get_gc_heap_guard_size -> u64: gc_heap_guard_size;
    get_gc_heap_initial_size -> u64: gc_heap_initial_size;
    get_gc_heap_may_move -> bool: gc_heap_may_move;
    get_gc_heap_reservation -> u64: gc_heap_reservation;
    get_gc_heap_reservation_for_growth -> u64: gc_heap_reservation_for_growth;
    get_generate_address_map -> bool: generate_address_map;
    get_guard_before_linear_memory -> bool: guard_before_linear_memory;
    get_max_wasm_stack -> usize: max_wasm_stack;
    get_memory_guaranteed_dense_image_size -> u64: memory_guaranteed_dense_image_size;
    get_memory_guard_size -> u64: memory_guard_size;
    get_memory_init_cow -> bool: memory_init_cow;
    get_memory_may_move -> bool: memory_may_move;
    get_memory_reservation -> u64: memory_reservation;
    get_memory_reservation_for_growth -> u64: memory_reservation_for_growth;
    get_metadata_for_gc_heap_corruption -> bool: metadata_for_gc_heap_corruption;
    get_metadata_for_internal_asserts -> bool: metadata_for_internal_asserts;
    get_native_unwind_info -> Option<bool>: native_unwind_info;
    get_parallel_compilation -> bool: parallel_compilation;
    get_pooling_config -> Option<&PoolingAllocationConfig>: allocation_strategy;
    get_relaxed_simd_deterministic -> bool: relaxed_simd_deterministic;
    get_shared_memory -> bool: shared_memory;
    get_signals_based_traps -> bool: signals_based_traps;
    get_strategy -> Option<Strategy>: strategy;
    get_table_lazy_init -> bool: table_lazy_init;
    get_wasm_branch_hinting -> bool: wasm_branch_hinting;
}

impl Engine {
    /// The proposals that modules may use: [`Config::wasm_features`](crate::Config::wasm_features).
    pub fn get_wasm_features(&self) -> WasmFeatures {
        self.features()
    }

    /// The most frames that a backtrace has: [`Config::wasm_backtrace_max_frames`](crate::Config::wasm_backtrace_max_frames),
    /// 0 if there are no backtraces.
    pub fn get_wasm_backtrace_max_frames(&self) -> usize {
        self.config().get_backtrace_max_frames().map_or(0, usize::from)
    }

    /// Whether NaNs are canonical: [`Config::cranelift_nan_canonicalization`](crate::Config::cranelift_nan_canonicalization);
    /// never `None`.
    pub fn get_cranelift_nan_canonicalization(&self) -> Option<bool> {
        Some(self.config().get_nan_canonicalization())
    }

    /// What [`Config::cranelift_flag_set`](crate::Config::cranelift_flag_set) was called with.
    pub fn get_cranelift_flags_set(&self) -> impl Iterator<Item = (&str, &str)> {
        self.config().get_cranelift_flags_set()
    }

    /// What [`Config::cranelift_flag_enable`](crate::Config::cranelift_flag_enable) was called with.
    pub fn get_cranelift_flags_enabled(&self) -> impl Iterator<Item = &str> {
        self.config().get_cranelift_flags_enabled()
    }

    /// What [`Config::target`](crate::Config::target) was set to.
    pub fn get_target(&self) -> Option<String> {
        self.config().get_target().map(String::from)
    }

    /// What [`Config::gc_zeal_alloc_counter`](crate::Config::gc_zeal_alloc_counter) was set to.
    pub fn get_gc_zeal_alloc_counter(&self) -> Option<NonZeroU32> {
        self.config().get_gc_zeal_alloc_counter()
    }

    /// Whether guests can be debugged: not in this version.
    pub fn get_guest_debug(&self) -> bool {
        false
    }

    /// Whether code is for wasmtime's own interpreter: it is for this one.
    pub fn is_pulley(&self) -> bool {
        false
    }

    /// Whether runs are recorded: they are not.
    pub fn is_recording(&self) -> bool {
        false
    }

    /// Whether runs are replayed: they are not.
    pub fn is_replaying(&self) -> bool {
        false
    }

    /// Prepares the calling thread for guests. Nothing is to be prepared.
    pub fn tls_eager_initialize() {}

    /// Removes what the process has for traps. It has nothing.
    ///
    /// # Safety
    /// Always safe here; its counterpart in wasmtime is not.
    #[allow(unsafe_code)]
    pub unsafe fn unload_process_handlers(self) {}

    /// Something that is equal for two engines if the same modules mean the same to both: hash it into the key of a cache.
    ///
    /// # Examples
    /// ```
    /// use std::hash::{DefaultHasher, Hash, Hasher};
    /// use wasmote::{Config, Engine};
    ///
    /// fn key(engine: &Engine) -> u64 {
    ///     let mut state = DefaultHasher::new();
    ///     engine.precompile_compatibility_hash().hash(&mut state);
    ///     state.finish()
    /// }
    /// let metered = Engine::new(Config::new().consume_fuel(true))?;
    /// assert_eq!(key(&Engine::default()), key(&Engine::default()));
    /// assert_ne!(key(&Engine::default()), key(&metered));
    /// # Ok::<(), wasmote::Error>(())
    /// ```
    pub fn precompile_compatibility_hash(&self) -> impl Hash {
        let config = self.config();
        let flags = [
            config.get_consume_fuel(),
            config.get_epoch_interruption(),
            config.get_nan_canonicalization(),
            config.get_relaxed_simd_deterministic(),
            config.get_charge_locals(),
        ];
        let cost = config.get_operator_cost().cloned();
        (env!("CARGO_PKG_VERSION"), self.features().bits(), flags, cost)
    }
}
