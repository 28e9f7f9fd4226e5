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
    let gc = *group == Group::Gc;
    let engines = options.engines(if gc { EngineId::GC_PEERS } else { EngineId::PEERS })?;
    if cfg!(feature = "vectors") {
        let engines = engines.into_iter().filter(|engine| engine.has_vectors()).collect();
        let reports = [
            compare(options, None, inputs::VECTORS.iter().collect(), engines, &mut failures)?,
            against_scalars(options, &mut failures)?,
        ];
        return finish("vectors", &options.output, &reports, &failures);
    }
    println!("{}", group.describe());
    let engines = engines.into_iter().filter(|engine| !gc || engine.has_gc()).collect();
    let reports = [compare(options, None, group.inputs(), engines, &mut failures)?];
    let name = match group {
        Group::Profiled => "exec",
        Group::Later => "later",
        Group::HoldOut => "hold-out",
        Group::Gc => "exec-gc",
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
            .map(|id| (*id, id.start(Mode::Eager).unwrap()))
            .collect();
        let compare = |input: &Input, can_run: fn(EngineId) -> bool| {
            let n = (input.quick / 50).max(1);
            let results: Vec<_> = engines
                .iter()
                .filter(|(id, _)| can_run(*id))
                .map(|(id, engine)| {
                    let result =
                        engine.load(input.wasm).and_then(|mut instance| instance.call("run", &[n]));
                    result.unwrap_or_else(|error| {
                        panic!("{} on {}: {error:#}", input.name, id.name())
                    })
                })
                .collect();
            let same = results.iter().all(|result| *result == results[0]);
            assert!(same, "{}: {results:x?}", input.name);
        };
        for group in Group::ALL {
            let can_run = if group == Group::Gc { EngineId::has_gc } else { |_| true };
            group.inputs().into_iter().for_each(|input| compare(input, can_run));
        }
        inputs::VECTORS.iter().for_each(|input| compare(input, EngineId::has_vectors));
    }

    #[test]
    fn guests_with_garbage_collection_return_what_v8_returns() {
        let results = [
            ("binary-trees", 0x4ff6),
            ("linked-list", 0x16d_a064),
            ("closures", 0x5a0),
            ("virtual-calls", 0x3b_f100),
            ("array-sum-i32", 0x21f6_4014),
            ("array-sum-i8", 0x7f8c_5cee),
            ("array-sum-f64", 0x4205_4f00_42aa_0000),
            ("strings", 0x4038_6c41),
            ("sort-structs", 0x65f7_9d5c),
            ("hash-map", 0x13_50ba),
            ("throw-near", 0x69),
            ("throw-far", 0x37),
            ("kotlin", 0xfaac_bfb7),
        ];
        let inputs = Group::Gc.inputs();
        assert!(inputs.iter().map(|input| input.name).eq(results.map(|(name, _)| name)));
        for id in EngineId::value_variants().iter().filter(|id| id.has_gc()) {
            let engine = id.start(Mode::Eager).unwrap();
            for (input, (name, result)) in inputs.iter().zip(results) {
                let mut instance = engine.load(input.wasm).unwrap();
                assert_eq!(
                    instance.call("run", &[10]).unwrap(),
                    [result],
                    "{name} on {}",
                    id.name()
                );
            }
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
