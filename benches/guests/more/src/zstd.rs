//! Zstandard with the `ruzstd` crate: packs text, and unpacks it with the tables of Huffman and of finite states.

use std::io::Read;

use kernels::Random;
use programs::{below, fnv, sentence};
use ruzstd::decoding::StreamingDecoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

/// Packs a text of some 32 KiB once for four times it is unpacked, `n` times; a hash of what was packed.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let mut random = Random::new(37);
    let mut text = String::new();
    while text.len() < 32768 {
        let words = 3 + below(&mut random, 12);
        text += &sentence(&mut random, words);
        text.push('\n');
    }
    let mut bytes = text.into_bytes();
    let mut unpacked = Vec::new();
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for _ in 0..n {
        // The next text is the same with some letters changed.
        for _ in 0..200 {
            let at = below(&mut random, bytes.len());
            bytes[at] = b'a' + (random.bits() >> 60) as u8;
        }
        let packed = compress_to_vec(&bytes[..], CompressionLevel::Fastest);
        for _ in 0..4 {
            unpacked.clear();
            let mut decoder = StreamingDecoder::new(&packed[..]).expect("a frame");
            decoder.read_to_end(&mut unpacked).expect("what was packed unpacks");
            assert!(unpacked == bytes);
        }
        hash = fnv(hash, &packed[..256]).wrapping_add(packed.len() as u64);
    }
    hash as i64
}
