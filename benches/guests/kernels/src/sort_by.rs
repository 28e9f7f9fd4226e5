//! Sorts records by keys that the compiler does not know: each comparison is an indirect call.

use core::cmp::Ordering;
use core::hint::black_box;

use kernels::Random;

#[derive(Clone)]
struct Record {
    group: u16,
    weight: f32,
    key: u64,
    name: [u8; 8],
}

type Comparator = fn(&Record, &Record) -> Ordering;

/// All of them total, and the last says which of two equal records is first.
const COMPARATORS: [Comparator; 4] = [
    |a, b| a.group.cmp(&b.group).then(b.key.cmp(&a.key)),
    |a, b| a.weight.total_cmp(&b.weight).then(a.key.cmp(&b.key)),
    |a, b| a.name.cmp(&b.name).then(a.key.cmp(&b.key)),
    |a, b| a.key.cmp(&b.key),
];

fn merge(from: &[Record], to: &mut [Record], middle: usize, compare: Comparator) {
    let (mut left, mut right) = (0, middle);
    for place in to {
        let take_left = right == from.len()
            || left < middle && compare(&from[left], &from[right]) != Ordering::Greater;
        let next = if take_left { &mut left } else { &mut right };
        *place = from[*next].clone();
        *next += 1;
    }
}

/// Insertion for the short runs, merging above them.
fn sort(records: &mut [Record], spare: &mut [Record], compare: Comparator) {
    if records.len() <= 12 {
        for end in 1..records.len() {
            let mut at = end;
            while at > 0 && compare(&records[at - 1], &records[at]) == Ordering::Greater {
                records.swap(at - 1, at);
                at -= 1;
            }
        }
        return;
    }
    let middle = records.len() / 2;
    sort(&mut records[..middle], &mut spare[..middle], compare);
    sort(&mut records[middle..], &mut spare[middle..], compare);
    merge(records, spare, middle, compare);
    records.clone_from_slice(spare);
}

/// Sorts a thousand records in four orders, `n` times, by our sort and by the library's; a hash over the orders.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let mut random = Random::new(11);
    let mut hash = 0u64;
    for _ in 0..n {
        let mut records: Vec<Record> = (0..1000)
            .map(|_| Record {
                group: (random.bits() >> 60) as u16,
                weight: (random.bits() >> 40) as f32 / 1024.0 - 8192.0,
                key: random.bits(),
                name: core::array::from_fn(|_| b'a' + (random.bits() >> 62) as u8),
            })
            .collect();
        let mut spare = records.clone();
        for compare in black_box(COMPARATORS) {
            let mut expected = records.clone();
            expected.sort_unstable_by(compare);
            sort(&mut records, &mut spare, compare);
            assert!(records.iter().map(|record| record.key).eq(expected.iter().map(|r| r.key)));
            for record in &records {
                hash = hash.rotate_left(5) ^ record.key;
            }
        }
    }
    hash as i64
}
