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
        self.cool();
        if !cfg!(feature = "trees") {
            return;
        }
        // A reader of its own: a copy of `body` would have the frames of all blocks around the loop.
        let ahead = OperatorsReader::new(body.get_binary_reader());
        let Some(index) = hottest(ahead) else { return };
        let Some(local) = self.b.locals.get_mut(index as usize) else { return };
        if matches!(local.kind, Kind::I32 | Kind::I64) {
            local.node = None;
            let local = *local;
            // What is pending was made before the register is loaded, and must not read it.
            self.settle_all(0);
            self.plain(plain::LoadHot, &[local.slot]);
            self.hot = Some(local.slot);
            self.hot_local = index;
        }
    }

    /// After the loop the register is anybody's.
    pub(super) fn cool(&mut self) {
        if self.hot.take().is_some() {
            self.b.locals[self.hot_local as usize].node = None;
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

/// The local for which the hot register does most in a loop, if the loop may have one.
fn hottest(mut body: OperatorsReader<'_>) -> Option<u32> {
    let none = Use { local: u32::MAX, gets: 0, sets: 0, carried: false };
    let mut found = [none; CANDIDATES];
    let mut note = |local: u32, gets: u32, sets: u32| {
        if let Some(f) = found.iter_mut().find(|f| f.local == local || f.local == u32::MAX) {
            f.carried |= f.local == u32::MAX && gets == 1 && sets == 0;
            f.local = local;
            f.gets += gets;
            f.sets += sets;
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
    // Of equals the first one: iterations wait for what they need first.
    let best = found.iter().rev().max_by_key(|f| f.worth())?;
    (best.worth() > 0).then_some(best.local)
}
