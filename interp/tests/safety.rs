//! `docs/safety.md` and the code say the same: every use of `unsafe` has its reason beside it, the table of files counts
//! them all, and what is said to guard an invariant is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, iter};

/// The root of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The Rust files below a folder, in order.
fn files(folder: &str) -> Vec<PathBuf> {
    fn add(path: &Path, all: &mut Vec<PathBuf>) {
        if path.is_dir() {
            let mut entries: Vec<_> =
                fs::read_dir(path).unwrap().map(|e| e.unwrap().path()).collect();
            entries.sort();
            entries.iter().for_each(|path| add(path, all));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push(path.to_path_buf());
        }
    }
    let mut all = Vec::new();
    add(&root().join(folder), &mut all);
    all
}

/// How often a file uses `unsafe`, and where without saying why it may.
#[derive(Default, Debug)]
struct Uses {
    blocks: usize,
    impls: usize,
    functions: usize,
    unexplained: Vec<String>,
}

/// A line without its comment (and without what looks like one in a string, which does no harm here).
fn code(line: &str) -> &str {
    line.split("//").next().unwrap()
}

fn uses(text: &str) -> Uses {
    let lines: Vec<&str> = text.lines().collect();
    let mut uses = Uses::default();
    for (n, line) in lines.iter().enumerate() {
        for (at, _) in code(line).match_indices("unsafe") {
            let mut after = code(line)[at + "unsafe".len()..].trim_start();
            if after.is_empty() {
                after = code(lines[n + 1]).trim_start();
            }
            let declares = |word: &str| {
                after.strip_prefix(word).is_some_and(|rest| rest.starts_with([' ', '<']))
            };
            let explained = if after.starts_with('{') {
                uses.blocks += 1;
                is_explained(&lines, n)
            } else if declares("impl") {
                uses.impls += 1;
                is_explained(&lines, n)
            } else if declares("fn") || declares("extern") || declares("trait") {
                // Not a type of functions: those have no name.
                if after.split("fn").nth(1).is_some_and(|name| name.starts_with('(')) {
                    continue;
                }
                uses.functions += 1;
                in_impl_of_trait(&lines, n) || doc(&lines, n).any(|line| line.contains("# Safety"))
            } else {
                continue; // part of another word
            };
            if !explained {
                uses.unexplained.push(format!("{}: {}", n + 1, line.trim()));
            }
        }
    }
    uses
}

/// Whether there is a `SAFETY` comment above the statement that the line is part of, or one for all of an `impl`.
fn is_explained(lines: &[&str], n: usize) -> bool {
    let says = |line: &str| line.contains("// SAFETY");
    let near = lines[n.saturating_sub(6)..=n].iter().any(|line| says(line));
    let of_all = lines[..n].iter().any(|line| line.contains("// SAFETY of all"));
    near || of_all
}

/// The lines of documentation and attributes above an item.
fn doc<'a>(lines: &'a [&str], n: usize) -> impl Iterator<Item = &'a str> {
    let above = lines[..n].iter().rev().map(|line| line.trim());
    above.take_while(|line| line.starts_with("///") || line.starts_with("#["))
}

/// Whether an item is in the `impl` of a trait, which says what its functions ask for.
fn in_impl_of_trait(lines: &[&str], n: usize) -> bool {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut depth = indent(lines[n]);
    for line in lines[..n].iter().rev().filter(|line| !line.trim().is_empty()) {
        if indent(line) < depth && !line.trim_start().starts_with(['{', ')', '/', '#']) {
            depth = indent(line);
            let line = line.trim_start();
            if line.starts_with("impl") || line.starts_with("> for") || line.starts_with("for ") {
                return true;
            }
            if depth == 0 {
                return false;
            }
        }
    }
    false
}

/// The files that use `unsafe`, by their path in the repository.
fn all_uses() -> BTreeMap<String, Uses> {
    let files = ["interp/src", "src"].into_iter().flat_map(files);
    let uses = files.map(|path| {
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
        (name, uses(&fs::read_to_string(&path).unwrap()))
    });
    uses.filter(|(_, uses)| uses.blocks + uses.impls + uses.functions > 0).collect()
}

fn document() -> String {
    fs::read_to_string(root().join("docs/safety.md")).unwrap()
}

/// What the document has in backquotes, in some of its lines.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The names of the invariants: the headings `### name: ...`.
fn invariants(document: &str) -> BTreeSet<&str> {
    let headings = document.lines().filter_map(|line| line.strip_prefix("### "));
    headings.map(|heading| heading.split(':').next().unwrap()).collect()
}

/// The rows of the table of files: the path, the other cells.
fn rows(document: &str) -> BTreeMap<&str, Vec<&str>> {
    let table = document.lines().filter_map(|line| line.strip_prefix("| `"));
    let rows = table.map(|row| {
        let mut cells = row.trim_end_matches('|').split('|').map(|cell| cell.trim());
        (cells.next().unwrap().trim_end_matches('`'), cells.collect())
    });
    rows.collect()
}

#[test]
fn every_use_of_unsafe_has_a_reason() {
    let unexplained = all_uses().into_iter().flat_map(|(file, uses)| {
        iter::repeat(file).zip(uses.unexplained).map(|(file, line)| format!("{file}:{line}"))
    });
    let unexplained: Vec<String> = unexplained.collect();
    assert!(unexplained.is_empty(), "no SAFETY comment or section:\n{}", unexplained.join("\n"));
}

#[test]
fn the_table_of_files_is_right() {
    let (document, uses) = (document(), all_uses());
    let rows = rows(&document);
    let mut table =
        String::from("| file | blocks | impls | functions | rests on |\n|---|--:|--:|--:|---|\n");
    let mut total = Uses::default();
    for (file, Uses { blocks, impls, functions, .. }) in &uses {
        let rests_on = rows.get(&**file).and_then(|cells| cells.last()).unwrap_or(&"?");
        writeln!(table, "| `{file}` | {blocks} | {impls} | {functions} | {rests_on} |").unwrap();
        total.blocks += blocks;
        total.impls += impls;
        total.functions += functions;
    }
    let Uses { blocks, impls, functions, .. } = total;
    writeln!(table, "| all {} | {blocks} | {impls} | {functions} | |", uses.len()).unwrap();
    assert!(document.contains(&table), "docs/safety.md should have this table:\n{table}");
}

#[test]
fn files_rest_on_invariants_and_all_invariants_carry_something() {
    let document = document();
    let rows = rows(&document);
    let named = rows.values().flat_map(|cells| cells.last().unwrap().split(", "));
    assert_eq!(named.collect::<BTreeSet<_>>(), invariants(&document));
}

#[test]
fn what_guards_the_invariants_is_there() {
    let document = document();
    let folders = ["interp/src", "interp/tests", "interp/build", "src", "tests", "crates"];
    let sources = folders.into_iter().flat_map(files).map(|path| fs::read_to_string(path).unwrap());
    let sources: Vec<String> = sources.collect();
    let lines = document.lines().filter(|line| line.starts_with("Tests: "));
    assert_eq!(
        lines.clone().count(),
        invariants(&document).len(),
        "a line of tests for each invariant"
    );
    for test in lines.flat_map(quoted) {
        let is_there = sources.iter().any(|source| source.contains(&format!("fn {test}(")));
        assert!(is_there, "docs/safety.md names the test `{test}`");
    }
}

#[test]
fn uses_are_told_apart() {
    let text = "
        /// # Safety
        /// None.
        unsafe fn a() {
            b(); // unsafe { c() }
            // SAFETY: none.
            unsafe { c() }
        }
        unsafe fn no_section() {}
        type F = unsafe fn(u32);
        impl Trait for A {
            unsafe fn d() {}
        }
        // SAFETY: none.
        unsafe impl Send for A {}
        #![deny(unsafe_op_in_unsafe_fn)]




        let x = unsafe { d() };
    ";
    let Uses { blocks, impls, functions, unexplained } = uses(text);
    assert_eq!((blocks, impls, functions), (2, 1, 3));
    assert_eq!(unexplained, ["9: unsafe fn no_section() {}", "21: let x = unsafe { d() };"]);
}
