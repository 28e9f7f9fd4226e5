//! Options of the configuration that mean something, or are refused.

use wasmtime::*;

use crate::report::{Report, engine, module};

pub(super) fn run(report: &mut Report) {
    refused(report);
    without_compiler(report);
    memories(report);
    features(report);
}

/// What `Engine::new` says.
fn refused(report: &mut Report) {
    let mut new = |label: &str, configure: &dyn Fn(&mut Config)| {
        let mut config = Config::new();
        configure(&mut config);
        report.outcome(label, Engine::new(&config));
    };
    new("a stack of 0 bytes", &|config| _ = config.max_wasm_stack(0));
    new("a stack larger than that of futures", &|config| {
        _ = config.max_wasm_stack(4 << 20).async_stack_size(2 << 20)
    });
    new("a memory of 4 GiB that may not move", &|config| _ = config.memory_may_move(false));
    new("no reservation", &|config| _ = config.memory_reservation(0));
    new("threads without bulk memory", &|config| {
        _ = config.wasm_bulk_memory(false).wasm_reference_types(true)
    });
    new("relaxed vectors without vectors", &|config| {
        _ = config.wasm_simd(false).wasm_relaxed_simd(true)
    });
    new("function references without references", &|config| {
        _ = config.wasm_reference_types(false).wasm_function_references(true);
    });
    new("objects without function references", &|config| {
        _ = config.wasm_function_references(false).wasm_gc(true)
    });
    new("frames of backtraces", &|config| _ = config.wasm_backtrace_max_frames(None));
    new("shared memories", &|config| _ = config.shared_memory(true));
    let mut config = Config::new();
    report.outcome("a target that does not exist", config.target("nothing"));
}

fn without_compiler(report: &mut Report) {
    let off = engine(|config| _ = config.enable_compiler(false));
    report.outcome("no compiler: Module::new", Module::new(&off, "(module)"));
    report.outcome("no compiler: Module::new of nonsense", Module::new(&off, "(mod"));
    report.outcome("no compiler: Module::validate", Module::validate(&off, b"\0asm\x01\0\0\0"));
    let other = if cfg!(target_arch = "x86_64") {
        "aarch64-unknown-linux-gnu"
    } else {
        "x86_64-unknown-linux-gnu"
    };
    for compiler in [true, false] {
        let mut config = Config::new();
        report.outcome(format!("target: another, compiler {compiler}"), config.target(other));
        config.enable_compiler(compiler);
        let engine = Engine::new(&config);
        let module = engine.and_then(|engine| Module::new(&engine, "(module)"));
        report.outcome(format!("target: Module::new, compiler {compiler}"), module);
    }
}

fn memories(report: &mut Report) {
    let text = r#"(module (memory (export "memory") 1) (func (export "grow") (param i32) (result i32)
        (memory.grow (local.get 0))))"#;
    let page = 1 << 16;
    let fixed = engine(|config| _ = config.memory_reservation(4 * page).memory_may_move(false));
    let mut store = Store::new(&fixed, ());
    let instance = Instance::new(&mut store, &module(&fixed, text), &[]).expect("one page fits");
    let memory = instance.get_memory(&mut store, "memory").expect("it is exported");
    let grow = instance.get_typed_func::<i32, i32>(&mut store, "grow").expect("it is exported");
    for delta in [1, 2, 1] {
        report.result(
            format!("reserved: grow by {delta} to {}", memory.size(&store) + delta as u64),
            grow.call(&mut store, delta),
        );
    }
    report.result("reserved: the host grows", memory.grow(&mut store, 1));
    report.see("reserved: size", memory.size(&store));
    report.outcome("reserved: a larger memory", Memory::new(&mut store, MemoryType::new(5, None)));
    let larger = module(&fixed, "(module (memory 5))");
    report.outcome("reserved: a module with a larger one", Instance::new(&mut store, &larger, &[]));

    let growing =
        engine(|config| _ = config.memory_reservation(0).memory_reservation_for_growth(16 * page));
    let mut store = Store::new(&growing, ());
    let memory = Memory::new(&mut store, MemoryType::new(1, None)).expect("one page fits");
    let before = memory.data_ptr(&store);
    for size in [2, 8, 17] {
        let delta = size - memory.size(&store);
        report.outcome(format!("for growth: to {size}"), memory.grow(&mut store, delta));
        report.see(format!("for growth: stays at {size}"), before == memory.data_ptr(&store));
    }
    let fixed =
        engine(|config| _ = config.memory_reservation(16 * page).memory_reservation_for_growth(0));
    let mut store = Store::new(&fixed, ());
    let memory = Memory::new(&mut store, MemoryType::new(1, None)).expect("one page fits");
    let before = memory.data_ptr(&store);
    memory.grow(&mut store, 15).expect("the reservation has room");
    report.see("a reservation: stays at 16", before == memory.data_ptr(&store));
    report.outcome("a reservation: may move at 17", memory.grow(&mut store, 1));
}

/// A module of each proposal, with the proposal off, and by default.
fn features(report: &mut Report) {
    type Switch = fn(&mut Config) -> &mut Config;
    let proposals: [(&str, Switch, &str); 15] = [
        ("threads", |config| config.wasm_threads(false), "(module (memory 1 2 shared))"),
        (
            "reference types",
            |config| {
                config.wasm_reference_types(false).wasm_gc(false).wasm_function_references(false)
            },
            "(module (table 1 externref))",
        ),
        (
            "function references",
            |config| config.wasm_function_references(false).wasm_gc(false),
            "(module (type $f (func)) (global (ref null $f) (ref.null $f)))",
        ),
        (
            "vectors",
            |config| config.wasm_simd(false).wasm_relaxed_simd(false),
            "(module (func (param v128)))",
        ),
        (
            "relaxed vectors",
            |config| config.wasm_relaxed_simd(false),
            "(module (func (param v128) (result v128) local.get 0 local.get 0 i8x16.relaxed_swizzle))",
        ),
        (
            "bulk memory",
            |config| {
                config
                    .wasm_bulk_memory(false)
                    .wasm_reference_types(false)
                    .wasm_function_references(false)
                    .wasm_gc(false)
            },
            "(module (memory 1) (func i32.const 0 i32.const 0 i32.const 0 memory.fill))",
        ),
        (
            "several values",
            |config| config.wasm_multi_value(false),
            "(module (func (result i32 i32) unreachable))",
        ),
        (
            "several memories",
            |config| config.wasm_multi_memory(false),
            "(module (memory 1) (memory 1))",
        ),
        ("64-bit memories", |config| config.wasm_memory64(false), "(module (memory i64 1))"),
        ("tail calls", |config| config.wasm_tail_call(false), "(module (func $f return_call $f))"),
        (
            "extended constants",
            |config| config.wasm_extended_const(false),
            "(module (global i32 i32.const 1 i32.const 2 i32.add))",
        ),
        (
            "page sizes",
            |config| config.wasm_custom_page_sizes(false),
            "(module (memory 1 (pagesize 1)))",
        ),
        (
            "wide arithmetic",
            |config| config.wasm_wide_arithmetic(false),
            "(module (func (param i64 i64) (result i64 i64) local.get 0 local.get 1 i64.mul_wide_u))",
        ),
        ("exceptions", |config| config.wasm_exceptions(false), "(module (tag))"),
        ("objects", |config| config.wasm_gc(false), "(module (type (struct)))"),
    ];
    for (name, switch, text) in proposals {
        report.outcome(format!("{name}: by default"), Module::new(&Engine::default(), text));
        let mut config = Config::new();
        switch(&mut config);
        match Engine::new(&config) {
            Ok(engine) => report.outcome(format!("{name}: off"), Module::new(&engine, text)),
            Err(error) => report.see(format!("{name}: off"), format!("{error:?}")),
        }
    }
}
