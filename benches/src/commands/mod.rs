//! One module per subcommand, and what they share: the options, the turns that the engines take, the end.

pub(crate) mod calls;
pub(crate) mod density;
pub(crate) mod exec;
pub(crate) mod gc;
#[cfg(feature = "heap")]
pub(crate) mod memory;
#[cfg(feature = "profile")]
pub(crate) mod profile;
pub(crate) mod size;
pub(crate) mod startup;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

use crate::engines::EngineId;
use crate::report::{Report, Row};
use crate::stats::median;
use crate::{chart, docs, environment};

/// The least number of rounds that makes a median.
const LEAST_ROUNDS: u32 = 3;

/// Options of the subcommands that compare engines.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Do less of everything: under a minute in all.
    #[arg(long)]
    pub(crate) quick: bool,

    /// Compare with these engines only (may be repeated).
    #[arg(long, value_name = "ENGINE")]
    peer: Vec<EngineId>,

    /// The engine that is compared with the others.
    #[arg(long, value_name = "ENGINE", default_value = "wasmote")]
    subject: EngineId,

    /// Measure only what has this in its name (may be repeated).
    #[arg(long, value_name = "NAME")]
    filter: Vec<String>,

    /// Rounds, after one round for warming up.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,

    #[command(flatten)]
    output: Output,
}

/// Where results go besides the terminal.
#[derive(clap::Args)]
pub(crate) struct Output {
    /// Write the results to this file, too, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Draw the results into this file.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,

    /// Write the chart into this directory and the tables into the `performance.md` in it.
    #[arg(long, value_name = "DIRECTORY")]
    docs: Option<PathBuf>,
}

impl Options {
    /// The subject, then its peers: those of the command line, or else `peers`.
    fn engines(&self, peers: &[EngineId]) -> Result<Vec<EngineId>> {
        let mut engines = vec![self.subject];
        for peer in if self.peer.is_empty() { peers } else { &self.peer } {
            if !engines.contains(peer) {
                engines.push(*peer);
            }
        }
        ensure!(
            engines.len() > 1,
            "there is nothing to compare {} with: name a peer",
            self.subject.name()
        );
        Ok(engines)
    }

    fn selected(&self, name: &str) -> bool {
        self.filter.is_empty() || self.filter.iter().any(|part| name.contains(part.as_str()))
    }

    fn rounds(&self) -> u32 {
        self.rounds.unwrap_or(if self.quick { 11 } else { 15 })
    }
}

/// How long each engine took, and how that compares.
#[derive(Debug, PartialEq)]
struct Turns {
    /// What each engine needed in each round.
    values: Vec<Vec<f64>>,
}

impl Turns {
    /// A row of a report on some of the engines, the first of which is the subject.
    fn row(&self, label: String, engines: &[usize]) -> Row {
        let rounds = |engine: &usize| &self.values[*engine];
        let ratio = |peer: &usize| {
            let pairs = rounds(&engines[0]).iter().zip(rounds(peer));
            median(&pairs.map(|(ours, theirs)| ours / theirs).collect::<Vec<f64>>())
        };
        Row {
            label,
            values: engines.iter().map(|engine| median(rounds(engine))).collect(),
            ratios: engines[1..].iter().map(ratio).collect(),
            run: None,
        }
    }

    /// The row of a report on all engines.
    fn row_of_all(&self, label: String) -> Row {
        self.row(label, &(0..self.values.len()).collect::<Vec<_>>())
    }
}

/// Lets `engines` engines take turns: one round to warm up and `rounds` that count, fewer if they take longer than
/// `limit`. In a round, `once` measures each engine. So a disturbance of the machine hits all of them, and an accident
/// of where something lies in memory one round only.
fn take_turns(
    engines: usize,
    rounds: u32,
    limit: Option<Duration>,
    mut once: impl FnMut(usize) -> Result<f64>,
) -> Result<Turns> {
    let mut values = vec![Vec::new(); engines];
    let start = Instant::now();
    for round in 0..=rounds {
        if round > LEAST_ROUNDS && limit.is_some_and(|limit| start.elapsed() > limit) {
            break;
        }
        // Not always in the same order: what runs first finds other caches than what runs last.
        for turn in 0..engines {
            let i = (turn + round as usize) % engines;
            let value = once(i)?;
            if round > 0 {
                values[i].push(value);
            }
        }
    }
    Ok(Turns { values })
}

/// Adds what was measured to `report` and prints it, or keeps why it failed.
fn add(report: &mut Report, failures: &mut Vec<String>, label: &str, row: Result<Row>) {
    match row {
        Ok(row) => {
            println!("{}", report.line(&row));
            report.rows.push(row);
        }
        Err(error) => {
            println!("{label}: failed");
            failures.push(format!("{label}: {error:#}"));
        }
    }
}

/// Writes the results wherever they are wanted.
///
/// # Errors
///
/// If a file cannot be written, or if there are `failures`.
fn finish(command: &str, output: &Output, reports: &[Report], failures: &[String]) -> Result<()> {
    let mut json = Map::new();
    let mut modes = Map::new();
    for report in reports {
        match report.title {
            None => json = report.to_json(),
            Some(title) => drop(modes.insert(title.into(), report.to_json().into())),
        }
    }
    if !modes.is_empty() {
        json.insert("modes".into(), modes.into());
    }
    json.insert("command".into(), command.into());
    let environment = environment::json();
    json.insert("environment".into(), environment);
    write_json(output, &json.into())?;
    if let Some(path) = &output.svg {
        write(path, &chart::draw(reports)?)?;
    }
    if let Some(directory) = &output.docs {
        write(&directory.join(command).with_extension("svg"), &chart::draw(reports)?)?;
        let tables: Vec<String> = reports.iter().map(Report::to_markdown).collect();
        docs::replace(directory, command, &tables.join("\n"))?;
    }
    if !failures.is_empty() {
        bail!("{} failed and are in no mean:\n{}", failures.len(), failures.join("\n"));
    }
    Ok(())
}

fn write_json(output: &Output, json: &Value) -> Result<()> {
    match &output.json {
        Some(path) => write(path, &(serde_json::to_string_pretty(json)? + "\n")),
        None => Ok(()),
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_round_does_not_count_and_the_others_start_with_another_engine() {
        let mut order = Vec::new();
        let turns = take_turns(2, 3, None, |engine| {
            order.push(engine);
            Ok(if order.len() < 3 { 1000.0 } else { [1.0, 4.0][engine] })
        });
        assert_eq!(order, [0, 1, 1, 0, 0, 1, 1, 0]);
        let row = turns.unwrap().row_of_all("a".to_owned());
        assert_eq!((row.values, row.ratios), (vec![1.0, 4.0], vec![0.25]));
    }

    #[test]
    fn a_limit_leaves_enough_rounds_for_a_median() {
        let mut count = 0;
        let once = |_| {
            count += 1;
            Ok(1.0)
        };
        take_turns(1, 1000, Some(Duration::ZERO), once).unwrap();
        assert_eq!(count, 1 + LEAST_ROUNDS);
    }
}
