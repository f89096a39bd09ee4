//! Conditions cut into words.

use std::ops::Range;

/// Reads a text word by word.
#[derive(Clone)]
pub(super) struct Words<'t> {
    text: &'t str,
    at: usize,
}

/// A word and its place in the text.
#[derive(Clone, Copy)]
pub(super) struct Word<'t> {
    pub(super) kind: Kind,
    pub(super) text: &'t str,
    pub(super) at: At,
}

/// A byte range that can be copied.
#[derive(Clone, Copy)]
pub(super) struct At {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl From<At> for Range<usize> {
    fn from(at: At) -> Self {
        at.start..at.end
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a pattern, a number or a key word.
    Word,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `|`
    Bar,
    /// Nothing more.
    End,
}

impl Word<'_> {
    /// Whether it is this key word, in any case.
    pub(super) fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }
}

impl<'t> Words<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// Goes on reading at a byte.
    pub(super) fn seek(&mut self, at: usize) {
        self.at = at;
    }

    pub(super) fn peek(&self) -> Word<'t> {
        self.clone().next()
    }

    pub(super) fn next(&mut self) -> Word<'t> {
        let rest = &self.text[self.at..];
        let rest = rest.trim_start();
        let start = self.text.len() - rest.len();
        let (kind, length) = match rest.as_bytes().first() {
            None => (Kind::End, 0),
            Some(b'(') => (Kind::Open, 1),
            Some(b')') => (Kind::Close, 1),
            // two bars are the `or` of other languages
            Some(b'|') if rest.starts_with("||") => (Kind::Word, 2),
            Some(b'|') => (Kind::Bar, 1),
            Some(_) => (
                Kind::Word,
                rest.find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '|')).unwrap_or(rest.len()),
            ),
        };
        self.at = start + length;
        Word { kind, text: &rest[..length], at: At { start, end: start + length } }
    }
}
