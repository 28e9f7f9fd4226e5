//! `size`: how large the handlers are, and how much wasmote adds to a program: the example `minimal` over the example
//! `empty`, built here and now with cargo, once per configuration.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use object::{Object, ObjectSection, ObjectSymbol, SectionFlags, SectionKind, elf};
use serde_json::{Map, Value, json};

use super::{Output, write_json};
use crate::report::align;
use crate::{docs, environment};

/// Options of `size`.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    output: Output,
}

/// A configuration of the examples.
struct Tier {
    name: &'static str,
    profile: &'static str,
    features: &'static str,
}

const TIERS: [Tier; 3] = [
    Tier { name: "full", profile: "release", features: "std,trees,metering" },
    Tier { name: "lean", profile: "release", features: "std" },
    Tier { name: "firmware", profile: "small", features: "std" },
];

/// What was found of one configuration, in bytes.
struct Sizes {
    handlers: usize,
    handler_bytes: u64,
    minimal: u64,
    empty: u64,
}

/// Runs `size`.
///
/// # Errors
///
/// If the examples cannot be built or read.
pub(crate) fn run(args: &Args) -> Result<()> {
    let columns = ["handlers", "their bytes", "minimal", "empty", "added"];
    let title = ["configuration"].into_iter().chain(columns);
    println!("\n{}", align(title.clone().map(str::to_owned)));
    let mut markdown = format!("| {} |\n|---|", title.collect::<Vec<_>>().join(" | "));
    markdown += &("--:|".repeat(columns.len()) + "\n");
    let mut tiers = Map::new();
    for tier in &TIERS {
        let Sizes { handlers, handler_bytes, minimal, empty } = measure(tier)?;
        let name = format!("{} ({}, {})", tier.name, tier.profile, tier.features);
        let added = minimal.saturating_sub(empty);
        let cells = [handlers as u64, handler_bytes, minimal, empty, added].map(|n| n.to_string());
        println!("{}", align([name.clone()].into_iter().chain(cells.clone())));
        markdown += &format!("| {name} | {} |\n", cells.join(" | "));
        let sizes = json!({
            "profile": tier.profile,
            "features": tier.features,
            "handlers": handlers,
            "handler_bytes": handler_bytes,
            "minimal": minimal,
            "empty": empty,
            "added": added,
        });
        tiers.insert(tier.name.into(), sizes);
    }
    if let Some(directory) = &args.output.docs {
        docs::replace(directory, "size", &markdown)?;
    }
    let environment = environment::json();
    let json: Value = json!({ "command": "size", "tiers": tiers, "environment": environment });
    write_json(&args.output, &json)
}

fn measure(tier: &Tier) -> Result<Sizes> {
    let minimal = read(&build(tier, "minimal")?)?;
    let empty = read(&build(tier, "empty")?)?;
    Ok(Sizes {
        handlers: minimal.handlers,
        handler_bytes: minimal.handler_bytes,
        minimal: minimal.loaded,
        empty: empty.loaded,
    })
}

/// Builds an example; its executable, with symbols in any profile.
fn build(tier: &Tier, example: &str) -> Result<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let output = Command::new(cargo)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .args(["build", "--quiet", "-p", "wasmote", "--no-default-features"])
        .args(["--profile", tier.profile, "--features", tier.features, "--example", example])
        .args(["--config", &format!("profile.{}.strip=false", tier.profile)])
        .args(["--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    ensure!(output.status.success(), "cannot build the example {example}");
    let messages = String::from_utf8(output.stdout).context("cargo writes UTF-8")?;
    let executable = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == example)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    executable.with_context(|| format!("cargo has not said where the example {example} is"))
}

/// What an executable is made of, in bytes.
struct Executable {
    handlers: usize,
    handler_bytes: u64,
    /// What is loaded: the file without symbols and other information for tools, as `strip` leaves it.
    loaded: u64,
}

fn read(path: &Path) -> Result<Executable> {
    let data = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let file = object::File::parse(&*data)?;
    let loaded = file.sections().filter(|section| match section.flags() {
        SectionFlags::Elf { sh_flags } => sh_flags & u64::from(elf::SHF_ALLOC) != 0,
        _ => !matches!(section.kind(), SectionKind::Debug | SectionKind::Metadata),
    });
    let loaded = loaded.filter_map(|section| section.file_range()).map(|(_, size)| size).sum();
    let mut handlers: Vec<(u64, u64)> = file
        .symbols()
        .filter(|symbol| symbol.name().is_ok_and(is_handler))
        .map(|symbol| (symbol.address(), symbol.size()))
        .collect();
    // Handlers with the same code may be one function with several names.
    handlers.sort_unstable();
    handlers.dedup_by_key(|(address, _)| *address);
    Ok(Executable {
        handlers: handlers.len(),
        handler_bytes: handlers.iter().map(|(_, size)| size).sum(),
        loaded,
    })
}

/// Whether `name` is the symbol of a handler: the machine's crate, and `handler` as a part of the path, in either
/// mangling.
fn is_handler(name: &str) -> bool {
    name.split_once("wasmote_interp").is_some_and(|(_, path)| path.contains("7handler"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handlers_are_known_in_both_manglings() {
        assert!(is_handler(
            "_ZN14wasmote_interp4exec8dispatch7backend7handler17h0123456789abcdefE"
        ));
        assert!(is_handler(
            "_RINvNtNtNtCs1_14wasmote_interp4exec8dispatch7backend7handlerNtB6_3AddE"
        ));
        assert!(!is_handler("_ZN14wasmote_interp4exec8dispatch7backend4exit17h0123456789abcdefE"));
        assert!(!is_handler("_ZN5wasmi7handler17h0123456789abcdefE"));
    }

    #[test]
    fn an_executable_has_parts_that_are_not_loaded() {
        let path = env::current_exe().unwrap();
        let executable = read(&path).unwrap();
        assert!(executable.loaded > 100_000);
        assert!(executable.loaded < fs::metadata(&path).unwrap().len());
    }
}
