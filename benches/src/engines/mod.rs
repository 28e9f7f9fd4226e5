//! The engines behind one small interface, so that no measurement knows which one it measures.
//!
//! Every engine is configured for speed and for nothing else: no metering, eager translation, default limits.

mod sf_nano;
mod wasmi;
mod wasmote;

use anyhow::Result;
use clap::ValueEnum;

/// An engine: turns the bytes of a module into something that can be called.
pub(crate) trait Engine {
    /// Validates, translates and instantiates `wasm`, with [`mix`] as its import `host.mix`.
    fn load(&self, wasm: &[u8]) -> Result<Box<dyn Instance>>;
}

/// An instance of a guest.
pub(crate) trait Instance {
    /// Calls the exported function `export` with `args`; the bits of its results, those of an i32 zero-extended.
    fn call(&mut self, export: &str, args: &[i32]) -> Result<Vec<u64>>;
}

/// The function that guests import as `host.mix`: cheap, and each result depends on the one before.
fn mix(x: i32, y: i32) -> i32 {
    x.wrapping_mul(31).wrapping_add(y)
}

/// The engines that this program has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineId {
    Wasmote,
    Wasmi,
    SfNano,
}

impl EngineId {
    /// The engines that wasmote is compared with.
    pub(crate) const PEERS: [Self; 2] = [Self::Wasmi, Self::SfNano];

    /// The name on the command line and in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Wasmote => "wasmote",
            Self::Wasmi => "wasmi",
            Self::SfNano => "sf-nano",
        }
    }

    /// Starts the engine.
    ///
    /// # Errors
    ///
    /// Those of the engine, if its configuration is refused.
    pub(crate) fn start(self) -> Result<Box<dyn Engine>> {
        Ok(match self {
            Self::Wasmote => Box::new(wasmote::Wasmote::new()?),
            Self::Wasmi => Box::new(wasmi::Wasmi::new()),
            Self::SfNano => Box::new(sf_nano::SfNano::new()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_command_line() {
        for id in EngineId::value_variants() {
            assert_eq!(id.to_possible_value().unwrap().get_name(), id.name());
        }
    }
}
