//! Products of a matrix of bytes with a vector of bytes, as small neural networks have them.

#[cfg(target_feature = "simd128")]
use core::arch::wasm32::*;
use vectors::{Random, hash};

const LENGTH: usize = 512;
const ROWS: usize = 64;

#[cfg(not(target_feature = "simd128"))]
fn dot(a: &[i8], b: &[i8]) -> i32 {
    a.iter().zip(b).map(|(&a, &b)| i32::from(a) * i32::from(b)).sum()
}

#[cfg(target_feature = "simd128")]
fn dot(a: &[i8], b: &[i8]) -> i32 {
    let mut sum = i32x4_splat(0);
    for (a, b) in a.as_chunks::<16>().0.iter().zip(b.as_chunks::<16>().0) {
        // SAFETY: 16 bytes each.
        let (a, b) = unsafe { (v128_load(a.as_ptr().cast()), v128_load(b.as_ptr().cast())) };
        let low = i32x4_dot_i16x8(i16x8_extend_low_i8x16(a), i16x8_extend_low_i8x16(b));
        let high = i32x4_dot_i16x8(i16x8_extend_high_i8x16(a), i16x8_extend_high_i8x16(b));
        sum = i32x4_add(sum, i32x4_add(low, high));
    }
    i32x4_extract_lane::<0>(sum)
        + i32x4_extract_lane::<1>(sum)
        + i32x4_extract_lane::<2>(sum)
        + i32x4_extract_lane::<3>(sum)
}

/// Feeds a vector through the same matrix `n` times; the hash of all results.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let mut random = Random::new(2);
    let matrix: Vec<i8> = (0..LENGTH * ROWS).map(|_| random.bits() as i8).collect();
    let mut input: Vec<i8> = (0..LENGTH).map(|_| random.bits() as i8).collect();
    let mut result = 0;
    for round in 0..n as usize {
        for (row, weights) in matrix.chunks_exact(LENGTH).enumerate() {
            let sum = dot(weights, &input);
            result ^= hash(sum.to_le_bytes());
            input[(row + round) % LENGTH] = (sum >> 9) as i8;
        }
    }
    result
}
