//! Programs against the interface of wasmtime, and what they see here and there. What wasmtime 48 prints is in
//! `expected`; the package `crates/side-by-side` puts it there. Differences that are meant are in `differences.rs`.

// The programs name it so.
extern crate wasmote as wasmtime;

mod differences;
mod programs;
mod report;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use differences::{DIFFERENCES, Differences};
use report::Report;

/// The observations in a text of `Report::text`.
fn parse(text: &str) -> BTreeMap<&str, String> {
    let mut seen = BTreeMap::new();
    let mut label = "";
    for line in text.lines() {
        match line.strip_prefix("    ") {
            None if !line.is_empty() => {
                label = line;
                seen.insert(label, String::new());
            }
            value => {
                let lines: &mut String = seen.entry(label).or_default();
                lines.push_str(value.unwrap_or_default());
                lines.push('\n');
            }
        }
    }
    seen
}

/// A text with the end that `parse` gives it.
fn lines(text: &str) -> String {
    text.lines().map(|line| line.to_owned() + "\n").collect()
}

/// Lines as in the files.
fn indent(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

/// What is meant to be seen here, if it is not what wasmtime sees.
fn meant(program: &str, label: &str) -> Option<String> {
    let mut all = DIFFERENCES.iter().flat_map(|differences| differences.seen);
    let (.., ours) = all.find(|(at, what, _)| (*at, *what) == (program, label))?;
    Some(lines(ours))
}

#[test]
fn programs_see_what_they_see_on_wasmtime() {
    let mut faults = String::new();
    let mut observations = 0;
    for (name, program) in programs::PROGRAMS {
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/side_by_side/expected").join(name);
        let theirs =
            std::fs::read_to_string(file.with_extension("txt")).expect("wasmtime's observations");
        let theirs = parse(&theirs);
        let Ok(ours) = std::panic::catch_unwind(|| Report::of(*program)) else {
            let _ = writeln!(faults, "{name} does not end well");
            continue;
        };
        observations += ours.len();
        let ours = ours.text();
        let ours = parse(&ours);
        for label in theirs.keys().chain(ours.keys().filter(|label| !theirs.contains_key(*label))) {
            let [there, here] =
                [&theirs, &ours].map(|seen| seen.get(label).map_or("", String::as_str));
            let meant = meant(name, label);
            if meant.as_deref().unwrap_or(there) != here {
                let _ = writeln!(
                    faults,
                    "{name}, {label}\n  there:\n{}  here:\n{}",
                    indent(there),
                    indent(here)
                );
            } else if meant.is_some() && here == there {
                let _ = writeln!(faults, "{name}, {label}: there is no difference any more");
            }
        }
    }
    println!("{observations} observations");
    for Differences { because, seen } in DIFFERENCES {
        println!("{:3} differ: {because}", seen.len());
    }
    assert!(faults.is_empty(), "{faults}");
}
