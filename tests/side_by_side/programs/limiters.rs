//! What resource limiters are asked, and told.

use std::fmt::Display;

use wasmtime::*;

use crate::report::{Report, module};

/// A limiter that notes each call and refuses what is larger than a limit.
#[derive(Default)]
struct Noting {
    calls: Vec<String>,
    limit: usize,
    /// Whether a refusal is an error.
    error: bool,
    counts: Option<usize>,
}

impl Noting {
    fn answer(&self, desired: usize) -> Result<bool> {
        match desired <= self.limit {
            false if self.error => Err(Error::msg("the limiter refuses")),
            fits => Ok(fits),
        }
    }
}

impl ResourceLimiter for Noting {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool> {
        self.calls.push(format!("memory_growing({current}, {desired}, {maximum:?})"));
        self.answer(desired)
    }
    fn memory_grow_failed(&mut self, error: Error) -> Result<()> {
        self.calls.push(format!("memory_grow_failed({error})"));
        Ok(())
    }
    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool> {
        self.calls.push(format!("table_growing({current}, {desired}, {maximum:?})"));
        self.answer(desired)
    }
    fn table_grow_failed(&mut self, error: Error) -> Result<()> {
        self.calls.push(format!("table_grow_failed({error})"));
        Ok(())
    }
    fn instances(&self) -> usize {
        self.counts.unwrap_or(10_000)
    }
    fn tables(&self) -> usize {
        self.counts.unwrap_or(10_000)
    }
    fn memories(&self) -> usize {
        self.counts.unwrap_or(10_000)
    }
}

fn store(engine: &Engine, limiter: Noting) -> Store<Noting> {
    let mut store = Store::new(engine, limiter);
    store.limiter(|data| data);
    store
}

/// What an action gives, and the calls meanwhile.
fn note(report: &mut Report, label: &str, store: &mut Store<Noting>, mut result: String) {
    for call in store.data_mut().calls.drain(..) {
        result += &format!("\n{call}");
    }
    report.see(label, result);
}

/// Whether an action went well.
fn outcome<V>(result: &Result<V>) -> String {
    result.as_ref().map_or_else(|error| format!("{error:?}"), |_| "ok".into())
}

/// A size before growth.
fn size(result: Result<u64>) -> String {
    result.map_or_else(|error| format!("{error:?}"), |old| old.to_string())
}

/// What a guest returns, or the cause of its trap.
fn guest<V: Display>(result: Result<V>) -> String {
    result.map_or_else(|error| error.root_cause().to_string(), |old| old.to_string())
}

pub(super) fn run(report: &mut Report) {
    memories(report);
    tables(report);
    counts(report);
    limits(report);
}

const MEMORY: &str = r#"(module
    (memory (export "none") 1) (memory (export "some") 1 3)
    (memory (export "wide") i64 1) (memory (export "wide some") i64 1 3)
    (func (export "grow none") (param i32) (result i32) (memory.grow 0 (local.get 0)))
    (func (export "grow some") (param i32) (result i32) (memory.grow 1 (local.get 0)))
    (func (export "grow wide") (param i64) (result i64) (memory.grow 2 (local.get 0))))"#;

fn memories(report: &mut Report) {
    let engine = Engine::default();
    let text = module(&engine, MEMORY);
    for error in [false, true] {
        let how = if error { "erring" } else { "refusing" };
        let mut store = store(&engine, Noting { limit: 5 << 16, error, ..Noting::default() });
        let instance = Instance::new(&mut store, &text, &[]);
        note(report, &format!("memories, {how}: a module"), &mut store, outcome(&instance));
        let Ok(instance) = instance else { continue };
        for (name, deltas) in [("grow none", [0, 1, 100, -1]), ("grow some", [0, 1, 2, 100])] {
            let grow =
                instance.get_typed_func::<i32, i32>(&mut store, name).expect("it is exported");
            for delta in deltas {
                let result = grow.call(&mut store, delta);
                note(
                    report,
                    &format!("memories, {how}: {name} by {delta}"),
                    &mut store,
                    guest(result),
                );
            }
        }
        let grow =
            instance.get_typed_func::<i64, i64>(&mut store, "grow wide").expect("it is exported");
        for delta in [1, 1 << 48, -1] {
            let result = grow.call(&mut store, delta);
            note(
                report,
                &format!("memories, {how}: grow wide by {delta}"),
                &mut store,
                guest(result),
            );
        }
        for name in ["none", "some", "wide"] {
            let memory = instance.get_memory(&mut store, name).expect("it is exported");
            for delta in [0, 1, 2, 100, u64::MAX] {
                let result = memory.grow(&mut store, delta);
                note(
                    report,
                    &format!("memories, {how}: the host grows {name} by {delta}"),
                    &mut store,
                    size(result),
                );
            }
        }
        for (label, ty) in [
            ("5 pages", MemoryType::new(5, None)),
            ("6 pages", MemoryType::new(6, Some(7))),
            ("65536 pages", MemoryType::new(65536, None)),
            ("2^48 - 1 pages", MemoryType::new64((1 << 48) - 1, None)),
            ("2^47 pages", MemoryType::new64(1 << 47, None)),
        ] {
            let result = Memory::new(&mut store, ty);
            note(
                report,
                &format!("memories, {how}: Memory::new of {label}"),
                &mut store,
                outcome(&result),
            );
        }
        let large = module(&engine, "(module (memory 6))");
        let result = Instance::new(&mut store, &large, &[]);
        note(
            report,
            &format!("memories, {how}: a module with 6 pages"),
            &mut store,
            outcome(&result),
        );
    }
    let bytes = crate::report::engine(|config| _ = config.wasm_custom_page_sizes(true));
    let mut store = store(&bytes, Noting { limit: 100, ..Noting::default() });
    let ty =
        MemoryTypeBuilder::new().min(10).page_size_log2(0).build().expect("the type is possible");
    let memory = Memory::new(&mut store, ty);
    note(report, "memories: pages of a byte", &mut store, outcome(&memory));
    let memory = memory.expect("it is small");
    for delta in [90, 1, 1 << 32, u64::MAX] {
        let result = memory.grow(&mut store, delta);
        note(
            report,
            &format!("memories: the host grows by {delta} bytes"),
            &mut store,
            size(result),
        );
    }
}

fn tables(report: &mut Report) {
    let engine = Engine::default();
    let text = module(
        &engine,
        r#"(module (table (export "none") 1 funcref) (table (export "some") 1 3 externref)
            (table (export "wide") i64 1 funcref)
            (func (export "grow none") (param i32) (result i32) (table.grow 0 (ref.null func) (local.get 0)))
            (func (export "grow some") (param i32) (result i32) (table.grow 1 (ref.null extern) (local.get 0))))"#,
    );
    for error in [false, true] {
        let how = if error { "erring" } else { "refusing" };
        let mut store = store(&engine, Noting { limit: 5, error, ..Noting::default() });
        let instance = Instance::new(&mut store, &text, &[]);
        note(report, &format!("tables, {how}: a module"), &mut store, outcome(&instance));
        let Ok(instance) = instance else { continue };
        for (name, deltas) in [("grow none", [0, 1, 100, -1]), ("grow some", [0, 1, 2, 100])] {
            let grow =
                instance.get_typed_func::<i32, i32>(&mut store, name).expect("it is exported");
            for delta in deltas {
                let result = grow.call(&mut store, delta);
                note(
                    report,
                    &format!("tables, {how}: {name} by {delta}"),
                    &mut store,
                    guest(result),
                );
            }
        }
        for name in ["none", "some", "wide"] {
            let table = instance.get_table(&mut store, name).expect("it is exported");
            for delta in [0, 1, 2, 100, u64::MAX] {
                let null = Ref::null(table.ty(&store).element().heap_type());
                let result = table.grow(&mut store, delta, null);
                note(
                    report,
                    &format!("tables, {how}: the host grows {name} by {delta}"),
                    &mut store,
                    size(result),
                );
            }
        }
        for (label, ty) in [
            ("5 elements", TableType::new(RefType::FUNCREF, 5, None)),
            ("6 elements", TableType::new(RefType::FUNCREF, 6, Some(7))),
            ("6 elements, wide", TableType::new64(RefType::FUNCREF, 6, None)),
        ] {
            let result = Table::new(&mut store, ty, Ref::Func(None));
            note(
                report,
                &format!("tables, {how}: Table::new of {label}"),
                &mut store,
                outcome(&result),
            );
        }
        let large = module(&engine, "(module (table 6 funcref))");
        let result = Instance::new(&mut store, &large, &[]);
        note(
            report,
            &format!("tables, {how}: a module with 6 elements"),
            &mut store,
            outcome(&result),
        );
    }
}

/// `instances`, `tables` and `memories` count what modules make.
fn counts(report: &mut Report) {
    let engine = Engine::default();
    let limiter = || Noting { limit: usize::MAX, counts: Some(1), ..Noting::default() };
    let mut store = store(&engine, limiter());
    for n in 1..=3 {
        let result = Memory::new(&mut store, MemoryType::new(1, None));
        note(report, &format!("counts of 1: Memory::new {n}"), &mut store, outcome(&result));
        let result =
            Table::new(&mut store, TableType::new(RefType::FUNCREF, 1, None), Ref::Func(None));
        note(report, &format!("counts of 1: Table::new {n}"), &mut store, outcome(&result));
    }
    for (name, text) in [
        ("a memory", "(module (memory 1))"),
        ("a table", "(module (table 1 funcref))"),
        ("nothing", "(module)"),
        ("two memories", "(module (memory 1) (memory 1))"),
        ("two tables", "(module (table 1 funcref) (table 1 funcref))"),
    ] {
        let mut store = self::store(&engine, limiter());
        let module = module(&engine, text);
        for n in 1..=2 {
            let result = Instance::new(&mut store, &module, &[]);
            note(
                report,
                &format!("counts of 1: a module with {name} {n}"),
                &mut store,
                outcome(&result),
            );
        }
    }
}

/// The texts of `StoreLimits`.
fn limits(report: &mut Report) {
    let engine = Engine::default();
    let text = module(
        &engine,
        r#"(module (memory (export "memory") 1) (table (export "table") 1 funcref)
            (func (export "memory.grow") (param i32) (result i32) (memory.grow (local.get 0)))
            (func (export "table.grow") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))"#,
    );
    for trap in [false, true] {
        let how = if trap { "trapping" } else { "quiet" };
        let limits = StoreLimitsBuilder::new()
            .memory_size(2 << 16)
            .table_elements(2)
            .instances(2)
            .tables(2)
            .memories(2);
        let mut store = Store::new(&engine, limits.trap_on_grow_failure(trap).build());
        store.limiter(|limits| limits);
        let instance = Instance::new(&mut store, &text, &[]).expect("it is below the limits");
        for name in ["memory.grow", "table.grow"] {
            let grow =
                instance.get_typed_func::<i32, i32>(&mut store, name).expect("it is exported");
            for delta in [1, 1, 100_000, -1] {
                let label = format!("limits, {how}: {name} by {delta}");
                let label = if report.find(&label).is_some() { label + " again" } else { label };
                report.result(label, grow.call(&mut store, delta));
            }
        }
        let memory = instance.get_memory(&mut store, "memory").expect("it is exported");
        report.result(
            format!("limits, {how}: the host grows the memory"),
            memory.grow(&mut store, 1),
        );
        let table = instance.get_table(&mut store, "table").expect("it is exported");
        report.result(
            format!("limits, {how}: the host grows the table"),
            table.grow(&mut store, 1, Ref::Func(None)),
        );
        for (name, text) in
            [("memory", "(module (memory 3))"), ("table", "(module (table 3 funcref))")]
        {
            let result = Instance::new(&mut store, &module(&engine, text), &[]);
            report.outcome(format!("limits, {how}: a module with a larger {name}"), result);
        }
        report.outcome(
            format!("limits, {how}: a second instance"),
            Instance::new(&mut store, &text, &[]),
        );
        report.outcome(
            format!("limits, {how}: a third instance"),
            Instance::new(&mut store, &text, &[]),
        );
    }
    report.see("limits: none", format!("{:?}", StoreLimitsBuilder::new().build()));
}
