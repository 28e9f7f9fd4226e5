//! `Engine`: what stores and modules have in common: the options and the canonical types.
//!
//! | file | what |
//! |---|---|
//! | `definition.rs` | what types are apart from their numbers, and the keys by which they are found |
//! | `registry.rs`, `numbers.rs` | the canonical types of an engine, counted, and their numbers |
//! | `settings.rs` | what the options are |
//! | `pooling.rs` | how many instances all stores have together |
//! | `workspace.rs` | what translation uses again and again |

pub(crate) mod definition;
mod numbers;
mod pooling;
mod registry;
mod settings;
mod workspace;

use alloc::sync::{Arc, Weak};

use core::sync::atomic::Ordering;

use wasmote_interp::Epoch;
use wasmparser::WasmFeatures;

pub(crate) use self::pooling::PoolLease;
pub use self::pooling::PoolingAllocatorMetrics;
#[cfg(feature = "gc")]
pub(crate) use self::registry::ObjectType;
pub(crate) use self::registry::{Type, TypeRegistry};
pub(crate) use self::workspace::{Workspace, Workspaces};
use crate::{Config, Result};

/// The context in which modules are made and run.
///
/// An engine is a handle: clones are the same engine. Modules, stores, linkers and function types
/// belong to one engine and cannot be used with another one. An engine can be shared by all
/// threads.
///
/// # Examples
/// ```
/// use wasmote::{Config, Engine};
///
/// let engine = Engine::new(&Config::new())?;
/// assert!(Engine::same(&engine, &engine.clone()));
/// assert!(!Engine::same(&engine, &Engine::default()));
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Engine {
    inner: Arc<EngineInner>,
}

#[derive(Debug)]
struct EngineInner {
    config: Config,
    features: WasmFeatures,
    types: TypeRegistry,
    /// Shared with the machines of the engine's stores.
    epoch: Arc<Epoch>,
    workspaces: Workspaces,
    pool: pooling::Pool,
}

impl Engine {
    /// An engine with these options.
    ///
    /// # Errors
    /// If an option has a value that is not allowed or asks for what this version does not support.
    pub fn new(config: &Config) -> Result<Engine> {
        config.validate()?;
        let inner = EngineInner {
            config: config.clone(),
            features: config.features(),
            types: TypeRegistry::default(),
            epoch: Arc::new(Epoch::new(0)),
            workspaces: Workspaces::default(),
            pool: pooling::Pool::default(),
        };
        Ok(Engine { inner: Arc::new(inner) })
    }

    /// The options the engine was made with.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// Whether both are the same engine.
    pub fn same(a: &Engine, b: &Engine) -> bool {
        Arc::ptr_eq(&a.inner, &b.inner)
    }

    /// A handle that does not keep the engine alive.
    pub fn weak(&self) -> EngineWeak {
        EngineWeak { inner: Arc::downgrade(&self.inner) }
    }

    /// Adds one to the engine's epoch, which deadlines of stores are compared with.
    ///
    /// Guests look at the epoch if [`Config::epoch_interruption`] is on. Safe to call from any thread
    /// and from interrupt handlers: it takes no lock.
    pub fn increment_epoch(&self) {
        self.inner.epoch.fetch_add(1, Ordering::Relaxed);
    }

    /// The epoch, for machines.
    pub(crate) fn epoch(&self) -> &Arc<Epoch> {
        &self.inner.epoch
    }

    /// The features that modules may use.
    pub(crate) fn features(&self) -> WasmFeatures {
        self.inner.features
    }

    /// What functions are translated with when they are first called.
    pub(crate) fn workspaces(&self) -> &Workspaces {
        &self.inner.workspaces
    }

    /// The canonical types of this engine.
    pub(crate) fn types(&self) -> &TypeRegistry {
        &self.inner.types
    }
}

impl Default for Engine {
    /// An engine with the default options.
    fn default() -> Engine {
        Engine::new(&Config::default()).expect("the default options are supported")
    }
}

/// A handle of an [`Engine`] that does not keep it alive.
///
/// # Examples
/// ```
/// use std::{thread, time::Duration};
/// use wasmote::{Config, Engine};
///
/// let engine = Engine::new(Config::new().epoch_interruption(true))?;
/// // A clock that ends when nothing else holds the engine.
/// let clock = engine.weak();
/// let clock = thread::spawn(move || {
///     while let Some(engine) = clock.upgrade() {
///         engine.increment_epoch();
///         drop(engine);
///         thread::sleep(Duration::from_millis(1));
///     }
/// });
/// drop(engine);
/// clock.join().unwrap();
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct EngineWeak {
    inner: Weak<EngineInner>,
}

impl EngineWeak {
    /// The engine, if there is still another handle that keeps it alive.
    ///
    /// # Examples
    /// ```
    /// let engine = wasmote::Engine::default();
    /// let weak = engine.weak();
    /// assert!(weak.upgrade().is_some());
    /// drop(engine);
    /// assert!(weak.upgrade().is_none());
    /// ```
    pub fn upgrade(&self) -> Option<Engine> {
        Some(Engine { inner: self.inner.upgrade()? })
    }
}
