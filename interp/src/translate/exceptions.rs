//! Exceptions: `try_table` and the blocks of the proposal before it, which only say where exceptions go, and what throws.
//!
//! At the boundaries of blocks every value is in its slot, and locals always are: so wherever an exception comes from in
//! a block, where it is caught everything is as expected but for what the exception carries. That is moved as by a branch of a table,
//! on a route ([`control`](super::control)), so what catches an exception needs no code of its own.
//!
//! ```text
//!   try_table    clauses go to labels                   [ carried | reference ]
//!   try          each `catch` has a label of its own    [ reference or null | carried ]   for `rethrow`
//!   delegate     the range has another parent, and no clauses
//! ```
//!
//! A loop with one of these blocks in it has no pinned local (`pin.rs`).

use alloc::boxed::Box;
use alloc::vec::Vec;
use wasmparser::{BlockType, Catch, TryTable};

use super::Function;
use super::blocks::Blocks;
use super::control::{BlockKind, Control, LabelRoute};
use crate::code::catches::{ANY_TAG, Boundary, CatchRange, Catches, Clause, NO_RANGE, NO_SLOT};
use crate::code::table::simple;
use crate::wasm::{FuncSig, Kind};

/// How references to exceptions are kept.
const REFERENCE: Kind = Kind::Gc;

/// Where exceptions of the function that is being translated are caught.
#[derive(Debug, Default)]
pub(super) struct CatchList {
    boundaries: Blocks<Boundary>,
    /// The parent of each range.
    parents: Blocks<u32>,
    /// The clauses, each with the number of its range.
    clauses: Blocks<(u32, Clause)>,
    /// The ranges around the current operator, each with the number of its control frame.
    active: Vec<(u32, u32)>,
}

impl CatchList {
    pub(super) fn clear(&mut self) {
        self.boundaries.clear();
        self.parents.clear();
        self.clauses.clear();
        self.active.clear();
    }

    /// The range around the current operator.
    fn current(&self) -> u32 {
        self.active.last().map_or(NO_RANGE, |&(_, range)| range)
    }

    /// The innermost range around what is in a control frame.
    fn around(&self, frame: u32) -> u32 {
        let inside = self.active.partition_point(|&(own, _)| own <= frame);
        inside.checked_sub(1).map_or(NO_RANGE, |last| self.active[last].1)
    }

    /// Adds a range, which begins later.
    fn add(&mut self) -> u32 {
        self.parents.push(self.current());
        self.parents.len() as u32 - 1
    }

    /// Adds a clause; gives back its number.
    fn add_clause(&mut self, range: u32, clause: Clause) -> u32 {
        self.clauses.push((range, clause));
        self.clauses.len() as u32 - 1
    }

    /// A range begins, of the control frame of this number.
    fn enter(&mut self, range: u32, frame: u32, code: usize) {
        self.active.push((frame, range));
        self.note(range, code);
    }

    /// The innermost range ends.
    fn leave(&mut self, code: usize) {
        self.active.pop();
        self.note(self.current(), code);
    }

    /// From a place in the code on this is the innermost range.
    fn note(&mut self, range: u32, code: usize) {
        let boundary = Boundary { code: code as u32, range };
        match self.boundaries.last_mut() {
            Some(last) if last.code == boundary.code => *last = boundary,
            _ => self.boundaries.push(boundary),
        }
    }

    /// What is kept of it with the code, if there is anything.
    pub(super) fn finish(&self) -> Option<Box<Catches>> {
        if self.parents.len() == 0 {
            return None;
        }
        let mut boundaries = self.boundaries.to_box().into_vec();
        boundaries.dedup_by_key(|boundary| boundary.range);
        let mut clauses = self.clauses.to_box();
        clauses.sort_by_key(|&(range, _)| range);
        let clauses_end = |range: u32| clauses.partition_point(|&(own, _)| own <= range) as u32;
        let ranges: Box<[CatchRange]> = (0..)
            .zip(self.parents.iter())
            .map(|(range, &parent)| CatchRange { parent, clauses_end: clauses_end(range) })
            .collect();
        Some(Box::new(Catches {
            boundaries: boundaries.into(),
            ranges,
            clauses: clauses.iter().map(|&(_, clause)| clause).collect(),
        }))
    }
}

impl<'a> Function<'a> {
    /// What exceptions with a tag carry, as the parameters of a function.
    fn tag_sig(&self, tag: u32) -> FuncSig<'a> {
        self.info.tag_sig(tag)
    }

    /// Begins a block whose code is a range.
    fn enter_range(&mut self, range: u32, block: BlockKind, ty: BlockType) {
        let frame = self.parts.control.frames.len() as u32;
        let code = self.parts.emitter.code.len();
        self.parts.catches.enter(range, frame, code);
        self.enter(block, ty);
    }

    /// A block ends, and if its code is a range, so does that.
    pub(super) fn end_of_range(&mut self, block: BlockKind) {
        if matches!(block, BlockKind::TryTable | BlockKind::Try { .. }) {
            self.leave_range();
        }
    }

    /// The code of the innermost range ends here.
    fn leave_range(&mut self) {
        let code = self.parts.emitter.code.len();
        self.parts.catches.leave(code);
    }

    /// Emits a statement that leaves the function, whose exceptions therefore are not its own, though a host function would
    /// find its frame.
    pub(super) fn outside_of_ranges(&mut self, emit: impl FnOnce(&mut Self)) {
        let range = self.parts.catches.current();
        if range == NO_RANGE {
            return emit(self);
        }
        let begin = self.parts.emitter.code.len();
        self.parts.catches.note(NO_RANGE, begin);
        emit(self);
        let end = self.parts.emitter.code.len();
        self.parts.catches.note(range, end);
    }

    // ---- try_table ----

    pub(super) fn visit_try_table(&mut self, table: TryTable) {
        if self.reach.skips_block() {
            return;
        }
        self.flush(0);
        let range = self.parts.catches.add();
        for catch in table.catches {
            // Labels are counted from outside of the block.
            let (tag, label, by_reference) = match catch {
                Catch::One { tag, label } => (tag, label, false),
                Catch::OneRef { tag, label } => (tag, label, true),
                Catch::All { label } => (ANY_TAG, label, false),
                Catch::AllRef { label } => (ANY_TAG, label, true),
            };
            let target = self.target(label);
            let c = self.parts.control.frames[target];
            let route = self.route(target);
            let mut reference = NO_SLOT;
            if by_reference {
                let carried = if tag == ANY_TAG { 0 } else { self.tag_sig(tag).param_slots() };
                reference = (self.parts.control.routes[route as usize].to + carried) as u16;
            }
            self.has_route_to(c.label, 0);
            let clause = Clause { tag, route, reference, kept: by_reference };
            self.parts.catches.add_clause(range, clause);
        }
        self.enter_range(range, BlockKind::TryTable, table.ty);
    }

    // ---- try, catch, delegate ----

    pub(super) fn visit_try(&mut self, ty: BlockType) {
        if self.reach.skips_block() {
            return;
        }
        self.flush(0);
        let range = self.parts.catches.add();
        self.enter_range(range, BlockKind::Try { range }, ty);
    }

    pub(super) fn visit_catch(&mut self, tag: u32) {
        self.catch(tag);
    }

    pub(super) fn visit_catch_all(&mut self) {
        self.catch(ANY_TAG);
    }

    fn catch(&mut self, tag: u32) {
        if self.reach.is_in_block() {
            return;
        }
        let mut c = *self.parts.control.frames.last().expect("validated");
        if !self.reach.unreachable {
            self.jump(c);
        }
        let range = match c.block {
            BlockKind::Try { range } => {
                self.leave_range();
                range
            }
            BlockKind::Catch { range, .. } => range,
            _ => unreachable!("validated"),
        };
        let label = self.parts.emitter.label();
        self.stack_as(&c, &[REFERENCE]);
        let reference = self.parts.stack.top - 1;
        let route = self.parts.control.routes.len() as u32;
        let to = self.parts.stack.top;
        self.parts.control.routes.push(LabelRoute { label, to, charge: 0 });
        self.bind(label);
        if tag != ANY_TAG {
            self.push_all_in_slots(self.tag_sig(tag).params);
        }
        let clause = Clause { tag, route, reference: reference as u16, kept: false };
        let clause = self.parts.catches.add_clause(range, clause);
        c.block = BlockKind::Catch { range, clause };
        *self.parts.control.frames.last_mut().expect("validated") = c;
    }

    pub(super) fn visit_rethrow(&mut self, depth: u32) {
        let c = self.parts.control.frames[self.target(depth)];
        let BlockKind::Catch { clause, .. } = c.block else { unreachable!("validated") };
        self.parts.catches.clauses[clause as usize].1.kept = true;
        self.spill_traps(0);
        self.pay_before_throw();
        self.emit_site(simple::ThrowRef, &[self.label_slot(&c)]);
        self.reach.ends();
    }

    pub(super) fn visit_delegate(&mut self, depth: u32) {
        if !self.reach.is_in_block() {
            let c: &Control = self.parts.control.frames.last().expect("validated");
            let BlockKind::Try { range } = c.block else { unreachable!("validated") };
            // Labels are counted from outside of the block.
            let frame = self.target(depth) as u32 - 1;
            self.parts.catches.parents[range as usize] = self.parts.catches.around(frame);
        }
        self.visit_end();
    }

    // ---- throw ----

    pub(super) fn visit_throw(&mut self, tag: u32) {
        let values = self.tag_sig(tag).params.len();
        // What is below them is dropped.
        self.spill_traps(values);
        self.spill_top(values);
        let (src, len) = self.parts.stack.span(values);
        self.pay_before_throw();
        self.note_roots_here();
        self.emit_site(simple::Throw, &[tag, len, src]);
        self.reach.ends();
    }

    pub(super) fn visit_throw_ref(&mut self) {
        self.spill_traps(1);
        self.on_slots([], |f, [exception], _| {
            f.pay_before_throw();
            f.emit_site(simple::ThrowRef, &[exception]);
        });
        self.reach.ends();
    }
}
