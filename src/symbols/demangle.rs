//! How names that a guest gives are shown: demangled, and harmless to a terminal.

use core::fmt::{self, Write};

/// Shows a text of the guest with everything in it that cannot be seen, such as control characters, as escapes.
pub(crate) struct Shown<'a>(pub(crate) &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaping(f).write_str(self.0)
    }
}

/// Shows the name of a function: demangled with the feature `demangle`, if it is mangled as Rust or C++ do it, and as
/// [`Shown`].
pub(crate) struct Name<'a>(pub(crate) &'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[cfg(feature = "demangle")]
        if let Some(name) = demangle(self.0) {
            return Escaping(f).write_str(&name);
        }
        Shown(self.0).fmt(f)
    }
}

/// Writes what is given to it as escapes where it cannot be seen. Quotes and backslashes can.
struct Escaping<W>(W);

impl<W: Write> Write for Escaping<W> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let plain = |c| matches!(c, '\'' | '"' | '\\');
        for part in s.split_inclusive(plain) {
            let (text, mark) = part.split_at(part.trim_end_matches(plain).len());
            write!(self.0, "{}{mark}", text.escape_debug())?;
        }
        Ok(())
    }
}

/// The name that was mangled; `None` if it was not, or if demangling takes too much.
#[cfg(feature = "demangle")]
fn demangle(name: &str) -> Option<alloc::string::String> {
    use alloc::string::String;

    /// Longer names are shown as they are.
    const LONGEST: usize = 4 << 10;
    /// So are those of longer texts: a short name may stand for one of exponential length.
    const LONGEST_DEMANGLED: usize = 64 << 10;
    /// And those that nest more deeply, for reading a name may take time that is exponential in its depth. Of 119,263 names
    /// of LLVM 99.6 % are within.
    const DEEPEST: u32 = 48;

    /// A text that refuses to become longer than it may.
    struct Limited(String);

    impl Write for Limited {
        fn write_str(&mut self, s: &str) -> fmt::Result {
            if s.len() > LONGEST_DEMANGLED - self.0.len() {
                return Err(fmt::Error);
            }
            self.0.push_str(s);
            Ok(())
        }
    }

    let mut out = Limited(String::new());
    if name.len() > LONGEST {
        return None;
    }
    if let Ok(demangled) = rustc_demangle::try_demangle(name) {
        write!(out, "{demangled}").ok()?;
        return Some(out.0);
    }
    // What does not begin so is taken for a type: a function `f` would be a `float`.
    if !(name.starts_with('_') && name.trim_start_matches('_').starts_with('Z')) {
        return None;
    }
    let options = cpp_demangle::ParseOptions::default().recursion_limit(DEEPEST);
    let symbol = cpp_demangle::Symbol::new_with_options(name, &options).ok()?;
    symbol.structured_demangle(&mut out, &cpp_demangle::DemangleOptions::default()).ok()?;
    Some(out.0)
}

#[cfg(all(test, feature = "demangle"))]
mod tests {
    use super::{Name, Shown};
    use alloc::format;
    use alloc::string::{String, ToString};

    #[test]
    fn names_are_demangled() {
        for (name, shown) in [
            (
                "_ZN4core9panicking5panic17h0123456789abcdefE",
                "core::panicking::panic::h0123456789abcdef",
            ),
            ("_RNvCs1234_7mycrate3foo", "mycrate[3c1c0]::foo"),
            ("_ZN3foo3barEv", "foo::bar()"),
            ("_Z3addIiET_S0_S0_", "int add<int>(int, int)"),
            ("plain", "plain"),
            ("f", "f"),
            ("_Z", "_Z"),
            ("it's \"quoted\" \\ here", "it's \"quoted\" \\ here"),
        ] {
            assert_eq!(Name(name).to_string(), shown);
        }
    }

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        assert_eq!(Shown("a\u{1b}[2J\n'\u{202e}").to_string(), r"a\u{1b}[2J\n'\u{202e}");
        // A demangled name may have what the mangled one spells out.
        assert_eq!(Name("_ZN7a$u1b$bE").to_string(), r"a\u{1b}b".replace("\\u{1b}", "$u1b$"));
    }

    #[test]
    fn a_name_of_exponential_length_is_shown_as_it_is() {
        // Each type is a pair of the one before, which `S_` with a number to the base 36 stands for.
        let name = |pairs: u32| {
            let digit = |n| char::from_digit(n, 36).expect("a digit").to_ascii_uppercase();
            let pair = |n| format!("S0_IS{0}_S{0}_E", digit(n));
            format!("_Z1f1a1pIS_S_E{}", (1..=pairs).map(pair).collect::<String>())
        };
        assert!(Name(&name(3)).to_string().starts_with("f(a, p<a, a>, p<p<a, a>, p<a, a> >, "));
        assert_eq!(Name(&name(30)).to_string(), name(30));
    }

    #[test]
    #[cfg(feature = "std")]
    fn a_name_that_can_be_read_in_many_ways_takes_no_time() {
        let start = std::time::Instant::now();
        for n in 0..100 {
            let name = format!("_ZD0{}", "dtC1ID0".repeat(n));
            assert!(Name(&name).to_string().len() > name.len() / 2);
        }
        assert!(start.elapsed().as_secs() < 10, "it took {:?}", start.elapsed());
    }
}
