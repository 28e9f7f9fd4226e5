//! Counts of executed statements and of pairs of them, for choosing which deserve a handler.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::string::String;
use std::vec::Vec;

use super::decode::handler_numbers;
use super::table::{NAMES, NOTATIONS, SHAPES};
use crate::exec::profile::PAIRS;

/// What this thread has executed since the last report: lines `count first ; second` of pairs of instructions in
/// which the second follows the first without a branch, and `count instruction`, each in the notation of the lists.
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
            lines.push((
                n,
                std::format!("{} ; {}", NOTATIONS[first as usize], NOTATIONS[second as usize]),
            ));
        }
    }
    lines.extend(singles.into_iter().map(|(s, n)| (n, String::from(NOTATIONS[s as usize]))));
    lines.sort_by(|a, b| b.cmp(a));
    let mut out = String::new();
    for (n, line) in lines {
        let _ = writeln!(out, "{n} {line}");
    }
    out
}

/// A statement that there is a handler for.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    /// As a type.
    pub name: &'static str,
    /// As [`report`] and the lists have it.
    pub notation: &'static str,
    /// As disassembled code has it, with `$` for each operand.
    pub text: &'static str,
}

/// All statements that there are handlers for.
pub fn statements() -> Vec<Statement> {
    let of = |&number: &u16| {
        let n = usize::from(number);
        Statement { name: NAMES[n], notation: NOTATIONS[n], text: SHAPES[n].text() }
    };
    handler_numbers().values().map(of).collect()
}
