//! SHA-256 (FIPS 180-4) of a message of 4 KiB.

use kernels::Random;

/// The first `bits` fractional bits of the square or cube roots of primes are what the standard's constants are;
/// they are found here with integers, which also keeps a table of numbers out of the source.
fn root_fraction(prime: u64, power: u32) -> u32 {
    // The largest r with r^power <= prime * 2^(32 * power).
    let mut root: u128 = 0;
    for bit in (0..40).rev() {
        let candidate = root | 1 << bit;
        // At most 2^40 to the third power: fits.
        if candidate.pow(power) <= u128::from(prime) << (32 * power) {
            root = candidate;
        }
    }
    root as u32
}

fn primes() -> impl Iterator<Item = u64> {
    (2..).filter(|n| (2..*n).all(|divisor| n % divisor != 0))
}

struct Sha256 {
    round_constants: [u32; 64],
    initial: [u32; 8],
}

impl Sha256 {
    fn new() -> Self {
        let mut this = Self { round_constants: [0; 64], initial: [0; 8] };
        for (constant, prime) in this.round_constants.iter_mut().zip(primes()) {
            *constant = root_fraction(prime, 3);
        }
        for (word, prime) in this.initial.iter_mut().zip(primes()) {
            *word = root_fraction(prime, 2);
        }
        this
    }

    #[inline(never)]
    fn compress(&self, state: &mut [u32; 8], block: &[u8; 64]) {
        let mut schedule = [0u32; 64];
        for (word, bytes) in schedule.iter_mut().zip(block.chunks_exact(4)) {
            *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        for i in 16..64 {
            let (x, y) = (schedule[i - 15], schedule[i - 2]);
            let s0 = x.rotate_right(7) ^ x.rotate_right(18) ^ (x >> 3);
            let s1 = y.rotate_right(17) ^ y.rotate_right(19) ^ (y >> 10);
            schedule[i] =
                schedule[i - 16].wrapping_add(s0).wrapping_add(schedule[i - 7]).wrapping_add(s1);
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
        for (word, constant) in schedule.iter().zip(&self.round_constants) {
            let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let choice = (e & f) ^ (!e & g);
            let t1 =
                h.wrapping_add(s1).wrapping_add(choice).wrapping_add(*constant).wrapping_add(*word);
            let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let majority = (a & b) ^ (a & c) ^ (b & c);
            (h, g, f, e, d, c, b, a) =
                (g, f, e, d.wrapping_add(t1), c, b, a, t1.wrapping_add(s0.wrapping_add(majority)));
        }
        for (word, add) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *word = word.wrapping_add(add);
        }
    }

    /// `message` must be whole blocks: the padding is one more.
    fn digest(&self, message: &[u8]) -> [u32; 8] {
        let mut state = self.initial;
        let (blocks, rest) = message.as_chunks::<64>();
        assert!(rest.is_empty());
        for block in blocks {
            self.compress(&mut state, block);
        }
        let mut padding = [0; 64];
        padding[0] = 0x80;
        padding[56..].copy_from_slice(&(message.len() as u64 * 8).to_be_bytes());
        self.compress(&mut state, &padding);
        state
    }
}

/// Hashes the message `n` times, each time with the digest before written over its beginning; the first 8 bytes of the last digest.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let sha256 = Sha256::new();
    let mut random = Random::new(3);
    let mut message: Vec<u8> = (0..4096).map(|_| random.bits() as u8).collect();
    // The digest of the empty message begins with e3b0c442 98fc1c14.
    let mut digest = sha256.digest(&[]);
    assert_eq!((digest[0], digest[1]), (0xe3b0_c442, 0x98fc_1c14));
    for _ in 0..n {
        for (bytes, word) in message.chunks_exact_mut(4).zip(digest) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
        digest = sha256.digest(&message);
    }
    (i64::from(digest[0]) << 32) | i64::from(digest[1])
}
