//! The mix that processors of small devices are measured with: a linked list that is searched, reversed and sorted,
//! small integer matrices, a state machine that scans numbers in text, and a checksum bit by bit over all results.

use kernels::Random;

/// CRC-16 with the polynomial x^16 + x^15 + x^2 + 1, one bit at a time.
#[inline(never)]
fn crc(mut value: u32, mut crc: u16) -> u16 {
    for _ in 0..16 {
        let carry = (value as u16 ^ crc) & 1;
        value >>= 1;
        crc >>= 1;
        if carry != 0 {
            crc ^= 0xa001;
        }
    }
    crc
}

/// A list in an array, linked by indices.
struct List {
    nodes: Vec<Node>,
    head: usize,
}

struct Node {
    next: usize,
    value: i16,
    index: i16,
}

const NONE: usize = usize::MAX;

impl List {
    fn new(random: &mut Random) -> Self {
        const LENGTH: usize = 100;
        let nodes = (0..LENGTH).map(|i| Node {
            // A permutation: the neighbours in the list are none in memory.
            next: if i == LENGTH - 37 { NONE } else { (i + 37) % LENGTH },
            value: (random.bits() >> 52) as i16,
            index: i as i16,
        });
        Self { nodes: nodes.collect(), head: 0 }
    }

    #[inline(never)]
    fn find(&self, mut wanted: impl FnMut(&Node) -> bool) -> Option<&Node> {
        let mut at = self.head;
        while at != NONE {
            let node = &self.nodes[at];
            if wanted(node) {
                return Some(node);
            }
            at = node.next;
        }
        None
    }

    #[inline(never)]
    fn reverse(&mut self) {
        let mut done = NONE;
        while self.head != NONE {
            let rest = core::mem::replace(&mut self.nodes[self.head].next, done);
            done = core::mem::replace(&mut self.head, rest);
        }
        self.head = done;
    }

    /// Merges runs of 1, 2, 4, ... nodes until one run is left.
    #[inline(never)]
    fn sort(&mut self, cost: fn(&Node) -> i32) {
        let mut size = 1;
        loop {
            let (mut rest, mut last, mut merges) = (self.head, NONE, 0);
            while rest != NONE {
                merges += 1;
                let (mut left, mut left_size) = (rest, 0);
                while left_size < size && rest != NONE {
                    left_size += 1;
                    rest = self.nodes[rest].next;
                }
                let mut right_size = size;
                while left_size > 0 || (right_size > 0 && rest != NONE) {
                    let take_left = left_size > 0
                        && (right_size == 0
                            || rest == NONE
                            || cost(&self.nodes[left]) <= cost(&self.nodes[rest]));
                    let (from, count) = if take_left {
                        (&mut left, &mut left_size)
                    } else {
                        (&mut rest, &mut right_size)
                    };
                    let node = *from;
                    *from = self.nodes[node].next;
                    *count -= 1;
                    match last {
                        NONE => self.head = node,
                        _ => self.nodes[last].next = node,
                    }
                    last = node;
                }
            }
            if last != NONE {
                self.nodes[last].next = NONE;
            }
            if merges <= 1 {
                return;
            }
            size *= 2;
        }
    }
}

fn list(list: &mut List, round: u32, mut check: u16) -> u16 {
    for i in 0..20u32 {
        let index = ((round + i) * 7 % 128) as i16;
        let found = list.find(|node| node.index == index).map_or(-1, |node| node.value);
        check = crc(found as u32, check);
        list.reverse();
    }
    list.sort(|node| i32::from(crc(node.value as u32, 0)));
    if let Some(node) = list.find(|node| node.value & 1 != 0) {
        check = crc(node.index as u32, check);
    }
    list.sort(|node| i32::from(node.index));
    check
}

const SIZE: usize = 12;

#[inline(never)]
fn matrix(a: &[[i16; SIZE]; SIZE], b: &mut [[i16; SIZE]; SIZE], by: i16, mut check: u16) -> u16 {
    let mut product = [[0i32; SIZE]; SIZE];
    for i in 0..SIZE {
        for j in 0..SIZE {
            product[i][j] = (0..SIZE).map(|k| i32::from(a[i][k]) * i32::from(b[k][j])).sum();
        }
    }
    let mut above = 0u32;
    let mut previous = 0;
    for &entry in product.iter().flatten() {
        let part = (entry >> 2 & 0xf) * (entry >> 5 & 0x7f);
        above = if part > previous { above.wrapping_add(10) } else { above.wrapping_add(1) };
        previous = part;
        check = crc(part as u32, check);
    }
    for entry in b.iter_mut().flatten() {
        *entry = entry.wrapping_add(by);
    }
    crc(above, check)
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Start,
    Sign,
    Int,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentInt,
    Invalid,
}

/// Scans one number and what follows up to the comma; the state it ends in and the rest of the text.
#[inline(never)]
fn scan<'a>(text: &'a [u8], visits: &mut [u32; 9]) -> (State, &'a [u8]) {
    let mut state = State::Start;
    for (i, &byte) in text.iter().enumerate() {
        if byte == b',' {
            return (state, &text[i + 1..]);
        }
        let next = match state {
            State::Start => match byte {
                b'0'..=b'9' => State::Int,
                b'+' | b'-' => State::Sign,
                b'.' => State::Point,
                _ => State::Invalid,
            },
            State::Sign => match byte {
                b'0'..=b'9' => State::Int,
                b'.' => State::Point,
                _ => State::Invalid,
            },
            State::Int => match byte {
                b'0'..=b'9' => State::Int,
                b'.' => State::Point,
                b'e' | b'E' => State::Exponent,
                _ => State::Invalid,
            },
            State::Point | State::Fraction => match byte {
                b'0'..=b'9' => State::Fraction,
                b'e' | b'E' if state == State::Fraction => State::Exponent,
                _ => State::Invalid,
            },
            State::Exponent => match byte {
                b'0'..=b'9' => State::ExponentInt,
                b'+' | b'-' => State::ExponentSign,
                _ => State::Invalid,
            },
            State::ExponentSign | State::ExponentInt => match byte {
                b'0'..=b'9' => State::ExponentInt,
                _ => State::Invalid,
            },
            State::Invalid => State::Invalid,
        };
        if next != state {
            visits[next as usize] += 1;
        }
        state = next;
    }
    (state, &[])
}

fn states(text: &mut [u8], round: u32, mut check: u16) -> u16 {
    let mut ends = [0u32; 9];
    let mut visits = [0u32; 9];
    for _ in 0..2 {
        let mut rest = &*text;
        while !rest.is_empty() {
            let (state, after) = scan(rest, &mut visits);
            ends[state as usize] += 1;
            rest = after;
        }
        // The second time the text is damaged, the third time it is as it was.
        let step = (round % 11 + 3) as usize;
        for byte in text.iter_mut().step_by(step).filter(|byte| **byte != b',') {
            *byte ^= 1;
        }
    }
    for count in ends.into_iter().chain(visits) {
        check = crc(count, check);
    }
    check
}

/// Goes `n` times through all of it; the checksum.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i32 {
    let mut random = Random::new(5);
    let mut nodes = List::new(&mut random);
    let a = core::array::from_fn(|_| core::array::from_fn(|_| (random.bits() >> 54) as i16));
    let mut b = core::array::from_fn(|_| core::array::from_fn(|_| (random.bits() >> 54) as i16));
    const WORDS: [&[u8]; 8] = [
        b"5012",
        b"-874",
        b"+122",
        b"35.54400",
        b".1234500",
        b"-110.700",
        b"5.500e+3",
        b"T0.3e-1F",
    ];
    let mut text = Vec::new();
    while text.len() < 600 {
        text.extend_from_slice(WORDS[(random.bits() >> 61) as usize]);
        text.push(b',');
    }
    let mut check = 0;
    for round in 0..n as u32 {
        check = list(&mut nodes, round, check);
        check = matrix(&a, &mut b, (round % 5) as i16 - 2, check);
        check = states(&mut text, round, check);
    }
    i32::from(check)
}
