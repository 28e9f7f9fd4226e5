//! Tells the harness which compiler built it, since results are only comparable with that in mind, and links the large
//! guest together.

#[path = "build/link.rs"]
mod link;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc)
        .arg("--version")
        .output()
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok());
    let version = version.as_deref().map_or("unknown rustc", str::trim);
    println!("cargo::rustc-env=BENCH_RUSTC={version}");
    let profile = env::var("OPT_LEVEL").unwrap_or_default();
    println!("cargo::rustc-env=BENCH_OPT_LEVEL={profile}");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo says where"));
    // .../PROFILE/build/PACKAGE/out
    let profile = out.ancestors().nth(3).and_then(Path::file_name).and_then(|name| name.to_str());
    println!("cargo::rustc-env=BENCH_PROFILE={}", profile.unwrap_or("unknown"));

    let names = [
        "argon2",
        "bigint",
        "lz4",
        "markdown",
        "mixed",
        "regex",
        "scheme",
        "sort-by",
        "word-count",
    ];
    let linked = link::link(&names.map(guest), &guest("document"), 4 << 20);
    fs::write(out.join("linked.wasm"), linked).expect("the output directory can be written");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build/link.rs");
}

fn guest(name: &str) -> Vec<u8> {
    let path = Path::new("guests/wasm").join(name).with_extension("wasm");
    println!("cargo::rerun-if-changed={}", path.display());
    fs::read(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
}
