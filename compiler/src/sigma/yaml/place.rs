//! Where a part of a scalar's text stands in the source.
//!
//! Messages about a condition or a modifier point at the word itself. A scalar's text differs from the source where it is escaped
//! or folded; text and source are then walked side by side. Where they cannot be matched (escapes within double quotes), the whole scalar is the place.

use std::ops::Range;

use super::{Scalar, Style};
use crate::source::{FileId, Span};

/// Maps byte ranges of a text to places in the source.
#[derive(Clone, Debug)]
pub struct Place {
    span: Span,
    map: Map,
}

#[derive(Clone, Debug)]
enum Map {
    /// The text stands there as it is, from this byte.
    Verbatim(usize),
    /// Where each byte of the text comes from, and where the last one ends.
    Walked(Vec<u32>),
    /// Unknown.
    Whole,
}

impl Place {
    /// A text that stands verbatim at a byte of a file.
    pub fn verbatim(file: FileId, start: usize, text: &str) -> Self {
        Self { span: Span::new(file, start, start + text.len()), map: Map::Verbatim(start) }
    }

    pub(super) fn of(scalar: &Scalar, source: &str) -> Self {
        let Span { start, end, .. } = scalar.span;
        let map = source.get(start as usize..end as usize).map_or(Map::Whole, |written| map(scalar, written));
        Self { span: scalar.span, map }
    }

    /// The place of a part of the text.
    pub fn at(&self, part: impl Into<Range<usize>>) -> Span {
        let part = part.into();
        match &self.map {
            Map::Verbatim(start) => Span::new(self.span.file, start + part.start, start + part.end),
            Map::Walked(from) => {
                let start = from.get(part.start).or(from.last()).copied().unwrap_or(self.span.start);
                // a part ends where its last byte ends, not where the next one starts: spaces may be folded in between
                let last = part.end.checked_sub(1).filter(|_| part.end > part.start).and_then(|last| from.get(last));
                let end = last.map_or(start, |last| last + 1);
                Span { file: self.span.file, start, end: end.max(start) }
            }
            Map::Whole => self.span,
        }
    }

    /// The place of the whole text.
    pub fn whole(&self) -> Span {
        self.span
    }
}

fn map(scalar: &Scalar, written: &str) -> Map {
    let Span { start, .. } = scalar.span;
    let at = start as usize;
    match scalar.style {
        Style::Plain if written == scalar.text => Map::Verbatim(at),
        Style::Single | Style::Double => {
            let inner = written.get(1..written.len().saturating_sub(1)).unwrap_or_default();
            match scalar.style {
                _ if inner == scalar.text => Map::Verbatim(at + 1),
                Style::Double if inner.contains('\\') => Map::Whole,
                _ => walk(&scalar.text, inner, start + 1),
            }
        }
        Style::Plain | Style::Block => walk(&scalar.text, written, start),
    }
}

/// Walks text and source side by side. A run of white space in one is a run of white space in the other, whatever its length; `''` is `'`.
fn walk(text: &str, written: &str, start: u32) -> Map {
    let (text, written) = (text.as_bytes(), written.as_bytes());
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    let mut from = Vec::with_capacity(text.len() + 1);
    let mut at = 0;
    let mut i = 0;
    while i < text.len() {
        let texts = text[i..].iter().take_while(|byte| blank(byte)).count();
        let writtens = written[at..].iter().take_while(|byte| blank(byte)).count();
        if texts > 0 || writtens > 0 {
            if texts > 0 && writtens == 0 && i + texts < text.len() {
                return Map::Whole;
            }
            from.extend(
                (0..texts).map(|offset| start.saturating_add(clamp(at + offset.min(writtens.saturating_sub(1))))),
            );
            i += texts;
            at += writtens;
            continue;
        }
        if written.get(at) != Some(&text[i]) {
            return Map::Whole;
        }
        from.push(start.saturating_add(clamp(at)));
        at += if text[i] == b'\'' && written.get(at + 1) == Some(&b'\'') && text.get(i + 1) != Some(&b'\'') {
            2
        } else {
            1
        };
        i += 1;
    }
    from.push(start.saturating_add(clamp(at)));
    Map::Walked(from)
}

fn clamp(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
