//! The API in any order.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = wasmote_fuzz::api(data);
});
