//! How many instances an engine's stores have together, if that is limited.

use core::fmt;
use core::sync::atomic::{AtomicU32, Ordering};

use super::Engine;
use crate::Result;
use crate::config::{PoolConcurrencyLimitError, PoolingAllocationConfig};

/// How many of a kind there may be.
type Limit = fn(&PoolingAllocationConfig) -> u32;

/// The kinds of what is counted, and the limit of each.
const KINDS: [(&str, Limit); 3] = [
    ("core instances", PoolingAllocationConfig::get_total_core_instances),
    ("memories", PoolingAllocationConfig::get_total_memories),
    ("tables", PoolingAllocationConfig::get_total_tables),
];

/// What the instances of all stores of an engine are and have: instances, memories, tables.
#[derive(Default, Debug)]
pub(super) struct Pool([AtomicU32; KINDS.len()]);

/// What one store has of it; given back when dropped.
pub(crate) struct PoolLease {
    engine: Engine,
    taken: [u32; KINDS.len()],
}

impl PoolLease {
    /// Nothing yet; `None` if the engine limits nothing.
    pub(crate) fn new(engine: &Engine) -> Option<PoolLease> {
        engine.get_pooling_config()?;
        Some(PoolLease { engine: engine.clone(), taken: [0; KINDS.len()] })
    }

    /// Takes an instance with its memories and tables.
    ///
    /// # Errors
    /// If there are too many then, or the module has more than one may; nothing is taken.
    pub(crate) fn take(&mut self, memories: usize, tables: usize) -> Result<()> {
        let Some(config) = self.engine.get_pooling_config() else {
            return Ok(());
        };
        for (kind, count, limit) in [
            ("memories", memories, config.get_max_memories_per_module()),
            ("tables", tables, config.get_max_tables_per_module()),
        ] {
            crate::ensure!(
                count <= limit as usize,
                "defined {kind} count of {count} exceeds the per-instance limit of {limit}"
            );
        }
        let wanted = [1, memories, tables].map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        for (index, (kind, limit)) in KINDS.iter().enumerate() {
            let limit = limit(config);
            let count = &self.engine.inner.pool.0[index];
            let add = |now: u32| now.checked_add(wanted[index]).filter(|&new| new <= limit);
            if count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).is_err() {
                for (count, wanted) in self.engine.inner.pool.0.iter().zip(wanted).take(index) {
                    count.fetch_sub(wanted, Ordering::Relaxed);
                }
                return Err(PoolConcurrencyLimitError::new(limit as usize, kind).into());
            }
        }
        for (taken, wanted) in self.taken.iter_mut().zip(wanted) {
            *taken += wanted;
        }
        Ok(())
    }
}

impl Drop for PoolLease {
    fn drop(&mut self) {
        for (count, taken) in self.engine.inner.pool.0.iter().zip(self.taken) {
            count.fetch_sub(taken, Ordering::Relaxed);
        }
    }
}

/// How much of an engine's pool is in use; see [`Engine::pooling_allocator_metrics`].
///
/// # Examples
/// ```
/// use wasmote::{Config, Engine, Instance, InstanceAllocationStrategy, Module, Store};
///
/// let mut config = Config::new();
/// config.allocation_strategy(InstanceAllocationStrategy::pooling());
/// let engine = Engine::new(&config)?;
/// let mut store = Store::new(&engine, ());
/// Instance::new(&mut store, &Module::new(&engine, "(module (memory 1))")?, &[])?;
/// let metrics = engine.pooling_allocator_metrics().unwrap();
/// assert_eq!((metrics.core_instances(), metrics.memories(), metrics.tables()), (1, 1, 0));
/// drop(store);
/// assert_eq!(metrics.core_instances(), 0);
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone)]
pub struct PoolingAllocatorMetrics {
    engine: Engine,
}

impl fmt::Debug for PoolingAllocatorMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PoolingAllocatorMetrics").field(&self.engine.inner.pool).finish()
    }
}

impl Engine {
    /// How much of the pool is in use; `None` unless instances are limited by
    /// [`Config::allocation_strategy`](crate::Config::allocation_strategy).
    pub fn pooling_allocator_metrics(&self) -> Option<PoolingAllocatorMetrics> {
        self.get_pooling_config()?;
        Some(PoolingAllocatorMetrics { engine: self.clone() })
    }
}

impl PoolingAllocatorMetrics {
    fn count(&self, kind: usize) -> u32 {
        self.engine.inner.pool.0[kind].load(Ordering::Relaxed)
    }

    /// How many instances there are.
    pub fn core_instances(&self) -> u64 {
        self.count(0).into()
    }

    /// How many components there are: none.
    pub fn component_instances(&self) -> u64 {
        0
    }

    /// How many memories instances have.
    pub fn memories(&self) -> usize {
        self.count(1) as usize
    }

    /// How many tables instances have.
    pub fn tables(&self) -> usize {
        self.count(2) as usize
    }

    /// How many stacks of async calls there are: they need none.
    pub fn stacks(&self) -> usize {
        0
    }

    /// How many garbage-collected heaps there are: none.
    pub fn gc_heaps(&self) -> usize {
        0
    }

    /// How many unused memories are kept: none.
    pub fn unused_warm_memories(&self) -> u32 {
        0
    }

    /// How many bytes unused memories take: none.
    pub fn unused_memory_bytes_resident(&self) -> usize {
        0
    }

    /// How many unused tables are kept: none.
    pub fn unused_warm_tables(&self) -> u32 {
        0
    }

    /// How many bytes unused tables take: none.
    pub fn unused_table_bytes_resident(&self) -> usize {
        0
    }

    /// How many unused stacks are kept: none.
    pub fn unused_warm_stacks(&self) -> u32 {
        0
    }

    /// How many bytes unused stacks take: none are kept.
    pub fn unused_stack_bytes_resident(&self) -> Option<usize> {
        None
    }
}
