//! Programs in which each operator occurs with pending trees below it on the stack.
//!
//! The translator delays what computes a value, and operators whose operands it takes from the stack meet what is still
//! delayed below them. So a *step* of a function here pushes some trees (of locals, constants, loads, globals, calls),
//! applies an operator to some more, and then lets everything that is on the stack matter: it is folded into a
//! local that is returned, stored, handed to the host, or carried along by branches.
//!
//! The operators and their types are not written here: they are all of wasmparser, tried on its validator ([`table`]).
//! What is written here is how blocks, branches and calls are made ([`control`]), and which operands are of use
//! ([`operands`]).

mod control;
mod operands;
mod steps;
mod table;
mod world;

pub use self::table::{Proposals, name_of, operator_names};

use super::program::Program;
use crate::random::Random;

/// The program of `seed`, with the operators of some proposals.
pub fn program(seed: u64, proposals: Proposals) -> Program {
    let mut random = Random::new(seed ^ 0x6f70_6572_6174_6f72);
    let arguments = (0..8)
        .map(|_| if random.percent(60) { random.below(300) as u64 } else { random.wide() })
        .collect();
    Program { wasm: steps::module(seed, random, proposals), arguments }
}
