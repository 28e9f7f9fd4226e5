//! ChaCha20 (RFC 8439): encrypts a buffer.

#[cfg(target_feature = "simd128")]
use core::arch::wasm32::*;
use vectors::{Random, hash};

#[cfg(not(target_feature = "simd128"))]
fn quarter(s: &mut [u32; 16], [a, b, c, d]: [usize; 4]) {
    s[a] = s[a].wrapping_add(s[b]);
    s[d] = (s[d] ^ s[a]).rotate_left(16);
    s[c] = s[c].wrapping_add(s[d]);
    s[b] = (s[b] ^ s[c]).rotate_left(12);
    s[a] = s[a].wrapping_add(s[b]);
    s[d] = (s[d] ^ s[a]).rotate_left(8);
    s[c] = s[c].wrapping_add(s[d]);
    s[b] = (s[b] ^ s[c]).rotate_left(7);
}

#[cfg(not(target_feature = "simd128"))]
fn block(state: &[u32; 16]) -> [u32; 16] {
    let mut s = *state;
    for _ in 0..10 {
        quarter(&mut s, [0, 4, 8, 12]);
        quarter(&mut s, [1, 5, 9, 13]);
        quarter(&mut s, [2, 6, 10, 14]);
        quarter(&mut s, [3, 7, 11, 15]);
        quarter(&mut s, [0, 5, 10, 15]);
        quarter(&mut s, [1, 6, 11, 12]);
        quarter(&mut s, [2, 7, 8, 13]);
        quarter(&mut s, [3, 4, 9, 14]);
    }
    for (word, add) in s.iter_mut().zip(state) {
        *word = word.wrapping_add(*add);
    }
    s
}

/// A row of the state is a vector.
#[cfg(target_feature = "simd128")]
fn block(state: &[u32; 16]) -> [u32; 16] {
    fn rotate<const N: u32>(v: v128) -> v128 {
        v128_or(u32x4_shl(v, N), u32x4_shr(v, 32 - N))
    }
    fn half([mut a, mut b, mut c, mut d]: [v128; 4]) -> [v128; 4] {
        a = i32x4_add(a, b);
        d = rotate::<16>(v128_xor(d, a));
        c = i32x4_add(c, d);
        b = rotate::<12>(v128_xor(b, c));
        a = i32x4_add(a, b);
        d = rotate::<8>(v128_xor(d, a));
        c = i32x4_add(c, d);
        b = rotate::<7>(v128_xor(b, c));
        [a, b, c, d]
    }
    // SAFETY: 16 bytes each.
    let rows: [v128; 4] =
        core::array::from_fn(|i| unsafe { v128_load(state.as_ptr().add(4 * i).cast()) });
    let mut s = rows;
    for _ in 0..10 {
        let [a, b, c, d] = half(s);
        let b = i32x4_shuffle::<1, 2, 3, 0>(b, b);
        let c = i32x4_shuffle::<2, 3, 0, 1>(c, c);
        let d = i32x4_shuffle::<3, 0, 1, 2>(d, d);
        let [a, b, c, d] = half([a, b, c, d]);
        let b = i32x4_shuffle::<3, 0, 1, 2>(b, b);
        let c = i32x4_shuffle::<2, 3, 0, 1>(c, c);
        let d = i32x4_shuffle::<1, 2, 3, 0>(d, d);
        s = [a, b, c, d];
    }
    let mut out = [0; 16];
    for (i, (s, row)) in s.into_iter().zip(rows).enumerate() {
        // SAFETY: 16 bytes each.
        unsafe { v128_store(out.as_mut_ptr().add(4 * i).cast(), i32x4_add(s, row)) }
    }
    out
}

/// Encrypts a kilobyte `n` times; the hash of the result.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let mut random = Random::new(4);
    let mut state = [0; 16];
    for (word, four) in state.iter_mut().zip(b"expand 32-byte k".chunks_exact(4)) {
        *word = u32::from_le_bytes([four[0], four[1], four[2], four[3]]);
    }
    for word in &mut state[4..] {
        *word = random.bits() as u32;
    }
    let mut message = [0u32; 256];
    for _ in 0..n {
        for part in message.chunks_exact_mut(16) {
            for (word, key) in part.iter_mut().zip(block(&state)) {
                *word ^= key;
            }
            state[12] = state[12].wrapping_add(1);
        }
    }
    hash(message.into_iter().flat_map(u32::to_le_bytes))
}
