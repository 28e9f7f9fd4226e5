//! Emission of statements: splits, encoding, labels, the map back to the module.

use alloc::boxed::Box;

use super::tree::{Node, Placement, Placements, Value};
use wasmparser::BrTable;

use super::control::depths;
use super::emitter::{Label, ROUTES};
use super::{FuncCode, Function};
use crate::code::function::More;
use crate::code::selection::{Leaf, select_for};
use crate::code::table::{head, simple, simple_operands};
use crate::exec::Route;
use crate::isa::operand::{HEADER, OperandKind};
use crate::isa::{OPS, Op};

/// What a statement has besides its expressions; it comes before their operands.
#[derive(Clone, Copy, Debug)]
enum Own {
    Nothing,
    Slot(u32),
    Word(u32),
    /// The offset operand of a store, which may trap.
    Offset(u32),
    Target(Label),
}

impl Function<'_> {
    // ---- statements with expressions ----

    /// Sets a slot to a value.
    pub(super) fn set(&mut self, slot: u32, value: Value) {
        self.begin_splits(&[value]);
        self.set_slot(slot, value);
    }

    fn set_slot(&mut self, slot: u32, value: Value) {
        let value = self.untyped(value);
        if !self.pinned.is_in(slot) {
            self.statement(head::Set, [value], Own::Slot(slot));
            return self.forward(slot, value);
        }
        let settable = self.tile_pinned(head::SetPinned, &[value]).is_some()
            || self.tile(head::SetPinned, &[value]).is_some();
        if settable {
            return self.statement(head::SetPinned, [value], Own::Slot(slot));
        }
        self.statement(head::Set, [value], Own::Slot(slot));
        if self.pinned.is_read() {
            self.emit(simple::LoadPinned, &[slot]);
        } else {
            // Nothing in the loop so far needs the register, and what follows can do without it.
            self.unpin();
            self.forward(slot, value);
        }
    }

    fn set_acc(&mut self, value: Value) {
        self.statement(head::SetAcc, [value], Own::Nothing);
    }

    /// Stores to memory 0.
    pub(super) fn store(&mut self, op: u16, address: Value, value: Value, operand: u32) {
        self.put(op, [address, value], operand);
    }

    /// Stores to a field of an object or an element of an array.
    pub(super) fn put<const N: usize>(&mut self, op: u16, operands: [Value; N], operand: u32) {
        self.begin_splits(&operands);
        self.statement(op, operands, Own::Offset(operand));
    }

    /// Sets a global.
    pub(super) fn set_global(&mut self, global: u32, value: Value) {
        self.begin_splits(&[value]);
        let imported = global < self.info.imported_globals;
        let statement = if imported { head::SetGlobalImport } else { head::SetGlobal };
        let at = self.layout.global(global);
        let value = self.untyped(value);
        self.statement(statement, [value], Own::Word(at));
    }

    /// Branches if a condition is not zero (or, with `zero`, if it is).
    pub(super) fn branch_if(&mut self, cond: Value, zero: bool, to: Label) {
        self.begin_splits(&[cond]);
        let (mut cond, negated) = self.condition(cond);
        let mut zero = zero ^ negated;
        if zero && let Some(not) = self.negate(cond) {
            (cond, zero) = (not, false);
        }
        let statement = if zero { head::BrIfZero } else { head::BrIf };
        let head = self.branch_head(statement, to);
        self.statement(head, [cond], Own::Target(to));
        if head != statement {
            self.put_branch_charges();
        }
        self.charge_branch(to);
    }

    /// Branches to the target of a table at an index, or the default.
    pub(super) fn branch_table(&mut self, index: Value, table: &BrTable<'_>) {
        self.begin_splits(&[index]);
        let metered = self.table_is_metered(table);
        let head = if metered { head::BrTableMetered } else { head::BrTable };
        self.statement(head, [index], Own::Nothing);
        self.parts.emitter.put(&table.len().to_ne_bytes());
        for depth in depths(table) {
            self.parts.emitter.code.make_room();
            self.parts.emitter.put_target(self.label_at(depth));
        }
        self.charge_table(metered, table);
    }

    /// Appends the number of a route to a table.
    pub(super) fn put_choice(&mut self, route: u32) {
        let bytes = route.to_le_bytes();
        self.parts.emitter.code.make_room();
        self.parts.emitter.put::<{ Route::NUMBER }>(bytes.first_chunk().expect("it is shorter"));
    }

    /// Returns a value of one slot.
    pub(super) fn return_value(&mut self, value: Value) {
        self.begin_splits(&[value]);
        let value = self.untyped(value);
        self.statement(self.return_head(), [value], Own::Slot(self.first));
        self.charge_return();
    }

    /// A load or store of any memory; see `LoadGeneral` and `StoreGeneral`.
    pub(super) fn general(
        &mut self,
        statement: u16,
        op: u16,
        memory: u32,
        offset: u64,
        slots: [u32; 2],
    ) {
        let handler = select_for(statement, op).expect("registered");
        let at = self.layout.memory(memory);
        self.parts.emitter.begin(handler);
        self.site(self.parts.emitter.code.len(), self.source.offset as u32);
        self.parts.emitter.put(&at.to_ne_bytes());
        self.parts.emitter.put(&offset.to_ne_bytes());
        for slot in slots {
            self.put_slot(slot);
        }
    }

    /// Emits what is split off a statement's expressions, then the statement: handler, own operands,
    /// operands of the expressions.
    fn statement<const N: usize>(&mut self, head: u16, mut kids: [Value; N], own: Own) {
        if let Some((handler, pinned)) = self.tile_pinned(head, &kids) {
            self.pinned.note_read();
            self.put_reader(handler, head, &kids, pinned);
            self.put_own(own);
            for (i, &kid) in kids.iter().enumerate() {
                self.put_operands(kid, pinned >> i & 1 != 0, &mut 0);
            }
            return;
        }
        let mut tiling = self.tile(head, &kids);
        if tiling.is_none() {
            // The tree is part of other statements but has none of its own.
            kids[0] = self.flat(kids[0]);
            tiling = self.tile(head, &kids);
        }
        let tiling = tiling.expect("every statement has slot forms");
        let (handler, placements) = (tiling.handler(), tiling.placements);
        if !tiling.is_split() {
            self.put_reader(handler, head, &kids, 0);
            self.put_own(own);
            for kid in kids {
                self.put_operands(kid, false, &mut 0);
            }
            return;
        }
        let first_temp = self.parts.temps.len();
        for (i, &kid) in kids.iter().enumerate() {
            self.split_into_slots(kid, placements.get(i));
        }
        for (i, &kid) in kids.iter().enumerate() {
            self.split_into_acc(kid, placements.get(i));
        }
        self.parts.emitter.begin(handler);
        self.put_own(own);
        let mut temp = first_temp;
        for (i, &kid) in kids.iter().enumerate() {
            self.put_operand(kid, placements.get(i), &mut temp);
        }
        self.parts.temps.give_back(first_temp);
    }

    #[inline(always)]
    fn put_own(&mut self, own: Own) {
        match own {
            Own::Nothing => {}
            Own::Slot(slot) => self.put_slot(slot),
            Own::Word(word) => self.parts.emitter.put(&word.to_ne_bytes()),
            Own::Offset(offset) => {
                self.site(self.parts.emitter.code.len(), self.source.offset as u32);
                self.parts.emitter.put(&offset.to_ne_bytes());
            }
            Own::Target(label) => self.parts.emitter.put_target(label),
        }
    }

    /// Emits what is split into slots off a part of a statement; notes the slots, in preorder.
    #[inline]
    fn split_into_slots(&mut self, value: Value, placement: Placement) {
        match placement {
            Placement::Slot => {
                let slot = self.next_temp(value.slots());
                self.set_slot(slot, value);
                self.parts.temps.take(slot);
            }
            Placement::Inline if value.is_split() => self.split_kids_into_slots(value),
            _ => {}
        }
    }

    fn split_kids_into_slots(&mut self, value: Value) {
        let n = *self.node(value);
        for (i, &kid) in n.kids().iter().enumerate() {
            self.split_into_slots(kid, n.placements.get(i));
        }
    }

    /// Begins a statement with these trees: what is split off goes to slots that nothing uses.
    fn begin_splits(&mut self, trees: &[Value]) {
        self.parts.temps.begin(trees);
    }

    /// The next slot for what is split off. Few statements have any, so it is looked for when it is needed.
    fn next_temp(&mut self, slots: u32) -> u32 {
        let slot =
            self.parts.temps.next().unwrap_or_else(|| self.free_slot(self.parts.temps.trees()));
        self.parts.temps.use_slots(slot, slots);
        self.parts.stack.use_slots(slot + slots);
        slot
    }

    #[inline]
    fn split_into_acc(&mut self, value: Value, placement: Placement) {
        match placement {
            Placement::Acc => self.set_acc(value),
            Placement::Inline if value.reads_acc() => self.split_kids_into_acc(value),
            _ => {}
        }
    }

    fn split_kids_into_acc(&mut self, value: Value) {
        let n = *self.node(value);
        for (i, &kid) in n.kids().iter().enumerate() {
            self.split_into_acc(kid, n.placements.get(i));
        }
    }

    /// Appends the operands of a part of a statement, in preorder; `temp` is the number of the next
    /// temp.
    #[inline]
    fn put_operand(&mut self, value: Value, placement: Placement, temp: &mut usize) {
        match placement {
            Placement::Inline => self.put_operands(value, false, temp),
            Placement::Acc => {}
            Placement::Slot => {
                self.put_slot(self.parts.temps.get(*temp));
                *temp += 1;
            }
        }
    }

    /// Appends the operands of an expression, in preorder; of its pinned form or not.
    #[inline]
    fn put_operands(&mut self, value: Value, pinned: bool, temp: &mut usize) {
        if !value.is_leaf() {
            return self.put_tree(value, pinned, temp);
        }
        let bits = value.bits;
        match value.pattern() {
            _ if pinned => {}
            p if p.is(Leaf::Slot) && self.parts.emitter.forwarded == Some(bits as u32) => {}
            p if p.is(Leaf::Slot) => self.put_slot(bits as u32),
            p if p.is(Leaf::Imm64) => self.parts.emitter.put(&bits.to_ne_bytes()),
            p if p.is(Leaf::Imm128) => {
                self.parts.emitter.put(&self.parts.trees.vectors[bits as usize].clone())
            }
            _ => self.parts.emitter.put(&(bits as u32).to_ne_bytes()),
        }
    }

    #[inline(never)]
    fn put_tree(&mut self, tree: Value, pinned: bool, temp: &mut usize) {
        let n @ Node { op, offset, operand, operand2, .. } = *self.node(tree);
        if op < head::Set && OPS[op as usize].traps {
            self.site(self.parts.emitter.code.len(), offset);
            if OPS[op as usize].width != 0 {
                self.parts.emitter.put(&operand.to_ne_bytes());
            }
        }
        if op == Op::RefIs as u16 || op == Op::RefCast as u16 {
            self.parts.emitter.put(&operand.to_ne_bytes());
            self.parts.emitter.put(&operand2.to_ne_bytes());
        }
        let inline = pinned || n.placements == Placements::INLINE;
        let pinned_kids = if pinned { n.pinned_kids } else { 0 };
        for (i, &kid) in n.kids().iter().enumerate() {
            if inline {
                self.put_operands(kid, pinned_kids >> i & 1 != 0, temp);
            } else {
                self.put_operand(kid, n.placements.get(i), temp);
            }
        }
    }

    // ---- statements without expressions ----

    /// Emits a statement of `statements.rs`; a target's value is its label.
    pub(super) fn emit(&mut self, statement: u16, operands: &[u32]) {
        let kinds = simple_operands(statement);
        debug_assert_eq!(kinds.len(), operands.len());
        self.parts.emitter.begin(statement);
        for (kind, &value) in kinds.iter().zip(operands) {
            match kind {
                OperandKind::Target => self.parts.emitter.put_target(value),
                OperandKind::RoutesAddress => self.parts.emitter.put_target(ROUTES),
                kind if kind.len() == 2 => self.put_slot(value),
                _ => self.parts.emitter.put(&value.to_ne_bytes()),
            }
        }
    }

    /// Emits one that may trap or be a frame of a backtrace: its last byte stands for it.
    pub(super) fn emit_site(&mut self, statement: u16, operands: &[u32]) {
        self.emit(statement, operands);
        self.site(self.parts.emitter.code.len() - 1, self.source.offset as u32);
    }

    /// Copies slots to lower ones.
    pub(super) fn copy(&mut self, dst: u32, src: u32, len: u32) {
        if len != 0 && dst != src {
            self.emit(simple::Copy, &[dst, len, src]);
            self.take_time_for_slots(len);
        }
    }

    /// Zeroes the locals that are no parameters.
    pub(super) fn begin(&mut self) {
        let first = HEADER as u32 + 1;
        let zeroed = self.parts.stack.base - first;
        match zeroed {
            0 => {}
            1 => self.emit(simple::Zero1, &[first]),
            2 => self.emit(simple::Zero2, &[first]),
            3 | 4 => {
                self.parts.stack.use_slots(first + 4);
                self.emit(simple::Zero4, &[first]);
            }
            n => self.emit(simple::Zero, &[first, n]),
        }
        self.function_begins(zeroed);
        self.begin_function();
    }

    // ---- bytes ----

    /// A slot or another number of 16 bits. One that does not fit is of a frame that is too large, which
    /// fails the translation in the end.
    #[inline]
    pub(super) fn put_slot(&mut self, slot: u32) {
        debug_assert!(slot <= u16::MAX as u32 || slot < self.parts.stack.end);
        self.parts.emitter.put(&(slot as u16).to_ne_bytes());
    }

    /// Notes that the code at `at` stands for the operator at `offset`.
    pub(super) fn site(&mut self, at: usize, offset: u32) {
        if !self.info.options.no_address_map {
            self.parts.emitter.sites.push(at as u32, offset);
        }
    }

    // ---- labels ----

    /// Where a branch so far out goes.
    pub(super) fn label_at(&self, depth: u32) -> Label {
        self.parts.control.frames[self.target(depth)].label
    }

    pub(super) fn bind(&mut self, label: Label) {
        self.bind_metered(label);
        self.parts.emitter.bind(label);
    }

    /// The code in its place, targets filled in.
    pub(super) fn finish(&mut self, begins_at: u32) -> FuncCode {
        self.fill_in_charges();
        let mut code = self.parts.emitter.code.take();
        let base = code.as_ptr() as usize;
        let emitter = &self.parts.emitter;
        let routes = self.parts.control.routes.map(|route| Route {
            target: base + emitter.offset_of(route.label),
            to: route.to as u16,
            charge: route.charge,
        });
        emitter.fill_in_targets(&mut code, routes.as_ptr() as usize);
        #[cfg(feature = "gc")]
        let (catches, roots) = (self.parts.catches.finish(), self.parts.roots.finish());
        #[cfg(feature = "gc")]
        let is_plain = catches.is_none() && roots.is_none();
        #[cfg(not(feature = "gc"))]
        let is_plain = true;
        let more = (!is_plain || !emitter.sites.is_empty() || !routes.is_empty()).then(|| {
            Box::new(More {
                sites: emitter.sites.finish(),
                routes,
                #[cfg(feature = "gc")]
                catches,
                #[cfg(feature = "gc")]
                roots,
            })
        });
        // The size of the frame was checked.
        FuncCode {
            code,
            slots: self.first as u16..self.parts.stack.end as u16,
            stack_base: self.parts.stack.base as u16,
            begins_at: (!self.info.options.no_address_map).then_some(begins_at),
            more,
        }
    }
}
