//! wasmtime: its portable interpreter Pulley, and native code by Cranelift. No interpreters of WebAssembly, but the
//! measure of what is lost without a compiler.

use anyhow::{Context, Result};
use wasmtime::{Caller, Config, Linker, Module, Store, StoreLimits, StoreLimitsBuilder, Val};

use super::{Engine, Instance, Server, mix};
use crate::inputs;

pub(super) struct Wasmtime {
    engine: wasmtime::Engine,
}

impl Wasmtime {
    pub(super) fn pulley() -> Result<Self> {
        let mut config = Config::new();
        config.target("pulley64").map_err(failure)?;
        Ok(Self { engine: wasmtime::Engine::new(&config).map_err(failure)? })
    }

    pub(super) fn cranelift() -> Result<Self> {
        Ok(Self { engine: wasmtime::Engine::new(&Config::new()).map_err(failure)? })
    }
}

struct Loaded {
    store: Store<()>,
    instance: wasmtime::Instance,
}

impl Engine for Wasmtime {
    fn load(&self, wasm: &[u8]) -> Result<Box<dyn Instance>> {
        let module = Module::new(&self.engine, wasm).map_err(failure)?;
        let mut store = Store::new(&self.engine, ());
        let mut linker = Linker::new(&self.engine);
        linker.func_wrap("host", "mix", mix).map_err(failure)?;
        let instance = linker.instantiate(&mut store, &module).map_err(failure)?;
        Ok(Box::new(Loaded { store, instance }))
    }

    fn server(&self) -> Result<Option<Server<'_>>> {
        let mut linker = Linker::<StoreLimits>::new(&self.engine);
        linker.func_wrap("host", "in", |n: i32| n + 1).map_err(failure)?;
        linker
            .func_wrap("host", "out", |_: Caller<'_, StoreLimits>, n: i32| n - 1)
            .map_err(failure)?;
        let module = Module::new(&self.engine, inputs::SERVED).map_err(failure)?;
        let pre = linker.instantiate_pre(&module).map_err(failure)?;
        let serve = move |n| {
            let limits = StoreLimitsBuilder::new().memory_size(1 << 20).instances(1).build();
            let mut store = Store::new(&self.engine, limits);
            store.limiter(|limits| limits);
            let instance = pre.instantiate(&mut store)?;
            instance.get_typed_func::<i32, i32>(&mut store, "run")?.call(&mut store, n)
        };
        Ok(Some(Box::new(move |n| serve(n).map_err(failure))))
    }
}

impl Instance for Loaded {
    fn call(&mut self, export: &str, args: &[i32]) -> Result<Vec<u64>> {
        let func = self.instance.get_func(&mut self.store, export).context("no such function")?;
        let args: Vec<Val> = args.iter().map(|value| Val::I32(*value)).collect();
        let mut results = vec![Val::I32(0); func.ty(&self.store).results().len()];
        func.call(&mut self.store, &args, &mut results).map_err(failure)?;
        results
            .iter()
            .map(|result| match result {
                Val::I32(value) => Ok(u64::from(*value as u32)),
                Val::I64(value) => Ok(*value as u64),
                other => anyhow::bail!("result {other:?} is not an integer"),
            })
            .collect()
    }

    fn chain(&mut self, export: &str, count: u32) -> Result<i32> {
        let func =
            self.instance.get_typed_func::<i32, i32>(&mut self.store, export).map_err(failure)?;
        (0..count).try_fold(0, |value, _| func.call(&mut self.store, value)).map_err(failure)
    }

    fn chain_untyped(&mut self, export: &str, count: u32) -> Result<i32> {
        let func = self.instance.get_func(&mut self.store, export).context("no such function")?;
        let mut value = [Val::I32(0)];
        for _ in 0..count {
            func.call(&mut self.store, &[value[0]], &mut value).map_err(failure)?;
        }
        value[0].i32().context("the function returns an i32")
    }
}

/// Its errors are not those of the crate `anyhow`.
fn failure(error: wasmtime::Error) -> anyhow::Error {
    anyhow::anyhow!("{error:#}")
}
