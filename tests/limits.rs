//! Limits on what a store may hold.

use wasmote::*;

fn limited(limits: StoreLimits) -> Store<StoreLimits> {
    let mut store = Store::new(&Engine::default(), limits);
    store.limiter(|limits| limits);
    store
}

fn instantiate<T>(store: &mut Store<T>, wat: &str) -> Result<Instance> {
    let module = Module::new(store.engine(), wat)?;
    Instance::new(store, &module, &[])
}

const GROW: &str = r#"(module
    (memory (export "m") 1)
    (table (export "t") 1 funcref)
    (func (export "memory") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "table") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))"#;

#[test]
fn memories_stay_within_the_limit() -> Result<()> {
    let mut store = limited(StoreLimitsBuilder::new().memory_size(2 * 65536).build());
    let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
    assert_eq!(memory.grow(&mut store, 1)?, 1);
    let error = memory.grow(&mut store, 1).unwrap_err();
    assert_eq!(error.to_string(), "failed to grow memory by `1`");

    let instance = instantiate(&mut store, GROW)?;
    let grow = instance.get_typed_func::<i32, i32>(&mut store, "memory")?;
    assert_eq!(grow.call(&mut store, 1)?, 1);
    assert_eq!(grow.call(&mut store, 1)?, -1);

    let text = "memory minimum size of 3 pages exceeds memory limits";
    let error = Memory::new(&mut store, MemoryType::new(3, None)).unwrap_err();
    assert_eq!(error.to_string(), text);
    let error = instantiate(&mut store, "(module (memory 3))").unwrap_err();
    assert_eq!(error.to_string(), text);
    Ok(())
}

#[test]
fn tables_stay_within_the_limit() -> Result<()> {
    let mut store = limited(StoreLimitsBuilder::new().table_elements(3).build());
    let ty = |min| TableType::new(RefType::FUNCREF, min, None);
    let table = Table::new(&mut store, ty(2), Ref::Func(None))?;
    assert_eq!(table.grow(&mut store, 1, Ref::Func(None))?, 2);
    let error = table.grow(&mut store, 1, Ref::Func(None)).unwrap_err();
    assert_eq!(error.to_string(), "failed to grow table by `1`");

    let instance = instantiate(&mut store, GROW)?;
    let grow = instance.get_typed_func::<i32, i32>(&mut store, "table")?;
    assert_eq!(grow.call(&mut store, 2)?, 1);
    assert_eq!(grow.call(&mut store, 1)?, -1);

    let text = "table minimum size of 4 elements exceeds table limits";
    let error = Table::new(&mut store, ty(4), Ref::Func(None)).unwrap_err();
    assert_eq!(error.to_string(), text);
    let error = instantiate(&mut store, "(module (table 4 funcref))").unwrap_err();
    assert_eq!(error.to_string(), text);
    Ok(())
}

#[test]
fn growth_failure_can_trap() -> Result<()> {
    let limits = StoreLimitsBuilder::new().memory_size(2 * 65536).table_elements(3);
    let mut store = limited(limits.trap_on_grow_failure(true).build());
    let instance = instantiate(&mut store, GROW)?;
    let memory = instance.get_typed_func::<i32, i32>(&mut store, "memory")?;
    let table = instance.get_typed_func::<i32, i32>(&mut store, "table")?;
    let error = memory.call(&mut store, 2).unwrap_err();
    assert_eq!(error.root_cause().to_string(), "forcing trap when growing memory to 196608 bytes");
    assert!(error.is::<WasmBacktrace>());
    let error = table.call(&mut store, 3).unwrap_err();
    assert_eq!(error.root_cause().to_string(), "forcing trap when growing table to 4 elements");
    let memory = instance.get_memory(&mut store, "m").unwrap();
    let error = memory.grow(&mut store, 2).unwrap_err();
    assert_eq!(error.to_string(), "forcing trap when growing memory to 196608 bytes");
    Ok(())
}

#[test]
fn counts_are_limited() -> Result<()> {
    let mut store = limited(StoreLimitsBuilder::new().instances(2).build());
    instantiate(&mut store, "(module)")?;
    instantiate(&mut store, "(module)")?;
    let error = instantiate(&mut store, "(module)").unwrap_err();
    assert_eq!(error.to_string(), "resource limit exceeded: instance count too high at 3");

    let mut store = limited(StoreLimitsBuilder::new().memories(1).build());
    instantiate(&mut store, "(module (memory 0))")?;
    let error = instantiate(&mut store, "(module (memory 0))").unwrap_err();
    assert_eq!(error.to_string(), "resource limit exceeded: memory count too high at 2");

    let mut store = limited(StoreLimitsBuilder::new().tables(2).build());
    instantiate(&mut store, "(module (table 0 funcref) (table 0 funcref))")?;
    let error = instantiate(&mut store, "(module (table 0 funcref))").unwrap_err();
    assert_eq!(error.to_string(), "resource limit exceeded: table count too high at 3");
    // What the host makes does not count.
    let ty = TableType::new(RefType::FUNCREF, 0, None);
    Table::new(&mut store, ty, Ref::Func(None))?;
    Memory::new(&mut store, MemoryType::new(0, None))?;
    Ok(())
}

#[test]
fn counts_are_limited_without_a_limiter() -> Result<()> {
    let mut store = Store::<()>::default();
    let module = Module::new(store.engine(), "(module)")?;
    for _ in 0..10_000 {
        Instance::new(&mut store, &module, &[])?;
    }
    let error = Instance::new(&mut store, &module, &[]).unwrap_err();
    assert_eq!(error.to_string(), "resource limit exceeded: instance count too high at 10001");
    Ok(())
}

/// Writes down what it is asked, and says yes.
#[derive(Default)]
struct Log {
    memory: Vec<(usize, usize, Option<usize>)>,
    table: Vec<(usize, usize, Option<usize>)>,
    failures: Vec<String>,
    answer: Option<&'static str>,
}

impl Log {
    fn answer(&self) -> Result<bool> {
        match self.answer {
            None => Ok(true),
            Some("panic") => panic!("the limiter panics"),
            Some(text) => bail!(text),
        }
    }
}

impl ResourceLimiter for Log {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        max: Option<usize>,
    ) -> Result<bool> {
        self.memory.push((current, desired, max));
        self.answer()
    }
    fn memory_grow_failed(&mut self, error: Error) -> Result<()> {
        self.failures.push(error.to_string());
        Ok(())
    }
    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        max: Option<usize>,
    ) -> Result<bool> {
        self.table.push((current, desired, max));
        self.answer()
    }
    fn table_grow_failed(&mut self, error: Error) -> Result<()> {
        self.failures.push(error.to_string());
        Ok(())
    }
}

fn logged() -> Store<Log> {
    let mut store = Store::new(&Engine::default(), Log::default());
    store.limiter(|log| log);
    store
}

#[test]
fn the_limiter_sees_creation_and_growth_by_guest_and_host() -> Result<()> {
    let mut store = logged();
    let wat = r#"(module
        (memory (export "m") 1 3)
        (table (export "t") 2 5 funcref)
        (func (export "memory") (param i32) (result i32) (memory.grow (local.get 0)))
        (func (export "table") (param i32) (result i32)
            (table.grow (ref.null func) (local.get 0))))"#;
    let instance = instantiate(&mut store, wat)?;
    let memory = instance.get_typed_func::<i32, i32>(&mut store, "memory")?;
    let table = instance.get_typed_func::<i32, i32>(&mut store, "table")?;
    assert_eq!(memory.call(&mut store, 0)?, 1);
    assert_eq!(table.call(&mut store, 0)?, 2);
    assert_eq!(memory.call(&mut store, 1)?, 1);
    assert_eq!(table.call(&mut store, 1)?, 2);
    instance.get_memory(&mut store, "m").unwrap().grow(&mut store, 1)?;
    instance.get_table(&mut store, "t").unwrap().grow(&mut store, 1, Ref::Func(None))?;
    let page = 65536;
    let log = store.data();
    let max = Some(3 * page);
    assert_eq!(log.memory, [(0, page, max), (page, 2 * page, max), (2 * page, 3 * page, max)]);
    assert_eq!(log.table, [(0, 2, Some(5)), (2, 3, Some(5)), (3, 4, Some(5))]);
    assert!(log.failures.is_empty());
    Ok(())
}

#[test]
fn the_limiter_hears_of_growth_that_fails_nevertheless() -> Result<()> {
    let mut store = logged();
    let memory = Memory::new(&mut store, MemoryType::new(1, Some(2)))?;
    memory.grow(&mut store, 2).unwrap_err();
    memory.grow(&mut store, u64::MAX).unwrap_err();
    let ty = TableType::new(RefType::FUNCREF, 1, Some(2));
    let table = Table::new(&mut store, ty, Ref::Func(None))?;
    table.grow(&mut store, 2, Ref::Func(None)).unwrap_err();
    table.grow(&mut store, u64::MAX, Ref::Func(None)).unwrap_err();
    let log = store.data();
    let largest = 0_usize.wrapping_sub(65536);
    let asked: Vec<_> = log.memory.iter().map(|(_, desired, _)| *desired).collect();
    assert_eq!(asked, [65536, 3 * 65536, largest]);
    assert_eq!(
        log.failures,
        [
            "Memory maximum size exceeded",
            "Memory maximum size exceeded",
            "Table maximum size exceeded",
            "overflow calculating new table size"
        ]
    );
    Ok(())
}

#[test]
fn an_error_of_the_limiter_is_a_trap() -> Result<()> {
    let mut store = logged();
    let instance = instantiate(&mut store, GROW)?;
    store.data_mut().answer = Some("the limiter errs");
    for name in ["memory", "table"] {
        let grow = instance.get_typed_func::<i32, i32>(&mut store, name)?;
        let error = grow.call(&mut store, 1).unwrap_err();
        assert_eq!(error.root_cause().to_string(), "the limiter errs");
        assert_eq!(grow.call(&mut store, 0)?, 1);
    }
    Ok(())
}

#[test]
fn a_panic_of_the_limiter_comes_through() -> Result<()> {
    let mut store = logged();
    let instance = instantiate(&mut store, GROW)?;
    let grow = instance.get_typed_func::<i32, i32>(&mut store, "memory")?;
    store.data_mut().answer = Some("panic");
    let call = std::panic::AssertUnwindSafe(|| grow.call(&mut store, 1));
    let payload = std::panic::catch_unwind(call).unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"the limiter panics"));
    store.data_mut().answer = None;
    assert_eq!(grow.call(&mut store, 1)?, 1);
    Ok(())
}
