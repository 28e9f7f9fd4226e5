//! What came of running scripts.

use std::fmt;

/// The counts and the failures of one script, or of several that were added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Report {
    /// Directives that did what they must.
    pub passed: u64,
    /// Directives that did not. There is one entry of `failures` for each.
    pub failed: u64,
    /// Directives that are outside of what this crate runs (see the crate's documentation).
    pub skipped: u64,
    /// Where and why, in the order of the script.
    pub failures: Vec<Failure>,
}

impl Report {
    /// How many directives were looked at: the sum of the three counts.
    pub fn directives(&self) -> u64 {
        self.passed + self.failed + self.skipped
    }

    /// Adds the counts and failures of another report.
    pub fn add(&mut self, other: Report) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.failures.extend(other.failures);
    }

    /// Counts a failure.
    pub(crate) fn fail(&mut self, file: &str, line: usize, reason: String) {
        self.failed += 1;
        self.failures.push(Failure { file: file.to_owned(), line, reason });
    }
}

/// `28012 directives, 28012 passed, 0 failed, 0 skipped`
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} directives, {} passed, {} failed, {} skipped",
            self.directives(),
            self.passed,
            self.failed,
            self.skipped
        )
    }
}

/// A directive that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The name of the script as given to [`Runner::run`](crate::Runner::run).
    pub file: String,
    /// The line of the directive, from 1.
    pub line: usize,
    /// What was expected and what happened instead, in one line that can be [shown](crate::printable).
    pub reason: String,
}

/// `file:line: reason`
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.reason)
    }
}
