//! Runs WebAssembly test scripts on wasmote.
//!
//! A script (`.wast`) is the text format of the official specification suite: modules, calls of
//! their exports and assertions about what must happen. This crate is an embedder like any other: it
//! uses nothing but wasmote's public API. The command line (`wasmote wast`) and the specification
//! test (`cargo test --test spec`) are thin covers of [`Runner`].
//!
//! Every top-level form of a script is one *directive* and is counted once: as passed, failed or
//! skipped. A directive is skipped only when the script asks for something that lies outside of core
//! WebAssembly on one thread (components, `thread`, `wait`). Everything else must pass; in
//! particular a module that cannot be compiled or instantiated is a failure.
//!
//! What an assertion demands:
//!
//! | directive | demands |
//! |---|---|
//! | `assert_return` | the results, bit by bit; `nan:canonical` and `nan:arithmetic` match by the specification's definition, `(ref.extern)` and the like any non-null reference of that kind |
//! | `assert_trap` | a [`Trap`](wasmote::Trap) whose text contains the expected one (a number at its end, as in `uninitialized element 2`, is left out). With a module inside, instantiation must trap |
//! | `assert_exhaustion` | the same, for calls that run out of stack |
//! | `assert_exception` | a call that ends with an exception, a [`ThrownException`](wasmote::ThrownException) |
//! | `assert_invalid`, `assert_malformed` | the module is refused before instantiation, by the text parser or by `Module::new`. The texts of these errors are the validator's own, and not compared |
//! | `assert_unlinkable` | the module compiles, and instantiation fails with an error that is no trap and contains the expected text |
//!
//! ```
//! # fn main() -> wasmote::Result<()> {
//! let engine = wasmote::Engine::default();
//! let report = wasmote_wast::Runner::new(&engine).run(
//!     "answer.wast",
//!     r#"
//!     (module (func (export "answer") (result i32) (i32.const 42)))
//!     (assert_return (invoke "answer") (i32.const 42))
//!     (assert_return (invoke "answer") (i32.const 41))
//!     "#,
//! );
//! assert_eq!((report.passed, report.failed, report.skipped), (2, 1, 0));
//! assert_eq!(
//!     report.failures[0].to_string(),
//!     "answer.wast:4: result 0: expected i32:41, got i32:42"
//! );
//! # Ok(())
//! # }
//! ```

mod printable;
mod report;
mod runner;
mod script;
mod spectest;
mod values;

pub use printable::printable;
pub use report::{Failure, Report};
pub use runner::Runner;
