//! The hot local of a loop: one integer local of each innermost loop is kept in a register of the
//! machine as well as in its slot, so that an iteration need not wait for the store of the last.
//!
//! It is written through, so its slot is always right: only reads take the register, and where no
//! handler does, they take the slot. The register is loaded before the loop, and nothing in the loop
//! takes it away: a loop that calls functions of the guest, or has a loop in it, has no hot local.

use wasmparser::{Operator, OperatorsReader};

use super::Function;
use crate::isa::table::plain;
use crate::module::Kind;

/// Locals that are considered in a loop, the first ones that it uses.
const CANDIDATES: usize = 16;

impl Function<'_> {
    /// Chooses the hot local of the loop whose body comes next, and loads it.
    ///
    /// Looks ahead until the loop ends or turns out to have none: at the next inner loop at the
    /// latest, so every operator is looked at once more at most.
    pub(super) fn heat(&mut self, body: &OperatorsReader<'_>) {
        self.hot = None;
        if !cfg!(feature = "trees") {
            return;
        }
        let Some(local) = hottest(body.clone()) else { return };
        let Some(local) = self.b.locals.get(local as usize).copied() else { return };
        if matches!(local.kind, Kind::I32 | Kind::I64) {
            // What is pending was made before the register is loaded, and must not read it.
            self.settle_all(0);
            self.plain(plain::LoadHot, &[local.slot]);
            self.hot = Some(local.slot);
        }
    }
}

/// The local that a loop reads and sets most, if it may have a hot one.
fn hottest(mut body: OperatorsReader<'_>) -> Option<u32> {
    let mut found = [(u32::MAX, 0u32, 0u32); CANDIDATES];
    let mut note = |local: u32, gets: u32, sets: u32| {
        if let Some(f) = found.iter_mut().find(|f| f.0 == local || f.0 == u32::MAX) {
            *f = (local, f.1 + gets, f.2 + sets);
        }
    };
    let mut depth = 0;
    loop {
        match body.read().ok()? {
            Operator::Loop { .. } | Operator::Call { .. } | Operator::CallIndirect { .. } => {
                return None;
            }
            Operator::Block { .. } | Operator::If { .. } => depth += 1,
            Operator::End if depth == 0 => break,
            Operator::End => depth -= 1,
            Operator::LocalGet { local_index } => note(local_index, 1, 0),
            Operator::LocalSet { local_index } => note(local_index, 0, 1),
            Operator::LocalTee { local_index } => note(local_index, 1, 1),
            _ => {}
        }
    }
    // What an iteration only reads is in its slot long since; what it sets it would wait for.
    let worth = |&(_, gets, sets): &(u32, u32, u32)| if sets == 0 { gets / 4 } else { gets + sets };
    let best = found.iter().filter(|f| f.0 != u32::MAX && f.1 > 0).max_by_key(|f| worth(f))?;
    Some(best.0)
}
