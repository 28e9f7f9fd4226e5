//! Hashes passwords with the `argon2` crate: 64-bit multiplication and rotation on a memory of 256 KiB.

use argon2::{Algorithm, Argon2, Params, Version};

/// Hashes `n` passwords, each salted with the hash before; the first eight bytes of the last hash.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let params = Params::new(256, 2, 1, Some(32)).expect("the parameters are in range");
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut hash = [7; 32];
    for i in 0..n {
        let password = format!("correct horse battery staple {i}");
        let salt = hash;
        argon2
            .hash_password_into(password.as_bytes(), &salt, &mut hash)
            .expect("the lengths are in range");
    }
    i64::from_le_bytes(hash.first_chunk().copied().expect("32 bytes have a first eight"))
}
