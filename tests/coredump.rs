//! Core dumps: what is in them, and that `wasmparser` reads what is written.

use std::collections::HashMap;

use wasmote::*;
use wasmparser::{
    CoreDumpInstancesSection, CoreDumpModulesSection, CoreDumpSection, CoreDumpStackSection,
    DataKind, KnownCustom, Operator, Parser, Payload,
};

fn config() -> Config {
    let mut config = Config::new();
    config.coredump_on_trap(true).shared_memory(true).wasm_custom_page_sizes(true);
    config
}

fn call(store: &mut Store<()>, instance: Instance, name: &str) -> Error {
    let func = instance.get_typed_func::<(), ()>(&mut *store, name).expect("it is exported");
    func.call(store, ()).expect_err("it traps")
}

/// The parts of a core dump.
#[derive(Default)]
struct Dump {
    name: String,
    modules: Vec<String>,
    /// Module, memories, globals.
    instances: Vec<(u32, Vec<u32>, Vec<u32>)>,
    /// Instance, function, offset.
    frames: Vec<(u32, u32, u32)>,
    /// Pages, and the bytes that are not zero.
    memories: Vec<(u64, HashMap<u64, u8>)>,
    /// What gives the values.
    globals: Vec<String>,
}

fn number(expr: &wasmparser::ConstExpr<'_>) -> u64 {
    match expr.get_operators_reader().read().expect("it is sound") {
        Operator::I32Const { value } => u64::from(value as u32),
        Operator::I64Const { value } => value as u64,
        other => panic!("an offset is no {other:?}"),
    }
}

/// Reads a core dump, which is valid.
fn parse(bytes: &[u8]) -> Result<Dump> {
    let features = wasmparser::WasmFeatures::all();
    wasmparser::Validator::new_with_features(features).validate_all(bytes)?;
    let mut dump = Dump::default();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::MemorySection(section) => {
                for ty in section {
                    dump.memories.push((ty?.initial, HashMap::new()));
                }
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    let global = global?;
                    let init = global.init_expr.get_operators_reader().read()?;
                    dump.globals.push(format!("{}: {init:?}", global.ty.content_type));
                }
            }
            Payload::DataSection(section) => {
                for data in section {
                    let data = data?;
                    let DataKind::Active { memory_index, offset_expr } = data.kind else {
                        panic!("the segments are active");
                    };
                    let bytes = (number(&offset_expr)..).zip(data.data.iter().copied());
                    dump.memories[memory_index as usize]
                        .1
                        .extend(bytes.filter(|(_, byte)| *byte != 0));
                }
            }
            Payload::CustomSection(section) => match section.as_known() {
                KnownCustom::CoreDump(CoreDumpSection { name }) => dump.name = name.to_owned(),
                KnownCustom::CoreDumpModules(CoreDumpModulesSection { modules }) => {
                    dump.modules = modules.into_iter().map(str::to_owned).collect();
                }
                KnownCustom::CoreDumpInstances(CoreDumpInstancesSection { instances }) => {
                    let instances = instances.into_iter();
                    dump.instances =
                        instances.map(|i| (i.module_index, i.memories, i.globals)).collect();
                }
                KnownCustom::CoreDumpStack(CoreDumpStackSection { name, frames }) => {
                    assert_eq!(name, "main");
                    let frames = frames.into_iter();
                    dump.frames =
                        frames.map(|f| (f.instanceidx, f.funcidx, f.codeoffset)).collect();
                }
                _ => {}
            },
            _ => {}
        }
    }
    Ok(dump)
}

#[test]
fn a_core_dump_has_everything_in_the_store() -> Result<()> {
    let engine = Engine::new(&config())?;
    let mut store = Store::new(&engine, ());
    let own = Global::new(
        &mut store,
        GlobalType::new(ValType::F32, Mutability::Const),
        Val::F32(2.5f32.to_bits()),
    )?;
    let library = Module::new(
        &engine,
        r#"(module $library
            (memory (export "memory") 2)
            (data (i32.const 65530) "abc")
            (global $calls (mut i64) (i64.const 0))
            (global $f funcref (ref.func $die))
            (func $die (export "die")
                (global.set $calls (i64.add (global.get $calls) (i64.const 1)))
                (i32.store8 (i32.const 7) (i32.const 9))
                unreachable))"#,
    )?;
    let main = r#"(module
        (import "library" "die" (func $die))
        (import "library" "memory" (memory 1))
        (import "host" "own" (global f32))
        (memory 1 1 shared)
        (memory i64 5000 (pagesize 1))
        (data (memory 2) (i64.const 4998) "yz")
        (global externref (ref.null extern))
        (global v128 (v128.const i64x2 1 2))
        (func (export "run") nop (call $die)))"#;
    let main = Module::new(&engine, main)?;
    // Two instances of one module: it is told which one the frames are of.
    Instance::new(&mut store, &library, &[])?;
    let library = Instance::new(&mut store, &library, &[])?;
    let mut linker = Linker::new(&engine);
    linker.instance(&mut store, "library", library)?.define(&store, "host", "own", own)?;
    let main = linker.instantiate(&mut store, &main)?;

    let error = call(&mut store, main, "run");
    assert_eq!(error.downcast_ref(), Some(&Trap::UnreachableCodeReached));
    assert!(error.is::<WasmBacktrace>());
    let dump = error.downcast_ref::<WasmCoreDump>().expect("it carries a core dump");
    assert_eq!(dump.frames().len(), 2);
    assert_eq!(dump.modules().len(), 2);
    assert_eq!(dump.instances().len(), 3);
    assert_eq!(dump.instances()[2], main);
    assert_eq!(dump.memories().len(), 3, "the shared one is not");
    assert_eq!(dump.globals().len(), 7);

    let read = parse(&dump.serialize(&mut store, "program.wasm"))?;
    assert_eq!(read.name, "program.wasm");
    assert_eq!(read.modules, ["library", "<anonymous-module-1>"]);
    assert_eq!(
        read.globals,
        [
            "f32: F32Const { value: Ieee32(1075838976) }",
            "i64: I64Const { value: 0 }",
            "funcref: RefNull { hty: Abstract { shared: false, ty: Func } }",
            "i64: I64Const { value: 1 }",
            "funcref: RefNull { hty: Abstract { shared: false, ty: Func } }",
            "externref: RefNull { hty: Abstract { shared: false, ty: Extern } }",
            "v128: V128Const { value: V128([1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]) }",
        ]
    );
    let data = |bytes: &[(u64, u8)]| bytes.iter().copied().collect::<HashMap<u64, u8>>();
    let text = [(65530, b'a'), (65531, b'b'), (65532, b'c')];
    assert_eq!(
        read.memories,
        [
            (2, data(&text)),
            (2, data(&[&text[..], &[(7, 9)]].concat())),
            (5000, data(&[(4998, b'y'), (4999, b'z')])),
        ]
    );
    assert_eq!(
        read.instances,
        [(0, vec![0], vec![1, 2]), (0, vec![1], vec![3, 4]), (1, vec![1, 2], vec![0, 5, 6]),]
    );
    let offsets: Vec<_> = dump.frames().iter().map(|f| f.func_offset().unwrap() as u32).collect();
    assert_eq!(read.frames, [(1, 0, offsets[0]), (2, 1, offsets[1])]);
    Ok(())
}

#[test]
fn a_core_dump_is_shown() -> Result<()> {
    let engine = Engine::new(&config())?;
    let mut store = Store::new(&engine, ());
    let text = "(module $\"a\\0ab\" (memory 1) (func (export \"run\") unreachable))";
    let instance = Instance::new(&mut store, &Module::new(&engine, text)?, &[])?;
    let error = call(&mut store, instance, "run");
    let dump = error.downcast_ref::<WasmCoreDump>().expect("it carries a core dump");
    assert_eq!(format!("{dump:?}"), "<wasm core dump>");
    let expected = format!(
        "wasm coredump generated while executing store_name:\nmodules:\n  a\\nb\ninstances:\n  {instance:?}\nmemories:\n  \
         {:?}\nglobals:\nbacktrace:\n{}",
        dump.memories()[0],
        error.downcast_ref::<WasmBacktrace>().unwrap(),
    );
    assert_eq!(dump.to_string(), expected);
    assert_eq!(error.to_string(), expected, "it is the outermost context");
    Ok(())
}

#[test]
fn there_is_one_core_dump_and_only_if_it_is_wanted() -> Result<()> {
    for wanted in [true, false] {
        let mut config = config();
        config.coredump_on_trap(wanted).wasm_backtrace_max_frames(None);
        let engine = Engine::new(&config)?;
        let mut store = Store::new(&engine, ());
        let inner = r#"(module (func (export "run") unreachable))"#;
        let inner = Instance::new(&mut store, &Module::new(&engine, inner)?, &[])?;
        let run = inner.get_typed_func::<(), ()>(&mut store, "run")?;
        let again = Func::wrap(&mut store, move |mut caller: Caller<'_, ()>| -> Result<()> {
            run.call(&mut caller, ())
        });
        let outer = r#"(module (import "" "" (func $f)) (func (export "run") (call $f)))"#;
        let outer = Instance::new(&mut store, &Module::new(&engine, outer)?, &[again.into()])?;
        let error = call(&mut store, outer, "run");
        let dumps = error.chain().filter(|error| error.to_string().starts_with("wasm coredump"));
        assert_eq!(dumps.count(), usize::from(wanted));
        assert!(!error.is::<WasmBacktrace>());
        if let Some(dump) = error.downcast_ref::<WasmCoreDump>() {
            assert!(dump.frames().is_empty(), "there are no backtraces");
            assert!(parse(&dump.serialize(&mut store, ""))?.frames.is_empty());
        }
    }
    Ok(())
}
