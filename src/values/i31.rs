//! `I31`: integers of 31 bits, which are references without an object.

use core::fmt;

use crate::Result;
use crate::store::StoreOpaque;

/// An integer of 31 bits (`i31ref`), with or without a sign.
///
/// # Examples
/// ```
/// use wasmote::{AnyRef, I31, Store};
///
/// let mut store = Store::<()>::default();
/// let minus_two = I31::new_i32(-2).unwrap();
/// assert_eq!((minus_two.get_i32(), minus_two.get_u32()), (-2, 0x7fff_fffe));
/// assert!(I31::new_i32(i32::MIN).is_none() && I31::new_u32(u32::MAX).is_none());
///
/// let any = AnyRef::from_i31(&mut store, minus_two);
/// assert_eq!(any.as_i31(&store)?, Some(minus_two));
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct I31(u32);

impl I31 {
    /// Without a sign; `None` if it has more than 31 bits.
    #[inline]
    pub fn new_u32(value: u32) -> Option<I31> {
        Some(I31::wrapping_u32(value)).filter(|number| number.get_u32() == value)
    }

    /// With a sign; `None` if it has more than 31 bits.
    #[inline]
    pub fn new_i32(value: i32) -> Option<I31> {
        Some(I31::wrapping_i32(value)).filter(|number| number.get_i32() == value)
    }

    /// The lowest 31 bits.
    #[inline]
    pub fn wrapping_u32(value: u32) -> I31 {
        I31(value & (u32::MAX >> 1))
    }

    /// The lowest 31 bits.
    #[inline]
    pub fn wrapping_i32(value: i32) -> I31 {
        I31::wrapping_u32(value as u32)
    }

    /// The number without a sign.
    #[inline]
    pub fn get_u32(&self) -> u32 {
        self.0
    }

    /// The number with a sign.
    #[inline]
    pub fn get_i32(&self) -> i32 {
        (self.0 << 1) as i32 >> 1
    }

    /// The number as a slot's value.
    pub(crate) fn slot(self, _: &StoreOpaque) -> Result<u64> {
        Ok((self.0 << 1 | 1).into())
    }

    /// What a slot holds, if that is a number.
    pub(crate) fn of_slot(_: &StoreOpaque, slot: u64) -> Option<I31> {
        (slot & 1 != 0).then_some(I31(slot as u32 >> 1))
    }
}

impl fmt::Debug for I31 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("I31")
            .field("as_u32", &self.get_u32())
            .field("as_i32", &self.get_i32())
            .finish()
    }
}
