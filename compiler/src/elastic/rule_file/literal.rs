//! TOML's string literals: where each byte of a decoded text stands in the file.

use std::ops::Range;

use crate::elastic::text::QueryText;
use crate::source::FileId;

/// The text of a string literal that stands at `place` of the file, `decoded` being what the TOML reader made of it.
///
/// TOML 1.0, "String".
pub(super) fn query_text(decoded: &str, text: &str, place: Range<usize>, file: FileId) -> QueryText<'static> {
    let literal = text.get(place.clone()).unwrap_or_default();
    let (content, escapes) = content(literal);
    let start = place.start + content.start;
    let runs = runs(literal.get(content).unwrap_or_default(), escapes, decoded, start);
    // were the two readings of the literal to differ, every place would be the literal's start
    QueryText::from_runs(decoded.to_owned(), file, runs.unwrap_or_else(|| vec![(0, place.start)]))
}

/// The bytes between the quotes, and whether backslashes are escapes there.
fn content(literal: &str) -> (Range<usize>, bool) {
    for (quote, escapes) in [("'''", false), ("\"\"\"", true), ("'", false), ("\"", true)] {
        let inside = literal.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        let Some(inside) = inside else { continue };
        // a line break right behind three quotes is not part of the text
        let skipped = match quote.len() {
            3 if inside.starts_with("\r\n") => 2,
            3 if inside.starts_with('\n') => 1,
            _ => 0,
        };
        return (quote.len() + skipped..quote.len() + inside.len(), escapes);
    }
    (0..literal.len(), false)
}

/// Reads both forms side by side.
fn runs(raw: &str, escapes: bool, decoded: &str, start: usize) -> Option<Vec<(usize, usize)>> {
    let mut runs = vec![(0, start)];
    let (mut at, mut out) = (0, 0);
    let mut jump = |out: usize, at: usize| {
        if runs.last().is_some_and(|(text, _)| *text == out) {
            runs.pop();
        }
        runs.push((out, start + at));
    };
    while let Some(c) = raw.get(at..)?.chars().next() {
        let rest = raw.get(at..)?;
        if escapes && c == '\\' {
            let (length, character) = escape(rest)?;
            if let Some(character) = character {
                if !decoded.get(out..)?.starts_with(character) {
                    return None;
                }
                jump(out, at);
                out += character.len_utf8();
            }
            at += length;
            jump(out, at);
        } else if rest.starts_with("\r\n") && decoded.get(out..)?.starts_with('\n') {
            jump(out, at);
            (at, out) = (at + 2, out + 1);
            jump(out, at);
        } else {
            if !decoded.get(out..)?.starts_with(c) {
                return None;
            }
            (at, out) = (at + c.len_utf8(), out + c.len_utf8());
        }
    }
    (out == decoded.len()).then_some(runs)
}

/// The length of an escape and what it stands for; a backslash at the end of a line stands for nothing and takes the blanks behind it.
fn escape(text: &str) -> Option<(usize, Option<char>)> {
    let simple = |c: char| Some((2, Some(c)));
    let coded = |digits: usize| {
        let code = u32::from_str_radix(text.get(2..2 + digits)?, 16).ok()?;
        Some((2 + digits, Some(char::from_u32(code)?)))
    };
    match text.chars().nth(1)? {
        'b' => simple('\u{8}'),
        't' => simple('\t'),
        'n' => simple('\n'),
        'f' => simple('\u{c}'),
        'r' => simple('\r'),
        'e' => simple('\u{1b}'),
        '"' => simple('"'),
        '\\' => simple('\\'),
        'x' => coded(2),
        'u' => coded(4),
        'U' => coded(8),
        c if c.is_ascii_whitespace() => {
            let blanks = text.get(1..)?.bytes().take_while(u8::is_ascii_whitespace).count();
            Some((1 + blanks, None))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use toml::de::{DeTable, DeValue};

    /// The places of every character of the literal's text, as the file shows them.
    fn shown(file: &str) -> Vec<String> {
        let table = DeTable::parse(file).expect("valid");
        let node = table.get_ref().get("q").expect("a key");
        let DeValue::String(decoded) = node.get_ref() else { panic!("a string") };
        let text = query_text(decoded, file, node.span(), FileId(0));
        decoded
            .char_indices()
            .map(|(at, c)| {
                let span = text.span(at..at + c.len_utf8());
                file[span.start as usize..span.end as usize].to_owned()
            })
            .collect()
    }

    #[test]
    fn every_kind_of_literal_keeps_its_places() {
        assert_eq!(shown("q = 'a\\b'"), ["a", "\\", "b"]);
        assert_eq!(shown("q = '''\na\nb'''"), ["a", "\n", "b"]);
        assert_eq!(shown("q = '''a''b'''"), ["a", "'", "'", "b"]);
        assert_eq!(shown(r#"q = "a\tb\u00e9\\x""#), ["a", r"\t", "b", r"\u00e9", r"\\", "x"]);
        assert_eq!(
            shown("q = \"\"\"\r\na\\\n   b\"\"\""),
            ["a\\\n   ", "b"],
            "what stands for nothing goes with what is before"
        );
        assert_eq!(shown("q = \"\"\"a\"\"b\\\"\"\"\""), ["a", "\"", "\"", "b", "\\\""]);
        assert_eq!(shown("q = \"\""), Vec::<String>::new());
    }
}
