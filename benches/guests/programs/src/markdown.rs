//! Renders documents with the `pulldown-cmark` crate: a parser of many small decisions, and strings.

use std::fmt::Write;

use kernels::Random;
use programs::{below, fnv, sentence, word};
use pulldown_cmark::{Options, Parser, html};

/// A document of some eight kilobytes in which most of the syntax occurs.
fn document(random: &mut Random) -> String {
    let mut text = String::new();
    let out = &mut text;
    for section in 0..12 {
        let _ = write!(out, "{} {} {}\n\n", ["#", "##", "###"][section % 3], word(random), section);
        match below(random, 7) {
            0 => {
                for item in 0..5 {
                    let _ = writeln!(
                        out,
                        "- {} *{}*\n    {item}. {}",
                        word(random),
                        word(random),
                        sentence(random, 6)
                    );
                }
            }
            1 => {
                let _ = writeln!(out, "| {} | {} |\n|:---|---:|", word(random), word(random));
                for row in 0..6 {
                    let _ = writeln!(out, "| `{}` | {row}.{} |", word(random), below(random, 100));
                }
            }
            2 => {
                let _ = writeln!(
                    out,
                    "```rust\nlet {} = \"{}\" < & > 1;\n```",
                    word(random),
                    sentence(random, 9)
                );
            }
            3 => {
                let _ = writeln!(
                    out,
                    "> {}\n> > {}\n{}",
                    sentence(random, 14),
                    sentence(random, 8),
                    sentence(random, 5)
                );
            }
            4 => {
                let _ = writeln!(
                    out,
                    "<div class=\"{}\">\n<b>{}</b>\n</div>",
                    word(random),
                    sentence(random, 4)
                );
            }
            _ => {
                let _ = writeln!(
                    out,
                    "1) {}\n2) ~~{}~~ &amp; \\* &copy;",
                    sentence(random, 10),
                    word(random)
                );
            }
        }
        let _ = writeln!(out);
        for _ in 0..1 + below(random, 4) {
            let words = 4 + below(random, 12);
            let _ = writeln!(
                out,
                "{} **{}** _{} `{}`_ [{}](https://example.org/{} \"{}\") ![{}][{section}]{}",
                sentence(random, words),
                sentence(random, 3),
                word(random),
                word(random),
                word(random),
                word(random),
                word(random),
                word(random),
                ["", "  ", "\\", "[^1]", " \"quoted\" -- so..."][below(random, 5)],
            );
        }
        let _ = writeln!(
            out,
            "\n[{section}]: <https://example.org/{}> '{}'\n",
            word(random),
            word(random)
        );
    }
    text + "[^1]: A note.\n"
}

/// Renders `n` documents; a hash of the HTML.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let mut random = Random::new(33);
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for _ in 0..n {
        let text = document(&mut random);
        let mut rendered = String::new();
        html::push_html(&mut rendered, Parser::new_ext(&text, Options::all()));
        assert!(rendered.contains("</h1>"));
        hash = fnv(hash, rendered.as_bytes());
    }
    hash as i64
}
