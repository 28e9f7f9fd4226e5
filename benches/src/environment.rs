//! What the figures depend on and what must therefore stand above them: processor, compiler, profile.

use std::env::consts::{ARCH, OS};
use std::fs;

/// The compiler that built this program.
pub(crate) const RUSTC: &str = env!("BENCH_RUSTC");

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

/// Prints the lines that begin every report.
pub(crate) fn print() {
    println!("cpu: {}", cpu());
    println!("rustc: {RUSTC}, opt-level {}", env!("BENCH_OPT_LEVEL"));
    if cfg!(debug_assertions) {
        eprintln!("warning: built with debug assertions; the figures say nothing (use --release)");
    }
}
