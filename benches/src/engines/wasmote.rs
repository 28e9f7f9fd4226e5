//! wasmote itself, through the same API that its users have.

use anyhow::Result;
use wasmote::{
    Caller, CompilationMode, Config, Linker, Module, Store, StoreLimits, StoreLimitsBuilder,
};

use super::{Engine, Instance, Metering, Mode, Server, mix};
use crate::inputs;

pub(super) struct Wasmote {
    engine: wasmote::Engine,
    metering: Metering,
}

impl Wasmote {
    pub(super) fn new(mode: Mode, metering: Metering, parallel: bool) -> Result<Self> {
        let mode = match mode {
            Mode::Eager => CompilationMode::Eager,
            Mode::LazyTranslation => CompilationMode::LazyTranslation,
            Mode::Lazy => CompilationMode::Lazy,
        };
        let mut config = Config::new();
        config.compilation_mode(mode);
        config.parallel_compilation(parallel);
        config.consume_fuel(metering == Metering::Fuel);
        config.epoch_interruption(metering == Metering::Epoch);
        let engine = wasmote::Engine::new(&config)?;
        Ok(Self { engine, metering })
    }
}

impl Engine for Wasmote {
    fn load(&self, wasm: &[u8]) -> Result<Box<dyn Instance>> {
        let module = Module::new(&self.engine, wasm)?;
        let mut store = Store::new(&self.engine, ());
        match self.metering {
            Metering::None => {}
            Metering::Fuel => store.set_fuel(u64::MAX)?,
            Metering::Epoch => store.set_epoch_deadline(1),
        }
        let mut linker = Linker::new(&self.engine);
        linker.func_wrap("host", "mix", mix)?;
        let instance = linker.instantiate(&mut store, &module)?;
        Ok(Box::new(Loaded { store, instance }))
    }

    fn server(&self) -> Result<Option<Server<'_>>> {
        let mut linker = Linker::<StoreLimits>::new(&self.engine);
        linker.func_wrap("host", "in", |n: i32| n + 1)?;
        linker.func_wrap("host", "out", |_: Caller<'_, StoreLimits>, n: i32| n - 1)?;
        let pre = linker.instantiate_pre(&Module::new(&self.engine, inputs::SERVED)?)?;
        let limits = StoreLimitsBuilder::new().memory_size(1 << 20).instances(1).build();
        Ok(Some(Box::new(move |n| {
            let mut store = Store::new(&self.engine, limits.clone());
            store.limiter(|limits| limits);
            let instance = pre.instantiate(&mut store)?;
            let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
            Ok(run.call(&mut store, n)?)
        })))
    }
}

like_wasmtime!(wasmote, |store| Ok(store.gc(None)?));
