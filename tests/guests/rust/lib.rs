//! Panics that unwind: through frames with values to drop, caught, resumed, and while others are handled.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind, set_hook};

thread_local! {
    /// What the program prints.
    static OUTPUT: RefCell<String> = const { RefCell::new(String::new()) };
}

fn print(text: &str) {
    OUTPUT.with_borrow_mut(|output| output.push_str(text));
}

/// Says when it is dropped.
struct Noisy(String);

impl Drop for Noisy {
    fn drop(&mut self) {
        print(&format!("drop {}\n", self.0));
    }
}

/// Panics `depth` frames down.
fn fall(depth: u32) -> u32 {
    let noisy = Noisy(format!("frame {depth}"));
    if depth == 0 {
        panic!("the ground of {}", noisy.0);
    }
    fall(depth - 1) + 1
}

/// The message of a panic.
fn message(payload: &(dyn std::any::Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("something else")
}

fn caught(what: &str, run: impl FnOnce()) {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(()) => print(&format!("{what}: fine\n")),
        Err(payload) => print(&format!("{what}: {}\n", message(&*payload))),
    }
}

/// Panics when it is dropped.
struct Rude;

impl Drop for Rude {
    fn drop(&mut self) {
        panic!("rude");
    }
}

/// Runs it all. The output is at the address returned, and as long as [`length`] says.
#[unsafe(no_mangle)]
pub extern "C" fn run() -> *const u8 {
    set_hook(Box::new(|info| {
        print(&format!("panic at line {}\n", info.location().map_or(0, |at| at.line())))
    }));
    caught("nothing", || {});
    caught("fall", || drop(fall(3)));
    caught("again", || {
        let _outer = Noisy("outer".into());
        if let Err(payload) = catch_unwind(|| drop(fall(1))) {
            print("on\n");
            resume_unwind(payload);
        }
    });
    caught("a number", || panic_any(7_u64));
    caught("index", || {
        let list = [1, 2, 3];
        print(&format!("{}\n", list[std::hint::black_box(3)]));
    });
    caught("overflow", || drop("300".parse::<u8>().unwrap()));
    caught("destructor", || drop(Rude));
    caught("collections", || {
        let mut map = BTreeMap::new();
        for n in 0..2000_u32 {
            let outcome =
                catch_unwind(|| if n % 3 == 0 { resume_unwind(Box::new(n / 3)) } else { n });
            let (kind, value) = match outcome {
                Ok(n) => ("returned", n),
                Err(payload) => ("thrown", *payload.downcast::<u32>().unwrap()),
            };
            *map.entry(kind).or_insert(0) += value;
        }
        let mut line = String::new();
        writeln!(line, "{map:?}").unwrap();
        print(&line);
    });
    OUTPUT.with_borrow(|output| output.as_ptr())
}

/// How long the output is, in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn length() -> usize {
    OUTPUT.with_borrow(String::len)
}
