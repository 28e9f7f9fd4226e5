//! sf-nano-core's interpreter.

use anyhow::{Context, Result, anyhow};
use sf_nano_core::{Config, Import, Tier, Value, WasmError};

use super::{Engine, Instance, mix};

pub(super) struct SfNano {
    engine: sf_nano_core::Engine,
}

impl SfNano {
    pub(super) fn new() -> Result<Self> {
        let config = Config::new().tier(Tier::Interp).parallel_compilation(false);
        let engine = sf_nano_core::Engine::new(config).map_err(|error| anyhow!("{error}"))?;
        Ok(Self { engine })
    }
}

struct Loaded {
    instance: sf_nano_core::Instance,
}

impl Engine for SfNano {
    fn load(&self, wasm: &[u8]) -> Result<Box<dyn Instance>> {
        let import = Import::func("host", "mix", |_, args, results| {
            let ([Value::I32(x), Value::I32(y)], [result]) = (args, results) else {
                return Err(WasmError::trap("host.mix takes two i32 and returns one"));
            };
            *result = Value::I32(mix(*x, *y));
            Ok(())
        });
        let instance =
            sf_nano_core::Instance::new(&self.engine, wasm, &[import]).map_err(failure)?;
        Ok(Box::new(Loaded { instance }))
    }
}

impl Instance for Loaded {
    fn call(&mut self, export: &str, args: &[i32]) -> Result<Vec<u64>> {
        let func = self.instance.get_func(export).context("no such function")?;
        let args: Vec<Value> = args.iter().map(|value| Value::I32(*value)).collect();
        let (_, arity) = func.arity();
        let mut results = vec![Value::I32(0); arity];
        self.instance.call(&func, &args, &mut results).map_err(failure)?;
        results
            .iter()
            .map(|result| match result {
                Value::I32(value) => Ok(u64::from(*value as u32)),
                Value::I64(value) => Ok(*value as u64),
                other => anyhow::bail!("result {other:?} is not an integer"),
            })
            .collect()
    }

    fn chain(&mut self, export: &str, count: u32) -> Result<i32> {
        // There is no other way.
        self.chain_untyped(export, count)
    }

    fn chain_untyped(&mut self, export: &str, count: u32) -> Result<i32> {
        let func = self.instance.get_func(export).context("no such function")?;
        let mut value = [Value::I32(0)];
        for _ in 0..count {
            let args = value;
            self.instance.call(&func, &args, &mut value).map_err(failure)?;
        }
        match value {
            [Value::I32(value)] => Ok(value),
            [other] => anyhow::bail!("result {other:?} is not an i32"),
        }
    }
}

/// The crate's errors do not implement `std::error::Error`.
fn failure(error: WasmError) -> anyhow::Error {
    anyhow!("{}", error.message())
}
