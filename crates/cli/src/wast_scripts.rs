//! `wasmote wast`.

use std::path::PathBuf;
use std::process::ExitCode;

use wasmote::{Config, Engine, Result};
use wasmote_wast::Runner;

use crate::input;
use crate::terminal::{complain, print};

/// Runs each script: a line for each file, and one for each failure.
pub(crate) fn run(files: &[PathBuf]) -> Result<ExitCode> {
    let engine = Engine::new(Config::new().shared_memory(true))?;
    // What scripts print is not worth an error.
    let runner = Runner::new(&engine).output(|line| drop(print(&format!("{line}\n"))));
    let mut code = ExitCode::SUCCESS;
    for file in files {
        let name = file.display().to_string();
        let report = runner.run(&name, &input::text(file)?);
        for failure in &report.failures {
            complain(&failure.to_string());
        }
        print(&format!("{name}: {report}\n"))?;
        if report.failed > 0 {
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}
