//! `profile`: which statements the guests execute, and which follow each other, so that
//! `interp/src/isa/trees.txt` and `fusions.txt` can list what is worth an instruction. Needs the feature `profile`, which
//! counts in the machine; times mean nothing then.
//!
//! A line is a share of all executed statements (summed over the guests, in percent of one guest), the number of guests
//! that execute it, and the statement or the statements, as those files have them. Shapes that no build has are not seen:
//! `WASMOTE_ALL_PINNED_FORMS=1` builds all that use the pinned local.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use serde_json::{Map, Value};

use crate::engines::{EngineId, Mode};
use crate::inputs::{Group, Input, VECTORS};

/// Options of `profile`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run only guests that have this in their name (may be repeated).
    #[arg(long, value_name = "NAME")]
    filter: Vec<String>,

    /// Which guests to run. A list that is chosen by the hold-out is measured by none any more: move guests to the others then.
    #[arg(long, value_enum, default_value_t = Group::Profiled)]
    group: Group,

    /// Write the shares of each guest to this file, as JSON: to choose by some guests and see what others have of it.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Instead, run all guests but the hold-out, those with vectors, too, and print the lines of the lists by what they are
    /// needed for, the least first: how many guests execute such an instruction, and their share of all.
    #[arg(long, conflicts_with_all = ["group", "json"])]
    lists: bool,

    /// How many lines to print of each list.
    #[arg(long, default_value_t = 100)]
    lines: usize,
}

/// What all guests together say of a statement, or of statements in a row.
#[derive(Default)]
struct Score {
    share: f64,
    guests: u32,
}

/// Runs `profile`.
///
/// # Errors
///
/// If a guest cannot be run.
pub(crate) fn run(args: &Args) -> Result<()> {
    let (mut single, mut rows) = (HashMap::new(), HashMap::new());
    let mut guests = Map::new();
    let inputs: Vec<&Input> = if args.lists {
        let groups = [Group::Profiled, Group::Later];
        groups.into_iter().flat_map(Group::inputs).chain(VECTORS).collect()
    } else {
        args.group.inputs()
    };
    for input in inputs {
        if !args.filter.is_empty() && !args.filter.iter().any(|f| input.name.contains(f.as_str())) {
            continue;
        }
        let mut instance = EngineId::Wasmote.start(Mode::Eager)?.load(input.wasm)?;
        wasmote_interp::profile::report();
        instance.call("run", &[input.quick])?;
        let report = wasmote_interp::profile::report();
        let lines: Vec<(f64, &str)> = report
            .lines()
            .filter_map(|line| line.split_once(' '))
            .filter_map(|(count, what)| Some((count.parse().ok()?, what)))
            .collect();
        let total: f64 = lines.iter().filter(|(_, what)| !what.contains(" ; ")).map(|l| l.0).sum();
        let mut shares: Map<String, Value> = Map::new();
        for (count, what) in lines {
            let share = count / total;
            shares.insert(what.to_owned(), share.into());
            let scores = if what.contains(" ; ") { &mut rows } else { &mut single };
            let score: &mut Score = scores.entry(what.replace(" ; ", "; ")).or_default();
            score.share += share;
            score.guests += 1;
        }
        println!("{} done", input.name);
        guests.insert(input.name.into(), shares.into());
    }
    if args.lists {
        print_lists(&single, args.lines);
        return Ok(());
    }
    if let Some(path) = &args.json {
        fs::write(path, serde_json::to_string(&guests)?)?;
    }
    print("statements", single, args.lines);
    print("statements in a row", rows, args.lines);
    Ok(())
}

/// The lines of the lists by their scores, the lowest first.
fn print_lists(scores: &HashMap<String, Score>, lines: usize) {
    for (file, list) in [
        ("trees.txt", include_str!("../../../interp/src/isa/trees.txt")),
        ("fusions.txt", include_str!("../../../interp/src/isa/fusions.txt")),
        ("vector_trees.txt", include_str!("../../../interp/src/isa/vector_trees.txt")),
    ] {
        let of = |line| scores.get(line).map_or((0.0, 0), |score| (score.share, score.guests));
        let mut all: Vec<_> = list
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(|line| (of(line), line))
            .collect();
        all.sort_by(|((a, _), _), ((b, _), _)| a.total_cmp(b));
        let unused = all.iter().filter(|((_, guests), _)| *guests == 0).count();
        println!("\n{file}: {} lines, {unused} of which no guest executes", all.len());
        for ((share, guests), line) in all.into_iter().take(lines) {
            println!("{:8.4} {guests:3} {line}", 100.0 * share);
        }
    }
}

fn print(title: &str, scores: HashMap<String, Score>, lines: usize) {
    let mut scores: Vec<(String, Score)> = scores.into_iter().collect();
    scores.sort_by(|(_, a), (_, b)| b.share.total_cmp(&a.share));
    println!("\n{title}");
    for (what, score) in scores.into_iter().take(lines) {
        println!("{:7.2} {:3} {what}", 100.0 * score.share, score.guests);
    }
}
