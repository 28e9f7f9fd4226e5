//! wasmi.

use anyhow::Result;
use wasmi::{
    Caller, CompilationMode, Config, Linker, Module, Store, StoreLimits, StoreLimitsBuilder,
};

use super::{Engine, Instance, Metering, Mode, Server, mix};
use crate::inputs;

pub(super) struct Wasmi {
    engine: wasmi::Engine,
    metering: Metering,
}

impl Wasmi {
    pub(super) fn new(mode: Mode, metering: Metering) -> Self {
        let mut config = Config::default();
        config.compilation_mode(match mode {
            Mode::Eager => CompilationMode::Eager,
            Mode::LazyTranslation => CompilationMode::LazyTranslation,
            Mode::Lazy => CompilationMode::Lazy,
        });
        config.consume_fuel(metering == Metering::Fuel);
        Self { engine: wasmi::Engine::new(&config), metering }
    }
}

impl Engine for Wasmi {
    fn load(&self, wasm: &[u8]) -> Result<Box<dyn Instance>> {
        let module = Module::new(&self.engine, wasm)?;
        let mut store = Store::new(&self.engine, ());
        if self.metering == Metering::Fuel {
            store.set_fuel(u64::MAX)?;
        }
        let mut linker = Linker::new(&self.engine);
        linker.func_wrap("host", "mix", mix)?;
        let instance = linker.instantiate_and_start(&mut store, &module)?;
        Ok(Box::new(Loaded { store, instance }))
    }

    fn server(&self) -> Result<Option<Server<'_>>> {
        let mut linker = Linker::<StoreLimits>::new(&self.engine);
        linker.func_wrap("host", "in", |n: i32| n + 1)?;
        linker.func_wrap("host", "out", |_: Caller<'_, StoreLimits>, n: i32| n - 1)?;
        let module = Module::new(&self.engine, inputs::SERVED)?;
        Ok(Some(Box::new(move |n| {
            let limits = StoreLimitsBuilder::new().memory_size(1 << 20).instances(1).build();
            let mut store = Store::new(&self.engine, limits);
            store.limiter(|limits| limits);
            let instance = linker.instantiate_and_start(&mut store, &module)?;
            let run = instance.get_typed_func::<i32, i32>(&store, "run")?;
            Ok(run.call(&mut store, n)?)
        })))
    }
}

like_wasmtime!(wasmi, |_store| Ok(()));
