//! The rooms of this crate use only what is below them: the plan of `docs/architecture.md`, compared with the sources.

use std::fs;
use std::path::Path;

/// From the bottom up; rooms in a line do not use each other.
const ROOMS: &[&[&str]] = &[
    &["base"],
    &["wasm"],
    &["isa"],
    &["semantics"],
    &["runtime"],
    &["exec"],
    &["code"],
    &["translate", "machine"],
];

fn floor(room: &str) -> Option<usize> {
    ROOMS.iter().position(|rooms| rooms.contains(&room))
}

/// The rooms that a line of code names.
fn named(line: &str) -> impl Iterator<Item = &str> {
    let code = line.split("//").next().unwrap_or_default();
    let name = |rest: &'_ str| rest.find(|c: char| !c.is_alphanumeric() && c != '_');
    code.split("crate::").skip(1).map(move |rest| &rest[..name(rest).unwrap_or(rest.len())])
}

#[test]
fn no_arrow_points_up() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut rooms: Vec<String> = Vec::new();
    let mut wrong = Vec::new();
    for room in fs::read_dir(src).unwrap().map(|entry| entry.unwrap().path()) {
        let name = room.file_name().unwrap().to_str().unwrap().to_owned();
        if !room.is_dir() {
            assert_eq!(name, "lib.rs", "every file is in a room");
            continue;
        }
        let here = floor(&name).unwrap_or_else(|| panic!("{name} is in the plan"));
        for file in fs::read_dir(&room).unwrap().map(|entry| entry.unwrap().path()) {
            let text = fs::read_to_string(&file).unwrap();
            // Tests may look wherever they like.
            let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            for (n, line) in (1..).zip(text.lines()) {
                for to in named(line).filter(|to| *to != name) {
                    if floor(to).is_some_and(|floor| floor >= here) {
                        wrong.push(format!("{}:{n}: {}", file.display(), line.trim()));
                    }
                }
            }
        }
        rooms.push(name);
    }
    assert!(wrong.is_empty(), "arrows that point up:\n{}", wrong.join("\n"));
    let mut plan: Vec<&str> = ROOMS.concat();
    plan.sort_unstable();
    rooms.sort_unstable();
    assert_eq!(rooms, plan, "every room is in the plan");
}

#[test]
fn the_architecture_page_has_this_plan() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/architecture.md");
    let page = fs::read_to_string(page).unwrap();
    let table = page.split("## Rooms of `interp`").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .map(|row| {
            row.split(" | ")
                .next()
                .unwrap()
                .split(", ")
                .map(|room| room.trim_matches('`'))
                .collect()
        })
        .collect();
    assert_eq!(rows, ROOMS);
}

#[test]
fn names_in_comments_are_no_arrows() {
    let line = "use crate::exec::{Regs}; // crate::machine";
    assert!(named(line).eq(["exec"]));
    assert!(named("fn f(x: crate::wasm::Kind) -> crate::isa::Op {").eq(["wasm", "isa"]));
}
