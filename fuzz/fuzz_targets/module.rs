//! Arbitrary bytes as modules.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    wasmote_fuzz::module(data);
});
