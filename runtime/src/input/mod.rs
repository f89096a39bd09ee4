//! From files and standard input to events, each with its number.
//!
//! A [`Reader`] fills one [`Batch`] after the other. A batch owns its text, so it can be handed to a worker thread and come
//! back to be filled again; batches come in the order of the inputs, and every event carries its index, so results can be put
//! back in order.
//!
//! What a file holds is found out, not asked: one JSON object a line; objects one after another in any layout; an array of
//! objects; a Windows event log (`.evtx`, feature `evtx`). With [`Options::raw`] every line is one event with the single
//! field `message`.
//!
//! **The index** counts every input item from 0 over all inputs: each line that is not blank, each object, each record, also
//! the broken ones. So it is a position, and a broken line does not shift the events after it.
//!
//! Reading never fails as a whole. An input that cannot be read, a line that is too long, a damaged record: each becomes one
//! [`Broken`], and the reader goes on.

#[cfg(feature = "evtx")]
mod evtx;
mod split;
mod text;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

/// Where events come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Stdin => f.write_str("standard input"),
        }
    }
}

/// How to read.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Every line is one event `{"message": line}`, whatever it holds.
    pub raw: bool,
    /// Longer events are reported and skipped; they are never held in memory as a whole.
    pub max_event: usize,
    /// About how many bytes a batch should have.
    pub batch_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { raw: false, max_event: 64 << 20, batch_bytes: 1 << 18 }
    }
}

/// Events of one input, in order.
#[derive(Debug, Default)]
pub struct Batch {
    source: Arc<str>,
    place: usize,
    positions: u64,
    torn: bool,
    text: Vec<u8>,
    items: Vec<Item>,
    broken: Vec<Broken>,
}

/// Where an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its position among all input items, from 0.
    pub index: u64,
    /// The line on which it starts, from 1; for `.evtx` files the number of the record in the file.
    pub line: u64,
    start: usize,
    len: usize,
}

/// Something in the input that is not an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The input's name.
    pub source: Arc<str>,
    /// The line on which it starts, or the number of the record; none if the input as a whole is meant.
    pub line: Option<u64>,
    /// Its position among all input items, if it has one.
    pub index: Option<u64>,
    /// What is wrong, in words.
    pub reason: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.source, self.reason),
            None => write!(f, "{}: {}", self.source, self.reason),
        }
    }
}

impl Batch {
    /// The name of the input that the events are from.
    pub fn source(&self) -> &Arc<str> {
        &self.source
    }

    /// The place of that input among the inputs, from 0.
    pub fn place(&self) -> usize {
        self.place
    }

    /// How many items of the input it covers, broken ones among them.
    pub fn positions(&self) -> u64 {
        self.positions
    }

    /// Whether the input ends with this batch, within its last item: no end of the line or of the object was seen, so more of it may be written yet.
    pub fn is_torn(&self) -> bool {
        self.torn
    }

    /// The events and their text, which is meant to be JSON; whether it is, the decoder finds out.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = (Item, &[u8])> {
        self.items.iter().map(|item| (*item, &self.text[item.start..item.start + item.len]))
    }

    /// The number of events.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// No events; there may still be [`Batch::broken`] items.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// What the reader already found to be no event.
    pub fn broken(&self) -> &[Broken] {
        &self.broken
    }

    /// A report on an event of this batch that turned out not to be one.
    pub fn broken_item(&self, item: Item, reason: String) -> Broken {
        Broken { source: Arc::clone(&self.source), line: Some(item.line), index: Some(item.index), reason }
    }

    fn clear(&mut self, source: &Arc<str>) {
        self.source = Arc::clone(source);
        self.items.clear();
        self.broken.clear();
        self.torn = false;
    }

    /// Takes the first items out; those behind them move up.
    fn skip(&mut self, first: u64, count: u64) {
        let end = first.saturating_add(count);
        self.items.retain(|item| item.index >= end);
        self.broken.retain(|broken| broken.index.is_none_or(|index| index >= end));
        let broken = self.broken.iter_mut().filter_map(|broken| broken.index.as_mut());
        self.items.iter_mut().map(|item| &mut item.index).chain(broken).for_each(|index| *index -= count);
    }

    fn break_off(&mut self, line: Option<u64>, index: Option<u64>, reason: impl Into<String>) {
        self.broken.push(Broken { source: Arc::clone(&self.source), line, index, reason: reason.into() });
    }
}

/// Reads one input after the other.
#[derive(Debug)]
pub struct Reader {
    sources: VecDeque<Source>,
    options: Options,
    open: Option<Open>,
    name: Arc<str>,
    next_index: u64,
    bytes: u64,
    /// The place of the input that is read.
    place: Option<usize>,
    /// By place: how many items are passed over.
    skip: BTreeMap<usize, u64>,
}

#[derive(Debug)]
enum Open {
    Text(text::Text),
    #[cfg(feature = "evtx")]
    Evtx(evtx::Records),
}

impl Reader {
    /// A reader of these inputs, in this order.
    pub fn new(sources: impl IntoIterator<Item = Source>, options: Options) -> Self {
        Self {
            sources: sources.into_iter().collect(),
            options,
            open: None,
            name: Arc::from(""),
            next_index: 0,
            bytes: 0,
            place: None,
            skip: BTreeMap::new(),
        }
    }

    /// Gives the first item this index.
    #[must_use]
    pub fn numbered_from(mut self, index: u64) -> Self {
        self.next_index = index;
        self
    }

    /// Passes over the first items of the input at this place; they have no index.
    #[must_use]
    pub fn passing_over(mut self, place: usize, items: u64) -> Self {
        self.skip.insert(place, items);
        self
    }

    /// Fills the batch anew with events, broken items, or both. False when all inputs are read; the batch is empty then.
    pub fn next_batch(&mut self, batch: &mut Batch) -> bool {
        loop {
            batch.clear(&self.name);
            batch.place = self.place.unwrap_or(0);
            batch.positions = 0;
            let Some(open) = &mut self.open else {
                let Some(source) = self.sources.pop_front() else { return false };
                let place = self.place.map_or(0, |place| place + 1);
                self.place = Some(place);
                self.name = source.to_string().into();
                batch.clear(&self.name);
                batch.place = place;
                match Open::new(&source, self.options) {
                    Ok(open) => self.open = Some(open),
                    Err(reason) => {
                        batch.break_off(None, None, reason);
                        return true;
                    }
                }
                continue;
            };
            let first = self.next_index;
            let (more, bytes) = match open {
                Open::Text(text) => text.fill(batch, &mut self.next_index),
                #[cfg(feature = "evtx")]
                Open::Evtx(records) => records.fill(batch, &mut self.next_index),
            };
            self.bytes += bytes;
            if !more {
                self.open = None;
            }
            if let Some(skip) = self.skip.get_mut(&batch.place).filter(|skip| **skip > 0) {
                let passed = (self.next_index - first).min(*skip);
                batch.skip(first, passed);
                *skip -= passed;
                self.next_index -= passed;
            }
            batch.positions = self.next_index - first;
            if !(batch.items.is_empty() && batch.broken.is_empty()) {
                return true;
            }
        }
    }

    /// How many bytes of input were read so far, for progress.
    pub fn bytes_read(&self) -> u64 {
        self.bytes
    }

    /// How many items were read so far: the index of the next one.
    pub fn items_read(&self) -> u64 {
        self.next_index
    }
}

impl Open {
    /// Opens an input and looks at its first bytes.
    fn new(source: &Source, options: Options) -> Result<Self, String> {
        let cannot = |error: io::Error| format!("cannot be read: {error}");
        if let Source::File(path) = source
            && path.is_dir()
        {
            return Err(
                "is a folder with no event files in it (`.json`, `.jsonl`, `.ndjson`, `.log`, `.evtx`)".to_owned()
            );
        }
        let mut input: Box<dyn Read + Send> = match source {
            Source::File(path) => Box::new(File::open(path).map_err(cannot)?),
            Source::Stdin => Box::new(io::stdin()),
        };
        let mut head = Vec::new();
        input.by_ref().take(8).read_to_end(&mut head).map_err(cannot)?;
        if options.raw {
            return Ok(Self::Text(text::Text::new(input, head, options)));
        }
        if head.starts_with(b"ElfFile\0") {
            return Self::evtx(source, head, input);
        }
        if head.starts_with(b"\x1f\x8b") {
            return Err("is compressed: decompress it first (`gzip -dc FILE | .. -`)".to_owned());
        }
        if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
            return Err("is UTF-16: convert it to UTF-8 first".to_owned());
        }
        if head.starts_with(b"\xef\xbb\xbf") {
            head.drain(..3);
        }
        Ok(Self::Text(text::Text::new(input, head, options)))
    }

    #[cfg(feature = "evtx")]
    fn evtx(source: &Source, head: Vec<u8>, mut input: Box<dyn Read + Send>) -> Result<Self, String> {
        let records = match source {
            Source::File(path) => evtx::Records::open(path),
            Source::Stdin => {
                let mut buffer = head;
                input.read_to_end(&mut buffer).map_err(|error| format!("cannot be read: {error}"))?;
                evtx::Records::from_buffer(buffer)
            }
        };
        records.map(Self::Evtx)
    }

    #[cfg(not(feature = "evtx"))]
    fn evtx(_: &Source, _: Vec<u8>, _: Box<dyn Read + Send>) -> Result<Self, String> {
        Err("is a Windows event log; this program was built without the feature `evtx`".to_owned())
    }
}

#[cfg(test)]
mod tests;
