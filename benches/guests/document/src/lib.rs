//! What a web service does all day: builds typed records, writes them as JSON, compresses that, decompresses it again,
//! parses it once without a type and once into the records, and checks that nothing was lost.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Order {
    id: u64,
    customer: String,
    email: Option<String>,
    lines: Vec<Line>,
    position: (f64, f64),
    status: Status,
    labels: BTreeMap<String, i64>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Line {
    article: String,
    quantity: u32,
    price: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    remark: Option<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
enum Status {
    Open,
    Paid { amount: f64 },
    Sent { parcels: Vec<u32> },
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn word(&mut self) -> String {
        const SYLLABLES: [&str; 12] = [
            "ba", "re", "mi", "to", "lun", "sha", "qu", "\u{e9}t", "or", "wen", "\"x\"", "\u{4e2d}",
        ];
        (0..2 + self.below(3)).map(|_| SYLLABLES[self.below(12) as usize]).collect()
    }

    fn order(&mut self, id: u64) -> Order {
        Order {
            id,
            customer: format!("{} {}", self.word(), self.word()),
            email: (self.below(3) > 0).then(|| format!("{}@example.org", self.word())),
            lines: (0..1 + self.below(4))
                .map(|_| Line {
                    article: self.word(),
                    quantity: 1 + self.below(20) as u32,
                    price: self.below(100_000) as f64 / 100.0,
                    remark: (self.below(4) == 0)
                        .then(|| (0..8).map(|_| self.word() + "\n").collect()),
                })
                .collect(),
            position: (
                self.below(180_000_000) as f64 / 1e6 - 90.0,
                self.below(360_000_000) as f64 / 1e6 - 180.0,
            ),
            status: match self.below(3) {
                0 => Status::Open,
                1 => Status::Paid { amount: self.below(1_000_000) as f64 / 100.0 },
                _ => Status::Sent {
                    parcels: (0..self.below(5)).map(|_| self.below(1 << 31) as u32).collect(),
                },
            },
            labels: (0..self.below(6))
                .map(|_| (self.word(), self.below(2000) as i64 - 1000))
                .collect(),
        }
    }
}

/// The sum of all numbers and lengths in `value`: visits every node.
fn weigh(value: &Value) -> f64 {
    match value {
        Value::Null => 0.0,
        Value::Bool(flag) => f64::from(u8::from(*flag)),
        Value::Number(number) => number.as_f64().unwrap_or(0.0),
        Value::String(text) => text.len() as f64,
        Value::Array(items) => items.iter().map(weigh).sum(),
        Value::Object(members) => {
            members.iter().map(|(name, item)| name.len() as f64 + weigh(item)).sum()
        }
    }
}

fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}

/// Handles `n` documents of forty records each; a hash over what came out.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let mut random = Random(42);
    let mut hash = 0u64;
    for document in 0..n.max(0) as u64 {
        let orders: Vec<Order> = (0..40).map(|i| random.order(document * 40 + i)).collect();
        let json = serde_json::to_vec(&orders).expect("records can be written");
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(&json, 6);
        let unpacked =
            miniz_oxide::inflate::decompress_to_vec_zlib(&packed).expect("what was packed unpacks");
        assert!(unpacked == json);
        let value: Value = serde_json::from_slice(&unpacked).expect("what was written parses");
        let pretty = serde_json::to_string_pretty(&value).expect("values can be written");
        let parsed: Vec<Order> = serde_json::from_str(&pretty).expect("what was written parses");
        assert!(parsed == orders);
        for part in [fnv(&packed), fnv(pretty.as_bytes()), weigh(&value).to_bits()] {
            hash = hash.rotate_left(9) ^ part;
        }
    }
    hash as i64
}
