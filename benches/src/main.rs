//! The performance harness: runs the same guests on wasmote and on other interpreters, in one process and in turns,
//! and says how their times compare. `benches/README.md` tells how to read the figures.
//!
//! In reading order: [`inputs`] (what is run), [`engines`] (on what), [`clock`] and [`stats`] (how it is measured),
//! [`commands`] (one module per subcommand), [`report`], [`chart`] and [`docs`] (what becomes of it).

mod chart;
mod clock;
mod commands;
mod docs;
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
    /// Time to run each guest with fuel and with epochs, against the time without.
    Metering(commands::Options),
    /// Time from the bytes of a module to an instance.
    Startup(commands::startup::Args),
    /// Time per call, between host and guest and within the guest.
    Calls(commands::Options),
    /// Time per operation on references, beside the same without, and per garbage collection.
    Gc(commands::Options),
    /// Guests that wait in host calls, and guests that live for one call: how many fit, and how fast they come and go.
    Density(commands::density::Args),
    /// Heap that loading a module takes.
    #[cfg(feature = "heap")]
    Memory(commands::startup::Args),
    /// Statements that the guests execute, and which follow each other.
    #[cfg(feature = "profile")]
    Profile(commands::profile::Args),
    /// Size of the handlers, and of a program with wasmote over one without: builds examples with cargo.
    Size(commands::size::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = run(&cli.command);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> anyhow::Result<()> {
    if matches!(command, Command::Startup(_) | Command::Density(_))
        && let Some(outcome) = commands::startup::again_with_a_steady_heap()?
    {
        return outcome;
    }
    environment::print();
    match command {
        Command::Exec(args) => commands::exec::run(args),
        Command::Metering(options) => commands::exec::run_metered(options),
        Command::Startup(args) => commands::startup::run(args),
        Command::Calls(options) => commands::calls::run(options),
        Command::Gc(options) => commands::gc::run(options),
        Command::Density(args) => Ok(commands::density::run(args)?),
        #[cfg(feature = "heap")]
        Command::Memory(args) => commands::memory::run(args),
        #[cfg(feature = "profile")]
        Command::Profile(args) => commands::profile::run(args),
        Command::Size(args) => commands::size::run(args),
    }
}
