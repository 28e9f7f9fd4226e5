//! A server that answers each request by a guest, in a store of its own: what one request does to its guest, the next
//! one does not see, and none takes more memory or time than it may.
//!
//! A request is a line of TCP, a decimal number; the answer is a line. The program is its own client, so it ends by itself.
//!
//! `cargo run --release --example server`

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use wasmote::{
    Caller, Config, Engine, InstancePre, Linker, Module, Result, Store, StoreLimits,
    StoreLimitsBuilder, format_err,
};

/// Answers with the sum of squares below the number. 13 makes it run without end, 14 grow its memory.
const GUEST: &str = r#"
(module
  (import "server" "answer" (func $answer (param i64)))
  (memory 1)
  (global $requests (mut i64) (i64.const 0))
  (func (export "handle") (param $n i64) (local $sum i64)
    (if (i64.eq (local.get $n) (i64.const 13)) (then (loop (br 0))))
    (if (i64.eq (local.get $n) (i64.const 14))
      (then (if (i32.eq (memory.grow (i32.const 1000)) (i32.const -1)) (then unreachable))))
    ;; Never more than one, since no other request had this instance.
    (global.set $requests (i64.add (global.get $requests) (i64.const 1)))
    (if (i64.ne (global.get $requests) (i64.const 1)) (then unreachable))
    (loop $again
      (if (i64.ne (local.get $n) (i64.const 0))
        (then
          (local.set $n (i64.sub (local.get $n) (i64.const 1)))
          (local.set $sum (i64.add (local.get $sum) (i64.mul (local.get $n) (local.get $n))))
          (br $again))))
    (call $answer (local.get $sum))))"#;

/// What a store keeps for the host: of one request only.
struct Request {
    limits: StoreLimits,
    answer: Option<i64>,
}

const EPOCH: Duration = Duration::from_millis(10);
/// How many epochs a request may take.
const DEADLINE: u64 = 20;

fn main() -> Result<()> {
    let mut config = Config::new();
    config.epoch_interruption(true);
    let engine = Engine::new(&config)?;
    // The clock of all requests. It ends when nothing else holds the engine.
    let clock = engine.weak();
    thread::spawn(move || {
        while let Some(engine) = clock.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(EPOCH);
        }
    });

    // All that can be done once is done once: validation, translation, resolving imports.
    let module = Module::new(&engine, GUEST)?;
    let mut linker = Linker::new(&engine);
    linker.func_wrap("server", "answer", |mut caller: Caller<'_, Request>, n: i64| {
        caller.data_mut().answer = Some(n)
    })?;
    let guest = linker.instantiate_pre(&module)?;

    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    let requests = [
        (4, "14"),
        (1_000, "332833500"),
        (13, "error: wasm trap: interrupt"),
        (14, "error: wasm trap: wasm `unreachable` instruction executed"),
        (5, "30"),
    ];
    // A thread for each connection. They share what `InstancePre` has, and no store.
    thread::spawn(move || {
        for stream in listener.incoming() {
            let guest = guest.clone();
            thread::spawn(move || serve(stream?, &guest));
        }
    });

    for (number, expected) in requests {
        let answer = ask(address, number)?;
        println!("{number}: {answer}");
        assert_eq!(answer, expected);
    }
    Ok(())
}

/// Reads a request and answers it.
fn serve(mut stream: TcpStream, guest: &InstancePre<Request>) -> Result<()> {
    let mut line = String::new();
    BufReader::new(&stream).read_line(&mut line)?;
    let answer = line.trim().parse().map_err(Into::into).and_then(|number| handle(guest, number));
    match answer {
        Ok(answer) => writeln!(stream, "{answer}")?,
        // The client learns what went wrong, the backtrace is not for it.
        Err(error) => writeln!(stream, "error: {}", error.root_cause())?,
    }
    Ok(())
}

/// What the guest answers to a number.
fn handle(guest: &InstancePre<Request>, number: i64) -> Result<i64> {
    let limits = StoreLimitsBuilder::new().memory_size(1 << 20).instances(1).build();
    let mut store = Store::new(guest.module().engine(), Request { limits, answer: None });
    store.limiter(|request| &mut request.limits);
    store.set_epoch_deadline(DEADLINE);
    let instance = guest.instantiate(&mut store)?;
    instance.get_typed_func::<i64, ()>(&mut store, "handle")?.call(&mut store, number)?;
    // The store and all that the guest had are dropped here.
    store.into_data().answer.ok_or_else(|| format_err!("the guest did not answer"))
}

/// What the server at `address` answers to a number.
fn ask(address: SocketAddr, number: i64) -> Result<String> {
    let mut stream = TcpStream::connect(address)?;
    writeln!(stream, "{number}")?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer)?;
    Ok(answer.trim_end().into())
}
