//! The rooms of both crates use only what is below them: the plan of `docs/architecture.md`, compared with the sources.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of a crate from the bottom up; those in a line do not use each other.
type Plan = &'static [&'static [&'static str]];

const INTERP: Plan = &[
    &["base"],
    &["wasm"],
    &["isa"],
    &["semantics"],
    &["runtime"],
    &["exec"],
    &["code"],
    &["translate", "machine"],
];

const SRC: Plan = &[
    &["error", "poll", "sync", "unique"],
    &["memory"],
    &["config", "limits", "pool", "symbols", "trap"],
    &["engine"],
    &["types"],
    &["matching", "module"],
    &["store"],
    &["backtrace", "profiling", "values"],
    &["externals"],
    &["coredump"],
    &["driver"],
    &["func"],
    &["instance"],
    &["linker"],
    &["guide"],
];

/// The names in a list of paths as after `use`: the first of each path, or with `last` the last one.
fn names(list: &str, last: bool) -> Vec<&str> {
    let mut names = Vec::new();
    let (mut depth, mut from) = (0, 0);
    for (at, c) in list.char_indices().chain([(list.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let path = list[from..at].trim();
                let name = if last { path.rsplit("::").next() } else { path.split("::").next() };
                names.extend(name.filter(|name| !name.is_empty()));
                from = at + 1;
            }
            _ => {}
        }
    }
    names
}

/// What code takes from its crate: the names that follow `crate::`.
fn uses(code: &str) -> Vec<&str> {
    let mut uses = Vec::new();
    for (at, path) in code.match_indices("crate::") {
        let rest = &code[at + path.len()..];
        if code[..at].ends_with(|c: char| c == '$' || c == '_' || c.is_alphanumeric()) {
            continue;
        }
        match rest.strip_prefix('{') {
            Some(group) => {
                uses.extend(names(&group[..group.find("};").expect("a group ends")], false))
            }
            None => {
                let end = rest.find(|c: char| c != '_' && !c.is_alphanumeric());
                uses.push(&rest[..end.unwrap_or(rest.len())]);
            }
        }
    }
    uses
}

/// A file without its comments and its tests, which may look wherever they like.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let text = text.split("\nmod tests {").next().unwrap();
    let line = |line: &str| line.split("//").next().unwrap().to_owned() + "\n";
    text.lines().map(line).collect()
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] });
    let is_test = |path: &PathBuf| path.file_stem().unwrap().to_str().unwrap().ends_with("tests");
    files.filter(|path| path.extension().is_some_and(|e| e == "rs") && !is_test(path)).collect()
}

fn check(src: &str, plan: Plan) {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join(src);
    let floor = |room: &str| plan.iter().position(|rooms| rooms.contains(&room));
    // What the crate gives out under its own name is used under that name inside, too.
    let lib = code(&src.join("lib.rs"));
    let mut given_out = HashMap::new();
    for (room, list) in lib
        .split("pub use ")
        .skip(1)
        .filter_map(|rest| rest.split(';').next()?.trim_start_matches("crate::").split_once("::"))
    {
        assert!(!list.contains('*'), "lib.rs names what it gives out: {list}");
        let list = list.trim().trim_start_matches('{').trim_end_matches('}');
        given_out
            .extend(names(list, true).into_iter().map(|name| (name.to_owned(), room.to_owned())));
    }

    let room_of = |file: &Path| {
        let room = file.strip_prefix(&src).unwrap().components().next().unwrap();
        room.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
    };
    // A macro that is exported has the crate's name, wherever it stands.
    for file in files(&src) {
        for rest in code(&file).split("#[macro_export]\nmacro_rules! ").skip(1) {
            given_out.insert(rest.split(' ').next().unwrap().to_owned(), room_of(&file));
        }
    }

    let (mut rooms, mut wrong) = (Vec::new(), Vec::new());
    for file in files(&src) {
        let inside = file.strip_prefix(&src).unwrap();
        let room = room_of(&file);
        if room == "lib" {
            continue;
        }
        let here = floor(&room).unwrap_or_else(|| panic!("{room} is in the plan"));
        for name in uses(&code(&file)) {
            let to = given_out.get(name).map_or(name, String::as_str);
            let there = floor(to).unwrap_or_else(|| panic!("{}: whose is {name}?", file.display()));
            if to != room && there >= here {
                wrong.push(format!("{}: {name} of {to}", inside.display()));
            }
        }
        rooms.push(room);
    }
    assert!(wrong.is_empty(), "arrows that point up:\n{}", wrong.join("\n"));
    let mut planned = plan.concat();
    planned.sort_unstable();
    rooms.sort_unstable();
    rooms.dedup();
    assert_eq!(rooms, planned, "every room is in the plan");
}

/// The rooms that a table of the architecture page has.
fn documented(heading: &str) -> Vec<Vec<String>> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md");
    let page = fs::read_to_string(page).unwrap();
    let section = page.split(heading).nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| {
        let rooms = row.split(" | ").next().unwrap().split(", ");
        rooms.map(|room| room.trim_matches('`').to_owned()).collect()
    })
    .collect()
}

#[test]
fn no_arrow_of_interp_points_up() {
    check("interp/src", INTERP);
}

#[test]
fn no_arrow_of_src_points_up() {
    check("src", SRC);
}

#[test]
fn the_architecture_page_has_this_plan() {
    assert_eq!(documented("## Rooms of `interp`"), INTERP);
    assert_eq!(documented("## Rooms of `src`"), SRC);
}

#[test]
fn names_are_found_where_code_has_them() {
    assert_eq!(
        uses("use crate::{a::{b, c}, d};\nfn f(x: crate::e::F) { $crate::g }"),
        ["a", "d", "e"]
    );
    assert_eq!(names("a, b::c, d as e", true), ["a", "c", "d as e"]);
}
