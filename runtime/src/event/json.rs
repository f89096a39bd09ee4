//! Reads one line of JSON into values by slot.
//!
//! Most keys of an event are asked by no rule, and most bytes stand in strings that nobody reads. So one pass by vector
//! instructions ([`crate::simd`]) finds every unescaped quote and judges every escape; the walk below then jumps from quote
//! to quote, looks each key up once, and sees of a string only where it starts and ends. What stands between strings is
//! checked byte by byte, also where nothing is asked: the grammar of JSON is enforced for structure, numbers, literals,
//! escapes and UTF-8. Two leniencies: control characters may stand raw in strings, and keys may repeat (all values count).
//!
//! The walk keeps its own stack and refuses more than [`MAX_DEPTH`] levels.

#![expect(clippy::inline_always, reason = "the hot loop is one function: measured")]

use super::known_keys::{Key, KnownKeys, Way};
use super::paths::{Edge, EdgeId, Node, NodeId, Paths};
use super::values::{ESCAPED, FRACTION, Kind, Leaf, ODD, Value, Values};
use crate::fold::fold_char;
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
    keys: Keys,
}

/// What looks keys up.
#[derive(Debug, Default)]
struct Keys {
    known: KnownKeys,
    /// A key without its escapes.
    unescaped: Vec<u8>,
    /// Where the last key led to that was not known.
    last: Way,
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
            ErrorKind::BadLiteral => {
                f.write_str("expected a value: a string, a number, `true`, `false`, `null`, an array or an object")?;
            }
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
        Self::with_level(Level::best())
    }

    fn with_level(level: Level) -> Self {
        Self { level, index: Index::default(), stack: Vec::new(), keys: Keys::default() }
    }

    /// Reads one line, which is one JSON object. `out` is reset first; after an error it is empty.
    ///
    /// What is not UTF-8 reads as U+FFFD: the values then point into a repaired copy of the line, see [`Values::text`].
    #[inline]
    pub(crate) fn decode(&mut self, line: &[u8], paths: &Paths, out: &mut Values) -> Result<(), DecodeError> {
        match self.decode_utf8(line, paths, out) {
            Err(DecodeError { kind: ErrorKind::NotUtf8, .. }) => {
                let repaired = String::from_utf8_lossy(line).into_owned().into_bytes();
                self.decode_utf8(&repaired, paths, out)?;
                out.own(repaired);
                Ok(())
            }
            result => result,
        }
    }

    fn decode_utf8(&mut self, line: &[u8], paths: &Paths, out: &mut Values) -> Result<(), DecodeError> {
        out.reset();
        if line.len() >= super::MAX_TEXT {
            return Err(DecodeError::new(ErrorKind::TooLong, super::MAX_TEXT));
        }
        self.keys.known.serve(paths);
        self.index.fill(self.level, line);
        if self.index.has_odd {
            self.index.has_odd = settle_odd(line, self.index.marks_mut())?;
        }
        let bad_escape = self.bad_escape(line);
        let text = Text {
            line,
            quotes: self.index.quotes(),
            marks: self.index.marks(),
            has_odd: self.index.has_odd,
            flags: u8::from(self.index.has_backslash) * ESCAPED,
        };
        let walked = match walk_flat(&text, paths, out, &mut self.keys) {
            None => Ok(()),
            Some(begun) => walk(text, begun, paths, out, &mut self.keys, &mut self.stack),
        };
        let error = match (walked, bad_escape) {
            (Ok(()), None) => return Ok(()),
            (Err(error), Some(at)) if error.offset <= at => error,
            (Err(error), None) => error,
            (Ok(()) | Err(_), Some(at)) => DecodeError::new(ErrorKind::BadEscape, at),
        };
        out.reset();
        Err(error)
    }

    /// The first escape that JSON does not have; `\u` and `\/` are marked as odd on the way.
    #[inline]
    fn bad_escape(&mut self, line: &[u8]) -> Option<usize> {
        let mut bad = self.index.bad_escape().map(|at| at as usize);
        if !self.index.odd_escapes().is_empty() {
            for number in 0..self.index.odd_escapes().len() {
                let at = self.index.odd_escapes()[number] as usize;
                let digits = line.get(at + 1..at + 5);
                if line.get(at) == Some(&b'u') && !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
                {
                    bad = Some(bad.map_or(at, |bad| bad.min(at)));
                }
                self.index.mark_odd(at);
            }
        }
        bad
    }
}

/// Refuses lines that are not UTF-8, and takes the marks off characters that fold to themselves: most that are no ASCII do (the `®` of product names). Returns
/// whether marks are left.
#[cold]
fn settle_odd(line: &[u8], marks: &mut [[u64; 2]]) -> Result<bool, DecodeError> {
    let refuse =
        |base: usize, error: std::str::Utf8Error| DecodeError::new(ErrorKind::NotUtf8, base + error.valid_up_to());
    let high: usize = marks.iter().map(|block| block[1].count_ones() as usize).sum();
    // runs of bytes above 0x7f stand for themselves: where they are few, they are checked one by one, otherwise the line is checked as a whole
    let is_dense = high > 64 && high > line.len() / 32;
    let whole = if is_dense { Some(std::str::from_utf8(line).map_err(|error| refuse(0, error))?) } else { None };
    let (mut is_left, mut checked) = (false, 0);
    for number in 0..marks.len() {
        let mut bits = marks[number][1];
        while bits != 0 {
            let start = number * 64 + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            if start < checked {
                continue;
            }
            let len = line[start..].iter().position(u8::is_ascii).unwrap_or(line.len() - start);
            checked = start + len;
            let folds_to_itself = match (whole, &line[start..checked]) {
                // a control character is no run
                (_, []) => false,
                // most runs are one character of two bytes
                (_, &[first @ 0xc2..=0xdf, second @ 0x80..=0xbf]) => {
                    let c = char::from_u32(u32::from(first & 0x1f) << 6 | u32::from(second & 0x3f));
                    c.is_some_and(|c| fold_char(c) == c)
                }
                (Some(text), _) => text[start..checked].chars().all(|c| fold_char(c) == c),
                (None, run) => {
                    let run = std::str::from_utf8(run).map_err(|error| refuse(start, error))?;
                    run.chars().all(|c| fold_char(c) == c)
                }
            };
            if folds_to_itself {
                (start..checked).for_each(|at| marks[at / 64][1] &= !(1 << (at % 64)));
            } else {
                is_left = true;
            }
        }
    }
    Ok(is_left)
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

/// A line and what the first pass found in it. Small and copied, so that its parts stay in registers.
#[derive(Clone, Copy)]
struct Text<'a> {
    line: &'a [u8],
    quotes: &'a [u32],
    marks: &'a [[u64; 2]],
    has_odd: bool,
    /// The flags of strings that are not odd.
    flags: u8,
}

/// Reads the plain members at the beginning of an event: of some events, that is all. Else returns where they end.
#[inline]
fn walk_flat(text: &Text<'_>, paths: &Paths, out: &mut Values, keys: &mut Keys) -> Option<Plain> {
    if pair(text.line, 0) != *b"{\"" {
        return Some(Plain { quote: 0, end: None });
    }
    let plain = plain_members(text, paths, NodeId::ROOT, 0, 0, out, keys);
    let is_all = plain.end.is_some_and(|end| text.line.get(end..) == Some(b"}"));
    if is_all { None } else { Some(plain) }
}

/// Reads an event of which so much was read before.
#[inline(never)]
fn walk(
    text: Text<'_>,
    begun: Plain,
    paths: &Paths,
    out: &mut Values,
    keys: &mut Keys,
    stack: &mut Vec<Frame>,
) -> Result<(), DecodeError> {
    let wants_leaves = paths.wants_leaves();
    stack.clear();
    let mut at = text.skip_space(0);
    if at >= text.line.len() {
        return Err(DecodeError::new(ErrorKind::Empty, at));
    }
    if text.byte(at) != b'{' {
        return Err(DecodeError::new(ErrorKind::NotAnObject(describe(text.byte(at))), at));
    }
    at = text.skip_space(at + 1);
    // how many quotes of the index lie behind, and the end of what was read before
    let Plain { mut quote, end: mut behind } = begun;
    // the innermost open container, and whether it was just opened and is closed at once
    let mut open = Frame { start: 0, edge: EdgeId::NONE, rank: 0, node: NodeId::ROOT, is_array: false };
    let mut is_empty = text.byte(at) == b'}';
    // the key whose value comes next, and the rank of its place
    let (mut edge, mut rank) = (EdgeId::NONE, 0);
    'container: loop {
        'member: {
            if is_empty {
                break 'member;
            }
            if let Some(end) = behind.take() {
                at = end;
                break 'member;
            }
            if !open.is_array {
                if text.byte(at) != b'"' {
                    return Err(expected(text.line, "a key in quotes", at));
                }
                let plain = plain_members(&text, paths, open.node, open.rank, quote, out, keys);
                quote = plain.quote;
                if let Some(end) = plain.end {
                    at = end;
                    break 'member;
                }
                let (start, end) = text.string(&mut quote)?;
                at = text.skip_space(end + 1);
                if text.byte(at) != b':' {
                    return Err(expected(text.line, "`:` after the key", at));
                }
                at = text.skip_space(at + 1);
                edge = look_up(&text, paths, paths.node(open.node), start, end, &mut keys.unescaped);
                rank = open.rank.wrapping_add(paths.edge(edge).add);
            }
            let known = edge != EdgeId::NONE;
            let first = text.byte(at);
            let value = if first == b'"' {
                let (start, end) = text.string(&mut quote)?;
                at = end + 1;
                let flags = if known || wants_leaves { text.string_flags(start, end) } else { 0 };
                value(Kind::String, flags, start, end)
            } else if matches!(first, b'-' | b'0'..=b'9') {
                let (end, flags) = text.number(at)?;
                let value = value(Kind::Number, flags, at, end);
                at = end;
                value
            } else if matches!(first, b'{' | b'[') {
                if stack.len() + 2 > MAX_DEPTH {
                    return Err(DecodeError::new(ErrorKind::TooDeep, at));
                }
                if known {
                    for target in paths.targets(paths.edge(edge)) {
                        out.open(target.slot, rank.wrapping_add(target.bias));
                    }
                }
                stack.push(open);
                let start = value(Kind::Null, 0, at, at).start;
                open = Frame { start, edge, rank, node: paths.edge(edge).next, is_array: first == b'[' };
                at = text.skip_space(at + 1);
                is_empty = text.byte(at) == if open.is_array { b']' } else { b'}' };
                if is_empty && known && open.is_array {
                    // an empty array reads as null: it holds no value
                    put(paths, paths.edge(edge), rank, value(Kind::Null, 0, at, at), out);
                }
                continue 'container;
            } else {
                let value = literal(text.line, at)?;
                at += value.len as usize;
                value
            };
            if known {
                put(paths, paths.edge(edge), rank, value, out);
            }
            if known || wants_leaves {
                out.push_leaf(value, edge);
            }
        }
        is_empty = false;
        loop {
            at = text.skip_space(at);
            let byte = text.byte(at);
            if byte == b',' {
                at = text.skip_space(at + 1);
                break;
            }
            if byte != if open.is_array { b']' } else { b'}' } {
                return Err(expected(text.line, if open.is_array { "`,` or `]`" } else { "`,` or `}`" }, at));
            }
            at += 1;
            let Some(outer) = stack.pop() else { return end(text.line, at) };
            // what an array holds is its part, not another value of its key
            if open.edge != EdgeId::NONE && !(outer.is_array && outer.edge == open.edge) {
                close(open, at, paths, out);
            }
            // in an array the next value has the same key
            (open, edge, rank) = (outer, outer.edge, outer.rank);
        }
    }
}

/// Where [`plain_members`] ended.
#[derive(Clone, Copy)]
struct Plain {
    /// How many quotes of the index lie behind.
    quote: usize,
    /// Behind the last value, if something other than a member follows; else the next member is of another form.
    end: Option<usize>,
}

/// Reads members of an object of the form `"key":"text"` or `"key":-123` without space, one after the other: most are. A function of its own, so that what it needs
/// stays in registers.
#[inline(never)]
fn plain_members(
    text: &Text<'_>,
    paths: &Paths,
    id: NodeId,
    rank: u32,
    quote: usize,
    out: &mut Values,
    keys: &mut Keys,
) -> Plain {
    let line = text.line;
    let wants_leaves = paths.wants_leaves();
    let mut quotes = text.quotes.get(quote..).unwrap_or_default();
    let mut end = None;
    while let [key_open, key_end, value_open, value_end, ..] = *quotes {
        let Some([b':', first]) = chunk(line, key_end + 1) else { break };
        // where the next member starts is told by a branch, which is foreseen, and not computed: all else waits for it
        let (kind, flags, from, to, behind, rest) = if *first == b'"' {
            let from = value_open + 1;
            let flags = if text.has_odd { text.string_flags(from as usize, value_end as usize) } else { text.flags };
            (Kind::String, flags, from, value_end, value_end + 1, &quotes[4..])
        } else {
            let from = key_end + 2;
            let digits = from + u32::from(*first == b'-');
            let to = skip_digits(line, digits as usize);
            // a zero stands alone, and without a sign
            let is_number =
                to > digits as usize && (line.get(digits as usize) != Some(&b'0') || to == from as usize + 1);
            if !is_number || !matches!(line.get(to), Some(b',' | b'}')) {
                break;
            }
            (Kind::Number, 0, from, place(to), place(to), &quotes[2..])
        };
        // of a string that is not closed, the end is that of the line
        let next = match chunk(line, behind) {
            Some(next) => *next,
            None if to as usize >= line.len() => break,
            None => [0; 2],
        };
        let value = Value { kind, flags, start: from, len: to - from };
        let key_start = key_open + 1;
        let way = match key_at(line, id, key_start, key_end).and_then(|key| keys.known.find(&key)) {
            Some(way) => way,
            None => look_up_first(text, paths, id, key_start, key_end, keys),
        };
        if wants_leaves || way.edge != EdgeId::NONE {
            out.push_leaf(value, way.edge);
        }
        // nobody foresees whether rules ask for a key, so no branch depends on it
        out.put_later(way.slot, rank.wrapping_add(way.add));
        if way.feeds_several {
            put_last(paths, way.edge, rank, out);
        }
        quotes = rest;
        if next != *b",\"" {
            end = Some(behind as usize);
            break;
        }
    }
    out.put_waiting();
    Plain { quote: text.quotes.len() - quotes.len(), end }
}

/// Adds the last leaf to all slots that its key feeds.
#[cold]
#[inline(never)]
fn put_last(paths: &Paths, edge: EdgeId, rank: u32, out: &mut Values) {
    out.put_waiting();
    let Some(Leaf { value, .. }) = out.leaves().last().copied() else { return };
    let edge = paths.edge(edge);
    put(paths, edge, rank.wrapping_add(edge.add), value, out);
}

/// The key of a node that stands here, if it is not too long to be known.
#[inline(always)]
fn key_at(line: &[u8], id: NodeId, start: u32, end: u32) -> Option<Key> {
    Key::new(id, chunk(line, start)?, (end - start) as usize)
}

/// Looks up a key that is not known, and keeps where it leads to if it is not too long.
#[inline(never)]
fn look_up_first<'k>(text: &Text<'_>, paths: &Paths, id: NodeId, start: u32, end: u32, keys: &'k mut Keys) -> &'k Way {
    let edge = look_up(text, paths, paths.node(id), start as usize, end as usize, &mut keys.unescaped);
    keys.last = paths.way(edge);
    if let Some(key) = key_at(text.line, id, start, end) {
        keys.known.keep(key, keys.last);
    }
    &keys.last
}

#[inline(always)]
fn put(paths: &Paths, edge: &Edge, rank: u32, value: Value, out: &mut Values) {
    if let Some((slot, bias)) = edge.only_target() {
        out.put(slot, rank.wrapping_add(bias), value);
    } else {
        for target in paths.targets(edge) {
            out.put(target.slot, rank.wrapping_add(target.bias), value);
        }
    }
}

/// Containers are values of the slots that asked for them.
fn close(frame: Frame, end: usize, paths: &Paths, out: &mut Values) {
    let kind = if frame.is_array { Kind::Array } else { Kind::Object };
    let value = value(kind, 0, frame.start as usize, end);
    for target in paths.targets(paths.edge(frame.edge)) {
        if target.container {
            out.put(target.slot, frame.rank.wrapping_add(target.bias), value);
        }
    }
}

#[inline(always)]
fn look_up(text: &Text<'_>, paths: &Paths, node: Option<&Node>, start: usize, end: usize, key: &mut Vec<u8>) -> EdgeId {
    let Some(node) = node else { return EdgeId::NONE };
    let found = paths.find(node, text.line, start, end - start);
    if found == EdgeId::NONE && (node.is_spaceless() || text.has_backslash(start, end)) {
        return look_up_rare(&text.line[start..end], paths, node, key);
    }
    if found == EdgeId::NONE { node.any() } else { found }
}

/// Keys that hold escapes or spaces that do not count.
#[cold]
#[inline(never)]
fn look_up_rare(raw: &[u8], paths: &Paths, node: &Node, key: &mut Vec<u8>) -> EdgeId {
    key.clear();
    super::text::unescape_into(raw, key);
    paths.find_key(node, key)
}

impl Text<'_> {
    /// The byte here; 0, which JSON nowhere allows outside strings, at the end.
    #[inline(always)]
    fn byte(self, at: usize) -> u8 {
        self.line.get(at).copied().unwrap_or(0)
    }

    #[inline(always)]
    fn skip_space(self, at: usize) -> usize {
        if self.byte(at) > b' ' { at } else { skip_some_space(self.line, at) }
    }

    /// The content of the string whose opening quote is the next in the index.
    #[inline(always)]
    fn string(self, quote: &mut usize) -> Result<(usize, usize), DecodeError> {
        let ends = self.quotes.get(*quote..).and_then(<[u32]>::first_chunk::<2>);
        let [start, end] = ends.map_or([0, u32::MAX], |ends| *ends);
        *quote += 2;
        if end as usize >= self.line.len() {
            return Err(DecodeError::new(ErrorKind::Ended("a string"), start as usize));
        }
        Ok((start as usize + 1, end as usize))
    }

    /// Whether there is a backslash in this range; of long ranges it may say so without there being one.
    #[inline(always)]
    fn has_backslash(self, start: usize, end: usize) -> bool {
        let (block, shift) = (start / 64, start % 64);
        let Some([this, next]) = self.marks.get(block..).and_then(<[[u64; 2]]>::first_chunk::<2>) else { return true };
        let bits = this[0] >> shift | next[0] << 1 << (63 - shift);
        let len = end - start;
        len >= 64 || bits & ((1 << len) - 1) != 0
    }

    #[inline(always)]
    fn string_flags(self, start: usize, end: usize) -> u8 {
        if self.has_odd { self.flags | self.odd_flag(start, end) } else { self.flags }
    }

    /// Whether the string is odd, as a flag: whether one of its bytes is marked.
    #[inline(never)]
    fn odd_flag(self, start: usize, end: usize) -> u8 {
        let (from, to) = (start / 64, end / 64);
        for number in from..=to {
            let Some([_, odd]) = self.marks.get(number) else { return ODD };
            // the range is cut out of its first and last block
            let below = if number == from { !0 << (start % 64) } else { !0 };
            let above = if number == to { (1 << (end % 64)) - 1 } else { !0 };
            if odd & below & above != 0 {
                return ODD;
            }
        }
        0
    }

    /// The end of the number that starts here, and its flags. What may follow it is checked by the caller.
    #[inline(always)]
    fn number(self, start: usize) -> Result<(usize, u8), DecodeError> {
        let negative = self.byte(start) == b'-';
        let first = start + usize::from(negative);
        let end = skip_digits(self.line, first);
        let leading_zero = self.byte(first) == b'0';
        if end == first || (leading_zero && end > first + 1) {
            return Err(DecodeError::new(ErrorKind::BadNumber, start));
        }
        if matches!(self.byte(end), b'.' | b'e' | b'E') {
            return fraction(self.line, start, end);
        }
        Ok((end, if negative && leading_zero { FRACTION } else { 0 }))
    }
}

/// Two bytes; 0 past the end.
#[inline(always)]
fn pair(line: &[u8], at: usize) -> [u8; 2] {
    line.get(at..).and_then(<[u8]>::first_chunk::<2>).copied().unwrap_or_default()
}

/// The bytes from a place of a line on, if there are so many. A number of 32 bits, since the sum cannot overflow then: one compare.
#[inline(always)]
fn chunk<const N: usize>(line: &[u8], at: u32) -> Option<&[u8; N]> {
    let at = at as usize;
    line.get(at..at + N).and_then(|bytes| bytes.try_into().ok())
}

/// Where the digits end that may stand here. Without a branch for each: how many there are is not foreseen.
#[inline]
fn skip_digits(line: &[u8], mut at: usize) -> usize {
    while let Some(eight) = line.get(at..).and_then(<[u8]>::first_chunk) {
        // zero to nine, if it was a digit
        let bytes = u64::from_le_bytes(*eight) ^ 0x3030_3030_3030_3030;
        let others = (((bytes & 0x7f7f_7f7f_7f7f_7f7f) + 0x7676_7676_7676_7676) | bytes) & 0x8080_8080_8080_8080;
        at += others.trailing_zeros() as usize / 8;
        if others != 0 {
            return at;
        }
    }
    at + line.get(at..).map_or(0, |rest| rest.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

#[inline(never)]
fn skip_some_space(line: &[u8], at: usize) -> usize {
    let rest = line.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count()
}

/// The part of a number behind its integer, which ends at `at`.
#[inline(never)]
fn fraction(line: &[u8], start: usize, mut at: usize) -> Result<(usize, u8), DecodeError> {
    let byte = |at: usize| line.get(at).copied().unwrap_or(0);
    let mut is_bad = false;
    let mut digits = |mut at: usize| {
        is_bad |= !byte(at).is_ascii_digit();
        while byte(at).is_ascii_digit() {
            at += 1;
        }
        at
    };
    if byte(at) == b'.' {
        at = digits(at + 1);
    }
    if matches!(byte(at), b'e' | b'E') {
        at = digits(at + 1 + usize::from(matches!(byte(at + 1), b'+' | b'-')));
    }
    if is_bad { Err(DecodeError::new(ErrorKind::BadNumber, start)) } else { Ok((at, FRACTION)) }
}

#[inline(never)]
fn literal(line: &[u8], at: usize) -> Result<Value, DecodeError> {
    let rest = line.get(at..).unwrap_or_default();
    for (word, kind) in [("true", Kind::True), ("false", Kind::False), ("null", Kind::Null)] {
        if rest.starts_with(word.as_bytes()) {
            return Ok(value(kind, 0, at, at + word.len()));
        }
    }
    Err(if rest.is_empty() { expected(line, "a value", at) } else { DecodeError::new(ErrorKind::BadLiteral, at) })
}

/// Only space may follow the object.
fn end(line: &[u8], at: usize) -> Result<(), DecodeError> {
    let at = skip_some_space(line, at);
    if at < line.len() { Err(DecodeError::new(ErrorKind::Trailing, at)) } else { Ok(()) }
}

#[cold]
fn expected(line: &[u8], what: &'static str, at: usize) -> DecodeError {
    let kind = if at < line.len() { ErrorKind::Expected(what) } else { ErrorKind::Ended("the object") };
    DecodeError::new(kind, at)
}

#[inline]
fn value(kind: Kind, flags: u8, start: usize, end: usize) -> Value {
    Value { kind, flags, start: place(start), len: place(end - start) }
}

/// A place in a line.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "places in a line fit: its length was checked")]
fn place(at: usize) -> u32 {
    at as u32
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
