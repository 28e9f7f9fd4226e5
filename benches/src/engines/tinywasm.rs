//! tinywasm.

use anyhow::{Result, bail};
use tinywasm::types::WasmValue;
use tinywasm::{FuncContext, HostFunction, Imports, ModuleInstance, Store};

use super::{Engine, Instance, mix};

pub(super) struct Tinywasm;

struct Loaded {
    store: Store,
    instance: ModuleInstance,
}

impl Engine for Tinywasm {
    fn load(&self, wasm: &[u8]) -> Result<Box<dyn Instance>> {
        let module = tinywasm::parse_bytes(wasm)?;
        let mut store = Store::default();
        let host =
            HostFunction::from(&mut store, |_: FuncContext<'_>, (x, y): (i32, i32)| Ok(mix(x, y)));
        let mut imports = Imports::new();
        imports.define("host", "mix", host);
        let instance = ModuleInstance::instantiate(&mut store, &module, Some(imports))?;
        Ok(Box::new(Loaded { store, instance }))
    }
}

impl Instance for Loaded {
    fn call(&mut self, export: &str, args: &[i32]) -> Result<Vec<u64>> {
        let func = self.instance.func_untyped(&self.store, export)?;
        let args: Vec<WasmValue> = args.iter().map(|value| WasmValue::I32(*value)).collect();
        func.call(&mut self.store, &args)?
            .iter()
            .map(|result| match result {
                WasmValue::I32(value) => Ok(u64::from(*value as u32)),
                WasmValue::I64(value) => Ok(*value as u64),
                _ => bail!("a result is not an integer"),
            })
            .collect()
    }

    fn chain(&mut self, export: &str, count: u32) -> Result<i32> {
        let func = self.instance.func::<i32, i32>(&self.store, export)?;
        Ok((0..count).try_fold(0, |value, _| func.call(&mut self.store, value))?)
    }

    fn chain_untyped(&mut self, export: &str, count: u32) -> Result<i32> {
        let func = self.instance.func_untyped(&self.store, export)?;
        (0..count).try_fold(0, |value, _| {
            match func.call(&mut self.store, &[WasmValue::I32(value)])?[..] {
                [WasmValue::I32(value)] => Ok(value),
                _ => bail!("the function returns an i32"),
            }
        })
    }
}
