//! The Mandelbrot set on a grid over the square from -2 - 1.5i to 1 + 1.5i.

const LIMIT: u32 = 100;

#[inline(never)]
fn iterations(re: f64, im: f64) -> u32 {
    let (mut x, mut y) = (0.0, 0.0);
    for count in 0..LIMIT {
        let (xx, yy) = (x * x, y * y);
        if xx + yy > 4.0 {
            return count;
        }
        y = 2.0 * x * y + im;
        x = xx - yy + re;
    }
    LIMIT
}

/// The grid has `n` by `n` points; the sum of the iterations, mixed with their order.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let scale = 3.0 / f64::from(n);
    let mut hash = 0u64;
    for row in 0..n {
        for column in 0..n {
            let count = iterations(f64::from(column) * scale - 2.0, f64::from(row) * scale - 1.5);
            hash = hash.rotate_left(1).wrapping_add(u64::from(count));
        }
    }
    hash as i64
}
