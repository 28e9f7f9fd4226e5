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

const FUNC_REFS: &str = "operators of typed function references";
const GC: &str = "operators of garbage collection";
const EXCEPTIONS: &str = "operators of exceptions";

macro_rules! left_out {
    ($($suites:expr => { $($file:literal $lines:expr, $why:expr;)* })*) => {
        &[$($(LeftOut { suites: &$suites, file: $file, lines: $lines, why: $why },)*)*]
    };
}

const LEFT_OUT: &[LeftOut] = left_out! {
    ["v3", "latest", "function-references"] => {
        "br_on_non_null.wast" &[(1, 87)], FUNC_REFS;
        "br_on_null.wast" &[(1, 66)], FUNC_REFS;
        "br_table.wast" &[(3, 1264)], FUNC_REFS;
        "call_ref.wast" &[(1, 165)], FUNC_REFS;
        "local_init.wast" &[(3, 23), (66, 74)], FUNC_REFS;
        "ref_as_non_null.wast" &[(1, 29), (41, 41)], FUNC_REFS;
        "ref_is_null.wast" &[(1, 68)], FUNC_REFS;
        "ref_null.wast" &[(1, 20)], FUNC_REFS;
        "return_call_ref.wast" &[(3, 213), (299, 334)], FUNC_REFS;
        "unreached-valid.wast" &[(1, 58), (82, 82)], FUNC_REFS;
    }
    ["v3", "latest"] => {
        "instance.wast" &[(15, 104), (128, 170)], EXCEPTIONS;
        "type-equivalence.wast" &[(136, 156)], FUNC_REFS;
    }
    ["latest"] => {
        "return_call.wast" &[(3, 142)], FUNC_REFS;
        "return_call_indirect.wast" &[(3, 305)], FUNC_REFS;
    }
    ["gc"] => {
        "array.wast" &[(60, 290), (332, 343)], GC;
        "array_copy.wast" &[(54, 139)], GC;
        "array_fill.wast" &[(38, 100)], GC;
        "array_init_data.wast" &[(31, 212)], GC;
        "array_init_elem.wast" &[(44, 178)], GC;
        "array_new_data.wast" FILE, GC;
        "array_new_elem.wast" FILE, GC;
        "br_on_cast.wast" &[(3, 211)], GC;
        "br_on_cast_fail.wast" &[(3, 226)], GC;
        "extern.wast" FILE, GC;
        "i31.wast" &[(1, 121), (128, 228)], GC;
        "ref_cast.wast" FILE, GC;
        "ref_eq.wast" &[(1, 119)], GC;
        "ref_test.wast" FILE, GC;
        "struct.wast" &[(48, 48), (70, 130), (145, 229)], GC;
        "type-subtyping.wast" &[(283, 371), (398, 398), (402, 584)], GC;
    }
    ["exceptions"] => {
        "throw.wast" &[(3, 49)], EXCEPTIONS;
        "throw_ref.wast" &[(3, 115)], EXCEPTIONS;
        "try_table.wast" &[(3, 364), (376, 376), (420, 468), (499, 523)], EXCEPTIONS;
    }
    ["bulk-memory"] => {
        "table_init.wast" &[(2272, 2286)], GC;
    }
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
