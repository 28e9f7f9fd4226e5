//! From reset to `start`: stack pointer, floating-point unit, `.data`, `.bss`, a handler for
//! every fault that says so and stops, and one for the timer (`timer` has the rest of it).

use core::ops::Range;

unsafe extern "C" {
    static mut _heap_start: u8;
    static mut _heap_end: u8;
}

/// The memory between the stack and the end of RAM.
pub fn heap() -> Range<*mut u8> {
    &raw mut _heap_start..&raw mut _heap_end
}

#[unsafe(no_mangle)]
extern "C" fn firmware_main() -> ! {
    crate::start()
}

#[unsafe(no_mangle)]
extern "C" fn firmware_fault() -> ! {
    panic!("the processor faulted")
}

// The vector table is the stack pointer, the address of `reset`, and fourteen system exceptions, the last one of the timer.
#[cfg(target_arch = "arm")]
core::arch::global_asm!(
    ".section .vectors, \"a\"",
    ".word _stack_top",
    ".word reset",
    ".rept 13",
    ".word firmware_fault",
    ".endr",
    ".word firmware_tick",
    ".section .text.reset, \"ax\"",
    ".thumb",
    ".global reset",
    ".type reset, %function",
    ".thumb_func",
    "reset:",
    // Full access to the floating-point unit (coprocessors 10 and 11 in CPACR).
    "ldr r0, =0xE000ED88",
    "ldr r1, [r0]",
    "orr r1, r1, #(0xF << 20)",
    "str r1, [r0]",
    "dsb",
    "isb",
    // Initial values of .data from flash.
    "ldr r0, =_data_start",
    "ldr r1, =_data_end",
    "ldr r2, =_data_load",
    "1:",
    "cmp r0, r1",
    "bhs 2f",
    "ldr r3, [r2], #4",
    "str r3, [r0], #4",
    "b 1b",
    // Zeros in .bss.
    "2:",
    "ldr r0, =_bss_start",
    "ldr r1, =_bss_end",
    "movs r2, #0",
    "3:",
    "cmp r0, r1",
    "bhs 4f",
    "str r2, [r0], #4",
    "b 3b",
    "4:",
    "bl firmware_main",
    ".pool",
    ".text",
);

#[cfg(target_arch = "riscv32")]
core::arch::global_asm!(
    ".section .reset, \"ax\"",
    ".global reset",
    "reset:",
    // All harts but the first sleep.
    "csrr t0, mhartid",
    "bnez t0, 3f",
    "la t0, 4f",
    "csrw mtvec, t0",
    "la sp, _stack_top",
    // Zeros in .bss.
    "la t0, _bss_start",
    "la t1, _bss_end",
    "1:",
    "bgeu t0, t1, 2f",
    "sw zero, 0(t0)",
    "addi t0, t0, 4",
    "j 1b",
    "2:",
    "call firmware_main",
    "3:",
    "wfi",
    "j 3b",
    // Traps. The timer's interrupt notes that it came and takes back that there may be one; anything else is a fault.
    ".balign 4",
    "4:",
    "addi sp, sp, -16",
    "sw t0, 0(sp)",
    "sw t1, 4(sp)",
    "csrr t0, mcause",
    "bgez t0, 5f",
    "li t0, 1 << 7",
    "csrc mie, t0",
    "la t0, FIRMWARE_TICKED",
    "li t1, 1",
    "sw t1, 0(t0)",
    "lw t0, 0(sp)",
    "lw t1, 4(sp)",
    "addi sp, sp, 16",
    "mret",
    "5:",
    "call firmware_fault",
    ".text",
);
