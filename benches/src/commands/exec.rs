//! `exec`: how long the guests take, once loaded.
//!
//! In every round each engine loads the input afresh, runs it shortly to warm up and then, with the clock on, for its
//! full length.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::{Options, add, finish, take_turns};
use crate::clock;
use crate::engines::{Engine, EngineId, Mode};
use crate::inputs::{self, Group, Input};
use crate::report::{Report, Row, Run, Unit};

/// What the rounds of all inputs together may take in quick mode.
const QUICK: Duration = Duration::from_secs(45);

/// Options of `exec`.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    options: Options,

    /// Which guests to run.
    #[arg(long, value_enum, default_value_t = Group::Profiled)]
    group: Group,
}

/// Runs `exec`.
///
/// # Errors
///
/// If there is nothing to do, or an input failed on an engine or its results differ: after everything else has run.
pub(crate) fn run(Args { options, group }: &Args) -> Result<()> {
    println!("exec: median of {} interleaved rounds", options.rounds());
    let mut failures = Vec::new();
    let engines = options.engines()?;
    if cfg!(feature = "vectors") {
        let engines = engines.into_iter().filter(|engine| engine.has_vectors()).collect();
        let reports = [
            compare(options, None, inputs::VECTORS.iter().collect(), engines, &mut failures)?,
            against_scalars(options, &mut failures)?,
        ];
        return finish("vectors", &options.output, &reports, &failures);
    }
    println!("{}", group.describe());
    let reports = [compare(options, None, group.inputs(), engines, &mut failures)?];
    let name = match group {
        Group::Profiled => "exec",
        Group::Later => "later",
        Group::HoldOut => "hold-out",
    };
    finish(name, &options.output, &reports, &failures)
}

/// The subject on vectors against itself without.
fn against_scalars(options: &Options, failures: &mut Vec<String>) -> Result<Report> {
    let subject = options.subject;
    let engine = subject.start(Mode::Eager)?;
    let mut report =
        Report::new(Some("against scalars"), Unit::Milliseconds, vec![subject, subject]);
    println!("\n{}", report.head());
    for (vector, scalar) in inputs::VECTORS.iter().zip(inputs::SCALARS) {
        if !options.selected(vector.name) {
            continue;
        }
        let n = if options.quick { vector.quick } else { vector.normal };
        let turns = take_turns(2, options.rounds(), options.quick.then_some(QUICK / 12), |i| {
            Ok(run_once(engine.as_ref(), [vector, scalar][i], n)?.1)
        });
        let row = turns.map(|turns| turns.row_of_all(vector.name.to_owned()));
        add(&mut report, failures, vector.name, row);
    }
    println!("\n{}", report.means());
    Ok(report)
}

/// Runs `metering`: `exec` with fuel and with epochs against without.
///
/// # Errors
///
/// As [`run`].
pub(crate) fn run_metered(options: &Options) -> Result<()> {
    println!("metering: median of {} interleaved rounds", options.rounds());
    let mut failures = Vec::new();
    let inputs = || Group::Profiled.inputs();
    let fuel = vec![EngineId::WasmoteFuel, EngineId::Wasmote, EngineId::WasmiFuel];
    let epoch = vec![EngineId::WasmoteEpoch, EngineId::Wasmote];
    let reports = [
        compare(options, Some("fuel"), inputs(), fuel, &mut failures)?,
        compare(options, Some("epoch"), inputs(), epoch, &mut failures)?,
    ];
    finish("metering", &options.output, &reports, &failures)
}

fn compare(
    options: &Options,
    title: Option<&'static str>,
    all: Vec<&'static Input>,
    ids: Vec<EngineId>,
    failures: &mut Vec<String>,
) -> Result<Report> {
    let inputs: Vec<_> = all.iter().filter(|input| options.selected(input.name)).collect();
    ensure!(!inputs.is_empty(), "no input matches the filter; there are: {}", names(&all));
    // On a slow or busy machine the quick mode makes fewer rounds rather than take longer.
    let limit = options.quick.then(|| QUICK / inputs.len() as u32);
    let engines = ids.iter().map(|id| id.start(Mode::Eager)).collect::<Result<Vec<_>>>()?;
    let mut report = Report::new(title, Unit::Milliseconds, ids);
    println!("\n{}", report.head());
    for input in inputs {
        let n = if options.quick { input.quick } else { input.normal };
        let row = measure(input, n, options.rounds(), limit, &report.engines, &engines);
        add(&mut report, failures, input.name, row);
    }
    println!("\n{}", report.means());
    Ok(report)
}

fn names(inputs: &[&Input]) -> String {
    let names: Vec<&str> = inputs.iter().map(|input| input.name).collect();
    names.join(", ")
}

fn measure(
    input: &Input,
    n: i32,
    rounds: u32,
    limit: Option<Duration>,
    ids: &[EngineId],
    engines: &[Box<dyn Engine>],
) -> Result<Row> {
    let mut expected = None;
    let turns = take_turns(engines.len(), rounds, limit, |i| {
        let context = || format!("on {}", ids[i].name());
        let (result, time) = run_once(engines[i].as_ref(), input, n).with_context(context)?;
        let expected = *expected.get_or_insert(result);
        ensure!(
            result == expected,
            "{} returned {result:#x} and not {expected:#x} like {}",
            ids[i].name(),
            ids[0].name()
        );
        Ok(time)
    })?;
    let result = expected.context("at least one round has run")?;
    Ok(Row { run: Some(Run { n, result }), ..turns.row_of_all(input.name.to_owned()) })
}

/// Loads the input, warms it up, and runs it with the clock on.
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
    #[cfg_attr(
        debug_assertions,
        ignore = "takes minutes without an optimiser: `.ci/run back_ends` does it with one"
    )]
    fn every_engine_gives_the_same_result_for_every_input() {
        let engines: Vec<_> = EngineId::value_variants()
            .iter()
            .map(|id| (*id, id.name(), id.start(Mode::Eager).unwrap()))
            .collect();
        let groups = Group::ALL.into_iter().flat_map(Group::inputs);
        for input in groups.chain(inputs::VECTORS) {
            let n = (input.quick / 50).max(1);
            let results: Vec<_> = engines
                .iter()
                .filter(|(id, ..)| id.has_vectors() || !input.name.ends_with("-simd"))
                .map(|(_, name, engine)| {
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
    fn results_are_the_same_with_and_without_vectors() {
        let engine = EngineId::Wasmote.start(Mode::Eager).unwrap();
        for (vector, scalar) in inputs::VECTORS.iter().zip(inputs::SCALARS) {
            let n = (vector.quick / 20).max(1);
            let run = |input: &Input| engine.load(input.wasm).unwrap().call("run", &[n]).unwrap();
            assert_eq!(run(vector), run(scalar), "{}", vector.name);
        }
    }
}
