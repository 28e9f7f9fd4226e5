//! Tables as text with the `csv` crate: written, with quotes where fields need them, and read again.

use kernels::Random;
use programs::{below, fnv, sentence, word};

/// Writes and reads a table of 200 records `n` times; a hash of the sums and of the text.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let mut random = Random::new(33);
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for _ in 0..n {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for i in 0..200 {
            let station = word(&mut random);
            let remark = match below(&mut random, 3) {
                0 => format!("\"{}\", he said", sentence(&mut random, 3)),
                _ => sentence(&mut random, 2),
            };
            let reading = (below(&mut random, 20_000) as f64 - 5000.0) / 100.0;
            let fields = [&i.to_string(), station, &reading.to_string(), &remark];
            writer.write_record(fields).expect("four fields, like all others");
        }
        let text = writer.into_inner().expect("a vector takes all");
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&text[..]);
        let mut record = csv::StringRecord::new();
        let (mut sum, mut letters) = (0.0, 0);
        while reader.read_record(&mut record).expect("what was written can be read") {
            sum += record[2].parse::<f64>().expect("a number");
            letters += record[3].len();
        }
        hash = fnv(hash, &text[..64]) ^ f64::to_bits(sum) ^ letters as u64;
    }
    hash as i64
}
