//! Patterns with wildcards, tried at every place.

/// A piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// This character.
    Char(char),
    /// `?`: any one character.
    One,
    /// `*`: any characters.
    Many,
}

/// EQL: `*` and `?` are wildcards, and nothing escapes them.
pub fn eql(pattern: &str) -> Vec<Piece> {
    let piece = |c| match c {
        '*' => Piece::Many,
        '?' => Piece::One,
        c => Piece::Char(c),
    };
    pattern.chars().map(piece).collect()
}

/// Whether the whole text matches.
pub fn matches(pattern: &[Piece], text: &[char]) -> bool {
    match (pattern, text) {
        ([], text) => text.is_empty(),
        ([Piece::Many, rest @ ..], text) => (0..=text.len()).any(|skipped| matches(rest, &text[skipped..])),
        ([Piece::One, rest @ ..], [_, text @ ..]) => matches(rest, text),
        ([Piece::Char(wanted), rest @ ..], [c, text @ ..]) => wanted == c && matches(rest, text),
        (_, []) => false,
    }
}
