//! What of the suites is left out, and why. Everything else must run and pass.
//!
//! Of a file that needs something more in some of its modules, just these are left out, and what is
//! asked of them. `gc`, `function-references`, `exceptions` and
//! `custom-descriptors` are suites of proposals that are not implemented, and no suites here.

/// Directives that are left out.
struct LeftOut {
    suites: &'static [&'static str],
    file: &'static str,
    /// First and last lines where they begin; from the first line to the last for a whole file.
    lines: &'static [(usize, usize)],
    why: &'static str,
}

const FILE: &[(usize, usize)] = &[(0, usize::MAX)];

const GC: &str = "rec groups, abstract heap types: garbage collection";
const GLOBALS: &str = "globals of the module in constant expressions: garbage collection";
const FUNC_REFS: &str = "typed function references";
const TABLE_INIT: &str = "tables with initial values: typed function references";
const TAGS: &str = "a tag, which all that follows needs: exceptions";

macro_rules! left_out {
    ($($suites:expr => { $($file:literal $lines:expr, $why:expr;)* })*) => {
        &[$($(LeftOut { suites: &$suites, file: $file, lines: $lines, why: $why },)*)*]
    };
}

const LEFT_OUT: &[LeftOut] = left_out! {
    ["v3", "latest"] => {
        "br_on_non_null.wast" &[(1, 87)], FUNC_REFS;
        "br_on_null.wast" &[(1, 66)], FUNC_REFS;
        "br_table.wast" &[(3, 1264)], FUNC_REFS;
        "call_ref.wast" &[(1, 165)], FUNC_REFS;
        "data.wast" &[(89, 90)], GLOBALS;
        "elem.wast" &[(87, 87), (315, 315)], GLOBALS;
        "elem.wast" &[(178, 182), (448, 504), (539, 578)], FUNC_REFS;
        "global.wast" &[(373, 374)], GLOBALS;
        "global.wast" &[(634, 664)], TABLE_INIT;
        "imports.wast" &[
            (3, 19), (35, 98), (128, 134), (145, 210), (222, 222), (239, 255), (291, 293),
            (304, 353), (474, 478), (628, 632),
        ], TAGS;
        "instance.wast" FILE, TAGS;
        "linking.wast" &[(96, 261), (426, 463)], FUNC_REFS;
        "local_init.wast" &[(3, 23), (66, 74)], FUNC_REFS;
        "ref.wast" &[(3, 3)], FUNC_REFS;
        "ref_as_non_null.wast" &[(1, 29), (41, 41)], FUNC_REFS;
        "ref_is_null.wast" &[(1, 71)], FUNC_REFS;
        "ref_null.wast" FILE, GC;
        "return_call_ref.wast" &[(3, 213), (299, 334)], FUNC_REFS;
        "table.wast" &[(14, 14), (19, 21)], TABLE_INIT;
        "table.wast" &[(86, 116)], FUNC_REFS;
        "type-canon.wast" FILE, GC;
        "type-equivalence.wast" &[(5, 49), (107, 308)], GC;
        "type-rec.wast" &[(3, 3), (39, 45), (71, 78), (137, 197)], GC;
        "unreached-valid.wast" &[(1, 58), (82, 82)], FUNC_REFS;
    }
    ["latest"] => {
        "return_call.wast" &[(3, 142)], FUNC_REFS;
        "return_call_indirect.wast" &[(3, 305)], FUNC_REFS;
    }
    ["bulk-memory"] => {
        "table-sub.wast" &[(1, 1)], FUNC_REFS;
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
