//! Scripts on the interpreter of the `rhai` crate: a parser, values of many types, scopes of names.

use rhai::{Engine, Scope};

const SCRIPT: &str = "
fn collatz(n) {
    let steps = 0;
    while n != 1 {
        n = if n % 2 == 0 { n / 2 } else { 3 * n + 1 };
        steps += 1;
    }
    steps
}
let best = #{ start: 0, steps: 0 };
let words = [];
for start in 1..limit {
    let steps = collatz(start);
    if steps > best.steps {
        best.start = start;
        best.steps = steps;
        words.push(`${start}: ${steps}`);
    }
}
let text = \"\";
for word in words.filter(|w| w.len() % 2 == 0) {
    text += word.to_upper() + \";\";
}
best.steps * 1000 + text.len()
";

/// Parses and runs a script `n` times, each time a little longer; the results in a row.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let engine = Engine::new();
    let mut hash = 0i64;
    for round in 0..n {
        let mut scope = Scope::new();
        scope.push("limit", 20 + rhai::INT::from(round % 8));
        let result: rhai::INT =
            engine.eval_with_scope(&mut scope, SCRIPT).expect("the script is right");
        hash = hash.rotate_left(7) ^ i64::from(result);
    }
    hash
}
