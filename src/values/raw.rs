//! Values without their type.

use core::cmp::Ordering;
use core::ffi::c_void;
use core::fmt;

/// A 128-bit vector.
///
/// # Examples
/// ```
/// use wasmote::V128;
///
/// let v = V128::from(7_u128 << 64);
/// assert_eq!(v.as_u128() >> 64, 7);
/// assert_eq!(u128::from(v), 7 << 64);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct V128([u8; 16]);

impl V128 {
    /// The vector as an integer, lane 0 in the low bits.
    pub fn as_u128(&self) -> u128 {
        u128::from_le_bytes(self.0)
    }
}

/// In the order of [`V128::as_u128`].
impl Ord for V128 {
    fn cmp(&self, other: &V128) -> Ordering {
        self.as_u128().cmp(&other.as_u128())
    }
}

impl PartialOrd for V128 {
    fn partial_cmp(&self, other: &V128) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<u128> for V128 {
    fn from(bits: u128) -> V128 {
        V128(bits.to_le_bytes())
    }
}

impl From<V128> for u128 {
    fn from(vector: V128) -> u128 {
        vector.as_u128()
    }
}

impl fmt::Debug for V128 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_u128().fmt(f)
    }
}

/// A value of any type, as sixteen bytes that do not tell which.
///
/// It has to be read as what it was made as. Bytes are little-endian on every host; what a value
/// does not fill is zero.
///
/// # Examples
/// ```
/// use wasmote::ValRaw;
///
/// assert_eq!(ValRaw::i32(-1).get_i32(), -1);
/// assert_eq!(ValRaw::i32(-1).get_u64(), 0xffff_ffff);
/// assert_eq!(size_of::<ValRaw>(), 16);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(C, align(8))]
pub struct ValRaw {
    bytes: [u8; 16],
}

/// Constructors and getters of integers, named as the type that they hold.
macro_rules! integers {
    ($($new:ident $get:ident $ty:ty, $word:literal;)*) => {$(
        #[doc = concat!("A value of type ", $word, ".")]
        #[inline]
        pub const fn $new(value: $ty) -> ValRaw {
            ValRaw::from_bits(value as u128)
        }

        #[doc = concat!("The value as one of type ", $word, ".")]
        #[inline]
        pub const fn $get(&self) -> $ty {
            self.to_bits() as $ty
        }
    )*};
}

impl ValRaw {
    #[inline]
    const fn from_bits(bits: u128) -> ValRaw {
        ValRaw { bytes: bits.to_le_bytes() }
    }

    #[inline]
    const fn to_bits(self) -> u128 {
        u128::from_le_bytes(self.bytes)
    }

    /// A value of type `i32`.
    #[inline]
    pub const fn i32(value: i32) -> ValRaw {
        ValRaw::u32(value as u32)
    }

    /// The value as one of type `i32`.
    #[inline]
    pub const fn get_i32(&self) -> i32 {
        self.get_u32() as i32
    }

    /// Null, as a reference of any type.
    #[inline]
    pub const fn null() -> ValRaw {
        ValRaw::u64(0)
    }

    /// A value of type `i64`.
    #[inline]
    pub const fn i64(value: i64) -> ValRaw {
        ValRaw::u64(value as u64)
    }

    /// The value as one of type `i64`.
    #[inline]
    pub const fn get_i64(&self) -> i64 {
        self.get_u64() as i64
    }

    integers! {
        u32 get_u32 u32, "`i32`";
        u64 get_u64 u64, "`i64`";
        f32 get_f32 u32, "`f32`, in bits";
        f64 get_f64 u64, "`f64`, in bits";
        v128 get_v128 u128, "`v128`, lane 0 in the low bits";
        externref get_externref u32, "`externref`, as by [`ExternRef::to_raw`](crate::ExternRef); 0 is null";
        anyref get_anyref u32, "`anyref`; 0 is null";
        exnref get_exnref u32, "`exnref`; 0 is null";
    }

    /// A value of type `funcref`, as by [`Func::to_raw`](crate::Func::to_raw); null is null.
    #[inline]
    pub fn funcref(value: *mut c_void) -> ValRaw {
        ValRaw::u64(value.expose_provenance() as u64)
    }

    /// The value as one of type `funcref`.
    #[inline]
    pub fn get_funcref(&self) -> *mut c_void {
        core::ptr::with_exposed_provenance_mut(self.get_u64() as usize)
    }

    /// The value as one or two of the machine's slots.
    pub(crate) fn to_slots(self) -> [u64; 2] {
        [self.get_u64(), (self.to_bits() >> 64) as u64]
    }

    /// The value in one or two of the machine's slots.
    pub(crate) fn from_slots(slots: [u64; 2]) -> ValRaw {
        ValRaw::v128(u128::from(slots[0]) | u128::from(slots[1]) << 64)
    }
}

impl Default for ValRaw {
    /// Zero or null.
    fn default() -> ValRaw {
        ValRaw::u64(0)
    }
}

impl fmt::Debug for ValRaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ValRaw({:#x})", self.to_bits())
    }
}
