//! Programs that compilers made from other languages, which use objects, function references and exceptions: they print what
//! they print on V8. `build.sh` says how they are made; their sources are beside it.

#![cfg(all(feature = "gc", feature = "metering"))]

mod packages;

use wasmote::*;

/// What a program has printed.
type Output = Vec<u8>;

/// The functions of WASI that the programs call: text is printed to a buffer, and that is no terminal.
fn wasi(linker: &mut Linker<Output>) -> Result<()> {
    const BAD_FILE_DESCRIPTOR: i32 = 8;
    let module = "wasi_snapshot_preview1";
    linker.func_wrap(module, "fd_fdstat_get", |_: i32, _: i32| BAD_FILE_DESCRIPTOR)?;
    linker.func_wrap(
        module,
        "fd_write",
        |mut caller: Caller<'_, Output>,
         _: i32,
         at: u32,
         count: u32,
         written: u32|
         -> Result<i32> {
            let memory = memory(&mut caller);
            let (bytes, output) = memory.data_and_store_mut(&mut caller);
            let word = |at: u32| {
                let bytes = bytes[at as usize..][..4].try_into().expect("four bytes");
                u32::from_le_bytes(bytes) as usize
            };
            let mut sum = 0_usize;
            for buffer in (at..).step_by(8).take(count as usize) {
                let text = &bytes[word(buffer)..][..word(buffer + 4)];
                output.extend_from_slice(text);
                sum += text.len();
            }
            memory.write(&mut caller, written as usize, &(sum as u32).to_le_bytes())?;
            Ok(0)
        },
    )?;
    Ok(())
}

/// What p2w's programs import: printing, and floats as text. All else is for browsers.
fn python(linker: &mut Linker<Output>) -> Result<()> {
    fn print(mut caller: Caller<'_, Output>, text: &str) {
        caller.data_mut().extend_from_slice(text.as_bytes());
    }
    linker.func_wrap("env", "write_char", |mut caller: Caller<'_, Output>, byte: i32| {
        caller.data_mut().push(byte as u8);
    })?;
    linker.func_wrap("env", "write_i32", |caller: Caller<'_, Output>, value: i32| {
        print(caller, &value.to_string());
    })?;
    linker.func_wrap("env", "write_i64", |caller: Caller<'_, Output>, value: i64| {
        print(caller, &value.to_string());
    })?;
    linker.func_wrap("env", "write_f64", |caller: Caller<'_, Output>, value: f64| {
        print(caller, &format!("{value:?}"));
    })?;
    linker.func_wrap(
        "env",
        "f64_to_string",
        |mut caller: Caller<'_, Output>, value: f64, at: u32| -> Result<u32> {
            let text = format!("{value:?}");
            memory(&mut caller).write(&mut caller, at as usize, text.as_bytes())?;
            Ok(text.len() as u32)
        },
    )?;
    Ok(())
}

/// The memory that the caller exports.
fn memory(caller: &mut Caller<'_, Output>) -> Memory {
    caller.get_export("memory").and_then(Extern::into_memory).expect("programs export their memory")
}

/// Instantiates `wasm` with `imports`, and traps for the imports that it never calls.
fn instantiate(
    config: &Config,
    wasm: &[u8],
    imports: fn(&mut Linker<Output>) -> Result<()>,
) -> Result<(Store<Output>, Instance)> {
    let engine = Engine::new(config)?;
    let module = Module::new(&engine, wasm)?;
    let mut store = Store::new(&engine, Output::new());
    store.set_epoch_deadline(1);
    // Without fuel in the configuration there is none to set.
    let _ = store.set_fuel(u64::MAX);
    let mut linker = Linker::new(&engine);
    imports(&mut linker)?;
    linker.define_unknown_imports_as_traps(&module)?;
    let instance = linker.instantiate(&mut store, &module)?;
    Ok((store, instance))
}

/// What makes an engine of a certain kind.
type Change = fn(&mut Config) -> &mut Config;

/// Asserts that `run` prints `expected` on engines of all kinds.
fn assert_prints(expected: &str, run: impl Fn(&Config) -> Result<String>) {
    let changes: [(&str, Change); 4] = [
        ("eager", |config| config.compilation_mode(CompilationMode::Eager)),
        ("lazy", |config| config.compilation_mode(CompilationMode::Lazy)),
        ("epochs", |config| config.epoch_interruption(true)),
        ("fuel", |config| config.consume_fuel(true)),
    ];
    for (name, change) in changes {
        let mut config = Config::new();
        let output = run(change(&mut config)).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(output, expected, "{name}");
    }
}

/// Runs the export `_start`.
fn start<R: WasmResults>(
    config: &Config,
    wasm: &[u8],
    imports: fn(&mut Linker<Output>) -> Result<()>,
) -> Result<String> {
    let (mut store, instance) = instantiate(config, wasm, imports)?;
    instance.get_typed_func::<(), R>(&mut store, "_start")?.call(&mut store, ())?;
    Ok(String::from_utf8(store.into_data())?)
}

/// Runs a program that has its output in its memory.
fn run(config: &Config, wasm: &[u8]) -> Result<String> {
    let (mut store, instance) = instantiate(config, wasm, |_| Ok(()))?;
    let mut call = |name: &str| {
        let func = instance.get_typed_func::<(), u32>(&mut store, name)?;
        func.call(&mut store, ())
    };
    let (at, length) = (call("run")?, call("length")?);
    let memory = instance.get_memory(&mut store, "memory").expect("the memory is exported");
    Ok(str::from_utf8(&memory.data(&store)[at as usize..][..length as usize])?.to_owned())
}

#[test]
fn kotlin() {
    let wasm = include_bytes!("wasm/kotlin.wasm");
    assert_prints(include_str!("expected/kotlin.txt"), |config| start::<()>(config, wasm, wasi));
}

#[test]
fn python_by_p2w() {
    let wasm = include_bytes!("wasm/python.wasm");
    assert_prints(include_str!("expected/python.txt"), |config| start::<i32>(config, wasm, python));
}

#[test]
fn rust_that_unwinds() {
    let wasm = include_bytes!("wasm/rust.wasm");
    assert_prints(include_str!("expected/rust.txt"), |config| run(config, wasm));
}

#[test]
fn rust_that_unwinds_by_legacy_exceptions() {
    let wasm = include_bytes!("wasm/rust-legacy.wasm");
    assert_prints(include_str!("expected/rust.txt"), |config| run(config, wasm));
}

#[test]
fn cpp() {
    let wasm = include_bytes!("wasm/cpp.wasm");
    assert_prints(include_str!("expected/cpp.txt"), |config| start::<()>(config, wasm, wasi));
}
