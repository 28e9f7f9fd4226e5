//! A number that the optimiser is not to see through, where what it makes of it would cost a handler its
//! tail call or more registers than it has.

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
