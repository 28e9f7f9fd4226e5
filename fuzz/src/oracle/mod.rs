//! Other engines as oracles: random programs on wasmote and on V8 (or wasmtime), which must do the same.
//!
//! A *seed* is a program: of wasm-smith ([`smith`]), or of the generator of operators above pending trees
//! ([`operators`]). A *batch* is some hundred seeds: wasmote runs each program by default and in another way, and V8 all of them in a
//! process. What they did is text ([`program`]).

pub mod operators;
pub mod program;
pub mod smith;
pub mod v8;

use std::panic::{AssertUnwindSafe, catch_unwind};

use wasmote::{Engine, Module};

use self::program::{Program, Way, in_words_of_v8};
use self::v8::Node;

/// Which programs seeds are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Of wasm-smith.
    Smith,
    /// Of the generator of operators.
    Operators,
}

impl Kind {
    /// The program of `seed`, unless there is none.
    pub fn program(self, seed: u64) -> Option<Program> {
        match self {
            Kind::Smith => smith::program(seed),
            Kind::Operators => Some(operators::program(seed)),
        }
    }
}

/// How much was compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// Programs that all engines ran.
    pub programs: u64,
    /// Calls that all engines made.
    pub calls: u64,
    /// Those that trapped.
    pub traps: u64,
    /// Seeds that are no programs.
    pub skipped: u64,
    /// Programs that ended early, since the stack of one engine was too small.
    pub overflows: u64,
}

impl std::ops::AddAssign for Figures {
    fn add_assign(&mut self, other: Figures) {
        self.programs += other.programs;
        self.calls += other.calls;
        self.traps += other.traps;
        self.skipped += other.skipped;
        self.overflows += other.overflows;
    }
}

/// A program that is not done alike.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Its seed.
    pub seed: u64,
    /// Who differs, and where.
    pub text: String,
}

/// Runs programs on wasmote in several ways, and on V8.
#[derive(Debug)]
pub struct Oracle {
    kind: Kind,
    node: Option<Node>,
    first: Engine,
    others: Vec<(Way, Engine)>,
}

impl Oracle {
    /// With V8, if `node` is given; otherwise only the ways of wasmote are compared.
    pub fn new(kind: Kind, node: Option<Node>) -> Oracle {
        // The NaNs that wasm-smith's programs promote and demote keep their bits, or not.
        let deterministic = (kind == Kind::Operators).then_some(Way::DETERMINISTIC);
        let others = Way::OTHERS.into_iter().chain(deterministic);
        let others = others.map(|way| (way, way.engine())).collect();
        Oracle { kind, node, first: Way::EAGER.engine(), others }
    }

    /// Compares the programs of some seeds.
    ///
    /// # Errors
    ///
    /// If V8 cannot be asked.
    pub fn batch(&self, seeds: std::ops::Range<u64>) -> Result<(Figures, Vec<Difference>), String> {
        let mut figures = Figures::default();
        let mut differences = Vec::new();
        let mut expected = Vec::new();
        let mut plans = Vec::new();
        for seed in seeds {
            match catch_unwind(AssertUnwindSafe(|| self.run(seed))) {
                Ok(Ok(Some((observed, plan)))) => {
                    expected.push((seed, observed));
                    plans.push(plan);
                }
                Ok(Ok(None)) => figures.skipped += 1,
                Ok(Err(text)) => differences.push(Difference { seed, text }),
                Err(panic) => {
                    let text =
                        panic.downcast_ref::<String>().map_or("panic", String::as_str).to_owned();
                    differences.push(Difference { seed, text });
                }
            }
        }
        let found = self.node.as_ref().map(|node| node.observe(&plans)).transpose()?;
        for (i, (seed, observed)) in expected.into_iter().enumerate() {
            figures.programs += 1;
            figures.calls +=
                observed.lines().filter(|line| line.starts_with("call")).count() as u64;
            figures.traps += observed.lines().filter(|line| line.contains(" trap ")).count() as u64;
            let overflow = observed.contains("StackOverflow");
            let Some(found) = &found else { continue };
            if overflow || found[i].contains("StackOverflow") {
                figures.overflows += 1;
            } else if let Some(text) = difference(&in_words_of_v8(&observed), &found[i]) {
                differences.push(Difference { seed, text: format!("V8: {text}") });
            }
        }
        Ok((figures, differences))
    }

    /// What the program of a seed does by default, which it also does in another way, and its plan for V8; nothing if it is none.
    fn run(&self, seed: u64) -> Result<Option<(String, String)>, String> {
        let Some(program) = self.kind.program(seed) else { return Ok(None) };
        let expected = program.observe(Way::EAGER, &self.first);
        let (way, engine) = &self.others[(seed % self.others.len() as u64) as usize];
        let found = program.observe(*way, engine);
        // Growth by more than there can be costs more fuel than there is.
        if !found.contains("OutOfFuel")
            && let Some(text) = difference(&expected, &found)
        {
            return Err(format!("{way:?}: {text}"));
        }
        let module = Module::new(&self.first, &program.wasm).expect("it was one");
        Ok(Some((expected, program.plan(&module))))
    }
}

/// Where two observations differ: `expected`, and what was `found`.
fn difference(expected: &str, found: &str) -> Option<String> {
    if expected == found {
        return None;
    }
    let (mut expected, mut found) = (expected.lines(), found.lines());
    loop {
        if expected.clone().next().is_none() && found.clone().next().is_none() {
            return None;
        }
        let (expected, found) = (expected.next(), found.next());
        // V8 looks at bounds first.
        let misaligned = |line: Option<&str>| {
            line.map(|line| line.replace("HeapMisaligned", "MemoryOutOfBounds"))
        };
        if expected != found && misaligned(expected).as_deref() != found {
            let text = |line: Option<&str>| line.unwrap_or("nothing").to_owned();
            return Some(format!("{} <> {}", text(expected), text(found)));
        }
    }
}
