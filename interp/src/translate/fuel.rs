//! Metering at translation time: what code costs, and where the charges go.
//!
//! An operator costs a unit or nothing (see `visitor.rs`). Charges need only be right at *boundaries*
//! (calls, returns, `unreachable`) and at check points (function entries, loop heads); anywhere else
//! nobody can look. So the cost of a stretch of code is paid as a whole, and where that is
//! for nothing: by the branch that leads to it.
//!
//! A **region** is code that is entered through branches which pay for it in advance: what follows a
//! label, or a branch that is not taken. It ends at the next branch, call, return or loop head. Where
//! control runs from one region into the next, at a label, whoever pays for the first
//! pays for the second too.
//!
//! What follows a call or the beginning of the function has nobody to pay in advance, and is *owed*:
//! the next branch, call or return pays for it. Only where such code runs into a label it pays
//! by a statement of its own.
//!
//! ```text
//!     call $f charge: what was owed before
//!     ...             3 units owed
//!     br_if ──taken──► charge 3 + cost of the region at the target
//!       │ not taken:   charge 3 + cost of the region that follows
//!     ...
//! ```
//!
//! What a region costs is known at its end, so charges are filled in when the function is finished.
//!
//! **Epochs** without fuel: the counter stands for time, which need not be exact, so only calls, returns and the ways
//! back to loops pay. They pay for the operators on the longest way there since the last one that paid
//! (`since`). Where that becomes long, the code looks at the epoch by a statement of its own, so no path
//! is overcharged by much; the same with fuel, whose charges do not say how long the way to the next check is.
//!
//! **Bulk**: before an operation on bytes or elements whose number an operand says, a statement pays for them, and is
//! a check point. Code before it is paid, and what follows is owed.

use wasmparser::BrTable;

use super::Function;
use super::blocks::{Blocks, Numbers};
use super::control::{LabelRoute, depths};
use super::emitter::Label;
use crate::code::table::{head, simple};
use crate::exec::meter::{MAX_COST, WEIGHT_BITS};
use crate::isa::operand::OperandKind;
use crate::wasm::Options;
use crate::wasm::VariableOperatorCost;

/// Operators on the way from one look at the epoch to the next, at most.
const MOST_UNSEEN: u32 = 4096;
/// Operators for which the counter counts one, where it stands for time.
pub(super) const UNIT: u32 = 8;
/// Slots that are zeroed or copied in the time of an operator.
const SLOTS: u32 = 8;
/// What is in the names of operators that may take as long as [`UNIT`] simple ones: because the page has not been
/// touched before, or the processor has only something slow for them.
const SLOW: [&[u8]; 7] = [b"Load", b"Store", b"Atomic", b"Table", b"Div", b"Rem", b"Sqrt"];
/// An operation in bulk on so little is not worth a check, if it is known.
const SMALL_COST: u64 = 128;
/// Bytes of a charge.
const FUEL: usize = OperandKind::Fuel.len();
const FUEL_WIDE: usize = OperandKind::FuelWide.len();
/// The region that there is not.
const NONE: u32 = u32::MAX;
/// The mark of a region that control runs on from.
const RUNS_ON: u32 = 1 << 31;

/// The time that an operator which is not on vectors takes, in simple operators.
pub(super) const fn time(op: &str) -> u32 {
    let (op, mut i) = (op.as_bytes(), 0);
    while i < SLOW.len() {
        let (name, mut rest) = (SLOW[i], op);
        while let [_, tail @ ..] = rest {
            let mut at = 0;
            while at < name.len() && at < rest.len() && rest[at] == name[at] {
                at += 1;
            }
            if at == name.len() {
                return UNIT;
            }
            rest = tail;
        }
        i += 1;
    }
    1
}

/// The metering of one function.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// Fuel is metered.
    fuel: bool,
    /// The epoch is looked at.
    epochs: bool,
    /// Code looks at the epoch wherever it is to be looked at: charges may be nothing.
    looks: bool,
    code: Code,
    /// What each region costs, and whether control runs on from it into the next: [`RUNS_ON`].
    regions: Blocks<u32>,
    /// The region that begins at each label.
    labels: Blocks<u32>,
    /// Operators on the longest way here since the epoch was looked at, or since one that paid; and to each label.
    since: Option<u32>,
    since_labels: Blocks<u16>,
    /// Charges to be filled in, in the order of the code. Of each: how far the operand's place is behind the last one's,
    /// what is owed, and for which region.
    charges: Numbers,
    last_charge: usize,
    near: Near,
}

/// Who pays for the code being translated.
#[derive(Clone, Copy, Debug, Default)]
enum Code {
    /// There is none: nothing runs on from here.
    #[default]
    None,
    /// It is owed so much.
    Owed(u32),
    /// Whoever enters the last region; so much since the first one was entered that runs on into it.
    Region(u32),
}

/// What is charged besides what is owed.
#[derive(Clone, Copy, Debug)]
enum To {
    Nothing,
    Label(Label),
    Region(u32),
}

/// The last label and the last region of a charge: the next ones have numbers like these.
#[derive(Clone, Copy, Debug, Default)]
struct Near {
    label: u32,
    region: u32,
}

impl Near {
    /// What a charge is for, as a number that is small if it is near.
    fn number(&mut self, to: To) -> u32 {
        let (kind, number, last) = match to {
            To::Nothing => return 0,
            To::Label(label) => (1, label, &mut self.label),
            To::Region(region) => (2, region, &mut self.region),
        };
        let difference = number.wrapping_sub(*last) as i32;
        *last = number;
        // There are fewer than 2²³ of each: a function has fewer bytes.
        ((difference << 1 ^ difference >> 31) as u32) << 2 | kind
    }

    /// What such a number stands for.
    fn to(&mut self, number: u32) -> To {
        let difference = number >> 3 ^ (number >> 2 & 1).wrapping_neg();
        match number & 3 {
            0 => To::Nothing,
            1 => {
                self.label = self.label.wrapping_add(difference);
                To::Label(self.label)
            }
            _ => {
                self.region = self.region.wrapping_add(difference);
                To::Region(self.region)
            }
        }
    }
}

impl Meter {
    pub(super) fn begin(&mut self, options: &Options) {
        (self.fuel, self.epochs) = (options.consume_fuel, options.epoch_interruption);
        self.looks = self.fuel && self.epochs && options.operator_cost.is_some();
        self.code = Code::Owed(0);
        self.since = Some(0);
        self.last_charge = 0;
        self.near = Near::default();
        self.clear();
    }

    fn clear(&mut self) {
        self.since_labels.clear();
        self.regions.clear();
        self.labels.clear();
        self.charges.clear();
    }

    /// Whether there are check points.
    pub(super) fn checks(&self) -> bool {
        self.fuel || self.epochs
    }

    /// Ends the code so far; returns what it is owed.
    fn stop(&mut self) -> u32 {
        let since = self.since.take().unwrap_or(0);
        match core::mem::take(&mut self.code) {
            _ if !self.fuel => since / UNIT,
            Code::Owed(owed) => owed,
            _ => 0,
        }
    }

    /// Goes on with code that is owed nothing, and from where the epoch was looked at.
    fn go_on(&mut self) {
        self.code = Code::Owed(0);
        self.since = Some(0);
    }

    /// A way to a label that is not bound yet.
    fn way_to(&mut self, label: Label, since: u32) {
        let so_far = self.since_labels.at_or(label as usize, 0);
        *so_far = (*so_far).max(since.min(u16::MAX.into()) as u16);
    }

    /// Begins a region, which the current one, if there is one, runs on into; unless that costs nothing so far and
    /// can be entered here as well.
    fn region(&mut self) -> u32 {
        let new = self.regions.len() as u32;
        let mut since = 0;
        if let Code::Region(so_far) = self.code {
            let current = self.regions.last_mut().expect("it is the last one");
            if *current == 0 {
                return new - 1;
            }
            *current |= RUNS_ON;
            since = so_far;
        }
        self.regions.push(0);
        self.code = Code::Region(since);
        new
    }

    fn charge(&mut self, at: usize, owed: u32, to: To) {
        self.charges.push((at - self.last_charge) as u32);
        self.charges.push(owed);
        self.charges.push(self.near.number(to));
        self.last_charge = at;
    }
}

impl Function<'_> {
    /// Counts an operator, before it is translated: what it costs, and what [`time`] it takes.
    #[inline(never)]
    pub(super) fn count(&mut self, cost: u32, time: u32) {
        self.take_time(time);
        if self.parts.meter.fuel && cost != 0 {
            self.cost(cost);
        }
    }

    /// Counts what costs fuel.
    fn cost(&mut self, cost: u32) {
        let meter = &mut self.parts.meter;
        let so_far = match &mut meter.code {
            Code::None => return,
            Code::Owed(owed) => {
                *owed += cost;
                *owed
            }
            Code::Region(so_far) => {
                *meter.regions.last_mut().expect("it is the last one") += cost;
                *so_far += cost;
                *so_far
            }
        };
        if so_far >= MAX_COST {
            let since = meter.since;
            let owed = meter.stop();
            let new = meter.region();
            meter.since = since;
            self.pay_now(simple::Consume, owed, To::Region(new));
        }
    }

    /// Counts what takes time: so many operators, or as long.
    fn take_time(&mut self, operators: u32) {
        let meter = &mut self.parts.meter;
        if !meter.epochs {
            return;
        }
        let Some(since) = &mut meter.since else { return };
        *since += operators;
        if *since >= MOST_UNSEEN {
            self.look();
        }
    }

    /// Slots are zeroed or copied.
    pub(super) fn take_time_for_slots(&mut self, slots: u32) {
        if slots >= SLOTS {
            self.take_time(slots / SLOTS);
        }
    }

    /// Looks at the epoch.
    fn look(&mut self) {
        self.note_roots_if_metered();
        self.site(self.parts.emitter.code.len(), self.source.offset as u32);
        self.emit(simple::Look, &[]);
        self.parts.meter.since = Some(0);
    }

    /// Looks at the epoch where others pay, if charges may be nothing.
    fn look_if_free(&mut self) {
        if self.parts.meter.looks {
            self.look();
        }
    }

    /// A statement that pays and does nothing else.
    fn pay_now(&mut self, statement: u16, owed: u32, to: To) {
        self.emit(statement, &[0]);
        self.charge_last(owed, to);
    }

    /// Before a label is bound: who runs on into what follows it.
    pub(super) fn bind_metered(&mut self, label: Label) {
        let meter = &mut self.parts.meter;
        if meter.epochs {
            let since = meter.since_labels.get(label as usize).copied();
            meter.since = meter.since.max(Some(since.unwrap_or(0).into()));
        }
        if !meter.fuel {
            return;
        }
        if let Code::Owed(owed) = meter.code {
            meter.code = Code::None;
            self.pay_now(simple::Consume, owed, To::Label(label));
        }
        let region = self.parts.meter.region();
        *self.parts.meter.labels.at_or(label as usize, NONE) = region;
    }

    /// Begins a loop, whose label is where branches back to it go.
    pub(super) fn loop_head(&mut self, label: Label) {
        if !self.parts.meter.checks() {
            return self.bind(label);
        }
        self.note_roots_if_metered();
        let owed = self.parts.meter.stop();
        self.emit(simple::LoopCheck, &[0, 0]);
        let at = self.parts.emitter.code.len() - 2 * FUEL;
        let advance = if self.parts.meter.fuel { To::Label(label) } else { To::Nothing };
        self.parts.meter.charge(at, owed, advance);
        self.parts.meter.charge(at + FUEL, 0, advance);
        self.site(self.parts.emitter.code.len(), self.source.offset as u32);
        self.bind(label);
        self.note_roots_if_metered();
        self.parts.meter.since = Some(0);
        self.look_if_free();
    }

    /// After the locals are zeroed.
    pub(super) fn function_begins(&mut self, zeroed: u32) {
        self.take_time_for_slots(zeroed);
        if self.info.options.charge_locals && self.parts.meter.fuel && zeroed >= SLOTS {
            self.cost(zeroed / SLOTS);
        }
        self.look_if_free();
    }

    /// Whether a branch to a label pays or checks: all if fuel is metered, otherwise those back to a
    /// loop, which are bound already.
    pub(super) fn meters(&self, to: Label) -> bool {
        let meter = &self.parts.meter;
        meter.fuel || meter.epochs && self.is_back(to)
    }

    /// Whether a label is a loop's head.
    fn is_back(&self, to: Label) -> bool {
        self.parts.emitter.is_bound(to)
    }

    // ---- the metered form of statements ----

    /// Charges a branch with what is owed and what its target costs; `since` is what it comes after. `at` is where.
    fn charge_way(&mut self, at: usize, owed: u32, since: u32, to: Label) {
        let back = self.is_back(to);
        let meter = &mut self.parts.meter;
        if meter.epochs && !back {
            meter.way_to(to, since);
        }
        match (meter.fuel, back) {
            (true, _) => meter.charge(at, owed, To::Label(to)),
            // A way back without an operator takes time, too.
            (false, true) => meter.charge(at, since.div_ceil(UNIT).max(1), To::Nothing),
            (false, false) => meter.charge(at, 0, To::Nothing),
        }
    }

    /// The head of a conditional branch.
    pub(super) fn branch_head(&self, head: u16, to: Label) -> u16 {
        match head {
            _ if !self.meters(to) => head,
            head::BrIf => head::BrIfMetered,
            _ => head::BrIfZeroMetered,
        }
    }

    /// After a conditional branch: its charges, the last operands if it is the metered form.
    pub(super) fn charge_branch(&mut self, to: Label) {
        let since = self.parts.meter.since.unwrap_or(0);
        if !self.meters(to) {
            if self.parts.meter.epochs {
                self.parts.meter.way_to(to, since);
            }
            return;
        }
        let owed = self.parts.meter.stop();
        let end = self.parts.emitter.code.len();
        self.charge_way(end - FUEL - FUEL_WIDE, owed, since, to);
        let meter = &mut self.parts.meter;
        meter.since = Some(since);
        if meter.fuel {
            let region = meter.region();
            meter.charge(end - FUEL, owed, To::Region(region));
        }
    }

    /// Jumps.
    pub(super) fn branch(&mut self, to: Label) {
        let since = self.parts.meter.since.unwrap_or(0);
        let metered = self.meters(to);
        let owed = self.parts.meter.stop();
        if metered {
            self.emit(simple::BrMetered, &[to, 0]);
            self.charge_way(self.parts.emitter.code.len() - FUEL, owed, since, to);
        } else {
            self.emit(simple::Br, &[to]);
            if self.parts.meter.epochs {
                self.parts.meter.way_to(to, since);
            }
        }
    }

    /// Whether a branch by a table pays or checks.
    pub(super) fn table_is_metered(&self, table: &BrTable<'_>) -> bool {
        self.parts.meter.checks() && depths(table).any(|depth| self.meters(self.label_at(depth)))
    }

    /// After a branch by a table: its charges, if it is the metered form.
    pub(super) fn charge_table(&mut self, metered: bool, table: &BrTable<'_>) {
        let since = self.parts.meter.since.unwrap_or(0);
        let owed = if metered { self.parts.meter.stop() } else { 0 };
        for depth in depths(table) {
            let to = self.label_at(depth);
            if metered {
                let at = self.parts.emitter.code.len();
                self.parts.emitter.code.make_room();
                self.put_charge();
                self.charge_way(at, owed, since, to);
            } else {
                self.has_route_to(to, since);
            }
        }
        self.parts.meter.since = None;
    }

    /// Before the numbers in a branch by routes: its charge, if it is the metered form. What was owed is paid there, and what the
    /// target costs on the way. Returns how long it is since the epoch was looked at.
    pub(super) fn charge_routes(&mut self, metered: bool) -> u32 {
        let since = self.parts.meter.since.unwrap_or(0);
        if metered {
            let owed = self.parts.meter.stop();
            let owed = if self.parts.meter.fuel { owed } else { 0 };
            let at = self.parts.emitter.code.len() - OperandKind::Choices.len() - FUEL;
            self.parts.meter.charge(at, owed, To::Nothing);
        }
        self.parts.meter.since = None;
        since
    }

    /// A branch by routes has one to this label.
    pub(super) fn has_route_to(&mut self, to: Label, since: u32) {
        if self.parts.meter.epochs && !self.is_back(to) {
            self.parts.meter.way_to(to, since);
        }
    }

    /// What a route costs that is made now, where only time counts: how much of it there is before it, the next one to
    /// take the same route does not know, so it is as much as there may be.
    pub(super) fn time_of_route(&self, to: Label) -> u16 {
        let back = self.parts.meter.epochs && !self.parts.meter.fuel && self.is_back(to);
        if back { (MOST_UNSEEN / UNIT) as u16 } else { 0 }
    }

    /// The head of a return with a value.
    pub(super) fn return_head(&self) -> u16 {
        if self.parts.meter.checks() { head::ReturnValueMetered } else { head::ReturnValue }
    }

    /// After a return with a value: its charge, if it is the metered form.
    pub(super) fn charge_return(&mut self) {
        if self.parts.meter.checks() {
            let owed = self.parts.meter.stop();
            self.put_charge();
            self.charge_last(owed, To::Nothing);
        }
    }

    /// Returns; the results are in place.
    pub(super) fn return_in_place(&mut self) {
        if self.parts.meter.checks() {
            let owed = self.parts.meter.stop();
            self.emit(simple::ReturnMetered, &[0]);
            self.charge_last(owed, To::Nothing);
        } else {
            self.emit(simple::Return, &[]);
        }
    }

    /// A call, in its metered form if need be.
    pub(super) fn call_statement(&mut self, statement: u16, operands: &[u32]) {
        let metered = match statement {
            simple::Call if self.parts.meter.checks() => simple::CallMetered,
            simple::CallIndirect if self.parts.meter.checks() => simple::CallIndirectMetered,
            simple::CallImport if self.parts.meter.fuel => simple::CallImportMetered,
            simple::ReturnCall if self.parts.meter.checks() => simple::ReturnCallMetered,
            simple::ReturnCallIndirect if self.parts.meter.checks() => {
                simple::ReturnCallIndirectMetered
            }
            simple::CallRef if self.parts.meter.checks() => simple::CallRefMetered,
            simple::ReturnCallRef if self.parts.meter.checks() => simple::ReturnCallRefMetered,
            simple::ReturnCallImport if self.parts.meter.fuel => simple::ReturnCallImportMetered,
            _ => {
                self.emit_site(statement, operands);
                return self.note_roots_of_call();
            }
        };
        let owed = self.parts.meter.stop();
        let mut all = [0; 8];
        all[..operands.len()].copy_from_slice(operands);
        self.emit_site(metered, &all[..=operands.len()]);
        self.note_roots_of_call();
        self.charge_last(owed, To::Nothing);
        if statement != simple::ReturnCall {
            self.parts.meter.go_on();
        }
    }

    /// Before a statement after which nothing runs on, and which is a boundary.
    pub(super) fn pay_before_unreachable(&mut self) {
        let owed = self.parts.meter.stop();
        if self.parts.meter.fuel && owed > 0 {
            self.pay_now(simple::Consume, owed, To::Nothing);
        }
    }

    /// Before a statement that throws, which is a boundary. Whoever goes on may be a loop, so time counts, too.
    #[cfg(feature = "gc")]
    pub(super) fn pay_before_throw(&mut self) {
        let owed = self.parts.meter.stop();
        if self.parts.meter.checks() && owed > 0 {
            self.pay_now(simple::Consume, owed, To::Nothing);
        }
    }

    /// Before an access that traps whatever its address, which makes it a boundary.
    pub(super) fn pay_before_sure_trap(&mut self, operands: usize) {
        if self.parts.meter.fuel {
            self.spill_traps(operands);
            let since = self.parts.meter.since;
            let owed = self.parts.meter.stop();
            self.pay_now(simple::Commit, owed, To::Nothing);
            self.parts.meter.go_on();
            self.parts.meter.since = since;
        }
    }

    // ---- operations in bulk ----

    /// Before the statement of an operation in bulk: pays for as many bytes, pages or elements as there are in a slot, or as
    /// the operand says if it is a constant, and checks.
    pub(super) fn bulk(&mut self, op: u16, units: u32, constant: Option<u64>) {
        if !self.parts.meter.checks() {
            return;
        }
        let weight = self.bulk_weight(op);
        self.bulk_of_weight(op, units, constant, weight);
    }

    /// The same of an operation that does not always cost the same.
    fn bulk_of_weight(
        &mut self,
        op: u16,
        units: u32,
        constant: Option<u64>,
        (cost, time): (u16, u16),
    ) {
        if let Some(units) = constant
            && let Some(cost) = units.checked_mul(cost.into())
            && cost <= SMALL_COST
            && (self.parts.meter.fuel || units <= SMALL_COST)
        {
            return if self.parts.meter.fuel {
                self.cost(cost as u32)
            };
        }
        let weight = if self.parts.meter.fuel { cost << WEIGHT_BITS } else { time };
        let owed = self.parts.meter.stop();
        self.note_roots_if_metered();
        self.emit(simple::Bulk, &[units, weight.into(), op.into(), 0]);
        self.charge_last(owed, To::Nothing);
        self.parts.meter.go_on();
        self.note_roots_if_metered();
        self.site(self.parts.emitter.code.len(), self.source.offset as u32);
    }

    /// Before an array is made whose elements get a value.
    #[cfg(feature = "gc")]
    pub(super) fn bulk_of_new_array(&mut self, units: u32, constant: Option<u64>) {
        if self.parts.meter.checks() {
            let costs = self.info.options.operator_cost.as_deref();
            let cost = costs.map_or(1, |costs| costs.variable.array_new_per_element);
            self.bulk_of_weight(simple::NewArray, units, constant, (cost.into(), 1));
        }
    }

    /// What an operation costs for each byte, page or element; and what time it takes: both are weights, but for the point.
    fn bulk_weight(&self, op: u16) -> (u16, u16) {
        let costs = self.info.options.operator_cost.as_deref();
        let costs = costs.map_or(const { &VariableOperatorCost::new() }, |costs| &costs.variable);
        #[allow(unreachable_patterns)] // All statements that are not built have the same number.
        let (cost, time) = match op {
            simple::MemoryFill | simple::SharedFill => (costs.memory_fill_per_byte, 1),
            simple::MemoryCopy | simple::SharedCopy => (costs.memory_copy_per_byte, 1),
            simple::MemoryInit => (costs.memory_init_per_byte, 1),
            simple::MemoryGrow => (costs.memory_grow_per_page, 1 << 15),
            simple::TableFill => (costs.table_fill_per_element, 8),
            simple::TableCopy => (costs.table_copy_per_element, 8),
            simple::TableInit => (costs.table_init_per_element, 8),
            simple::ArrayCopy => (costs.array_copy_per_element, 1),
            simple::ArrayFill | simple::ArrayFillV128 => (costs.array_fill_per_element, 1),
            simple::ArrayNewData => (costs.array_new_data_per_element, 1),
            simple::ArrayInitData => (costs.array_init_data_per_element, 1),
            simple::ArrayNewElem => (costs.array_new_elem_per_element, 8),
            simple::ArrayInitElem => (costs.array_init_elem_per_element, 8),
            simple::NewArray => (costs.array_new_default_per_element, 1),
            _ => (costs.table_grow_per_element, 8),
        };
        (cost.into(), time)
    }

    // ---- charges ----

    /// Appends a charge to be filled in.
    fn put_charge(&mut self) {
        self.parts.emitter.code.put(&[0; FUEL]);
    }

    /// Appends those of a conditional branch. The low half of the wide one is what is filled in.
    pub(super) fn put_branch_charges(&mut self) {
        self.parts.emitter.code.put(&[0; FUEL_WIDE + FUEL]);
    }

    /// The charge that is the last operand of the statement just emitted.
    fn charge_last(&mut self, owed: u32, to: To) {
        self.parts.meter.charge(self.parts.emitter.code.len() - FUEL, owed, to);
    }

    /// Fills in the charges, and forgets what they come from: code that is put in its place is there twice.
    pub(super) fn fill_in_charges(&mut self) {
        let meter = &mut self.parts.meter;
        // Control runs on only into the region that begins next.
        for i in (0..meter.regions.len()).rev() {
            if meter.regions[i] & RUNS_ON != 0 {
                let next = meter.regions[i + 1];
                let region = &mut meter.regions[i];
                *region = (*region & !RUNS_ON) + next;
            }
        }
        let cost = |region: u32| meter.regions.get(region as usize).copied().unwrap_or(0);
        let mut charges = meter.charges.iter();
        let (mut at, mut near) = (0, Near::default());
        while let Some(behind) = charges.next()
            && let Some(owed) = charges.next()
            && let Some(to) = charges.next()
        {
            at += behind as usize;
            let region = match near.to(to) {
                To::Nothing => NONE,
                To::Label(label) => meter.labels.get(label as usize).copied().unwrap_or(NONE),
                To::Region(region) => region,
            };
            let charge = u16::try_from(owed + cost(region));
            let charge = charge.expect("each is of code that costs little more than MAX_COST");
            self.parts.emitter.code.patch(at, &charge.to_ne_bytes());
        }
        for route in 0..self.parts.control.routes.len() {
            let LabelRoute { label, charge, .. } = &mut self.parts.control.routes[route];
            let region = meter.labels.get(*label as usize).copied().unwrap_or(NONE);
            *charge += cost(region) as u16;
        }
        drop(charges);
        meter.clear();
    }
}
