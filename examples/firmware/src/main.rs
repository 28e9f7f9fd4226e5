//! A whole WebAssembly host on a microcontroller: parses, validates, translates and runs a module
//! that lies in flash, without an operating system.
//!
//! `main` below is an ordinary embedding of wasmote. The rest of the package is what a board needs:
//! [`board`] starts the processor, [`heap`] gives out memory, [`semihosting`] prints through the
//! debugger (here: QEMU), [`timer`] waits.

#![no_std]
#![no_main]

extern crate alloc;

mod board;
mod heap;
mod semihosting;
mod timer;

use alloc::boxed::Box;
use core::fmt::Write;
use semihosting::Console;
use wasmote::{Caller, Config, Engine, Extern, Linker, Module, Result, Store, Trap, format_err};

/// The module, in flash.
static GUEST: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/guest.wasm"));

/// What the host functions work on: a sensor that counts its samples.
#[derive(Default)]
struct Sensor {
    samples: u32,
}

/// `board.sample`: the next sample of a channel.
fn sample(mut caller: Caller<'_, Sensor>, channel: u32) -> u32 {
    let sensor = caller.data_mut();
    sensor.samples += 1;
    1000 * channel + sensor.samples
}

/// `board.print`: prints text that lies in the guest's memory.
fn print(mut caller: Caller<'_, Sensor>, text: u32, len: u32) -> Result<()> {
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
        return Err(format_err!("the guest exports no memory"));
    };
    let bytes = memory
        .data(&caller)
        .get(text as usize..)
        .and_then(|rest| rest.get(..len as usize))
        .ok_or(Trap::MemoryOutOfBounds)?;
    writeln!(Console, "guest: {}", core::str::from_utf8(bytes)?)?;
    Ok(())
}

fn main() -> Result<()> {
    let mut config = Config::new();
    config.max_wasm_stack(16 * 1024);
    let engine = Engine::new(&config)?;
    let module = Module::new(&engine, GUEST)?;

    let mut linker = Linker::new(&engine);
    linker.func_wrap("board", "sample", sample)?;
    linker.func_wrap("board", "print", print)?;
    // Where nothing may wait, what would is missing.
    let mut waiting = linker.clone();
    linker.define_unknown_imports_as_traps(&module)?;

    let mut store = Store::new(&engine, Sensor::default());
    let instance = linker.instantiate(&mut store, &module)?;

    let mean = instance.get_typed_func::<(u32, u32), f64>(&mut store, "mean")?;
    writeln!(Console, "mean(4, 100) = {}", mean.call(&mut store, (4, 100))?)?;

    let fib = instance.get_typed_func::<u32, u64>(&mut store, "fib")?;
    writeln!(Console, "fib(20) = {}", fib.call(&mut store, 20)?)?;

    let even = instance.get_typed_func::<u32, u32>(&mut store, "even")?;
    writeln!(Console, "even(1001) = {}", even.call(&mut store, 1001)?)?;

    let poke = instance.get_typed_func::<(), u32>(&mut store, "poke")?;
    if let Err(error) = poke.call(&mut store, ()) {
        writeln!(Console, "poke: {}", error.downcast::<Trap>()?)?;
    }

    let forever = instance.get_typed_func::<u64, u64>(&mut store, "forever")?;
    if let Err(error) = forever.call(&mut store, 0) {
        writeln!(Console, "forever: {}", error.downcast::<Trap>()?)?;
    }

    writeln!(Console, "samples: {}", store.data().samples)?;

    // A guest that waits for an interrupt before each sample. It holds no native stack meanwhile.
    waiting
        .func_wrap_async("board", "wait", |_, (ticks,): (u32,)| Box::new(timer::timeout(ticks)))?;
    let mut store = Store::new(&engine, Sensor::default());
    let (mean, slept) = timer::block_on(async {
        let instance = waiting.instantiate_async(&mut store, &module).await?;
        let patient = instance.get_typed_func::<(u32, u32), f64>(&mut store, "patient")?;
        patient.call_async(&mut store, (2, 5)).await
    });
    writeln!(Console, "patient(2, 5) = {}, slept {slept} times", mean?)?;
    writeln!(Console, "heap: at most {} bytes in use", heap::HEAP.peak())?;
    Ok(())
}

/// Called by [`board`] when memory is ready.
fn start() -> ! {
    heap::HEAP.init(board::heap());
    match main() {
        Ok(()) => {
            let _ = writeln!(Console, "done");
            semihosting::exit(true)
        }
        Err(error) => {
            let _ = writeln!(Console, "error: {error:?}");
            semihosting::exit(false)
        }
    }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let _ = writeln!(Console, "{info}");
    semihosting::exit(false)
}
