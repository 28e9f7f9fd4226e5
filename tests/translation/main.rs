//! What a module takes until it is ready: the memory that is allocated at most and afterwards, for each byte of the
//! module; with `-- --time` the time, as a multiple of what validation alone takes. A line per family of modules in
//! which little of the binary format means much. `-- NAME` runs the families whose names contain `NAME`.
//!
//! Memory is the same in every run, and must stay below the bars; what `wasmparser` allocates by itself comes on top. Builds
//! with debug assertions verify all code, which takes memory, so there the modules are small and only have to load.

mod count;
mod families;

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use count::{Memory, measure};
use families::FAMILIES;
use wasmote::{CompilationMode, Config, Engine, Module, WasmFeatures};
use wasmparser::Validator;

/// A way to configure an engine, and its name.
type Mode = (&'static str, fn(&mut Config) -> &mut Config);

const MODES: &[Mode] = &[
    ("eager", |config| config),
    ("fuel", |config| config.consume_fuel(true)),
    ("epochs", |config| config.epoch_interruption(true)),
    ("both", |config| config.consume_fuel(true).epoch_interruption(true)),
    ("lazy", |config| config.compilation_mode(CompilationMode::LazyTranslation)),
    ("all lazy", |config| config.compilation_mode(CompilationMode::Lazy)),
];

/// Bytes of a module.
const SIZE: usize = if cfg!(debug_assertions) { 1 << 12 } else { 1 << 20 };

/// The module with nothing in it.
const EMPTY: &[u8] = b"\0asm\x01\0\0\0";

/// Bytes that may be allocated for each of the module's: at most at a time, and while the module lives.
const BARS: (f64, f64) = (16.0, 8.0);

/// Families with bars of their own, and why.
const EXCEPTIONS: &[(&str, (f64, f64))] = &[
    // An instruction has 8 bytes and more; these have one or two in the module, or their charge is an instruction, too.
    ("calls, no argument", (18.0, 9.5)),
    ("calls, a thousand arguments and results", (18.0, 9.5)),
    ("i32.eqz", (24.5, 10.5)),
    ("f64.sqrt", (20.5, 8.5)),
    ("memory.grow", (37.0, 18.5)),
    // A function has a place in the module, and code in memory of its own.
    ("tiny functions", (19.0, 18.0)),
    ("functions with 50,000 locals", (17.0, 21.5)),
    // A type has a place in the engine and one in the module, and a type of a group is of 7 bytes.
    ("types, structs", (16.0, 9.0)),
    ("types, 63 deep", (16.0, 8.5)),
    ("types, 63 deep, in one group", (18.0, 11.0)),
    // A module has at most 100 tables.
    ("imports of tables", (16.0, 14.5)),
    ("tables", (19.0, 22.5)),
    // Without validation the validator's list of them stays, too.
    ("globals", (16.0, 10.5)),
];

fn bars(family: &str) -> (f64, f64) {
    let own = EXCEPTIONS.iter().find(|(name, _)| *name == family);
    own.map_or(BARS, |(_, bars)| *bars)
}

fn engine((_, change): &Mode) -> Engine {
    let mut config = Config::new();
    config.parallel_compilation(false).compilation_mode(CompilationMode::Eager);
    config.wasm_function_references(true).wasm_gc(true).wasm_exceptions(true);
    Engine::new(change(&mut config)).expect("these options go together")
}

/// Loads a module and gives back what stays.
fn load(mode: &Mode, wasm: &[u8]) -> (Module, Engine) {
    let engine = engine(mode);
    (Module::from_binary(&engine, wasm).expect("the module is valid"), engine)
}

/// Validates it, with the features of an engine: `wasmparser` keeps types differently with others.
fn validate(wasm: &[u8]) {
    let valid = Validator::new_with_features(WasmFeatures::WASM3).validate_all(wasm);
    black_box(valid.expect("the module is valid"));
}

/// The least of some times.
fn time(f: impl Fn()) -> Duration {
    let once = || {
        let start = Instant::now();
        f();
        start.elapsed()
    };
    (0..5).map(|_| once()).min().expect("five times")
}

/// The line of times.
fn times(wasm: &[u8]) -> String {
    let alone = time(|| validate(wasm));
    let ratio = |mode| time(|| drop(load(mode, wasm))).as_secs_f64() / alone.as_secs_f64();
    let ratios: Vec<String> = MODES.iter().map(|mode| format!("{:>12.2}", ratio(mode))).collect();
    format!("{:>12} {}", format!("{:.1?}", alone), ratios.join(" "))
}

/// The line of sizes, and whether they are below the bars.
fn sizes(family: &str, wasm: &[u8]) -> (String, bool) {
    let each = |bytes: usize| bytes as f64 / wasm.len() as f64;
    let show = |m: Memory| format!("{:>12}", format!("{:.1}/{:.1}", each(m.peak), each(m.live)));
    let alone = measure(|| validate(wasm));
    let mut line = show(alone);
    let mut below = true;
    for mode in MODES {
        // Without what an engine and a module have that is empty.
        let Memory { peak, live } = measure(|| load(mode, EMPTY));
        let memory = measure(|| load(mode, wasm));
        let memory =
            Memory { peak: memory.peak.max(peak) - peak, live: memory.live.max(live) - live };
        let (peak, live) = bars(family);
        below &= each(memory.peak) < each(alone.peak) + peak && each(memory.live) < live;
        line += &format!(" {}", show(memory));
    }
    (line, below || cfg!(debug_assertions))
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let filter = args.iter().find(|arg| !arg.starts_with("--")).map_or("", String::as_str);
    let with_time = args.iter().any(|arg| arg == "--time");

    let names: String = MODES.iter().map(|(name, _)| format!(" {name:>12}")).collect();
    println!("{:46} {:>8} {:>12}{names}", "", "bytes", "wasmparser");
    let mut failed = Vec::new();
    for (family, make) in FAMILIES.iter().filter(|(name, _)| name.contains(filter)) {
        let wasm = make(SIZE);
        let (line, below) = if with_time { (times(&wasm), true) } else { sizes(family, &wasm) };
        println!("{family:46} {:>8} {line}", wasm.len());
        if !below {
            failed.push(*family);
        }
    }
    if failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("more than the bars allow: {}", failed.join("; "));
    ExitCode::FAILURE
}
