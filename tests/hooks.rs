//! Call hooks: what is told when, and what an error of the hook does.

use std::sync::{Arc, Mutex};

use wasmote::CallHook::{CallingHost, CallingWasm, ReturningFromHost, ReturningFromWasm};
use wasmote::*;

/// What the hook was told, and at which event it fails.
#[derive(Default)]
struct Log {
    events: Vec<CallHook>,
    fail_at: Option<usize>,
}

impl Log {
    fn note(&mut self, event: CallHook) -> Result<()> {
        self.events.push(event);
        ensure!(self.fail_at != Some(self.events.len() - 1), "refused at {event:?}");
        Ok(())
    }

    /// The events since the last time.
    fn taken(&mut self) -> Vec<CallHook> {
        std::mem::take(&mut self.events)
    }
}

const GUEST: &str = r#"(module
    (import "" "host" (func $host (param i32) (result i32)))
    (func (export "run") (param i32) (result i32) (call $host (local.get 0)))
    (func (export "plain") (result i32) (i32.const 1))
    (func (export "trap") unreachable))"#;

/// A store with the guest, whose `host` calls `plain` with 1, fails with 2, and returns otherwise.
fn guest() -> Result<(Store<Log>, Instance)> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, Log::default());
    let mut linker = Linker::new(&engine);
    linker.func_wrap("", "host", |mut caller: Caller<'_, Log>, n: i32| -> Result<i32> {
        match n {
            1 => {
                let plain = caller.get_export("plain").unwrap().into_func().unwrap();
                plain.typed::<(), i32>(&caller)?.call(&mut caller, ())
            }
            2 => bail!("the host fails"),
            n => Ok(n),
        }
    })?;
    let instance = linker.instantiate(&mut store, &Module::new(&engine, GUEST)?)?;
    Ok((store, instance))
}

#[test]
fn entries_and_exits_come_in_pairs() -> Result<()> {
    let (mut store, instance) = guest()?;
    store.call_hook(|mut store, event| store.data_mut().note(event));
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
    let around = |inner: &[CallHook]| {
        [&[CallingWasm, CallingHost], inner, &[ReturningFromHost, ReturningFromWasm]].concat()
    };

    assert_eq!(run.call(&mut store, 0)?, 0);
    assert_eq!(store.data_mut().taken(), around(&[]));
    assert_eq!(run.call(&mut store, 1)?, 1);
    assert_eq!(store.data_mut().taken(), around(&[CallingWasm, ReturningFromWasm]));
    let error = run.call(&mut store, 2).unwrap_err();
    assert_eq!(error.root_cause().to_string(), "the host fails");
    assert_eq!(store.data_mut().taken(), around(&[]));
    let trap = instance.get_typed_func::<(), ()>(&mut store, "trap")?;
    assert!(trap.call(&mut store, ()).unwrap_err().is::<Trap>());
    assert_eq!(store.data_mut().taken(), [CallingWasm, ReturningFromWasm]);

    assert!(CallingHost.entering_host() && ReturningFromWasm.entering_host());
    assert!(CallingWasm.exiting_host() && ReturningFromHost.exiting_host());
    Ok(())
}

#[test]
fn an_error_of_the_hook_is_the_calls() -> Result<()> {
    for (fail_at, expected) in [
        (0, vec![CallingWasm]),
        (1, vec![CallingWasm, CallingHost, ReturningFromWasm]),
        (2, vec![CallingWasm, CallingHost, ReturningFromHost, ReturningFromWasm]),
        (3, vec![CallingWasm, CallingHost, ReturningFromHost, ReturningFromWasm]),
    ] {
        let (mut store, instance) = guest()?;
        store.call_hook(|mut store, event| store.data_mut().note(event));
        let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
        store.data_mut().fail_at = Some(fail_at);
        // The error of the host function, if it is called at all, counts less.
        let error = run.call(&mut store, 2).unwrap_err();
        let root = error.root_cause().to_string();
        assert_eq!(root, format!("refused at {:?}", expected[fail_at]));
        assert_eq!(store.data_mut().taken(), expected);
        store.data_mut().fail_at = None;
        assert_eq!(run.call(&mut store, 5)?, 5, "the store is as good as before");
    }
    Ok(())
}

#[test]
fn a_hook_may_use_the_store() -> Result<()> {
    let (mut store, instance) = guest()?;
    let plain = instance.get_typed_func::<(), i32>(&mut store, "plain")?;
    store.call_hook({
        let plain = plain.clone();
        move |mut store, event| {
            store.data_mut().note(event)?;
            // What it calls is not told.
            assert_eq!(plain.call(&mut store, ())?, 1);
            Ok(())
        }
    });
    assert_eq!(plain.call(&mut store, ())?, 1);
    assert_eq!(store.data_mut().taken(), [CallingWasm, ReturningFromWasm]);
    Ok(())
}

struct Slow(Arc<Mutex<Log>>);

#[async_trait::async_trait]
impl CallHookHandler<Log> for Slow {
    async fn handle_call_event(&self, _: StoreContextMut<'_, Log>, event: CallHook) -> Result<()> {
        tokio::task::yield_now().await;
        self.0.lock().unwrap().note(event)
    }
}

#[tokio::test]
async fn a_hook_may_wait() -> Result<()> {
    let (mut store, instance) = guest()?;
    let log = Arc::new(Mutex::new(Log::default()));
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
    store.call_hook_async(Slow(log.clone()));
    assert_eq!(
        run.call(&mut store, 0).unwrap_err().to_string(),
        "store configuration requires that `*_async` functions are used instead"
    );
    assert_eq!(run.call_async(&mut store, 3).await?, 3);
    let expected = [CallingWasm, CallingHost, ReturningFromHost, ReturningFromWasm];
    assert_eq!(log.lock().unwrap().taken(), expected);

    let wait = Func::wrap_async(&mut store, |_, (n,): (i32,)| {
        Box::new(async move {
            tokio::task::yield_now().await;
            n + 1
        })
    });
    let wait = wait.typed::<i32, i32>(&store)?;
    assert_eq!(wait.call_async(&mut store, 3).await?, 4);
    assert_eq!(log.lock().unwrap().taken(), expected);

    log.lock().unwrap().fail_at = Some(1);
    let error = run.call_async(&mut store, 3).await.unwrap_err();
    assert_eq!(error.root_cause().to_string(), "refused at CallingHost");
    assert_eq!(log.lock().unwrap().taken(), [CallingWasm, CallingHost, ReturningFromWasm]);
    Ok(())
}
