//! `calls`: what one call costs, across the border between host and guest in both directions and within the guest; and what it
//! costs to answer a request with a guest that is made for it.

use anyhow::{Context, Result, bail, ensure};

use super::{Options, add, finish, take_turns};
use crate::clock;
use crate::engines::{Engine, EngineId, Instance, Mode};
use crate::inputs;
use crate::report::{Report, Row, Unit};

/// Who calls whom.
#[derive(Clone, Copy)]
enum Kind {
    /// The host calls a function by a handle that knows its type.
    Typed,
    /// The host calls a function with a slice of values.
    Untyped,
    /// This export calls something ten times per turn.
    Guest(&'static str),
}

const KINDS: [(&str, Kind); 5] = [
    ("host-wasm", Kind::Typed),
    ("host-wasm-untyped", Kind::Untyped),
    ("wasm-host", Kind::Guest("host")),
    ("wasm-wasm", Kind::Guest("direct")),
    ("wasm-wasm-indirect", Kind::Guest("indirect")),
];

/// Runs `calls`.
///
/// # Errors
///
/// If there is nothing to do, or an engine failed or its results differ: after everything else has run.
pub(crate) fn run(options: &Options) -> Result<()> {
    let ids = options.engines(EngineId::PEERS)?;
    let kinds: Vec<_> = KINDS.iter().filter(|(name, _)| options.selected(name)).collect();
    ensure!(!kinds.is_empty(), "no kind of call matches the filter");
    println!("calls: median of {} interleaved rounds", options.rounds());
    println!();
    let engines = ids.iter().map(|id| id.start(Mode::Eager)).collect::<Result<Vec<_>>>()?;
    let mut report = Report::new(None, Unit::Nanoseconds, ids);
    let mut failures = Vec::new();
    println!("{}", report.head());
    for (name, kind) in kinds {
        let row = measure(name, *kind, options, &report.engines, &engines);
        add(&mut report, &mut failures, name, row);
    }
    println!("\n{}", report.means());
    let mut reports = vec![report];
    if options.selected(SERVE) {
        reports.extend(served(options, &reports[0].engines, &engines, &mut failures)?);
    }
    finish("calls", &options.output, &reports, &failures)
}

/// A store, an instance with two imports, a table, two pages of memory and a segment, and a call.
const SERVE: &str = "store-instance-call";

/// What a request costs, where the engines have a server.
fn served(
    options: &Options,
    ids: &[EngineId],
    engines: &[Box<dyn Engine>],
    failures: &mut Vec<String>,
) -> Result<Option<Report>> {
    let (mut having, mut servers) = (Vec::new(), Vec::new());
    for (id, engine) in ids.iter().zip(engines) {
        if let Some(server) = engine.server()? {
            having.push(*id);
            servers.push(server);
        }
    }
    if having.len() < 2 || having[0] != ids[0] {
        return Ok(None);
    }
    let count = if options.quick { 2_000 } else { 10_000 };
    let turns = take_turns(servers.len(), options.rounds(), None, |i| {
        let context = || format!("on {}", having[i].name());
        let answer = servers[i](1).with_context(context)?;
        ensure!(answer == 1 + i32::from(b'w'), "{} answers {answer}", having[i].name());
        let (outcome, time) = clock::time(|| (0..count).try_for_each(|n| servers[i](n).map(drop)));
        outcome.with_context(context)?;
        Ok(time / f64::from(count))
    });
    let mut report = Report::new(Some("request"), Unit::Nanoseconds, having);
    println!("\n{}", report.head());
    add(&mut report, failures, SERVE, turns.map(|turns| turns.row_of_all(SERVE.to_owned())));
    Ok(Some(report))
}

fn measure(
    name: &str,
    kind: Kind,
    options: &Options,
    ids: &[EngineId],
    engines: &[Box<dyn Engine>],
) -> Result<Row> {
    // Some ten milliseconds.
    let count = if options.quick { 50_000 } else { 200_000 };
    let mut expected = None;
    let turns = take_turns(engines.len(), options.rounds(), None, |i| {
        let context = || format!("on {}", ids[i].name());
        let mut instance = engines[i].load(inputs::CALLS).with_context(context)?;
        calls(instance.as_mut(), kind, count / 100).with_context(context)?;
        let (result, time) = clock::time(|| calls(instance.as_mut(), kind, count));
        let result = result.with_context(context)?;
        let expected = *expected.get_or_insert(result);
        if result != expected {
            bail!("{} returned {result:#x} and not {expected:#x}", ids[i].name());
        }
        Ok(time / f64::from(count))
    })?;
    Ok(turns.row_of_all(name.to_owned()))
}

/// Makes `count` calls; the last result.
fn calls(instance: &mut dyn Instance, kind: Kind, count: u32) -> Result<i32> {
    match kind {
        Kind::Typed => instance.chain("next", count),
        Kind::Untyped => instance.chain_untyped("next", count),
        Kind::Guest(export) => match instance.call(export, &[(count / 10).cast_signed()])?[..] {
            [bits] => Ok(bits as i32),
            ref other => bail!("`{export}` has {} results instead of one", other.len()),
        },
    }
}
