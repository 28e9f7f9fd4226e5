//! A timer that interrupts, and the loop that polls futures and sleeps in between.

use core::future::poll_fn;
use core::pin::pin;
use core::sync::atomic::{AtomicU32, Ordering};
use core::task::{Context, Poll, Waker};

/// Set to 1 by the interrupt, which does nothing else: see `board`.
#[unsafe(no_mangle)]
static FIRMWARE_TICKED: AtomicU32 = AtomicU32::new(0);

/// Waits until the timer, started now, has run down.
pub async fn timeout(ticks: u32) {
    let mut running = false;
    poll_fn(|_| {
        if !running {
            running = true;
            start(ticks);
        } else if FIRMWARE_TICKED.swap(0, Ordering::Acquire) == 1 {
            return Poll::Ready(());
        }
        Poll::Pending
    })
    .await;
}

/// Polls a future until it is ready; the processor sleeps while it is not. Gives how often it slept, too.
pub fn block_on<F: Future>(future: F) -> (F::Output, u32) {
    let mut future = pin!(future);
    let mut slept = 0;
    loop {
        // Everything is polled again after an interrupt, so nobody need be woken.
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => return (output, slept),
            Poll::Pending => sleep(),
        }
        slept += 1;
    }
}

/// Sleeps until the timer has interrupted. Interrupts are taken only in here, and the processor wakes for one that
/// came before it fell asleep.
#[cfg(target_arch = "arm")]
fn sleep() {
    while FIRMWARE_TICKED.load(Ordering::Acquire) == 0 {
        // SAFETY: the handler of the only interrupt touches nothing but the timer and `FIRMWARE_TICKED`.
        unsafe { core::arch::asm!("cpsid i", "wfi", "cpsie i", "isb", "cpsid i") };
    }
}

/// Starts the system timer, which counts down once.
#[cfg(target_arch = "arm")]
fn start(ticks: u32) {
    let timer = 0xE000_E010 as *mut u32;
    // SAFETY: the registers of SysTick on every Cortex-M: control, reload value, current value.
    unsafe {
        core::arch::asm!("cpsid i");
        timer.add(1).write_volatile(ticks);
        timer.add(2).write_volatile(0);
        // On, with an interrupt, by the clock of the processor.
        timer.write_volatile(0b111);
    }
}

/// The handler of the system timer: stops it.
#[cfg(target_arch = "arm")]
#[unsafe(no_mangle)]
extern "C" fn firmware_tick() {
    // SAFETY: the control register of SysTick.
    unsafe { (0xE000_E010 as *mut u32).write_volatile(0) };
    FIRMWARE_TICKED.store(1, Ordering::Release);
}

/// Sleeps until the timer has interrupted. Interrupts are taken only in here, and the processor wakes for one that
/// came before it fell asleep.
#[cfg(target_arch = "riscv32")]
fn sleep() {
    while FIRMWARE_TICKED.load(Ordering::Acquire) == 0 {
        // SAFETY: the handler of the only interrupt touches nothing but the timer and `FIRMWARE_TICKED`.
        unsafe { core::arch::asm!("wfi", "csrsi mstatus, 8", "nop", "csrci mstatus, 8") };
    }
}

/// Sets the machine timer of the first hart.
#[cfg(target_arch = "riscv32")]
fn start(ticks: u32) {
    let (now, then) = (0x0200_bff8 as *const u32, 0x0200_4000 as *mut u32);
    // SAFETY: the registers of the timer (CLINT) on QEMU's board `virt`. The high half is never lower than it will be.
    unsafe {
        let (low, high) = (now.read_volatile(), now.add(1).read_volatile());
        let at = (u64::from(high) << 32 | u64::from(low)) + u64::from(ticks);
        then.add(1).write_volatile(u32::MAX);
        then.write_volatile(at as u32);
        then.add(1).write_volatile((at >> 32) as u32);
        // The timer may interrupt; the handler takes that back.
        core::arch::asm!("csrs mie, {}", in(reg) 1 << 7);
    }
}
