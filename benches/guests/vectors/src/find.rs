//! Search for words in a text: candidates by the first and the last byte, then a comparison.

#[cfg(target_feature = "simd128")]
use core::arch::wasm32::*;
use vectors::{Random, hash};

const LENGTH: usize = 1 << 14;
const WORDS: [&[u8]; 4] = [b"vector", b"lane", b"shuffle", b"quixotic"];

#[cfg(not(target_feature = "simd128"))]
fn count(text: &[u8], word: &[u8]) -> u32 {
    let (first, last) = (word[0], word[word.len() - 1]);
    let starts = 0..=text.len() - word.len();
    starts
        .filter(|&at| {
            text[at] == first
                && text[at + word.len() - 1] == last
                && &text[at..][..word.len()] == word
        })
        .count() as u32
}

#[cfg(target_feature = "simd128")]
fn count(text: &[u8], word: &[u8]) -> u32 {
    let (first, last) = (u8x16_splat(word[0]), u8x16_splat(word[word.len() - 1]));
    let (mut count, mut at) = (0, 0);
    while at + 16 + word.len() <= text.len() {
        let text_at = text[at..][..16 + word.len()].as_ptr();
        // SAFETY: as many bytes of the text.
        let (a, b) =
            unsafe { (v128_load(text_at.cast()), v128_load(text_at.add(word.len() - 1).cast())) };
        let both = v128_and(u8x16_eq(a, first), u8x16_eq(b, last));
        let mut candidates = u8x16_bitmask(both);
        while candidates != 0 {
            let start = at + candidates.trailing_zeros() as usize;
            count += u32::from(&text[start..][..word.len()] == word);
            candidates &= candidates - 1;
        }
        at += 16;
    }
    while at + word.len() <= text.len() {
        count += u32::from(&text[at..][..word.len()] == word);
        at += 1;
    }
    count
}

/// Counts each word `n` times in a text that changes; the hash of all counts.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let mut random = Random::new(5);
    let letters = b"etaoinshrdlucmwfgypbvkjxqz      ";
    let mut text: Vec<u8> =
        (0..LENGTH).map(|_| letters[(random.bits() % letters.len() as u64) as usize]).collect();
    let mut result = 0;
    for _ in 0..n {
        for word in WORDS {
            let at = random.bits() as usize % (LENGTH - word.len());
            text[at..][..word.len()].copy_from_slice(word);
            result = hash((u64::from(count(&text, word)) ^ result as u64).to_le_bytes());
        }
    }
    result
}
