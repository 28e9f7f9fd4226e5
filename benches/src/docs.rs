//! The figures in `docs/performance.md`: they stand between marks, and are replaced by those of the last run.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::environment;

/// Puts `tables` where `performance.md` in `directory` has the marks of `command`.
///
/// # Errors
///
/// If the file has no such marks, or cannot be read or written.
pub(crate) fn replace(directory: &Path, command: &str, tables: &str) -> Result<()> {
    let path = directory.join("performance.md");
    let context = || format!("cannot replace the figures in {}", path.display());
    let text = fs::read_to_string(&path).with_context(context)?;
    let place = format!(
        "{}; {}, profile `{}`.",
        environment::cpu(),
        environment::RUSTC,
        environment::PROFILE
    );
    let figures = format!("{place}\n\n{tables}");
    fs::write(&path, replaced(&text, command, &figures).with_context(context)?)
        .with_context(context)
}

/// `text` with `figures` between `<!-- COMMAND: ... -->` and the next `<!-- end -->`.
fn replaced(text: &str, command: &str, figures: &str) -> Result<String> {
    let begin = format!("<!-- {command}:");
    let (before, rest) = text.split_once(&begin).with_context(|| format!("no mark {begin}"))?;
    let (mark, rest) = rest.split_once("-->").context("the mark does not end")?;
    let (_, after) = rest.split_once("<!-- end -->").context("no mark <!-- end -->")?;
    Ok(format!("{before}{begin}{mark}-->\n{figures}\n<!-- end -->{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_between_the_marks_is_replaced() {
        let text =
            "a\n<!-- exec: made by x -->\nold\n<!-- end -->\nb\n<!-- calls: -->\n<!-- end -->\n";
        let expected =
            "a\n<!-- exec: made by x -->\nnew\n<!-- end -->\nb\n<!-- calls: -->\n<!-- end -->\n";
        assert_eq!(replaced(text, "exec", "new").unwrap(), expected);
        assert_eq!(replaced(expected, "exec", "new").unwrap(), expected);
        assert!(replaced(text, "size", "new").is_err());
    }
}
