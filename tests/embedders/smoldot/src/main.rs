//! smoldot's virtual machine pauses a guest in its imports: a future that its owner polls when it has the answer.

use smoldot::executor::vm::{
    Config, ExecHint, ExecOutcome, HeapPages, VirtualMachinePrototype, WasmValue,
};

/// Adds what the host says of each number up to `n`, and of a byte that the host has written to a memory it has grown.
const GUEST: &str = r#"(module
    (import "env" "ask" (func $ask (param i32) (result i32)))
    (import "env" "memory" (memory 1 4))
    (global (export "__heap_base") i32 (i32.const 4096))
    (func (export "run") (param $n i32) (result i32) (local $sum i32)
        (loop $again
            (local.set $sum (i32.add (local.get $sum) (call $ask (local.get $n))))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (i32.add (local.get $sum) (i32.load8_u (i32.const 65536))))
    (func (export "trap") (result i32) unreachable))"#;

fn main() {
    let module = wat::parse_str(GUEST).expect("the guest parses");
    let mut prototype = VirtualMachinePrototype::new(Config {
        module_bytes: &module,
        exec_hint: ExecHint::force_wasmtime_if_available().expect("there is wasmtime"),
        symbols: &mut |module, name, _| {
            if (module, name) == ("env", "ask") { Ok(7) } else { Err(()) }
        },
    })
    .expect("the module is fine");
    assert_eq!(prototype.global_value("__heap_base").ok(), Some(4096));

    for round in 1..=2 {
        let mut machine =
            prototype.prepare().start("run", &[WasmValue::I32(3)]).expect("it starts");
        assert_eq!(machine.memory_size(), HeapPages::new(1));
        let mut answer = None;
        let mut asked = Vec::new();
        let sum = loop {
            match machine.run(answer).expect("it runs") {
                ExecOutcome::Interrupted { id: 7, params } => {
                    let [WasmValue::I32(n)] = params[..] else { panic!("a number expected") };
                    if asked.is_empty() {
                        machine.grow_memory(HeapPages::new(1)).expect("there is room");
                        machine.write_memory(65536, &[100]).expect("the page is there");
                    }
                    asked.push(n);
                    answer = Some(WasmValue::I32(n * 10));
                }
                ExecOutcome::Finished { return_value } => break return_value.expect("no trap"),
                other => panic!("{other:?}"),
            }
        };
        println!("round {round}: asked of {asked:?}, finished with {sum:?}");
        assert_eq!((asked, sum), (vec![3, 2, 1], Some(WasmValue::I32(160))));
        prototype = machine.into_prototype();
    }

    let mut machine = prototype.prepare().start("trap", &[]).expect("it starts");
    let Ok(ExecOutcome::Finished { return_value: Err(trap) }) = machine.run(None) else {
        panic!("a trap expected")
    };
    println!("trap: {trap}");
}
