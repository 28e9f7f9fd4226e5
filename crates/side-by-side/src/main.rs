//! Runs the programs of `tests/side_by_side` on wasmtime. What they see is in `tests/side_by_side/expected`, where
//! `--write` puts it; otherwise it is compared.

use std::path::Path;
use std::process::ExitCode;

#[path = "../../../tests/side_by_side/programs/mod.rs"]
mod programs;
#[path = "../../../tests/side_by_side/report.rs"]
mod report;

fn main() -> ExitCode {
    let write = std::env::args().nth(1).is_some_and(|argument| argument == "--write");
    // Panics are observations, too.
    std::panic::set_hook(Box::new(|_| {}));
    let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/side_by_side/expected");
    let (mut observations, mut different) = (0, 0);
    for (name, program) in programs::PROGRAMS {
        let report = report::Report::of(*program);
        observations += report.len();
        let file = expected.join(name).with_extension("txt");
        if write {
            std::fs::write(&file, report.text()).expect("the directory is there");
        } else if std::fs::read_to_string(&file).unwrap_or_default() != report.text() {
            eprintln!("{name}: wasmtime prints something else than {}", file.display());
            different += 1;
        }
    }
    println!("{observations} observations of {} programs", programs::PROGRAMS.len());
    if different == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
