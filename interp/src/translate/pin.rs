//! The pinned local of a loop: one integer local of each innermost loop is kept in a register of the
//! machine as well as in its slot, so that an iteration need not wait for the store of the previous one.
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
    /// Its index and its slot.
    local: Option<(u32, u32)>,
    /// A statement of the loop reads the register.
    is_read: bool,
}

impl PinnedLocal {
    /// From here on it is this one, whose register nothing has read yet.
    fn set(&mut self, index: u32, slot: u32) {
        *self = PinnedLocal { local: Some((index, slot)), is_read: false };
    }

    /// From here on there is none; gives back index and slot of the one that was.
    fn take(&mut self) -> Option<(u32, u32)> {
        self.local.take()
    }

    /// Whether there is one.
    #[inline]
    pub(super) fn is_some(&self) -> bool {
        self.local.is_some()
    }

    /// Whether it is the local in this slot.
    #[inline]
    pub(super) fn is_in(&self, slot: u32) -> bool {
        self.local.is_some_and(|(_, own)| own == slot)
    }

    /// A statement reads the register.
    #[inline]
    pub(super) fn note_read(&mut self) {
        self.is_read = true;
    }

    /// Whether a statement of the loop so far reads the register.
    pub(super) fn is_read(&self) -> bool {
        self.is_read
    }
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
            self.pinned.set(index, slot);
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
        if let Some((index, slot)) = self.pinned.take() {
            let local = self.parts.locals.listed_mut(index).expect("it was");
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
    fn visit_call_ref(&mut self, _: u32) {
        self.refuse();
    }
    fn visit_try_table(&mut self, _: TryTable) {
        self.depth += 1;
        self.refuse();
    }
    fn visit_try(&mut self, _: BlockType) {
        self.depth += 1;
        self.refuse();
    }
    fn visit_delegate(&mut self, _: u32) {
        self.visit_end();
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

#[cfg(test)]
mod tests {
    use super::*;

    const LOOP: u8 = 0x03;
    const EMPTY: u8 = 0x40;
    const BLOCK: u8 = 0x02;
    const END: u8 = 0x0b;
    const GET: u8 = 0x20;
    const SET: u8 = 0x21;
    const TEE: u8 = 0x22;
    const CALL: u8 = 0x10;
    const CALL_REF: u8 = 0x14;

    /// What is best to pin in a loop of these operators.
    fn best(operators: &[u8]) -> Option<u32> {
        let body = [&[LOOP, EMPTY], operators, &[END, END]].concat();
        best_to_pin(BinaryReader::new(&body, 0)).unwrap()
    }

    #[test]
    fn a_pinned_local_is_in_its_slot_until_it_is_taken() {
        let mut pinned = PinnedLocal::default();
        assert!(!pinned.is_some() && !pinned.is_in(0) && !pinned.is_read());
        pinned.set(3, 70);
        pinned.note_read();
        assert!(pinned.is_some() && pinned.is_in(70) && !pinned.is_in(3) && pinned.is_read());
        assert_eq!((pinned.take(), pinned.take()), (Some((3, 70)), None));
        assert!(!pinned.is_some() && !pinned.is_in(70));
        pinned.set(4, 71);
        assert!(!pinned.is_read(), "that was another one");
    }

    #[test]
    fn what_is_set_and_read_is_best() {
        assert_eq!(best(&[]), None);
        assert_eq!(best(&[SET, 3]), None, "nobody reads it");
        assert_eq!(best(&[GET, 3, GET, 3, GET, 3]), None, "it is in its slot long since");
        assert_eq!(best(&[GET, 3, GET, 3, GET, 3, GET, 3]), Some(3));
        assert_eq!(best(&[GET, 3, GET, 3, GET, 3, GET, 3, TEE, 4]), Some(4));
        assert_eq!(best(&[TEE, 5, TEE, 4]), Some(5), "the first of equals");
        assert_eq!(best(&[SET, 5, GET, 5, SET, 6, GET, 6, GET, 6]), Some(6));
    }

    #[test]
    fn what_an_iteration_reads_of_the_last_one_counts_twice() {
        assert_eq!(best(&[SET, 1, GET, 1, GET, 2, SET, 2]), Some(2));
        // A tee sets it before anybody reads it.
        assert_eq!(best(&[TEE, 1, GET, 2, SET, 2]), Some(2));
        assert_eq!(best(&[SET, 1, GET, 1, GET, 1, GET, 1, GET, 2, SET, 2]), Some(1));
    }

    #[test]
    fn a_loop_that_calls_or_has_a_loop_in_it_has_none() {
        assert_eq!(best(&[TEE, 1, CALL, 0]), None);
        assert_eq!(best(&[TEE, 1, CALL_REF, 0]), None);
        assert_eq!(best(&[TEE, 1, LOOP, EMPTY, END]), None);
        assert_eq!(best(&[TEE, 1, BLOCK, EMPTY, END]), Some(1));
        // What comes after the loop is not looked at.
        let body = [LOOP, EMPTY, TEE, 1, END, CALL, 0, TEE, 2, TEE, 2, END];
        assert_eq!(best_to_pin(BinaryReader::new(&body, 0)).unwrap(), Some(1));
    }

    #[test]
    fn only_the_first_locals_are_considered() {
        let mut operators: Vec<u8> = (0..CANDIDATES as u8).flat_map(|n| [SET, n]).collect();
        operators.extend([TEE, 100, TEE, 100, GET, 7]);
        assert_eq!(best(&operators), Some(7));
    }

    #[test]
    fn the_end_of_an_else_is_found() {
        const ELSE: u8 = 0x05;
        let body = [ELSE, BLOCK, EMPTY, LOOP, EMPTY, CALL, 0, END, END, END, GET, 0, END];
        assert_eq!(end_of_block(BinaryReader::new(&body, 100)).unwrap(), 110);
    }
}
