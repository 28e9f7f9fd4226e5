//! submilli-wasm, which is built for fast start-up. It has one mode.

use anyhow::{Context, Result};
use submilli_wasm::{Config, Linker, Module, Store, Val};

use super::{Engine, Instance, mix};

pub(super) struct Submilli(submilli_wasm::Engine);

impl Submilli {
    pub(super) fn new() -> Result<Self> {
        Ok(Self(submilli_wasm::Engine::new(&Config::new())?))
    }
}

struct Loaded {
    store: Store<()>,
    instance: submilli_wasm::Instance,
}

impl Engine for Submilli {
    fn load(&self, wasm: &[u8]) -> Result<Box<dyn Instance>> {
        let module = Module::new(&self.0, wasm)?;
        let mut store = Store::new(&self.0, ());
        let mut linker = Linker::new(&self.0);
        linker.func_wrap("host", "mix", mix)?;
        let instance = linker.instantiate(&mut store, &module)?;
        Ok(Box::new(Loaded { store, instance }))
    }
}

impl Instance for Loaded {
    fn call(&mut self, export: &str, args: &[i32]) -> Result<Vec<u64>> {
        let func = self.instance.get_func(&mut self.store, export).context("no such function")?;
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

    fn chain(&mut self, export: &str, count: u32) -> Result<i32> {
        let func = self.instance.get_typed_func::<i32, i32>(&mut self.store, export)?;
        Ok((0..count).try_fold(0, |value, _| func.call(&mut self.store, value))?)
    }

    fn chain_untyped(&mut self, export: &str, count: u32) -> Result<i32> {
        let func = self.instance.get_func(&mut self.store, export).context("no such function")?;
        let mut value = vec![Val::I32(0)];
        for _ in 0..count {
            let args = value.clone();
            func.call(&mut self.store, &args, &mut value)?;
        }
        match value[0] {
            Val::I32(value) => Ok(value),
            _ => anyhow::bail!("the function returns an i32"),
        }
    }
}
