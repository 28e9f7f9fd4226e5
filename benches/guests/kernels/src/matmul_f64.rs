//! Products of 64 by 64 matrices of f64: the left operand of each is the scaled result of the one before.

use kernels::Random;

const SIZE: usize = 64;
type Matrix = [[f64; SIZE]; SIZE];

/// Entries between -1 and 1.
fn random(seed: u64) -> Box<Matrix> {
    let mut random = Random::new(seed);
    let mut matrix = Box::new([[0.0; SIZE]; SIZE]);
    for entry in matrix.iter_mut().flatten() {
        *entry = (random.bits() >> 11) as f64 / (1u64 << 52) as f64 - 1.0;
    }
    matrix
}

/// The product over `SIZE`, so that the entries stay between -1 and 1.
#[inline(never)]
fn multiply(a: &Matrix, b: &Matrix, product: &mut Matrix) {
    for i in 0..SIZE {
        for j in 0..SIZE {
            let mut sum = 0.0;
            for k in 0..SIZE {
                sum += a[i][k] * b[k][j];
            }
            product[i][j] = sum * (1.0 / 4.0);
        }
    }
}

/// Multiplies `n` times; the result is made of the bits of the last product.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let mut a = random(1);
    let b = random(2);
    let mut product = Box::new([[0.0; SIZE]; SIZE]);
    for _ in 0..n {
        multiply(&a, &b, &mut product);
        core::mem::swap(&mut a, &mut product);
    }
    a.iter().flatten().fold(0u64, |hash, &entry| hash.rotate_left(7) ^ entry.to_bits()) as i64
}
