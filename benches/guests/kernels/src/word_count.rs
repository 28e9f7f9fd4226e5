//! Counts the words of a generated text in a hash table and lists the most frequent: bytes, strings, a map, a sort.

use std::collections::HashMap;
use std::fmt::Write;
use std::hash::{BuildHasherDefault, Hasher};

use kernels::Random;

/// FNV-1a: the same on every run, unlike the standard library's.
#[derive(Clone)]
struct Fnv(u32);

impl Default for Fnv {
    fn default() -> Self {
        Self(0x811c_9dc5)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }

    fn finish(&self) -> u64 {
        // The table takes its seven control bits from the top.
        u64::from(self.0).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

/// About thirty kilobytes: the shorter a word, the more frequent.
fn text(random: &mut Random) -> String {
    const SYLLABLES: [&str; 16] = [
        "ka", "mo", "Ti", "ré", "su", "ne", "lo", "va", "Pi", "du", "ha", "yo", "ze", "fu", "gö",
        "wi",
    ];
    let mut text = String::new();
    for _ in 0..5000 {
        let bits = random.bits();
        let syllables = 1 + (bits >> 60) as u32 % 4;
        for i in 0..syllables {
            text += SYLLABLES[(bits >> (50 - 5 * i)) as usize % 16];
        }
        text += [" ", " ", " ", ", ", ".\n", " - "][(bits >> 8) as usize % 6];
    }
    text
}

#[inline(never)]
fn report(text: &str) -> String {
    let mut counts: HashMap<String, u32, BuildHasherDefault<Fnv>> = HashMap::default();
    for word in text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()) {
        *counts.entry(word.to_lowercase()).or_default() += 1;
    }
    let mut sorted: Vec<(&String, &u32)> = counts.iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let mut report = String::new();
    for (word, count) in sorted.iter().take(100) {
        writeln!(report, "{word:<12}{count:>6}").expect("a string takes it");
    }
    writeln!(report, "{} words", sorted.len()).expect("a string takes it");
    report
}

/// Counts `n` texts; a hash of the reports.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i32 {
    let mut random = Random::new(9);
    let mut hash = Fnv::default();
    for _ in 0..n {
        hash.write(report(&text(&mut random)).as_bytes());
    }
    hash.0 as i32
}
