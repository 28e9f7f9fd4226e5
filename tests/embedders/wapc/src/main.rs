//! waPC's provider for wasmtime: guests and their host exchange named operations and bytes.

use std::error::Error;

use wapc::WapcHost;
use wasmtime_provider::WasmtimeEngineProviderBuilder;

/// Hands each request to the host under the name `upper`, and returns the host's answer; traps on empty requests.
const GUEST: &str = r#"(module
    (import "wapc" "__guest_request" (func $request (param i32 i32)))
    (import "wapc" "__guest_response" (func $respond (param i32 i32)))
    (import "wapc" "__host_call" (func $call (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wapc" "__host_response_len" (func $response_length (result i32)))
    (import "wapc" "__host_response" (func $response (param i32)))
    (import "wapc" "__console_log" (func $log (param i32 i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "bindingtextupper")
    (func (export "__guest_call") (param $operation_length i32) (param $length i32) (result i32)
        (call $request (i32.const 256) (i32.const 512))
        (if (i32.eqz (local.get $length)) (then unreachable))
        (call $log (i32.const 256) (local.get $operation_length))
        (drop (call $call
            (i32.const 0) (i32.const 7)
            (i32.const 7) (i32.const 4)
            (i32.const 11) (i32.const 5)
            (i32.const 512) (local.get $length)))
        (call $response (i32.const 1024))
        (call $respond (i32.const 1024) (call $response_length))
        (i32.const 1)))"#;

fn main() -> Result<(), Box<dyn Error>> {
    let wasm = wat::parse_str(GUEST)?;
    let provider = WasmtimeEngineProviderBuilder::new().module_bytes(&wasm).build()?;
    let host = WapcHost::new(
        Box::new(provider),
        Some(Box::new(|_, binding, namespace, operation, payload| {
            assert_eq!((binding, namespace, operation), ("binding", "text", "upper"));
            Ok(payload.to_ascii_uppercase())
        })),
    )?;
    let answer = String::from_utf8(host.call("shout", b"hello")?)?;
    println!("answer: {answer}");
    assert_eq!(answer, "HELLO");
    let error = host.call("shout", b"").unwrap_err();
    println!("error: {error}");
    assert!(error.to_string().contains("error while executing at wasm backtrace"), "{error}");
    Ok(())
}
