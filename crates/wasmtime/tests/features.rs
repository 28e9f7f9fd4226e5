//! The features of this package are those of `wasmote` that wasmtime has too, and wasmote's are documented.

use std::collections::BTreeSet;

const WASMOTE: &str = include_str!("../../../Cargo.toml");
const WASMOTE_DOCS: &str = include_str!("../../../src/lib.rs");
const WASMTIME: &str = include_str!("../Cargo.toml");

/// What only wasmote has.
const OWN: [&str; 6] = ["anyhow-error", "anyhow-results", "metering", "mmap", "simd", "trees"];

/// The names in the table of features of a manifest, with what they switch on.
fn features(manifest: &str) -> impl Iterator<Item = (&str, &str)> {
    let (_, table) = manifest.split_once("\n[features]\n").expect("a table of features");
    let (table, _) = table.split_once("\n[").unwrap_or((table, ""));
    table.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "))
}

fn names(manifest: &str) -> BTreeSet<&str> {
    features(manifest).map(|(name, _)| name).filter(|name| *name != "default").collect()
}

#[test]
fn each_feature_is_passed_on() {
    let mut expected = names(WASMOTE);
    for own in OWN {
        assert!(expected.remove(own), "{own}");
    }
    assert_eq!(names(WASMTIME), expected);
    for (name, on) in features(WASMTIME).filter(|(name, _)| *name != "default") {
        assert!(on.starts_with(&format!("[\"wasmote/{name}\"")), "{name} = {on}");
    }
}

#[test]
fn each_feature_is_documented() {
    let (_, section) = WASMOTE_DOCS.split_once("//! # Features\n").expect("a section on features");
    let documented: BTreeSet<&str> = section
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .collect();
    let undocumented: Vec<&str> = names(WASMOTE).difference(&documented).copied().collect();
    assert!(undocumented.is_empty(), "{undocumented:?}");
}
