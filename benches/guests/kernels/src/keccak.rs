//! The permutation Keccak-f[1600] of SHA-3 (FIPS 202): 64-bit logic on 25 words.

/// The round constants come out of the standard's shift register.
fn round_constants() -> [u64; 24] {
    let mut register = 1u8;
    core::array::from_fn(|_| {
        let mut constant = 0u64;
        for j in 0..7 {
            if register & 1 != 0 {
                constant |= 1 << ((1 << j) - 1);
            }
            register = (register << 1) ^ if register & 0x80 != 0 { 0x71 } else { 0 };
        }
        constant
    })
}

#[inline(never)]
fn permute(state: &mut [u64; 25], constants: &[u64; 24]) {
    for constant in constants {
        // theta
        let parity: [u64; 5] = core::array::from_fn(|x| {
            state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20]
        });
        for x in 0..5 {
            let d = parity[(x + 4) % 5] ^ parity[(x + 1) % 5].rotate_left(1);
            for y in 0..5 {
                state[x + 5 * y] ^= d;
            }
        }
        // rho and pi
        let (mut x, mut y) = (1, 0);
        let mut moving = state[1];
        for t in 0..24u32 {
            (x, y) = (y, (2 * x + 3 * y) % 5);
            let rotated = moving.rotate_left((t + 1) * (t + 2) / 2 % 64);
            moving = core::mem::replace(&mut state[x + 5 * y], rotated);
        }
        // chi
        for row in state.as_chunks_mut::<5>().0 {
            let before = *row;
            for x in 0..5 {
                row[x] = before[x] ^ (!before[(x + 1) % 5] & before[(x + 2) % 5]);
            }
        }
        // iota
        state[0] ^= constant;
    }
}

/// Permutes the zero state once to check it, then `n` times; its first word.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let constants = round_constants();
    let mut state = [0; 25];
    permute(&mut state, &constants);
    // The known answer for the zero state.
    assert_eq!(state[0], 0xf125_8f79_40e1_dde7);
    for _ in 0..n {
        permute(&mut state, &constants);
    }
    state[0] as i64
}
