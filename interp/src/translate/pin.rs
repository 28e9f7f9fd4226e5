//! The pinned local of a loop: one integer local of each innermost loop is kept in a register of the
//! machine as well as in its slot, so that an iteration need not wait for the store of the last.
//!
//! It is written through, so its slot is always right: only reads take the register, and where no
//! handler does, they take the slot. The register is loaded before the loop, and nothing in the loop
//! takes it away: a loop that calls functions of the guest, or has a loop in it, has no pinned local.
//! Where no handler sets slot and register at once, the register is loaded again; but if nothing in the loop has
//! read it before, the rest of the loop does without it.

use super::reader::Operators;
use alloc::vec::Vec;
use wasmparser::*;

use super::Function;
use super::tree::Value;
use crate::code::table::simple;
use crate::wasm::Kind;

/// Locals that are considered in a loop, the first ones that it uses.
const CANDIDATES: usize = 16;

/// The local that is pinned here, if one is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PinnedLocal {
    /// Its slot.
    pub(super) slot: Option<u32>,
    /// Its index.
    index: u32,
    /// A statement of the loop reads the register.
    pub(super) is_read: bool,
}

impl Function<'_> {
    /// Chooses the pinned local of the loop that begins here, and loads it.
    ///
    /// Looks ahead until the loop ends or turns out to have none: at the next inner loop at the
    /// latest, so every operator is looked at once more at most.
    pub(super) fn pin(&mut self) {
        self.unpin();
        if !cfg!(feature = "trees") {
            return;
        }
        let mut ahead = self.source.body.clone();
        let distance = self.source.offset - ahead.original_position();
        let found = ahead.read_bytes(distance as usize).and_then(|_| best_to_pin(ahead));
        let Ok(Some(index)) = found else { return };
        let Some(local) = self.parts.locals.listed_mut(index).copied() else { return };
        if matches!(local.kind(), Kind::I32 | Kind::I64) {
            // What is pending was made before the register is loaded, and must not read it.
            self.flush(0);
            let slot = local.bits as u32;
            self.emit(simple::LoadPinned, &[slot]);
            self.pinned.slot = Some(slot);
            self.pinned.index = index;
            self.pinned.is_read = false;
            *self.parts.locals.listed_mut(index).expect("it is") = local.as_pinned();
        }
    }

    /// Whether the function ends where the block of the current `else` does, which then need not
    /// jump there.
    ///
    /// Looks ahead only from the outermost blocks, so every operator is looked at once more at most.
    pub(super) fn otherwise_ends_function(&self) -> bool {
        const END: u8 = 0x0b;
        if self.parts.control.frames.len() != 2 {
            return false;
        }
        let mut ahead = self.source.body.clone();
        let distance = self.source.offset - ahead.original_position();
        let ends = |mut after: BinaryReader<'_>| {
            after
                .read_bytes((self.source.ends_at - self.source.offset) as usize)
                .is_ok_and(|b| b.ends_with(&[END]))
        };
        ahead.read_bytes(distance as usize).is_ok()
            && ends(ahead.clone())
            && end_of_block(ahead).is_ok_and(|end| end == self.source.ends_at)
    }

    /// After the loop the register is anybody's.
    pub(super) fn unpin(&mut self) {
        if let Some(slot) = self.pinned.slot.take() {
            let local = self.parts.locals.listed_mut(self.pinned.index).expect("it was");
            *local = Value::slot(slot, local.kind());
        }
    }
}

/// How a loop uses a local.
#[derive(Clone, Copy)]
struct Use {
    local: u32,
    gets: u32,
    sets: u32,
    /// An iteration reads it before it sets it: it reads what the last one has set.
    carried: bool,
}

impl Use {
    const NONE: Use = Use { local: u32::MAX, gets: 0, sets: 0, carried: false };

    /// What an iteration only reads is in its slot long since; what the last one set it would wait
    /// for.
    fn worth(&self) -> u32 {
        match self {
            Use { gets: 0, .. } => 0,
            Use { sets: 0, gets, .. } => gets / 4,
            Use { gets, sets, carried, .. } => (gets + sets) * (1 + *carried as u32),
        }
    }
}

/// The local for which the pinned register does most in the loop that `body` begins with, if the loop
/// may have one. (In a body that was not validated yet, any local or none.)
fn best_to_pin(body: BinaryReader<'_>) -> Result<Option<u32>> {
    let mut operators = Operators::new(body)?;
    let mut scanner = Scanner(Uses::new());
    while scanner.0.state != Scan::Done {
        operators.visit(&mut scanner)?;
        if scanner.0.state == Scan::None {
            return Ok(None);
        }
    }
    let Scanner(uses) = scanner;
    // Of equals the first one: iterations wait for what they need first.
    let best = uses.found.iter().rev().max_by_key(|f| f.worth());
    Ok(best.filter(|best| best.worth() > 0).map(|best| best.local))
}

/// Where what follows the block whose `else` comes first begins.
fn end_of_block(body: BinaryReader<'_>) -> Result<u64> {
    let mut operators = Operators::new(body)?;
    let mut scanner = Scanner(Uses::new());
    while scanner.0.state != Scan::Done {
        operators.visit(&mut scanner)?;
    }
    Ok(operators.position())
}

/// Collects the uses of locals in a loop; or looks only for the end of a block.
struct Uses {
    found: [Use; CANDIDATES],
    /// Blocks around the operator, the first one included.
    depth: u32,
    state: Scan,
}

#[derive(PartialEq)]
enum Scan {
    Start,
    Inside,
    /// In the block of an `else`.
    Otherwise,
    /// The loop has ended.
    Done,
    /// The loop cannot have a pinned local.
    None,
}

impl Uses {
    fn new() -> Uses {
        Uses { found: [Use::NONE; CANDIDATES], depth: 0, state: Scan::Start }
    }
    /// What a loop with a pinned local cannot have.
    fn refuse(&mut self) {
        if self.state != Scan::Otherwise {
            self.state = Scan::None;
        }
    }
    #[inline]
    fn note(&mut self, local: u32, gets: u32, sets: u32) {
        let mut found = self.found.iter_mut();
        if let Some(f) = found.find(|f| f.local == local || f.local == u32::MAX) {
            f.carried |= f.local == u32::MAX && gets == 1 && sets == 0;
            f.local = local;
            f.gets += gets;
            f.sets += sets;
        }
    }
}

/// The operators that matter, by the names of wasmparser's visitor.
impl Uses {
    fn visit_loop(&mut self, _: BlockType) {
        self.depth += 1;
        match self.state {
            Scan::Start => self.state = Scan::Inside,
            _ => self.refuse(),
        }
    }
    fn visit_else(&mut self) {
        if self.state == Scan::Start {
            self.depth += 1;
            self.state = Scan::Otherwise;
        }
    }
    fn visit_call(&mut self, _: u32) {
        self.refuse();
    }
    fn visit_call_indirect(&mut self, _: u32, _: u32) {
        self.refuse();
    }
    fn visit_block(&mut self, _: BlockType) {
        self.depth += 1;
    }
    fn visit_if(&mut self, _: BlockType) {
        self.depth += 1;
    }
    fn visit_end(&mut self) {
        self.depth -= 1;
        if self.depth == 0 {
            self.state = Scan::Done;
        }
    }
    fn visit_local_get(&mut self, local: u32) {
        self.note(local, 1, 0);
    }
    fn visit_local_set(&mut self, local: u32) {
        self.note(local, 0, 1);
    }
    fn visit_local_tee(&mut self, local: u32) {
        self.note(local, 1, 1);
    }
}

/// What wasmparser's reader calls.
struct Scanner(Uses);

macro_rules! visitor {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        /// Operators that do not matter.
        #[allow(dead_code)] // the others are inherent
        trait Ignored<'a> {
            $(fn $visit(&mut self $($(, $arg: $ty)*)?) { $($(let _ = $arg;)*)? })*
        }
        impl<'a> Ignored<'a> for Uses {}

        impl<'a> VisitOperator<'a> for Scanner {
            type Output = ();
            #[cfg(feature = "simd")]
            fn simd_visitor(&mut self) -> Option<&mut dyn VisitSimdOperator<'a, Output = ()>> {
                Some(self)
            }
            $(fn $visit(&mut self $($(, $arg: $ty)*)?) { self.0.$visit($($($arg),*)?) })*
        }
    };
}
for_each_visit_operator!(visitor);

#[cfg(feature = "simd")]
macro_rules! vector_visitor {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        /// Operators on vectors do not matter.
        impl<'a> VisitSimdOperator<'a> for Scanner {
            $(fn $visit(&mut self $($(, $arg: $ty)*)?) { $($(let _ = $arg;)*)? })*
        }
    };
}
#[cfg(feature = "simd")]
for_each_visit_simd_operator!(vector_visitor);

impl FrameStack for Scanner {
    fn current_frame(&self) -> Option<FrameKind> {
        Some(FrameKind::If)
    }
}
