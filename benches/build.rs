//! Tells the harness which compiler built it: results are only comparable with that in mind.

use std::env;
use std::process::Command;

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
    println!("cargo::rerun-if-changed=build.rs");
}
