//! What the figures depend on and what must therefore stand above them: processor, compiler, profile.

use std::env::consts::{ARCH, OS};
use std::fs;

use serde_json::{Value, json};

/// The compiler that built this program.
pub(crate) const RUSTC: &str = env!("BENCH_RUSTC");

/// The profile that this program was built in.
pub(crate) const PROFILE: &str = env!("BENCH_PROFILE");

/// The model of the processor, as far as the system tells.
pub(crate) fn cpu() -> String {
    let model = fs::read_to_string("/proc/cpuinfo").ok().and_then(|info| {
        let (_, value) =
            info.lines().find(|line| line.starts_with("model name"))?.split_once(':')?;
        Some(value.trim().to_owned())
    });
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{}, {cores} threads, {ARCH}-{OS}", model.as_deref().unwrap_or("unknown processor"))
}

/// All of it, for the results as JSON.
pub(crate) fn json() -> Value {
    json!({ "cpu": cpu(), "rustc": RUSTC, "profile": PROFILE })
}

/// Prints the lines that begin every report.
pub(crate) fn print() {
    println!("cpu: {}", cpu());
    println!("{RUSTC}, profile {PROFILE}, opt-level {}", env!("BENCH_OPT_LEVEL"));
    if cfg!(debug_assertions) {
        eprintln!("warning: built with debug assertions; the figures say nothing (use --release)");
    }
}
