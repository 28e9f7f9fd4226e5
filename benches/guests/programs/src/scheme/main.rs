//! An interpreter of a small Scheme: a reader, a compiler to a tree with resolved variables, and an evaluator with
//! closures, pairs and proper tail calls. It runs `program.scm`: lists, association, recursion, a sort.
//! Memory is counted references, as in many an interpreter that is embedded.

mod compile;
mod eval;
mod read;

use std::cell::RefCell;
use std::rc::Rc;

use compile::Compiler;
use eval::{Frame, Value};
use programs::fnv;

const PROGRAM: &str = include_str!("program.scm");

/// Runs `(main i)` for every i below `n`; a hash of what the results print as.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let mut compiler = Compiler::default();
    let globals = Rc::new(RefCell::new(Vec::new()));
    let empty = Frame::new(Vec::new(), None);
    for form in read::all(PROGRAM) {
        let code = compiler.top(&form);
        globals.borrow_mut().resize(compiler.globals(), Value::Nil);
        eval::eval(&code, &empty, &globals);
    }
    let main = globals.borrow()[compiler.global("main")].clone();
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for i in 0..n {
        let result = eval::apply(main.clone(), vec![Value::Int(i.into())], &globals);
        hash = fnv(hash, result.to_string().as_bytes());
    }
    hash as i64
}
