//! Exceptions: the errors of those that nobody catches, what is pending when, what is caught, and what fuel they take.

use wasmtime::*;

use crate::report::Report;

const GUEST: &str = r#"(module $m
  (import "host" "call" (func $call (param i32)))
  (tag $e (export "e") (param i32))
  (tag $other (param i32))
  (func $throw (export "throw") (param i32) nop (throw $e (local.get 0)))
  (func $deep (export "deep") (param i32) (call $throw (local.get 0)) nop)
  (func (export "not caught") (param i32)
    (block $h (result i32)
      (try_table (catch $other $h) (call $deep (local.get 0)))
      (i32.const 0))
    drop)
  (func (export "thrown again") (param i32)
    (block $h (result exnref)
      (try_table (catch_all_ref $h) (call $deep (local.get 0)))
      unreachable)
    nop
    throw_ref)
  (func (export "tail") (param i32)
    (block (try_table (catch_all 0) (return_call $deep (local.get 0)))))
  (func (export "null") (param i32) (throw_ref (ref.null exn)))
  (func (export "trap in a block") (param i32) (block (try_table (catch_all 0) unreachable)))
  (func (export "through the host") (param i32) (call $call (local.get 0)))
  (func (export "caught") (param i32)
    (block $h (result i32)
      (try_table (catch $e $h) (call $deep (local.get 0)))
      (i32.const 0))
    drop)
  (func (export "caught by the reference") (param i32)
    (block $h (result i32 exnref)
      (try_table (catch_ref $e $h) (call $deep (local.get 0)))
      unreachable)
    drop drop)
  (func (export "caught from the host") (param i32)
    (block (try_table (catch_all 0) (call $call (local.get 0)) nop)))
  (func (export "caught here") (param i32)
    (block $h (result i32)
      (try_table (catch $e $h) (throw $e (local.get 0)))
      (i32.const 0))
    drop)
  (func (export "in a loop") (param i32)
    (loop $next
      (block $h (result i32)
        (try_table (catch $e $h) (call $throw (local.get 0)))
        (i32.const 0))
      (br_if $next (local.tee 0 (i32.sub (i32.const 1)))))))"#;

const CALLS: &[&str] = &[
    "throw",
    "deep",
    "not caught",
    "thrown again",
    "tail",
    "null",
    "trap in a block",
    "through the host",
    "caught",
    "caught by the reference",
    "caught from the host",
    "caught here",
    "in a loop",
];

pub(super) fn run(report: &mut Report) {
    for fuel in [false, true] {
        let mut config = Config::new();
        config.wasm_exceptions(true).consume_fuel(fuel);
        let engine = Engine::new(&config).expect("it has exceptions");
        let module = Module::new(&engine, GUEST).expect("it is valid");
        let mut store = Store::new(&engine, None::<Func>);
        if fuel {
            store.set_fuel(10_000).expect("there is fuel");
        }
        let call = Func::wrap(&mut store, |mut caller: Caller<'_, Option<Func>>, n: i32| {
            let throw = (*caller.data()).expect("it was set");
            let outcome = throw.typed::<i32, ()>(&caller)?.call(&mut caller, n);
            let pending = caller.as_context_mut().has_pending_exception();
            assert!(pending && outcome.as_ref().is_err_and(|error| error.is::<ThrownException>()));
            outcome
        });
        let instance = Instance::new(&mut store, &module, &[call.into()]).expect("it links");
        *store.data_mut() = instance.get_func(&mut store, "deep");
        for name in CALLS {
            let func =
                instance.get_typed_func::<i32, ()>(&mut store, name).expect("it is exported");
            if fuel {
                store.set_fuel(10_000).expect("there is fuel");
            }
            let outcome = func.call(&mut store, 3);
            if fuel {
                let left = store.get_fuel().expect("there is fuel");
                report.see(format!("{name}: fuel"), 10_000 - left);
                continue;
            }
            let is = outcome.as_ref().is_err_and(|error| error.is::<ThrownException>());
            let pending = store.has_pending_exception();
            report.outcome(*name, outcome);
            report.see(format!("{name}: kind"), format!("thrown: {is}, pending: {pending}"));
            let taken = store.take_pending_exception();
            report.see(
                format!("{name}: taken"),
                format!("{}, pending: {}", taken.is_some(), store.has_pending_exception()),
            );
            if let Some(exception) = taken {
                report.outcome(format!("{name}: thrown by the host"), store.throw::<()>(exception));
                let _ = store.take_pending_exception();
            }
        }
    }
}
