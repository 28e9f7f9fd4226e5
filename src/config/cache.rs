//! A cache of compiled modules, which an interpreter has no use for (feature `std`).

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Result;

/// Declares options that can be set and read.
macro_rules! options {
    ($($name:ident $set:ident: $ty:ty = $default:expr, $what:literal;)*) => {
        /// The options of a [`Cache`].
        ///
        /// # Examples
        /// ```
        /// use wasmote::{Cache, CacheConfig, Config, Engine};
        ///
        /// let mut cache = CacheConfig::new();
        /// cache.with_file_count_soft_limit(1_000);
        /// let mut config = Config::new();
        /// config.cache(Some(Cache::new(cache)?)); // without effect: see `Cache`
        /// let engine = Engine::new(&config)?;
        /// # Ok::<(), wasmote::Error>(())
        /// ```
        #[derive(Clone, Debug)]
        pub struct CacheConfig {
            directory: Option<PathBuf>,
            $($name: $ty,)*
        }

        impl Default for CacheConfig {
            fn default() -> CacheConfig {
                CacheConfig { directory: None, $($name: $default,)* }
            }
        }

        impl CacheConfig {
            $(
                #[doc = concat!("Sets ", $what, ".")]
                pub fn $set(&mut self, value: $ty) -> &mut Self {
                    self.$name = value;
                    self
                }

                #[doc = concat!("Returns ", $what, ".")]
                pub fn $name(&self) -> $ty {
                    self.$name
                }
            )*
        }

        impl Cache {
            $(
                #[doc = concat!("Returns ", $what, ".")]
                pub fn $name(&self) -> $ty {
                    self.config.$name
                }
            )*
        }
    };
}

options! {
    worker_event_queue_size with_worker_event_queue_size: u64 = 16, "the length of the queue of events";
    baseline_compression_level with_baseline_compression_level: i32 = 3, "how much new modules are compressed";
    optimized_compression_level with_optimized_compression_level: i32 = 20, "how much often used modules are compressed";
    optimized_compression_usage_counter_threshold with_optimized_compression_usage_counter_threshold: u64 = 256, "what often used means";
    cleanup_interval with_cleanup_interval: Duration = Duration::from_secs(3600), "how often old modules are removed";
    optimizing_compression_task_timeout with_optimizing_compression_task_timeout: Duration = Duration::from_secs(1800), "how long compression may take";
    allowed_clock_drift_for_files_from_future with_allowed_clock_drift_for_files_from_future: Duration = Duration::from_secs(86_400), "how far in the future files may have been changed";
    file_count_soft_limit with_file_count_soft_limit: u64 = 65_536, "how many files there may be";
    files_total_size_soft_limit with_files_total_size_soft_limit: u64 = 512 << 20, "how many bytes the files may have";
    file_count_limit_percent_if_deleting with_file_count_limit_percent_if_deleting: u8 = 70, "how many files are left after a removal, in percent";
    files_total_size_limit_percent_if_deleting with_files_total_size_limit_percent_if_deleting: u8 = 70, "how many bytes are left after a removal, in percent";
}

impl CacheConfig {
    /// The default options.
    pub fn new() -> CacheConfig {
        CacheConfig::default()
    }

    /// The default options: no file is read.
    ///
    /// # Errors
    /// None.
    pub fn from_file(config_file: Option<&Path>) -> Result<CacheConfig> {
        let _ = config_file;
        Ok(CacheConfig::default())
    }

    /// Where the modules are kept, if that was said.
    pub fn directory(&self) -> Option<&PathBuf> {
        self.directory.as_ref()
    }

    /// Sets where the modules are kept.
    pub fn with_directory(&mut self, directory: impl Into<PathBuf>) -> &mut Self {
        self.directory = Some(directory.into());
        self
    }
}

/// Where compiled modules are kept for [`Config::cache`](crate::Config::cache). Nothing ever is, for none are compiled:
/// no file is read or written.
///
/// # Examples
/// ```
/// use wasmote::{Cache, CacheConfig, Config, Engine};
///
/// let engine = Engine::new(Config::new().cache(Some(Cache::new(CacheConfig::new())?)))?;
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cache {
    config: CacheConfig,
    directory: PathBuf,
}

impl Cache {
    /// A cache with these options.
    ///
    /// # Errors
    /// None.
    pub fn new(config: CacheConfig) -> Result<Cache> {
        let directory = config.directory.clone().unwrap_or_default();
        Ok(Cache { config, directory })
    }

    /// A cache with the default options: no file is read.
    ///
    /// # Errors
    /// None.
    pub fn from_file(path: Option<&Path>) -> Result<Cache> {
        Cache::new(CacheConfig::from_file(path)?)
    }

    /// Where the modules would be kept; empty if that was not said.
    pub fn directory(&self) -> &PathBuf {
        &self.directory
    }

    /// How often a module was found: never.
    pub fn cache_hits(&self) -> usize {
        0
    }

    /// How often a module was not found: never, for none is looked for.
    pub fn cache_misses(&self) -> usize {
        0
    }
}
