//! opa-wasm evaluates a policy of the Open Policy Agent, with an asynchronous builtin function of the host.

use std::collections::HashSet;

use opa_wasm::Runtime;
use wasmtime::{Engine, Module, Store};

/// A policy whose result is its input in hexadecimal. Its values are their own JSON text.
const POLICY: &str = r#"(module
    (import "env" "memory" (memory 2))
    (import "env" "opa_builtin1" (func $builtin (param i32 i32 i32) (result i32)))
    (global (export "opa_wasm_abi_version") i32 (i32.const 1))
    (global (export "opa_wasm_abi_minor_version") i32 (i32.const 3))
    (global $heap (mut i32) (i32.const 1024))
    (data (i32.const 16) "{\"policy\": 0}\00")
    (data (i32.const 48) "{\"hex.encode\": 7}\00")
    (data (i32.const 80) "[{\"result\":")
    (data (i32.const 96) "}]\00")

    (func (export "entrypoints") (result i32) (i32.const 16))
    (func (export "builtins") (result i32) (i32.const 48))

    (func $malloc (export "opa_malloc") (param $size i32) (result i32)
        (global.get $heap)
        (global.set $heap (i32.add (global.get $heap) (local.get $size))))
    (func (export "opa_free") (param i32))
    (func (export "opa_heap_ptr_get") (result i32) (global.get $heap))
    (func (export "opa_heap_ptr_set") (param i32) (global.set $heap (local.get 0)))

    ;; Appends bytes to the heap.
    (func $append (param $at i32) (param $length i32)
        (memory.copy (call $malloc (local.get $length)) (local.get $at) (local.get $length)))
    (func $parse (export "opa_json_parse") (param $at i32) (param $length i32) (result i32)
        (global.get $heap)
        (call $append (local.get $at) (local.get $length))
        (i32.store8 (call $malloc (i32.const 1)) (i32.const 0)))
    (func (export "opa_json_dump") (param i32) (result i32) (local.get 0))
    (func $length (param $at i32) (result i32) (local $end i32)
        (local.set $end (local.get $at))
        (loop $again
            (if (i32.load8_u (local.get $end))
                (then
                    (local.set $end (i32.add (local.get $end) (i32.const 1)))
                    (br $again))))
        (i32.sub (local.get $end) (local.get $at)))

    (func (export "opa_eval")
        (param $reserved i32) (param $entrypoint i32) (param $data i32)
        (param $input i32) (param $length i32) (param $heap i32) (param $format i32) (result i32)
        (local $value i32)
        (global.set $heap (local.get $heap))
        (local.set $value
            (call $builtin (i32.const 7) (i32.const 0) (call $parse (local.get $input) (local.get $length))))
        (global.get $heap)
        (call $append (i32.const 80) (i32.const 11))
        (call $append (local.get $value) (call $length (local.get $value)))
        (call $append (i32.const 96) (i32.const 3)))

    ;; The slow way to evaluate, which hosts of this version do not take.
    (func (export "eval") (param i32) (result i32) unreachable)
    (func (export "opa_eval_ctx_new") (result i32) unreachable)
    (func (export "opa_eval_ctx_set_input") (param i32 i32) unreachable)
    (func (export "opa_eval_ctx_set_data") (param i32 i32) unreachable)
    (func (export "opa_eval_ctx_set_entrypoint") (param i32 i32) unreachable)
    (func (export "opa_eval_ctx_get_result") (param i32) (result i32) unreachable))"#;

#[pollster::main]
async fn main() -> anyhow::Result<()> {
    let engine = Engine::default();
    let module = Module::new(&engine, POLICY)?;
    let mut store = Store::new(&engine, ());
    let runtime = Runtime::new(&mut store, &module).await?;
    assert_eq!(runtime.entrypoints(), HashSet::from(["policy"]));
    let policy = runtime.without_data(&mut store).await?;
    for (input, expected) in [("hello", "68656c6c6f"), ("", ""), ("OPA", "4f5041")] {
        let result: serde_json::Value = policy.evaluate(&mut store, "policy", &input).await?;
        println!("{input:?}: {result}");
        assert_eq!(result, serde_json::json!([{ "result": expected }]));
    }
    // The builtin takes a string: its error ends the evaluation.
    let error =
        policy.evaluate::<_, serde_json::Value, _>(&mut store, "policy", &1).await.unwrap_err();
    println!("1: {error:#}");
    assert!(error.chain().any(|cause| cause.to_string() == "failed to convert first argument"));
    Ok(())
}
