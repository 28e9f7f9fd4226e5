//! QR codes with the `qrcodegen` crate: codes that correct errors, modules placed and masked, penalties counted.

use kernels::Random;
use programs::{below, fnv, sentence};
use qrcodegen::{QrCode, QrCodeEcc};

/// Makes `n` codes of sentences; a hash of their modules.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let mut random = Random::new(35);
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for _ in 0..n {
        let words = 3 + below(&mut random, 9);
        let text = sentence(&mut random, words);
        let code = QrCode::encode_text(&text, QrCodeEcc::Medium).expect("short enough");
        for y in 0..code.size() {
            let row =
                (0..code.size()).fold(0u64, |row, x| row << 1 ^ u64::from(code.get_module(x, y)));
            hash = fnv(hash, &row.to_le_bytes());
        }
    }
    hash as i64
}
