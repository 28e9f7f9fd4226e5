//! The command line of wasmote: `wasmote run`, `wasmote wast` and `wasmote inspect`.
//!
//! Like every satellite it uses nothing but the public API. Whatever goes wrong is told in one line
//! that begins with `error: `, on the standard error output; only a trap adds its backtrace.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | an error: no such file, an invalid module, a missing import or export, a wrong argument, a failed script |
//! | 2 | wrong usage of the command line |
//! | 134 | the guest trapped (what a shell reports of a process that aborted) |
#![deny(clippy::print_stdout, clippy::print_stderr)] // `terminal` does that

mod input;
mod inspect;
mod run;
mod terminal;
mod wast_scripts;

use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use terminal::complain;
use wasmote::{Error, Trap, WasmBacktrace};

/// The exit code after a trap.
const TRAPPED: u8 = 134;

#[derive(Parser)]
#[command(name = "wasmote", version, about = "Runs WebAssembly, by interpretation only")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a module: its `_start`, or the function that --invoke names
    #[command(
        after_help = "Arguments are parsed by the types of the parameters: `42`, `-1`, `0xff`, \
        `1.5`, `nan`, `inf`, and `null` for references. Results are printed one per line."
    )]
    Run(run::Args),
    /// Run test scripts of the WebAssembly specification
    Wast {
        /// Scripts (.wast)
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Show the imports and exports of a module
    Inspect {
        /// The module, binary (.wasm) or text (.wat)
        file: PathBuf,
        /// Show also the translated code of each function
        #[arg(long)]
        code: bool,
    },
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Wast { files } => wast_scripts::run(&files),
        Command::Inspect { file, code } => inspect::run(&file, code),
    };
    match result {
        Ok(code) => code,
        Err(error) => report(&error),
    }
}

/// Tells the error and gives the exit code for it.
fn report(error: &Error) -> ExitCode {
    let io_error = error.downcast_ref::<io::Error>();
    if io_error.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe) {
        // Who reads our output has seen enough.
        return ExitCode::SUCCESS;
    }
    if let Some(trap) = error.downcast_ref::<Trap>() {
        complain(&format!("error: {trap}"));
        if let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() {
            let text = backtrace.to_string();
            complain(text.strip_prefix("error while executing at ").unwrap_or(&text));
        }
        return ExitCode::from(TRAPPED);
    }
    complain(&format!("error: {}", message(error)));
    ExitCode::FAILURE
}

/// An error and its causes as one line.
fn message(error: &Error) -> String {
    // A backtrace is a context of the error, but not a line.
    let backtrace = error.downcast_ref::<WasmBacktrace>().map(WasmBacktrace::to_string);
    let parts = error.chain().map(|cause| cause.to_string());
    let parts: Vec<_> = parts.filter(|part| Some(part) != backtrace.as_ref()).collect();
    one_line(&parts.join(": "))
}

/// The lines of a text as one.
fn one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}
