//! Text inputs: large reads into one buffer, cut where an event ends. The buffer changes hands with the batch's; only the
//! unfinished rest is copied.

use super::split::{self, Layout, Splitter};
use super::{Batch, Item, Options};
use std::fmt;
use std::io::{self, Read};

/// A text input that is being read.
pub(super) struct Text {
    input: Box<dyn Read + Send>,
    options: Options,
    /// What was read and not yet handed out: the first `filled` bytes.
    buffer: Vec<u8>,
    filled: usize,
    /// The buffer was searched for the end of a line up to here.
    searched: usize,
    /// The line at the start of the buffer, from 1.
    line: u64,
    mode: Mode,
    /// The rest of a line that is too long is being dropped.
    dropping: bool,
    ended: bool,
}

enum Mode {
    /// Not enough was read to tell.
    Unknown,
    Lines,
    Objects(Splitter),
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Text").field("line", &self.line).finish_non_exhaustive()
    }
}

impl Text {
    /// Reads `head` and then the input.
    pub(super) fn new(input: Box<dyn Read + Send>, head: Vec<u8>, options: Options) -> Self {
        let mode = if options.raw { Mode::Lines } else { Mode::Unknown };
        Self {
            input,
            options,
            filled: head.len(),
            buffer: head,
            searched: 0,
            line: 1,
            mode,
            dropping: false,
            ended: false,
        }
    }

    /// Reads until there is at least one item or the input ends. Returns whether there may be more, and how much was read.
    pub(super) fn fill(&mut self, batch: &mut Batch, next_index: &mut u64) -> (bool, u64) {
        let mut bytes = 0;
        loop {
            match self.read() {
                Ok(0) => self.ended = true,
                Ok(read) => bytes += read as u64,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    batch.break_off(Some(self.line), None, format!("cannot be read any further: {error}"));
                    self.ended = true;
                }
            }
            if matches!(self.mode, Mode::Unknown) {
                let text = &self.buffer[..self.filled];
                self.mode = match split::layout(text, self.ended || self.filled > self.options.max_event) {
                    None => continue,
                    Some(Layout::Lines) => Mode::Lines,
                    Some(Layout::Objects) => Mode::Objects(Splitter::new()),
                };
            }
            let mut sink = Sink { batch, next_index, max_event: self.options.max_event };
            let cut = match &mut self.mode {
                Mode::Objects(splitter) => {
                    let cut = splitter.split(&self.buffer[..self.filled], self.ended, &mut self.line, &mut sink);
                    splitter.rebase(cut);
                    cut
                }
                Mode::Lines | Mode::Unknown => self.cut_lines(&mut sink),
            };
            self.hand_over(cut, batch);
            if self.options.raw {
                wrap_lines(batch);
            }
            if self.ended || !batch.items.is_empty() || !batch.broken.is_empty() {
                return (!self.ended, bytes);
            }
        }
    }

    /// One read into the free part of the buffer, which grows while an event is unfinished.
    fn read(&mut self) -> io::Result<usize> {
        let wanted = self.options.batch_bytes.max(1 << 12);
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        if self.buffer.len() - self.filled < wanted / 4 {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let read = self.input.read(&mut self.buffer[self.filled..])?;
        self.filled += read;
        Ok(read)
    }

    /// Finds the lines in the buffer; returns where the last one ends.
    fn cut_lines(&mut self, sink: &mut Sink<'_>) -> usize {
        let text = &self.buffer[..self.filled];
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', &text[self.searched..]) {
            let end = self.searched + end;
            if self.dropping {
                self.dropping = false;
            } else {
                sink.line(text, start, end, self.line);
            }
            self.line += 1;
            start = end + 1;
        }
        if self.ended && start < text.len() && !self.dropping {
            sink.line(text, start, text.len(), self.line);
            sink.torn();
            start = text.len();
        }
        if text.len() - start > self.options.max_event && !self.dropping {
            sink.too_long(self.line);
            self.dropping = true;
        }
        if self.dropping {
            start = text.len();
        }
        self.searched = text.len() - start;
        start
    }

    /// Gives the buffer up to `cut` to the batch, if that has items in it, and keeps the rest.
    fn hand_over(&mut self, cut: usize, batch: &mut Batch) {
        let rest = self.filled - cut;
        if batch.items.is_empty() {
            self.buffer.copy_within(cut..self.filled, 0);
        } else {
            if batch.text.len() < rest {
                batch.text.resize(rest.max(self.options.batch_bytes), 0);
            }
            batch.text[..rest].copy_from_slice(&self.buffer[cut..self.filled]);
            std::mem::swap(&mut self.buffer, &mut batch.text);
        }
        self.filled = rest;
        // one long event does not keep its room for ever
        let usual = self.options.batch_bytes * 4;
        if self.buffer.len() > usual && rest < usual {
            self.buffer.truncate(usual);
            self.buffer.shrink_to_fit();
        }
    }
}

/// Takes the items that are found in the buffer.
pub(super) struct Sink<'a> {
    batch: &'a mut Batch,
    next_index: &'a mut u64,
    pub(super) max_event: usize,
}

impl Sink<'_> {
    /// The input ended within the last item.
    pub(super) fn torn(&mut self) {
        self.batch.torn = true;
    }

    /// An item at this place of the buffer.
    pub(super) fn item(&mut self, start: usize, end: usize, line: u64) {
        if end - start > self.max_event {
            return self.too_long(line);
        }
        let index = self.take_index();
        self.batch.items.push(Item { index, line, start, len: end - start });
    }

    /// An item that is not held in memory.
    pub(super) fn too_long(&mut self, line: u64) {
        let index = self.take_index();
        self.batch.break_off(Some(line), Some(index), format!("longer than {} bytes", self.max_event));
    }

    /// The input ended within an array, behind an element: what was cut off is not known.
    pub(super) fn unclosed(&mut self, line: u64) {
        self.batch.break_off(Some(line), None, "ends within an array: the rest may be missing");
    }

    /// A line: without the end of line; blank lines are no items.
    fn line(&mut self, text: &[u8], start: usize, end: usize, line: u64) {
        let end = if end > start && text[end - 1] == b'\r' { end - 1 } else { end };
        if text[start..end].iter().any(|byte| !byte.is_ascii_whitespace()) {
            self.item(start, end, line);
        }
    }

    fn take_index(&mut self) -> u64 {
        let index = *self.next_index;
        *self.next_index += 1;
        index
    }
}

/// Writes every line of the batch as an object with the field `message`.
fn wrap_lines(batch: &mut Batch) {
    let mut wrapped = Vec::with_capacity(batch.text.len() + batch.items.len() * 16);
    for item in &mut batch.items {
        let line = &batch.text[item.start..item.start + item.len];
        item.start = wrapped.len();
        wrapped.extend_from_slice(b"{\"message\":\"");
        for &byte in line {
            match byte {
                b'"' | b'\\' => wrapped.extend_from_slice(&[b'\\', byte]),
                // the decoder takes control characters as they are
                _ => wrapped.push(byte),
            }
        }
        wrapped.extend_from_slice(b"\"}");
        item.len = wrapped.len() - item.start;
    }
    batch.text = wrapped;
}
