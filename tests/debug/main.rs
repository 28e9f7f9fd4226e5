//! Backtraces with lines of the source. The guest is C++ with debug information: see `build.sh`.

use std::process::Command;

use wasmote::*;

const GUEST: &[u8] = include_bytes!("guest.wasm");

fn engine(details: WasmBacktraceDetails) -> Result<Engine> {
    let mut config = Config::new();
    config.wasm_backtrace_details(details);
    Engine::new(&config)
}

/// The error of calling an export of a module.
fn trap(module: &Module, export: &str, args: &[i32]) -> Result<Error> {
    let mut store = Store::new(module.engine(), ());
    let instance = Instance::new(&mut store, module, &[])?;
    let func = instance.get_func(&mut store, export).expect("it is exported");
    let args: Vec<Val> = args.iter().copied().map(Val::I32).collect();
    let mut results = vec![Val::I32(0); func.ty(&store).results().len()];
    Ok(func.call(&mut store, &args, &mut results).expect_err("it traps"))
}

fn backtrace(error: &Error) -> &WasmBacktrace {
    error.downcast_ref().expect("there is a backtrace")
}

/// Without the offsets of the instructions.
fn shown(error: &Error) -> String {
    let text = backtrace(error).to_string();
    let line = |line: &str| match line.split_once(": ") {
        Some((number, rest)) => format!("{number}: {}\n", rest.split_once(" - ").unwrap().1),
        None => format!("{line}\n"),
    };
    text.lines().skip(1).map(line).collect()
}

#[test]
fn a_backtrace_names_files_and_lines() -> Result<()> {
    let module = Module::new(&engine(WasmBacktraceDetails::Enable)?, GUEST)?;
    let error = trap(&module, "area", &[-1])?;
    let lines = "    \
    0: shape::checked(int)
                    at /guest/./shape.h:15:9
                - shape::Box::area() const
                    at /guest/guest.cpp:7
    1: twice(int)
                    at /guest/guest.cpp:19:20
                - area
                    at /guest/guest.cpp:23:16
";
    assert_eq!(shown(&error), lines);
    let symbols = backtrace(&error).frames()[0].symbols();
    assert_eq!(symbols[0].name(), Some("_ZN5shape7checkedEi"));
    assert_eq!(symbols[1].file(), Some("/guest/guest.cpp"));
    assert_eq!((symbols[0].line(), symbols[0].column()), (Some(15), Some(9)));

    let error = trap(&module, "ratio", &[1, 0])?;
    let lines = "    \
    0: int shape::divide<int>(int, int)
                    at /guest/guest.cpp:12:14
    1: ratio
                    at /guest/guest.cpp:27:16
";
    assert_eq!(shown(&error), lines);
    Ok(())
}

#[test]
fn without_details_there_are_only_names() -> Result<()> {
    let module = Module::new(&engine(WasmBacktraceDetails::Disable)?, GUEST)?;
    let error = trap(&module, "ratio", &[1, 0])?;
    assert_eq!(
        shown(&error),
        "    0: guest.wasm!int shape::divide<int>(int, int)\n    1: guest.wasm!ratio\n"
    );
    assert!(backtrace(&error).frames().iter().all(|frame| frame.symbols().is_empty()));
    Ok(())
}

#[test]
fn frames_of_several_modules_have_lines_where_there_is_debug_information() -> Result<()> {
    let engine = engine(WasmBacktraceDetails::Enable)?;
    let mut linker = Linker::new(&engine);
    let mut store = Store::new(&engine, ());
    linker.module(&mut store, "guest", &Module::new(&engine, GUEST)?)?;
    let outer = r#"(module $outer (import "guest" "ratio" (func $ratio (param i32 i32) (result i32)))
        (func $run (export "run") (drop (call $ratio (i32.const 1) (i32.const 0)))))"#;
    let outer = linker.instantiate(&mut store, &Module::new(&engine, outer)?)?;
    let run = outer.get_typed_func::<(), ()>(&mut store, "run")?;
    let error = run.call(&mut store, ()).unwrap_err();
    let symbols = backtrace(&error).frames().iter().map(|frame| frame.symbols().len());
    assert_eq!(symbols.collect::<Vec<_>>(), [1, 1, 0]);
    assert!(shown(&error).ends_with("    2: outer!run\n"));
    Ok(())
}

#[test]
fn the_environment_decides_and_is_hinted_at() -> Result<()> {
    const CHILD: &str = "WASMOTE_TEST_CHILD";
    if std::env::var_os(CHILD).is_some() {
        let module = Module::new(&Engine::default(), GUEST)?;
        println!("{}", backtrace(&trap(&module, "ratio", &[1, 0])?));
        return Ok(());
    }
    let hint = "\nnote: using the `WASMTIME_BACKTRACE_DETAILS=1` environment variable may show more debugging information\n";
    for (value, has_lines) in [(None, false), (Some("0"), false), (Some("1"), true)] {
        let mut child = Command::new(std::env::current_exe()?);
        child.args(["--nocapture", "the_environment_decides"]).env(CHILD, "1");
        match value {
            Some(value) => child.env("WASMTIME_BACKTRACE_DETAILS", value),
            None => child.env_remove("WASMTIME_BACKTRACE_DETAILS"),
        };
        let text = String::from_utf8(child.output()?.stdout)?;
        assert_eq!(text.contains("at /guest/guest.cpp:27:16"), has_lines, "{text}");
        assert_eq!(text.contains(hint), !has_lines, "{text}");
    }
    // Nothing is hinted at where the embedder has decided, or there is nothing to show.
    let module = Module::new(&engine(WasmBacktraceDetails::Disable)?, GUEST)?;
    assert!(!trap(&module, "ratio", &[1, 0])?.to_string().contains("note:"));
    let module = Module::new(&Engine::default(), r#"(module (func (export "f") unreachable))"#)?;
    assert!(!trap(&module, "f", &[])?.to_string().contains("note:"));
    Ok(())
}
