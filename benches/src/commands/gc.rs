//! `gc`: what single operations on references cost, beside the same without references; and how long a collection takes.

use anyhow::{Context, Result, ensure};

use super::{Options, add, finish, take_turns};
use crate::clock;
use crate::engines::{Engine, EngineId, Mode};
use crate::inputs;
use crate::report::{Report, Unit};

/// An export that does one thing again and again.
struct Bar {
    export: &'static str,
    /// The argument, some ten milliseconds on wasmote.
    n: u32,
    /// How often the thing is done for each of `n`.
    times: u32,
    /// An export that does the same without references.
    beside: Option<&'static str>,
}

const BARS: &[Bar] = &[
    Bar { export: "list-walk", n: 4_000_000, times: 1, beside: Some("list-walk-in-memory") },
    Bar { export: "array-sum", n: 4_000_000, times: 1, beside: Some("array-sum-in-memory") },
    Bar { export: "struct-new", n: 200_000, times: 10, beside: None },
    Bar { export: "call-ref", n: 200_000, times: 10, beside: Some("call-indirect") },
    Bar { export: "test-branch", n: 400_000, times: 10, beside: Some("compare-branch") },
    Bar { export: "array-copy-i8", n: 200, times: 1, beside: Some("memory-copy") },
    Bar { export: "array-copy-ref", n: 200, times: 1, beside: Some("memory-copy") },
    Bar { export: "throw-near", n: 100_000, times: 1, beside: None },
    Bar { export: "throw-far", n: 50_000, times: 1, beside: None },
];

/// Collections, by how many objects of 24 bytes are alive: 64 KiB and 16 MiB of them.
const COLLECTIONS: &[(&str, u32)] =
    &[("collect-64-kib", (64 << 10) / 24), ("collect-16-mib", (16 << 20) / 24)];

/// Runs `gc`.
///
/// # Errors
///
/// If there is nothing to do, or an engine failed: after everything else has run.
pub(crate) fn run(options: &Options) -> Result<()> {
    println!("gc: median of {} interleaved rounds", options.rounds());
    let ids = options.engines(EngineId::GC_PEERS)?;
    let engines = ids.iter().map(|id| id.start(Mode::Eager)).collect::<Result<Vec<_>>>()?;
    let subject = ids[0];
    let mut failures = Vec::new();

    let mut bars = Report::new(None, Unit::Nanoseconds, ids.clone());
    println!("\n{}", bars.head());
    for bar in BARS.iter().filter(|bar| options.selected(bar.export)) {
        let turns = take_turns(engines.len(), options.rounds(), None, |i| {
            time(engines[i].as_ref(), bar, bar.export)
                .with_context(|| format!("on {}", ids[i].name()))
        });
        let row = turns.map(|turns| turns.row_of_all(bar.export.to_owned()));
        add(&mut bars, &mut failures, bar.export, row);
    }

    let mut beside = Report::new(Some("beside"), Unit::Nanoseconds, vec![subject, subject]);
    println!("\n{}", beside.head());
    for bar in BARS.iter().filter(|bar| options.selected(bar.export)) {
        let Some(other) = bar.beside else { continue };
        let label = format!("{} / {other}", bar.export);
        let turns = take_turns(2, options.rounds(), None, |i| {
            time(engines[0].as_ref(), bar, [bar.export, other][i])
        });
        add(&mut beside, &mut failures, &label, turns.map(|turns| turns.row_of_all(label.clone())));
    }

    let mut collections = Report::new(Some("collections"), Unit::Microseconds, ids);
    println!("\n{}", collections.head());
    for (name, alive) in COLLECTIONS.iter().filter(|(name, _)| options.selected(name)) {
        let turns = take_turns(engines.len(), options.rounds(), None, |i| {
            time_collection(engines[i].as_ref(), *alive)
                .with_context(|| format!("on {}", collections.engines[i].name()))
        });
        let row = turns.map(|turns| turns.row_of_all((*name).to_owned()));
        add(&mut collections, &mut failures, name, row);
    }
    let reports = [bars, beside, collections];
    ensure!(
        !failures.is_empty() || reports.iter().any(|report| !report.rows.is_empty()),
        "nothing matches the filter"
    );
    finish("gc", &options.output, &reports, &failures)
}

/// Seconds that `export` takes to do its thing once.
fn time(engine: &dyn Engine, bar: &Bar, export: &str) -> Result<f64> {
    let mut instance = engine.load(inputs::GC_BARS)?;
    instance.call(export, &[bar.n.div_ceil(100).cast_signed()])?;
    let (outcome, seconds) = clock::time(|| instance.call(export, &[bar.n.cast_signed()]));
    outcome?;
    Ok(seconds / f64::from(bar.n * bar.times))
}

/// Seconds that a collection takes while `alive` objects live.
fn time_collection(engine: &dyn Engine, alive: u32) -> Result<f64> {
    let mut instance = engine.load(inputs::GC_BARS)?;
    instance.call("keep", &[alive.cast_signed()])?;
    // What is left of the making, and room to copy to.
    instance.collect()?;
    let (outcome, seconds) = clock::time(|| instance.collect());
    outcome?;
    Ok(seconds)
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_export_gives_the_same_on_every_engine_as_what_is_beside_it() {
        let engines = EngineId::value_variants().iter().filter(|id| id.has_gc());
        let engines: Vec<_> = engines.map(|id| id.start(Mode::Eager).unwrap()).collect();
        for bar in BARS {
            let mut results = Vec::new();
            for export in [Some(bar.export), bar.beside].into_iter().flatten() {
                for engine in &engines {
                    let mut instance = engine.load(inputs::GC_BARS).unwrap();
                    results
                        .push(instance.call(export, &[bar.n.div_ceil(100).cast_signed()]).unwrap());
                }
            }
            assert!(
                results.iter().all(|result| *result == results[0]),
                "{}: {results:x?}",
                bar.export
            );
        }
    }

    #[test]
    fn what_is_kept_survives_collections() {
        for id in EngineId::value_variants().iter().filter(|id| id.has_gc()) {
            let mut instance = id.start(Mode::Eager).unwrap().load(inputs::GC_BARS).unwrap();
            instance.call("keep", &[1000]).unwrap();
            instance.collect().unwrap();
            assert_eq!(instance.call("kept", &[]).unwrap(), [1000], "{}", id.name());
        }
    }
}
