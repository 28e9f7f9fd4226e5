//! The Mandelbrot set in f32 on a grid over the square from -2 - 1.5i to 1 + 1.5i, four points at a time.

#[cfg(target_feature = "simd128")]
use core::arch::wasm32::*;

const LIMIT: u32 = 100;

#[cfg(not(target_feature = "simd128"))]
fn iterations(re: [f32; 4], im: f32) -> [u32; 4] {
    re.map(|re| {
        let (mut x, mut y) = (0.0, 0.0);
        for count in 0..LIMIT {
            let (xx, yy) = (x * x, y * y);
            if xx + yy > 4.0 {
                return count;
            }
            y = (x + x) * y + im;
            x = xx - yy + re;
        }
        LIMIT
    })
}

#[cfg(target_feature = "simd128")]
fn iterations(re: [f32; 4], im: f32) -> [u32; 4] {
    let re = f32x4(re[0], re[1], re[2], re[3]);
    let (im, four) = (f32x4_splat(im), f32x4_splat(4.0));
    let (mut x, mut y, mut count) = (f32x4_splat(0.0), f32x4_splat(0.0), u32x4_splat(0));
    for _ in 0..LIMIT {
        let (xx, yy) = (f32x4_mul(x, x), f32x4_mul(y, y));
        let inside = f32x4_le(f32x4_add(xx, yy), four);
        if !v128_any_true(inside) {
            break;
        }
        // All ones is -1.
        count = i32x4_sub(count, inside);
        y = f32x4_add(f32x4_mul(f32x4_add(x, x), y), im);
        x = f32x4_add(f32x4_sub(xx, yy), re);
    }
    [
        u32x4_extract_lane::<0>(count),
        u32x4_extract_lane::<1>(count),
        u32x4_extract_lane::<2>(count),
        u32x4_extract_lane::<3>(count),
    ]
}

/// The grid has `4 * n` by `4 * n` points; the sum of the iterations, mixed with their order.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let scale = 3.0 / (4 * n) as f32;
    let mut hash = 0u64;
    for row in 0..4 * n {
        for column in 0..n {
            let re = [0, 1, 2, 3].map(|i| (4 * column + i) as f32 * scale - 2.0);
            for count in iterations(re, row as f32 * scale - 1.5) {
                hash = hash.rotate_left(1).wrapping_add(u64::from(count));
            }
        }
    }
    hash as i64
}
