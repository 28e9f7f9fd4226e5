//! Profiles: their JSON has the samples and markers that were taken.

use std::time::Duration;

use serde_json::Value;
use wasmote::*;

type Profiled = Option<GuestProfiler>;

/// Does something with the profiler in a store's data, which looks at the store.
fn with<S: AsContextMut<Data = Profiled>>(mut store: S, act: impl FnOnce(&mut GuestProfiler, &S)) {
    let mut profiler = store.as_context_mut().data_mut().take().expect("it is there");
    act(&mut profiler, &store);
    *store.as_context_mut().data_mut() = Some(profiler);
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("there is {name}"))
}

/// The functions of a stack of a thread, innermost first, with their addresses.
fn stack<'v>(profile: &'v Value, mut stack: &'v Value) -> Vec<(String, u64)> {
    let thread = &profile["threads"][0];
    let mut functions = Vec::new();
    while let Some(number) = stack.as_u64() {
        let frame = &list(&thread["stackTable"], "frame")[number as usize];
        let frame = frame.as_u64().unwrap() as usize;
        let func = list(&thread["frameTable"], "func")[frame].as_u64().unwrap() as usize;
        let name = list(&thread["funcTable"], "name")[func].as_u64().unwrap() as usize;
        let name = list(thread, "stringArray")[name].as_str().unwrap().to_owned();
        functions.push((name, list(&thread["frameTable"], "address")[frame].as_u64().unwrap()));
        stack = &list(&thread["stackTable"], "prefix")[number as usize];
    }
    functions
}

fn finish(store: &mut Store<Profiled>) -> Result<Value> {
    let mut json = Vec::new();
    store.data_mut().take().expect("it is there").finish(&mut json)?;
    Ok(serde_json::from_slice(&json)?)
}

const OTHER: &str = r#"(module (import "" "host" (func $host))
    (func (export "other") (call $host)))"#;
const GUEST: &str = r#"(module (import "other" "other" (func $other))
    (func $_ZN5guest4workEv (call $other))
    (func (export "run") nop (call $_ZN5guest4workEv)))"#;

/// A store whose host function does this, an instance of the guest, and its module, which alone is profiled.
fn setup(
    host: impl Fn(Caller<'_, Profiled>) + Send + Sync + 'static,
) -> Result<(Store<Profiled>, Instance, Module)> {
    let engine = Engine::default();
    let guest = Module::new(&engine, GUEST)?;
    let modules = [("the guest".to_owned(), guest.clone())];
    let profiler = GuestProfiler::new(&engine, "program", Duration::from_millis(2), modules)?;
    let mut store = Store::new(&engine, Some(profiler));
    let mut linker = Linker::new(&engine);
    linker.func_wrap("", "host", host)?;
    let other = linker.instantiate(&mut store, &Module::new(&engine, OTHER)?)?;
    linker.instance(&mut store, "other", other)?;
    let instance = linker.instantiate(&mut store, &guest)?;
    Ok((store, instance, guest))
}

/// The functions of the guest on the stack when the host function runs, with the places of their calls.
fn expected(guest: &Module) -> Vec<(String, u64)> {
    // A body begins with the number of its locals; the calls are behind that, and behind a `nop`.
    let calls = guest.functions().zip([1, 2]).map(|(func, at)| func.offset as u64 + at);
    let work = if cfg!(feature = "demangle") { "guest::work()" } else { "_ZN5guest4workEv" };
    [work.to_owned(), "<wasm function 2>".to_owned()].into_iter().zip(calls).collect()
}

#[test]
fn samples_are_in_the_profile() -> Result<()> {
    let (mut store, instance, guest) = setup(|caller| {
        with(caller, |profiler, store| profiler.sample(store, Duration::from_micros(70)));
    })?;
    let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    run.call(&mut store, ())?;
    run.call(&mut store, ())?;
    with(&mut store, |profiler, store| profiler.sample(store, Duration::ZERO));

    let profile = finish(&mut store)?;
    assert_eq!(profile["meta"]["product"], "program");
    assert_eq!(profile["meta"]["interval"], 2.0);
    assert_eq!(profile["libs"][0]["name"], "the guest");
    let samples = &profile["threads"][0]["samples"];
    let stacks: Vec<_> = list(samples, "stack").iter().map(|at| stack(&profile, at)).collect();
    assert_eq!(stacks, [expected(&guest), expected(&guest), vec![]]);
    assert_eq!(list(samples, "threadCPUDelta"), [70, 70, 0]);
    Ok(())
}

#[test]
fn an_epoch_is_a_place_to_sample() -> Result<()> {
    let engine = Engine::new(Config::new().epoch_interruption(true))?;
    let text = r#"(module (func $spin (loop (br 0))) (func (export "run") (call $spin)))"#;
    let module = Module::new(&engine, text)?;
    let modules = [("m".to_owned(), module.clone())];
    let profiler = GuestProfiler::new(&engine, "m", Duration::from_millis(1), modules)?;
    let mut store = Store::new(&engine, Some(profiler));
    let mut samples = 0;
    store.epoch_deadline_callback(move |mut store| {
        with(&mut store, |profiler, store| profiler.sample(store, Duration::ZERO));
        samples += 1;
        if samples == 3 {
            bail!("enough");
        }
        Ok(UpdateDeadline::Continue(0))
    });
    let instance = Instance::new(&mut store, &module, &[])?;
    let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    assert_eq!(run.call(&mut store, ()).unwrap_err().root_cause().to_string(), "enough");

    let profile = finish(&mut store)?;
    let stacks = list(&profile["threads"][0]["samples"], "stack");
    assert_eq!(stacks.len(), 3);
    // The first was taken when `run` was entered, for the deadline of a new store is reached.
    let names = |at: &Value| stack(&profile, at).into_iter().map(|(name, _)| name);
    assert_eq!(names(&stacks[2]).collect::<Vec<_>>(), ["spin", "<wasm function 1>"]);
    Ok(())
}

#[cfg(feature = "call-hook")]
#[test]
fn calls_of_the_host_are_marked() -> Result<()> {
    let (mut store, instance, guest) = setup(|_| {})?;
    store.call_hook(|mut store, kind| {
        with(&mut store, |profiler, store| profiler.call_hook(store, kind));
        Ok(())
    });
    let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    run.call(&mut store, ())?;

    let profile = finish(&mut store)?;
    let thread = &profile["threads"][0];
    let markers = &thread["markers"];
    // An interval begins, and ends.
    assert_eq!(list(markers, "phase"), [2, 3]);
    for name in list(markers, "name") {
        assert_eq!(list(thread, "stringArray")[name.as_u64().unwrap() as usize], "hostcall");
    }
    let data = &list(markers, "data")[0];
    assert_eq!(data["type"], "hostcall");
    assert_eq!(stack(&profile, &data["cause"]["stack"]), expected(&guest));
    Ok(())
}
