//! Strings and names in quotes: where they end, and what they stand for.

use logos::Lexer;

use super::{Findings, Kind};

const QUOTES_HELP: &str = "strings stand in double quotes: `\"text\"`";

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
pub(super) fn single(lexer: &mut Lexer<'_, Kind>) {
    let closed = to_quote(lexer, b'\'');
    let range = lexer.span();
    if closed {
        lexer.extras.push(range, "single quotes do not enclose a string", QUOTES_HELP);
    } else {
        lexer.extras.unclosed(range, 1, WRONG_AND_UNCLOSED, QUOTES_HELP);
    }
}

const WRONG_AND_UNCLOSED: &str = "this string is never closed, and its quote is of the wrong kind";

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
        lexer.extras.push(range, "curly quotes do not enclose a string", QUOTES_HELP);
    } else {
        lexer.extras.unclosed(range, '“'.len_utf8(), WRONG_AND_UNCLOSED, QUOTES_HELP);
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
            Err(message) => {
                let help = "write a backslash as `\\\\`, or the string with three quotes: `\"\"\"text\"\"\"`";
                findings.push(start..start + length, message, help);
            }
        }
        rest = escape.get(length..).unwrap_or_default();
    }
    decoded.push_str(rest);
    decoded
}

/// How long the escape at the start of a text is, and what it stands for ("String literals").
fn escape_at(text: &str) -> (usize, Result<char, String>) {
    let Some(letter) = text.chars().nth(1) else {
        return (text.len(), Err("a backslash ends the string".to_owned()));
    };
    let plain = match letter {
        't' => '\t',
        'n' => '\n',
        'r' => '\r',
        '"' | '\\' => letter,
        other if other.is_control() => return (1 + other.len_utf8(), Err("this escape does not exist".to_owned())),
        other => return (1 + other.len_utf8(), Err(format!("the escape `\\{other}` does not exist"))),
    };
    (2, Ok(plain))
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
    let quotes: &[char] = &['\'', '“', '”', '‘', '’', '„'];
    let text = token.strip_prefix(quotes).unwrap_or(token);
    (text.strip_suffix(quotes).unwrap_or(text).to_owned(), false)
}

/// The name that a token in backticks stands for.
pub(in super::super) fn decode_name(token: &str) -> String {
    let name = token.strip_prefix('`').unwrap_or(token);
    name.strip_suffix('`').unwrap_or(name).replace("``", "`")
}
