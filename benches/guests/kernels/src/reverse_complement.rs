//! Generates a nucleotide sequence from weighted letters, writes it in lines, and turns it into its reverse complement
//! by a table, from both ends at once: bytes, all of them loaded, looked up and stored.

const WIDTH: usize = 60;

/// The linear congruential generator that this benchmark has had from the start: modulus 139968.
struct Lcg(u32);

impl Lcg {
    fn next(&mut self) -> f32 {
        const MODULUS: u32 = 139_968;
        self.0 = (self.0 * 3877 + 29573) % MODULUS;
        self.0 as f32 / MODULUS as f32
    }
}

const LETTERS: [(u8, f32); 15] = [
    (b'a', 0.27),
    (b'c', 0.12),
    (b'g', 0.12),
    (b't', 0.27),
    (b'B', 0.02),
    (b'D', 0.02),
    (b'H', 0.02),
    (b'K', 0.02),
    (b'M', 0.02),
    (b'N', 0.02),
    (b'R', 0.02),
    (b'S', 0.02),
    (b'V', 0.02),
    (b'W', 0.02),
    (b'Y', 0.02),
];

/// Lines of sixty letters, each letter by its probability.
#[inline(never)]
fn generate(length: usize, random: &mut Lcg) -> Vec<u8> {
    let mut text = Vec::with_capacity(length + length / WIDTH + 1);
    for i in 0..length {
        let mut rest = random.next();
        let letter = LETTERS.iter().find(|(_, share)| {
            rest -= share;
            rest < 0.0
        });
        text.push(letter.map_or(b'Y', |(letter, _)| *letter));
        if i % WIDTH == WIDTH - 1 {
            text.push(b'\n');
        }
    }
    text
}

fn complements() -> [u8; 256] {
    let mut table = core::array::from_fn(|i| i as u8);
    for (from, to) in b"ACGTUMRYKVHDB".iter().zip(b"TGCAAKYRMBDHV") {
        table[usize::from(*from)] = *to;
        table[usize::from(from.to_ascii_lowercase())] = *to;
    }
    for letter in b"nsw" {
        table[usize::from(*letter)] = letter.to_ascii_uppercase();
    }
    table
}

#[inline(never)]
fn reverse_complement(text: &mut [u8], table: &[u8; 256]) {
    let (mut start, mut end) = (0, text.len());
    while start < end {
        if text[start] == b'\n' {
            start += 1;
        } else if text[end - 1] == b'\n' {
            end -= 1;
        } else {
            let first = table[usize::from(text[start])];
            text[start] = table[usize::from(text[end - 1])];
            text[end - 1] = first;
            start += 1;
            end -= 1;
        }
    }
}

/// Generates 30,000 letters and complements them five times, `n` times over; a hash of the texts.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i32 {
    let table = complements();
    let mut random = Lcg(42);
    let mut hash = 0x811c_9dc5u32;
    for _ in 0..n {
        let mut text = generate(30_000, &mut random);
        for _ in 0..5 {
            reverse_complement(&mut text, &table);
        }
        hash = text
            .iter()
            .fold(hash, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    }
    hash as i32
}
