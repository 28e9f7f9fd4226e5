//! `startup`: from the bytes of a module to an instance that can be called: validation, translation as far as the mode
//! wants it now, instantiation. Starting the engine is not part of it, nor is dropping the instance.
//!
//! wasmote shares large modules among threads, which no other engine here does. So the clock is the one on the wall, and where
//! wasmote is the subject there is a second table with `wasmote-1`, which does all on one thread, in its place.

use std::env;
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail, ensure};

use super::{Options, Turns, add, finish, take_turns};
use crate::clock;
use crate::engines::{Engine, EngineId, Mode};
use crate::inputs;
use crate::report::{Report, Unit};

/// Options of `startup`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these modes (may be repeated).
    #[arg(long, value_name = "MODE")]
    mode: Vec<Mode>,

    /// Until a first call has returned: of `run`, which does its work once.
    #[arg(long)]
    first_call: bool,

    #[command(flatten)]
    pub(super) options: Options,
}

/// The modes to measure: all that were asked for and that the subject and a peer have, with the engines that have them.
pub(super) fn modes(args: &Args) -> Result<Vec<(Mode, Vec<EngineId>)>> {
    let engines = args.options.engines(EngineId::PEERS)?;
    let all = [Mode::Eager, Mode::LazyTranslation, Mode::Lazy];
    let modes: Vec<_> = all
        .into_iter()
        .filter(|mode| args.mode.is_empty() || args.mode.contains(mode))
        .map(|mode| (mode, engines.iter().copied().filter(|id| id.has(mode)).collect::<Vec<_>>()))
        .filter(|(_, having)| having.len() > 1 && having[0] == engines[0])
        .collect();
    ensure!(!modes.is_empty(), "no two of these engines have such a mode");
    Ok(modes)
}

/// Runs `startup`.
///
/// # Errors
///
/// If there is nothing to do, or a module failed on an engine or its results differ: after everything else has run.
pub(crate) fn run(args: &Args) -> Result<()> {
    let options = &args.options;
    let until = if args.first_call { ", until a first call has returned" } else { "" };
    println!("startup: median of {} interleaved rounds{until}", options.rounds());
    let mut reports = Vec::new();
    let mut failures = Vec::new();
    for (mode, ids) in modes(args)? {
        let serial = match (ids[0], mode) {
            (EngineId::Wasmote, Mode::Eager) => Some("eager-1-thread"),
            (EngineId::Wasmote, Mode::LazyTranslation) => Some("lazy-translation-1-thread"),
            _ => None,
        };
        let mut serial = serial.map(|title| {
            let ids = [EngineId::WasmoteSerial].into_iter().chain(ids[1..].iter().copied());
            Report::new(Some(title), Unit::Microseconds, ids.collect())
        });
        let mut report = Report::new(Some(mode.name()), Unit::Microseconds, ids);
        let mut ids = report.engines.clone();
        ids.extend(serial.as_ref().map(|serial| serial.engines[0]));
        let engines = ids.iter().map(|id| id.start(mode)).collect::<Result<Vec<_>>>()?;

        println!("\n{}", report.head());
        for (name, wasm) in inputs::to_load().filter(|(name, _)| options.selected(name)) {
            let turns = measure(wasm, args, &ids, &engines);
            let all: Vec<usize> = (0..report.engines.len()).collect();
            if let (Some(serial), Ok(turns)) = (&mut serial, &turns) {
                let engines: Vec<usize> =
                    [all.len()].into_iter().chain(all[1..].iter().copied()).collect();
                serial.rows.push(turns.row(label(name, wasm), &engines));
            }
            let row = turns.map(|turns| turns.row(label(name, wasm), &all));
            add(&mut report, &mut failures, name, row);
        }
        println!("\n{}", report.means());
        reports.push(report);
        if let Some(serial) = serial {
            println!("\n{}", serial.head());
            serial.rows.iter().for_each(|row| println!("{}", serial.line(row)));
            println!("\n{}", serial.means());
            reports.push(serial);
        }
    }
    finish("startup", &options.output, &reports, &failures)
}

/// Runs this very command once more, with a GNU allocator that keeps what it once got from the system. Left alone, it
/// changes its mind about that by what was freed before, and then linear memories are fresh pages or not, which costs more
/// than to load a small module. So every engine clears its memories, and none waits for the system. `None` if this is
/// that run.
///
/// # Errors
///
/// If the program cannot be run again.
pub(crate) fn again_with_a_steady_heap() -> Result<Option<Result<()>>> {
    const THRESHOLD: &str = "MALLOC_MMAP_THRESHOLD_";
    if !cfg!(target_env = "gnu") || env::var_os(THRESHOLD).is_some() {
        return Ok(None);
    }
    let status = Command::new(env::current_exe()?)
        .args(env::args_os().skip(1))
        // The most that it takes.
        .env(THRESHOLD, (32 << 20).to_string())
        .env("MALLOC_TRIM_THRESHOLD_", (1 << 30).to_string())
        .status()
        .context("cannot run this program again")?;
    Ok(Some(if status.success() { Ok(()) } else { Err(anyhow!("the measuring run failed")) }))
}

fn measure(
    wasm: &[u8],
    args: &Args,
    ids: &[EngineId],
    engines: &[Box<dyn Engine>],
) -> Result<Turns> {
    let options = &args.options;
    same_results(wasm, ids, engines)?;
    // As often as it takes for the clock to see it.
    let work = if options.quick { 200_000 } else { 800_000 };
    let count = (work / wasm.len()).clamp(1, 20);
    take_turns(engines.len(), options.rounds(), None, |i| {
        let first = || {
            let mut instance = engines[i].load(wasm)?;
            if args.first_call {
                instance.call("run", &[1])?;
            }
            Ok(instance)
        };
        let load = || (0..count).map(|_| first()).collect::<Result<Vec<_>>>();
        let (instances, time) = clock::time_on_the_wall(load);
        instances?;
        Ok(time / count as f64)
    })
}

/// The name of a module with its size.
pub(super) fn label(name: &str, wasm: &[u8]) -> String {
    match wasm.len() {
        size @ 0..10_000 => format!("{name} {size} B"),
        size @ 10_000..1_000_000 => format!("{name} {} KB", size / 1000),
        size => format!("{name} {:.1} MB", size as f64 / 1e6),
    }
}

/// Sees that what was loaded runs, and alike on all engines.
pub(super) fn same_results(
    wasm: &[u8],
    ids: &[EngineId],
    engines: &[Box<dyn Engine>],
) -> Result<()> {
    let mut expected = None;
    for (engine, id) in engines.iter().zip(ids) {
        let context = || format!("on {}", id.name());
        let mut instance = engine.load(wasm).with_context(context)?;
        let result = instance.call("run", &[1]).with_context(context)?;
        let expected = expected.get_or_insert_with(|| result.clone());
        if result != *expected {
            bail!("{} returned {result:x?} and not {expected:x?}", id.name());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_module_to_load_runs_alike_in_every_mode() {
        for (name, wasm) in inputs::to_load() {
            for mode in Mode::value_variants() {
                let ids: Vec<_> =
                    EngineId::value_variants().iter().copied().filter(|id| id.has(*mode)).collect();
                let engines: Vec<_> = ids.iter().map(|id| id.start(*mode).unwrap()).collect();
                let same = same_results(wasm, &ids, &engines);
                assert!(same.is_ok(), "{name}, {}: {same:?}", mode.name());
            }
        }
    }

    #[test]
    fn labels_say_the_size() {
        assert_eq!(label("a", &[0; 84]), "a 84 B");
        assert_eq!(label("a", &[0; 12_345]), "a 12 KB");
        assert_eq!(label("a", &[0; 4_200_000]), "a 4.2 MB");
    }
}
