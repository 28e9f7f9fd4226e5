//! Random valid modules on wasmote in several configurations, and on wasmi.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = wasmote_fuzz::differential(data);
});
