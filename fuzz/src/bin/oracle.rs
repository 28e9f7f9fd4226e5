//! Compares wasmote with V8 on the programs of many seeds; see `docs/testing.md`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use wasmote_fuzz::oracle::binaryen;
use wasmote_fuzz::oracle::coverage::Coverage;
use wasmote_fuzz::oracle::program::Program;
use wasmote_fuzz::oracle::v8::Node;
use wasmote_fuzz::oracle::{Figures, Kind, Oracle, Peer};

const USAGE: &str = "\
usage: oracle [OPTION...]
  --kind KIND             which programs: operators (default), smith, objects, exceptions, binaryen; with what V8 lacks:
                          operators-more, smith-more;
                          statements: 24 for each statement (feature `profile`; default of --count: all)
  --from SEED             the first seed (default: 0)
  --count N               how many (default: 10000)
  --batch N               how many for a process of node (default: 200)
  --jobs N                how many batches at a time (default: 1)
  --node PATH             where node is (default: node)
  --wasm-opt PATH         where `wasm-opt` of the npm package `binaryen` is: for programs of binaryen
  --peer v8|wasmtime|none who says what is right (default: v8; `none` compares only the ways of wasmote)
  --node-option OPTION    handed to node (may be repeated)
  --coverage              print which operators occurred, and which statements ran (feature `profile`)
  --keep DIRECTORY        write the modules that are not done alike into it
  --program SEED FILE     only write the module of a seed";

struct Arguments {
    kind: Kind,
    from: u64,
    count: u64,
    batch: u64,
    jobs: usize,
    peer: Peer,
    coverage: bool,
    keep: Option<PathBuf>,
    program: Option<(u64, PathBuf)>,
}

fn arguments() -> Result<Arguments, String> {
    let mut arguments = Arguments {
        kind: Kind::Operators,
        from: 0,
        count: 10_000,
        batch: 200,
        jobs: 1,
        peer: Peer::None,
        coverage: false,
        keep: None,
        program: None,
    };
    let mut node = Node { path: "node".into(), options: vec![] };
    let mut wasm_opt = None;
    let mut peer = "v8".to_owned();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        let number = |text: String| text.parse().map_err(|_| format!("{text} is no number"));
        match word.as_str() {
            "--kind" => {
                arguments.kind = match value()?.as_str() {
                    "smith" => Kind::Smith,
                    "objects" => Kind::Objects,
                    "operators" => Kind::Operators,
                    "smith-more" => Kind::SmithMore,
                    "operators-more" => Kind::OperatorsMore,
                    "binaryen" => Kind::Binaryen,
                    "exceptions" => Kind::Exceptions,
                    #[cfg(feature = "profile")]
                    "statements" => {
                        arguments.count = wasmote_fuzz::oracle::statements::count();
                        Kind::Statements
                    }
                    other => return Err(format!("there are no programs of kind {other}")),
                }
            }
            "--from" => arguments.from = number(value()?)?,
            "--count" => arguments.count = number(value()?)?,
            "--batch" => arguments.batch = number(value()?)?.max(1),
            "--jobs" => arguments.jobs = number(value()?)?.max(1) as usize,
            "--node" => node.path = value()?.into(),
            "--wasm-opt" => wasm_opt = Some(value()?.into()),
            "--peer" => peer = value()?,
            "--coverage" => arguments.coverage = true,
            "--node-option" => node.options.push(value()?),
            "--keep" => arguments.keep = Some(value()?.into()),
            "--program" => arguments.program = Some((number(value()?)?, value()?.into())),
            _ => return Err(format!("unknown option {word}")),
        }
    }
    if arguments.kind == Kind::Binaryen {
        let wasm_opt = wasm_opt.ok_or("programs of binaryen need --wasm-opt")?;
        binaryen::TOOLS.set((node.clone(), wasm_opt)).expect("they are set once");
    }
    arguments.peer = match peer.as_str() {
        "v8" => Peer::V8(node),
        "none" => Peer::None,
        #[cfg(feature = "wasmtime")]
        "wasmtime" => Peer::Wasmtime,
        other => {
            return Err(format!(
                "there is no peer {other} (wasmtime needs the feature `wasmtime`)"
            ));
        }
    };
    Ok(arguments)
}

fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Whether all programs were done alike.
fn run(arguments: &Arguments) -> Result<bool, String> {
    if let Some((seed, file)) = &arguments.program {
        let program = arguments.kind.program(*seed).ok_or("this seed is no program")?;
        std::fs::write(file, program.wasm).map_err(|error| error.to_string())?;
        return Ok(true);
    }
    if let Peer::V8(node) = &arguments.peer {
        let version =
            node.version().map_err(|error| format!("{}: {error}", node.path.display()))?;
        println!("V8 {version}");
    }
    let since = Instant::now();
    let end = arguments.from + arguments.count;
    let next = AtomicU64::new(arguments.from);
    let failed = Mutex::new(None);
    let alike = AtomicBool::new(true);
    let sum = Mutex::new(Figures::default());
    let coverage = Mutex::new(Coverage::default());
    let statements = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..arguments.jobs {
            scope.spawn(|| {
                let oracle = Oracle::new(arguments.kind, arguments.peer.clone());
                loop {
                    let from = next.fetch_add(arguments.batch, Ordering::Relaxed);
                    if from >= end || failed.lock().expect("no panic").is_some() {
                        return count_statements(&mut statements.lock().expect("no panic"));
                    }
                    let seeds = from..end.min(from + arguments.batch);
                    let each = |program: &Program| {
                        if arguments.coverage {
                            coverage.lock().expect("no panic").add(&program.wasm);
                        }
                    };
                    match oracle.batch(seeds.clone(), each) {
                        Ok((figures, differences)) => {
                            *sum.lock().expect("no panic") += figures;
                            for difference in differences {
                                alike.store(false, Ordering::Relaxed);
                                println!("seed {}: {}", difference.seed, difference.text);
                                keep(arguments, difference.seed);
                            }
                        }
                        Err(error) => {
                            let error = format!("seeds {seeds:?}: {error}");
                            *failed.lock().expect("no panic") = Some(error);
                        }
                    }
                }
            });
        }
    });
    let seconds = since.elapsed().as_secs_f64();
    let figures = *sum.lock().expect("no panic");
    println!(
        "{:?} {}..{end}: {} programs, {} calls, {} traps, {} exhausted, {} seeds without a program; {seconds:.1} s, {:.0} programs a minute",
        arguments.kind,
        arguments.from,
        figures.programs,
        figures.calls,
        figures.traps,
        figures.exhausted,
        figures.skipped,
        figures.programs as f64 * 60.0 / seconds,
    );
    if arguments.coverage {
        print!("{}", coverage.into_inner().expect("no panic").report());
        report_statements(&statements.into_inner().expect("no panic"));
    }
    match failed.into_inner().expect("no panic") {
        Some(error) => Err(error),
        None => Ok(alike.into_inner()),
    }
}

/// Adds up how often this thread has executed each kind of statement.
fn count_statements(sum: &mut BTreeMap<String, u64>) {
    #[cfg(feature = "profile")]
    for line in wasmote_interp::profile::report().lines() {
        if let Some((count, statement)) = line.split_once(' ')
            && !statement.contains(" ; ")
        {
            *sum.entry(statement.to_owned()).or_default() += count.parse::<u64>().expect("a count");
        }
    }
    #[cfg(not(feature = "profile"))]
    let _ = sum;
}

fn report_statements(executed: &BTreeMap<String, u64>) {
    #[cfg(feature = "profile")]
    {
        let all = wasmote_interp::profile::statements();
        let never: Vec<&str> =
            all.iter().map(|s| s.notation).filter(|name| !executed.contains_key(*name)).collect();
        println!("{} kinds of statements; {} never executed:", all.len(), never.len());
        for name in never {
            println!("  {name}");
        }
    }
    #[cfg(not(feature = "profile"))]
    let _ = executed;
}

fn keep(arguments: &Arguments, seed: u64) {
    if let (Some(directory), Some(program)) = (&arguments.keep, arguments.kind.program(seed)) {
        let file = directory.join(format!("{seed}.wasm"));
        if let Err(error) =
            std::fs::create_dir_all(directory).and_then(|()| std::fs::write(&file, program.wasm))
        {
            eprintln!("{}: {error}", file.display());
        }
    }
}
