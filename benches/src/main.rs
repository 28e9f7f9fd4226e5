//! The performance harness: runs the same guests on wasmote and on other interpreters, in one process and in turns,
//! and says how their times compare. `benches/README.md` tells how to read the figures.
//!
//! In reading order: [`inputs`] (what is run), [`engines`] (on what), [`clock`] and [`stats`] (how it is measured),
//! [`commands`] (one module per subcommand), [`report`] (how it is printed).

mod clock;
mod commands;
mod engines;
mod environment;
mod inputs;
mod report;
mod stats;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Compares wasmote with other WebAssembly interpreters.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Time to run each guest to its end, once loaded.
    Exec(commands::exec::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    environment::print();
    let outcome = match cli.command {
        Command::Exec(args) => commands::exec::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
