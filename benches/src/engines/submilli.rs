//! submilli-wasm, which is built for fast start-up. It has one mode.

use anyhow::Result;
use submilli_wasm::{Config, Linker, Module, Store};

use super::{Engine, Instance, mix};

pub(super) struct Submilli(submilli_wasm::Engine);

impl Submilli {
    pub(super) fn new() -> Result<Self> {
        Ok(Self(submilli_wasm::Engine::new(&Config::new())?))
    }
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

like_wasmtime!(submilli_wasm, |store| {
    store.gc();
    Ok(())
});
