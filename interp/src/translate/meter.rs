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
//! (`since`). Where that becomes long, the code looks at the epoch by a statement of its own, so what is paid for too much
//! never is much; the same with fuel, whose charges are fuel and say nothing of what is on the way to a check.
//!
//! **Bulk**: before an operation on bytes or elements whose number an operand says, a statement pays for them, and is
//! a check point. Code before it is paid, and what follows is owed.

use alloc::vec::Vec;

use super::Function;
use super::emit::Label;
use crate::cost::VariableOperatorCost;
use crate::exec::meter::{MAX_COST, WEIGHT_BITS};
use crate::isa::operand::OperandKind;
use crate::isa::table::{head, plain};
use crate::module::Options;

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
/// The region that there is not.
const NONE: u32 = u32::MAX;

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
    regions: Vec<Region>,
    /// The region that begins at each label.
    labels: Vec<u32>,
    /// Operators on the longest way here since the epoch was looked at, or since one that paid; and to each label.
    since: Option<u32>,
    since_labels: Vec<u32>,
    charges: Vec<Charge>,
}

/// Who pays for the code being translated.
#[derive(Clone, Copy, Debug, Default)]
enum Code {
    /// There is none: nothing runs on from here.
    #[default]
    None,
    /// It is owed so much.
    Owed(u32),
    /// Whoever enters the region; so much since its first one was entered.
    Region(u32, u32),
}

#[derive(Clone, Copy, Debug)]
struct Region {
    cost: u32,
    /// The region that control runs on into.
    next: u32,
}

/// A charge to be filled in: the operand's place, what is owed, and for which region.
#[derive(Clone, Copy, Debug)]
struct Charge {
    at: u32,
    owed: u32,
    to: To,
}

#[derive(Clone, Copy, Debug)]
enum To {
    Nothing,
    Label(Label),
    Region(u32),
}

impl Meter {
    pub(super) fn begin(&mut self, options: &Options) {
        (self.fuel, self.epochs) = (options.consume_fuel, options.epoch_interruption);
        self.looks = self.fuel && self.epochs && options.operator_cost.is_some();
        self.code = Code::Owed(0);
        self.since = Some(0);
        self.since_labels.clear();
        self.regions.clear();
        self.labels.clear();
        self.charges.clear();
    }

    /// Whether there are check points.
    fn checks(&self) -> bool {
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
        let labels = &mut self.since_labels;
        if labels.len() <= label as usize {
            labels.resize(label as usize + 1, 0);
        }
        labels[label as usize] = labels[label as usize].max(since);
    }

    /// Begins a region, which the current one, if there is one, runs on into.
    fn region(&mut self) -> u32 {
        let new = self.regions.len() as u32;
        self.regions.push(Region { cost: 0, next: NONE });
        let mut since = 0;
        if let Code::Region(current, so_far) = self.code {
            self.regions[current as usize].next = new;
            since = so_far;
        }
        self.code = Code::Region(new, since);
        new
    }

    fn charge(&mut self, at: usize, owed: u32, to: To) {
        self.charges.push(Charge { at: at as u32, owed, to });
    }
}

impl Function<'_> {
    /// Counts an operator, before it is translated: what it costs, and what [`time`] it takes.
    #[inline(never)]
    pub(super) fn count(&mut self, cost: u32, time: u32) {
        self.take_time(time);
        if self.b.meter.fuel && cost != 0 {
            self.cost(cost);
        }
    }

    /// Counts what costs fuel.
    fn cost(&mut self, cost: u32) {
        let meter = &mut self.b.meter;
        let so_far = match &mut meter.code {
            Code::None => return,
            Code::Owed(owed) => {
                *owed += cost;
                *owed
            }
            Code::Region(region, so_far) => {
                meter.regions[*region as usize].cost += cost;
                *so_far += cost;
                *so_far
            }
        };
        if so_far >= MAX_COST {
            let since = meter.since;
            let owed = meter.stop();
            let new = meter.region();
            meter.since = since;
            self.pay_now(plain::Consume, owed, To::Region(new));
        }
    }

    /// Counts what takes time: so many operators, or as long.
    fn take_time(&mut self, operators: u32) {
        let meter = &mut self.b.meter;
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
        self.site(self.b.code.len(), self.offset as u32);
        self.plain(plain::Look, &[]);
        self.b.meter.since = Some(0);
    }

    /// Looks at the epoch where others pay, if charges may be nothing.
    fn look_if_free(&mut self) {
        if self.b.meter.looks {
            self.look();
        }
    }

    /// A statement that pays and does nothing else.
    fn pay_now(&mut self, statement: u16, owed: u32, to: To) {
        self.plain(statement, &[0]);
        self.charge_last(owed, to);
    }

    /// Before a label is bound: who runs on into what follows it.
    pub(super) fn bind_metered(&mut self, label: Label) {
        let meter = &mut self.b.meter;
        if meter.epochs {
            let since = meter.since_labels.get(label as usize).copied();
            meter.since = meter.since.max(Some(since.unwrap_or(0)));
        }
        if !meter.fuel {
            return;
        }
        if let Code::Owed(owed) = meter.code {
            meter.code = Code::None;
            self.pay_now(plain::Consume, owed, To::Label(label));
        }
        let region = self.b.meter.region();
        let labels = &mut self.b.meter.labels;
        if labels.len() <= label as usize {
            labels.resize(label as usize + 1, NONE);
        }
        labels[label as usize] = region;
    }

    /// Begins a loop, whose label is where branches back to it go.
    pub(super) fn loop_head(&mut self, label: Label) {
        if !self.b.meter.checks() {
            return self.bind(label);
        }
        let owed = self.b.meter.stop();
        self.plain(plain::Tick, &[0, 0]);
        let at = self.b.code.len() - 2 * FUEL;
        let advance = if self.b.meter.fuel { To::Label(label) } else { To::Nothing };
        self.b.meter.charge(at, owed, advance);
        self.b.meter.charge(at + FUEL, 0, advance);
        self.site(self.b.code.len(), self.offset as u32);
        self.bind(label);
        self.b.meter.since = Some(0);
        self.look_if_free();
    }

    /// The first instruction of a metered function is a check point, so it stands for something.
    pub(super) fn function_head(&mut self) {
        if self.b.meter.checks() {
            self.site(0, self.offset as u32);
        }
    }

    /// After the locals are zeroed.
    pub(super) fn function_begins(&mut self, zeroed: u32) {
        self.take_time_for_slots(zeroed);
        if self.info.options.charge_locals && self.b.meter.fuel && zeroed >= SLOTS {
            self.cost(zeroed / SLOTS);
        }
        self.look_if_free();
    }

    /// Whether a branch to a label pays or checks: all if fuel is metered, otherwise those back to a
    /// loop, which are bound already.
    fn meters(&self, to: Label) -> bool {
        let meter = &self.b.meter;
        meter.fuel || meter.epochs && self.is_back(to)
    }

    /// Whether a label is a loop's head.
    fn is_back(&self, to: Label) -> bool {
        self.b.labels[to as usize] != u32::MAX
    }

    // ---- the metered form of statements ----

    /// Charges a branch with what is owed and what its target costs; `since` is what it comes after. `at` is where.
    fn charge_way(&mut self, at: usize, owed: u32, since: u32, to: Label) {
        let back = self.is_back(to);
        let meter = &mut self.b.meter;
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

    /// After a conditional branch: its charges, if it is the metered form.
    pub(super) fn charge_branch(&mut self, to: Label) {
        let since = self.b.meter.since.unwrap_or(0);
        if !self.meters(to) {
            if self.b.meter.epochs {
                self.b.meter.way_to(to, since);
            }
            return;
        }
        let owed = self.b.meter.stop();
        let taken = self.put_charge();
        self.charge_way(taken, owed, since, to);
        let not_taken = self.put_charge();
        let meter = &mut self.b.meter;
        meter.since = Some(since);
        if meter.fuel {
            let region = meter.region();
            meter.charge(not_taken, owed, To::Region(region));
        }
    }

    /// Jumps.
    pub(super) fn branch(&mut self, to: Label) {
        let since = self.b.meter.since.unwrap_or(0);
        let metered = self.meters(to);
        let owed = self.b.meter.stop();
        if metered {
            self.plain(plain::BrMetered, &[to, 0]);
            self.charge_way(self.b.code.len() - FUEL, owed, since, to);
        } else {
            self.plain(plain::Br, &[to]);
            if self.b.meter.epochs {
                self.b.meter.way_to(to, since);
            }
        }
    }

    /// The head of a branch by a table.
    pub(super) fn table_head(&self, targets: &[Label]) -> u16 {
        if targets.iter().any(|&to| self.meters(to)) { head::BrTableMetered } else { head::BrTable }
    }

    /// After a branch by a table: its charges, if it is the metered form.
    pub(super) fn charge_table(&mut self, targets: &[Label]) {
        let since = self.b.meter.since.unwrap_or(0);
        if self.table_head(targets) == head::BrTableMetered {
            let owed = self.b.meter.stop();
            for &to in targets {
                let at = self.put_charge();
                self.charge_way(at, owed, since, to);
            }
        } else if self.b.meter.epochs {
            for &to in targets {
                self.b.meter.way_to(to, since);
            }
        }
        self.b.meter.since = None;
    }

    /// The head of a return with a value.
    pub(super) fn return_head(&self) -> u16 {
        if self.b.meter.checks() { head::ReturnValueMetered } else { head::ReturnValue }
    }

    /// After a return with a value: its charge, if it is the metered form.
    pub(super) fn charge_return(&mut self) {
        if self.b.meter.checks() {
            let owed = self.b.meter.stop();
            let at = self.put_charge();
            self.b.meter.charge(at, owed, To::Nothing);
        }
    }

    /// Returns; the results are in place.
    pub(super) fn plain_return(&mut self) {
        if self.b.meter.checks() {
            let owed = self.b.meter.stop();
            self.plain(plain::ReturnMetered, &[0]);
            self.charge_last(owed, To::Nothing);
        } else {
            self.plain(plain::Return, &[]);
        }
    }

    /// A call, in its metered form if need be.
    pub(super) fn call_statement(&mut self, statement: u16, operands: &[u32]) {
        let metered = match statement {
            plain::Call if self.b.meter.checks() => plain::CallMetered,
            plain::CallIndirect if self.b.meter.checks() => plain::CallIndirectMetered,
            plain::CallImport if self.b.meter.fuel => plain::CallImportMetered,
            plain::ReturnCall if self.b.meter.checks() => plain::ReturnCallMetered,
            plain::ReturnCallIndirect if self.b.meter.checks() => plain::ReturnCallIndirectMetered,
            plain::ReturnCallImport if self.b.meter.fuel => plain::ReturnCallImportMetered,
            _ => return self.plain_site(statement, operands),
        };
        let owed = self.b.meter.stop();
        let mut all = [0; 8];
        all[..operands.len()].copy_from_slice(operands);
        self.plain_site(metered, &all[..=operands.len()]);
        self.charge_last(owed, To::Nothing);
        if statement != plain::ReturnCall {
            self.b.meter.go_on();
        }
    }

    /// Before a statement after which nothing runs on, and which is a boundary.
    pub(super) fn pay_before_unreachable(&mut self) {
        let owed = self.b.meter.stop();
        if self.b.meter.fuel && owed > 0 {
            self.pay_now(plain::Consume, owed, To::Nothing);
        }
    }

    /// Before an access that traps whatever its address, which makes it a boundary.
    pub(super) fn pay_before_sure_trap(&mut self, operands: usize) {
        if self.b.meter.fuel {
            self.settle_traps(operands);
            let since = self.b.meter.since;
            let owed = self.b.meter.stop();
            self.pay_now(plain::Settle, owed, To::Nothing);
            self.b.meter.go_on();
            self.b.meter.since = since;
        }
    }

    // ---- operations in bulk ----

    /// Before the statement of an operation in bulk: pays for as many bytes, pages or elements as there are in a slot, or as
    /// the operand says if it is a constant, and checks.
    pub(super) fn bulk(&mut self, op: u16, units: u32, constant: Option<u64>) {
        if !self.b.meter.checks() {
            return;
        }
        let (cost, time) = self.bulk_weight(op);
        if let Some(units) = constant
            && let Some(cost) = units.checked_mul(cost.into())
            && cost <= SMALL_COST
            && (self.b.meter.fuel || units <= SMALL_COST)
        {
            return if self.b.meter.fuel {
                self.cost(cost as u32)
            };
        }
        let weight = if self.b.meter.fuel { cost << WEIGHT_BITS } else { time };
        let owed = self.b.meter.stop();
        self.plain(plain::Bulk, &[units, weight.into(), op.into(), 0]);
        self.charge_last(owed, To::Nothing);
        self.b.meter.go_on();
        self.site(self.b.code.len(), self.offset as u32);
    }

    /// What an operation costs for each byte, page or element; and what time it takes: both are weights, but for the point.
    fn bulk_weight(&self, op: u16) -> (u16, u16) {
        let costs = self.info.options.operator_cost.as_deref();
        let costs = costs.map_or(const { &VariableOperatorCost::new() }, |costs| &costs.variable);
        let (cost, time) = match op {
            plain::MemoryFill | plain::SharedFill => (costs.memory_fill_per_byte, 1),
            plain::MemoryCopy | plain::SharedCopy => (costs.memory_copy_per_byte, 1),
            plain::MemoryInit => (costs.memory_init_per_byte, 1),
            plain::MemoryGrow => (costs.memory_grow_per_page, 1 << 15),
            plain::TableFill => (costs.table_fill_per_element, 8),
            plain::TableCopy => (costs.table_copy_per_element, 8),
            plain::TableInit => (costs.table_init_per_element, 8),
            _ => (costs.table_grow_per_element, 8),
        };
        (cost.into(), time)
    }

    // ---- charges ----

    /// Appends the operand of a charge; where it is.
    fn put_charge(&mut self) -> usize {
        let at = self.b.code.len();
        self.b.code.make_room();
        self.b.code.put(&[0; FUEL]);
        at
    }

    /// The charge that is the last operand of the statement just emitted.
    fn charge_last(&mut self, owed: u32, to: To) {
        self.b.meter.charge(self.b.code.len() - FUEL, owed, to);
    }

    /// Fills in the charges.
    pub(super) fn fill_in_charges(&mut self) {
        let meter = &mut self.b.meter;
        // Control runs on only into regions that begin later.
        for i in (0..meter.regions.len()).rev() {
            let next = meter.regions[i].next;
            if next != NONE {
                meter.regions[i].cost += meter.regions[next as usize].cost;
            }
        }
        let cost = |region: u32| meter.regions.get(region as usize).map_or(0, |r| r.cost);
        for &Charge { at, owed, to } in &meter.charges {
            let region = match to {
                To::Nothing => NONE,
                To::Label(label) => meter.labels.get(label as usize).copied().unwrap_or(NONE),
                To::Region(region) => region,
            };
            let charge: u32 = owed + cost(region);
            self.b.code.patch(at as usize, &charge.to_ne_bytes());
        }
    }
}
