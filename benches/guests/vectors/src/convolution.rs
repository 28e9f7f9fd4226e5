//! A 3 by 3 binomial blur of a greyscale image, over and over.

#[cfg(target_feature = "simd128")]
use core::arch::wasm32::*;
use vectors::{Random, hash};

const WIDTH: usize = 256;
const HEIGHT: usize = 64;

/// Sums of a row's neighbours, weighted 1 2 1; the image's edge is left out.
const WEIGHTS: [[u16; 3]; 3] = [[1, 2, 1], [2, 4, 2], [1, 2, 1]];

#[cfg(not(target_feature = "simd128"))]
fn blur(from: &[u8], to: &mut [u8]) {
    for y in 1..HEIGHT - 1 {
        for x in 1..WIDTH - 1 {
            let mut sum = 8;
            for (dy, weights) in WEIGHTS.iter().enumerate() {
                for (dx, weight) in weights.iter().enumerate() {
                    sum += weight * u16::from(from[(y + dy - 1) * WIDTH + x + dx - 1]);
                }
            }
            to[y * WIDTH + x] = (sum >> 4) as u8;
        }
    }
}

#[cfg(target_feature = "simd128")]
fn blur(from: &[u8], to: &mut [u8]) {
    assert!(from.len() == WIDTH * HEIGHT && to.len() == WIDTH * HEIGHT);
    for y in 1..HEIGHT - 1 {
        // The last vector of a row overlaps the one before.
        for x in (1..WIDTH - 17).step_by(16).chain([WIDTH - 17]) {
            let (mut low, mut high) = (u16x8_splat(8), u16x8_splat(8));
            for (dy, weights) in WEIGHTS.iter().enumerate() {
                for (dx, weight) in weights.iter().enumerate() {
                    let at = (y + dy - 1) * WIDTH + x + dx - 1;
                    // SAFETY: 16 pixels of a row of the image.
                    let pixels = unsafe { v128_load(from.as_ptr().add(at).cast()) };
                    let weight = u8x16_splat(*weight as u8);
                    low = i16x8_add(low, u16x8_extmul_low_u8x16(pixels, weight));
                    high = i16x8_add(high, u16x8_extmul_high_u8x16(pixels, weight));
                }
            }
            let pixels = u8x16_narrow_i16x8(u16x8_shr(low, 4), u16x8_shr(high, 4));
            // SAFETY: 16 pixels of a row of the image.
            unsafe { v128_store(to.as_mut_ptr().add(y * WIDTH + x).cast(), pixels) }
        }
    }
}

/// Blurs an image of noise `n` times; the hash of the result.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let mut random = Random::new(1);
    let mut image: Vec<u8> = (0..WIDTH * HEIGHT).map(|_| random.bits() as u8).collect();
    let mut blurred = image.clone();
    for _ in 0..n {
        blur(&image, &mut blurred);
        core::mem::swap(&mut image, &mut blurred);
    }
    hash(image)
}
