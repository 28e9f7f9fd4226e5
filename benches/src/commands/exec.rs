//! `exec`: how long the guests take, once loaded.
//!
//! The engines take turns: in every round each of them loads the input afresh, runs it shortly to warm up and then,
//! with the clock on, for its full length. So a disturbance of the machine hits all of them, and an accident of where
//! a translation lies in memory one round only. A ratio is taken per round; the median over the rounds counts.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::clock;
use crate::engines::{Engine, EngineId};
use crate::inputs::{self, Input};
use crate::report::{Report, Row};
use crate::stats::median;

/// What the rounds of all inputs together may take in quick mode.
const QUICK: Duration = Duration::from_secs(45);

/// The least number of rounds that makes a median.
const LEAST_ROUNDS: u32 = 3;

/// Options of `exec`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Do less of everything: under a minute in all.
    #[arg(long)]
    quick: bool,

    /// Compare with these engines only (may be repeated).
    #[arg(long, value_name = "ENGINE")]
    peer: Vec<EngineId>,

    /// The engine that is compared with the others.
    #[arg(long, value_name = "ENGINE", default_value = "wasmote")]
    subject: EngineId,

    /// Run only the inputs whose name contains this (may be repeated).
    #[arg(long, value_name = "NAME")]
    filter: Vec<String>,

    /// Rounds per input, after one round for warming up.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,

    /// Write the results to this file, too.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Runs `exec`.
///
/// # Errors
///
/// If there is nothing to do, or an input failed on an engine or its results differ: after everything else has run.
pub(crate) fn run(args: &Args) -> Result<()> {
    let ids = engines(args)?;
    let inputs: Vec<&Input> =
        inputs::ALL.iter().filter(|input| selected(input.name, &args.filter)).collect();
    ensure!(!inputs.is_empty(), "no input matches the filter; there are: {}", names());
    let rounds = args.rounds.unwrap_or(if args.quick { 11 } else { 15 });
    // On a slow or busy machine the quick mode makes fewer rounds rather than take longer.
    let limit = args.quick.then(|| QUICK / inputs.len() as u32);
    println!(
        "exec: median of {rounds} interleaved rounds; the last columns are {} / peer",
        ids[0].name()
    );
    println!();

    let engines = ids.iter().map(|id| id.start()).collect::<Result<Vec<_>>>()?;
    let mut report = Report { engines: ids, rows: Vec::new() };
    let mut failures = Vec::new();
    Report::print_head(&report.engines);
    for input in inputs {
        let n = if args.quick { input.quick } else { input.normal };
        match measure(input, n, rounds, limit, &report.engines, &engines) {
            Ok(row) => {
                row.print();
                report.rows.push(row);
            }
            Err(error) => {
                println!("{:<16}failed", input.name);
                failures.push(format!("{}: {error:#}", input.name));
            }
        }
    }
    println!();
    if let Some(path) = &args.json {
        let text = serde_json::to_string_pretty(&report.to_json())?;
        fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))?;
    }
    report.print_geomeans();
    if !failures.is_empty() {
        bail!(
            "{} of the inputs failed and are in no mean:\n{}",
            failures.len(),
            failures.join("\n")
        );
    }
    Ok(())
}

/// The subject, then its peers.
fn engines(args: &Args) -> Result<Vec<EngineId>> {
    let mut engines = vec![args.subject];
    for peer in if args.peer.is_empty() { &EngineId::PEERS[..] } else { &args.peer } {
        if !engines.contains(peer) {
            engines.push(*peer);
        }
    }
    ensure!(engines.len() > 1, "{} cannot be compared with itself", args.subject.name());
    Ok(engines)
}

fn selected(name: &str, filter: &[String]) -> bool {
    filter.is_empty() || filter.iter().any(|part| name.contains(part.as_str()))
}

fn names() -> String {
    let names: Vec<&str> = inputs::ALL.iter().map(|input| input.name).collect();
    names.join(", ")
}

/// Runs one input for one round to warm up and `rounds` that count, fewer if they take longer than `limit`.
fn measure(
    input: &Input,
    n: i32,
    rounds: u32,
    limit: Option<Duration>,
    ids: &[EngineId],
    engines: &[Box<dyn Engine>],
) -> Result<Row> {
    let mut seconds = vec![Vec::new(); engines.len()];
    let mut expected = None;
    let start = Instant::now();
    for round in 0..=rounds {
        if round > LEAST_ROUNDS && limit.is_some_and(|limit| start.elapsed() > limit) {
            break;
        }
        // Not always in the same order: what runs first finds other caches than what runs last.
        for turn in 0..engines.len() {
            let i = (turn + round as usize) % engines.len();
            let context = || format!("on {}", ids[i].name());
            let (result, time) = run_once(engines[i].as_ref(), input, n).with_context(context)?;
            let expected = *expected.get_or_insert(result);
            ensure!(
                result == expected,
                "{} returned {result:#x} and not {expected:#x} like {}",
                ids[i].name(),
                ids[0].name()
            );
            if round > 0 {
                seconds[i].push(time);
            }
        }
    }
    let ratios = seconds[1..]
        .iter()
        .map(|peer| {
            let ratios: Vec<f64> =
                seconds[0].iter().zip(peer).map(|(ours, theirs)| ours / theirs).collect();
            median(&ratios)
        })
        .collect();
    Ok(Row {
        input: input.name,
        n,
        result: expected.context("at least one round has run")?,
        seconds: seconds.iter().map(|times| median(times)).collect(),
        ratios,
    })
}

/// Loads `input` and runs it: its result and the seconds that took, without loading.
fn run_once(engine: &dyn Engine, input: &Input, n: i32) -> Result<(u64, f64)> {
    let mut instance = engine.load(input.wasm)?;
    // Once shortly, so that nothing is translated and no memory touched for the first time under the clock.
    instance.call("run", &[(input.quick / 10).max(1)])?;
    let (result, time) = clock::time(|| instance.call("run", &[n]));
    match result?[..] {
        [bits] => Ok((bits, time)),
        ref other => bail!("`run` has {} results instead of one", other.len()),
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_engine_gives_the_same_result_for_every_input() {
        let engines: Vec<_> =
            EngineId::value_variants().iter().map(|id| (id.name(), id.start().unwrap())).collect();
        for input in inputs::ALL {
            let n = (input.quick / 50).max(1);
            let results: Vec<_> = engines
                .iter()
                .map(|(name, engine)| {
                    let result =
                        engine.load(input.wasm).and_then(|mut instance| instance.call("run", &[n]));
                    result.unwrap_or_else(|error| panic!("{} on {name}: {error:#}", input.name))
                })
                .collect();
            let same = results.iter().all(|result| *result == results[0]);
            assert!(same, "{}: {results:x?}", input.name);
        }
    }

    #[test]
    fn the_filter_selects_by_a_part_of_the_name() {
        let filter = ["fib".to_owned(), "sieve".to_owned()];
        assert!(selected("fib-recursive", &filter));
        assert!(selected("sieve", &filter));
        assert!(!selected("nbody", &filter));
        assert!(selected("nbody", &[]));
    }
}
