//! The spectral norm of the infinite matrix with the entries 1 / ((i + j)(i + j + 1) / 2 + i + 1), cut to 100 by 100:
//! conversions and divisions of f64 that are computed anew every time.

const SIZE: usize = 100;
type Vector = [f64; SIZE];

fn entry(i: usize, j: usize) -> f64 {
    let diagonal = i + j;
    1.0 / (diagonal * (diagonal + 1) / 2 + i + 1) as f64
}

#[inline(never)]
fn multiply(v: &Vector) -> Vector {
    core::array::from_fn(|i| v.iter().enumerate().map(|(j, x)| entry(i, j) * x).sum())
}

#[inline(never)]
fn multiply_transposed(v: &Vector) -> Vector {
    core::array::from_fn(|i| v.iter().enumerate().map(|(j, x)| entry(j, i) * x).sum())
}

fn dot(a: &Vector, b: &Vector) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Takes `n` steps of the power method; the bits of the norm found.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let mut u = [1.0; SIZE];
    let mut v = u;
    for _ in 0..n {
        v = multiply_transposed(&multiply(&u));
        u = multiply_transposed(&multiply(&v));
    }
    (dot(&u, &v) / dot(&v, &v)).sqrt().to_bits() as i64
}
