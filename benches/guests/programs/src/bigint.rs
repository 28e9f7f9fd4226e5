//! Arithmetic on long integers with the `num-bigint` crate: digits of pi, a modular power, decimal notation.

use num_bigint::BigUint;
use programs::fnv;

/// pi * 10^digits, by Machin's formula.
fn pi(digits: u32) -> BigUint {
    const GUARD: u32 = 10;
    let one = BigUint::from(10u32).pow(digits + GUARD);
    // one * arctan(1 / x): the even and the odd terms apart, since the numbers have no sign.
    let arctan = |x: u32| {
        let square = x * x;
        let mut power = &one / x;
        let mut sums = [BigUint::ZERO, BigUint::ZERO];
        for i in 0u32.. {
            if power == BigUint::ZERO {
                break;
            }
            sums[i as usize % 2] += &power / (2 * i + 1);
            power /= square;
        }
        let [even, odd] = sums;
        even - odd
    };
    (arctan(5) * 16u32 - arctan(239) * 4u32) / BigUint::from(10u32).pow(GUARD)
}

/// Seven to the power of `exponent`, in the field of 2^521 - 1 elements.
fn power(exponent: &BigUint) -> BigUint {
    let prime = (BigUint::from(1u32) << 521u32) - 1u32;
    BigUint::from(7u32).modpow(&(exponent % &prime), &prime)
}

/// Does all of it for 250, 251, ... digits, `n` times; a hash of the decimal digits.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for i in 0..n.max(0) as u32 {
        let pi = pi(250 + i % 64);
        let digits = pi.to_string();
        assert!(digits.starts_with("31415926535897932384626433832795028841971693993751"));
        let parsed: BigUint = digits.parse().expect("what was written parses");
        assert!(parsed == pi);
        hash = fnv(hash, digits.as_bytes());
        hash = fnv(hash, power(&pi).to_str_radix(16).as_bytes());
        hash = fnv(hash, &pi.sqrt().to_bytes_le());
    }
    hash as i64
}
