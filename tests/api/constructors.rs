//! What the constructors of types and items refuse, and how.

use crate::*;

/// The texts of an error, from the outermost context to the cause.
fn texts<T: std::fmt::Debug>(result: Result<T>) -> Vec<String> {
    result.unwrap_err().chain().map(ToString::to_string).collect()
}

const NULL: Ref = Ref::Func(None);

#[test]
fn no_table_begins_beyond_its_maximum() {
    let mut store = Store::<()>::default();
    let types = [
        TableType::new(RefType::FUNCREF, 3, Some(2)),
        TableType::new64(RefType::FUNCREF, 3, Some(0)),
    ];
    for ty in types {
        assert_eq!((ty.minimum(), ty.maximum().is_some_and(|max| max < 3)), (3, true));
        let refused = ["table minimum size of 3 elements exceeds table limits"];
        assert_eq!(texts(Table::new(&mut store, ty.clone(), NULL)), refused);
        assert_eq!(texts(ExternType::from(ty).default_value(&mut store)), refused);
    }
    let ty = TableType::new(RefType::FUNCREF, 2, Some(2));
    assert_eq!(Table::new(&mut store, ty, NULL).unwrap().size(&store), 2);
}

#[test]
fn sizes_of_shared_memories_fit_the_index_type() {
    let engine = Engine::new(Config::new().shared_memory(true)).unwrap();
    let mut store = Store::new(&engine, ());
    let bytes = |min: u64, max: u64| {
        let mut ty = MemoryType::builder();
        ty.shared(true).page_size_log2(0).min(min).max(Some(max)).build().unwrap()
    };
    for min in [0xffff_ffff, 1 << 32] {
        let refused = format!("memory minimum size of {min} pages exceeds memory limits");
        let ty = bytes(min, 1 << 32);
        assert_eq!(texts(SharedMemory::new(&engine, ty.clone())).concat(), refused);
        assert_eq!(texts(ExternType::from(ty).default_value(&mut store)).concat(), refused);
    }
    // Nor do they grow beyond.
    let Ok(memory) = SharedMemory::new(&engine, bytes(0, 1 << 32)) else {
        return; // where there is no room for 4 GiB
    };
    memory.grow(0xffff_ffff).unwrap_err();
    memory.grow(1 << 32).unwrap_err();
    assert_eq!(memory.grow(0xffff_fffe).unwrap(), 0);
    memory.grow(1).unwrap_err();
    assert_eq!(memory.size(), 0xffff_fffe);
}

#[test]
fn each_memory_has_its_constructor() {
    let plain = Engine::default();
    let mut store = Store::new(&plain, ());
    let shared = MemoryType::shared(1, 1);
    assert_eq!(
        texts(Memory::new(&mut store, shared.clone())),
        ["shared memories must be created through `SharedMemory`"]
    );
    assert_eq!(
        texts(SharedMemory::new(&plain, MemoryType::new(1, Some(1)))),
        ["shared memory must have the `shared` flag enabled on its memory type"]
    );
    assert_eq!(
        texts(SharedMemory::new(&plain, shared.clone())),
        ["shared memory support is disabled for this engine -- see `Config::shared_memory`"]
    );
    let engine = Engine::new(Config::new().shared_memory(true)).unwrap();
    let mut store = Store::new(&engine, ());
    let made = shared.default_value(&mut store).unwrap();
    assert_eq!(made.into_shared_memory().unwrap().size(), 1);
    let made = MemoryType::new(2, None).default_value(&mut store).unwrap();
    assert_eq!(made.into_memory().unwrap().size(&store), 2);
}

#[test]
fn memories_that_no_address_space_holds_are_refused() {
    let mut store = Store::<()>::default();
    let ty = MemoryType::new64((1 << 48) - 1, None);
    let error = Memory::new(&mut store, ty).unwrap_err().to_string();
    assert!(error.starts_with("out of memory") || error.ends_with("exceeds memory limits"));
    // A module may declare one page more than the constructors take.
    let text = "(module (memory i64 0x1_0000_0000_0000))";
    let module = Module::new(store.engine(), text).unwrap();
    assert_eq!(
        texts(Instance::new(&mut store, &module, &[])),
        ["memory minimum size of 281474976710656 pages exceeds memory limits"]
    );
}

#[test]
fn values_and_types_are_of_the_store() {
    let (engine, other_engine) = (Engine::default(), Engine::default());
    let mut store = Store::new(&engine, ());
    let mut other = Store::new(&engine, ());
    let foreign = Func::wrap(&mut other, || {});
    let of_other = |nullable| {
        let ty = FuncType::new(&other_engine, [], []);
        RefType::new(nullable, HeapType::ConcreteFunc(ty))
    };

    let wrong = "type mismatch: value does not match table element type";
    let mut table = |element: RefType, init: Ref| {
        texts(Table::new(&mut store, TableType::new(element, 1, None), init))
    };
    let found = table(RefType::FUNCREF, foreign.into());
    assert_eq!(found, [wrong, "reference used with wrong store"]);
    assert_eq!(table(of_other(true), NULL), [wrong, "type used with wrong engine"]);
    let found = table(RefType::FUNCREF, Ref::Extern(None));
    let cause = "type mismatch: expected (ref null func), found (ref null noextern)";
    assert_eq!(found, [wrong, cause]);
    let found = table(RefType::new(false, HeapType::Func), NULL);
    assert_eq!(found, [wrong, "type mismatch: expected (ref func), found (ref null nofunc)"]);

    let wrong = "type mismatch: initial value provided does not match the type of this global";
    let mut global = |content: ValType, val: Val| {
        texts(Global::new(&mut store, GlobalType::new(content, Mutability::Const), val))
    };
    let found = global(ValType::FUNCREF, foreign.into());
    assert_eq!(found, [wrong, "value used with wrong store"]);
    for val in [Val::FuncRef(None), Val::I32(0)] {
        let found = global(of_other(true).into(), val);
        assert_eq!(found, [wrong, "type used with wrong engine"]);
    }
    let found = global(ValType::I64, Val::I32(0));
    assert_eq!(found, [wrong, "type mismatch: expected i64, found i32"]);
}

#[test]
fn function_types_are_of_one_engine() {
    let (engine, other) = (Engine::default(), Engine::default());
    let foreign = || FuncType::new(&other, [], []);
    let val = || ValType::from(RefType::new(true, HeapType::ConcreteFunc(foreign())));
    let mut store = Store::new(&engine, ());
    let open = FuncType::with_finality_and_supertype(&other, Finality::NonFinal, None, [], []);
    let open = open.unwrap();
    let subtype =
        || FuncType::with_finality_and_supertype(&engine, Finality::Final, Some(&open), [], []);
    assert!(panics(|| FuncType::new(&engine, [val()], [])));
    assert!(panics(|| FuncType::new(&engine, [], [val()])));
    assert!(panics(subtype));
    assert!(panics(|| Func::new(&mut store, foreign(), |_, _, _| Ok(()))));
    assert!(panics(|| {
        let mut linker = Linker::<()>::new(&engine);
        linker.func_new("m", "f", foreign(), |_, _, _| Ok(())).map(drop)
    }));
}

fn panics<R>(make: impl FnOnce() -> R) -> bool {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(make)).is_err()
}

#[test]
fn what_has_no_null_has_no_default() {
    let mut store = Store::<()>::default();
    let nonnull = RefType::new(false, HeapType::Extern);
    let global = GlobalType::new(nonnull.clone().into(), Mutability::Var);
    assert_eq!(texts(global.default_value(&mut store)), ["global type has no default value"]);
    let table = TableType::new(nonnull.clone(), 0, None);
    assert_eq!(
        texts(table.default_value(&mut store)),
        ["table element type does not have a default value"]
    );
    let func = FuncType::new(store.engine(), [], [ValType::I32, nonnull.into()]);
    assert_eq!(
        texts(func.default_value(&mut store)),
        ["function results do not have a default value"]
    );
}
