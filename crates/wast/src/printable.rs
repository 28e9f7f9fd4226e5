//! Text for a terminal.

/// `text` with its control characters, and others that cannot be seen, as escapes; line feeds stay.
///
/// Names and messages of a module or script may hold sequences that move the cursor, set the title of
/// the window or reverse the direction of writing. What comes of this does nothing but show itself, and
/// comes out of this unchanged a second time.
///
/// ```
/// let shown = wasmote_wast::printable("\u{1b}[2Jf\u{202e} \"é\"\n");
/// assert_eq!(shown, "\\u{1b}[2Jf\\u{202e} \"é\"\n");
/// assert_eq!(wasmote_wast::printable(&shown), shown);
/// ```
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // The standard library knows what can be seen, but would escape these, too.
    for part in text.split_inclusive(['\n', '\'', '"', '\\']) {
        let stays = part.strip_suffix(['\n', '\'', '"', '\\']).unwrap_or(part).len();
        out.extend(part[..stays].escape_debug());
        out.push_str(&part[stays..]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn what_can_be_seen_stays() {
        for text in ["", "\n\n", "a \"b\" 'c' \\d", "naïve नमस्ते 日本語 🦀", "C:\\x: `y`\n  z\n"]
        {
            assert_eq!(printable(text), text);
        }
    }

    #[test]
    fn no_control_character_stays() {
        let controls = (0..=0x9f).filter_map(char::from_u32).filter(|c| c.is_control());
        let invisible = ['\u{200b}', '\u{200e}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{feff}'];
        for c in controls.filter(|c| *c != '\n').chain(invisible) {
            let shown = printable(&format!("a{c}\"{c}"));
            assert!(!shown.contains(c) && shown.starts_with("a\\"), "{c:?}: {shown:?}");
        }
    }
}
