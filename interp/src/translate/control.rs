//! Blocks, branches, calls and returns.
//!
//! At the boundaries of blocks every value is in its slot, so a branch only has to move the label's
//! values down to the slots that the target expects, if it leaves entries below them behind.

use wasmparser::{BlockType, BrTable};

use super::blocks::Blocks;
use super::emitter::Label;
use super::tree::Value;
use super::{Function, kind};
use crate::code::table::simple;
use crate::isa::operand::{HEADER, OperandKind, WORD};
use crate::wasm::{FuncSig, Kind};

/// Bytes of a charge.
const FUEL: usize = OperandKind::Fuel.len();

/// What kind of block a control frame is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum BlockKind {
    /// The body of the function: branching to it returns.
    Function,
    Block,
    Loop,
    /// With the label of its `else`.
    If(Label),
    Else,
    #[cfg(feature = "gc")]
    TryTable,
    /// The code of a `try`, and the number of its range.
    #[cfg(feature = "gc")]
    Try {
        range: u32,
    },
    /// That of a `catch`, and the number of its clause.
    #[cfg(feature = "gc")]
    Catch {
        range: u32,
        clause: u32,
    },
}

impl BlockKind {
    /// Whether it is the code of a `catch`.
    fn is_catch(self) -> bool {
        #[cfg(feature = "gc")]
        return matches!(self, BlockKind::Catch { .. });
        #[cfg(not(feature = "gc"))]
        false
    }
}

/// A control frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Control {
    pub(super) block: BlockKind,
    ty: BlockType,
    /// Entries of the operand stack below its parameters.
    height: usize,
    /// Where branches to it go.
    pub(super) label: Label,
    /// The route here that `br_table`s share; `NONE` if none needs it.
    route: u32,
}

/// The route that there is not.
const NONE: u32 = u32::MAX;

/// A route that `br_table`s share.
#[derive(Clone, Copy, Debug)]
pub(super) struct LabelRoute {
    pub(super) label: Label,
    /// The first of the slots where values go.
    pub(super) to: u32,
    /// What is paid on it: until all is known of regions, what it costs if only time counts.
    pub(super) charge: u16,
}

/// How much larger than the smallest the code of a function may still become by branches in forms that are fast: bytes.
/// What programs are made of stays far below; code that consists of nothing else becomes slower instead of large.
#[derive(Debug, Default)]
struct Room {
    tables: usize,
    moves: usize,
}

impl Room {
    /// Bytes for a branch that moves values, and for one that is metered.
    const MOVE: usize = 40;

    /// That of a function whose body has so many bytes.
    fn new(body: u64) -> Room {
        Room { tables: 2 * body as usize, moves: body as usize / 2 }
    }

    fn take(left: &mut usize, bytes: usize) -> bool {
        let rest = left.checked_sub(bytes);
        *left = rest.unwrap_or(*left);
        rest.is_some()
    }
}

/// The blocks that the current operator is in, and how branches leave them.
#[derive(Debug, Default)]
pub(super) struct ControlStack {
    pub(super) frames: Blocks<Control>,
    /// The routes that `br_table`s share.
    pub(super) routes: Blocks<LabelRoute>,
    room: Room,
    /// A branch goes to the end of the function.
    returns: bool,
}

impl ControlStack {
    pub(super) fn clear(&mut self) {
        self.frames.clear();
        self.routes.clear();
        self.returns = false;
    }

    /// Begins a function whose body has so many bytes.
    pub(super) fn begin(&mut self, body: u64) {
        self.room = Room::new(body);
    }
}

/// Whether the current operator can be reached.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reach {
    /// It cannot.
    pub(super) unreachable: bool,
    /// Blocks begun inside unreachable code.
    blocks: u32,
}

impl Reach {
    /// What follows cannot be reached.
    pub(super) fn ends(&mut self) {
        *self = Reach { unreachable: true, blocks: 0 };
    }

    /// Whether a block that began in unreachable code has not ended.
    pub(super) fn is_in_block(&self) -> bool {
        self.blocks > 0
    }

    /// The last block that began in unreachable code ends.
    pub(super) fn block_ends(&mut self) {
        self.blocks -= 1;
    }

    /// Begins a block; false if it can be reached. Of one that cannot nothing is left.
    pub(super) fn skips_block(&mut self) -> bool {
        self.blocks += u32::from(self.unreachable);
        self.unreachable
    }
}

/// How far out the targets of a table are, the default last.
pub(super) fn depths(table: &BrTable<'_>) -> impl Iterator<Item = u32> {
    table.targets().map(|depth| depth.expect("validated")).chain([table.default()])
}

impl<'a> Function<'a> {
    fn block_params(&self, ty: BlockType) -> &'a [Kind] {
        match ty {
            BlockType::FuncType(i) => self.info.types.func(i).params,
            _ => &[],
        }
    }

    fn block_results(&self, c: &Control) -> &'a [Kind] {
        const ONE: [[Kind; 1]; 7] = {
            use Kind::*;
            [[I32], [I64], [F32], [F64], [V128], [Func], [Gc]]
        };
        match c.ty {
            _ if c.block == BlockKind::Function => self.results,
            BlockType::Empty => &[],
            BlockType::Type(t) => &ONE[kind(self.info, t) as usize],
            BlockType::FuncType(i) => self.info.types.func(i).results,
        }
    }

    /// The types of the values that a branch to a frame takes.
    fn label_types(&self, c: &Control) -> &'a [Kind] {
        if c.block == BlockKind::Loop { self.block_params(c.ty) } else { self.block_results(c) }
    }

    pub(super) fn enter(&mut self, block: BlockKind, ty: BlockType) {
        let height = self.parts.stack.entries.len() - self.block_params(ty).len();
        let label = self.parts.emitter.label();
        if block == BlockKind::Loop {
            self.loop_head(label);
        }
        self.parts.control.frames.push(Control { block, ty, height, label, route: NONE });
    }

    pub(super) fn begin_function(&mut self) {
        self.enter(BlockKind::Function, BlockType::Empty);
    }

    pub(super) fn block(&mut self, block: BlockKind, ty: BlockType) {
        self.flush(0);
        self.enter(block, ty);
    }

    pub(super) fn if_(&mut self, ty: BlockType) {
        self.flush(1);
        let cond = self.parts.stack.pop();
        let otherwise = self.parts.emitter.label();
        self.branch_if(cond, true, otherwise);
        self.enter(BlockKind::If(otherwise), ty);
    }

    pub(super) fn else_(&mut self) {
        let mut c = *self.parts.control.frames.last().expect("validated");
        let BlockKind::If(otherwise) = c.block else { unreachable!("validated") };
        if !self.reach.unreachable {
            if self.stack_is_results() && self.otherwise_ends_function() {
                self.return_();
            } else {
                self.flush(0);
                self.branch(c.label);
            }
        }
        self.bind(otherwise);
        self.stack_as(&c, self.block_params(c.ty));
        c.block = BlockKind::Else;
        *self.parts.control.frames.last_mut().expect("validated") = c;
    }

    pub(super) fn end(&mut self) {
        let c = *self.parts.control.frames.last().expect("validated");
        if c.block == BlockKind::Function {
            if !self.reach.unreachable {
                self.return_();
            }
            if self.parts.control.returns {
                self.bind(c.label);
                self.return_in_place();
            }
            self.parts.control.frames.pop();
            return;
        }
        let returns = self.source.ends_at == self.source.offset + 1 && self.stack_is_results();
        if !self.reach.unreachable && returns && c.block != BlockKind::Loop {
            // All that comes is the return, which may take the value as it is.
            self.return_();
        } else if !self.reach.unreachable && c.block.is_catch() {
            // Below the values of a `catch` is a reference to the exception.
            self.move_values(&c);
        } else if !self.reach.unreachable {
            self.flush(0);
        }
        #[cfg(feature = "gc")]
        self.end_of_range(c.block);
        if let BlockKind::If(otherwise) = c.block {
            self.bind(otherwise);
        }
        if c.block == BlockKind::Loop {
            self.unpin();
        } else {
            self.bind(c.label);
        }
        self.stack_as(&c, self.block_results(&c));
        self.parts.control.frames.pop();
    }

    /// Whether there are just the function's results on the operand stack. (Validation says so only at the end of the
    /// function.)
    fn stack_is_results(&self) -> bool {
        self.parts
            .stack
            .entries
            .iter()
            .map(|entry| entry.value.kind())
            .eq(self.results.iter().copied())
    }

    /// The operand stack at a frame's height plus values in their slots; reachable.
    pub(super) fn stack_as(&mut self, c: &Control, values: &[Kind]) {
        let above = self.parts.stack.entries.len() - c.height;
        self.parts.stack.drop_entries(above);
        self.push_all_in_slots(values);
        self.note_roots_if_metered();
        self.reach.unreachable = false;
    }

    pub(super) fn unreachable(&mut self) {
        self.spill_traps(0);
        self.pay_before_unreachable();
        self.emit_site(simple::Unreachable, &[]);
        self.reach.ends();
    }

    // ---- branches ----

    pub(super) fn target(&self, depth: u32) -> usize {
        self.parts.control.frames.len() - 1 - depth as usize
    }

    /// The slot where a frame's values begin.
    pub(super) fn label_slot(&self, c: &Control) -> u32 {
        self.parts.stack.end_of(c.height)
    }

    /// Whether a branch has nothing to move and is not a return.
    fn moves_nothing(&self, c: &Control) -> bool {
        let values = self.label_types(c).len();
        let in_place =
            c.block != BlockKind::Function && self.parts.stack.entries.len() - values == c.height;
        values == 0 || in_place
    }

    /// Moves a branch's values to where the target expects them, and jumps.
    pub(super) fn jump(&mut self, c: Control) {
        if c.block == BlockKind::Function {
            return self.return_();
        }
        self.move_values(&c);
        self.branch(c.label);
    }

    /// Moves a branch's values to where the target expects them. What else is pending is not needed there.
    fn move_values(&mut self, c: &Control) {
        let values = self.label_types(c).len();
        let to = self.label_slot(c);
        if values == 1 {
            self.spill_traps(1);
            if self.parts.stack.entries[self.parts.stack.entries.len() - 1].slot == to {
                self.spill_entry(self.parts.stack.entries.len() - 1);
            } else {
                let value = self.parts.stack.peek();
                self.set(to, value);
            }
        } else if values == 0 {
            self.spill_traps(0);
        } else {
            self.flush(0);
            let (from, len) = self.parts.stack.span(values);
            self.copy(to, from, len);
        }
    }

    pub(super) fn br(&mut self, depth: u32) {
        let c = self.parts.control.frames[self.target(depth)];
        self.jump(c);
        self.reach.ends();
    }

    pub(super) fn br_if(&mut self, depth: u32) {
        self.flush(1);
        let cond = self.parts.stack.pop();
        let c = self.parts.control.frames[self.target(depth)];
        self.branch_if_not_zero(cond, c);
    }

    /// Branches to a frame if a condition that was on top is not zero; all else is flushed.
    pub(super) fn branch_if_not_zero(&mut self, cond: Value, c: Control) {
        if let Some(cond) = cond.as_const() {
            // Always or never.
            if cond != 0 {
                self.jump(c);
                self.reach.ends();
            }
        } else if self.moves_nothing(&c) {
            self.parts.control.returns |= c.block == BlockKind::Function;
            self.branch_if(cond, false, c.label);
        } else if Room::take(&mut self.parts.control.room.moves, Room::MOVE) {
            let skip = self.parts.emitter.label();
            self.branch_if(cond, true, skip);
            self.jump(c);
            self.bind(skip);
            self.note_roots_if_metered();
        } else {
            let cond = if cond.is_slot() { cond.bits as u32 } else { self.in_free_slot(cond) };
            self.branch_if_moving(cond, c);
        }
    }

    /// Branches by a table: at best by one of addresses, if no branch has anything to move.
    pub(super) fn br_table(&mut self, table: &BrTable<'_>) {
        self.flush(1);
        let index = self.parts.stack.pop();
        let size =
            depths(table).count() * if self.parts.meter.checks() { WORD + FUEL } else { WORD };
        let in_place = depths(table)
            .all(|depth| self.moves_nothing(&self.parts.control.frames[self.target(depth)]));
        if in_place && Room::take(&mut self.parts.control.room.tables, size) {
            let has_return = depths(table).any(|depth| self.target(depth) == 0);
            self.parts.control.returns |= has_return;
            self.branch_table(index, table);
        } else {
            let index = self.in_slot(index);
            self.branch_by_routes(index, table);
        }
        self.reach.ends();
    }

    /// Branches by a table of the numbers of routes. The index and the values are in slots.
    fn branch_by_routes(&mut self, index: u32, table: &BrTable<'_>) {
        let values =
            self.label_types(&self.parts.control.frames[self.target(table.default())]).len();
        let (from, len) = self.parts.stack.span(values);
        self.take_time_for_slots(len);
        let metered = self.table_is_metered(table);
        if metered {
            self.emit(simple::BrTableRoutesMetered, &[index, len, from, 0, 0, table.len()]);
        } else {
            self.emit(simple::BrTableRoutes, &[index, len, from, 0, table.len()]);
        }
        let since = self.charge_routes(metered);
        for depth in depths(table) {
            let target = self.target(depth);
            let route = self.route(target);
            self.has_route_to(self.parts.control.frames[target].label, since);
            self.put_choice(route);
        }
    }

    /// The route to a frame.
    pub(super) fn route(&mut self, target: usize) -> u32 {
        let c = self.parts.control.frames[target];
        if c.route != NONE {
            return c.route;
        }
        let to = if c.block == BlockKind::Function { self.first } else { self.label_slot(&c) };
        self.parts.control.returns |= target == 0;
        let route = self.parts.control.routes.len() as u32;
        let charge = self.time_of_route(c.label);
        self.parts.control.routes.push(LabelRoute { label: c.label, to, charge });
        self.parts.control.frames[target].route = route;
        route
    }

    /// Branches to a frame if a condition is not zero, by a statement that moves the values.
    fn branch_if_moving(&mut self, cond: u32, c: Control) {
        let (from, len) = self.parts.stack.span(self.label_types(&c).len());
        let to = if c.block == BlockKind::Function { self.first } else { self.label_slot(&c) };
        self.parts.control.returns |= c.block == BlockKind::Function;
        self.take_time_for_slots(len);
        if self.meters(c.label) {
            self.emit(simple::BrIfMoveMetered, &[to, len, from, cond, c.label, 0, 0]);
        } else {
            self.emit(simple::BrIfMove, &[to, len, from, cond, c.label]);
        }
        self.charge_branch(c.label);
    }

    /// Puts a value that was on top in a slot: where it is.
    fn in_slot(&mut self, value: Value) -> u32 {
        if value.is_slot() {
            return value.bits as u32;
        }
        self.push_leaf(value);
        self.spill_entry(self.parts.stack.entries.len() - 1);
        self.parts.stack.pop().bits as u32
    }

    /// Puts a value in a slot that nothing uses.
    fn in_free_slot(&mut self, value: Value) -> u32 {
        let slot = self.free_slot(&[value]);
        self.parts.stack.use_slots(slot + value.slots());
        self.set(slot, value);
        slot
    }

    pub(super) fn return_op(&mut self) {
        self.return_();
        self.reach.ends();
    }

    /// Puts the results in their place and returns.
    pub(super) fn return_(&mut self) {
        let values = self.results.len();
        if let [kind] = self.results
            && kind.slots() == 1
        {
            self.spill_traps(1);
            let value = self.parts.stack.peek();
            return self.return_value(value);
        }
        if values == 0 {
            self.spill_traps(0);
        } else if values == 1 {
            self.spill_traps(1);
            let value = self.parts.stack.peek();
            self.set(self.first, value);
        } else {
            // What is below them is dropped, and may read a register that a call has taken away.
            self.spill_traps(values);
            self.spill_top(values);
            let (from, len) = self.parts.stack.span(values);
            self.copy(self.first, from, len);
        }
        self.return_in_place();
    }

    // ---- calls ----

    /// Spills the arguments of a call and reserves the callee's area; returns how far above ours its return word
    /// is. The entries stay until [`Function::results_of`].
    pub(super) fn call_area(&mut self, sig: FuncSig<'_>) -> u32 {
        self.spill_for_call(sig.params.len());
        let (args, _) = self.parts.stack.span(sig.params.len());
        let word = args + sig.area();
        self.parts.stack.use_slots(word + 1);
        // What the callee has of the arguments is its own.
        let below = self.parts.stack.entries.len() - sig.params.len();
        self.parts.roots.of_call = self.roots_of(below);
        word - HEADER as u32
    }

    pub(super) fn results_of(&mut self, sig: FuncSig<'_>) {
        self.parts.stack.drop_entries(sig.params.len());
        self.push_all_in_slots(sig.results);
        self.note_roots_if_metered();
    }

    pub(super) fn call(&mut self, func: u32) {
        let sig = self.info.func_sig(func);
        let distance = self.call_area(sig);
        if func < self.info.imported_funcs {
            let reference = self.layout.reference(func);
            self.call_statement(simple::CallImport, &[reference, distance]);
        } else {
            let entry = self.layout.entry(func);
            self.call_statement(simple::Call, &[entry, distance]);
        }
        self.results_of(sig);
    }

    /// What a call finds its function by, on top of the arguments: its slot.
    pub(super) fn callee(&mut self, sig: FuncSig<'_>) -> u32 {
        // A local can be read where it is.
        let top = self.parts.stack.peek();
        if !(top.is_slot() && top.bits < self.parts.stack.base as u64) {
            self.spill_for_call(sig.params.len() + 1);
        }
        self.parts.stack.pop().bits as u32
    }

    pub(super) fn call_indirect(&mut self, ty: u32, table: u32) {
        let sig = self.info.types.func(ty);
        let index = self.callee(sig);
        let distance = self.call_area(sig);
        let table = self.layout.table(table);
        self.call_statement(simple::CallIndirect, &[table, sig.id, index, distance]);
        self.results_of(sig);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_blocks_in_unreachable_code_nothing_is_left() {
        let mut reach = Reach::default();
        assert!(!reach.skips_block() && !reach.is_in_block());
        reach.ends();
        assert!(reach.skips_block() && reach.skips_block() && reach.is_in_block());
        reach.block_ends();
        assert!(reach.is_in_block());
        reach.block_ends();
        assert!(!reach.is_in_block() && reach.unreachable);
        assert!(reach.skips_block());
        reach.ends();
        assert!(!reach.is_in_block());
    }

    #[test]
    fn fast_forms_have_room_for_what_the_body_is_long() {
        let mut room = Room::new(100);
        assert!(Room::take(&mut room.tables, 150) && !Room::take(&mut room.tables, 51));
        assert!(Room::take(&mut room.tables, 50) && !Room::take(&mut room.tables, 1));
        assert!(
            Room::take(&mut room.moves, Room::MOVE) && !Room::take(&mut room.moves, Room::MOVE)
        );
    }
}
