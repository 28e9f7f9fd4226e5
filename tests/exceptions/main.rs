//! Exceptions: what the suites of the specification do not say of them.

#![cfg(all(feature = "async", feature = "gc", feature = "metering", feature = "wat"))]

mod cost;
mod host;

use std::num::NonZeroU32;

use wasmote::*;
use wasmote_wast::Runner;

fn engine(set: impl FnOnce(&mut Config)) -> Engine {
    let mut config = Config::new();
    set(&mut config);
    Engine::new(&config).unwrap()
}

/// Runs a script in every way in which code is translated.
#[track_caller]
fn run_script(name: &str, script: &str) {
    let modes: [fn(&mut Config); 6] = [
        |_| (),
        |config| {
            config.consume_fuel(true);
        },
        |config| {
            config.epoch_interruption(true);
        },
        |config| {
            config.compilation_mode(CompilationMode::Lazy);
        },
        |config| {
            config.gc_zeal_alloc_counter(NonZeroU32::new(1)).expect("there is a collector");
        },
        |config| {
            config.gc_zeal_alloc_counter(NonZeroU32::new(1)).expect("there is a collector");
            config.consume_fuel(true).epoch_interruption(true);
        },
    ];
    for set in modes {
        let report = Runner::new(&engine(set)).run(name, script);
        assert!(report.failures.is_empty() && report.passed > 0, "{:#?}", report.failures);
    }
}

#[test]
fn legacy_blocks() {
    run_script("legacy.wast", include_str!("legacy.wast"));
}

#[test]
fn handlers_find_what_was_there() {
    run_script("locals.wast", include_str!("locals.wast"));
}

#[test]
fn references_to_exceptions() {
    run_script("references.wast", include_str!("references.wast"));
}

#[test]
fn tags_are_of_instances() {
    run_script("tags.wast", include_str!("tags.wast"));
}
