//! Products of matrices of f32.

#[cfg(target_feature = "simd128")]
use core::arch::wasm32::*;
use vectors::{Random, hash};

const N: usize = 64;

/// `c += a * b`, a row of `b` at a time, so that each element sums up in the same order with vectors
/// and without.
#[cfg(not(target_feature = "simd128"))]
fn multiply(a: &[f32], b: &[f32], c: &mut [f32]) {
    for (a, c) in a.chunks_exact(N).zip(c.chunks_exact_mut(N)) {
        for (&factor, b) in a.iter().zip(b.chunks_exact(N)) {
            for (b, c) in b.iter().zip(&mut *c) {
                *c += factor * b;
            }
        }
    }
}

#[cfg(target_feature = "simd128")]
fn multiply(a: &[f32], b: &[f32], c: &mut [f32]) {
    for (a, c) in a.chunks_exact(N).zip(c.chunks_exact_mut(N)) {
        // Sixteen columns in registers.
        for column in (0..N).step_by(16) {
            let at = c[column..][..16].as_mut_ptr();
            // SAFETY: 16 elements of the row.
            let mut sums: [v128; 4] =
                core::array::from_fn(|i| unsafe { v128_load(at.add(4 * i).cast()) });
            for (&factor, b) in a.iter().zip(b.chunks_exact(N)) {
                let (factor, b) = (f32x4_splat(factor), b[column..][..16].as_ptr());
                for (i, sum) in sums.iter_mut().enumerate() {
                    // SAFETY: 16 elements of the row.
                    let b = unsafe { v128_load(b.add(4 * i).cast()) };
                    *sum = f32x4_add(*sum, f32x4_mul(factor, b));
                }
            }
            for (i, sum) in sums.into_iter().enumerate() {
                // SAFETY: 16 elements of the row.
                unsafe { v128_store(at.add(4 * i).cast(), sum) }
            }
        }
    }
}

/// Multiplies `n` times; the hash of the last product.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let mut random = Random::new(3);
    let mut next = || (random.bits() >> 40) as f32 / (1u32 << 24) as f32 - 0.5;
    let a: Vec<f32> = (0..N * N).map(|_| next()).collect();
    let b: Vec<f32> = (0..N * N).map(|_| next()).collect();
    let mut c = vec![0.0; N * N];
    for _ in 0..n {
        for c in &mut c {
            *c *= 0.5;
        }
        multiply(&a, &b, &mut c);
    }
    hash(c.into_iter().flat_map(f32::to_le_bytes))
}
