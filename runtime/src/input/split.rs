//! Objects one after another, in whatever layout: pretty-printed, several on a line, or the elements of an array.
//!
//! The splitter counts brackets outside strings. It does not judge what it finds; the decoder does. Two rules keep one
//! damaged object from swallowing the rest of the file: a string ends with its line (pretty-printers escape line ends), and a
//! `{` in the first column, where no value may stand, starts a new object.

use super::text::Sink;

/// How the events of a text follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// One on each line.
    Lines,
    /// Brackets tell.
    Objects,
}

/// What the first lines of a text say of its layout; none if more of it has to be read. `whole`: there is no more.
///
/// Lines are the rule, so a damaged first line must not be taken for the start of a pretty-printed object: if the next line
/// is an object by itself, in a place where no value may stand, these are lines.
pub(super) fn layout(text: &[u8], whole: bool) -> Option<Layout> {
    let mut lines = text.split_inclusive(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let finished = |line: &&[u8]| whole || line.ends_with(b"\n");
    let Some(first) = lines.next() else { return whole.then_some(Layout::Lines) };
    match first.trim_ascii_start().first() {
        Some(b'[') => return Some(Layout::Objects),
        Some(b'{') => {}
        Some(_) | None => return Some(Layout::Lines),
    }
    if !finished(&first) {
        return None;
    }
    let mut state = Brackets::default();
    let end = first.iter().position(|&byte| state.step(byte) && state.depth == 0);
    if let Some(end) = end {
        let several = first[end + 1..].trim_ascii_start().starts_with(b"{");
        return Some(if several { Layout::Objects } else { Layout::Lines });
    }
    if state.in_string {
        return Some(Layout::Lines);
    }
    let Some(second) = lines.next() else { return whole.then_some(Layout::Lines) };
    if !finished(&second) {
        return None;
    }
    let mut alone = Brackets::default();
    let second = second.trim_ascii();
    let is_object = second.starts_with(b"{")
        && second.iter().position(|&byte| alone.step(byte) && alone.depth == 0) == Some(second.len() - 1);
    Some(if is_object && !state.takes_value() { Layout::Lines } else { Layout::Objects })
}

/// Which brackets are open, byte by byte.
#[derive(Debug, Default)]
struct Brackets {
    depth: usize,
    /// Which of the innermost 128 brackets are arrays, the innermost lowest.
    arrays: u128,
    in_string: bool,
    escaped: bool,
    /// The last byte outside strings that is not space.
    last: u8,
}

impl Brackets {
    /// Takes the next byte; true if it closes a bracket.
    fn step(&mut self, byte: u8) -> bool {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => {
                self.depth += 1;
                self.arrays = self.arrays << 1 | u128::from(byte == b'[');
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                self.arrays >>= 1;
                self.last = byte;
                return true;
            }
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            self.last = byte;
        }
        false
    }

    /// Whether a value may follow here.
    fn takes_value(&self) -> bool {
        matches!(self.last, b':' | b'[') || self.last == b',' && self.arrays & 1 == 1
    }
}

/// Cuts a text that is read in pieces.
#[derive(Debug)]
pub(super) struct Splitter {
    at: usize,
    item: Option<Open>,
    brackets: Brackets,
    /// Within a top-level array.
    in_array: bool,
    line_start: bool,
}

/// The item that is being read.
#[derive(Debug)]
struct Open {
    /// None once it is too long to be held.
    start: Option<usize>,
    line: u64,
    /// Not in brackets: ends with the line.
    is_bare: bool,
}

impl Splitter {
    pub(super) fn new() -> Self {
        Self { at: 0, item: None, brackets: Brackets::default(), in_array: false, line_start: true }
    }

    /// Goes on over what was read; returns up to where it is done with the buffer.
    pub(super) fn split(&mut self, text: &[u8], whole: bool, line: &mut u64, sink: &mut Sink<'_>) -> usize {
        while let Some(&byte) = text.get(self.at) {
            if byte == b'\n' {
                *line += 1;
                self.brackets.in_string = false;
                self.brackets.escaped = false;
                if self.item.as_ref().is_some_and(|item| item.is_bare) {
                    self.close(self.at, sink);
                }
                self.line_start = true;
                self.at += 1;
                continue;
            }
            let line_start = std::mem::replace(&mut self.line_start, false);
            match &self.item {
                None => self.outside(byte, *line),
                Some(item) if item.is_bare => {
                    let in_string = self.brackets.in_string;
                    let ends = if self.in_array { matches!(byte, b',' | b']') } else { byte == b'{' };
                    if ends && !in_string {
                        self.close(self.at, sink);
                        continue;
                    }
                    self.brackets.step(byte);
                }
                Some(_) => {
                    if byte == b'{' && line_start && !self.brackets.in_string && !self.brackets.takes_value() {
                        self.close(self.at, sink);
                        continue;
                    }
                    if self.brackets.step(byte) && self.brackets.depth == 0 {
                        self.close(self.at + 1, sink);
                    }
                }
            }
            self.at += 1;
            if self.brackets.in_string && !self.brackets.escaped {
                let rest = &text[self.at..];
                self.at += memchr::memchr3(b'"', b'\\', b'\n', rest).unwrap_or(rest.len());
            }
        }
        if whole && self.item.is_some() {
            self.close(self.at, sink);
            sink.torn();
        } else if whole && std::mem::take(&mut self.in_array) {
            sink.unclosed(*line);
        }
        let at = self.at;
        match &mut self.item {
            Some(Open { start: Some(start), .. }) if at - *start <= sink.max_event => *start,
            Some(Open { start: start @ Some(_), line, .. }) => {
                *start = None;
                sink.too_long(*line);
                at
            }
            Some(_) | None => at,
        }
    }

    /// The first `cut` bytes of the buffer are gone.
    pub(super) fn rebase(&mut self, cut: usize) {
        self.at -= cut;
        if let Some(Open { start: Some(start), .. }) = &mut self.item {
            *start -= cut;
        }
    }

    /// Between items.
    fn outside(&mut self, byte: u8, line: u64) {
        match byte {
            b' ' | b'\t' | b'\r' => return,
            b'[' if !self.in_array => self.in_array = true,
            b']' if self.in_array => self.in_array = false,
            b',' if self.in_array => {}
            b'{' | b'[' => self.item = Some(Open { start: Some(self.at), line, is_bare: false }),
            _ => self.item = Some(Open { start: Some(self.at), line, is_bare: true }),
        }
        if self.item.is_some() {
            self.brackets = Brackets::default();
            self.brackets.step(byte);
        }
    }

    fn close(&mut self, end: usize, sink: &mut Sink<'_>) {
        if let Some(Open { start: Some(start), line, .. }) = self.item.take() {
            sink.item(start, end, line);
        }
        self.brackets = Brackets::default();
    }
}
