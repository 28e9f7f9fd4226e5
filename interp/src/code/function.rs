//! The code of a function.

use alloc::boxed::Box;
use core::ops::Range;

#[cfg(feature = "gc")]
use super::catches::Catches;
#[cfg(feature = "gc")]
use super::roots::Roots;
use super::sites::Sites;
use crate::exec::Route;
use crate::runtime::FuncEntry;

/// The code of one function, in memory where it stays: it holds the addresses of its own
/// instructions and of handlers, but of nothing that belongs to an instance.
#[derive(Debug)]
pub struct FuncCode {
    pub(crate) code: Box<[u8]>,
    /// The slots of the frame.
    pub(crate) slots: Range<u16>,
    /// The first one of the operand stack.
    pub(crate) stack_base: u16,
    /// The module offset of the first operator, for the first instruction of a metered function is a check point.
    pub(crate) begins_at: Option<u32>,
    /// What few functions have, or nobody wants to know.
    pub(crate) more: Option<Box<More>>,
}

/// What belongs to the code of a function.
#[derive(Debug, Default)]
pub(crate) struct More {
    /// Which operators instructions stand for.
    pub(crate) sites: Sites,
    /// The routes that `br_table`s share.
    pub(crate) routes: Box<[Route]>,
    /// Where exceptions are caught, if any are.
    #[cfg(feature = "gc")]
    pub(crate) catches: Option<Box<Catches>>,
    /// Where references are.
    #[cfg(feature = "gc")]
    pub(crate) roots: Option<Box<Roots>>,
}

impl FuncCode {
    /// Bytes of code.
    #[allow(clippy::len_without_is_empty)] // a function has at least a return
    pub fn len(&self) -> usize {
        self.code.len()
    }

    /// The slots of the frame. The return word is at [`HEADER`](crate::isa::operand::HEADER).
    pub(crate) fn slots(&self) -> Range<u32> {
        self.slots.start.into()..self.slots.end.into()
    }

    /// The first slot of the operand stack, behind the locals.
    pub(crate) fn stack_base(&self) -> u32 {
        self.stack_base.into()
    }

    /// The routes that its `br_table`s share.
    pub(crate) fn routes(&self) -> &[Route] {
        self.more.as_ref().map_or(&[], |more| &more.routes)
    }

    /// Where exceptions are caught, if any are.
    #[cfg(feature = "gc")]
    pub(crate) fn catches(&self) -> Option<&Catches> {
        self.more.as_ref()?.catches.as_deref()
    }

    /// Where its frames hold references, if they do.
    #[cfg(feature = "gc")]
    pub(crate) fn roots(&self) -> Option<&Roots> {
        self.more.as_ref()?.roots.as_deref()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.code
    }

    #[cfg(test)]
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.code
    }

    pub(crate) fn entry(&self) -> FuncEntry {
        FuncEntry { code: self.code.as_ptr(), frame: self.slots.end as usize * size_of::<u64>() }
    }

    /// The address at which it begins.
    pub(crate) fn start(&self) -> usize {
        self.code.as_ptr() as usize
    }

    pub(crate) fn contains(&self, ip: *const u8) -> bool {
        (ip as usize).wrapping_sub(self.code.as_ptr() as usize) < self.code.len()
    }

    /// The module offset of the operator that an address in the code stands for.
    pub(crate) fn offset_at(&self, ip: *const u8) -> Option<u32> {
        let at = ip as usize - self.code.as_ptr() as usize;
        match at {
            0 => self.begins_at,
            _ => self.more.as_ref()?.sites.find(at as u32),
        }
    }
}
