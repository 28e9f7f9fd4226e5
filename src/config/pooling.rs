//! The options of a pool of instances. There is no pool; what they limit is limited.

use alloc::borrow::Cow;
use core::fmt;

use super::{Config, Enabled};

/// Declares the options with their defaults.
macro_rules! options {
    ($($name:ident $get:ident: $ty:ty = $default:expr, $what:literal;)*) => {
        /// Options of [`InstanceAllocationStrategy::Pooling`](crate::InstanceAllocationStrategy::Pooling).
        ///
        /// There is no pool: instances are allocated on demand, which takes less time than a pool's instance. Sizes and
        /// numbers that would not fit into the pool are refused all the same, as the options below say; the others only
        /// can be read again.
        ///
        /// # Examples
        /// ```
        /// use wasmote::{Config, Engine, Memory, MemoryType, PoolingAllocationConfig, Store};
        ///
        /// let mut pool = PoolingAllocationConfig::new();
        /// pool.max_memory_size(2 << 16).total_core_instances(100);
        /// let engine = Engine::new(Config::new().allocation_strategy(pool))?;
        /// let mut store = Store::new(&engine, ());
        /// assert!(Memory::new(&mut store, MemoryType::new(3, None)).is_err());
        /// # Ok::<(), wasmote::Error>(())
        /// ```
        #[derive(Clone, Debug)]
        pub struct PoolingAllocationConfig {
            $($name: $ty,)*
        }

        impl Default for PoolingAllocationConfig {
            fn default() -> PoolingAllocationConfig {
                PoolingAllocationConfig { $($name: $default,)* }
            }
        }

        impl PoolingAllocationConfig {
            $(
                #[doc = $what]
                pub fn $name(&mut self, value: $ty) -> &mut Self {
                    self.$name = value;
                    self
                }

                #[doc = concat!("What [`PoolingAllocationConfig::", stringify!($name), "`] was set to.")]
                pub fn $get(&self) -> $ty {
                    self.$name
                }
            )*
        }
    };
}

options! {
    max_memory_size get_max_memory_size: usize = DEFAULT_MEMORY_SIZE, "How many bytes a memory may have.";
    table_elements get_table_elements: usize = 20_000, "How many elements a table may have.";
    total_core_instances get_total_core_instances: u32 = 1_000, "How many instances an engine's stores may have together.";
    total_memories get_total_memories: u32 = 1_000, "How many memories an engine's stores may have together, of their instances and not shared.";
    total_tables get_total_tables: u32 = 1_000, "How many tables an engine's stores may have together, of their instances.";
    max_memories_per_module get_max_memories_per_module: u32 = 1, "How many memories a module may define.";
    max_tables_per_module get_max_tables_per_module: u32 = 1, "How many tables a module may define.";
    max_core_instance_size get_max_core_instance_size: usize = 1 << 20, "How many bytes an instance may take. Without effect.";
    total_component_instances get_total_component_instances: u32 = 1_000, "How many components there may be. Without effect.";
    max_component_instance_size get_max_component_instance_size: usize = 1 << 20, "How many bytes a component may take. Without effect.";
    max_core_instances_per_component get_max_core_instances_per_component: u32 = u32::MAX, "How many instances a component may have. Without effect.";
    max_memories_per_component get_max_memories_per_component: u32 = u32::MAX, "How many memories a component may have. Without effect.";
    max_tables_per_component get_max_tables_per_component: u32 = u32::MAX, "How many tables a component may have. Without effect.";
    total_stacks get_total_stacks: u32 = 1_000, "How many stacks of async calls there may be. Without effect: they need none.";
    total_gc_heaps get_total_gc_heaps: u32 = 1_000, "How many garbage-collected heaps there may be. Without effect.";
    max_unused_warm_slots get_max_unused_warm_slots: u32 = 100, "How many unused places keep their memory. Without effect.";
    decommit_batch_size get_decommit_batch_size: usize = 1, "How many places are cleaned at once. Without effect.";
    async_stack_keep_resident get_async_stack_keep_resident: usize = 0, "How much of an unused stack keeps its memory. Without effect.";
    linear_memory_keep_resident get_memory_keep_resident: usize = 0, "How much of an unused memory keeps its memory. Without effect.";
    table_keep_resident get_table_keep_resident: usize = 0, "How much of an unused table keeps its memory. Without effect.";
    memory_protection_keys get_memory_protection_keys: Enabled = Enabled::No, "Whether memory protection keys are used. Without effect.";
    max_memory_protection_keys get_max_memory_protection_keys: usize = 16, "How many memory protection keys are used. Without effect.";
    pagemap_scan get_pagemap_scan: Enabled = Enabled::No, "Whether the system is asked which pages were touched. Without effect.";
}

impl Config {
    /// How many bytes a memory may have, whatever its type says.
    pub(crate) fn largest_memory(&self) -> usize {
        self.get_pooling_config().map_or(usize::MAX, |pool| pool.max_memory_size)
    }

    /// How many elements a table may have, whatever its type says.
    pub(crate) fn largest_table(&self) -> usize {
        self.get_pooling_config().map_or(usize::MAX, |pool| pool.table_elements)
    }
}

const DEFAULT_MEMORY_SIZE: usize =
    if cfg!(target_pointer_width = "64") { 4 << 30 } else { 10 << 20 };

impl PoolingAllocationConfig {
    /// The default options.
    pub fn new() -> PoolingAllocationConfig {
        PoolingAllocationConfig::default()
    }

    /// Whether the system can be asked which pages were touched: no one asks it.
    pub fn is_pagemap_scan_available() -> bool {
        false
    }

    /// Whether there are memory protection keys: no one uses them.
    pub fn are_memory_protection_keys_available() -> bool {
        false
    }
}

/// What an engine whose instances are of a pool has too many of.
///
/// The error of an instantiation that finds nothing left downcasts to it.
///
/// # Examples
/// ```
/// use wasmote::{Config, Engine, Instance, Module, PoolConcurrencyLimitError};
/// use wasmote::{PoolingAllocationConfig, Store};
///
/// let mut pool = PoolingAllocationConfig::new();
/// pool.total_core_instances(1);
/// let engine = Engine::new(Config::new().allocation_strategy(pool))?;
/// let module = Module::new(&engine, "(module)")?;
/// let mut store = Store::new(&engine, ());
/// Instance::new(&mut store, &module, &[])?;
/// let error = Instance::new(&mut store, &module, &[]).unwrap_err();
/// assert!(error.is::<PoolConcurrencyLimitError>());
/// drop(store);
/// Instance::new(&mut Store::new(&engine, ()), &module, &[])?;
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Debug)]
pub struct PoolConcurrencyLimitError {
    limit: usize,
    kind: Cow<'static, str>,
}

impl PoolConcurrencyLimitError {
    pub(crate) fn new(limit: usize, kind: &'static str) -> PoolConcurrencyLimitError {
        PoolConcurrencyLimitError { limit, kind: kind.into() }
    }
}

impl fmt::Display for PoolConcurrencyLimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "maximum concurrent limit of {} for {} reached", self.limit, self.kind)
    }
}

impl core::error::Error for PoolConcurrencyLimitError {}
