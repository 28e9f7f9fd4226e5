//! Packs and unpacks text with the `lz4_flex` crate: short copies at any distance; unpacked five times as often as packed.

use kernels::Random;
use lz4_flex::block::{compress, decompress};
use programs::{below, fnv, sentence};

/// Handles `n` texts of some 64 KiB; a hash of what was packed.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let mut random = Random::new(21);
    let mut text = String::new();
    while text.len() < 65536 {
        let words = 3 + below(&mut random, 12);
        text += &sentence(&mut random, words);
        text.push('\n');
    }
    let mut bytes = text.into_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for _ in 0..n {
        // The next text is the same with some letters changed.
        for _ in 0..400 {
            let at = below(&mut random, bytes.len());
            bytes[at] = random.bits() as u8;
        }
        let packed = compress(&bytes);
        for _ in 0..5 {
            let unpacked = decompress(&packed, bytes.len()).expect("what was packed unpacks");
            assert!(unpacked == bytes);
        }
        hash = fnv(hash, &packed[..256]).wrapping_add(packed.len() as u64);
    }
    hash as i64
}
