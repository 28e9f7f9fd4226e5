//! Compares wasmote with V8 on the programs of many seeds; see `docs/testing.md`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use wasmote_fuzz::oracle::v8::Node;
use wasmote_fuzz::oracle::{Figures, Kind, Oracle};

const USAGE: &str = "\
usage: oracle [OPTION...]
  --kind smith|operators  which programs (default: operators)
  --from SEED             the first seed (default: 0)
  --count N               how many (default: 10000)
  --batch N               how many for a process of node (default: 200)
  --jobs N                how many batches at a time (default: 1)
  --node PATH             where node is (default: node; `none` compares only the ways of wasmote)
  --node-option OPTION    handed to node (may be repeated)
  --keep DIRECTORY        write the modules that are not done alike into it
  --program SEED FILE     only write the module of a seed";

struct Arguments {
    kind: Kind,
    from: u64,
    count: u64,
    batch: u64,
    jobs: usize,
    node: Option<Node>,
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
        node: Some(Node { path: "node".into(), options: vec![] }),
        keep: None,
        program: None,
    };
    let mut options = Vec::new();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        let number = |text: String| text.parse().map_err(|_| format!("{text} is no number"));
        match word.as_str() {
            "--kind" => {
                arguments.kind = match value()?.as_str() {
                    "smith" => Kind::Smith,
                    "operators" => Kind::Operators,
                    other => return Err(format!("there are no programs of kind {other}")),
                }
            }
            "--from" => arguments.from = number(value()?)?,
            "--count" => arguments.count = number(value()?)?,
            "--batch" => arguments.batch = number(value()?)?.max(1),
            "--jobs" => arguments.jobs = number(value()?)?.max(1) as usize,
            "--node" => {
                let path = value()?;
                arguments.node =
                    (path != "none").then(|| Node { path: path.into(), options: vec![] });
            }
            "--node-option" => options.push(value()?),
            "--keep" => arguments.keep = Some(value()?.into()),
            "--program" => arguments.program = Some((number(value()?)?, value()?.into())),
            _ => return Err(format!("unknown option {word}")),
        }
    }
    if let Some(node) = &mut arguments.node {
        node.options = options;
    }
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
    match &arguments.node {
        Some(node) => match node.version() {
            Ok(version) => println!("V8 {version}"),
            Err(error) => return Err(format!("{}: {error}", node.path.display())),
        },
        None => println!("without V8"),
    }
    let since = Instant::now();
    let end = arguments.from + arguments.count;
    let next = AtomicU64::new(arguments.from);
    let failed = Mutex::new(None);
    let alike = AtomicBool::new(true);
    let sum = Mutex::new(Figures::default());
    std::thread::scope(|scope| {
        for _ in 0..arguments.jobs {
            scope.spawn(|| {
                let oracle = Oracle::new(arguments.kind, arguments.node.clone());
                loop {
                    let from = next.fetch_add(arguments.batch, Ordering::Relaxed);
                    if from >= end || failed.lock().expect("no panic").is_some() {
                        return;
                    }
                    let seeds = from..end.min(from + arguments.batch);
                    match oracle.batch(seeds.clone()) {
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
        "{:?} {}..{end}: {} programs, {} calls, {} traps, {} overflows, {} seeds without a program; {seconds:.1} s, {:.0} programs a minute",
        arguments.kind,
        arguments.from,
        figures.programs,
        figures.calls,
        figures.traps,
        figures.overflows,
        figures.skipped,
        figures.programs as f64 * 60.0 / seconds,
    );
    match failed.into_inner().expect("no panic") {
        Some(error) => Err(error),
        None => Ok(alike.into_inner()),
    }
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
