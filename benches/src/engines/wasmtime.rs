//! wasmtime: its portable interpreter Pulley, and native code by Cranelift. No interpreters of WebAssembly, but the
//! measure of what is lost without a compiler.

use anyhow::Result;
use wasmtime::{Caller, Collector, Config, Linker, Module, Store, StoreLimits, StoreLimitsBuilder};

use super::{Engine, Instance, Server, mix};
use crate::inputs;

pub(super) struct Wasmtime {
    engine: wasmtime::Engine,
}

impl Wasmtime {
    pub(super) fn pulley() -> Result<Self> {
        let mut config = config();
        config.target("pulley64")?;
        Ok(Self { engine: wasmtime::Engine::new(&config)? })
    }

    pub(super) fn cranelift() -> Result<Self> {
        Ok(Self { engine: wasmtime::Engine::new(&config())? })
    }
}

/// With all that any guest uses; the collector is the one that copies, which is the faster one.
fn config() -> Config {
    let mut config = Config::new();
    config.wasm_function_references(true);
    config.wasm_gc(true);
    config.wasm_exceptions(true);
    config.collector(Collector::Copying);
    config
}

impl Engine for Wasmtime {
    fn load(&self, wasm: &[u8]) -> Result<Box<dyn Instance>> {
        let module = Module::new(&self.engine, wasm)?;
        let mut store = Store::new(&self.engine, ());
        let mut linker = Linker::new(&self.engine);
        linker.func_wrap("host", "mix", mix)?;
        let instance = linker.instantiate(&mut store, &module)?;
        Ok(Box::new(Loaded { store, instance }))
    }

    fn server(&self) -> Result<Option<Server<'_>>> {
        let mut linker = Linker::<StoreLimits>::new(&self.engine);
        linker.func_wrap("host", "in", |n: i32| n + 1)?;
        linker.func_wrap("host", "out", |_: Caller<'_, StoreLimits>, n: i32| n - 1)?;
        let module = Module::new(&self.engine, inputs::SERVED)?;
        let pre = linker.instantiate_pre(&module)?;
        Ok(Some(Box::new(move |n| {
            let limits = StoreLimitsBuilder::new().memory_size(1 << 20).instances(1).build();
            let mut store = Store::new(&self.engine, limits);
            store.limiter(|limits| limits);
            let instance = pre.instantiate(&mut store)?;
            let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
            Ok(run.call(&mut store, n)?)
        })))
    }
}

like_wasmtime!(wasmtime, |store| Ok(store.gc(None)?));
