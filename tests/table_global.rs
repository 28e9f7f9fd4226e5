//! Tables and globals through the API.

use wasmote::*;

fn store() -> Store<()> {
    Store::default()
}

fn funcs(store: &mut Store<()>, min: u32, max: Option<u32>) -> Result<Table> {
    Table::new(store, TableType::new(RefType::FUNCREF, min, max), Ref::Func(None))
}

/// What the function at `index` returns; `None` if there is null.
fn called(store: &mut Store<()>, table: Table, index: u64) -> Option<i32> {
    let func = *table.get(&mut *store, index).expect("in bounds").unwrap_func()?;
    let func = func.typed::<(), i32>(&*store).expect("the type fits");
    Some(func.call(store, ()).expect("it returns"))
}

#[test]
fn elements_are_set_and_got() -> Result<()> {
    let mut store = store();
    let table = funcs(&mut store, 2, None)?;
    let func = Func::wrap(&mut store, || 5);
    table.set(&mut store, 1, func.into())?;
    assert_eq!(called(&mut store, table, 0), None);
    assert_eq!(called(&mut store, table, 1), Some(5));
    assert!(table.get(&mut store, 2).is_none());
    assert!(table.get(&mut store, u64::MAX).is_none());
    for index in [2, u64::MAX] {
        let error = table.set(&mut store, index, func.into()).unwrap_err();
        assert_eq!(error.downcast::<Trap>()?, Trap::TableOutOfBounds);
    }
    Ok(())
}

#[test]
fn elements_are_of_the_tables_type() -> Result<()> {
    let mut store = store();
    let text = "type mismatch: value does not match table element type";
    let table = funcs(&mut store, 2, None)?;
    let null = Ref::Extern(None);
    assert_eq!(table.set(&mut store, 0, null).unwrap_err().to_string(), text);
    assert_eq!(table.grow(&mut store, 1, null).unwrap_err().to_string(), text);
    assert_eq!(table.fill(&mut store, 0, null, 1).unwrap_err().to_string(), text);
    let ty = TableType::new(RefType::FUNCREF, 0, None);
    assert_eq!(Table::new(&mut store, ty, null).unwrap_err().to_string(), text);
    let mut other = self::store();
    let foreign = Func::wrap(&mut other, || ());
    assert_eq!(table.set(&mut store, 0, foreign.into()).unwrap_err().to_string(), text);
    Ok(())
}

#[test]
fn tables_grow_within_their_maximum() -> Result<()> {
    let mut store = store();
    let table = funcs(&mut store, 1, Some(4))?;
    let func = Func::wrap(&mut store, || 6);
    assert_eq!(table.grow(&mut store, 2, func.into())?, 1);
    assert_eq!(table.size(&store), 3);
    assert_eq!(called(&mut store, table, 0), None);
    assert_eq!(called(&mut store, table, 2), Some(6));
    assert_eq!(table.grow(&mut store, 0, Ref::Func(None))?, 3);
    for delta in [2, u64::from(u32::MAX), u64::MAX] {
        let error = table.grow(&mut store, delta, Ref::Func(None)).unwrap_err();
        assert_eq!(error.to_string(), format!("failed to grow table by `{delta}`"));
    }
    let ty = table.ty(&store);
    assert_eq!((ty.minimum(), ty.maximum()), (1, Some(4)));
    Ok(())
}

#[test]
fn ranges_are_filled_and_copied() -> Result<()> {
    let mut store = store();
    let table = funcs(&mut store, 6, None)?;
    let one = Func::wrap(&mut store, || 1);
    let two = Func::wrap(&mut store, || 2);
    table.fill(&mut store, 0, one.into(), 2)?;
    table.fill(&mut store, 2, two.into(), 2)?;
    // Overlapping, as if by way of a third table.
    Table::copy(&mut store, &table, 1, &table, 0, 4)?;
    let all: Vec<_> = (0..6).map(|index| called(&mut store, table, index)).collect();
    assert_eq!(all, [Some(1), Some(1), Some(1), Some(2), Some(2), None]);

    let other = funcs(&mut store, 2, None)?;
    Table::copy(&mut store, &other, 0, &table, 4, 2)?;
    assert_eq!(called(&mut store, other, 0), Some(2));

    for (dst, src, len) in [(1, 0, 2), (0, 5, 2), (u64::MAX, 0, 1), (0, u64::MAX, 2), (3, 0, 0)] {
        let error = Table::copy(&mut store, &other, dst, &table, src, len).unwrap_err();
        assert_eq!(error.downcast::<Trap>()?, Trap::TableOutOfBounds);
    }
    let error = table.fill(&mut store, 5, one.into(), 2).unwrap_err();
    assert_eq!(error.downcast::<Trap>()?, Trap::TableOutOfBounds);
    assert_eq!(called(&mut store, table, 5), None);
    Ok(())
}

#[test]
fn tables_of_different_types_are_not_copied() -> Result<()> {
    let mut store = store();
    let funcs = funcs(&mut store, 1, None)?;
    let ty = TableType::new(RefType::EXTERNREF, 1, None);
    let externs = Table::new(&mut store, ty, Ref::Extern(None))?;
    let error = Table::copy(&mut store, &funcs, 0, &externs, 0, 1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "type mismatch: source table's element type does not match destination table's element type"
    );
    Ok(())
}

#[test]
fn the_guest_calls_through_a_table_of_the_host() -> Result<()> {
    let mut store = store();
    let module = Module::new(
        store.engine(),
        r#"(module
            (type $f (func (result i32)))
            (import "" "t" (table 3 funcref))
            (elem (i32.const 1) $eleven)
            (func $eleven (result i32) (i32.const 11))
            (func (export "call") (param i32) (result i32)
                (call_indirect (type $f) (local.get 0)))
            (func (export "grow") (param i32) (result i32)
                (table.grow (ref.null func) (local.get 0))))"#,
    )?;
    let table = funcs(&mut store, 3, Some(4))?;
    let instance = Instance::new(&mut store, &module, &[table.into()])?;
    let call = instance.get_typed_func::<i32, i32>(&mut store, "call")?;
    let grow = instance.get_typed_func::<i32, i32>(&mut store, "grow")?;
    let trap = |store: &mut Store<()>, index| {
        call.call(store, index).unwrap_err().downcast::<Trap>().expect("a trap")
    };

    assert_eq!(call.call(&mut store, 1)?, 11);
    assert_eq!(called(&mut store, table, 1), Some(11));
    assert_eq!(trap(&mut store, 0), Trap::IndirectCallToNull);
    assert_eq!(trap(&mut store, 3), Trap::TableOutOfBounds);
    let host = Func::wrap(&mut store, || 12);
    table.set(&mut store, 0, host.into())?;
    assert_eq!(call.call(&mut store, 0)?, 12);
    let wrong = Func::wrap(&mut store, || 13_i64);
    table.set(&mut store, 0, wrong.into())?;
    assert_eq!(trap(&mut store, 0), Trap::BadSignature);

    assert_eq!(grow.call(&mut store, 1)?, 3);
    assert_eq!(table.size(&store), 4);
    assert_eq!(trap(&mut store, 3), Trap::IndirectCallToNull);
    assert_eq!(grow.call(&mut store, 1)?, -1);
    Ok(())
}

#[test]
#[should_panic(expected = "object used with the wrong store")]
fn another_stores_table_panics() {
    let table = funcs(&mut store(), 1, None).unwrap();
    table.size(store());
}

#[test]
fn globals_of_every_type_keep_their_value() -> Result<()> {
    let mut store = store();
    let host = ExternRef::new(&mut store, "host data")?;
    let func = Func::wrap(&mut store, || 8);
    let cases: [(ValType, Val); 6] = [
        (ValType::I32, Val::I32(-1)),
        (ValType::I64, Val::I64(i64::MIN)),
        (ValType::F32, Val::F32(0x7fa0_0001)),
        (ValType::F64, Val::F64(0x7ff4_0000_0000_0001)),
        (ValType::FUNCREF, Val::FuncRef(Some(func))),
        (ValType::EXTERNREF, Val::ExternRef(Some(host))),
    ];
    for (ty, val) in cases {
        let global = Global::new(&mut store, GlobalType::new(ty, Mutability::Var), val)?;
        let got = global.get(&mut store);
        match (val, got) {
            (Val::I32(a), Val::I32(b)) => assert_eq!(a, b),
            (Val::I64(a), Val::I64(b)) => assert_eq!(a, b),
            (Val::F32(a), Val::F32(b)) => assert_eq!(a, b),
            (Val::F64(a), Val::F64(b)) => assert_eq!(a, b),
            (Val::FuncRef(Some(_)), Val::FuncRef(Some(func))) => {
                assert_eq!(func.typed::<(), i32>(&store)?.call(&mut store, ())?, 8);
            }
            (Val::ExternRef(Some(_)), Val::ExternRef(Some(host))) => {
                let data = host.data(&store)?.unwrap();
                assert_eq!(data.downcast_ref::<&str>(), Some(&"host data"));
            }
            (set, got) => panic!("{set:?} became {got:?}"),
        }
        global.set(&mut store, got)?;
    }
    Ok(())
}

#[test]
fn globals_are_set_if_mutable_and_of_the_type() -> Result<()> {
    let mut store = store();
    let constant = GlobalType::new(ValType::I32, Mutability::Const);
    let variable = GlobalType::new(ValType::I32, Mutability::Var);
    let error = Global::new(&mut store, constant.clone(), Val::I64(1)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "type mismatch: initial value provided does not match the type of this global"
    );
    let fixed = Global::new(&mut store, constant, Val::I32(1))?;
    let error = fixed.set(&mut store, Val::I32(2)).unwrap_err();
    assert_eq!(error.to_string(), "immutable global cannot be set");
    let free = Global::new(&mut store, variable, Val::I32(1))?;
    let error = free.set(&mut store, Val::F32(0)).unwrap_err();
    assert_eq!(error.to_string(), "type mismatch: attempt to set global to value of wrong type");
    free.set(&mut store, Val::I32(2))?;
    assert_eq!(free.get(&mut store).unwrap_i32(), 2);
    assert!(free.ty(&store).mutability().is_var());
    Ok(())
}

#[test]
fn guests_share_a_global() -> Result<()> {
    let mut store = store();
    let owner = Module::new(
        store.engine(),
        r#"(module
            (global $g (export "g") (mut i64) (i64.const 3))
            (global (export "twice") i64 (i64.add (i64.const 3) (i64.mul (i64.const 1) (i64.const 3))))
            (func (export "get") (result i64) (global.get $g)))"#,
    )?;
    let user = Module::new(
        store.engine(),
        r#"(module
            (import "" "g" (global $g (mut i64)))
            (func (export "add") (param i64)
                (global.set $g (i64.add (global.get $g) (local.get 0)))))"#,
    )?;
    let owner = Instance::new(&mut store, &owner, &[])?;
    let global = owner.get_global(&mut store, "g").unwrap();
    let twice = owner.get_global(&mut store, "twice").unwrap();
    assert_eq!(twice.get(&mut store).unwrap_i64(), 6);
    assert!(twice.ty(&store).mutability().is_const());
    let user = Instance::new(&mut store, &user, &[global.into()])?;
    let get = owner.get_typed_func::<(), i64>(&mut store, "get")?;
    let add = user.get_typed_func::<i64, ()>(&mut store, "add")?;
    add.call(&mut store, 4)?;
    assert_eq!(get.call(&mut store, ())?, 7);
    global.set(&mut store, Val::I64(-1))?;
    assert_eq!(get.call(&mut store, ())?, -1);
    Ok(())
}

#[test]
#[should_panic(expected = "object used with the wrong store")]
fn another_stores_global_panics() {
    let ty = GlobalType::new(ValType::I32, Mutability::Var);
    let global = Global::new(store(), ty, Val::I32(0)).unwrap();
    global.get(store());
}
