//! wasmi, eagerly translating.

use anyhow::{Context, Result};
use wasmi::{CompilationMode, Config, Linker, Module, Store, Val};

use super::{Engine, Instance, mix};

pub(super) struct Wasmi {
    engine: wasmi::Engine,
}

impl Wasmi {
    pub(super) fn new() -> Self {
        let mut config = Config::default();
        config.compilation_mode(CompilationMode::Eager);
        Self { engine: wasmi::Engine::new(&config) }
    }
}

struct Loaded {
    store: Store<()>,
    instance: wasmi::Instance,
}

impl Engine for Wasmi {
    fn load(&self, wasm: &[u8]) -> Result<Box<dyn Instance>> {
        let module = Module::new(&self.engine, wasm)?;
        let mut store = Store::new(&self.engine, ());
        let mut linker = Linker::new(&self.engine);
        linker.func_wrap("host", "mix", mix)?;
        let instance = linker.instantiate_and_start(&mut store, &module)?;
        Ok(Box::new(Loaded { store, instance }))
    }
}

impl Instance for Loaded {
    fn call(&mut self, export: &str, args: &[i32]) -> Result<Vec<u64>> {
        let func = self.instance.get_func(&self.store, export).context("no such function")?;
        let args: Vec<Val> = args.iter().map(|value| Val::I32(*value)).collect();
        let mut results = vec![Val::I32(0); func.ty(&self.store).results().len()];
        func.call(&mut self.store, &args, &mut results)?;
        results
            .iter()
            .map(|result| match result {
                Val::I32(value) => Ok(u64::from(*value as u32)),
                Val::I64(value) => Ok(*value as u64),
                other => anyhow::bail!("result {other:?} is not an integer"),
            })
            .collect()
    }
}
