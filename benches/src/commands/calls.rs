//! `calls`: what one call costs, across the border between host and guest in both directions and within the guest.

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
    let ids = options.engines()?;
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
    finish("calls", &options.output, &[report], &failures)
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
