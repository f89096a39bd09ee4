//! Strings and names in quotes: where they end, and what they stand for.

use logos::Lexer;

use super::{Findings, Kind};

const OLD_HELP: &str = "strings stand in double quotes: `\"text\"`";

/// `"..."`; the opening quote is read.
pub(super) fn plain(lexer: &mut Lexer<'_, Kind>) {
    let closed = to_quote(lexer, b'"');
    let range = lexer.span();
    if !closed {
        let help = "add `\"` where it ends; a string ends on its line, write a line break in it as `\\n`";
        lexer.extras.unclosed(range, 1, "this string is never closed", help);
        return;
    }
    let text = lexer.slice();
    if text.contains('\\') {
        escapes(text.get(1..text.len() - 1).unwrap_or_default(), range.start + 1, &mut lexer.extras);
    }
}

/// `"""..."""`; the opening quotes are read. The string ends at the next three quotes; one or two more directly behind them belong to
/// its text: they are what it ends with.
pub(super) fn raw(lexer: &mut Lexer<'_, Kind>) {
    let rest = lexer.remainder().as_bytes();
    let mut at = 0;
    loop {
        match rest.get(at) {
            Some(b'"') if rest.get(at..at + 3) == Some(b"\"\"\"") => {
                let quotes = rest.iter().skip(at).take(5).take_while(|byte| **byte == b'"').count();
                lexer.bump(at + quotes);
                return;
            }
            None | Some(b'\n' | b'\r') => break,
            Some(_) => at += 1,
        }
    }
    lexer.bump(at);
    let range = lexer.span();
    let help = "add `\"\"\"` where it ends; a raw string ends on its line";
    lexer.extras.unclosed(range, 3, "this raw string is never closed", help);
}

/// `'...'`
pub(super) fn old(lexer: &mut Lexer<'_, Kind>) {
    let closed = to_quote(lexer, b'\'');
    let range = lexer.span();
    if closed {
        lexer.extras.push(range, "single quotes do not enclose a string", OLD_HELP);
    } else {
        lexer.extras.unclosed(range, 1, "this string is never closed, and its quote is of the wrong kind", OLD_HELP);
    }
}

/// `“...”` and the like, which word processors make of plain quotes.
pub(super) fn curly(lexer: &mut Lexer<'_, Kind>) {
    let rest = lexer.remainder();
    let stop = rest.char_indices().find(|(_, c)| matches!(c, '\n' | '\r' | '“' | '”' | '‘' | '’'));
    let close = stop.filter(|(_, c)| !matches!(c, '\n' | '\r'));
    let length = match (close, stop) {
        (Some((at, quote)), _) => at + quote.len_utf8(),
        (None, Some((at, _))) => at,
        (None, None) => rest.len(),
    };
    lexer.bump(length);
    let range = lexer.span();
    if close.is_some() {
        lexer.extras.push(range, "curly quotes do not enclose a string", OLD_HELP);
    } else {
        let length = '“'.len_utf8();
        lexer.extras.unclosed(
            range,
            length,
            "this string is never closed, and its quote is of the wrong kind",
            OLD_HELP,
        );
    }
}

/// `?"..."` and `?'...'`
pub(super) fn old_raw(lexer: &mut Lexer<'_, Kind>) {
    let quote = if lexer.slice().ends_with('\'') { b'\'' } else { b'"' };
    let closed = to_quote(lexer, quote);
    let range = lexer.span();
    let help = "raw strings stand in three double quotes: `\"\"\"text\"\"\"`";
    if closed {
        lexer.extras.push(range, "a question mark does not start a raw string any more", help);
    } else {
        lexer.extras.unclosed(range, 2, "this string is never closed, and its quote is of the wrong kind", help);
    }
}

/// `` `...` ``, with two backticks for one.
pub(super) fn quoted_name(lexer: &mut Lexer<'_, Kind>) {
    let rest = lexer.remainder().as_bytes();
    let mut at = 0;
    loop {
        match rest.iter().skip(at).position(|byte| *byte == b'`') {
            Some(ahead) if rest.get(at + ahead + 1) == Some(&b'`') => at += ahead + 2,
            Some(ahead) => {
                lexer.bump(at + ahead + 1);
                break;
            }
            None => {
                let line = lexer.remainder().split(['\n', '\r']).next().map_or(0, str::len);
                lexer.bump(line);
                let range = lexer.span();
                lexer.extras.unclosed(range, 1, "this name is never closed", "add a backtick where it ends");
                return;
            }
        }
    }
    let range = lexer.span();
    if range.len() == 2 {
        lexer.extras.push(range, "this name is empty", "write the name of a field between the backticks");
    }
}

/// Reads on behind the closing quote, or to the end of the line. Whether there was one?
fn to_quote(lexer: &mut Lexer<'_, Kind>, quote: u8) -> bool {
    let rest = lexer.remainder().as_bytes();
    let mut at = 0;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'\n' | b'\r' => break,
            b'\\' if rest.get(at + 1).is_some_and(|next| *next == b'\\' || *next == quote) => at += 2,
            byte if *byte == quote => {
                lexer.bump(at + 1);
                return true;
            }
            _ => at += 1,
        }
    }
    lexer.bump(at);
    false
}

/// What the text of a string stands for; what is wrong with its escapes goes to `findings`, with places from `offset` on.
fn escapes(text: &str, offset: usize, findings: &mut Findings) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        decoded.push_str(before);
        let start = offset + (text.len() - escape.len());
        let (length, stands_for) = escape_at(escape);
        match stands_for {
            Ok(c) => decoded.push(c),
            Err((message, help)) => findings.push(start..start + length, message, help),
        }
        rest = escape.get(length..).unwrap_or_default();
    }
    decoded.push_str(rest);
    decoded
}

/// How long the escape at the start of a text is, and what it stands for ("Escape characters in a string").
fn escape_at(text: &str) -> (usize, Result<char, (String, &'static str)>) {
    let Some(letter) = text.chars().nth(1) else {
        return (text.len(), Err(("a backslash ends the string".to_owned(), "write a backslash as `\\\\`")));
    };
    let plain = match letter {
        'b' => '\u{8}',
        't' => '\t',
        'n' => '\n',
        'f' => '\u{c}',
        'r' => '\r',
        '"' | '\'' | '\\' => letter,
        'u' => return unicode_escape(text),
        other => {
            let message = if other.is_control() {
                "this escape does not exist".to_owned()
            } else {
                format!("the escape `\\{other}` does not exist")
            };
            let help = "write a backslash as `\\\\`, or the string with three quotes: `\"\"\"text\"\"\"`";
            return (1 + other.len_utf8(), Err((message, help)));
        }
    };
    (2, Ok(plain))
}

/// `\u{200f}`: 2 to 8 hexadecimal digits.
fn unicode_escape(text: &str) -> (usize, Result<char, (String, &'static str)>) {
    const HELP: &str = "write 2 to 8 hexadecimal digits in braces: `\\u{200f}`";
    let Some(inner) = text.get(2..).and_then(|rest| rest.strip_prefix('{')) else {
        return (2, Err(("`\\u` is not followed by a character's number".to_owned(), HELP)));
    };
    let digits = inner.bytes().take_while(u8::is_ascii_hexdigit).count();
    let number = inner.get(..digits).unwrap_or_default();
    if inner.as_bytes().get(digits) != Some(&b'}') {
        return (3 + digits, Err(("this escape has no closing brace".to_owned(), HELP)));
    }
    let length = 3 + digits + 1;
    if !(2..=8).contains(&digits) {
        let many = if digits < 2 { "few" } else { "many" };
        return (length, Err((format!("this escape has too {many} digits"), HELP)));
    }
    match u32::from_str_radix(number, 16).ok().and_then(char::from_u32) {
        Some(c) => (length, Ok(c)),
        None => (length, Err((format!("`{number}` is not the number of a character"), HELP))),
    }
}

/// What the token of a string stands for, and whether it is a raw string.
pub(in super::super) fn decode(token: &str) -> (String, bool) {
    if let Some(text) = token.strip_prefix("\"\"\"") {
        return (text.strip_suffix("\"\"\"").unwrap_or(text).to_owned(), true);
    }
    if let Some(text) = token.strip_prefix('"') {
        let text = text.strip_suffix('"').unwrap_or(text);
        // what is wrong was said when the token was read
        return (escapes(text, 0, &mut Findings::default()), false);
    }
    let quotes: &[char] = &['\'', '"', '“', '”', '‘', '’', '„'];
    let text = token.strip_prefix('?').unwrap_or(token);
    let text = text.strip_prefix(quotes).unwrap_or(text);
    (text.strip_suffix(quotes).unwrap_or(text).to_owned(), token.starts_with('?'))
}

/// The name that a token in backticks stands for.
pub(in super::super) fn decode_name(token: &str) -> String {
    let name = token.strip_prefix('`').unwrap_or(token);
    name.strip_suffix('`').unwrap_or(name).replace("``", "`")
}
