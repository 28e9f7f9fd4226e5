//! Fuel against a model: random programs, and an interpreter of them that counts instruction by instruction what
//! they consume, what host functions see, and where fuel runs out.

use std::fmt::Write;

use wasmote::*;

/// A program: functions, each of which calls only later ones.
type Program = Vec<Vec<Node>>;

enum Node {
    /// `nop`, which is free.
    Nop,
    /// A constant that is dropped.
    Const,
    Block(Vec<Node>),
    /// A loop that repeats so many times.
    Loop(u32, Vec<Node>),
    /// With an `else` or not.
    If(Vec<Node>, Option<Vec<Node>>),
    Br(u32),
    BrIf(u32),
    BrTable(Vec<u32>),
    Call(usize),
    CallIndirect(usize),
    ReturnCall(usize),
    ReturnCallIndirect(usize),
    /// A call of the host function that notes how much fuel is left.
    Look,
    ReturnCallLook,
    Return,
    Unreachable,
    /// A division by zero, which is not a boundary.
    Trap,
}
use Node::*;

struct Random(u32);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        self.0 >> 16
    }
    fn below(&mut self, n: u32) -> u32 {
        self.next() % n
    }
}

const FUNCS: usize = 4;

// ---- Making programs --------------------------------------------------------------------------------

fn body(r: &mut Random, func: usize, labels: u32, depth: u32) -> Vec<Node> {
    (0..r.below(5)).map(|_| node(r, func, labels, depth)).collect()
}

fn node(r: &mut Random, func: usize, labels: u32, depth: u32) -> Node {
    let deeper = |r: &mut Random| body(r, func, labels + 1, depth + 1);
    match r.below(if depth < 5 { 24 } else { 14 }) {
        0 => Nop,
        1..=4 => Const,
        5 => Br(r.below(labels)),
        6..=8 => BrIf(r.below(labels)),
        9 => BrTable((0..=r.below(3)).map(|_| r.below(labels)).collect()),
        10 => Look,
        11 | 12 if func + 1 < FUNCS => {
            let callee = func + 1 + r.below((FUNCS - func - 1) as u32) as usize;
            if r.below(3) == 0 { CallIndirect(callee) } else { Call(callee) }
        }
        13 => match r.below(12) {
            0 => Unreachable,
            1 => Trap,
            2 | 3 => Return,
            4 => ReturnCallLook,
            n @ 5..=7 if func + 1 < FUNCS => {
                let callee = func + 1 + r.below((FUNCS - func - 1) as u32) as usize;
                if n == 5 { ReturnCallIndirect(callee) } else { ReturnCall(callee) }
            }
            _ => Const,
        },
        14..=16 => Block(deeper(r)),
        17..=19 => Loop(1 + r.below(4), deeper(r)),
        20..=23 => {
            let then = deeper(r);
            let otherwise = (r.below(2) == 0).then(|| deeper(r));
            If(then, otherwise)
        }
        _ => Const,
    }
}

// ---- As text ----------------------------------------------------------------------------------------

/// Puts a pseudo-random number below a power of two on the stack.
fn random_text(mask: u32) -> String {
    format!(
        "global.get $r i32.const 1103515245 i32.mul i32.const 12345 i32.add global.set $r
         global.get $r i32.const 16 i32.shr_u i32.const {mask} i32.and\n"
    )
}
/// Its instructions.
const RANDOM_COST: u64 = 11;

fn text(nodes: &[Node], out: &mut String, locals: &mut u32) {
    for node in nodes {
        match node {
            Nop => out.push_str("nop\n"),
            Const => out.push_str("i32.const 7 drop\n"),
            Block(body) => {
                out.push_str("block\n");
                text(body, out, locals);
                out.push_str("end\n");
            }
            Loop(times, body) => {
                let counter = *locals;
                *locals += 1;
                let _ = writeln!(out, "i32.const {times} local.set {counter} loop");
                text(body, out, locals);
                let _ = writeln!(
                    out,
                    "local.get {counter} i32.const 1 i32.sub local.tee {counter} br_if 0 end"
                );
            }
            If(then, otherwise) => {
                out.push_str(&random_text(1));
                out.push_str("if\n");
                text(then, out, locals);
                if let Some(otherwise) = otherwise {
                    out.push_str("else\n");
                    text(otherwise, out, locals);
                }
                out.push_str("end\n");
            }
            Br(label) => {
                let _ = writeln!(out, "br {label}");
            }
            BrIf(label) => {
                let _ = writeln!(out, "{} br_if {label}", random_text(1));
            }
            BrTable(labels) => {
                let labels: Vec<_> = labels.iter().map(u32::to_string).collect();
                let _ = writeln!(out, "{} br_table {}", random_text(3), labels.join(" "));
            }
            Call(func) => {
                let _ = writeln!(out, "call $f{func}");
            }
            CallIndirect(func) => {
                let _ = writeln!(out, "i32.const {func} call_indirect (type $t)");
            }
            ReturnCall(func) => {
                let _ = writeln!(out, "return_call $f{func}");
            }
            ReturnCallIndirect(func) => {
                let _ = writeln!(out, "i32.const {func} return_call_indirect (type $t)");
            }
            Look => out.push_str("call $look\n"),
            ReturnCallLook => out.push_str("return_call $look\n"),
            Return => out.push_str("return\n"),
            Unreachable => out.push_str("unreachable\n"),
            Trap => out.push_str("i32.const 1 i32.const 0 i32.div_s drop\n"),
        }
    }
}

fn module_text(program: &Program) -> String {
    let mut out = String::from(
        r#"(module (type $t (func)) (import "" "look" (func $look))
        (global $r (mut i32) (i32.const 1)) (export "run" (func $f0))
        (table funcref (elem $f0 $f1 $f2 $f3))"#,
    );
    for (i, body) in program.iter().enumerate() {
        let (mut code, mut locals) = (String::new(), 0);
        text(body, &mut code, &mut locals);
        let _ = writeln!(out, "(func $f{i} (local {}) {code})", "i32 ".repeat(locals as usize));
    }
    out + ")"
}

// ---- The model --------------------------------------------------------------------------------------

#[derive(Clone, Copy, PartialEq, Debug)]
enum End {
    Next,
    Branch(u32),
    Return,
    Stop(wasmote::Trap),
    /// Ran for too long to be of interest.
    TooLong,
}

struct Model<'a> {
    program: &'a Program,
    available: u64,
    consumed: u64,
    committed: u64,
    /// The function that runs returns to another one, not to the host.
    called_by_guest: bool,
    random: Random,
    seen: Vec<u64>,
}

impl Model<'_> {
    fn left(&self, consumed: u64) -> u64 {
        self.available.saturating_sub(consumed)
    }
    fn random(&mut self, mask: u32) -> u32 {
        self.consumed += RANDOM_COST;
        self.random.next() & mask
    }
    fn check(&mut self) -> Option<End> {
        if self.consumed >= self.available {
            self.committed = self.consumed;
            return Some(End::Stop(wasmote::Trap::OutOfFuel));
        }
        (self.consumed > 20_000).then_some(End::TooLong)
    }
    /// A call from a guest.
    fn call(&mut self, func: usize) -> End {
        let outer = std::mem::replace(&mut self.called_by_guest, true);
        let end = self.enter(func);
        self.called_by_guest = outer;
        end
    }
    /// A call from the host, or one in tail position, that returns to whom the current function would.
    fn enter(&mut self, func: usize) -> End {
        let program = self.program;
        self.committed = self.consumed;
        self.consumed += 1;
        if let Some(end) = self.check() {
            return end;
        }
        match self.nodes(&program[func]) {
            end @ (End::Stop(_) | End::TooLong) => end,
            _ => {
                self.committed = self.consumed;
                let due = if self.called_by_guest { self.check() } else { None };
                due.unwrap_or(End::Next)
            }
        }
    }
    fn nodes(&mut self, nodes: &[Node]) -> End {
        for node in nodes {
            let end = self.node(node);
            if end != End::Next {
                return end;
            }
        }
        End::Next
    }
    fn look(&mut self) {
        self.consumed += 1;
        self.committed = self.consumed;
        let left = self.left(self.consumed);
        self.seen.push(left);
    }
    /// What a call in tail position comes to.
    fn then_return(end: End) -> End {
        if end == End::Next { End::Return } else { end }
    }
    /// What the end of a block's body means outside of it.
    fn outside(end: End) -> End {
        match end {
            End::Branch(0) => End::Next,
            End::Branch(n) => End::Branch(n - 1),
            end => end,
        }
    }
    fn node(&mut self, node: &Node) -> End {
        match node {
            Nop => {}
            Const => self.consumed += 1,
            Block(body) => return Model::outside(self.nodes(body)),
            Loop(times, body) => {
                self.consumed += 2;
                let mut left = *times;
                loop {
                    if let Some(end) = self.check() {
                        return end;
                    }
                    match self.nodes(body) {
                        End::Next => {
                            self.consumed += 5;
                            left = left.wrapping_sub(1);
                            if left == 0 {
                                break;
                            }
                        }
                        End::Branch(0) => {}
                        end => return Model::outside(end),
                    }
                }
            }
            If(then, otherwise) => {
                let taken = self.random(1) != 0;
                self.consumed += 1;
                let end = match otherwise {
                    _ if taken => self.nodes(then),
                    Some(otherwise) => self.nodes(otherwise),
                    None => End::Next,
                };
                return Model::outside(end);
            }
            Br(label) => {
                self.consumed += 1;
                return End::Branch(*label);
            }
            BrIf(label) => {
                let taken = self.random(1) != 0;
                self.consumed += 1;
                if taken {
                    return End::Branch(*label);
                }
            }
            BrTable(labels) => {
                let index = self.random(3) as usize;
                self.consumed += 1;
                return End::Branch(labels[index.min(labels.len() - 1)]);
            }
            Call(func) => {
                self.consumed += 1;
                return self.call(*func);
            }
            CallIndirect(func) => {
                self.consumed += 2;
                return self.call(*func);
            }
            ReturnCall(func) => {
                self.consumed += 1;
                return Model::then_return(self.enter(*func));
            }
            ReturnCallIndirect(func) => {
                self.consumed += 2;
                return Model::then_return(self.enter(*func));
            }
            Look => self.look(),
            ReturnCallLook => {
                self.look();
                return End::Return;
            }
            Return => return End::Return,
            Unreachable => {
                self.committed = self.consumed;
                return End::Stop(wasmote::Trap::UnreachableCodeReached);
            }
            Trap => return End::Stop(wasmote::Trap::IntegerDivisionByZero),
        }
        End::Next
    }
}

fn model(program: &Program, available: u64) -> (End, Model<'_>) {
    let mut model = Model {
        program,
        available,
        consumed: 0,
        committed: 0,
        called_by_guest: false,
        random: Random(1),
        seen: Vec::new(),
    };
    let end = model.enter(0);
    (end, model)
}

// ---- The comparison ---------------------------------------------------------------------------------

/// With epochs or without them, which have nothing to say here but make slices short.
fn compare(epochs: bool, seeds: std::ops::Range<u32>) -> Result<()> {
    let engine = Engine::new(Config::new().consume_fuel(true).epoch_interruption(epochs))?;
    let (mut ran, mut ran_out) = (0, 0);
    for seed in seeds {
        let mut r = Random(seed.wrapping_mul(0x9e37_79b9));
        let program: Program = (0..FUNCS).map(|f| body(&mut r, f, 1, 0)).collect();
        let (end, all) = model(&program, u64::MAX);
        if end == End::TooLong {
            continue;
        }
        let wat = module_text(&program);
        let module = Module::new(&engine, &wat)?;
        Module::new(&Engine::default(), &wat)?; // the verifier looks at the code without metering, too
        let total = all.consumed;
        let mut budgets = vec![1 << 40, total, total + 1];
        budgets.extend((0..8).map(|_| u64::from(r.next()) % (total + 2)));
        for fuel in budgets {
            let mut store = Store::new(&engine, Vec::new());
            store.set_epoch_deadline(u64::MAX);
            let look = Func::wrap(&mut store, |mut caller: Caller<'_, Vec<u64>>| {
                let fuel = caller.get_fuel().expect("configured");
                caller.data_mut().push(fuel);
            });
            let instance = Instance::new(&mut store, &module, &[look.into()])?;
            let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
            store.set_fuel(fuel)?;
            let result = run.call(&mut store, ());
            let (end, expected) = model(&program, fuel);
            let found = match &result {
                Ok(()) => End::Next,
                Err(error) => End::Stop(*error.downcast_ref::<wasmote::Trap>().expect("a trap")),
            };
            assert_eq!(found, end, "seed {seed}, fuel {fuel}\n{wat}");
            assert_eq!(store.data(), &expected.seen, "seed {seed}, fuel {fuel}\n{wat}");
            let left = expected.left(expected.committed);
            assert_eq!(store.get_fuel()?, left, "seed {seed}, fuel {fuel}\n{wat}");
            ran += 1;
            ran_out += usize::from(end == End::Stop(wasmote::Trap::OutOfFuel));
        }
    }
    assert!(ran > 500 && ran_out > 50, "{ran} runs, {ran_out} out of fuel");
    Ok(())
}

#[test]
fn consumption_is_that_of_the_model() -> Result<()> {
    compare(false, 0..250)
}

#[test]
fn short_slices_make_no_difference() -> Result<()> {
    compare(true, 1000..1250)
}
