//! The hash BLAKE3 with its crate, which takes four blocks at a time where it has vectors and one where it has none.

use kernels::Random;

/// Hashes 16 KiB `n` times: the hash of one time is the beginning of the next; eight bytes of the last.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    // The known answer for no input.
    assert_eq!(blake3::hash(b"").as_bytes()[..4], [0xaf, 0x13, 0x49, 0xb9]);
    let mut random = Random::new(31);
    let mut bytes: Vec<u8> = (0..16384).map(|_| random.bits() as u8).collect();
    for _ in 0..n {
        let hash = blake3::hash(&bytes);
        bytes[..32].copy_from_slice(hash.as_bytes());
    }
    i64::from_le_bytes(core::array::from_fn(|i| bytes[i]))
}
