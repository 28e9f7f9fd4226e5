//! Other engines as oracles: random programs on wasmote and on V8 (or wasmtime), which must do the same.
//!
//! A *seed* is a program: of wasm-smith ([`smith`]), of binaryen ([`binaryen`]), of the generator of operators above pending
//! trees ([`operators`]), or of that of exceptions ([`exceptions`]). A *batch* is some hundred seeds: wasmote runs each program by
//! default and in one or two other ways, and V8 all of them in a process. What they did is text ([`program`]).

pub mod binaryen;
pub mod coverage;
pub mod exceptions;
pub mod operators;
pub mod program;
pub mod smith;
#[cfg(feature = "profile")]
pub mod statements;
pub mod v8;

use std::panic::{AssertUnwindSafe, catch_unwind};

use wasmote::{Engine, Module};

use self::operators::Proposals;
use self::program::{Observed, Program, Way, in_words_of_v8, on_wasmote};
use self::v8::Node;

/// Which programs seeds are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Of wasm-smith.
    Smith,
    /// Of the generator of operators.
    Operators,
    /// Of wasm-smith, with objects and exceptions.
    Objects,
    /// Of wasm-smith, with what V8 lacks.
    SmithMore,
    /// Of the generator of operators, with what V8 lacks.
    OperatorsMore,
    /// Of binaryen.
    Binaryen,
    /// That throw and catch.
    Exceptions,
    /// For each statement of the machine.
    #[cfg(feature = "profile")]
    Statements,
}

impl Kind {
    /// The program of `seed`, unless there is none.
    pub fn program(self, seed: u64) -> Option<Program> {
        match self {
            Kind::Smith => smith::program(seed, smith::Proposals::OfV8),
            Kind::Objects => smith::program(seed, smith::Proposals::Objects),
            Kind::SmithMore => smith::program(seed, smith::Proposals::All),
            Kind::Operators => Some(operators::program(seed, Proposals::OfV8)),
            Kind::OperatorsMore => Some(operators::program(seed, Proposals::All)),
            Kind::Binaryen => binaryen::program(seed),
            Kind::Exceptions => Some(exceptions::program(seed)),
            #[cfg(feature = "profile")]
            Kind::Statements => statements::program(seed),
        }
    }

    /// Whether programs have objects, so that their collection matters.
    fn has_objects(self) -> bool {
        matches!(self, Kind::Objects | Kind::Binaryen | Kind::Exceptions)
    }

    /// Whether the bits of NaNs are never seen.
    fn hides_nans(self) -> bool {
        // Those that wasm-smith's programs promote and demote keep their bits, or not.
        matches!(self, Kind::Operators | Kind::OperatorsMore)
    }
}

/// Who says what is right.
#[derive(Clone, Debug)]
pub enum Peer {
    /// Nobody: only the ways of wasmote are compared.
    None,
    /// V8.
    V8(Node),
    /// wasmtime, which knows all proposals that wasmote does.
    #[cfg(feature = "wasmtime")]
    Wasmtime,
}

impl Peer {
    /// What programs do; nothing if there is nobody.
    fn observe(
        &self,
        programs: &[(u64, Program, Observed)],
        engine: &Engine,
    ) -> Result<Vec<String>, String> {
        match self {
            Peer::None => Ok(vec![]),
            Peer::V8(node) => {
                let plans: Vec<String> = programs
                    .iter()
                    .map(|(_, program, observed)| {
                        let module = Module::new(engine, &program.wasm).expect("it was one");
                        program.plan(&module, observed)
                    })
                    .collect();
                node.observe(&plans)
            }
            #[cfg(feature = "wasmtime")]
            Peer::Wasmtime => {
                let mut config = wasmtime::Config::new();
                config
                    .wasm_wide_arithmetic(true)
                    .wasm_custom_page_sizes(true)
                    .wasm_multi_memory(true)
                    .wasm_memory64(true)
                    .wasm_threads(true)
                    .shared_memory(true)
                    .memory_reservation(1 << 20)
                    .memory_guard_size(1 << 16);
                let engine = wasmtime::Engine::new(&config).map_err(|error| error.to_string())?;
                let observe = |program: &Program| {
                    program::on_wasmtime::observe(
                        program,
                        &engine,
                        wasmtime::Store::new(&engine, Default::default()),
                    )
                    .text
                };
                Ok(programs.iter().map(|(_, program, _)| observe(program)).collect())
            }
        }
    }

    /// What wasmote has seen, as far as this peer can tell it.
    fn words(&self, observed: &str) -> String {
        match self {
            Peer::V8(_) => in_words_of_v8(observed),
            _ => observed.into(),
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
    /// Programs that ended early, since the stack or the heap of one engine was too small.
    pub exhausted: u64,
}

impl std::ops::AddAssign for Figures {
    fn add_assign(&mut self, other: Figures) {
        self.programs += other.programs;
        self.calls += other.calls;
        self.traps += other.traps;
        self.skipped += other.skipped;
        self.exhausted += other.exhausted;
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

/// Runs programs on wasmote in several ways, and on a peer.
#[derive(Debug)]
pub struct Oracle {
    kind: Kind,
    peer: Peer,
    first: Engine,
    /// Each program is run in one way of each list.
    others: Vec<Vec<(Way, Engine)>>,
}

impl Oracle {
    /// For programs of a kind.
    pub fn new(kind: Kind, peer: Peer) -> Oracle {
        let deterministic = kind.hides_nans().then_some(Way::DETERMINISTIC);
        let mut others = vec![Way::OTHERS.into_iter().chain(deterministic).collect::<Vec<_>>()];
        if kind.has_objects() {
            others.push([Way::EAGER].into_iter().chain(Way::OTHERS).map(Way::in_zeal).collect());
        }
        let engines = |ways: Vec<Way>| ways.into_iter().map(|way| (way, way.engine())).collect();
        let others = others.into_iter().map(engines).collect();
        Oracle { kind, peer, first: Way::EAGER.engine(), others }
    }

    /// Compares the programs of some seeds. `each` gets all of them.
    ///
    /// # Errors
    ///
    /// If the peer cannot be asked.
    pub fn batch(
        &self,
        seeds: std::ops::Range<u64>,
        mut each: impl FnMut(&Program),
    ) -> Result<(Figures, Vec<Difference>), String> {
        let mut figures = Figures::default();
        let mut differences = Vec::new();
        let mut programs = Vec::new();
        for seed in seeds {
            match catch_unwind(AssertUnwindSafe(|| self.run(seed))) {
                Ok(Ok(Some((program, observed)))) => {
                    each(&program);
                    figures.programs += 1;
                    let lines = |what: &str| {
                        observed.text.lines().filter(|line| line.contains(what)).count() as u64
                    };
                    figures.calls += lines("call ");
                    figures.traps += lines(" trap ");
                    // What takes more than wasmote gives may take all that V8 has.
                    if observed.text.contains("Exhausted") {
                        figures.exhausted += 1;
                    } else {
                        programs.push((seed, program, observed));
                    }
                }
                Ok(Ok(None)) => figures.skipped += 1,
                Ok(Err(text)) => differences.push(Difference { seed, text }),
                Err(panic) => {
                    let text = panic.downcast_ref::<String>().map_or("panic", String::as_str);
                    differences.push(Difference { seed, text: text.to_owned() });
                }
            }
        }
        let found = self.peer.observe(&programs, &self.first)?;
        for ((seed, _, observed), found) in programs.into_iter().zip(found) {
            if found.contains("Exhausted") {
                figures.exhausted += 1;
            } else if let Some(text) = difference(&self.peer.words(&observed.text), &found) {
                differences.push(Difference { seed, text: format!("peer: {text}") });
            }
        }
        Ok((figures, differences))
    }

    /// The program of a seed and what it does by default, which it also does in other ways; nothing if there is none.
    fn run(&self, seed: u64) -> Result<Option<(Program, Observed)>, String> {
        let Some(program) = self.kind.program(seed) else { return Ok(None) };
        let observe = |way: Way, engine| {
            on_wasmote::observe(&program, engine, way.store(engine, Default::default()))
        };
        let expected = observe(Way::EAGER, &self.first);
        for ways in &self.others {
            let (way, engine) = &ways[(seed % ways.len() as u64) as usize];
            let found = observe(*way, engine).text;
            // Growth by more than there can be costs more fuel than there is; and garbage fills a heap, or is gone before.
            let heap = |text: &str| text.contains("Exhausted heap");
            if !(found.contains("OutOfFuel") || heap(&found) || heap(&expected.text))
                && let Some(text) = difference(&expected.text, &found)
            {
                return Err(format!("{way:?}: {text}"));
            }
        }
        Ok(Some((program, expected)))
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
