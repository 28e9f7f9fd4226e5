//! Counts of executed statements and of pairs of them, for choosing which deserve a handler.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::string::String;
use std::vec::Vec;

use super::decode::handler_numbers;
use super::table::{NAMES, SHAPES};
use crate::exec::profile::PAIRS;

/// What this thread has executed since the last report: lines `count first ; second` of pairs in
/// which the second follows the first without a branch, and `count statement` of statements.
pub fn report() -> String {
    let numbers = handler_numbers();
    let mut singles: HashMap<u16, u64> = HashMap::new();
    let mut lines = Vec::new();
    for ((first, second), n) in PAIRS.take() {
        let second = numbers[&second];
        *singles.entry(second).or_default() += n;
        if let Some(&first) = numbers.get(&first)
            && SHAPES[first as usize].falls_through
        {
            lines.push((n, std::format!("{} ; {}", NAMES[first as usize], NAMES[second as usize])));
        }
    }
    lines.extend(singles.into_iter().map(|(s, n)| (n, String::from(NAMES[s as usize]))));
    lines.sort_by(|a, b| b.cmp(a));
    let mut out = String::new();
    for (n, line) in lines {
        let _ = writeln!(out, "{n} {line}");
    }
    out
}

/// All statements that there are handlers for: as [`report`] names them, and as disassembled code has them, with `$` for
/// each operand.
pub fn statements() -> Vec<(&'static str, &'static str)> {
    let of = |&number: &u16| (NAMES[usize::from(number)], SHAPES[usize::from(number)].text());
    handler_numbers().values().map(of).collect()
}
