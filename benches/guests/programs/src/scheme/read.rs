//! The reader: text to expressions.

/// An expression as it is written.
pub(crate) enum Form {
    Int(i64),
    Symbol(String),
    List(Vec<Form>),
}

/// All expressions of `text`.
///
/// # Panics
///
/// If the parentheses do not match: the only text is our own.
pub(crate) fn all(text: &str) -> Vec<Form> {
    let mut open = vec![Vec::new()];
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            ';' => rest.find('\n').unwrap_or(rest.len()),
            '(' => {
                open.push(Vec::new());
                1
            }
            ')' => {
                let list = open.pop().expect("a list is open");
                open.last_mut().expect("no more is closed than opened").push(Form::List(list));
                1
            }
            _ if first.is_whitespace() => first.len_utf8(),
            _ => {
                let end = rest.find(|c: char| c.is_whitespace() || "();".contains(c));
                let word = &rest[..end.unwrap_or(rest.len())];
                let form = match word.parse() {
                    Ok(value) => Form::Int(value),
                    Err(_) => Form::Symbol(word.to_owned()),
                };
                open.last_mut().expect("no more is closed than opened").push(form);
                word.len()
            }
        };
        rest = &rest[length..];
    }
    assert!(open.len() == 1, "every list is closed");
    open.remove(0)
}
