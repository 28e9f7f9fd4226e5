//! Backtraces: the frames on the value stack, found from return words.

use super::activation::{Activation, State};
use super::{InstanceId, Machine};
use crate::code::{crossed, done};
use crate::exec::unpack_return;
use crate::isa::operand::HEADER;

/// One frame of a backtrace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameRecord {
    /// The instance whose function it is.
    pub instance: InstanceId,
    /// The function's index in the module.
    pub func: u32,
    /// The offset in the module of the operator being executed (the call, for callers), if known.
    pub offset: Option<u32>,
}

/// The frames of all calls in progress, innermost first. See [`Machine::frames`].
#[derive(Debug)]
pub struct Frames<'a> {
    machine: &'a Machine,
    at: Activation,
    /// Activations below `at` that are still to be walked.
    below: usize,
    /// Crossings below this one are still to be walked.
    crossings: usize,
    /// `at.ip` lies in the instruction; otherwise it follows the instruction, a call.
    within: bool,
}

impl Machine {
    /// The wasm frames of all calls in progress, innermost first, across host functions.
    pub fn frames(&self) -> Frames<'_> {
        Frames {
            machine: self,
            at: resting(self.current),
            below: self.saved.len(),
            crossings: self.crossings.len(),
            within: is_within(&self.current),
        }
    }
}

impl Machine {
    /// The first slot above everything live: above the innermost frame of a guest that runs, also if the machine has
    /// stopped in the middle of it.
    #[cold]
    pub(super) fn live_end(&self) -> usize {
        let Activation { state, ip, fp, ctx, sp, .. } = self.current;
        if state == State::Host || !has_frames(&self.current) {
            return sp;
        }
        let code = &self.instances[self.instance_of(ctx) as usize].code;
        let frame = code.find(ip).map(|(_, function)| function.slots());
        frame.map_or(self.stack.len, |slots| fp + slots.end as usize - HEADER)
    }
}

impl Frames<'_> {
    /// On to the next activation that has frames.
    fn outer(&mut self) -> bool {
        while let Some(below) = self.below.checked_sub(1) {
            self.below = below;
            self.at = resting(self.machine.saved[below]);
            self.within = is_within(&self.at);
            if has_frames(&self.at) {
                return true;
            }
        }
        self.at = Activation::idle();
        false
    }
}

/// The activation with `ip` after the call whose callee is still to be translated, as for other calls.
fn resting(mut a: Activation) -> Activation {
    if let State::Calling { packed, .. } = a.state {
        a.ip = a.ip.wrapping_add(packed >> 16);
    }
    a
}

fn is_within(a: &Activation) -> bool {
    matches!(a.state, State::Trapped | State::Checking { within: true, .. } | State::Bulk { .. })
}

fn has_frames(a: &Activation) -> bool {
    !matches!(a.state, State::Idle | State::Start | State::OnlyHost | State::Finished)
}

impl Iterator for Frames<'_> {
    type Item = FrameRecord;

    fn next(&mut self) -> Option<FrameRecord> {
        if !has_frames(&self.at) && !self.outer() {
            return None;
        }
        let instance = InstanceId(self.machine.instance_of(self.at.ctx));
        let code = &self.machine.instances[instance.index()].code;
        let site = if self.within { self.at.ip } else { self.at.ip.wrapping_sub(1) };
        let (func, translated) = code.find(site)?;
        let frame = FrameRecord { instance, func, offset: translated.offset_at(site) };

        let (ip, distance) = unpack_return(self.machine.stack.as_slice()[self.at.fp]);
        self.within = false;
        self.at.fp -= distance;
        self.at.ip = ip;
        if ip == done() {
            self.outer();
        } else if ip == crossed() {
            self.crossings -= 1;
            let caller = self.machine.crossings[self.crossings];
            (self.at.ctx, self.at.ip) = (caller.ctx, caller.ip);
        }
        Some(frame)
    }
}
