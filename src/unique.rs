//! Numbers that are unique in the process: the identity of stores and modules.

/// A number that no other call returns.
pub(crate) fn unique() -> u64 {
    // A lock instead of an atomic: on targets with 32-bit atomics only the count must not wrap around.
    static NEXT: spin::Mutex<u64> = spin::Mutex::new(0);
    let mut next = NEXT.lock();
    *next += 1;
    *next
}
