//! A number that the optimiser must not see through, where it would otherwise cost a handler its tail call
//! or more registers than there are.

/// The same number, without the optimiser knowing it: what is computed from it is computed after it.
#[inline(always)]
pub(crate) fn opaque(number: u64) -> u64 {
    #[cfg(dispatch_tail)]
    let number = {
        let mut number = number;
        // SAFETY: no instruction, whose result is its operand.
        unsafe {
            core::arch::asm!("/* {0} */", inout(reg) number, options(pure, nomem, nostack, preserves_flags));
        }
        number
    };
    number
}
