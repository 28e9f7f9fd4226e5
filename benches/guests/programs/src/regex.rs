//! Searches a generated log with the `regex` crate: the compiler of patterns, the lazy automaton, captures, replacement.

use std::fmt::Write;

use kernels::Random;
use programs::{below, fnv, sentence, word};
use regex::Regex;

/// A log of four hundred lines.
fn log(random: &mut Random) -> String {
    let mut log = String::new();
    for line in 0..400 {
        let level = ["DEBUG", "INFO", "WARN", "ERROR"][below(random, 4)];
        let _ = write!(
            log,
            "2031-{:02}-{:02}T{:02}:{:02}:{:02}Z {level} ",
            1 + below(random, 12),
            1 + below(random, 28),
            below(random, 24),
            below(random, 60),
            below(random, 60)
        );
        let words = 2 + below(random, 8);
        let text = sentence(random, words);
        let _ = match below(random, 4) {
            0 => writeln!(log, "peer 10.{}.{}.7 says: {text}", below(random, 256), line % 256),
            1 => writeln!(
                log,
                "mail from {}.{}@{}.example: {text}",
                word(random),
                word(random),
                word(random)
            ),
            2 => writeln!(log, "took {}.{:03} ms; {text}", below(random, 900), below(random, 1000)),
            _ => writeln!(log, "{text} id={:016x}", random.bits()),
        };
    }
    log
}

/// Searches `n` logs; a hash of what was found.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let mut random = Random::new(17);
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for _ in 0..n {
        // Compiled every time: that is a part of how patterns are used.
        let mail =
            Regex::new(r"([a-z]+)\.([a-z]+)@((?:[a-z]+\.)+[a-z]+)").expect("a valid pattern");
        let address = Regex::new(r"\b(?:\d{1,3}\.){3}\d{1,3}\b").expect("a valid pattern");
        let bad = Regex::new(r"(?m)^(\S+) (?:WARN|ERROR) (.*(?:lost|late|slow).*)$")
            .expect("a valid pattern");
        let id = Regex::new(r"id=[0-9a-f]{16}$").expect("a valid pattern");
        let log = log(&mut random);
        for found in mail.captures_iter(&log) {
            hash = fnv(fnv(hash, found[3].as_bytes()), found[1].as_bytes());
        }
        for found in address.find_iter(&log) {
            hash = fnv(hash, found.as_str().as_bytes());
        }
        for found in bad.captures_iter(&log) {
            hash = fnv(fnv(hash, found[1].as_bytes()), found[2].as_bytes());
        }
        hash = hash.wrapping_add(log.lines().filter(|line| id.is_match(line)).count() as u64);
        let hidden = mail.replace_all(&log, "$2 at $3");
        hash = fnv(hash, &hidden.as_bytes()[..1000]).wrapping_add(hidden.len() as u64);
    }
    hash as i64
}
