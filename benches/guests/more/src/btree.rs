//! An ordered map of the standard library: insertions, look-ups, ranges and removals, with integers and with strings as keys.

use std::collections::BTreeMap;

use kernels::Random;
use programs::{below, fnv, word};

/// `n` times 2,000 insertions and half as many removals; a hash of the ranges read in between.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let mut random = Random::new(32);
    let mut numbers: BTreeMap<u32, u64> = BTreeMap::new();
    let mut names: BTreeMap<String, u32> = BTreeMap::new();
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for round in 0..n as u32 {
        for _ in 0..2000 {
            let key = below(&mut random, 100_000) as u32;
            *numbers.entry(key).or_insert(0) += u64::from(round) + 1;
        }
        for _ in 0..1000 {
            let least = below(&mut random, 100_000) as u32;
            let found = numbers.range(least..).next().map(|(&key, _)| key);
            if let Some(key) = found {
                numbers.remove(&key);
            }
        }
        for _ in 0..300 {
            let name = format!("{}-{}", word(&mut random), below(&mut random, 500));
            *names.entry(name).or_default() += 1;
        }
        let from = below(&mut random, 100_000) as u32;
        for (key, count) in numbers.range(from..).take(100) {
            hash = (hash ^ u64::from(*key) ^ (count << 32)).wrapping_mul(0x100_0000_01b3);
        }
        if let Some((name, count)) = names.range("r".to_owned()..).next() {
            hash = fnv(hash, name.as_bytes()) ^ u64::from(*count);
        }
    }
    (hash ^ numbers.len() as u64) as i64
}
