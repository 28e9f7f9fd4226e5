//! Text in and out of a guest's linear memory.
//!
//! `cargo run --release --example memory`

use wasmote::{Engine, Instance, Module, Result, Store, format_err};

fn main() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(
        &engine,
        r#"(module
            (memory (export "memory") 1)
            ;; Turns the ASCII letters of a text into capitals, in place.
            (func (export "shout") (param $at i32) (param $len i32)
              (local $end i32) (local $byte i32)
              (local.set $end (i32.add (local.get $at) (local.get $len)))
              (block $done
                (loop $next
                  (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
                  (local.set $byte (i32.load8_u (local.get $at)))
                  (if (i32.lt_u (i32.sub (local.get $byte) (i32.const 97)) (i32.const 26))
                    (then (i32.store8 (local.get $at)
                      (i32.sub (local.get $byte) (i32.const 32)))))
                  (local.set $at (i32.add (local.get $at) (i32.const 1)))
                  (br $next)))))"#,
    )?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let memory = instance
        .get_memory(&mut store, "memory")
        .ok_or_else(|| format_err!("the guest exports no memory"))?;
    let shout = instance.get_typed_func::<(u32, u32), ()>(&mut store, "shout")?;

    // `write` and `read` are checked; `data` and `data_mut` give the bytes themselves.
    let text = "a small machine";
    memory.write(&mut store, 1024, text.as_bytes())?;
    shout.call(&mut store, (1024, text.len() as u32))?;
    let answer = core::str::from_utf8(&memory.data(&store)[1024..1024 + text.len()])?;
    println!("{text} -> {answer}");
    assert_eq!(answer, "A SMALL MACHINE");

    // A page is 64 KiB; `grow` answers with the size before.
    assert_eq!(memory.grow(&mut store, 1)?, 1);
    assert_eq!(memory.data_size(&store), 2 * 65536);
    assert!(memory.write(&mut store, 2 * 65536, b"x").is_err());
    Ok(())
}
