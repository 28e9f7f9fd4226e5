//! Values at any address.

/// A value at any address. Reading a field of a packed struct is an unaligned load and nothing
/// else, unlike `read_unaligned`, whose debug assertions would cost handlers their tail calls.
#[repr(C, packed)]
struct Unaligned<T>(T);

/// Reads a `T` at any address.
///
/// # Safety
/// `p` is valid for reads of a `T`.
#[inline(always)]
pub(crate) unsafe fn read<T: Copy>(p: *const u8) -> T {
    // SAFETY: the caller's.
    unsafe { (*p.cast::<Unaligned<T>>()).0 }
}

/// Writes a `T` at any address.
///
/// # Safety
/// `p` is valid for writes of a `T`.
#[inline(always)]
pub(crate) unsafe fn write<T: Copy>(p: *mut u8, value: T) {
    // SAFETY: the caller's.
    unsafe { (*p.cast::<Unaligned<T>>()).0 = value }
}
