//! `Caller`: data, exports of the calling instance, contexts.

use crate::*;

#[test]
fn the_embedder_has_no_exports() {
    let (_, mut store, _) = setup();
    let func = Func::wrap(&mut store, |mut caller: Caller<'_, ()>| {
        assert!(caller.get_export("").is_none());
        assert!(caller.get_export("memory").is_none());
        1
    });
    assert_eq!(call_i32(&mut store, func), 1);
}

#[test]
fn exports_are_those_of_the_caller() {
    let (engine, mut store, mut linker) = setup();
    linker
        .func_wrap("m", "f", |mut caller: Caller<'_, ()>| {
            let global = caller.get_export("id").unwrap().into_global().unwrap();
            assert!(caller.get_export("nothing").is_none());
            global.get(&mut caller).unwrap_i32()
        })
        .unwrap();
    for n in [3, 4] {
        let text = format!(
            r#"(module (import "m" "f" (func $f (result i32))) (global (export "id") i32 (i32.const {n}))
                       (func (export "run") (result i32) (call $f)))"#
        );
        let instance = linker.instantiate(&mut store, &module(&engine, &text)).unwrap();
        assert_eq!(run_i32(&mut store, instance, "run"), n);
    }
}

#[test]
fn every_kind_of_export_is_found() {
    let (engine, mut store, mut linker) = setup();
    linker
        .func_wrap("m", "f", |mut caller: Caller<'_, ()>| {
            assert!(caller.get_export("f").unwrap().into_func().is_some());
            assert!(caller.get_export("m").unwrap().into_memory().is_some());
            assert!(caller.get_export("t").unwrap().into_table().is_some());
            assert!(caller.get_export("g").unwrap().into_global().is_some());
            assert!(caller.get_export("imported").unwrap().into_func().is_some());
        })
        .unwrap();
    let text = r#"(module (import "m" "f" (func $f)) (export "imported" (func $f))
        (func (export "f")) (memory (export "m") 1) (table (export "t") 1 funcref)
        (global (export "g") i32 (i32.const 0)) (func (export "run") (call $f)))"#;
    let instance = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    instance.get_typed_func::<(), ()>(&mut store, "run").unwrap().call(&mut store, ()).unwrap();
}

#[test]
fn module_exports_are_found_by_index() {
    let (engine, mut store, _) = setup();
    let text = r#"(module (import "" "" (func $f)) (memory (export "mem") 1)
        (func (export "run") (call $f)))"#;
    let user = module(&engine, text);
    let other = module(&engine, r#"(module (memory (export "mem") 1))"#);
    let index = user.get_export_index("mem").unwrap();
    let foreign = other.get_export_index("mem").unwrap();
    let func = Func::wrap(&mut store, move |mut caller: Caller<'_, ()>| {
        assert!(caller.get_module_export(&index).unwrap().into_memory().is_some());
        assert!(caller.get_module_export(&foreign).is_none());
    });
    let instance = Instance::new(&mut store, &user, &[func.into()]).unwrap();
    instance.get_typed_func::<(), ()>(&mut store, "run").unwrap().call(&mut store, ()).unwrap();
}

#[test]
fn a_start_function_has_a_caller_too() {
    let (engine, mut store, mut linker) = setup();
    linker
        .func_wrap("m", "f", |mut caller: Caller<'_, ()>| {
            let memory = caller.get_export("mem").unwrap().into_memory().unwrap();
            memory.write(&mut caller, 0, &[9]).unwrap();
        })
        .unwrap();
    let text = r#"(module (import "m" "f" (func $f)) (memory (export "mem") 1)
        (func $start (call $f)) (start $start))"#;
    let instance = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    let memory = instance.get_memory(&mut store, "mem").unwrap();
    assert_eq!(memory.data(&store)[0], 9);
}

#[test]
fn the_caller_of_an_imported_start_function_is_the_new_instance() {
    let (engine, mut store, linker) = setup();
    let text = r#"(module (import "m" "f" (func $f)) (memory (export "mem") 1)
        (data (i32.const 0) "\07") (start $f))"#;
    let user = module(&engine, text);
    let index = user.get_export_index("mem").unwrap();
    let mut as_func = linker.clone();
    // Each way in which an import can become a host function of the store.
    let typed = move |mut caller: Caller<'_, ()>| {
        let memory = caller.get_module_export(&index).unwrap().into_memory().unwrap();
        memory.write(&mut caller, 1, &[9]).unwrap();
    };
    let untyped = |mut caller: Caller<'_, ()>, _: &[Val], _: &mut [Val]| -> Result<()> {
        let memory = caller.get_export("mem").unwrap().into_memory().unwrap();
        assert_eq!(memory.data(&caller)[0], 7, "segments are copied before");
        memory.write(&mut caller, 1, &[9])?;
        Ok(())
    };
    let ty = FuncType::new(&engine, [], []);
    let func = Func::new(&mut store, ty.clone(), untyped);
    as_func.define(&store, "m", "f", func).unwrap();
    let mut as_typed = linker.clone();
    as_typed.func_wrap("m", "f", typed).unwrap();
    let mut as_untyped = linker.clone();
    as_untyped.func_new("m", "f", ty, untyped).unwrap();
    for linker in [as_func, as_typed, as_untyped] {
        let direct = linker.instantiate(&mut store, &user).unwrap();
        let pre = linker.instantiate_pre(&user).unwrap();
        for instance in [direct, pre.instantiate(&mut store).unwrap()] {
            let memory = instance.get_memory(&mut store, "mem").unwrap();
            assert_eq!(memory.data(&store)[..2], [7, 9]);
        }
    }
    let instance = Instance::new(&mut store, &user, &[func.into()]).unwrap();
    assert_eq!(instance.get_memory(&mut store, "mem").unwrap().data(&store)[1], 9);
}

#[test]
fn calls_out_of_a_start_function_have_callers_of_their_own() {
    let (engine, mut store, mut linker) = setup();
    let text = r#"(module (import "m" "id" (func $id (result i32)))
        (global (export "id") i32 (i32.const 5))
        (func (export "run") (result i32) (call $id)))"#;
    let inner = module(&engine, text);
    let id = Func::wrap(&mut store, |mut caller: Caller<'_, ()>| match caller.get_export("id") {
        Some(global) => global.into_global().unwrap().get(&mut caller).unwrap_i32(),
        None => -1,
    });
    let inner = Instance::new(&mut store, &inner, &[id.into()]).unwrap();
    let run = inner.get_typed_func::<(), i32>(&mut store, "run").unwrap();
    let id = id.typed::<(), i32>(&store).unwrap();
    linker
        .func_wrap("m", "start", move |mut caller: Caller<'_, ()>| {
            assert!(caller.get_export("outer").is_some());
            assert_eq!(run.call(&mut caller, ()).unwrap(), 5);
            assert_eq!(id.call(&mut caller, ()).unwrap(), -1, "the embedder calls");
            assert!(caller.get_export("outer").is_some());
        })
        .unwrap();
    let text = r#"(module (import "m" "start" (func $start)) (start $start)
        (global (export "outer") i32 (i32.const 0)))"#;
    linker.instantiate(&mut store, &module(&engine, text)).unwrap();
}

/// A host function that gives the exported global `id` of its caller, or -1.
fn id_of_caller(store: &mut Store<()>) -> Func {
    Func::wrap(store, |mut caller: Caller<'_, ()>| match caller.get_export("id") {
        Some(global) => global.into_global().unwrap().get(&mut caller).unwrap_i32(),
        None => -1,
    })
}

#[test]
fn a_start_function_of_another_instance_has_that_one_as_its_own() {
    let (engine, mut store, mut linker) = setup();
    let id = id_of_caller(&mut store);
    linker.define(&store, "m", "id", id).unwrap();
    let text = r#"(module (import "m" "id" (func $id (result i32)))
        (global (export "id") i32 (i32.const 5)) (global $seen (export "seen") (mut i32) (i32.const 0))
        (func (export "start") (global.set $seen (call $id))))"#;
    let other = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    let seen = other.get_global(&mut store, "seen").unwrap();
    linker.instance(&mut store, "other", other).unwrap();

    let text = r#"(module (import "other" "start" (func $start)) (start $start)
        (global (export "id") i32 (i32.const 6)))"#;
    let user = module(&engine, text);
    let start = other.get_func(&mut store, "start").unwrap();
    let pre = linker.instantiate_pre(&user).unwrap();
    type Way<'a> = &'a dyn Fn(&mut Store<()>) -> Result<Instance>;
    let ways: [Way<'_>; 3] = [
        &|store| Instance::new(store, &user, &[start.into()]),
        &|store| linker.instantiate(store, &user),
        &|store| pre.instantiate(store),
    ];
    for instantiate in ways {
        seen.set(&mut store, Val::I32(0)).unwrap();
        instantiate(&mut store).unwrap();
        assert_eq!(seen.get(&mut store).unwrap_i32(), 5);
    }
}

#[test]
fn callers_are_the_instances_that_calls_come_from() {
    let (engine, mut store, mut linker) = setup();
    let id = id_of_caller(&mut store);
    linker.define(&store, "m", "id", id).unwrap();
    let table = TableType::new(RefType::FUNCREF, 2, None);
    let table = Table::new(&mut store, table, Ref::Func(None)).unwrap();
    linker.define(&store, "m", "table", table).unwrap();
    let text = r#"(module (type $t (func (result i32)))
        (import "m" "id" (func $id (type $t))) (import "m" "table" (table 2 funcref))
        (global (export "id") i32 (i32.const 1)) (elem (i32.const 0) $call $id)
        (func $call (export "call") (type $t) (call $id))
        (func (export "tail") (type $t) (return_call $id)))"#;
    let first = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    linker.instance(&mut store, "first", first).unwrap();

    let text = r#"(module (type $t (func (result i32)))
        (import "m" "id" (func $id (type $t))) (import "m" "table" (table 2 funcref))
        (import "first" "call" (func $call (type $t))) (import "first" "tail" (func $tail (type $t)))
        (global (export "id") i32 (i32.const 2))
        (func (export "own") (type $t) (call $id))
        (func (export "own_tail") (type $t) (return_call $id))
        (func (export "call") (type $t) (call $call))
        (func (export "call_of_tail") (type $t) (call $tail))
        (func (export "tail") (type $t) (return_call $call))
        (func (export "tail_of_tail") (type $t) (return_call $tail))
        (func (export "after_call") (type $t) (drop (call $call)) (call $id))
        (func (export "after_tail") (type $t) (drop (call $tail)) (return_call $id))
        (func (export "indirect") (type $t) (call_indirect (type $t) (i32.const 0)))
        (func (export "indirect_host") (type $t) (call_indirect (type $t) (i32.const 1)))
        (func (export "indirect_tail") (type $t) (return_call_indirect (type $t) (i32.const 0)))
        (func (export "indirect_tail_host") (type $t) (return_call_indirect (type $t) (i32.const 1))))"#;
    let second = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    for (name, caller) in [
        ("own", 2),
        ("own_tail", 2),
        ("call", 1),
        ("call_of_tail", 1),
        ("tail", 1),
        ("tail_of_tail", 1),
        ("after_call", 2),
        ("after_tail", 2),
        ("indirect", 1),
        ("indirect_host", 2),
        ("indirect_tail", 1),
        ("indirect_tail_host", 2),
    ] {
        assert_eq!(run_i32(&mut store, second, name), caller, "{name}");
    }
    // What the table has of the host's is called by the embedder here.
    let host = table.get(&mut store, 1).unwrap().unwrap_func().copied().unwrap();
    assert_eq!(call_i32(&mut store, host), -1);
}

#[test]
fn the_caller_leads_to_the_store() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, vec![1]);
    let of_store = engine.clone();
    let func = Func::wrap(&mut store, move |mut caller: Caller<'_, Vec<i32>>| {
        assert!(Engine::same(caller.engine(), &of_store));
        caller.data_mut().push(2);
        caller.as_context_mut().data_mut().push(3);
        assert_eq!(caller.as_context().data().len(), 3);
        let mut context: StoreContextMut<'_, Vec<i32>> = caller.into();
        context.data_mut().push(4);
    });
    func.call(&mut store, &[], &mut []).unwrap();
    assert_eq!(*store.data(), [1, 2, 3, 4]);
}

#[test]
fn a_caller_can_make_and_call_things() {
    let (engine, mut store, mut linker) = setup();
    let inner = module(&engine, r#"(module (func (export "f") (result i32) (i32.const 20)))"#);
    linker
        .func_wrap("m", "f", move |mut caller: Caller<'_, ()>| -> Result<i32> {
            let instance = Instance::new(&mut caller, &inner, &[])?;
            let f = instance.get_typed_func::<(), i32>(&mut caller, "f")?;
            let g = Func::wrap(&mut caller, || 22).typed::<(), i32>(&caller)?;
            Ok(f.call(&mut caller, ())? + g.call(&mut caller, ())?)
        })
        .unwrap();
    let text = r#"(module (import "m" "f" (func $f (result i32)))
        (func (export "run") (result i32) (i32.add (call $f) (call $f))))"#;
    let instance = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    assert_eq!(run_i32(&mut store, instance, "run"), 84);
}

#[test]
fn a_caller_can_grow_what_the_guest_uses() {
    let (engine, mut store, mut linker) = setup();
    linker
        .func_wrap("m", "f", |mut caller: Caller<'_, ()>| {
            let memory = caller.get_export("mem").unwrap().into_memory().unwrap();
            memory.grow(&mut caller, 3).unwrap();
            memory.write(&mut caller, 3 * 65536, &[77]).unwrap();
        })
        .unwrap();
    let text = r#"(module (import "m" "f" (func $f)) (memory (export "mem") 1)
        (func (export "run") (result i32)
            (i32.store8 (i32.const 0) (i32.const 1))
            (call $f)
            (i32.add
                (i32.mul (memory.size) (i32.const 1000))
                (i32.add (i32.load8_u (i32.const 0)) (i32.load8_u (i32.const 0x30000))))))"#;
    let instance = linker.instantiate(&mut store, &module(&engine, text)).unwrap();
    assert_eq!(run_i32(&mut store, instance, "run"), 4078);
}
