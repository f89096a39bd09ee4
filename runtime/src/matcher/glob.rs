//! Patterns for a whole text: literals, any run of characters, one character, one dash.

use super::bytes;

/// A piece of a [`super::values::Glob`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<L = &'static str> {
    /// This text.
    Literal(L),
    /// Any run of characters, newlines among them.
    AnyRun,
    /// Exactly one character (code point).
    AnyChar,
    /// One dash of the `windash` set: `-`, `/`, U+2013, U+2014, U+2015.
    Dash,
}

/// The same pieces, by reference.
pub(crate) fn borrowed<L: AsRef<str>>(pieces: &[Piece<L>]) -> Vec<Piece<&str>> {
    let pieces = pieces.iter().map(|piece| match piece {
        Piece::Literal(literal) => Piece::Literal(literal.as_ref()),
        Piece::AnyRun => Piece::AnyRun,
        Piece::AnyChar => Piece::AnyChar,
        Piece::Dash => Piece::Dash,
    });
    pieces.collect()
}

/// Whether the whole of `text` (UTF-8) matches.
///
/// Runs of pieces between `AnyRun`s are placed as far left as they fit, the last one at the end: linear in practice, and at worst
/// the product of the lengths.
pub(crate) fn matches<L: AsRef<str>>(pieces: &[Piece<L>], text: &[u8]) -> bool {
    if !bytes::contains(text, longest_literal(pieces).as_bytes()) {
        return false;
    }
    let mut runs = pieces.split(|piece| matches!(piece, Piece::AnyRun));
    let Some(first) = runs.next() else { return text.is_empty() };
    let Some(mut at) = match_here(first, text, 0) else { return false };
    let Some(last) = runs.next_back() else { return at == text.len() };
    for run in runs {
        let Some(after) = find(run, text, at) else { return false };
        at = after;
    }
    match_back(last, text).is_some_and(|start| start >= at)
}

/// The longest literal of a pattern; empty if it has none.
pub(crate) fn longest_literal<L: AsRef<str>>(pieces: &[Piece<L>]) -> &str {
    let literals = pieces.iter().filter_map(|piece| match piece {
        Piece::Literal(literal) => Some(literal.as_ref()),
        Piece::AnyRun | Piece::AnyChar | Piece::Dash => None,
    });
    literals.max_by_key(|literal| literal.len()).unwrap_or_default()
}

/// Matches a run at `at`; returns where it ends.
fn match_here<L: AsRef<str>>(run: &[Piece<L>], text: &[u8], mut at: usize) -> Option<usize> {
    for piece in run {
        let rest = text.get(at..)?;
        at += match piece {
            Piece::Literal(literal) => {
                rest.starts_with(literal.as_ref().as_bytes()).then_some(literal.as_ref().len())?
            }
            Piece::AnyChar => first_char_len(rest)?,
            Piece::Dash => leading_dash_len(rest)?,
            Piece::AnyRun => return None,
        };
    }
    Some(at)
}

/// Matches a run at the end of the text; returns where it starts.
fn match_back<L: AsRef<str>>(run: &[Piece<L>], text: &[u8]) -> Option<usize> {
    let mut end = text.len();
    for piece in run.iter().rev() {
        let rest = text.get(..end)?;
        end -= match piece {
            Piece::Literal(literal) => rest.ends_with(literal.as_ref().as_bytes()).then_some(literal.as_ref().len())?,
            Piece::AnyChar => last_char_len(rest)?,
            Piece::Dash => {
                let len = last_char_len(rest)?;
                (leading_dash_len(rest.get(end - len..)?)? == len).then_some(len)?
            }
            Piece::AnyRun => return None,
        };
    }
    Some(end)
}

/// The leftmost place at or after `from` where the run fits; returns where it ends.
fn find<L: AsRef<str>>(run: &[Piece<L>], text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        if let Some(Piece::Literal(literal)) = run.first() {
            at += memchr::memmem::find(text.get(at..)?, literal.as_ref().as_bytes())?;
        }
        if let Some(after) = match_here(run, text, at) {
            return Some(after);
        }
        at += first_char_len(text.get(at..)?)?;
    }
}

/// The length of the first character; bytes that are not UTF-8 count singly.
fn first_char_len(text: &[u8]) -> Option<usize> {
    let len = match text.first()? {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF7 => 4,
        _ => 1,
    };
    Some(len.min(text.len()))
}

fn last_char_len(text: &[u8]) -> Option<usize> {
    let continued = text.iter().rev().take(3).take_while(|b| **b & 0xC0 == 0x80).count();
    (!text.is_empty()).then_some((continued + 1).min(text.len()))
}

fn leading_dash_len(text: &[u8]) -> Option<usize> {
    match text {
        [b'-' | b'/', ..] => Some(1),
        [0xE2, 0x80, 0x93..=0x95, ..] => Some(3),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pieces: &[Piece], text: &str, expected: bool) {
        assert_eq!(matches(pieces, text.as_bytes()), expected, "{pieces:?} on {text:?}");
    }

    #[test]
    fn pieces_match_whole_texts() {
        use Piece::{AnyChar, AnyRun, Dash, Literal};
        check(&[Literal("a"), AnyRun, Literal("b")], "a\nx\nb", true);
        check(&[Literal("a"), AnyRun, Literal("b")], "ab", true);
        check(&[Literal("ab"), AnyRun, Literal("ba")], "aba", false);
        check(&[Literal("a"), AnyChar, Literal("b")], "a😀b", true);
        check(&[Literal("ab"), AnyChar], "ab", false);
        check(&[AnyRun], "", true);
        check(&[], "", true);
        check(&[], "x", false);
        check(&[AnyRun, AnyChar, AnyChar], "é", false);
        check(&[AnyRun, AnyChar, AnyChar], "xé", true);
        check(&[AnyRun, Literal(" "), Dash, Literal("f "), AnyRun], "cmd –f x", true);
        check(&[AnyRun, Literal(" "), Dash, Literal("f"), AnyRun], "a b -g -f", true);
        check(&[AnyRun, Dash], "x―", true);
        check(&[AnyRun, Literal("ab"), AnyRun, Literal("ab"), AnyRun], "xabab", true);
        check(&[AnyRun, Literal("ab"), AnyRun, Literal("ab"), AnyRun], "xab", false);
    }
}
