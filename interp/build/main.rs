//! Derives the instruction set's tables from its declarations: which statements have handlers, how
//! each is selected, encoded and read. It also chooses the dispatch back end.
//!
//! The operations come from `src/isa/operations.rs` (and `objects.rs`, `vectors.rs`, `atomics.rs`), the statements from
//! `src/isa/statements.rs`, the kinds of operands from `src/isa/operand.rs`.
//!
//! `declarations` are those files as data, `statement` what can be made of them, `shapes` (with
//! `base`, `objects`, `vectors` and `variants`) which of that has a handler, `notation` reads the lists that say so,
//! `tables` writes Rust.

mod base;
mod declarations;
mod notation;
mod objects;
#[path = "../src/isa/operand.rs"]
#[allow(dead_code)] // only the names of kinds are needed here
mod operand;
mod shapes;
mod statement;
mod tables;
mod variants;
mod vectors;

use std::{env, fs, path::Path};

/// Chained handlers need an optimiser that makes jumps of calls in tail position, and a calling
/// convention that has the machine's registers in native ones. Both these and native vectors need
/// a processor whose vector registers may be used: kernels and firmware often do without.
fn target() {
    println!("cargo::rustc-check-cfg=cfg(dispatch_tail)");
    println!("cargo::rustc-check-cfg=cfg(native_vectors)");
    let arch = env::var("CARGO_CFG_TARGET_ARCH").unwrap();
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    let needed = match arch.as_str() {
        "x86_64" => "sse2",
        "aarch64" => "neon",
        _ => return,
    };
    if !features.split(',').any(|feature| feature == needed) {
        return;
    }
    if env::var_os("CARGO_CFG_MIRI").is_none() {
        println!("cargo::rustc-cfg=native_vectors");
    }
    let level = env::var("OPT_LEVEL").unwrap();
    let optimised = matches!(level.as_str(), "2" | "3" | "s" | "z");
    let forced_loop = env::var_os("CARGO_FEATURE_LOOP_DISPATCH").is_some();
    if optimised && !forced_loop {
        println!("cargo::rustc-cfg=dispatch_tail");
    }
}

fn main() {
    println!("cargo::rerun-if-changed=build");
    for file in [
        "operations.rs",
        "objects.rs",
        "vectors.rs",
        "atomics.rs",
        "statements.rs",
        "operand.rs",
        "hash.rs",
        "trees.txt",
        "vector_trees.txt",
        "fusions.txt",
    ] {
        println!("cargo::rerun-if-changed=src/isa/{file}");
    }
    for profile in ["WASMOTE_ALL_PINNED_FORMS", "WASMOTE_ALL_ACC_FORMS"] {
        println!("cargo::rerun-if-env-changed={profile}");
    }
    target();
    let has = |feature: &str| env::var_os(format!("CARGO_FEATURE_{feature}")).is_some();
    let features = shapes::Features {
        trees: has("TREES"),
        metering: has("METERING"),
        simd: has("SIMD"),
        threads: has("THREADS"),
        gc: has("GC"),
    };
    let out = env::var("OUT_DIR").unwrap();
    let table = tables::tables(&shapes::shapes(features));
    fs::write(Path::new(&out).join("table.rs"), table).unwrap();
    fs::write(Path::new(&out).join("operations.rs"), tables::operations()).unwrap();
    fs::write(Path::new(&out).join("visits.rs"), tables::visits()).unwrap();
    fs::write(Path::new(&out).join("atomic_visits.rs"), tables::atomic_visits()).unwrap();
}
