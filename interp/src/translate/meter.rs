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

use alloc::vec::Vec;

use super::Function;
use super::emit::Label;
use crate::exec::meter::MAX_COST;
use crate::isa::operand::OperandKind;
use crate::isa::table::{head, plain};

/// What a check point counts if fuel is not metered.
const TICK: u32 = 1;
/// Bytes of a charge.
const FUEL: usize = OperandKind::Fuel.len();
/// The region that there is not.
const NONE: u32 = u32::MAX;

/// The metering of one function.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// Fuel is metered.
    fuel: bool,
    /// There are check points, for fuel or epochs.
    checks: bool,
    code: Code,
    regions: Vec<Region>,
    /// The region that begins at each label.
    labels: Vec<u32>,
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
    pub(super) fn begin(&mut self, fuel: bool, checks: bool) {
        (self.fuel, self.checks) = (fuel, checks);
        self.code = Code::Owed(0);
        self.regions.clear();
        self.labels.clear();
        self.charges.clear();
    }

    /// Ends the code so far; returns what it is owed.
    fn stop(&mut self) -> u32 {
        match core::mem::take(&mut self.code) {
            Code::Owed(owed) => owed,
            _ => 0,
        }
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
    /// Counts an operator that costs a unit, before it is translated.
    #[inline(never)]
    pub(super) fn count(&mut self) {
        let meter = &mut self.b.meter;
        let so_far = match &mut meter.code {
            Code::None => return,
            Code::Owed(owed) => {
                *owed += 1;
                *owed
            }
            Code::Region(region, so_far) => {
                meter.regions[*region as usize].cost += 1;
                *so_far += 1;
                *so_far
            }
        };
        if so_far >= MAX_COST {
            let owed = meter.stop();
            let new = meter.region();
            self.pay_now(plain::Consume, owed, To::Region(new));
        }
    }

    /// A statement that pays and does nothing else.
    fn pay_now(&mut self, statement: u16, owed: u32, to: To) {
        self.plain(statement, &[0]);
        self.charge_last(owed, to);
    }

    /// Before a label is bound: who runs on into what follows it.
    pub(super) fn bind_metered(&mut self, label: Label) {
        if !self.b.meter.fuel {
            return;
        }
        if let Code::Owed(owed) = self.b.meter.code {
            self.b.meter.code = Code::None;
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
        if self.b.meter.checks {
            let owed = self.owed_at_branch();
            self.plain(plain::Tick, &[0, 0]);
            let at = self.b.code.len() - 2 * FUEL;
            self.b.meter.charge(at, owed, To::Label(label));
            self.b.meter.charge(at + FUEL, 0, To::Label(label));
            self.site(self.b.code.len(), self.offset as u32);
        }
        self.bind(label);
    }

    /// The first instruction of a metered function is a check point, so it stands for something.
    pub(super) fn function_head(&mut self) {
        if self.b.meter.checks {
            self.site(0, self.offset as u32);
        }
    }

    /// Whether a branch to a label pays or checks: all if fuel is metered, otherwise those back to a
    /// loop, which are bound already.
    fn meters(&self, to: Label) -> bool {
        self.b.meter.fuel || self.b.meter.checks && self.b.labels[to as usize] != u32::MAX
    }

    // ---- the metered form of statements ----

    /// What a branch pays besides what its target costs. Without fuel it counts the check point that
    /// it leads to.
    fn owed_at_branch(&mut self) -> u32 {
        let owed = self.b.meter.stop();
        if self.b.meter.fuel { owed } else { TICK }
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
        if !self.meters(to) {
            return;
        }
        let owed = self.owed_at_branch();
        self.put_charge(owed, To::Label(to));
        let after = if self.b.meter.fuel { To::Region(self.b.meter.region()) } else { To::Nothing };
        self.put_charge(if self.b.meter.fuel { owed } else { 0 }, after);
    }

    /// Jumps.
    pub(super) fn branch(&mut self, to: Label) {
        if self.meters(to) {
            let owed = self.owed_at_branch();
            self.plain(plain::BrMetered, &[to, 0]);
            self.charge_last(owed, To::Label(to));
        } else {
            self.plain(plain::Br, &[to]);
        }
    }

    /// The head of a branch by a table.
    pub(super) fn table_head(&self, targets: &[Label]) -> u16 {
        if targets.iter().any(|&to| self.meters(to)) { head::BrTableMetered } else { head::BrTable }
    }

    /// After a branch by a table: its charges, if it is the metered form.
    pub(super) fn charge_table(&mut self, targets: &[Label]) {
        if self.table_head(targets) == head::BrTableMetered {
            let owed = self.owed_at_branch();
            for &to in targets {
                self.put_charge(owed, To::Label(to));
            }
        }
    }

    /// The head of a return with a value.
    pub(super) fn return_head(&self) -> u16 {
        if self.b.meter.fuel { head::ReturnValueMetered } else { head::ReturnValue }
    }

    /// After a return with a value: its charge, if it is the metered form.
    pub(super) fn charge_return(&mut self) {
        if self.b.meter.fuel {
            let owed = self.b.meter.stop();
            self.put_charge(owed, To::Nothing);
        }
    }

    /// Returns; the results are in place.
    pub(super) fn plain_return(&mut self) {
        if self.b.meter.fuel {
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
            plain::Call if self.b.meter.checks => plain::CallMetered,
            plain::CallIndirect if self.b.meter.checks => plain::CallIndirectMetered,
            plain::CallImport if self.b.meter.fuel => plain::CallImportMetered,
            plain::ReturnCall if self.b.meter.checks => plain::ReturnCallMetered,
            plain::ReturnCallIndirect if self.b.meter.checks => plain::ReturnCallIndirectMetered,
            plain::ReturnCallImport if self.b.meter.fuel => plain::ReturnCallImportMetered,
            _ => return self.plain_site(statement, operands),
        };
        let owed = self.b.meter.stop();
        let mut all = [0; 8];
        all[..operands.len()].copy_from_slice(operands);
        self.plain_site(metered, &all[..=operands.len()]);
        self.charge_last(owed, To::Nothing);
        if statement != plain::ReturnCall {
            self.b.meter.code = Code::Owed(0);
        }
    }

    /// Before a statement after which nothing runs on, and which is a boundary.
    pub(super) fn pay_before_unreachable(&mut self) {
        let owed = self.b.meter.stop();
        if owed > 0 {
            self.pay_now(plain::Consume, owed, To::Nothing);
        }
    }

    /// Before an access that traps whatever its address, which makes it a boundary.
    pub(super) fn pay_before_sure_trap(&mut self, operands: usize) {
        if self.b.meter.fuel {
            self.settle_traps(operands);
            let owed = self.b.meter.stop();
            self.pay_now(plain::Settle, owed, To::Nothing);
            self.b.meter.code = Code::Owed(0);
        }
    }

    // ---- charges ----

    /// Appends the operand of a charge.
    fn put_charge(&mut self, owed: u32, to: To) {
        let at = self.b.code.len();
        self.b.code.make_room();
        self.b.code.put(&[0; FUEL]);
        self.b.meter.charge(at, owed, to);
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
            let charge = (owed + cost(region)) as f32;
            self.b.code.patch(at as usize, &charge.to_ne_bytes());
        }
    }
}
