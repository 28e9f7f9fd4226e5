//! Files to modules.

use std::fs;
use std::path::Path;

use wasmote::{Engine, Module, Result, format_err};
use wast::Wat;
use wast::parser::{self, ParseBuffer};

/// Reads a module. A file that begins with the magic number or is called `.wasm` is binary, any other
/// is text.
///
/// # Errors
/// If the file cannot be read or is no valid module. The error names the file and either the offset
/// in the binary or the line and column in the text.
pub(crate) fn module(engine: &Engine, file: &Path) -> Result<Module> {
    let name = file.display();
    let bytes = read(file)?;
    let is_binary = bytes.starts_with(b"\0asm") || file.extension().is_some_and(|e| e == "wasm");
    let binary = if is_binary { bytes } else { encode(file, &bytes)? };
    Module::from_binary(engine, &binary)
        .map_err(|error| error.context(format!("{name} is invalid")))
}

/// Reads a script.
///
/// # Errors
/// If the file cannot be read or is no UTF-8 text.
pub(crate) fn text(file: &Path) -> Result<String> {
    String::from_utf8(read(file)?).map_err(|_| format_err!("{} is not UTF-8 text", file.display()))
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).map_err(|error| format_err!("cannot read {}: {error}", file.display()))
}

/// The text format to the binary format.
fn encode(file: &Path, bytes: &[u8]) -> Result<Vec<u8>> {
    let name = file.display();
    let text = std::str::from_utf8(bytes)
        .map_err(|_| format_err!("{name} is neither a binary module nor UTF-8 text"))?;
    let encoded =
        ParseBuffer::new(text).and_then(|buffer| parser::parse::<Wat<'_>>(&buffer)?.encode());
    encoded.map_err(|error| {
        let (line, column) = error.span().linecol_in(text);
        format_err!("{name}:{}:{}: {}", line + 1, column + 1, error.message())
    })
}
