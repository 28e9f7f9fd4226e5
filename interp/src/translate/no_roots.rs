//! Nothing that a frame holds has to be known to anybody: without the feature `gc` there is no collector.

use super::Function;
use crate::wasm::Kind;

#[derive(Debug, Default)]
pub(super) struct RootMaps {
    pub(super) of_call: u32,
}

impl RootMaps {
    pub(super) fn clear(&mut self) {}
    pub(super) fn declare(&mut self, _: u32, _: u32, _: Kind) {}
}

impl Function<'_> {
    pub(super) fn note_roots_of_call(&mut self) {}
    pub(super) fn note_roots_if_metered(&mut self) {}
    pub(super) fn note_tail_call(&mut self) {}
    pub(super) fn note_results_in_place(&mut self, _: &[Kind]) {}
    pub(super) fn roots_of(&mut self, _: usize) -> u32 {
        0
    }
}
