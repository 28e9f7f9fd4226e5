//! What is told to the user. Nothing else in this program writes to a terminal, so that no module,
//! script or file name can send it control sequences.

use std::io::{self, Write};

use wasmote::Result;
use wasmote_wast::printable;

/// Writes a text to the standard output, so that a closed pipe is an error and no panic.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(printable(text).as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Writes lines to the standard error output, if there is one.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", printable(text));
}
