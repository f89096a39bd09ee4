//! Source texts and places in them. Spans travel through every stage; text is fetched only when a diagnostic is rendered.
//!
//! Lines are looked up in an index of line starts that is built when a text is first asked for one: most texts never are.

use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

/// Which source text a span points into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A half-open byte range in one source text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Which text?
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `file`; offsets past `u32::MAX` saturate.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { file, start: clamp(start), end: clamp(end.max(start)) }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}..{}", self.file.0, self.start, self.end)
    }
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    /// What stands there.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Puts a value at a place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// A place as people count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// From 1, in characters (code points).
    pub column: usize,
}

/// One text handed to the compiler.
#[derive(Clone, Debug)]
pub struct Source {
    /// The name shown to people and written into generated code: relative, `/`-separated.
    pub path: String,
    /// The whole text.
    pub text: String,
    line_starts: OnceLock<Vec<u32>>,
}

impl Source {
    /// A text under a name.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into(), line_starts: OnceLock::new() }
    }

    /// The line and column of a byte. Offsets past the end, or inside a character, count as the nearest character before them.
    pub fn position(&self, byte: u32) -> Position {
        let byte = self.text.floor_char_boundary(byte as usize);
        let line = self.line_of(byte);
        let start = self.line_range(line).start;
        Position { line: line + 1, column: self.text[start..byte].chars().count() + 1 }
    }

    /// The bytes of the line (counted from 0) without its line break; an empty range at the end for lines that do not exist.
    pub fn line_range(&self, line: usize) -> Range<usize> {
        let starts = self.line_starts();
        let start = starts.get(line).map_or(self.text.len(), |&at| at as usize);
        let end = starts.get(line + 1).map_or(self.text.len(), |&at| at as usize);
        let text = &self.text[start..end];
        let text = text.strip_suffix('\n').unwrap_or(text);
        start..start + text.strip_suffix('\r').unwrap_or(text).len()
    }

    /// The line (counted from 0) that a byte is in.
    pub fn line_of(&self, byte: usize) -> usize {
        self.line_starts().partition_point(|&start| start as usize <= byte).saturating_sub(1)
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let breaks = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(breaks.filter_map(|(at, _)| u32::try_from(at + 1).ok())).collect()
        })
    }
}

/// All texts of one compilation, in the order of their paths.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// No texts yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text and returns its id.
    ///
    /// Ids are handed out in call order: add files sorted by path, so that the order of command-line arguments changes nothing.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(Source::new(path, text));
        id
    }

    /// The text behind an id.
    pub fn get(&self, id: FileId) -> Option<&Source> {
        self.files.get(id.0 as usize)
    }

    /// Where a span starts, as people count.
    pub fn position(&self, span: Span) -> Option<Position> {
        self.get(span.file).map(|source| source.position(span.start))
    }

    /// Every text with its id.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        self.files.iter().enumerate().map(|(at, file)| (FileId(u32::try_from(at).unwrap_or(u32::MAX)), file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let source = Source::new("a.yml", "a: é1\r\nb: ü2\n");
        let at = |byte| {
            let Position { line, column } = source.position(byte);
            (line, column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(5), (1, 5), "behind a two-byte character");
        assert_eq!(at(4), (1, 4), "inside it");
        assert_eq!(at(8), (2, 1));
        assert_eq!(at(15), (3, 1), "behind the last line break");
        assert_eq!(at(u32::MAX), (3, 1), "past the end");
        assert_eq!(&source.text[source.line_range(0)], "a: é1");
        assert_eq!(source.line_range(9), 15..15);
        assert_eq!(Source::new("empty.yml", "").position(0), Position { line: 1, column: 1 });
    }
}
