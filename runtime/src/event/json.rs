//! Reads one line of JSON into values by slot.
//!
//! Most keys of an event are asked by no rule, and most bytes stand in strings that nobody reads. So one pass by vector
//! instructions ([`crate::simd`]) finds every unescaped quote and judges every escape; the walk below then jumps from quote
//! to quote, looks each key up once, and sees of a string only where it starts and ends. What stands between strings is
//! checked byte by byte, also where nothing is asked: the grammar of JSON is enforced for structure, numbers, literals,
//! escapes and UTF-8. Two leniencies: control characters may stand raw in strings, and keys may repeat (all values count).
//!
//! The walk keeps its own stack and refuses more than [`MAX_DEPTH`] levels.

use super::paths::{EdgeId, NodeId, Paths};
use super::values::{ESCAPED, FRACTION, Kind, NON_ASCII, Value, Values};
use crate::simd::{Index, Level};
use std::fmt;

/// How deeply arrays and objects may be nested.
pub(crate) const MAX_DEPTH: usize = 512;

/// Reads JSON events; holds the scratch that is reused from event to event.
#[derive(Debug)]
pub(crate) struct Decoder {
    level: Level,
    index: Index,
    stack: Vec<Frame>,
    key: Vec<u8>,
}

/// Why a line is not an event: what was found, and at which byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    kind: ErrorKind,
    offset: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ErrorKind {
    Empty,
    NotAnObject(&'static str),
    Expected(&'static str),
    Ended(&'static str),
    BadEscape,
    BadNumber,
    BadLiteral,
    TooDeep,
    TooLong,
    Trailing,
    NotUtf8,
}

impl DecodeError {
    /// Where in the line, in bytes from its start.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The line is not UTF-8; with U+FFFD in the place of what is not, it may be an event.
    pub(crate) fn is_not_utf8(&self) -> bool {
        self.kind == ErrorKind::NotUtf8
    }

    #[cold]
    fn new(kind: ErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ErrorKind::Empty => f.write_str("no JSON object here")?,
            ErrorKind::NotAnObject(found) => write!(f, "expected a JSON object, found {found}")?,
            ErrorKind::Expected(what) => write!(f, "expected {what}")?,
            ErrorKind::Ended(what) => write!(f, "ends within {what}")?,
            ErrorKind::BadEscape => f.write_str("invalid escape in a string")?,
            ErrorKind::BadNumber => f.write_str("invalid number")?,
            ErrorKind::BadLiteral => f.write_str("expected a value: a string, a number, `true`, `false`, `null`, an array or an object")?,
            ErrorKind::TooDeep => write!(f, "nested more than {MAX_DEPTH} levels deep")?,
            ErrorKind::TooLong => write!(f, "longer than {} bytes", super::MAX_TEXT)?,
            ErrorKind::Trailing => f.write_str("text after the end of the object")?,
            ErrorKind::NotUtf8 => f.write_str("not UTF-8")?,
        }
        write!(f, " (byte {})", self.offset)
    }
}

impl std::error::Error for DecodeError {}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder for this machine.
    pub(crate) fn new() -> Self {
        Self::with_level(Level::detect())
    }

    fn with_level(level: Level) -> Self {
        Self { level, index: Index::default(), stack: Vec::new(), key: Vec::new() }
    }

    /// Reads one line, which is one JSON object. `out` is reset first; after an error it is empty.
    ///
    /// A line that is not UTF-8 is refused ([`DecodeError::is_not_utf8`]): repair it and decode what results.
    pub(crate) fn decode(&mut self, line: &[u8], paths: &Paths, out: &mut Values) -> Result<(), DecodeError> {
        out.reset();
        if line.len() >= super::MAX_TEXT {
            return Err(DecodeError::new(ErrorKind::TooLong, super::MAX_TEXT));
        }
        self.index.fill(self.level, line);
        if self.index.has_high {
            check_utf8(line, self.index.marks())?;
        }
        let bad_escape = self.bad_escape(line);
        let walk = Walk { line, quotes: self.index.quotes(), marks: self.index.marks(), has_high: self.index.has_high, paths, out, key: &mut self.key };
        match (walk.run(&mut self.stack), bad_escape) {
            (Ok(()), None) => Ok(()),
            (Err(error), Some(at)) if at < error.offset => self.refuse(out, DecodeError::new(ErrorKind::BadEscape, at)),
            (Err(error), _) => self.refuse(out, error),
            (Ok(()), Some(at)) => self.refuse(out, DecodeError::new(ErrorKind::BadEscape, at)),
        }
    }

    #[cold]
    fn refuse(&mut self, out: &mut Values, error: DecodeError) -> Result<(), DecodeError> {
        out.reset();
        Err(error)
    }

    /// The first escape that JSON does not have; `\u` escapes are marked as not ASCII on the way.
    #[inline]
    fn bad_escape(&mut self, line: &[u8]) -> Option<usize> {
        let mut bad = self.index.bad_escape.map(|at| at as usize);
        if !self.index.unicode_escapes.is_empty() {
            for number in 0..self.index.unicode_escapes.len() {
                let at = self.index.unicode_escapes[number] as usize;
                let digits = line.get(at + 1..at + 5);
                if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                    bad = Some(bad.map_or(at, |bad| bad.min(at)));
                }
                self.index.mark_high(at);
            }
        }
        bad
    }
}

/// Refuses lines that are not UTF-8. Runs of bytes above 0x7f stand for themselves, so where they are few, they are checked
/// one by one; otherwise the line is checked as a whole.
#[cold]
fn check_utf8(line: &[u8], marks: &[[u64; 2]]) -> Result<(), DecodeError> {
    let refuse = |base: usize, error: std::str::Utf8Error| DecodeError::new(ErrorKind::NotUtf8, base + error.valid_up_to());
    let marks = &marks[..=line.len() / 64];
    let high: usize = marks.iter().map(|block| block[1].count_ones() as usize).sum();
    if high > 64 && high > line.len() / 32 {
        return std::str::from_utf8(line).map(|_| ()).map_err(|error| refuse(0, error));
    }
    let mut checked = 0;
    for (number, block) in marks.iter().enumerate() {
        let mut bits = block[1];
        while bits != 0 {
            let start = number * 64 + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            if start >= checked {
                let len = line[start..].iter().position(u8::is_ascii).unwrap_or(line.len() - start);
                checked = start + len;
                std::str::from_utf8(&line[start..checked]).map_err(|error| refuse(start, error))?;
            }
        }
    }
    Ok(())
}

/// An array or object that is open.
#[derive(Clone, Copy, Debug)]
struct Frame {
    /// Where its bracket stands.
    start: u32,
    /// The key whose value it is, or is part of.
    edge: EdgeId,
    /// The rank of that key's place.
    rank: u32,
    /// Where its keys are looked up, if it is an object.
    node: NodeId,
    is_array: bool,
}

struct Walk<'a> {
    line: &'a [u8],
    quotes: &'a [u32],
    marks: &'a [[u64; 2]],
    has_high: bool,
    paths: &'a Paths,
    out: &'a mut Values,
    key: &'a mut Vec<u8>,
}

/// What the walk looks for next.
enum Next {
    /// A key, or the end of the object if it is empty.
    FirstKey,
    /// A key.
    Key,
    /// A value.
    Value,
    /// What comes after a value: a comma or the end of the container.
    Comma,
}

impl Walk<'_> {
    fn run(mut self, stack: &mut Vec<Frame>) -> Result<(), DecodeError> {
        let wants_leaves = self.paths.wants_leaves();
        stack.clear();
        let mut at = self.skip_space(0);
        match self.byte(at) {
            Some(b'{') => at += 1,
            None => return Err(DecodeError::new(ErrorKind::Empty, at)),
            Some(found) => return Err(DecodeError::new(ErrorKind::NotAnObject(describe(found)), at)),
        }
        let mut quote = 0;
        // the innermost open container
        let mut open = Frame { start: 0, edge: EdgeId::NONE, rank: 0, node: NodeId::ROOT, is_array: false };
        // the key whose value comes next, and the rank of its place
        let (mut edge, mut rank) = (EdgeId::NONE, 0);
        let mut next = Next::FirstKey;
        loop {
            at = self.skip_space(at);
            match next {
                Next::FirstKey | Next::Key => {
                    match self.byte(at) {
                        Some(b'"') => {}
                        Some(b'}') if matches!(next, Next::FirstKey) => {
                            next = Next::Comma;
                            continue;
                        }
                        _ => return Err(self.expected("a key in quotes", at)),
                    }
                    let (start, end) = self.string(&mut quote, at)?;
                    at = self.skip_space(end + 1);
                    if self.byte(at) != Some(b':') {
                        return Err(self.expected("`:` after the key", at));
                    }
                    at += 1;
                    (edge, rank) = (EdgeId::NONE, 0);
                    if open.node != NodeId::DEAD {
                        edge = self.look_up(open.node, start, end);
                        rank = open.rank.wrapping_add(self.paths.edge(edge).add);
                    }
                    next = Next::Value;
                }
                Next::Value => {
                    let known = edge != EdgeId::NONE;
                    next = Next::Comma;
                    let Some(first) = self.byte(at) else { return Err(self.expected("a value", at)) };
                    let value = match first {
                        b'"' => {
                            let (start, end) = self.string(&mut quote, at)?;
                            at = end + 1;
                            if !known && !wants_leaves {
                                continue;
                            }
                            self.value(Kind::String, self.string_flags(start, end), start, end)
                        }
                        b'-' | b'0'..=b'9' => {
                            let (end, flags) = self.number(at)?;
                            let value = self.value(Kind::Number, flags, at, end);
                            at = end;
                            value
                        }
                        b'{' | b'[' => {
                            if stack.len() + 2 > MAX_DEPTH {
                                return Err(DecodeError::new(ErrorKind::TooDeep, at));
                            }
                            stack.push(open);
                            let node = self.paths.edge(edge).next;
                            open = Frame { start: self.value(Kind::Null, 0, at, at).start, edge, rank, node, is_array: first == b'[' };
                            at += 1;
                            if known {
                                for target in self.paths.targets(self.paths.edge(edge)) {
                                    self.out.open(target.slot, rank.wrapping_add(target.bias));
                                }
                            }
                            if first == b'{' {
                                next = Next::FirstKey;
                            } else {
                                at = self.skip_space(at);
                                next = Next::Value;
                                if self.byte(at) == Some(b']') {
                                    next = Next::Comma;
                                    self.put_null(edge, rank, at);
                                }
                            }
                            continue;
                        }
                        b't' => self.literal(&mut at, b"true", Kind::True)?,
                        b'f' => self.literal(&mut at, b"false", Kind::False)?,
                        b'n' => self.literal(&mut at, b"null", Kind::Null)?,
                        _ => return Err(DecodeError::new(ErrorKind::BadLiteral, at)),
                    };
                    if known {
                        for target in self.paths.targets(self.paths.edge(edge)) {
                            self.out.put(target.slot, rank.wrapping_add(target.bias), value);
                        }
                    }
                    if wants_leaves {
                        self.out.push_leaf(value);
                    }
                }
                Next::Comma => match self.byte(at) {
                    Some(b',') => {
                        at += 1;
                        next = if open.is_array { Next::Value } else { Next::Key };
                    }
                    Some(end @ (b'}' | b']')) if open.is_array == (end == b']') => {
                        at += 1;
                        let Some(outer) = stack.pop() else { break };
                        self.close(open, at);
                        open = outer;
                        // in an array the next value has the same key
                        (edge, rank) = (open.edge, open.rank);
                    }
                    _ => return Err(self.expected(if open.is_array { "`,` or `]`" } else { "`,` or `}`" }, at)),
                },
            }
        }
        at = self.skip_space(at);
        if at < self.line.len() { Err(DecodeError::new(ErrorKind::Trailing, at)) } else { Ok(()) }
    }

    /// An empty array reads as null: it holds no value.
    fn put_null(&mut self, edge: EdgeId, rank: u32, at: usize) {
        if edge != EdgeId::NONE {
            let null = self.value(Kind::Null, 0, at, at);
            for target in self.paths.targets(self.paths.edge(edge)) {
                self.out.put(target.slot, rank.wrapping_add(target.bias), null);
            }
        }
    }

    /// Containers are values of the slots that asked for them.
    #[inline]
    fn close(&mut self, frame: Frame, end: usize) {
        if frame.edge == EdgeId::NONE {
            return;
        }
        let kind = if frame.is_array { Kind::Array } else { Kind::Object };
        let value = self.value(kind, 0, frame.start as usize, end);
        for target in self.paths.targets(self.paths.edge(frame.edge)) {
            if target.container {
                self.out.put(target.slot, frame.rank.wrapping_add(target.bias), value);
            }
        }
    }

    #[inline]
    fn byte(&self, at: usize) -> Option<u8> {
        self.line.get(at).copied()
    }

    #[inline]
    fn skip_space(&self, mut at: usize) -> usize {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.byte(at) {
            at += 1;
        }
        at
    }

    /// The content of the string whose opening quote is at `at`: the next one in the index.
    #[inline]
    fn string(&self, quote: &mut usize, at: usize) -> Result<(usize, usize), DecodeError> {
        debug_assert_eq!(self.quotes[*quote] as usize, at);
        let end = self.quotes[*quote + 1] as usize;
        *quote += 2;
        if end >= self.line.len() {
            return Err(DecodeError::new(ErrorKind::Ended("a string"), at));
        }
        Ok((at + 1, end))
    }

    #[inline]
    fn look_up(&mut self, node: NodeId, start: usize, end: usize) -> EdgeId {
        let found = self.paths.find(node, self.line, start, end - start);
        if self.paths.is_unknown(node, found) {
            let escaped = self.string_flags(start, end) & ESCAPED != 0;
            let spaced = self.paths.is_spaceless(node) && self.line[start..end].contains(&b' ');
            if escaped || spaced {
                return self.look_up_rare(node, start, end);
            }
        }
        found
    }

    /// Keys that hold escapes or droppable spaces.
    #[cold]
    fn look_up_rare(&mut self, node: NodeId, start: usize, end: usize) -> EdgeId {
        self.key.clear();
        super::text::unescape_into(&self.line[start..end], self.key);
        self.paths.find_key(node, self.key)
    }

    #[inline]
    fn string_flags(&self, start: usize, end: usize) -> u8 {
        if start == end {
            return 0;
        }
        let (first, last) = (start / 64, (end - 1) / 64);
        let (low, high) = (!0 << (start % 64), !0 >> (63 - (end - 1) % 64));
        let column = |column: usize| {
            if first == last {
                return self.marks[first][column] & low & high;
            }
            let ends = self.marks[first][column] & low | self.marks[last][column] & high;
            self.marks[first + 1..last].iter().fold(ends, |bits, marks| bits | marks[column])
        };
        let mut flags = if column(0) == 0 { 0 } else { ESCAPED };
        if self.has_high && column(1) != 0 {
            flags |= NON_ASCII;
        }
        flags
    }

    /// The end of the number that starts here, and whether it is a plain integer. What may follow it is checked by the caller.
    #[inline]
    fn number(&self, start: usize) -> Result<(usize, u8), DecodeError> {
        let digits = |mut at: usize| {
            while let Some(b'0'..=b'9') = self.byte(at) {
                at += 1;
            }
            at
        };
        let negative = self.line[start] == b'-';
        let first = start + usize::from(negative);
        let mut at = digits(first);
        let bad = |at| Err(DecodeError::new(ErrorKind::BadNumber, at));
        if at == first || (self.line[first] == b'0' && at > first + 1) {
            return bad(start);
        }
        let mut flags = if negative && self.line[first] == b'0' { FRACTION } else { 0 };
        if self.byte(at) == Some(b'.') {
            let fraction = at + 1;
            at = digits(fraction);
            flags = FRACTION;
            if at == fraction {
                return bad(start);
            }
        }
        if let Some(b'e' | b'E') = self.byte(at) {
            let exponent = at + 1 + usize::from(matches!(self.byte(at + 1), Some(b'+' | b'-')));
            at = digits(exponent);
            flags = FRACTION;
            if at == exponent {
                return bad(start);
            }
        }
        Ok((at, flags))
    }

    #[inline]
    fn literal(&self, at: &mut usize, word: &[u8], kind: Kind) -> Result<Value, DecodeError> {
        let start = *at;
        *at += word.len();
        if self.line.get(start..*at) != Some(word) {
            return Err(DecodeError::new(ErrorKind::BadLiteral, start));
        }
        Ok(self.value(kind, 0, start, *at))
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, clippy::unused_self, reason = "places in a line fit: its length was checked")]
    fn value(&self, kind: Kind, flags: u8, start: usize, end: usize) -> Value {
        Value { kind, flags, start: start as u32, len: (end - start) as u32 }
    }

    #[cold]
    fn expected(&self, what: &'static str, at: usize) -> DecodeError {
        let kind = if at < self.line.len() { ErrorKind::Expected(what) } else { ErrorKind::Ended("the object") };
        DecodeError::new(kind, at)
    }
}

fn describe(first: u8) -> &'static str {
    match first {
        b'[' => "an array",
        b'"' => "a string",
        b'-' | b'0'..=b'9' => "a number",
        b't' | b'f' => "a boolean",
        b'n' => "null",
        _ => "something that is not JSON",
    }
}

#[cfg(test)]
mod tests;
