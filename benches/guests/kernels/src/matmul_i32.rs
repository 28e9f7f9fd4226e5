//! Products of 64 by 64 matrices of i32: the left operand of each is the result of the one before.

use kernels::Random;

const SIZE: usize = 64;
type Matrix = [[i32; SIZE]; SIZE];

fn random(seed: u64) -> Box<Matrix> {
    let mut random = Random::new(seed);
    let mut matrix = Box::new([[0; SIZE]; SIZE]);
    for entry in matrix.iter_mut().flatten() {
        *entry = random.bits() as i32;
    }
    matrix
}

#[inline(never)]
fn multiply(a: &Matrix, b: &Matrix, product: &mut Matrix) {
    for i in 0..SIZE {
        for j in 0..SIZE {
            let mut sum = 0i32;
            for k in 0..SIZE {
                sum = sum.wrapping_add(a[i][k].wrapping_mul(b[k][j]));
            }
            product[i][j] = sum;
        }
    }
}

/// Multiplies `n` times; the result is the exclusive or over the last product, with its rows rotated.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let mut a = random(1);
    let b = random(2);
    let mut product = Box::new([[0; SIZE]; SIZE]);
    for _ in 0..n {
        multiply(&a, &b, &mut product);
        core::mem::swap(&mut a, &mut product);
    }
    a.iter().flatten().fold(0u64, |hash, &entry| hash.rotate_left(7) ^ entry as u32 as u64) as i64
}
