//! Blocks, branches, calls and returns.
//!
//! At the boundaries of blocks every value is in its slot, so a branch only has to move the label's
//! values down to the slots that the target expects, if it leaves entries below them behind.

use wasmparser::{BlockType, BrTable};

use super::emit::Label;
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
}

/// A control frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Control {
    block: BlockKind,
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
#[derive(Debug)]
pub(super) struct Room {
    tables: usize,
    moves: usize,
}

impl Room {
    /// Bytes for a branch that moves values, and for one that is metered.
    const MOVE: usize = 40;

    /// That of a function whose body has so many bytes.
    pub(super) fn new(body: u64) -> Room {
        Room { tables: 2 * body as usize, moves: body as usize / 2 }
    }

    fn take(left: &mut usize, bytes: usize) -> bool {
        let rest = left.checked_sub(bytes);
        *left = rest.unwrap_or(*left);
        rest.is_some()
    }
}

/// How far out the targets of a table are, the default last.
pub(super) fn depths(table: &BrTable<'_>) -> impl Iterator<Item = u32> {
    table.targets().map(|depth| depth.expect("validated")).chain([table.default()])
}

impl<'a> Function<'a> {
    fn block_params(&self, ty: BlockType) -> &'a [Kind] {
        match ty {
            BlockType::FuncType(i) => self.info.types.get(i).params,
            _ => &[],
        }
    }

    fn block_results(&self, c: &Control) -> &'a [Kind] {
        const ONE: [[Kind; 1]; 6] =
            [[Kind::I32], [Kind::I64], [Kind::F32], [Kind::F64], [Kind::V128], [Kind::Ref]];
        match c.ty {
            _ if c.block == BlockKind::Function => self.results,
            BlockType::Empty => &[],
            BlockType::Type(t) => &ONE[kind(t) as usize],
            BlockType::FuncType(i) => self.info.types.get(i).results,
        }
    }

    /// The types of the values that a branch to a frame takes.
    fn label_types(&self, c: &Control) -> &'a [Kind] {
        if c.block == BlockKind::Loop { self.block_params(c.ty) } else { self.block_results(c) }
    }

    fn enter(&mut self, block: BlockKind, ty: BlockType) {
        let height = self.b.stack.len() - self.block_params(ty).len();
        let label = self.label();
        if block == BlockKind::Loop {
            self.loop_head(label);
        }
        self.b.controls.push(Control { block, ty, height, label, route: NONE });
    }

    pub(super) fn begin_function(&mut self) {
        self.enter(BlockKind::Function, BlockType::Empty);
    }

    /// Begins a block of unreachable code, of which nothing is left; false if the code is reachable.
    pub(super) fn skip_block(&mut self) -> bool {
        self.unreachable_blocks += self.unreachable as u32;
        self.unreachable
    }

    pub(super) fn block(&mut self, block: BlockKind, ty: BlockType) {
        self.flush(0);
        self.enter(block, ty);
    }

    pub(super) fn if_(&mut self, ty: BlockType) {
        self.flush(1);
        let cond = self.pop();
        let otherwise = self.label();
        self.branch_if(cond, true, otherwise);
        self.enter(BlockKind::If(otherwise), ty);
    }

    pub(super) fn else_(&mut self) {
        let mut c = *self.b.controls.last().expect("validated");
        let BlockKind::If(otherwise) = c.block else { unreachable!("validated") };
        if !self.unreachable {
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
        *self.b.controls.last_mut().expect("validated") = c;
    }

    pub(super) fn end(&mut self) {
        let c = *self.b.controls.last().expect("validated");
        if c.block == BlockKind::Function {
            if !self.unreachable {
                self.return_();
            }
            if self.returns {
                self.bind(c.label);
                self.return_in_place();
            }
            self.b.controls.pop();
            return;
        }
        let returns = self.ends_at == self.offset + 1 && self.stack_is_results();
        if !self.unreachable && returns && c.block != BlockKind::Loop {
            // All that comes is the return, which may take the value as it is.
            self.return_();
        } else if !self.unreachable {
            self.flush(0);
        }
        if let BlockKind::If(otherwise) = c.block {
            self.bind(otherwise);
        }
        if c.block == BlockKind::Loop {
            self.unpin();
        } else {
            self.bind(c.label);
        }
        self.stack_as(&c, self.block_results(&c));
        self.b.controls.pop();
    }

    /// Whether there are just the function's results on the operand stack. (Validation says so only at the end of the
    /// function.)
    fn stack_is_results(&self) -> bool {
        self.b.stack.iter().map(|entry| entry.value.kind()).eq(self.results.iter().copied())
    }

    /// The operand stack at a frame's height plus values in their slots; reachable.
    fn stack_as(&mut self, c: &Control, values: &[Kind]) {
        let above = self.b.stack.len() - c.height;
        self.drop_entries(above);
        self.spilled = self.spilled.min(c.height);
        self.push_all_in_slots(values);
        self.unreachable = false;
    }

    pub(super) fn set_unreachable(&mut self) {
        self.unreachable = true;
        self.unreachable_blocks = 0;
    }

    pub(super) fn unreachable(&mut self) {
        self.spill_traps(0);
        self.pay_before_unreachable();
        self.emit_site(simple::Unreachable, &[]);
        self.set_unreachable();
    }

    // ---- branches ----

    pub(super) fn target(&self, depth: u32) -> usize {
        self.b.controls.len() - 1 - depth as usize
    }

    /// How many slots the top `values` entries take, and the slot of the lowest.
    fn span(&self, values: usize) -> (u32, u32) {
        let first = self.b.stack.len() - values;
        let start = self.b.stack.get(first).map_or(self.top, |e| e.slot);
        (start, self.top - start)
    }

    /// The slot where a frame's values begin.
    fn label_slot(&self, c: &Control) -> u32 {
        match c.height {
            0 => self.stack_base,
            h => self.b.stack[h - 1].end(),
        }
    }

    /// Whether a branch has nothing to move and is not a return.
    fn moves_nothing(&self, c: &Control) -> bool {
        let values = self.label_types(c).len();
        let in_place = c.block != BlockKind::Function && self.b.stack.len() - values == c.height;
        values == 0 || in_place
    }

    /// Moves a branch's values to where the target expects them, and jumps.
    fn jump(&mut self, c: Control) {
        if c.block == BlockKind::Function {
            return self.return_();
        }
        let values = self.label_types(&c).len();
        let to = self.label_slot(&c);
        if values == 1 {
            self.spill_traps(1);
            if self.b.stack[self.b.stack.len() - 1].slot == to {
                self.spill_entry(self.b.stack.len() - 1);
            } else {
                let value = self.peek();
                self.set(to, value);
            }
        } else if values == 0 {
            self.spill_traps(0);
        } else {
            self.flush(0);
            let (from, len) = self.span(values);
            self.copy(to, from, len);
        }
        self.branch(c.label);
    }

    pub(super) fn br(&mut self, depth: u32) {
        let c = self.b.controls[self.target(depth)];
        self.jump(c);
        self.set_unreachable();
    }

    pub(super) fn br_if(&mut self, depth: u32) {
        self.flush(1);
        let cond = self.pop();
        let c = self.b.controls[self.target(depth)];
        if let Some(cond) = cond.as_const() {
            // Always or never.
            if cond != 0 {
                self.jump(c);
                self.set_unreachable();
            }
        } else if self.moves_nothing(&c) {
            self.returns |= c.block == BlockKind::Function;
            self.branch_if(cond, false, c.label);
        } else if Room::take(&mut self.room.moves, Room::MOVE) {
            let skip = self.label();
            self.branch_if(cond, true, skip);
            self.jump(c);
            self.bind(skip);
        } else {
            let cond = self.in_slot(cond);
            self.branch_if_moving(cond, c);
        }
    }

    /// Branches by a table: at best by one of addresses, if no branch has anything to move.
    pub(super) fn br_table(&mut self, table: &BrTable<'_>) {
        self.flush(1);
        let index = self.pop();
        let size = depths(table).count() * if self.b.meter.checks() { WORD + FUEL } else { WORD };
        let in_place =
            depths(table).all(|depth| self.moves_nothing(&self.b.controls[self.target(depth)]));
        if in_place && Room::take(&mut self.room.tables, size) {
            let has_return = depths(table).any(|depth| self.target(depth) == 0);
            self.returns |= has_return;
            self.branch_table(index, table);
        } else {
            let index = self.in_slot(index);
            self.branch_by_routes(index, table);
        }
        self.set_unreachable();
    }

    /// Branches by a table of the numbers of routes. The index and the values are in slots.
    fn branch_by_routes(&mut self, index: u32, table: &BrTable<'_>) {
        let values = self.label_types(&self.b.controls[self.target(table.default())]).len();
        let (from, len) = self.span(values);
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
            let c = self.b.controls[target];
            let route = if c.route == NONE { self.new_route(target) } else { c.route };
            self.has_route_to(c.label, since);
            self.put_choice(route);
        }
    }

    fn new_route(&mut self, target: usize) -> u32 {
        let c = self.b.controls[target];
        let to = if c.block == BlockKind::Function { self.first } else { self.label_slot(&c) };
        self.returns |= target == 0;
        let route = self.b.routes.len() as u32;
        let charge = self.time_of_route(c.label);
        self.b.routes.push(LabelRoute { label: c.label, to, charge });
        self.b.controls[target].route = route;
        route
    }

    /// Branches to a frame if a condition is not zero, by a statement that moves the values.
    fn branch_if_moving(&mut self, cond: u32, c: Control) {
        let (from, len) = self.span(self.label_types(&c).len());
        let to = if c.block == BlockKind::Function { self.first } else { self.label_slot(&c) };
        self.returns |= c.block == BlockKind::Function;
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
        self.spill_entry(self.b.stack.len() - 1);
        self.pop().bits as u32
    }

    pub(super) fn return_op(&mut self) {
        self.return_();
        self.set_unreachable();
    }

    /// Puts the results in their place and returns.
    pub(super) fn return_(&mut self) {
        let values = self.results.len();
        if let [kind] = self.results
            && kind.slots() == 1
        {
            self.spill_traps(1);
            let value = self.peek();
            return self.return_value(value);
        }
        if values == 0 {
            self.spill_traps(0);
        } else if values == 1 {
            self.spill_traps(1);
            let value = self.peek();
            self.set(self.first, value);
        } else {
            // What is below them is dropped, and may read a register that a call has taken away.
            self.spill_traps(values);
            self.spill_top(values);
            let (from, len) = self.span(values);
            self.copy(self.first, from, len);
        }
        self.return_in_place();
    }

    // ---- calls ----

    /// Spills the arguments of a call and reserves the callee's area; returns how far above ours its return word
    /// is. The entries stay until [`Function::results_of`].
    fn call_area(&mut self, sig: FuncSig<'_>) -> u32 {
        self.spill_for_call(sig.params.len());
        let (args, _) = self.span(sig.params.len());
        let word = args + sig.area();
        self.use_slots(word + 1);
        word - HEADER as u32
    }

    pub(super) fn results_of(&mut self, sig: FuncSig<'_>) {
        self.drop_entries(sig.params.len());
        self.push_all_in_slots(sig.results);
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

    pub(super) fn call_indirect(&mut self, ty: u32, table: u32) {
        let sig = self.info.types.get(ty);
        // The index is on top of the arguments; a local can be read where it is.
        let top = self.peek();
        if !(top.is_slot() && top.bits < self.stack_base as u64) {
            self.spill_for_call(sig.params.len() + 1);
        }
        let index = self.pop().bits as u32;
        let distance = self.call_area(sig);
        let table = self.layout.table(table);
        self.call_statement(simple::CallIndirect, &[table, sig.id, index, distance]);
        self.results_of(sig);
    }
}
