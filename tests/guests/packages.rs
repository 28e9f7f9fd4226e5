//! The modules of published packages load: `.ci/packages` fetches them, and says in `WASMOTE_PACKAGES` where they are.

use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, fs, io};

use wasmote::*;

/// The modules below `directory`.
fn modules(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(modules(&path)?);
        } else if fs::read(&path)?.starts_with(b"\0asm\x01\0\0\0") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[test]
#[ignore = "needs packages: `.ci/run packages`"]
fn packages_load() {
    let directory =
        env::var_os("WASMOTE_PACKAGES").expect("WASMOTE_PACKAGES names their directory");
    let modules = modules(Path::new(&directory)).unwrap();
    assert!(!modules.is_empty());
    let engine = Engine::new(Config::new().compilation_mode(CompilationMode::Eager)).unwrap();
    let mut failures = Vec::new();
    for path in modules {
        let name = path.strip_prefix(&directory).unwrap().display();
        let wasm = fs::read(&path).unwrap();
        let start = Instant::now();
        match Module::new(&engine, &wasm) {
            Ok(_) => {
                let took = start.elapsed().as_millis();
                println!("{name}: {} KB in {took} ms", wasm.len() / 1000);
            }
            Err(error) => failures.push(format!("{name}: {error:#}")),
        }
    }
    assert!(failures.is_empty(), "{} do not load:\n{}", failures.len(), failures.join("\n"));
}
