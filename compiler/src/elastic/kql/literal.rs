//! Resolves the escapes of literals.

use std::ops::Range;

use super::ast::Piece;
use super::lex::{char_at, is_special};

/// A mistake in a literal, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// A backslash that escapes nothing, outside of quotes.
    Backslash(Range<usize>),
    /// `\ud83d` without its other half.
    HalfCharacter(Range<usize>),
}

/// The text of a quoted string, whose content is `text[range]`.
///
/// `\\`, `\"`, `\t`, `\r`, `\n` and `\u` with four hex digits are escapes; any other backslash stands for itself, as in Kibana.
pub(super) fn quoted(text: &str, range: Range<usize>, problems: &mut Vec<Problem>) -> String {
    let mut result = String::with_capacity(range.len());
    let mut at = range.start;
    while let Some(c) = char_at(text, at).filter(|_| at < range.end) {
        let escaped = char_at(text, at + 1).filter(|_| c == '\\' && at + 1 < range.end);
        let (c, length) = match escaped {
            Some(escaped @ ('\\' | '"')) => (escaped, 2),
            Some(escaped) => common(text, at, escaped, problems).unwrap_or((c, 1)),
            None => (c, c.len_utf8()),
        };
        result.push(c);
        at += length;
    }
    result
}

/// The pieces of an unquoted literal. Whitespace at its ends is cut off, also if it was written as an escape, as in Kibana.
///
/// Escapes are a backslash in front of a special character or of `and`, `or`, `not`, and `\t`, `\r`, `\n`, and `\u` with four hex digits.
pub(super) fn unquoted(text: &str, range: Range<usize>, problems: &mut Vec<Problem>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut run = String::new();
    let mut at = range.start;
    while let Some(c) = char_at(text, at).filter(|_| at < range.end) {
        match c {
            '*' => {
                push_text(&mut pieces, &mut run);
                pieces.push(Piece::Any);
                at += 1;
            }
            '\\' => {
                let (resolved, length) = escape(text, at, range.end, problems);
                run.push_str(resolved.encode_utf8(&mut [0; 4]));
                at += length;
            }
            c => {
                run.push(c);
                at += c.len_utf8();
            }
        }
    }
    push_text(&mut pieces, &mut run);
    trim(&mut pieces);
    pieces
}

/// What the backslash at `at` and the characters behind it stand for, and how long that is. An escaped keyword is resolved by dropping its
/// backslash: the rest of the word follows as it is.
fn escape(text: &str, at: usize, end: usize, problems: &mut Vec<Problem>) -> (char, usize) {
    let rest = text.get(at + 1..end).unwrap_or_default();
    let word = |word: &str| rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    match rest.chars().next() {
        Some(c) if is_special(c) => (c, 2),
        // Decision: Kibana takes the `\n` of `\not` for a line break, although it writes this escape itself; a line break is hardly ever meant.
        Some(c) if word("not") && (c == 'N' || !char_at(rest, 3).is_some_and(char::is_alphanumeric)) => (c, 2),
        Some(c) if word("and") || word("or") => (c, 2),
        next => next.and_then(|c| common(text, at, c, problems)).unwrap_or_else(|| {
            problems.push(Problem::Backslash(at..at + 1));
            ('\\', 1)
        }),
    }
}

/// The escapes that quoted and unquoted literals share: the character, and the length of the escape at `at`.
fn common(text: &str, at: usize, escaped: char, problems: &mut Vec<Problem>) -> Option<(char, usize)> {
    match escaped {
        't' => Some(('\t', 2)),
        'r' => Some(('\r', 2)),
        'n' => Some(('\n', 2)),
        'u' => {
            let first = unit(text, at)?;
            if let Some(c) = char::from_u32(first) {
                return Some((c, 6));
            }
            // characters beyond U+FFFF are written as two halves, as in JavaScript
            let second = unit(text, at + 6).filter(|_| first < 0xdc00);
            let whole = second.and_then(|second| char::decode_utf16(halves(first, second)).next()?.ok());
            if whole.is_none() {
                problems.push(Problem::HalfCharacter(at..at + 6));
            }
            Some(whole.map_or((char::REPLACEMENT_CHARACTER, 6), |c| (c, 12)))
        }
        _ => None,
    }
}

fn halves(first: u32, second: u32) -> impl Iterator<Item = u16> {
    [first, second].into_iter().filter_map(|unit| u16::try_from(unit).ok())
}

/// The number of the escape `\u0041` at `at`.
fn unit(text: &str, at: usize) -> Option<u32> {
    let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

fn push_text(pieces: &mut Vec<Piece>, run: &mut String) {
    if !run.is_empty() {
        pieces.push(Piece::Text(std::mem::take(run)));
    }
}

fn trim(pieces: &mut Vec<Piece>) {
    if let Some(Piece::Text(first)) = pieces.first_mut() {
        *first = first.trim_start_matches(is_trimmed).to_owned();
        if first.is_empty() {
            pieces.remove(0);
        }
    }
    if let Some(Piece::Text(last)) = pieces.last_mut() {
        last.truncate(last.trim_end_matches(is_trimmed).len());
        if last.is_empty() {
            pieces.pop();
        }
    }
}

/// What is cut off at the ends of an unquoted literal: JavaScript's whitespace, more than what separates tokens.
pub(super) fn is_trimmed(c: char) -> bool {
    c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}')
}
