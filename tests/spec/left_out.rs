//! What of the suites is left out, and why. Everything else must run and pass.
//!
//! Of a file that needs something more in some of its modules, just these are left out, and what is
//! asked of them. `custom-descriptors` is the suite of a proposal that is not implemented, and no suite here.

/// Directives that are left out.
struct LeftOut {
    suites: &'static [&'static str],
    file: &'static str,
    /// First and last lines where they begin; from the first line to the last for a whole file.
    lines: &'static [(usize, usize)],
    why: &'static str,
}

const FILE: &[(usize, usize)] = &[(0, usize::MAX)];

macro_rules! left_out {
    ($($suites:expr => { $($file:literal $lines:expr, $why:expr;)* })*) => {
        &[$($(LeftOut { suites: &$suites, file: $file, lines: $lines, why: $why },)*)*]
    };
}

const LEFT_OUT: &[LeftOut] = left_out! {
    ["reference-types"] => {
        "unreached-invalid.wast" &[(539, 539)], "valid since the final version of the proposal";
    }
    ["mutable-global"] => {
        "linking.wast" FILE, "segments out of bounds are link errors there, traps since bulk memory";
    }
};

/// Why the directive at a line of a file of a suite is left out, if it is.
pub(crate) fn why(suite: &str, file: &str, line: usize) -> Option<&'static str> {
    if !cfg!(feature = "simd") && (file.starts_with("simd_") || suite.ends_with("simd")) {
        return Some("vectors: the Cargo feature `simd`");
    }
    let mut of_file = LEFT_OUT.iter().filter(|l| l.file == file && l.suites.contains(&suite));
    of_file
        .find(|l| l.lines.iter().any(|&(first, last)| (first..=last).contains(&line)))
        .map(|l| l.why)
}
