//! The guests. Each exports `run`, from an i32 that says how much to do to an integer that depends on all of it.

/// A guest and how much of it to run.
pub(crate) struct Input {
    /// Its name: that of its file.
    pub(crate) name: &'static str,
    /// The module.
    pub(crate) wasm: &'static [u8],
    /// The argument of `run` for 0.1 to 0.3 seconds on wasmi.
    pub(crate) normal: i32,
    /// The argument in quick mode.
    pub(crate) quick: i32,
}

macro_rules! inputs {
    ($($name:literal: $normal:literal, $quick:literal;)*) => {
        &[$(Input {
            name: $name,
            wasm: include_bytes!(concat!("../guests/wasm/", $name, ".wasm")),
            normal: $normal,
            quick: $quick,
        },)*]
    };
}

/// The guests by whose profiles the lists of handlers (`interp/src/isa/trees.txt`, `pairs.txt`) were first chosen.
/// The small ones first.
pub(crate) const PROFILED: &[Input] = inputs! {
    "fib-recursive": 33, 29;
    "fib-iterative": 50_000_000, 10_000_000;
    "fib-tail-free": 120_000, 30_000;
    "count-local": 50_000_000, 10_000_000;
    "count-param": 50_000_000, 10_000_000;
    "count-global": 50_000_000, 10_000_000;
    "sieve": 200, 40;
    "memory-sum": 6_000, 1_200;
    "memory-fill": 4_000, 800;
    "state-machine": 12_000_000, 2_500_000;
    "call-direct": 4_000_000, 800_000;
    "call-indirect": 6_000_000, 1_200_000;
    "call-host": 3_000_000, 600_000;
    "tail-direct": 4_000_000, 800_000;
    "tail-indirect": 600_000, 120_000;
    "matmul-i32": 50, 10;
    "matmul-f64": 50, 10;
    "nbody": 250_000, 50_000;
    "mandelbrot": 900, 350;
    "sha256": 500, 100;
    "keccak": 10_000, 2_000;
    "spectral-norm": 450, 90;
    "reverse-complement": 60, 12;
    "word-count": 20, 4;
    "sort-by": 20, 4;
    "mixed": 700, 150;
    "stack-vm": 50, 10;
    "scheme": 20, 4;
    "bigint": 20, 4;
    "argon2": 30, 6;
    "lz4": 24, 5;
    "markdown": 90, 18;
    "regex": 8, 2;
    "document": 12, 3;
};

/// Guests that the lists did not know and that were added to the profiles then, for more to be chosen. To these belong four of
/// [`SCALARS`]. From `fft` on they are written in C.
const LATER: &[Input] = inputs! {
    "blake3": 300, 60;
    "qr": 120, 24;
    "rhai": 45, 9;
    "zstd": 12, 2;
    "fft": 300, 60;
    "levenshtein": 50, 10;
    "lu": 120, 24;
    "rays": 500, 220;
    "resize": 60, 12;
};

/// Guests that no fused statement comes from: how fast they are says what the lists are worth for other programs. To these
/// belong two of [`SCALARS`]. From `chess` on they are written in C.
const HOLD_OUT: &[Input] = inputs! {
    "btree": 60, 12;
    "csv": 120, 24;
    "expression": 40, 8;
    "sudoku": 8, 2;
    "chess": 30, 6;
    "life": 360, 72;
    "range-coder": 60, 12;
    "lua": 45, 9;
};

/// Those of [`SCALARS`] that belong to the hold-out.
const SCALAR_HOLD_OUT: [&str; 2] = ["find-scalar", "matmul-f32-scalar"];

/// Guests with objects that a collector frees, typed function references and exceptions. They check their own results
/// where they can.
const GC: &[Input] = inputs! {
    "binary-trees": 200, 40;
    "linked-list": 500, 100;
    "closures": 300, 60;
    "virtual-calls": 10_000, 2_000;
    "array-sum-i32": 600, 120;
    "array-sum-i8": 600, 120;
    "array-sum-f64": 1_200, 240;
    "strings": 200, 40;
    "sort-structs": 60, 12;
    "hash-map": 120, 24;
    "throw-near": 200_000, 40_000;
    "throw-far": 50_000, 10_000;
    "kotlin": 20, 4;
};

/// Programs on vectors, and the same ones without: with equal names but for the ending.
pub(crate) const VECTORS: &[Input] = inputs! {
    "convolution-simd": 700, 120;
    "dot-i8-simd": 500, 100;
    "matmul-f32-simd": 480, 80;
    "mandelbrot-f32-simd": 300, 130;
    "chacha-simd": 6_000, 1_000;
    "find-simd": 800, 160;
};
pub(crate) const SCALARS: &[Input] = inputs! {
    "convolution-scalar": 700, 120;
    "dot-i8-scalar": 500, 100;
    "matmul-f32-scalar": 480, 80;
    "mandelbrot-f32-scalar": 300, 130;
    "chacha-scalar": 6_000, 1_000;
    "find-scalar": 800, 160;
};

/// Which guests to run. Each group has a geometric mean of its own.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Group {
    /// Those by which the lists of handlers were first chosen.
    Profiled,
    /// Those by which the lists were added to.
    Later,
    /// Those that have no part in the lists.
    HoldOut,
    /// Those with garbage collection and exceptions, for engines that have these.
    Gc,
}

impl Group {
    /// All groups.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 4] = [Self::Profiled, Self::Later, Self::HoldOut, Self::Gc];

    /// The guests of the group.
    pub(crate) fn inputs(self) -> Vec<&'static Input> {
        let scalars = |hold_out| {
            SCALARS.iter().filter(move |input| SCALAR_HOLD_OUT.contains(&input.name) == hold_out)
        };
        match self {
            Self::Profiled => PROFILED.iter().collect(),
            Self::Later => scalars(false).chain(LATER).collect(),
            Self::HoldOut => scalars(true).chain(HOLD_OUT).collect(),
            Self::Gc => GC.iter().collect(),
        }
    }

    /// What is said of the group above its table.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Profiled => "guests by whose profiles the lists of fused statements were chosen",
            Self::Later => "guests by whose profiles the lists of fused statements were added to",
            Self::HoldOut => "guests by which no fused statement was chosen",
            Self::Gc => "guests with garbage collection and exceptions",
        }
    }
}

/// A guest that answers one request and is done.
pub(crate) const SERVED: &[u8] = include_bytes!("../guests/wasm/served.wasm");

/// The functions that `calls` calls.
pub(crate) const CALLS: &[u8] = include_bytes!("../guests/wasm/calls.wasm");

/// The functions that `gc` measures.
pub(crate) const GC_BARS: &[u8] = include_bytes!("../guests/wasm/gc.wasm");

/// A module of four megabytes: the largest guests linked together twice and more, by the build script. Its `run` is
/// that of `document`; all else is never called.
pub(crate) const LINKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/linked.wasm"));

/// The modules that are loaded to see how long that takes and what it leaves in memory, the small ones first.
pub(crate) fn to_load() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    let names =
        ["fib-recursive", "nbody", "sha256", "scheme", "bigint", "document", "markdown", "regex"];
    let named = |name: &&str| PROFILED.iter().find(|input| input.name == *name);
    let small: Vec<_> =
        names.iter().filter_map(named).map(|input| (input.name, input.wasm)).collect();
    small.into_iter().chain([("linked", LINKED)])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use wasmparser::{Validator, WasmFeatures};

    use super::*;

    #[test]
    fn guests_need_no_more_than_every_engine_has() {
        let features = WasmFeatures::MVP
            | WasmFeatures::SIGN_EXTENSION
            | WasmFeatures::BULK_MEMORY
            | WasmFeatures::MUTABLE_GLOBAL
            | WasmFeatures::MULTI_VALUE
            | WasmFeatures::TAIL_CALL;
        let groups = [Group::Profiled, Group::HoldOut];
        let all =
            groups.iter().flat_map(|group| group.inputs()).map(|input| (input.name, input.wasm));
        for (name, wasm) in all.chain([("calls", CALLS), ("linked", LINKED)]) {
            let outcome = Validator::new_with_features(features).validate_all(wasm);
            assert!(outcome.is_ok(), "{name}: {:?}", outcome.err());
        }
    }

    #[test]
    fn no_guest_is_in_two_groups() {
        let all: Vec<_> = Group::ALL.into_iter().flat_map(Group::inputs).collect();
        let names: BTreeSet<_> = all.iter().map(|input| input.name).collect();
        assert_eq!(names.len(), all.len());
        let lists = [PROFILED, LATER, HOLD_OUT, SCALARS, GC];
        assert_eq!(all.len(), lists.iter().map(|list| list.len()).sum::<usize>());
    }

    #[test]
    fn guests_on_vectors_need_vectors_and_have_a_scalar_twin() {
        for (vector, scalar) in VECTORS.iter().zip(SCALARS) {
            let name = vector.name.strip_suffix("-simd").unwrap();
            assert_eq!(scalar.name.strip_suffix("-scalar"), Some(name));
            assert_eq!((scalar.normal, scalar.quick), (vector.normal, vector.quick));
            let with = |features| Validator::new_with_features(features).validate_all(vector.wasm);
            assert!(with(WasmFeatures::WASM2).is_ok());
            assert!(with(WasmFeatures::WASM2.difference(WasmFeatures::SIMD)).is_err(), "{name}");
        }
    }

    #[test]
    fn the_large_guest_is_large_and_all_that_is_loaded_exists() {
        assert!(LINKED.len() > 4 << 20);
        assert_eq!(to_load().count(), 9);
    }
}
