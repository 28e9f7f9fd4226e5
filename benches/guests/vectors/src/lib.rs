//! What the guests share.

pub use kernels::Random;

/// Mixes bytes into a hash (FNV-1a, 64 bits).
pub fn hash(bytes: impl IntoIterator<Item = u8>) -> i64 {
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    }) as i64
}
