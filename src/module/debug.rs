//! The debug information of a module, as far as the embedder wants it kept.

use crate::Engine;
#[cfg(feature = "addr2line")]
use crate::FrameSymbol;
#[cfg(feature = "addr2line")]
use crate::symbols::DebugInfo;

#[derive(Debug, Default)]
pub(super) struct DebugSections {
    #[cfg(feature = "addr2line")]
    info: DebugInfo,
    /// Where the contents of the code section begin, from which addresses are counted.
    #[cfg(feature = "addr2line")]
    code_section: u64,
    /// There is some that is not kept, and would be in another environment.
    #[cfg(feature = "addr2line")]
    is_left_out: bool,
}

#[cfg(feature = "addr2line")]
impl DebugSections {
    /// Notes where the contents of the code section begin.
    pub(super) fn code_section(&mut self, offset: u64) {
        self.code_section = offset;
    }

    /// Keeps a custom section of debug information, if that is wanted.
    pub(super) fn add_section(&mut self, engine: &Engine, name: &str, data: &[u8]) {
        if engine.config().keeps_debug_info() {
            self.info.add_section(name, data);
        } else {
            self.is_left_out |= engine.config().env_wants_debug_info();
        }
    }

    /// Whether some was left out that would be there in another environment.
    pub(super) fn is_left_out(&self) -> bool {
        self.is_left_out
    }

    /// Whether any was kept.
    pub(super) fn is_kept(&self) -> bool {
        !self.info.is_empty()
    }

    /// What it says of instructions, whose offsets in the module these are.
    pub(super) fn look_up(&self, offsets: &[usize]) -> Vec<Box<[FrameSymbol]>> {
        let address = |offset: &usize| (*offset as u64).saturating_sub(self.code_section);
        self.info.look_up(&offsets.iter().map(address).collect::<Vec<_>>())
    }
}

#[cfg(not(feature = "addr2line"))]
impl DebugSections {
    pub(super) fn code_section(&mut self, _: u64) {}

    pub(super) fn add_section(&mut self, _: &Engine, _: &str, _: &[u8]) {}
}
