//! Output and exit through the debugger: a breakpoint that it recognises, an operation number and a
//! parameter block. QEMU answers these calls with `-semihosting`.

use core::fmt;

const SYS_WRITEC: usize = 0x03;
const SYS_EXIT: usize = 0x18;
const APPLICATION_EXIT: usize = 0x20026;
const RUN_TIME_ERROR: usize = 0x20023;

/// # Safety
/// `argument` is what the operation expects.
#[cfg(target_arch = "arm")]
unsafe fn call(operation: usize, argument: usize) {
    // SAFETY: the debugger reads `argument` and changes r0 only.
    unsafe {
        core::arch::asm!("bkpt 0xab", inout("r0") operation => _, in("r1") argument, options(nostack));
    }
}

/// # Safety
/// `argument` is what the operation expects.
#[cfg(target_arch = "riscv32")]
unsafe fn call(operation: usize, argument: usize) {
    // SAFETY: the debugger reads `argument` and changes a0 only. The two shifts around the
    // breakpoint do nothing; they tell the call from a breakpoint, uncompressed.
    unsafe {
        core::arch::asm!(
            ".option push",
            ".option norvc",
            ".balign 16",
            "slli x0, x0, 0x1f",
            "ebreak",
            "srai x0, x0, 7",
            ".option pop",
            inout("a0") operation => _,
            in("a1") argument,
            options(nostack)
        );
    }
}

/// The debugger's console.
pub struct Console;

impl fmt::Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            // SAFETY: SYS_WRITEC takes the address of a byte.
            unsafe { call(SYS_WRITEC, &raw const byte as usize) }
        }
        Ok(())
    }
}

/// Ends the program; the emulator exits with status 0 or 1.
pub fn exit(success: bool) -> ! {
    let reason = if success { APPLICATION_EXIT } else { RUN_TIME_ERROR };
    loop {
        // SAFETY: on 32-bit targets SYS_EXIT takes the reason itself.
        unsafe { call(SYS_EXIT, reason) }
    }
}
