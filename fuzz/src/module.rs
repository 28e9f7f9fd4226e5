//! Bytes as a module: they are refused or taken, and nothing else happens.

use wasmote::{CompilationMode, Config, Engine, Module};

/// Hands `data` to wasmote as a module; whether it is one.
///
/// # Panics
///
/// If the ways to ask disagree, or wasmote panics.
pub fn module(data: &[u8]) -> bool {
    let engine = |mode| {
        let mut config = Config::new();
        config.compilation_mode(mode);
        Engine::new(&config).expect("the configuration is one that wasmote has")
    };
    let eager = engine(CompilationMode::Eager);
    let valid = Module::validate(&eager, data);
    let module = Module::from_binary(&eager, data);
    assert_eq!(
        valid.is_ok(),
        module.is_ok(),
        "validate: {:?}, new: {:?}",
        valid.err(),
        module.err()
    );
    let late = Module::from_binary(&engine(CompilationMode::LazyTranslation), data);
    assert_eq!(valid.is_ok(), late.is_ok(), "translated when called: {:?}", late.err());
    // Bodies are validated when they are called, so this may take what the others refuse, but not the reverse.
    let lazy = Module::from_binary(&engine(CompilationMode::Lazy), data);
    assert!(valid.is_err() || lazy.is_ok(), "validated when called: {:?}", lazy.err());
    if let Ok(module) = &module {
        for import in module.imports() {
            let _ = (import.module(), import.name(), import.ty());
        }
        for export in module.exports() {
            assert!(module.get_export(export.name()).is_some(), "{}", export.name());
        }
    }
    valid.is_ok()
}
