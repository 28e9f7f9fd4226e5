//! The API in any order: whatever an embedder calls, and host functions call while guests run, nothing panics.

use arbitrary::{Arbitrary, Result, Unstructured};
use wasmote::*;

/// How deep host functions act on behalf of guests.
const MAX_DEPTH: u32 = 3;
/// What is done at most, and how many items a store has.
const MAX_STEPS: u32 = 200;
const MAX_ITEMS: usize = 60;

/// Guests that call their host, grow and change what is shared, and trap.
const GUESTS: [&str; 5] = [
    r#"(module (import "h" "f" (func $f (param i32 i64) (result i64)))
        (memory (export "m") 1 4) (table (export "t") 3 9 funcref) (global (export "g") (mut i64) (i64.const 1))
        (elem (i32.const 0) $f $run)
        (func $run (export "run") (param i32 i64) (result i64)
            (global.set 0 (i64.add (global.get 0) (call $f (local.get 0) (local.get 1))))
            (i32.store (local.get 0) (memory.grow (i32.const 1)))
            (call_indirect (param i32 i64) (result i64) (i32.const 1) (local.get 1) (local.get 0))))"#,
    r#"(module (import "h" "m" (memory 1)) (import "h" "t" (table 1 funcref)) (import "h" "g" (global $g (mut i64)))
        (func $r (export "run") (result funcref) (table.get (i32.const 0)))
        (func (export "set") (param i32 funcref) (table.set (local.get 0) (local.get 1)))
        (func (export "tail") (param i64) (result i64)
            (global.set $g (i64.sub (global.get $g) (local.get 0))) (return (i64.load (i32.const 8)))))"#,
    r#"(module (import "h" "f" (func $f (param i32 i64) (result i64)))
        (func $start (drop (call $f (i32.const 1) (i64.const 2)))) (start $start)
        (func (export "run") (param i32 i64) (result i64)
            (return_call $f (local.get 0) (local.get 1))))"#,
    r#"(module (func (export "spin") (loop (br 0))) (func $deep (export "deep") (call $deep) (call $deep))
        (func (export "e") (param externref) (result externref externref) (local.get 0) (local.get 0))
        (func (export "v") (param v128) (result v128) (i32x4.add (local.get 0) (local.get 0)))
        (func (export "trap") (result f64) unreachable))"#,
    r#"(module (memory (export "m") i64 1 3 ) (table (export "t") i64 2 5 externref)
        (func (export "run") (param externref i64) (result i64)
            (memory.fill (i64.const 100) (i32.const 7) (local.get 1))
            (table.grow (local.get 0) (local.get 1))))"#,
];

/// What a store knows: the items that there are in it, and what host functions will do.
#[derive(Default)]
struct Data {
    items: Vec<Extern>,
    instances: Vec<Instance>,
    script: Vec<u8>,
    depth: u32,
    steps: u32,
    limits: StoreLimits,
}

/// Does what `data` says; how many steps that were.
///
/// # Errors
///
/// If there is too little `data`.
pub fn api(data: &[u8]) -> Result<u32> {
    let mut u = Unstructured::new(data);
    let engines = [engine(&mut u)?, engine(&mut u)?];
    let mut modules: Vec<Vec<Module>> = Vec::new();
    for engine in &engines {
        let modules_of = |wat: &&str| Module::new(engine, wat).expect("guests are modules");
        modules.push(GUESTS.iter().map(modules_of).collect());
    }
    // Each with a linker, whose items belong to the store: using them with another one panics.
    let mut stores: Vec<(usize, Store<Data>, Linker<Data>)> = Vec::new();
    let mut steps = 0;
    while !u.is_empty() && steps < MAX_STEPS {
        steps += 1;
        let which = usize::from(u.arbitrary::<u8>()?);
        if stores.is_empty() || which % 24 == 0 && stores.len() < 4 {
            let of = usize::from(u.arbitrary::<bool>()?);
            stores.push((of, store(&engines[of], &mut u)?, Linker::new(&engines[of])));
            continue;
        }
        let index = usize::from(u.arbitrary::<u8>()?) % stores.len();
        let (of, store, linker) = &mut stores[index];
        match which % 24 {
            1 => drop(stores.swap_remove(index)),
            2 | 3 => {
                let module = u.choose(&modules[*of])?;
                let imports: Option<Vec<Extern>> = module
                    .imports()
                    .map(|import| {
                        pick(store.data().items.iter(), &mut u, |item| suits(item, &import))
                    })
                    .collect::<Result<_>>()?;
                let instance = imports.map(|imports| Instance::new(&mut *store, module, &imports));
                adopt(store, instance);
            }
            4 => {
                let module = u.choose(&modules[*of])?;
                let instance = linker.instantiate(&mut *store, module);
                adopt(store, Some(instance));
            }
            5 => {
                linker.allow_shadowing(u.arbitrary()?);
                if let Some(item) = pick(store.data().items.iter(), &mut u, |_| true)? {
                    let name = *u.choose(&["f", "m", "t", "g"])?;
                    let _ = linker.define(&mut *store, "h", name, item);
                }
            }
            6 => {
                let module = u.choose(&modules[*of])?.clone();
                let _ = linker.define_unknown_imports_as_traps(&module);
                let _ = linker.instantiate_pre(&module);
            }
            7 => drop(linker.func_wrap("h", "f", |caller: Caller<'_, Data>, a: i32, b: i64| {
                guest_calls(caller, a, b)
            })),
            8 => *linker = Linker::new(&engines[*of]),
            9 => engines[*of].increment_epoch(),
            10 => store.set_epoch_deadline(u.arbitrary::<u8>()?.into()),
            11 => {
                let _ = store.set_fuel(u.arbitrary::<u16>()?.into());
            }
            12 => {
                let instances = store.data().instances.clone();
                if let Some(instance) = pick(instances.iter(), &mut u, |_| true)? {
                    let _ = linker.instance(&mut *store, "h", instance);
                }
            }
            13 => {
                let other = u.choose(&modules[1 - *of])?;
                // A module of another engine.
                assert!(Instance::new(&mut *store, other, &[]).is_err());
            }
            _ => {
                store.data_mut().depth = 0;
                step(&mut *store, &mut u)?;
            }
        }
    }
    Ok(steps)
}

fn engine(u: &mut Unstructured<'_>) -> Result<Engine> {
    let mut config = Config::new();
    config
        .compilation_mode(*u.choose(&[
            CompilationMode::Eager,
            CompilationMode::Lazy,
            CompilationMode::LazyTranslation,
        ])?)
        .consume_fuel(true)
        .epoch_interruption(u.arbitrary()?)
        .max_wasm_stack(1 << 16);
    Ok(Engine::new(&config).expect("the configuration is one that wasmote has"))
}

fn store(engine: &Engine, u: &mut Unstructured<'_>) -> Result<Store<Data>> {
    let len = usize::from(u.arbitrary::<u8>()?);
    let script = u.bytes(u.len().min(len))?.to_vec();
    let limits = StoreLimitsBuilder::new()
        .memory_size(1 << 20)
        .table_elements(1000)
        .trap_on_grow_failure(u.arbitrary()?)
        .build();
    let mut store = Store::new(engine, Data { script, limits, ..Data::default() });
    store.limiter(|data| &mut data.limits);
    store.set_fuel(50_000).expect("fuel is counted");
    store.set_epoch_deadline(2);
    if u.arbitrary()? {
        store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Continue(1)));
    }
    let host = Func::wrap(&mut store, |caller: Caller<'_, Data>, a: i32, b: i64| {
        guest_calls(caller, a, b)
    });
    store.data_mut().items.push(host.into());
    Ok(store)
}

/// What the host does for a guest: some steps of the script of its store.
fn guest_calls(mut caller: Caller<'_, Data>, a: i32, b: i64) -> wasmote::Result<i64> {
    let data = caller.data_mut();
    data.steps += 1;
    if data.depth >= MAX_DEPTH || data.steps > MAX_STEPS {
        return Ok(b);
    }
    if a % 16 == 13 {
        return Err(format_err!("the host does not like this"));
    }
    let len = data.script.len();
    let script = data.script.split_off(len - len.min(24));
    data.depth += 1;
    let depth = data.depth;
    let _ = caller.get_export("m").and_then(Extern::into_memory);
    let done = step(&mut caller, &mut Unstructured::new(&script));
    caller.data_mut().depth = depth - 1;
    Ok(if done.is_ok() { b ^ i64::from(a) } else { b })
}

/// Does something in a store, for the embedder or for a guest.
fn step(mut store: impl AsContextMut<Data = Data>, u: &mut Unstructured<'_>) -> Result<()> {
    let mut store = store.as_context_mut();
    let which: u8 = u.arbitrary()?;
    let number = u64::from(u.arbitrary::<u16>()?) % 70_000;
    let Some(item) = pick(store.data().items.clone().iter(), u, |_| true)? else { return Ok(()) };
    match item {
        Extern::Func(func) => {
            let ty = func.ty(&store);
            let arguments: Vec<Val> =
                ty.params().map(|ty| value(&mut store, &ty, u)).collect::<Result<_>>()?;
            // One too few, now and then.
            let count = ty.results().len() - usize::from(which == 0).min(ty.results().len());
            let mut results = vec![Val::I32(0); count];
            if func.call(&mut store, &arguments, &mut results).is_ok() {
                for result in results {
                    if let Val::FuncRef(Some(func)) = result {
                        keep(&mut store, func.into());
                    }
                }
            }
        }
        Extern::Memory(memory) => {
            let at = number as usize;
            match which % 5 {
                0 => drop(memory.grow(&mut store, number % 3)),
                1 => drop(memory.write(&mut store, at, &[1, 2, 3])),
                2 => drop(memory.read(&store, at, &mut [0; 9])),
                3 => assert_eq!(memory.data_size(&store), memory.data(&store).len()),
                _ => memory.data_mut(&mut store).reverse(),
            }
        }
        Extern::Table(table) => {
            let element = table.ty(&store).element().clone();
            let init = value(&mut store, &ValType::Ref(element), u)?;
            let init = init.ref_().expect("tables have references");
            match which % 5 {
                0 => drop(table.grow(&mut store, number % 4, init)),
                1 => drop(table.set(&mut store, number % 12, init)),
                2 => drop(table.fill(&mut store, number % 12, init, number % 5)),
                3 => drop(Table::copy(
                    &mut store,
                    &table,
                    number % 4,
                    &table,
                    number % 5,
                    number % 4,
                )),
                _ => {
                    if let Some(Ref::Func(Some(func))) = table.get(&mut store, number % 12) {
                        keep(&mut store, func.into());
                    }
                }
            }
        }
        Extern::Global(global) => {
            let before = global.get(&mut store);
            let _ = global.set(&mut store, before);
            let ty = global.ty(&store).content().clone();
            let value = value(&mut store, &ty, u)?;
            let _ = global.set(&mut store, value);
        }
        _ => {}
    }
    match which % 8 {
        0 => {
            let item = Memory::new(&mut store, MemoryType::new(1, Some(3)));
            item.map(|item| keep(&mut store, item.into())).unwrap_or_default();
        }
        1 => {
            let ty = TableType::new(RefType::FUNCREF, 3, Some(8));
            let item = Table::new(&mut store, ty, Ref::Func(None));
            item.map(|item| keep(&mut store, item.into())).unwrap_or_default();
        }
        2 => {
            let ty = GlobalType::new(ValType::I64, Mutability::Var);
            // Not all values suit.
            let value = if number % 5 == 0 { Val::I32(1) } else { Val::I64(number as i64) };
            let item = Global::new(&mut store, ty, value);
            item.map(|item| keep(&mut store, item.into())).unwrap_or_default();
        }
        3 => {
            let fuel = store.get_fuel().expect("fuel is counted");
            store.set_fuel(fuel + number).expect("fuel is counted");
        }
        4 => store.set_epoch_deadline(number % 3),
        5 => store.engine().increment_epoch(),
        _ => {}
    }
    Ok(())
}

/// A value of a type: of references those that there are.
fn value(
    store: &mut StoreContextMut<'_, Data>,
    ty: &ValType,
    u: &mut Unstructured<'_>,
) -> Result<Val> {
    let bits = u64::arbitrary(u).unwrap_or(7);
    Ok(match ty {
        ValType::I32 => Val::I32(bits as i32),
        ValType::I64 => Val::I64(bits as i64 % 100_000),
        ValType::F32 => Val::F32(bits as u32),
        ValType::F64 => Val::F64(bits),
        ValType::V128 => Val::V128(u128::from(bits).into()),
        ValType::Ref(ty) => match ty.heap_type() {
            HeapType::Func => {
                let items = store.data().items.clone();
                let func = pick(items.iter(), u, |item| matches!(item, Extern::Func(_)))?;
                Val::FuncRef(func.and_then(Extern::into_func))
            }
            _ if bits % 3 == 0 => Val::ExternRef(None),
            _ => Val::ExternRef(ExternRef::new(store, bits).ok()),
        },
    })
}

/// One of some things, if one will do.
fn pick<'t, T: Clone + 't>(
    things: impl Iterator<Item = &'t T>,
    u: &mut Unstructured<'_>,
    which: impl Fn(&T) -> bool,
) -> Result<Option<T>> {
    let things: Vec<&T> = things.filter(|thing| which(thing)).collect();
    if things.is_empty() {
        return Ok(None);
    }
    Ok(Some((*u.choose(&things)?).clone()))
}

/// Whether an item is of the kind of an import; its type need not be.
fn suits(item: &Extern, import: &ImportType<'_>) -> bool {
    matches!(
        (item, import.ty()),
        (Extern::Func(_), ExternType::Func(_))
            | (Extern::Memory(_), ExternType::Memory(_))
            | (Extern::Table(_), ExternType::Table(_))
            | (Extern::Global(_), ExternType::Global(_))
    )
}

/// Notes an instance and what it exports.
fn adopt(store: &mut Store<Data>, instance: Option<wasmote::Result<Instance>>) {
    if let Some(Ok(instance)) = instance {
        let exports: Vec<Extern> =
            instance.exports(&mut *store).map(|export| export.into_extern()).collect();
        for item in exports {
            keep(&mut store.as_context_mut(), item);
        }
        store.data_mut().instances.push(instance);
    }
}

fn keep(store: &mut StoreContextMut<'_, Data>, item: Extern) {
    let items = &mut store.data_mut().items;
    if items.len() < MAX_ITEMS {
        items.push(item);
    }
}
