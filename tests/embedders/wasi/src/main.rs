//! wasi-common runs a program of WASI preview 1, through the bindings that wiggle generates.

use wasi_common::pipe::{ReadPipe, WritePipe};
use wasi_common::sync::WasiCtxBuilder;
use wasi_common::{I32Exit, WasiCtx};
use wasmtime::{Engine, Linker, Module, Store};

/// Prints its second argument and what it reads, then exits with the number of arguments.
const GUEST: &str = r#"(module
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 16) ", ")

    (func $check (param $errno i32)
        (if (local.get $errno) (then unreachable)))
    (func $print (param $at i32) (param $length i32)
        (i32.store (i32.const 0) (local.get $at))
        (i32.store (i32.const 4) (local.get $length))
        (call $check (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
    (func $end_of_string (param $at i32) (result i32)
        (loop $again
            (if (i32.load8_u (local.get $at))
                (then
                    (local.set $at (i32.add (local.get $at) (i32.const 1)))
                    (br $again))))
        (local.get $at))

    (func (export "_start") (local $argument i32)
        ;; Their number at 20, their size at 24, the pointers from 1024, the strings from 2048.
        (call $check (call $args_sizes_get (i32.const 20) (i32.const 24)))
        (call $check (call $args_get (i32.const 1024) (i32.const 2048)))
        (local.set $argument (i32.load (i32.const 1028)))
        (call $print
            (local.get $argument)
            (i32.sub (call $end_of_string (local.get $argument)) (local.get $argument)))
        (call $print (i32.const 16) (i32.const 2))

        (i32.store (i32.const 0) (i32.const 4096))
        (i32.store (i32.const 4) (i32.const 100))
        (call $check (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        (call $print (i32.const 4096) (i32.load (i32.const 8)))

        (call $check (call $clock_time_get (i32.const 1) (i64.const 1) (i32.const 32)))
        (call $proc_exit (i32.load (i32.const 20)))))"#;

fn main() -> anyhow::Result<()> {
    let engine = Engine::default();
    let module = Module::new(&engine, GUEST)?;
    let mut linker = Linker::<WasiCtx>::new(&engine);
    wasi_common::sync::add_to_linker(&mut linker, |context| context)?;

    let stdout = WritePipe::new_in_memory();
    let context = WasiCtxBuilder::new()
        .args(&["program".to_string(), "hello".to_string()])?
        .stdin(Box::new(ReadPipe::from("world\n")))
        .stdout(Box::new(stdout.clone()))
        .build();
    let mut store = Store::new(&engine, context);
    store.set_hostcall_fuel(1 << 20);
    linker.module(&mut store, "", &module)?;
    let start = linker.get_default(&mut store, "")?.typed::<(), ()>(&store)?;
    let exit = start.call(&mut store, ()).unwrap_err();
    let exit = exit.downcast_ref::<I32Exit>().expect("the program exits").0;
    drop(store);

    let printed = stdout.try_into_inner().expect("the store is gone").into_inner();
    let printed = String::from_utf8(printed)?;
    print!("exit {exit}, printed: {printed}");
    assert_eq!((exit, printed.as_str()), (2, "hello, world\n"));
    Ok(())
}
