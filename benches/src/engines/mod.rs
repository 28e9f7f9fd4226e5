//! The engines behind one small interface, so that no measurement knows which one it measures.
//!
//! Every engine is configured for speed and for nothing else: default limits, and no metering unless its name says so.

/// The instance of an engine whose API is wasmtime's, `Loaded`, whose calls fail with an error that `?` takes; and
/// how its store collects garbage.
macro_rules! like_wasmtime {
    ($engine:ident, |$store:ident| $collect:expr) => {
        struct Loaded {
            store: $engine::Store<()>,
            instance: $engine::Instance,
        }

        impl $crate::engines::Instance for Loaded {
            fn call(&mut self, export: &str, args: &[i32]) -> anyhow::Result<Vec<u64>> {
                use $engine::Val;
                let func = self.instance.get_func(&mut self.store, export);
                let func = func.ok_or_else(|| anyhow::anyhow!("no such function"))?;
                let args: Vec<Val> = args.iter().map(|value| Val::I32(*value)).collect();
                let mut results = vec![Val::I32(0); func.ty(&self.store).results().len()];
                func.call(&mut self.store, &args, &mut results)?;
                results
                    .iter()
                    .map(|result| match result {
                        Val::I32(value) => Ok(u64::from(*value as u32)),
                        Val::I64(value) => Ok(*value as u64),
                        _ => anyhow::bail!("a result is not an integer"),
                    })
                    .collect()
            }

            fn chain(&mut self, export: &str, count: u32) -> anyhow::Result<i32> {
                let func = self.instance.get_typed_func::<i32, i32>(&mut self.store, export)?;
                Ok((0..count).try_fold(0, |value, _| func.call(&mut self.store, value))?)
            }

            #[allow(clippy::clone_on_copy, reason = "not every engine's values can be copied")]
            fn chain_untyped(&mut self, export: &str, count: u32) -> anyhow::Result<i32> {
                use $engine::Val;
                let func = self.instance.get_func(&mut self.store, export);
                let func = func.ok_or_else(|| anyhow::anyhow!("no such function"))?;
                let mut value = [Val::I32(0)];
                for _ in 0..count {
                    func.call(&mut self.store, &[value[0].clone()], &mut value)?;
                }
                match value[0] {
                    Val::I32(value) => Ok(value),
                    _ => anyhow::bail!("the function returns an i32"),
                }
            }

            fn collect(&mut self) -> anyhow::Result<()> {
                let $store = &mut self.store;
                $collect
            }
        }
    };
}

mod sf_nano;
#[cfg(feature = "submilli")]
mod submilli;
#[cfg(feature = "tinywasm")]
mod tinywasm;
mod wasmi;
mod wasmote;
#[cfg(feature = "wasmtime")]
mod wasmtime;

use anyhow::{Result, bail};
use clap::ValueEnum;

/// An engine: turns the bytes of a module into something that can be called.
pub(crate) trait Engine {
    /// Makes an instance of `wasm`, with [`mix`] as its import `host.mix`. What of validation and translation is done
    /// now depends on the [`Mode`] that the engine was started in.
    fn load(&self, wasm: &[u8]) -> Result<Box<dyn Instance>>;

    /// What answers a request by an instance of [`SERVED`](crate::inputs::SERVED) in a store of its own, as quickly as the engine can;
    /// with a limiter, and imports `host.in` and `host.out` that add and take away one. `None` where the harness has no such thing.
    fn server(&self) -> Result<Option<Server<'_>>> {
        Ok(None)
    }
}

/// Answers requests: calls `run` with the number.
pub(crate) type Server<'a> = Box<dyn FnMut(i32) -> Result<i32> + 'a>;

/// An instance of a guest.
pub(crate) trait Instance {
    /// Calls the exported function `export` with `args`; the bits of its results, those of an i32 zero-extended.
    fn call(&mut self, export: &str, args: &[i32]) -> Result<Vec<u64>>;

    /// Calls `export`, from i32 to i32, `count` times in the fastest way that the engine has, each time with the result
    /// before; at first with 0. The function is looked up once.
    fn chain(&mut self, export: &str, count: u32) -> Result<i32>;

    /// The same in the way that needs no static type.
    fn chain_untyped(&mut self, export: &str, count: u32) -> Result<i32>;

    /// Collects garbage.
    ///
    /// # Errors
    ///
    /// If the engine has no collector.
    fn collect(&mut self) -> Result<()> {
        bail!("there is no collector")
    }
}

/// The function that guests import as `host.mix`: cheap, and each result depends on the one before.
fn mix(x: i32, y: i32) -> i32 {
    x.wrapping_mul(31).wrapping_add(y)
}

/// What happens when a module is loaded, and what when a function is first called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// Everything when it is loaded.
    Eager,
    /// Functions are validated when the module is loaded and translated when they are called.
    LazyTranslation,
    /// Functions are validated and translated when they are called.
    Lazy,
}

impl Mode {
    /// The name on the command line and in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Eager => "eager",
            Self::LazyTranslation => "lazy-translation",
            Self::Lazy => "lazy",
        }
    }
}

/// What guests are held to: so much that none comes to the end of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Metering {
    None,
    Fuel,
    Epoch,
}

/// The engines that this program has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineId {
    Wasmote,
    /// wasmote that validates and translates on the calling thread alone.
    #[value(name = "wasmote-1")]
    WasmoteSerial,
    /// wasmote that counts fuel.
    WasmoteFuel,
    /// wasmote that looks at the epoch.
    WasmoteEpoch,
    Wasmi,
    /// wasmi that counts fuel.
    WasmiFuel,
    SfNano,
    #[cfg(feature = "submilli")]
    Submilli,
    #[cfg(feature = "tinywasm")]
    Tinywasm,
    #[cfg(feature = "wasmtime")]
    Pulley,
    #[cfg(feature = "wasmtime")]
    Cranelift,
}

impl EngineId {
    /// The engines that wasmote is compared with if nothing else is said.
    pub(crate) const PEERS: &[Self] = &[Self::Wasmi, Self::SfNano];

    /// The same for guests with garbage collection and exceptions; only those that this program was built with.
    pub(crate) const GC_PEERS: &[Self] = &[
        #[cfg(feature = "wasmtime")]
        Self::Pulley,
        #[cfg(feature = "submilli")]
        Self::Submilli,
    ];

    /// The name on the command line and in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Wasmote => "wasmote",
            Self::WasmoteSerial => "wasmote-1",
            Self::WasmoteFuel => "wasmote-fuel",
            Self::WasmoteEpoch => "wasmote-epoch",
            Self::Wasmi => "wasmi",
            Self::WasmiFuel => "wasmi-fuel",
            Self::SfNano => "sf-nano",
            #[cfg(feature = "submilli")]
            Self::Submilli => "submilli",
            #[cfg(feature = "tinywasm")]
            Self::Tinywasm => "tinywasm",
            #[cfg(feature = "wasmtime")]
            Self::Pulley => "pulley",
            #[cfg(feature = "wasmtime")]
            Self::Cranelift => "cranelift",
        }
    }

    /// Whether the engine has this mode; each has the eager one.
    pub(crate) fn has(self, mode: Mode) -> bool {
        match self {
            Self::Wasmote | Self::WasmoteSerial => true,
            Self::WasmoteFuel | Self::WasmoteEpoch => true,
            Self::Wasmi | Self::WasmiFuel => true,
            _ => mode == Mode::Eager,
        }
    }

    /// Whether the engine takes 128-bit vectors.
    pub(crate) fn has_vectors(self) -> bool {
        match self {
            Self::SfNano => false,
            #[cfg(feature = "submilli")]
            Self::Submilli => false,
            Self::Wasmi | Self::WasmiFuel => cfg!(feature = "vectors"),
            #[cfg(feature = "tinywasm")]
            Self::Tinywasm => false,
            _ => true,
        }
    }

    /// Whether the engine has garbage collection and exceptions.
    pub(crate) fn has_gc(self) -> bool {
        match self {
            Self::Wasmi | Self::WasmiFuel | Self::SfNano => false,
            #[cfg(feature = "tinywasm")]
            Self::Tinywasm => false,
            _ => true,
        }
    }

    /// Starts the engine. In a mode that it does not have it is eager.
    ///
    /// # Errors
    ///
    /// Those of the engine, if its configuration is refused.
    pub(crate) fn start(self, mode: Mode) -> Result<Box<dyn Engine>> {
        Ok(match self {
            Self::Wasmote => Box::new(wasmote::Wasmote::new(mode, Metering::None, true)?),
            Self::WasmoteSerial => Box::new(wasmote::Wasmote::new(mode, Metering::None, false)?),
            Self::WasmoteFuel => Box::new(wasmote::Wasmote::new(mode, Metering::Fuel, true)?),
            Self::WasmoteEpoch => Box::new(wasmote::Wasmote::new(mode, Metering::Epoch, true)?),
            Self::Wasmi => Box::new(wasmi::Wasmi::new(mode, Metering::None)),
            Self::WasmiFuel => Box::new(wasmi::Wasmi::new(mode, Metering::Fuel)),
            Self::SfNano => Box::new(sf_nano::SfNano::new()?),
            #[cfg(feature = "submilli")]
            Self::Submilli => Box::new(submilli::Submilli::new()?),
            #[cfg(feature = "tinywasm")]
            Self::Tinywasm => Box::new(tinywasm::Tinywasm),
            #[cfg(feature = "wasmtime")]
            Self::Pulley => Box::new(wasmtime::Wasmtime::pulley()?),
            #[cfg(feature = "wasmtime")]
            Self::Cranelift => Box::new(wasmtime::Wasmtime::cranelift()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs;

    #[test]
    fn names_are_those_of_the_command_line() {
        for id in EngineId::value_variants() {
            assert_eq!(id.to_possible_value().unwrap().get_name(), id.name());
        }
        for mode in Mode::value_variants() {
            assert_eq!(mode.to_possible_value().unwrap().get_name(), mode.name());
        }
    }

    #[test]
    fn every_engine_calls_as_often_as_it_is_told() {
        for id in EngineId::value_variants() {
            let engine = id.start(Mode::Eager).unwrap();
            let mut instance = engine.load(inputs::CALLS).unwrap();
            assert_eq!(instance.chain("next", 7).unwrap(), 7, "{}", id.name());
            assert_eq!(instance.chain_untyped("next", 7).unwrap(), 7, "{}", id.name());
        }
    }
}
