//! What the programs share: text to work on, and a hash to make a result of what came out.

use kernels::Random;

/// A number below `limit`.
pub fn below(random: &mut Random, limit: usize) -> usize {
    (random.bits() >> 33) as usize % limit
}

/// Some lower-case word.
pub fn word(random: &mut Random) -> &'static str {
    const WORDS: [&str; 32] = [
        "station", "river", "of", "the", "sensor", "a", "reads", "every", "minute", "and", "slow",
        "battery", "is", "to", "radio", "wakes", "packet", "lost", "again", "mast", "in", "wind",
        "snow", "valley", "on", "with", "protocol", "counter", "sends", "late", "north", "quiet",
    ];
    WORDS[below(random, WORDS.len())]
}

/// `words` words with a full stop after the last.
pub fn sentence(random: &mut Random, words: usize) -> String {
    let mut sentence = String::new();
    for i in 0..words {
        let word = word(random);
        if i == 0 {
            sentence += &word[..1].to_uppercase();
            sentence += &word[1..];
        } else {
            sentence.push(' ');
            sentence += word;
        }
    }
    sentence + "."
}

/// Mixes `bytes` into `hash` (FNV-1a).
pub fn fnv(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}
