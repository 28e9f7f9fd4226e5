//! `memory`: how much more of the heap is in use after a module has been loaded than before, and how much more was at
//! the height of it. The figures are exact: an allocator counts. It does not see pages of the operating system, so wasmote has to
//! take linear memories from the allocator, too, as the other engines do.

use anyhow::{Context, Result, ensure};
use peak_alloc::PeakAlloc;

use super::startup::{self, Args, label, same_results};
use super::{add, finish};
use crate::engines::Engine;
use crate::inputs;
use crate::report::{Report, Row, Unit};

#[global_allocator]
pub(super) static HEAP: PeakAlloc = PeakAlloc;

/// The modules, among those that `startup` loads.
const INPUTS: [&str; 4] = ["nbody", "document", "regex", "linked"];

/// Runs `memory`.
///
/// # Errors
///
/// If there is nothing to do; if the allocator would not see every linear memory; or a module failed on an engine: after
/// everything else has run.
pub(crate) fn run(args: &Args) -> Result<()> {
    ensure!(
        !cfg!(feature = "mmap"),
        "this counts what the allocator gives: build with `--no-default-features --features heap`"
    );
    let options = &args.options;
    println!("memory: heap in use after loading, less that before, and at the peak");
    let mut reports = Vec::new();
    let mut failures = Vec::new();
    for (mode, ids) in startup::modes(args)? {
        let engines = ids.iter().map(|id| id.start(mode)).collect::<Result<Vec<_>>>()?;
        let mut report = Report::new(Some(mode.name()), Unit::Kibibytes, ids);
        println!("\n{}", report.head());
        for (name, wasm) in
            inputs::to_load().filter(|(name, _)| INPUTS.contains(name) && options.selected(name))
        {
            // What engines set up once and for all is set up now.
            let loads = same_results(wasm, &report.engines, &engines).and_then(|()| {
                let loads = engines.iter().zip(&report.engines).map(|(engine, id)| {
                    load(engine.as_ref(), wasm).with_context(|| format!("on {}", id.name()))
                });
                loads.collect::<Result<Vec<_>>>()
            });
            let row = |kind: &str, pick: fn(&(f64, f64)) -> f64| -> Result<Row> {
                let values: Vec<f64> = match &loads {
                    Ok(loads) => loads.iter().map(pick).collect(),
                    Err(error) => anyhow::bail!("{error:#}"),
                };
                let ratios = values[1..].iter().map(|peer| values[0] / peer).collect();
                Ok(Row { label: label(name, wasm) + kind, values, ratios, run: None })
            };
            add(&mut report, &mut failures, name, row("", |load| load.0));
            add(&mut report, &mut failures, name, row(", peak", |load| load.1));
        }
        reports.push(report);
    }
    finish("memory", &options.output, &reports, &failures)
}

/// The bytes that loading `wasm` adds, and added at the peak.
fn load(engine: &dyn Engine, wasm: &[u8]) -> Result<(f64, f64)> {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let instance = engine.load(wasm)?;
    let after = HEAP.current_usage();
    let peak = HEAP.peak_usage();
    drop(instance);
    Ok((after.saturating_sub(before) as f64, peak.saturating_sub(before) as f64))
}
